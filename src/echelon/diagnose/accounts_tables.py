"""The tables and the tree of inputs of the accounts of talent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.history import leaf_regions, workers_of, worst
from echelon.diagnose.increments import Increment, by_tier
from echelon.diagnose.stock import Stock, series_of
from echelon.errors import EchelonError
from echelon.explanation import trace_rows, trace_table
from echelon.methods.rank import rank_bands, ranks

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "Draws",
    "accounts_table",
    "identity_table",
    "sums_table",
    "trace",
    "vitality_table",
]

Array = NDArray[np.float64]
_TURNOVER = {"hires": "Hires", "quits": "Quits"}


@dataclass(frozen=True)
class Draws:
    """Stocks per 1,000 and paces moved by their errors, (draws, m, k)."""

    level: Array
    pace: Array

    @classmethod
    def of(cls, stock: Stock, *, draws: int, seed: int) -> Draws:
        """Draw both from normal errors; an error that is unknown moves nothing."""
        random = np.random.default_rng(seed)
        shape = (draws, *stock.people.shape)
        error = np.nan_to_num(stock.error) / 100
        level = stock.per_thousand * np.exp(error * random.standard_normal(shape))
        pace = stock.pace + np.nan_to_num(stock.pace_error) * random.standard_normal(shape)
        return cls(level, pace)


def _cells(stock: Stock) -> pd.DataFrame:
    regions, tiers = np.meshgrid(stock.regions, stock.tiers, indexing="ij")
    return pd.DataFrame({"region": regions.ravel(), "tier": tiers.ravel(), "year": stock.year})


def _ends(drawn: Array) -> tuple[Array, Array]:
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    return low, high


def accounts_table(stock: Stock, drawn: Draws, parts: Mapping[str, Increment]) -> pd.DataFrame:
    """Return stock, increments and pace of every region and tier, ranked within the tier."""
    low, high = _ends(drawn.level)
    pace_low, pace_high = _ends(drawn.pace)
    # Ranks compare regions, which are the last axis there.
    rank_low, _, rank_high = rank_bands(drawn.level.transpose(0, 2, 1))
    rank = ranks(stock.per_thousand.T).T
    sure = ~np.isnan(stock.pace_error)
    columns = {
        "stock": stock.people, "per_1000": stock.per_thousand, "per_1000_low": low,
        "per_1000_high": high, "rank": rank, "rank_low": rank_low.T, "rank_high": rank_high.T,
        **{name: part.people for name, part in parts.items()},
        "measured_change": stock.people - stock.before, "pace": stock.pace,
        "pace_low": np.where(sure, pace_low, np.nan), "pace_high": np.where(sure, pace_high, np.nan),
    }  # fmt: skip
    table = _cells(stock).assign(**{name: part.ravel() for name, part in columns.items()})
    known = table[table["stock"].notna()]
    return known.assign(evidence=stock.evidence).reset_index(drop=True)


def identity_table(stock: Stock, parts: Mapping[str, Increment]) -> pd.DataFrame:
    """Return opening + graduates + net moves - departures against closing, and the rest.

    From the year before to the year of the stock where both are measured; else from the year of the
    stock to the posts projected for the next.
    """
    opening, closing, basis = stock.before, stock.people, "measured"
    if np.isnan(opening).all():
        if np.isnan(parts["change"].people).all():
            return pd.DataFrame()
        opening, closing = stock.people, stock.people + parts["change"].people
        basis = "projected"
    flows = [parts[name].people for name in ("graduates", "net_moves", "departures")]
    if all(np.isnan(flow).all() for flow in flows):
        return pd.DataFrame()
    graduates, moves, departures = flows
    expected = opening + graduates + moves - departures
    return _cells(stock).assign(
        opening=opening.ravel(), graduates=graduates.ravel(), net_moves=moves.ravel(),
        departures=departures.ravel(), expected=expected.ravel(), closing=closing.ravel(),
        residual=(closing - expected).ravel(),
        residual_share=(100 * (closing - expected) / np.where(opening > 0, opening, np.nan)).ravel(),
        basis=basis, evidence="assumed" if stock.evidence == "assumed" else "derived",
    )  # fmt: skip


def vitality_table(system: System, stock: Stock, moved: Array) -> pd.DataFrame:
    """Return how much each tier moves: hiring, quits, changes of occupation and of region.

    And, for everybody, the indicators that the index tree counts as vitality.
    """
    frames = [_measure(stock, moved, "Came or left", "per 1,000 people at work", "derived")]
    if stock.carriers is not None:
        frames += _turnover(system, stock) + _occupational(system, stock)
    frames += _of_tree(system, stock)
    known = pd.concat(frames, ignore_index=True)
    return known[known["value"].notna()].reset_index(drop=True)


def _measure(stock: Stock, value: Array, name: str, unit: str, evidence: str) -> pd.DataFrame:
    return _cells(stock).assign(measure=name, value=value.ravel(), unit=unit, evidence=evidence)


def _weighted(stock: Stock, rate: pd.Series) -> Array:
    """Return the mean rate of each tier's occupations over its people in the region (m, k)."""
    assert stock.carriers is not None
    rates = rate.reindex(list(stock.carriers.occupations)).to_numpy(dtype=float)
    tiers = np.array(stock.carriers.tiers)
    columns = []
    for tier in stock.tiers:
        chosen = (tiers == tier) & ~np.isnan(rates)
        people = stock.carriers.people[:, chosen]
        total = people.sum(axis=1)
        whole = (people * rates[chosen]).sum(axis=1)
        columns.append(np.divide(whole, total, out=np.full(total.shape, np.nan), where=total > 0))
    return np.stack(columns, axis=1)


