"""The manifest of what was minted: written, read, and what is no manifest."""

import json
from collections.abc import Iterator

import pytest

from cloudgen.report import Refused
from cloudgen.vault.manifest import Manifest, Minted, Run, from_text, to_text

OLD = Minted(machine="a", issuer="x", accessor="1", wrapped_accessor="2", expires=9)
NEW = Minted(machine="a", issuer="y", accessor="3", expires=9)
FIRST = Run(run="r1", mode="token", accessor="run", expires=10, complete=True, tokens=(OLD, NEW))
SECOND = Run(run="r2", mode="shared", accessor="run2", expires=11)
WHOLE = Manifest(cluster="c", server="s", runs=(FIRST, SECOND))


def test_it_comes_back():
    """What is written is read as it was."""
    assert from_text(to_text(WHOLE), "m.json") == WHOLE


def test_a_run_is_replaced_in_its_place():
    """And a new one goes to the end."""
    grown = Run(run="r1", mode="token", accessor="run", expires=10, tokens=(OLD,))
    assert WHOLE.with_run(grown).runs == (grown, SECOND)
    third = Run(run="r3", mode="token", accessor="run3", expires=1)
    assert WHOLE.with_run(third).runs == (FIRST, SECOND, third)


def test_tokens_go_and_empty_runs_with_them():
    """A run stays as long as one of its tokens does; one that was killed stays until it is ended."""
    assert [run.tokens for run in WHOLE.without(lambda _, token: token == OLD).runs] == [(NEW,), ()]
    assert WHOLE.without(lambda run, _: run.run == "r1").runs == (SECOND,)
    assert WHOLE.found("a", "y") == (FIRST, NEW)
    assert WHOLE.found("b", "y") is None


def broken() -> Iterator[str]:
    """A manifest with something of a wrong kind in each place."""
    whole = json.loads(to_text(WHOLE))
    yield ""
    yield "[]"
    yield "[" * 100_000
    yield json.dumps({**whole, "kind": "Secrets"})
    yield json.dumps({**whole, "cluster": 1})
    yield json.dumps({**whole, "runs": [1]})
    run = whole["runs"][0]
    for key in run:
        yield json.dumps({**whole, "runs": [{k: v for k, v in run.items() if k != key}]})
    for key in run["tokens"][0]:
        yield json.dumps({**whole, "runs": [{**run, "tokens": [{**run["tokens"][0], key: []}]}]})


BROKEN = tuple(broken())


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_what_is_none_is_refused(text):
    """Whatever is wrong with it, one sentence says that it is no manifest."""
    with pytest.raises(Refused, match=r"m\.json is no manifest of minted tokens"):
        from_text(text, "m.json")
