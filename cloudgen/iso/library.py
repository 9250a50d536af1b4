"""pycdlib, where it is installed: it lays images out and reads them."""

from typing import TYPE_CHECKING

from cloudgen.report import Problem, Refused, Report

if TYPE_CHECKING:
    from pycdlib import PyCdlib


def library() -> "PyCdlib":
    """An image that is not begun yet. Raises `Refused` where the extra is missing."""
    try:
        # Imported only here: few need it.
        from pycdlib import PyCdlib  # noqa: PLC0415
    except ImportError:
        problem = Problem("ISO images need pycdlib, not installed here", remedy="pip install 'cloudgen[seed]'")
        raise Refused(Report((problem,))) from None
    return PyCdlib()
