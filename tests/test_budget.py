import base64
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from cloudgen import budget, resources
from cloudgen.assemble import lower
from cloudgen.dump import to_yaml
from cloudgen.edge.opened import open_spec
from cloudgen.encoders import ENCODERS
from cloudgen.generate import build, needed, render
from cloudgen.load import load
from cloudgen.packings import PACKINGS
from cloudgen.pieces import File, Node
from cloudgen.providers import PROVIDERS
from cloudgen.report import Severity
from cloudgen.secrets import PLACEHOLDERS, Secret, Secrets
from cloudgen.source import parse
from tests.largest import LARGEST
from tests.specs import spec

ROOT = Path(__file__).resolve().parent.parent
PLAIN = PACKINGS["plain"]
NOBODY = Node("")
WITH_LIMIT = [provider for provider in PROVIDERS.values() if provider.limit]


def article():
    found = open_spec(str(ROOT / "examples/article.yaml")).spec
    assert found is not None
    return found


def token(ref):
    """As long as OpenBao's and Vault's response-wrapped tokens, and as random, with its end."""
    digest = b"".join(hashlib.sha256(f"{ref}{part}".encode()).digest() for part in range(3))
    return Secret(f"hvs.{base64.urlsafe_b64encode(digest)[:91].decode()}\n{1_764_000_000 + digest[0] % 30}\n")


def tokens(node):
    return Secrets({ref: token(ref) for ref in needed(node)})


def severities(size, provider):
    """What is said to a plain text of so many bytes."""
    given = parcel("x" * size)
    return [problem.severity for problem in budget.judged(given.packed("plain", provider), given, NOBODY)]


def parcel(text, unknown=()):
    return budget.Parcel(encode=lambda _: text, compresses=False, format="cloud-config", unknown=unknown)


@pytest.mark.parametrize("provider", WITH_LIMIT, ids=lambda provider: provider.name)
def test_the_largest_passes_and_the_next_is_refused(provider):
    """What a vendor documents as the largest is only warned of; one byte more is an error."""
    largest = LARGEST[provider.name] or 0
    assert severities(largest, provider) == [Severity.WARNING]
    assert severities(largest + 1, provider) == [Severity.ERROR]


