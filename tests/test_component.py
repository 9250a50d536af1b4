import pytest

from cloudgen.component import arguments, effective, paths_in

OURS = {"a": "1", "b": "2", "c": "3"}


@pytest.mark.parametrize(
    ("extra", "made"),
    [
        ({}, ("--a=1", "--b=2", "--c=3")),
        ({"b": ("x",)}, ("--a=1", "--b=x", "--c=3")),
        ({"b": ("x", "y")}, ("--a=1", "--b=x", "--b=y", "--c=3")),
        ({"b": None}, ("--a=1", "--c=3")),
        ({"b": ()}, ("--a=1", "--c=3")),
        ({"z": ("x",), "d": ("y",)}, ("--a=1", "--b=2", "--c=3", "--z=x", "--d=y")),
        ({"z": None}, ("--a=1", "--b=2", "--c=3")),
        ({"b": ("",)}, ("--a=1", "--b=", "--c=3")),
    ],
)
def test_flags_and_the_user_s_own(extra, made):
    """Ours first, replaced in place; the user's after them, in the user's order."""
    assert arguments(OURS, extra) == made


@pytest.mark.parametrize(
    ("extra", "value"), [({}, "1"), ({"a": ("2",)}, "2"), ({"a": ("2", "3")}, "3"), ({"a": None}, ""), ({"a": ()}, "")]
)
def test_the_value_in_the_end(extra, value):
    """Of a repeated flag the last counts; one that was taken away has none."""
    assert effective(OURS, extra, "a") == value


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("/etc/k/a", {"/etc/k/a"}),
        ("--a=/etc/k/a", {"/etc/k/a"}),
        ("/etc/kx/a", set()),
        ("/etc/k", set()),
        ({"a": ["--b=/etc/k/b", {"c": "/etc/k/c"}], "d": 1, "e": None}, {"/etc/k/b", "/etc/k/c"}),
        ((), set()),
    ],
)
def test_paths_in_a_document(data, found):
    """Whole values and flags, however deep; nothing of other folders."""
    assert paths_in(data, "/etc/k") == found
