import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen import gz
from cloudgen.report import Refused


@given(st.binary())
def test_round_trip(data):
    """What is squeezed inflates to itself, and other readers of gzip agree."""
    assert gz.inflate(gz.squeeze(data)) == data
    assert gzip.decompress(gz.squeeze(data)) == data


def test_header_is_always_the_same():
    """No time, no file name, no operating system is in the header."""
    assert gz.squeeze(b"a")[:10] == bytes.fromhex("1f8b08000000000000ff")


def test_several_members_and_padding():
    """Members that follow each other are one file, and padding with zeros is none."""
    assert gz.inflate(gz.squeeze(b"a") + gz.squeeze(b"b") + b"\0\0") == b"ab"


@pytest.mark.parametrize(
    "data", [gz.squeeze(b"abc")[:-1], gz.squeeze(b"abc")[:12], b"\x1f\x8b", b"abc", gz.squeeze(b"a") + b"x"]
)
def test_damage_is_refused(data):
    """Truncated and foreign bytes are refused by name of the layer."""
    with pytest.raises(Refused, match="gzip layer"):
        gz.inflate(data)


def test_bomb_is_refused():
    """No more is inflated than allowed, however many members there are."""
    with pytest.raises(Refused, match="more than 1,000 bytes"):
        gz.inflate(gz.squeeze(bytes(600)) * 2, limit=1000)
    assert len(gz.inflate(gz.squeeze(bytes(1000)), limit=1000)) == 1000
    with pytest.raises(Refused, match="more than 100 members"):
        gz.inflate(gz.squeeze(b"") * 101)


def test_a_budget_is_of_all_together():
    """What one document inflates to, the next one has no more."""
    budget = gz.Budget(1000)
    assert len(budget.inflate(gz.squeeze(bytes(600)))) == 600
    budget.spend(400)
    with pytest.raises(Refused):
        budget.inflate(gz.squeeze(b"a"))
    with pytest.raises(Refused):
        budget.spend(1)
