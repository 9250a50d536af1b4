"""The stand-in's reading: Go's YAML tags, durations and patterns."""

import datetime as dt

import pytest

from tests.key_keeper import config, durations, host


def test_unknown_keys_are_ignored_and_absent_ones_are_zero():
    """As in Go: `usage` and `timeout` are there for the reader."""
    found = config.parse("certificates: [{name: a, usage: [x], isCa: yes, spec: {ttl: 10m}}]\nmore: 1\n")
    (certificate,) = found.certificates
    assert (certificate.name, certificate.is_ca, certificate.host_path) == ("a", True, "")
    assert certificate.spec.ttl == dt.timedelta(minutes=10)
    assert config.parse("") == config.Config()


@pytest.mark.parametrize(
    "text",
    [
        "issuers: {name: a}",
        "issuers: [a]",
        "issuers: [{name: [a]}]",
        "certificates: [{isCa: perhaps}]",
        "certificates: [{spec: {privateKey: {size: big}}}]",
        "certificates: [{renewBefore: 30d}]",
        "certificates: [{trigger: [systemctl]}]",
        "issuers: []\nissuers: []",
        "issuers: [",
    ],
)
def test_what_go_would_refuse_is_refused(text):
    """Wrong shapes, numbers, durations, keys twice, broken YAML."""
    with pytest.raises(config.ConfigError):
        config.parse(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("720h", 2592000), ("1h30m", 5400), ("1.5s", 1.5), ("-2m", -120), ("10ms", 0.01)]
)
def test_durations_are_those_of_go(text, seconds):
    """Units from ns to h, several in a row, fractions, a sign."""
    assert durations.parse(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "10", "1d", "1 h", "h", "1h "])
def test_what_is_no_duration_is_refused(text):
    """No days, no bare numbers, no spaces."""
    with pytest.raises(ValueError, match="invalid duration"):
        durations.parse(text)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("eth*", ["b"]), ("^ens", ["a"]), ("^lo$", ["c"]), ("o", ["c", "d"]), ("", ["a", "b", "c", "d"])],
)
def test_patterns_of_interfaces_are_not_anchored(pattern, found):
    """`eth*` finds veth0 and not ens3."""
    cards = (("ens3", "a"), ("veth0", "b"), ("lo", "c"), ("docker0", "d"))
    assert list(host.of_interfaces([pattern], cards)) == found


@pytest.mark.parametrize("pattern", ["^(?!docker)", r"(a)\1", "(?<=e)n"])
def test_patterns_that_go_does_not_know_are_refused(pattern):
    """RE2 has neither look-around nor references back."""
    with pytest.raises(ValueError, match="Perl syntax"):
        list(host.of_interfaces([pattern], [("ens3", "a")]))


def test_the_loopback_card_is_known():
    """Real cards are read from the kernel."""
    assert ("lo", "127.0.0.1") in set(host.cards())
