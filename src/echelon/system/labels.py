"""The names behind the codes of a system's dimension tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["labels"]


def labels(system: System, *tables: str) -> dict[str, str]:
    """Return the name of every code of some dimension tables, its code where it has none.

    Parameters
    ----------
    system : System
    *tables : str
        Dimension tables, for example ``"regions"``, ``"occupations"``; one that the system lacks
        adds nothing. Where two tables share a code, the table named first gives its name.

    Returns
    -------
    dict of str to str
    """
    from echelon.system.schema import tables as schema_tables

    found: dict[str, str] = {}
    for table in tables:
        if table not in system:
            continue
        frame = system.table(table)
        key = schema_tables()[table].keys[0]
        for code, name in zip(frame[key], frame["name"], strict=True):
            found.setdefault(str(code), str(code) if pd.isna(name) else str(name))
    return found
