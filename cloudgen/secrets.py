"""Secrets: named by a reference inside a node, handed in as plain data, masked in every print."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

BOOTSTRAP_TOKEN: Final = "bootstrap-token"  # noqa: S105 - the name of a kind, no secret
"""Kind of a reference: the response-wrapped Vault token of one (machine, issuer)."""
NAMED: Final = "named"
"""Kind of a reference: a secret that the spec's author named with `contentFrom`."""

_PLACEHOLDER = re.compile(r"cloudgen:placeholder:([a-z-]+):([^:\s]*):([^:\s]+)\n?")


class Secret:
    """A text that shows itself as `********` everywhere but in `reveal()`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; called where a node is encoded, nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('********')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(("cloudgen.Secret", self._text))

    def __reduce__(self) -> str:
        message = "a Secret cannot be pickled"
        raise TypeError(message)


@dataclass(frozen=True, slots=True, order=True)
class SecretRef:
    """Which secret a file holds. A node carries only these; `machine` is empty for a secret that all machines share."""

    kind: str
    machine: str
    name: str

    def placeholder(self) -> str:
        """The visible stand-in, one line, that goldens and dry runs hold in the secret's place."""
        return f"cloudgen:placeholder:{self.kind}:{self.machine}:{self.name}\n"

    @classmethod
    def from_placeholder(cls, text: str) -> "SecretRef | None":
        """The reference that a file's whole text stands for, if it is a placeholder."""
        match = _PLACEHOLDER.fullmatch(text)
        return cls(*match.groups()) if match else None


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of a run. What is absent resolves to its placeholder, so that rendering never needs Vault."""

    values: Mapping[SecretRef, Secret] = field(default_factory=dict)

    def resolve(self, ref: SecretRef) -> str:
        """The text of a secret, or its placeholder."""
        found = self.values.get(ref)
        return found.reveal() if found is not None else ref.placeholder()


PLACEHOLDERS: Final = Secrets()
"""No secrets at all: what goldens, diffs and fingerprints are made with."""
