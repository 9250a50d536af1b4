import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen import resources
from cloudgen.encoders import ENCODERS
from cloudgen.packing import carried
from cloudgen.packings import PACKINGS
from cloudgen.report import Refused
from tests.nodes import CONTENTS, TEXTS, UNICODE

EACH = pytest.mark.parametrize("packing", PACKINGS.values(), ids=PACKINGS)
PACKED = pytest.mark.parametrize("packing", [p for p in PACKINGS.values() if p.compressed], ids=lambda p: p.name)
NASTY = "".join(content for content in CONTENTS.values() if isinstance(content, str))
MEBIBYTE = "".join(f"line {n * 7919 % 10007}\n" for n in range(110_000))[: 2**20]


@EACH
@given(st.one_of(TEXTS, st.text(alphabet=UNICODE, max_size=2000)), st.booleans())
def test_round_trip(packing, text, hard):
    """Any text comes back as it was, and twice packed it is the same bytes."""
    packed = packing.pack(text, hard=hard)
    assert packing.unpack(packed).decode() == text
    assert packing.pack(text, hard=hard) == packed


@EACH
@pytest.mark.parametrize("text", ["", NASTY, MEBIBYTE], ids=["nothing", "nasty", "1 MiB"])
def test_round_trip_of_extremes(packing, text):
    """Nothing at all, CRLF, NUL, a BOM, braces, a MIME boundary, and 1 MiB come back as they were."""
    assert packing.unpack(packing.pack(text)).decode() == text


@PACKED
def test_its_own_is_recognised(packing):
    """What a packing made is known again, and plain text is not taken for it."""
    assert packing.recognises(packing.pack("#cloud-config\n"))
    assert not packing.recognises(b"#cloud-config\n")


@PACKED
def test_hard_is_smaller(packing):
    """Packing hard is worth its time for what travels, and never makes anything larger."""
    scripts = "".join(resources.text(f"scripts/{name}.sh") for name in ("bootstrap", "common", "unwrap", "pki"))
    assert len(packing.pack(scripts, hard=True)) < len(packing.pack(scripts))
    assert len(packing.pack(MEBIBYTE, hard=True)) <= len(packing.pack(MEBIBYTE))


@PACKED
@pytest.mark.parametrize("damage", [lambda d: d[: len(d) // 2], lambda d: d[:-12], lambda d: d[1:]])
def test_damage_is_refused(packing, damage):
    """Missing bytes are told as damage."""
    damaged = damage(packing.pack("#cloud-config\n" * 100))
    with pytest.raises(Refused, match="layer"):
        packing.unpack(damaged)


@EACH
def test_row_is_whole(packing):
    """A packing stands in the table under its name, knows formats that exist, and says who opens it."""
    assert PACKINGS[packing.name] is packing
    assert set(packing.formats) <= {*ENCODERS, "ignition"}
    assert packing.opened_by
    assert packing.growth >= 1


def test_who_carries_what():
    """MIME and raw gzip are cloud-init's, the replaced config is Ignition's, the others carry both."""
    found = {name: [f for f in ("cloud-config", "ignition") if carried(p, f)] for name, p in PACKINGS.items()}
    assert found == {
        "plain": ["cloud-config", "ignition"],
        "mime-gzip": ["cloud-config"],
        "gzip": ["cloud-config"],
        "gzip-base64": ["cloud-config", "ignition"],
        "ignition-gzip": ["ignition"],
    }
