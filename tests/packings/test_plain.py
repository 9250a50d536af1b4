from hypothesis import given
from hypothesis import strategies as st

from cloudgen.packings import PACKINGS
from tests.nodes import UNICODE

PLAIN = PACKINGS["plain"]


@given(st.text(alphabet=UNICODE))
def test_round_trip(text):
    """A text comes back as it was."""
    assert PLAIN.unpack(PLAIN.pack(text)).decode() == text


def test_recognises():
    """Formats begin with `#` or `{`; packed bytes do not."""
    assert PLAIN.recognises(b"#cloud-config\n")
    assert PLAIN.recognises(b'{"ignition": {}}')
    assert not PLAIN.recognises(PACKINGS["mime-gzip"].pack("#cloud-config\n"))
