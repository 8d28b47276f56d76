"""The tables that a plan is made from, as arrays over regions, occupations and years."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.planning import DEPARTMENTS
from echelon.plan.figures import refuse_figures
from echelon.plan.lists import (
    Arcs,
    Pairs,
    Platforms,
    Programmes,
    all_levels,
    places,
    read_arcs,
    read_pairs,
    read_platforms,
    read_programmes,
)
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["Demand", "Detail", "Setting", "groups_of", "projected", "read_setting", "with_posts"]

Array = NDArray[np.float64]
Detail = Literal["groups", "all"]
Demand = Literal["table", "projected"]


@dataclass(frozen=True)
class Setting:
    """What the plan starts from, whatever is assumed.

    Parameters
    ----------
    regions, occupations : arrays of str
    years : array of int
        Of the plan; the people are counted in the year before the first.
    base, wage : arrays (regions, occupations)
        People, and currency a year.
    demand : array (regions, occupations, years)
    leaving : array (occupations,)
        Share that leaves the labour force in a year.
    moving : array (regions,)
        Net arrivals of all people from other regions, as a share of the people at work.
    programmes : Programmes
    arcs : Arcs
    pairs : Pairs
    platforms : Platforms
    budget : array (departments, regions, years)
        NaN where the system does not say.
    entrance : array (occupations,)
        Share of the people whose work is of the general tier, which people without a programme enter.
    steps, caveats : tuple of str
    """

    regions: NDArray[np.str_]
    occupations: NDArray[np.str_]
    years: NDArray[np.int64]
    base: Array
    wage: Array
    demand: Array
    leaving: Array
    moving: Array
    programmes: Programmes
    arcs: Arcs
    pairs: Pairs
    platforms: Platforms
    budget: Array
    entrance: Array
    steps: tuple[str, ...]
    caveats: tuple[str, ...]


def read_setting(
    system: System, *, years: int, detail: Detail, demand: Demand,
    results: Mapping[str, Result] | None,
) -> Setting:  # fmt: skip
    """Read what a plan starts from.

    Parameters
    ----------
    system : System
    years : int
    detail : {"groups", "all"}
        Occupations summed to the next wider code, or as counted.
    demand : {"table", "projected"}
        Posts from the table ``demand``, or from ``project.demand``.
    results : mapping of str to Result, optional

    Raises
    ------
    MissingTable, InsufficientData, InvalidSystem, InvalidArgument, UnknownName
    """
    if not isinstance(years, Integral) or years < 1:
        raise InvalidArgument(f"years = {years}", fix="Plan for one year at least, in whole years")
    for kind, given, known in (("detail", detail, Detail), ("demand", demand, Demand)):
        if given not in get_args(known):
            raise unknown_name(kind, str(given), get_args(known))
    system.need("workers", "occupations", "separations")
    refuse_figures(system)
    posts = _posts(system, demand, results)
    to_group = groups_of(system, detail)
    people, regions = _people(system, to_group)
    last = int(people["year"].max())
    new, about_new = _without_people(posts, people, to_group, last=last)
    occupations = sorted({*people["occupation"], *new})
    spread = _Spread(regions, occupations)
    base = spread.sums(people, "headcount")
    wage, steps = _wages(spread, people, base)
    when = np.arange(last + 1, last + 1 + years)
    wanted, said = _demand(spread, posts, to_group, base=base, last=last, years=when)
    nation = pd.Series(base.sum(axis=0), index=occupations)
    leaving = _leaving(system, to_group, nation)
    programmes, about_programmes = read_programmes(
        system, to_group, regions=regions, occupations=occupations
    )
    arcs, about_arcs = read_arcs(system, to_group, nation)
    pairs, moving, about_pairs = read_pairs(system, regions, base.sum(axis=1))
    platforms = read_platforms(system, to_group, regions=regions, occupations=occupations)
    of = "the table demand" if demand == "table" else "the projection"
    steps += [
        f"Posts wanted are those of {of} {said}",
        f"People of {last} by {'group of ' if detail == 'groups' else ''}occupation.",
    ]
    return Setting(
        np.array(regions), np.array(occupations), when, base, wage, wanted, leaving, moving,
        programmes, arcs, pairs, platforms, _budgets(system, regions, when),
        _entrance(system, to_group, nation), tuple(steps),
        (*about_new, *about_programmes, *about_arcs, *about_pairs),
    )  # fmt: skip


def _people(system: System, to_group: Mapping[str, str]) -> tuple[pd.DataFrame, list[str]]:
    """Return the people at work in the last year, by planned occupation, and their regions."""
    people = all_levels(system.table("workers"))
    people = people[people["headcount"] > 0].assign(education="")
    regions = [r for r in system.table("regions")["region"] if r in set(people["region"])]
    if not regions:
        raise InsufficientData(
            "No people are counted", where="table workers", fix="Fill the column headcount"
        )
    people = people[people["year"] == people["year"].max()]
    regions = [region for region in regions if region in set(people["region"])]
    return people.assign(occupation=people["occupation"].map(to_group)), regions


def _without_people(
    posts: pd.DataFrame, people: pd.DataFrame, to_group: Mapping[str, str], *, last: int
) -> tuple[set[str], list[str]]:
    """Return the occupations with posts and no people, and what a reader must know of such posts."""
    before = posts.loc[posts["year"] <= last + 1, "year"].max()
    posts = posts[(posts["posts"] > 0) & ((posts["year"] >= before) | pd.isna(before))]
    posts = posts.assign(occupation=posts["occupation"].map(to_group))
    known = posts["region"].isin(set(people["region"]))
    new = posts[known & ~posts["occupation"].isin(set(people["occupation"]))]
    new, away = new.dropna(subset=["occupation"]), posts[~known]
    said = []
    if len(new):
        codes = sorted(set(new["occupation"]))
        said.append(
            f"Nobody works in {', '.join(codes[:5])}{' and others' if len(codes) > 5 else ''} yet: "
            f"{_most(new):,.0f} posts are valued at the mean wage of all occupations."
        )
    if len(away):
        said.append(f"{_most(away):,.0f} posts in regions without people at work are left out.")
    return set(new["occupation"]), said


def _most(posts: pd.DataFrame) -> float:
    """Return the posts of the year with the most."""
    return float(posts.groupby("year")["posts"].sum().max())


class _Spread:
    """Sums and means of long tables over regions and occupations."""

    def __init__(self, regions: list[str], occupations: list[str]) -> None:
        self.regions, self.occupations = regions, occupations

    def sums(self, frame: pd.DataFrame, column: str) -> Array:
        """Return the sums (regions, occupations); 0 where there is no row."""
        at = places(self.regions, frame["region"])
        place = places(self.occupations, frame["occupation"])
        kept = (at >= 0) & (place >= 0) & frame[column].notna().to_numpy()
        found = np.zeros((len(self.regions), len(self.occupations)))
        np.add.at(found, (at[kept], place[kept]), frame[column].to_numpy(float)[kept])
        return found


def groups_of(system: System, detail: Detail) -> dict[str, str]:
    """Return the code that each occupation is planned as."""
    table = system.table("occupations")
    own = {str(code): str(code) for code in table["occupation"]}
    if detail == "all":
        return own
    parent = dict(zip(table["occupation"], table["parent"], strict=True))
    return {code: code if pd.isna(parent[code]) else str(parent[code]) for code in own}


def _wages(spread: _Spread, people: pd.DataFrame, base: Array) -> tuple[Array, list[str]]:
    """Return the wage of every node; unknown ones get the occupation's mean."""
    known = people[people["wage"] > 0]
    if known.empty:
        raise InsufficientData(
            "No wage is known, so a post has no value",
            where="table workers, column wage", fix="Fill it for some occupations",
        )  # fmt: skip
    heads = spread.sums(known, "headcount")
    paid = spread.sums(known.assign(paid=known["wage"] * known["headcount"]), "paid")
    with np.errstate(invalid="ignore", divide="ignore"):
        wage, mean = paid / heads, paid.sum(axis=0) / heads.sum(axis=0)
    mean = np.where(np.isnan(mean), paid.sum() / heads.sum(), mean)
    filled = np.isnan(wage) & (base > 0)
    wage = np.where(np.isnan(wage), mean, wage)
    steps = []
    if filled.any():
        steps.append(
            f"The wage of {int(filled.sum())} of {int((base > 0).sum())} pairs of region and "
            "occupation is unknown; the occupation's mean over the regions stands in for it."
        )
    return wage, steps


