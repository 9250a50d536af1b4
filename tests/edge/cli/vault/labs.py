"""A provisioned cluster, its minted tokens, and a machine's own part: unwrap, exchange."""

import json
import threading
import urllib.error
from pathlib import Path
from typing import Any

from cloudgen.generate import machine_facts
from cloudgen.load import load
from cloudgen.secrets_file import parse_secrets
from cloudgen.source import parse
from tests.scripts.sandbox import Bao

CREATE = "/auth/token/create/"
SPEC = """\
apiVersion: cloudgen/v1alpha1
clusterName: {name}
domain: example.org
kubernetesVersion: v1.30.4
masters: {{count: {masters}}}
vault: {{server: "https://vault.example.org:8200", bootstrap: {bootstrap}}}
binaries: {{keyKeeper: {{install: false}}}}
"""


class Lab:
    """One cluster in Vault; `s.yaml` in the current folder is its file of secrets."""

    def __init__(self, name: str, vault: Any, bao: Bao, masters: int = 1, **bootstrap: str) -> None:
        self.name, self.vault, self.bao = name, vault, bao
        self.prefix, self.out = f"clusters/{name}", Path("s.yaml")
        self.path = Path("s.yaml.manifest.json")
        Path("cluster.yaml").write_text(SPEC.format(name=name, masters=masters, bootstrap=json.dumps(bootstrap)))
        self._before = set(bao.call("LIST", "auth/token/accessors")["data"]["keys"])
        done = vault("apply", "--yes")
        assert done.exit_code == 0, done.stderr

    @property
    def token_role(self) -> str:
        """The token role of the first master."""
        spec = load(parse(Path("cluster.yaml").read_bytes(), "cluster.yaml"), {})
        return machine_facts(spec, "master-0").pki.token_role

    def mint(self, *more: str, **env: Any) -> Any:
        """`cloudgen vault mint`; what it says holds no secret."""
        done = self.vault("mint", "--out", self.out, *more, **env)
        self.silent(done)
        return done

    def minted(self, *more: str) -> Any:
        """The same; it must succeed."""
        done = self.mint(*more)
        assert done.exit_code == 0, done.stderr
        return done

    def status(self, *more: str) -> tuple[int, dict[tuple[str, str], tuple[str, int]]]:
        """Exit code, and state and number of secret-ids by machine and issuer."""
        done = self.vault("status", "--json", "--manifest", self.path, *more)
        self.silent(done)
        rows = json.loads(done.stdout)["identities"]
        return done.exit_code, {(r["machine"], r["issuer"]): (r["state"], r["secretIds"]) for r in rows}

    def revoke(self, *more: str) -> dict[str, Any]:
        """What `cloudgen vault revoke` did."""
        done = self.vault("revoke", "--json", *(more or ("--manifest", self.path)))
        self.silent(done)
        assert done.exit_code == 0, done.stdout
        return {key: value for key, value in json.loads(done.stdout).items() if key != "problems"}

    def silent(self, done: Any) -> None:
        """No token stands in what was said, nor in the manifest."""
        said = done.stdout + done.stderr + repr(done.exception)
        said += self.path.read_text() if self.path.exists() else ""
        planted = {self.bao.root, *(lines[0] for lines in self.lines().values())}
        assert not [token for token in planted if token in said]

    def lines(self) -> dict[tuple[str, str], list[str]]:
        """The lines of each token file, by machine and issuer."""
        if not self.out.exists():
            return {}
        values = parse_secrets(self.out.read_bytes(), "s.yaml").values
        return {(r.machine, r.name): text.reveal().splitlines() for r, text in values.items() if r.machine}

    @property
    def runs(self) -> list[dict[str, Any]]:
        """Of the manifest."""
        return list(json.loads(self.path.read_text())["runs"])

    @property
    def accessors(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Accessor and wrapped accessor, by machine and issuer."""
        tokens = [token for run in self.runs for token in run["tokens"]]
        return {(t["machine"], t["issuer"]): (t["accessor"], t["wrappedAccessor"]) for t in tokens}

    def unwrap(self, issuer: str, machine: str = "master-0") -> Any:
        """What is inside of a wrapping token."""
        return self.bao.call("POST", "sys/wrapping/unwrap", X_Vault_Token=self.lines()[machine, issuer][0])

    def exchange(self, token: str, issuer: str, machine: str = "master-0") -> str:
        """A secret-id, made as the machine's script makes it."""
        role = f"auth/{self.prefix}/approle/role/{issuer}-{machine}"
        assert self.bao.call("GET", f"{role}/role-id", X_Vault_Token=token)["data"]["role_id"]
        return str(self.bao.call("POST", f"{role}/secret-id", X_Vault_Token=token)["data"]["secret_id"])

    def use(self, issuer: str, machine: str = "master-0") -> None:
        """Unwrap and exchange."""
        self.exchange(self.unwrap(issuer, machine)["auth"]["client_token"], issuer, machine)

    def look(self, accessor: str) -> dict[str, Any] | None:
        """What is known of an accessor."""
        try:
            return dict(self.bao.call("POST", "auth/token/lookup-accessor", {"accessor": accessor})["data"])
        except urllib.error.HTTPError as error:
            error.close()
            return None

    def alive(self) -> list[str]:
        """Issuers, or `run`, of every token of this cluster that works, known to a manifest or not."""
        listed = self.bao.call("LIST", "auth/token/accessors")["data"]["keys"]
        metas = [((self.look(accessor) or {}).get("meta") or {}) for accessor in {*listed} - self._before]
        return sorted(meta.get("issuer", "run") for meta in metas if meta.get("cluster") == self.name)


class Nth:
    """Judges requests for a `Front`: at the n-th that writes what may be minted, something happens."""

    def __init__(self, n: int, then: Any, *parts: str) -> None:
        self.left, self.then, self.parts, self.lock = n, then, parts or (CREATE,), threading.Lock()

    def __call__(self, method: str, path: str) -> int | str:
        """The verdict on one request."""
        with self.lock:
            if method != "POST" or not any(part in path for part in self.parts):
                return 0
            self.left -= 1
            verdict: int | str = (self.then() if callable(self.then) else self.then) if self.left == 0 else 0
            return verdict
