"""Words to commands: which of them are assignments that always happen, and which only a shell could judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cloudgen.starter.words import Operator, Scanner, Word

_OPENERS: Final = frozenset({"if", "for", "while", "until", "case", "select", "{"})
_CLOSERS: Final = frozenset({"fi", "done", "esac", "}"})
_BETWEEN: Final = frozenset({"then", "do", "else", "elif", "!"})
_SEPARATORS: Final = frozenset({"\n", ";", "&&"})
_JOINING: Final = frozenset({"|", "||"})
_REDIRECTIONS: Final = frozenset({"<", ">", ">>", "<<", "<<-", "<<<"})


@dataclass(frozen=True, slots=True)
class Command:
    """Words up to an operator."""

    words: tuple[Word, ...]
    plain: bool
    """It runs unconditionally, once, in the shell itself: not in a pipe, a loop, a branch or a subshell."""

    @property
    def start(self) -> int:
        """Where its first word begins."""
        return self.words[0].start


class _Grouping:
    """How deep in compound commands a command stands."""

    def __init__(self) -> None:
        self.parentheses = 0
        self.blocks = 0
        self.joined = False

    @property
    def outside(self) -> bool:
        return not (self.parentheses or self.blocks or self.joined)

    def follow(self, operator: str) -> None:
        """What an operator means for the commands behind it. A pattern of `case` closes what nobody opened."""
        self.joined = operator in _JOINING
        if operator == "(":
            self.parentheses += 1
        elif operator == ")":
            self.parentheses = max(0, self.parentheses - 1)

    def enter(self, words: list[Word]) -> None:
        """Count the block that a command opens or closes."""
        texts = [word.text or "" for word in words]
        while texts and texts[0] in _BETWEEN:
            texts.pop(0)
        if texts and (texts[0] in _OPENERS or texts[-1] == "{"):
            self.blocks += 1
        elif texts and texts[0] in _CLOSERS:
            self.blocks = max(0, self.blocks - 1)


def commands(text: str) -> Iterator[Command]:
    """Every command of a text, in order. Raises `Unclosed`."""
    words: list[Word] = []
    redirected, grouping = False, _Grouping()
    for token in Scanner(text).tokens():
        if isinstance(token, Word):
            words.append(token)
        elif token.text in _REDIRECTIONS:
            redirected = True
        else:
            yield from _ended(words, token, grouping, redirected=redirected)
            words, redirected = [], False
    yield from _ended(words, Operator("\n", len(text)), grouping, redirected=redirected)


def _ended(words: list[Word], operator: Operator, grouping: _Grouping, *, redirected: bool) -> Iterator[Command]:
    if words:
        plain = grouping.outside and not redirected and operator.text in _SEPARATORS
        yield Command(tuple(words), plain)
        grouping.enter(words)
    if words or operator.text != "\n":
        # A line may end behind | and &&: what follows is still joined.
        grouping.follow(operator.text)
