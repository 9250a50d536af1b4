"""One issuer's identity: bootstrap token, role-id, secret-id, AppRole login, and the login anew at half of its time."""

import threading
import time
from pathlib import Path
from typing import Final

from tests.key_keeper import files
from tests.key_keeper.config import Issuer
from tests.key_keeper.pace import Pace, say
from tests.key_keeper.vault import Client, VaultError

_LINES_A_SECOND: Final = 370


class Identity:
    """An issuer that has logged in. The constructor raises `VaultError` where it cannot; nobody tries again."""

    def __init__(self, issuer: Issuer, pace: Pace) -> None:
        self.name, self.resource = issuer.name, issuer.vault.resource
        self.client = Client(issuer.vault.server, issuer.vault.auth)
        self.token = ""
        self._pace = pace
        self._path = f"auth/{issuer.vault.auth.app_role.path}"
        self._role_id, self._secret_id = self._credentials(issuer)
        self._half = self._login() / 2
        threading.Thread(target=self._stay, daemon=True).start()

    def _credentials(self, issuer: Issuer) -> tuple[str, str]:
        auth = issuer.vault.auth
        role, bootstrap = auth.app_role, auth.bootstrap.token
        if not bootstrap:
            try:
                # Opened at every start, even when it is needed no more; empty is enough then.
                bootstrap = Path(auth.bootstrap.file).read_text()
            except OSError as fault:
                raise VaultError(f"open bootstrap token: {fault}") from None
        path = f"{self._path}/role/{role.name}"
        return (
            self._cached(role.role_id_path, "GET", f"{path}/role-id", bootstrap),
            self._cached(role.secret_id_path, "POST", f"{path}/secret-id", bootstrap),
        )

    def _cached(self, file: str, method: str, path: str, token: str) -> str:
        """For ever: a secret-id that ends one day is never asked for anew."""
        known = files.read(file)
        if not known:
            answer = self.client.call(method, path, token, {} if method == "POST" else None)
            known = str(answer["data"][path.rpartition("/")[2].replace("-", "_")])
            files.write(file, known)
        return known

    def _login(self) -> float:
        body = {"role_id": self._role_id, "secret_id": self._secret_id}
        auth = self.client.call("POST", f"{self._path}/login", "", body)["auth"]
        self.token = str(auth["client_token"])
        return float(auth["lease_duration"])

    def _stay(self) -> None:
        while True:
            self._pace.sleep(self._half)
            failures = 0
            while True:
                try:
                    self._half = self._login() / 2
                    break
                except VaultError as fault:
                    failures += 1
                    self._spin(fault, failures)

    def _spin(self, fault: VaultError, failures: int) -> None:
        """No pause after a failure, but a busy loop and a line of the log; bounded where the environment says so."""
        say("error", f"issuer {self.name}: login: {fault}")
        if failures > self._pace.spins:
            time.sleep(1)
            return
        end = time.monotonic() + 1 / _LINES_A_SECOND
        while time.monotonic() < end:
            pass
