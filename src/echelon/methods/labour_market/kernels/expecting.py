"""The compiled parts of the expected step: what happens in each cell by itself, in one pass."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["accepted", "applied", "turned_over"]

Array = NDArray[np.float64]


@njit(cache=True, error_model="numpy")
def applied(unemployed: Array, search: Array, reach: Array) -> None:  # pragma: no cover
    """Turn what people find in reach into those who apply over it, in place; 0 where there is none."""
    for cell in range(len(reach)):
        idle = 0.0
        for spell in range(len(unemployed)):
            idle += unemployed[spell, cell]
        found = reach[cell]
        reach[cell] = search[cell] * idle / found if found > 0.0 else 0.0


@njit(cache=True, error_model="numpy")
def accepted(met: Array, queue: Array, pull: Array) -> None:  # pragma: no cover
    """Multiply the pull of vacancies by the chance of an application there, in place."""
    for cell in range(len(queue)):
        pull[cell] *= met[cell] / queue[cell] if queue[cell] > 0.0 else 1.0


@njit(cache=True, error_model="numpy")
def turned_over(
    before: tuple[Array, Array, Array], met: Array, left: Array, demand: Array,
    rates: tuple[Array, Array, Array, Array], exits: Array, entrants: Array, after: Array,
    unemployed: Array,
) -> None:  # fmt: skip # pragma: no cover
    """Write the state one step later and what happened.

    Parameters
    ----------
    before : tuple of employed (cells,), unemployed (spells, cells), vacancies (cells,)
    met, left, demand, exits, entrants : (cells,)
        Share of vacancies that are filled, people who find work, and conditions.
    rates : tuple of four (cells,)
        Separation, opening, adjustment down and up.
    after : (9, cells)
        Employed, vacancies, then hired, left, separated, opened, retired, given up, entered.
    unemployed : (spells, cells)
    """
    last = len(unemployed) - 1
    for cell in range(len(met)):
        employed, vacancies = before[0][cell], before[2][cell]
        idle = 0.0
        for spell in range(last + 1):
            idle += before[1][spell, cell]
        gap = employed + vacancies - demand[cell]
        often, more = rates[0][cell], rates[1][cell]
        closed = min(employed, rates[2][cell] * max(gap, 0.0))
        made = min(employed, rates[3][cell] * max(-gap, 0.0))
        separated = often * employed + (1 - often) * closed
        opened = more * employed + (1 - more) * made
        hired, gone = vacancies * met[cell], left[cell]
        retired = min(exits[cell] * employed, employed - separated)
        given_up = exits[cell] * (idle - gone)
        stay = (idle - gone - given_up) / idle if idle > 0.0 else 0.0
        oldest = before[1][last, cell] * stay
        for spell in range(last, 0, -1):
            unemployed[spell, cell] = before[1][spell - 1, cell] * stay
        unemployed[0, cell] = separated + entrants[cell]
        unemployed[last, cell] += oldest
        after[0, cell] = employed + hired - separated - retired
        after[1, cell] = vacancies + opened - hired
        after[2, cell], after[3, cell], after[4, cell] = hired, gone, separated
        after[5, cell], after[6, cell], after[7, cell] = opened, retired, given_up
        after[8, cell] = entrants[cell]
