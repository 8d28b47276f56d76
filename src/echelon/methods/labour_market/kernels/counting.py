"""The compiled step of whole people and posts, for many members side by side."""

from __future__ import annotations

import math
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
_SEEK, _RETIRE, _GIVE_UP, _ENTER = 9 << 40, 10 << 40, 11 << 40, 12 << 40


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

    ``hired`` is by the cell of the post, ``left`` by the cell of the person; ``retired`` and
    ``given_up`` left the labour force from work and without work, ``entered`` joined it.
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


class Course(NamedTuple):
    """What drives a step, each (members or 1, R, O); rates are (members or 1, 4, R, O).

    The rates are separation, opening, adjustment down and up; ``keys`` (members,) are hashed from
    seed, member and step.
    """

    demand: Array
    attraction: Array
    search: Array
    exits: Array
    entrants: Array
    rates: Array
    keys: Words


@njit(cache=True, parallel=True)
def count_step(people: People, moves: Moves, course: Course) -> None:  # pragma: no cover
    """Move every member one step on, in place."""
    for index in prange(len(people.employed)):
        member = np.int64(index)
        vacancies, unemployed = people.vacancies[member], people.unemployed[member]
        left, hired, key = people.left[member], people.hired[member], course.keys[member]
        idle = unemployed.sum(axis=0)
        seekers = _seek(idle, course.search[member % len(course.search)], key)
        pull = course.attraction[member % len(course.attraction)] * vacancies
        reach = _reach(pull, moves)
        pools = _regions(seekers, reach, moves, key)
        who, arrivals = _occupations(pools, reach, pull, moves, key)
        freed = _hire(vacancies, arrivals, who, moves, key, hired)
        _leave(pools, freed, key, left)
        away = course.exits[member % len(course.exits)]
        _age(unemployed, idle, left, away, key, people.given_up[member])
        aim = course.demand[member % len(course.demand)]
        pace = course.rates[member % len(course.rates)]
        _turn_over(people, index, aim, pace, away, key)
        newcomers = course.entrants[member % len(course.entrants)]
        _enter(unemployed[0], newcomers, key, people.entered[member])


@njit(cache=True)
def _seek(idle: Whole, search: Array, key: np.uint64) -> Whole:  # pragma: no cover
    """Return how many of the people without work apply."""
    size, kinds = idle.shape
    seekers, stream = np.empty_like(idle), np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            seeded(stream, key, _SEEK + r * kinds + o)
            seekers[r, o] = binomial(stream, idle[r, o], search[r, o])
    return seekers


@njit(cache=True)
def _enter(
    lately: Whole, newcomers: Array, key: np.uint64, entered: Whole
) -> None:  # pragma: no cover
    """Add people who join the labour force; a part of a person is drawn."""
    size, kinds = lately.shape
    stream = np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            expected = max(0.0, newcomers[r, o])
            people = math.floor(expected)
            if expected > people:
                seeded(stream, key, _ENTER + r * kinds + o)
                people += 1 if uniform(stream) < expected - people else 0
            entered[r, o] = people
            lately[r, o] += people


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
    unemployed: Whole, idle: Whole, left: Whole, away: Array, key: np.uint64, given_up: Whole
) -> None:  # pragma: no cover
    """Take those who found work or gave up out of their spells, and move the others one on."""
    size, kinds = idle.shape
    last = len(unemployed) - 1
    stream, other = np.empty(2, dtype=np.uint64), np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            seeded(stream, key, _SPELL + r * kinds + o)
            seeded(other, key, _GIVE_UP + r * kinds + o)
            gone, whole, younger = left[r, o], idle[r, o], 0
            given_up[r, o] = 0
            for spell in range(last + 1):
                here = unemployed[spell, r, o]
                taken = hypergeometric(stream, (here, whole - here), gone)
                gone -= taken
                whole -= here
                unemployed[spell, r, o] = younger
                tired = binomial(other, here - taken, away[r, o])
                given_up[r, o] += tired
                younger = here - taken - tired
            unemployed[last, r, o] += younger


@njit(cache=True)
def _turn_over(
    people: People, member: int, aim: Array, pace: Array, away: Array, key: np.uint64
) -> None:  # pragma: no cover
    """Separate and retire people and open posts, from the state at the start, and add the hires."""
    employed, vacancies = people.employed[member], people.vacancies[member]
    hired, lately = people.hired[member], people.unemployed[member][0]
    size, kinds = employed.shape
    stream = np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            held, separated, opened, retired = employed[r, o], 0, 0, 0
            gap = held + vacancies[r, o] - aim[r, o]
            if held > 0:
                down, up = pace[0, r, o], pace[1, r, o]
                lost = down + (1 - down) * min(1.0, pace[2, r, o] * max(gap, 0.0) / held)
                more = up + (1 - up) * min(1.0, pace[3, r, o] * max(-gap, 0.0) / held)
                seeded(stream, key, _SEPARATE + r * kinds + o)
                separated = binomial(stream, held, lost)
                seeded(stream, key, _OPEN + r * kinds + o)
                opened = binomial(stream, held, more)
                seeded(stream, key, _RETIRE + r * kinds + o)
                among = min(1.0, away[r, o] / (1 - lost)) if lost < 1.0 else 0.0
                retired = binomial(stream, held - separated, among)
            elif gap < 0.0:
                opened = 1
            lately[r, o] += separated
            people.separated[member, r, o] = separated
            people.retired[member, r, o] = retired
            employed[r, o] += hired[r, o] - separated - retired
            vacancies[r, o] += opened - hired[r, o]
