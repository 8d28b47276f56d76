"""The compiled parts of the expected step: what happens in each cell by itself, in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Before", "accepted", "applied", "turned_over"]

Array = NDArray[np.float64]


class Before(NamedTuple):
    """The state before a step and what drives it, each of shape (cells,), unemployed (spells, cells).

    ``idle`` is everybody without work; :func:`applied` fills it.
    """

    employed: Array
    unemployed: Array
    vacancies: Array
    idle: Array
    demand: Array
    search: Array
    exits: Array
    entrants: Array
    separate: Array
    open: Array
    adjust_down: Array
    adjust_up: Array


@njit(cache=True, error_model="numpy")
def applied(before: Before, reach: Array) -> None:  # pragma: no cover
    """Turn what people find in reach into those who apply over it, in place; 0 where there is none."""
    idle, search = before.idle, before.search
    idle[:] = before.unemployed[0]
    for spell in range(1, len(before.unemployed)):
        _add(before.unemployed[spell], idle)
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
    before: Before, found: tuple[Array, Array], into: tuple[Array, Array]
) -> None:  # pragma: no cover
    """Write the state one step later and what happened.

    One loop for each figure: a loop that writes one array runs on many cells at once.

    Parameters
    ----------
    before : Before
    found : tuple of two (cells,)
        Share of vacancies that are filled, and people who find work.
    into : tuple of (9, cells) and (spells, cells)
        Employed, vacancies, then hired, left, separated, opened, retired, given up, entered; people
        without work.
    """
    employed, vacancies, idle, spells = (
        before.employed, before.vacancies, before.idle, before.unemployed,
    )  # fmt: skip
    demand, exits, entrants = before.demand, before.exits, before.entrants
    (met, left), (after, unemployed) = found, into
    hired, separated, opened, retired, given_up = after[2], after[4], after[5], after[6], after[7]
    # The gap, and the share who stay without work, stand where other figures are written later.
    gap, stay, last = after[0], unemployed[0], len(spells) - 1
    for cell in range(len(met)):
        gap[cell] = employed[cell] + vacancies[cell] - demand[cell]
    _mend(employed, gap, before.separate, before.adjust_down, separated)
    for cell in range(len(met)):
        gap[cell] = -gap[cell]
    _mend(employed, gap, before.open, before.adjust_up, opened)
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
