"""The largest problems of every region, ranked, each with the lever that acts on it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.diagnose.problems import PROBLEMS, Problem
from echelon.errors import EchelonError, InsufficientData, InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from echelon.system.system import System

__all__ = ["contradictions"]

_FEWEST_REGIONS = 3
_PAPERS = (
    "Leys, C. et al. (2013). Detecting outliers: Do not use standard deviation around the mean, use "
    "absolute deviation around the median. Journal of Experimental Social Psychology 49(4), 764-766.",
)


def contradictions(
    system: System, *, results: Mapping[str, Result] | None = None, most: int = 5,
    draws: int = 1000, seed: int = 0,
) -> Result:  # fmt: skip
    """Rank the largest problems of every region: figure, band, evidence and the lever that acts.

    Every measure and diagnosis that the tables allow gives a figure per region. The severity of a
    problem is the region's distance from the median of the regions on the bad side, divided by the
    median distance of all regions that are worse than the median: 1 is as bad as the typical region
    with this problem, 0 is the median or better.

    Parameters
    ----------
    system : System
    results : mapping of str to Result, optional
        Results that exist already, by the name of their verb; what is missing is computed.
    most : int
        Problems per region.
    draws : int
        Draws of every figure within its band, from which the band of the rank comes.
    seed : int

    Returns
    -------
    Result
        ``contradictions`` (region, rank, rank_low, rank_high: 5-95 % band, problem, about, value,
        low, high, unit, year, severity with its band, evidence, lever, verb), ``figures`` (every
        problem of every region) and ``problems`` (the median and the scale of each).

    Raises
    ------
    InsufficientData
        When fewer than three regions or no problem can be compared.

    Notes
    -----
    The severity is relative: a problem that all regions share alike does not show here.

    References
    ----------
    Leys, C. et al. (2013). Journal of Experimental Social Psychology 49(4), 764-766.
    """
    if most < 1 or draws < 100:
        raise InvalidArgument(
            f"most = {most}, draws = {draws}",
            fix="Ask for at least one problem per region and at least 100 draws",
        )
    if len(system.table("regions")) < _FEWEST_REGIONS:
        raise InsufficientData(
            "Problems are ranked by the distance from other regions, and there are fewer than "
            f"{_FEWEST_REGIONS} of them",
            fix="Add regions, or read each diagnosis by itself",
        )
    found, caveats, used = _gather(system, results or {}, seed)
    figures, scales = _severities(found)
    ranked = _ranked(figures, draws=draws, seed=seed)
    names = labels(system, "regions", "occupations", "fields", "industries", "technologies")
    return Result(
        name="diagnose.contradictions",
        system=system.name,
        frames={
            "contradictions": ranked[ranked["rank"] <= most].reset_index(drop=True),
            "figures": ranked,
            "problems": scales,
            "trace": _trace(ranked, most),
        },
        note=note_of(
            system, *used, seed=seed, papers=_PAPERS, caveats=caveats,
            method="The largest problems of every region by their distance from the other regions.",
            parameters={"most": most, "draws": draws},
            steps=[
                "Took the last known figure of each region from each measure and diagnosis.",
                "Severity: distance from the median on the bad side, over the median distance of "
                "the regions that are worse than the median.",
                "Drew every figure from a normal distribution with its 5-95 % band; a figure "
                "without a band does not move.",
            ],
        ),
        units={"severity": "1 = the typical region with this problem"},
        labels=names,
    )  # fmt: skip


def _gather(
    system: System, results: Mapping[str, Result], seed: int
) -> tuple[list[tuple[Problem, pd.DataFrame]], list[str], list[str]]:
    """Return the figures of every problem that the tables allow, and which could not be had."""
    have = dict(results)
    found, lacking, tables = [], {}, ["regions"]
    for problem in PROBLEMS:
        if problem.verb not in have and problem.verb not in lacking:
            try:
                have[problem.verb] = _computed(system, problem.verb, seed)
            except EchelonError as error:
                lacking[problem.verb] = str(error)
        if problem.verb not in have:
            continue
        frame = problem.figures(have[problem.verb])
        if len(frame) >= _FEWEST_REGIONS:
            found.append((problem, frame))
            tables += have[problem.verb].note.tables
    if not found:
        raise InsufficientData(
            "No measure or diagnosis can be computed from these tables",
            fix="Run echelon check and see which table each verb needs; the first reason is: "
            + next(iter(lacking.values()), "the results are empty"),
        )
    caveats = ["A problem that all regions share alike does not show: the severity is relative."]
    caveats += [f"Not looked at: {verb}. {why}" for verb, why in lacking.items()]
    return found, caveats, list(dict.fromkeys(tables))


def _computed(system: System, verb: str, seed: int) -> Result:
    room, name = verb.split(".")
    function = getattr(import_module(f"echelon.{room}"), name)
    takes_seed = "seed" in function.__kwdefaults__
    result = function(system, seed=seed) if takes_seed else function(system)
    assert isinstance(result, Result)
    return result


def _severities(
    found: list[tuple[Problem, pd.DataFrame]],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every figure with its severity, and the median and scale of each problem."""
    frames, scales = [], []
    for problem, frame in found:
        sign = 1.0 if problem.worse == "higher" else -1.0
        middle = float(frame["value"].median())
        beyond = sign * (frame["value"] - middle)
        scale = float(beyond[beyond > 0].median()) if (beyond > 0).any() else np.nan
        scales.append(
            {"problem": problem.name, "verb": problem.verb, "worse": problem.worse,
             "unit": problem.unit, "median": middle, "scale": scale, "regions": len(frame)}
        )  # fmt: skip
        if np.isnan(scale):
            continue
        ends = sign * (frame[["low", "high"]] - middle) / scale
        frames.append(
            frame.assign(
                problem=problem.name,
                unit=problem.unit,
                severity=beyond / scale,
                severity_low=ends.min(axis=1),
                severity_high=ends.max(axis=1),
                evidence=problem.evidence,
                lever=[problem.lever_for(about) for about in frame["about"]],
                verb=problem.verb,
            )
        )
    if not frames:
        raise InsufficientData(
            "Every figure is the same in all regions, so no region has a larger problem than another",
            fix="Add regions or years that differ",
        )
    return pd.concat(frames, ignore_index=True), pd.DataFrame(scales)


