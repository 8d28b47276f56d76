"""The gap to a reference and the years until it closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.accounts_tables import Draws
from echelon.diagnose.carried import TIERS
from echelon.diagnose.stock import Stock, make_stock
from echelon.errors import InsufficientData
from echelon.methods.closing import years_to_close
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Reference", "gap_table", "make_reference"]

Array = NDArray[np.float64]
_LEADING = 0.9
_FOREVER = 200.0


@dataclass(frozen=True)
class Reference:
    """What the regions are set against, by tier (k,), and its draws (draws, k)."""

    name: str
    level: Array
    pace: Array
    level_draws: Array
    pace_draws: Array


def make_reference(
    system: System, stock: Stock, reference: str | System, *,
    options: tuple[Mapping[str, str] | None, int, int, int],
) -> Reference:  # fmt: skip
    """Return the reference: a percentile, the leader, a region, or the whole of another system.

    Parameters
    ----------
    options : tuple
        Series, window, draws and seed of the accounts.
    """
    *_, draws, seed = options
    drawn = Draws.of(stock, draws=draws, seed=seed)
    if not isinstance(reference, str):
        return _of_system(stock, reference, options)
    known = (~np.isnan(stock.per_thousand)).sum(axis=0)
    if reference in ("p90", "leader"):
        if known.max() < 2:
            raise InsufficientData(
                f"The system {system.name!r} has one region with a known stock, so there is no gap "
                "to another",
                fix="Add regions, or give another system as the reference",
            )
        return _of_leaders(stock, drawn, reference)
    if reference not in stock.regions:
        raise unknown_name("region", reference, ["p90", "leader", *stock.regions])
    at = stock.regions.index(reference)
    return Reference(
        reference, stock.per_thousand[at], stock.pace[at], drawn.level[:, at], drawn.pace[:, at]
    )


def _of_leaders(stock: Stock, drawn: Draws, reference: str) -> Reference:
    """Return the leader, or the 90th percentile with the median pace of those at or above it."""
    share = _LEADING if reference == "p90" else 1.0
    level = np.nanquantile(stock.per_thousand, share, axis=0)
    levels = np.nanquantile(drawn.level, share, axis=1)
    ahead = stock.per_thousand >= level
    pace = np.full(level.shape, np.nan)
    paces = np.full(levels.shape, np.nan)
    for k in range(len(stock.tiers)):
        chosen = ahead[:, k] & ~np.isnan(stock.pace[:, k])
        if chosen.any():
            pace[k] = np.median(stock.pace[chosen, k])
            paces[:, k] = np.median(drawn.pace[:, chosen, k], axis=1)
    return Reference(reference, level, pace, levels, paces)


def _of_system(
    stock: Stock, other: System, options: tuple[Mapping[str, str] | None, int, int, int]
) -> Reference:
    series, window, draws, _seed = options
    theirs = make_stock(other, series=series, window=window)
    shared = [tier for tier in stock.tiers if tier in theirs.tiers]
    if not shared:
        raise InsufficientData(
            f"The systems share no tier: here {', '.join(stock.tiers)}; in {other.name!r} "
            f"{', '.join(theirs.tiers)}",
            fix="Give series that both systems have",
        )
    whole, pace = theirs.whole()
    at = [theirs.tiers.index(tier) if tier in shared else -1 for tier in stock.tiers]
    known = np.array([place >= 0 for place in at])
    level, growth = (np.where(known, part[at], np.nan) for part in (whole, pace))
    shape = (draws, len(stock.tiers))
    return Reference(
        other.name, level, growth, np.broadcast_to(level, shape), np.broadcast_to(growth, shape)
    )


def gap_table(stock: Stock, drawn: Draws, reference: Reference) -> pd.DataFrame:
    """Return each region's gap per 1,000 and in people, and the years to close it with a band."""
    per = stock.per_thousand
    gap = reference.level - per
    years = years_to_close(per, reference.level, growth=stock.pace, target_growth=reference.pace)
    many = years_to_close(
        drawn.level, reference.level_draws[:, None, :], growth=drawn.pace,
        target_growth=reference.pace_draws[:, None, :],
    )  # fmt: skip
    unknown = np.isnan(many).any(axis=0)
    ends = np.quantile(np.nan_to_num(many, nan=0.0, posinf=np.inf), [0.05, 0.95], axis=0,
                       method="nearest")  # fmt: skip
    low, high = (np.where(unknown, np.nan, end) for end in ends)
    regions, tiers = np.meshgrid(stock.regions, stock.tiers, indexing="ij")
    frame = pd.DataFrame(
        {
            "region": regions.ravel(), "tier": tiers.ravel(), "year": stock.year,
            "reference": reference.name, "per_1000": per.ravel(),
            "reference_per_1000": np.broadcast_to(reference.level, per.shape).ravel(),
            "gap_per_1000": gap.ravel(),
            "gap_people": (gap / 1000 * stock.base[:, None]).ravel(),
            "pace": stock.pace.ravel(),
            "reference_pace": np.broadcast_to(reference.pace, per.shape).ravel(),
        }
    )  # fmt: skip
    cells = [part.ravel() for part in (years, low, high)]
    frame["verdict"] = [_verdict(*each) for each in zip(*cells, strict=True)]
    for name, part in zip(("years", "years_low", "years_high"), cells, strict=True):
        frame[name] = np.where(np.isfinite(part) & (part <= _FOREVER), part, np.nan)
    order = ["years", "years_low", "years_high", "verdict"]
    # More people in general work is no aim, so there is no gap in it.
    known = frame[frame["per_1000"].notna() & (frame["tier"] != TIERS[-1])]
    return known[[*known.columns.difference(order, sort=False), *order]].assign(
        evidence="derived" if stock.evidence != "assumed" else "assumed"
    ).reset_index(drop=True)  # fmt: skip


def _verdict(years: float, low: float, high: float) -> str:
    """Say in words when the gap closes."""
    if np.isnan(years):
        return "unknown: no pace is known"
    if years == 0:
        return "no gap"
    if years > _FOREVER:
        if low == 0:
            return "never at this pace (within the error there may be no gap)"
        sooner = "" if np.isnan(low) or low > _FOREVER else f" (at the earliest {low:.0f} years)"
        return f"never at this pace{sooner}"
    if np.isnan(low):
        return f"{years:.0f} years, without a band"
    later = "never" if high > _FOREVER else f"{high:.0f}"
    return f"{years:.0f} years ({low:.0f} to {later})"
