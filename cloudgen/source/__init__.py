"""The user's document: YAML text to a tree in which every value knows its file, line and column.

Pure and wary: texts are arguments, a hostile one costs a bounded amount of work, and whatever is wrong is `Refused`.
"""

from cloudgen.source.document import Document
from cloudgen.source.hiding import hidden_spans, without_tokens
from cloudgen.source.letters import lines_of, readable
from cloudgen.source.merging import combine, graft
from cloudgen.source.reading import parse
from cloudgen.source.tree import Tree
from cloudgen.source.wording import LESS_DEEP, MOST_DEPTH, TOO_DEEP, syntax_problem

__all__ = [
    "LESS_DEEP",
    "MOST_DEPTH",
    "TOO_DEEP",
    "Document",
    "Tree",
    "combine",
    "graft",
    "hidden_spans",
    "lines_of",
    "parse",
    "readable",
    "syntax_problem",
    "without_tokens",
]
