"""Builders: whole systems from the files that statistical offices publish."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from echelon.errors import InvalidArgument, UnreadableInput
from echelon.registry import Registry

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["COUNTRIES", "DETAILS", "build"]

COUNTRIES: Registry[str] = Registry(
    "country", {"us": "echelon.build.us", "china": "echelon.build.china"}
)
DETAILS = ("full", "groups")


def build(
    country: str,
    folder: str | Path,
    *,
    detail: str = "full",
    tell: Callable[[str], None] = lambda _line: None,
) -> System:
    """Make the whole system of a country from its official files.

    Parameters
    ----------
    country : str
        ``"us"`` or ``"china"``.
    folder : path
        The official files, one folder per publisher, under the names that the publishers give them.
    detail : str
        ``"full"``: every occupation; ``"groups"``: at most 100 groups of occupations. Only ``us``
        has occupations.
    tell : callable
        Called with one line of progress at a time.

    Raises
    ------
    UnknownName
        When there is no builder for the country.
    UnreadableInput
        When a file is absent or broken.
    """
    from importlib import import_module

    from echelon.system.system import from_tables

    module = import_module(COUNTRIES[country])
    if detail not in DETAILS:
        raise InvalidArgument(f"There is no detail {detail!r}", fix="Choose full or groups")
    where = Path(folder)
    if not where.is_dir():
        raise UnreadableInput(
            "There is no such folder", where=str(where), fix="Give the folder of the official files"
        )
    return from_tables(country, module.tables(where, detail=detail, tell=tell))
