from typing import Any

import pytest

from cloudgen.pieces import Directory
from cloudgen.secrets import SecretRef
from tests.judges import strict_yaml
from tests.specs import BASE, PEM, content, node, paths

CONFIG = "/etc/kubernetes/pki/vault-config"
UNIT = "/etc/systemd/system/key-keeper.service"
TOKENS = "/var/lib/cloudgen/tokens"


def config(**sections: Any) -> Any:
    """The configuration, read strictly."""
    return strict_yaml.load(content(CONFIG, **sections))


def vault(**settings: Any) -> dict[str, Any]:
    """A section for Vault."""
    return {"vault": {**BASE["vault"], **settings}}


def test_everything_of_the_catalogue_is_ordered():
    """An issuer for each identity; authorities and certificates; both halves of the key pair, staged."""
    made = config()
    assert (len(made["issuers"]), len(made["certificates"]), len(made["secrets"])) == (17, 3 + 13, 2)
    assert all(secret["hostPath"].startswith("/var/lib/key-keeper/staged/") for secret in made["secrets"])


def test_each_issuer_has_its_own_identity():
    """AppRoles and the files of their credentials are never shared."""
    roles = [issuer["vault"]["auth"]["appRole"] for issuer in config()["issuers"]]
    for key in ("name", "secretIDLocalPath", "roleIDLocalPath"):
        assert len({role[key] for role in roles}) == len(roles)


@pytest.mark.parametrize(
    ("settings", "insecure", "bundle"),
    [
        ({}, False, None),
        ({"caCert": "ca.pem"}, False, "/etc/cloudgen/vault-ca.pem"),
        ({"server": "http://10.9.9.9:8200"}, True, None),
    ],
)
def test_vault_is_verified(settings, insecure, bundle):
    """Over TLS always, with an authority of one's own where there is one."""
    for issuer in config(**vault(**settings))["issuers"]:
        assert issuer["vault"]["auth"]["tlsInsecure"] is insecure
        assert issuer["vault"]["auth"].get("caBundle") == bundle
    if bundle:
        assert content(bundle, **vault(**settings)) == PEM


def test_a_namespace_is_the_unit_s():
    """key-keeper's Vault client reads it from the environment."""
    assert "VAULT_NAMESPACE=team\n" in content(UNIT, **vault(namespace="team"))
    assert "VAULT_NAMESPACE" not in content(UNIT)


@pytest.mark.parametrize("mode", ["wrapped-token", "wrapped-secret-id", "token"])
def test_a_token_for_each_issuer(mode):
    """Each is a secret of this machine, in a file that only root reads, in a folder that only root enters."""
    made = node("master-1", **vault(bootstrap={"mode": mode}))
    for issuer in config()["issuers"]:
        file = made.file(f"{TOKENS}/{issuer['name']}")
        assert file is not None
        assert (file.content, file.mode) == (SecretRef("bootstrap-token", "master-1", issuer["name"]), 0o600)
    assert Directory(path=TOKENS, mode=0o700) in made.of(Directory)


def test_a_shared_token_is_one():
    """The mode that gives up most has one token for all."""
    assert [p for p in paths(**vault(bootstrap={"mode": "shared"})) if p.startswith(TOKENS)] == [f"{TOKENS}/shared"]


def test_the_expected_files_are_a_table():
    """One row for each of the 31 files, each of five columns, and the paths of the catalogue."""
    rows = [line.split("\t") for line in content("/etc/cloudgen/pki").splitlines()[1:]]
    assert len(rows) == 31
    assert {len(row) for row in rows} == {5}
    named = {row[0]: row[3].split(",") for row in rows if row[1] == "certificate"}
    ordered = {f"{c['hostPath']}/{c['name']}.pem": c["spec"] for c in config()["certificates"] if "spec" in c}
    assert set(named) == set(ordered)
    for path, spec in ordered.items():
        static = spec.get("ipAddresses", {}).get("static", [])
        assert named[path] == [*spec.get("hostnames", []), *static] or (named[path] == ["-"] and not static)


def test_the_quota_is_a_choice():
    """The unit's share of a processor."""
    assert "CPUQuota=50%\n" in content(UNIT)
    assert "CPUQuota=200%\n" in content(UNIT, keyKeeper={"cpuQuota": "200%"})
