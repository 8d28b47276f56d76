"""The compiled parts of the expected step: what happens in each cell by itself, in one pass."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["accepted", "applied", "turned_over"]

Array = NDArray[np.float64]


@njit(cache=True, error_model="numpy")
def applied(
    unemployed: Array, search: Array, reach: Array, idle: Array
) -> None:  # pragma: no cover
    """Turn what people find in reach into those who apply over it, in place; 0 where there is none.

    ``idle`` receives everybody without work.
    """
    idle[:] = unemployed[0]
    for spell in range(1, len(unemployed)):
        _add(unemployed[spell], idle)
    for cell in range(len(reach)):
        found = reach[cell]
        reach[cell] = search[cell] * idle[cell] / found if found > 0.0 else 0.0


@njit(cache=True, error_model="numpy")
def accepted(met: Array, queue: Array, pull: Array) -> None:  # pragma: no cover
    """Multiply the pull of vacancies by the chance of an application there, in place."""
    for cell in range(len(queue)):
        pull[cell] *= met[cell] / queue[cell] if queue[cell] > 0.0 else 1.0


@njit(cache=True, error_model="numpy")
def turned_over(
    before: tuple[Array, Array, Array, Array], met: Array, left: Array, demand: Array,
    rates: tuple[Array, Array, Array, Array], exits: Array, entrants: Array, after: Array,
    unemployed: Array,
) -> None:  # fmt: skip # pragma: no cover
    """Write the state one step later and what happened.

    One loop for each figure: a loop that writes one array runs on many cells at once.

    Parameters
    ----------
    before : tuple of employed, idle, vacancies (cells,), unemployed (spells, cells)
    met, left, demand, exits, entrants : (cells,)
        Share of vacancies that are filled, people who find work, and conditions.
    rates : tuple of four (cells,)
        Separation, opening, adjustment down and up.
    after : (9, cells)
        Employed, vacancies, then hired, left, separated, opened, retired, given up, entered.
    unemployed : (spells, cells)
    """
    employed, idle, vacancies, spells = before
    hired, separated, opened, retired, given_up = after[2], after[4], after[5], after[6], after[7]
    # The gap, and the share who stay without work, stand where other figures are written later.
    gap, stay, last = after[0], unemployed[0], len(spells) - 1
    for cell in range(len(met)):
        gap[cell] = employed[cell] + vacancies[cell] - demand[cell]
    _mend(employed, gap, rates[0], rates[2], separated)
    for cell in range(len(met)):
        gap[cell] = -gap[cell]
    _mend(employed, gap, rates[1], rates[3], opened)
    for cell in range(len(met)):
        hired[cell] = vacancies[cell] * met[cell]
    for cell in range(len(met)):
        retired[cell] = min(exits[cell] * employed[cell], employed[cell] - separated[cell])
    for cell in range(len(met)):
        given_up[cell] = exits[cell] * (idle[cell] - left[cell])
    for cell in range(len(met)):
        kept = idle[cell] - left[cell] - given_up[cell]
        stay[cell] = kept / idle[cell] if idle[cell] > 0.0 else 0.0
    for spell in range(last, 0, -1):
        np.multiply(spells[spell - 1], stay, unemployed[spell])
    _add(spells[last] * stay, unemployed[last])
    for cell in range(len(met)):
        stay[cell] = separated[cell] + entrants[cell]
    for cell in range(len(met)):
        after[0, cell] = employed[cell] + hired[cell] - separated[cell] - retired[cell]
    for cell in range(len(met)):
        after[1, cell] = vacancies[cell] + opened[cell] - hired[cell]
    after[3], after[8] = left, entrants


@njit(cache=True)
def _add(more: Array, into: Array) -> None:  # pragma: no cover
    for cell in range(len(into)):
        into[cell] += more[cell]


@njit(cache=True)
def _mend(
    employed: Array, gap: Array, often: Array, adjust: Array, found: Array
) -> None:  # pragma: no cover
    """Write separations or openings: spontaneous ones, and a share of the gap of the others."""
    for cell in range(len(found)):
        mended = min(employed[cell], adjust[cell] * max(gap[cell], 0.0))
        found[cell] = often[cell] * employed[cell] + (1 - often[cell]) * mended
