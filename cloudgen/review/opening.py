"""From wrapped user-data to the texts inside: layer by layer, bounded."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cloudgen.encoders import ENCODERS
from cloudgen.report import warning
from cloudgen.review.layer import SCRIPT, Inside, Opening, damaged
from cloudgen.review.layers import LAYERS
from cloudgen.review.layers.mime import PASSED

READABLE: Final = "give it as the cloud's API or /var/lib/cloud/instance/user-data.txt holds it"
_DEEPEST: Final = 10
_PASSED_OVER: Final = (b"#include", b"#cloud-boothook", b"#part-handler")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A text that is wrapped no further."""

    format: str
    text: str
    layers: tuple[str, ...]
    """What is around it, the outermost first."""
    name: str


def leaves(inside: Inside, opening: Opening, layers: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """The texts that data holds, in their order. Raises `Refused`, naming the damaged layer."""
    opening.count()
    data = inside.data
    if len(layers) > _DEEPEST:
        raise damaged(f"the user-data is wrapped more than {_DEEPEST} times", READABLE)
    layer = None if inside.format else next((layer for layer in LAYERS if layer.recognises(data)), None)
    if layer:
        for inner in layer.opened(data, opening):
            named = inner if inner.name else Inside(inner.data, inside.name, inner.format)
            yield from leaves(named, opening, (*layers, layer.name))
    elif leaf := _leaf(inside, layers):
        yield leaf
    elif data.startswith(_PASSED_OVER):
        first = data.split(b"\n", 1)[0][:40].decode(errors="replace")
        opening.told.append(warning(f"a part that begins with {first!r} is passed over", remedy=PASSED))
    else:
        where = f"inside {' in '.join(reversed(layers))}" if layers else "given"
        formats = " nor ".join(ENCODERS)
        raise damaged(f"what is {where} is neither {formats}, nor anything around it that cloudgen opens", READABLE)


def _leaf(inside: Inside, layers: tuple[str, ...]) -> Leaf | None:
    try:
        text = inside.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    name = re.sub(r"[^A-Za-z0-9._-]", "_", inside.name).lstrip(".")
    if inside.format == SCRIPT or text.startswith("#!"):
        return Leaf(SCRIPT, text, layers, name)
    format_ = next((encoder.name for encoder in ENCODERS.values() if encoder.recognises(text)), None)
    return Leaf(format_, text, layers, name) if format_ else None
