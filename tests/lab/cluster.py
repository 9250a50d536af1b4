"""A cluster of the lab: its spec, its OpenBao, its machines; minted and rendered by cloudgen's own command."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.judges.certificates import Authority
from tests.lab.calls import CallError, until
from tests.lab.disk import Disk
from tests.lab.machine import Machine
from tests.lab.openbao import OpenBao
from tests.lab.world import World

SPEC: Final = Path(__file__).parent / "cluster.yaml"
_FIRST_HOST: Final = 10
_BOOT: Final = 400.0
_CONTROL_PLANE: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


class Cluster:
    """`number` is its /24: masters at .10, .11 and so on, OpenBao at .1; `settings` go over those of `cluster.yaml`."""

    kind: type[Machine] = Machine

    def __init__(
        self,
        world: World,
        number: int,
        masters: int = 3,
        *,
        disks: bool = False,
        authority: Authority | None = None,
        **settings: Any,
    ) -> None:
        self.world = world
        self.folder = world.folder / f"cluster-{number}"
        self.folder.mkdir()
        self.network = f"10.11.{number}"
        self.names = [f"master-{index}" for index in range(masters)]
        self.machines: dict[str, Machine] = {}
        self.disks = {name: Disk(world, f"disk-{number}-{name}") for name in self.names if disks}
        world.answer_at(f"{self.network}.1")
        self.vault = OpenBao(self.folder / "openbao", f"{self.network}.1", authority)
        self.resolver = ""
        """Where machines ask for names, as the cloud's DHCP would tell them."""
        self.states: dict[str, dict[str, Any]] = {}
        """What else the spec says of a master."""
        self._settings = settings
        shutil.copy(SPEC, self.folder / "base.yaml")
        if authority:
            shutil.copy(authority.certificate, self.folder / "vault-ca.pem")
        self.write()

    def address(self, name: str) -> str:
        """A master's."""
        return f"{self.network}.{_FIRST_HOST + int(name.rpartition('-')[2])}"

    def node(self, name: str) -> str:
        """What a master's node is called."""
        return f"{name}-lab"

    def write(self, **settings: Any) -> None:
        """The spec anew, with these settings over the present ones."""
        self._settings |= settings
        spec = {
            "extends": ["base.yaml"],
            "masters": [self._master(name) for name in self.names],
            "api": {"addresses": [self.address("master-0")]},
            "vault": {"server": self.vault.url},
        }
        # JSON is YAML.
        self.spec.write_text(json.dumps(_merged(spec, self._settings), indent=1))

    def _master(self, name: str) -> dict[str, Any]:
        known: dict[str, Any] = {"name": name, "address": self.address(name)}
        if name in self.disks:
            known["overrides"] = {"etcd": {"disk": {"device": str(self.disks[name].device)}}}
        return known | self.states.get(name, {})

    @property
    def spec(self) -> Path:
        """The spec's file."""
        return self.folder / "cluster.yaml"

    def cloudgen(self, *argv: str) -> str:
        """What a command of cloudgen said. Raises `CallError`."""
        known = {name: value for name, value in os.environ.items() if not name.startswith(("VAULT_", "BAO_"))}
        done = subprocess.run(
            [sys.executable, "-m", "cloudgen", *argv],
            env=known | self.vault.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CallError(f"exit {done.returncode}: cloudgen {' '.join(argv)}\n{done.stdout}")
        return done.stdout

    def mint(self, *names: str, replace: bool = False) -> None:
        """`cloudgen up`, for these masters or for all."""
        chosen = [word for name in names for word in ("--machine", name)]
        anew = ["--replace"] if replace else []
        self.cloudgen("up", str(self.spec), "--out", str(self.folder / "out"), "--yes", *chosen, *anew)

    def user_data(self, name: str) -> bytes:
        """A master's, as it was rendered last."""
        return (self.folder / "out" / "lab" / name / "user-data").read_bytes()

    def create(self, name: str) -> Machine:
        """A machine with its user-data and its disk, not switched on yet."""
        disks = (self.disks[name],) if name in self.disks else ()
        machine = self.kind(self.world, name, self.address(name), self.user_data(name), disks, self.resolver)
        self.machines[name] = machine
        return machine

    def boot(self, *names: str) -> None:
        """Create and switch on these masters, or all."""
        for name in names or self.names:
            self.create(name).boot()

    def destroy(self) -> None:
        """All of it."""
        for machine in self.machines.values():
            machine.destroy()
        for disk in self.disks.values():
            disk.destroy()
        self.vault.stop()

    def bootstrapped(self, *names: str, seconds: float = _BOOT) -> None:
        """Wait until cloud-init has ended on these masters, or on all, without a fault."""
        for name in names or self.names:
            machine = self.machines[name]
            code, said = machine.tried("cloud-init", "status", "--wait", "--long", timeout=seconds)
            assert code == 0, f"{name}: {said}\n{self._why(machine)}"
            assert "status: done" in said, f"{name}: {said}"

    def certified(self, *names: str, seconds: float = _BOOT) -> None:
        """Wait until the machines' own check finds every certificate and key on these masters, or on all."""
        for name in names or self.names:
            check = partial(self.machines[name].tried, "/usr/local/lib/cloudgen/pki.sh", "check")
            until(seconds, f"the PKI of {name} is whole", lambda: check()[0] == 0, pause=3)  # noqa: B023 - called at once

    def _why(self, machine: Machine) -> str:
        state = "/var/lib/cloudgen/"
        return next((machine.read(f"{state}{f}") for f in ("failed", "bootstrap.log") if machine.has(state + f)), "")

    def kubectl(self, *argv: str, at: str = "master-0") -> str:
        """kubectl on a master, with the certificate that lies there. Raises `CallError`."""
        return self.machines[at].run("kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", *argv)

    def listed(self, kind: str, *argv: str, at: str = "master-0") -> list[dict[str, Any]]:
        """Objects of the API, as data."""
        return list(json.loads(self.kubectl("get", kind, "--output=json", *argv, at=at))["items"])

    def static_pods(self, at: str = "master-0") -> dict[str, bool]:
        """Whether each pod of the control plane is ready, by its name; nothing while the API does not answer."""
        try:
            pods = self.listed("pods", "--namespace=kube-system", "--selector=tier=control-plane", at=at)
        except (CallError, ValueError):
            return {}
        return {pod["metadata"]["name"]: is_ready(pod) for pod in pods}

    def running(self, *names: str, seconds: float = _BOOT) -> None:
        """Wait until every pod of the control plane is ready on these masters, or on all; the first is asked."""
        chosen = names or tuple(self.names)
        wanted = {f"{component}-{self.node(name)}" for component in _CONTROL_PLANE for name in chosen}

        def lacking() -> set[str]:
            return wanted - {name for name, ready in self.static_pods(chosen[0]).items() if ready}

        def none_lacks() -> bool:
            return not lacking()

        try:
            until(seconds, "every static pod is ready", none_lacks, pause=2)
        except AssertionError as late:
            raise AssertionError(f"{late}; not ready: {sorted(lacking())}") from None


def is_ready(thing: Mapping[str, Any]) -> bool:
    """Whether a pod or a node says so of itself."""
    found = thing.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in found)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return both
