"""The bootstrap: how a machine becomes a master."""

from collections.abc import Iterator

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.model import Settings
from cloudgen.pieces import Piece
from cloudgen.report import Problem


class Bootstrap(Settings, Component):
    """How a machine becomes a master."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """Nothing yet."""
        yield from ()
