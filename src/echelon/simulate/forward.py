"""The market step by step under a path of demand and the influence of policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market import Conditions, Flows, Kernel, Rates, State, step
from echelon.methods.labour_market.counts import Counts, count_course, whole
from echelon.simulate.influence import Influence, Transfers
from echelon.simulate.start import WEEKS_OF_YEAR, Start

__all__ = ["demand_path", "expected", "step_conditions", "steps_of", "whole_people"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
# In one step at most this share of a cell's people can be taken into training or moved.
_MOST_TAKEN = 0.5


def steps_of(years: int, weeks: float) -> int:
    """Return the number of steps that some years take, the last one begun included."""
    return int(np.ceil(round(years * WEEKS_OF_YEAR / weeks, 9)))


def demand_path(start: Start, posts: Array) -> Callable[[int], Array]:
    """Return the target demand by number of step: posts of a year hold at its end, linear between."""

    def demand(number: int) -> Array:
        grown = start.demand_growth[:, None, None] ** number
        target: Array = start.posts * _between(posts, number, start.weeks) * grown
        return target

    return demand


def _between(path: Array, number: int, weeks: float) -> Array:
    """Return a path over years at the end of a step, linear between the ends of years."""
    last = len(path) - 1
    at = min(number * weeks / WEEKS_OF_YEAR, float(last))
    year = min(int(at), max(last - 1, 0))
    part = at - year
    found: Array = path[year] if last == 0 else (1 - part) * path[year] + part * path[year + 1]
    return found


def _year_of(number: int, weeks: float, years: int) -> int:
    """Return the year in which a step ends, the first one 0."""
    return min(int(round((number - 1) * weeks / WEEKS_OF_YEAR, 9)), years - 1)


def step_conditions(start: Start, influence: Influence) -> Callable[[int], Conditions]:
    """Return attraction, search, exits and entrants by number of step."""

    def times(figure: Array, factor: Array | None, number: int) -> Array:
        if factor is None:
            return figure
        return figure * factor[_year_of(number, start.weeks, len(factor))]

    def conditions(number: int) -> Conditions:
        entrants = start.entrants * _between(start.size, number, start.weeks)
        if influence.newcomers is not None:
            year = _year_of(number, start.weeks, len(influence.newcomers))
            entrants = entrants + influence.newcomers[year] * start.weeks / WEEKS_OF_YEAR
        return Conditions(
            times(start.alignment.attraction, influence.attraction, number),
            np.minimum(times(start.alignment.search, influence.search, number), 1.0),
            np.minimum(times(start.exits, influence.exits, number), 1.0),
            entrants,
        )

    return conditions


def _rates(start: Start, influence: Influence, number: int) -> Rates:
    if influence.separations is None:
        return start.rates
    factor = influence.separations[_year_of(number, start.weeks, len(influence.separations))]
    return replace(start.rates, separate=np.minimum(start.rates.separate * factor, 1.0))


def expected(
    start: Start, posts: Array, influence: Influence, *, steps: int
) -> Iterator[tuple[State, Flows | None, Array]]:
    """Yield the expected state, what happened, and people in training (m,), at first and by step.

    Parameters
    ----------
    start : Start
    posts : array (years + 1, R, O)
        Posts over those of the first year.
    influence : Influence
    steps : int
    """
    demand, conditions = demand_path(start, posts), step_conditions(start, influence)
    state, away = start.state, np.zeros(len(start.posts))
    queue = _Queue(influence.transfers, start, steps) if influence.transfers else None
    yield state, None, away
    for number in range(1, steps + 1):
        state, flows = step(
            state, demand(number), start.kernel, rates=_rates(start, influence, number),
            conditions=conditions(number),
        )  # fmt: skip
        if queue is not None:
            state, away = queue.move(state, number)
        yield state, flows, away


class _Queue:
    """People who have left a cell and have not arrived yet, by the step in which they arrive."""

    def __init__(self, transfers: Transfers, start: Start, steps: int) -> None:
        self.transfers = transfers
        self.part = start.weeks / WEEKS_OF_YEAR
        self.weeks = start.weeks
        self.due: dict[int, Array] = {}
        self.last = steps
        self.away = np.zeros(len(start.posts))
        leaves = transfers.people < 0
        self.leaves, self.arrives = np.flatnonzero(leaves), np.flatnonzero(~leaves)

    def move(self, state: State, number: int) -> tuple[State, Array]:
        """Take people out of their cells, and let those arrive who are due."""
        moved = self.transfers
        year = _year_of(number, self.weeks, moved.rate.shape[1])
        rate = moved.rate[:, year] * self.part
        idle = state.all_unemployed
        people = state.employed + idle
        taken, started = self._start(rate, people)
        # People without work go first, as far as half of them; the others leave their posts.
        free = np.minimum(taken, _MOST_TAKEN * idle)
        stay = np.divide(idle - free, idle, out=np.ones_like(idle), where=idle > 0)
        unemployed = state.unemployed * stay
        employed = state.employed - (taken - free)
        self.away = self.away + taken.sum(axis=(1, 2))
        for lag in np.unique(moved.lag[self.arrives]):
            entries = self.arrives[moved.lag[self.arrives] == lag]
            due = number + round(int(lag) * WEEKS_OF_YEAR / self.weeks)
            if due > self.last:
                continue
            came = self.due.setdefault(due, np.zeros_like(people))
            amounts = started[:, moved.unit[entries]] * moved.people[entries]
            _add(came, (moved.region[entries], moved.occupation[entries]), amounts)
        if number in self.due:
            came = self.due.pop(number)
            unemployed[0] += came
            self.away = self.away - came.sum(axis=(1, 2))
        return State(employed, unemployed, state.vacancies), self.away

    def _start(self, rate: Array, people: Array) -> tuple[Array, Array]:
        """Return people taken from each cell, and units started, (members, units)."""
        moved, at = self.transfers, self.leaves
        wanted = np.zeros(people.shape[1:])
        cells = (moved.region[at], moved.occupation[at])
        np.add.at(wanted, cells, -moved.people[at] * rate[moved.unit[at]])
        free = _MOST_TAKEN * people
        ratio = np.divide(free, wanted, out=np.full_like(people, 1.0), where=wanted > free)
        share = np.ones((len(people), len(rate)))
        # By unit, so that one full cell holds its unit back.
        np.minimum.at(share.T, moved.unit[at], ratio[:, *cells].T)
        started = share * rate
        taken = np.zeros_like(people)
        amounts = -moved.people[at] * started[:, moved.unit[at]]
        _add(taken, cells, amounts)
        return taken, started


def _add(into: Array, cells: tuple[Places, Places], amounts: Array) -> None:
    """Add amounts (members, entries) to cells of (members, R, O), which may occur several times."""
    flat = into.reshape(len(into), -1)
    np.add.at(flat.T, cells[0] * into.shape[2] + cells[1], amounts.T)


def whole_people(
    start: Start, posts: Array, influence: Influence, *, steps: int, members: int, seed: int
) -> Iterator[tuple[State, Flows | None, Array]]:
    """Yield whole people at the start and after each step, as :func:`expected` yields expected ones.

    Parameters
    ----------
    start : Start
        Of one member, whose parameters all have.
    posts, influence, steps
        As in :func:`expected`.
    members, seed : int

    Raises
    ------
    InvalidArgument
        When levers move people or change separations: this engine does neither.
    """
    if influence.transfers is not None or influence.separations is not None:
        raise InvalidArgument(
            "The engine counts does not move people by levers",
            fix="Use engine='mean' for train, retrain, relocate and evaluate",
        )
    one = State(start.state.employed[0], start.state.unemployed[:, 0], start.state.vacancies[0])
    demand = demand_path(start, posts)
    kernel = Kernel(start.kernel.regions[:, 0], start.kernel.occupations[:, 0])
    first = whole(one, members=members, seed=seed)
    course = count_course(
        first, lambda number: demand(number)[0], kernel, rates=start.rates, steps=steps, seed=seed,
        conditions=step_conditions(start, influence),
    )  # fmt: skip
    away = np.zeros(members)
    yield _state(first), None, away
    for now in course:
        opened = np.zeros_like(now.hired)
        parts = (now.hired, now.left, now.separated, opened, now.retired, now.given_up, now.entered)
        yield _state(now), Flows(*(part.astype(float) for part in parts)), away


def _state(counts: Counts) -> State:
    """Return whole people as figures, members before cells."""
    return State(
        counts.employed.astype(float),
        np.moveaxis(counts.unemployed, 1, 0).astype(float),
        counts.vacancies.astype(float),
    )
