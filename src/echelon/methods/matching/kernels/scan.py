"""The scan of all posts: scores accumulated block by block, the best kept for each person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.matching.kernels.bids import Small, Whole

__all__ = ["STRETCH", "Best", "Catalogue", "Priced", "Query", "Space", "keep_best", "place_postings", "scan", "settle"]

Short = NDArray[np.int16]
Bytes = NDArray[np.uint8]
_LOWEST = np.int16(-31500)

STRETCH = 128
"""Places whose largest sum is found at once; the compiler makes a few instructions of it."""


class Catalogue(NamedTuple):
    """All posts in the order of (hard requirement, region), in blocks, and their posting lists.

    ``post`` is the type at each place (-1 for padding), ``cell_region`` and ``cell_requirement``
    hold for each cell of ``grain`` places. ``first[b, k]`` to ``first[b, k + 1]`` are the postings
    of skill k in block b: ``at`` is the place in the block, ``gain[c - 1]`` what class c gains.
    ``thick`` is the row of a frequent skill in the thick part, -1 for the others.
    """

    post: Small
    base: Short
    occupation: NDArray[np.uint16]
    cell_region: Small
    cell_requirement: Small
    first: Small
    at: NDArray[np.uint16]
    gain: Short
    thick: Short
    thick_skill: Small
    affinity: Short
    relocation: Small
    admits: NDArray[np.bool_]
    block: int
    grain: int


class Query(NamedTuple):
    """The people who ask, in the order of (standing, occupation), each one's data side by side.

    ``thick`` holds rows of frequent skills (five for each skill, one for each class), ``skill`` and
    ``level`` the other skills.
    """

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


class Priced(NamedTuple):
    """Prices in the order of the catalogue: whole units, and the rest in fine units."""

    unit: Small
    rest: Small
    fine: int


class Best(NamedTuple):
    """The best so far: places and nets of each person asked, how many, and what to exceed."""

    place: Small
    net: Small
    size: Small
    floor: Small
    k: int


class Space(NamedTuple):
    """Working space of one thread."""

    thick: Short
    net: Short
    begin: Short
    total: Short


@njit(cache=True, nogil=True)
def scan(
    catalogue: Catalogue, query: Query, priced: Priced, best: Best, space: Space
) -> None:  # pragma: no cover
    """Find the best posts of all people of the query among all posts."""
    block, cells = catalogue.block, catalogue.block // catalogue.grain
    for number in range(len(catalogue.first)):
        ready, occupation, standing, admitted = False, -1, -1, False
        for asked in range(len(query.standing)):
            if query.standing[asked] != standing:
                standing, admitted = query.standing[asked], False
                for cell in range(number * cells, (number + 1) * cells):
                    need = catalogue.cell_requirement[cell]
                    if need >= 0 and catalogue.admits[standing, need]:
                        admitted = True
            if not admitted:
                continue
            if not ready:
                _thicken(catalogue, space.thick, number)
                _charge(catalogue, priced, space.net, number * block)
                ready = True
            if query.occupation[asked] != occupation:
                occupation = query.occupation[asked]
                _begin(catalogue, space, number * block, catalogue.affinity[occupation])
            _total(catalogue, query, space, number, asked)
            if query.exception_start[asked] < query.exception_start[asked + 1]:
                _except(query, space.total, asked, number * block)
            _collect(catalogue, query, priced, best, space.total, number, asked)


@njit(cache=True, nogil=True)
def _thicken(catalogue: Catalogue, thick: Short, number: int) -> None:  # pragma: no cover
    """Write the frequent skills of a block as whole rows, one for each class."""
    thick[:] = 0
    for row in range(len(catalogue.thick_skill)):
        skill = catalogue.thick_skill[row]
        for entry in range(catalogue.first[number, skill], catalogue.first[number, skill + 1]):
            for level in range(5):
                thick[row * 5 + level, catalogue.at[entry]] = catalogue.gain[level, entry]


@njit(cache=True, nogil=True)
def _charge(
    catalogue: Catalogue, priced: Priced, net: Short, first: int
) -> None:  # pragma: no cover
    """Write base less price; what is so dear that nobody can want it is cut off."""
    for at in range(len(net)):
        value = np.int32(catalogue.base[first + at]) - priced.unit[first + at]
        net[at] = np.int16(max(value, np.int32(_LOWEST)))


@njit(cache=True, nogil=True)
def _begin(catalogue: Catalogue, space: Space, first: int, affinity: Short) -> None:  # pragma: no cover
    """Add the affinity of an occupation, which is 0 or below in a catalogue."""
    for at in range(len(space.begin)):
        value = np.int32(space.net[at]) + np.int32(affinity[catalogue.occupation[first + at]])
        space.begin[at] = np.int16(value if value > _LOWEST else _LOWEST)


@njit(cache=True, nogil=True)
def _total(
    catalogue: Catalogue, query: Query, space: Space, number: int, asked: int
) -> None:  # pragma: no cover
    """Add up what a person's skills gain at each post of a block."""
    thick, begin, total = space.thick, space.begin, space.total
    low, high = query.thick_start[asked], query.thick_start[asked + 1]
    # Lists of frequent skills are filled to a multiple of four with the row of zeros.
    a, b, c, d = query.thick[low], query.thick[low + 1], query.thick[low + 2], query.thick[low + 3]
    for at in range(len(total)):
        total[at] = begin[at] + thick[a, at] + thick[b, at] + thick[c, at] + thick[d, at]
    for group in range(low + 4, high, 4):
        a, b = query.thick[group], query.thick[group + 1]
        c, d = query.thick[group + 2], query.thick[group + 3]
        if int(c) == len(thick) - 1:
            for at in range(len(total)):
                total[at] += thick[a, at] + thick[b, at]
        else:
            for at in range(len(total)):
                total[at] += thick[a, at] + thick[b, at] + thick[c, at] + thick[d, at]
    for entry in range(query.start[asked], query.start[asked + 1]):
        skill, level = query.skill[entry], query.level[entry]
        for posting in range(catalogue.first[number, skill], catalogue.first[number, skill + 1]):
            total[catalogue.at[posting]] += catalogue.gain[level, posting]


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


