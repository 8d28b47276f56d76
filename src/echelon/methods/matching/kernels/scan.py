"""The scan of all posts: scores accumulated block by block, the best kept for each person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.matching.kernels.bids import Small, Whole

__all__ = ["Best", "Catalogue", "Priced", "Query", "Space", "keep_best", "place_postings", "scan", "settle"]

Short = NDArray[np.int16]
Bytes = NDArray[np.uint8]
_LOWEST = np.int16(-31500)


class Catalogue(NamedTuple):
    """All posts in the order of (hard requirement, region), in blocks, and their posting lists.

    ``post`` is the type at each place (-1 for padding), ``cell_region`` and ``cell_requirement``
    hold for each cell of ``grain`` places. ``first[b, k]`` to ``first[b, k + 1]`` are the postings
    of skill k in block b: ``at`` is the place in the block, ``gain[c - 1]`` what class c gains.
    ``thick`` is the row of a frequent skill in the thick part, -1 for the others.
    """

    post: Small
    base: Short
    occupation: Short
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
    """The people who ask, in the order of (standing, occupation), and what they must exceed."""

    row: Small
    start: Whole
    skill: Small
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
    begin: Short
    total: Short
    chosen: Small


@njit(cache=True, nogil=True)
def scan(
    catalogue: Catalogue, query: Query, priced: Priced, best: Best, space: Space, low: int, high: int
) -> None:  # pragma: no cover
    """Find the best posts of the people ``low`` to ``high`` of the query among all posts."""
    block, cells = catalogue.block, catalogue.block // catalogue.grain
    for number in range(len(catalogue.first)):
        ready, occupation, standing, admitted = False, -1, -1, False
        for asked in range(low, high):
            row = query.row[asked]
            if query.standing[row] != standing:
                standing, admitted = query.standing[row], False
                for cell in range(number * cells, (number + 1) * cells):
                    need = catalogue.cell_requirement[cell]
                    if need >= 0 and catalogue.admits[standing, need]:
                        admitted = True
            if not admitted:
                continue
            if not ready:
                _thicken(catalogue, space.thick, number)
                ready = True
            if query.occupation[row] != occupation:
                occupation = query.occupation[row]
                _begin(catalogue, priced, space.begin, number * block, occupation)
            _total(catalogue, query, space, number, row)
            if query.exception_start[row] < query.exception_start[row + 1]:
                _except(query, space.total, row, number * block, block)
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
def _begin(
    catalogue: Catalogue, priced: Priced, begin: Short, first: int, occupation: int
) -> None:  # pragma: no cover
    """Write base and affinity less price, where everything that cannot matter is cut off."""
    for at in range(catalogue.block):
        value = (
            np.int32(catalogue.base[first + at])
            + catalogue.affinity[occupation, catalogue.occupation[first + at]]
            - priced.unit[first + at]
        )
        begin[at] = np.int16(max(value, np.int32(_LOWEST)))


@njit(cache=True, nogil=True)
def _total(
    catalogue: Catalogue, query: Query, space: Space, number: int, row: int
) -> None:  # pragma: no cover
    """Add up what a person's skills gain at each post of a block."""
    thick, begin, total, chosen = space.thick, space.begin, space.total, space.chosen
    zero = len(thick) - 1
    count = 0
    for entry in range(query.start[row], query.start[row + 1]):
        place = catalogue.thick[query.skill[entry]]
        if place >= 0:
            chosen[count] = place * 5 + query.level[entry] - 1
            count += 1
    chosen[count : count + 4] = zero
    a, b, c, d = chosen[0], chosen[1], chosen[2], chosen[3]
    for at in range(len(total)):
        total[at] = begin[at] + thick[a, at] + thick[b, at] + thick[c, at] + thick[d, at]
    done = 4
    while done < count:
        a, b = chosen[done], chosen[done + 1]
        if done + 2 < count:
            c, d = chosen[done + 2], chosen[done + 3]
            for at in range(len(total)):
                total[at] += thick[a, at] + thick[b, at] + thick[c, at] + thick[d, at]
        else:
            for at in range(len(total)):
                total[at] += thick[a, at] + thick[b, at]
        done += 4
    for entry in range(query.start[row], query.start[row + 1]):
        skill = query.skill[entry]
        if catalogue.thick[skill] < 0:
            level = query.level[entry] - 1
            for posting in range(catalogue.first[number, skill], catalogue.first[number, skill + 1]):
                total[catalogue.at[posting]] += catalogue.gain[level, posting]


@njit(cache=True, nogil=True)
def _except(query: Query, total: Short, row: int, first: int, block: int) -> None:  # pragma: no cover
    """Apply the exceptions of a person in a block."""
    low, high = query.exception_start[row], query.exception_start[row + 1]
    end = high
    while low < high:
        middle = (low + high) // 2
        if query.exception_place[middle] < first:
            low = middle + 1
        else:
            high = middle
    while low < end and query.exception_place[low] < first + block:
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
    row = query.row[asked]
    region, standing = query.region[row], query.standing[row]
    floor = best.floor[asked]
    limit = floor // priced.fine
    cells = catalogue.block // grain
    for cell in range(cells):
        most = total[cell * grain]
        for at in range(cell * grain, (cell + 1) * grain):
            most = max(most, total[at])
        if most <= limit:
            continue
        need = catalogue.cell_requirement[number * cells + cell]
        if need < 0 or not catalogue.admits[standing, need]:
            continue
        moved = catalogue.relocation[region, catalogue.cell_region[number * cells + cell]]
        if most + moved <= limit:
            continue
        for at in range(cell * grain, (cell + 1) * grain):
            if total[at] + moved > limit:
                place = number * catalogue.block + at
                net = (total[at] + moved) * priced.fine - priced.rest[place]
                if net > floor and catalogue.post[place] >= 0:
                    size = best.size[asked]
                    best.place[asked, size] = place
                    best.net[asked, size] = net
                    best.size[asked] = size + 1
                    if size + 1 == best.place.shape[1]:
                        keep_best(best.place[asked], best.net[asked], best.k)
                        best.size[asked] = best.k
                        floor = best.net[asked, best.k - 1]
                        limit = floor // priced.fine
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
