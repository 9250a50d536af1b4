"""Parameters of AppRoles and token roles: what the tokens may that are made with them, and for how long."""

from cloudgen.vault.roles import Parameters


def of_logins(policy: str, seconds: int) -> Parameters:
    """An AppRole, whose logins have one policy and live for some seconds."""
    return {
        "bind_secret_id": True,
        # key-keeper keeps its secret-id for ever.
        "secret_id_ttl": 0,
        "secret_id_num_uses": 0,
        "secret_id_bound_cidrs": (),
        "token_policies": (policy,),
        "token_no_default_policy": True,
        "token_ttl": seconds,
        "token_max_ttl": seconds,
        "token_explicit_max_ttl": 0,
        "token_num_uses": 0,
        "token_period": 0,
        "token_bound_cidrs": (),
        "token_strictly_bind_ip": False,
        # A batch token could not be revoked after a theft.
        "token_type": "default",
    }


def of_role(allowed: tuple[str, ...], most: int, *, orphan: bool, bound: tuple[str, ...]) -> Parameters:
    """A token role, whose tokens have some of the allowed policies and live for `most` seconds at most."""
    return {
        "allowed_policies": allowed,
        "allowed_policies_glob": (),
        "disallowed_policies": (),
        "disallowed_policies_glob": (),
        "allowed_entity_aliases": (),
        "orphan": orphan,
        "renewable": False,
        "token_no_default_policy": True,
        "token_explicit_max_ttl": most,
        "token_num_uses": 0,
        "token_period": 0,
        "token_bound_cidrs": bound,
        "token_type": "default-service",
        "path_suffix": "",
    }
