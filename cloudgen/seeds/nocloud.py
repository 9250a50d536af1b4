"""NoCloud: three documents side by side (cloud-init docs, data source NoCloud)."""

from collections.abc import Mapping
from typing import Final

from cloudgen.dump import to_yaml
from cloudgen.report import Problem, Refused, Report
from cloudgen.seeds.kind import Bearer

OPTIONAL: Final = ("network-config",)
_READER: Final = "cloud-config"


def documents(bearer: Bearer, user_data: bytes) -> Mapping[str, bytes]:
    """Without a network of the spec's there is no `network-config`: the first card then asks DHCP."""
    meta = {"instance-id": bearer.identity, "local-hostname": bearer.name}
    files = {"user-data": user_data, "meta-data": to_yaml(meta).encode()}
    if bearer.network is not None:
        if bearer.format != _READER:
            message = f"only {_READER} comes with a network: what reads {bearer.format} does not look at it"
            remedy = "leave it out, and write the network's own file under files"
            raise Refused(Report((Problem(message, bearer.place, remedy),)))
        files[OPTIONAL[0]] = to_yaml(dict(bearer.network)).encode()
    return files
