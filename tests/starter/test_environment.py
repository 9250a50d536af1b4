"""Reading variables: what a shell would make of them, without one."""

import subprocess
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.report import Problem
from cloudgen.starter.environment import masked, read

SHELL_LINES = {
    "plain": "export A=x",
    "without export": "A=x",
    "several": "export A=x B=y\nexport A=z C=$A$B",
    "comment": "# A=0\nexport A=x # export A=2",
    "hash in a word": "A=x#y",
    "single quotes": "A='a $B \\n \"q\" # c'",
    "double quotes": 'B=b; A="a ${B} \\$B \\" \\\\ \\n `\'`"'.replace("`", "\\`"),
    "joined quotes": "A=a'b c'\"d e\"f",
    "escapes": "A=a\\ b\\$c\\'",
    "expansion": "B=b\nA=${B}$B-$B.c",
    "lone dollar": "A=a$ B='$'",
    "dollar before a quote": 'A=$"x"',
    "empty": "export A= B=''",
    "later wins": "A=1\nA=2",
    "self": "A=1\nA=$A$A",
    "continued": "export \\\n  A=x\\\ny \\\n  B=z",
    "continued in quotes": 'A="x\\\ny"',
    "line break in quotes": "A='x\ny'",
    "semicolons": "A=1; export B=2 ;C=3",
    "and": "A=1 && B=2",
    "equals in the value": "A=b=c==",
    "tabs": "\texport\tA=x\t",
    "names only": "A=1\nexport A B",
    "quoted assignment": "export 'A=x y' \"B=z\"",
    "not ascii": "A=дом B='ё'",
    "brackets": "A={x,y} B=[z] C=*",
    "here-document": "cat <<EOF >/dev/null\nA=0\nEOF\nA=1",
    "here-document with tabs": "cat <<-'E' >/dev/null\n\tA=0\n\tE\nB=1",
    "carriage return ends no value": "A=x\n\nB=y",
    "no line end": "A=x",
}


def texts(text: str) -> dict[str, str | None]:
    return {name: value.text for name, value in read(text, "e").values.items()}


def places(problems: Iterable[Problem]) -> list[tuple[int, int, int]]:
    return [(p.place.line, p.place.column, p.place.length) for p in problems if p.place]


def by_bash(text: str) -> dict[str, str]:
    script = f'{text}\nfor n in A B C; do if [ -n "${{!n+x}}" ]; then printf "%s=%s\\0" "$n" "${{!n}}"; fi; done'
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    return dict(item.split("=", 1) for item in done.stdout.decode().split("\0") if item)


@pytest.mark.parametrize("text", SHELL_LINES.values(), ids=SHELL_LINES)
def test_values_are_those_of_a_shell(text):
    """Assignments mean what they mean to bash."""
    assert texts(text) == by_bash(text)


@given(st.lists(st.text(alphabet="aZ \t'\"\\$\\n#;&|()<>{}=-.~*?!é", max_size=20), min_size=1, max_size=3))
def test_any_quoted_value_is_read_back(values):
    """A value in single quotes is kept to the letter, whatever it holds."""
    quoted = ["'" + value.replace("'", "'\\''") + "'" for value in values]
    text = "".join(f"export V{index}={value}\n" for index, value in enumerate(quoted))
    assert texts(text) == {f"V{index}": value for index, value in enumerate(values)}


@given(st.text(alphabet="AB= \t\n'\"\\$`#;&|()<>{}\r\ufeffé", max_size=60))
def test_no_text_breaks_the_reader(text):
    """Whatever is thrown at it, the reader answers; a masked text keeps its length."""
    environment = read(text, "e")
    assert all(problem.place is not None for problem in environment.problems)
    assert len(masked(text)) == len(text)


def test_windows_line_ends():
    """A file saved with carriage returns means the same."""
    assert texts("\ufeffexport A=x\r\nB='y'\r\nC=a\\\r\nb\r\n") == {"A": "x", "B": "y", "C": "ab"}


NOT_READ = {
    "command": "cat /etc/passwd\nA=1",
    "for one command only": "A=0 cmd\nA=1",
    "pipe": "A=0 | cat\nA=1",
    "behind a pipe": "cat |\nA=0\nA=1",
    "or": "true || A=0\nA=1",
    "background": "A=0 &\nA=1",
    "subshell": "(A=0)\nA=1",
    "nested subshells": "((A=0); A=0)\nA=1",
    "branch": "if x; then\n  export A=0\nelse\n  if y; then z; fi\n  A=0\nfi\nA=1",
    "loop": "for i in a b; do\nA=0\ndone\nA=1",
    "while": "while x\ndo A=0; done\nA=1",
    "case": "case x in\na) A=0 ;;\n*) A=0 ;;\nesac\nA=1",
    "function": "f() {\n  A=0\n}\nA=1",
    "function with its word": "function f {\nA=0\n}\nA=1",
    "group": "{ A=0; }\nA=1",
    "redirection": "A=0 > file\nA=1",
    "array": "A=(0 B=0)\nA=1",
    "appended": "A+=0\nA=1",
    "option": "export -n A\nA=1",
    "quoted name": '"A"=0\nA=1',
    "here-string": "cat <<< A=0\nA=1",
    "here-document": "cat <<EOF\nA=0\nEOF\nA=1",
}


@pytest.mark.parametrize("text", NOT_READ.values(), ids=NOT_READ)
def test_what_is_no_plain_assignment_is_told_and_skipped(text):
    """Commands, and assignments that only a shell could judge, are warned about at their line; the rest is read."""
    environment = read(text, "e")
    assert {name: value.text for name, value in environment.values.items()} == {"A": "1"}
    assert [(p.severity, p.place and p.place.line) for p in environment.problems] == [("warning", 1)]


