"""Specs without free text, for properties: counts, ports, ranges, releases, toggles and names."""

from random import Random
from typing import Any

from cloudgen.kubernetes import known_minors

_SECRET = {"secret": "s"}
_ALWAYS = ("masters", "networking", "ports", "vault", "pki")


def sections(chance: Random, minor: str = "") -> dict[str, Any]:
    """Sections of a valid spec, of a minor or of any."""
    whole = {
        "kubernetesVersion": f"v{minor or chance.choice(known_minors())}.{chance.randrange(20)}",
        "clusterName": chance.choice(["a", "example", "x-1", "k" * 30]),
        "domain": chance.choice(["example.org", "a.b.c.example", "local"]),
        **_machines(chance),
        **_cluster(chance),
        **_components(chance),
    }
    # Each other section is there or left to its defaults.
    optional = [key for key in whole if key not in (*_ALWAYS, "kubernetesVersion", "names")]
    left = set(chance.sample(optional, chance.randrange(len(optional) + 1)))
    return {key: value for key, value in whole.items() if key not in left}


def _machines(chance: Random) -> dict[str, Any]:
    kind, count = chance.choice(["none", "ipv4", "ipv6"]), chance.choice([1, 3, 5, 7])
    names = chance.sample(["a", "b", "master-0", "m1", "alpha", "z-9", "n" * 10, "x0", "y"], count)
    masters: list[dict[str, Any]] = [{"name": name} for name in names]
    for index, master in enumerate(masters):
        if kind != "none":
            master["address"] = f"10.200.0.{index + 1}" if kind == "ipv4" else f"fd00::{index + 1:x}"
        if chance.random() < 0.2:
            master["initialClusterState"] = "existing"
        if chance.random() < 0.2:
            master["overrides"] = {"kubelet": {"config": {"maxPods": chance.randrange(10, 200)}}}
    ranges = {
        "serviceSubnet": chance.choice(["fd01::/112", "fd01:0:0:1::/108"]),
        "podSubnet": "fd02::/64",
    }
    if kind != "ipv6":
        ranges = {
            "serviceSubnet": chance.choice(["10.96.0.0/12", "172.20.0.0/20", "192.168.7.0/28"]),
            "podSubnet": chance.choice(["10.244.0.0/16", "100.64.0.0/10"]),
        }
    return {
        "masters": masters,
        "networking": {**ranges, "dnsDomain": chance.choice(["cluster.local", "k8s.internal", "local"])},
        "names": "hosts" if kind != "none" and chance.random() < 0.5 else "dns",
    }


def _cluster(chance: Random) -> dict[str, Any]:
    keys = ("etcdClient", "etcdPeer", "etcdMetrics", "kubeApiserver", "kubeControllerManager", "kubeScheduler")
    renewal = chance.choice([1, 5])
    return {
        "provider": chance.choice(["generic", "yandex", "openstack"]),
        "adminCertificate": chance.choice(["all", "first", "none"]),
        "cloudProvider": chance.choice(["none", "external"]),
        "api": {"addresses": chance.choice([[], ["10.200.1.1"], ["10.200.1.1", "10.200.1.2"]])},
        "ports": dict(zip(keys, chance.sample(range(1024, 9000), len(keys)), strict=True)),
        "paths": {
            "root": chance.choice(["/etc/kubernetes", "/srv/k8s"]),
            "binaries": chance.choice(["/usr/bin", "/opt/bin"]),
        },
        "vault": {
            "server": chance.choice(
                ["https://vault.example.org:8200", "http://10.9.9.9:8200/", "https://[fd09::1]:8200"]
            ),
            "bootstrap": {"mode": chance.choice(["wrapped-token", "wrapped-secret-id", "token", "shared"])},
            **chance.choice([{}, {"caCert": "ca.pem"}, {"namespace": "team"}, {"pathPrefix": "a/b"}]),
        },
        "pki": {
            "ttl": f"{renewal + chance.randrange(1, 30)}d",
            "renewBefore": f"{renewal}d",
            "keySize": chance.choice([2048, 3072, 4096]),
            "apiLookup": chance.random() < 0.5,
            "subject": chance.choice([{}, {"country": "NL"}]),
        },
        "proxy": {"https": "http://proxy.example.org:3128"},
        "images": {"repository": "registry.example.org/k8s"},
    }


def _components(chance: Random) -> dict[str, Any]:
    return {
        "host": {
            "family": chance.choice(["debian", "ubuntu"]),
            "swap": chance.choice(["off", "keep"]),
            "autoUpdates": chance.choice(["off", "keep"]),
            "time": {
                "service": chance.choice(["chrony", "existing", "none"]),
                "servers": chance.choice([[], ["ntp.example.org"]]),
            },
            "sysctl": {"vm.max_map_count": chance.randrange(1, 1 << 20)},
        },
        "kubelet": {
            "nodeLabels": chance.choice([{}, {"example.org/a": "b"}]),
            "nodeTaints": chance.choice([[], ["a=b:NoExecute"]]),
            "config": {"maxPods": chance.randrange(10, 250)},
            "extraArgs": {"v": chance.randrange(10)},
        },
        "etcd": {"disk": {"device": "/dev/vdb", "filesystem": chance.choice(["ext4", "xfs"])}},
        "etcdSnapshots": {"enabled": True, "keep": chance.randrange(1, 30)},
        "kubeApiserver": {
            "audit": {"enabled": chance.random() < 0.5},
            "encryptionConfigFrom": _SECRET,
            "oidc": {"issuerUrl": "https://i.example.org", "clientId": "c", "requiredClaims": {"a": "b"}},
            "extraArgs": {"event-ttl": "2h", "profiling": chance.random() < 0.5},
        },
        "kubeControllerManager": {"extraArgs": {"bind-address": chance.choice(["0.0.0.0", "127.0.0.1"])}},  # noqa: S104
        "kubeScheduler": {"resources": {"requests": {"cpu": f"{chance.randrange(50, 500)}m"}}},
        "containerd": {
            "registries": {"docker.io": {"mirrors": ["https://mirror.example.org"]}},
            "credentialsFrom": _SECRET,
        },
        "postInstall": {"kubeletAccess": chance.random() < 0.5, "roleLabel": chance.random() < 0.5},
        "kubeconfigs": {"cluster": chance.choice(["kubernetes", "prod-1"])},
    }
