"""Every packing on every cloud that carries it, opened by cloud-init's own data sources, or by Ignition's engine."""

import json
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

from cloudgen.assemble import assemble, lower
from cloudgen.encoders import ENCODERS
from cloudgen.packings import PACKINGS
from cloudgen.pieces import File
from cloudgen.providers import PROVIDERS
from cloudgen.review.unpack import unpack
from cloudgen.secrets import PLACEHOLDERS
from tests.judges import ignition
from tests.judges.cloud_init import CloudInit, cloud_inits
from tests.nodes import EVERY_KIND, NASTY, bytes_of
from tests.test_examples import built

pytestmark = pytest.mark.judge
FORMAT = "cloud-config"
PROGRAM = (Path(__file__).parents[1] / "judges/data_sources.py").read_text()
PAIRS = [(name, packing) for name, row in PROVIDERS.items() for packing in row.packings(FORMAT)]

Opened = dict[str, tuple[list[list[str]], str]]
"""By case: the parts, with type and text; and what cloud-init keeps of them all."""


@cache
def texts() -> dict[str, str]:
    """A node with everything in it, nasty contents included; and a master of the article's cluster."""
    nodes = {"whole": assemble("m", (*EVERY_KIND, *NASTY))[0], "article": built("article", "master-0")}
    return {name: ENCODERS[FORMAT].encode(node, PLACEHOLDERS) for name, node in nodes.items()}


@cache
def opened(version: CloudInit, folder: Path) -> Opened:
    """What a cloud-init makes of all of them."""
    cases = [
        (f"{provider} {packing} {name}", PROVIDERS[provider].datasource, packing, PACKINGS[packing].pack(text).hex())
        for provider, packing in PAIRS
        for name, text in texts().items()
    ]
    told: Opened = json.loads(version.runs(PROGRAM, json.dumps(cases).encode(), folder))
    return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where data sources find their seeds."""
    return tmp_path_factory.mktemp("cloud")


@pytest.mark.parametrize(("provider", "packing"), PAIRS)
def test_the_same_cloud_config_arrives(provider, packing, folder):
    """One part of the right type, and its text is what was packed, byte for byte."""
    for number, version in enumerate(cloud_inits()):
        told = opened(version, folder / str(number))
        for name, text in texts().items():
            # VMware's data source takes white space from the end of a variable.
            whole = text.rstrip() if PROVIDERS[provider].datasource == "VMware" and packing == "plain" else text
            assert told[f"{provider} {packing} {name}"][0] == [["text/cloud-config", whole]]


@pytest.mark.parametrize("packing", PROVIDERS["generic"].packings(FORMAT))
def test_what_cloud_init_keeps_can_be_unpacked(packing, folder):
    """The message that a machine has as /var/lib/cloud/instance/user-data.txt.i is the same node."""
    for number, version in enumerate(cloud_inits()):
        kept = opened(version, folder / str(number))[f"generic {packing} whole"][1]
        assert unpack(kept.encode()).node == ENCODERS[FORMAT].decode(texts()["whole"])


def test_judge_can_fail(folder):
    """Gzip in base64 where nobody undoes it is no cloud-config."""
    data = PACKINGS["gzip-base64"].pack(texts()["whole"]).hex()
    for version in cloud_inits():
        told = json.loads(version.runs(PROGRAM, json.dumps([["it", "NoCloud", "gzip-base64", data]]).encode(), folder))
        assert told["it"][0][0][0] != "text/cloud-config"


def engine_wrote(text: str, tmp_path: Path, paths: set[str]) -> dict[str, bytes]:
    """What Ignition's own stages write at some paths."""
    tree = ignition.written(text, tmp_path)
    return {path: (tree / path[1:]).read_bytes() for path in paths if (tree / path[1:]).exists()}


@pytest.mark.parametrize("packing", [name for name, it in PACKINGS.items() if it.formats == ("ignition",)])
def test_the_engine_opens_what_is_packed(packing, tmp_path):
    """Ignition itself writes the same files, whether the config is packed or not; nasty contents included."""
    node = lower(assemble("m", (*EVERY_KIND, *NASTY))[0])
    text = ENCODERS["ignition"].of_version("3.3.0").encode(node, PLACEHOLDERS)
    files = {file.path: bytes_of(file) for file in node.of(File)}
    assert engine_wrote(PACKINGS[packing].pack(text).decode(), tmp_path, set(files)) == files


def test_the_engine_merges_as_unpack_does(tmp_path):
    """Of two configs with the same file the later one wins; all else of both is there."""

    def config(*names: str, content: str, **more: object) -> str:
        contents = {"source": f"data:,{content}"}
        files = [{"path": f"/etc/merged-{name}", "overwrite": True, "contents": contents} for name in names]
        return json.dumps({"ignition": {"version": "3.3.0", **more}, "storage": {"files": files}})

    inner = [{"source": f"data:,{quote(config('b', 'c', content='one'))}"}]
    inner.append({"source": f"data:,{quote(config('c', content='two'))}"})
    text = config("a", "b", content="outer", config={"merge": inner})
    files = {file.path: bytes_of(file) for file in unpack(text.encode()).node.of(File)}
    assert engine_wrote(text, tmp_path, set(files)) == files
    assert sorted(files.values()) == [b"one", b"outer", b"two"]
