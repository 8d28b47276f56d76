"""The tables of projected employment and posts: every figure with its 5-95 % band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.methods.openings import openings
from echelon.methods.rank import ranks
from echelon.project.employment import Projection
from echelon.project.posts import Staffing, posts_of_regions

__all__ = [
    "PostTables",
    "industry_table",
    "nation_of_industries",
    "post_tables",
    "reconciliation_table",
    "region_table",
]

Array = NDArray[np.float64]
_ENDS = (0.05, 0.95)


def _band(draws: Array, central: Array) -> tuple[Array, Array]:
    """Return the ends of the band, which hold the central figure."""
    low, high = np.quantile(draws, _ENDS, axis=0)
    return np.minimum(low, central), np.maximum(high, central)


def _grid(*axes: tuple[str, Sequence[object] | NDArray[np.int64]]) -> pd.DataFrame:
    names = [name for name, _ in axes]
    return pd.MultiIndex.from_product([list(each) for _, each in axes], names=names).to_frame(
        index=False
    )


def _known_rows(projection: Projection, evidence: str) -> pd.DataFrame:
    """Return what is known from the base year on: the base, and a year that was set aside."""
    history = projection.history
    late = history.years >= history.base
    rows = _grid(("year", history.years[late]), ("series", range(history.industry.size)))
    rows["employment"] = history.figures[late].ravel()
    rows["region"] = np.asarray(history.regions)[history.region][rows["series"]]
    rows["industry"] = np.asarray(history.industries)[history.industry][rows["series"]]
    rows = rows.dropna(subset="employment").merge(
        history.evidence, how="left", on=["region", "industry", "year"]
    )
    return rows.assign(low=rows["employment"], high=rows["employment"]).fillna(
        {"evidence": evidence}
    )


def industry_table(projection: Projection, *, evidence: str) -> pd.DataFrame:
    """Return employment by region, industry and year: known up to the last year, then projected."""
    history = projection.history
    future = projection.years > history.years[-1]
    low, high = _band(projection.draws[:, future], projection.central[future])
    rows = _grid(("year", projection.years[future]), ("series", range(history.industry.size)))
    rows = rows.assign(
        region=np.asarray(history.regions)[history.region][rows["series"]],
        industry=np.asarray(history.industries)[history.industry][rows["series"]],
        employment=projection.central[future].ravel(),
        low=low.ravel(), high=high.ravel(), evidence=evidence,
    )  # fmt: skip
    table = pd.concat([_known_rows(projection, evidence), rows], ignore_index=True)
    columns = ["region", "industry", "year", "employment", "low", "high", "evidence"]
    return table.sort_values(["region", "industry", "year"], ignore_index=True)[columns]


def nation_of_industries(projection: Projection) -> pd.DataFrame:
    """Return the sums over regions by industry and over all of them, with bands of the sums."""
    history = projection.history
    members = np.zeros((history.industry.size, len(history.industries) + 1))
    members[np.arange(history.industry.size), history.industry] = 1.0
    members[:, -1] = 1.0
    late = history.years >= history.base
    past = np.nan_to_num(history.figures[late]) @ members
    future = projection.years > history.years[-1]
    central = projection.central[future] @ members
    low, high = _band(projection.draws[:, future] @ members, central)
    years = np.concatenate([history.years[late], projection.years[future]])
    rows = _grid(("year", years), ("item", [*history.industries, "all"]))
    return rows.assign(
        kind=np.where(rows["item"] == "all", "total", "industry"),
        figure=np.concatenate([past, central]).ravel(),
        low=np.concatenate([past, low]).ravel(),
        high=np.concatenate([past, high]).ravel(),
    )[["kind", "item", "year", "figure", "low", "high"]]


def reconciliation_table(projection: Projection) -> pd.DataFrame:
    """Return how far the nation's own projection and the sum of the regions were apart."""
    history = projection.history
    future = projection.years > history.years[-1]
    rows = _grid(("year", projection.years[future]), ("industry", history.industries))
    whole = history.sums(projection.central[future])
    nation = projection.nation[future].ravel()
    regions = projection.regions_before[future].ravel()
    apart = np.divide(regions - nation, nation, out=np.full_like(nation, np.nan), where=nation > 0)
    return rows.assign(
        nation=nation, regions=regions, difference=100 * apart, reconciled=whole.ravel()
    )[["industry", "year", "nation", "regions", "difference", "reconciled"]]


