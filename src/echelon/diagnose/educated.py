"""People at work by region, occupation and education: measured where it is, else derived by raking."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import EchelonError, InsufficientData
from echelon.methods.rake import rake, rake_cube
from echelon.registry import unknown_name
from echelon.system.levels import Ladder, ladder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from echelon.system.system import System

__all__ = ["Educated", "drawn_people", "make_educated", "nearest_year", "wages"]

Array = NDArray[np.float64]

# The American Community Survey interviews about one person in a hundred: size of its cells.
SAMPLED = 0.01
_NINETY = 1.6448536269514722
_LEAST_KNOWN = 0.5


@dataclass(frozen=True)
class Educated:
    """People at work by region, occupation and level of education, of one year.

    Parameters
    ----------
    regions, occupations, levels : tuple of str
    year : int
        Of the head counts.
    people : array (r, o, l)
    shares : array (o, l)
        National shares of the levels in each occupation.
    top : array (r, g)
        People by region and group of levels that the raking met; empty when nothing was raked.
    top_error : array (r, g)
        Their standard errors relative to themselves; 0 where no margin of error is published.
    groups : array (l, g)
        1 where a level is in a group.
    ladder : Ladder
    evidence : str
    tables, steps, caveats : tuple of str
        For the note.
    """

    regions: tuple[str, ...]
    occupations: tuple[str, ...]
    levels: tuple[str, ...]
    year: int
    people: Array = field(repr=False)
    shares: Array = field(repr=False)
    top: Array = field(repr=False)
    top_error: Array = field(repr=False)
    groups: Array = field(repr=False)
    ladder: Ladder = field(repr=False)
    evidence: str = "derived"
    tables: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    @property
    def jobs(self) -> Array:
        """People by region and occupation (r, o)."""
        return self.people.sum(axis=2)

    def reaching(self, level: str) -> NDArray[np.bool_]:
        """Return which levels are at or above a level (l,)."""
        codes = [*self.levels, level]
        steps = self.ladder.steps(codes)
        reached: NDArray[np.bool_] = steps[:-1] >= steps[-1]
        return reached


def make_educated(system: System, *, year: int | None = None) -> Educated:
    """Return people at work by region, occupation and education.

    Where ``workers`` has the levels, they are used. Otherwise the national shares of each occupation
    (``occupation_education``) are raked to the people of every region and occupation, to the
    national education of every occupation, and to the education of the people at work in every
    region (``worker_education``, or that of adults where it is unknown).

    Parameters
    ----------
    system : System
    year : int, optional
        By default the last year of ``workers``.

    Raises
    ------
    MissingTable, UnknownName, InsufficientData
    """
    system.need("workers", "occupations", "levels")
    workers = system.table("workers").dropna(subset="headcount")
    if workers.empty or not (workers["headcount"] > 0).any():
        raise InsufficientData(
            "The table workers has no head counts above 0",
            fix="Give the people at work by region and occupation",
        )
    known = sorted(int(y) for y in workers["year"].unique())
    chosen = known[-1] if year is None else year
    if chosen not in known:
        raise unknown_name("year", str(chosen), map(str, known))
    rows = workers[workers["year"] == chosen]
    order = ladder(system)
    by_level = rows[rows["education"].notna()]
    if len(by_level):
        return _measured(system, by_level, chosen, order)
    system.need("occupation_education")
    return _raked(system, rows, chosen, order)


def _codes(system: System, table: str, key: str, found: pd.Series) -> tuple[str, ...]:
    """Return the codes that occur, in the order of their own table."""
    here = set(found.astype(str))
    listed = [str(code) for code in system.table(table)[key]]
    return tuple(code for code in listed if code in here)


def _measured(system: System, rows: pd.DataFrame, year: int, order: Ladder) -> Educated:
    regions = _codes(system, "regions", "region", rows["region"])
    occupations = _codes(system, "occupations", "occupation", rows["occupation"])
    levels = _codes(system, "levels", "level", rows["education"])
    _need_known(occupations, rows["occupation"])
    sums = rows.groupby(["region", "occupation", "education"])["headcount"].sum()
    grid = pd.MultiIndex.from_product([regions, occupations, levels])
    size = (len(regions), len(occupations), len(levels))
    people = np.asarray(sums.reindex(grid).fillna(0.0), dtype=np.float64).reshape(size)
    nation = people.sum(axis=0)
    whole = nation.sum(axis=1, keepdims=True)
    return Educated(
        regions, occupations, levels, year, people,
        np.divide(nation, whole, out=np.zeros_like(nation), where=whole > 0),
        np.empty((len(regions), 0)), np.empty((len(regions), 0)), np.empty((len(levels), 0)), order,
        "measured", ("workers", "levels"), ("Education of people at work as given in workers.",),
    )  # fmt: skip


def _need_known(found: tuple[str, ...], codes: pd.Series) -> None:
    if not found:
        raise InsufficientData(
            f"None of the occupations of workers (first: {codes.iloc[0]}) is in the table that it is "
            "joined with",
            fix="Use the codes of the table occupations in workers and occupation_education",
        )


def _raked(system: System, rows: pd.DataFrame, year: int, order: Ladder) -> Educated:
    """Rake the national education of occupations to the jobs and the education of the regions."""
    shares, when = nearest_year(system.table("occupation_education"), year)
    wide = shares.pivot_table(index="occupation", columns="level", values="share", aggfunc="sum")
    codes = rows["occupation"].isin(wide.index)
    regions = _codes(system, "regions", "region", rows["region"])
    occupations = _codes(system, "occupations", "occupation", rows.loc[codes, "occupation"])
    _need_known(occupations, rows["occupation"])
    levels = _codes(system, "levels", "level", shares["level"])
    table = rows[codes].pivot_table(
        index="region", columns="occupation", values="headcount", aggfunc="sum"
    )
    jobs = table.reindex(index=regions, columns=occupations).fillna(0.0).to_numpy(float)
    share = wide.reindex(index=occupations, columns=levels).fillna(0.0).to_numpy(float)
    share = share / share.sum(axis=1, keepdims=True)
    caveats = _left_out(rows, codes)
    names, top, error, groups, told = _tops(system, regions, levels, jobs, share, year, order)
    side = jobs.sum(axis=0)[:, None] * share
    seed = jobs[:, :, None] * share[None]
    people = rake_cube(seed, front=jobs, side=side, top=top, groups=groups, tolerance=1e-8)
    return Educated(
        regions, occupations, levels, year, people, share, top, error, groups, order, "derived",
        ("workers", "occupation_education", "levels", *names),
        (
            f"People by region, occupation and education: the national education of occupations "
            f"({when}) raked to the people of every region and occupation ({year}), to the nation's "
            f"education of every occupation and to {told}; every margin is met to 1 in 100 million.",
        ),
        (
            "The raking assumes that education and occupation go together in a region as in the "
            "nation: what is peculiar to one region, occupation and level together is unknown.",
            *caveats,
        ),
    )  # fmt: skip


def _left_out(rows: pd.DataFrame, known: pd.Series) -> tuple[str, ...]:
    lost = rows[~known.to_numpy()]
    people = float(lost["headcount"].sum())
    if people == 0:
        return ()
    share = 100 * people / float(rows["headcount"].sum())
    first = ", ".join(lost.groupby("occupation")["headcount"].sum().nlargest(3).index)
    return (
        f"Left out, because their education is unknown: {people:,.0f} people ({share:.2f} per cent) "
        f"in occupations such as {first}.",
    )


def _tops(
    system: System, regions: tuple[str, ...], levels: tuple[str, ...], jobs: Array, share: Array,
    year: int, order: Ladder,
) -> tuple[tuple[str, ...], Array, Array, Array, str]:  # fmt: skip
    """Return people by region and group of levels, with errors, the groups, and what they rest on."""
    for name, figure, told in (
        ("worker_education", "headcount", "the education of people at work in every region"),
        ("attainment", "people", "the attainment of adults in every region"),
    ):
        if name not in system:
            continue
        frame, when = nearest_year(system.table(name).dropna(subset=figure), year)
        found = _grouped(frame, figure, regions, levels, order)
        if found is None:
            continue
        seen, error, groups = found
        nation = (jobs.sum(axis=0) @ share) @ groups
        ratio = jobs.sum(axis=1) / seen.sum(axis=1).clip(min=1e-300)
        top = rake(seen * ratio[:, None], jobs.sum(axis=1), nation)
        return (name,), top, error, groups, f"{told} ({when}), scaled to the nation's"
    groups = np.ones((len(levels), 1))
    none = np.zeros((len(regions), 1))
    told = "nothing else, so that each occupation's education is the nation's everywhere"
    return (), jobs.sum(axis=1)[:, None], none, groups, told


def _grouped(
    frame: pd.DataFrame, figure: str, regions: tuple[str, ...], levels: tuple[str, ...],
    order: Ladder,
) -> tuple[Array, Array, Array] | None:  # fmt: skip
    """Return figures (r, g), their relative errors and the groups (l, g), or None without a match."""
    wide = frame.pivot_table(index="region", columns="level", values=figure, aggfunc="sum")
    wide = wide.reindex(list(regions))
    if len(wide.columns) == 0 or wide.isna().any(axis=None) or (wide.sum(axis=1) <= 0).any():
        return None
    groups: list[tuple[set[str], set[str]]] = []  # levels of people at work, levels of the table
    for level in levels:
        given = {str(c) for c in wide.columns if order.agree(level, str(c))}
        if not given:
            return None
        touching = [group for group in groups if group[1] & given]
        groups = [group for group in groups if group not in touching]
        ours = {level}.union(*(group[0] for group in touching))
        groups.append((ours, given.union(*(group[1] for group in touching))))
    seen = np.stack([wide[sorted(theirs)].sum(axis=1) for _, theirs in groups], axis=1)
    member = np.array([[1.0 if level in ours else 0.0 for ours, _ in groups] for level in levels])
    error = np.zeros_like(seen)
    if "margin" in frame and frame["margin"].notna().any():
        squares = frame.assign(square=(frame["margin"] / _NINETY) ** 2).pivot_table(
            index="region", columns="level", values="square", aggfunc="sum"
        ).reindex(list(regions))  # fmt: skip
        variance = np.stack(
            [squares.reindex(columns=sorted(t)).sum(axis=1) for _, t in groups], axis=1
        )
        error = np.sqrt(variance) / np.maximum(seen, 1.0)
    return seen.astype(float), error, member


def nearest_year(frame: pd.DataFrame, year: int) -> tuple[pd.DataFrame, int]:
    """Return the rows of the year nearest to another, the earlier of two, and that year.

    Parameters
    ----------
    frame : DataFrame
        With a column year and at least one row.
    year : int
    """
    if frame.empty:
        raise InsufficientData("A table that is needed has no known figures", fix="Fill it")
    years = np.sort(frame["year"].unique().astype(int))
    best = int(years[np.abs(years - year).argmin()])
    return frame[frame["year"] == best], best


def drawn_people(educated: Educated, *, draws: int, seed: int) -> Iterator[Educated]:
    """Draw people by region, occupation and education within the sampling errors of what they rest on.

    The education of each region has its published margin of error; that of each occupation a
    Dirichlet distribution of one person interviewed in a hundred. Measured head counts by education
    do not move.

    Parameters
    ----------
    educated : Educated
    draws : int
    seed : int

    Yields
    ------
    Educated
    """
    generator = np.random.default_rng(np.random.SeedSequence([seed, 31]))
    if educated.evidence == "measured":
        for _ in range(draws):
            yield educated
        return
    jobs = educated.jobs
    nation = jobs.sum(axis=0)
    size = np.maximum(SAMPLED * nation, 1.0)[:, None] * educated.shares
    for _ in range(draws):
        gamma = np.where(size > 0, generator.standard_gamma(np.maximum(size, 1e-12)), 0.0)
        whole = gamma.sum(axis=1, keepdims=True)
        share = np.where(whole > 0, gamma / np.where(whole > 0, whole, 1.0), educated.shares)
        noise = 1 + educated.top_error * generator.standard_normal(educated.top.shape)
        side = nation[:, None] * share
        wanted = educated.top * noise.clip(0.05)
        scale = jobs.sum(axis=1) / wanted.sum(axis=1).clip(min=1e-300)
        try:
            top = rake(
                wanted * scale[:, None], jobs.sum(axis=1), side.sum(axis=0) @ educated.groups,
                tolerance=1e-7,
            )  # fmt: skip
            people = rake_cube(
                educated.people, front=jobs, side=side, top=top, groups=educated.groups,
                tolerance=1e-5, iterations=200,
            )  # fmt: skip
        except EchelonError:
            # A draw that no table can meet is as far as sampling goes: the central one stands for it.
            people = educated.people
        yield replace(educated, people=people, shares=share)


def wages(system: System, educated: Educated) -> tuple[Array, NDArray[np.bool_]]:
    """Return yearly wages by region and occupation, and whether each was filled.

    An unknown wage is that of the occupation over all regions, weighted by people; NaN where the
    occupation's wage is unknown everywhere or in more than half of its jobs.

    Parameters
    ----------
    system : System
    educated : Educated

    Returns
    -------
    wage, filled : arrays (r, o)
    """
    rows = system.table("workers")
    rows = rows[(rows["year"] == educated.year) & rows["education"].isna()]
    if "wage" not in rows or rows.empty:
        return np.full(educated.jobs.shape, np.nan), np.zeros(educated.jobs.shape, dtype=bool)
    table = rows.pivot_table(index="region", columns="occupation", values="wage", aggfunc="mean")
    index, columns = list(educated.regions), list(educated.occupations)
    wage = table.reindex(index=index, columns=columns).to_numpy(float)
    jobs = educated.jobs
    paid = np.where(np.isnan(wage), 0.0, jobs)
    whole = paid.sum(axis=0)
    enough = whole >= _LEAST_KNOWN * jobs.sum(axis=0)
    mean = np.divide(
        (paid * np.nan_to_num(wage)).sum(axis=0), whole, out=np.full(len(whole), np.nan),
        where=(whole > 0) & enough,
    )  # fmt: skip
    filled = np.isnan(wage) & ~np.isnan(mean)[None, :]
    return np.where(np.isnan(wage), mean[None, :], wage), filled
