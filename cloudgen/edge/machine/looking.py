"""From a root to a machine: files are looked at until those seen name no further ones."""

from typing import Final

from cloudgen.edge.machine.rooted import Root
from cloudgen.verify import Machine, Seen, machine_of, wanted

_ROUNDS: Final = 12
"""Settings name kubelet's environment, that its configuration, that manifests, those kubeconfigs, those files."""
_MOST: Final = 2_000


def looked_at(root: Root) -> Machine:
    """The machine below a root. Raises `Refused` where it is none of cloudgen's."""
    files: dict[str, Seen] = {}
    for _ in range(_ROUNDS):
        more = sorted(wanted(files) - files.keys())[: _MOST - len(files)]
        if not more:
            break
        files |= {path: root.look(path) for path in more}
        machine_of(files)
    return machine_of(files)
