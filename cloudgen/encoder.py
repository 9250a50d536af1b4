"""What an encoder is: a node to the text of one format, and back."""

from collections.abc import Iterator
from typing import Protocol, Self

from cloudgen.pieces import Node
from cloudgen.report import Problem
from cloudgen.secrets import Secrets


class Encoder(Protocol):
    """One format. Stateless; registered by one line in `encoders/__init__.py`."""

    @property
    def name(self) -> str:
        """The format's name in the spec's `format:`."""
        ...

    @property
    def versions(self) -> tuple[str, ...]:
        """Versions of the format's own specification that may be asked for, the default first; or none."""
        ...

    @property
    def compresses(self) -> bool:
        """Whether it compresses contents by itself, where the text will not be packed."""
        ...

    @property
    def usual_groups(self) -> frozenset[str]:
        """Groups that are not made where a user names them, for images bring them."""
        ...

    def of_version(self, version: str) -> Self:
        """The same format in one of its versions."""
        ...

    def encode(self, node: Node, secrets: Secrets, *, packed: bool = False) -> str:
        """The text of an assembled node: deterministic, secrets resolved, ends in a newline.

        One that will be `packed`, compressed as a whole, compresses nothing itself: that would only be in the way.
        """
        ...

    def decode(self, text: str) -> Node:
        """The node of a text, as `lower()` would leave it. Raises `Refused` for a text of another format."""
        ...

    def recognises(self, text: str) -> bool:
        """Whether a text claims to be of this format, by its first bytes."""
        ...

    def check(self, node: Node) -> Iterator[Problem]:
        """What this format cannot say or would trip over, at the piece's origin."""
        ...
