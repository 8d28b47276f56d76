"""A labour market in whole people: exact in distribution with one object per person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market.conditions import Conditions
from echelon.methods.labour_market.kernel import Kernel
from echelon.methods.labour_market.mean_field import State
from echelon.methods.labour_market.rates import Rates

__all__ = ["Counts", "count_course", "whole"]

Whole = NDArray[np.int64]
_PLAIN = Conditions()


@dataclass(frozen=True, eq=False)
class Counts:
    """Whole people and posts of every member of an ensemble, and what the last step did.

    Parameters
    ----------
    employed, vacancies, hired, left, separated, retired, given_up, entered : array, (members, R, O)
        Hires by the cell of the post, leavers from unemployment by the cell of the person; retired
        and given_up left the labour force from work and without work, entered joined it.
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


def whole(state: State, *, members: int, seed: int) -> Counts:
    """Return an expected state as whole people, rounded at random with the right mean.

    Parameters
    ----------
    state : State
        Of shape (R, O).
    members : int
        Every member starts with the same people.
    seed : int

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
    return Counts(employed, rounded(state.unemployed), rounded(state.vacancies), *nothing)


def count_course(
    counts: Counts, demand: Callable[[int], NDArray[np.float64]], kernel: Kernel, *,
    rates: Rates, steps: int, seed: int,
    conditions: Conditions | Callable[[int], Conditions] = _PLAIN,
) -> Iterator[Counts]:  # fmt: skip
    """Yield the whole people after step 1, 2, ...; every member has random numbers of its own.

    A person of (r, o) picks a region and an occupation by the kernel, and a vacancy there at random;
    every vacancy takes one of its applicants at random. Only counts are drawn: people of a cell are
    exchangeable, so the distribution is that of one object per person.

    Parameters
    ----------
    counts : Counts
        At step 0; it is not changed.
    demand : callable
        Number of the step that is reached to the target demand of it, shape (R, O) or
        (members, R, O).
    kernel : Kernel
    rates : Rates
    steps, seed : int
        The same seed gives the same people on any number of threads, and in two scenarios the same
        draws wherever their cells agree.
    conditions : Conditions, or callable from the number of a step to them
    """
    from echelon.methods.labour_market.kernels.counting import Course, Moves, People, count_step

    moves = Moves(kernel.regions, *_edges(kernel))
    shape = counts.employed.shape
    four = (rates.separate, rates.open, rates.adjust_down, rates.adjust_up)
    pace = np.stack([_by_member(rate, shape) for rate in four], axis=1)
    people = People(
        counts.employed.copy(),
        counts.unemployed.copy(),
        counts.vacancies.copy(),
        *(np.zeros_like(counts.employed) for _ in range(6)),
    )
    for number in range(1, steps + 1):
        now = conditions(number) if callable(conditions) else conditions
        course = Course(
            demand=_by_member(demand(number), shape),
            attraction=_by_member(now.attraction, shape),
            search=_by_member(now.search, shape),
            exits=_by_member(now.exits, shape),
            entrants=_by_member(now.entrants, shape),
            rates=pace,
            keys=_keys(seed, number, shape[0]),
        )
        count_step(people, moves, course)
        yield Counts(*(part.copy() for part in people))


def _keys(seed: int, step: int, members: int) -> NDArray[np.uint64]:
    """Return one key per member; a member's does not depend on how many there are."""
    return np.array(
        [
            np.random.SeedSequence([seed, member, step]).generate_state(1, np.uint64)[0]
            for member in range(members)
        ]
    )


def _by_member(figures: NDArray[np.float64] | float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return figures of shape (members or 1, R, O)."""
    figures = np.asarray(figures, dtype=float)
    wanted = (len(figures) if figures.ndim == 3 else 1, *shape[1:])
    return np.array(np.broadcast_to(figures, wanted), dtype=float, order="C")


def _edges(kernel: Kernel) -> tuple[Whole, Whole, NDArray[np.float64]]:
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
