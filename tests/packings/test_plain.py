from cloudgen.packings import PACKINGS

PLAIN = PACKINGS["plain"]


def test_recognises():
    """Formats begin with `#` or `{`; packed bytes do not."""
    assert PLAIN.recognises(b"#cloud-config\n")
    assert PLAIN.recognises(b'{"ignition": {}}')
    assert not PLAIN.recognises(PACKINGS["mime-gzip"].pack("#cloud-config\n"))
