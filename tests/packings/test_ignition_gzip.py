import json

import pytest

from cloudgen.packings import PACKINGS
from cloudgen.report import Refused
from tests.judging import judge, verdict

WRAPPER = PACKINGS["ignition-gzip"]
VERSIONS = ("3.3.0", "3.4.0", "3.5.0", "3.6.0")


def config(version):
    return json.dumps({"ignition": {"version": version}, "storage": {"files": [{"path": "/etc/motd"}]}})


@pytest.mark.parametrize("version", VERSIONS)
def test_version_is_the_inner_one(version):
    """The wrapper asks of Ignition what the config asks of it."""
    assert json.loads(WRAPPER.pack(config(version)))["ignition"]["version"] == version


@pytest.mark.parametrize("text", ["", "#cloud-config\n", "[]", '{"ignition": {"version": 3}}', "[" * 100_000])
def test_any_text_is_wrapped(text):
    """A text that is no config gets a version that every Ignition knows."""
    packed = WRAPPER.pack(text)
    assert json.loads(packed)["ignition"]["version"] == "3.3.0"
    assert WRAPPER.unpack(packed).decode() == text


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"ignition": {"config": {"replace": {"source": 1, "compression": "gzip"}}}}',
        b'{"ignition": {"config": {"replace": {"source": "https://a/,b", "compression": "gzip"}}}}',
        b'{"ignition": {"config": {"replace": {"source": "data:;base64,aaaa", "compression": ""}}}}',
        b'{"ignition": {"config": {"replace": {"source": "data:;base64,a*", "compression": "gzip"}}}}',
    ],
)
def test_other_wrappers_are_refused(data):
    """What is not exactly such a wrapper is told as damage."""
    with pytest.raises(Refused, match="Ignition layer"):
        WRAPPER.unpack(data)


@pytest.mark.judge
def test_ignition_takes_the_wrapper(tmp_path):
    """ignition-validate finds nothing wrong with it. Of our versions it knows 3.3.0; the keys are the same in all."""
    file = tmp_path / "config.ign"
    file.write_bytes(WRAPPER.pack(config("3.3.0")))
    assert verdict([judge("ignition-validate"), file], says="warning") == []
