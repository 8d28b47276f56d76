"""The labour market of a system as arrays: people, posts, vacancies, moves, who leaves and arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidSystem
from echelon.simulate.mobility import between_occupations, between_regions
from echelon.simulate.outlook import posts_path
from echelon.simulate.people import exit_rates, graduates_by_cell, layoff_rates, unemployed_by_cell

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["TABLES", "Demand", "Market", "read_market"]

Array = NDArray[np.float64]
Demand = Literal["published", "projected", "constant"]
TABLES = (
    "workers", "unemployment", "demand", "transitions", "occupation_skills", "flows", "ties",
    "separations", "turnover", "staffing", "graduates", "programme_occupations", "output",
    "assumptions", "levers", "regions", "occupations",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Market:
    """People and posts of a system in the year that the simulation starts from.

    Parameters
    ----------
    regions, occupations : tuple of str
    year : int
        Of the count of people.
    employed, unemployed, vacancies, wage : array (R, O)
        Vacancies and wages are NaN where unknown.
    posts : array (years + 1, R, O)
        Posts of the year and those after it, over those of the year.
    first : array (R, O)
        Posts of the year, in the units of their source.
    layoffs, exits : array (O,)
        Share a month and a year; NaN where unknown.
    graduates : array (R, O)
        People a year who finish their studies, by the occupation that they are trained for.
    occupation_moves : array (O, O)
        Share of those who take another occupation who take each; 0 on the diagonal.
    region_moves : array (R, R)
        Share of the people of a region who move to each other region in a year.
    evidence : str
        Of the weakest figure.
    demand : str
        Where the posts of later years come from.
    steps, caveats : tuple of str
    """

    regions: tuple[str, ...]
    occupations: tuple[str, ...]
    year: int
    employed: Array
    unemployed: Array
    vacancies: Array
    wage: Array
    posts: Array
    first: Array
    layoffs: Array
    exits: Array
    graduates: Array
    occupation_moves: Array
    region_moves: Array
    evidence: str
    demand: Demand
    steps: tuple[str, ...] = field(default=(), repr=False)
    caveats: tuple[str, ...] = field(default=(), repr=False)


def read_market(
    system: System, *, years: int, demand: Demand | None, results: Mapping[str, Result]
) -> Market:
    """Read the labour market of a system.

    Parameters
    ----------
    system : System
        With ``workers`` and ``unemployment``; the other tables as :data:`TABLES` lists them.
    years : int
        How many years the posts are wanted for.
    demand : {"published", "projected", "constant"} or None
        Where the posts of later years come from; None takes the first that the tables allow.
    results : mapping of str to Result
        Results of other verbs that exist already.

    Raises
    ------
    MissingTable, InsufficientData, InvalidSystem
    """
    system.need("workers", "unemployment")
    year, employed, wage, evidence = _counted(system)
    regions, occupations = tuple(employed.index), tuple(employed.columns)
    steps: list[str] = []
    caveats: list[str] = []
    said = (steps, caveats)
    people = employed.to_numpy(dtype=float)
    _check_people(people, regions)
    posts, first, source = posts_path(
        system, employed, year, years=years, demand=demand, results=results, said=said
    )
    return Market(
        regions, occupations, year, people,
        unemployed_by_cell(system, employed, year, said=said),
        _vacancies(system, employed, year, said),
        wage.to_numpy(dtype=float),
        posts, first,
        layoff_rates(system, occupations, year, said=said),
        exit_rates(system, occupations, said=said),
        graduates_by_cell(system, employed, said=said),
        between_occupations(system, occupations, people.sum(axis=0), said=said),
        between_regions(system, regions, people.sum(axis=1), said=said),
        evidence, source, tuple(steps), tuple(caveats),
    )  # fmt: skip


def _counted(system: System) -> tuple[int, pd.DataFrame, pd.DataFrame, str]:
    """Return the last count of people and their wages, regions x occupations, and its evidence."""
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
    pay = rows["wage"] if "wage" in rows else pd.Series(np.nan, index=rows.index)
    rows = rows.assign(bill=rows["headcount"] * pay, paid=rows["headcount"].where(pay.notna()))

    def wide(column: str) -> pd.DataFrame:
        return rows.pivot_table(index="region", columns="occupation", values=column, aggfunc="sum")

    table, wage = wide("headcount").fillna(0.0), wide("bill") / wide("paid")
    order = [r for r in system.table("regions")["region"] if r in table.index]
    kinds = set(rows["evidence"]) if "evidence" in rows else set()
    weakest = "assumed" if "assumed" in kinds else "derived"
    return year, table.loc[order], wage.reindex(index=order, columns=table.columns), weakest


def _check_people(people: Array, regions: tuple[str, ...]) -> None:
    empty = np.flatnonzero(people.sum(axis=1) <= 0)
    if len(empty):
        raise InvalidSystem(
            f"Nobody works in {regions[int(empty[0])]}", where="table workers, column headcount",
            fix="Fill its head counts or leave the region out",
        )  # fmt: skip


def _vacancies(
    system: System, employed: pd.DataFrame, year: int, said: tuple[list[str], list[str]]
) -> Array:
    """Return the vacancies of the year nearest to the count; NaN where they are unknown."""
    unknown = np.full(employed.shape, np.nan)
    rows = pd.DataFrame()
    if "demand" in system:
        rows = system.table("demand")
        rows = rows.dropna(subset="vacancies") if "vacancies" in rows else rows.head(0)
    if rows.empty:
        said[1].append(
            "Vacancies are unknown; every cell starts with as many as its hires and the assumption "
            "vacancies_filled ask for."
        )
        return unknown
    near = min(rows["year"].unique(), key=lambda y: (abs(y - year), -y))
    rows = rows[rows["year"] == near]
    table = rows.pivot_table(
        index="region", columns="occupation", values="vacancies", aggfunc="sum", dropna=False
    ).reindex(index=employed.index, columns=employed.columns)
    found = table.to_numpy(dtype=float)
    if (found < 0).any():
        r, o = (int(place) for place in np.argwhere(found < 0)[0])
        raise InvalidSystem(
            f"The vacancies of {employed.columns[o]} in {employed.index[r]} are {found[r, o]:g}",
            where=f"table demand, year {near}", fix="Give 0 or more, or leave the cell empty",
        )  # fmt: skip
    said[0].append(f"Vacancies of {near}: {np.nansum(found):,.0f}.")
    if "measured" not in set(rows["evidence"]):
        said[1].append(
            "Vacancies are not measured by region and occupation: the level of tightness is weaker "
            "than its changes."
        )
    return found
