"""What a plan of seats, moves and recruits promises by its accounts, beside what the market does with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.simulate.ensemble import Ensemble
from echelon.simulate.influence import Influence
from echelon.simulate.market import Market
from echelon.simulate.tables import band_of

__all__ = ["promise_table", "promised"]

Array = NDArray[np.float64]
# Cells where less than this is promised in every year are left out.
_LEAST = 0.5


def promised(influence: Influence, shape: tuple[int, int, int]) -> Array:
    """Return the people whom levers have added to each cell by the end of each year, on paper.

    The accounts of a planner: everybody asked for starts, arrives after the time of study as far as
    the assumptions say, stays, and works.

    Parameters
    ----------
    influence : Influence
    shape : tuple of three int
        Years, the first one included, regions and occupations.

    Returns
    -------
    array (years + 1, R, O)
        Sums from the first year; below 0 where people leave a cell.
    """
    yearly = np.zeros(shape)
    if influence.newcomers is not None:
        yearly[1:] += influence.newcomers
    moved = influence.transfers
    if isinstance(moved, tuple):
        moved = moved[0]
    if moved is not None:
        for year in range(moved.rate.shape[1]):
            arrives = year + 1 + moved.lag
            seen = arrives < shape[0]
            amounts = moved.people[seen] * moved.rate[moved.unit[seen], year]
            np.add.at(yearly, (arrives[seen], moved.region[seen], moved.occupation[seen]), amounts)
    found: Array = yearly.cumsum(axis=0)
    return found


def promise_table(
    name: str, market: Market, influence: Influence, *, first: Ensemble, found: Ensemble
) -> pd.DataFrame:
    """Return promised people of each cell beside people and people at work of the simulated market.

    Parameters
    ----------
    name : str
        Of the scenario.
    market : Market
    influence : Influence
        Of the scenario.
    first, found : Ensemble
        Of the baseline and of the scenario.

    Returns
    -------
    DataFrame
        scenario, region, occupation, year, promised, people (at work and without work, scenario less
        baseline), employed with its band; empty where no people are promised.
    """
    years, _, regions, occupations = found.cells[0].shape
    paper = promised(influence, (years, regions, occupations))
    region, occupation = np.nonzero(np.abs(paper).max(axis=0) >= _LEAST)
    if not len(region):
        return pd.DataFrame()
    difference = (found.cells[:2, :, :, region, occupation].astype(float)
                  - first.cells[:2, :, :, region, occupation])  # fmt: skip
    employed = difference[0]
    low, high = band_of(employed)
    year, cell = (g.ravel() for g in np.indices((years, len(region))))
    return pd.DataFrame(
        {
            "scenario": name, "region": np.asarray(market.regions)[region[cell]],
            "occupation": np.asarray(market.occupations)[occupation[cell]],
            "year": market.year + year, "promised": paper[:, region, occupation].ravel(),
            "people": difference.sum(axis=0)[:, 0].ravel(), "employed": employed[:, 0].ravel(),
            "employed_low": low.ravel(), "employed_high": high.ravel(),
        }
    )  # fmt: skip
