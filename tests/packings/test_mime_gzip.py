import email
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudgen.packings import PACKINGS
from cloudgen.report import Refused
from tests.nodes import UNICODE

MIME = PACKINGS["mime-gzip"]
BIG = "".join(f"line {n * 7919 % 10007}\n" for n in range(100_000))


@given(st.text(alphabet=UNICODE, max_size=2000))
def test_nothing_to_substitute(text):
    """ASCII, line feeds only, short lines, and no character that a client or template would replace."""
    packed = MIME.pack(text).decode("ascii")
    assert not set("$%{}\r") & set(packed)
    assert max(map(len, packed.splitlines())) <= 76
    assert packed.endswith("\n")


def test_other_readers_agree():
    """Python's e-mail and gzip readers find exactly one gzip part, and in it the text."""
    message = email.message_from_bytes(MIME.pack(BIG))
    assert not message.defects
    _, part = message.walk()
    payload = part.get_payload(decode=True)
    assert part.get_content_type() == "application/gzip"
    assert isinstance(payload, bytes)
    assert gzip.decompress(payload).decode() == BIG


def test_version_header_is_early():
    """cloud-init looks for it within the first 4096 bytes."""
    assert b"mime-version:" in MIME.pack(BIG)[:4096].lower()


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d[:-1],
        lambda d: d[: len(d) // 2],
        lambda d: d[1:],
        lambda d: d.replace(b"H4sI", b"H4s*"),
        lambda d: d.replace(b"H4sI", b"I4sH"),
    ],
)
def test_damage_is_refused(damage):
    """Missing and changed bytes are told as damage of the packing."""
    with pytest.raises(Refused, match="layer"):
        MIME.unpack(damage(MIME.pack("#cloud-config\n")))
