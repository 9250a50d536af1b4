import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudgen.envfile import from_env, quoted, to_env, unit_quoted, words

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
TRICKY = st.one_of(TEXT, st.text("'\"\\$`!% \t#;=a{}~*"), st.sampled_from(["", " ", "\\", "'", "--a=$B", "a\\", "%h"]))
LINES = TRICKY.filter(lambda text: not set(text) & {chr(code) for code in (*range(32), 127)})
"""What the spec lets through: no control characters."""


def environment_file(text: str) -> dict[str, str]:
    """An environment file as systemd reads it: systemd.exec(5), EnvironmentFile=, and the states of env-file.c."""
    values: dict[str, str] = {}
    characters = iter(text)
    key = ""
    for character in characters:
        if character == "=":
            values[key.strip()] = "".join(_value(characters))
            key = ""
        else:
            key += character
    return values


def _value(characters: Iterator[str]) -> Iterator[str]:
    quote, begun = "", False
    for character in characters:
        if quote == '"' and character == "\\":
            following = next(characters)
            yield following if following in '"\\`$' else "" if following == "\n" else f"\\{following}"
        elif character == quote:
            quote = ""
        elif quote:
            yield character
        elif character == "\n":
            return
        elif character == "\\":
            yield next(characters)
        elif character in "\"'" and not begun:
            quote = character
        elif begun or character not in " \t":
            begun = True
            yield character


def split_words(value: str) -> list[str]:
    """The arguments that `$NAME` alone in ExecStart= becomes: systemd.service(5), "Command lines"."""
    found: list[str] = []
    word, quote = None, ""
    characters = iter(value)
    for character in characters:
        if character == "\\":
            word = (word or "") + next(characters)
        elif character == quote:
            quote = ""
        elif quote:
            word = (word or "") + character
        elif character in "\"'":
            word, quote = word or "", character
        elif character not in " \t\n\r":
            word = (word or "") + character
        elif word is not None:
            found.append(word)
            word = None
    return found if word is None else [*found, word]


def unit_value(text: str) -> str:
    """A quoted value of a unit file: systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers"."""
    assert text[0] == text[-1] == '"'
    characters = iter(text[1:-1])
    read = ""
    for character in characters:
        if character in "\\%":
            following = next(characters)
            assert following in ('\\"' if character == "\\" else "%"), "an escape or a specifier"
            read += following
        else:
            assert character != '"'
            read += character
    return read


@given(st.lists(LINES))
def test_arguments_survive_systemd(arguments):
    """Arguments come out of the environment file and of the splitting as they went in, whatever is in them."""
    text = f"A={quoted(words(arguments))}\nB={quoted('b')}\n"
    read = environment_file(text)
    assert split_words(read["A"]) == arguments
    assert read["B"] == "b"


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,5}", fullmatch=True), TRICKY))
def test_values_survive_systemd(values):
    """Each value stands in systemd's environment as it went in."""
    assert environment_file(to_env(values)) == values


@settings(max_examples=60)
@given(TRICKY)
def test_values_survive_a_shell(value):
    """A shell that sources the same file has the same value."""
    script = 'eval "$1"; printf "%s" "$A"'
    done = subprocess.run(
        ["bash", "-c", script, "bash", to_env({"A": value})], capture_output=True, check=True, timeout=30
    )
    assert done.stdout.decode() == value
    assert done.stderr == b""


@given(LINES)
def test_values_survive_a_unit_file(value):
    """A value in a unit file is read back as it went in: no escape and no specifier is left open."""
    assert unit_value(unit_quoted(value)) == value


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        ("--a=b", "    --a=b\n"),
        ("--a=b c", "    '--a=b c'\n"),
        ("--a=$B", "    '--a=$B'\n"),
        ('--a="b"', "    '--a=\"b\"'\n"),
        ("--a='b'\\", "    '--a=\\'b\\'\\\\'\n"),
        ("", "    ''\n"),
    ],
)
def test_an_argument_is_a_line(argument, line):
    """Each argument has a line of its own, quoted only where it needs it."""
    assert words([argument]) == f"\n{line}"


def test_no_argument_is_an_empty_value():
    """A variable without arguments is empty, so that ExecStart= gets none."""
    assert split_words(environment_file(f"A={quoted(words([]))}\n")["A"]) == []


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True), TEXT))
def test_what_was_written_is_read_back(values):
    """Any values, of several lines too."""
    assert from_env(to_env(values)) == values


def test_other_lines_are_passed_over():
    """Of two equal names the last one counts; what is no assignment says nothing."""
    assert from_env('# A="1"\nA="2"\nB=3\nrubbish\nA="4"\nC="open\nD=5\n') == {"A": "4", "B": "3", "D": "5"}
