"""Reading a document: one bounded pass over the parser's events, and every problem that can be told at once.

Only events are asked for: PyYAML's own loaders recurse, and its C composer overflows the stack on deep nesting.
"""

from collections.abc import Iterator

import yaml
from yaml._yaml import CParser

from cloudgen.report import Place, Problem, Refused, Report
from cloudgen.source.building import Builder
from cloudgen.source.document import Document, extends_problems
from cloudgen.source.letters import text_of
from cloudgen.source.tree import Tree
from cloudgen.source.wording import syntax_problem


def parse(data: bytes | str, name: str) -> Document:
    """The document in a file's bytes or text; raises `Refused` with every problem that can be told at once."""
    text = text_of(data, name)
    builder = Builder(name, text)
    problems = [*_walk(text, name, builder)] or [*_shape(builder.root, name)]
    if problems or builder.root is None:
        raise Refused(Report(tuple(problems)))
    return Document(builder.root, {name: text})


def _walk(text: str, name: str, builder: Builder) -> Iterator[Problem]:
    """Feed the builder until it has enough."""
    parser = CParser(text)
    try:
        while not builder.done:
            builder.take(parser.get_event())
    except yaml.MarkedYAMLError as fault:
        builder.problems.append(syntax_problem(fault, text, name))
    except (yaml.YAMLError, UnicodeError):
        remedy = "take tags and anchors with unusual characters away"
        builder.problems.append(Problem(f"{name} cannot be read as YAML", remedy=remedy, place=Place(name, 1, 1)))
    yield from builder.problems


def _shape(root: Tree | None, name: str) -> Iterator[Problem]:
    if root is None or root.value is None:
        remedy = "cloudgen init writes a document to begin with"
        yield Problem(f"{name} is empty", remedy=remedy, place=Place(name, 1, 1))
    elif not isinstance(root.value, dict):
        yield Problem(
            "the document must be a mapping of keys to values", remedy="write `key: value` lines", place=root.place
        )
    else:
        yield from extends_problems(root)
