"""Parity with the article: for its values, and for others, the only differences are the listed deviations."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.judging import missing
from tests.parity.values import Values, expected, source_of

HERE = Path(__file__).parent
ENTRIES = yaml.safe_load((HERE / "deviations.yaml").read_text())
OTHERS = {
    "one-master": Values(masters=1),
    "five-masters": Values(masters=5, cluster="prod", domain="corp.test"),
    "seven-masters-and-ports": Values(
        masters=7,
        etcd_client=12379,
        etcd_peer=12380,
        etcd_metrics=12381,
        apiserver=8443,
        controller_manager=11257,
        scheduler=11259,
    ),
    "another-range-and-root": Values(
        services="10.32.0.0/16", service="10.32.0.1", dns="10.32.0.10", root="/opt/k8s", cluster="c-1", domain="a.b.c"
    ),
    "another-patch": Values(kubernetes="v1.23.17", etcd="3.5.6-0"),
}


def article():
    """The article's folder, with its tree and its comparison."""
    folder = Path(os.environ.get("CLOUDGEN_ARTICLE", HERE.parents[2] / "shared" / "article"))
    elsewhere = "CLOUDGEN_ARTICLE names its trees, which are not here"
    return folder if folder.is_dir() else Path(missing("article", elsewhere))


def cloudgen(*arguments, cwd):
    """Run the command line as a user does."""
    command = [sys.executable, "-m", "cloudgen", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


def rendered(values, folder):
    """The trees of all masters: init --from-env, render, unpack."""
    (folder / "env.sh").write_text(values.block())
    cloudgen("init", "cluster.yaml", "--from-env", "env.sh", "--address", ",".join(values.addresses()), cwd=folder)
    cloudgen("render", "cluster.yaml", "--out", "out", cwd=folder)
    for index in range(values.masters):
        name = f"master-{index}"
        cloudgen("unpack", f"out/{values.cluster}/{name}/user-data", "--out", f"actual/{name}", cwd=folder)
    return folder / "actual"


def compared(tree, actual):
    """Every line that the comparison prints, but for its last one, the count."""
    command = [sys.executable, article() / "compare.py", tree, actual, "--null-absent"]
    done = subprocess.run(
        [*command, "--only", "master-*", "--ignore", "*/steps.json"], capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.splitlines()[:-1]


def line(entry, machine):
    """The line of an entry, as the comparison prints it."""
    place = entry["place"]
    return f"{machine}/{entry['file']}: {place} expected {entry['expected']}, actual {entry['actual']}"


@pytest.mark.judge
def test_the_articles_own_values(tmp_path):
    """Every difference is listed, and everything listed still differs."""
    block = (article() / "environments.sh").read_text()
    own = Values()
    (tmp_path / "env.sh").write_text(block.replace("MASTER_COUNT=1", "MASTER_COUNT=3"))
    cloudgen("init", "cluster.yaml", "--from-env", "env.sh", "--address", ",".join(own.addresses()), cwd=tmp_path)
    cloudgen("render", "cluster.yaml", "--out", "out", cwd=tmp_path)
    for machine in ("master-0", "master-1", "master-2"):
        cloudgen("unpack", f"out/example/{machine}/user-data", "--out", f"actual/{machine}", cwd=tmp_path)
    found = compared(article() / "expected", tmp_path / "actual")
    promised = [line(entry, machine) for entry in ENTRIES for machine in entry["machines"]]
    assert sorted(found) == sorted(promised)


@pytest.mark.judge
@pytest.mark.parametrize("values", OTHERS.values(), ids=OTHERS)
def test_other_values(values, tmp_path):
    """Other names, domains, ports, ranges, versions, roots and counts differ in the same places, and nowhere else."""
    expected(article(), values, tmp_path / "expected")
    found = compared(tmp_path / "expected", rendered(values, tmp_path))
    places = {place_of(text) for text in found}
    promised = {place_of(text) for index in range(values.masters) for text in listed(values, f"master-{index}")}
    assert places - promised == set()
    assert promised - places == set()


def listed(values, master):
    """The lines that the deviations promise for a master: those of the published master that stands for it."""
    source = source_of(master)
    for entry in ENTRIES:
        if source in entry["machines"]:
            yield values.in_place(line(entry, source), source, master)


def place_of(text):
    """File and place of a line; of its values only whether they are there, for long ones are cut."""
    match = re.fullmatch(r"(.*) expected (.*), actual (.*)", text)
    assert match, text
    return match[1], match[2] == "<missing>", match[3] == "<missing>"


def test_every_deviation_has_its_defect_and_reason():
    """An entry names a defect of the article, and why it is mended in this way."""
    documented = set(
        re.findall(r"^\| ([ABCD][0-9]+) \|", (HERE.parents[1] / "docs/article.md").read_text(), re.MULTILINE)
    )
    assert ENTRIES
    for entry in ENTRIES:
        assert entry["defect"] in documented, entry
        assert len(entry["reason"].split()) > 3, entry
