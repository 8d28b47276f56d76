"""From industries to occupations: a staffing matrix for every region, and posts with their draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData
from echelon.methods.rake import margin_error, rake
from echelon.project.employment import Projection

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Staffing", "posts_of_regions", "staff"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Staffing:
    """How the posts of every region divide over industries, at the year of the count of people.

    Parameters
    ----------
    year : int
        Year of the count.
    regions, occupations, groups : tuple of str
        Groups are industries, or several that the tables divide differently.
    jobs : array (r, o)
        People at work as counted.
    matrix : array (r, g, o)
        The same people by group of industries; sums over groups are ``jobs`` of the occupations
        that are staffed.
    index : array (d + 1, h, r, g)
        Employment of later years over that of ``year``; the first entry is the central path.
    past : array (t, r, g)
        The same of the known years up to the base of the projection; NaN is unknown.
    years : array of int (h,)
        The count's year and those after it.
    unstaffed : tuple of str
        Occupations of the count that no industry employs in the staffing table.
    unknown : tuple of str
        Groups whose employment is not known in any region; they keep their posts.
    not_raked : dict of str to float
        Regions whose matrix could not be raked, with the error of their margins in people.
    """

    year: int
    regions: tuple[str, ...]
    occupations: tuple[str, ...]
    groups: tuple[str, ...]
    jobs: Array
    matrix: Array
    index: Array
    past: Array
    years: NDArray[np.int64]
    unstaffed: tuple[str, ...]
    unknown: tuple[str, ...]
    not_raked: dict[str, float]


def staff(system: System, projection: Projection) -> Staffing:
    """Return the staffing of every region, raked to its occupations and its industries.

    The people of an occupation in a region are first spread over industries as in the whole system,
    then the table is raked: its occupations to the count, its industries to the region's
    employment, which is scaled so that each industry keeps its size in the whole system (counts of
    people and of payrolls differ in what they hold).
    """
    system.need("staffing", "workers", "occupations")
    year, jobs = _counted(system)
    group_of = _groups(system, projection.history.industries)
    pattern, groups = _pattern(system, list(jobs.columns), group_of)
    base, whole, years = _employment(projection, year, tuple(jobs.index), groups, group_of)
    at = int(np.flatnonzero(years == year)[0])
    index = _over(whole[:, at:], whole[:, at])
    past = _over(whole[:1, years <= projection.history.base], whole[:1, at])[0]
    known = pattern.sum(axis=0) > 0
    if not known.any():
        raise InsufficientData(
            "No occupation of the table workers is in the table staffing",
            where=f"workers: {jobs.columns[0]!r}",
            fix="Give both tables in codes of one classification",
        )
    people = jobs.to_numpy(dtype=float)
    spread = people[:, None, :] * np.divide(
        pattern, pattern.sum(axis=0), out=np.zeros_like(pattern), where=known
    )
    matrix, not_raked = _raked(spread, base, np.where(known, people, 0.0), list(jobs.index))
    return Staffing(
        year, tuple(jobs.index), tuple(jobs.columns), groups, people, matrix, index, past, years[at:],
        tuple(np.asarray(jobs.columns)[~known]),
        tuple(np.asarray(groups)[np.isnan(base).all(axis=0)]), not_raked,
    )  # fmt: skip


def _counted(system: System) -> tuple[int, pd.DataFrame]:
    """Return the last count of people, regions x occupations; what is not counted is nobody."""
    rows = system.table("workers").dropna(subset="headcount")
    if rows.empty:
        raise InsufficientData("The table workers has no head count", fix="Fill its headcount")
    year = int(rows["year"].max())
    rows = rows[rows["year"] == year]
    if "education" in rows:
        # Where people are counted by education, the rows of all levels would count them twice.
        every = rows["education"].isna() | (rows["education"] == "")
        whole = set(zip(rows[every]["region"], rows[every]["occupation"], strict=True))
        pairs = list(zip(rows["region"], rows["occupation"], strict=True))
        rows = rows[every | np.array([pair not in whole for pair in pairs], dtype=bool)]
    table = rows.pivot_table(
        index="region", columns="occupation", values="headcount", aggfunc="sum"
    )
    return year, table.fillna(0.0)


def _groups(system: System, industries: tuple[str, ...]) -> dict[str, str]:
    """Return the group of every industry: its own code where the tables agree on its border."""
    found = {industry: industry for industry in industries}
    if "industries" in system:
        listed = system.table("industries")
        found |= {code: code for code in listed["industry"]}
        if "compared_as" in listed:
            named = listed.dropna(subset="compared_as")
            named = named[named["compared_as"] != ""]
            found |= dict(zip(named["industry"], named["compared_as"], strict=True))
    return found


def _pattern(
    system: System, occupations: list[str], group_of: dict[str, str]
) -> tuple[Array, tuple[str, ...]]:
    """Return people of the whole system by group of industries and occupation (g, o)."""
    rows = system.table("staffing")
    if "year" in rows and rows["year"].notna().any():
        rows = rows[rows["year"] == rows["year"].max()]
    people = rows["headcount"] if "headcount" in rows else pd.Series(np.nan, index=rows.index)
    if people.isna().any():
        employed = system.table("output").dropna(subset="employment")
        last = employed[employed["year"] == employed["year"].max()]
        size = last.groupby("industry")["employment"].sum()
        people = people.fillna(rows["share"] * rows["industry"].map(size))
    group = rows["industry"].map(lambda code: group_of.get(code, code))
    table = pd.crosstab(group, rows["occupation"], values=people, aggfunc="sum")
    table = table.fillna(0.0).reindex(columns=occupations, fill_value=0.0)
    return table.to_numpy(dtype=float), tuple(str(code) for code in table.index)


def _employment(
    projection: Projection, year: int, regions: tuple[str, ...], groups: tuple[str, ...],
    group_of: dict[str, str],
) -> tuple[Array, Array, NDArray[np.int64]]:  # fmt: skip
    """Return employment at the count's year (r, g), in every year (d + 1, y, r, g), and the years."""
    from scipy import sparse

    history = projection.history
    observed = history.years <= history.base
    every = np.concatenate([history.years[observed], projection.years])
    if year not in every:
        raise InsufficientData(
            f"People are counted in {year}, employment is known or projected from {every[0]} to "
            f"{every[-1]}",
            fix="Choose a horizon after the count, or add years to the table output",
        )
    at = int(np.flatnonzero(every == year)[0])
    row = pd.Index(regions).get_indexer(pd.Index(history.regions))[history.region]
    column = pd.Index(groups).get_indexer(
        pd.Index([group_of.get(code, code) for code in history.industries])
    )[history.industry]
    used = (row >= 0) & (column >= 0)
    if not used.any():
        raise InsufficientData(
            "No industry of the table staffing has employment in the table output",
            where=f"staffing: {groups[0]!r}",
            fix="Give both tables in codes of one classification",
        )
    cells = row[used] * len(groups) + column[used]
    members = sparse.csr_array(
        (np.ones(cells.size), (np.arange(cells.size), cells)),
        shape=(cells.size, len(regions) * len(groups)),
    )
    past = history.figures[observed][:, used]
    parts = []
    for future in (projection.central[None], projection.draws):
        whole = np.concatenate(
            [np.broadcast_to(past, (len(future), *past.shape)), future[..., used]], axis=1
        )
        parts.append(whole.reshape(-1, cells.size) @ members)
    size = np.concatenate(parts).reshape(-1, len(every), len(regions), len(groups))
    counted = (np.bincount(cells, minlength=members.shape[1]) > 0).reshape(size.shape[2:])
    base = np.where(counted & (size[0, at] > 0), size[0, at], np.nan)
    return base, size, every


