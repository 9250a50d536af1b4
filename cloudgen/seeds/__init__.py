"""Seeds: user-data on a disk or in a folder of its own, for machines that no cloud hands it to. One line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cloudgen.generate import Rendered
from cloudgen.iso import image
from cloudgen.seeds import config_drive, nocloud
from cloudgen.seeds.kind import Bearer, Kind
from cloudgen.spec import Spec

__all__ = ["SEEDS", "Kind", "seed"]

_DRIVE: Final = "a CD drive of {node}: {path}"

SEEDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "nocloud": Kind(
            nocloud.documents,
            "nocloud",
            "/var/lib/cloud/seed/nocloud in the image of {node}: {path}",
            optional=nocloud.OPTIONAL,
        ),
        "nocloud-iso": Kind(nocloud.documents, "nocloud.iso", _DRIVE, label="cidata"),
        "config-drive-iso": Kind(config_drive.documents, "config-drive.iso", _DRIVE, label="config-2"),
    }
)


def seed(spec: Spec, rendered: Rendered, kind: str) -> Mapping[str, bytes]:
    """The files of a seed by their paths, relative to each other: one image, or a folder's documents.

    Pure, as `render` is. Raises `Refused` for what this kind cannot carry, at its place in the spec.
    """
    index, master = next((i, m) for i, m in enumerate(spec.masters) if m.name == rendered.machine)
    bearer = Bearer(
        name=spec.node_name(master),
        identity=f"{master.name}.{spec.cluster_domain}",
        format=spec.of_machine(master.name).encoder.name,
        network=master.network_config.data() if master.network_config else None,
        place=("masters", index, "networkConfig"),
    )
    chosen = SEEDS[kind]
    files = chosen.documents(bearer, rendered.data)
    if chosen.label:
        return {chosen.path: image(files, chosen.label)}
    return {f"{chosen.path}/{name}": data for name, data in files.items()}
