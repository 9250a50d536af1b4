"""`cloudgen limits`: how much of every provider's limit the user-data of every master takes, and nothing written."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from cloudgen.edge.cli.console import Console, table
from cloudgen.edge.cli.options import Colour, ColourOption, Json, Specs, Strict
from cloudgen.report import Problem, Report

if TYPE_CHECKING:
    from cloudgen.budget import Packed
    from cloudgen.generate import Rendered
    from cloudgen.provider import Provider
    from cloudgen.spec import Spec

_HEAD: Final = ("", "MACHINE", "PROVIDER", "PACKING", "SIZE", "LIMIT", "SHARE", "")
_NUMBERS: Final = frozenset({4, 6})
_BAR: Final = 20

Providers = Annotated[
    list[str] | None,
    typer.Option("--provider", metavar="NAME", show_default=False, help="Only this one, which must fit; repeatable."),
]
Packings = Annotated[
    list[str] | None, typer.Option("--packing", metavar="NAME", show_default=False, help="Only this one; repeatable.")
]


class _Asked(NamedTuple):
    """What is to be shown."""

    providers: frozenset[str]
    packings: frozenset[str]
    must_fit: bool
    """Whether a provider was named."""


def limits(  # noqa: PLR0913 - the options of a command line
    specs: Specs,
    *,
    provider: Providers = None,
    packing: Packings = None,
    strict: Strict = False,
    json: Json = False,
    color: ColourOption = None,
) -> int:
    """Show the user-data of every master against every provider and packing: size, limit, share.

    A star marks what the spec chooses; over its limit it is an error, as for render. Secrets are not needed: each
    counts as 95 characters that cannot be compressed. With --provider, machines that fit in no packing are an error.
    """
    console = Console(color or Colour.AUTO, json=json, strict=strict)
    asked = _Asked(_known("provider", provider), _known("packing", packing), must_fit=bool(provider))
    rows = [row for spec in specs for row in _rows(str(spec), asked, console)]
    if json:
        console.result(machines=rows)
    elif rows:
        console.say(table(_HEAD, [_cells(row) for row in rows], _NUMBERS))
    console.summary()
    return console.code


def _known(what: str, names: list[str] | None) -> frozenset[str]:
    from cloudgen.packings import PACKINGS  # noqa: PLC0415
    from cloudgen.providers import PROVIDERS  # noqa: PLC0415

    known = [*(PROVIDERS if what == "provider" else PACKINGS)]
    for name in names or ():
        if name not in known:
            close = get_close_matches(name, known, 1)
            remedy = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
            raise typer.BadParameter(f"no {what} is named {name}; {remedy}")
    return frozenset(names or known)


def _rows(name: str, asked: _Asked, console: Console) -> Iterator[dict[str, Any]]:
    from cloudgen.edge.opened import open_spec, rendered, together  # noqa: PLC0415
    from cloudgen.providers import PROVIDERS  # noqa: PLC0415

    opened, reports = open_spec(name), []
    providers = [provider for provider in PROVIDERS.values() if provider.name in asked.providers]
    for made in rendered(opened):
        console.progress(f"{name}: {made.machine}")
        unfit: list[Problem] = []
        of = {"spec": opened.name, "cluster": opened.spec and opened.spec.cluster_name, "machine": made.machine}
        for provider in providers:
            there = _with(provider, made, opened.spec)
            shown = [packed for packed in there.parcel.in_every_packing(provider) if packed.packing in asked.packings]
            yield from (of | _measured(packed, made) for packed in shown)
            if not shown:
                yield of | _not_carried(provider, made.parcel.format, asked.packings)
            if asked.must_fit and not any(packed.share <= 1 for packed in shown):
                unfit.append(_unfit(there, provider, shown))
        reports.append((made.machine, made.report + Report(tuple(unfit))))
    console.report(opened.report + together(name, reports), opened.texts)


def _with(provider: "Provider", made: "Rendered", spec: "Spec | None") -> "Rendered":
    """What a machine would be with a provider: scripts that travel or not, names of cards, what templates say of it."""
    from cloudgen.generate import render  # noqa: PLC0415

    if spec is None or provider == made.provider or made.parcel.format not in provider.formats:
        return made
    return render(spec.of_provider(provider.name), made.machine)


def _measured(packed: "Packed", made: "Rendered") -> dict[str, Any]:
    provider = packed.provider
    return {
        "provider": provider.name,
        "packing": packed.packing,
        "size": packed.size,
        "limit": provider.limit,
        "unit": str(provider.unit),
        "share": round(packed.share, 4) if provider.limit else None,
        "fits": packed.share <= 1,
        "chosen": (provider, packed.packing) == (made.provider, made.packing),
        "why": "",
    }


def _not_carried(provider: "Provider", format_: str, packings: frozenset[str]) -> dict[str, Any]:
    nothing = dict.fromkeys(("packing", "size", "limit", "unit", "share"))
    why = f"{format_} does not boot there{provider.why_not(format_)}"
    if format_ in provider.formats:
        why = f"does not carry {format_} as {' or '.join(sorted(packings))}"
    return {"provider": provider.name, **nothing, "fits": False, "chosen": False, "why": why}


def _unfit(made: "Rendered", provider: "Provider", shown: "Sequence[Packed]") -> Problem:
    """An error for a machine that fits a provider in none of the packings that are shown."""
    from cloudgen.budget import leaner, smaller  # noqa: PLC0415

    if shown:
        better = smaller(made.parcel, provider)
        remedy = f"write packing: {better.packing}" if better else leaner(made.node)
    else:
        fitting = provider.packings(made.parcel.format)
        remedy = f"it carries it as {' or '.join(fitting)}" if fitting else "choose another provider, or another format"
    return Problem(f"{made.machine}: it does not fit {provider.name} in any packing that is shown", remedy=remedy)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    from cloudgen.budget import percent  # noqa: PLC0415

    named = ("*" if row["chosen"] else "", row["machine"], row["provider"])
    if row["packing"] is None:
        return (*named, "", "", "", "", row["why"])
    limit = f"{row['limit']} {row['unit']}" if row["limit"] else f"none ({row['unit']})"
    share = f"{percent(row['size'], row['limit'])} %" if row["limit"] else ""
    return (*named, row["packing"], str(row["size"]), limit, share, _bar(row))


def _bar(row: dict[str, Any]) -> str:
    if not row["limit"]:
        return ""
    return ("#" * round(_BAR * row["share"])).ljust(_BAR, ".") if row["fits"] else "#" * _BAR + " too large"
