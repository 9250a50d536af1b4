"""The pure function: a spec and a machine to a node, and a node to the bytes that travel."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from cloudgen import crosscheck
from cloudgen.assemble import assembled
from cloudgen.budget import TOKEN, Parcel, judged, substituted
from cloudgen.facts import Facts, HostFacts, Machine
from cloudgen.family import FAMILIES
from cloudgen.fingerprint import fingerprint
from cloudgen.kubernetes import companions
from cloudgen.paths import Paths
from cloudgen.pieces import File, Node, Piece
from cloudgen.pki import Names, catalogue
from cloudgen.provider import Provider
from cloudgen.providers import PROVIDERS
from cloudgen.release import Version
from cloudgen.report import Problem, Report, info
from cloudgen.secrets import PLACEHOLDERS, SecretRef, Secrets
from cloudgen.spec import Master, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The user-data of one machine, and everything that is worth knowing about it."""

    machine: str
    data: bytes = field(repr=False)
    """What travels."""
    node: Node
    report: Report
    fingerprint: str
    size: int
    """In the provider's unit; secrets that are not known yet count as tokens."""
    parcel: Parcel = field(repr=False)
    """The text in other packings, and for other providers."""
    provider: Provider
    packing: str

    @property
    def text(self) -> str:
        """In the chosen format, before packing."""
        return self.parcel.before(self.packing)


def machine_facts(spec: Spec, name: str) -> Facts:
    """Everything that components may know of one machine. Raises `KeyError` for one that the spec does not name."""
    index = {master.name: index for index, master in enumerate(spec.masters)}[name]
    own = spec.of_machine(name)
    machines = tuple(_machine(own, master, position) for position, master in enumerate(own.masters))
    family, release = FAMILIES[own.host.family], own.release
    paths, friends = Paths.of(own.paths, family), companions(release)
    names = _names(own, machines[index])
    return Facts(
        cluster=own.cluster_name,
        domain=own.cluster_domain,
        api=names.api,
        machine=machines[index],
        machines=machines,
        release=release,
        companions=friends,
        etcd_version=Version.parse(own.etcd.version or friends.etcd),
        containerd_version=Version.parse(own.containerd.version or friends.containerd),
        paths=paths,
        family=family,
        provider=PROVIDERS[own.provider],
        pki=catalogue(own.pki, names, paths),
        **_chosen(own),
    )


def _chosen(spec: Spec) -> dict[str, Any]:
    """Sections of the spec that facts repeat as they are."""
    return {
        "api_addresses": spec.api.addresses,
        "names": spec.names,
        "ports": spec.ports,
        "networking": spec.networking,
        "vault": spec.vault,
        "pki_settings": spec.pki,
        "proxy": spec.proxy,
        "images": spec.images,
        "external_cloud": spec.cloud_provider == "external",
        "host": HostFacts(
            swap=spec.host.swap,
            auto_updates=spec.host.auto_updates,
            trusts_more=bool(spec.host.trusted_cas),
            time_servers=spec.host.time.service == "chrony" and bool(spec.host.time.servers),
            synchronises=spec.host.time.service != "none",
            resolv_conf=spec.host.resolv_conf,
        ),
        "etcd_disk": spec.etcd.disk,
        "scripts_from": spec.scripts_from,
    }


def _machine(spec: Spec, master: Master, index: int) -> Machine:
    holds = {"all": True, "first": index == 0, "none": False}
    return Machine(
        name=master.name,
        index=index,
        node=spec.node_name(master),
        fqdn=f"{master.name}.{spec.cluster_domain}",
        address=master.address,
        zone=master.zone,
        initial_cluster_state=master.initial_cluster_state,
        admin=holds[spec.admin_certificate],
    )


def _names(spec: Spec, machine: Machine) -> Names:
    return Names(
        cluster=spec.cluster_name,
        prefix=spec.vault.path_prefix or f"clusters/{spec.cluster_name}",
        admin=machine.admin,
        machine=machine.name,
        node=machine.node,
        fqdn=machine.fqdn,
        address=machine.address,
        api=spec.api.endpoint or f"api.{spec.cluster_domain}",
        api_addresses=spec.api.addresses,
        service=spec.networking.api_service,
        dns_domain=spec.networking.dns_domain,
        nic_pattern=PROVIDERS[spec.provider].nic_pattern,
    )


def build(spec: Spec, machine: str) -> tuple[Node, Report]:
    """The node of a machine, without secrets, and what is wrong with it."""
    node, _, report = _built(spec, machine)
    return node, report


def _built(spec: Spec, machine: str) -> tuple[Node, Node, Report]:
    """The node, the same lowered, and what is wrong with it."""
    facts = machine_facts(spec, machine)
    pieces: list[Piece] = []
    problems: list[Problem] = []
    for key, component in spec.of_machine(machine).components():
        for piece in component.pieces(facts):
            if isinstance(piece, Problem):
                problems.append(piece)
            else:
                pieces.append(piece if piece.origin else replace(piece, origin=(key,)))
    node, lowered, report = assembled(machine, pieces, facts.family.trust_file)
    checks = (*crosscheck.check(node, facts), *spec.of_machine(machine).encoder.check(lowered))
    return node, lowered, Report.of((*problems, *report, *checks))


def needed(node: Node) -> frozenset[SecretRef]:
    """The secrets of a node: what must be minted or fetched before its user-data is complete."""
    return frozenset(file.content for file in node.of(File) if isinstance(file.content, SecretRef))


def render(spec: Spec, machine: str, secrets: Secrets = PLACEHOLDERS) -> Rendered:
    """The user-data of a machine: pure, and without Vault. What secrets lack is a visible placeholder, and reported."""
    node, lowered, report = _built(spec, machine)
    provider = PROVIDERS[spec.provider]
    encoder = spec.of_machine(machine).encoder
    packing = spec.packing or provider.packings(encoder.name)[0]
    unknown = tuple(sorted(ref.placeholder().rstrip() for ref in needed(node) if ref not in secrets.values))
    parcel = Parcel(
        encode=lambda packed: encoder.encode(lowered, secrets, packed=packed),
        compresses=encoder.compresses,
        format=encoder.name,
        unknown=unknown,
    )
    made = parcel.packed(packing, provider)
    more = (*_missing(node, len(unknown)), *judged(made, parcel, lowered), *substituted(made))
    return Rendered(
        machine=machine,
        data=made.data,
        node=node,
        report=report + Report.of(more),
        fingerprint=fingerprint(node),
        size=made.size,
        parcel=parcel,
        provider=provider,
        packing=packing,
    )


def _missing(node: Node, unknown: int) -> Iterator[Problem]:
    if unknown:
        what = f"{unknown} files hold placeholders, because no secrets were given for them"
        yield info(f"{node.machine}: {what}; each counts as {TOKEN} characters")
