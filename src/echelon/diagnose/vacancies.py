"""Demand apart from shortage: vacancies, tightness, the Beveridge gap, mismatch between cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.history import WHOLE, ancestors, leaf_regions, worst
from echelon.errors import EchelonError, InsufficientData, InvalidSystem
from echelon.methods.rank import rank_bands, ranks
from echelon.methods.tightness import (
    Slope,
    beveridge_slope,
    efficient_unemployment,
    mismatch_index,
    tightness,
)

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Market", "beveridge_table", "make_market", "mismatch_table", "tightness_table"]

Array = NDArray[np.float64]
# Unemployed, vacancies and, where known, hires by cell.
Cells = tuple[Array, Array, Array | None]
# Exponent of vacancies in the matching function, as far as estimates of it reach.
_EXPONENTS = (0.3, 0.7)


@dataclass(frozen=True)
class Market:
    """Vacancies and people who look for work, by year and region.

    Parameters
    ----------
    years : tuple of int
    regions : tuple of str
    vacancies, unemployed, labour_force : arrays (t, m)
    evidence, table : str
        Of the vacancies.
    """

    years: tuple[int, ...]
    regions: tuple[str, ...]
    vacancies: Array
    unemployed: Array
    labour_force: Array
    evidence: str
    table: str


def make_market(system: System) -> Market | str:
    """Return the labour market of every region, or the reason why there is none.

    Vacancies are those of demand by occupation added up, or the series ``vacancy_rate`` of
    indicators (per cent of jobs and vacancies) times people at work; the one with more years.
    """
    if "unemployment" not in system:
        return "The system has no table unemployment, so tightness is unknown"
    people = system.table("unemployment")
    people = people[people["region"].notna() & people["occupation"].isna()]
    people = people.dropna(subset=["unemployed", "labour_force"])
    found = [part for part in (_from_demand(system), _from_rates(system, people)) if len(part[0])]
    if not found:
        return (
            "Neither demand.vacancies nor the series vacancy_rate of indicators has a figure, so "
            "tightness is unknown"
        )
    rows, table = max(found, key=lambda part: part[0]["year"].nunique())
    both = rows.merge(people[["region", "year", "labour_force", "unemployed"]])
    both = both[both["region"].isin(leaf_regions(system))]
    if both.empty:
        return "No region has vacancies and unemployment in one year, so tightness is unknown"
    for name in ("vacancies", "unemployed"):
        if (both[name] < 0).any():
            first = both[both[name] < 0].iloc[0]
            raise InvalidSystem(
                f"The {name} of {first['region']} are negative",
                where=f"year {first['year']}, value {first[name]:g}",
                fix="Correct the figure, or leave the cell empty if it is unknown",
            )
    listed = set(both["region"])
    regions = tuple(r for r in leaf_regions(system) if r in listed)
    wide = {
        name: both.pivot_table(index="year", columns="region", values=name).reindex(
            columns=list(regions)
        )
        for name in ("vacancies", "unemployed", "labour_force")
    }
    vacancies, unemployed, labour_force = (part.to_numpy(dtype=float) for part in wide.values())
    years = tuple(int(year) for year in wide["vacancies"].index)
    return Market(
        years, regions, vacancies, unemployed, labour_force, worst(both["evidence"]), table
    )


def _from_demand(system: System) -> tuple[pd.DataFrame, str]:
    if "demand" not in system:
        return pd.DataFrame(), ""
    rows = system.table("demand").dropna(subset="vacancies")
    summed = rows.groupby(["region", "year"]).agg(
        vacancies=("vacancies", "sum"), evidence=("evidence", worst)
    )
    return summed.reset_index(), "demand"


def _from_rates(system: System, people: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    if "indicators" not in system:
        return pd.DataFrame(), ""
    rows = system.table("indicators")
    rows = rows[rows["indicator"] == "vacancy_rate"].dropna(subset="value")
    both = rows.merge(people[["region", "year", "labour_force", "unemployed"]])
    at_work = both["labour_force"] - both["unemployed"]
    per_job = both["value"] / (100 - both["value"]).where(both["value"] < 100)
    made = both.assign(vacancies=at_work * per_job)
    return made[["region", "year", "vacancies", "evidence"]], "indicators"


def tightness_table(market: Market, *, error: float, draws: int, seed: int) -> pd.DataFrame:
    """Return vacancies per person who looks for work, by region and year, ranked with a band.

    Where vacancies are not measured, the band is that of a relative standard error of ``error``.
    """
    if not (market.unemployed > 0).any():
        raise InsufficientData(
            "Nobody is unemployed in any region, so tightness is not defined",
            where="table unemployment, column unemployed",
            fix="Leave unknown figures empty, or correct the zeros",
        )
    theta = tightness(market.vacancies, market.unemployed)
    random = np.random.default_rng(seed)
    noise = 0.0 if market.evidence == "measured" else error
    moved = theta * np.exp(noise * random.standard_normal((draws, *theta.shape)))
    low, high = np.quantile(moved, [0.05, 0.95], axis=0)
    rank_low, _, rank_high = rank_bands(moved)
    years, regions = np.meshgrid(market.years, market.regions, indexing="ij")
    table = pd.DataFrame(
        {
            "region": regions.ravel(),
            "year": years.ravel().astype(int),
            "vacancies": market.vacancies.ravel(),
            "unemployed": market.unemployed.ravel(),
            "tightness": theta.ravel(),
            "tightness_low": low.ravel(),
            "tightness_high": high.ravel(),
            "rank": ranks(theta).ravel(),
            "rank_low": rank_low.ravel(),
            "rank_high": rank_high.ravel(),
        }
    ).assign(evidence=market.evidence)
    return table[table["tightness"].notna()].reset_index(drop=True)


def beveridge_table(
    market: Market, *, recruiting_cost: float, value_of_nonwork: float
) -> tuple[pd.DataFrame, Slope | None, str]:
    """Return actual and efficient unemployment by region and year, and of all regions together.

    Returns
    -------
    table : DataFrame
        region (``all`` for the whole), year, unemployment, vacancies (per cent of the labour
        force), efficient (sqrt(u v)), gap, efficient_general with its band (from the error of the
        slope), gap_general.
    slope : Slope or None
    reason : str
        Why there is no slope; empty where there is one.
    """
    u = _with_whole(market.unemployed, market.labour_force)
    v = _with_whole(market.vacancies, market.labour_force)
    slope, reason = None, ""
    try:
        slope = beveridge_slope(u[:, 1:], v[:, 1:])
        if slope.elasticity <= 0:
            reason = (
                f"The Beveridge curve does not slope downwards since {market.years[slope.first]} "
                f"(elasticity {slope.elasticity:.2f}), so the general formula does not apply"
            )
    except InsufficientData as error:
        reason = str(error).rstrip(".")
    years, regions = np.meshgrid(market.years, [WHOLE, *market.regions], indexing="ij")
    efficient = efficient_unemployment(u, v)
    ends = _general(u, v, None if reason else slope, recruiting_cost, value_of_nonwork)
    table = pd.DataFrame(
        {
            "region": regions.ravel(), "year": years.ravel().astype(int),
            "unemployment": u.ravel(), "vacancies": v.ravel(), "efficient": efficient.ravel(),
            "gap": (u - efficient).ravel(), "efficient_general": ends[1].ravel(),
            "efficient_general_low": ends[0].ravel(), "efficient_general_high": ends[2].ravel(),
            "gap_general": (u - ends[1]).ravel(),
        }
    )  # fmt: skip
    known = table.dropna(subset="gap")
    return known.assign(evidence=market.evidence).reset_index(drop=True), slope, reason


def _with_whole(part: Array, whole: Array) -> Array:
    """Return rates in per cent, those of all known regions together first."""
    known = ~np.isnan(part) & ~np.isnan(whole) & (whole > 0)
    total = np.where(known, whole, 0.0).sum(axis=1)
    sums = np.where(known, part, 0.0).sum(axis=1)
    together = np.divide(100 * sums, total, out=np.full(total.shape, np.nan), where=total > 0)
    each = np.divide(100 * part, whole, out=np.full(part.shape, np.nan), where=known)
    return np.column_stack([together, each])


def _general(
    u: Array, v: Array, slope: Slope | None, recruiting_cost: float, value_of_nonwork: float
) -> tuple[Array, Array, Array]:
    """Return the efficient rate by the general formula at both ends of the slope's band."""
    if slope is None:
        unknown = np.full(u.shape, np.nan)
        return unknown, unknown, unknown
    margin = 1.645 * np.nan_to_num(slope.error)
    steps = [max(slope.elasticity + side * margin, 1e-3) for side in (-1, 0, 1)]
    found = [
        efficient_unemployment(
            u / 100, v / 100, elasticity=step, recruiting_cost=recruiting_cost,
            value_of_nonwork=value_of_nonwork,
        ) * 100
        for step in steps
    ]  # fmt: skip
    ends = np.sort(np.stack([found[0], found[2]]), axis=0)
    return np.minimum(ends[0], found[1]), found[1], np.maximum(ends[1], found[1])


