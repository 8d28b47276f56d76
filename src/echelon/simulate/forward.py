"""The market step by step under a path of demand and the influence of policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market import (
    Conditions,
    Flows,
    Kernel,
    Rates,
    State,
    class_step,
    step,
)
from echelon.methods.labour_market.agents import Traits, agent_course
from echelon.methods.labour_market.counts import Counts, count_course, whole
from echelon.methods.labour_market.mean_field import Room
from echelon.simulate.applicants import class_path
from echelon.simulate.influence import NOTHING, Influence
from echelon.simulate.start import WEEKS_OF_YEAR, Start, year_of
from echelon.simulate.underway import Queues, WholeQueue

__all__ = [
    "Moment", "demand_path", "each_person", "expected", "moment", "step_conditions", "steps_of",
    "whole_people",
]  # fmt: skip

Array = NDArray[np.float64]
# State, flows, people in training (m,), and people at work and without work by class, (2, classes, m, R).
Moment = tuple[State, Flows | None, Array, Array | None]


def steps_of(years: int, weeks: float) -> int:
    """Return the number of steps that some years take, the last one begun included."""
    return int(np.ceil(round(years * WEEKS_OF_YEAR / weeks, 9)))


def demand_path(
    start: Start, posts: Array, influence: Influence = NOTHING
) -> Callable[[int], Array]:
    """Return the target demand by number of step: posts of a year hold at its end, linear between.

    Posts that levers need are added from the first step of their year on.
    """

    def demand(number: int) -> Array:
        target: Array = start.posts * _between(posts, number, start.weeks)
        target *= start.demand_growth[:, None, None] ** number
        if influence.posts is not None:
            target = target + influence.posts[year_of(number, start.weeks, len(influence.posts))]
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


def step_conditions(start: Start, influence: Influence) -> Callable[[int], Conditions]:
    """Return attraction, search, exits and entrants by number of step."""

    def times(figure: Array, factor: Array | None, year: int) -> Array:
        return figure if factor is None else figure * factor[min(year, len(factor) - 1)]

    @lru_cache(maxsize=1)
    def of_year(year: int) -> tuple[Array, Array, Array]:
        search = times(start.alignment.search, influence.search, year)
        if start.share is not None:
            # Help with search is for people without work, who come first.
            idle = len(start.share)
            search = np.concatenate([search[:idle], start.alignment.search[idle:]])
        return (
            times(start.alignment.attraction, influence.attraction, year),
            np.minimum(search, 1.0),
            np.minimum(times(start.exits, influence.exits, year), 1.0),
        )

    def conditions(number: int) -> Conditions:
        entrants = start.entrants * _between(start.size, number, start.weeks)
        year = year_of(number, start.weeks, len(start.size))
        if influence.newcomers is not None:
            coming = influence.newcomers[min(year, len(influence.newcomers) - 1)]
            more = coming * start.weeks / WEEKS_OF_YEAR
            entrants = entrants + (more if start.share is None else start.share[:, None] * more)
        return Conditions(*of_year(year), entrants)

    return conditions


def _rates(start: Start, influence: Influence, number: int) -> Rates:
    if influence.separations is None:
        return start.rates
    factor = influence.separations[year_of(number, start.weeks, len(influence.separations))]
    return replace(start.rates, separate=np.minimum(start.rates.separate * factor, 1.0))


def expected(start: Start, posts: Array, influence: Influence, *, steps: int) -> Iterator[Moment]:
    """Yield the expected state, what happened, and people in training, at first and by step.

    Parameters
    ----------
    start : Start
    posts : array (years + 1, R, O)
        Posts over those of the first year.
    influence : Influence
    steps : int
    """
    demand, conditions = demand_path(start, posts, influence), step_conditions(start, influence)
    state, away = start.state, np.zeros(len(start.posts))
    queue = Queues(influence.transfers, start, steps) if influence.transfers else None
    room = None if start.share is not None else Room(start.posts.shape, len(state.unemployed))
    yield moment(state, None, away=away, start=start)
    for number in range(1, steps + 1):
        rates, now = _rates(start, influence, number), conditions(number)
        if start.share is None:
            state, flows = step(
                state, demand(number), start.kernel, rates=rates, conditions=now, room=room
            )
        else:
            state, flows = class_step(
                state, demand(number), start.kernel, rates=rates, conditions=now,
                classes=class_path(start, influence, number),
            )  # fmt: skip
        if queue is not None:
            state, away = queue.move(state, number)
        yield moment(state, flows, away=away, start=start)


def whole_people(
    start: Start, posts: Array, influence: Influence, *, steps: int, members: int, seed: int
) -> Iterator[Moment]:
    """Yield whole people at the start and after each step, as :func:`expected` yields expected ones.

    Parameters
    ----------
    start : Start
        Of one member, whose parameters all have.
    posts, influence, steps
        As in :func:`expected`.
    members, seed : int
    """
    grouped = start.share is not None
    first, kernel = _first(start, members, seed), _kernel(start)
    demand = demand_path(start, posts, influence)
    queue = None
    if influence.transfers is not None:
        queue = WholeQueue(
            influence.transfers, members=members, weeks=start.weeks, steps=steps, seed=seed
        )
    course = count_course(
        first, lambda number: demand(number)[0], kernel, steps=steps, seed=seed,
        rates=lambda number: _rates(start, influence, number),
        conditions=step_conditions(start, influence), moved=None if queue is None else queue.move,
        classes=(lambda number: class_path(start, influence, number)) if grouped else None,
    )  # fmt: skip
    yield from _moments(first, course, start, queue)


def each_person(
    start: Start, posts: Array, influence: Influence, *, steps: int, members: int, seed: int,
    holders: Array | float, fading: float,
) -> Iterator[Moment]:  # fmt: skip
    """Yield whole people, every person with a degree, an ability and a spell that count.

    Parameters
    ----------
    start, posts, influence, steps, members, seed
        As in :func:`whole_people`, without classes.
    holders : float or array (R, O)
        Share of people with a degree.
    fading : float
        Share by which a person is less likely to be chosen for every step without work.

    Raises
    ------
    InvalidArgument
        When levers move people or open posts to people without a degree, or people are too many.
    """
    if influence.transfers is not None or influence.separations is not None:
        raise InvalidArgument(
            "The engine agents does not move people by levers",
            fix="Use engine='counts' for whole people, or 'mean', for train, retrain and relocate",
        )
    if influence.screens is not None:
        raise InvalidArgument(
            "The engine agents has no posts that demand a degree",
            fix="Use engine='mean' or 'counts' for the lever screen",
        )

    def traits(number: int) -> Traits:
        if influence.weights is None:
            return Traits(holders, fading=fading)
        now = influence.weights[year_of(number, start.weeks, len(influence.weights))]
        others, better, degree, _ = now
        return Traits(holders, 0.0, degree / others, better / others, fading)

    first, demand = _first(start, members, seed), demand_path(start, posts, influence)
    course = agent_course(
        first, lambda number: demand(number)[0], _kernel(start), rates=start.rates, steps=steps,
        seed=seed, conditions=step_conditions(start, influence), traits=traits,
    )  # fmt: skip
    yield from _moments(first, course, start)


def _first(start: Start, members: int, seed: int) -> Counts:
    """Return the whole people of a start of one member."""
    grouped, state = start.share is not None, start.state
    spells = state.unemployed[:, :, 0] if grouped else state.unemployed[:, 0]
    one = State(_alone(state.employed), spells, _alone(state.vacancies))
    return whole(one, members=members, seed=seed, classes=grouped)


def _kernel(start: Start) -> Kernel:
    return Kernel(start.kernel.regions[:, 0], start.kernel.occupations[:, 0])


def _moments(
    first: Counts, course: Iterator[Counts], start: Start, queue: WholeQueue | None = None
) -> Iterator[Moment]:
    """Yield what is kept of whole people at first and after each step."""
    grouped, away = start.share is not None, np.zeros(len(first.employed))
    yield moment(_state(first, grouped), None, away=away, start=start)
    for now in course:
        opened = np.zeros_like(now.hired)
        parts = (now.hired, now.left, now.separated, opened, now.retired, now.given_up, now.entered)
        happened = Flows(*(_ahead(part, grouped) for part in parts))
        away = away if queue is None else queue.away.astype(float)
        yield moment(_state(now, grouped), happened, away=away, start=start)


def _alone(figures: Array) -> Array:
    """Return the figures of the only member, classes or kinds kept."""
    return figures[..., 0, :, :]


def _ahead(part: NDArray[np.int64], grouped: bool) -> Array:
    """Return figures with classes before members."""
    return np.asarray(np.moveaxis(part, 1, 0) if grouped else part, dtype=float)


def _state(counts: Counts, grouped: bool) -> State:
    """Return whole people as figures, spells and classes before members."""
    spells = np.moveaxis(counts.unemployed, 2 if grouped else 1, 0)
    return State(
        _ahead(counts.employed, grouped),
        np.asarray(np.moveaxis(spells, 2, 1) if grouped else spells, dtype=float),
        _ahead(counts.vacancies, grouped),
    )


def moment(state: State, flows: Flows | None, *, away: Array, start: Start) -> Moment:
    """Return what is kept of a step: sums over the classes, and people by class.

    Parameters
    ----------
    state, flows, away, start
        As the engines give them.
    """
    if start.share is None:
        return state, flows, away, None
    groups = np.stack([state.employed.sum(axis=3), state.all_unemployed.sum(axis=3)])
    added = State(
        state.employed.sum(axis=0), state.unemployed.sum(axis=1), state.vacancies.sum(axis=0)
    )
    if flows is None:
        return added, None, away, groups
    size = len(start.share)
    moved = flows.left[size:].sum(axis=0)
    parts = (
        flows.hired.sum(axis=0), flows.left[:size].sum(axis=0), flows.separated.sum(axis=0) + moved,
        flows.opened.sum(axis=0), flows.retired.sum(axis=0), flows.given_up.sum(axis=0),
        flows.entered.sum(axis=0),
    )  # fmt: skip
    return added, Flows(*parts), away, groups
