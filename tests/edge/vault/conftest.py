"""One real server for all."""

from tests.scripts.conftest import bao

__all__ = ["bao"]
