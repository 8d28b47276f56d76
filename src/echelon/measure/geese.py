"""Who leads the V: in which year each region took up each industry, and how far others follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.errors import EchelonError
from echelon.measure.portfolios import read_portfolio
from echelon.methods.leading import Entries, Leads, entries, leads
from echelon.methods.quotient import location_quotient, present

if TYPE_CHECKING:
    from echelon.measure.flock import Rules
    from echelon.measure.moves import Moves
    from echelon.measure.portfolios import Portfolio
    from echelon.system.system import System

__all__ = ["Geese", "entry_table", "geese", "lead_table"]


@dataclass(frozen=True)
class Geese:
    """Leads between the regions, or why there are none.

    Parameters
    ----------
    activities : tuple of str
    entered : Entries or None
    leads : Leads or None
        None where the table has too few years or activities.
    years : tuple of int
    steps, caveats : tuple of str
    """

    activities: tuple[str, ...] = ()
    entered: Entries | None = field(default=None, repr=False)
    leads: Leads | None = field(default=None, repr=False)
    years: tuple[int, ...] = ()
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


def geese(system: System, regions: Sequence[str], *, run: int, rules: Rules) -> Geese:
    """Return by how many years each region is ahead of the others in taking up industries."""
    found, error = _longest(system)
    if found is None:
        return Geese(caveats=(f"Who is first is left out. {error}",))
    portfolio, start = found
    years = list(portfolio.years[start:])
    if len(years) <= run:
        return Geese(
            caveats=(
                f"Who is first is left out: {portfolio.words} are known for {len(years)} consecutive "
                f"years only, and an entry needs a year before it and {run} years in a row.",
            )
        )
    there = np.stack([present(location_quotient(year)) for year in portfolio.amounts[start:]])
    at = [portfolio.regions.index(region) for region in regions]
    entered = entries(there[:, at], np.asarray(years, float), run=run)
    generator = np.random.default_rng(np.random.SeedSequence([rules.seed, 31]))
    ahead = leads(entered, draws=max(rules.draws, 200), generator=generator)
    new = int((~np.isnan(entered.year) & ~entered.before).sum())
    caveats = [
        f"Who is first rests on {new} entries into {len(portfolio.activities)} industries since "
        f"{years[0]}; {int(entered.before.sum())} strengths are older than the table, so their year is "
        "unknown and they are not compared. Few entries give wide bands."
    ]
    if not np.isfinite(ahead.lead).any():
        return Geese(
            caveats=(
                "Who is first is left out: no two regions took one industry up in these years.",
            )
        )
    step = (
        f"Entry: the first of {run} consecutive years with a location quotient of 1 or more in "
        f"{portfolio.words}, {years[0]}-{years[-1]}; the band of a lead is over industries drawn with "
        "replacement."
    )
    return Geese(portfolio.activities, entered, ahead, tuple(years), (step,), tuple(caveats))


def _longest(system: System) -> tuple[tuple[Portfolio, int] | None, str]:
    """Return the industries with the most consecutive years and where those start, or why not."""
    best, error = None, ""
    for output in ("employment", "value_added"):
        try:
            portfolio = read_portfolio(system, "industries", output=output)
        except EchelonError as reason:
            error = error or str(reason)
            continue
        start = len(portfolio.years) - 1
        while start > 0 and portfolio.years[start - 1] == portfolio.years[start] - 1:
            start -= 1
        if best is None or len(portfolio.years) - start > len(best[0].years) - best[1]:
            best = (portfolio, start)
    return best, error


def lead_table(ahead: Geese, moves: Moves) -> pd.DataFrame:
    """Return the median lead of the first region of every pair over the second."""
    columns = ["region", "destination", "lag", "activities"]
    if ahead.leads is None:
        return pd.DataFrame(columns=columns)
    first, second = np.nonzero(ahead.leads.common > 0)
    codes = np.array(moves.regions)
    return pd.DataFrame(
        {
            "region": codes[first],
            "destination": codes[second],
            "lag": ahead.leads.pair[first, second],
            "activities": ahead.leads.common[first, second].astype(int),
        }
    )[columns]


def entry_table(ahead: Geese, moves: Moves) -> pd.DataFrame:
    """Return the year in which each region took up each industry."""
    columns = ["region", "industry", "year", "before"]
    if ahead.entered is None:
        return pd.DataFrame(columns=columns)
    first, second = np.nonzero(~np.isnan(ahead.entered.year))
    return pd.DataFrame(
        {
            "region": np.array(moves.regions)[first],
            "industry": np.array(ahead.activities)[second],
            "year": ahead.entered.year[first, second].astype(int),
            "before": ahead.entered.before[first, second],
        }
    )[columns]
