"""Masters: how many, their names, their overrides."""

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from cloudgen.report import Path, Problem
from cloudgen.spec import MOST_MASTERS, OVERRIDABLE, Spec

_LONGEST_COMMON_NAME: Final = 64
"""Characters of an X.509 common name (RFC 5280, ub-common-name)."""
_LONGEST_NAME: Final = 253


def count(spec: Spec) -> Iterator[Problem]:
    """An odd number of masters: an even one adds no fault tolerance to etcd."""
    number = len(spec.masters)
    if number > MOST_MASTERS or number % 2 == 0:
        yield Problem(f"{number} masters make no sound etcd cluster", ("masters",), "write 1, 3, 5 or 7 of them")


def names(spec: Spec) -> Iterator[Problem]:
    """Names: each once, and short enough for the certificates that carry them."""
    counts = Counter(master.name for master in spec.masters)
    for index, master in enumerate(spec.masters):
        path: Path = ("masters", index, "name")
        if counts[master.name] > 1:
            yield Problem(f"{master.name} is the name of several masters", path, "give each its own")
        common_name = f"system:node:{spec.node_name(master)}"
        if len(common_name) > _LONGEST_COMMON_NAME:
            yield Problem(
                f"{common_name} has {len(common_name)} characters; a certificate's name holds {_LONGEST_COMMON_NAME}",
                path,
                "shorten the master's or the cluster's name",
            )
        if len(f"{master.name}.{spec.cluster_domain}") > _LONGEST_NAME:
            yield Problem("the machine's DNS name is too long", path, "shorten the domain")


def override_keys(spec: Spec) -> Iterator[Problem]:
    """Only components can differ between the masters of a cluster."""
    for index, master in enumerate(spec.masters):
        for key in master.overrides:
            if key not in OVERRIDABLE:
                close = get_close_matches(key, OVERRIDABLE, 1)
                remedy = f"did you mean {close[0]}?" if close else f"possible are {', '.join(OVERRIDABLE)}"
                path: Path = ("masters", index, "overrides", key)
                yield Problem(f"{key} cannot differ between masters", path, remedy, on_key=True)
