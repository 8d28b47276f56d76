"""Many members side by side: what is kept of each, by year and by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market.balance import Alignment
from echelon.simulate.applicants import DEGREE, Applicants, with_classes
from echelon.simulate.forward import Moment, each_person, expected, steps_of, whole_people
from echelon.simulate.influence import NOTHING, Influence, together
from echelon.simulate.market import Market
from echelon.simulate.start import WEEKS_OF_YEAR, Start, make_start

__all__ = ["CELL_FIGURES", "STEP_FIGURES", "Engine", "Ensemble", "simulated"]

Array = NDArray[np.float64]
Engine = Literal["mean", "counts", "agents"]
CELL_FIGURES = ("employed", "unemployed", "vacancies", "entered", "left")
STEP_FIGURES = (
    "employed", "unemployed", "vacancies", "entered", "left", "long_term", "joined", "retired",
)  # fmt: skip
# Cells of a block of members, so that what a step touches stays in the processor's cache.
_BLOCK = 16_384


@dataclass(frozen=True, eq=False)
class Ensemble:
    """What is kept of the members of a simulation.

    Parameters
    ----------
    cells : array of float32 (figures, years + 1, members, R, O)
        :data:`CELL_FIGURES` at the end of each year; entered and left are sums of the year.
    steps : array (figures, steps + 1, members, R)
        :data:`STEP_FIGURES` of every region after each step; flows are those of the step.
    away : array (steps + 1, members)
        People in training.
    weeks : float
    start : Start
        Of the central member.
    parameters : mapping of str to array (members,)
    groups : array (2, classes, steps + 1, members, R), optional
        People at work and without work of every class of applicants.
    """

    cells: NDArray[np.float32] = field(repr=False)
    steps: Array = field(repr=False)
    away: Array = field(repr=False)
    weeks: float
    start: Start = field(repr=False)
    parameters: Mapping[str, Array] = field(repr=False)
    groups: Array | None = field(default=None, repr=False)


def simulated(
    market: Market, drawn: Mapping[str, Array], *, posts: Array, weeks: float, engine: Engine,
    seed: int, influence: Sequence[Influence] = (NOTHING,), changed: Market | None = None,
    applicants: Applicants | None = None,
) -> Ensemble:  # fmt: skip
    """Simulate every member of an ensemble.

    Parameters
    ----------
    market : Market
        Where all start.
    drawn : mapping of str to array (members,)
        Parameters; the engines of whole people use those of the first member for all.
    posts : array (years + 1, R, O)
        Posts over those of the first year; a scenario's may differ from the market's.
    weeks : float
        Length of a step.
    engine : {"mean", "counts", "agents"}
    seed : int
    influence : sequence of Influence
        One for all members, or one for each; whole people have the first.
    changed : Market, optional
        A scenario's market: its people, moves, exits and newcomers take the place of the market's,
        the alignment and the rates stay.
    applicants : Applicants, optional
        Classes of people; one class without them.
    """
    years = len(posts) - 1
    members = len(next(iter(drawn.values())))
    steps = steps_of(years, weeks)
    size = (len(market.regions), len(market.occupations))
    cells = np.zeros((len(CELL_FIGURES), years + 1, members, *size), dtype=np.float32)
    totals = np.zeros((len(STEP_FIGURES), steps + 1, members, size[0]))
    away = np.zeros((steps + 1, members))
    first_drawn = {name: values[:1] for name, values in drawn.items()}
    plain = _changed(make_start(market, first_drawn, weeks=weeks), changed, first_drawn)
    like: Alignment = plain.alignment
    central = plain if engine == "agents" else _grouped(plain, applicants, first_drawn)
    groups = None
    if central.share is not None:
        groups = np.zeros((2, len(central.share), steps + 1, members, size[0]))
    for first, last in _blocks(members, engine, size[0] * size[1]):
        here = slice(first, last)
        if engine == "agents":
            course = each_person(
                plain, posts, influence[0], steps=steps, members=last - first, seed=seed,
                holders=0.0 if applicants is None else applicants.share[DEGREE].sum(axis=0),
                fading=float(drawn["fading_of_spells"][0]),
            )  # fmt: skip
        elif engine == "counts":
            start = central
            course = whole_people(
                start, posts, influence[0], steps=steps, members=last - first, seed=seed
            )
        else:
            part = {name: values[here] for name, values in drawn.items()}
            start = _changed(make_start(market, part, weeks=weeks, like=like), changed, part)
            own = together(influence if len(influence) == 1 else influence[here])
            course = expected(_grouped(start, applicants, part), posts, own, steps=steps)
        into = (cells[:, :, here], totals[:, :, here], away[:, here])
        _record(course, weeks, into, None if groups is None else groups[:, :, :, here])
    if not np.isfinite(totals).all():
        raise InvalidArgument(
            "The simulation left the range of numbers", fix="Take a shorter step, weeks"
        )
    return Ensemble(cells, totals, away, weeks, plain, drawn, groups)


def _grouped(start: Start, applicants: Applicants | None, drawn: Mapping[str, Array]) -> Start:
    """Return a start with classes of people, where there are any or people at work apply."""
    monthly = np.asarray(drawn["moves_between_posts"])
    if applicants is None and not monthly.any():
        return start
    moving = 1 - (1 - monthly) ** (12 * start.weeks / WEEKS_OF_YEAR)
    return with_classes(start, applicants, moving=moving)


def _changed(start: Start, market: Market | None, drawn: Mapping[str, Array]) -> Start:
    """Return a start with what a scenario changes besides demand and levers."""
    if market is None:
        return start
    new = make_start(market, drawn, weeks=start.weeks, like=start.alignment)
    return replace(
        start, state=new.state, kernel=new.kernel, exits=new.exits, entrants=new.entrants
    )


def _blocks(members: int, engine: Engine, cells: int) -> Iterator[tuple[int, int]]:
    """Yield blocks of members small enough for the processor's cache; whole people take all at once."""
    block = max(1, _BLOCK // cells) if engine == "mean" else members
    for first in range(0, members, block):
        yield first, min(first + block, members)


def _record(
    course: Iterator[Moment], weeks: float, into: tuple[NDArray[np.float32], Array, Array],
    groups: Array | None,
) -> None:  # fmt: skip
    """Keep totals of every step and the cells at the end of every year, interpolated."""
    cells, totals, away = into
    begin, _, _, people = next(course)
    if groups is not None:
        groups[:, :, 0] = people
    before = [begin.employed, begin.all_unemployed, begin.vacancies]
    for figure, values in enumerate(before):
        cells[figure, 0] = values
        totals[figure, 0] = values.sum(axis=2)
    totals[5, 0] = begin.long_term.sum(axis=2)
    entered, left = np.zeros_like(cells[0, 0], dtype=float), np.zeros_like(cells[0, 0], dtype=float)
    year = 1
    for number, (state, flows, training, people) in enumerate(course, start=1):
        assert flows is not None
        if groups is not None:
            groups[:, :, number] = people
        now = [state.employed, state.all_unemployed, state.vacancies]
        out = flows.separated + flows.retired
        away[number] = training
        rows = (
            *now,
            flows.hired,
            out,
            state.long_term,
            flows.entered,
            flows.retired + flows.given_up,
        )
        for figure, values in enumerate(rows):
            np.sum(values, axis=2, out=totals[figure, number])
        end = year * WEEKS_OF_YEAR / weeks
        if year < cells.shape[1] and number >= end - 1e-9:
            part = min(1.0, end - (number - 1))
            for figure, (old, new) in enumerate(zip(before, now, strict=True)):
                cells[figure, year] = (1 - part) * old + part * new
            cells[3, year] = entered + part * flows.hired
            cells[4, year] = left + part * out
            entered, left = (1 - part) * flows.hired, (1 - part) * out
            year += 1
        else:
            entered += flows.hired
            left += out
        before = now
