"""Accounts of talent: stock, increment and vitality, and the years until a gap is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.diagnose.accounts_tables import (
    Draws,
    accounts_table,
    identity_table,
    sums_table,
    trace,
    vitality_table,
)
from echelon.diagnose.gaps import gap_table, make_reference
from echelon.diagnose.increments import demand_of, graduates_of, moves_of
from echelon.diagnose.stock import Stock, make_stock
from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["accounts"]

PAPERS = (
    "Bartholomew, D. J., Forbes, A. F., & McClean, S. I. (1991). Statistical Techniques for "
    "Manpower Planning. 2nd ed. Wiley.",
    "Bureau of Labor Statistics (2023). Occupational separations methodology. U.S. Department of "
    "Labor.",
)


def accounts(
    system: System,
    *,
    reference: str | System = "p90",
    series: Mapping[str, str] | None = None,
    window: int = 10,
    draws: int = 1000,
    seed: int = 0,
) -> Result:
    """Account for talent by tier and region: the stock, what adds to it, how it moves, the gap.

    Stock per 1,000 people at work; increment: graduates, net moves, openings, and the identity
    opening + entries - exits = closing with the unexplained rest stated; vitality: hiring, quits,
    changes of occupation and of region. The gap to a reference region closes after
    n = ln(x* / x) / (ln(1 + g) - ln(1 + g*)) years at the present pace g of the region and g* of
    the reference.

    Parameters
    ----------
    system : System
        With ``workers`` and tiers in ``occupations``, or with series that stand for tiers.
    reference : str or System
        ``"p90"`` (the 90th percentile of the regions), ``"leader"`` (the highest region), a
        region's code, or another system, whose whole is the reference.
    series : mapping of str to str, optional
        Stocks by name and formula instead of tiers; where no occupation has a tier, research
        personnel and researchers.
    window : int
        Years over which the pace is read.
    draws, seed : int
        Of the band: stocks and paces are moved by their errors.

    Returns
    -------
    Result
        ``accounts`` (region, tier, year, stock, per_1000 and its rank with 5-95 % bands,
        graduates, net_moves, openings, departures, change, pace with its band, evidence), ``gaps``
        (region, tier: reference, gap per 1,000 and in people, years with their band, verdict in
        words), ``identity``, ``vitality``, ``sums`` (regions against the figure of the whole).

    Raises
    ------
    MissingTable, InvalidArgument, InsufficientData, UnknownName

    References
    ----------
    Bartholomew, D. J., Forbes, A. F., & McClean, S. I. (1991). Statistical Techniques for Manpower
    Planning. Wiley.
    """
    if draws < 1:
        raise InvalidArgument(f"{draws} draws cannot be made", fix="Use 1 draw or more")
    stock = make_stock(system, series=series, window=window)
    drawn = Draws.of(stock, draws=draws, seed=seed)
    graduates = graduates_of(system, stock)
    moves, moved = moves_of(system, stock)
    parts = {"graduates": graduates, "net_moves": moves, **demand_of(system, stock)}
    made = make_reference(system, stock, reference, options=(series, window, draws, seed))
    frames = {
        "accounts": accounts_table(stock, drawn, parts),
        "gaps": gap_table(stock, drawn, made),
        "identity": identity_table(stock, parts),
        "vitality": vitality_table(system, stock, moved),
        "sums": sums_table(system, stock),
    }
    frames["trace"] = trace(stock, frames["accounts"], frames["gaps"], parts=parts)
    steps, caveats = _notes(stock, frames, {name: part.detail for name, part in parts.items()})
    return Result(
        name="diagnose.accounts",
        system=system.name,
        frames={name: frame for name, frame in frames.items() if len(frame)},
        note=note_of(
            system, *stock.table.split(" and "), "occupations", "occupation_history", "graduates",
            "programme_occupations", "flows", "attainment", "demand", "turnover", "staffing",
            "transitions", "indicators", "research", "regions",
            method="Stock, increment and vitality of talent by tier and region, and the years until "
            "the gap to a reference closes at the present pace.",
            parameters={
                "reference": made.name, "series": dict(series) if series else "tiers",
                "window": window, "draws": draws,
            },
            steps=steps, caveats=caveats, papers=PAPERS, seed=seed,
        ),
        units={
            "stock": stock.unit, "per_1000": f"per 1,000 {stock.base_name}", "pace": "per cent a year",
            "gap_per_1000": f"per 1,000 {stock.base_name}", "gap_people": "people",
            "years": "years", "residual": "people a year",
        },
        labels=labels(system, "regions"),
    )  # fmt: skip


def _notes(
    stock: Stock, frames: Mapping[str, pd.DataFrame], details: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return the steps and the caveats."""
    steps = [f"Stock of {stock.year} from table {stock.table}, per 1,000 {stock.base_name}"]
    steps += [f"{name.replace('_', ' ').capitalize()}: {text}" for name, text in details.items()]
    caveats = []
    if stock.pace_years:
        first, last = stock.pace_years
        steps.append(
            f"Pace: trend of the stock per 1,000 from {first} to {last}; its error is that of the trend"
        )
    else:
        caveats.append("One year only is known, so there is no pace and no years to close a gap.")
    if stock.carriers is not None and stock.pace_years and stock.pace_years[1] < stock.year:
        caveats.append(
            f"The pace ends in {stock.pace_years[1]} and is that of the groups of occupations "
            "counted through the years, weighted by the tier's people in them."
        )
    if np.isnan(stock.error).all():
        caveats.append("No sampling error is known, so the bands of stocks are too narrow.")
    if stock.carriers is None:
        caveats.append(
            "No occupation has a tier: series stand for tiers, and graduates, moves and openings "
            "by tier are unknown."
        )
    identity = frames["identity"]
    if len(identity):
        share = identity["residual"].abs().sum() / identity["opening"].sum()
        caveats.append(
            f"The identity leaves {share:.1%} of the opening stock unexplained: people from other "
            "occupations, from unemployment, from abroad, and training that is not counted."
        )
    moved = frames["accounts"]["net_moves"].sum()
    if abs(moved) > 1:
        caveats.append(
            f"Net moves of all regions add up to {moved:+,.0f}, not to 0: rates of movers are "
            "applied to the people at work of each region."
        )
    sums = frames["sums"]
    if len(sums):
        known, whole = sums["regions_sum"].sum(), sums["whole"].sum()
        caveats.append(
            f"The sum over regions is {known:,.0f}, the figure of the whole {whole:,.0f}: a "
            f"difference of {known - whole:+,.0f} ({100 * (known / whole - 1):+.2f} per cent)."
        )
    caveats.append("The age structure by tier is not in the tables.")
    return steps, caveats
