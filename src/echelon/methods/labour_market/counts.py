"""A labour market in whole people: exact in distribution with one object per person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market.classes import ALIKE, Classes
from echelon.methods.labour_market.conditions import Conditions
from echelon.methods.labour_market.kernel import Kernel
from echelon.methods.labour_market.mean_field import State
from echelon.methods.labour_market.rates import Rates

if TYPE_CHECKING:
    from echelon.methods.labour_market.kernels.columns import People

__all__ = ["Counts", "count_course", "edges_of", "whole"]

Whole = NDArray[np.int64]
_PLAIN = Conditions()


@dataclass(frozen=True, eq=False)
class Counts:
    """Whole people and posts of every member of an ensemble, and what the last step did.

    With classes of people every part has their axis after that of the members, vacancies that of the
    kinds of posts, and hires and leavers that of the applicants.

    Parameters
    ----------
    employed, vacancies, hired, left, separated, retired, given_up, entered : array, (members, R, O)
        Hires by the cell of the post, ``left`` by the cell that those who were hired come from;
        retired and given_up left the labour force from work and without work, entered joined it.
    unemployed : array, shape (members, spells, R, O)
    """

    employed: Whole
    unemployed: Whole
    vacancies: Whole
    hired: Whole
    left: Whole
    separated: Whole
    retired: Whole
    given_up: Whole
    entered: Whole


def whole(state: State, *, members: int, seed: int, classes: bool = False) -> Counts:
    """Return an expected state as whole people, rounded at random with the right mean.

    Parameters
    ----------
    state : State
        Of shape (R, O), with classes (classes, R, O).
    members : int
        Every member starts with the same people.
    seed : int
    classes : bool
        Whether the state has classes of people.

    Raises
    ------
    InvalidArgument
        When there is no member.
    """
    if members < 1:
        raise InvalidArgument(f"members = {members}", fix="Ask for at least one member")
    generator = np.random.default_rng(np.random.SeedSequence([seed, 1]))

    def rounded(figures: NDArray[np.float64]) -> Whole:
        down = np.floor(figures)
        up = generator.random(figures.shape) < figures - down
        return np.repeat((down + up).astype(np.int64)[None], members, axis=0)

    employed = rounded(state.employed)
    nothing = [np.zeros_like(employed) for _ in range(6)]
    by_spell = np.moveaxis(state.unemployed, 1, 0) if classes else state.unemployed
    return Counts(employed, rounded(by_spell), rounded(state.vacancies), *nothing)


def count_course(
    counts: Counts, demand: Callable[[int], NDArray[np.float64]], kernel: Kernel, *,
    rates: Rates | Callable[[int], Rates], steps: int, seed: int,
    conditions: Conditions | Callable[[int], Conditions] = _PLAIN,
    classes: Callable[[int], Classes] | None = None,
    moved: Callable[[int, Whole, Whole], None] | None = None,
) -> Iterator[Counts]:  # fmt: skip
    """Yield the whole people after step 1, 2, ...; every member has random numbers of its own.

    A person of (r, o) picks a region and an occupation by the kernel, and a vacancy there at random
    among those that take the person's class; every vacancy with an applicant is filled, and the hires
    of a cell are drawn from its applicants one after the other, by the weights of their classes. Only
    counts are drawn: people of a cell and class are exchangeable, so the distribution is that of one
    object per person.

    Parameters
    ----------
    counts : Counts
        At step 0; it is not changed.
    demand : callable
        Number of the step that is reached to the target demand of it, shape (R, O) or
        (members, R, O).
    kernel : Kernel
    rates : Rates, or callable from the number of a step to them
    steps, seed : int
        The same seed gives the same people on any number of threads, and in two scenarios the same
        draws wherever their cells agree.
    conditions : Conditions, or callable from the number of a step to them
        With classes as :func:`~.classes.class_step` takes them.
    classes : callable, optional
        Number of a step to the classes of people; one class without it.
    moved : callable, optional
        Takes people out of cells and puts them into others after a step, in place, from its number,
        the people at work (members, classes, R, O) and those without (members, classes, spells, R, O).
    """
    from echelon.methods.labour_market.kernels.columns import Course, Moves, People
    from echelon.methods.labour_market.kernels.counting import count_step

    # Copies, for a view or an array that is read-only would be compiled for once more.
    moves = Moves(np.array(kernel.regions, order="C"), *edges_of(kernel))
    people = _people(counts, People, None if classes is None else classes(1))
    cells = people.employed.shape[2:]
    for number in range(1, steps + 1):
        now = conditions(number) if callable(conditions) else conditions
        pace = rates(number) if callable(rates) else rates
        groups = ALIKE if classes is None else classes(number)
        one = classes is None
        course = Course(
            demand=_by_member(demand(number), cells),
            attraction=_by_class(now.attraction, groups.applicants, cells, one),
            search=_by_class(now.search, groups.applicants, cells, one),
            weight=_by_class(groups.weight, groups.applicants, cells, False),
            exits=_by_class(now.exits, len(groups.accepts), cells, one),
            entrants=_by_class(now.entrants, len(groups.accepts), cells, one),
            kinds=_by_class(groups.kinds, groups.accepts.shape[1], cells, False),
            accepts=np.array(groups.accepts, order="C"),
            rates=np.stack(
                [
                    _by_member(rate, cells)
                    for rate in np.broadcast_arrays(
                        pace.separate, pace.open, pace.adjust_down, pace.adjust_up
                    )
                ],
                axis=1,
            ),
            keys=_keys(seed, number, len(people.employed)),
        )
        count_step(people, moves, course)
        if moved is not None:
            moved(number, people.employed, people.unemployed)
        yield _counts(people, one)


def _people(counts: Counts, kind: type[People], classes: Classes | None) -> People:
    """Return counts as the kernel takes them, with one class where there are none."""
    one = classes is None

    def grouped(part: Whole) -> Whole:
        return np.array(part[:, None] if one else part, order="C")

    employed = grouped(counts.employed)
    applicants = 1 if classes is None else classes.applicants
    shape = (len(employed), applicants, *employed.shape[2:])
    nothing = [np.zeros_like(employed) for _ in range(6)]
    return kind(
        employed, grouped(counts.unemployed), grouped(counts.vacancies),
        np.zeros(shape, dtype=np.int64), *nothing,
    )  # fmt: skip


def _counts(people: People, one: bool) -> Counts:
    """Return copies of what the kernel left, without the class axis where there are no classes."""
    left = people.left
    if people.hired.shape[1] > left.shape[1]:
        left = np.concatenate([left, people.moved], axis=1)
    parts = (
        people.employed, people.unemployed, people.vacancies, people.hired, left,
        people.separated, people.retired, people.given_up, people.entered,
    )  # fmt: skip
    return Counts(*((part[:, 0] if one else part).copy() for part in parts))


def _keys(seed: int, step: int, members: int) -> NDArray[np.uint64]:
    """Return one key per member; a member's does not depend on how many there are."""
    return np.array(
        [
            np.random.SeedSequence([seed, member, step]).generate_state(1, np.uint64)[0]
            for member in range(members)
        ]
    )


