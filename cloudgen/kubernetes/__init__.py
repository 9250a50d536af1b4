"""What Kubernetes releases need: data and lookup."""

from cloudgen.kubernetes.lookup import Companions, Nearest, companions, known_minors, label_problem, nearest

__all__ = ["Companions", "Nearest", "companions", "known_minors", "label_problem", "nearest"]
