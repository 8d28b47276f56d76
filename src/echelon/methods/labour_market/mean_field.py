"""The expected course of a labour market over regions and occupations, many variants at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, MisalignedLabels
from echelon.methods.labour_market.conditions import Conditions
from echelon.methods.labour_market.kernel import Kernel
from echelon.methods.labour_market.rates import Rates

__all__ = ["Flows", "State", "begin", "course", "mended", "over", "step", "total"]

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
    conditions: Conditions = _PLAIN,
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

    References
    ----------
    del Rio-Chanona, R. M. et al. (2021). Journal of the Royal Society Interface 18(174), 20200898.
    """
    employed, vacancies = state.employed, state.vacancies
    idle = state.all_unemployed
    hired, left = _meet(conditions.search * idle, vacancies, kernel, conditions.attraction)
    gap = employed + vacancies - demand
    separated = mended(employed, np.maximum(gap, 0), often=rates.separate, adjust=rates.adjust_down)
    opened = mended(employed, np.maximum(-gap, 0), often=rates.open, adjust=rates.adjust_up)
    retired = np.minimum(conditions.exits * employed, employed - separated)
    given_up = conditions.exits * (idle - left)
    entered = np.zeros_like(employed) + conditions.entrants
    stay = over(idle - left - given_up, idle)
    unemployed = np.empty((len(state.unemployed), *employed.shape))
    unemployed[0] = separated + entered
    np.multiply(state.unemployed[:-1], stay, out=unemployed[1:])
    unemployed[-1] += state.unemployed[-1] * stay
    after = State(employed + hired - separated - retired, unemployed, vacancies + opened - hired)
    return after, Flows(hired, left, separated, opened, retired, given_up, entered)


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


def _meet(
    seekers: Array, vacancies: Array, kernel: Kernel, attraction: Array | float
) -> tuple[Array, Array]:
    """Return hires by the cell of the post and leavers by the cell of the person."""
    pull = attraction * vacancies
    terms = [
        (b, b.swapaxes(-1, -2), a, a.swapaxes(-1, -2))
        for b, a in zip(kernel.regions, kernel.occupations, strict=True)
    ]
    reach = total(b @ (pull @ back) for b, _, _, back in terms)
    per_reach = over(seekers, reach)
    queue = attraction * total((home @ per_reach) @ a for _, home, a, _ in terms)
    met = -np.expm1(-queue)
    chance = np.divide(met, queue, out=np.ones_like(queue), where=queue > 0)
    left = per_reach * total(b @ ((pull * chance) @ back) for b, _, _, back in terms)
    return vacancies * met, left


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
