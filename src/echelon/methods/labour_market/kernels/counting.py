"""The compiled step of whole people and posts, for many members side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from echelon.methods.labour_market.kernels.draws import (
    binomial,
    hypergeometric,
    occupied,
    seeded,
    uniform,
)

__all__ = ["Course", "Moves", "People", "count_step"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Words = NDArray[np.uint64]

# Purposes of draws: far enough apart that no two sites of one step share a number.
_REGION, _OCCUPATION, _MATCH, _WHICH = 1 << 40, 2 << 40, 3 << 40, 4 << 40
_WHENCE, _SPELL, _SEPARATE, _OPEN = 5 << 40, 6 << 40, 7 << 40, 8 << 40


class Moves(NamedTuple):
    """Mobility: regions (terms, R, R); occupations as lists of destinations by term and origin.

    The destinations of origin o in term k are the entries ``start[k, o]`` to ``start[k, o + 1]`` of
    ``column`` (occupation) and ``value``.
    """

    regions: Array
    start: Whole
    column: Whole
    value: Array


class People(NamedTuple):
    """State of all members, changed in place: each (members, R, O), unemployed with spells second.

    ``hired`` is by the cell of the post, ``left`` by the cell of the person.
    """

    employed: Whole
    unemployed: Whole
    vacancies: Whole
    hired: Whole
    left: Whole


class Course(NamedTuple):
    """What drives a step: target demand and attraction (members or 1, R, O), rates (members or 1, 4).

    The rates are separation, opening, adjustment down and up; ``keys`` (members,) are hashed from
    seed, member and step.
    """

    demand: Array
    attraction: Array
    rates: Array
    keys: Words


@njit(cache=True, parallel=True)
def count_step(people: People, moves: Moves, course: Course) -> None:  # pragma: no cover
    """Move every member one step on, in place."""
    for index in prange(len(people.employed)):
        member = np.int64(index)
        employed, vacancies = people.employed[member], people.vacancies[member]
        unemployed, left = people.unemployed[member], people.left[member]
        hired, key = people.hired[member], course.keys[member]
        seekers = unemployed.sum(axis=0)
        pull = course.attraction[member % len(course.attraction)] * vacancies
        reach = _reach(pull, moves)
        pools = _regions(seekers, reach, moves, key)
        who, arrivals = _occupations(pools, reach, pull, moves, key)
        freed = _hire(vacancies, arrivals, who, moves, key, hired)
        _leave(pools, freed, key, left)
        aim = course.demand[member % len(course.demand)]
        pace = course.rates[member % len(course.rates)]
        _age(unemployed, seekers, left, key)
        _turn_over(employed, unemployed[0], vacancies, aim, pace, key, hired)


@njit(cache=True)
def _share(
    stream: Words, people: int, weights: Array, total: float, found: Whole
) -> None:  # pragma: no cover
    """Share people among places by weights that sum to ``total``; the weights are used up."""
    size = len(weights)
    found[:size] = 0
    if people == 0 or total <= 0.0:
        return
    if people * 8 < size:
        for place in range(1, size):
            weights[place] += weights[place - 1]
        total = weights[size - 1]
        for _ in range(people):
            place = int(np.searchsorted(weights, uniform(stream) * total, side="right"))
            found[min(place, size - 1)] += 1
        return
    last = size - 1
    while weights[last] == 0.0:
        last -= 1
    for place in range(last):
        if people == 0:
            return
        weight = weights[place]
        if weight > 0.0:
            taken = binomial(stream, people, min(1.0, weight / total))
            found[place] = taken
            people -= taken
            total -= weight
    found[last] += people


@njit(cache=True)
def _reach(pull: Array, moves: Moves) -> Array:  # pragma: no cover
    """Return what a person of each origin occupation finds in each region, (terms, R, O)."""
    terms, size, _ = moves.regions.shape
    kinds = pull.shape[1]
    reach = np.zeros((terms, size, kinds))
    for term in range(terms):
        for q in range(size):
            for o in range(kinds):
                total = 0.0
                for edge in range(moves.start[term, o], moves.start[term, o + 1]):
                    total += moves.value[edge] * pull[q, moves.column[edge]]
                reach[term, q, o] = total
    return reach


@njit(cache=True)
def _regions(
    seekers: Whole, reach: Array, moves: Moves, key: np.uint64
) -> Whole:  # pragma: no cover
    """Let every job seeker pick a term and a region: (terms, region, origin region, occupation)."""
    terms, size, kinds = reach.shape
    pools = np.zeros((terms, size, size, kinds), dtype=np.int64)
    weights, found = np.empty(terms * size), np.empty(terms * size, dtype=np.int64)
    stream = np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            if seekers[r, o] == 0:
                continue
            for term in range(terms):
                for q in range(size):
                    weights[term * size + q] = moves.regions[term, r, q] * reach[term, q, o]
            seeded(stream, key, _REGION + r * kinds + o)
            _share(stream, seekers[r, o], weights, weights.sum(), found)
            for term in range(terms):
                for q in range(size):
                    pools[term, q, r, o] = found[term * size + q]
    return pools


@njit(cache=True)
def _occupations(
    pools: Whole, reach: Array, pull: Array, moves: Moves, key: np.uint64
) -> tuple[Whole, Whole]:  # pragma: no cover
    """Let everybody in a region pick an occupation: by edge, and in all by occupation."""
    terms, size, kinds = reach.shape
    arrivals = np.zeros((size, kinds), dtype=np.int64)
    who = np.zeros((size, len(moves.value)), dtype=np.int64)
    weights, found = np.empty(kinds), np.empty(kinds, dtype=np.int64)
    stream = np.empty(2, dtype=np.uint64)
    for term in range(terms):
        for q in range(size):
            for o in range(kinds):
                people = pools[term, q, :, o].sum()
                if people == 0:
                    continue
                first, last = moves.start[term, o], moves.start[term, o + 1]
                for edge in range(first, last):
                    weights[edge - first] = moves.value[edge] * pull[q, moves.column[edge]]
                seeded(stream, key, _OCCUPATION + (term * size + q) * kinds + o)
                _share(stream, people, weights[: last - first], reach[term, q, o], found)
                for edge in range(first, last):
                    who[q, edge] = found[edge - first]
                    arrivals[q, moves.column[edge]] += found[edge - first]
    return who, arrivals


@njit(cache=True)
def _hire(
    vacancies: Whole, arrivals: Whole, who: Whole, moves: Moves, key: np.uint64, hired: Whole
) -> Whole:  # pragma: no cover
    """Fill every vacancy that somebody applied to; return who is hired, (terms, R, origin O)."""
    terms, (size, kinds) = len(moves.regions), vacancies.shape
    freed = np.zeros((terms, size, kinds), dtype=np.int64)
    streams, stream = np.empty((kinds, 2), dtype=np.uint64), np.empty(2, dtype=np.uint64)
    for q in range(size):
        whole, gone = arrivals[q].copy(), hired[q].copy()
        for j in range(kinds):
            seeded(stream, key, _MATCH + q * kinds + j)
            hired[q, j] = gone[j] = occupied(stream, arrivals[q, j], vacancies[q, j])
            seeded(streams[j], key, _WHICH + q * kinds + j)
        for term in range(terms):
            for o in range(kinds):
                for edge in range(moves.start[term, o], moves.start[term, o + 1]):
                    here, j = who[q, edge], moves.column[edge]
                    if here > 0:
                        taken = hypergeometric(streams[j], (here, whole[j] - here), gone[j])
                        freed[term, q, o] += taken
                        gone[j] -= taken
                        whole[j] -= here
    return freed


@njit(cache=True)
def _leave(pools: Whole, freed: Whole, key: np.uint64, left: Whole) -> None:  # pragma: no cover
    """Say from which region those who were hired come, into ``left``."""
    terms, size, kinds = freed.shape
    stream = np.empty(2, dtype=np.uint64)
    left[:] = 0
    for term in range(terms):
        for q in range(size):
            for o in range(kinds):
                gone = freed[term, q, o]
                if gone == 0:
                    continue
                seeded(stream, key, _WHENCE + (term * size + q) * kinds + o)
                whole = pools[term, q, :, o].sum()
                for r in range(size):
                    here = pools[term, q, r, o]
                    taken = hypergeometric(stream, (here, whole - here), gone)
                    left[r, o] += taken
                    gone -= taken
                    whole -= here


@njit(cache=True)
def _age(
    unemployed: Whole, seekers: Whole, left: Whole, key: np.uint64
) -> None:  # pragma: no cover
    """Take those who left out of their spells, and move the others one spell on."""
    size, kinds = seekers.shape
    last = len(unemployed) - 1
    stream = np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            seeded(stream, key, _SPELL + r * kinds + o)
            gone, whole, younger = left[r, o], seekers[r, o], 0
            for spell in range(last + 1):
                here = unemployed[spell, r, o]
                taken = hypergeometric(stream, (here, whole - here), gone)
                gone -= taken
                whole -= here
                unemployed[spell, r, o] = younger
                younger = here - taken
            unemployed[last, r, o] += younger


@njit(cache=True)
def _turn_over(
    employed: Whole, lately: Whole, vacancies: Whole, aim: Array, pace: Array, key: np.uint64,
    hired: Whole,
) -> None:  # fmt: skip  # pragma: no cover
    """Separate people and open posts, from the state at the start of the step, and add the hires."""
    size, kinds = employed.shape
    stream = np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            held, separated, opened = employed[r, o], 0, 0
            gap = held + vacancies[r, o] - aim[r, o]
            if held > 0:
                lost = pace[0] + (1 - pace[0]) * min(1.0, pace[2] * max(gap, 0.0) / held)
                more = pace[1] + (1 - pace[1]) * min(1.0, pace[3] * max(-gap, 0.0) / held)
                seeded(stream, key, _SEPARATE + r * kinds + o)
                separated = binomial(stream, held, lost)
                seeded(stream, key, _OPEN + r * kinds + o)
                opened = binomial(stream, held, more)
            elif gap < 0.0:
                opened = 1
            lately[r, o] += separated
            employed[r, o] += hired[r, o] - separated
            vacancies[r, o] += opened - hired[r, o]
