"""What every settings model shares: camelCase keys, unknown keys refused, null means "the default", checked scalars."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import ValidationInfo

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_SAFE_PATH = re.compile(r"(/[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*|/\.[A-Za-z0-9_+@-][A-Za-z0-9._+@-]*)+")
_DURATION = re.compile(r"(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")
_MODE = re.compile(r"0[0-7]{3}")
_UNITS: Final = (("h", 3600), ("m", 60), ("s", 1))
_DAY: Final = 86_400
_LONGEST: Final = 36_500 * _DAY
"""A hundred years; Go counts nanoseconds, and 292 years of them at most."""


class Settings(BaseModel):
    """Base of every section of the spec: frozen; the docstrings below its fields become the schema's descriptions."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_the_default(cls, data: Any) -> Any:
        """`kubelet:` with nothing behind it, or `null` over a base's value, means the default."""
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data


def fault(message: str, remedy: str = "") -> PydanticCustomError:
    """A validation error in our words; the remedy travels in its context."""
    return PydanticCustomError("cloudgen", "{text}", {"text": message, "remedy": remedy})


def matching(pattern: re.Pattern[str], what: str, remedy: str, most: int = 253) -> Callable[[str], str]:
    """A check that a text is of a form, for an `AfterValidator`."""

    def check(value: str) -> str:
        if len(value) > most or not pattern.fullmatch(value):
            raise fault(f"'{value[:80]}' is not {what}", remedy)
        return value

    return check


def _quotable(check: Callable[[str], str]) -> BeforeValidator:
    """A number whose digits would not do in quotes either is told so at once, in the words of the check."""

    def before(value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            check(str(value))
        return value

    return BeforeValidator(before, json_schema_input_type=str)


def _domain(value: str) -> str:
    if len(value) > 253 or not all(LABEL.fullmatch(label) for label in value.split(".")):  # noqa: PLR2004 - RFC 1035
        raise fault(f"'{value[:80]}' is not a DNS name", "write lower-case labels joined by dots")
    return value


def _address(value: str) -> str:
    try:
        # A scope (fe80::1%eth0) has a meaning on one machine only.
        return str(ipaddress.ip_address(value.replace("%", "/")))
    except ValueError:
        raise fault(f"'{value[:80]}' is not an IP address", "write it like 10.0.0.10") from None


def _subnet(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.replace("%", "/")))
    except ValueError as error:
        remedy = "write the network's first address and its length, like 10.96.0.0/16"
        if "host bits" in str(error):
            remedy = f"write {ipaddress.ip_network(value, strict=False)}"
        raise fault(f"'{value[:80]}' is not a network", remedy) from None


def seconds(duration: str) -> int:
    """The seconds of a checked duration."""
    match = _DURATION.fullmatch(duration)
    days, hours, minutes, secs = (int(g or 0) for g in match.groups()) if match else (0, 0, 0, 0)
    return days * _DAY + hours * 3600 + minutes * 60 + secs


def _duration(value: str) -> str:
    """In Go's notation, which knows no days (pkg.go.dev/time#ParseDuration), in the largest unit that fits."""
    if not value or not _DURATION.fullmatch(value) or not seconds(value):
        raise fault(f"'{value[:40]}' is not a duration", "write it like 30d, 720h, 15m or 90s")
    total = seconds(value)
    if total > _LONGEST:
        raise fault(f"'{value[:40]}' is longer than a hundred years", "write less, like 30d or 720h")
    return next(f"{total // size}{unit}" for unit, size in _UNITS if total % size == 0)


