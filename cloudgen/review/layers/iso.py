"""A seed: an ISO image with the user-data in it, and what stands beside it."""

import re
from collections.abc import Iterator
from typing import Final

from cloudgen import iso
from cloudgen.report import info, warning
from cloudgen.review.layer import COPY, Inside, Layer, Opening, damaged

_PLACES: Final = (re.compile(r"user-data"), re.compile(r"[^/]+/(latest|[0-9-]{10})/user[-_]data"))
"""Of NoCloud, and of a config drive: a folder for each version, of which the newest counts."""


def _opened(data: bytes, opening: Opening) -> Iterator[Inside]:
    files = iso.contents(data, opening.budget.left)
    opening.budget.spend(sum(map(len, files.values())))
    # "latest" comes behind all years.
    found = [path for place in _PLACES for path in sorted(files, reverse=True) if place.fullmatch(path)]
    if not found:
        raise damaged("the ISO image holds no user-data", "choose a seed: NoCloud's, or a config drive")
    first, *others = found
    if any(files[path] != files[first] for path in others):
        opening.told.append(warning(f"only {first} of the ISO image is read; {', '.join(others)} differs", remedy=COPY))
    if beside := sorted(set(files) - set(found)):
        opening.told.append(info(f"the ISO image also holds {', '.join(beside)}"))
    yield Inside(files[first])


ISO: Final = Layer("iso", iso.recognises, _opened)
