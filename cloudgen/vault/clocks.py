"""Two clocks, this machine's and Vault's: what is told when they differ."""

from collections.abc import Iterator
from typing import Final

from cloudgen.report import Problem, warning

_MOST: Final = 30
"""Seconds that clocks may differ by: the unwrapping script says so from there on, too."""


def differing(ours: float, theirs: float) -> Iterator[Problem]:
    """A clock that is ahead or behind; both in seconds since 1970."""
    ahead = round(ours - theirs)
    if abs(ahead) > _MOST:
        message = f"this clock is {abs(ahead)} seconds {'ahead of' if ahead > 0 else 'behind'} Vault's"
        yield warning(message, remedy="ends of tokens are by Vault's clock; machines must have the right time")