def _posts(
    system: System, demand: Demand, results: Mapping[str, Result] | None
) -> pd.DataFrame:  # fmt: skip
    """Return posts by region, occupation and year."""
    if demand == "table":
        system.need("demand")
        table = system.table("demand")
    else:
        table = projected(system, results)
    return all_levels(table)[["region", "occupation", "year", "posts"]].dropna()


def projected(system: System, results: Mapping[str, Result] | None) -> pd.DataFrame:
    """Return posts by region, occupation and year with their band, from ``project.demand``.

    It is computed where ``results`` does not have it with occupations.
    """
    found = (results or {}).get("project.demand")
    if found is None or "demand" not in found.frames:
        from echelon.project import demand

        found = demand(system, occupations=True)
    return found.table("demand")


def _demand(
    spread: _Spread, posts: pd.DataFrame, to_group: Mapping[str, str], *, base: Array, last: int,
    years: NDArray[np.int64],
) -> tuple[Array, str]:  # fmt: skip
    """Return posts wanted and of which years; one without figures is as the nearest before it."""
    posts = posts.assign(occupation=posts["occupation"].map(to_group))
    known = sorted(int(year) for year in posts["year"].unique())
    if not any(year >= last for year in known):
        raise InsufficientData(
            f"Posts are known up to {known[-1] if known else 'no year'}, people in {last}",
            where="table demand", fix=f"Add posts for {last} or later",
        )  # fmt: skip
    found = np.zeros((*base.shape, len(years)))
    for place, year in enumerate(years):
        nearest = max((y for y in known if y <= year), default=known[0])
        found[..., place] = spread.sums(posts[posts["year"] == nearest], "posts")
    if years[0] > known[-1]:
        return found, f"for {known[-1]}, and stay as in that year."
    said = f"for {years[0]} to {min(years[-1], known[-1])}"
    if years[-1] > known[-1]:
        said += f"; after {known[-1]} they stay as in that year"
    return found, said + "."