def _by_member(figures: NDArray[np.float64] | float, cells: tuple[int, ...]) -> NDArray[np.float64]:
    """Return figures of shape (members or 1, R, O)."""
    figures = np.asarray(figures, dtype=float)
    wanted = (len(figures) if figures.ndim == 3 else 1, *cells)
    return np.array(np.broadcast_to(figures, wanted), dtype=float, order="C")


def _by_class(
    figures: NDArray[np.float64] | float, size: int, cells: tuple[int, ...], one: bool
) -> NDArray[np.float64]:
    """Return figures of shape (members or 1, classes, R, O), from classes before members."""
    figures = np.asarray(figures, dtype=float)
    if one:
        return _by_member(figures, cells)[:, None]
    members = figures.shape[1] if figures.ndim == 4 else 1
    if figures.ndim == 3:
        figures = figures[:, None]
    found = np.broadcast_to(figures, (size, members, *cells))
    return np.array(np.moveaxis(found, 1, 0), order="C")


def edges_of(kernel: Kernel) -> tuple[Whole, Whole, NDArray[np.float64]]:
    """Return the moves between occupations that are possible, term by term and origin by origin."""
    starts, columns, values = [], [], []
    offset = 0
    for matrix in kernel.occupations:
        counted = np.concatenate([[0], np.cumsum((matrix > 0).sum(axis=1))])
        starts.append(offset + counted)
        offset += int(counted[-1])
        _, column = np.nonzero(matrix)
        columns.append(column)
        values.append(matrix[matrix > 0])
    return np.stack(starts), np.concatenate(columns), np.concatenate(values)
