"""Sums of scores in one block of posts: the tuples of the scan, and how a person's total comes about."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.matching.kernels.bids import Small, Whole

__all__ = [
    "Catalogue",
    "Priced",
    "Query",
    "Short",
    "Space",
    "begin_with",
    "charge",
    "thicken",
    "total_of",
]

Short = NDArray[np.int16]
Bytes = NDArray[np.uint8]


class Catalogue(NamedTuple):
    """All posts in the order of (hard requirement, region), in blocks, and their posting lists.

    ``post`` is the type at each place (-1 for padding), ``cell_region`` and ``cell_requirement``
    hold for each cell of ``grain`` places. ``first[b, k]`` to ``first[b, k + 1]`` are the postings
    of skill k in block b: ``postings[c - 1]`` holds the place in the block in the low 16 bits, and
    what class c gains in the high ones.
    ``thick`` is the row of a frequent skill in the thick part, -1 for the others.
    ``spread`` is the affinity of each occupation at each place, empty when that is too much.
    ``lowest`` is so low that full coverage does not lift it above 0.
    """

    post: Small
    base: Short
    occupation: NDArray[np.uint16]
    cell_region: Small
    cell_requirement: Small
    first: Small
    postings: Small
    thick: Short
    thick_skill: Small
    affinity: Short
    spread: Short
    relocation: Small
    admits: NDArray[np.bool_]
    block: int
    grain: int
    lowest: int


class Query(NamedTuple):
    """The people who ask, in the order of (occupation, standing), each one's data side by side.

    ``thick`` holds rows of frequent skills (five for each skill, one for each class), ``skill`` and
    ``level`` the other skills. ``key`` is what posts see in a person (priority, then lottery); when
    they go ``by_score`` it is the lottery alone.
    """

    row: Small
    thick_start: Small
    thick: NDArray[np.uint16]
    start: Small
    skill: NDArray[np.uint16]
    level: Bytes
    occupation: Small
    region: Small
    standing: Small
    exception_start: Whole
    exception_place: Small
    exception_score: Small
    key: Whole
    by_score: bool


class Priced(NamedTuple):
    """Prices in the order of the catalogue: whole units, and the rest in fine units.

    ``need`` is the key that a person must exceed at each place, empty when there is none.
    """

    unit: Small
    rest: Small
    fine: int
    need: Whole


class Space(NamedTuple):
    """Working space of one thread, and the table of all sums where there is one."""

    thick: Short
    net: Short
    begin: Short
    total: Short
    table: Short


@njit(cache=True, nogil=True)
def total_of(
    problem: tuple[Catalogue, Query], space: Space, where: tuple[int, int]
) -> None:  # pragma: no cover
    """Add up what a person's skills gain at each post of a block, and the person's exceptions."""
    catalogue, query = problem
    number, asked = where
    thick, total, ids = space.thick, space.total, query.thick
    first, postings = catalogue.first[number], catalogue.postings
    low, high = query.thick_start[asked], query.thick_start[asked + 1]
    # Lists of frequent skills are filled to a multiple of four with the row of zeros.
    _sum(total, space.begin, thick, ids[low : low + 4])
    for group in range(low + 4, high, 4):
        if ids[group + 2] == len(thick) - 1:
            _add_two(total, thick, ids[group : group + 2])
        else:
            _sum(total, total, thick, ids[group : group + 4])
    for entry in range(query.start[asked], query.start[asked + 1]):
        skill, level = query.skill[entry], query.level[entry]
        for posting in range(np.uint32(first[skill]), np.uint32(first[skill + 1])):
            packed = postings[level, posting]
            total[packed & 0xFFFF] += np.int16(packed >> 16)
    if query.exception_start[asked] < query.exception_start[asked + 1]:
        _except(query, total, asked, number * len(total))


@njit(cache=True, nogil=True)
def _sum(
    total: Short, begin: Short, thick: Short, ids: NDArray[np.uint16]
) -> None:  # pragma: no cover
    """Add four rows to a beginning."""
    a, b, c, d = thick[ids[0]], thick[ids[1]], thick[ids[2]], thick[ids[3]]
    for at in range(len(total)):
        total[at] = begin[at] + a[at] + b[at] + c[at] + d[at]


@njit(cache=True, nogil=True)
def _add_two(total: Short, thick: Short, ids: NDArray[np.uint16]) -> None:  # pragma: no cover
    """Add two rows."""
    a, b = thick[ids[0]], thick[ids[1]]
    for at in range(len(total)):
        total[at] += a[at] + b[at]


@njit(cache=True, nogil=True)
def thicken(catalogue: Catalogue, thick: Short, number: int) -> None:  # pragma: no cover
    """Write the frequent skills of a block as whole rows, one for each class."""
    thick[:] = 0
    for row in range(len(catalogue.thick_skill)):
        skill = catalogue.thick_skill[row]
        for entry in range(catalogue.first[number, skill], catalogue.first[number, skill + 1]):
            for level in range(5):
                packed = catalogue.postings[level, entry]
                thick[row * 5 + level, packed & 0xFFFF] = packed >> 16


@njit(cache=True, nogil=True)
def charge(catalogue: Catalogue, priced: Priced, to: tuple[Short, int]) -> None:  # pragma: no cover
    """Write base less price; what is so dear that nobody can want it is cut off."""
    net, first = to
    for at in range(len(net)):
        value = np.int32(catalogue.base[first + at]) - priced.unit[first + at]
        net[at] = np.int16(max(value, np.int32(catalogue.lowest)))


@njit(cache=True, nogil=True)
def begin_with(
    catalogue: Catalogue, space: Space, asked: tuple[int, int]
) -> None:  # pragma: no cover
    """Add the affinity of an occupation, which is 0 or below in a catalogue."""
    first, occupation = asked
    net, begin = space.net, space.begin
    if catalogue.spread.shape[1] > 0:
        spread = catalogue.spread[occupation, first : first + len(begin)]
        for at in range(len(begin)):
            begin[at] = net[at] + spread[at]
        return
    affinity = catalogue.affinity[occupation]
    where = catalogue.occupation[first : first + len(begin)]
    for at in range(len(begin)):
        begin[at] = net[at] + affinity[where[at]]


@njit(cache=True, nogil=True)
def _except(query: Query, total: Short, asked: int, first: int) -> None:  # pragma: no cover
    """Apply the exceptions of a person in a block."""
    low, high = query.exception_start[asked], query.exception_start[asked + 1]
    end = high
    while low < high:
        middle = (low + high) // 2
        if query.exception_place[middle] < first:
            low = middle + 1
        else:
            high = middle
    while low < end and query.exception_place[low] < first + len(total):
        at = query.exception_place[low] - first
        value = np.int64(total[at]) + query.exception_score[low]
        total[at] = np.int16(max(value, np.int64(-32768)))
        low += 1
