"""Levels of education: their order, which meets which requirement, and those of people drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.methods.rake import rake

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from echelon.system.system import System

__all__ = ["BELOW_ENTRY", "educations", "level_ranks"]

BELOW_ENTRY = 0.1
_LEAST = 1e-4


def level_ranks(system: System) -> pd.Series:
    """Return the place of each level of education, lowest first.

    A combined level such as "bachelor's or higher", which has no ISCED level of its own, counts as
    the highest single level below it.

    Parameters
    ----------
    system : System

    Returns
    -------
    Series
        By level; empty when the system has no levels.
    """
    if "levels" not in system:
        return pd.Series(dtype=float)
    levels = system.table("levels")
    order = "rank" if "rank" in levels and levels["rank"].notna().any() else "isced"
    rank = levels.set_index("level")[order].astype(float)
    if order == "rank" and "isced" in levels and levels["isced"].notna().any():
        single = rank[levels.set_index("level")["isced"].notna()].to_numpy()
        below = [single[single <= place] for place in rank]
        single_rank = [
            at.max() if len(at) else place for at, place in zip(below, rank, strict=True)
        ]
        rank = pd.Series(single_rank, index=rank.index)
    return rank.dropna()


def educations(
    system: System, workers: pd.DataFrame, drawn: pd.DataFrame, *, generator: np.random.Generator
) -> NDArray[np.object_]:
    """Return the education of people drawn by region and occupation.

    Parameters
    ----------
    system : System
    workers : DataFrame
        Workers by region and occupation: the first margin.
    drawn : DataFrame
        Region and occupation of each person.
    generator : numpy Generator

    Returns
    -------
    array of str or None
        The occupation's typical entry education where nothing else is known.
    """
    typical = _typical(system)
    found = np.array(drawn["occupation"].map(typical), dtype=object)
    found[pd.isna(found)] = None
    ranks = level_ranks(system)
    adults = _adults(system, ranks)
    pattern = _pattern(system, workers, (adults, typical, ranks))
    if pattern is None:
        return found
    chance_of = generator.random(len(drawn))
    levels = pattern.columns.to_numpy(dtype=object)
    for region, rows in drawn.groupby("region", sort=True).indices.items():
        own = workers[workers["region"] == region].set_index("occupation")["headcount"]
        table = pattern.loc[own.index].to_numpy(float)
        have = adults[adults["region"] == region]
        if len(have):
            table = _raked(table, own.to_numpy(float), _margin(have, levels, ranks))
        share = np.cumsum(table, axis=1) / table.sum(axis=1, keepdims=True)
        place = pd.Series(np.arange(len(own)), index=own.index)
        mine = share[place[drawn["occupation"].iloc[rows]].to_numpy()]
        chosen = (chance_of[rows][:, None] >= mine).sum(axis=1).clip(max=len(levels) - 1)
        found[rows] = levels[chosen]
    return found


def _typical(system: System) -> pd.Series:
    """Return the typical entry education of occupations."""
    occupations = system.table("occupations").set_index("occupation")
    return occupations["education"] if "education" in occupations else pd.Series(dtype=object)


def _adults(system: System, ranks: pd.Series) -> pd.DataFrame:
    """Return the adults of each region by level, of the last year of the region."""
    if "attainment" not in system:
        return pd.DataFrame({"region": [], "level": [], "people": []})
    adults = system.table("attainment")
    adults = adults[(adults["people"] > 0) & adults["level"].isin(ranks.index)]
    return adults[adults["year"] == adults.groupby("region")["year"].transform("max")]


def _pattern(
    system: System, workers: pd.DataFrame, about: tuple[pd.DataFrame, pd.Series, pd.Series]
) -> pd.DataFrame | None:
    """Return how likely each level is in each occupation, before the region is looked at.

    From the table occupation_education; for an occupation that it lacks, and without it, 1 where a
    level meets the typical entry education and :data:`BELOW_ENTRY` where it does not.
    """
    adults, typical, ranks = about
    shares = pd.DataFrame()
    if "occupation_education" in system:
        known = system.table("occupation_education")
        known = known[(known["share"] > 0) & (known["year"] == known["year"].max())]
        known = known[known["level"].isin(ranks.index)]
        shares = known.pivot_table(
            index="occupation", columns="level", values="share", fill_value=0.0
        )
    levels = list(shares.columns) or sorted(adults["level"].unique())
    if not levels:
        return None
    levels = sorted(levels, key=lambda level: float(ranks[level]))
    occupations = sorted(workers["occupation"].unique())
    needed = pd.Series(occupations).map(typical).map(ranks).fillna(-np.inf).to_numpy(float)
    meets = ranks[levels].to_numpy(float)[None, :] >= needed[:, None]
    frame = pd.DataFrame(np.where(meets, 1.0, BELOW_ENTRY), index=occupations, columns=levels)
    both = [occupation for occupation in occupations if occupation in shares.index]
    if both:
        frame.loc[both] = shares.loc[both, levels] + _LEAST
    return frame


def _margin(
    adults: pd.DataFrame, levels: NDArray[np.object_], ranks: pd.Series
) -> NDArray[np.float64]:
    """Return the adults by the levels of the pattern: each in the highest that is not above theirs."""
    steps = ranks[list(levels)].to_numpy(float)
    place = np.searchsorted(steps, adults["level"].map(ranks).to_numpy(float), side="right") - 1
    total = np.bincount(place.clip(min=0), weights=adults["people"], minlength=len(levels))
    return np.maximum(total.astype(np.float64), _LEAST * total.sum())


def _raked(
    pattern: NDArray[np.float64], jobs: NDArray[np.float64], adults: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return workers of a region by occupation and level, raked to both margins."""
    return rake(
        pattern * (jobs / jobs.sum())[:, None], jobs / jobs.sum(), adults / adults.sum(),
        tolerance=1e-6,
    )  # fmt: skip
