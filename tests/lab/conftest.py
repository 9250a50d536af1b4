"""The lab, made once a run, skipped visibly where it cannot be. What a failed scenario leaves is kept."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import pytest

from tests.judging import CACHE
from tests.lab.cluster import Cluster
from tests.lab.needs import lacking
from tests.lab.parts.hardware import Hardware
from tests.lab.parts.mirror import Mirror
from tests.lab.parts.prepare import prepare, usual
from tests.lab.registry import Registry
from tests.lab.world import GATEWAY, World

_MIRROR: Final = (GATEWAY, 8080)
_KEPT: Final = CACHE / "lab-failures"
"""Journals and states of the machines that were there when a scenario failed."""
_LAB: Final = pytest.StashKey["Lab"]()


class Lab(NamedTuple):
    """What scenarios share."""

    world: World
    mirror: Mirror
    hardware: Hardware

    @contextmanager
    def cluster(self, number: int, masters: int = 3, **settings: Any) -> Iterator[Cluster]:
        """A cluster of a scenario's own, with an OpenBao that answers; the mirror behaves well again behind it."""
        cluster = Cluster(self.world, number, masters, **settings)
        try:
            cluster.vault.start()
            yield cluster
        except BaseException:
            self.collect()
            raise
        finally:
            self.mirror.faults.clear()
            cluster.destroy()

    def collect(self) -> None:
        """What the machines that there are could tell, for whoever looks for what went wrong."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "no-test").rpartition("::")[2].partition(" ")[0]
        for machine in self.world.machines:
            machine.collect(_KEPT / test)


@pytest.fixture(scope="session")
def lab(pytestconfig: pytest.Config) -> Iterator[Lab]:
    """Bridge, mirror and registry."""
    if "CLOUDGEN_LAB" not in os.environ:
        pytest.skip(lacking() or "the lab runs in namespaces of its own: `make lab`")
    parts = prepare(usual())
    world = World(parts.rootfs)
    registry, mirror = Registry(), Mirror(parts.downloads, address=_MIRROR)
    registry.add(parts.images)
    with registry.serving(GATEWAY), mirror.serving():
        pytestconfig.stash[_LAB] = Lab(world, mirror, parts.hardware)
        yield pytestconfig.stash[_LAB]
        for machine in list(world.machines):
            machine.destroy()


def pytest_exception_interact(node: pytest.Item, report: pytest.TestReport) -> None:
    """Machines that tests share are still there."""
    found = node.config.stash.get(_LAB, None)
    if found and report.failed:
        found.collect()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line a scenario, with its time: that of its fixtures too."""
    seconds: Counter[str] = Counter()
    ended: dict[str, str] = {}
    for outcome, reports in terminalreporter.stats.items():
        for report in reports:
            name = getattr(report, "nodeid", "")
            if "tests/lab/" in name and hasattr(report, "duration") and "/parts/" not in name:
                seconds[name] += report.duration
                ended[name] = outcome or ended.get(name, "")
    for name, outcome in ended.items():
        terminalreporter.write_line(f"lab: {seconds[name]:6.1f} s  {outcome:7} {name.partition('tests/lab/')[2]}")
