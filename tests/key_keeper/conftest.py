"""A stand-in for key-keeper that is ready to run against a real server."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.key_keeper.running import Keeper
from tests.scripts.conftest import bao
from tests.scripts.sandbox import Bao

__all__ = ["bao"]


@pytest.fixture
def keeper(tmp_path: Path, bao: Bao) -> Iterator[Keeper]:
    made = Keeper(tmp_path, bao, f"t{secrets.token_hex(4)}")
    yield made
    made.stop()
