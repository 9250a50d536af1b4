"""What systemd, etcd and the API answered, judged."""

from typing import Any

import pytest

from cloudgen.verify.answers import (
    Answer,
    Member,
    judge_api,
    judge_containers,
    judge_etcd,
    judge_names,
    judge_node,
    judge_pods,
    judge_units,
)
from tests.verify.answers import NODES, PODS, node, pod

RUNNING = {
    "LoadState": "loaded",
    "UnitFileState": "enabled",
    "ActiveState": "active",
    "SubState": "running",
    "Result": "success",
    "Type": "simple",
}
OWN, OTHER = "https://a:2379", "https://b:2379"
NO_CNI = "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not"


def said(findings: Any) -> list[str]:
    return [f"{f.state} {f.subject}: {f.message}" for f in findings]


def good(document: Any, text: str = "") -> Answer:
    return Answer(200, document, text)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "ok : 1 are enabled, and run or did their work"),
        ({"ActiveState": "inactive", "SubState": "dead", "Type": "oneshot"}, "ok : 1 are enabled, and run or did"),
        ({"ActiveState": "inactive", "SubState": "dead", "Type": "exec"}, "fail u.service: does not run"),
        ({"ActiveState": "active", "SubState": "waiting", "Type": None}, "ok : 1 are enabled, and run or did"),
        ({"ActiveState": "inactive", "SubState": "dead"}, "fail u.service: does not run"),
        ({"ActiveState": "failed", "Result": "exit-code"}, "fail u.service: has failed (exit-code)"),
        (
            {"ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code"},
            "fail u.service: ends at once, and is started again and again (exit-code)",
        ),
        ({"ActiveState": "activating", "SubState": "start-pre"}, "warning u.service: is activating (start-pre)"),
        ({"UnitFileState": "disabled"}, "fail u.service: is disabled"),
        ({"UnitFileState": "masked"}, "fail u.service: is masked"),
        ({"UnitFileState": ""}, "fail u.service: is not enabled"),
        ({"LoadState": "not-found"}, "fail u.service: is not-found"),
    ],
)
def test_units(changes, told):
    """Enabled and running, or ended well where its kind ends."""
    unit = {"Id": "u.service", **{k: v for k, v in {**RUNNING, **changes}.items() if v is not None}}
    (found,) = said(judge_units(["u.service"], [unit], []))
    assert found.startswith(told)


def test_what_applies_manifests_ends_by_itself():
    """It is of the type that nobody waits for, as many a service is that should run on."""
    name = "cloudgen-post-install.service"
    unit = {**RUNNING, "Id": name, "ActiveState": "inactive", "SubState": "dead", "Type": "exec"}
    (found,) = said(judge_units([name], [unit], []))
    assert found.startswith("ok")


def test_units_that_nobody_told_of():
    """systemctl said nothing of one of ours; and another one of the machine has failed."""
    assert said(judge_units(["u.service"], [{}], ["x.service", "u.service"])) == [
        "fail u.service: is unknown",
        "warning x.service: has failed",
    ]


def test_names():
    """Each that does not resolve."""
    assert said(judge_names(["a", "b"], ["b"])) == ["fail b: does not resolve"]
    assert said(judge_names(["a", "b"], [])) == ["ok : 2 resolve"]


def member(url: str = OWN, leader: str = "1", own_id: str = "1", **more: Any) -> Member:
    status = {"header": {"member_id": own_id}, "version": "3.5.6", "leader": leader, **more}
    return Member(url=url, health=good({"health": "true"}), status=good(status))


def etcd(*members: Member, listed: int = 1, alarms: Any = None) -> list[str]:
    every = good({"members": [{"name": str(n)} for n in range(listed)]})
    return said(judge_etcd(members, OWN, every, good({"alarms": alarms or []}), 1))