def _turnover(system: System, stock: Stock) -> list[pd.DataFrame]:
    """Return hires and quits of the industries that employ a tier's occupations."""
    if not {"turnover", "staffing"} <= set(system.tables):
        return []
    rates = system.table("turnover")
    rates = rates[rates["region"].isna() & (rates["year"] <= stock.year)]
    staffing = system.table("staffing").dropna(subset="headcount")
    staffing = staffing[staffing["year"] == staffing["year"].max()]
    if rates.empty or staffing.empty:
        return []
    year = int(rates["year"].max())
    joined = staffing.merge(rates[rates["year"] == year], on="industry", suffixes=("", "_rates"))
    frames = []
    for column, name in _TURNOVER.items():
        known = joined.dropna(subset=column)
        weighted = known[column] * known["headcount"]
        jobs = known.groupby("occupation")["headcount"].sum()
        rate = weighted.groupby(known["occupation"]).sum() / jobs.where(jobs > 0)
        made = _measure(
            stock, _weighted(stock, rate), f"{name} in its industries, {year}",
            "per cent of jobs a month", "derived",
        )  # fmt: skip
        frames.append(made)
    return frames


def _occupational(system: System, stock: Stock) -> list[pd.DataFrame]:
    if "transitions" not in system:
        return []
    moves = system.table("transitions")
    away = moves[moves["occupation"] != moves["destination"]]
    left = 100 * away.groupby("occupation")["share"].sum()
    return [
        _measure(stock, _weighted(stock, left), "Changes of occupation", "per cent of people a year",
                 worst(moves["evidence"]))
    ]  # fmt: skip


