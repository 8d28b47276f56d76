"""The scan of all posts: scores accumulated block by block, the best kept for each person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.matching.kernels.best import Best, keep_best
from echelon.methods.matching.kernels.bids import Small, Whole

__all__ = [
    "SHIFT",
    "STRETCH",
    "Catalogue",
    "Priced",
    "Query",
    "Space",
    "outbid",
    "scan",
    "tabulate",
]

Short = NDArray[np.int16]
Bytes = NDArray[np.uint8]
_LOWEST = np.int16(-32768)

SHIFT = 1 << 17
"""Added to scores in keys, so that they are not negative."""

STRETCH = 128
"""Places whose largest sum is found at once; the compiler makes a few instructions of it."""

_STEP = 16


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
def scan(
    problem: tuple[Catalogue, Query, Priced], best: Best, space: Space
) -> None:  # pragma: no cover
    """Find the best posts of all people of the query among all posts."""
    catalogue, query, priced = problem
    block, cells = catalogue.block, catalogue.block // catalogue.grain
    admitted = np.zeros(len(catalogue.admits), np.bool_)
    known = space.table.shape[1] > 0
    for number in range(len(catalogue.first)):
        need = catalogue.cell_requirement[number * cells : (number + 1) * cells]
        for standing in range(len(admitted)):
            admitted[standing] = False
            for cell in range(cells):
                if need[cell] >= 0 and catalogue.admits[standing, need[cell]]:
                    admitted[standing] = True
        if not admitted[query.standing].any():
            continue
        if known:
            _reread(catalogue, query, priced, best, space, number)
        else:
            _thicken(catalogue, space.thick, number)
            _charge(catalogue, priced, space.net, number * block)
            _block(catalogue, query, priced, best, space, admitted, number)


@njit(cache=True, nogil=True)
def outbid(
    problem: tuple[Catalogue, Query, Priced], space: Space, offered: tuple[Small, Small, Small]
) -> None:  # pragma: no cover
    """Raise the two highest offers at each place to what people of the query would pay for it.

    ``offered`` holds what each person gains elsewhere, the highest and the second highest offers,
    all in score units.
    """
    catalogue, query, priced = problem
    gain, high, second = offered
    block, grain = catalogue.block, catalogue.grain
    for number in range(len(catalogue.first)):
        origin, occupation = number * block, -1
        _thicken(catalogue, space.thick, number)
        _charge(catalogue, priced, space.net, origin)
        for asked in range(len(query.standing)):
            if query.occupation[asked] != occupation:
                occupation = query.occupation[asked]
                _begin(catalogue, space, origin, occupation)
            _total(catalogue, query, space, number, asked)
            for first in range(0, block, grain):
                cell = (origin + first) // grain
                need = catalogue.cell_requirement[cell]
                if need < 0 or not catalogue.admits[query.standing[asked], need]:
                    continue
                moved = catalogue.relocation[query.region[asked], catalogue.cell_region[cell]]
                here = slice(origin + first, origin + first + grain)
                _raise(
                    (high[here], second[here]),
                    space.total[first : first + grain],
                    moved - gain[asked],
                )


@njit(cache=True, nogil=True, inline="always")
def _raise(offers: tuple[Small, Small], total: Short, added: int) -> None:  # pragma: no cover
    """Raise offers to totals and what is added to each."""
    high, second = offers
    for at in range(len(high)):
        value, best = np.int32(total[at]) + np.int32(added), high[at]
        second[at] = max(second[at], min(best, value))
        high[at] = max(best, value)


@njit(cache=True, nogil=True)
def tabulate(
    problem: tuple[Catalogue, Query, Priced], space: Space, table: Short
) -> None:  # pragma: no cover
    """Write the sums of all pairs without prices and relocation, for markets where they fit."""
    catalogue, query, priced = problem
    for number in range(len(catalogue.first)):
        origin = number * catalogue.block
        _thicken(catalogue, space.thick, number)
        _charge(catalogue, priced, space.net, origin)
        occupation = -1
        for asked in range(len(query.standing)):
            if query.occupation[asked] != occupation:
                occupation = query.occupation[asked]
                _begin(catalogue, space, origin, occupation)
            _total(catalogue, query, space, number, asked)
            row = query.row[asked]
            for at in range(catalogue.block):
                table[row, origin + at] = space.total[at]


@njit(cache=True, nogil=True)
def _reread(
    catalogue: Catalogue, query: Query, priced: Priced, best: Best, space: Space, number: int
) -> None:  # pragma: no cover
    """Serve everybody from one block of the table of sums."""
    total, table = space.total, space.table
    origin = number * len(total)
    unit = priced.unit[origin : origin + len(total)]
    for asked in range(len(query.standing)):
        sums = table[query.row[asked], origin : origin + len(total)]
        for at in range(len(total)):
            total[at] = np.int16(max(np.int32(sums[at]) - unit[at], np.int32(-32768)))
        _collect(catalogue, query, priced, best, total, number, asked)


@njit(cache=True, nogil=True)
def _block(
    catalogue: Catalogue,
    query: Query,
    priced: Priced,
    best: Best,
    space: Space,
    admitted: NDArray[np.bool_],
    number: int,
) -> None:  # pragma: no cover
    """Serve everybody from one block."""
    occupation = -1
    for asked in range(len(query.standing)):
        if not admitted[query.standing[asked]]:
            continue
        if query.occupation[asked] != occupation:
            occupation = query.occupation[asked]
            _begin(catalogue, space, number * catalogue.block, occupation)
        _total(catalogue, query, space, number, asked)
        _collect(catalogue, query, priced, best, space.total, number, asked)


@njit(cache=True, nogil=True)
def _total(
    catalogue: Catalogue, query: Query, space: Space, number: int, asked: int
) -> None:  # pragma: no cover
    """Add up what a person's skills gain at each post of a block, and the person's exceptions."""
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
def _collect(
    catalogue: Catalogue,
    query: Query,
    priced: Priced,
    best: Best,
    total: Short,
    number: int,
    asked: int,
) -> None:  # pragma: no cover
    """Keep the posts of a block that exceed what the person has so far."""
    grain, fine, origin = catalogue.grain, priced.fine, number * len(total)
    limit = best.floor[asked] // fine
    for stretch in range(len(total) // STRETCH):
        most = _LOWEST
        for at in range(STRETCH):
            one = total[stretch * STRETCH + at]
            most = one if one > most else most
        if most <= limit:
            continue
        for first in range(stretch * STRETCH, (stretch + 1) * STRETCH, grain):
            cell = (origin + first) // grain
            need = catalogue.cell_requirement[cell]
            if need < 0 or not catalogue.admits[query.standing[asked], need]:
                continue
            moved = catalogue.relocation[query.region[asked], catalogue.cell_region[cell]]
            if most + moved > limit:
                places = (priced.rest, catalogue.post, priced.need)
                seen = (query.key[asked], query.by_score)
                _keep(best, total, places, (asked, first, grain, moved, fine, origin), seen)
        limit = best.floor[asked] // fine


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
def _thicken(catalogue: Catalogue, thick: Short, number: int) -> None:  # pragma: no cover
    """Write the frequent skills of a block as whole rows, one for each class."""
    thick[:] = 0
    for row in range(len(catalogue.thick_skill)):
        skill = catalogue.thick_skill[row]
        for entry in range(catalogue.first[number, skill], catalogue.first[number, skill + 1]):
            for level in range(5):
                packed = catalogue.postings[level, entry]
                thick[row * 5 + level, packed & 0xFFFF] = packed >> 16


@njit(cache=True, nogil=True)
def _charge(
    catalogue: Catalogue, priced: Priced, net: Short, first: int
) -> None:  # pragma: no cover
    """Write base less price; what is so dear that nobody can want it is cut off."""
    for at in range(len(net)):
        value = np.int32(catalogue.base[first + at]) - priced.unit[first + at]
        net[at] = np.int16(max(value, np.int32(catalogue.lowest)))


@njit(cache=True, nogil=True)
def _begin(
    catalogue: Catalogue, space: Space, first: int, occupation: int
) -> None:  # pragma: no cover
    """Add the affinity of an occupation, which is 0 or below in a catalogue."""
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


@njit(cache=True, nogil=True)
def _keep(
    best: Best,
    total: Short,
    places: tuple[Small, Small, Whole],
    about: tuple[int, int, int, int, int, int],
    seen: tuple[int, bool],
) -> None:  # pragma: no cover
    """Keep the posts of a cell that exceed what the person has so far and would take the person."""
    rest, post, need = places
    asked, first, grain, moved, fine, origin = about
    key, by_score = seen
    floor, size = best.floor[asked], best.size[asked]
    limit = floor // fine - moved
    place, nets = best.place[asked], best.net[asked]
    for step in range(first, first + grain, _STEP):
        most = _LOWEST
        for at in range(_STEP):
            one = total[step + at]
            most = one if one > most else most
        if most <= limit:
            continue
        for at in range(step, step + _STEP):
            if total[at] <= limit:
                continue
            score = np.int64(total[at]) + moved
            net = score * fine - rest[origin + at]
            if net <= floor or post[origin + at] < 0:
                continue
            if len(need) > 0:
                mine = (((score + SHIFT) << 32) | key) if by_score else key
                if mine <= need[origin + at]:
                    continue
            place[size] = origin + at
            nets[size] = net
            size += 1
            if size == len(place):
                keep_best(place, nets, best.k)
                size = best.k
                floor = nets[size - 1]
                limit = floor // fine - moved
    best.floor[asked] = floor
    best.size[asked] = size
