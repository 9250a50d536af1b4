"""What Vault must hold for a cluster, and how that differs from what it holds. Pure: nothing here talks to a server."""

from cloudgen.vault.comparing import compare, differences
from cloudgen.vault.entries import Entry, entries
from cloudgen.vault.layout import AppRole, Authority, Layout, Mount, PkiRole, Policy, TokenRole, clashes, layout
from cloudgen.vault.live import Change, Live, LiveCertificate, LiveMount, Plan, Step
from cloudgen.vault.naming import (
    app_role_mount,
    bootstrap_policy,
    issuer_policy,
    role_id_path,
    role_path,
    run_policy,
    run_token_role,
    secret_id_path,
    token_path,
)
from cloudgen.vault.needs import PURPOSES, Purpose, lacking, least_policy, least_rules
from cloudgen.vault.policies import Rule, hcl

__all__ = [
    "PURPOSES",
    "AppRole",
    "Authority",
    "Change",
    "Entry",
    "Layout",
    "Live",
    "LiveCertificate",
    "LiveMount",
    "Mount",
    "PkiRole",
    "Plan",
    "Policy",
    "Purpose",
    "Rule",
    "Step",
    "TokenRole",
    "app_role_mount",
    "bootstrap_policy",
    "clashes",
    "compare",
    "differences",
    "entries",
    "hcl",
    "issuer_policy",
    "lacking",
    "layout",
    "least_policy",
    "least_rules",
    "role_id_path",
    "role_path",
    "run_policy",
    "run_token_role",
    "secret_id_path",
    "token_path",
]
