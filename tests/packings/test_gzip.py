import base64
import gzip

from hypothesis import given
from hypothesis import strategies as st

from cloudgen.packings import PACKINGS
from tests.nodes import UNICODE

GZIP, BASE64 = PACKINGS["gzip"], PACKINGS["gzip-base64"]


@given(st.text(alphabet=UNICODE))
def test_other_readers_agree(text):
    """Python's readers of gzip and base64 find the text."""
    assert gzip.decompress(GZIP.pack(text)).decode() == text
    assert gzip.decompress(base64.b64decode(BASE64.pack(text), validate=True)).decode() == text


@given(st.text(alphabet=UNICODE, max_size=2000))
def test_base64_is_one_line(text):
    """cloud-init's strict reader takes no newline, not even at the end; and nothing in it can be substituted."""
    assert not set(b"\r\n$%{} ") & set(BASE64.pack(text))
