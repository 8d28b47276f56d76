"""The tables of specialisation: regions, quotients, opportunities, activities, likeness, years."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.measure.strengths import FEWEST_ACTIVITIES
from echelon.methods.quotient import (
    cosines,
    herfindahl,
    krugman,
    portfolio_shares,
    shrunken_amounts,
)
from echelon.methods.rank import ranks

if TYPE_CHECKING:
    from echelon.measure.portfolios import Portfolio
    from echelon.measure.strengths import Settings, Strengths

__all__ = [
    "activity_table",
    "likeness_table",
    "opportunity_table",
    "quotient_table",
    "region_table",
    "trace_of",
    "year_table",
]

Array = NDArray[np.float64]
Drawn = Mapping[str, Array]


def _ends(drawn: Array) -> tuple[Array, Array]:
    """Return the 5 and 95 % ends over draws; unknown where a figure is unknown in all of them."""
    known = ~np.isnan(drawn).all(axis=0)
    ends = np.full((2, *drawn.shape[1:]), np.nan)
    if known.any():
        figures = drawn[:, known]
        # Quantiles that look for unknown figures are many times slower.
        quantile = np.nanquantile if np.isnan(figures).any() else np.quantile
        ends[:, known] = quantile(figures, [0.05, 0.95], axis=0)
    return ends[0], ends[1]


def _varies(draws: Array) -> bool:
    """Return whether any figure differs between draws."""
    unknown = np.isnan(draws)
    high = np.where(unknown, -np.inf, draws).max(axis=0)
    return bool((high > np.where(unknown, np.inf, draws).min(axis=0)).any())


def region_table(portfolio: Portfolio, strong: Strengths, drawn: Drawn) -> pd.DataFrame:
    """Return one row per region with its figures, their bands, and ranks with theirs."""
    nothing = np.full(len(portfolio.regions), np.nan)
    table = pd.DataFrame(
        {
            "region": portfolio.regions,
            "kind": portfolio.kind,
            "year": portfolio.years[-1],
            "size": portfolio.last.sum(axis=1),
            "share_of_all": portfolio.last.sum(axis=1) / portfolio.last.sum(),
        }
    )
    for name, figures, draws in (
        ("complexity", strong.index.regions, drawn.get("regions")),
        ("diversity", strong.diversity, drawn["diversity"]),
        ("krugman", strong.krugman, drawn["krugman"]),
        ("concentration", strong.concentration, drawn["concentration"]),
        ("outlook", strong.outlook, drawn.get("outlook")),
        ("fitness", strong.fitness, drawn.get("fitness")),
    ):
        moves = draws is not None and _varies(draws)
        low, high = _ends(draws) if draws is not None and moves else (nothing, nothing)
        rank, rank_low, rank_mid, rank_high = _ranked(figures, draws if moves else None)
        if name != "fitness":
            table[name] = figures
            table[f"{name}_low"], table[f"{name}_high"] = low, high
        if name in ("complexity", "diversity", "krugman", "fitness"):
            head = "rank" if name == "complexity" else f"{name}_rank"
            table[head], table[f"{head}_low"] = rank, rank_low
            table[f"{head}_median"], table[f"{head}_high"] = rank_mid, rank_high
    return table.assign(small=strong.small).join(_alike(portfolio, strong))


def _ranked(figures: Array, draws: Array | None) -> tuple[Array, Array, Array, Array]:
    """Return the ranks and their band; without a band no rank either."""
    nothing = np.full(len(figures), np.nan)
    if draws is None or np.isnan(figures).all():
        return nothing, nothing, nothing, nothing
    # A region that has none of the activities of a draw has no rank in it.
    drawn = ranks(draws)
    known = ~np.isnan(figures) & ~np.isnan(drawn).all(axis=0)
    bands = np.full((3, len(figures)), np.nan)
    within = drawn[:, known]
    bands[0, known] = np.nanquantile(within, 0.05, axis=0, method="nearest")
    bands[1, known] = np.nanmedian(within, axis=0)
    bands[2, known] = np.nanquantile(within, 0.95, axis=0, method="nearest")
    return ranks(figures), bands[0], bands[1], bands[2]


def _alike(portfolio: Portfolio, strong: Strengths) -> pd.DataFrame:
    """Return how alike each region is to the others, and who is most alike."""
    apart = np.where(np.eye(len(portfolio.regions), dtype=bool), np.nan, strong.alike)
    shares = np.where(np.eye(len(portfolio.regions), dtype=bool), np.nan, strong.likeness)
    nearest = np.nan_to_num(apart, nan=-2.0).argmax(axis=1)
    # A region with exactly the common mix has no strengths to compare.
    compared = (~np.isnan(apart)).sum(axis=1)
    likeness = np.divide(
        np.nansum(apart, axis=1), compared, out=np.full(len(nearest), np.nan), where=compared > 0
    )
    return pd.DataFrame(
        {
            "similarity": np.nanmean(shares, axis=1),
            "likeness": likeness,
            "nearest": [portfolio.regions[i] for i in nearest],
            "nearest_likeness": apart[np.arange(len(nearest)), nearest],
        }
    )


def quotient_table(portfolio: Portfolio, strong: Strengths, drawn: Drawn) -> pd.DataFrame:
    """Return one row per region and activity."""
    m, n = strong.raw.shape
    low, high = _ends(drawn["quotient"])
    moved = np.ptp(drawn["quotient"], axis=0) > 0
    filled = portfolio.filled[-1]
    evidence = np.where(filled, "derived", portfolio.evidence)
    return pd.DataFrame(
        {
            "region": np.repeat(portfolio.regions, n),
            "kind": portfolio.kind,
            "activity": np.tile(portfolio.activities, m),
            "year": portfolio.years[-1],
            "value": np.where(filled, np.nan, portfolio.last).ravel(),
            "unit": portfolio.unit,
            "quotient": strong.raw.ravel(),
            "shrunken": strong.quotient.ravel(),
            "shrunken_low": np.where(moved, low, np.nan).ravel(),
            "shrunken_high": np.where(moved, high, np.nan).ravel(),
            "present": strong.presence.ravel() > 0,
            "probability": np.where(moved, drawn["presence"].mean(axis=0), np.nan).ravel(),
            "density": strong.densities.ravel(),
            "complexity": np.tile(strong.index.activities, m),
            "gain": np.where(
                np.isnan(strong.index.activities), np.nan, strong.gain
            ).ravel(),
            "evidence": evidence.ravel().astype(str),
            "source": portfolio.source.ravel().astype(str),
        }
    )  # fmt: skip


def _scores(densities: Array, quality: Array) -> Array:
    """Return density times complexity, each scaled to at most 1, of every region and activity."""
    unknown = np.isnan(quality)
    low = np.where(unknown, np.inf, quality).min(axis=-1, keepdims=True)
    high = np.where(unknown, -np.inf, quality).max(axis=-1, keepdims=True)
    largest = densities.max(axis=(-1, -2), keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = (quality - low) / (high - low)
        return np.asarray(densities / largest * np.expand_dims(scaled, -2))


_OPPORTUNITY = [
    "region", "kind", "activity", "year", "rank", "rank_low", "rank_median", "rank_high", "score",
    "score_low", "score_high", "density", "complexity", "gain", "quotient",
]  # fmt: skip


def opportunity_table(
    portfolio: Portfolio, strong: Strengths, drawn: Drawn, *, most: int
) -> pd.DataFrame:
    """Return the absent activities of each region that are near and complex, the best first."""
    if not strong.ordered:
        return pd.DataFrame(columns=_OPPORTUNITY).astype({"year": int})
    score = _scores(strong.densities, strong.index.activities)
    draws = _scores(drawn["densities"].astype(float), drawn["activities"])
    parts = []
    for i, region in enumerate(portfolio.regions):
        absent = np.flatnonzero((strong.presence[i] == 0) & ~np.isnan(score[i]))
        if not len(absent):
            continue
        _, low, middle, high = _ranked(score[i, absent], draws[:, i, absent])
        ends = _ends(draws[:, i, absent])
        rows = pd.DataFrame(
            {
                "activity": np.array(portfolio.activities)[absent],
                "rank": ranks(score[i, absent]), "rank_low": low, "rank_median": middle,
                "rank_high": high, "score": score[i, absent], "score_low": ends[0],
                "score_high": ends[1], "density": strong.densities[i, absent],
                "complexity": strong.index.activities[absent], "gain": strong.gain[i, absent],
                "quotient": strong.raw[i, absent],
            }
        ).assign(region=region)  # fmt: skip
        parts.append(rows.sort_values(["rank", "activity"]).head(most))
    found = pd.concat(parts, ignore_index=True)
    return found.assign(kind=portfolio.kind, year=portfolio.years[-1])[_OPPORTUNITY]


def activity_table(portfolio: Portfolio, strong: Strengths, drawn: Drawn) -> pd.DataFrame:
    """Return one row per activity: how common and how complex it is, and where it is strongest."""
    n = len(portfolio.activities)
    nothing = np.full(n, np.nan)
    low, high = _ends(drawn["activities"]) if "activities" in drawn else (nothing, nothing)
    rank, rank_low, rank_mid, rank_high = _ranked(strong.index.activities, drawn.get("activities"))
    shares = portfolio.last / np.maximum(portfolio.last.sum(axis=0), np.finfo(float).tiny)
    leader = np.nan_to_num(strong.quotient, nan=-1.0).argmax(axis=0)
    return pd.DataFrame(
        {
            "kind": portfolio.kind,
            "activity": portfolio.activities,
            "year": portfolio.years[-1],
            "size": portfolio.last.sum(axis=0),
            "share_of_all": portfolio.last.sum(axis=0) / portfolio.last.sum(),
            "regions_with_it": strong.presence.sum(axis=0).astype(int),
            "complexity": strong.index.activities,
            "complexity_low": low,
            "complexity_high": high,
            "rank": rank,
            "rank_low": rank_low,
            "rank_median": rank_mid,
            "rank_high": rank_high,
            "concentration_over_regions": (shares**2).sum(axis=0),
            "strongest": [portfolio.regions[i] for i in leader],
            "strongest_quotient": strong.quotient[leader, np.arange(n)],
        }
    )


def likeness_table(portfolio: Portfolio, strong: Strengths) -> pd.DataFrame:
    """Return one row per pair of regions, once."""
    first, second = np.triu_indices(len(portfolio.regions), k=1)
    codes = np.array(portfolio.regions)
    return pd.DataFrame(
        {
            "region": codes[first],
            "destination": codes[second],
            "kind": portfolio.kind,
            "year": portfolio.years[-1],
            "similarity": strong.likeness[first, second],
            "likeness": strong.alike[first, second],
        }
    )


def year_table(portfolio: Portfolio, settings: Settings) -> pd.DataFrame:
    """Return how alike the regions were in each year, with bands over the choice of activities."""
    generator = np.random.default_rng(np.random.SeedSequence([settings.seed, 11]))
    n = len(portfolio.activities)
    choices = generator.integers(n, size=(min(settings.draws, 100), n))
    rows = []
    for place, year in enumerate(portfolio.years):
        totals = portfolio.amounts[place].sum(axis=1)
        prior = settings.prior * float(np.median(totals))
        amounts = shrunken_amounts(portfolio.amounts[place], prior=prior)
        shares = np.nan_to_num(portfolio_shares(amounts))
        row: dict[str, object] = {
            "kind": portfolio.kind, "year": year, "similarity": _mean_cosine(shares),
            "similarity_low": np.nan, "similarity_high": np.nan,
            "krugman": float(np.nanmean(krugman(amounts))),
            "concentration": float(np.nanmean(herfindahl(amounts))),
        }  # fmt: skip
        if n >= FEWEST_ACTIVITIES:
            drawn = [_mean_cosine(shares[:, chosen]) for chosen in choices]
            row["similarity_low"], row["similarity_high"] = np.quantile(drawn, [0.05, 0.95])
        rows.append(row)
    return pd.DataFrame(rows)


def _mean_cosine(portfolios: Array) -> float:
    """Return the mean cosine of all pairs of different regions."""
    first, second = np.triu_indices(len(portfolios), k=1)
    return float(np.nanmean(cosines(portfolios)[first, second]))


def trace_of(
    portfolio: Portfolio, strong: Strengths, table: pd.DataFrame, *, names: Mapping[str, str]
) -> pd.DataFrame:
    """Return the tree behind each region: its figures, then its three strongest activities."""
    kind, year = portfolio.kind, portfolio.years[-1]
    head = "complexity" if strong.ordered else "krugman"
    words = {
        "complexity": ("Complexity", "standard deviations"),
        "diversity": ("Activities with a quotient of 1 or more", ""),
        "krugman": ("Distance from the mix of all regions", "0 to 2"),
        "concentration": ("Concentration", "0 to 1"),
    }
    rows = [
        trace_rows(
            table, item=kind, label=f"{words[head][0]}, {kind}", value=table[head],
            unit=words[head][1], detail=f"{portfolio.words}, {year}; table {portfolio.table}",
        )
    ]  # fmt: skip
    for name, (label, unit) in words.items():
        if name != head and table[name].notna().any():
            rows.append(
                trace_rows(
                    table, item=f"{kind}_{name}", parent=kind, label=label, value=table[name],
                    unit=unit,
                    detail=[
                        "" if np.isnan(low) else f"band {low:.3g} to {high:.3g}"
                        for low, high in zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
                    ],
                )
            )  # fmt: skip
    order = np.argsort(-np.nan_to_num(strong.quotient, nan=-1.0), axis=1, kind="stable")
    for place in range(min(3, order.shape[1])):
        chosen = order[:, place]
        rows.append(_strength(portfolio, strong, table, (place, chosen, names)))
    return trace_table(*rows)


def _strength(
    portfolio: Portfolio, strong: Strengths, table: pd.DataFrame,
    which: tuple[int, NDArray[np.int64], Mapping[str, str]],
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of one of the strongest activities, with the figures behind its quotient."""
    place, chosen, names = which
    totals, nation = portfolio.last.sum(axis=1), portfolio.last.sum(axis=0)
    details = []
    for i, j in enumerate(chosen):
        code = portfolio.activities[j]
        evidence = "filled" if portfolio.filled[-1, i, j] else portfolio.evidence[i, j]
        details.append(
            f"{names.get(code, code)} ({code}): {portfolio.last[i, j]:,.6g} of {totals[i]:,.6g} "
            f"{portfolio.unit} here, {nation[j]:,.6g} of {nation.sum():,.6g} in all regions; "
            f"{evidence}; source {portfolio.source[i, j]}"
        )
    return trace_rows(
        table, item=f"{portfolio.kind}_strength_{place + 1}", parent=portfolio.kind,
        label=f"Strength {place + 1}", value=strong.raw[np.arange(len(chosen)), chosen],
        unit="location quotient", detail=details,
    )  # fmt: skip
