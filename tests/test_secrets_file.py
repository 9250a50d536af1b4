"""The secrets file."""

from collections.abc import Mapping

import pytest

from cloudgen.report import Refused
from cloudgen.secrets import BOOTSTRAP_TOKEN, NAMED, Secret, SecretRef, Secrets
from cloudgen.secrets_file import coverage, expired, parse_secrets, written

HEAD = "apiVersion: cloudgen/v1alpha1\nkind: Secrets\n"
TOKEN = SecretRef(BOOTSTRAP_TOKEN, "master-0", "etcd-ca")
NAME = SecretRef(NAMED, "", "registry")


def parsed(text: str) -> Secrets:
    return parse_secrets((HEAD + text).encode(), "s.yaml")


def entry(
    token: str = "hvs.CAESIJ-abc_1",  # noqa: S107 - an example
    expires: str = "2026-11-23T12:00:00Z",
) -> Mapping[SecretRef, Secret]:
    return parsed(f"tokens: {{master-0: {{etcd-ca: {{token: {token}, expires: {expires}}}}}}}\n").values


def told(text: str) -> list[tuple[str, int | None]]:
    with pytest.raises(Refused) as caught:
        parsed(text)
    return [(problem.message, problem.place.line if problem.place else None) for problem in caught.value.report]


def test_tokens_become_two_lines():
    """The token and its end in seconds since 1970: the machine's script reads them so."""
    assert entry() == {TOKEN: Secret("hvs.CAESIJ-abc_1\n1795435200\n")}


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2024-02-29T23:59:59Z", 1709251199),
        ("2026-11-23T12:00:00.123456789Z", 1795435200),
        ("2026-11-23T15:00:00+03:00", 1795435200),
        ("2026-11-23 06:30:00-05:30", 1795435200),
    ],
)
def test_ends_are_understood_as_vault_writes_them(moment, seconds):
    """RFC 3339, with any offset and any fraction."""
    assert entry(expires=moment)[TOKEN].reveal().splitlines()[1] == str(seconds)


@pytest.mark.parametrize(
    "moment",
    ["2026-11-23", "2026-11-23T12:00:00", "2026-02-30T12:00:00Z", "2026-13-01T00:00:00Z", "15m", "1795435200", "''"],
)
def test_other_ends_are_refused(moment):
    """A moment without an offset, one that the calendar does not have, a duration, a number."""
    with pytest.raises(Refused, match="this is no point in time"):
        entry(expires=moment)


@pytest.mark.parametrize("token", ["short", "'two words here'", "'hvs.a\\b-12345'", "12345678", "[listed]", "null"])
def test_what_is_no_token_is_refused(token):
    """At least eight characters, those of Vault's tokens only; and it is not quoted."""
    with pytest.raises(Refused, match="this is no token") as caught:
        entry(token=token)
    assert token.strip("'[]") not in str(caught.value)


def test_named_secrets_are_texts():
    """Of several lines, too."""
    assert parsed('named: {registry: "a: 1\\nb: 2\\n"}').values == {NAME: Secret("a: 1\nb: 2\n")}


def test_nothing_is_a_file_of_no_secrets():
    """Both sections may be missing or empty."""
    assert dict(parsed("").values) == dict(parsed("tokens:\nnamed:\n").values) == {}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("tokens: []\n", [("a mapping is meant here, keys and values", 3)]),
        ("tokens: {m: x}\n", [("a mapping is meant here, keys and values", 3)]),
        ("tokens:\n  m:\n    i: {token: abcdefgh}\n", [("the token's end is missing", 5)]),
        ("tokens:\n  m:\n    i: {}\n", [("the token is missing", 5)]),
        ("tokens:\n  Mxx: {}\n", [("this is no name", 4)]),
        ("named:\n  a: 1\n  b: ''\n", [("a secret is a text", 4), ("a secret is a text", 5)]),
        ("nmaed: {}\n", [("this key is unknown", 3)]),
        ("kind: Other\n", [("the secrets file cannot be read here: it is no YAML mapping", 3)]),
    ],
)
def test_faults_are_told_at_their_lines(text, problems):
    """All of them, and none of what stands there."""
    assert told(text) == problems


def test_it_says_what_it_is():
    """apiVersion and kind must be there."""
    with pytest.raises(Refused, match="apiVersion must be cloudgen/v1alpha1; kind must be Secrets"):
        parse_secrets(b"named: {}\n", "s.yaml")


def test_no_exception_holds_a_value():
    """Neither the exception nor what it came from quotes the file."""
    wrong = ("{a: CANARY", "{a: !CANARY x}", "{CANARY: 1}", "{a: [CANARY]}", "{a: *CANARY}", "{a: 0CANARY: b}")
    for text in wrong:
        with pytest.raises(Refused) as caught:
            parsed(f"named: {text}")
        assert "CANARY" not in repr(caught.value) + repr(caught.value.__context__) + repr(caught.value.report)


def test_coverage_goes_both_ways():
    """What is lacking and what nobody needs are warnings; the latter only where all machines are known."""
    secrets = parsed("named: {registry: x}")
    said = [problem.message for problem in coverage(secrets, {TOKEN})]
    assert said == [
        "the secrets file holds no token of master-0 for issuer etcd-ca",
        "the secrets file holds a secret named registry, which nothing of the spec uses",
    ]
    assert len([*coverage(secrets, {TOKEN}, whole=False)]) == 1
    assert [*coverage(secrets, {NAME})] == []


def test_the_tokens_of_a_machine_are_told_together():
    """One warning a machine, however many of its tokens are lacking."""
    others = {SecretRef(BOOTSTRAP_TOKEN, machine, "etcd-peer") for machine in ("master-0", "master-1")}
    assert [problem.message for problem in coverage(Secrets({}), {TOKEN, *others})] == [
        "the secrets file holds no token of master-0 for the issuers etcd-ca, etcd-peer",
        "the secrets file holds no token of master-1 for issuer etcd-peer",
    ]


def test_expired_tokens_are_told():
    """At their very end, and not a second before."""
    secrets = parsed("tokens: {m: {i: {token: abcdefgh, expires: '1970-01-01T00:01:00Z'}}}")
    assert [*expired(secrets, 59)] == []
    assert [problem.message for problem in expired(secrets, 60)] == ["the token of m for issuer i has expired"]


def test_a_role_id_is_the_third_line():
    """The way of wrapped secret-ids; anything that is no role-id is refused."""
    text = "tokens: {{m: {{i: {{token: s.12345678, expires: 1970-01-01T00:00:09Z, roleId: {}}}}}}}\n"
    found = parsed(text.format("0f3c-abcd-1")).values
    assert found == {SecretRef(BOOTSTRAP_TOKEN, "m", "i"): Secret("s.12345678\n9\n0f3c-abcd-1\n")}
    for wrong in ("'a b c d e f g'", "[]", "''"):
        assert ("this is no role-id", 3) in told(text.format(wrong))


def test_what_is_written_is_read():
    """Tokens, role-ids, ends and named secrets, whatever these hold."""
    values = {
        SecretRef(BOOTSTRAP_TOKEN, "a", "x"): Secret("s.12345678\n1795435200\n"),
        SecretRef(BOOTSTRAP_TOKEN, "b", "x"): Secret("hvs.CAES-_12\n9\n0f3c-abcd-1\n"),
        SecretRef(NAMED, "", "it"): Secret(" two\nlines: {}\t# \u00e9\n"),
    }
    assert parse_secrets(written(Secrets(values)).encode(), "s.yaml").values == values
    assert parse_secrets(written(Secrets({})).encode(), "s.yaml").values == {}
