"""Shell text to words and operators: quotes resolved, expansions left as parts. Nothing is ever executed.

Rules: POSIX Shell Command Language, 2.2 Quoting, 2.3 Token Recognition, 2.6 Word Expansions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_NAMED = re.compile(r"\$(?:\{(?P<braced>[A-Za-z_][A-Za-z0-9_]*)\}|(?P<bare>[A-Za-z_][A-Za-z0-9_]*))")
_SPECIAL = re.compile(r"\$(?:[0-9@*#?$!-]|'(?:[^'\\]|\\.)*')", re.DOTALL)
_OPERATOR = re.compile(r"\n|;;|&&|\|\||<<<|<<-|<<|>>|[;&|()<>]")
_PLAIN = re.compile(r"[^\s\\'\"$`;&|()<>]+")
_CONTINUED = re.compile(r"\\\r?\n")
_BLANKS: Final = " \t\r\f\v"
_ENDS: Final = frozenset(_BLANKS + "\n;&|()<>")
_ESCAPED_IN_QUOTES: Final = frozenset('"\\$`')
_OPENS: Final = {"(": ")", "'": "'", '"': '"', "`": "`"}


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`$NAME` or `${NAME}`."""

    name: str
    start: int


@dataclass(frozen=True, slots=True)
class Computed:
    """What only a shell could tell: a command substitution, arithmetic, or an expansion of more than a name."""

    start: int


Part = Literal | Variable | Computed


@dataclass(frozen=True, slots=True)
class Word:
    """One word, from its first character to the one behind its last."""

    parts: tuple[Part, ...]
    start: int
    end: int
    bare: bool
    """It begins without a quote."""

    @property
    def text(self) -> str | None:
        """The word, where it holds no expansion."""
        texts = [part.text for part in self.parts if isinstance(part, Literal)]
        return "".join(texts) if len(texts) == len(self.parts) else None


@dataclass(frozen=True, slots=True)
class Operator:
    """What stands between words; a line's end is one too."""

    text: str
    start: int


class Unclosed(Exception):  # noqa: N818 - it is told to the user as a problem
    """A quote or a substitution that never ends."""

    def __init__(self, start: int, what: str) -> None:
        super().__init__(what)
        self.start = start


class Scanner:
    """Reads tokens one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._documents: list[tuple[str, bool]] = []
        """Here-documents that begin behind this line: their last lines, and whether tabs before these are ignored."""

    def tokens(self) -> Iterator[Word | Operator]:
        """All words and operators. Raises `Unclosed`."""
        opened: str | None = None
        while self._skip_blanks():
            token = self._operator() or self._word()
            yield token
            if isinstance(token, Word) and opened:
                self._documents.append((token.text or "", opened == "<<-"))
            opened = token.text if isinstance(token, Operator) and token.text in {"<<", "<<-"} else None
            if isinstance(token, Operator) and token.text == "\n":
                self._skip_documents()

    def _skip_blanks(self) -> bool:
        """Past blanks, continued lines and a comment; whether anything is left."""
        text = self._text
        while self._at < len(text):
            if text[self._at] in _BLANKS:
                self._at += 1
            elif text[self._at] == "#":
                self._at = self._line_end(self._at)
            elif not self._continued():
                return True
        return False

    def _continued(self) -> bool:
        match = _CONTINUED.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return match is not None

    def _line_end(self, start: int) -> int:
        end = self._text.find("\n", start)
        return len(self._text) if end < 0 else end

    def _skip_documents(self) -> None:
        for last, tabs in self._documents:
            while self._at < len(self._text):
                end = self._line_end(self._at)
                line = self._text[self._at : end].rstrip("\r")
                self._at = end + 1
                if (line.lstrip("\t") if tabs else line) == last:
                    break
        self._documents.clear()

    def _operator(self) -> Operator | None:
        match = _OPERATOR.match(self._text, self._at)
        if match is None:
            return None
        self._at = match.end()
        return Operator(match[0], match.start())

    def _word(self) -> Word:
        start, parts = self._at, list[Part]()
        while self._at < len(self._text) and self._text[self._at] not in _ENDS:
            parts.extend(self._piece())
        return Word(_joined(parts), start, self._at, bare=self._text[start] not in "'\"")

    def _piece(self) -> Iterator[Part]:
        if self._continued():
            return
        match self._text[self._at]:
            case "\\":
                yield Literal(self._text[self._at + 1 : self._at + 2])
                self._at += 2
            case "'":
                end = self._closing(self._at + 1, "'")
                yield Literal(self._text[self._at + 1 : end])
                self._at = end + 1
            case '"':
                yield from self._quoted()
            case "$" | "`":
                yield self._expansion()
            case _:
                yield self._plain()

    def _plain(self) -> Literal:
        match = _PLAIN.match(self._text, self._at)
        end = match.end() if match else self._at + 1
        found = Literal(self._text[self._at : end])
        self._at = end
        return found

    def _quoted(self) -> Iterator[Part]:
        start, text = self._at, self._text
        yield Literal("")
        self._at += 1
        while self._at < len(text) and text[self._at] != '"':
            if self._continued():
                continue
            if text[self._at] in "$`":
                yield self._expansion()
                continue
            escaped = text[self._at] == "\\" and text[self._at + 1 : self._at + 2] in _ESCAPED_IN_QUOTES
            self._at += escaped
            yield Literal(text[self._at : self._at + 1])
            self._at += 1
        if self._at >= len(text):
            raise Unclosed(start, "quote")
        self._at += 1

    def _expansion(self) -> Part:
        start, text = self._at, self._text
        if match := _NAMED.match(text, start):
            self._at = match.end()
            return Variable(match["braced"] or match["bare"], start)
        if match := _SPECIAL.match(text, start):
            self._at = match.end()
            return Computed(start)
        if text[start] == "`":
            self._at = self._closing(start + 1, "`") + 1
            return Computed(start)
        if text[start + 1 : start + 2] in {"(", "{"}:
            self._at = self._closing(start + 2, ")" if text[start + 1] == "(" else "}") + 1
            return Computed(start)
        self._at += 1
        return Literal("" if text[start + 1 : start + 2] == '"' else "$")

    def _closing(self, start: int, closer: str) -> int:
        """Where a quote or substitution ends, whatever is nested in it."""
        at, open_ones, text = start, [closer], self._text
        while at < len(text):
            char, mode = text[at], open_ones[-1]
            if char == "\\" and mode != "'":
                at += 1
            elif char == mode:
                open_ones.pop()
                if not open_ones:
                    return at
            elif mode == ")" and char == "#" and text[at - 1].isspace():
                at = self._line_end(at)
            elif mode in ")}" and char in _OPENS:
                open_ones.append(_OPENS[char])
            elif mode == '"' and (char == "`" or text.startswith("$(", at)):
                open_ones.append("`" if char == "`" else ")")
                at += char == "$"
            at += 1
        raise Unclosed(start - 1, "quote" if closer == "'" else "substitution")


def _joined(parts: list[Part]) -> tuple[Part, ...]:
    """Neighbouring literals as one."""
    found: list[Part] = []
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Literal):
            texts.append(part.text)
            continue
        if texts:
            found.append(Literal("".join(texts)))
            texts.clear()
        found.append(part)
    return (*found, Literal("".join(texts))) if texts else tuple(found)
