"""The compiled choice of a post among its applicants: which vacancies are filled, and by which class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.labour_market.kernels.draws import (
    binomial,
    hypergeometric,
    occupied,
    of_class,
    seeded,
    uniform,
)

__all__ = ["Calls", "chosen", "hire"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Words = NDArray[np.uint64]

_MATCH, _CHOOSE, _CLASS = 3 << 40, 13 << 40, 14 << 40


class Calls(NamedTuple):
    """Vacancies (kinds, R, O), applications (applicants, R, O), who may take what, and weights."""

    vacancies: Whole
    arrivals: Whole
    accepts: NDArray[np.bool_]
    weight: Array


@njit(cache=True)
def hire(calls: Calls, key: np.uint64, hired: Whole) -> Whole:  # pragma: no cover
    """Fill every vacancy that somebody applied to; return how many of each kind, (kinds, R, O).

    ``hired`` receives the hires of each class of applicants. An applicant picks one of the vacancies
    of the cell that take the class; a kind hires from all its applicants by Wallenius weights.
    """
    vacancies, arrivals, accepts, weight = calls
    posts, size, kinds = vacancies.shape
    applicants, classes = len(arrivals), len(accepts)
    filled = np.zeros_like(vacancies)
    callers = np.zeros((posts, applicants), dtype=np.int64)
    taken, stream = np.zeros(applicants, dtype=np.int64), np.empty(2, dtype=np.uint64)
    hired[:] = 0
    for q in range(size):
        for j in range(kinds):
            place = q * kinds + j
            for applicant in range(applicants):
                seeded(stream, of_class(key, applicant), _CHOOSE + place)
                here, accepted = vacancies[:, q, j], accepts[applicant % classes]
                _by_kind(stream, arrivals[applicant, q, j], here, accepted, callers[:, applicant])
            for kind in range(posts):
                seeded(stream, key, _MATCH + kind * size * kinds + place)
                count = occupied(stream, callers[kind].sum(), vacancies[kind, q, j])
                filled[kind, q, j] = count
                seeded(stream, key, _CLASS + kind * size * kinds + place)
                chosen(stream, (callers[kind], weight[:, q, j], count), taken)
                hired[:, q, j] += taken
    return filled


@njit(cache=True)
def _by_kind(
    stream: Words, people: int, vacancies: Whole, accepted: NDArray[np.bool_], found: Whole
) -> None:  # pragma: no cover
    """Share applicants among the kinds of vacancies that take them, in proportion to these."""
    total = 0
    for kind in range(len(vacancies)):
        total += vacancies[kind] if accepted[kind] else 0
    for kind in range(len(vacancies)):
        here = vacancies[kind] if accepted[kind] else 0
        part = binomial(stream, people, here / total) if total > 0 else 0
        found[kind] = part
        people -= part
        total -= here


@njit(cache=True)
def chosen(stream: Words, call: tuple[Whole, Array, int], found: Whole) -> None:  # pragma: no cover
    """Draw who of several classes is hired, one after the other in proportion to the weights.

    Wallenius' noncentral hypergeometric distribution; with equal weights the central one. A call is
    the applicants of each class, their weights, and how many are hired.
    """
    callers, weight, count = call
    rest, left, alike, first = callers.sum(), count, True, -1.0
    for group in range(len(callers)):
        if callers[group] > 0:
            alike = alike and (first < 0.0 or weight[group] == first)
            first = weight[group]
    found[:] = 0
    if alike:
        for group in range(len(callers)):
            rest -= callers[group]
            found[group] = hypergeometric(stream, (callers[group], rest), left)
            left -= found[group]
        return
    for _ in range(count):
        total = 0.0
        for group in range(len(callers)):
            total += weight[group] * (callers[group] - found[group])
        mark, last = uniform(stream) * total, -1
        for group in range(len(callers)):
            if callers[group] > found[group]:
                last = group
                mark -= weight[group] * (callers[group] - found[group])
                if mark < 0.0:
                    break
        found[last] += 1
