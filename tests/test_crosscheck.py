from dataclasses import replace
from typing import Any

import pytest

from cloudgen.crosscheck import check
from cloudgen.facts import Facts
from cloudgen.generate import machine_facts
from cloudgen.pieces import Directory, File, Node
from cloudgen.pki import CLIENTS_DIAL
from tests.specs import IPV6, node, spec

FACTS = machine_facts(spec(), "master-0")
NODE = node()


def told(made: Node = NODE, facts: Facts = FACTS) -> list[str]:
    """What the checks say."""
    return [problem.message for problem in check(made, facts)]


@pytest.mark.parametrize("sections", [{}, IPV6, {"masters": {"count": 1}}, {"paths": {"root": "/srv/k"}}])
def test_a_whole_machine_fits_together(sections):
    """Nothing is said to what cloudgen makes by itself."""
    name = spec(**sections).masters[0].name
    assert told(node(name, **sections), machine_facts(spec(**sections), name)) == []


@pytest.mark.parametrize("folder", ["etcdData", "kubelet", "auditLogs", "keyKeeper", "cniBinaries", "cniConfig"])
def test_data_may_lie_below_the_root(folder):
    """What a component fills by itself is nobody's to write."""
    sections: Any = {"paths": {"root": "/srv/k", folder: "/srv/k/data"}, "kubernetesVersion": "v1.23.17"}
    assert told(node(**sections), machine_facts(spec(**sections), "master-0")) == []


READ = sorted({path for file in NODE.of(File) for path in file.reads} & {file.path for file in NODE.of(File)})


def test_something_is_read():
    """Kubeconfigs, manifests, unit and flags read files of the machine; without any, nothing would be checked."""
    assert len(READ) >= 5


@pytest.mark.parametrize("path", READ)
def test_a_missing_file_is_told(path):
    """Whichever file that another one reads is taken away, it is missed."""
    left = NODE.with_pieces(tuple(p for p in NODE.pieces if not (isinstance(p, File) and p.path == path)))
    assert [message for message in told(left) if f"reads {path}, which nothing writes" in message]


@pytest.mark.parametrize("path", FACTS.pki.files)
def test_every_certificate_is_read_by_somebody(path):
    """Each file of the PKI is named by a manifest, a kubeconfig or kubelet; one that nobody orders is missed."""
    pki = FACTS.pki
    moved = replace(
        pki,
        certificates=tuple(
            replace(c, folder="/elsewhere") if path in {c.path, c.key_path} else c for c in pki.certificates
        ),
        authorities=tuple(replace(a, folder="/elsewhere") if a.path == path else a for a in pki.authorities),
        key_pair=tuple(replace(half, path="/elsewhere") if half.path == path else half for half in pki.key_pair),
    )
    assert [message for message in told(facts=replace(FACTS, pki=moved)) if f"reads {path}, " in message]


@pytest.mark.parametrize("piece", [File(path="/usr/lib/a", content=""), Directory(path="/usr/lib/a")])
def test_nothing_can_be_written_below_what_is_read_only(piece):
    """Where the family says so, a file and a folder are told at what made them; elsewhere they are fine."""
    made = NODE.with_pieces((replace(piece, origin=("files", 0)),))
    flatcar = machine_facts(spec(host={"family": "flatcar"}), "master-0")
    assert [problem.path for problem in check(made, flatcar)] == [("files", 0)]
    assert told(made) == []


@pytest.mark.parametrize(("name", "dialled"), [(name, d) for name, names in CLIENTS_DIAL for d in names])
def test_a_name_that_is_dialled_must_be_in_the_certificate(name, dialled):
    """Whichever name a client dials is taken out of the certificate, it is missed."""
    (value,) = FACTS.pki.names.fill(dialled)
    poorer = tuple(
        c
        if c.name != name
        else replace(
            c,
            hostnames=tuple(h for h in c.hostnames if h != value),
            addresses=tuple(a for a in c.addresses if a != value),
        )
        for c in FACTS.pki.certificates
    )
    said = told(facts=replace(FACTS, pki=replace(FACTS.pki, certificates=poorer)))
    assert said == [f"clients dial {value}, which certificate {name} does not hold"]


@pytest.mark.parametrize("path", FACTS.pki.files)
def test_a_file_of_the_user_s_that_key_keeper_would_replace_is_told(path):
    """What comes from Vault has one writer."""
    made = NODE.with_pieces((*NODE.pieces, File(path=path, content="", origin=("files", 0))))
    assert [problem.path for problem in check(made, FACTS)] == [("files", 0)]
