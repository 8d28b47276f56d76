"""How the stock of degree holders of every region grows: trained here, moved in, from abroad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, MissingTable
from echelon.registry import unknown_name
from echelon.system.levels import Ladder, ladder

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Inflow", "make_inflow"]

Array = NDArray[np.float64]
# Series of holders of a bachelor's degree or more that builders put into indicators.
_SERIES = {
    "arrived": "degree_holders_arrived",
    "left": "degree_holders_left",
    "abroad": "degree_holders_from_abroad",
}
_SERIES_LEVEL = 6


@dataclass(frozen=True)
class Inflow:
    """Yearly accounts of the holders of a degree.

    Parameters
    ----------
    regions : tuple of str
    years : tuple of int
    stock, graduates, arrived, left, abroad : arrays (r, y)
        People; from abroad NaN where nothing is known.
    tables, steps, caveats : tuple of str
    """

    regions: tuple[str, ...]
    years: tuple[int, ...]
    stock: Array
    graduates: Array
    arrived: Array
    left: Array
    abroad: Array
    tables: tuple[str, ...]
    steps: tuple[str, ...]
    caveats: tuple[str, ...]

    @property
    def leaving(self) -> Array:
        """Share of the holders who leave in a year, mean over the years (r,)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = self.left / self.stock
        known = ~np.isnan(rate)
        count = known.sum(axis=1)
        total = np.where(known, rate, 0.0).sum(axis=1)
        return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)

    @property
    def change(self) -> Array:
        """Yearly change of the stock over the years, mean (r,)."""
        found: Array = (self.stock[:, -1] - self.stock[:, 0]) / (self.years[-1] - self.years[0])
        return found


def make_inflow(system: System, *, degree: str, window: int) -> Inflow:
    """Return the yearly accounts of the last years in which all parts are known.

    Parameters
    ----------
    system : System
    degree : str
        Level from which on people count.
    window : int
        At most so many years.

    Raises
    ------
    MissingTable, UnknownName, InsufficientData
    """
    system.need("graduates", "attainment", "levels")
    order = ladder(system)
    listed = system.table("levels")["level"].astype(str).tolist()
    if degree not in listed:
        raise unknown_name("level", degree, listed)
    reached = _reached(order, listed, degree)
    stock = _stock(system, order, reached)
    trained = system.table("graduates").dropna(subset="headcount")
    trained = trained[trained["level"] == degree]
    if trained.empty:
        raise InsufficientData(
            f"The table graduates has no graduates of the level {degree!r}",
            fix="Choose a level that has graduates, or add them",
        )
    graduates = _wide(trained, "headcount")
    moves, told, names = _moves(system, order, reached, degree)
    listed_regions = system.table("regions")["region"].astype(str)
    regions = [region for region in listed_regions if region in stock.index]
    years = _common([stock, graduates, moves["arrived"], moves["left"]], regions)
    if len(years) < 2:
        years = _common([stock, graduates], regions)
        told += " Moves are known in too few of these years: each year has their mean."
        moves = {name: _constant(table, years) for name, table in moves.items()}
    if len(years) < 2:
        raise InsufficientData(
            f"Stock and graduates of the level {degree!r} are known together in {len(years)} "
            f"year{'' if len(years) == 1 else 's'} for every region; a change needs two",
            fix="Add years to attainment and graduates",
        )
    years = years[-window:]
    return Inflow(
        tuple(regions), tuple(years), _figures(stock, regions, years),
        _figures(graduates, regions, years), _figures(moves["arrived"], regions, years),
        _figures(moves["left"], regions, years), _figures(moves.get("abroad"), regions, years),
        ("graduates", "attainment", *names), (told,), _caveats(trained, moves),
    )  # fmt: skip


def _common(tables: list[pd.DataFrame], regions: list[str]) -> list[int]:
    """Return the years in which every table knows every region."""
    shared = set.intersection(*(set(table.columns) for table in tables))
    whole = [y for y in shared if all(t[y].reindex(regions).notna().all() for t in tables)]
    return sorted(int(year) for year in whole)


