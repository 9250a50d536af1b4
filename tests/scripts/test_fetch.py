"""fetch.sh against a real HTTP server, with the archive that `cloudgen scripts` makes."""

import shutil
import stat
import time

import pytest

from cloudgen import bundle, resources
from tests.scripts.sandbox import SCRIPTS


@pytest.fixture
def fetching(sandbox, site):
    """A sandbox that is told of the archive, which the server has; what is fetched goes to its own folder."""
    url, folder, _ = site
    (folder / bundle.file_name()).write_bytes(bundle.archive())
    (sandbox.root / "lib").mkdir()
    shutil.copy(SCRIPTS / "fetch.sh", sandbox.root / "lib/fetch.sh")
    sandbox.settings |= {
        "SCRIPTS_URL": f"{url}/{bundle.file_name()}",
        "SCRIPTS_SHA256": bundle.checksum(),
        "FETCH_TRIES": "2",
        "FETCH_PAUSE": "0.1",
    }
    return sandbox


def fetch(sandbox, *command, **environment):
    return sandbox.run("fetch.sh", *command, CLOUDGEN_LIB=str(sandbox.root / "lib"), **environment)


def left(sandbox):
    return sorted(path.name for path in (sandbox.root / "lib").iterdir())


EVERYTHING = sorted([*(f"{name}.sh" for name in bundle.SCRIPTS), "fetch.sh", ".scripts"])


def test_every_script_is_put_in_place(fetching):
    """All of them are there, executable, byte for byte, and nothing else is left."""
    assert fetch(fetching) == (0, "")
    assert left(fetching) == EVERYTHING
    for name in bundle.SCRIPTS:
        file = fetching.root / f"lib/{name}.sh"
        assert file.read_text() == resources.text(f"scripts/{name}.sh")
        assert stat.S_IMODE(file.stat().st_mode) == 0o755


def test_then_it_becomes_the_command(fetching):
    """The exit code and the output are those of what was fetched for."""
    assert fetch(fetching)[0] == 0
    assert fetch(fetching, "bash", "-c", "echo there; exit 3") == (3, "there\n")


def test_what_is_there_is_not_fetched_again(fetching, site):
    """A later boot needs no server; another archive is fetched anew."""
    assert fetch(fetching)[0] == 0
    asked = site[2]
    count = len(asked)
    assert fetch(fetching)[0] == 0
    assert len(asked) == count
    (fetching.root / "lib/.scripts").write_text("of another release\n")
    assert fetch(fetching)[0] == 0
    assert len(asked) == count + 1


def test_a_wrong_sum_leaves_nothing(fetching, site):
    """What does not match is told with both sums, and no script of it appears."""
    (site[1] / bundle.file_name()).write_bytes(bundle.archive() + b"tampered")
    code, output = fetch(fetching)
    assert code == 41
    assert f"expected {bundle.checksum()}: thrown away" in output
    assert not {f"{name}.sh" for name in bundle.SCRIPTS} & set(left(fetching))


def test_an_absent_file_is_told_in_the_marker(fetching, site):
    """After a bounded number of tries the marker says what to do; a URL's signature and password are in neither."""
    (site[1] / bundle.file_name()).unlink()
    url = fetching.settings["SCRIPTS_URL"].replace("://", "://me:hidden@")
    fetching.settings["SCRIPTS_URL"] = f"{url}?signature=hidden"
    code, output = fetch(fetching)
    marker = (fetching.state / "failed").read_text()
    assert code == 41
    assert marker.startswith("step=fetch\ncode=41\ntime=")
    assert "is the file of `cloudgen scripts` there?" in marker
    assert "hidden" not in output + marker


def test_a_second_attempt_mends_the_first(fetching, site):
    """What a failed run left is no hindrance to the next one."""
    (site[1] / bundle.file_name()).write_bytes(b"")
    assert fetch(fetching)[0] == 41
    (site[1] / bundle.file_name()).write_bytes(bundle.archive())
    assert fetch(fetching) == (0, "")
    assert left(fetching) == EVERYTHING


def test_the_spec_s_authorities_are_trusted_first(fetching, site):
    """The server's own may be one of them: they are known before it is asked, and a failure is told as all are."""
    fetching.settings["CA_UPDATE_COMMAND"] = "update-cas --fresh"
    asked = site[2]
    fetching.stub("update-cas", "exit 7")
    code, output = fetch(fetching)
    assert (code, output, asked) == (41, "FAIL not done: update-cas --fresh\n", type(asked)())
    fetching.stub("update-cas", "")
    assert fetch(fetching) == (0, "")
    assert fetching.calls == ["update-cas --fresh"] * 2


def test_cloud_init_waits_for_the_unit(fetching, site):
    """It asks the server for nothing itself: an end of its own could be another one than the unit's."""
    fetching.stub("systemctl", "echo activating")
    waiting = fetching.start("fetch.sh", "echo", "on", CLOUDGEN_LIB=str(fetching.root / "lib"))
    time.sleep(1.5)
    assert waiting.poll() is None
    assert site[2] == []
    assert fetch(fetching)[0] == 0
    assert waiting.communicate(timeout=60)[0] == "on\n"


@pytest.mark.parametrize("state", ["failed", "inactive"])
def test_cloud_init_is_told_of_the_unit_s_failure(fetching, site, state):
    """At once where the unit has failed, or when the time is up; with what the unit left."""
    (site[1] / bundle.file_name()).unlink()
    assert fetch(fetching)[0] == 41
    asked = len(site[2])
    fetching.stub("systemctl", f"echo {state}")
    fetching.settings["BOOTSTRAP_TIMEOUT"] = "2"
    code, output = fetch(fetching, "echo", "never")
    assert code == 41
    assert "step=fetch\ncode=41\n" in output
    assert "never" not in output
    assert len(fetching.calls) == (1 if state == "failed" else 2)
    assert len(site[2]) == asked


def test_a_missing_tool_is_told(fetching, tmp_path):
    """By its name, in the marker too; nothing is tried."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("bash", "cat", "date", "dirname", "mkdir", "tar"):
        (tools / name).symlink_to(str(shutil.which(name)))
    code, output = fetch(fetching, PATH=str(tools))
    assert (code, output) == (41, "FAIL not on this machine: curl\n")
    assert (fetching.state / "failed").read_text().endswith("FAIL not on this machine: curl\n")
