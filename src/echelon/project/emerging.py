"""Emerging fields and skills: what gains share, how sure that is, and which regions have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import EchelonError, InvalidArgument, MissingTable
from echelon.explanation import note_of
from echelon.methods.emergence import (
    breadth,
    false_discovery_rate,
    first_seen,
    log_odds_growth,
    mann_kendall,
    shrunken,
    theil_sen,
)
from echelon.methods.shift_share import within_between
from echelon.project.demand import Outlook, outlook
from echelon.project.exposure import exposure_table, exposure_trace
from echelon.project.shares import (
    Counts,
    Implied,
    implied_skills,
    industry_counts,
    past_skills,
    technology_counts,
)
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["CLASSES", "emerging"]

Array = NDArray[np.float64]
CLASSES = ("emerging", "growing", "steady", "declining")
_TABLES = (
    "technology", "technologies", "output", "industries", "staffing", "workers",
    "occupation_skills", "skills",
)  # fmt: skip
_PAPERS = (
    "Morris, C. N. (1983). Parametric empirical Bayes inference. JASA 78, 47-55.",
    "Kendall, M. G. (1975). Rank Correlation Methods. Griffin.",
    "Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. JASA 63, "
    "1379-1389.",
    "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300.",
    "Foster, L., Haltiwanger, J., & Krizan, C. J. (2001). Aggregate productivity growth. University "
    "of Chicago Press.",
)
_COLUMNS = [
    "kind", "item", "class", "first_year", "last_year", "share_first", "share_last", "growth", "low",
    "high", "growth_raw", "tau", "trend", "p", "q", "first_seen", "breadth", "unit", "evidence",
]  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """One kind: its rows, its decomposition, and the share of each item in each region."""

    rows: pd.DataFrame
    decomposition: pd.DataFrame
    of_region: pd.DataFrame


def emerging(
    system: System, *, horizon: int | None = None, significance: float = 0.1, pace: float = 0.03,
    draws: int = 200, seed: int = 0,
) -> Result:  # fmt: skip
    """Find the fields, industries and skills that gain share, and the regions that live by them.

    Shares are always of a total of the same year. Growth is the slope of the log odds a year, small
    counts drawn towards the mean of all items (empirical Bayes), with its 5-95 % band. Whether an
    item moves at all is tested without any shape (Mann-Kendall), false discoveries among many items
    are limited (Benjamini-Hochberg), and the change of a share is split into change within regions
    or occupations and change of their weights.

    Parameters
    ----------
    system : System
        With ``technology`` (patents or papers by technology and year), ``output`` (employment), or
        what :func:`demand` and ``occupation_skills`` need for skills.
    horizon : int, optional
        Year of the projection that implies the skills; ten years after the last count by default.
    significance : float
        Greatest rate of false discoveries.
    pace : float
        Least growth of the log odds a year of what is called emerging; 0.03 doubles the odds in 23
        years.
    draws, seed : int
        Of the projection.

    Returns
    -------
    Result
        ``emerging`` (kind: technology, industry, past skill or skill; item, class, shares, growth
        with band, tau and trend (Theil-Sen, share a year), p, q, first_seen, breadth over regions
        or occupations),
        ``decomposition`` (change, within, between), ``exposure`` (region, kind, share in growing and
        emerging items with band, rank with band).

    Raises
    ------
    MissingTable
        When no kind can be counted.
    InvalidArgument
        When the significance is not between 0 and 1 or the pace is negative.

    Notes
    -----
    Classes: *growing* has q at most the significance and a band above 0; *emerging* is growing at
    least at the pace and has less than an equal share at first, or was first seen later;
    *declining* has q at most the significance and a band below 0; the rest is *steady*. Skills are
    implied by the projected posts with today's needs of occupations: derived, never observed.

    References
    ----------
    Benjamini, Y., & Hochberg, Y. (1995). JRSS B 57, 289-300.
    """
    if not 0 < significance < 1 or not pace >= 0:
        raise InvalidArgument(
            f"significance = {significance}, pace = {pace}",
            fix="Give a significance between 0 and 1 and a pace of 0 or more",
        )
    found, caveats = _gather(system, horizon=horizon, draws=draws, seed=seed)
    parts = [_classed(part, significance, pace) for part in found]
    table = pd.concat([part.rows for part in parts], ignore_index=True)
    splits = [part.decomposition for part in parts if len(part.decomposition)]
    exposure = exposure_table([(part.rows, part.of_region) for part in parts], seed=seed)
    names = labels(system, "regions", "technologies", "industries", "skills")
    return Result(
        name="project.emerging",
        system=system.name,
        frames={
            "emerging": table[_COLUMNS],
            "decomposition": pd.concat(splits, ignore_index=True) if splits else _NO_SPLIT,
            "exposure": exposure,
            "trace": exposure_trace(exposure, [(p.rows, p.of_region) for p in parts], names),
        },
        note=note_of(
            system, *_TABLES, seed=seed, papers=_PAPERS, caveats=caveats,
            method="Growth of shares in log odds, shrunken, tested for trend with limited false "
            "discoveries, and split into change within and between.",
            parameters={"significance": significance, "pace": pace, "draws": draws, "horizon": horizon},
            steps=[
                "Only cells of region and item that are known in every year count, so that a total "
                "never changes because a figure is missing.",
                f"Growing or declining: false discovery rate at most {significance} and the whole band "
                f"on one side of 0. Emerging: growing by at least {pace} a year in log odds from less "
                "than an equal share, or first seen later.",
                "Exposure: the region's share in growing and emerging items; its band is over which "
                "items grow, drawn from the bands of growth.",
            ],
        ),
        units={
            "share_first": "share of 1", "share_last": "share of 1", "growth": "log odds a year",
            "trend": "share a year", "change": "share of 1", "exposure": "share of 1",
        },
        labels=names,
    )  # fmt: skip


_NO_SPLIT = pd.DataFrame(columns=["kind", "item", "over", "change", "within", "between"])


def _gather(
    system: System, *, horizon: int | None, draws: int, seed: int
) -> tuple[list[_Found], list[str]]:
    """Return every kind that the tables allow, and a sentence for each that they do not."""
    found: list[_Found] = []
    caveats: list[str] = []
    lacking: dict[str, EchelonError] = {}
    projected: Outlook | None = None
    try:
        found.append(_observed(technology_counts(system)))
        if found[0].of_region.empty:
            caveats.append(
                "Technologies are counted for the whole system only: no region is told by them."
            )
    except EchelonError as error:
        lacking["Technologies"] = error
    try:
        projected = outlook(
            system, horizon=horizon, draws=draws, seed=seed, reconcile="minimum_trace", shock=5.0,
            occupations=True,
        )  # fmt: skip
        found.append(_observed(industry_counts(projected)))
    except InvalidArgument:
        raise
    except EchelonError as error:
        lacking["Industries"] = error
    try:
        if projected is None:
            raise MissingTable("The posts that would imply them cannot be projected")
        found.append(_observed(past_skills(system, projected)))
        found.append(_implied(implied_skills(system, projected)))
        caveats.append(
            "Skills are implied by posts and by today's needs of each occupation (skill: from the count "
            "to the horizon; past skill: by the employment of past years and today's staffing): what "
            "changes within occupations is not seen, and no growth of a skill was observed."
        )
    except EchelonError as error:
        lacking["Skills"] = error
    if not found:
        raise MissingTable(
            "Nothing can be counted that might emerge",
            fix="Add the table technology (technology, year, patents), or output with employment; the "
            f"first reason is: {next(iter(lacking.values()))}",
        )
    caveats += [f"{kind} are not told. {error}" for kind, error in lacking.items()]
    if projected is not None and projected.history.shock is not None:
        caveats.append(f"Employment of {projected.history.shock} is set aside as a passing shock.")
    return found, caveats


def _observed(counts: Counts) -> _Found:
    """Return the rows of a kind that was counted year by year."""
    whole, years = counts.whole, counts.years.astype(float)
    totals = whole.sum(axis=1)
    shares = whole / totals[:, None]
    growth = log_odds_growth(whole, totals, years)
    tau, p = mann_kendall(shares)
    rows = pd.DataFrame(
        {
            "kind": counts.kind, "item": counts.items, "first_year": int(years[0]),
            "last_year": int(years[-1]), "share_first": shares[0], "share_last": shares[-1],
            "growth": growth.shrunken, "low": growth.low, "high": growth.high,
            "growth_raw": growth.raw, "tau": tau, "trend": theil_sen(shares, years), "p": p,
            "first_seen": first_seen(whole, years), "breadth": breadth(counts.counts[-1]),
            "unit": counts.unit, "evidence": counts.evidence,
        }
    )  # fmt: skip
    if len(counts.regions) < 2:
        split = _NO_SPLIT
    else:
        split = _split(rows, "region", *within_between(counts.counts[0], counts.counts[-1]))
    return _Found(rows, split, _of_region(counts.counts[-1], counts, int(years[-1])))


def _of_region(figures: Array, counts: Counts, year: int) -> pd.DataFrame:
    """Return the share of each item in each region; nothing without regions."""
    if not counts.regions:
        return pd.DataFrame(columns=["region", "item", "year", "share"])
    return _long(figures, counts.regions, counts.items, year)


def _long(
    figures: Array, regions: tuple[str, ...], items: tuple[str, ...], year: int
) -> pd.DataFrame:
    size = figures.sum(axis=1, keepdims=True)
    share = np.divide(figures, size, out=np.full_like(figures, np.nan), where=size > 0)
    index = pd.MultiIndex.from_product([regions, items], names=["region", "item"])
    rows = index.to_frame(index=False)
    return rows.assign(year=year, share=share.ravel())


def _split(rows: pd.DataFrame, over: str, within: Array, between: Array) -> pd.DataFrame:
    change = rows["share_last"].to_numpy() - rows["share_first"].to_numpy()
    return rows[["kind", "item"]].assign(over=over, change=change, within=within, between=between)


def _implied(skills: Implied) -> _Found:
    """Return the rows of the skills that projected posts imply; every draw is one future."""
    asked = skills.posts @ skills.need
    shares = asked / asked.sum(axis=-1, keepdims=True)
    span = skills.years[1] - skills.years[0]
    odds = np.log(shares) - np.log1p(-shares)
    growth = (odds[:, 1] - odds[:, 0]) / span
    drawn = growth[1:]
    error = np.maximum(drawn.std(axis=0, ddof=1), 1e-12)
    drawn_in = shrunken(growth[0], error)
    above = (drawn > 0).mean(axis=0)
    p = np.clip(2 * np.minimum(above, 1 - above), 1 / len(drawn), 1.0)
    places = skills.posts[0, 0][:, None] * skills.need
    rows = pd.DataFrame(
        {
            "kind": "skill", "item": skills.skills, "first_year": skills.years[0],
            "last_year": skills.years[1], "share_first": shares[0, 0], "share_last": shares[0, 1],
            "growth": drawn_in.shrunken, "low": drawn_in.low, "high": drawn_in.high,
            "growth_raw": growth[0], "tau": np.nan,
            "trend": (shares[0, 1] - shares[0, 0]) / span, "p": p, "first_seen": np.nan,
            "breadth": breadth(places), "unit": "need in posts", "evidence": skills.evidence,
        }
    )  # fmt: skip
    first, last = (skills.posts[0, at][:, None] * skills.need for at in (0, 1))
    split = _split(rows, "occupation", *within_between(first, last))
    of_region = _long(
        skills.of_region @ skills.need, skills.regions, skills.skills, skills.years[0]
    )
    return _Found(rows, split, of_region)


def _classed(found: _Found, significance: float, pace: float) -> _Found:
    """Add the false discovery rate and the class of every item."""
    rows = found.rows
    q = false_discovery_rate(rows["p"].to_numpy(dtype=float))
    sure = q <= significance
    growing, declining = sure & (rows["low"] > 0), sure & (rows["high"] < 0)
    small = rows["share_first"] < 1 / len(rows)
    new = rows["first_seen"] > rows["first_year"]
    fast = growing & (rows["growth"] >= pace) & (small | new)
    kind = np.select([fast, growing, declining], ["emerging", "growing", "declining"], "steady")
    return _Found(
        rows.assign(q=q, moves=sure, **{"class": kind}), found.decomposition, found.of_region
    )
