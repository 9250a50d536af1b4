"""The host: name, packages, users, kernel, time, trusted authorities."""

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.model import AbsolutePath, Label, Line, Settings, Text, fault, matching
from cloudgen.pieces import File, Hostname, KernelModule, Package, Piece, Sysctl, TrustedCA, User
from cloudgen.report import Problem
from cloudgen.sections import AuthorityFile

_MODULES: Final = ("overlay", "br_netfilter")
_SYSCTLS: Final = {
    "net.bridge.bridge-nf-call-iptables": "1",
    "net.bridge.bridge-nf-call-ip6tables": "1",
    "net.ipv4.ip_forward": "1",
}
_SYSCTLS_IPV6: Final = {"net.ipv6.conf.all.forwarding": "1"}
"""A router takes no address from advertisements (accept_ra); masters with IPv6 addresses of their own need none."""
_KEY_TYPES: Final = ("ssh-", "ecdsa-", "sk-")
_USER: Final = r"^[a-z_][a-z0-9_-]{0,31}$"
_PACKAGE: Final = r"^[a-z0-9][a-z0-9+.-]*(=[^ ]+)?$"
_RESOLV_CONF: Final = r"^(auto|/.+)$"
_user = matching(re.compile(_USER), "a login name", "use at most 32 lower-case letters, digits, _ and -")
_package = matching(re.compile(_PACKAGE), "a package", "write its name, or name=version")
_resolv_conf = matching(re.compile(_RESOLV_CONF), "a place of resolv.conf", "write auto, or an absolute path")


def _ssh_key(value: str) -> str:
    if not value.startswith(_KEY_TYPES) or " " not in value.strip():
        raise fault("this is not a public SSH key", "write the line of the .pub file, like ssh-ed25519 AAAA... name")
    return value


class HostUser(Settings):
    """A login user."""

    name: Annotated[Line, AfterValidator(_user), Field(json_schema_extra={"pattern": _USER})]
    """Login name."""
    ssh_authorized_keys: tuple[Annotated[Line, AfterValidator(_ssh_key)], ...] = ()
    """Public SSH keys."""
    groups: tuple[Line, ...] = ()
    """Further groups."""
    sudo: bool = False
    """May become root without a password."""
    shell: AbsolutePath = "/bin/bash"
    """Login shell."""


class Time(Settings):
    """Time synchronisation; the bootstrap waits for it, because certificates and tokens are short-lived."""

    service: Literal["chrony", "existing", "none"] = "chrony"
    """chrony is installed where it may be absent (Flatcar has systemd-timesyncd); existing leaves all to the image;
    with none the machine cannot set its clock, as in a container, and nobody waits for it."""
    servers: tuple[Line, ...] = ()
    """NTP servers beside the distribution's, for rhel and fcos in their place; not with existing."""


class Host(Settings, Component):
    """The machine's operating system."""

    family: Literal["debian", "ubuntu", "rhel", "flatcar", "fcos"] = "debian"
    """Distribution family of the image."""
    packages: tuple[Annotated[Line, AfterValidator(_package), Field(json_schema_extra={"pattern": _PACKAGE})], ...] = ()
    """Packages beside those that the control plane needs."""
    default_packages: bool = True
    """Install what the control plane needs; false where the image brings it or there is no mirror."""
    users: tuple[HostUser, ...] = ()
    """Login users beside the image's own."""
    modules: tuple[Line, ...] = ()
    """Kernel modules beside overlay and br_netfilter."""
    sysctl: dict[Line, Text] = Field(default_factory=dict)
    """Kernel parameters beside those that Kubernetes needs, or with other values."""
    swap: Literal["off", "keep"] = "off"
    """Switch swap off, now and at every boot."""
    time: Time = Time()
    """Time synchronisation."""
    resolv_conf: Annotated[Line, AfterValidator(_resolv_conf), Field(json_schema_extra={"pattern": _RESOLV_CONF})] = (
        "auto"
    )
    """The resolv.conf that pods inherit: auto takes systemd-resolved's where it runs, else /etc/resolv.conf."""
    auto_updates: Literal["off", "keep"] = "off"
    """Automatic upgrades and reboots: masters that reboot by themselves at the same hour lose etcd's quorum."""
    trusted_cas: dict[Label, AuthorityFile] = Field(default_factory=dict)
    """Certificate authorities that the whole system trusts: PEM files, relative to the spec, by name."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """Everything that is there before the bootstrap begins."""
        yield Hostname(name=facts.machine.node)
        yield from self._packages(facts)
        for index, user in enumerate(self.users):
            yield User(
                name=user.name,
                ssh_keys=user.ssh_authorized_keys,
                groups=user.groups,
                sudo=user.sudo,
                shell=user.shell,
                origin=("host", "users", index),
            )
        for module in (*_MODULES, *self.modules):
            yield KernelModule(name=module)
        own = _SYSCTLS | (_SYSCTLS_IPV6 if facts.any_address == "[::]" else {})
        for key, value in {**own, **self.sysctl}.items():
            yield Sysctl(key=key, value=value)
        for name, authority in self.trusted_cas.items():
            yield TrustedCA(name=name, pem=authority.text, origin=("host", "trustedCas", name))
        if self.time.servers and self.time.service == "chrony":
            path, head, line = facts.family.time_servers
            yield File(path=path, content=head + "".join(line.format(server=server) for server in self.time.servers))

    def _packages(self, facts: Facts) -> Iterator[Piece]:
        for index, name in enumerate(self.packages):
            yield Package(name=name, origin=("host", "packages", index))
        if self.default_packages:
            for name in _needed(facts, chrony=self.time.service == "chrony"):
                yield Package(name=name, assumed=True, origin=("host", "packages"))


def _needed(facts: Facts, *, chrony: bool) -> Iterator[str]:
    yield from facts.family.packages
    if chrony and facts.family.time_package:
        yield facts.family.time_package
    if facts.etcd_disk and (package := facts.family.filesystem_packages.get(facts.etcd_disk.filesystem)):
        yield package
