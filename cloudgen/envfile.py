"""Environment files that systemd and a shell read alike: `NAME="value"`, one quoting for both.

Rules: systemd.exec(5), `EnvironmentFile=`; POSIX shell, double quotes.
"""

import re
from collections.abc import Iterable, Mapping

_ESCAPES = str.maketrans({char: f"\\{char}" for char in '\\"$`'})
_ENTRY = re.compile(
    r'^(?P<name>[A-Za-z_]\w*)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s"]*))[ \t]*$', re.MULTILINE | re.DOTALL
)
_ESCAPED = re.compile(r'\\([\\"$`])')
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+=:,./*~^!<>&|;()\[\]{}?#-]+")


def quoted(value: str) -> str:
    """A value in double quotes."""
    return f'"{value.translate(_ESCAPES)}"'


def unit_quoted(value: str) -> str:
    """A value in double quotes as a unit file takes it, `Environment=` for one: `%` stands for itself when doubled.

    Rules: systemd.syntax(7), "Quoting", and systemd.unit(5), "Specifiers"; a `$` is no special character there.
    """
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def to_env(values: Mapping[str, str]) -> str:
    """One `NAME="value"` per line."""
    return "".join(f"{name}={quoted(value)}\n" for name, value in values.items())


def from_env(text: str) -> dict[str, str]:
    """What `to_env` wrote, read back; of two equal names the last one counts, and other lines are passed over."""
    found = {}
    for entry in _ENTRY.finditer(text):
        quoted_value = entry["quoted"]
        found[entry["name"]] = entry["plain"] if quoted_value is None else _ESCAPED.sub(r"\1", quoted_value)
    return found


def words(arguments: Iterable[str]) -> str:
    """Arguments as the value of a variable that `ExecStart=` splits when it stands unbraced, as `$NAME`.

    One argument per line, indented, so that a diff shows single flags.
    """
    lines = "".join(f"    {_word(argument)}\n" for argument in arguments)
    return f"\n{lines}" if lines else ""


def _word(argument: str) -> str:
    if _PLAIN_WORD.fullmatch(argument):
        return argument
    escaped = argument.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
