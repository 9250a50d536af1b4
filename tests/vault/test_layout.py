"""The layout of a cluster: names, roles, policies and token roles, derived from the spec."""

from collections.abc import Mapping
from typing import Any

import pytest

from cloudgen.vault import clashes, layout, least_policy, role_id_path, secret_id_path
from tests.specs import IPV6, spec


def roles(**sections: Any) -> dict[str, Mapping[str, Any]]:
    """PKI roles by name."""
    return {role.name: role.parameters for role in layout(spec(**sections)).pki_roles}


def test_machines_have_roles_of_their_own_where_names_carry_them():
    """Seven issuers sign with a role a machine, the other six share theirs."""
    found = roles()
    for issuer in ("kube-apiserver", "etcd-peer", "etcd-server", "kubelet-client", "kubelet-server"):
        assert issuer not in found
        for machine in range(3):
            own = {f"master-{machine}-example", f"system:node:master-{machine}-example"}
            assert own & {*found[f"{issuer}-master-{machine}"]["allowed_domains"]}
    for issuer in ("kube-controller-manager-server", "kube-scheduler-server"):
        assert {f"{issuer}-master-{machine}" for machine in range(3)} <= {*found}
    assert len(found) == 7 * 3 + 6


def test_no_role_is_open():
    """Nothing in any role is a pattern: names are exact, addresses single, validation is on."""
    for parameters in roles().values():
        assert not any("*" in name for name in parameters["allowed_domains"])
        assert all(network.endswith("/32") for network in parameters["allowed_ip_sans_cidr"])
        assert parameters["allow_ip_sans"] is bool(parameters["allowed_ip_sans_cidr"])
        assert parameters["cn_validations"] == ("hostname",)
        assert [key for key in parameters if key.startswith("allow_") and parameters[key]] in (
            ["allow_bare_domains"],
            ["allow_bare_domains", "allow_ip_sans"],
        )


def test_roles_hold_what_certificates_say():
    """Usages, organisation, subject, key size and lifetime come from the rows and the spec."""
    certificates = {"etcd-server": {"ttl": "10d", "renewBefore": "1d", "keySize": 4096}}
    found = roles(pki={"ttl": "40d", "subject": {"organizationalUnit": "ops"}, "certificates": certificates})
    server, client = found["etcd-server-master-0"], found["kubelet-client-master-1"]
    assert (server["max_ttl"], server["key_bits"], server["server_flag"], server["client_flag"]) == (
        864_000,
        4096,
        True,
        True,
    )
    assert (client["max_ttl"], client["organization"], client["ou"]) == (3_456_000, ("system:nodes",), ("ops",))
    assert (client["server_flag"], client["client_flag"]) == (False, True)
    assert found["kubeadm-client"]["organization"] == ("system:masters",)


def test_ipv6_addresses_are_single_networks():
    """An IPv6 machine's role names its address."""
    assert "fd00::1/128" in roles(**IPV6)["kubelet-server-a"]["allowed_ip_sans_cidr"]


def test_the_administrators_role_is_there_where_it_is_needed():
    """Without the administrator's certificate nobody can order it."""
    assert "kubeadm-client" not in roles(adminCertificate="none")
    first = layout(spec(adminCertificate="first"))
    assert [r.machine for r in first.app_roles if r.issuer == "kubeadm-client"] == ["master-0"]


def test_policies_name_exact_paths():
    """Those that machines get hold no pattern; a bootstrap token's opens exactly two paths."""
    wanted = layout(spec())
    for policy in wanted.policies:
        assert "*" not in policy.hcl
        assert "+" not in policy.hcl
    bootstrap = {p.name: p.hcl for p in wanted.policies if "/bootstrap/" in p.name}
    assert len(bootstrap) == 51
    prefix, role = wanted.prefix, "etcd-ca-master-2"
    assert bootstrap[f"{prefix}/bootstrap/{role}"] == (
        f'path "{role_id_path(prefix, role)}" {{\n  capabilities = ["read"]\n}}\n\n'
        f'path "{secret_id_path(prefix, role)}" {{\n  capabilities = ["update"]\n}}\n'
    )


