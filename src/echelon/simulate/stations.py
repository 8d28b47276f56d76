"""The five stations of the circle, as series by region and year."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import EchelonError, InsufficientData
from echelon.registry import unknown_name
from echelon.system.formula import compile_formula, evaluate

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["STATIONS", "Stations", "read_stations", "total_of"]

Array = NDArray[np.float64]
STATIONS = ("education", "talent", "technology", "industry", "capital")
_LEAST_KNOWN = 0.9
_LEAST_YEARS = 4


class _Series(NamedTuple):
    formula: str
    label: str
    unit: str


# The first that a system knows in enough years is taken.
_WAYS: dict[str, tuple[_Series, ...]] = {
    "education": (
        _Series("undergraduate_students + graduate_students_count",
                "Students in higher education", "people"),
        _Series("education_funds_total", "Funds of education", "currency"),
        _Series("sum(graduates.headcount)", "Graduates", "people a year"),
    ),
    "talent": (
        _Series("science_engineering_workers",
                "Computer, engineering and science workers", "people"),
        _Series("sum(research.full_time_equivalent where funder = 'all' and activity = 'all')",
                "R&D personnel", "person-years"),
        _Series("sum(attainment.people where levels.rank >= 7)", "Degree holders", "people"),
    ),
    "technology": (
        _Series("patents_in_force_invention", "Invention patents in force", "patents"),
        _Series("sum(research.spend where performer = 'higher education (HERD)' and funder = 'all')",
                "R&D of universities", "currency"),
        _Series("sum(research.spend where performer = 'all' and funder = 'all')", "R&D", "currency"),
    ),
    "industry": (
        _Series("knowledge_intensive_value_added",
                "Value added of knowledge-intensive industries", "currency"),
        _Series("hightech_mfg_revenue", "Revenue of high-technology manufacturing", "currency"),
        _Series("sum(output.value_added)", "Value added", "currency"),
    ),
    "capital": (
        _Series("sum(capital.firms where kind = 'venture capital')",
                "Firms receiving venture capital", "firms"),
        _Series("sum(capital.amount where kind = 'fixed assets')",
                "Investment in fixed assets", "currency"),
    ),
}  # fmt: skip
_TABLES = {
    "education": "indicators, graduates", "talent": "indicators, research, attainment",
    "technology": "indicators, research", "industry": "indicators, output", "capital": "capital",
}  # fmt: skip


@dataclass(frozen=True)
class Stations:
    """What stands for each station, per head, by year and region.

    Parameters
    ----------
    years, regions : lists
    logs : array (t, m, 5)
        Logarithm of the figure per head; unknown where it is not published or 0.
    level : array (m, 5)
        Figure per head over that of all regions, in the last year of each station that nine of ten
        regions know.
    total : array (5,)
        Figure of all regions in that year.
    last : tuple of int
    labels, units, formulas, evidence : tuples of str
    zeros : tuple of int
        Cells of 0, which have no logarithm.
    tables : tuple of str
    sources : tuple of str
        Keys of the publications, by station.
    """

    years: list[int]
    regions: list[str]
    logs: Array = field(repr=False)
    level: Array = field(repr=False)
    total: Array = field(repr=False)
    last: tuple[int, ...]
    labels: tuple[str, ...]
    units: tuple[str, ...]
    formulas: tuple[str, ...]
    evidence: tuple[str, ...]
    zeros: tuple[int, ...]
    tables: tuple[str, ...]
    sources: tuple[str, ...]


def read_stations(system: System, given: Mapping[str, str] | None) -> Stations:
    """Return the series of every station, by default the first of a list that the system knows.

    Parameters
    ----------
    system : System
        With the series ``population`` in ``indicators``.
    given : mapping of str to str, optional
        Formula of the whole figure, not per head, by station.

    Raises
    ------
    InsufficientData, InvalidArgument, MissingTable, UnknownName
    """
    for name in given or {}:
        if name not in STATIONS:
            raise unknown_name("station", name, STATIONS)
    system.need("regions", "indicators")
    table = system.table("regions")
    parents = set(table["parent"].dropna()) if "parent" in table else set()
    regions = [str(region) for region in table["region"] if region not in parents]
    people, _, _ = _read(system, "population", regions)
    found = [
        _given(system, station, given[station], regions)
        if given and station in given
        else _known(system, station, regions)
        for station in STATIONS
    ]
    frames = [wide for _, wide, _, _ in found]
    years = sorted({int(year) for wide in frames for year in wide.index})
    years = list(range(years[0], years[-1] + 1))
    logs = np.full((len(years), len(regions), len(STATIONS)), np.nan)
    level = np.full((len(regions), len(STATIONS)), np.nan)
    total, last, zeros = np.full(len(STATIONS), np.nan), [], []
    for place, wide in enumerate(frames):
        heads = people.reindex(index=years, columns=regions)
        figures = wide.reindex(index=years, columns=regions)
        each = (figures / heads).to_numpy(float)
        zeros.append(int((each == 0).sum()))
        logs[..., place] = np.log(np.where(each > 0, each, np.nan))
        _refuse_constant(logs[..., place], STATIONS[place], found[place][0].formula)
        known = np.isfinite(each).sum(axis=1) >= _LEAST_KNOWN * len(regions)
        at = int(np.flatnonzero(known)[-1])
        last.append(years[at])
        both = np.isfinite(each[at])
        total[place] = figures.iloc[at].sum()
        level[:, place] = each[at] * heads.iloc[at][both].sum() / figures.iloc[at][both].sum()
    series, _, evidence, tables = zip(*found, strict=True)
    return Stations(
        years, regions, logs, level, total, tuple(last), tuple(s.label for s in series),
        tuple(s.unit for s in series), tuple(s.formula for s in series), evidence, tuple(zeros),
        tuple(sorted({t for names in tables for t in names} | {"indicators", "regions"})),
        tuple(_sources(system, s.formula) for s in series),
    )  # fmt: skip


def _read(
    system: System, text: str, regions: Sequence[str]
) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Return a formula's figures by year and region, their weakest evidence, and the tables read."""
    formula = compile_formula(text, system)
    long = evaluate(formula, system)
    long = long[long["region"].isin(regions)]
    wide = long.pivot_table(index="year", columns="region", values="value")
    kinds = set(long["evidence"])
    worst = next((k for k in ("assumed", "derived") if k in kinds), "measured")
    return wide, worst, tuple(sorted({term.table for term in formula.terms.values()}))


