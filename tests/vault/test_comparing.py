"""Plans: what a server holds against what it should hold, as plain data."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cloudgen.report import Severity
from cloudgen.vault import Change, Layout, Live, LiveCertificate, LiveMount, Plan, compare, entries, layout
from cloudgen.vault.entries import mount_path
from tests.specs import spec

NOW = 1_800_000_000
DAY = 86_400
WANTED = layout(spec(masters=[{"name": "a", "address": "10.0.0.10"}]))
TEN_YEARS = 315_360_000


def answered(value: Any) -> Any:
    """A value as servers answer it: lists, in an order of their own; nothing for nothing."""
    return list(reversed(value)) or None if isinstance(value, tuple) else value


def perfect(wanted: Layout = WANTED) -> Live:
    """A server that holds everything."""
    kinds = {"kv-v2": ("kv", "2")}
    return Live(
        mounts={
            mount_path(m): LiveMount(
                kind=kinds.get(m.kind, (m.kind, ""))[0],
                version=kinds.get(m.kind, (m.kind, ""))[1],
                max_lease_seconds=m.max_lease_seconds,
            )
            for m in wanted.mounts
        },
        chains={a.mount: (certificate(NOW + TEN_YEARS, name=a.common_name),) for a in wanted.authorities},
        entries={e.path: {k: answered(v) for k, v in e.wanted.items()} for e in entries(wanted)},
        key_pair=frozenset({"private", "public"}),
    )


NAME = WANTED.authorities[0].common_name


def certificate(end: int, *, self_signed: bool = True, name: str = NAME) -> LiveCertificate:
    return LiveCertificate(common_name=name, self_signed=self_signed, not_before=end - TEN_YEARS, not_after=end)


def told(live: Live, wanted: Layout = WANTED) -> list[str]:
    """What the plan complains about: errors are marked."""
    return [f"{'!' * (p.severity is Severity.ERROR)}{p.message}" for p in compare(wanted, live, NOW).report]


def test_nothing_is_everything():
    """From an empty server all is created: mounts first, then authorities, keys, roles, identities, token roles."""
    plan = compare(WANTED, Live(), NOW)
    whats = list(dict.fromkeys(step.what for step in plan.steps))
    assert whats == ["mount", "auth method", "authority", "key pair", "PKI role", "policy", "AppRole", "token role"]
    assert {step.action for step in plan.steps} == {"create"}
    assert len(plan.steps) == len(WANTED.mounts) + 3 + 1 + len(entries(WANTED))


def test_everything_is_nothing():
    """Order in lists, and null where nothing is set, are no change."""
    assert compare(WANTED, perfect(), NOW) == Plan()


@pytest.mark.parametrize("entry", entries(WANTED), ids=lambda entry: entry.path)
def test_any_parameter_that_differs_is_a_change(entry):
    """Every parameter of every entry counts: the step names it alone, and writes all of them."""
    live = perfect()
    for key, value in entry.wanted.items():
        found = {**live.entries, entry.path: {**live.entries[entry.path], key: other(value)}}
        (step,) = compare(WANTED, replace(live, entries=found), NOW).steps
        assert (step.action, step.path, [change.key for change in step.changes]) == ("change", entry.path, [key])
        assert set(step.data) == set(entry.wanted)


def other(value: Any) -> Any:
    """A value that is not this one."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x"
    return ["x", *value]


def test_a_network_of_one_address_is_that_address():
    """Servers write 10.0.0.10/32 as 10.0.0.10, and the other way round."""
    wanted = layout(spec(vault={"server": "https://a", "boundCidrs": ["10.0.0.10/32", "10.1.0.0/16"]}))
    live, path = perfect(wanted), "auth/token/roles/example_master-0"
    found = {**live.entries[path], "token_bound_cidrs": ["10.1.0.0/16", "10.0.0.10"]}
    assert compare(wanted, replace(live, entries={**live.entries, path: found}), NOW).steps == ()


def test_what_a_server_does_not_know_is_told_once():
    """Without bounds for addresses no change is planned for ever; a warning says what that means."""
    live = perfect()
    newer = {"allowed_ip_sans_cidr", "not_after_bound", "not_before_bound"}
    older = {path: {k: v for k, v in found.items() if k not in newer} for path, found in live.entries.items()}
    assert compare(WANTED, replace(live, entries=older), NOW).steps == ()
    (message,) = told(replace(live, entries=older))
    assert message.startswith("this server cannot bound the addresses")


