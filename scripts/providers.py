"""Writes docs/providers.md from the rows of the providers, and from the article's cluster: nothing in it is typed.

    python scripts/providers.py

tests/test_providers_page.py says when it is stale.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from cloudgen.edge.opened import open_spec
from cloudgen.generate import Rendered, render
from cloudgen.packings import PACKINGS
from cloudgen.provider import Provider
from cloudgen.providers import PROVIDERS

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs/providers.md"
EXAMPLE: Final = ROOT / "examples/article.yaml"
WHO: Final = "Provider"
_HEAD: Final = """\
# Providers

<!-- Made by scripts/providers.py from cloudgen/providers/: change a row there, and run it again. -->

What `provider:` may be, how much user-data it takes, and in which packings; the default one is the first.
`cloudgen limits` measures a spec of yours against all of them. The last column is the share that a master of the
article's cluster takes (`examples/article.yaml`), with 17 tokens of 95 characters. Where that is too much, machines can
fetch their scripts: `bootstrap: {scriptsFrom: URL}`, with the file of `cloudgen scripts` there (`examples/aws.yaml`).
"""


def page() -> str:
    """The whole page."""
    return "\n".join(_sections(_article())) + "\n"


def _article() -> Rendered:
    spec = open_spec(str(EXAMPLE)).spec
    if spec is None:
        raise SystemExit(f"{EXAMPLE} does not load")
    return render(spec, spec.masters[0].name)


def _sections(article: Rendered) -> Iterator[str]:
    rows = PROVIDERS.values()
    yield _HEAD
    formats = list(dict.fromkeys(format_ for row in rows for format_ in row.formats))
    head = (WHO, "`provider:`", "Limit", *(f"Packings of {format_}" for format_ in formats), "Article")
    yield from _table(head, [_carries(row, formats, article) for row in rows])
    yield "\n## Packings\n"
    yield from _table(("`packing:`", "Formats", "Who opens it"), [_packing(name) for name in PACKINGS])
    yield "\n## What does not work, and why\n"
    refused = [(row.title, f"`{name}`", why) for row in rows for name, why in row.refuses.items()]
    yield from _table((WHO, "Format or packing", "Reason"), refused)
    yield "\nA client may substitute in what it hands over. Default packings are safe, a plain text is warned of.\n"
    yield from _table((WHO, "Substituted"), [(row.title, row.substitution) for row in rows if row.substitutes])
    yield "\n## Handing it over\n"
    yield "`render` prints these with the file's own path and the machine's name and zone, if it has one, quoted.\n"
    yield from _table((WHO, "For", "Command or field"), [way for row in rows for way in _ways(row)])
    yield "\n## Machines\n"
    head = (WHO, "Data source of cloud-init", "Network card", "A secondary disk", "NAME is")
    yield from _table(head, [_machine(row) for row in rows])
    yield "\n## Where the limits come from\n"
    yield from _table((WHO, "Source"), [(row.title, row.source) for row in rows])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _carries(row: Provider, formats: Sequence[str], article: Rendered) -> tuple[str, ...]:
    limit = f"{row.limit:,} {row.unit}" if row.limit else "none known"
    packings = (", ".join(f"`{name}`" for name in row.packings(format_)) or "no" for format_ in formats)
    share = article.parcel.packed(row.packings(article.parcel.format)[0], row).share
    return (row.title, f"`{row.name}`", limit, *packings, f"{100 * share:.0f} %" if row.limit else "")


def _packing(name: str) -> tuple[str, ...]:
    packing = PACKINGS[name]
    return (f"`{name}`", ", ".join(packing.formats) or "all", packing.opened_by)


def _ways(row: Provider) -> Iterator[tuple[str, ...]]:
    zone = f" {row.zone.format(zone='ZONE')}" if row.zone else ""
    for way in row.hand_over:
        only = ", ".join((*way.formats, *(f"`{name}`" for name in way.packings)))
        yield row.title, only, f"`{way.how.format(path='PATH', node='NODE', zone=zone)}`"


def _machine(row: Provider) -> tuple[str, ...]:
    return row.title, row.datasource, f"`{row.nic_pattern}`", f"`{row.disk.format(name='NAME')}`", row.disk_name


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
