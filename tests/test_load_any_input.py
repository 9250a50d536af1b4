"""Loading what nobody would write: any mutation of a whole spec is a spec that builds, or is refused with places."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudgen.generate import build
from cloudgen.load import attachments, inspect
from cloudgen.pieces import Node
from cloudgen.report import Refused
from cloudgen.source import Document, parse
from tests.specs import PEM, POLICY

FULL = (Path(__file__).parents[1] / "examples" / "full.yaml").read_text()
WHOLE: dict[str, Any] = yaml.safe_load(FULL)
WHOLE["masters"] = [WHOLE["masters"][0], WHOLE["masters"][-1], WHOLE["masters"][1]]

Place = tuple[str | int, ...]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


def copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    return [copied(child) for child in value] if isinstance(value, list) else value


PLACES = sorted(places(WHOLE), key=str)
WORDS = st.sampled_from(
    [
        *("", " ", ".", "/", "/..", "//", "~", "%", "-", "--x", "../x", "a=b", "a,b", "a\0b", "a\nb", "\t"),
        *("é", "\U0001f600", "١٢", "a" * 70, "9" * 5000, "x" * 300),
        *("{0}", "{url}", "%s", "$HOME", "${X}", "{{", "{% x", "{{ ''.__class__ }}"),
        *("::", "::/0", "0.0.0.0/0", "10.96.0.0/31", "10.96.0.0/32", "fe80::1%eth0", "fd00::/127", "1/2"),
        *("v1.22.0", "v1.37.99", "v0.0.0", "v1.30.0-rc.1", "1.7.28", "0.0.1", "3.4.0", "999999999d", "1d1h1m1s", "d"),
        *("https://[::1", "https://[::1]:99999", "http://a:b", "https://x:0", "^(", "^a{9999999999}$"),
        *("off", "true", "null", "none", "address", "published"),
    ]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from([0, 1, -1, 65535, 65536, 1e300, 0.5])
    | st.text(max_size=8)
    | WORDS
)
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.dictionaries(st.text(max_size=4) | WORDS, SCALARS, max_size=2)
    | st.sampled_from([copied(value) for value in WHOLE.values()])
)
KEYS = st.text(max_size=6) | WORDS | st.sampled_from(sorted({str(step) for place in PLACES for step in place}))
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(["drop", "replace", "double", "rename", "add"]), st.sampled_from(PLACES), KEYS, VALUES),
    min_size=1,
    max_size=3,
)


def mutated(mutations: list[tuple[str, Place, str, Any]]) -> Any:
    root = copied(WHOLE)
    for kind, (*above, last), key, value in mutations:
        parent = below(root, above)
        if isinstance(parent, dict):
            mutate_map(parent, kind, last, key, value)
        elif isinstance(parent, list) and isinstance(last, int) and last < len(parent):
            mutate_list(parent, kind, last, value)
    return root


def below(value: Any, path: list[str | int]) -> Any:
    """What stands at a path by now; nothing where an earlier mutation took it away."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def mutate_map(parent: dict[Any, Any], kind: str, last: str | int, key: str, value: Any) -> None:
    if kind == "add":
        parent[key] = value
    elif last in parent:
        old = parent.pop(last)
        if kind in {"rename", "double"}:
            parent[key] = copied(old)
        if kind in {"replace", "double"}:
            parent[last] = value if kind == "replace" else old


def mutate_list(parent: list[Any], kind: str, last: int, value: Any) -> None:
    match kind:
        case "drop":
            del parent[last]
        case "double":
            parent.append(copied(parent[last]))
        case "add":
            parent.insert(last, value)
        case _:
            parent[last] = value


def parsed(text: str) -> Document | None:
    try:
        return parse(text, "any.yaml")
    except Refused as refusal:
        report = refusal.report
    assert all(problem.place for problem in report)
    return None


def texts(document: Document) -> dict[str, str]:
    """A text for each attachment, of the kind that its name promises."""
    return {name: POLICY if name.endswith(".yaml") else PEM for name in attachments(document)}


def check(text: str) -> None:
    document = parsed(text)
    if document is None:
        return
    spec, report = inspect(document, texts(document))
    assert all(problem.place for problem in report)
    if spec is None:
        assert report.failed
        return
    for machine in spec.masters:
        node, told = build(spec, machine.name)
        assert isinstance(node, Node)
        assert all(problem.message for problem in document.locate_all(told))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(MUTATIONS)
def test_any_mutation_is_told_or_builds(mutations):
    """Whatever is dropped, doubled, renamed or replaced: no exception, and a place for each problem."""
    check(yaml.safe_dump(mutated(mutations), allow_unicode=True, sort_keys=False))


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, len(FULL)), st.integers(0, 12), st.text(max_size=5)), min_size=1, max_size=4))
def test_any_text_is_told_or_builds(cuts):
    """Whatever is cut out of the text or typed into it: the same."""
    text = FULL
    for start, length, typed in cuts:
        text = text[:start] + typed + text[start + length :]
    check(text)


def test_the_whole_spec_is_sound():
    """What is mutated is valid to begin with."""
    assert inspect(parse(FULL, "full.yaml"), texts(parse(FULL, "full.yaml"))).spec
