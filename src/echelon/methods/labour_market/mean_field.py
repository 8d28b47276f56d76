"""The expected course of a labour market over regions and occupations, many variants at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, MisalignedLabels
from echelon.methods.labour_market.conditions import Conditions
from echelon.methods.labour_market.kernel import Kernel
from echelon.methods.labour_market.rates import Rates

__all__ = ["Flows", "Room", "State", "begin", "course", "mended", "over", "step", "total"]

Array = NDArray[np.float64]
_PLAIN = Conditions()


@dataclass(frozen=True, eq=False)
class State:
    """People and posts of every cell.

    Parameters
    ----------
    employed, vacancies : array, shape (..., R, O)
        Leading axes are variants: scenarios and members.
    unemployed : array, shape (spells, ..., R, O)
        By completed steps without work; the last class holds everybody who is longer.
    """

    employed: Array
    unemployed: Array
    vacancies: Array

    @property
    def all_unemployed(self) -> Array:
        """Everybody without work, shape (..., R, O)."""
        return self.unemployed.sum(axis=0)

    @property
    def long_term(self) -> Array:
        """People who have been without work for the steps that count as long, shape (..., R, O)."""
        return np.asarray(self.unemployed[-1])


@dataclass(frozen=True, eq=False)
class Flows:
    """What happened in a step, each of shape (..., R, O): at the post's cell, ``left`` at the person's.

    ``retired`` left the labour force from work, ``given_up`` without work; ``entered`` joined it.
    """

    hired: Array
    left: Array
    separated: Array
    opened: Array
    retired: Array
    given_up: Array
    entered: Array


def begin(employed: Array, rates: Rates, *, unemployed: Array | None = None,
          vacancies: Array | None = None) -> State:  # fmt: skip
    """Return the first state; unemployed and vacancies default to the rates times the employed.

    Parameters
    ----------
    employed, unemployed, vacancies : array, shape (..., R, O)
        People and posts, 0 or more; everybody starts as newly unemployed.
    rates : Rates

    Raises
    ------
    InvalidArgument
        When a figure is negative or unknown.
    """
    given = {
        "employed": employed,
        "unemployed": rates.separate * employed if unemployed is None else unemployed,
        "vacancies": rates.open * employed if vacancies is None else vacancies,
    }
    for name, figures in given.items():
        bad = np.argwhere(~np.isfinite(figures) | (figures < 0))
        if len(bad):
            place = tuple(int(i) for i in bad[0])
            raise InvalidArgument(
                f"{name} is {figures[place]}", where=f"cell {place}", fix="Give 0 or more"
            )
        if figures.shape != employed.shape:
            raise MisalignedLabels(
                f"{name} has the shape {figures.shape}, employed {employed.shape}",
                fix="Give one figure per region and occupation",
            )
    spells = np.zeros((rates.long_term_steps + 1, *employed.shape))
    spells[0] = given["unemployed"]
    return State(given["employed"].astype(float), spells, given["vacancies"].astype(float))


def step(
    state: State, demand: Array, kernel: Kernel, *, rates: Rates,
    conditions: Conditions = _PLAIN, room: Room | None = None,
) -> tuple[State, Flows]:  # fmt: skip
    """Return the state one step later and what happened, every part from the state before.

    With W = (a v) A', Z = B W and X = search u / Z, the applications per vacancy are x = a (B' X) A,
    the hires h = v (1 - exp(-x)), and those who leave unemployment X * (B ((a v p) A')) with
    p = (1 - exp(-x)) / x. Exits come last: from work those who did not lose it, without work those
    who did not find any.

    Parameters
    ----------
    state : State
    demand : array, shape (..., R, O)
        Target number of posts, filled and open.
    kernel : Kernel
    rates : Rates
    conditions : Conditions
    room : Room, optional
        Memory to write into, for a course of which the last two states are used at a time.

    References
    ----------
    del Rio-Chanona, R. M. et al. (2021). Journal of the Royal Society Interface 18(174), 20200898.
    """
    # Numba is loaded where something is simulated and not before.
    from echelon.methods.labour_market.kernels.expecting import (
        Before,
        accepted,
        applied,
        turned_over,
    )

    if room is None:
        room = Room(_cells(state, demand, kernel, rates, conditions), len(state.unemployed))
    flat, attraction = partial(_flat, room.cells), np.asarray(conditions.attraction)
    spells = _flat((len(state.unemployed), *room.cells), state.unemployed)
    before = Before(
        flat(state.employed), spells.reshape(len(state.unemployed), -1), flat(state.vacancies),
        room.idle, flat(demand), flat(conditions.search), flat(conditions.exits),
        flat(conditions.entrants), flat(rates.separate), flat(rates.open),
        flat(rates.adjust_down), flat(rates.adjust_up),
    )  # fmt: skip
    pull = np.multiply(attraction, state.vacancies, out=room.pull)
    # Applicants over what they reach: one array, changed in place.
    seekers = room.arriving(kernel, pull, into=room.seekers)
    applied(before, seekers.reshape(-1))
    queue = room.applying(kernel, seekers, into=room.queue)
    queue *= attraction
    met = np.negative(queue, out=room.met)
    np.negative(np.expm1(met, out=met), out=met)
    accepted(met.reshape(-1), queue.reshape(-1), pull.reshape(-1))
    left = room.arriving(kernel, pull, into=room.queue)
    left *= seekers
    after, without = room.next()
    into = after.reshape(9, -1), without.reshape(len(without), -1)
    turned_over(before, (met.reshape(-1), left.reshape(-1)), into)
    return State(after[0], without, after[1]), Flows(*after[2:])


class Room:
    """Arrays that the steps of one course write into, so that no step asks for memory again.

    A state and its flows hold until the second step after them.

    Parameters
    ----------
    cells : tuple of int
        Shape (..., R, O) of a step.
    spells : int
        Classes of people without work.
    """

    def __init__(self, cells: tuple[int, ...], spells: int) -> None:
        self.cells = cells
        self.pull, self.seekers, self.queue, self.met = (np.empty(cells) for _ in range(4))
        self.idle = np.empty(int(np.prod(cells)))
        self._half, self._term = np.empty(cells), np.empty(cells)
        self._ends = [(np.empty((9, *cells)), np.empty((spells, *cells))) for _ in range(2)]

    def next(self) -> tuple[Array, Array]:
        """Return the arrays for what follows, those of the step before the last."""
        self._ends.reverse()
        return self._ends[0]

    def arriving(self, kernel: Kernel, pull: Array, *, into: Array) -> Array:
        """Return what people of each cell find in reach, ``B pull A'`` summed over the terms."""
        for term, (b, a) in enumerate(zip(kernel.regions, kernel.occupations, strict=True)):
            np.matmul(pull, a.swapaxes(-1, -2), out=self._half)
            self._add(term, b, self._half, into)
        return into

    def applying(self, kernel: Kernel, seekers: Array, *, into: Array) -> Array:
        """Return who applies to posts of each cell, ``B' seekers A`` summed over the terms."""
        for term, (b, a) in enumerate(zip(kernel.regions, kernel.occupations, strict=True)):
            np.matmul(b.swapaxes(-1, -2), seekers, out=self._half)
            self._add(term, self._half, a, into)
        return into

    def _add(self, term: int, left: Array, right: Array, into: Array) -> None:
        if term == 0:
            np.matmul(left, right, out=into)
        else:
            into += np.matmul(left, right, out=self._term)


def _flat(shape: tuple[int, ...], figure: Array | float) -> Array:
    """Return a figure for every cell in a row, its own memory where it has that shape already."""
    given = np.asarray(figure, dtype=float)
    if given.shape == shape and given.flags.c_contiguous and given.flags.writeable:
        return given.reshape(-1)
    found = np.empty(shape)
    found[...] = given
    return found.reshape(-1)


def _cells(
    state: State, demand: Array, kernel: Kernel, rates: Rates, conditions: Conditions
) -> tuple[int, ...]:
    """Return the shape (..., R, O) of a step, whose parts may differ between members."""
    parts = (
        state.employed, state.vacancies, state.unemployed[0], demand, conditions.attraction,
        conditions.search, conditions.exits, conditions.entrants, rates.separate, rates.open,
        rates.adjust_down, rates.adjust_up,
    )  # fmt: skip
    members = (*kernel.regions.shape[1:-2], 1, 1), (*kernel.occupations.shape[1:-2], 1, 1)
    return np.broadcast_shapes(*(np.shape(part) for part in parts), *members)


def course(
    state: State, demand: Callable[[int], Array], kernel: Kernel, *, rates: Rates, steps: int,
    conditions: Conditions = _PLAIN,
) -> Iterator[tuple[State, Flows]]:  # fmt: skip
    """Yield the states after step 1, 2, ... with what happened in each.

    Parameters
    ----------
    state : State
        At step 0.
    demand : callable
        Number of the step that is reached to the target demand of it, shape (..., R, O).
    kernel, rates, conditions
        As in :func:`step`.
    steps : int
    """
    for number in range(1, steps + 1):
        state, flows = step(state, demand(number), kernel, rates=rates, conditions=conditions)
        yield state, flows


def over(part: Array, whole: Array) -> Array:
    """Return a ratio, 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def total(parts: Iterator[Array]) -> Array:
    """Return the sum of arrays."""
    found = next(parts)
    for part in parts:
        found = found + part
    return found


def mended(employed: Array, gap: Array, *, often: Array | float, adjust: Array | float) -> Array:
    """Return separations or openings: spontaneous ones, and a share of the gap of the others."""
    return often * employed + (1 - often) * np.minimum(employed, adjust * gap)
