"""What every test may ask for: `golden`, clear texts in one file each under snapshots/, which mirrors tests/."""

from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Golden:
    """The goldens of one test file: those of tests/a/test_b.py are in snapshots/a/b/."""

    folder: Path
    update: bool

    def same(self, name, text):
        """Whether a text is the golden of this name; under --snapshot-update it becomes the golden."""
        file = self.folder / name
        if self.update:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        assert file.exists(), f"no golden {file}: run with --snapshot-update, then read it"
        assert text == file.read_bytes().decode(), f"{file} differs"
        return True


@pytest.fixture
def golden(request):
    """The goldens of the test that asks."""
    file = request.path.relative_to(TESTS)
    folder = TESTS.parent / "snapshots" / file.parent / file.stem.removeprefix("test_")
    return Golden(folder, request.config.getoption("update_snapshots"))