def mismatch_table(system: System, market: Market | str, *, draws: int, seed: int) -> pd.DataFrame:
    """Return the mismatch index across regions and across occupations, year by year.

    The band is that of the exponent of the matching function between 0.3 and 0.7.
    """
    exponents = np.random.default_rng(seed).uniform(*_EXPONENTS, draws)
    rows = []
    if isinstance(market, Market) and len(market.regions) > 1:
        for t, year in enumerate(market.years):
            parts: Cells = (market.unemployed[t], market.vacancies[t], None)
            rows.append(
                _mismatch("regions", year, parts, exponents) | {"evidence": market.evidence}
            )
    for year, (cells, evidence) in _by_occupation(system).items():
        rows.append(_mismatch("occupations", year, cells, exponents) | {"evidence": evidence})
    known = [row for row in rows if row["cells"]]
    columns = ["across", "year", "cells", "mismatch", "mismatch_low", "mismatch_high",
               "mismatch_efficiency", "evidence"]  # fmt: skip
    return pd.DataFrame(known, columns=columns)


def _mismatch(across: str, year: int, cells: Cells, exponents: Array) -> dict[str, Any]:
    """Return one row: the index at 0.5, its band over the exponents, and with efficiencies."""
    u, v, hires = cells
    known = ~np.isnan(u) & ~np.isnan(v)
    u, v = u[known], v[known]
    row: dict[str, Any] = {"across": across, "year": year, "cells": int(known.sum())}
    try:
        drawn = [mismatch_index(u, v, share=float(share)) for share in exponents]
        row["mismatch"] = mismatch_index(u, v)
    except EchelonError:
        return {**row, "cells": 0}
    # The index is largest near 0.5, which would lie outside the band of the others.
    low, high = np.quantile([*drawn, row["mismatch"]], [0.05, 0.95])
    row["mismatch_low"], row["mismatch_high"] = low, max(high, row["mismatch"])
    row["mismatch_efficiency"] = np.nan
    if hires is not None and ((u > 0) & (v > 0)).all() and (hires[known] > 0).all():
        phi = hires[known] / np.sqrt(u * v)
        row["mismatch_efficiency"] = mismatch_index(u, v, efficiency=phi)
    return row


