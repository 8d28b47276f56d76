"""Amounts by region and item, taken from one table in one year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Amounts", "by_region", "known_sum", "regions_of"]

Array = NDArray[np.float64]
_LEAST_REGIONS = 0.5


@dataclass(frozen=True)
class Amounts:
    """What each region has of each item in one year.

    Parameters
    ----------
    items : tuple of str
        Codes of the items.
    amounts : array (regions, items)
        Unknown amounts are NaN.
    year : int
    table, unit, what : str
        Where it was read, its unit, and what it is in words.
    """

    items: tuple[str, ...]
    amounts: Array = field(repr=False)
    year: int
    table: str
    unit: str
    what: str

    def only(self, items: Sequence[str]) -> Amounts:
        """Return the same for some of the items."""
        places = [self.items.index(item) for item in items]
        return replace(self, items=tuple(items), amounts=self.amounts[:, places])

    def replaced(self, amounts: Array, *, unit: str = "", what: str = "") -> Amounts:
        """Return the same items with other amounts."""
        return replace(self, amounts=amounts, unit=unit or self.unit, what=what or self.what)


def regions_of(system: System) -> list[str]:
    """Return the regions that are compared: those that no other region names as its parent."""
    table = system.table("regions")
    parents = set(table["parent"].dropna()) if "parent" in table else set()
    return [str(region) for region in table["region"] if region not in parents]


def known_sum(frame: pd.DataFrame, keys: list[str], figures: list[str]) -> pd.DataFrame:
    """Return sums by keys; a sum with an unknown part is unknown."""
    grouped = frame.groupby(keys, sort=True)
    return pd.DataFrame(
        {f: grouped[f].sum().where(grouped[f].count() == grouped.size()) for f in figures}
    ).reset_index()


def by_region(
    frame: pd.DataFrame, item: str, regions: Sequence[str], *, year: int | None, table: str,
    unit: str, what: str, window: int = 1,
) -> Amounts:  # fmt: skip
    """Return a table's amounts in its last year that half of the regions know.

    Parameters
    ----------
    frame : DataFrame
        Columns region, ``item``, year, amount.
    item : str
        Column of the items.
    regions : sequence of str
    year : int, optional
        The last year that may be used.
    table, unit, what : str
        As in :class:`Amounts`.
    window : int
        So many years up to the last are averaged, as far as they are known.

    Raises
    ------
    InsufficientData
        When no year is known for half of the regions.
    """
    rows = frame[frame["region"].isin(regions)].dropna(subset="amount")
    if year is not None:
        rows = rows[rows["year"] <= year]
    known = rows.groupby("year")["region"].nunique()
    good = known[known >= _LEAST_REGIONS * len(regions)]
    if good.empty:
        limit = f" up to {year}" if year is not None else ""
        raise InsufficientData(
            f"The {what} are known for fewer than half of the regions in every year{limit}",
            where=f"table {table}", fix="Add figures, or choose a later year",
        )  # fmt: skip
    last = int(good.index.max())
    inside = rows[rows["year"].between(last - window + 1, last)]
    wide = inside.pivot_table(index="region", columns=item, values="amount", aggfunc="mean")
    wide = wide.reindex(index=list(regions))
    items = tuple(str(code) for code in wide.columns)
    return Amounts(items, wide.to_numpy(float), last, table, unit, what)
