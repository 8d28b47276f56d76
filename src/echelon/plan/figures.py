"""Figures that no plan can be made from, named before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.errors import InvalidSystem

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["refuse_figures"]

# Columns that the plan reads, and the most that each may be.
_MOST = {
    "workers": {"headcount": np.inf, "wage": np.inf},
    "demand": {"posts": np.inf},
    "separations": {"exit_rate": 1.0},
    "programmes": {"capacity": np.inf, "cost": np.inf, "lag": np.inf, "completion": 1.0},
    "programme_occupations": {"share": 1.0},
    "graduates": {"headcount": np.inf},
    "transitions": {"share": 1.0, "cost": np.inf, "months": np.inf},
    "ties": {"distance": np.inf, "cost": np.inf},
    "flows": {"people": np.inf},
    "budgets": {"amount": np.inf},
    "platforms": {"posts": np.inf, "cost": np.inf, "value": np.inf},
    "levers": {"value": np.inf},
}
_ROUNDING = 1e-9


def refuse_figures(system: System) -> None:
    """Raise the error that names the first figure below 0, without end or above what it can be.

    Parameters
    ----------
    system : System

    Raises
    ------
    InvalidSystem
    """
    for table, columns in _MOST.items():
        if table not in system:
            continue
        rows = system.table(table)
        for column, most in columns.items():
            if column not in rows:
                continue
            figures = rows[column].to_numpy(float)
            wrong = np.flatnonzero((figures < 0) | (figures > most + _ROUNDING) | np.isinf(figures))
            if len(wrong):
                raise _error(rows.iloc[int(wrong[0])], table, column, most)


def _error(row: pd.Series, table: str, column: str, most: float) -> InvalidSystem:
    keys = [str(row[k]) for k in row.index if isinstance(row[k], str) and k not in _ABOUT]
    ends = "of 0 or more, a finite one," if np.isinf(most) else f"between 0 and {most:g}"
    return InvalidSystem(
        f"The plan cannot use a {column} of {float(row[column]):,.6g}",
        where=f"table {table}, row {', '.join(keys)}, column {column}",
        fix=f"Give a figure {ends}, or leave the cell empty where it is unknown",
    )


_ABOUT = ("evidence", "source", "unit")
