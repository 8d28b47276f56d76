"""Who is without work, who loses it, who leaves the labour force and who joins it, by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["exit_rates", "graduates_by_cell", "layoff_rates", "unemployed_by_cell"]

Array = NDArray[np.float64]
Said = tuple[list[str], list[str]]


def unemployed_by_cell(system: System, employed: pd.DataFrame, year: int, *, said: Said) -> Array:
    """Return people without work by region and occupation, (R, O).

    The unemployed of a region are spread over its occupations by the rate that each, or the group
    it belongs to, has in the whole system: ``u ~ e rate / (1 - rate)``.
    """
    rows = system.table("unemployment")
    by_region, year_of_regions = _of_regions(rows, employed, year)
    rates, year_of_rates = _of_occupations(system, rows, employed.columns, year)
    odds = np.ones(employed.shape[1]) if rates is None else rates / (100 - rates)
    spread = employed.to_numpy(dtype=float) * odds
    if by_region is None:
        if rates is None:
            raise InsufficientData(
                "The table unemployment has neither regions nor occupations of the table workers",
                fix="Add people without work by region, by occupation, or both",
            )
        said[0].append(
            f"Unemployment: every region has the rates of {year_of_rates} by occupation."
        )
        return spread
    by = (
        "in proportion to people at work"
        if rates is None
        else f"by the rates of {year_of_rates} of each occupation in the whole system"
    )
    said[0].append(
        f"Unemployed of {year_of_regions}: {by_region.sum():,.0f}, spread over the occupations of "
        f"each region {by}."
    )
    whole = spread.sum(axis=1)
    scaled: Array = spread * np.divide(
        by_region, whole, out=np.zeros_like(whole), where=whole > 0
    )[:, None]  # fmt: skip
    return scaled


def _of_regions(rows: pd.DataFrame, employed: pd.DataFrame, year: int) -> tuple[Array | None, int]:
    rows = rows[rows["region"].isin(employed.index) & rows["occupation"].isna()]
    rows = rows.dropna(subset="unemployed")
    full = [
        int(y) for y in rows["year"].unique()
        if set(rows[rows["year"] == y]["region"]) >= set(employed.index)
    ]  # fmt: skip
    if not full:
        return None, year
    near = min(full, key=lambda y: (abs(y - year), -y))
    found = rows[rows["year"] == near].set_index("region")["unemployed"].reindex(employed.index)
    return found.to_numpy(dtype=float), near


def _of_occupations(
    system: System, rows: pd.DataFrame, occupations: pd.Index, year: int
) -> tuple[Array | None, int]:
    """Return the rate in per cent of each occupation, its group's, or the mean where unknown."""
    rows = rows[rows["region"].isna() & rows["occupation"].notna()].dropna(subset="rate")
    if rows.empty:
        return None, year
    near = min(rows["year"].unique(), key=lambda y: (abs(y - year), -y))
    rates = rows[rows["year"] == near].set_index("occupation")["rate"]
    parent: dict[str, str] = {}
    if "occupations" in system:
        table = system.table("occupations").dropna(subset="parent")
        parent = dict(zip(table["occupation"], table["parent"], strict=True))
    found = np.full(len(occupations), np.nan)
    for place, occupation in enumerate(occupations):
        code: str | None = str(occupation)
        for _ in range(len(parent) + 1):
            if code is None or code in rates.index:
                break
            code = parent.get(code)
        if code is not None and code in rates.index:
            found[place] = float(rates[code])
    if np.isnan(found).all():
        return None, year
    return np.clip(np.where(np.isnan(found), np.nanmean(found), found), 0.1, 90.0), int(near)


def layoff_rates(system: System, occupations: tuple[str, ...], year: int, *, said: Said) -> Array:
    """Return layoffs a month over people at work by occupation, (O,), NaN where unknown.

    The rates of industries in ``turnover``, weighted by where the people of an occupation work.
    """
    unknown = np.full(len(occupations), np.nan)
    if "turnover" not in system:
        said[1].append("No table turnover: layoffs are assumed (layoff_rate).")
        return unknown
    rows = system.table("turnover").dropna(subset="layoffs")
    rows = rows[rows["region"].isna()] if rows["region"].isna().any() else rows
    if rows.empty:
        said[1].append("The table turnover has no layoffs: they are assumed (layoff_rate).")
        return unknown
    near = min(rows["year"].unique(), key=lambda y: (abs(y - year), -y))
    rates = rows[rows["year"] == near].groupby("industry")["layoffs"].mean() / 100
    mean = float(rates.mean())
    found = np.full(len(occupations), mean)
    if "staffing" in system:
        staffing = system.table("staffing")
        people = staffing["headcount"] if "headcount" in staffing else pd.Series(dtype=float)
        weight = "headcount" if people.notna().any() else "share"
        table = pd.crosstab(
            staffing["occupation"], staffing["industry"], values=staffing[weight], aggfunc="sum"
        ).reindex(list(occupations)).fillna(0.0)  # fmt: skip
        figures = table.to_numpy(dtype=float)
        rate = table.columns.map(rates).to_numpy(dtype=float)
        weighted = figures @ np.where(np.isnan(rate), mean, rate)
        whole = figures.sum(axis=1)
        found = np.divide(weighted, whole, out=found, where=whole > 0)
    said[0].append(
        f"Layoffs of {near} of {len(rates)} industries, {100 * mean:.2f} per cent a month on the "
        "mean, carried to occupations by staffing; other industries have the mean."
    )
    return found


def exit_rates(system: System, occupations: tuple[str, ...], *, said: Said) -> Array:
    """Return the share of an occupation's people who leave the labour force in a year, (O,)."""
    unknown = np.full(len(occupations), np.nan)
    if "separations" not in system:
        said[1].append(
            "No table separations: how many leave the labour force is assumed (exit_rate)."
        )
        return unknown
    rows = system.table("separations").dropna(subset="exit_rate").sort_values("year")
    rates = rows.drop_duplicates("occupation", keep="last").set_index("occupation")["exit_rate"]
    found = rates.reindex(list(occupations)).to_numpy(dtype=float)
    said[0].append("People leave the labour force at the exit rates of the table separations.")
    return found


def graduates_by_cell(system: System, employed: pd.DataFrame, *, said: Said) -> Array:
    """Return people who finish their studies in a year, by region and occupation, (R, O)."""
    none = np.zeros(employed.shape)
    if "graduates" not in system or "programme_occupations" not in system:
        said[1].append(
            "Who finishes which studies is unknown: newcomers enter in proportion to the people who "
            "leave each occupation."
        )
        return none
    rows = system.table("graduates").dropna(subset="headcount")
    rows = rows[rows["region"].isin(employed.index)]
    last = rows.groupby(["region", "field", "level"])["year"].transform("max")
    rows = rows[rows["year"] == last]
    joined = rows.merge(system.table("programme_occupations"), on=["field", "level"])
    joined = joined.assign(people=joined["headcount"] * joined["share"])
    table = pd.crosstab(
        joined["region"], joined["occupation"], values=joined["people"], aggfunc="sum"
    ).reindex(index=employed.index, columns=employed.columns)
    found = table.fillna(0.0).to_numpy(dtype=float)
    said[0].append(
        f"Graduates of the last known year, {found.sum():,.0f} a year, enter the occupations that "
        "their field and level lead to; other newcomers enter where people leave."
    )
    return found
