"""`cloudgen limits`: how much of every provider's limit the user-data of every master takes, and nothing written."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cloudgen.edge.cli.console import Console, table
from cloudgen.edge.cli.options import Colour, ColourOption, Json, Specs, Strict
from cloudgen.report import Problem, Report

if TYPE_CHECKING:
    from cloudgen.budget import Packed
    from cloudgen.edge.opened import Opened
    from cloudgen.generate import Rendered
    from cloudgen.provider import Provider

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
    asked = _known("provider", provider), _known("packing", packing)
    rows = [row for spec in specs for row in _rows(str(spec), *asked, console)]
    if provider:
        console.report(Report.of(_asked(rows)), {})
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


def _rows(name: str, providers: frozenset[str], packings: frozenset[str], console: Console) -> Iterator[dict[str, Any]]:
    from cloudgen.edge.opened import open_spec, rendered, together  # noqa: PLC0415

    opened, reports = open_spec(name), []
    for made in rendered(opened):
        console.progress(f"{name}: {made.machine}")
        reports.append((made.machine, made.report))
        yield from _of_machine(opened, made, providers, packings)
    console.report(opened.report + together(name, reports), opened.texts)


def _of_machine(
    opened: "Opened", made: "Rendered", providers: frozenset[str], packings: frozenset[str]
) -> Iterator[dict[str, Any]]:
    from cloudgen.providers import PROVIDERS  # noqa: PLC0415

    of = {"spec": opened.name, "cluster": opened.spec and opened.spec.cluster_name, "machine": made.machine}
    for provider in PROVIDERS.values():
        if provider.name in providers:
            shown = [packed for packed in made.parcel.in_every_packing(provider) if packed.packing in packings]
            yield from (of | _measured(packed, made) for packed in shown)
            if not shown:
                yield of | _not_carried(provider, made.parcel.format, packings)


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


def _asked(rows: Iterable[dict[str, Any]]) -> Iterator[Problem]:
    """An error for each machine that fits a provider in none of the packings that are shown."""
    fits: dict[tuple[str, str, str], bool] = {}
    for row in rows:
        key = (row["spec"], row["machine"], row["provider"])
        fits[key] = fits.get(key, False) or row["fits"]
    for (spec, machine, provider), fit in fits.items():
        if not fit:
            message = f"{spec}: {machine} does not fit {provider} in any packing that is shown"
            yield Problem(
                message, remedy="let machines fetch their scripts (bootstrap.scriptsFrom), or leave something out"
            )


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    named = ("*" if row["chosen"] else "", row["machine"], row["provider"])
    if row["packing"] is None:
        return (*named, "", "", "", "", row["why"])
    limit = f"{row['limit']} {row['unit']}" if row["limit"] else f"none ({row['unit']})"
    share = f"{100 * row['share']:.0f} %" if row["limit"] else ""
    return (*named, row["packing"], str(row["size"]), limit, share, _bar(row["share"]))


def _bar(share: float | None) -> str:
    if share is None:
        return ""
    return "#" * _BAR + " too large" if share > 1 else ("#" * round(_BAR * share)).ljust(_BAR, ".")
