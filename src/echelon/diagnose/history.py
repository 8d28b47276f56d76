"""Occupations through the years as arrays: what growth and pace are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidSystem
from echelon.provenance import EVIDENCE

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "WHOLE",
    "History",
    "ancestors",
    "leaf_regions",
    "nation",
    "publications",
    "read_history",
    "read_workers",
    "workers_of",
    "worst",
]

Array = NDArray[np.float64]
_FIGURES = ("headcount", "wage", "hours", "underqualified", "headcount_rse", "wage_rse")
_LEVELS = ("headcount", "wage", "hours", "underqualified")
_WEAKNESS: dict[str, int] = {kind: place for place, kind in enumerate(EVIDENCE)}
# Code of all regions together.
WHOLE = "all"


@dataclass(frozen=True)
class History:
    """People at work by year, region and occupation, and what is known of them.

    Parameters
    ----------
    years : tuple of int
    regions, occupations : tuple of str
    regimes : tuple of str
        The classification of each year.
    figures : dict of str to array (t, m, n)
        headcount, wage, hours, underqualified, headcount_rse, wage_rse; NaN where unknown.
    table, source, evidence : str
        The table and the publications that they are from.
    """

    years: tuple[int, ...]
    regions: tuple[str, ...]
    occupations: tuple[str, ...]
    regimes: tuple[str, ...]
    figures: dict[str, Array]
    table: str
    source: str
    evidence: str

    @property
    def people(self) -> Array:
        """People at work (t, m, n)."""
        return self.figures["headcount"]


def leaf_regions(system: System) -> list[str]:
    """Return the regions that no other region names as its parent, in the table's order."""
    table = system.table("regions")
    parents = set(table["parent"].dropna())
    return [str(code) for code in table["region"] if code not in parents]


def ancestors(system: System) -> dict[str, list[str]]:
    """Return each occupation with the wider groups above it, nearest first."""
    table = system.table("occupations")
    parent = dict(zip(table["occupation"], table["parent"], strict=True))
    found: dict[str, list[str]] = {}
    for code in parent:
        line, above = [str(code)], parent[code]
        while isinstance(above, str) and above not in line:
            line.append(above)
            above = parent.get(above)
        found[str(code)] = line
    return found


def workers_of(system: System) -> pd.DataFrame:
    """Return people at work by region, occupation and year, levels of education together.

    Rows of all levels together are taken where there are any, else those by level are added.
    """
    rows = system.table("workers")
    keys = ["region", "occupation", "year"]
    together = rows["education"].isna()
    kept = rows[together] if together.any() else rows
    kept = kept[kept["region"].isin(leaf_regions(system))]
    bill = kept["wage"] * kept["headcount"]
    paid = kept["headcount"].where(kept["wage"].notna())
    error = (kept["headcount_rse"] * kept["headcount"]) ** 2
    weakness = kept["evidence"].map(_WEAKNESS).astype(float)
    by = kept.assign(bill=bill, paid=paid, error=error, weakness=weakness).groupby(keys)
    sums = by[["headcount", "bill", "paid", "error"]].sum(min_count=1).reset_index()
    weakest = by["weakness"].max().to_numpy()
    head = sums["headcount"].where(sums["headcount"] > 0)
    return sums[keys].assign(
        headcount=sums["headcount"],
        wage=sums["bill"] / sums["paid"].where(sums["paid"] > 0),
        headcount_rse=np.sqrt(sums["error"]) / head,
        evidence=[EVIDENCE[int(place)] for place in weakest],
        source=publications(kept["source"]),
    )


def worst(evidence: pd.Series) -> str:
    """Return the weakest kind of evidence in a column."""
    return EVIDENCE[max((_WEAKNESS[str(kind)] for kind in evidence.unique()), default=0)]


def publications(column: pd.Series) -> str:
    """Return the keys of the publications in a column, once each."""
    keys = {k.strip() for text in column.dropna().unique() for k in str(text).split(",")}
    return ", ".join(sorted(keys))


def read_history(system: System, *, whole: bool = False) -> History | None:
    """Return the history of the system, from occupation_history or else from workers.

    Parameters
    ----------
    system : System
    whole : bool
        The figures that exist for the whole system only, instead of those by region.

    Returns
    -------
    History or None
        None where there are no such figures.
    """
    parts: pd.DataFrame | None = None
    table = "occupation_history"
    if table in system:
        rows = system.table(table)
        parts = rows[rows["region"].isna()] if whole else rows[rows["region"].notna()]
        parts = parts.assign(region=WHOLE) if whole else parts
    if (parts is None or parts.empty) and not whole and "workers" in system:
        return read_workers(system)
    if parts is None or parts.empty:
        return None
    return _history(system, parts, table, whole=whole)


