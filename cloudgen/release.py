"""Versions: how they are read, ordered, and what changes with them. The only room that compares two of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import total_ordering
from typing import Generic, Self, TypeVar

T_co = TypeVar("T_co", covariant=True)

_NUMBER = r"(0|[1-9][0-9]*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-([0-9]+))?(?:-([a-z]+\.?[0-9]*))?")
_RELEASE = re.compile(rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}()(?:-([0-9a-z]+(?:\.[0-9a-z]+)*))?")
_LONGEST = 64
"""Characters of a version; more would be numbers that nobody counts to."""
_KEY = re.compile(rf"{_NUMBER}\.{_NUMBER}(?:\.{_NUMBER})?(?![0-9])")


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A component's version, such as `1.6.8`; an image's revision may follow (`3.5.3-0`), or a pre-release."""

    numbers: tuple[int, int, int]
    revision: int = -1
    pre: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a version; refuse anything else with what to write instead."""
        return cls._read(_VERSION, text, "version: write MAJOR.MINOR.PATCH, such as 1.6.8 or 3.5.3-0")

    @classmethod
    def _read(cls, pattern: re.Pattern[str], text: str, wanted: str) -> Self:
        match = pattern.fullmatch(text)
        if match is None or len(text) > _LONGEST:
            raise ValueError(f"{text[:_LONGEST]!r} is no {wanted}")
        major, minor, patch, revision, pre = match.groups()
        return cls((int(major), int(minor), int(patch)), int(revision or -1), pre or "")

    @property
    def minor(self) -> tuple[int, int]:
        """Major and minor: `(1, 23)`."""
        return self.numbers[:2]

    @property
    def patch(self) -> int:
        """The third number."""
        return self.numbers[2]

    @property
    def series(self) -> str:
        """Major and minor as text: `1.23`, the key of most tables."""
        return f"{self.numbers[0]}.{self.numbers[1]}"

    @property
    def bare(self) -> str:
        """The three numbers alone, such as `3.5.3` of an image tag `3.5.3-0`."""
        return ".".join(map(str, self.numbers))

    def __str__(self) -> str:
        revision = "" if self.revision < 0 else f"-{self.revision}"
        return self.bare + revision + (f"-{self.pre}" if self.pre else "")

    def __lt__(self, other: "Version") -> bool:
        return self._rank() < other._rank()

    def _rank(self) -> tuple[object, ...]:
        # A pre-release comes before its release, and its numbers count as numbers: rc.9 < rc.10.
        return (self.numbers, not self.pre, [_identifier(i) for i in self.pre.split(".")], self.revision)


def _identifier(text: str) -> tuple[bool, int, str]:
    return (False, int(text), "") if text.isdecimal() else (True, 0, text)


class Release(Version):
    """A Kubernetes release, such as `v1.23.12` or `v1.30.0-rc.1`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a release; the leading `v` is part of its name, as in image tags."""
        return cls._read(_RELEASE, text, f"Kubernetes release: write vMAJOR.MINOR.PATCH, such as {_guess(text)}")

    def __str__(self) -> str:
        return f"v{Version.__str__(self)}"


def _guess(text: str) -> str:
    match = _KEY.match(text.removeprefix("v")) if len(text) <= _LONGEST else None
    return f"v{match[1]}.{match[2]}.{match[3] or 0}" if match else "v1.23.12"


class Since(Generic[T_co]):
    """A value that changes at given releases: `Since({"1.22": a, "1.22.17": b}).at(release)`.

    A key is a minor or one patch of it. A pre-release counts as the release that it leads to.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: Mapping[str, T_co]) -> None:
        if not rows:
            raise ValueError("a Since table needs at least one row")
        self._rows = tuple(sorted(((_key(k), k, v) for k, v in rows.items()), key=lambda row: row[0]))

    @property
    def keys(self) -> tuple[str, ...]:
        """The releases at which the value changes, oldest first."""
        return tuple(key for _, key, _ in self._rows)

    def at(self, version: Version) -> T_co:
        """The value for a version: the newest row that is not newer than it."""
        known = [value for since, _, value in self._rows if since <= version.numbers]
        if not known:
            raise ValueError(f"{version} is older than {self._rows[0][1]}, the oldest that is known")
        return known[-1]

    def __repr__(self) -> str:
        return f"Since({ {key: value for _, key, value in self._rows} })"


def _key(text: str) -> tuple[int, ...]:
    match = _KEY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no key of a Since table: write 1.22 or 1.22.17")
    return tuple(int(n) for n in match.groups() if n is not None)
