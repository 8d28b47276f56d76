"""Readers of official statistics, one module for each publisher's format.

Every module has ``read(path, ...)``, which returns tables with the columns and types that its
``COLUMNS`` declares, and ``PUBLICATION`` or ``PUBLICATIONS``, which says how to cite them. Readers
rename, cast and turn the publisher's marks for a missing figure into NaN; they estimate nothing.

>>> from echelon.sources import source
>>> source("cip").PUBLICATION.publisher
'National Center for Education Statistics and Bureau of Labor Statistics'
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from echelon.registry import Registry

__all__ = ["SOURCES", "source"]

SOURCES: Registry[str] = Registry(
    "source",
    {
        name: f"echelon.sources.{name}"
        for name in (
            "acs",
            "bea",
            "ces",
            "cip",
            "cps",
            "crosswalks",
            "esco",
            "geography",
            "jolts",
            "laus",
            "migration",
            "mobility",
            "nbs",
            "ncses",
            "nuts",
            "oews",
            "onet",
            "postings",
            "projections",
        )
    },
)


def source(name: str) -> ModuleType:
    """Return the reader of one publisher's format by its name, for example ``"oews"``.

    Raises
    ------
    UnknownName
        No source has this name; the message suggests the nearest or lists all.
    """
    return import_module(SOURCES[name])