def test_etcd():
    """Health, leader, errors, versions, members and alarms."""
    follower = member(OTHER, own_id="2")
    dead = Member(url=OTHER, health=Answer(fault="connection refused"), status=Answer(fault="it was not asked"))
    sick = Member(url=OWN, health=Answer(503, {"health": "false", "reason": "RAFT NO LEADER"}), status=Answer())
    assert etcd(member(), follower) == [
        f"ok {OWN}: healthy, 3.5.6, leader",
        f"ok {OTHER}: healthy, 3.5.6, member",
    ]
    assert etcd(member(), dead)[1] == f"warning {OTHER}: is not healthy: connection refused"
    assert etcd(sick) == [f"fail {OWN}: is not healthy: RAFT NO LEADER"]
    assert etcd(member(leader="0"))[-1] == "fail : there is no leader"
    assert etcd(member(), member(OTHER, leader="2"))[-1] == "fail : members follow different leaders"
    assert etcd(member(), member(OTHER, version="3.4.0"))[-1] == "warning : members have different versions"
    assert etcd(member(), listed=2)[-1] == "warning : it has 2 members, 1 were rendered"
    assert etcd(member(), alarms=[{"alarm": "NOSPACE"}])[-1] == "fail : alarm NOSPACE"
    assert (
        etcd(member(errors=["etcdserver: no space"]))[0] == f"fail {OWN}: is healthy, with errors: etcdserver: no space"
    )


def test_the_api():
    """Ready; else which of its checks fails."""
    assert judge_api("u", good(None, "ok")).state == "ok"
    found = judge_api("u", Answer(500, None, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n"))
    assert (found.message, found.details) == ("is not ready: HTTP 500", ("[-]etcd failed: reason withheld",))


@pytest.mark.parametrize(
    ("own", "nodes", "told"),
    [
        (good(node("a")), NODES, ["ok a: Ready, v1.30.4"]),
        (Answer(404), NODES, ["fail a: is not registered: HTTP 404"]),
        (good(node("a", "Unknown", "Kubelet stopped")), NODES, ["fail a: is not Ready: Kubelet stopped"]),
        (good(node("a", "False", NO_CNI)), NODES, [f"warning a: is not Ready: {NO_CNI}"]),
        (good({}), NODES, ["fail a: is not Ready: nothing is known"]),
        (good(node("a")), {"items": [node("a")]}, ["ok a: Ready, v1.30.4", "warning : 1 are registered, of 3 masters"]),
        (
            good(node("a")),
            {"items": [node("a"), node("b", "False", "gone"), node("c")]},
            ["ok a: Ready, v1.30.4", "warning b: is not Ready: gone"],
        ),
    ],
)
def test_nodes(own, nodes, told):
    """This machine's must be Ready; one without a CNI cannot be; the others are somebody else's, but told."""
    assert said(judge_node("a", own, good(nodes), 3)) == told


def test_nodes_that_kubelet_may_not_see():
    """Without the administrator only the machine's own."""
    assert said(judge_node("a", good(node("a")), Answer(fault="it was not asked"), 3)) == ["ok a: Ready, v1.30.4"]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (pod("etcd"), "ok etcd: Running and ready, 2 restarts"),
        (
            pod("etcd", ready=False, waiting={"reason": "CrashLoopBackOff"}),
            "fail etcd: Running: CrashLoopBackOff",
        ),
        (pod("etcd", ready=False, terminated={"reason": "Error"}), "fail etcd: Running: Error"),
        (pod("etcd", ready=False), "fail etcd: Running: not ready"),
        (pod("etcd", phase="Pending"), "fail etcd: Pending: not ready"),
        ({"metadata": {"name": "etcd-master-0-example"}}, "fail etcd: Unknown: not ready"),
        (pod("other"), "fail etcd: is not shown by the API"),
    ],
)
def test_pods(found, told):
    """Running, with every container ready."""
    assert said(judge_pods(["etcd"], "master-0-example", good({"items": [found]}))) == [told]
    assert said(judge_pods(["etcd"], "master-0-example", good(PODS))) == ["ok etcd: Running and ready, 2 restarts"]


def test_containers():
    """The newest of each name counts."""
    rows = [
        {"metadata": {"name": "etcd"}, "state": state, "createdAt": created, "id": "0123456789abcdef"}
        for state, created in (("CONTAINER_RUNNING", "999"), ("CONTAINER_EXITED", "1000"))
    ]
    assert said(judge_containers(["etcd"], {"containers": rows})) == ["fail etcd: its container: exited"]
    assert said(judge_containers(["etcd"], {"containers": rows[:1]})) == ["ok etcd: its container runs"]
    assert said(judge_containers(["etcd"], "rubbish")) == ["fail etcd: its container: never started"]