def _by_occupation(system: System) -> dict[int, tuple[Cells, str]]:
    """Return unemployed, vacancies and hires by occupation of the whole system, by year."""
    if "unemployment" not in system or "occupations" not in system:
        return {}
    people = system.table("unemployment")
    people = people[people["occupation"].notna()].dropna(subset="unemployed")
    seekers = people.pivot_table(
        index="year", columns="occupation", values="unemployed", aggfunc="sum"
    )
    if seekers.empty:
        return {}
    above = ancestors(system)
    group = {code: next((c for c in line if c in seekers), None) for code, line in above.items()}
    found = {}
    for year, (posts, evidence) in _posts(system).items():
        if year not in seekers.index:
            continue
        grouped = posts.groupby(posts.index.map(group)).sum(min_count=1)
        u = seekers.loc[year].reindex(grouped.index).to_numpy(dtype=float)
        hires = grouped["hires"].to_numpy() if "hires" in grouped else None
        found[year] = ((u, grouped["vacancies"].to_numpy(), hires), evidence)
    return found


def _posts(system: System) -> dict[int, tuple[pd.DataFrame, str]]:
    """Return vacancies (and hires) by occupation: measured by demand, else staffing x turnover."""
    found: dict[int, tuple[pd.DataFrame, str]] = {}
    if {"turnover", "staffing"} <= set(system.tables):
        staffing = system.table("staffing").dropna(subset="headcount")
        staffing = staffing[staffing["year"] == staffing["year"].max()]
        rates = system.table("turnover")
        rates = rates[rates["region"].isna()].dropna(subset="vacancies")
        for year in sorted(rates["year"].unique()):
            rows = rates[rates["year"] == year]
            joined = staffing.merge(rows[["industry", "vacancies", "hires"]], on="industry")
            per_job = joined["vacancies"] / (100 - joined["vacancies"])
            made = joined.assign(vacancies=joined["headcount"] * per_job,
                                 hires=joined["headcount"] * joined["hires"] / 100)  # fmt: skip
            found[int(year)] = (made.groupby("occupation")[["vacancies", "hires"]].sum(), "derived")
    if "demand" in system:
        rows = system.table("demand").dropna(subset="vacancies")
        for year in sorted(rows["year"].unique()):
            group = rows[rows["year"] == year]
            summed = group.groupby("occupation")[["vacancies"]].sum()
            found[int(year)] = (summed, worst(group["evidence"]))
    return found
