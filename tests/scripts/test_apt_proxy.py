"""apt-proxy.sh: asked as apt asks it, and by a real apt."""

import subprocess

import pytest

from tests.judging import judge
from tests.scripts.sandbox import SCRIPTS, Sandbox

NO_PROXY = "localhost,10.0.0.0/8,.corp.test,vault.test"


@pytest.mark.parametrize(
    ("address", "way"),
    [
        ("http://deb.example.org/debian/dists/x/InRelease", "http://proxy.test:3128"),
        ("https://deb.example.org/debian", "http://secure.test:3129"),
        ("http://apt.corp.test:8080/debian", "DIRECT"),
        ("http://corp.test/", "DIRECT"),
        ("https://vault.test", "DIRECT"),
        ("http://notcorp.test", "http://proxy.test:3128"),
    ],
)
def test_exceptions_are_left_alone(sandbox, address, way):
    """Names of NO_PROXY and what lies below them go directly; a proxy without a scheme gets one."""
    lines = f'HTTP_PROXY="http://proxy.test:3128"\nHTTPS_PROXY="secure.test:3129"\nNO_PROXY="{NO_PROXY}"\n'
    (sandbox.etc / "proxy.env").write_text(lines)
    assert sandbox.run("apt-proxy.sh", address) == (0, f"{way}\n")


def test_without_a_proxy_for_it_a_scheme_goes_directly(sandbox):
    """Only one of the two proxies need be there."""
    (sandbox.etc / "proxy.env").write_text('HTTPS_PROXY="http://proxy.test:3128"\nNO_PROXY=""\n')
    assert sandbox.run("apt-proxy.sh", "http://deb.example.org/") == (0, "DIRECT\n")


@pytest.mark.judge
def test_apt_asks_it(sandbox: Sandbox, tmp_path):
    """A real apt takes the configuration, and goes where the script says: here to ports where nobody listens."""
    (sandbox.etc / "proxy.env").write_text('HTTP_PROXY="http://127.0.0.1:9"\nNO_PROXY="localhost"\n')
    (tmp_path / "lists/partial").mkdir(parents=True)
    sources = "".join(f"deb [trusted=yes] http://{host}:10/debian x main\n" for host in ("localhost", "deb.test"))
    (tmp_path / "sources.list").write_text(sources)
    (tmp_path / "apt.conf").write_text(f'Acquire::http::Proxy-Auto-Detect "{SCRIPTS}/apt-proxy.sh";\n')
    options = {"Dir::Etc::SourceList": tmp_path / "sources.list", "Dir::Etc::SourceParts": "/dev/null"}
    options |= {"Dir::State::Lists": tmp_path / "lists", "Acquire::Retries": 0, "APT::Sandbox::User": "root"}
    done = subprocess.run(
        [judge("apt-get"), *(f"-o{key}={value}" for key, value in options.items()), "update"],
        env={"PATH": "/usr/bin:/bin", "APT_CONFIG": str(tmp_path / "apt.conf"), "CLOUDGEN_ROOT": str(sandbox.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert "connect to 127.0.0.1:9 " in said, said
    assert "connect to localhost:10 " in said, said
