"""What systemd, etcd and the API answered, judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cloudgen.verify.findings import Check, Finding
from cloudgen.verify.machine import POST_INSTALL
from cloudgen.verify.texts import child, children, word

_GOOD_FILES: Final = frozenset({"enabled", "enabled-runtime", "static", "alias", "indirect", "generated", "linked"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Of a server: a status and a document, or why there is none."""

    status: int = 0
    document: Any = None
    text: str = ""
    fault: str = ""

    @property
    def good(self) -> bool:
        """Whether it was answered as wished."""
        return self.status == 200 and not self.fault  # noqa: PLR2004 - as everybody reads it

    @property
    def why(self) -> str:
        """Why it was not."""
        return self.fault or f"HTTP {self.status}"


def judge_units(names: Sequence[str], shown: Sequence[Mapping[str, str]], failed: Sequence[str]) -> Iterator[Finding]:
    """The units of the machine, from `systemctl show`; and whatever else failed on it."""
    told = {unit.get("Id", ""): unit for unit in shown}
    good = 0
    for name in names:
        found = _unit(Check("running units", name), told.get(name, {}))
        good += found is None
        if found:
            yield found
    if good == len(names):
        yield Check("running units").ok(f"{good} are enabled, and run or did their work")
    for name in failed:
        if name not in names:
            yield Check("running units", name).warn("has failed", f"journalctl -u {name} -b")


def _unit(check: Check, unit: Mapping[str, str]) -> Finding | None:
    state, detail, name = unit.get("ActiveState", ""), unit.get("SubState", ""), check.subject
    journal = f"journalctl -u {name} -b"
    if unit.get("LoadState") != "loaded":
        return check.fail(f"is {unit.get('LoadState') or 'unknown'}", "render and re-create the machine")
    if unit.get("UnitFileState") not in _GOOD_FILES:
        return check.fail(f"is {unit.get('UnitFileState') or 'not enabled'}", f"systemctl enable --now {name}")
    if detail == "auto-restart":
        return check.fail(f"ends at once, and is started again and again ({unit.get('Result')})", journal)
    if state == "failed":
        return check.fail(f"has failed ({unit.get('Result')})", journal)
    ends = unit.get("Type") == "oneshot" or name == POST_INSTALL
    if state == "inactive" and not (ends and unit.get("Result") == "success"):
        return check.fail("does not run", f"systemctl start {name}; {journal}")
    return check.warn(f"is {state} ({detail})", journal) if state in {"activating", "deactivating"} else None