def test_a_run_token_outlives_its_children():
    """They end with it; so it lives longer than a token that is made in its last minute."""
    run, *machines = layout(spec(vault={"server": "https://a", "bootstrap": {"wrapTtl": "2h"}})).token_roles
    assert run.parameters["orphan"] is True
    for role in machines:
        assert role.parameters["orphan"] is False
        assert role.parameters["token_explicit_max_ttl"] == 2 * 3600 + 15 * 60
        assert run.parameters["token_explicit_max_ttl"] == 3 * 3600 + 15 * 60


@pytest.mark.parametrize(
    ("mode", "holds"),
    [
        ("wrapped-token", '"auth/token/create/example_master-0" {\n  capabilities = ["update"]\n  min_wrapping_ttl'),
        ("wrapped-secret-id", 'etcd-ca-master-0/secret-id" {\n  capabilities = ["update"]\n  min_wrapping_ttl'),
        ("token", '"auth/token/create/example_master-0" {\n  capabilities = ["update"]\n}'),
    ],
)
def test_a_run_makes_what_its_mode_says(mode, holds):
    """Where secrets travel wrapped, a run token cannot make bare ones."""
    wanted = layout(spec(vault={"server": "https://a", "bootstrap": {"mode": mode}}))
    assert holds in next(p.hcl for p in wanted.policies if p.name == f"{wanted.prefix}/run")


@pytest.mark.parametrize(
    ("bound", "first"), [("none", ()), ("address", ("10.0.0.10",)), (["10.0.0.0/24"], ("10.0.0.0/24",))]
)
def test_tokens_are_bound_as_the_spec_says(bound, first):
    """To nothing, to the machine's own address, or to networks."""
    run, machine, *_ = layout(spec(vault={"server": "https://a", "boundCidrs": bound})).token_roles
    assert (run.parameters["token_bound_cidrs"], machine.parameters["token_bound_cidrs"]) == ((), first)


def test_a_root_is_mounted_when_asked():
    """It outlives the authorities that it signs, and their mounts take their lifetime."""
    authorities = {"mode": "root", "ttl": "1000d", "commonName": "{authority} of {cluster}"}
    wanted = layout(spec(vault={"server": "https://a", "pathPrefix": "k8s/one", "authorities": authorities}))
    root, etcd, *_ = wanted.authorities
    assert (root.mount, root.common_name, root.mode) == ("k8s/one/pki/root", "root-ca of example", "self-signed")
    assert (etcd.mount, etcd.common_name, etcd.mode) == ("k8s/one/pki/etcd", "etcd-ca of example", "root")
    assert root.ttl_seconds > etcd.ttl_seconds == 1000 * 86400
    assert {m.path: m.max_lease_seconds for m in wanted.mounts}[etcd.mount] == etcd.ttl_seconds


def test_names_that_two_identities_would_share_are_found():
    """A machine named kubelet-client-a has the AppRole of issuer kube-apiserver-kubelet-client on machine a."""
    names = ["a", "kubelet-client-a", "b"]
    masters = [{"name": name, "address": f"10.0.0.1{n}"} for n, name in enumerate(names)]
    assert "AppRole kube-apiserver-kubelet-client-a" in clashes(layout(spec(masters=masters)))
    assert clashes(layout(spec())) == {}


def test_least_policies_are_least():
    """Minting does not provision, looking does not revoke, and none is a pattern over other clusters' paths."""
    wanted = layout(spec())
    texts = {purpose: least_policy(wanted, purpose) for purpose in ("apply", "prune", "mint", "status", "revoke")}
    assert "sys/mounts" in texts["apply"]
    assert "sys/" not in texts["mint"].replace("sys/capabilities-self", "")
    assert "revoke" not in texts["status"]
    assert "destroy" not in texts["status"]
    assert "accessor/" not in texts["status"]
    assert "token/create" not in texts["revoke"]
    for text in texts.values():
        assert [line for line in text.splitlines() if "*" in line] in ([], ['path "auth/token/roles/example_*" {'])
