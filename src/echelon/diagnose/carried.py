"""What the shortage of occupations means for tiers of talent and for skills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.history import History, ancestors, workers_of
from echelon.methods.rank import rank_bands, ranks
from echelon.methods.signals import quantiles, skill_shortage

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["TIERS", "Carriers", "make_carriers", "skill_table", "tier_table"]

Array = NDArray[np.float64]
# In the order of the schema.
TIERS = (
    "strategic scientist", "leading innovator", "engineer or professional",
    "technician or skilled worker", "master craft", "general",
)  # fmt: skip


@dataclass(frozen=True)
class Carriers:
    """People at work now, each occupation with the occupation of the history that signals for it.

    Parameters
    ----------
    year : int
    occupations : tuple of str
    place : array of int (c,)
        Where the occupation, or the nearest group above it, stands in the history.
    people : array (m, c)
        By the history's regions; 0 where nobody works in it.
    tiers : tuple of str
        Tier of each occupation; empty where it has none.
    """

    year: int
    occupations: tuple[str, ...]
    place: NDArray[np.intp]
    people: Array
    tiers: tuple[str, ...]


def make_carriers(system: System, history: History) -> Carriers | None:
    """Return the people at work in the last year of workers; None where nobody can be placed."""
    if "workers" not in system or "occupations" not in system:
        return None
    rows = workers_of(system)
    rows = rows[rows["year"] == rows["year"].max()]
    at = {code: i for i, code in enumerate(history.occupations)}
    above = ancestors(system)
    signalled = {
        code: next((at[name] for name in above.get(code, [code]) if name in at), -1)
        for code in rows["occupation"].unique()
    }
    codes = sorted(str(code) for code, where in signalled.items() if where >= 0)
    if not codes:
        return None
    wide = rows.pivot_table(index="region", columns="occupation", values="headcount")
    people = wide.reindex(index=list(history.regions), columns=codes).fillna(0.0).to_numpy(float)
    tier = system.table("occupations").set_index("occupation")["tier"].reindex(codes).fillna("")
    return Carriers(
        int(rows["year"].iloc[0]), tuple(codes),
        np.array([signalled[code] for code in codes]), people, tuple(map(str, tier)),
    )  # fmt: skip


def tier_table(
    carriers: Carriers, history: History, parts: tuple[Array, Array, int]
) -> pd.DataFrame:
    """Return the shortage of each tier: that of its occupations, weighted by people.

    Parameters
    ----------
    parts : tuple
        Index of the history's occupations (m, n), its draws (draws, m, n) and the year.
    """
    index, drawn, year = parts
    names = [tier for tier in TIERS if tier in carriers.tiers]
    means = []
    for tier in names:
        chosen = np.array([each == tier for each in carriers.tiers])
        people, place = carriers.people[:, chosen], carriers.place[chosen]
        means.append((
            _mean(index[:, place], people), _mean(drawn[:, :, place], people), people.sum(axis=1)
        ))  # fmt: skip
    frames = []
    for tier, (value, draws, people) in zip(names, means, strict=True):
        low, high = quantiles(draws)
        rank_low, _, rank_high = rank_bands(draws)
        frames.append(
            pd.DataFrame(
                {
                    "region": history.regions, "tier": tier, "year": year, "people": people,
                    "people_year": carriers.year, "shortage": value, "shortage_low": low,
                    "shortage_high": high, "rank": ranks(value), "rank_low": rank_low,
                    "rank_high": rank_high,
                }
            )
        )  # fmt: skip
    table = pd.concat(frames, ignore_index=True)
    return table[table["people"] > 0].reset_index(drop=True)


def _mean(index: Array, people: Array) -> Array:
    """Return the mean of the last axis over people whose index is known."""
    weight = np.where(np.isnan(index), 0.0, people)
    total = weight.sum(axis=-1)
    whole = (weight * np.nan_to_num(index)).sum(axis=-1)
    return np.divide(whole, total, out=np.full(total.shape, np.nan), where=total > 0)


def skill_table(
    system: System, carriers: Carriers, history: History, *, parts: tuple[Array, Array, int]
) -> pd.DataFrame:
    """Return the shortage of each skill by region, ranked among the region's skills.

    What an occupation needs of a skill is its importance less the mean importance over the people
    at work: without the mean every skill would be in the same shortage.

    Parameters
    ----------
    parts : tuple
        Index (m, n), its draws (draws, m, n) and the year.
    """
    index, drawn, year = parts
    listed = system.table("occupation_skills").dropna(subset="importance")
    wide = listed.pivot_table(index="occupation", columns="skill", values="importance")
    needed = wide.reindex(list(carriers.occupations)).to_numpy(dtype=float)
    people = np.where(np.isnan(needed).all(axis=1), 0.0, carriers.people)
    weight = people.sum(axis=0)[:, None] * ~np.isnan(needed)
    mean = (weight * np.nan_to_num(needed)).sum(axis=0) / np.where(
        weight.sum(axis=0) > 0, weight.sum(axis=0), np.nan
    )
    need = needed - mean
    value = skill_shortage(index[:, carriers.place], people, need)
    draws = skill_shortage(drawn[:, :, carriers.place], people, need)
    low, high = quantiles(draws)
    rank_low, _, rank_high = rank_bands(draws)
    regions, skills = np.meshgrid(history.regions, wide.columns.astype(str), indexing="ij")
    table = pd.DataFrame(
        {
            "region": regions.ravel(), "skill": skills.ravel(), "year": year,
            "shortage": value.ravel(), "shortage_low": low.ravel(), "shortage_high": high.ravel(),
            "rank": ranks(value).ravel(), "rank_low": rank_low.ravel(),
            "rank_high": rank_high.ravel(),
        }
    )  # fmt: skip
    return table[table["shortage"].notna()].reset_index(drop=True)
