"""What cloud-init makes of user-data on each cloud; run by the system's Python, with one cloud-init's modules in reach.

On stdin a list of `[case, data source, packing, user-data in hexadecimal]`, on stdout for each the parts, with type and
text, and the MIME message of all that cloud-init keeps as `user-data.txt.i`.
"""
# mypy: ignore-errors

import json
import os
import sys
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

from cloudinit import distros, util
from cloudinit.helpers import Paths
from cloudinit.sources import DataSourceAzure, DataSourceConfigDrive, DataSourceGCE, DataSourceNoCloud, DataSourceVMware
from cloudinit.sources.helpers import digitalocean, ec2, hetzner, openstack
from cloudinit.user_data import UserDataProcessor

FOLDER = Path(sys.argv[1])
SERVED = {}
"""What the metadata service answers, by path."""


class Service(BaseHTTPRequestHandler):
    """A cloud's metadata service."""

    def do_GET(self):
        data = SERVED.get(self.path.partition("?")[0])
        self.send_response(404 if data is None else 200)
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *_):
        pass


def from_disk(module, name, files):
    """The user-data that a data source finds in its folder of seeds."""
    for path, data in files.items():
        (FOLDER / "seed" / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / "seed" / path).write_bytes(data)
    paths = Paths({"cloud_dir": str(FOLDER), "run_dir": str(FOLDER / "run")})
    config = {"datasource": {"NoCloud": {"fs_label": None}}}
    source = getattr(module, name)(config, distros.fetch("debian")("debian", {}, paths), paths)
    assert source._get_data()  # noqa: SLF001 - what cloud-init itself calls, without its cache
    return source.get_userdata_raw()


def no_cloud(data, _, __):
    files = {"nocloud/user-data": data, "nocloud/meta-data": b"instance-id: a\n"}
    return from_disk(DataSourceNoCloud, "DataSourceNoCloud", files)


def config_drive(data, _, __):
    latest = "config_drive/openstack/latest"
    files = {f"{latest}/user_data": data, f"{latest}/meta_data.json": b'{"uuid": "a"}'}
    return from_disk(DataSourceConfigDrive, "DataSourceConfigDrive", files)


def vmware(data, packing, _):
    os.environ["VMX_GUESTINFO_USERDATA"] = data.decode()
    os.environ["VMX_GUESTINFO_USERDATA_ENCODING"] = "gzip+base64" if packing == "gzip-base64" else ""
    return DataSourceVMware.guestinfo_envvar("userdata")


def gce(data, packing, address):
    more = {"user-data-encoding": "base64"} if packing == "gzip-base64" else {}
    SERVED.update({f"/instance/{name}": b"a" for name in ("id", "zone", "hostname")})
    SERVED["/instance/attributes/"] = json.dumps({"user-data": data.decode(), **more}).encode()
    found = DataSourceGCE.read_md(f"{address}/", SimpleNamespace(num_retries=1, sec_between_retries=0), False)
    return found["user-data"]


def ec2_alike(data, _, address):
    SERVED["/latest/user-data"] = data
    found = ec2.get_instance_userdata("latest", address, retries=1)
    # Since 23.3 it also undoes base64, on all that it gets.
    return util.maybe_b64decode(found) if hasattr(util, "maybe_b64decode") else found


def open_stack(data, _, address):
    SERVED["/openstack"] = b"latest\n"
    SERVED["/openstack/latest/meta_data.json"] = b'{"uuid": "a"}'
    SERVED["/openstack/latest/user_data"] = data
    return openstack.MetadataReader(address, retries=1).read_v2()["userdata"]


def digital_ocean(data, _, address):
    SERVED["/metadata/v1.json"] = json.dumps({"user_data": data.decode()}).encode()
    return digitalocean.read_metadata(f"{address}/metadata/v1.json", retries=1)["user_data"]


def azure_disk(data, _, __):
    space = 'xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure"'
    section = "<wa:Version>1.0</wa:Version>"
    settings = (
        (
            "<LinuxProvisioningConfigurationSet><HostName>a</HostName><UserName>a</UserName>"
            f"<CustomData>{b64encode(data).decode()}</CustomData></LinuxProvisioningConfigurationSet>"
        )
        .replace("<", "<wa:")
        .replace("<wa:/", "</wa:")
    )
    provisioning = f"<wa:ProvisioningSection>{section}{settings}</wa:ProvisioningSection>"
    platform = f"<wa:PlatformSettingsSection>{section}<wa:PlatformSettings/></wa:PlatformSettingsSection>"
    return DataSourceAzure.OvfEnvXml.parse_text(
        f"<Environment {space}>{provisioning}{platform}</Environment>"
    ).custom_data


def hetzner_cloud(data, _, __):
    return (getattr(util, "maybe_b64decode", None) or hetzner.maybe_b64decode)(data)


SOURCES = {
    "Azure": azure_disk,
    "ConfigDrive": config_drive,
    "DigitalOcean": digital_ocean,
    "Ec2": ec2_alike,
    "GCE": gce,
    "Hetzner": hetzner_cloud,
    "NoCloud": no_cloud,
    "OpenStack": open_stack,
    "VMware": vmware,
}


def processed(raw):
    """What cloud-init's processor finds in what a data source gave."""
    message = UserDataProcessor(Paths({"cloud_dir": str(FOLDER), "run_dir": str(FOLDER)})).process(raw)
    found = [part for part in message.walk() if not part.is_multipart()]
    parts = [[part.get_content_type(), util.fully_decoded_payload(part)] for part in found]
    return parts, str(message)


def main():
    """Work through all cases."""
    os.environ["NO_PROXY"] = "*"
    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    cases = json.load(sys.stdin)
    made = {}
    for name, source, packing, data in cases:
        made[name] = processed(SOURCES[source](bytes.fromhex(data), packing, address))
    print(json.dumps(made))  # noqa: T201 - its result


main()
