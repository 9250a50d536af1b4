"""Rows and names to the catalogue of one machine."""

from collections.abc import Iterator

from cloudgen.paths import Paths
from cloudgen.pki.catalogue import Authority, Catalogue, Certificate, Issuer, KeyPair, Names
from cloudgen.pki.rows import ADMIN_CERTIFICATE, AUTHORITIES, ROWS, SERVICE_ACCOUNT, Row
from cloudgen.pki.settings import CertificateSettings, PkiSettings

_LOOPBACK_INTERFACE = "^lo$"
_HALVES = (("private", "pem"), ("public", "pub"))
_AS_ALL = CertificateSettings()
"""A certificate of which nothing is said on its own."""


def catalogue(settings: PkiSettings, names: Names, paths: Paths) -> Catalogue:
    """The catalogue of a machine."""
    rows = tuple(row for row in ROWS if names.admin or row.name != ADMIN_CERTIFICATE)
    return Catalogue(
        names=names,
        token_role=f"{names.token_roles}_{names.machine}",
        authorities=tuple(
            Authority(name=name, mount=f"{names.prefix}/pki/{mount}", folder=paths.ca) for name, mount in AUTHORITIES
        ),
        issuers=tuple(_issuers(rows, names.prefix, names.machine)),
        certificates=tuple(_certificate(row, settings, names, paths) for row in rows),
        key_pair=tuple(
            KeyPair(
                secret=SERVICE_ACCOUNT,
                key=half,
                path=f"{paths.certs}/kube-apiserver/{SERVICE_ACCOUNT}.{suffix}",
                staged=f"{paths.staged}/{SERVICE_ACCOUNT}.{suffix}",
            )
            for half, suffix in _HALVES
        ),
    )


def every_issuer(prefix: str, machine: str) -> tuple[Issuer, ...]:
    """All that a machine may be, whatever its spec chooses."""
    return tuple(_issuers(ROWS, prefix, machine))


def _issuers(rows: tuple[Row, ...], prefix: str, machine: str) -> Iterator[Issuer]:
    def app_role(issuer: str) -> str:
        return f"{issuer}-{machine}"

    yield Issuer(
        name=SERVICE_ACCOUNT, app_role=app_role(SERVICE_ACCOUNT), role=None, mount=None, kv_secret=SERVICE_ACCOUNT
    )
    for authority, mount in AUTHORITIES:
        path = f"{prefix}/pki/{mount}"
        yield Issuer(name=authority, app_role=app_role(authority), role=None, mount=path)
        for row in rows:
            if row.authority == authority:
                name = row.issuer or row.name
                role = app_role(name) if row.machine_role else name
                yield Issuer(name=name, app_role=app_role(name), role=role, mount=path)


def _certificate(row: Row, settings: PkiSettings, names: Names, paths: Paths) -> Certificate:
    own = settings.certificates.get(row.name, _AS_ALL)
    on_nic = "{address}" in row.addresses and not names.address
    return Certificate(
        name=row.name,
        issuer=row.issuer or row.name,
        authority=row.authority,
        common_name=row.common_name.format(node=names.node),
        organization=row.organization,
        usages=row.usages,
        folder=f"{paths.certs}/{row.folder}",
        hostnames=tuple(dict.fromkeys((*names.fill_all(row.hostnames), *own.hostnames))),
        addresses=tuple(dict.fromkeys((*names.fill_all(row.addresses), *own.addresses))),
        interfaces=(_LOOPBACK_INTERFACE, settings.nic_pattern or names.nic_pattern) if on_nic else (),
        lookups=(names.api,) if settings.api_lookup and "{api}" in row.hostnames else (),
        ttl=own.ttl or settings.ttl,
        renew_before=own.renew_before or settings.renew_before,
        key_size=own.key_size or settings.key_size,
    )