def judge_names(names: Sequence[str], unresolved: Sequence[str]) -> Iterator[Finding]:
    """What must resolve."""
    for name in unresolved:
        yield Check("names", name).fail("does not resolve", "look at the name service, or at /etc/hosts")
    if not unresolved:
        yield Check("names").ok(f"{len(names)} resolve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What one endpoint of etcd answered."""

    url: str
    health: Answer
    status: Answer


def judge_etcd(members: Sequence[Member], own: str, listed: Answer, alarms: Answer, expected: int) -> Iterator[Finding]:
    """Health, leader, versions, alarms: what `etcdctl endpoint status` would show."""
    for member in members:
        yield _member(member, own)
    statuses = [m.status.document for m in members if m.status.good]
    leaders = {word(s, "leader") for s in statuses}
    check = Check("etcd")
    if statuses and leaders <= {"", "0"}:
        yield check.fail("there is no leader", "more than half of the members must run: look at the other masters")
    elif len(leaders) > 1:
        yield check.fail("members follow different leaders", "look at the time and the network between masters")
    if len({word(s, "version") for s in statuses}) > 1:
        yield check.warn("members have different versions", "bring the others to the same")
    if listed.good and (count := len(children(listed.document, "members"))) != expected:
        message = f"it has {count} members, {expected} were rendered"
        yield check.warn(message, "etcdctl member list; docs/machine.md tells how a master is re-created")
    for alarm in children(alarms.document, "alarms"):
        yield check.fail(f"alarm {word(alarm, 'alarm')}", "etcdctl alarm list; disarm it once its cause is gone")


def _member(member: Member, own: str) -> Finding:
    check, document = Check("etcd", member.url), member.status.document
    if not member.health.good or word(member.health.document, "health") != "true":
        why = member.health.fault or word(member.health.document, "reason") or f"HTTP {member.health.status}"
        wrong = check.fail if member.url == own else check.warn
        return wrong(f"is not healthy: {why}", "crictl ps -a on its machine, then crictl logs of its container")
    errors = child(document, "errors")
    if isinstance(errors, list) and errors:
        return check.fail(f"is healthy, with errors: {', '.join(map(str, errors))}")
    role = "leader" if word(document, "leader") == word(document, "header", "member_id") != "" else "member"
    return check.ok(f"healthy, {word(document, 'version') or 'version unknown'}, {role}")


def judge_api(url: str, ready: Answer) -> Finding:
    """`/readyz`."""
    check = Check("api", url)
    if ready.good:
        return check.ok("ready")
    lines = tuple(line for line in ready.text.splitlines() if line.startswith("[-]"))
    return check.fail(f"is not ready: {ready.why}", "crictl ps -a, then crictl logs of kube-apiserver", lines)


def judge_node(name: str, node: Answer, nodes: Answer, masters: int) -> Iterator[Finding]:
    """This machine's node, and the others where they may be seen."""
    check = Check("nodes", name)
    if not node.good:
        yield check.fail(f"is not registered: {node.why}", "journalctl -u kubelet -b")
    else:
        yield _ready(check, node.document)
    if not nodes.good:
        return
    found = {word(item, "metadata", "name"): item for item in children(nodes.document, "items")}
    for other, item in sorted(found.items()):
        if other != name and (told := _ready(Check("nodes", other), item)).remedy:
            yield Check("nodes", other).warn(told.message, told.remedy)
    if len(found) < masters:
        yield Check("nodes").warn(f"{len(found)} are registered, of {masters} masters", "look at the other masters")


def _ready(check: Check, node: Any) -> Finding:
    ready = next((c for c in children(node, "status", "conditions") if word(c, "type") == "Ready"), {})
    if word(ready, "status") == "True":
        return check.ok(f"Ready, {word(node, 'status', 'nodeInfo', 'kubeletVersion')}".strip(", "))
    message = f"is not Ready: {word(ready, 'message') or word(ready, 'reason') or 'nothing is known'}"
    if "cni" in message.lower():
        return check.warn(message, "install a network plugin: cloudgen brings none")
    return check.fail(message, "journalctl -u kubelet -b")


def judge_pods(names: Sequence[str], node: str, pods: Answer) -> Iterator[Finding]:
    """The static pods as the API shows them: mirror pods are called `<name>-<node>`."""
    found = {word(item, "metadata", "name"): item for item in children(pods.document, "items")}
    for name in names:
        check, pod = Check("pods", name), found.get(f"{name}-{node}")
        yield (
            _pod(check, pod) if pod else check.fail("is not shown by the API", "journalctl -u kubelet -b; crictl ps -a")
        )


def _pod(check: Check, pod: Mapping[str, Any]) -> Finding:
    states = children(pod, "status", "containerStatuses")
    restarts = sum(count for s in states if isinstance(count := child(s, "restartCount"), int))
    if word(pod, "status", "phase") == "Running" and states and all(child(s, "ready") is True for s in states):
        return check.ok(f"Running and ready, {restarts} restarts")
    whys = [word(s, "state", "waiting", "reason") or word(s, "state", "terminated", "reason") for s in states]
    why = ", ".join(filter(None, whys)) or "not ready"
    return check.fail(f"{word(pod, 'status', 'phase') or 'Unknown'}: {why}", f"crictl logs of {check.subject}")


def judge_containers(names: Sequence[str], listed: Any) -> Iterator[Finding]:
    """The same from `crictl ps -a -o json`, where the API does not answer: the newest container of each name counts."""
    newest: dict[str, Mapping[str, Any]] = {}
    for container in sorted(children(listed, "containers"), key=lambda c: str(child(c, "createdAt")).zfill(20)):
        newest[word(container, "metadata", "name")] = container
    for name in names:
        check, found = Check("pods", name), newest.get(name, {})
        state = word(found, "state").removeprefix("CONTAINER_").lower() or "never started"
        remedy = f"crictl logs {word(found, 'id')[:13]}".strip() if found else "journalctl -u kubelet -b"
        yield check.ok("its container runs") if state == "running" else check.fail(f"its container: {state}", remedy)
