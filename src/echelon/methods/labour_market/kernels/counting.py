"""The compiled step of whole people and posts, for many members side by side."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from echelon.methods.labour_market.kernels.choosing import Calls, hire
from echelon.methods.labour_market.kernels.columns import Course, Moves, People
from echelon.methods.labour_market.kernels.draws import (
    binomial,
    hypergeometric,
    of_class,
    seeded,
    uniform,
)

__all__ = ["count_step"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Words = NDArray[np.uint64]

# Purposes of draws: far enough apart that no two sites of one step share a number.
_REGION, _OCCUPATION, _WHICH = 1 << 40, 2 << 40, 4 << 40
_WHENCE, _SPELL, _SEPARATE, _OPEN = 5 << 40, 6 << 40, 7 << 40, 8 << 40
_SEEK, _RETIRE, _GIVE_UP, _ENTER = 9 << 40, 10 << 40, 11 << 40, 12 << 40
_KIND = 15 << 40


@njit(cache=True, parallel=True)
def count_step(people: People, moves: Moves, course: Course) -> None:  # pragma: no cover
    """Move every member one step on, in place."""
    classes = people.employed.shape[1]
    for index in prange(len(people.employed)):
        member = np.int64(index)
        unemployed, key = people.unemployed[member], course.keys[member]
        idle = unemployed.sum(axis=1)
        filled = _meet(people, member, idle, moves, course)
        for group in range(classes):
            own = of_class(key, group)
            away = course.exits[member % len(course.exits), group]
            left, given_up = people.left[member, group], people.given_up[member, group]
            _age(unemployed[group], idle[group], left, away, own, given_up)
        _turn_over(people, member, course, filled)
        for group in range(classes):
            newcomers = course.entrants[member % len(course.entrants), group]
            own = of_class(key, group)
            _enter(unemployed[group, 0], newcomers, own, people.entered[member, group])


@njit(cache=True)
def _meet(
    people: People, member: np.int64, idle: Whole, moves: Moves, course: Course
) -> Whole:  # pragma: no cover
    """Let every class apply, say who is hired and whom each place loses; return filled vacancies."""
    classes, size, kinds = idle.shape
    applicants, terms = people.hired.shape[1], len(moves.regions)
    vacancies, key = people.vacancies[member], course.keys[member]
    pools = np.zeros((applicants, terms, size, size, kinds), dtype=np.int64)
    who = np.zeros((applicants, size, len(moves.value)), dtype=np.int64)
    arrivals = np.zeros((applicants, size, kinds), dtype=np.int64)
    for applicant in range(applicants):
        group, own = applicant % classes, of_class(key, applicant)
        crowd = idle[group] if applicant < classes else people.employed[member, group]
        seekers = _seek(crowd, course.search[member % len(course.search), applicant], own)
        pull = course.attraction[member % len(course.attraction), applicant] * _open_to(
            vacancies, course.accepts[group]
        )
        reach = _reach(pull, moves)
        pools[applicant] = _regions(seekers, reach, moves, own)
        who[applicant], arrivals[applicant] = _occupations(
            pools[applicant], reach, pull, moves, own
        )
    weight = course.weight[member % len(course.weight)]
    hired = people.hired[member]
    filled = hire(Calls(vacancies, arrivals, course.accepts, weight), key, hired)
    for applicant in range(applicants):
        group, own = applicant % classes, of_class(key, applicant)
        freed = _whose(arrivals[applicant], who[applicant], moves, own, hired[applicant])
        gone = people.left[member, group] if applicant < classes else people.moved[member, group]
        _leave(pools[applicant], freed, own, gone)
    return filled


@njit(cache=True)
def _open_to(vacancies: Whole, accepted: NDArray[np.bool_]) -> Whole:  # pragma: no cover
    """Return the vacancies that take a class."""
    found = np.zeros(vacancies.shape[1:], dtype=np.int64)
    for kind in range(len(vacancies)):
        if accepted[kind]:
            found += vacancies[kind]
    return found


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
def _whose(
    arrivals: Whole, who: Whole, moves: Moves, key: np.uint64, hired: Whole
) -> Whole:  # pragma: no cover
    """Return from which occupation those who were hired come, (terms, R, origin O)."""
    terms, (size, kinds) = len(moves.regions), arrivals.shape
    freed = np.zeros((terms, size, kinds), dtype=np.int64)
    streams = np.empty((kinds, 2), dtype=np.uint64)
    for q in range(size):
        whole, gone = arrivals[q].copy(), hired[q].copy()
        for j in range(kinds):
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
    people: People, member: np.int64, course: Course, filled: Whole
) -> None:  # pragma: no cover
    """Separate and retire people and open posts, from the state at the start, and add the hires."""
    employed, vacancies = people.employed[member], people.vacancies[member]
    hired, moved = people.hired[member], people.moved[member]
    aim, pace = course.demand[member % len(course.demand)], course.rates[member % len(course.rates)]
    shares, key = course.kinds[member % len(course.kinds)], course.keys[member]
    classes, size, kinds = employed.shape
    stream = np.empty(2, dtype=np.uint64)
    for r in range(size):
        for o in range(kinds):
            held, place = employed[:, r, o].sum(), r * kinds + o
            gap = held + vacancies[:, r, o].sum() - aim[r, o]
            opened, lost = (1 if held == 0 and gap < 0.0 else 0), 0.0
            if held > 0:
                down, up = pace[0, r, o], pace[1, r, o]
                lost = down + (1 - down) * min(1.0, pace[2, r, o] * max(gap, 0.0) / held)
                more = up + (1 - up) * min(1.0, pace[3, r, o] * max(-gap, 0.0) / held)
                seeded(stream, key, _OPEN + place)
                opened = binomial(stream, held, more)
            # A post that somebody leaves for another one is open again.
            opened += moved[:, r, o].sum()
            for group in range(classes):
                away = course.exits[member % len(course.exits), group, r, o]
                stay = employed[group, r, o] - moved[group, r, o]
                seeded(stream, of_class(key, group), _SEPARATE + place)
                separated = binomial(stream, stay, lost)
                seeded(stream, of_class(key, group), _RETIRE + place)
                among = min(1.0, away / (1 - lost)) if lost < 1.0 else 0.0
                retired = binomial(stream, stay - separated, among)
                people.unemployed[member, group, 0, r, o] += separated
                people.separated[member, group, r, o] = separated
                people.retired[member, group, r, o] = retired
                employed[group, r, o] = (
                    stay + hired[group::classes, r, o].sum() - separated - retired
                )
            seeded(stream, key, _KIND + place)
            _open(stream, opened, shares[:, r, o], vacancies[:, r, o])
            vacancies[:, r, o] -= filled[:, r, o]


@njit(cache=True)
def _open(stream: Words, opened: int, shares: Array, into: Whole) -> None:  # pragma: no cover
    """Open posts of several kinds in given shares."""
    total = shares.sum()
    for kind in range(len(shares) - 1):
        part = binomial(stream, opened, min(1.0, shares[kind] / total)) if total > 0.0 else 0
        into[kind] += part
        opened -= part
        total -= shares[kind]
    into[len(shares) - 1] += opened
