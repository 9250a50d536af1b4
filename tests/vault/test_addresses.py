"""Where tokens are minted, and where they are unwrapped: told where these are not the same."""

import pytest

from cloudgen.vault.addresses import elsewhere

SAME = (
    ("https://vault.example.org:8200", "https://vault.example.org:8200"),
    ("HTTPS://Vault.Example.Org:8200/", "https://vault.example.org:8200"),
    ("https://vault.example.org", "https://vault.example.org:443/"),
    ("http://vault.example.org:80", "http://vault.example.org"),
    ("https://vault.example.org./", "https://vault.example.org"),
    ("https://a/vault//", "https://a/vault"),
    ("https://[FD00::1]:8200", "https://[fd00::1]:8200/"),
    ("https://user:secret@a:8200", "https://a:8200"),
    ("https://a:port", "https://a"),
    ("https://[a", "https://a"),
)
DIFFERENT = (
    ("http://a:8200", "https://a:8200", "machines unwrap their tokens at https://a:8200, and VAULT_ADDR names"),
    ("https://a", "https://a:8200", "at https://a:8200, and VAULT_ADDR names https://a:443"),
    ("https://a:8200", "https://b:8200", "at https://b:8200, and VAULT_ADDR names https://a:8200"),
    ("https://a/one", "https://a/One", "at https://a:443/One, and VAULT_ADDR names https://a:443/one"),
    ("https://user:secret@b/", "https://a", "VAULT_ADDR names https://b:443"),
    ("https://[fd00::1]:1", "https://[fd00::2]:1", "at https://[fd00::2]:1, and VAULT_ADDR names https://[fd00::1]:1"),
)


@pytest.mark.parametrize(("ours", "theirs"), SAME)
def test_the_same_server_is_the_same(ours, theirs):
    """However it is written; and what is no address is told by whoever uses it."""
    assert list(elsewhere(ours, theirs)) == []


@pytest.mark.parametrize(("ours", "theirs", "says"), DIFFERENT)
def test_another_server_is_told(ours, theirs, says):
    """Both addresses are named, without a password, at the spec's line."""
    (problem,) = elsewhere(ours, theirs)
    assert (says in problem.message, "secret" in problem.message) == (True, False)
    assert (problem.severity, problem.path) == ("warning", ("vault", "server"))
