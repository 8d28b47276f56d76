"""The compiled step of whole people and posts, for many members side by side."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from echelon.methods.labour_market.kernels.draws import (
    binomial,
    hypergeometric,
    occupied,
    seeded,
    uniform,
)

__all__ = ["count_step"]

_REGION, _OCCUPATION, _MATCH, _WHICH, _WHENCE, _SPELL, _SEPARATE, _OPEN = range(1, 9)


@njit(cache=True)
def _multinomial(stream, n, weights, size, total, found):
    """Share n people among the first ``size`` places by their weights, into ``found``."""
    found[:size] = 0
    if n == 0 or total <= 0.0:
        return
    if n * 8 < size:
        for place in range(1, size):
            weights[place] += weights[place - 1]
        total = weights[size - 1]
        for _ in range(n):
            place = np.searchsorted(weights[:size], uniform(stream) * total, side="right")
            found[min(place, size - 1)] += 1
        return
    left, last = n, 0
    for place in range(size):
        if weights[place] > 0.0:
            last = place
    for place in range(last):
        if left == 0:
            return
        weight = weights[place]
        if weight > 0.0:
            taken = binomial(stream, left, min(1.0, weight / total))
            found[place] = taken
            left -= taken
            total -= weight
    found[last] += left


@njit(cache=True)
def _one(e, u, v, demand, attraction, regions, start, column, value, rates, key, hired, left):
    """Move one member one step on; returns nothing, writes e, u, v, hired and left."""
    terms, size, _ = regions.shape
    kinds, spells = e.shape[1], u.shape[0]
    stream = np.empty(2, dtype=np.uint64)
    pull = attraction * v
    seekers = np.zeros((size, kinds), dtype=np.int64)
    for spell in range(spells):
        seekers += u[spell]
    pools, arrivals, who = _apply(seekers, pull, regions, start, column, value, stream, key)
    freed = _hire(v, arrivals, who, start, column, stream, key, hired)
    left[:] = 0
    for term in range(terms):
        for q in range(size):
            for o in range(kinds):
                gone = freed[term, q, o]
                if gone == 0:
                    continue
                seeded(stream, key, _WHENCE, (term * size + q) * kinds + o)
                whole = 0
                for r in range(size):
                    whole += pools[term, q, r, o]
                for r in range(size):
                    here = pools[term, q, r, o]
                    taken = hypergeometric(stream, here, whole - here, gone)
                    left[r, o] += taken
                    gone -= taken
                    whole -= here
    _turn_over(e, u, v, demand, rates, stream, key, hired, left, seekers)


@njit(cache=True)
def _apply(seekers, pull, regions, start, column, value, stream, key):
    """Send every job seeker to one region and one occupation."""
    terms, size, _ = regions.shape
    kinds = seekers.shape[1]
    reach = np.zeros((terms, size, kinds))
    for term in range(terms):
        for q in range(size):
            for o in range(kinds):
                total = 0.0
                for edge in range(start[term, o], start[term, o + 1]):
                    total += value[edge] * pull[q, column[edge]]
                reach[term, q, o] = total
    pools = np.zeros((terms, size, size, kinds), dtype=np.int64)
    longest = max(terms * size, kinds)
    weights, found = np.empty(longest), np.empty(longest, dtype=np.int64)
    for r in range(size):
        for o in range(kinds):
            if seekers[r, o] == 0:
                continue
            total = 0.0
            for term in range(terms):
                for q in range(size):
                    weight = regions[term, r, q] * reach[term, q, o]
                    weights[term * size + q] = weight
                    total += weight
            seeded(stream, key, _REGION, r * kinds + o)
            _multinomial(stream, seekers[r, o], weights, terms * size, total, found)
            for term in range(terms):
                for q in range(size):
                    pools[term, q, r, o] = found[term * size + q]
    arrivals = np.zeros((size, kinds), dtype=np.int64)
    who = np.zeros((size, len(value)), dtype=np.int64)
    for term in range(terms):
        for q in range(size):
            for o in range(kinds):
                people = 0
                for r in range(size):
                    people += pools[term, q, r, o]
                if people == 0:
                    continue
                first, last = start[term, o], start[term, o + 1]
                for edge in range(first, last):
                    weights[edge - first] = value[edge] * pull[q, column[edge]]
                seeded(stream, key, _OCCUPATION, (term * size + q) * kinds + o)
                _multinomial(stream, people, weights, last - first, reach[term, q, o], found)
                for edge in range(first, last):
                    who[q, edge] = found[edge - first]
                    arrivals[q, column[edge]] += found[edge - first]
    return pools, arrivals, who


@njit(cache=True)
def _hire(v, arrivals, who, start, column, stream, key, hired):
    """Fill every vacancy that somebody applied to, and say from which origin occupations."""
    terms, kinds = start.shape[0], v.shape[1]
    size = v.shape[0]
    freed = np.zeros((terms, size, kinds), dtype=np.int64)
    whole, gone = np.empty(kinds, dtype=np.int64), np.empty(kinds, dtype=np.int64)
    streams = np.empty((kinds, 2), dtype=np.uint64)
    for q in range(size):
        for j in range(kinds):
            seeded(stream, key, _MATCH, q * kinds + j)
            hired[q, j] = occupied(stream, arrivals[q, j], v[q, j])
            whole[j], gone[j] = arrivals[q, j], hired[q, j]
            seeded(streams[j], key, _WHICH, q * kinds + j)
        for term in range(terms):
            for o in range(kinds):
                for edge in range(start[term, o], start[term, o + 1]):
                    here = who[q, edge]
                    if here == 0:
                        continue
                    j = column[edge]
                    taken = hypergeometric(streams[j], here, whole[j] - here, gone[j])
                    freed[term, q, o] += taken
                    gone[j] -= taken
                    whole[j] -= here
    return freed


@njit(cache=True)
def _turn_over(e, u, v, demand, rates, stream, key, hired, left, seekers):
    """Age the spells, separate people, open posts: all from the state at the start of the step."""
    size, kinds = e.shape
    last = u.shape[0] - 1
    separate, opening, down, up = rates[0], rates[1], rates[2], rates[3]
    for r in range(size):
        for o in range(kinds):
            employed = e[r, o]
            gap = employed + v[r, o] - demand[r, o]
            seeded(stream, key, _SPELL, r * kinds + o)
            gone, whole, above = left[r, o], seekers[r, o], 0
            for spell in range(last + 1):
                here = u[spell, r, o]
                taken = hypergeometric(stream, here, whole - here, gone)
                gone -= taken
                whole -= here
                u[spell, r, o] = above
                above = here - taken
            u[last, r, o] += above
            separated, opened = 0, 0
            if employed > 0:
                lost = separate * employed + (1 - separate) * min(employed, down * max(gap, 0.0))
                more = opening * employed + (1 - opening) * min(employed, up * max(-gap, 0.0))
                seeded(stream, key, _SEPARATE, r * kinds + o)
                separated = binomial(stream, employed, lost / employed)
                seeded(stream, key, _OPEN, r * kinds + o)
                opened = binomial(stream, employed, more / employed)
            elif gap < 0.0:
                opened = 1
            u[0, r, o] += separated
            e[r, o] += hired[r, o] - separated
            v[r, o] += opened - hired[r, o]


@njit(cache=True, parallel=True)
def count_step(
    e, u, v, demand, attraction, regions, start, column, value, rates, keys, hired, left
):
    """Move every member one step on, in place.

    Arrays e, v, hired, left (members, R, O); u (members, spells, R, O); demand and attraction
    (members or 1, R, O); rates (members or 1, 4); keys (members,), hashed from seed and step.
    """
    for member in prange(len(e)):
        place = np.int64(member)
        aim = demand[place % len(demand)]
        pulls = attraction[place % len(attraction)]
        pace = rates[place % len(rates)]
        _one(e[member], u[member], v[member], aim, pulls, regions, start, column, value, pace,
             keys[member], hired[member], left[member])  # fmt: skip