def region_table(projection: Projection, *, evidence: str) -> pd.DataFrame:
    """Return all employment of each region and its growth a year since the base, ranked with bands."""
    history = projection.history
    members = np.zeros((history.region.size, len(history.regions)))
    members[np.arange(history.region.size), history.region] = 1.0
    base = np.nan_to_num(history.figures[history.years == history.base]) @ members
    future = projection.years > history.years[-1]
    years = projection.years[future]
    central = projection.central[future] @ members
    draws = projection.draws[:, future] @ members
    low, high = _band(draws, central)
    span = (years - history.base)[:, None]
    safe = np.where(base > 0, base, np.nan)

    def growth(figures: Array) -> Array:
        found: Array = 100 * ((figures / safe) ** (1 / span) - 1)
        return found

    slow, fast = _band(growth(draws), growth(central))
    rank = ranks(growth(central))
    rank_low, rank_high = np.quantile(ranks(growth(draws)), _ENDS, axis=0)
    rows = _grid(("year", years), ("region", history.regions))
    return rows.assign(
        employment=central.ravel(), low=low.ravel(), high=high.ravel(),
        growth=growth(central).ravel(), growth_low=slow.ravel(), growth_high=fast.ravel(),
        rank=rank.ravel(), rank_low=np.minimum(np.floor(rank_low), rank).ravel(),
        rank_high=np.maximum(np.ceil(rank_high), rank).ravel(), evidence=evidence,
    )  # fmt: skip


@dataclass(frozen=True)
class PostTables:
    """Posts by region and occupation, and the nation's by occupation; its draws (d + 1, h, o)."""

    demand: pd.DataFrame
    nation: pd.DataFrame
    draws: Array


def post_tables(staffing: Staffing, rates: pd.DataFrame | None, *, evidence: str) -> PostTables:
    """Return posts with bands and openings, by region and in the whole system.

    Parameters
    ----------
    staffing : Staffing
    rates : DataFrame or None
        Index occupation, columns exit_rate and transfer_rate; without them openings are unknown.
    evidence : str
    """
    occupations = list(staffing.occupations)
    leaving = np.full((2, len(occupations)), np.nan)
    if rates is not None:
        leaving = rates.reindex(occupations)[["exit_rate", "transfer_rate"]].to_numpy(float).T
    parts, whole = [], np.zeros(0)
    for place, posts in posts_of_regions(staffing):
        whole = posts if not place else whole + posts
        parts.append(_posts(staffing.regions[place], posts, staffing, leaving))
    nation = _posts("", whole, staffing, leaving).drop(columns="region")
    demand = pd.concat(parts, ignore_index=True).assign(evidence=evidence)
    demand = demand[demand["posts_high"] > 0].reset_index(drop=True)
    nation = nation.rename(
        columns={"occupation": "item", "posts": "figure", "posts_low": "low", "posts_high": "high"}
    )
    return PostTables(demand, nation.assign(kind="occupation"), whole)


def _posts(region: str, posts: Array, staffing: Staffing, leaving: Array) -> pd.DataFrame:
    """Return the rows of one region: posts with their band, and the openings of each year."""
    central = posts[0]
    low, high = _band(posts[1:], central)
    opened = np.full_like(central, np.nan)
    opened[1:] = openings(
        central[:-1], central[1:], years=1, exit_rate=leaving[0], transfer_rate=leaving[1]
    ).openings
    rows = _grid(("year", staffing.years), ("occupation", staffing.occupations))
    return rows.assign(
        region=region, posts=central.ravel(), posts_low=low.ravel(), posts_high=high.ravel(),
        openings=opened.ravel(),
    )[["region", "occupation", "year", "posts", "posts_low", "posts_high", "openings"]]  # fmt: skip
