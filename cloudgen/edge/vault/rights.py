"""What a token may do, asked before anything is done."""

from collections.abc import Sequence
from typing import Final

from cloudgen.edge.reading import refused
from cloudgen.edge.vault.client import Client
from cloudgen.vault import Purpose, Rule
from cloudgen.vault.needs import lacking

_MANY: Final = 5


def must_hold(client: Client, rules: Sequence[Rule], purpose: Purpose, *, reading: bool = False) -> None:
    """Whether the token may do what rules say; for `reading`, only what looks. Raises `Refused`."""
    held = client.capabilities([rule.path for rule in rules])
    missing = [f"{'/'.join(rule.capabilities)} at {rule.path}" for rule in lacking(rules, held, reading=reading)]
    if missing:
        remedy = f"give it the policy that cloudgen vault policy --for {purpose} prints"
        raise refused(f"the Vault token lacks {some(missing)}", remedy)


def some(names: Sequence[str]) -> str:
    """The first of many names."""
    more = f", and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return f"{', '.join(names[:_MANY])}{more}"