def test_lines_that_are_not_read_are_told_once_in_a_row():
    """A pasted script gives one warning for each of its stretches, not one for each line."""
    environment = read("a\nb\nc\nA=1\nd\ne\n", "e")
    assert places(environment.problems) == [(1, 1, 1), (5, 1, 1)]


def test_what_a_line_holds_is_not_repeated():
    """A line that is not read may hold a secret: its words are in no message."""
    (problem,) = read("vault login hunter2", "e").problems
    assert "hunter2" not in problem.message + problem.remedy


COMPUTED = "B is computed by the shell, and nothing is executed here"
ON_THE_MACHINE = "the value of {} is known only to the shell or to the machine"
FAULTS = {
    "unknown variable": ("A=1\nB=x$NOPE", "NOPE is not set above this line", (2, 4, 5)),
    "set by the same command": ("export A=1 B=$A", "A is not set above this line", (1, 14, 2)),
    "set only below": ("B=$A\nA=1", "A is not set above this line", (1, 3, 2)),
    "known on the machine": (
        "B=$HOSTNAME",
        ON_THE_MACHINE.format("HOSTNAME"),
        (1, 3, 9),
    ),
    "computed before": (
        "CRICTL_VERSION=$(x)\nB=$CRICTL_VERSION",
        ON_THE_MACHINE.format("CRICTL_VERSION"),
        (2, 3, 15),
    ),
    "substitution": ("\nB=x$(date)", COMPUTED, (2, 4, 1)),
    "backticks": ("B=`date`", COMPUTED, (1, 3, 1)),
    "arithmetic": ("B=$((1+2))", COMPUTED, (1, 3, 1)),
    "default": ("B=${A:-x}", COMPUTED, (1, 3, 1)),
    "argument": ("B=$1", COMPUTED, (1, 3, 1)),
    "ansi-c quotes": ("B=$'\\x41'", COMPUTED, (1, 3, 1)),
    "in quotes": ('B="x `date` y"', COMPUTED, (1, 6, 1)),
    "open single quote": ("A=1\nB='x\ny", "this quote is never closed", (2, 3, 1)),
    "open double quote": ('B="x\ny', "this quote is never closed", (1, 3, 1)),
    "open substitution": ("B=$(x 'y)'", "this substitution is never closed", (1, 4, 1)),
}


@pytest.mark.parametrize(("text", "message", "place"), FAULTS.values(), ids=FAULTS)
def test_what_needs_a_shell_is_told(text, message, place):
    """A value that only a shell could find is a problem at its place; nothing is executed or guessed."""
    (problem,) = read(text, "e").problems
    assert (problem.severity, problem.message, places([problem])) == ("error", message, [place])
    assert problem.remedy


SUBSTITUTIONS = {
    "nested": "$(a $(b) `c`)",
    "with quotes": "$(a ')' \")\" \\))",
    "over lines": "$(a \\\n$(b; \\\ndo) | c\n)",
    "with a comment": "$(a # it's )\n)",
    "in quotes": '"$(a "b)" )"',
    "backticks over lines": "`a \\` \n b`",
    "braces": '${A:-$(b "}")}',
}


@pytest.mark.parametrize("value", SUBSTITUTIONS.values(), ids=SUBSTITUTIONS)
def test_substitutions_are_skipped_as_a_whole(value):
    """What stands behind a substitution is read again, however it is nested."""
    environment = read(f"ETCD_SERVERS={value} A=1\nB=2", "e")
    assert {name: v.text for name, v in environment.values.items()} == {"ETCD_SERVERS": None, "A": "1", "B": "2"}
    assert environment.problems == ()


def test_growth_is_bounded():
    """Values that double with each line are refused, not built."""
    text = "A=xxxxxxxx\n" + "A=$A$A$A$A\n" * 200
    assert {p.message for p in read(text, "e").problems} >= {"A is too long"}


def test_too_long_a_text_is_refused():
    """A file that cannot be a block of variables is not read at all."""
    environment = read("A=1\n" * 20_000, "e")
    assert environment.values == {}
    assert [p.message for p in environment.problems] == ["e is too long for a block of variables"]


def test_secrets_are_not_kept():
    """Of a secret's text nothing is kept, and what is made from one is marked."""
    values = read("export VAULT_TOKEN=hunter2\nA=x$VAULT_TOKEN\nB=$A\nC=1", "e").values
    assert "hunter2" not in repr(values)
    assert {name: value.secret for name, value in values.items()} == {
        "VAULT_TOKEN": True,
        "A": True,
        "B": True,
        "C": False,
    }


MASKED = {
    "plain": ("A=1\nexport VAULT_TOKEN=ab # c", "A=1\nexport VAULT_TOKEN=******"),
    "in a comment": ("# VAULT_TOKEN=ab", "# VAULT_TOKEN=**"),
    "in a command": ("env DB_PASSWORD=ab cmd", "env DB_PASSWORD=******"),
    "behind another": ("export A=1 API_KEY=ab", "export A=1 API_KEY=**"),
    "over lines": ("SECRET='ab\ncd' B=1\nC=2", "SECRET=***\n*** B=1\nC=2"),
    "never closed": ("A=1\nSECRET='ab\ncd", "A=1\nSECRET=***\n**"),
    "nothing": ("A=1\nB=2", "A=1\nB=2"),
}


@pytest.mark.parametrize(("text", "expected"), MASKED.values(), ids=MASKED)
def test_masked_text_shows_no_secret(text, expected):
    """Lines can be shown around a problem: what secrets are set to is starred, columns stay."""
    assert masked(text) == expected