def _sources(system: System, text: str) -> str:
    """Return the publications that a formula's rows come from."""
    found: set[str] = set()
    for term in compile_formula(text, system).terms.values():
        frame = system.table(term.table)
        if "source" not in frame:
            continue
        if term.table == "indicators":
            frame = frame[frame["indicator"] == term.text]
        # Conditions of one column and one value, as the usual formulas have them.
        for column, value in re.findall(r"\b(\w+) = '([^']*)'", term.text):
            if column in frame:
                frame = frame[frame[column] == value]
        found |= set(frame["source"].dropna())
    return ", ".join(sorted(found))


def _years_known(wide: pd.DataFrame, regions: Sequence[str]) -> int:
    return int((wide.notna().sum(axis=1) >= _LEAST_KNOWN * len(regions)).sum())


def _known(
    system: System, station: str, regions: Sequence[str]
) -> tuple[_Series, pd.DataFrame, str, tuple[str, ...]]:
    for series in _WAYS[station]:
        try:
            wide, evidence, tables = _read(system, series.formula, regions)
        except EchelonError:
            continue
        if not wide.empty and _years_known(wide, regions) >= _LEAST_YEARS:
            return series, wide, evidence, tables
    raise InsufficientData(
        f"The system {system.name!r} has no series for the station {station!r} that nine of ten "
        f"regions know in {_LEAST_YEARS} years",
        where=f"tables {_TABLES[station]}",
        fix=f"Add years, or give stations={{{station!r}: formula}} with a formula over its tables",
    )


def _given(
    system: System, station: str, text: str, regions: Sequence[str]
) -> tuple[_Series, pd.DataFrame, str, tuple[str, ...]]:
    wide, evidence, tables = _read(system, text, regions)
    if _years_known(wide, regions) < _LEAST_YEARS:
        raise InsufficientData(
            f"Nine of ten regions know the station {station!r} in {_years_known(wide, regions)} years, "
            f"and a link needs {_LEAST_YEARS}",
            where=f"formula {text!r}", fix="Choose another series",
        )  # fmt: skip
    same = [s for s in _WAYS[station] if s.formula == text]
    return (same or [_Series(text, text, _unit_of(system, text))])[0], wide, evidence, tables


def _unit_of(system: System, text: str) -> str:
    """Return the unit of a sum of series of ``indicators``; empty where it cannot be told."""
    if set(text) & set("*/()."):
        return ""
    table = system.table("indicators")
    named = {name.strip() for name in text.replace("-", "+").split("+")}
    units = table.loc[table["indicator"].isin(named), "unit"].dropna().unique().tolist()
    return str(units[0]) if len(units) == 1 else ""


def _refuse_constant(logs: Array, station: str, formula: str) -> None:
    known = logs[np.isfinite(logs)]
    if known.size and np.ptp(known) < 1e-12:
        raise InsufficientData(
            f"The station {station!r} has the same figure per head in every region and year",
            where=f"formula {formula!r}", fix="Choose a series that varies",
        )  # fmt: skip


def total_of(system: System, formulas: Sequence[str], regions: Sequence[str]) -> float:
    """Return the sum over regions of the first formula that is known, in its last year; else NaN."""
    for text in formulas:
        try:
            wide, _, _ = _read(system, text, regions)
        except EchelonError:
            continue
        known = wide.notna().sum(axis=1) >= _LEAST_KNOWN * len(regions)
        if known.any():
            return float(wide[known].iloc[-1].sum())
    return float("nan")
