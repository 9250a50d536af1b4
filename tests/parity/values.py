"""The article's tree with other values: what its shell would write if every value were honoured everywhere.

The published tree is for one cluster of three masters. Other names, domains, ports, ranges, versions and roots are put
in their places as text; further masters repeat the second one. The article honours its root folder in half of the
places only (defect C1); here it is honoured in all.
"""

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = """\
export BASE_DOMAIN={domain}
export CLUSTER_NAME={cluster}
export BASE_CLUSTER_DOMAIN=${{CLUSTER_NAME}}.${{BASE_DOMAIN}}
export ETCD_SERVER_PORT="{etcd_client}"
export ETCD_PEER_PORT="{etcd_peer}"
export ETCD_METRICS_PORT="{etcd_metrics}"
export KUBE_APISERVER_PORT="{apiserver}"
export KUBE_CONTROLLER_MANAGER_PORT="{controller_manager}"
export KUBE_SCHEDULER_PORT="{scheduler}"
export MASTER_COUNT={masters}
export ETCD_SERVERS=$(echo $(for INDEX in `seq 0 $(($MASTER_COUNT-1))`; do echo x ; done) | sed "s/ /,/g")
export KUBERNETES_VERSION="{kubernetes}"
export ETCD_VERSION="{etcd}"
export ETCD_TOOL_VERSION="v3.5.5"
export RUNC_VERSION="v1.1.3"
export CONTAINERD_VERSION="1.6.8"
export BASE_K8S_PATH="{root}"
export SERVICE_CIDR="{services}"
export SERVICE_DNS="{dns}"
export VAULT_MASTER_TOKEN="root"
export VAULT_SERVER="http://master-0.${{CLUSTER_NAME}}.${{BASE_DOMAIN}}:9200/"
"""


@dataclass(frozen=True, kw_only=True)
class Values:
    """The article's variables; the defaults are the article's own, but for three masters."""

    cluster: str = "example"
    domain: str = "dobry-kot.ru"
    masters: int = 3
    kubernetes: str = "v1.23.12"
    etcd: str = "3.5.3-0"
    root: str = "/etc/kubernetes"
    services: str = "29.64.0.0/16"
    service: str = "29.64.0.1"
    dns: str = "29.64.0.10"
    etcd_client: int = 2379
    etcd_peer: int = 2380
    etcd_metrics: int = 2381
    apiserver: int = 6443
    controller_manager: int = 10257
    scheduler: int = 10259

    def block(self):
        """The `export` block that says these values."""
        return _BLOCK.format(**self.__dict__)

    def addresses(self):
        """An address for each master; the article's for the first three."""
        return [f"192.0.2.{10 + index}" for index in range(self.masters)]

    def in_place(self, text, source, master):
        """A text of one of the article's masters as it would be on a master of these values."""
        text = _LIST.sub(self._all_masters, text)
        text = text.replace(source, master).replace(_address(source), _address(master))
        own = Values()
        pairs = [
            (f"{own.cluster}.{own.domain}", f"{self.cluster}.{self.domain}"),
            (f"clusters/{own.cluster}/", f"clusters/{self.cluster}/"),
            (f"-{own.cluster}", f"-{self.cluster}"),
            (own.root.removeprefix("/"), self.root.removeprefix("/")),
            *((str(getattr(own, name)), str(getattr(self, name))) for name in _AS_THEY_ARE),
        ]
        for old, new in pairs:
            pattern = rf"(?<![A-Za-z])(?<![0-9](?=[0-9])){re.escape(old)}(?![0-9])"
            text = re.sub(pattern, new, text)
        return text.replace("\0", "master-")

    def _all_masters(self, match):
        """A list of all masters, their names marked, so that none is taken for the machine's own."""
        first = match[0].partition(",")[0]
        return ",".join(first.replace("master-0", f"\0{index}") for index in range(self.masters))


_LIST = re.compile(
    r"(?:https://|(?<=--initial-cluster=)|(?<=--initial-cluster expected ))master-0\.[^\s,]+,\S*master-1\.\S+"
)
_AS_THEY_ARE = (
    "services",
    "dns",
    "service",
    "kubernetes",
    "etcd",
    "etcd_client",
    "etcd_peer",
    "etcd_metrics",
    "apiserver",
    "controller_manager",
    "scheduler",
)


def _address(master):
    return f"192.0.2.{10 + int(master.removeprefix('master-'))}"


def source_of(master):
    """The published master that stands for a master: the first for the first, the second for all others."""
    return "master-0" if master == "master-0" else "master-1"


def expected(article: Path, values: Values, out: Path):
    """Write the tree that the article's shell means for these values."""
    for index in range(values.masters):
        master = f"master-{index}"
        source = source_of(master)
        for file in sorted((article / "expected" / source).rglob("*")):
            name = file.relative_to(article / "expected" / source).as_posix()
            if file.is_file() and name != "steps.json":
                target = out / master / values.in_place(name, source, master)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(values.in_place(file.read_text(), source, master))
