"""Levels of education: their order, the years that they stand for, and which hold which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["YEARS_OF_SCHOOLING", "Ladder", "ladder"]

Array = NDArray[np.float64]

# Years from the first of primary school, by ISCED 2011 level, as UNESCO describes the programmes.
YEARS_OF_SCHOOLING = {0: 0, 1: 6, 2: 9, 3: 12, 4: 13, 5: 14, 6: 16, 7: 18, 8: 21}
_SECONDARY, _SHORT = 3, 4


class Ladder:
    """The levels of education of a system in one order that people and posts share.

    Levels are compared by ISCED 2011, where 0 to 2 count as one step and so do 3 and 4, because
    surveys of people do not show awards below a degree. Where a level that is compared has no ISCED
    level, all are compared by their rank instead.

    Parameters
    ----------
    levels : DataFrame
        The table ``levels``.
    """

    def __init__(self, levels: pd.DataFrame) -> None:
        table = levels.set_index("level")
        self._rank = table["rank"].astype(float)
        isced = table["isced"] if "isced" in table else pd.Series(dtype="float64")
        self._isced = isced.reindex(table.index).astype("Float64").astype(float)
        parent = table["parent"] if "parent" in table else pd.Series(dtype="object")
        self._parent = {str(k): str(v) for k, v in parent.items() if not pd.isna(v)}

    def by_isced(self, codes: Sequence[str]) -> bool:
        """Whether every one of these levels has an ISCED level."""
        return bool(self._isced.reindex(list(codes)).notna().all())

    def steps(self, codes: Sequence[str]) -> Array:
        """Return the place of each level in the order; NaN for one that is not in the table."""
        if not self.by_isced(codes):
            return _figures(self._rank, codes)
        return _step(_figures(self._isced, codes))

    def years(self, codes: Sequence[str]) -> Array:
        """Return the years of schooling of each level; NaN where its ISCED level is unknown."""
        isced = _figures(self._isced, codes)
        return np.array([YEARS_OF_SCHOOLING.get(i, np.nan) for i in isced], dtype=np.float64)

    def needed(self, required: pd.Series, codes: Sequence[str]) -> tuple[Array, Array]:
        """Return the lowest and the highest step that fits each required level.

        A requirement without an ISCED level asks for no credential: it fits everybody up to
        secondary school.

        Parameters
        ----------
        required : Series of str
            Level that each occupation asks for.
        codes : sequence of str
            Levels of the people, which decide how levels are compared.
        """
        known = required.isin(self._rank.index).to_numpy()
        if not self.by_isced(codes):
            rank = _figures(self._rank, required.tolist())
            return rank, rank
        isced = _figures(self._isced, required.tolist())
        step = _step(isced)
        free = known & np.isnan(isced)
        return np.where(free, 0.0, step), np.where(free, float(_SECONDARY), step)

    def ancestors(self, code: str) -> list[str]:
        """Return the wider levels that hold a level, the nearest first."""
        found: list[str] = []
        while code in self._parent and self._parent[code] not in found:
            code = self._parent[code]
            found.append(code)
        return found

    def agree(self, one: str, other: str) -> bool:
        """Whether two levels are the same, or one holds the other."""
        return one == other or one in self.ancestors(other) or other in self.ancestors(one)


def _figures(column: pd.Series, codes: Sequence[str]) -> Array:
    return np.asarray(column.reindex(list(codes)), dtype=np.float64)


def _step(isced: Array) -> Array:
    lowest = np.where(isced <= 2, 2.0, isced)
    return np.where(lowest == _SHORT, float(_SECONDARY), lowest)


def ladder(system: System) -> Ladder:
    """Return the order of a system's levels of education.

    Parameters
    ----------
    system : System

    Raises
    ------
    MissingTable
    """
    return Ladder(system.table("levels"))
