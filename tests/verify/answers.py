"""Answers of a Kubernetes API, in the shape in which kubectl shows them."""

from typing import Any


def node(name: str, ready: str = "True", message: str = "kubelet is posting ready status") -> dict[str, Any]:
    """A node with its condition."""
    conditions = [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready, "message": message}]
    return {
        "kind": "Node",
        "metadata": {"name": name},
        "status": {"conditions": conditions, "nodeInfo": {"kubeletVersion": "v1.30.4"}},
    }


def pod(name: str, *, ready: bool = True, phase: str = "Running", **state: Any) -> dict[str, Any]:
    """A mirror pod with one container."""
    container = {"name": name, "ready": ready, "restartCount": 2, "state": state or {"running": {}}}
    return {
        "metadata": {"name": f"{name}-master-0-example", "namespace": "kube-system"},
        "status": {"phase": phase, "containerStatuses": [container]},
    }


NODE = node("master-0-example")
NODES = {"kind": "NodeList", "items": [NODE, node("master-1-example"), node("master-2-example")]}
PODS = {
    "items": [pod(name) for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")],
}
