"""How the bootstrap went: its markers, the Vault identities that it got, what was applied afterwards."""

from collections.abc import Iterator
from typing import Final

from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import POST_INSTALL, IssuerRow, Machine
from cloudgen.verify.seen import Kind, Seen, exposed, present

_AGAIN: Final = "mend the cause, then systemctl restart cloudgen-bootstrap; docs/machine.md tells what each code means"
_MINT: Final = "mint for this machine, render, and re-create it; cloudgen vault status tells what became of the token"
_PLACEHOLDER: Final = "cloudgen:placeholder:"
_TAIL: Final = 10


def check_bootstrap(machine: Machine) -> Iterator[Finding]:
    """The markers of the bootstrap, and of what it leaves to a unit of its own."""
    check = Check("bootstrap")
    done, failed, step, log = (_marker(machine, name) for name in ("done", "failed", "step", "bootstrap.log"))
    if failed.kind is Kind.FILE:
        yield _failed(failed, check)
    elif done.kind is Kind.FILE:
        time, *warnings = done.text.splitlines() or [""]
        yield check.ok(f"done {time.removeprefix('time=')}".strip())
        yield from (check.warn(line) for line in warnings if line.strip())
    elif step.kind is Kind.FILE:
        remedy = "wait for it: journalctl -fu cloudgen-bootstrap; it begins anew at the next boot"
        yield check.fail(f"is at the step {step.text.strip()}, or was cut off there", remedy, _tail(log))
    else:
        yield check.fail("has never run", "systemctl status cloudgen-bootstrap; did cloud-init or Ignition end well?")
    if POST_INSTALL in machine.units:
        yield from _post_install(machine)


def _marker(machine: Machine, name: str) -> Seen:
    return machine.seen(f"{machine.state}/{name}")


def _failed(failed: Seen, check: Check) -> Finding:
    head, _, log = failed.text.partition("log:\n")
    told = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    message = f"failed at the step {told.get('step') or '?'} with code {told.get('code', '?')}, {told.get('time', '')}"
    return check.fail(message.rstrip(", "), _AGAIN, tuple(log.splitlines()[-_TAIL:]))


def _tail(log: Seen) -> tuple[str, ...]:
    return tuple(log.text.splitlines()[-_TAIL:])


def _post_install(machine: Machine) -> Iterator[Finding]:
    check = Check("post-install")
    done, failed = (_marker(machine, f"post-install.{name}") for name in ("done", "failed"))
    if done.kind is Kind.FILE:
        yield check.ok(f"done {done.text.strip().removeprefix('time=')}")
    elif failed.kind is Kind.FILE:
        remedy = f"systemctl restart {POST_INSTALL} once the cause is gone"
        yield check.fail("manifests or labels were not applied", remedy, tuple(failed.text.splitlines()[:_TAIL]))
    else:
        yield check.warn("nothing is applied yet", f"it waits for the API: journalctl -u {POST_INSTALL}")


def check_identities(machine: Machine) -> Iterator[Finding]:
    """What each issuer exchanged its token for; and that no token was left."""
    check, issuers = Check("identities"), machine.issuers
    found = [finding for issuer in issuers for finding in _identity(machine, issuer)]
    if not issuers:
        yield check.fail("the table of issuers is missing or empty", "render, and re-create the machine")
    elif not found:
        yield check.ok(f"{len(issuers)} issuers have a role-id and a secret-id")
    elif len(found) >= len(issuers) > 1 and len({finding.message for finding in found}) == 1:
        yield check.fail(f"of each of {len(issuers)} issuers: {found[0].message}", found[0].remedy)
    else:
        yield from found
    yield from _left(machine)
    folder = machine.setting("KEY_KEEPER_DIR")
    if (seen := machine.seen(folder)).kind is Kind.FOLDER:
        fault = exposed(seen, Check("identities", folder), folder, machine.owner, secret=True)
        yield from (fault,) if fault else ()


def _identity(machine: Machine, issuer: IssuerRow) -> Iterator[Finding]:
    token = machine.seen(f"{machine.state}/tokens/{issuer.name}")
    state = machine.seen(f"{machine.state}/unwrap/{issuer.name}").text.partition(" ")[0].strip()
    shared = machine.setting("VAULT_MODE") == "shared"
    if not shared and state != "done" and token.kind is Kind.FILE:
        yield _unused(Check("identities", issuer.name), token, state)
        return
    for path in (issuer.role_id, issuer.secret_id):
        check, seen = Check("identities", path), machine.seen(path)
        if fault := present(seen, check, _MINT) or exposed(seen, check, path, machine.owner, secret=True):
            yield fault


def _unused(check: Check, token: Seen, state: str) -> Finding:
    if _PLACEHOLDER in token.text:
        return check.fail("was rendered without secrets: its token is a placeholder", _MINT)
    if state == "attempted":
        return check.fail("its token was tried, and no answer was kept: lost, or used by somebody else", _MINT)
    return check.fail("its token was not exchanged yet", "journalctl -u cloudgen-bootstrap tells why")


def _left(machine: Machine) -> Iterator[Finding]:
    for path in (machine.setting("BOOTSTRAP_TOKEN_FILE"), f"{machine.state}/tokens/shared"):
        if machine.seen(path).data.strip():
            message = "still holds a token, although every issuer should have its secret-id"
            yield Check("identities", path).warn(message, "journalctl -u cloudgen-pki tells why; then empty it")
