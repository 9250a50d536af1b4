"""NoCloud: three documents side by side (cloud-init docs, data source NoCloud)."""

from collections.abc import Mapping

from cloudgen.dump import to_yaml
from cloudgen.seeds.kind import Bearer


def documents(bearer: Bearer, user_data: bytes) -> Mapping[str, bytes]:
    """Without a network of the spec's there is no `network-config`: the first card then asks DHCP."""
    meta = {"instance-id": bearer.identity, "local-hostname": bearer.name}
    files = {"user-data": user_data, "meta-data": to_yaml(meta).encode()}
    if bearer.network is not None:
        files["network-config"] = to_yaml(dict(bearer.network)).encode()
    return files
