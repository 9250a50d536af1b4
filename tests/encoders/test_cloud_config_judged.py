import subprocess

import pytest

from cloudgen.assemble import assemble, lower
from cloudgen.encoders.cloud_config import CloudConfig
from cloudgen.pieces import Command, File, Node
from cloudgen.secrets import PLACEHOLDERS
from tests.judges.cloud_init import cloud_inits, schema_problems
from tests.nodes import EVERY_KIND, NASTY, bytes_of

CLOUD_CONFIG = CloudConfig()
WHOLE, _ = assemble("master-0", (*EVERY_KIND, *NASTY))


@pytest.mark.judge
def test_schema_of_cloud_init():
    """cloud-init's own schema, in every version at hand, accepts a node with everything in it."""
    assert schema_problems(CLOUD_CONFIG.encode(WHOLE, PLACEHOLDERS)) == []
    assert schema_problems(CLOUD_CONFIG.encode(Node("m"), PLACEHOLDERS)) == []


@pytest.mark.judge
def test_schema_judge_can_fail():
    """The judge does refuse what is wrong."""
    assert schema_problems("#cloud-config\nwrite_files: [{content: a}]\n")


_WRITE = """
import sys
from cloudinit import util
from cloudinit.config import cc_write_files
files = util.load_yaml(sys.stdin.buffer.read())["write_files"]
for entry in files:
    # The test's own user writes below the test's own folder.
    entry.update(path=sys.argv[1] + entry["path"], owner="none:none")
cc_write_files.write_files("write_files", files, "none:none")
"""

_SHELL = """
import sys
from cloudinit import util
print(util.shellify(util.load_yaml(sys.stdin.buffer.read())["runcmd"]), end="")
"""


@pytest.mark.judge
def test_cloud_init_writes_our_files(tmp_path):
    """cloud-init's own module writes every file with its bytes and its mode, nasty contents included."""
    node = lower(WHOLE)
    for number, version in enumerate(cloud_inits()):
        root = tmp_path / str(number)
        version.runs(_WRITE, CLOUD_CONFIG.encode(node, PLACEHOLDERS).encode(), root)
        for file in node.of(File):
            written = root / file.path[1:]
            assert written.read_bytes() == bytes_of(file)
            assert written.stat().st_mode & 0o7777 == file.mode


@pytest.mark.judge
def test_cloud_init_runs_our_commands():
    """The script that cloud-init makes of our runcmd passes words on exactly, and ends at the first failure."""
    word = "a  'b' \"c\" $HOME `d` \\e\n\u0436 *"
    lines = (("printf", "%s", word), ("false",), ("echo", "not reached"))
    node = Node("m", tuple(Command(argv=argv, rank=rank) for rank, argv in enumerate(lines)))
    for version in cloud_inits():
        script = version.runs(_SHELL, CLOUD_CONFIG.encode(node, PLACEHOLDERS).encode())
        done = subprocess.run(["sh"], input=script.encode(), capture_output=True, check=False)
        assert done.stdout.decode() == word
        assert done.returncode == 1