@njit(cache=True, nogil=True)
def _collect(
    catalogue: Catalogue, query: Query, priced: Priced, best: Best, total: Short, number: int, asked: int
) -> None:  # pragma: no cover
    """Keep the posts of a block that exceed what the person has so far."""
    grain = catalogue.grain
    limit = best.floor[asked] // priced.fine
    for stretch in range(len(total) // STRETCH):
        most = _LOWEST
        for at in range(STRETCH):
            one = total[stretch * STRETCH + at]
            most = one if one > most else most
        if most <= limit:
            continue
        for first in range(stretch * STRETCH, (stretch + 1) * STRETCH, grain):
            cell = (number * len(total) + first) // grain
            need = catalogue.cell_requirement[cell]
            if need < 0 or not catalogue.admits[query.standing[asked], need]:
                continue
            moved = catalogue.relocation[query.region[asked], catalogue.cell_region[cell]]
            if most + moved > limit:
                _keep(catalogue, priced, best, total, number, asked, first, moved)
        limit = best.floor[asked] // priced.fine


@njit(cache=True, nogil=True)
def _keep(
    catalogue: Catalogue, priced: Priced, best: Best, total: Short, number: int, asked: int,
    first: int, moved: int,
) -> None:  # pragma: no cover
    """Keep the posts of a cell that exceed what the person has so far."""
    floor = best.floor[asked]
    limit = floor // priced.fine - moved
    for at in range(first, first + catalogue.grain):
        if total[at] <= limit:
            continue
        place = number * len(total) + at
        net = (total[at] + moved) * priced.fine - priced.rest[place]
        if net <= floor or catalogue.post[place] < 0:
            continue
        size = best.size[asked]
        best.place[asked, size] = place
        best.net[asked, size] = net
        best.size[asked] = size + 1
        if size + 1 == best.place.shape[1]:
            keep_best(best.place[asked], best.net[asked], best.k)
            best.size[asked] = best.k
            floor = best.net[asked, best.k - 1]
            limit = floor // priced.fine - moved
    best.floor[asked] = floor


@njit(cache=True, nogil=True)
def keep_best(place: Small, net: Small, k: int) -> None:  # pragma: no cover
    """Bring the k largest nets to the front (lower places first among equals), the k-th last."""
    low, high = 0, len(net) - 1
    while low < high:
        middle = (low + high) // 2
        pivot, pivot_place = net[middle], place[middle]
        left, right = low, high
        while left <= right:
            while net[left] > pivot or (net[left] == pivot and place[left] < pivot_place):
                left += 1
            while net[right] < pivot or (net[right] == pivot and place[right] > pivot_place):
                right -= 1
            if left <= right:
                net[left], net[right] = net[right], net[left]
                place[left], place[right] = place[right], place[left]
                left += 1
                right -= 1
        if k - 1 <= right:
            high = right
        elif k - 1 >= left:
            low = left
        else:
            return


@njit(cache=True, nogil=True)
def place_postings(
    start: Whole, skill: Small, kind: Bytes, weight: Short, place: Small, block: int, ratio: Small,
    first: Small, at: NDArray[np.uint16], gain: Short,
) -> None:  # pragma: no cover
    """Write the posting lists of all blocks; ``first`` must be zero and ends as their starts."""
    skills = first.shape[1] - 1
    for post in range(len(place)):
        if place[post] >= 0:
            for entry in range(start[post], start[post + 1]):
                first[place[post] // block, skill[entry]] += 1
    before = 0
    for number in range(len(first)):
        for one in range(skills + 1):
            size = first[number, one]
            first[number, one] = before
            before += size
    for post in range(len(place)):
        if place[post] < 0:
            continue
        number = place[post] // block
        for entry in range(start[post], start[post + 1]):
            to = first[number, skill[entry]]
            first[number, skill[entry]] = to + 1
            at[to] = place[post] % block
            for level in range(5):
                share = np.int64(ratio[level + 1, kind[entry]])
                gain[level, to] = np.int16((np.int64(weight[entry]) * share + 8192) >> 14)
    # Every start was moved to its list's end, which is the next list's start.
    for number in range(len(first) - 1, -1, -1):
        for one in range(skills, 0, -1):
            first[number, one] = first[number, one - 1]
        first[number, 0] = first[number - 1, skills] if number else 0


@njit(cache=True, nogil=True)
def settle(best: Best, type_at: Small, post: Small, net: Small) -> None:  # pragma: no cover
    """Write the best of each person in falling order; the floor becomes what is left out."""
    for asked in range(len(post)):
        size = best.size[asked]
        if size > best.k:
            keep_best(best.place[asked, :size], best.net[asked, :size], best.k)
            size = best.k
            best.floor[asked] = best.net[asked, size - 1]
        order = np.argsort(-best.net[asked, :size], kind="mergesort")
        for at in range(size):
            post[asked, at] = type_at[best.place[asked, order[at]]]
            net[asked, at] = best.net[asked, order[at]]
        if size == best.k:
            best.floor[asked] = net[asked, size - 1]
