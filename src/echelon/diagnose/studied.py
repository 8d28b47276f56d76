"""Graduates by field against what the jobs of a region ask for, through where fields lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.educated import Educated, nearest_year
from echelon.methods.mismatch import dissimilarity, divergence
from echelon.system.levels import YEARS_OF_SCHOOLING

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["NEEDED_TABLES", "Studied", "fields_table", "make_studied"]

Array = NDArray[np.float64]
NEEDED_TABLES = ("graduates", "programme_occupations", "demand", "fields")


@dataclass(frozen=True)
class Studied:
    """Graduates of a year and the graduates that the jobs of a year ask for, of one level.

    Parameters
    ----------
    level : str
    fields : tuple of str
    year, demand_year : int
        Of the graduates and of the demand.
    graduates : array (r, f)
        NaN where unknown.
    need : array (w, r, f)
        Graduates a year that posts ask for, in several ways; the first is the one reported.
    ways : tuple of str
        What the ways are.
    unlinked : array (r,)
        Share of the need in occupations that no field leads to.
    steps : tuple of str
    """

    level: str
    fields: tuple[str, ...]
    year: int
    demand_year: int
    graduates: Array
    need: Array
    ways: tuple[str, ...]
    unlinked: Array
    steps: tuple[str, ...]

    @property
    def distance(self) -> Array:
        """Dissimilarity of graduates and need in every way (w, r)."""
        return dissimilarity(np.broadcast_to(self.graduates, self.need.shape), self.need)

    @property
    def divergence(self) -> Array:
        """Jensen-Shannon divergence of graduates and need, as reported (r,)."""
        return divergence(self.graduates, self.need[0])


def make_studied(system: System, educated: Educated) -> list[Studied]:
    """Return graduates and need of every level that has graduates, higher education and most first.

    The posts for newcomers in an occupation are its openings less the moves to other occupations,
    where ``transitions`` gives them: others move in. The share of people there who reached the level
    makes graduates of them; they are split over fields as the graduates who are trained to go there.

    Parameters
    ----------
    system : System
        With the tables of :data:`NEEDED_TABLES`; an empty list when one is absent.
    educated : Educated
    """
    if any(name not in system for name in NEEDED_TABLES):
        return []
    graduates = system.table("graduates").dropna(subset="headcount")
    trained = system.table("programme_occupations")
    entrants = _entrants(system, educated)
    if graduates.empty or entrants is None:
        return []
    found = []
    for level, rows in graduates.groupby("level"):
        links = trained[trained["level"] == level]
        latest, _ = nearest_year(rows, educated.year)
        if len(links) and (latest["headcount"] > 0).any():
            found.append(_of_level(system, educated, str(level), latest, links, entrants))
    return sorted(found, key=lambda s: (not _higher(educated, s.level), -np.nansum(s.graduates)))


def _higher(educated: Educated, level: str) -> bool:
    years = educated.ladder.years([level])[0]
    return bool(years > YEARS_OF_SCHOOLING[4])


def _entrants(system: System, educated: Educated) -> tuple[Array, Array, int, str] | None:
    """Return posts to fill by outsiders and by anybody (r, o), the year, and what was taken off."""
    demand = system.table("demand").dropna(subset="openings")
    demand = demand[demand["occupation"].isin(educated.occupations)]
    if demand.empty:
        return None
    rows, year = nearest_year(demand, educated.year)
    table = rows.pivot_table(index="region", columns="occupation", values="openings", aggfunc="sum")
    index, columns = list(educated.regions), list(educated.occupations)
    gross = table.reindex(index=index, columns=columns).fillna(0.0).to_numpy(float)
    if "transitions" not in system:
        told = "Posts to fill: all openings, movers between occupations among those who fill them."
        return gross, gross, year, told
    moves = system.table("transitions")
    left = moves[moves["occupation"] != moves["destination"]].groupby("occupation")["share"].sum()
    rate = left.reindex(columns).to_numpy(float)
    jobs = educated.jobs
    # An occupation whose moves are unknown loses people to others at the rate of all the others.
    known = ~np.isnan(rate)
    usual = float((jobs[:, known] * rate[known]).sum() / max(jobs[:, known].sum(), 1.0))
    moving = jobs * np.where(known, rate, usual)
    told = (
        "Posts to fill by newcomers: openings less those that people leave for other occupations "
        "(yearly rates of transitions), because others move in; what stays is growth and exits."
    )
    return np.maximum(gross - moving, 0.0), gross, year, told


def _of_level(
    system: System, educated: Educated, level: str, rows: pd.DataFrame, links: pd.DataFrame,
    entrants: tuple[Array, Array, int, str],
) -> Studied:  # fmt: skip
    net, gross, demand_year, told = entrants
    listed = set(links["field"]) | set(rows["field"])
    fields = tuple(str(f) for f in system.table("fields")["field"] if f in listed)
    table = rows.pivot_table(index="region", columns="field", values="headcount", aggfunc="sum")
    graduates = table.reindex(index=list(educated.regions), columns=list(fields)).to_numpy(float)
    chance = _fields_of_posts(links, fields, educated.occupations, np.nansum(graduates, axis=0))
    reaching = educated.reaching(level)
    jobs = educated.jobs
    attained = np.divide(
        educated.people[:, :, reaching].sum(axis=2), jobs, out=np.zeros_like(jobs), where=jobs > 0
    )
    required = _requiring(system, educated, level)
    ways, names = [], []
    for posts, of_posts in ((net, "newcomers"), (gross, "all openings")):
        for share, of_share in ((attained, "people who have it"), (required, "posts that ask it")):
            ways.append((posts * share) @ chance)
            names.append(f"{of_posts}, {of_share}")
    whole = (net * attained).sum(axis=1)
    linked = (net * attained)[:, chance.sum(axis=1) > 0].sum(axis=1)
    unlinked = 1 - np.divide(linked, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    steps = (
        told,
        f"Need by field at the level {level}: posts to fill in {demand_year} x share of the people "
        f"there who reached the level x fields of the graduates who are trained for the occupation.",
    )
    year = int(rows["year"].iloc[0])
    return Studied(
        level, fields, year, demand_year, graduates, np.stack(ways), tuple(names), unlinked, steps
    )


def _fields_of_posts(
    links: pd.DataFrame, fields: tuple[str, ...], occupations: tuple[str, ...], graduates: Array
) -> Array:
    """Return the fields of those who fill an occupation (o, f): rows sum to 1, or 0 without a link."""
    going = links.pivot_table(index="field", columns="occupation", values="share", aggfunc="sum")
    going = going.reindex(index=list(fields), columns=list(occupations)).fillna(0.0)
    people = (going.to_numpy(float) * graduates[:, None]).T
    whole = people.sum(axis=1, keepdims=True)
    return np.divide(people, whole, out=np.zeros_like(people), where=whole > 0)


def _requiring(system: System, educated: Educated, level: str) -> Array:
    """Return 1 for occupations that ask for the level or more, else 0 (1, o)."""
    table = system.table("occupations").set_index("occupation")
    if "education" not in table:
        return np.zeros((1, len(educated.occupations)))
    asked = table["education"].reindex(list(educated.occupations))
    low, _ = educated.ladder.needed(asked, [*educated.levels, level])
    step = educated.ladder.steps([*educated.levels, level])[-1]
    return (low >= step).astype(np.float64)[None, :]


def fields_table(studied: list[Studied], educated: Educated) -> pd.DataFrame:
    """Return graduates, need and gap by region, field and level.

    Columns: region, year, level, field, graduates, need (posts for graduates a year), graduate_share
    and need_share (per cent), gap: graduates less as many graduates in the mix of the need, which
    sums to 0 over the fields, with its ends over the ways of counting the need.
    """
    parts = [_fields_of(each, educated) for each in studied]
    columns = [
        "region", "year", "level", "field", "graduates", "need", "graduate_share", "need_share",
        "gap", "gap_low", "gap_high",
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _fields_of(each: Studied, educated: Educated) -> pd.DataFrame:
    r, f = each.graduates.shape
    total = np.nansum(each.graduates, axis=1, keepdims=True)
    # A way by which no post asks for the level says nothing about the mix.
    ways = each.need[each.need.sum(axis=(1, 2)) > 0]
    ways = ways if len(ways) else each.need[:1]
    whole = ways.sum(axis=2, keepdims=True)
    mix = np.divide(ways, whole, out=np.full(ways.shape, np.nan), where=whole > 0)
    gap = each.graduates[None] - total[None] * mix
    ends = np.quantile(gap, [0.0, 1.0], axis=0)
    own = np.divide(each.graduates, total, out=np.full((r, f), np.nan), where=total > 0)
    return pd.DataFrame(
        {
            "region": np.repeat(educated.regions, f),
            "year": educated.year,
            "level": each.level,
            "field": np.tile(each.fields, r),
            "graduates": each.graduates.ravel(),
            "need": each.need[0].ravel(),
            "graduate_share": 100 * own.ravel(),
            "need_share": 100 * mix[0].ravel(),
            "gap": gap[0].ravel(),
            "gap_low": ends[0].ravel(),
            "gap_high": ends[1].ravel(),
        }
    )
