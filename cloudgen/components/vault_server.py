"""The article's throw-away Vault on the first master: for a lab, and said so."""

from collections.abc import Iterator
from typing import Final

from cloudgen.component import Component
from cloudgen.facts import Facts
from cloudgen.model import Line, SecretName, Settings
from cloudgen.pieces import File, Piece, Unit
from cloudgen.report import Problem, warning
from cloudgen.secrets import NAMED, SecretRef
from cloudgen.template import render

_PATH: Final = ("vaultServer",)


class VaultServer(Settings, Component):
    """A Vault (or OpenBao) server in development mode on the first master."""

    enabled: bool = False
    """Run one. Its storage is memory: a restart loses every authority and every secret."""
    listen: Line = "127.0.0.1:9200"
    """Address and port that it listens on, plain HTTP."""
    binary: Line = "vault"
    """Name of its binary in the folder of binaries; install it with binaries.extra."""
    environment_from: SecretName | None = None
    """Names the secret whose text is an environment file with VAULT_DEV_ROOT_TOKEN_ID=... (BAO_DEV_ROOT_TOKEN_ID)."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """Its unit and environment, on the first master only."""
        if not self.enabled:
            return
        yield warning(
            "the lab's Vault exists only after the machine has booted: no token can be minted from it before",
            _PATH,
            "keep Vault outside of the cluster for anything but a look around",
        )
        if self.environment_from is None:
            remedy = "write environmentFrom: {secret: NAME}; the token must not stand in a unit"
            yield Problem("the lab's Vault needs a root token from a secret", _PATH, remedy)
        elif facts.machine.index == 0:
            env = f"{facts.paths.config}/vault-server.env"
            ref = SecretRef(NAMED, "", self.environment_from.secret)
            yield File(path=env, content=ref, mode=0o600, origin=(*_PATH, "environmentFrom"))
            template = "components/vault_server.service.j2"
            text = render(template, binary=f"{facts.paths.binaries}/{self.binary}", listen=self.listen, env=env)
            yield Unit(name="vault.service", text=text, after_bootstrap=True)