def _number_as_text(value: Any) -> Any:
    """A number where an argument's text is meant; booleans in the flags' own spelling."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _arguments(value: Any) -> Any:
    """A scalar is a list of one; null stays: it takes the default away."""
    if value is None or isinstance(value, list | tuple):
        return value if value is None else tuple(_number_as_text(v) for v in value)
    if isinstance(value, Mapping):
        raise fault("a flag takes a value, a list of values or null, not a mapping", "write flag: value")
    return (_number_as_text(value),)


_FLAG_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9-]*")
_LINE = re.compile(r"[^\x00-\x1f\x7f]*")


def _line(value: str) -> str:
    if not _LINE.fullmatch(value):
        raise fault(
            "the text holds a line break or a control character", "write it on one line, without such characters"
        )
    return value


_PORT: Final = r"(:[0-9]{1,5})?"
_REGISTRY: Final = rf"([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-f:.]+\]){_PORT}"
_PART: Final = r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"({_REGISTRY}|{_PART})(/{_PART})*")
"""As containers spell it (distribution/reference)."""
_IMAGE: Final = re.compile(rf"{_REPOSITORY.pattern}(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?")
_QUANTITY: Final = re.compile(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?")
"""As Kubernetes reads it (apimachinery, resource.Quantity)."""
_repository = matching(_REPOSITORY, "a repository of images", "write it like registry.example.org:5000/kubernetes")
_image = matching(_IMAGE, "a reference of an image", "write it like registry.example.org:5000/kubernetes/etcd:3.5.21-0")
_quantity = matching(_QUANTITY, "a quantity", "write it like 500m, 2, 512Mi or 1Gi", 64)
_label = matching(LABEL, "a DNS label", "use at most 63 lower-case letters, digits and '-'", 63)
_path = matching(_SAFE_PATH, "an absolute path", "write it like /etc/kubernetes, of letters, digits and . _ + @ -")
_mode = matching(_MODE, "a file mode", 'write four octal digits in quotes, like "0644"', 4)

Label = Annotated[str, _quotable(_label), AfterValidator(_label)]
Domain = Annotated[str, _quotable(_domain), AfterValidator(_domain)]
Address = Annotated[str, _quotable(_address), AfterValidator(_address)]
Subnet = Annotated[str, _quotable(_subnet), AfterValidator(_subnet)]
Whole = Annotated[int, Field(strict=True)]
"""A whole number; pydantic alone would take `true` for 1 as well."""
Port = Annotated[Whole, Field(ge=1, le=65535)]
Duration = Annotated[str, _quotable(_duration), AfterValidator(_duration)]
AbsolutePath = Annotated[str, _quotable(_path), AfterValidator(_path)]
Line = Annotated[str, AfterValidator(_line)]
Text = Annotated[Line, BeforeValidator(_number_as_text, json_schema_input_type=str | int | float | bool)]
"""A line that may be written as a number."""
Repository = Annotated[str, AfterValidator(_repository)]
Image = Annotated[str, AfterValidator(_image)]
Quantity = Annotated[Text, AfterValidator(_quantity)]
Mode = Annotated[str, _quotable(_mode), AfterValidator(_mode)]
FlagName = Annotated[
    str, AfterValidator(matching(_FLAG_NAME, "a flag's name", "write the name without the leading --"))
]
ExtraArgs = dict[
    FlagName,
    Annotated[
        tuple[Line, ...] | None,
        BeforeValidator(
            _arguments,
            json_schema_input_type=str | int | float | bool | list[str | int | float | bool] | None,
        ),
    ],
]
"""Flags of a component: a value, a list (the flag repeated), or null (cloudgen's default is taken away)."""
Config = dict[str, Any]
"""Keys of a component's configuration file, merged over cloudgen's; null takes a default away."""


def url(value: str, remedy: str = "write http:// or https://, a host and a path") -> str:
    """A URL that a machine can download from; raises a fault for anything else."""
    try:
        parts = urlsplit(value)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or set(value) & set("\"'\\` \t$"):
        raise fault("this is not a URL that a machine can download", remedy)
    return value


Url = Annotated[Line, AfterValidator(url)]


class SecretName(Settings):
    """Names a secret of the secrets file; its text becomes the whole content of the file."""

    secret: Label
    """The name under `named:` in the secrets file."""


class Attachment(Settings):
    """A file that the spec names, relative to the spec, with its text."""

    name: str
    text: str


def _attach(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, Attachment):
        return value
    if not isinstance(value, str):
        raise fault("the name of a file is meant here", "write its path relative to the spec, below its folder")
    texts: Mapping[str, str] = (info.context or {}).get("attachments", {})
    if value not in texts:
        raise fault(f"the file '{value[:80]}' was not found", "write its path relative to the spec, below its folder")
    return Attachment(name=value, text=texts[value])


AttachmentName = Annotated[Attachment, BeforeValidator(_attach, json_schema_input_type=str)]


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Configuration with overrides: maps merge, everything else replaces, null takes away."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = merge(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged
