"""A block of `export NAME=value` lines to values, each with its place; nothing is executed, and no secret is kept."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from cloudgen.report import Place, Problem, Severity
from cloudgen.starter.commands import Command, commands
from cloudgen.starter.variables import COMPUTED, PER_NODE, is_secret
from cloudgen.starter.words import Computed, Literal, Part, Unclosed, Variable, Word

_LARGEST: Final = 1 << 16
_LONGEST: Final = 1 << 12
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SET = re.compile(r"(?<![A-Za-z0-9_])([A-Za-z0-9_]+)=")


@dataclass(frozen=True, slots=True)
class Value:
    """What a variable was last set to."""

    text: str | None
    """None where only a shell or the machine could tell; of a secret nothing is kept."""
    place: Place
    secret: bool = False
    """It is a secret, or was made from one."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables of a text, and what is wrong with it."""

    values: Mapping[str, Value]
    problems: tuple[Problem, ...]


def read(text: str, name: str) -> Environment:
    """The variables that the text sets, the last assignment of each."""
    text = text.removeprefix("\ufeff")
    if len(text) > _LARGEST:
        remedy = "give only the lines that set variables"
        return Environment({}, (Problem(f"{name} is too long for a block of variables", remedy=remedy),))
    reader = _Reader(text, _Places(text, name))
    reader.run()
    return Environment(reader.values, tuple(reader.problems))


def masked(text: str) -> str:
    """The same text, line by line and column by column, with stars for what secret variables are set to."""
    shown = list(text)
    for start, end in (*_secret_lines(text), *_secret_words(text)):
        shown[start:end] = (char if _BREAK.match(char) else "*" for char in text[start:end])
    return "".join(shown)


def _secret_lines(text: str) -> Iterator[tuple[int, int]]:
    """From a secret's name to the end of the line, in comments and commands too."""
    at = 0
    while match := _SET.search(text, at):
        at = match.end()
        if is_secret(match[1]):
            line_break = _BREAK.search(text, at)
            at = line_break.start() if line_break else len(text)
            yield match.end(), at


def _secret_words(text: str) -> Iterator[tuple[int, int]]:
    """Values that go on over several lines."""
    try:
        for command in commands(text.replace("\ufeff", " ")):
            for word in command.words:
                name = _name_of(word)
                if name and is_secret(name):
                    yield word.start + len(name) + 1, word.end
    except Unclosed as fault:
        yield fault.start, len(text)


class _Places:
    """Lines and columns of a text."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._starts = [0, *(match.end() for match in _BREAK.finditer(text))]

    def at(self, start: int, length: int = 1) -> Place:
        line = bisect_right(self._starts, start)
        return Place(self._name, line, start - self._starts[line - 1] + 1, length)


@dataclass(slots=True)
class _Reader:
    text: str
    places: _Places
    values: dict[str, Value] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _skipping: bool = False
    """The command before was not read either: lines in a row are told once."""

    def run(self) -> None:
        try:
            for command in commands(self.text):
                self._take(command)
        except Unclosed as fault:
            remedy = "close it, or take the line away"
            self.problems.append(
                Problem(f"this {fault} is never closed", remedy=remedy, place=self.places.at(fault.start))
            )

    def _take(self, command: Command) -> None:
        words = _assignments(command)
        if words is None:
            self._skip(command)
            return
        self._skipping = False
        # `export` expands all of its words before it sets any.
        known = dict(self.values) if len(words) > 1 and command.words[0].text == "export" else self.values
        for word in words:
            self._assign(word, known)

    def _skip(self, command: Command) -> None:
        if not self._skipping:
            message = "this is no plain assignment: it is not read, and nothing is executed"
            remedy = "cloudgen reads lines like export NAME=value; lines that follow and are none go the same way"
            place = self.places.at(command.start)
            self.problems.append(Problem(message, (), remedy, Severity.WARNING, place=place))
        self._skipping = True

    def _assign(self, word: Word, known: Mapping[str, Value]) -> None:
        name = _name_of(word) or ""
        place = self.places.at(word.start, len(name))
        if is_secret(name):
            self.values[name] = Value(None, place, secret=True)
            return
        problem = next(self._faults(name, word, known), None)
        if problem is None:
            secret = any(known[part.name].secret for part in word.parts if isinstance(part, Variable))
            self.values[name] = Value(_expanded(word, known)[len(name) + 1 :], place, secret)
            return
        self.values[name] = Value(None, place)
        if name not in COMPUTED | PER_NODE:
            self.problems.append(problem)

    def _faults(self, name: str, word: Word, known: Mapping[str, Value]) -> Iterator[Problem]:
        length = 0
        for part in word.parts:
            match part:
                case Literal():
                    length += len(part.text)
                case Computed():
                    message = f"{name} is computed by the shell, and nothing is executed here"
                    yield Problem(message, remedy=f"write the value of {name} itself", place=self.places.at(part.start))
                case Variable():
                    length += len(_text_of(part, known))
                    yield from self._unknown(part, known)
        if length > _LONGEST:
            yield Problem(f"{name} is too long", remedy="write a shorter value", place=self.places.at(word.start))

    def _unknown(self, part: Variable, known: Mapping[str, Value]) -> Iterator[Problem]:
        value, place = known.get(part.name), self.places.at(part.start, len(part.name) + 1)
        if value is None and part.name not in PER_NODE:
            remedy = f"write export {part.name}=... above this line"
            yield Problem(f"{part.name} is not set above this line", remedy=remedy, place=place)
        elif value is None or (value.text is None and not value.secret):
            message = f"the value of {part.name} is known only to the shell or to the machine"
            yield Problem(message, remedy="write the value itself", place=place)


def _text_of(part: Part, known: Mapping[str, Value]) -> str:
    match part:
        case Literal():
            return part.text
        case Variable():
            value = known.get(part.name)
            return (value.text or "") if value else ""
        case Computed():
            return ""


def _expanded(word: Word, known: Mapping[str, Value]) -> str:
    return "".join(_text_of(part, known) for part in word.parts)


def _assignments(command: Command) -> list[Word] | None:
    """The assignments of a command that consists of nothing else; None for any other command."""
    words = list(command.words)
    exported = words[0].text == "export"
    if exported:
        words = [word for word in words[1:] if not _NAME.fullmatch(word.text or "")]
    fit = command.plain and all(_name_of(word) and (word.bare or exported) for word in words)
    return words if fit else None


def _name_of(word: Word) -> str | None:
    first = word.parts[0] if word.parts else None
    match = _ASSIGNMENT.fullmatch(first.text) if isinstance(first, Literal) else None
    return match[1] if match else None
