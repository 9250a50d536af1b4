"""What the lab is made of is dear: built once, kept under the digest of what it was made from."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.judging import ROOT


def folder() -> Path:
    """Where parts are kept: CLOUDGEN_LAB_CACHE, or .cache/lab."""
    place = Path(os.environ.get("CLOUDGEN_LAB_CACHE") or ROOT / ".cache/lab").resolve()
    place.mkdir(parents=True, exist_ok=True)
    return place


def kept(cache: Path, name: str, sources: Iterable[str | bytes], make: Callable[[Path], object]) -> Path:
    """The part `name` made from `sources`: the kept one, or a new one, whole or not at all. `*` stands for the digest.

    `make` gets the path of a draft that does not exist yet, and leaves a file or a folder there.
    """
    part = cache / name.replace("*", _digest(sources))
    if part.exists():
        return part
    with _locked(cache / f".{name.replace('*', '')}.lock"):
        if not part.exists():
            began, draft = time.monotonic(), cache / "drafts" / part.name
            _removed(draft)
            draft.parent.mkdir(exist_ok=True)
            make(draft)
            draft.rename(part)
            print(f"lab: made {part.name} in {time.monotonic() - began:.0f} s")  # noqa: T201 - minutes need a word
    return part


def _digest(sources: Iterable[str | bytes]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        data = source.encode() if isinstance(source, str) else source
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:12]


def _removed(place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Two runs at once do not make the same part twice."""
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
