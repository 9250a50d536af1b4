"""Whether a machine is what its own tables say: certificates, kubeconfigs, manifests, bootstrap; and what runs there.

Pure: `wanted` names the files that must be looked at, as far as those already seen tell; `verify` judges what was seen,
`judge` what systemd, etcd and the API answered. Looking and asking is the edge's.
"""

from cloudgen.verify.checks import verify
from cloudgen.verify.drift import check_drift, rendered_paths
from cloudgen.verify.findings import Finding, State
from cloudgen.verify.machine import Machine, machine_of
from cloudgen.verify.reading import wanted
from cloudgen.verify.seen import Files, Kind, Seen

__all__ = [
    "Files",
    "Finding",
    "Kind",
    "Machine",
    "Seen",
    "State",
    "check_drift",
    "machine_of",
    "rendered_paths",
    "verify",
    "wanted",
]