def read_workers(system: System) -> History:
    """Return the table workers as a history, whatever else the system has."""
    return _history(system, workers_of(system), "workers")


def _history(system: System, parts: pd.DataFrame, table: str, *, whole: bool = False) -> History:
    _refuse(system, parts, table)
    order = [WHOLE] if whole else leaf_regions(system)
    found = set(parts["region"])
    regions = [code for code in order if code in found]
    return _arrays(parts.reindex(columns=[*parts.columns, *_absent(parts)]), regions, table)


def _refuse(system: System, rows: pd.DataFrame, table: str) -> None:
    """Raise for the first negative figure and the first unknown occupation."""
    for name in _FIGURES:
        if name in rows and (rows[name] < 0).any():
            first = rows[rows[name] < 0].iloc[0]
            raise InvalidSystem(
                f"The {name} of {first['occupation']} in {first['region']} is negative",
                where=f"table {table}, year {first['year']}, column {name}, value {first[name]:g}",
                fix="Correct the figure, or leave the cell empty if it is unknown",
            )
    if "occupations" in system:
        listed = set(system.table("occupations")["occupation"])
        unknown = rows.loc[~rows["occupation"].isin(listed), "occupation"]
        if len(unknown):
            raise InvalidSystem(
                f"The occupation {unknown.iloc[0]!r} is not in the table occupations",
                where=f"table {table}, column occupation, {len(unknown):,} rows",
                fix="Add it to occupations, or carry the codes over with a crosswalk",
            )


def _absent(rows: pd.DataFrame) -> list[str]:
    return [name for name in (*_FIGURES, "classification") if name not in rows]


def _arrays(rows: pd.DataFrame, regions: Sequence[str], table: str) -> History:
    years = sorted(int(y) for y in rows["year"].unique())
    occupations = sorted(str(o) for o in rows["occupation"].unique())
    place = (
        pd.Index(years).get_indexer(pd.Index(rows["year"].astype(int))),
        pd.Index(list(regions)).get_indexer(pd.Index(rows["region"])),
        pd.Index(occupations).get_indexer(pd.Index(rows["occupation"])),
    )
    inside = place[1] >= 0
    at = tuple(p[inside] for p in place)
    figures = {}
    for name in _FIGURES:
        figures[name] = np.full((len(years), len(regions), len(occupations)), np.nan)
        figures[name][at] = rows[name].to_numpy(dtype=float, na_value=np.nan)[inside]
    named = rows.assign(classification=rows["classification"].astype("object").fillna(""))
    regimes = named.groupby("year")["classification"].agg(lambda c: c.mode().iloc[0])
    return History(
        tuple(years), tuple(regions), tuple(occupations),
        tuple(str(regimes[year]) for year in years), figures, table,
        publications(rows["source"]), worst(rows["evidence"]),
    )  # fmt: skip


def nation(history: History) -> History:
    """Return the sum of all regions as one region: people added, the rest weighted by people.

    A region that does not know an occupation in every year is left out of that occupation, so that
    no growth comes from who is counted.
    """
    people = history.people
    known = ~np.isnan(people)
    steady = known.all(axis=0, keepdims=True)
    steady = steady | ~np.any(steady, axis=1, keepdims=True)
    weight = np.where(known & steady, people, 0.0)
    total = weight.sum(axis=1, keepdims=True)
    figures: dict[str, Array] = {"headcount": np.where(total > 0, total, np.nan)}
    for name in _LEVELS[1:]:
        figures[name] = _mean(history.figures[name], weight)
    for name, squared in (("headcount_rse", weight), ("wage_rse", weight)):
        error = np.sqrt(
            (np.nan_to_num(history.figures[name] * squared) ** 2).sum(axis=1, keepdims=True)
        )
        some = ~np.isnan(history.figures[name]).all(axis=1, keepdims=True)
        figures[name] = np.where(some & (total > 0), error / np.where(total > 0, total, 1), np.nan)
    return replace(history, regions=(WHOLE,), figures=figures)


def _mean(figures: Array, weight: Array) -> Array:
    known = ~np.isnan(figures)
    held = np.where(known, weight, 0.0)
    total = held.sum(axis=1, keepdims=True)
    whole = (held * np.nan_to_num(figures)).sum(axis=1, keepdims=True)
    return np.divide(whole, total, out=np.full(total.shape, np.nan), where=total > 0)
