"""`cloudgen check`: every problem of every machine, and nothing written."""

from cloudgen.edge.cli.console import Console, plural
from cloudgen.edge.cli.options import Colour, ColourOption, Json, Specs, Strict


def check(specs: Specs, *, strict: Strict = False, json: Json = False, color: ColourOption = None) -> int:
    """Tell everything that is wrong with specs, at its line.

    Every machine is built, and the size of its user-data compared with what the provider takes.
    Identical problems of several machines are told once.
    """
    console = Console(color or Colour.AUTO, json=json, strict=strict)
    clusters = [_checked(str(spec), console) for spec in specs]
    if json:
        console.result(clusters=clusters)
    console.summary()
    return console.code


def _checked(name: str, console: Console) -> dict[str, object]:
    from cloudgen.edge.opened import open_spec, rendered, together  # noqa: PLC0415

    opened = open_spec(name)
    reports, sizes = [], []
    for made in rendered(opened):
        console.progress(f"{name}: {made.machine}")
        reports.append((made.machine, made.report))
        sizes.append((made.size, made.provider))
    report = opened.report + together(name, reports)
    console.report(report, opened.texts)
    if opened.spec is None or report.failed:
        return {"spec": name, "ok": False}
    size, provider = max(sizes, key=lambda found: found[0])
    limit = f" of {provider.limit}" if provider.limit else ""
    if not console.json:
        what = f"{plural(len(sizes), 'machine')}, Kubernetes {opened.spec.kubernetes_version}"
        console.say(f"{name}: {what}; user-data up to {size}{limit} {provider.unit}")
    return {"spec": name, "ok": True, "machines": [*opened.machines], "largest": size, "limit": provider.limit}