@pytest.mark.parametrize("provider", WITH_LIMIT, ids=lambda provider: provider.name)
def test_warned_from_four_fifths(provider):
    """Below 80 % nothing is said, from there on it is."""
    assert severities((LARGEST[provider.name] or 0) * 79 // 100, provider) == []
    assert severities((LARGEST[provider.name] or 0) * 81 // 100, provider) == [Severity.WARNING]


def test_without_a_limit_nothing_is_too_large():
    """Where none is known none is told, and the share is nothing."""
    assert severities(10_000_000, PROVIDERS["generic"]) == []
    assert parcel("x").packed("plain", PROVIDERS["generic"]).share == 0


@pytest.mark.parametrize("name", ["gcp", "proxmox", "yandex"])
def test_a_machine_fits_to_the_last_byte(name):
    """A whole machine as large as it may be is rendered; with one byte more it is refused."""
    long = 2000
    largest = LARGEST[name] or 0
    room = largest - rendered(name, long).size
    made = rendered(name, long + room)
    assert (made.size, made.report.failed) == (largest, False)
    made = rendered(name, long + room + 1)
    assert (made.size, made.report.failed) == (largest + 1, True)


def rendered(provider, size):
    files = [{"path": "/etc/a", "content": "x" * size}]
    return render(spec(provider=provider, packing="plain", files=files), "master-0")


@pytest.mark.parametrize("limit", [None, 10_000])
@pytest.mark.parametrize("packing", PACKINGS.values(), ids=PACKINGS)
def test_unknown_tokens_are_never_counted_too_low(packing, limit):
    """What is measured before minting is a little more than what will travel, and never less: near a limit too."""
    node, _ = build(article(), "master-0")
    lowered, encoder = lower(node), ENCODERS["cloud-config"]
    provider = replace(PROVIDERS["generic"], limit=limit)
    unknown = tuple(ref.placeholder().rstrip() for ref in needed(node))
    expected = parcel(encoder.encode(lowered, PLACEHOLDERS), unknown).packed(packing.name, provider).size
    real = parcel(encoder.encode(lowered, tokens(node))).packed(packing.name, provider).size
    assert real <= expected <= 1.05 * real


def test_over_the_limit_says_what_to_do():
    """The largest files are named, and the packing that would fit, with its size."""
    large = spec(provider="openstack", packing="plain")
    (problem,) = [p for p in render(large, "master-0").report if p.severity is Severity.ERROR]
    assert "largest: /etc/kubernetes/pki/vault-config " in problem.message
    fitting = render(spec(provider="openstack"), "master-0").size
    assert problem.remedy == f"write packing: mime-gzip, which makes {fitting} of it"


def test_packed_harder_where_the_limit_is_near():
    """The last two percent are worth their time only there."""
    text = "".join(resources.text(f"scripts/{name}.sh") for name in ("bootstrap", "unwrap", "pki"))
    provider = PROVIDERS["aws"]
    narrow = replace(provider, limit=9000)
    quick, near = (parcel(text).packed("gzip", row).data for row in (provider, narrow))
    assert quick == PACKINGS["gzip"].pack(text)
    assert near == PACKINGS["gzip"].pack(text, hard=True)
    assert len(near) < len(quick)


@pytest.mark.parametrize(
    ("size", "limit", "shown"),
    [(0, 16_384, 0), (16_383, 16_384, 99), (16_384, 16_384, 100), (262_145, 262_144, 101), (2, 1, 200)],
)
def test_what_is_over_is_seen_to_be(size, limit, shown):
    """No rounding makes a byte over the limit, or under it, into the limit."""
    assert budget.percent(size, limit) == shown


def test_contributors():
    """Files are listed by what they take, secrets together."""
    node, _ = build(article(), "master-0")
    found = budget.contributors(lower(node), PACKINGS["mime-gzip"])
    assert [size for _, size in found] == sorted((size for _, size in found), reverse=True)
    assert ("17 secrets", 2182) in found
    assert budget.contributors(Node("m", (File(path="/a", content="abc"),)), PLAIN) == [("/a", 3)]


def test_what_the_client_substitutes_is_told():
    """A plain text with dollars is told for a client that would replace them; a packed one is not."""

    def told(**sections):
        return [p.message for p in render(spec(**sections), "master-0").report if "yc replaces" in p.message]

    assert len(told(provider="yandex", packing="plain")) == 1
    assert told(provider="yandex") == []


FORMATS = {"debian": "cloud-config", "flatcar": "ignition"}
PAIRS = [
    (name, family)
    for name, provider in PROVIDERS.items()
    for family, format_ in FORMATS.items()
    if format_ in provider.formats
]


@pytest.mark.parametrize(("name", "family"), PAIRS)
def test_the_article_fits_everywhere(name, family):
    """With its tokens, in the packing that each provider has by default."""
    made = article_for(name, family)
    for master in made.masters:
        secrets = tokens(build(made, master.name)[0])
        assert too_large(render(made, master.name, secrets)) == []
        assert too_large(render(made, master.name)) == []


@pytest.mark.parametrize(("name", "family"), PAIRS)
def test_scripts_are_fetched_only_where_they_must_be(name, family):
    """What is narrow takes no machine with all of its scripts, and then the remedy is the setting that helps."""
    problems = too_large(render(article_for(name, family, bootstrap={"scriptsFrom": "none"}), "master-0"))
    assert len(problems) == (FORMATS[family] in PROVIDERS[name].narrow_for)
    for problem in problems:
        assert "bootstrap.sh " in problem.message
        assert "bootstrap.scriptsFrom" in problem.remedy


def too_large(made):
    return [problem for problem in made.report if problem.severity is Severity.ERROR]


def article_for(provider, family, **sections):
    """The article's spec for another provider and another host family."""
    text = (ROOT / "examples/article.yaml").read_text().replace("provider: yandex", f"provider: {provider}")
    own = {"host": {"family": family}} | sections
    return load(parse(f"{text}\n{to_yaml(own)}".encode(), "article.yaml"))


def test_no_scripts_no_advice_about_them():
    """Where they are fetched already, and it is too large yet, only less of something else helps."""
    noise = hashlib.shake_256(b"noise").hexdigest(20_000)
    fetching = {"bootstrap": {"scriptsFrom": "https://files.example.org"}}
    made = spec(provider="aws", files=[{"path": "/etc/a", "content": noise}], **fetching)
    (problem,) = too_large(render(made, "master-0"))
    assert problem.remedy == "no packing makes it small enough: leave out what the machine can do without"
