"""The commands of `cloudgen vault`, listed."""

from typing import Final

import typer

from cloudgen.edge.cli.exits import guarded
from cloudgen.edge.cli.vault.dev import dev
from cloudgen.edge.cli.vault.mint import mint
from cloudgen.edge.cli.vault.plan import apply, plan
from cloudgen.edge.cli.vault.policy import policy
from cloudgen.edge.cli.vault.revoke import revoke
from cloudgen.edge.cli.vault.status import status

_EPILOG: Final = """\b
The connection comes from the environment: VAULT_ADDR (by default the spec's server), VAULT_TOKEN or ~/.vault-token,
VAULT_CACERT, VAULT_NAMESPACE. OpenBao is a Vault here.

\b
Exit codes of plan:
  0    Vault holds what the spec needs
  1    apply would change something
  2    something is wrong
"""

vault = typer.Typer(
    name="vault",
    help="Prepare Vault for a cluster, and mint what its machines begin with.",
    short_help="Prepare Vault for a cluster, and mint tokens.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    epilog=_EPILOG,
)

for _name, _command, _short in (
    ("plan", guarded(plan), "Compare Vault with what a spec needs."),
    ("apply", guarded(apply), "Make Vault hold what a spec needs."),
    ("policy", guarded(policy), "Print the least policy for what is to be done."),
    ("mint", guarded(mint), "Mint the tokens that machines begin with."),
    ("status", guarded(status), "Tell what has become of what was minted."),
    ("revoke", guarded(revoke), "Take back what was minted."),
    ("dev", guarded(dev), "Run a throw-away OpenBao, for a look around."),
):
    vault.command(_name, short_help=_short, no_args_is_help=False)(_command)
