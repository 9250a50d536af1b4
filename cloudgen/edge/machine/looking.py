"""From a root to a machine: files are looked at until those seen name no further ones; and what a spec makes of it."""

from typing import Final

from cloudgen.assemble import lower
from cloudgen.edge.machine.rooted import Root
from cloudgen.edge.reading import refused
from cloudgen.generate import build, machine_facts
from cloudgen.pieces import Node
from cloudgen.spec import Spec
from cloudgen.verify import Kind, Machine, Seen, machine_of, wanted

_ROUNDS: Final = 12
"""Settings name kubelet's environment, that its configuration, that manifests, those kubeconfigs, those files."""
_MOST: Final = 2_000


def looked_at(root: Root, also: frozenset[str] = frozenset()) -> Machine:
    """The machine below a root, with further files of it.

    Raises `Refused` where it is none of cloudgen's, and where files may not be read: half of them tell nothing.
    """
    files: dict[str, Seen] = {}
    for _ in range(_ROUNDS):
        more = sorted((wanted(files) | also) - files.keys())[: _MOST - len(files)]
        if not more:
            break
        files |= {path: root.look(path) for path in more}
        forbidden = [path for path in more if files[path].kind is Kind.FORBIDDEN]
        if forbidden:
            others = f" and {len(forbidden) - 1} more" if len(forbidden) > 1 else ""
            raise refused(f"{forbidden[0]}{others} may not be read by this user", "run cloudgen verify as root")
        machine_of(files)
    return machine_of(files)


def made_by(spec: Spec, machine: Machine, name: str) -> Node:
    """What a spec makes of this machine, or of another of its machines. Raises `Refused` where it has no such one."""
    cluster, name = machine.setting("CLUSTER"), name or machine.setting("MACHINE")
    if spec.cluster_name != cluster:
        raise refused(f"the spec is of the cluster {spec.cluster_name}, the machine of {cluster}", "name another spec")
    names = [master.name for master in spec.masters]
    if name not in names:
        raise refused(f"the spec has no machine {name}", f"name one with --machine: {', '.join(names)}")
    return lower(build(spec, name)[0], machine_facts(spec, name).family.trust_file)
