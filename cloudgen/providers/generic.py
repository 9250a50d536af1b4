"""Generic: a machine that takes its user-data from a file, such as a NoCloud seed; no limit is known."""

from typing import Final

from cloudgen.provider import HandOver, Provider

GENERIC: Final = Provider(
    name="generic",
    title="Generic (NoCloud and the like)",
    limit=None,
    carries={
        "cloud-config": ("plain", "mime-gzip", "gzip"),
        "ignition": ("plain", "ignition-gzip"),
    },
    datasource="NoCloud",
    # Machines of metal are among them: eno1.
    nic_pattern=r"^(eth|eno|ens|enp)[0-9a-z]+$",
    hand_over=(
        HandOver(how="Ignition's config: {path}", formats=("ignition",)),
        HandOver(how="NoCloud seed, beside a meta-data that names {node}: user-data is {path}"),
    ),
    source="cloud-init docs, data source NoCloud: user-data is a file; no limit is given",
)
