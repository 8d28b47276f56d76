"""The degree screen: which posts have it, who could fill them by skill, and where each would go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.diagnose.educated import Educated, make_educated, nearest_year, wages
from echelon.errors import InsufficientData, InvalidArgument, MissingColumn
from echelon.methods.screen import SKILL_WEIGHTS, SkillWeights, place_people, skill_distance
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Placement", "Screen", "make_screen", "place"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_ASSUMED_DISTANCE = 0.5


@dataclass(frozen=True)
class Screen:
    """What the screen is about, of one year.

    Parameters
    ----------
    educated : Educated
    degree : str
        Level that the screen asks for.
    screened : array of bool (o,)
        Occupations that ask for it.
    without, holders : arrays (r, o)
        People without and with the degree.
    wage : array (r, o)
        NaN where unknown.
    openings : array (r, o)
        Yearly openings; NaN without demand.
    distances : mapping of weights to array (o, o)
    typical : mapping of weights to float
        Distance of the typical move to better-paid work.
    steps, caveats : tuple of str
    """

    educated: Educated
    degree: str
    screened: Mask
    without: Array
    holders: Array
    wage: Array
    openings: Array
    distances: dict[SkillWeights, Array] = field(repr=False)
    typical: dict[SkillWeights, float]
    steps: tuple[str, ...]
    caveats: tuple[str, ...]

    def reachable(self, region: int, weights: SkillWeights, limit: float) -> Mask:
        """Return from which occupation which screened, better-paid one is within reach (o, o)."""
        wage = self.wage[region]
        with np.errstate(invalid="ignore"):
            better = wage[None, :] > wage[:, None]
            near = self.distances[weights] <= limit
        found: Mask = better & near & self.screened[None, :] & ~self.screened[:, None]
        return found & (self.educated.jobs[region] > 0)[None, :]


@dataclass(frozen=True)
class Placement:
    """Who has the skills and where each would go, at one distance.

    Parameters
    ----------
    skilled : array of bool (r, o)
        Occupations from which a screened, better-paid one is within reach.
    people : array (r, o, o)
        Each person once, from occupation to occupation.
    gain : array (r,)
        Wage that they would gain a year.
    counted : array (r,)
        Sum over the screened occupations of all who could fill each: people counted many times.
    """

    skilled: Mask
    people: Array
    gain: Array
    counted: Array


def make_screen(system: System, *, degree: str, year: int | None, distance: float | None) -> Screen:
    """Return the screen of a system, or say what it lacks.

    Parameters
    ----------
    system : System
    degree : str
    year : int, optional
    distance : float, optional
        Takes the place of the distance of the typical move.
    """
    system.need("workers", "occupations", "occupation_skills", "levels")
    listed = system.table("levels")["level"].astype(str)
    if degree not in set(listed):
        raise unknown_name("level", degree, listed)
    educated = make_educated(system, year=year)
    reaching = educated.reaching(degree)
    wage, filled = wages(system, educated)
    if np.isnan(wage).all():
        raise MissingColumn(
            "The table workers has no wages, so no occupation is known to be better paid",
            where="table workers, column wage",
            fix="Add the yearly wage by region and occupation",
        )
    level, importance, lacking = _skills(system, educated)
    distances = {w: skill_distance(level, importance, weights=w) for w in SKILL_WEIGHTS}
    typical, told = _typical(system, educated, wage, distances, distance)
    return Screen(
        educated, degree, _screened(system, educated, degree),
        educated.people[:, :, ~reaching].sum(axis=2), educated.people[:, :, reaching].sum(axis=2),
        wage, _openings(system, educated), distances, typical,
        (*educated.steps, told), (*educated.caveats, *lacking, *_of_wages(educated, wage, filled)),
    )  # fmt: skip


def _screened(system: System, educated: Educated, degree: str) -> Mask:
    table = system.table("occupations").set_index("occupation")
    if "education" not in table or table["education"].isna().all():
        raise MissingColumn(
            "Which occupations ask for a degree is unknown",
            where="table occupations, column education",
            fix="Add the level of education that entry needs, for example from the Employment "
            "Projections",
        )
    asked = table["education"].reindex(list(educated.occupations))
    low, _ = educated.ladder.needed(asked, [*educated.levels, degree])
    found: Mask = low >= educated.ladder.steps([*educated.levels, degree])[-1]
    if not found.any() or found.all():
        raise InsufficientData(
            f"{'All' if found.all() else 'No'} occupations ask for the level {degree!r}, so the "
            "screen divides nobody",
            fix="Choose another level, or check the column education of occupations",
        )
    return found


def _skills(system: System, educated: Educated) -> tuple[Array, Array, list[str]]:
    """Return level and importance of skills (o, s), and which occupations have none."""
    rows = system.table("occupation_skills")
    tables = []
    for column in ("level", "importance"):
        if column not in rows or rows[column].isna().all():
            raise MissingColumn(
                f"The table occupation_skills has no {column} of skills",
                where=f"table occupation_skills, column {column}",
                fix="Add it, for example from O*NET",
            )
        wide = rows.pivot_table(index="occupation", columns="skill", values=column)
        tables.append(wide.reindex(list(educated.occupations)))
    both = sorted(set(tables[0].columns) & set(tables[1].columns))
    level, importance = (table[both].to_numpy(float) for table in tables)
    none = np.isnan(level).all(axis=1)
    if none.all():
        raise InsufficientData(
            "No occupation of workers has skills in occupation_skills",
            fix="Use the codes of the table occupations in both tables",
        )
    people = float(educated.jobs[:, none].sum())
    said = [
        f"{people:,.0f} people work in occupations whose skills are unknown: none is within reach."
    ]
    return level, importance, said if none.any() else []


def _typical(
    system: System, educated: Educated, wage: Array, distances: dict[SkillWeights, Array],
    given: float | None,
) -> tuple[dict[SkillWeights, float], str]:  # fmt: skip
    """Return the distance of the typical move to better-paid work by each way of weighing."""
    if given is not None:
        if not given > 0:
            raise InvalidArgument(f"distance = {given:g}", fix="Use a distance above 0")
        return dict.fromkeys(
            distances, given
        ), f"Distance within reach: {given:g} levels, as given."
    moves = _moves(system, educated, wage)
    if moves is None:
        found = dict.fromkeys(distances, _ASSUMED_DISTANCE)
        return found, f"Distance within reach: {_ASSUMED_DISTANCE:g} levels, assumed."
    start, end, people = moves
    found = {}
    for weights, table in distances.items():
        lengths = table[start, end]
        known = ~np.isnan(lengths)
        order = np.argsort(lengths[known], kind="stable")
        running = np.cumsum(people[known][order])
        middle = np.searchsorted(running, running[-1] / 2)
        found[weights] = max(float(lengths[known][order][middle]), 1e-9)
    listed = ", ".join(f"{value:.2f} ({weights})" for weights, value in found.items())
    return found, (
        "Distance within reach: that of the median move to better-paid work in transitions, weighted "
        f"by people: {listed} levels."
    )


def _moves(
    system: System, educated: Educated, wage: Array
) -> tuple[NDArray[np.intp], NDArray[np.intp], Array] | None:
    """Return the moves between occupations to better-paid work and how many people make each."""
    if "transitions" not in system:
        return None
    rows = system.table("transitions")
    place = {code: i for i, code in enumerate(educated.occupations)}
    rows = rows[rows["occupation"].isin(place) & rows["destination"].isin(place)]
    rows = rows[rows["occupation"] != rows["destination"]]
    start = rows["occupation"].map(place).to_numpy(np.intp)
    end = rows["destination"].map(place).to_numpy(np.intp)
    jobs = educated.jobs.sum(axis=0)
    paid = np.where(np.isnan(wage), 0.0, educated.jobs)
    bill = (paid * np.nan_to_num(wage)).sum(axis=0)
    mean = np.divide(
        bill, paid.sum(axis=0), out=np.full(len(bill), np.nan), where=paid.sum(axis=0) > 0
    )
    with np.errstate(invalid="ignore"):
        up = mean[end] > mean[start]
    people = jobs[start] * rows["share"].to_numpy(float)
    known = up & (people > 0) & ~np.isnan(people)
    return (start[known], end[known], people[known]) if known.any() else None


def _openings(system: System, educated: Educated) -> Array:
    if "demand" not in system:
        return np.full(educated.jobs.shape, np.nan)
    rows = system.table("demand")
    rows = rows.dropna(subset="openings") if "openings" in rows else rows.iloc[:0]
    if rows.empty:
        return np.full(educated.jobs.shape, np.nan)
    rows, _ = nearest_year(rows, educated.year)
    table = rows.pivot_table(index="region", columns="occupation", values="openings", aggfunc="sum")
    index, columns = list(educated.regions), list(educated.occupations)
    return np.asarray(table.reindex(index=index, columns=columns).fillna(0.0), dtype=np.float64)


def _of_wages(educated: Educated, wage: Array, filled: Mask) -> list[str]:
    lost = float(educated.jobs[np.isnan(wage)].sum())
    found = []
    if lost:
        found.append(
            f"{lost:,.0f} people work in occupations whose wage is unknown; they are neither a pool "
            "nor a place."
        )
    if filled.any():
        people = float(educated.jobs[filled].sum())
        found.append(f"The wages of {people:,.0f} people are those of their occupation elsewhere.")
    return found


def place(
    screen: Screen, *, weights: SkillWeights, limit: float, yearly: bool = False
) -> Placement:
    """Place the people without the degree in screened posts within reach, each once.

    The places are the posts that people with the degree hold, or the openings of a year.

    Parameters
    ----------
    screen : Screen
    weights : str
        What a skill weighs.
    limit : float
        Largest distance.
    yearly : bool
        Whether the places are the openings of a year.
    """
    places = np.where(screen.screened, screen.openings if yearly else screen.holders, 0.0)
    wage = screen.wage
    reach: Mask = np.stack([screen.reachable(at, weights, limit) for at in range(len(wage))])
    rise = np.where(reach, wage[:, None, :] - wage[:, :, None], 0.0)
    placed = place_people(screen.without, np.nan_to_num(places), reach, gain=rise)
    counted = np.einsum("ra,rab->r", screen.without, reach.astype(np.float64))
    skilled: Mask = np.asarray(reach.any(axis=2), dtype=bool)
    return Placement(skilled, placed.people, placed.gain, counted)
