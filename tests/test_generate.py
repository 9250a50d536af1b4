import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from cloudgen.generate import build, machine_facts, needed, render
from cloudgen.report import Report, Severity
from cloudgen.secrets import Secret, SecretRef, Secrets
from tests.specs import BASE, spec

ISSUERS = 17
PLACEHOLDERS_STAND = "files hold placeholders, because no secrets were given for them; each counts as 95 characters"
ROOT = Path(__file__).resolve().parent.parent
DIGEST = """
import hashlib
from cloudgen.generate import render
from tests.specs import spec
made = spec(host={"sysctl": {"b": 1, "a": 2}}, kubelet={"nodeLabels": {"b": "1", "a": "2"}})
print(*(hashlib.sha256(render(made, f"master-{i}").data).hexdigest() for i in range(3)))
"""


def noise(seed: int) -> str:
    """A text that no packing makes smaller than half."""
    return random.Random(seed).randbytes(12_000).hex()  # noqa: S311 - no secret


def messages(report: Report) -> list[tuple[Severity, str]]:
    """What a report says, by severity."""
    return [(problem.severity, problem.message) for problem in report]


def test_it_is_pure(tmp_path):
    """The same spec gives the same bytes in other processes, with other hash seeds, locales, clocks and folders."""
    said = set()
    for seed, place, zone in (("0", "C", "UTC"), ("1", "C.UTF-8", "Asia/Tokyo"), ("2", "POSIX", "America/Lima")):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "LC_ALL": place,
            "TZ": zone,
            "HOME": "/",
            "PYTHONPATH": str(ROOT),
        }
        folder = tmp_path / place
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said.add(done.stdout)
    assert len(said) == 1
    assert len(set(said.pop().split())) == 3


def test_without_secrets_placeholders_stand():
    """Rendering needs no Vault: each missing secret is a visible placeholder, and told once."""
    made = render(spec(), "master-0")
    assert made.text.count("cloudgen:placeholder:bootstrap-token:master-0:") == ISSUERS
    info = [m for severity, m in messages(made.report) if severity is Severity.INFO]
    assert info == [f"master-0: {ISSUERS} {PLACEHOLDERS_STAND}"]
    assert not made.report.failed


def test_what_is_needed_is_known_before():
    """A node names its secrets: tokens of its own machine, and the user's named ones."""
    node, _ = build(spec(files=[{"path": "/etc/a", "contentFrom": {"secret": "a"}}]), "master-1")
    refs = needed(node)
    assert SecretRef("named", "", "a") in refs
    tokens = [ref for ref in refs if ref.kind == "bootstrap-token"]
    assert len(tokens) == ISSUERS
    assert {ref.machine for ref in tokens} == {"master-1"}


def test_given_secrets_stand_in_their_files():
    """With every secret given, no placeholder is left and nothing is told."""
    node, _ = build(spec(), "master-0")
    secrets = Secrets({ref: Secret(f"s.{ref.name}\n1\n") for ref in needed(node)})
    made = render(spec(), "master-0", secrets)
    assert "cloudgen:placeholder:bootstrap" not in made.text
    assert made.text.count("s.etcd-peer") == 1
    assert messages(made.report) == []


def test_some_secrets_are_told_by_number():
    """What is still missing is counted."""
    refs = sorted(needed(build(spec(), "master-0")[0]))
    made = render(spec(), "master-0", Secrets({ref: Secret("x") for ref in refs[:10]}))
    assert [m for _, m in messages(made.report) if "hold placeholders" in m] == [
        f"master-0: {ISSUERS - 10} {PLACEHOLDERS_STAND}"
    ]


@pytest.mark.parametrize(
    ("mode", "files"), [("wrapped-token", 17), ("wrapped-secret-id", 17), ("token", 17), ("shared", 1)]
)
def test_each_mode_needs_its_tokens(mode, files):
    """One token for each issuer, or one for all of them."""
    made = spec(vault={**BASE["vault"], "bootstrap": {"mode": mode}})
    assert len(needed(build(made, "master-0")[0])) == files


