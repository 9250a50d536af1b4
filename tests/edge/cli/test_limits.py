"""`cloudgen limits`."""

import json

import pytest

from cloudgen.packings import PACKINGS
from cloudgen.providers import PROVIDERS

OVERRIDE = "zone: ru-central1-b, overrides: {bootstrap: {scriptsFrom: 'https://files.example.org'}}"
"""A machine that fetches its scripts wherever it is."""
TEMPLATE = "files: [{path: /etc/motd, template: '{{ provider * (200 if provider == \"aws\" else 1) }}'}]\n"
MACHINES = ("master-0", "master-1", "master-2")


def rows(result):
    return json.loads(result.stdout)["machines"]


def test_every_master_against_everything(spec, run):
    """Each machine stands beside each packing of each provider, once, and the chosen one is marked."""
    result = run("limits", spec.name, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = [(row["machine"], row["provider"], row["packing"]) for row in rows(result)]
    assert found == [
        (machine, provider.name, packing)
        for machine in MACHINES
        for provider in PROVIDERS.values()
        for packing in provider.packings("cloud-config")
    ]
    chosen = [(row["provider"], row["packing"]) for row in rows(result) if row["chosen"]]
    assert chosen == [("yandex", "mime-gzip")] * len(MACHINES)


def test_a_row_is_what_render_would_say(spec, run):
    """The chosen row's size and limit are those of render."""
    (chosen,) = [row for row in rows(run("limits", spec.name, "--json")) if row["chosen"]][:1]
    told = json.loads(run("render", spec.name, "--out", "build", "--json").stdout)["machines"][0]
    assert {key: chosen[key] for key in ("size", "limit", "unit")} == {
        key: told[key] for key in ("size", "limit", "unit")
    }
    assert chosen["share"] == round(chosen["size"] / chosen["limit"], 4)


@pytest.mark.parametrize("own", ["yandex", "aws"])
def test_a_row_is_what_its_provider_would_be_given(spec, run, own):
    """Also where machines fetch their scripts with one provider only, and where templates speak of it."""
    text = spec.read_text().replace("zone: ru-central1-b", OVERRIDE) + TEMPLATE
    sizes: dict[tuple[str, str, str], int] = {}
    for name in ("yandex", "aws"):
        spec.write_text(text.replace("provider: yandex", f"provider: {name}"))
        made = json.loads(run("render", spec.name, "--out", "build", "--json").stdout)["machines"]
        sizes |= {(row["machine"], row["provider"], row["packing"]): row["size"] for row in made}
    spec.write_text(text.replace("provider: yandex", f"provider: {own}"))
    found = {
        (row["machine"], row["provider"], row["packing"]): row["size"]
        for row in rows(run("limits", spec.name, "--json"))
    }
    assert len(sizes) == 2 * len(MACHINES)
    assert {key: found[key] for key in sizes} == sizes


def test_the_table(spec, run):
    """A row shows a star for what is chosen, the size, the limit with its unit, the share and a bar of it."""
    result = run("limits", spec.name, "--provider", "yandex", "--packing", "mime-gzip")
    assert result.exit_code == 0
    head, first, *_ = result.stdout.splitlines()
    assert head.split() == ["MACHINE", "PROVIDER", "PACKING", "SIZE", "LIMIT", "SHARE"]
    mark, machine, provider, packing, _, limit, *unit, share, _, bar = first.split()
    assert (mark, machine, provider, packing) == ("*", "master-0", "yandex", "mime-gzip")
    assert (limit, unit) == ("262144", ["raw", "bytes"])
    assert bar.count("#") == round(20 * int(share) / 100)
    assert len(bar) == 20


def test_a_named_provider_must_fit(spec, run):
    """For CI: a machine that fits in no packing that is shown is an error; without the name it is only shown."""
    narrow = run("limits", spec.name, "--provider", "openstack", "--packing", "plain")
    assert narrow.exit_code == 2
    assert narrow.stdout.count(" too large") == len(MACHINES)
    told = f"error: cluster.yaml: {', '.join(MACHINES)}: it does not fit openstack in any packing that is shown"
    assert told in narrow.stderr
    assert "= help: write packing: mime-gzip\n" in narrow.stderr
    assert run("limits", spec.name, "--packing", "plain").exit_code == 0
    assert run("limits", spec.name, "--provider", "openstack").exit_code == 0


def test_a_named_provider_must_carry_it(spec, run):
    """A packing that it does not carry, or a format that does not boot there, is no silence but an error."""
    result = run("limits", spec.name, "--provider", "aws", "--packing", "ignition-gzip")
    assert result.exit_code == 2
    assert result.stdout.count("does not carry cloud-config as ignition-gzip") == len(MACHINES)
    assert "= help: it carries it as gzip or mime-gzip or plain" in result.stderr
    spec.write_text(spec.read_text().replace("provider: yandex", "provider: generic\nformat: ignition"))
    result = run("limits", spec.name, "--provider", "yandex", "--json")
    assert result.exit_code == 2
    assert {(row["packing"], row["size"], row["fits"]) for row in rows(result)} == {(None, None, False)}
    assert {row["why"].partition(":")[0] for row in rows(result)} == {"ignition does not boot there"}
    (problem,) = [p for p in json.loads(result.stdout)["problems"] if p["severity"] == "error"]
    assert problem["remedy"] == "choose another provider, or another format"


def test_what_no_packing_makes_small_enough_has_another_way_out(spec, run):
    """Scripts may be fetched where they travel; where they are fetched already, that is no help any more."""
    everything = spec.read_text()
    spec.write_text(f"{everything}bootstrap: {{scriptsFrom: none}}\n")
    narrow = run("limits", spec.name, "--provider", "aws")
    assert "= help: no packing makes it small enough: let machines fetch their scripts" in narrow.stderr
    spec.write_text(f"{everything}bootstrap: {{scriptsFrom: 'https://files.example.org'}}\n")
    assert run("limits", spec.name, "--provider", "aws").exit_code == 0
    narrow = run("limits", spec.name, "--provider", "aws", "--packing", "plain")
    assert narrow.exit_code == 2
    assert "= help: write packing: gzip\n" in narrow.stderr


def test_what_the_spec_chooses_must_fit(spec, run):
    """The error of render is told here as well, beside the table that shows the way out."""
    spec.write_text(spec.read_text().replace("provider: yandex", "provider: openstack\npacking: plain"))
    result = run("limits", spec.name)
    assert result.exit_code == 2
    assert "are over the 65535 that OpenStack (metadata) takes; largest: " in result.stderr
    assert "= help: write packing: mime-gzip, which makes " in result.stderr
    assert " too large" in result.stdout


def test_a_bad_spec_has_no_rows(spec, run):
    """What cannot be built is told, and measured nowhere."""
    spec.write_text(spec.read_text() + "kubelt: {}\n")
    result = run("limits", spec.name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no key kubelt here" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--provider", "awz"), "no provider is named awz; did you mean aws?"),
        (("--packing", "zip"), "no packing is named zip; did you mean gzip?"),
        (("--packing", "xyz"), f"no packing is named xyz; there are {', '.join(PACKINGS)}"),
    ],
)
def test_an_unknown_name_is_told(spec, run, arguments, said):
    """A name that no table holds is a fault of the command line, with the nearest one."""
    result = run("limits", spec.name, *arguments, env={"COLUMNS": "300"})
    assert result.exit_code == 2
    assert said in result.stderr