def test_a_mount_is_tuned_up_and_never_down():
    """A lease below an authority's lifetime would cap it; a longer one is somebody's choice."""
    live, path = perfect(), mount_path(WANTED.mounts[0])
    lower = {**live.mounts, path: LiveMount(kind="pki", max_lease_seconds=3600)}
    (step,) = compare(WANTED, replace(live, mounts=lower), NOW).steps
    assert (step.path, step.data) == (f"{path}/tune", {"max_lease_ttl": f"{TEN_YEARS}s"})
    assert step.changes == (Change("max_lease_ttl", "3600s", f"{TEN_YEARS}s"),)
    higher = {**live.mounts, path: LiveMount(kind="pki", max_lease_seconds=2 * TEN_YEARS)}
    assert compare(WANTED, replace(live, mounts=higher), NOW).steps == ()


MOUNTS: tuple[tuple[str, LiveMount, str], ...] = (
    ("kv-v2", LiveMount(kind="kv"), "!clusters/example/kv is a mount of kv-v1, not of kv-v2"),
    ("approle", LiveMount(kind="userpass"), "!clusters/example/approle is a mount of userpass, not of approle"),
    (
        "approle",
        LiveMount(kind="approle", max_lease_seconds=60),
        "clusters/example/approle caps tokens at 60s: key-keeper logs in again and again",
    ),
)


@pytest.mark.parametrize(("kind", "found", "tells"), MOUNTS)
def test_a_mount_that_cannot_be_used_is_told(kind, found, tells):
    """What is mounted there is of another kind, or caps what is made."""
    live, path = perfect(), next(mount_path(m) for m in WANTED.mounts if m.kind == kind)
    assert told(replace(live, mounts={**live.mounts, path: found})) == [tells]


AUTHORITIES: tuple[tuple[tuple[LiveCertificate, ...], str], ...] = (
    ((certificate(NOW - 1),), "!the authority of M has expired"),
    ((certificate(NOW + 29 * DAY),), "!the authority of M ends in 29 days, before a certificate of 720h would"),
    ((certificate(NOW + 31 * DAY),), "the authority of M refuses to sign in 1 day:"),
    ((certificate(NOW + TEN_YEARS),) * 2, "!ca_chain of M holds 2 certificates"),
    ((certificate(NOW + TEN_YEARS, self_signed=False),), "the authority of M is signed by another"),
    ((certificate(NOW + TEN_YEARS, name="mine"),), f"the authority of M is named 'mine', not '{NAME}'"),
    (
        (LiveCertificate(common_name=NAME, self_signed=True, not_before=NOW, not_after=NOW + 768 * 3600 * 10),),
        "the authority of M was made for 7680h, not 87600h",
    ),
)


@pytest.mark.parametrize(("chain", "tells"), AUTHORITIES, ids=[row[1][:40] for row in AUTHORITIES])
def test_authorities_that_will_not_do_are_told(chain, tells):
    """Ends too soon, capped, not alone, or not the one that the spec says; none of it is changed by a step."""
    live, mount = perfect(), WANTED.authorities[0].mount
    changed = replace(live, chains={**live.chains, mount: chain})
    assert compare(WANTED, changed, NOW).steps == ()
    (message,) = told(changed)
    assert message.startswith(tells.replace("M", mount))


@pytest.mark.parametrize("held", [{"private"}, set(), {"private", "public", "more"}])
def test_half_a_key_pair_is_told_and_kept(held):
    """It is never overwritten."""
    live = replace(perfect(), key_pair=frozenset(held))
    assert compare(WANTED, live, NOW).steps == ()
    assert "instead of private and public" in told(live)[0]


def test_strays_are_passed_on():
    """They are shown; no step deletes anything."""
    assert compare(WANTED, replace(perfect(), strays=("a/b",)), NOW) == Plan(strays=("a/b",))


def test_external_authorities_are_no_plain_writes():
    """Each way of signing has its own step."""
    hows: Mapping[str, str] = {"self-signed": "write", "root": "intermediate", "external": "csr"}
    for mode, how in hows.items():
        wanted = layout(spec(vault={"server": "https://a", "authorities": {"mode": mode}}))
        steps = [step for step in compare(wanted, Live(), NOW).steps if step.what == "authority"]
        assert {step.how for step in steps[-3:]} == {how}
        assert len(steps) == (4 if mode == "root" else 3)
