"""The tables, the tree of inputs and the note of the result on shortage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.carried import Carriers
from echelon.diagnose.history import WHOLE, workers_of
from echelon.diagnose.signal_panel import SIGNALS, Options, Signals
from echelon.explanation import trace_rows, trace_table
from echelon.methods.rank import rank_bands, ranks
from echelon.methods.signals import quantiles
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "CRITICAL",
    "ELEVATED",
    "classes",
    "demand_table",
    "industry_table",
    "main_table",
    "notes",
    "reliability",
    "trace",
    "whole_table",
]

Array = NDArray[np.float64]
CRITICAL, ELEVATED = 1.0, 0.5
# Relative standard errors (per cent) and, where they are unknown, jobs at which a class ends.
_ERRORS = ((5.0, "A"), (10.0, "B"), (20.0, "C"))
_JOBS = ((50_000.0, "A"), (10_000.0, "B"), (1_000.0, "C"))
_FEW_JOBS = 500.0
# Below this share of its own figures a cell is marked as shrunken.
_OWN = 0.9
_GROWTH = {
    "wage": "wage_growth", "employment": "employment_growth", "hours": "hours_growth",
    "unemployment": "unemployment_rate", "underqualification": "underqualification_growth",
}  # fmt: skip


def classes(index: Array, low: Array, high: Array) -> NDArray[np.str_]:
    """Return the class of each cell: a sign counts only where the whole band is on its side.

    ``critical`` from 1 and ``elevated`` from 0.5 standard deviations with a band above 0,
    ``surplus`` below -0.5 with a band below 0, else ``unclear``; empty where unknown.
    """
    found = np.full(index.shape, "unclear", dtype="<U8")
    found[(index >= ELEVATED) & (low > 0)] = "elevated"
    found[(index >= CRITICAL) & (low > 0)] = "critical"
    found[(index <= -ELEVATED) & (high < 0)] = "surplus"
    found[np.isnan(index)] = ""
    return found


def reliability(jobs: Array, headcount_rse: Array, wage_rse: Array) -> NDArray[np.str_]:
    """Return the reliability of each cell, A (precise) to D (use with great care).

    By the larger relative standard error: A to 5, B to 10, C to 20 per cent, D above and below 500
    jobs; where no error is known by jobs: A from 50,000, B from 10,000, C from 1,000.
    """
    error = np.fmax(headcount_rse, wage_rse)
    found = np.full(jobs.shape, "D", dtype="<U1")
    for end, name in reversed(_ERRORS):
        found[error <= end] = name
    unknown = np.isnan(error)
    for start, name in reversed(_JOBS):
        found[unknown & (jobs >= start)] = name
    found[jobs < _FEW_JOBS] = "D"
    found[np.isnan(jobs)] = ""
    return found


def main_table(signals: Signals, options: Options, evidence: str) -> pd.DataFrame:
    """Return every region, occupation and year with a known index."""
    history = signals.history
    index = signals.index(options)
    frames = []
    for t, year in enumerate(history.years):
        if np.isnan(index[t]).all():
            continue
        drawn = signals.drawn(t, options)
        low, high = quantiles(drawn)
        rank_low, _, rank_high = rank_bands(drawn)
        regions, occupations = np.meshgrid(history.regions, history.occupations, indexing="ij")
        columns: dict[str, NDArray[np.generic]] = {
            "region": regions, "occupation": occupations, "year": np.full(regions.shape, year),
            **{_GROWTH[name]: signals.raw[k, t] for k, name in enumerate(SIGNALS)},
            **{f"signal_{name}": signals.signals[k, t] for k, name in enumerate(SIGNALS)},
            "shortage": index[t], "shortage_low": low, "shortage_high": high,
            "rank": ranks(index[t]), "rank_low": rank_low, "rank_high": rank_high,
            "class": classes(index[t], low, high), "jobs": history.people[t],
            "reliability": reliability(
                history.people[t], history.figures["headcount_rse"][t],
                history.figures["wage_rse"][t],
            ),
            "own_weight": signals.own_weight[t], "shrunken": signals.own_weight[t] < _OWN,
            "own_history": _own(signals, t),
        }  # fmt: skip
        frames.append(pd.DataFrame({name: part.ravel() for name, part in columns.items()}))
    table = pd.concat(frames, ignore_index=True).assign(evidence=evidence)
    return table[table["shortage"].notna()].reset_index(drop=True)


def _own(signals: Signals, t: int) -> NDArray[np.bool_]:
    """Return whether every known signal of a cell is on the scale of its own history."""
    known = ~np.isnan(signals.signals[:, t])
    return np.asarray((signals.own[:, t] | ~known).all(axis=0))


def whole_table(signals: Signals, options: Options, evidence: str) -> pd.DataFrame:
    """Return the table of the whole system: one row per occupation and year."""
    table = main_table(signals, options, evidence)
    return table.drop(columns=["region", "own_weight", "shrunken"])


def demand_table(system: System) -> pd.DataFrame:
    """Return demand, which is no shortage: posts, openings and vacancies by region and occupation.

    In the last year with people at work, or the last year of demand.
    """
    rows = system.table("demand")
    keys = ["region", "occupation", "year"]
    year = rows["year"].max()
    if "workers" in system:
        people = workers_of(system)[[*keys, "headcount"]].rename(columns={"headcount": "workers"})
        shared = set(people["year"]) & set(rows["year"])
        year = max(shared) if shared else year
        rows = rows.merge(people, how="left", on=keys)
    else:
        rows = rows.assign(workers=np.nan)
    rows = rows[rows["year"] == year]
    with_people = rows["workers"].where(rows["workers"] > 0)
    posts = rows["workers"] + rows["vacancies"]
    kept = [*keys, "workers", "posts", "openings", "vacancies"]
    return rows[kept].assign(
        openings_rate=100 * rows["openings"] / with_people,
        vacancies_rate=100 * rows["vacancies"] / posts.where(posts > 0),
        evidence=rows["evidence"],
    ).reset_index(drop=True)  # fmt: skip


def industry_table(system: System) -> pd.DataFrame:
    """Return how tight each industry is: vacancies per person hired in a month."""
    rows = system.table("turnover")
    rows = rows.assign(region=rows["region"].fillna(WHOLE))
    open_posts = rows["vacancies"] / (100 - rows["vacancies"]).where(rows["vacancies"] < 100)
    hires = rows["hires"].where(rows["hires"] > 0) / 100
    kept = ["region", "industry", "year", "vacancies", "hires", "quits", "layoffs"]
    table = rows[kept].assign(vacancies_per_hire=open_posts / hires, evidence=rows["evidence"])
    return table.sort_values(["industry", "year"], ignore_index=True)


def trace(
    system: System, signals: Signals, options: Options, *, table: pd.DataFrame
) -> pd.DataFrame:
    """Return the tree of the last year: region, occupations, signals with the figures behind."""
    history, year = signals.history, int(table["year"].max())
    t = history.years.index(year)
    rows = table[table["year"] == year]
    weights = options.weight()
    jobs = rows["jobs"].fillna(0.0)
    total = jobs.groupby(rows["region"]).sum()
    whole = (rows["shortage"] * jobs).groupby(rows["region"]).sum() / total.where(total > 0)
    top = pd.DataFrame({"region": whole.index, "year": year})
    parts = [trace_rows(
        top, item="shortage", label="Shortage, mean over people at work", value=whole.to_numpy(),
        unit="standard deviations",
    )]  # fmt: skip
    named = labels(system, "occupations")
    for code, group in rows.groupby("occupation"):
        share = group["jobs"].fillna(0.0) / group["region"].map(total)
        detail = [
            f"rank {rank:.0f} of the region, band {low:.2f} to {high:.2f}, {kind}, reliability {mark}"
            for rank, low, high, kind, mark in zip(
                group["rank"], group["shortage_low"], group["shortage_high"], group["class"],
                group["reliability"], strict=True,
            )
        ]  # fmt: skip
        parts.append(trace_rows(
            group, item=str(code), parent="shortage", label=named.get(str(code), str(code)),
            value=group["shortage"],
            unit="standard deviations", weight=share, detail=detail,
        ))  # fmt: skip
        for k, name in enumerate(SIGNALS):
            if name in signals.known:
                parts.append(_signal_rows(signals, group, (k, t), weights))
    return trace_table(*parts)


def _signal_rows(
    signals: Signals, group: pd.DataFrame, at: tuple[int, int], weights: Array
) -> pd.DataFrame:
    """Return one signal of one occupation in every region, with its figure and source."""
    k, t = at
    name = list(SIGNALS)[k]
    code = str(group["occupation"].iloc[0])
    unit = {"unemployment": "per cent", "underqualification": "points a year"}.get(
        name, "per cent a year"
    )
    known = [weights[j] * group[f"signal_{other}"].notna() for j, other in enumerate(SIGNALS)]
    weight = weights[k] / np.where(sum(known) > 0, sum(known), np.nan)
    years = f"{signals.history.years[t] - signals.span}-{signals.history.years[t]}"
    when = str(signals.history.years[t]) if name == "unemployment" else years
    table = "unemployment" if name == "unemployment" else signals.history.table
    source = "" if name == "unemployment" else f"; source {signals.history.source}"
    detail = [
        f"{value:,.3g} {unit}, {when}, from table {table}{source}" if value == value else "unknown"
        for value in group[_GROWTH[name]]
    ]
    return trace_rows(
        group, item=f"{code}/{name}", parent=code, label=SIGNALS[name][3].capitalize(),
        value=group[f"signal_{name}"], unit="standard deviations", weight=weight, detail=detail,
    )  # fmt: skip


def notes(
    system: System, signals: Signals, options: Options, *, carriers: Carriers | None
) -> tuple[list[str], list[str]]:
    """Return the steps and the caveats."""
    history = signals.history
    known = [SIGNALS[name][3] for name in signals.known]
    absent = [SIGNALS[name][3] for name in SIGNALS if name not in signals.known]
    steps = [f"Signals that exist: {', '.join(known)}; their weights are brought to 1"]
    if absent:
        steps.append(f"Signals without data, left out: {', '.join(absent)}")
    steps.append(f"Growth is read over {signals.span} years, within one classification only")
    if len(set(history.regimes)) > 1:
        named = " to ".join(dict.fromkeys(filter(None, history.regimes)))
        steps.append(f"Classifications change ({named}); no growth is read across a change")
    shrunken = signals.own_weight < _OWN
    if options.shrinking and shrunken.any():
        last = signals.own_weight[(~np.isnan(signals.index(options))).any(axis=(1, 2))][-1]
        steps.append(
            "Shrunken: growth is pulled towards that of the occupation in all regions by its "
            f"sampling error; in the last year the median cell keeps {np.median(last):.0%} of its own"
        )
    if ((~signals.own) & ~np.isnan(signals.signals)).any():
        steps.append(
            f"Series with fewer than {options.least_years} known years are on the scale of the "
            "spread between cells, not of their own history (column own_history)"
        )
    caveats = []
    index = signals.index(options)
    last_year = history.years[int(np.flatnonzero((~np.isnan(index)).any(axis=(1, 2)))[-1])]
    caveats.append(f"The signals by region end in {last_year}.")
    if "unemployment" in signals.known and _national_only(system):
        caveats.append(
            "Unemployment by occupation is known for the whole system only: every region has the "
            "same signal of it."
        )
    if carriers is not None and set(carriers.occupations) != set(history.occupations):
        caveats.append(
            f"Tiers and skills of {carriers.year} have the signals of the group of occupations that "
            "they stand in; within a group they do not differ."
        )
    if carriers is None or not any(carriers.tiers):
        caveats.append("No occupation at work has a tier, so there is no table of tiers.")
    return steps, caveats


def _national_only(system: System) -> bool:
    rows = system.table("unemployment")
    return bool(rows.loc[rows["occupation"].notna(), "region"].isna().all())
