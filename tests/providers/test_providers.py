import re

import pytest

from cloudgen.encoders import ENCODERS
from cloudgen.packings import PACKINGS
from cloudgen.providers import PROVIDERS

ROWS = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)


@ROWS
def test_row_is_whole(provider):
    """A row's key is its name; its formats and packings exist; its source is said."""
    assert PROVIDERS[provider.name] is provider
    assert provider.packings
    assert set(provider.packings) <= set(PACKINGS)
    assert set(provider.formats) <= set(ENCODERS)
    assert provider.source
    assert "{name}" in provider.disk_by_id


@ROWS
def test_default_packing_survives_substitution(provider):
    """What a carrier substitutes never occurs in what its default packing makes."""
    packed = PACKINGS[provider.packings[0]].pack("#cloud-config\nruncmd: ['${A} %{b} {c}']\n").decode()
    assert not set(provider.substitutes) & set(packed)


@ROWS
@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("eth0", True),
        ("ens3", True),
        ("enp1s0", True),
        ("lo", False),
        ("cali12", False),
        ("veth0", False),
        ("cni0", False),
    ],
)
def test_nic_pattern(provider, name, matches):
    """The pattern finds the machine's own card and no pod's, and is anchored at both ends."""
    assert bool(re.search(provider.nic_pattern, name)) is matches
    assert (provider.nic_pattern[0], provider.nic_pattern[-1]) == ("^", "$")


def test_openstack_counts_base64():
    """49,149 raw bytes just fit into Nova's 65,535 encoded ones; one more does not."""
    openstack = PROVIDERS["openstack"]
    limit = openstack.limit or 0
    assert openstack.measure(bytes(49_149)) <= limit < openstack.measure(bytes(49_150))


def test_yandex_counts_raw_bytes():
    """Yandex Cloud's 256 KB are counted as they are handed over."""
    yandex = PROVIDERS["yandex"]
    assert yandex.measure(bytes(262_144)) == yandex.limit