def _over(size: Array, first: Array) -> Array:
    """Return employment over that of one year; NaN where there was none."""
    index: Array = size / np.where(first > 0, first, np.nan)[:, None]
    return index


def _raked(
    spread: Array, base: Array, people: Array, regions: list[str]
) -> tuple[Array, dict[str, float]]:
    """Rake the table of every region; one that cannot be raked keeps its occupations' spread."""
    implied = spread.sum(axis=2)
    sums = np.nansum(np.where(np.isnan(base), 0.0, implied), axis=0)
    ratio = np.divide(sums, np.nansum(base, axis=0), out=np.zeros_like(sums), where=sums > 0)
    found, failed = np.empty_like(spread), {}
    for place, region in enumerate(regions):
        known = ~np.isnan(base[place]) & (implied[place] > 0)
        target = np.where(known, np.nan_to_num(base[place]) * ratio, implied[place])
        left = people[place].sum() - target[~known].sum()
        if known.any() and target[known].sum() > 0:
            target[known] *= left / target[known].sum()
        try:
            found[place] = rake(spread[place], target, people[place], tolerance=1e-7)
        except InsufficientData:
            found[place] = spread[place]
            failed[region] = margin_error(spread[place], target, people[place])
    return found, failed


def posts_of_regions(staffing: Staffing) -> Iterator[tuple[int, Array]]:
    """Yield the place of each region and its posts (d + 1, h, o), the central path first.

    ``posts(o, t) = sum over groups of matrix(g, o) * employment(g, t) / employment(g, year)``. A
    group without employment keeps its posts; an occupation without staffing goes with the region.
    """
    no_industry = staffing.matrix.sum(axis=1) <= 0
    for place in range(len(staffing.regions)):
        growth = np.where(np.isnan(staffing.index[:, :, place]), 1.0, staffing.index[:, :, place])
        posts = growth @ staffing.matrix[place]
        lone = no_industry[place] & (staffing.jobs[place] > 0)
        if lone.any():
            staffed = staffing.matrix[place].sum()
            whole = posts.sum(axis=-1) / staffed if staffed > 0 else np.ones(posts.shape[:2])
            posts[..., lone] = whole[..., None] * staffing.jobs[place, lone]
        yield place, posts
