"""The rows of the spec that the article's variables make, with a comment for what became of each."""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Final

from cloudgen.providers import PROVIDERS
from cloudgen.starter.settling import Masters
from cloudgen.starter.variables import (
    BASE_DOMAIN,
    CLUSTER_NAME,
    MASTER_COUNT,
    PORTS,
    SERVICE_CIDR,
    SERVICE_DNS,
    USED,
    VAULT_SERVER,
)
from cloudgen.starter.writing import Row, Rows, written

_HEAD: Final = """\
yaml-language-server: $schema=cluster.schema.json
The article's variables as a spec: behind a value stands the variable that it came from.
`cloudgen schema --out cluster.schema.json` makes the schema; `cloudgen check` says what is doubtful here."""
_NETWORKING: Final = """
The article gave pods the service range; here they have one of their own."""
_ETCD: Final = """
These versions are the article's. Without them cloudgen takes what fits the Kubernetes version."""
_VAULT: Final = """
The article's Vault is a development server on the first master; see vaultServer for such a lab.
No token stands here: each machine gets wrapped ones, made by `cloudgen vault mint`."""
_PKI: Final = """
Lifetimes for a demonstration: seven minutes without Vault end the control plane. Take days, such as 30d and 10d."""
_KEY_KEEPER: Final = "Build it from github.com/fraima/key-keeper; write your own address and checksum."
_POD_RANGES: Final = {
    4: ("10.244.0.0/16", "10.128.0.0/16", "172.20.0.0/16", "192.168.0.0/16"),
    6: ("fd00:10:244::/56", "fd00:11:244::/56"),
}
_ROOT: Final = "BASE_K8S_PATH"
_DNS_INDEX: Final = 10

Values = Mapping[str, str]


def draft(values: Values, masters: Masters) -> str:
    """The spec's text."""
    return written(Rows(_rows(values, masters)))


def _rows(values: Values, masters: Masters) -> Iterator[Row]:
    yield Row("apiVersion", "cloudgen/v1alpha1", above=_HEAD)
    yield _row(CLUSTER_NAME, values)
    yield _row(BASE_DOMAIN, values)
    yield _row("KUBERNETES_VERSION", values)
    yield Row("provider", "generic", f"what carries the user-data: {', '.join(PROVIDERS)}")
    yield Row("masters", masters, MASTER_COUNT)
    yield Row("adminCertificate", "all", "as in the article; first or none is safer")
    yield Row("networking", Rows(_networking(values, masters)), above=_NETWORKING)
    if ports := Rows(_ports(values)):
        yield Row("ports", ports)
    if (root := _root(values)) != USED[_ROOT].default:
        yield Row("paths", Rows((Row("root", root, _ROOT),)))
    yield Row("vault", Rows((_row(VAULT_SERVER, values),)), above=_VAULT)
    yield Row("pki", Rows((Row("ttl", "10m"), Row("renewBefore", "7m"), Row("keySize", 4096))), above=_PKI)
    yield Row("etcd", Rows((_row("ETCD_VERSION", values),)), above=_ETCD)
    yield Row("containerd", Rows((_row("CONTAINERD_VERSION", values),)))
    yield Row("binaries", Rows(_binaries(values)))


def _row(variable: str, values: Values) -> Row:
    return Row(str(USED[variable].path[-1]), values[variable], variable)


def _networking(values: Values, masters: Masters) -> Iterator[Row]:
    yield _row(SERVICE_CIDR, values)
    yield Row("podSubnet", _pod_range(values[SERVICE_CIDR], masters))
    if SERVICE_DNS in values and _canonical(values[SERVICE_DNS]) != _derived_dns(values[SERVICE_CIDR]):
        yield _row(SERVICE_DNS, values)


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


def _derived_dns(service: str) -> str:
    try:
        return str(ipaddress.ip_network(service)[_DNS_INDEX])
    except (ValueError, IndexError):
        return ""


def _pod_range(service: str, masters: Masters) -> str:
    """The first range that neither services nor masters lie in."""
    taken = [service, *(master["address"] for master in masters)] if isinstance(masters, list) else [service]
    try:
        networks = [ipaddress.ip_network(each) for each in taken]
    except ValueError:
        # The spec tells what is wrong with these.
        return _POD_RANGES[4][0]
    ranges = _POD_RANGES[networks[0].version]
    free = (r for r in ranges if not any(_overlap(ipaddress.ip_network(r), network) for network in networks))
    return next(free, ranges[0])


def _overlap(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, other: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    return one.version == other.version and one.overlaps(other)


def _ports(values: Values) -> Iterator[Row]:
    """Only those that differ: cloudgen's defaults are the article's."""
    for variable, used in PORTS.items():
        port = int(values[variable])
        if port != int(used.default):
            yield Row(str(used.path[-1]), port, variable)


def _root(values: Values) -> str:
    return values[_ROOT].rstrip("/") or values[_ROOT]


def _binaries(values: Values) -> Iterator[Row]:
    yield Row("runc", Rows((_row("RUNC_VERSION", values),)))
    yield Row("etcdctl", Rows((_row("ETCD_TOOL_VERSION", values),)))
    address = "https://downloads.example.org/key-keeper"
    yield Row("keyKeeper", Rows((Row("url", address), Row("sha256", "0" * 64))), above=_KEY_KEEPER)
