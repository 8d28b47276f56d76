"""What each region does: people by occupation, output by industry, technology by field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidSystem, MissingTable

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["KINDS", "Kind", "Portfolio", "read_portfolio", "regions_compared"]

Array = NDArray[np.float64]
Kind = Literal["occupations", "industries", "technologies"]
KINDS: tuple[Kind, ...] = ("occupations", "industries", "technologies")

_KEY = {"occupations": "occupation", "industries": "industry", "technologies": "technology"}
# An activity counts when so many of the regions know it in some year.
_LEAST_REGIONS = 0.8
# A year counts when so many of its cells are known; the others are filled, and said.
_LEAST_KNOWN = 0.95


@dataclass(frozen=True)
class Portfolio:
    """The activities of the regions over the years.

    Parameters
    ----------
    kind : str
        Occupations, industries or technologies.
    regions, activities : tuple of str
        Codes.
    years : tuple of int
        Years in which nearly all figures are known.
    amounts : array (t, m, n)
        Figures by year, region and activity, 0 or more, filled.
    filled : bool array (t, m, n)
        Which of them were filled.
    evidence, source : object arrays (m, n)
        Of the figures of the last year.
    variance : array (m, n)
        Sampling variance of the figures of the last year, NaN where none can be told.
    table, column, unit, words : str
        Where the figures stand, and what they are called.
    steps : tuple of str
        What was done.
    """

    kind: Kind
    regions: tuple[str, ...]
    activities: tuple[str, ...]
    years: tuple[int, ...]
    amounts: Array = field(repr=False)
    filled: NDArray[np.bool_] = field(repr=False)
    evidence: NDArray[np.object_] = field(repr=False)
    source: NDArray[np.object_] = field(repr=False)
    variance: Array = field(repr=False)
    table: str
    column: str
    unit: str
    words: str
    steps: tuple[str, ...] = ()

    @property
    def last(self) -> Array:
        """Figures of the last year, (m, n)."""
        return np.asarray(self.amounts[-1])


def regions_compared(system: System) -> list[str]:
    """Return the regions that no other region names as its parent, in the order of their table."""
    table = system.table("regions")
    wider = set(table["parent"].dropna()) if "parent" in table else set()
    return [str(region) for region in table["region"] if region not in wider]


def read_portfolio(
    system: System, kind: Kind, *, year: int | None = None,
    output: Literal["employment", "value_added"] | None = None,
) -> Portfolio:  # fmt: skip
    """Read one kind of activities as a table of regions by activities over the years.

    Parameters
    ----------
    system : System
    kind : {"occupations", "industries", "technologies"}
    year : int, optional
        The last year to look at; by default the last one in which the figures are known.
    output : {"employment", "value_added"}, optional
        By which figure of the table ``output`` industries are compared; by default employment
        where it is known for nearly all regions and industries, else value added.

    Returns
    -------
    Portfolio

    Raises
    ------
    MissingTable
        When the system has no such figures by region.
    InvalidSystem
        When a code is not in its list, or a count is negative.
    """
    rows, column, unit, words, steps = _READERS[kind](system, output)
    table = {"occupations": "workers", "industries": "output"}.get(kind, "")
    table = table or ("technology" if column == "patents" else "research")
    key = _KEY[kind]
    regions = regions_compared(system)
    if year is not None:
        rows = rows[rows["year"] <= year]
    rows = rows[rows["region"].isin(regions)].dropna(subset=column)
    _check(system, rows, (table, kind, key, column))
    rows, dropped = _narrowest(system, rows, kind, key)
    rows, unseen = _seen(rows, key, len(regions))
    _check_single(rows, column)
    years = _known_years(rows, key, column, len(regions))
    if not years:
        raise InsufficientData(
            f"No year has {words} for nearly every region and activity",
            where=f"table {table}, column {column}",
            fix="Add the missing figures, or take the regions without them out of the table regions",
        )
    rows = rows[rows["year"].isin(years)]
    activities = _in_order(system, kind, key, rows)
    index = pd.MultiIndex.from_product([years, regions, activities])
    cells = rows.set_index(["year", "region", key]).reindex(index)
    shape = (len(years), len(regions), len(activities))
    raw = cells[column].to_numpy(float).reshape(shape)
    amounts, fills = _filled(raw)
    at = slice(-len(regions) * len(activities), None)
    texts = {
        name: cells[name].astype("object").to_numpy()[at].reshape(shape[1:])
        if name in cells else np.full(shape[1:], "", dtype=object)
        for name in ("evidence", "source")
    }  # fmt: skip
    variance, how = _variance(cells, amounts, column, years)
    counted = int(fills[-1].sum())
    filling = f"{counted} of {fills[-1].size} {words} of {years[-1]} were unknown and filled " \
        "from other years of the region, or else with the mix of all regions."  # fmt: skip
    return Portfolio(
        kind, tuple(regions), tuple(activities), tuple(years), amounts, fills, texts["evidence"],
        texts["source"], variance, table, column, unit, words,
        steps=(*steps, *dropped, *unseen, *([filling] if counted else []), how),
    )  # fmt: skip


_Read = tuple[pd.DataFrame, str, str, str, list[str]]


def _occupations(system: System, _output: str | None) -> _Read:
    system.need("workers")
    rows = system.table("workers")
    steps: list[str] = []
    if "education" in rows and rows["education"].notna().any():
        whole = rows["education"].isna()
        if whole.any():
            rows = rows[whole]
        else:
            keys = ["region", "occupation", "year"]
            rows = rows.groupby(keys, as_index=False).agg(
                {c: "sum" if c == "headcount" else "first" for c in rows if c not in keys}
            )
            rows["headcount_rse"] = np.nan
            steps.append("Occupations: added the levels of education up.")
    return rows, "headcount", "jobs", "people by occupation", steps


def _industries(system: System, output: str | None) -> _Read:
    system.need("output")
    rows = system.table("output")
    columns = [c for c in ("employment", "value_added") if c in rows and rows[c].notna().any()]
    if output is not None:
        columns = [c for c in columns if c == output]
    if not columns:
        raise MissingTable(
            f"The table output of the system {system.name!r} holds no {output or 'figures'}",
            fix="Add employment or value_added by region, industry and year",
        )
    chosen, steps = columns[0], []
    if len(columns) > 1:
        year = rows.loc[rows["employment"].notna(), "year"].max()
        known = float(rows.loc[rows["year"] == year, "employment"].notna().mean())
        if known < _LEAST_KNOWN:
            chosen = "value_added"
            steps.append(
                f"Industries by value added: employment is known for only {100 * known:.1f} per "
                f"cent of the regions and industries in {year}."
            )
    if chosen == "value_added" and (rows[chosen] < 0).any():
        steps.append(
            f"{int((rows[chosen] < 0).sum())} negative figures of value added were counted as 0: a "
            "loss is no part of a portfolio."
        )
        rows = rows.assign(value_added=rows[chosen].clip(lower=0))
    words = {"employment": "people by industry", "value_added": "value added by industry"}[chosen]
    return rows, chosen, "jobs" if chosen == "employment" else "currency", words, steps


def _technologies(system: System, _output: str | None) -> _Read:
    if "technology" in system:
        rows = system.table("technology")
        if "patents" in rows and "region" in rows:
            rows = rows[rows["region"].notna() & rows["patents"].notna()]
            if len(rows):
                return rows, "patents", "patents", "patents by technology", []
    if "research" in system:
        rows = system.table("research")
        if {"technology", "spend"} <= set(rows):
            rows = rows[rows["technology"].notna() & rows["spend"].notna()]
            if len(rows):
                rows, which = _one_slice(rows)
                step = f"Technologies by research spending{which}: no patents by region are known."
                return rows, "spend", "currency", "research spending by field", [step]
    raise MissingTable(
        f"The system {system.name!r} has no patents and no research spending by region and "
        "technology",
        fix="Add a table technology with region, technology, year, patents, or rows with a "
        "technology to the table research",
    )


def _one_slice(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the performer, funder and activity with most figures, so that nothing counts twice."""
    keys = [c for c in ("performer", "funder", "activity") if c in rows]
    if not keys:
        return rows, ""
    filled = rows[keys].astype("object").fillna("")
    sizes = filled.value_counts(sort=False).reset_index(name="size")
    best = sizes.sort_values(["size", *keys], ascending=[False, *([True] * len(keys))]).iloc[0]
    kept = (filled == best[keys]).all(axis=1)
    named = ", ".join(f"{key} {best[key]!r}" for key in keys if best[key])
    return rows[kept], f" ({named})" if named else ""


