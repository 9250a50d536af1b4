"""A template that cloud-init fills on the machine, such as Cluster API's."""

import re
from collections.abc import Iterator
from typing import Final

from cloudgen.report import warning
from cloudgen.review.layer import Inside, Layer, Opening

_FIRST_LINE: Final = re.compile(rb"##\s*template:\s*jinja[^\n]*\n")


def _opened(data: bytes, opening: Opening) -> Iterator[Inside]:
    message = "a part is a Jinja template: what stands in {{ }} is filled on the machine only"
    opening.told.append(warning(message, remedy="read it as what it is: not all of it is what boots"))
    yield Inside(_FIRST_LINE.sub(b"", data, count=1))


JINJA: Final = Layer("jinja", lambda data: _FIRST_LINE.match(data) is not None, _opened)
