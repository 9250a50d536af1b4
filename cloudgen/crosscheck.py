"""What a node promises to itself: what is read is written, and what is dialled is in a certificate."""

from collections.abc import Iterator

from cloudgen.facts import Facts
from cloudgen.pieces import Directory, File, Node, folders_above
from cloudgen.pki import CLIENTS_DIAL
from cloudgen.report import Problem


def check(node: Node, facts: Facts) -> Iterator[Problem]:
    """Everything that does not fit together on one machine."""
    yield from _paths(node, facts)
    yield from _overwritten(node, facts)
    yield from _read_only(node, facts)
    yield from _names(facts)


def _paths(node: Node, facts: Facts) -> Iterator[Problem]:
    written = {f.path for f in node.of(File)} | set(facts.pki.files)
    written |= {d.path for d in node.of(Directory)} | {facts.paths.resolv_conf}
    folders = {parent for path in written for parent in folders_above(path)}
    paths = facts.paths
    filled = {paths.etcd_data, paths.kubelet_root, paths.audit_logs, paths.cni_binaries, paths.cni_config}
    for file in node.of(File):
        for path in sorted(file.reads - written - folders):
            if filled & {path, *folders_above(path)}:
                continue  # data of a component, or of the CNI plugin: made there later
            yield Problem(
                f"{file.path} reads {path}, which nothing writes", file.origin, "add it under files:, or mend the path"
            )


def _overwritten(node: Node, facts: Facts) -> Iterator[Problem]:
    ordered = frozenset(facts.pki.files)
    for file in node.of(File):
        if file.path in ordered:
            message = f"{file.path} is what key-keeper fetches from Vault: it would replace this file"
            yield Problem(message, file.origin, "choose another path, and name it with a flag in extraArgs")


def _read_only(node: Node, facts: Facts) -> Iterator[Problem]:
    family = facts.family
    for piece in node.pieces if family.read_only else ():
        if isinstance(piece, File | Directory) and family.refuses(piece.path):
            message = f"{piece.path} cannot be written: {' and '.join(family.read_only)} is read-only on {family.title}"
            yield Problem(message, piece.origin, f"put it below /etc, /var or /opt, programs into {family.binaries}")


def _names(facts: Facts) -> Iterator[Problem]:
    for name, dialled in CLIENTS_DIAL:
        certificate = facts.pki.certificate(name)
        held = {*certificate.hostnames, *certificate.addresses}
        for missing in sorted(set(facts.pki.names.fill_all(dialled)) - held):
            message = f"clients dial {missing}, which certificate {name} does not hold"
            yield Problem(message, ("pki",), "report this fault")