_READERS = {"occupations": _occupations, "industries": _industries, "technologies": _technologies}


def _check(system: System, rows: pd.DataFrame, names: tuple[str, str, str, str]) -> None:
    """Raise for a negative figure or a code that its list does not have."""
    table, listed, key, column = names
    negative = rows[rows[column] < 0]
    if len(negative):
        row = negative.iloc[0]
        raise InvalidSystem(
            f"The {column} of {row[key]} in {row['region']} in {row['year']} is {row[column]:,.6g}",
            where=f"table {table}, column {column}", fix="Give figures of 0 or more",
        )  # fmt: skip
    if listed not in system:
        return
    unknown = sorted(set(rows[key].dropna()) - set(system.table(listed)[key]))
    if unknown:
        raise InvalidSystem(
            f"The {key} {unknown[0]!r} is not in the table {listed}"
            + (f", and {len(unknown) - 1} more" if len(unknown) > 1 else ""),
            where=f"table {table}, column {key}",
            fix=f"Add it to the table {listed}, or correct the code",
        )
    if not len(rows):
        raise MissingTable(
            f"The table {table} of the system {system.name!r} has no {column} for its regions",
            fix=f"Add rows with region, {key}, year and {column}",
        )


def _narrowest(
    system: System, rows: pd.DataFrame, kind: Kind, key: str
) -> tuple[pd.DataFrame, list[str]]:
    """Leave out groups whose parts are in the table too, so that nobody counts twice."""
    if kind not in system or "parent" not in system.table(kind):
        return rows, []
    parent = system.table(kind).set_index(key)["parent"]
    there = set(rows[key])
    wider = set()
    for code in there:
        above = parent.get(code)
        while isinstance(above, str) and above not in wider:
            wider.add(above)
            above = parent.get(above)
    doubled = there & wider
    if not doubled:
        return rows, []
    step = f"Left out {len(doubled)} groups of {kind} whose parts are in the table too."
    return rows[~rows[key].isin(doubled)], [step]


