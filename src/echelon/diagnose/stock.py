"""The stock of talent by tier and region, how precisely it is known, and its pace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.carried import TIERS, Carriers, make_carriers
from echelon.diagnose.history import (
    History,
    leaf_regions,
    publications,
    read_history,
    read_workers,
    worst,
)
from echelon.errors import EchelonError, InsufficientData, InvalidArgument, MissingTable
from echelon.methods.closing import trend_growth
from echelon.system.formula import compile_formula, evaluate

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["SERIES", "Stock", "make_stock", "series_of"]

Array = NDArray[np.float64]
# What stands for tiers where no occupation has one.
SERIES = {
    "research personnel": "sum(research.full_time_equivalent where funder = 'all' and "
    "activity = 'all')",
    "researchers": "rd_researchers_fte",
}
_BASES = ("employed", "population")


@dataclass(frozen=True)
class Stock:
    """Talent by region (m) and tier (k).

    Parameters
    ----------
    regions, tiers : tuple of str
    year : int
    people, error : arrays (m, k)
        The stock, and its relative standard error in per cent; NaN where unknown.
    base : array (m,)
        People at work, or in the region, whom it is set against.
    base_name, unit : str
        What the base is, and the unit of the stock.
    pace, pace_error : arrays (m, k)
        Growth of the stock per 1,000 in per cent a year, and its standard error.
    pace_years : tuple of int
        First and last year of the pace; empty where none is known.
    before : array (m, k)
        The stock of the year before; NaN where unknown.
    carriers : Carriers or None
        The occupations behind the tiers.
    table, source, evidence : str
    """

    regions: tuple[str, ...]
    tiers: tuple[str, ...]
    year: int
    people: Array
    error: Array
    base: Array
    base_name: str
    unit: str
    pace: Array
    pace_error: Array
    pace_years: tuple[int, ...]
    before: Array
    carriers: Carriers | None
    table: str
    source: str
    evidence: str

    @property
    def per_thousand(self) -> Array:
        """The stock per 1,000 of the base (m, k)."""
        base = np.where(self.base > 0, self.base, np.nan)
        return 1000 * self.people / base[:, None]

    def whole(self) -> tuple[Array, Array]:
        """Return the stock per 1,000 and its pace of all regions together, by tier (k,)."""
        weight = np.where(np.isnan(self.people), 0.0, self.people)
        level = 1000 * weight.sum(axis=0) / np.nansum(self.base)
        known = ~np.isnan(self.pace)
        held = np.where(known, weight, 0.0)
        total = held.sum(axis=0)
        pace = (held * np.nan_to_num(self.pace)).sum(axis=0)
        return level, np.divide(pace, total, out=np.full(total.shape, np.nan), where=total > 0)


def make_stock(system: System, *, series: Mapping[str, str] | None, window: int) -> Stock:
    """Return the stock of every tier, or of the series that stand for tiers.

    Parameters
    ----------
    system : System
    series : mapping of str to str, optional
        Name to formula; by default the tiers of occupations, or else :data:`SERIES`.
    window : int
        Years over which the pace is read.
    """
    if window < 2:
        raise InvalidArgument(f"A pace over {window} years is not defined", fix="Use 2 or more")
    if series is not None:
        return _of_series(system, series, window)
    if "workers" in system and "occupations" in system:
        return _of_tiers(system, window)
    try:
        return _of_series(system, SERIES, window)
    except (InsufficientData, MissingTable):
        system.need("workers", "occupations")
        raise


def _of_tiers(system: System, window: int) -> Stock:
    workers = read_workers(system)
    past = read_history(system) or workers
    now = make_carriers(system, workers)
    if now is None or not any(now.tiers):
        raise InsufficientData(
            "No occupation of the table occupations that has people at work has a tier, so there "
            "is nothing to account for",
            where="table occupations, column tier",
            fix="Fill the column tier, or give series, for example series={'researchers': "
            "'rd_researchers_fte'}",
        )
    tiers = tuple(tier for tier in TIERS if tier in now.tiers)
    last = len(workers.years) - 1
    rse = workers.figures["headcount_rse"][last][:, now.place]
    people, error = _by_tier(now, now.people, rse, tiers)
    before = np.full(people.shape, np.nan)
    if last and workers.years[last - 1] == now.year - 1:
        then = np.nan_to_num(workers.people[last - 1][:, now.place])
        before, _ = _by_tier(now, then, rse, tiers)
    pace, pace_error, years = _pace(system, past, workers.regions, tiers, window)
    return Stock(
        workers.regions, tiers, now.year, people, error, np.nansum(workers.people[last], axis=1),
        "people at work", "people", pace, pace_error, years, before, now, "workers", workers.source,
        workers.evidence,
    )  # fmt: skip


def _by_tier(
    carriers: Carriers, people: Array, rse: Array, tiers: tuple[str, ...]
) -> tuple[Array, Array]:
    """Return people by tier and the error of the sum, of independent errors (m, k)."""
    counts, errors = [], []
    for tier in tiers:
        chosen = np.array([each == tier for each in carriers.tiers])
        total = people[:, chosen].sum(axis=1)
        squares = np.nansum((people[:, chosen] * rse[:, chosen]) ** 2, axis=1)
        some = (~np.isnan(rse[:, chosen]) & (people[:, chosen] > 0)).any(axis=1) & (total > 0)
        counts.append(total)
        errors.append(np.where(some, np.sqrt(squares) / np.where(total > 0, total, 1.0), np.nan))
    return np.column_stack(counts), np.column_stack(errors)


def _pace(
    system: System, past: History, regions: tuple[str, ...], tiers: tuple[str, ...], window: int
) -> tuple[Array, Array, tuple[int, ...]]:
    """Return the growth of each tier per 1,000 people at work: that of its occupations' groups."""
    shape = (len(regions), len(tiers))
    carriers = make_carriers(system, past)
    if carriers is None or len(past.years) < 2:
        return np.full(shape, np.nan), np.full(shape, np.nan), ()
    recent = [i for i, year in enumerate(past.years) if year > past.years[-1] - window]
    people = past.people[recent]
    total = np.nansum(people, axis=2, keepdims=True)
    share = people / np.where(total > 0, total, np.nan)
    years = np.array([past.years[i] for i in recent])
    regimes = np.array([past.regimes[i] for i in recent])
    growth, error, _ = trend_growth(share, years, regimes)
    at = pd.Index(past.regions).get_indexer(pd.Index(regions))
    pace, spread = np.full(shape, np.nan), np.full(shape, np.nan)
    for k, tier in enumerate(tiers):
        chosen = np.array([each == tier for each in carriers.tiers])
        if not chosen.any():
            continue
        groups = np.unique(carriers.place[chosen])
        weight = np.stack(
            [carriers.people[:, chosen & (carriers.place == g)].sum(axis=1) for g in groups], axis=1
        )
        known = ~np.isnan(growth[:, groups])
        held = np.where(known, weight, 0.0)
        whole = held.sum(axis=1, keepdims=True)
        part = np.divide(held, whole, out=np.zeros(held.shape), where=whole > 0)
        value = np.where(
            whole[:, 0] > 0, (part * np.nan_to_num(growth[:, groups])).sum(axis=1), np.nan
        )
        squares = ((part * np.nan_to_num(error[:, groups])) ** 2).sum(axis=1)
        sure = ~np.isnan(error[:, groups]).all(axis=1)
        found = at >= 0
        pace[found, k] = value[at[found]]
        spread[found, k] = np.where(sure, np.sqrt(squares), np.nan)[at[found]]
    used = [y for y, r in zip(years, regimes, strict=True) if (regimes == r).sum() > 1]
    return pace, spread, (int(used[0]), int(used[-1])) if used else ()


