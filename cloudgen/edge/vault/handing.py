"""The article's way: machines share the operator's own root token. Only for who says so."""

from datetime import datetime
from typing import Final

from cloudgen.edge.reading import refused
from cloudgen.edge.vault.client import Client
from cloudgen.secrets import Secret
from cloudgen.vault import Layout
from cloudgen.vault.minting import SHARED

_NEVER: Final = 4_102_444_799
"""The last second of 2099, for a token without an end."""


def root_token(client: Client, wanted: Layout) -> tuple[Secret, int]:
    """The text of a token file, and when the token ends. Raises `Refused` for another mode or token."""
    if wanted.bootstrap_mode != SHARED:
        remedy = "write vault.bootstrap.mode: shared, or leave --allow-root-token out"
        raise refused(f"in mode {wanted.bootstrap_mode} no machine is given a root token", remedy)
    client.check()
    told = client.read("auth/token/lookup-self") or {}
    if "root" not in (told.get("policies") or ()):
        raise refused("the Vault token is no root token", "leave --allow-root-token out: each machine gets its own")
    end = told.get("expire_time")
    expires = int(datetime.fromisoformat(str(end)).timestamp()) if end else _NEVER
    return Secret(f"{client.token.reveal()}\n{expires}\n"), expires
