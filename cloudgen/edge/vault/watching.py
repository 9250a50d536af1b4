"""What has become of what was minted, as the server tells it; nothing is changed."""

from collections.abc import Callable, Iterable

from cloudgen.edge.vault.accessors import looked_up, secret_ids
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.crowd import at_once
from cloudgen.edge.vault.rights import must_hold
from cloudgen.vault import AppRole, Layout, Purpose, least_rules
from cloudgen.vault.manifest import Manifest, Minted, tokens_of
from cloudgen.vault.minting import SHARED
from cloudgen.vault.policies import WRAPPED_TOKEN
from cloudgen.vault.states import Seen, stranger


def may(client: Client, wanted: Layout, purpose: Purpose) -> None:
    """Whether the server works, and the token may do what is needed for a purpose. Raises `Refused`."""
    client.check()
    must_hold(client, least_rules(wanted, purpose), purpose)


def look(
    client: Client, wanted: Layout, manifest: Manifest, chosen: Iterable[AppRole], count: Callable[[int], None]
) -> list[Seen]:
    """What is seen of each machine as each issuer. Raises `Refused`."""

    def seen(role: AppRole) -> Seen:
        run, token = manifest.found(role.machine, role.issuer) or manifest.found(role.machine, SHARED) or (None, None)
        mode = run.mode if run else wanted.bootstrap_mode
        outer, uses = _lives(client, mode, token)
        return Seen(
            machine=role.machine,
            issuer=role.issuer,
            mode=mode,
            minted=token,
            outer=outer,
            uses_left=uses,
            secret_ids=len(secret_ids(client, wanted, role.name)),
        )

    return at_once(seen, chosen, count)


def strangers(client: Client, wanted: Layout, manifest: Manifest) -> list[str]:
    """Whom the manifest alone knows, and whose tokens live. Raises `Refused`."""
    named = [(stranger(wanted, token.machine, token.issuer), token) for _, token in tokens_of(manifest.runs)]
    tokens = [(name, token) for name, token in named if name]
    lives = at_once(lambda pair: looked_up(client, pair[1].accessor) is not None, tokens)
    return sorted({name for (name, _), alive in zip(tokens, lives, strict=True) if alive})


def _lives(client: Client, mode: str, token: Minted | None) -> tuple[bool, int]:
    """Whether the accessor is alive, and the uses that are left of what it stands for."""
    if token is None:
        return False, 0
    outer = looked_up(client, token.accessor)
    if mode != WRAPPED_TOKEN:
        return outer is not None, int((outer or {}).get("num_uses") or 0)
    inner = looked_up(client, token.wrapped_accessor)
    return outer is not None, int((inner or {}).get("num_uses") or 0)
