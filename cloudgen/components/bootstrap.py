"""The bootstrap: the scripts that make a machine a master, their settings, their units."""

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

from cloudgen import bundle
from cloudgen.component import Component
from cloudgen.envfile import to_env
from cloudgen.facts import Facts
from cloudgen.model import Duration, Line, Settings, seconds, url
from cloudgen.pieces import Command, File, Piece, Unit
from cloudgen.report import Problem, info
from cloudgen.template import render

_FIRST: Final = 0


def _folder(value: str) -> str:
    if value in {"auto", "none"}:
        return value
    return url(value, "write auto, none, or the http:// or https:// URL of a folder")


class Bootstrap(Settings, Component):
    """How long each step of the first boot may take; a step that takes longer fails, named, and is tried again."""

    timeout: Duration = "1h"
    """The whole of it; cloud-init waits this long."""
    time_timeout: Duration = "5m"
    """Until the clock is synchronised."""
    names_timeout: Duration = "10m"
    """Until the machine's own name and Vault's resolve."""
    vault_timeout: Duration = "10m"
    """Until Vault answers; keep it below vault.bootstrap.wrapTtl."""
    download_timeout: Duration = "15m"
    """For each download."""
    pki_timeout: Duration = "30m"
    """Until the certificates are there, at each start of kubelet."""
    post_install_timeout: Duration = "30m"
    """Until the API answers, for what is applied then."""
    scripts_from: Annotated[Line, AfterValidator(_folder)] = "auto"
    """URL of the folder that holds the file of `cloudgen scripts`: machines fetch it and check it, and only a small
    script travels. auto: from the folder of binaries.keyKeeper.url where the provider takes too little for all scripts,
    else none. none: all scripts travel."""

    def pieces(self, facts: Facts) -> Iterator[Piece | Problem]:
        """Scripts, settings, names and units; and the command that waits for the end."""
        paths = facts.paths
        yield from (bundle.script(paths.library, name) for name in self._travelling(facts))
        # The scripts' URL may be signed.
        yield File(path=f"{paths.config}/bootstrap.env", content=to_env(self._settings(facts)), mode=0o600)
        yield File(path=f"{paths.config}/names", content="".join(f"{name}\n" for name in _names(facts)))
        if facts.names == "hosts":
            yield File(path=f"{paths.config}/hosts", content=_hosts(facts))
        if facts.proxy_environment:
            yield File(path=f"{paths.config}/proxy.env", content=to_env(facts.proxy_environment))
            yield from _packages_through_proxy(facts)
        yield from self._units(facts)
        yield from _to_put(facts)
        fetched = (f"{paths.library}/fetch.sh",) if facts.scripts_from else ()
        yield Command(argv=(*fetched, f"{paths.library}/await.sh"), rank=_FIRST)

    def _travelling(self, facts: Facts) -> Iterator[str]:
        """Names of scripts that this machine can need, but for one that another component brings."""
        if facts.scripts_from:
            yield bundle.FETCH
            return
        idle = {"etcd-snapshot", *(() if facts.machine.admin else ("post-install",))}
        yield from (name for name in bundle.SCRIPTS if name not in idle)

    def _units(self, facts: Facts) -> Iterator[Unit]:
        paths = facts.paths
        variables = {
            "lib_dir": paths.library,
            "etc_dir": paths.config,
            "state_dir": paths.state,
            "bootstrap_timeout": seconds(self.timeout),
            "pki_interval": "30s",
            "fetches": facts.scripts_from is not None,
        }

        def text(unit: str) -> str:
            return render(f"components/bootstrap.{unit}.j2", **variables)

        name = "cloudgen-bootstrap.service"
        yield Unit(name=name, text=text(name), enabled=True)
        name = "cloudgen-pki.service"
        yield Unit(name=name, text=text(name))
        name = "cloudgen-pki.timer"
        yield Unit(name=name, text=text(name), after_bootstrap=True)
        if facts.machine.admin:
            name = "cloudgen-post-install.service"
            yield Unit(name=name, text=text(name), after_bootstrap=True)

    def _settings(self, facts: Facts) -> dict[str, str]:
        own = (_places(facts), self._timeouts(), _fetched(facts), _vault(facts), _host(facts), _disk(facts))
        return {name: value for settings in own for name, value in settings.items()}

    def _timeouts(self) -> dict[str, str]:
        durations = {
            "BOOTSTRAP_TIMEOUT": self.timeout,
            "TIME_TIMEOUT": self.time_timeout,
            "NAMES_TIMEOUT": self.names_timeout,
            "VAULT_TIMEOUT": self.vault_timeout,
            "DOWNLOAD_TIMEOUT": self.download_timeout,
            "PKI_TIMEOUT": self.pki_timeout,
            "POST_INSTALL_TIMEOUT": self.post_install_timeout,
        }
        return {name: str(seconds(duration)) for name, duration in durations.items()}


