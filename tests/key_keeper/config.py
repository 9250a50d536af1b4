"""key-keeper's configuration: the YAML tags of its structs. Unknown keys are ignored, what is absent is zero."""
# ruff: noqa: RUF009 - _tag makes a field, as field() does

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeVar

import yaml

from tests.key_keeper import durations

T = TypeVar("T")
_NULLS: Final = ("", "~", "null", "Null", "NULL")


class ConfigError(ValueError):
    """A file that Go's decoder would refuse."""


class _Loader(yaml.BaseLoader):
    """Every scalar a text: the field's type decides, as in Go. A key twice is an error there."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigError(f'mapping key "{key}" already defined')
        return super().construct_mapping(node, deep)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"cannot unmarshal {type(value).__name__} into string")
    return "" if value in _NULLS else value


def _flag(value: Any) -> bool:
    if _text(value).lower() in ("true", "yes", "on", "y"):
        return True
    if _text(value).lower() in ("false", "no", "off", "n", ""):
        return False
    raise ConfigError(f"cannot unmarshal `{value}` into bool")


def _number(value: Any) -> int:
    try:
        return int(_text(value) or "0")
    except ValueError:
        raise ConfigError(f"cannot unmarshal `{value}` into int") from None


def _duration(value: Any) -> dt.timedelta:
    try:
        return durations.parse(_text(value) or "0")
    except ValueError as fault:
        raise ConfigError(str(fault)) from None


def _many(read: Callable[[Any], T]) -> Callable[[Any], tuple[T, ...]]:
    def inner(value: Any) -> tuple[T, ...]:
        if isinstance(value, str) and value in _NULLS:
            return ()
        if not isinstance(value, list):
            raise ConfigError(f"cannot unmarshal {type(value).__name__} into a slice")
        return tuple(read(item) for item in value)

    return inner


def _struct(kind: Callable[..., T]) -> Callable[[Any], T]:
    def inner(value: Any) -> T:
        if isinstance(value, str) and value in _NULLS:
            return kind()
        if not isinstance(value, dict):
            raise ConfigError(f"cannot unmarshal {type(value).__name__} into a struct")
        known = {f.metadata["tag"]: f for f in fields(kind)}  # type: ignore[arg-type]
        return kind(**{known[k].name: known[k].metadata["read"](v) for k, v in value.items() if k in known})

    return inner


def _tag(tag: str, read: Callable[[Any], T]) -> T:
    zero: T = read("")
    return field(default=zero, metadata={"tag": tag, "read": read})


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """The first credential."""

    token: str = _tag("token", _text)
    file: str = _tag("file", _text)


@dataclass(frozen=True, slots=True)
class AppRole:
    """The lasting one."""

    name: str = _tag("name", _text)
    path: str = _tag("path", _text)
    role_id_path: str = _tag("roleIDLocalPath", _text)
    secret_id_path: str = _tag("secretIDLocalPath", _text)


@dataclass(frozen=True, slots=True)
class Auth:
    """How an issuer logs in."""

    tls_insecure: bool = _tag("tlsInsecure", _flag)
    ca_bundle: str = _tag("caBundle", _text)
    bootstrap: Bootstrap = _tag("bootstrap", _struct(Bootstrap))
    app_role: AppRole = _tag("appRole", _struct(AppRole))


@dataclass(frozen=True, slots=True)
class Kv:
    """A KV v2 store."""

    path: str = _tag("path", _text)


@dataclass(frozen=True, slots=True)
class Resource:
    """What an issuer gives."""

    role: str = _tag("role", _text)
    ca_path: str = _tag("CAPath", _text)
    root_ca_path: str = _tag("rootCAPath", _text)
    kv: Kv = _tag("kv", _struct(Kv))


@dataclass(frozen=True, slots=True)
class Vault:
    """A Vault server and an identity there."""

    server: str = _tag("server", _text)
    auth: Auth = _tag("auth", _struct(Auth))
    resource: Resource = _tag("resource", _struct(Resource))


@dataclass(frozen=True, slots=True)
class Issuer:
    """A named identity."""

    name: str = _tag("name", _text)
    vault: Vault = _tag("vault", _struct(Vault))


@dataclass(frozen=True, slots=True)
class IssuerRef:
    """Whose the thing is."""

    name: str = _tag("name", _text)


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a leaf."""

    common_name: str = _tag("commonName", _text)
    country: tuple[str, ...] = _tag("country", _many(_text))
    province: tuple[str, ...] = _tag("province", _many(_text))
    locality: tuple[str, ...] = _tag("locality", _many(_text))
    organization: tuple[str, ...] = _tag("organization", _many(_text))
    organizational_unit: tuple[str, ...] = _tag("organizationalUnit", _many(_text))
    street_address: tuple[str, ...] = _tag("streetAddress", _many(_text))
    postal_code: tuple[str, ...] = _tag("postalCode", _many(_text))
    serial_number: str = _tag("serialNumber", _text)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The key of a leaf."""

    algorithm: str = _tag("algorithm", _text)
    encoding: str = _tag("encoding", _text)
    size: int = _tag("size", _number)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a leaf's addresses come from."""

    static: tuple[str, ...] = _tag("static", _many(_text))
    interfaces: tuple[str, ...] = _tag("interfaces", _many(_text))
    dns_lookup: tuple[str, ...] = _tag("dnsLookup", _many(_text))


@dataclass(frozen=True, slots=True)
class Spec:
    """What a leaf says."""

    subject: Subject = _tag("subject", _struct(Subject))
    private_key: PrivateKey = _tag("privateKey", _struct(PrivateKey))
    hostnames: tuple[str, ...] = _tag("hostnames", _many(_text))
    ip_addresses: Addresses = _tag("ipAddresses", _struct(Addresses))
    ttl: dt.timedelta = _tag("ttl", _duration)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A leaf, or an authority (`isCa`)."""

    name: str = _tag("name", _text)
    issuer: IssuerRef = _tag("issuerRef", _struct(IssuerRef))
    is_ca: bool = _tag("isCa", _flag)
    spec: Spec = _tag("spec", _struct(Spec))
    host_path: str = _tag("hostPath", _text)
    with_update: bool = _tag("withUpdate", _flag)
    renew_before: dt.timedelta = _tag("renewBefore", _duration)
    trigger: tuple[tuple[str, ...], ...] = _tag("trigger", _many(_many(_text)))


@dataclass(frozen=True, slots=True)
class Secret:
    """A value of the KV store as a file."""

    name: str = _tag("name", _text)
    issuer: IssuerRef = _tag("issuerRef", _struct(IssuerRef))
    key: str = _tag("key", _text)
    host_path: str = _tag("hostPath", _text)


@dataclass(frozen=True, slots=True)
class Config:
    """A whole file."""

    issuers: tuple[Issuer, ...] = _tag("issuers", _many(_struct(Issuer)))
    certificates: tuple[Certificate, ...] = _tag("certificates", _many(_struct(Certificate)))
    secrets: tuple[Secret, ...] = _tag("secrets", _many(_struct(Secret)))


def parse(text: str) -> Config:
    """A file's text. Raises `ConfigError`."""
    try:
        return _struct(Config)(yaml.load(text, _Loader) or "")  # noqa: S506 - texts only, nothing is constructed
    except yaml.YAMLError as fault:
        raise ConfigError(str(fault)) from None