def _seen(rows: pd.DataFrame, key: str, regions: int) -> tuple[pd.DataFrame, list[str]]:
    """Leave out activities that too few regions know in any year."""
    known = rows.groupby([key, "year"])["region"].nunique().groupby(level=0).max() / regions
    lost = sorted(known.index[known < _LEAST_REGIONS])
    if not lost or len(lost) == len(known):
        return rows, []
    step = (
        f"Left out {', '.join(lost)}: known for fewer than {100 * _LEAST_REGIONS:.0f} per cent of the "
        "regions in every year."
    )
    return rows[~rows[key].isin(lost)], [step]


def _check_single(rows: pd.DataFrame, column: str) -> None:
    """Raise where one cell has two rows."""
    key = next(k for k in _KEY.values() if k in rows)
    doubled = rows.duplicated(["region", key, "year"])
    if doubled.any():
        row = rows[doubled].iloc[0]
        raise InvalidSystem(
            f"{row[key]} in {row['region']} in {row['year']} has two figures",
            where=f"column {column}", fix="Keep one row per region, activity and year",
        )  # fmt: skip


def _known_years(rows: pd.DataFrame, key: str, column: str, regions: int) -> list[int]:
    """Return the years in which nearly all cells are known, of the activities of that year."""
    by_year = rows.groupby("year")
    known = by_year[column].count() / (by_year[key].nunique() * regions)
    return [int(y) for y in sorted(known.index[known >= _LEAST_KNOWN])]


def _in_order(system: System, kind: Kind, key: str, rows: pd.DataFrame) -> list[str]:
    """Return the activities that are known in the last year, in the order of their list."""
    last = set(rows.loc[rows["year"] == rows["year"].max(), key])
    if kind not in system:
        return sorted(last)
    return [str(code) for code in system.table(kind)[key] if code in last]


def _filled(raw: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Fill unknown cells from other years of the region, else with the mix of all regions."""
    unknown = np.isnan(raw)
    if not unknown.any():
        return raw, unknown
    from echelon.methods.impute import fill_in_time

    amounts = fill_in_time(raw)[0]
    still = np.isnan(amounts)
    known = np.where(still, 0.0, amounts)
    mix = known.sum(axis=1, keepdims=True) / known.sum(axis=(1, 2), keepdims=True)
    # The region's known amounts stand for the share that the mix gives to them.
    covered = (mix * ~still).sum(axis=2, keepdims=True)
    whole = np.divide(
        known.sum(axis=2, keepdims=True), covered, out=np.zeros(covered.shape), where=covered > 0
    )
    return np.where(still, mix * whole, amounts), unknown


def _variance(
    cells: pd.DataFrame, amounts: Array, column: str, years: Sequence[int]
) -> tuple[Array, str]:
    """Return the sampling variance of the last year's figures and a sentence of how it is known."""
    last = amounts[-1]
    if column == "headcount" and "headcount_rse" in cells:
        rse = cells["headcount_rse"].to_numpy(float)[-last.size :].reshape(last.shape) / 100.0
        own = (rse * last) ** 2
        if np.isfinite(own).mean() >= 0.5:
            known = np.isfinite(own) & (last > 0)
            weight = float(own[known].sum() / last[known].sum())
            return np.where(np.isfinite(own), own, weight * last), (
                "Sampling errors of the head counts as published; where there is none, the mean "
                "error of the others."
            )
    weight = _unevenness(amounts, years)
    if column == "patents":
        weight = max(1.0, np.nan_to_num(weight))
        return weight * last, (
            "Patents vary as counts do, or as they did around the trend of their region if more: "
            f"variance {weight:,.3g} times the figure."
        )
    if not np.isnan(weight):
        return weight * last, (
            f"No sampling errors of {column.replace('_', ' ')} are published: its variance is taken "
            f"from its movement around the trend over {len(years)} years, {weight:,.3g} times the "
            "figure."
        )
    return np.full(last.shape, np.nan), (
        f"No sampling error of {column.replace('_', ' ')} is known: the bands are those of the "
        "choice of activities alone."
    )


def _unevenness(amounts: Array, years: Sequence[int]) -> float:
    """Return variance over mean of yearly figures around their line, the median of all cells."""
    if len(years) < 4 or (np.diff(np.asarray(years)) != 1).any():
        return float("nan")
    # The second difference of independent errors has six times their variance.
    noise = (np.diff(amounts, n=2, axis=0) ** 2).mean(axis=0) / 6.0
    mean = amounts.mean(axis=0)
    return float(np.median(noise[mean > 0] / mean[mean > 0])) if (mean > 0).any() else float("nan")