def _ranked(figures: pd.DataFrame, *, draws: int, seed: int) -> pd.DataFrame:
    """Return the figures in the order of their severity within each region, with bands of ranks."""
    generator = np.random.default_rng(np.random.SeedSequence([seed, 7]))
    parts = []
    for _, group in figures.groupby("region", sort=True):
        ordered = group.sort_values("severity", ascending=False, kind="stable")
        low, high = _rank_band(ordered, draws, generator)
        parts.append(
            ordered.assign(rank=np.arange(1, len(ordered) + 1), rank_low=low, rank_high=high)
        )
    columns = [
        "region", "rank", "rank_low", "rank_high", "problem", "about", "value", "low", "high", "unit",
        "year", "severity", "severity_low", "severity_high", "evidence", "lever", "verb",
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[columns]


def _rank_band(
    ordered: pd.DataFrame, draws: int, generator: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the 5 and 95 % ends of the rank of each problem of one region."""
    centre = ordered["severity"].to_numpy(float)
    width = (ordered["severity_high"] - ordered["severity_low"]).to_numpy(float)
    deviation = np.nan_to_num(width) / (2 * 1.6448536269514722)
    drawn = centre + deviation * generator.standard_normal((draws, len(ordered)))
    ranks = 1 + (-drawn).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    low, high = np.quantile(ranks, [0.05, 0.95], axis=0)
    return np.floor(low), np.ceil(high)


def _trace(ranked: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the tree of each region: its problems, and the figure behind each."""
    shown = ranked[ranked["rank"] <= most]
    year = int(shown["year"].max())
    first = shown[shown["rank"] == 1].assign(year=year)
    parts = [
        trace_rows(
            first, item="result", label="Severity of the largest problem",
            value=first["severity"], unit="times the typical region with it",
        )
    ]  # fmt: skip
    for rank, group in shown.groupby("rank"):
        cells = group.assign(year=year)
        parts.append(
            trace_rows(
                cells, item=f"problem_{rank}", parent="result", label=f"Problem {rank}",
                value=cells["severity"], unit="severity",
                detail=cells["problem"] + cells["about"].map(lambda a: f": {a}" if a else ""),
            )
        )  # fmt: skip
        parts.append(
            trace_rows(
                cells, item=f"figure_{rank}", parent=f"problem_{rank}", label="Figure",
                value=cells["value"], unit=cells["unit"],
                detail=[
                    f"{evidence}; from {verb}, {at}; lever {lever}"
                    for evidence, verb, at, lever in zip(
                        group["evidence"], group["verb"], group["year"], group["lever"], strict=True
                    )
                ],
            )
        )  # fmt: skip
    return trace_table(*parts)
