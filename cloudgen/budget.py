"""How much of a provider's limit user-data takes, and what takes it. Pure: it measures, and prints nothing."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from cloudgen import gz
from cloudgen.packing import Packing
from cloudgen.packings import PACKINGS
from cloudgen.pieces import File, Node
from cloudgen.provider import Provider
from cloudgen.report import Problem, Severity, warning
from cloudgen.secrets import SecretRef

TOKEN: Final = 95
"""Characters of a secret that is not known yet: a response-wrapped token has so many, and none can be compressed."""
WARN_FROM: Final = 0.8
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A text as it travels to a provider, and its size."""

    data: bytes = field(repr=False)
    """What travels."""
    size: int
    """In the provider's unit. A secret that is not known yet counts as a token, and what its line may hold besides as
    its placeholder, unless packed hard: never too little."""
    packing: str
    provider: Provider

    @property
    def share(self) -> float:
        """The part of the limit; 0 where there is none."""
        return self.size / self.provider.limit if self.provider.limit else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A text of one format before it is packed, and packed at most once in each way."""

    encode: Callable[[bool], str] = field(repr=False)
    """The text; asked whether it will be compressed, which matters to formats that else compress by themselves."""
    compresses: bool
    """Whether this is such a format."""
    format: str
    unknown: tuple[str, ...]
    """What stands for secrets that are not known yet."""
    _texts: dict[bool, str] = field(default_factory=dict, repr=False, compare=False)
    _made: dict[tuple[str, bool, bool], bytes] = field(default_factory=dict, repr=False, compare=False)

    def packed(self, packing: str, provider: Provider) -> Packed:
        """The text as it travels; packed harder where the limit is near."""
        made = self._measured(packing, provider, hard=False)
        near = made.share >= WARN_FROM and PACKINGS[packing].compressed
        return self._measured(packing, provider, hard=True) if near else made

    def before(self, packing: str) -> str:
        """The text that a packing takes."""
        packed = self.compresses and PACKINGS[packing].compressed
        if packed not in self._texts:
            self._texts[packed] = self.encode(packed)
        return self._texts[packed]

    def in_every_packing(self, provider: Provider) -> tuple[Packed, ...]:
        """The text in each packing in which a provider carries its format, the default one first."""
        return tuple(self.packed(name, provider) for name in provider.packings(self.format))

    def _measured(self, packing: str, provider: Provider, *, hard: bool) -> Packed:
        data = self._data(packing, hard=hard)
        counted = self._data(packing, hard=hard, bare=True) if hard and self.unknown else data
        more = math.ceil(len(self.unknown) * TOKEN * PACKINGS[packing].growth)
        return Packed(data=data, size=provider.measure(counted, more), packing=packing, provider=provider)

    def _data(self, packing: str, *, hard: bool, bare: bool = False) -> bytes:
        """The text as it travels; bare, without what stands for secrets, since each is counted as a token."""
        data = self._made.get((packing, hard, bare))
        if data is None:
            text = self.before(packing)
            # The longest first: names of secrets begin others.
            for placeholder in sorted(self.unknown, key=len, reverse=True) if bare else ():
                text = text.replace(placeholder, "")
            data = self._made[packing, hard, bare] = PACKINGS[packing].pack(text, hard=hard)
        return data


def percent(size: int, limit: int) -> int:
    """A size as people read it: 100 only for what takes all of the limit, more for the first byte over it."""
    return 100 * size // limit if size <= limit else -(-100 * size // limit)


def judged(made: Packed, parcel: Parcel, node: Node) -> Iterator[Problem]:
    """An error over the limit, a warning when it is near, with the largest files and a packing that takes less."""
    provider = made.provider
    if made.share < WARN_FROM:
        return
    over = made.share > 1
    relation = "are over the" if over else f"are {percent(made.size, provider.limit or 1)} % of the"
    largest = ", ".join(f"{name} {size}" for name, size in contributors(node, PACKINGS[made.packing])[:_SHOWN])
    message = f"{made.size} {provider.unit} {relation} {provider.limit} that {provider.title} takes; largest: {largest}"
    better = smaller(parcel, provider, than=made.size)
    remedy = f"write packing: {better.packing}, which makes {better.size} of it" if better else leaner(node)
    severity = Severity.ERROR if over else Severity.WARNING
    yield Problem(message, ("provider",), remedy, severity, weight=made.size)


def smaller(parcel: Parcel, provider: Provider, *, than: float = math.inf) -> Packed | None:
    """The smallest of a provider's packings, where it fits; the provider must carry the format."""
    best = min(parcel.in_every_packing(provider), key=lambda other: other.size)
    return best if best.size < than and best.share <= 1 else None


def leaner(node: Node) -> str:
    """What to do where no packing fits: most of a machine are the scripts, if they travel."""
    travel = any(file.path.endswith("/bootstrap.sh") for file in node.of(File))
    fetch = "let machines fetch their scripts (bootstrap.scriptsFrom), or " if travel else ""
    return f"no packing makes it small enough: {fetch}leave out what the machine can do without"


def contributors(node: Node, packing: Packing) -> Sequence[tuple[str, int]]:
    """What takes the room, the largest first: each file on its own, packed, and all secrets together."""
    sizes: dict[str, int] = {}
    secrets = 0
    for file in node.of(File):
        if isinstance(file.content, SecretRef):
            secrets += 1
        else:
            content = file.content.encode() if isinstance(file.content, str) else file.content
            sizes[file.path] = _alone(content, packing)
    if secrets:
        sizes[f"{secrets} secrets"] = math.ceil(secrets * TOKEN * packing.growth)
    return sorted(sizes.items(), key=lambda item: -item[1])


def _alone(content: bytes, packing: Packing) -> int:
    return math.ceil(len(gz.squeeze(content)) * packing.growth) if packing.compressed else len(content)


def substituted(made: Packed) -> Iterator[Problem]:
    """A warning where the carrier's usual client would change what travels."""
    found = [char for char in made.provider.substitutes if char.encode() in made.data]
    if found:
        yield warning(
            f"the user-data holds {' and '.join(found)}, and {made.provider.substitution}",
            ("packing",),
            "leave packing: away, for the default one holds none of it; or hand the file over as render shows",
        )