def _fetched(facts: Facts) -> dict[str, str]:
    place = _scripts_url(facts)
    return {"SCRIPTS_URL": place.geturl(), "SCRIPTS_SHA256": bundle.checksum()} if place else {}


def _scripts_url(facts: Facts) -> SplitResult | None:
    if not facts.scripts_from:
        return None
    folder = urlsplit(facts.scripts_from)
    # What signs it, such as a token of a storage account, stands behind the path.
    return folder._replace(path=f"{folder.path.rstrip('/')}/{bundle.file_name()}")


def _to_put(facts: Facts) -> Iterator[Problem]:
    """The one thing that somebody has to do before such a machine boots; what may be secret in the URL is left out."""
    place = _scripts_url(facts)
    if place:
        shown = place._replace(netloc=place.netloc.rpartition("@")[2], query="", fragment="").geturl()
        remedy = "put the file of `cloudgen scripts --out DIR` there before they boot"
        yield info(f"machines fetch their scripts from {shown}", remedy=remedy)


def _packages_through_proxy(facts: Facts) -> Iterator[File]:
    """Packages come before the bootstrap does; apt asks the script for each address (apt-transport-http(1))."""
    if facts.family.apt_configuration:
        script = bundle.script(facts.paths.library, "apt-proxy")
        yield script
        lines = (f'Acquire::{kind}::Proxy-Auto-Detect "{script.path}";\n' for kind in ("http", "https"))
        yield File(path=f"{facts.family.apt_configuration}/95cloudgen-proxy", content="".join(lines))


def _places(facts: Facts) -> dict[str, str]:
    paths = facts.paths
    return {
        "CLUSTER": facts.cluster,
        "MACHINE": facts.machine.name,
        "NODE_NAME": facts.machine.node,
        "BIN_DIR": paths.binaries,
        "STATE_DIR": paths.state,
        "MODULES_FILE": paths.modules,
        "SYSCTL_FILE": paths.sysctl,
        "KEY_KEEPER_DIR": paths.key_keeper,
        "BOOTSTRAP_TOKEN_FILE": paths.bootstrap_token,
        "CONTAINERD_SOCKET": paths.containerd_socket,
        "KUBE_APISERVER_URL": facts.api_url,
        "ADMIN_KUBECONFIG": paths.admin_kubeconfig,
        "POST_INSTALL_DIR": f"{paths.config}/manifests",
    }


def _vault(facts: Facts) -> dict[str, str]:
    return {
        "VAULT_ADDR": facts.vault_url,
        "VAULT_CACERT": facts.paths.vault_ca if facts.vault.ca_cert else "",
        "VAULT_NAMESPACE": facts.vault.namespace or "",
        "VAULT_MODE": facts.vault.bootstrap.mode,
    }


def _host(facts: Facts) -> dict[str, str]:
    host = facts.host
    return {
        "TOOLS": " ".join(facts.family.tools),
        "TIME_SYNC": "yes" if host.synchronises else "no",
        "TIME_UNIT": facts.family.time_unit if host.time_servers else "",
        "SWAP": host.swap,
        "AUTO_UPDATES": host.auto_updates,
        "AUTO_UPDATES_UNITS": " ".join(facts.family.auto_update_units),
        "AUTO_UPDATES_STOP": " ".join(facts.family.auto_update_stops),
        "CA_UPDATE_COMMAND": facts.family.trust_update if host.trusts_more else "",
        "RESOLV_CONF": host.resolv_conf,
        "RESOLV_LINK": facts.paths.resolv_conf,
    }


def _disk(facts: Facts) -> dict[str, str]:
    disk = facts.etcd_disk
    settings = {"ETCD_DATA_DIR": facts.paths.etcd_data, "ETCD_DISK": "yes" if disk else "no"}
    if disk:
        settings |= {
            "ETCD_DISK_DEVICE": disk.device,
            "ETCD_DISK_FILESYSTEM": disk.filesystem,
            "ETCD_DISK_LABEL": disk.label,
        }
    return settings


def _names(facts: Facts) -> Iterator[str]:
    """Names without which the machine cannot go on; the other masters may come later, etcd waits for them itself."""
    yield facts.machine.fqdn
    vault = urlsplit(facts.vault.server).hostname or ""
    try:
        ipaddress.ip_address(vault)
    except ValueError:
        yield vault
    if facts.pki_settings.api_lookup:
        yield facts.api


def _hosts(facts: Facts) -> str:
    lines = [f"{m.address} {m.fqdn} {m.node}\n" for m in facts.machines if m.address]
    api = facts.api_addresses or tuple(m.address for m in facts.machines if m.address)
    return "".join(lines) + "".join(f"{address} {facts.api}\n" for address in api)
