"""The compiled step of a market in which every person is an object of its own."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.labour_market.kernels.draws import binomial, uniform

__all__ = ["Market", "Step", "person_step"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Words = NDArray[np.uint64]


class Market(NamedTuple):
    """People as columns, vacancies by kind and cell; changed in place.

    ``spell`` is -1 at work, -2 for a row that nobody holds; ``degree`` and ``ability`` (0 to 1) are the
    person's own.
    """

    cell: NDArray[np.int32]
    spell: NDArray[np.int16]
    degree: NDArray[np.int8]
    ability: NDArray[np.float32]
    vacancies: Whole


class Step(NamedTuple):
    """What drives a step, by flat cell; mobility as in the kernel of counts.

    ``fading`` is the share by which a person weighs less for every step without work.
    """

    regions: Array
    start: Whole
    column: Whole
    value: Array
    demand: Array
    attraction: Array
    search: Array
    exits: Array
    entrants: Array
    rates: Array
    holders: Array
    opening: Array
    by_degree: Array
    by_ability: Array
    fading: float


@njit(cache=True)
def person_step(market: Market, step: Step, stream: Words) -> Whole:  # pragma: no cover
    """Move the market one step on; return flows (7, cells), people who found no row counted last.

    Flows are hired, left, separated, retired, given up, entered, and newcomers without a row.
    """
    cells = len(step.demand)
    kinds = step.start.shape[1] - 1
    flows = np.zeros((7, cells), dtype=np.int64)
    held = np.zeros(cells, dtype=np.int64)
    for i in range(len(market.cell)):
        if market.spell[i] == -1:
            held[market.cell[i]] += 1
    slot, filled = _apply(market, step, stream, kinds)
    hired = _choose(market, step, stream, slot, filled)
    lost, more = np.empty(cells), np.empty(cells)
    open_posts = market.vacancies.sum(axis=0)
    for n in range(cells):
        gap = held[n] + open_posts[n] - step.demand[n]
        size = max(held[n], 1)
        down, up = step.rates[0, n], step.rates[1, n]
        lost[n] = down + (1 - down) * min(1.0, step.rates[2, n] * max(gap, 0.0) / size)
        more[n] = up + (1 - up) * min(1.0, step.rates[3, n] * max(-gap, 0.0) / size)
        opened = binomial(stream, held[n], more[n]) if held[n] > 0 else (1 if gap < 0 else 0)
        demanding = binomial(stream, opened, step.opening[n])
        market.vacancies[0, n] += opened - demanding - filled[n]
        market.vacancies[1, n] += demanding - filled[cells + n]
    _live(market, step, stream, hired, lost, flows)
    _arrive(market, step, stream, flows)
    return flows


@njit(cache=True)
def _sums(market: Market, step: Step, kinds: int) -> tuple[Array, Array]:  # pragma: no cover
    """Return running sums of what a person finds by occupation and by region, without and with a degree."""
    terms, size = step.regions.shape[0], step.regions.shape[1]
    over_cells = np.empty((2, terms, size, len(step.value)))
    over_regions = np.empty((2, size, kinds, terms * size))
    for has in range(2):
        pull = step.attraction * market.vacancies[0]
        if has == 1:
            pull = step.attraction * (market.vacancies[0] + market.vacancies[1])
        for o in range(kinds):
            for term in range(terms):
                for q in range(size):
                    sums = 0.0
                    for edge in range(step.start[term, o], step.start[term, o + 1]):
                        sums += step.value[edge] * pull[q * kinds + step.column[edge]]
                        over_cells[has, term, q, edge] = sums
            for r in range(size):
                sums = 0.0
                for term in range(terms):
                    first, last = step.start[term, o], step.start[term, o + 1]
                    for q in range(size):
                        reach = over_cells[has, term, q, last - 1] if last > first else 0.0
                        sums += step.regions[term, r, q] * reach
                        over_regions[has, r, o, term * size + q] = sums
    return over_cells, over_regions


@njit(cache=True)
def _apply(
    market: Market, step: Step, stream: Words, kinds: int
) -> tuple[Whole, Whole]:  # pragma: no cover
    """Let people without work apply; return the slot (kind and cell) of each, and filled vacancies."""
    cells, size = len(step.demand), step.regions.shape[1]
    over_cells, over_regions = _sums(market, step, kinds)
    first_post = np.zeros(2 * cells + 1, dtype=np.int64)
    for n in range(2 * cells):
        first_post[n + 1] = first_post[n] + market.vacancies[n // cells, n % cells]
    called = np.zeros(first_post[2 * cells], dtype=np.bool_)
    slot = np.full(len(market.cell), -1, dtype=np.int64)
    filled = np.zeros(2 * cells, dtype=np.int64)
    for i in range(len(market.cell)):
        if market.spell[i] < 0 or uniform(stream) >= step.search[market.cell[i]]:
            continue
        r, o, has = market.cell[i] // kinds, market.cell[i] % kinds, market.degree[i]
        sums = over_regions[has, r, o]
        if sums[-1] <= 0.0:
            continue
        at = min(np.searchsorted(sums, uniform(stream) * sums[-1], side="right"), len(sums) - 1)
        term, q = at // size, at % size
        first, last = step.start[term, o], step.start[term, o + 1]
        edges = over_cells[has, term, q, first:last]
        edge = np.searchsorted(edges, uniform(stream) * edges[-1], side="right")
        n = q * kinds + step.column[first + min(edge, len(edges) - 1)]
        here, narrow = market.vacancies[0, n], market.vacancies[1, n] if has == 1 else 0
        post = int(uniform(stream) * (here + narrow))
        slot[i] = n if post < here else cells + n
        post = first_post[n] + post if post < here else first_post[cells + n] + post - here
        filled[slot[i]] += 0 if called[post] else 1
        called[post] = True
    return slot, filled


@njit(cache=True)
def _choose(
    market: Market, step: Step, stream: Words, slot: Whole, filled: Whole
) -> Whole:  # pragma: no cover
    """Return the new cell of those who are hired, -1 for the others.

    An exponential clock for every applicant, as fast as the weight; the first to ring are hired.
    """
    cells = len(step.demand)
    count = np.zeros(len(filled) + 1, dtype=np.int64)
    for i in range(len(slot)):
        if slot[i] >= 0:
            count[slot[i] + 1] += 1
    first = np.cumsum(count)
    place = first[:-1].copy()
    who, clock = np.empty(first[-1], dtype=np.int64), np.empty(first[-1])
    for i in range(len(slot)):
        if slot[i] >= 0:
            n = slot[i] % cells
            weight = step.by_degree[n] ** market.degree[i]
            weight *= step.by_ability[n] ** (2.0 * market.ability[i] - 0.5)
            weight *= (1.0 - step.fading) ** market.spell[i]
            who[place[slot[i]]] = i
            clock[place[slot[i]]] = -math.log(1.0 - uniform(stream)) / max(weight, 1e-300)
            place[slot[i]] += 1
    hired = np.full(len(slot), -1, dtype=np.int64)
    for n in range(len(filled)):
        if filled[n] > 0:
            order = np.argsort(clock[first[n] : first[n + 1]])
            for k in range(filled[n]):
                hired[who[first[n] + order[k]]] = n % cells
    return hired


@njit(cache=True)
def _live(
    market: Market, step: Step, stream: Words, hired: Whole, lost: Array, flows: Whole
) -> None:  # pragma: no cover
    """Say of every person whether they work, lose work, leave the labour force or wait on."""
    for i in range(len(market.cell)):
        n, spell = market.cell[i], market.spell[i]
        if spell == -2:
            continue
        if hired[i] >= 0:
            flows[0, hired[i]] += 1
            flows[1, n] += 1
            market.cell[i], market.spell[i] = hired[i], -1
        elif spell == -1:
            draw = uniform(stream)
            if draw < lost[n]:
                flows[2, n] += 1
                market.spell[i] = 0
            elif draw < min(1.0, lost[n] + step.exits[n]):
                flows[3, n] += 1
                market.spell[i] = -2
        elif uniform(stream) < step.exits[n]:
            flows[4, n] += 1
            market.spell[i] = -2
        else:
            market.spell[i] = min(spell + 1, 30000)


@njit(cache=True)
def _arrive(market: Market, step: Step, stream: Words, flows: Whole) -> None:  # pragma: no cover
    """Give newcomers the rows of people who left, with a degree and an ability of their own."""
    row = 0
    for n in range(len(step.demand)):
        whole = math.floor(max(0.0, step.entrants[n]))
        whole += 1 if uniform(stream) < step.entrants[n] - whole else 0
        for _ in range(whole):
            while row < len(market.cell) and market.spell[row] != -2:
                row += 1
            if row >= len(market.cell):
                flows[6, n] += 1
                continue
            flows[5, n] += 1
            market.cell[row], market.spell[row] = n, 0
            market.degree[row] = 1 if uniform(stream) < step.holders[n] else 0
            market.ability[row] = uniform(stream)