def _of_tree(system: System, stock: Stock) -> list[pd.DataFrame]:
    """Return the indicators below the item vitality of the index tree, in their last year."""
    if "indicator_tree" not in system:
        return []
    tree = system.table("indicator_tree")
    frames = []
    for row in tree[tree["parent"] == "vitality"].to_dict("records"):
        formula = row["item"] if pd.isna(row["formula"]) or not row["formula"] else row["formula"]
        try:
            wide = series_of(system, str(formula))
        except EchelonError:
            continue
        if wide.empty:
            continue
        year = int(wide.index.max())
        value = wide.loc[year].reindex(list(stock.regions)).to_numpy(dtype=float)
        name = row["item"] if pd.isna(row["name"]) else row["name"]
        frames.append(
            pd.DataFrame(
                {
                    "region": stock.regions, "tier": "everybody", "year": year, "measure": name,
                    "value": value, "unit": "" if pd.isna(row["unit"]) else row["unit"],
                    "evidence": wide.attrs["evidence"],
                }
            )
        )  # fmt: skip
    return frames


def sums_table(system: System, stock: Stock) -> pd.DataFrame:
    """Return the sum over regions beside the figure of the whole, tier by tier.

    The whole is the headcount of staffing, where it is of the same year.
    """
    if stock.carriers is None or "staffing" not in system:
        return pd.DataFrame()
    staffing = system.table("staffing").dropna(subset="headcount")
    staffing = staffing[staffing["year"] == stock.year]
    if staffing.empty:
        return pd.DataFrame()
    tier = system.table("occupations").set_index("occupation")["tier"]
    whole = staffing.groupby(staffing["occupation"].map(tier))["headcount"].sum()
    rows = workers_of(system)
    rows = rows[(rows["year"] == stock.year) & rows["region"].isin(leaf_regions(system))]
    summed = np.nansum(by_tier(rows, system, stock, figure="headcount"), axis=0)
    total = whole.reindex(list(stock.tiers)).to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "tier": stock.tiers, "year": stock.year, "regions_sum": summed, "whole": total,
            "difference": summed - total, "difference_share": 100 * (summed / total - 1),
            "whole_from": "staffing",
        }
    )  # fmt: skip


def trace(
    stock: Stock, table: pd.DataFrame, gaps: pd.DataFrame, *, parts: Mapping[str, Increment]
) -> pd.DataFrame:
    """Return the tree of each region: tiers, and below each what it is made of."""
    verdicts = gaps.set_index(["region", "tier"])[["reference_per_1000", "reference", "verdict"]]
    base = dict(zip(stock.regions, stock.base, strict=True))
    rows = []
    for tier, group in table.groupby("tier", sort=False):
        at = verdicts.reindex(pd.MultiIndex.from_frame(group[["region", "tier"]]))
        rows.append(trace_rows(
            group, item=str(tier), label=str(tier).capitalize(), value=group["per_1000"],
            unit=f"per 1,000 {stock.base_name}",
            detail=[
                f"rank {rank:.0f}, band {low:.0f} to {high:.0f}"
                + (f"; reference ({name}) {level:.3g}; {words}" if isinstance(words, str) else "")
                for rank, low, high, name, level, words in zip(
                    group["rank"], group["rank_low"], group["rank_high"], at["reference"],
                    at["reference_per_1000"], at["verdict"], strict=True,
                )
            ],
        ))  # fmt: skip
        source = f"{stock.evidence}, table {stock.table} {stock.year}; source {stock.source}"
        below = {
            "stock": ("Stock", group["stock"], stock.unit, source),
            "base": (stock.base_name.capitalize(), group["region"].map(base), "people", source),
            "pace": ("Pace of the stock per 1,000", group["pace"], "per cent a year", _pace(stock)),
            **{
                name: (
                    name.replace("_", " ").capitalize(),
                    group[name],
                    "people a year",
                    part.detail,
                )
                for name, part in parts.items()
            },
        }
        for name, (label, value, unit, detail) in below.items():
            rows.append(trace_rows(
                group, item=f"{tier}/{name}", parent=str(tier), label=label, value=value, unit=unit,
                detail=detail,
            ))  # fmt: skip
    return trace_table(*rows)


def _pace(stock: Stock) -> str:
    if not stock.pace_years:
        return "unknown: one year only"
    return f"trend {stock.pace_years[0]}-{stock.pace_years[1]}, derived"
