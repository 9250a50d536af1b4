"""Writes docs/providers.md from the rows of the providers, and from the article's cluster: nothing in it is typed.

    python scripts/providers.py

tests/test_providers_page.py says when it is stale.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from cloudgen.budget import percent
from cloudgen.generate import render
from cloudgen.load import load
from cloudgen.packings import PACKINGS
from cloudgen.provider import Provider
from cloudgen.providers import PROVIDERS
from cloudgen.source import parse
from cloudgen.spec import Spec

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs/providers.md"
EXAMPLE: Final = ROOT / "examples/article.yaml"
FAMILIES: Final = ("debian", "flatcar")
"""One for each format."""
WHO: Final = "Provider"
_HEAD: Final = """\
# Providers

<!-- Made by scripts/providers.py from cloudgen/providers/: change a row there, and run it again. -->

What `provider:` may be, how much user-data it takes, and in which packings; the default one is the first.
`cloudgen limits` measures a spec of yours against all of them. The shares are those of a master of the article's
cluster (`examples/article.yaml`) in the default packing, with 17 tokens of 95 characters; for Ignition on Flatcar.
A star: its limit does not hold a master with its scripts, which are half of it. There machines fetch them by default,
checked, from the folder that key-keeper comes from: put the file of `cloudgen scripts` there (`examples/aws.yaml`).
`bootstrap: {scriptsFrom: URL}` names another folder, and does the same for any other provider.
"""


def page() -> str:
    """The whole page."""
    return "\n".join(_sections({spec.encoder.name: spec for spec in map(_article, FAMILIES)})) + "\n"


def _article(family: str) -> Spec:
    text = EXAMPLE.read_text(encoding="utf-8").replace("provider: yandex", "provider: generic")
    return load(parse(f"{text}\nhost: {{family: {family}}}\n".encode(), EXAMPLE.name))


def _sections(articles: Mapping[str, Spec]) -> Iterator[str]:
    rows = PROVIDERS.values()
    yield _HEAD
    formats = list(dict.fromkeys(format_ for row in rows for format_ in row.formats))
    columns = (column for format_ in formats for column in (f"Packings of {format_}", "Share"))
    head = (WHO, "`provider:`", "Limit", *columns)
    yield from _table(head, [_carries(row, formats, articles) for row in rows])
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


def _carries(row: Provider, formats: Sequence[str], articles: Mapping[str, Spec]) -> tuple[str, ...]:
    limit = f"{row.limit:,} {row.unit}" if row.limit else "none known"
    cells = (cell for format_ in formats for cell in _format(row, row.packings(format_), articles[format_]))
    return (row.title, f"`{row.name}`", limit, *cells)


def _format(row: Provider, packings: Sequence[str], article: Spec) -> tuple[str, str]:
    if not packings:
        return "none", ""
    made = render(article.of_provider(row.name), article.masters[0].name)
    star = "*" if made.parcel.format in row.narrow_for else ""
    share = f"{percent(made.size, row.limit)} %{star}" if row.limit else ""
    return ", ".join(f"`{name}`" for name in packings), share


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
