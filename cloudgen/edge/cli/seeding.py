"""Seeds beside user-data, for `render` and `up`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cloudgen.edge.reading import refused
from cloudgen.generate import Rendered
from cloudgen.report import Problem, Refused, warning
from cloudgen.spec import Spec


def seed_files(kind: str, spec: Spec, made: Rendered, folder: Path) -> Mapping[Path, bytes]:
    """The files of a seed, by where they go; none where no kind is asked for. Raises `Refused`."""
    if not kind:
        return {}
    # Imported only here: few ask for one.
    from cloudgen.seeds import SEEDS, seed  # noqa: PLC0415

    files = {folder / name: data for name, data in seed(spec, made, kind).items()}
    for name in SEEDS[kind].optional:
        left = folder / SEEDS[kind].path / name
        if left not in files and left.exists():
            raise refused(f"{left} is of an earlier run, and the machine would read it", "remove it")
    return files


def unseeded(spec: Spec, made: Rendered) -> Iterator[Problem]:
    """What a seed alone would carry; or why none does."""
    for index, master in enumerate(spec.masters):
        if master.name == made.machine and master.network_config:
            from cloudgen.seeds import seed  # noqa: PLC0415 - as above

            path = ("masters", index, "networkConfig")
            try:
                seed(spec, made, "nocloud")
            except Refused as refusal:
                yield from (warning(told.message, told.path, told.remedy) for told in refusal.report)
            else:
                yield warning("user-data does not carry this, and no seed is written", path, "add --seed nocloud-iso")


def seed_row(kind: str, folder: Path, node: str) -> Mapping[str, Any]:
    """What the table says of it, in place of the user-data's own."""
    if not kind:
        return {}
    from cloudgen.seeds import SEEDS  # noqa: PLC0415 - as above

    path = str(folder / SEEDS[kind].path)
    return {"seed": path, "hand_over": SEEDS[kind].hand_over.format(path=path, node=node)}
