"""Names and paths in Vault that provisioning, minting and the machine must agree upon."""

from cloudgen.pki import Issuer


def app_role_mount(prefix: str) -> str:
    """Where the cluster's AppRoles are mounted, below `auth/`."""
    return f"{prefix}/approle"


def kv_mount(prefix: str) -> str:
    """Where the cluster's KV store is mounted."""
    return f"{prefix}/kv"


def root_mount(prefix: str) -> str:
    """Where the cluster's own root authority is mounted, if it has one."""
    return f"{prefix}/pki/root"


def issuer_policy(prefix: str, app_role: str) -> str:
    """The policy of an issuer that has logged in. Vault keeps policies' names in lower case."""
    return f"{prefix}/{app_role}".lower()


def bootstrap_policy(prefix: str, app_role: str) -> str:
    """The policy of an issuer's bootstrap token: two paths, and nothing else."""
    return f"{prefix}/bootstrap/{app_role}".lower()


def run_policy(prefix: str) -> str:
    """The policy of a run token: it makes bootstrap tokens, and nothing else."""
    return f"{prefix}/run".lower()


def run_token_role(start: str) -> str:
    """The token role of a run token. No machine's role is called so: a label holds no underscore."""
    return f"{start}__run"


def role_path(prefix: str, app_role: str) -> str:
    """An AppRole."""
    return f"auth/{app_role_mount(prefix)}/role/{app_role}"


def role_id_path(prefix: str, app_role: str) -> str:
    """Where an AppRole's role-id is read."""
    return f"{role_path(prefix, app_role)}/role-id"


def secret_id_path(prefix: str, app_role: str) -> str:
    """Where an AppRole's secret-ids are made, and their accessors listed."""
    return f"{role_path(prefix, app_role)}/secret-id"


def token_path(token_role: str) -> str:
    """Where a token role makes tokens; the creation path that a machine compares."""
    return f"auth/token/create/{token_role}"


def key_pair_path(prefix: str, issuer: Issuer) -> str:
    """Where the issuer of a KV secret reads it."""
    return f"{kv_mount(prefix)}/data/{issuer.kv_secret}"
