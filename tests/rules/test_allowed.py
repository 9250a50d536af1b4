"""What the rules let pass, at their very edges; what they tell is in tests/faults."""

import pytest

from cloudgen.load import inspect
from tests.specs import IPV6, document

ALLOWED = {
    "one master": {"masters": {"count": 1}},
    "seven masters": {"masters": {"count": 7}},
    "smallest service range": {"networking": {"serviceSubnet": "10.96.0.0/28"}},
    "largest service range": {"networking": {"serviceSubnet": "10.96.0.0/12"}},
    "ranges side by side": {"networking": {"serviceSubnet": "10.96.0.0/17", "podSubnet": "10.96.128.0/17"}},
    "shared address space": {"networking": {"podSubnet": "100.64.0.0/10"}},
    "last address for DNS": {"networking": {"serviceSubnet": "10.96.0.0/28", "dnsAddress": "10.96.0.15"}},
    "all of IPv6": IPV6,
    "ports around the taken ones": {"ports": {"kubeApiserver": 10249, "kubeScheduler": 10251}},
    "longest node name": {"masters": [{"name": "a" * (64 - len("system:node:") - len("-example"))}]},
    "hosts with addresses": {"names": "hosts"},
    "renewed just in time": {"pki": {"ttl": "25h", "renewBefore": "24h"}},
    "an hour": {"pki": {"ttl": "1h", "renewBefore": "30m"}},
    "largest key": {"pki": {"keySize": 4096, "certificates": {"etcd-server": {"keySize": 3072}}}},
    "anchored pattern": {"pki": {"nicPattern": "^(eth|ens)[0-9]+$"}},
    "a day to boot": {"vault": {"server": "https://v.example.org", "bootstrap": {"wrapTtl": "1d"}}},
    "bound to addresses": {"vault": {"server": "https://v.example.org", "boundCidrs": "address"}},
    "longest label of xfs": {"etcd": {"disk": {"device": "/dev/vdb", "filesystem": "xfs", "label": "a" * 12}}},
    "longest label of ext4": {"etcd": {"disk": {"device": "/dev/vdb", "label": "a" * 16}}},
    "oldest release": {"kubernetesVersion": "v1.22.0"},
    "packing of the provider": {"provider": "openstack", "packing": "plain"},
}  # fmt: skip


@pytest.mark.parametrize("sections", ALLOWED.values(), ids=ALLOWED)
def test_edges_are_allowed(sections):
    """What lies just inside a limit is neither refused nor warned of."""
    assert [problem.message for problem in inspect(document(**sections)).report] == []