def _leaving(system: System, to_group: Mapping[str, str], nation: pd.Series) -> Array:
    """Return the share that leaves the labour force in a year; the mean where unknown."""
    rows = system.table("separations").sort_values("year").dropna(subset=["exit_rate"])
    rows = rows.drop_duplicates("occupation", keep="last")
    heads = all_levels(system.table("workers"))
    heads = heads[heads["year"] == heads["year"].max()].groupby("occupation")["headcount"].sum()
    weight = rows["occupation"].map(heads).fillna(0.0)
    rows = rows.assign(group=rows["occupation"].map(to_group), weight=weight)
    rows = rows.assign(gone=rows["exit_rate"] * rows["weight"])
    sums = rows.groupby("group")[["gone", "weight"]].sum().reindex(nation.index)
    if not sums["weight"].sum() > 0:
        raise InsufficientData(
            "No rate at which people leave is known", where="table separations, column exit_rate",
            fix="Fill it for some occupations",
        )  # fmt: skip
    mean = sums["gone"].sum() / sums["weight"].sum()
    rate: Array = (sums["gone"] / sums["weight"]).fillna(mean).to_numpy(float)
    return rate


def _budgets(system: System, regions: list[str], years: NDArray[np.int64]) -> Array:
    """Return budgets (departments, regions, years); a year without one is as the last before it."""
    found = np.full((len(DEPARTMENTS), len(regions), len(years)), np.nan)
    if "budgets" not in system:
        return found
    table = system.table("budgets").dropna(subset=["amount"]).sort_values("year")
    pairs = zip(table["department"], table["region"], strict=True)
    for department, region in sorted({*pairs}, key=str):
        if department not in DEPARTMENTS:
            raise unknown_name("department of the plan", str(department), DEPARTMENTS)
        if region not in regions:
            continue
        own = table[(table["department"] == department) & (table["region"] == region)]
        at = np.searchsorted(own["year"].to_numpy(), years, side="right") - 1
        amounts = own["amount"].to_numpy(float)[np.maximum(at, 0)]
        found[DEPARTMENTS.index(department), regions.index(region)] = amounts
    return found


def _entrance(system: System, to_group: Mapping[str, str], nation: pd.Series) -> Array:
    """Return which share of each occupation's people is of the general tier; all where none is."""
    table = system.table("occupations")
    general = set(table.loc[table["tier"] == "general", "occupation"])
    heads = all_levels(system.table("workers"))
    heads = heads[heads["year"] == heads["year"].max()]
    heads = heads.assign(
        group=heads["occupation"].map(to_group),
        general=heads["headcount"].where(heads["occupation"].isin(general), 0.0),
    )
    sums = heads.groupby("group")["general"].sum().reindex(nation.index).fillna(0.0)
    found: Array = sums.to_numpy(float)
    share: Array = found / np.maximum(nation.to_numpy(float), 1e-9)
    return share if share.any() else np.ones_like(share)


def with_posts(
    setting: Setting, system: System, posts: pd.DataFrame, *, detail: Detail
) -> Setting:  # fmt: skip
    """Return the same setting with other posts wanted.

    Parameters
    ----------
    setting : Setting
    system : System
    posts : DataFrame
        Columns region, occupation, year, posts.
    detail : {"groups", "all"}
    """
    spread = _Spread(list(setting.regions), list(setting.occupations))
    wanted, _ = _demand(
        spread, posts, groups_of(system, detail), base=setting.base,
        last=int(setting.years[0]) - 1, years=setting.years,
    )  # fmt: skip
    return replace(setting, demand=wanted)
