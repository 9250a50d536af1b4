"""The config drive, as OpenStack's Nova makes it, and as Ironic, Ignition and cloud-init read it anywhere.

(OpenStack Nova, user guide, "Metadata"; cloud-init docs, data source Config Drive.)
"""

import hashlib
from collections.abc import Mapping
from typing import Final

from cloudgen.dump import to_json
from cloudgen.report import Problem, Refused, Report
from cloudgen.seeds.kind import Bearer

_FOLDER: Final = "openstack/latest"


def documents(bearer: Bearer, user_data: bytes) -> Mapping[str, bytes]:
    """Without `network_data.json`, which speaks of ports that a cloud made: the first card asks DHCP."""
    if bearer.network is not None:
        message = "a config drive cannot carry this: it describes networks in another language"
        remedy = "take a nocloud seed, or leave it out and write the network's own file under files"
        raise Refused(Report((Problem(message, bearer.place, remedy),)))
    meta = {"uuid": _uuid(bearer.identity), "hostname": bearer.name, "name": bearer.name}
    return {f"{_FOLDER}/user_data": user_data, f"{_FOLDER}/meta_data.json": to_json(meta).encode()}


def _uuid(text: str) -> str:
    """A UUID of version 8: a digest (RFC 9562, 5.8)."""
    digest = bytearray(hashlib.sha256(text.encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    made = digest.hex()
    return "-".join((made[:8], made[8:12], made[12:16], made[16:20], made[20:]))