def series_of(system: System, formula: str) -> pd.DataFrame:
    """Return a formula by year (rows) and region (columns), leaf regions only."""
    rows = evaluate(compile_formula(formula, system), system).dropna(subset="value")
    wide = rows.pivot_table(index="year", columns="region", values="value")
    kept = wide.reindex(columns=leaf_regions(system))
    kept.attrs["evidence"] = worst(rows["evidence"]) if len(rows) else "measured"
    return kept


def _of_series(system: System, series: Mapping[str, str], window: int) -> Stock:
    found: dict[str, pd.DataFrame] = {}
    for name, formula in series.items():
        try:
            wide = series_of(system, formula)
        except EchelonError:
            if series is not SERIES:
                raise
            continue
        if len(wide):
            found[name] = wide
    if not found:
        raise InsufficientData(
            "None of the series that stand for tiers has a figure: "
            + ", ".join(f"{name} ({formula})" for name, formula in series.items()),
            fix="Give workers and occupations with tiers, or series with formulas of this system",
        )
    year = min(int(wide.index.max()) for wide in found.values())
    base, base_name = _base(system, year)
    tiers = tuple(found)
    levels = np.stack([_at(found[t], [year])[0] for t in tiers], axis=1)
    before = np.stack([_at(found[t], [year - 1])[0] for t in tiers], axis=1)
    years = [y for y in range(year - window + 1, year + 1) if y in base.index]
    bases = _at(base, years)
    trends = [trend_growth(_at(found[t], years) / bases, np.array(years)) for t in tiers]
    pace, error, noise = (np.stack([trend[i] for trend in trends], axis=1) for i in range(3))
    table, source = _origin(system, [*series.values(), base_name])
    return Stock(
        regions=tuple(leaf_regions(system)), tiers=tiers, year=year, people=levels, error=noise,
        base=_at(base, [year])[0],
        base_name={"employed": "people at work"}.get(base_name, base_name),
        unit="person-years" if series is SERIES else "as the formula says",
        pace=pace, pace_error=error,
        pace_years=(years[0], years[-1]) if len(years) > 1 else (),
        before=before, carriers=None, table=table, source=source,
        evidence=worst(pd.Series([wide.attrs["evidence"] for wide in found.values()])),
    )  # fmt: skip


def _origin(system: System, formulas: list[str]) -> tuple[str, str]:
    """Return the tables that formulas read and the publications of their rows."""
    text = " ".join(formulas)
    named = [table for table in system.tables if f"{table}." in text]
    sources = [system.table(table)["source"] for table in named]
    if "indicators" in system:
        rows = system.table("indicators")
        rows = rows[rows["indicator"].isin(set(re.findall(r"\w+", text)))]
        if len(rows):
            named.append("indicators")
            sources.append(rows["source"])
    return " and ".join(named), publications(pd.concat(sources)) if sources else ""


def _base(system: System, year: int) -> tuple[pd.DataFrame, str]:
    for name in _BASES:
        try:
            wide = series_of(system, name)
        except EchelonError:
            continue
        if year in wide.index:
            return wide, name
    raise InsufficientData(
        f"Neither people at work nor the population is known in {year}, so no stock can be set "
        "against them",
        where="table indicators, series employed and population",
        fix="Add the series employed (people) to indicators",
    )


def _at(wide: pd.DataFrame, years: list[int]) -> Array:
    return wide.reindex(index=years).to_numpy(dtype=float)
