"""The scan of all posts: scores accumulated block by block, the best kept for each person."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.matching.kernels.best import Best, keep_best
from echelon.methods.matching.kernels.bids import Small, Whole
from echelon.methods.matching.kernels.sums import (
    Catalogue,
    Priced,
    Query,
    Short,
    Space,
    begin_with,
    charge,
    thicken,
    total_of,
)

__all__ = ["SHIFT", "STRETCH", "outbid", "scan", "tabulate"]

_LOWEST = np.int16(-32768)

SHIFT = 1 << 17
"""Added to scores in keys, so that they are not negative."""

STRETCH = 128
"""Places whose largest sum is found at once; the compiler makes a few instructions of it."""

_STEP = 16


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
            thicken(catalogue, space.thick, number)
            charge(catalogue, priced, (space.net, number * block))
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
        thicken(catalogue, space.thick, number)
        charge(catalogue, priced, (space.net, origin))
        for asked in range(len(query.standing)):
            if query.occupation[asked] != occupation:
                occupation = query.occupation[asked]
                begin_with(catalogue, space, (origin, occupation))
            total_of((catalogue, query), space, (number, asked))
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
        thicken(catalogue, space.thick, number)
        charge(catalogue, priced, (space.net, origin))
        occupation = -1
        for asked in range(len(query.standing)):
            if query.occupation[asked] != occupation:
                occupation = query.occupation[asked]
                begin_with(catalogue, space, (origin, occupation))
            total_of((catalogue, query), space, (number, asked))
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
            begin_with(catalogue, space, (number * catalogue.block, occupation))
        total_of((catalogue, query), space, (number, asked))
        _collect(catalogue, query, priced, best, space.total, number, asked)


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
