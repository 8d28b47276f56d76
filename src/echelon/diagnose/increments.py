"""What adds to the stock of talent and what leaves it: graduates, moves, openings, departures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.history import leaf_regions, worst
from echelon.diagnose.stock import Stock

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Increment", "by_tier", "demand_of", "graduates_of", "moves_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Increment:
    """People a year by region and tier, and what must be said of them.

    Parameters
    ----------
    people : array (m, k)
        NaN where unknown.
    detail : str
        Years, tables and evidence.
    """

    people: Array
    detail: str


def _unknown(stock: Stock, why: str) -> Increment:
    return Increment(np.full(stock.people.shape, np.nan), f"unknown: {why}")


def by_tier(rows: pd.DataFrame, system: System, stock: Stock, *, figure: str) -> Array:
    """Add a figure by region and occupation up to tiers; NaN where there is no row."""
    tier = system.table("occupations").set_index("occupation")["tier"]
    placed = rows.assign(tier=rows["occupation"].map(tier)).dropna(subset=["tier", figure])
    wide = placed.pivot_table(index="region", columns="tier", values=figure, aggfunc="sum")
    return wide.reindex(index=list(stock.regions), columns=list(stock.tiers)).to_numpy(dtype=float)


def graduates_of(system: System, stock: Stock) -> Increment:
    """Return graduates of the last year of each level, sent to the occupations they train for."""
    absent = [t for t in ("graduates", "programme_occupations") if t not in system]
    if stock.carriers is None or absent:
        return _unknown(stock, f"no table {absent[0]}" if absent else "no occupations")
    rows = system.table("graduates").dropna(subset="headcount")
    last = rows.groupby("level")["year"].transform("max")
    rows = rows[rows["year"] == last]
    paths = system.table("programme_occupations")
    sent = rows.merge(paths[["field", "level", "occupation", "share"]], on=["field", "level"])
    sent = sent.assign(people=sent["headcount"] * sent["share"])
    people = by_tier(sent, system, stock, figure="people")
    years = ", ".join(f"{level} {year}" for level, year in
                      rows.groupby("level")["year"].max().items())  # fmt: skip
    placed = np.nansum(people)
    detail = (
        f"{years}; {worst(rows['evidence'])}, sent by programme_occupations; "
        f"{placed:,.0f} of {rows['headcount'].sum():,.0f} graduates reach a tier"
    )
    # A region without a graduate in the table is unknown; a tier without a path has none of them.
    listed = np.isin(np.array(stock.regions), rows["region"].unique())
    return Increment(np.where(listed[:, None], np.nan_to_num(people), np.nan), detail)


def _degree_rank(system: System) -> float:
    """Return the rank from which a level of education is a degree (ISCED 6)."""
    levels = system.table("levels")
    degrees = levels.loc[levels["isced"].fillna(0) >= 6, "rank"]
    return float(degrees.min()) if len(degrees) else np.inf


def moves_of(system: System, stock: Stock) -> tuple[Increment, Array]:
    """Return net moves from other regions, and people who came or left per 1,000 (m, k).

    People of a level of education are taken to move alike whatever their occupation: the net rate
    of degree holders stands for occupations that ask for a degree, that of the others for the
    rest. Without levels the rate of everybody is used.
    """
    turnover = np.full(stock.people.shape, np.nan)
    if stock.carriers is None or not {"flows", "attainment", "levels"} <= set(system.tables):
        return _unknown(stock, "no table flows or attainment, or no occupations"), turnover
    flows = system.table("flows")
    degree = _degree_rank(system)
    rank = system.table("levels").set_index("level")["rank"]
    adults = system.table("attainment").dropna(subset="people")
    graded = flows[flows["education"].notna()]
    kept = graded if len(graded) else flows
    year = int(kept["year"].max())
    kept = kept[kept["year"] == year]
    near = adults["year"].unique()[np.abs(adults["year"].unique() - year).argmin()]
    adults = adults[adults["year"] == near]
    needs = system.table("occupations").set_index("occupation")["education"].map(rank) >= degree
    of_degree = needs.reindex(list(stock.carriers.occupations)).fillna(False).to_numpy(bool)
    net, gross = np.zeros(stock.people.shape), np.zeros(stock.people.shape)
    tiers = np.array(stock.carriers.tiers)
    for with_degree in (True, False):
        movers = kept
        if len(graded):
            movers = kept[(kept["education"].map(rank) >= degree) == with_degree]
        people = adults[(adults["level"].map(rank) >= degree) == with_degree]
        people = people if len(graded) else adults
        # Where movers are counted at all, a region without a row had none.
        none = 0.0 if len(movers) else np.nan
        regions = list(stock.regions)
        came = movers.groupby("destination")["people"].sum().reindex(regions, fill_value=none)
        left = movers.groupby("region")["people"].sum().reindex(regions, fill_value=none)
        base = people.groupby("region")["people"].sum().reindex(regions)
        rates = [((came - left) / base).to_numpy(float), ((came + left) / base).to_numpy(float)]
        for k, tier in enumerate(stock.tiers):
            chosen = (tiers == tier) & (of_degree == with_degree)
            workers = stock.carriers.people[:, chosen].sum(axis=1)
            net[:, k] += np.where(workers > 0, rates[0] * workers, 0.0)
            gross[:, k] += np.where(workers > 0, rates[1] * workers, 0.0)
    base_of = np.where(stock.people > 0, stock.people, np.nan)
    words = "by degree" if len(graded) else "of everybody (no levels of education)"
    detail = f"flows {year} over adults of {near}, rates {words}; derived"
    return Increment(net, detail), 1000 * gross / base_of


def demand_of(system: System, stock: Stock) -> dict[str, Increment]:
    """Return openings, the change of posts in the next year, and departures (openings - change)."""
    names = ("openings", "change", "departures")
    if stock.carriers is None or "demand" not in system:
        why = "no occupations" if stock.carriers is None else "no table demand"
        return {name: _unknown(stock, why) for name in names}
    rows = system.table("demand")
    rows = rows[rows["region"].isin(leaf_regions(system))]
    year = stock.year if (rows["year"] == stock.year).any() else int(rows["year"].max())
    now, then = (rows[rows["year"] == each] for each in (year, year + 1))
    openings = by_tier(now, system, stock, figure="openings")
    change = by_tier(then, system, stock, figure="posts") - by_tier(
        now, system, stock, figure="posts"
    )
    if then.empty and rows["year"].eq(year - 1).any():
        before = rows[rows["year"] == year - 1]
        change = by_tier(now, system, stock, figure="posts") - by_tier(
            before, system, stock, figure="posts"
        )
    kind = worst(now["evidence"]) if len(now) else "unknown"
    spans = f"{year}-{year + 1}" if len(then) else f"{year - 1}-{year}"
    return {
        "openings": Increment(openings, f"demand {year}; {kind}"),
        "change": Increment(change, f"demand {spans}; {kind}"),
        "departures": Increment(openings - change, f"openings less change, demand {year}; {kind}"),
    }
