"""Occupations through the years as arrays: what growth and pace are read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["History", "ancestors", "leaf_regions", "nation", "read_history", "workers_of"]

Array = NDArray[np.float64]
_FIGURES = ("headcount", "wage", "hours", "underqualified", "headcount_rse", "wage_rse")
_LEVELS = ("headcount", "wage", "hours", "underqualified")
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
    by = kept.assign(bill=bill, paid=paid, error=error).groupby(keys)
    sums = by[["headcount", "bill", "paid", "error"]].sum(min_count=1).reset_index()
    head = sums["headcount"].where(sums["headcount"] > 0)
    return sums[keys].assign(
        headcount=sums["headcount"],
        wage=sums["bill"] / sums["paid"].where(sums["paid"] > 0),
        headcount_rse=np.sqrt(sums["error"]) / head,
        evidence=by["evidence"].agg(_worst).to_numpy(),
        source=by["source"].agg(_sources).to_numpy(),
    )


def _worst(evidence: pd.Series) -> str:
    order = ("measured", "derived", "assumed")
    return order[max((order.index(str(e)) for e in evidence.unique()), default=0)]


def _sources(sources: pd.Series) -> str:
    keys = {k.strip() for text in sources.dropna().unique() for k in str(text).split(",")}
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
        table, parts = "workers", workers_of(system)
    if parts is None or parts.empty:
        return None
    order = [WHOLE] if whole else leaf_regions(system)
    regions = [code for code in order if code in set(parts["region"])]
    return _arrays(parts.reindex(columns=[*parts.columns, *_absent(parts)]), regions, table)


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
    named = rows.assign(classification=rows["classification"].fillna("").astype(str))
    regimes = named.groupby("year")["classification"].agg(lambda c: c.mode().iloc[0])
    return History(
        tuple(years), tuple(regions), tuple(occupations),
        tuple(str(regimes[year]) for year in years), figures, table,
        _sources(rows["source"]), _worst(rows["evidence"]),
    )  # fmt: skip


def nation(history: History) -> History:
    """Return the sum of all regions as one region: people added, the rest weighted by people.

    A year and occupation in which a region is unknown is the sum of the others; its growth is
    read only between years with the same regions.
    """
    people = history.people
    known = ~np.isnan(people)
    always = known | ~known.any(axis=(0, 2), keepdims=True)
    steady = always.all(axis=0, keepdims=True) | (known.sum(axis=0, keepdims=True) == 0)
    weight = np.where(known & steady, people, 0.0)
    total = weight.sum(axis=1, keepdims=True)
    figures: dict[str, Array] = {"headcount": np.where(total > 0, total, np.nan)}
    for name in _LEVELS[1:]:
        figures[name] = _mean(history.figures[name], weight)
    for name, squared in (("headcount_rse", weight), ("wage_rse", weight)):
        error = np.sqrt((np.nan_to_num(history.figures[name] * squared) ** 2).sum(axis=1, keepdims=True))
        some = ~np.isnan(history.figures[name]).all(axis=1, keepdims=True)
        figures[name] = np.where(some & (total > 0), error / np.where(total > 0, total, 1), np.nan)
    return replace(history, regions=(WHOLE,), figures=figures)


def _mean(figures: Array, weight: Array) -> Array:
    known = ~np.isnan(figures)
    held = np.where(known, weight, 0.0)
    total = held.sum(axis=1, keepdims=True)
    whole = (held * np.nan_to_num(figures)).sum(axis=1, keepdims=True)
    return np.divide(whole, total, out=np.full(total.shape, np.nan), where=total > 0)


def need_years(history: History, least: int, what: str) -> None:
    """Raise when the history has too few years for what is asked of it."""
    if len(history.years) < least:
        listed = ", ".join(map(str, history.years))
        raise InsufficientData(
            f"The table {history.table} has one year only ({listed}); {what} needs {least} or more",
            fix="Add earlier years to occupation_history or to workers",
        )
