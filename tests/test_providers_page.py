"""docs/providers.md: made of the rows, never typed."""

import re
import runpy
from pathlib import Path

from cloudgen.providers import PROVIDERS

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/providers.md").read_text(encoding="utf-8")
SHARE = re.compile(r"\d+ %")
"""A packed size depends a little on the zlib at hand."""


def test_the_page_is_fresh():
    """After a change of a row, `python scripts/providers.py` writes the page anew."""
    made = runpy.run_path(str(ROOT / "scripts/providers.py"))["page"]()
    assert SHARE.sub("", made) == SHARE.sub("", PAGE)


def test_every_provider_is_on_it():
    """Each row has its line, with its name as it stands in a spec."""
    assert all(f"| `{name}` |" in PAGE for name in PROVIDERS)