def test_the_limit_counts():
    """User-data that the provider would refuse is an error, in the provider's own unit."""
    large = [{"path": f"/etc/a{i}", "content": noise(i)} for i in range(4)]
    made = render(spec(provider="openstack", files=large), "master-0")
    (message,) = [m for severity, m in messages(made.report) if severity is Severity.ERROR]
    told = f"{made.size} base64-encoded bytes are over the 65535 that OpenStack (metadata) takes; largest: /etc/a"
    assert message.startswith(told)
    assert made.size >= 4 * ((len(made.data) + 2) // 3)
    assert not render(spec(files=large), "master-0").report.failed


def test_packing_follows_the_provider():
    """The carrier's best packing, unless one is chosen."""
    assert render(spec(), "master-0").packing == "plain"
    assert render(spec(provider="yandex"), "master-0").packing == "mime-gzip"
    chosen = render(spec(provider="yandex", packing="plain"), "master-0")
    assert chosen.data == chosen.text.encode()


OVERRIDES = {
    "kubelet": {"config": {"maxPods": 7}},
    "etcd": {"extraArgs": {"quota-backend-bytes": 1}, "disk": {"device": "/dev/vdb"}},
    "kubeApiserver": {"audit": {"enabled": False}},
    "containerd": {"version": "2.3.0"},
    "host": {"packages": ["htop"], "users": [{"name": "ops"}]},
    "bootstrap": {"timeout": "2h"},
    "binaries": {"mirror": "https://m.example.com", "keyKeeper": {"install": False}},
    "kubeconfigs": {"cluster": "other"},
    "files": [{"path": "/etc/a", "content": "a"}],
    "commands": [{"run": ["true"]}],
    "etcdSnapshots": {"enabled": True},
    "postInstall": {"roleLabel": False},
}


@pytest.mark.parametrize("section", OVERRIDES)
def test_an_override_leaves_the_others_alone(section):
    """What differs on one machine changes no byte of its siblings."""
    masters = [dict(master) for master in BASE["masters"]]
    masters[1]["overrides"] = {section: OVERRIDES[section]}
    plain, changed = spec(), spec(masters=masters)
    for machine in ("master-0", "master-2"):
        assert render(changed, machine).data == render(plain, machine).data
    assert render(changed, "master-1").data != render(plain, "master-1").data


def test_an_override_is_the_section_merged():
    """The machine is as if the merged section had been the cluster's."""
    masters = [dict(master) for master in BASE["masters"]]
    masters[0]["overrides"] = {"kubelet": {"config": {"maxPods": 7}}}
    common = {"kubelet": {"nodeLabels": {"a": "b"}}}
    whole = {"kubelet": {"nodeLabels": {"a": "b"}, "config": {"maxPods": 7}}}
    assert render(spec(masters=masters, **common), "master-0").data == render(spec(**whole), "master-0").data


def test_facts_of_a_machine():
    """Names are derived once: FQDN, node, API; and the companions follow the release."""
    facts = machine_facts(spec(), "master-2")
    assert (facts.machine.fqdn, facts.machine.node) == ("master-2.example.example.org", "master-2-example")
    assert (facts.api, facts.public_api_url) == ("api.example.example.org", "https://api.example.example.org:6443")
    assert str(facts.etcd_version) == "3.5.12-0"
    with pytest.raises(KeyError):
        machine_facts(spec(), "absent")


def test_problems_of_components_are_told_with_the_node():
    """A component that cannot do its work yields a problem; the rest is built all the same."""
    node, report = build(spec(files=[{"path": "/etc/a", "template": "{{ absent }}"}]), "master-0")
    assert report.failed
    assert node.file("/etc/a") is None
    assert node.file("/etc/containerd/config.toml") is not None
