"""Making a server what a plan says, step by step. Each step can be done again; authorities and keys are made once."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from cloudgen.edge.reading import refused
from cloudgen.edge.vault.certificates import answer_to, signing_pair
from cloudgen.edge.vault.client import Client
from cloudgen.edge.vault.reading import chain_of
from cloudgen.report import Refused
from cloudgen.vault import Layout, Step
from cloudgen.vault.naming import root_mount

_UPGRADE: Final = "pgrad"
"""What the words hold with which a young KV store refuses its first writes."""
_TRIES: Final = 20
_PAUSE: Final = 0.25


def apply(
    client: Client,
    wanted: Layout,
    steps: Iterable[Step],
    done: Callable[[Step], None],
    signed: Mapping[str, tuple[str, str]] | None = None,
) -> dict[str, str]:
    """Do the steps, in their order. Raises `Refused` at the first that fails; what was done stays.

    `signed` holds the name and text of files with signed certificates, by mount. Returns the CSRs that wait to be
    signed, by mount; their steps are not done.
    """
    waiting: dict[str, str] = {}
    for step in steps:
        if step.how == "delete" and waiting:
            break  # not before everything else is as it should be
        if step.what == "authority" and chain_of(client, step.name):
            continue  # it came meanwhile
        if step.how == "csr":
            csr = _csr(client, step)
            if step.name not in (signed or {}):
                waiting[step.name] = csr
                continue
            name, text = (signed or {})[step.name]
            _import(client, step, answer_to(csr, text, name, time.time() + wanted.leaf_seconds))
        else:
            _do(client, step, root_mount(wanted.prefix))
        done(step)
    return waiting


def _do(client: Client, step: Step, root: str) -> None:
    match step.how:
        case "key-pair":
            _make_pair(client, step.path)
        case "delete":
            client.delete(step.path)
        case "intermediate":
            _under_root(client, step, root)
        case _:
            client.write(step.path, step.data)


def _csr(client: Client, step: Step) -> str:
    """The CSR of an authority without a certificate: a run that was cut off has left its key."""
    keys = client.listing(f"{step.name}/keys")
    kind = "existing" if keys else "internal"
    left_out = {"ttl"} | ({"key_type", "key_bits"} if keys else set())
    data: dict[str, Any] = {key: value for key, value in step.data.items() if key not in left_out}
    if keys:
        data["key_ref"] = keys[0]
    answer = client.write(f"{step.name}/intermediate/generate/{kind}", data)
    return str(answer["data"]["csr"])


def _under_root(client: Client, step: Step, root: str) -> None:
    csr = _csr(client, step)
    request = {key: step.data[key] for key in ("common_name", "exclude_cn_from_sans", "ttl")}
    answer = client.write(f"{root}/root/sign-intermediate", {**request, "csr": csr, "format": "pem"})
    _import(client, step, str(answer["data"]["certificate"]))


def _import(client: Client, step: Step, certificate: str) -> None:
    """The certificate alone: with its issuer beside it, ca_chain would hold both."""
    client.write(f"{step.name}/intermediate/set-signed", {"certificate": certificate})
    if not chain_of(client, step.name):
        raise refused(f"{step.name} has no authority after the import", "look at its issuers, and run it again")


def _make_pair(client: Client, path: str) -> None:
    """`cas: 0` lets Vault refuse it where a version exists."""
    pair = signing_pair()
    data = {"options": {"cas": 0}, "data": {"private": pair.private.reveal(), "public": pair.public}}
    for tries_left in reversed(range(_TRIES)):
        try:
            client.write(path, data)
        except Refused as refusal:
            if not tries_left or _UPGRADE not in str(refusal):
                raise
        else:
            return
        time.sleep(_PAUSE)
