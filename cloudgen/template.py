"""Jinja2, strict: prose-like texts of components, and (sandboxed) the user's own files."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import asdict
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from cloudgen import resources
from cloudgen.facts import Facts
from cloudgen.report import Path, Problem

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_REMEMBERED: Final = 256
_LONGEST: Final = 1 << 20
_WIDTH: Final = re.compile(r"[0-9]+")


@cache
def _own() -> "Environment":
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - kept off the path of --help

    return Environment(undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, autoescape=False)  # noqa: S701 - no HTML


@cache
def _template(name: str) -> "Template":
    return _own().from_string(resources.text(name))


def render(name: str, **variables: Hashable) -> str:
    """A template of the package, by its path below `cloudgen/`; most masters ask for the same texts."""
    return _rendered(name, tuple(variables.items()))


@lru_cache(maxsize=_REMEMBERED)
def _rendered(name: str, variables: tuple[tuple[str, Hashable], ...]) -> str:
    return _template(name).render(variables)


@cache
def _sandbox() -> "Environment":
    from jinja2 import StrictUndefined  # noqa: PLC0415 - kept off the path of --help
    from jinja2.exceptions import SecurityError  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    class Capped(ImmutableSandboxedEnvironment):
        """The cap on the output is too late for one expression that fills the memory."""

        intercepted_binops = frozenset({"+", "*", "**", "%"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if _length(operator, left, right) > _LONGEST:
                message = f"'{operator}' gives more than {_LONGEST} characters or digits"
                raise SecurityError(message)
            return super().call_binop(context, operator, left, right)

    environment = Capped(undefined=StrictUndefined, keep_trailing_newline=True)
    for name in ("lipsum", "cycler", "joiner", "namespace"):
        environment.globals.pop(name, None)
    for name in ("random", "center"):
        environment.filters.pop(name, None)
    return environment


def _length(operator: str, left: Any, right: Any) -> int:
    """About how much an operator would make of its operands: items, characters or decimal digits."""
    sized = [len(value) for value in (left, right) if isinstance(value, str | list | tuple)]
    numbers = [abs(value) for value in (left, right) if isinstance(value, int)]
    match operator:
        case "*" if sized and numbers:
            return sized[0] * numbers[0]
        case "**" if len(numbers) == 2:  # noqa: PLR2004 - base and exponent
            return len(str(numbers[0])) * numbers[1]
        case "%" if isinstance(left, str):
            return sum(int(width[:9]) for width in _WIDTH.findall(left))
    return sum(sized)


def variables(facts: Facts) -> dict[str, Any]:
    """What a user's template may speak of: the cluster and the machine, as plain data."""
    return {
        "cluster": facts.cluster,
        "domain": facts.domain,
        "api": facts.api,
        "machine": asdict(facts.machine),
        "machines": [asdict(machine) for machine in facts.machines],
        "kubernetesVersion": str(facts.release),
        "etcdVersion": str(facts.etcd_version),
        "networking": {
            "serviceSubnet": facts.networking.service_subnet,
            "podSubnet": facts.networking.pod_subnet,
            "dnsDomain": facts.networking.dns_domain,
            "apiService": facts.networking.api_service,
            "dnsService": facts.networking.dns_service,
        },
        "ports": facts.ports.model_dump(by_alias=True),
        "paths": asdict(facts.paths),
        "vault": {"server": facts.vault_url, "prefix": facts.pki.names.prefix},
        "provider": facts.provider.name,
        "family": facts.family.name,
    }


def render_own(text: str, variables: Mapping[str, Any], path: Path) -> str | Problem:
    """A template of the user, or what is wrong with it, told at `path`.

    Sandboxed and strict: no attribute of Python is reachable, an unknown name is a fault, and the output is capped.
    """
    from jinja2 import TemplateError  # noqa: PLC0415 - kept off the path of --help

    try:
        parts: list[str] = []
        size = 0
        for part in _sandbox().from_string(text).generate(variables):
            size += len(part)
            if size > _LONGEST:
                return Problem(f"the template gives more than {_LONGEST} characters", path, "make it smaller")
            parts.append(part)
        return "".join(parts)
    except TemplateError as error:
        return Problem(_said(error), path, _HELP)
    except _FAULTS as error:
        return Problem(_said(error), path, _HELP)


def _said(error: BaseException) -> str:
    words = (getattr(error, "message", None) or str(error) or type(error).__name__).replace(
        "'dict object' has no attribute", "there is no key"
    )
    return f"line {_line(error)} of the template: {words[0].lower()}{words[1:].rstrip('.')}"


def _line(error: BaseException) -> int:
    """Where a template failed: syntax errors say it, others by the last of its lines that ran."""
    lines = [getattr(error, "lineno", None) or 1]
    trace = error.__traceback__
    while trace:
        lines += [trace.tb_lineno] if trace.tb_frame.f_code.co_filename == "<template>" else []
        trace = trace.tb_next
    return int(lines[-1])


_FAULTS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,  # Python's own limits of nesting, in the code that Jinja2 makes of a template
    TypeError,
    ValueError,
)
_HELP: Final = "names such as cluster, machine, machines, networking, ports and paths are known; see docs/templates.md"