def _constant(table: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    mean = table.mean(axis=1)
    return pd.DataFrame(dict.fromkeys(years, mean))


def _reached(order: Ladder, listed: list[str], degree: str) -> set[str]:
    """Return the levels at or above the degree, wider ones that begin at it included."""
    steps = dict(zip(listed, order.steps(listed), strict=True))
    least = order.steps([*listed, degree])[-1]
    found = {level for level, step in steps.items() if step >= least}
    if not order.by_isced(listed):
        codes = [c for c in listed if order.by_isced([c])]
        if degree in codes:
            steps = dict(zip(codes, order.steps(codes), strict=True))
            found = {level for level, step in steps.items() if step >= steps[degree]}
    wide = {w for level in found for w in order.ancestors(level)}
    narrow = {c for c in listed if c not in found and c not in wide}
    return found | {w for w in wide if not any(w in order.ancestors(n) for n in narrow)}


def _stock(system: System, order: Ladder, reached: set[str]) -> pd.DataFrame:
    rows = system.table("attainment").dropna(subset="people")
    rows = rows[rows["level"].isin(reached)]
    return _wide(_narrowest(rows, order, "level"), "people")


def _narrowest(rows: pd.DataFrame, order: Ladder, column: str) -> pd.DataFrame:
    """Leave out wider levels whose parts are there too: they would be counted twice."""
    wide = {w for level in set(rows[column].astype(str)) for w in order.ancestors(level)}
    return rows[~rows[column].isin(wide)]


def _wide(rows: pd.DataFrame, value: str, region: str = "region") -> pd.DataFrame:
    return rows.pivot_table(index=region, columns="year", values=value, aggfunc="sum")


def _figures(table: pd.DataFrame | None, regions: list[str], years: list[int]) -> Array:
    if table is None:
        return np.full((len(regions), len(years)), np.nan)
    return np.asarray(table.reindex(index=regions, columns=years), dtype=np.float64)


def _moves(
    system: System, order: Ladder, reached: set[str], degree: str
) -> tuple[dict[str, pd.DataFrame], str, tuple[str, ...]]:
    """Return arrivals, leavers and those from abroad by region and year, and where they are from."""
    found: dict[str, pd.DataFrame] = {}
    if "indicators" in system and order.steps([degree])[0] == _SERIES_LEVEL:
        series = system.table("indicators").dropna(subset="value")
        for name, indicator in _SERIES.items():
            rows = series[series["indicator"] == indicator]
            if len(rows):
                found[name] = _wide(rows, "value")
        if {"arrived", "left"} <= set(found):
            told = "Moves of degree holders: the series degree_holders_arrived, _left and _from_abroad."
            return found, told, ("indicators",)
    if "flows" in system:
        rows = system.table("flows").dropna(subset="people")
        rows = _narrowest(rows[rows["education"].isin(reached)], order, "education")
        rows = rows[rows["region"] != rows["destination"]]
        if len(rows):
            found["arrived"] = _wide(rows, "people", "destination")
            found["left"] = _wide(rows, "people")
            told = f"Moves of degree holders: flows of the levels from {degree} on."
            return found, told, ("flows",)
    raise MissingTable(
        f"Who moves between regions with the level {degree!r} is unknown",
        fix="Add flows by education (region, destination, education, year, people), or the series "
        "degree_holders_arrived and degree_holders_left to indicators, for example from ACS B07009 "
        "and B07409",
    )


def _caveats(trained: pd.DataFrame, moves: dict[str, pd.DataFrame]) -> tuple[str, ...]:
    found = [
        "The residual is what the parts leave open: deaths, emigration, degrees earned late, and "
        "sampling errors of all parts."
    ]
    if "abroad" not in moves:
        found.append(
            "People from abroad are unknown and not counted: the share from inflow is low."
        )
    if "evidence" in trained and (trained["evidence"] == "derived").any():
        found.append(
            "Graduates are derived; where they are taken from young residents, people who moved in "
            "young count as trained here, so training is overstated where people move in."
        )
    return tuple(found)
