"""The best posts found so far for each person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from echelon.methods.matching.kernels.bids import Pool, Small, Whole

__all__ = ["Best", "keep_best", "settle", "store"]


class Best(NamedTuple):
    """The best so far: places and nets of each person asked, how many, and what to exceed."""

    place: Small
    net: Small
    size: Small
    floor: Small
    k: int


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
def settle(best: Best, type_at: Small, lists: tuple[Small, Small]) -> None:  # pragma: no cover
    """Write the best of each person in falling order; the floor becomes what is left out."""
    post, net = lists
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


@njit(cache=True, nogil=True)
def store(
    best: Best, priced: tuple[Small, Small, int], lists: tuple[Whole, Pool]
) -> None:  # pragma: no cover
    """Write what was found straight into the lists of the pool."""
    type_at, price, fine = priced
    rows, pool = lists
    for asked in range(len(rows)):
        size = best.size[asked]
        bound = best.floor[asked]
        if size > best.k:
            keep_best(best.place[asked, :size], best.net[asked, :size], best.k)
            size = best.k
        if size == best.k:
            bound = best.net[asked, 0]
            for at in range(size):
                bound = min(bound, best.net[asked, at])
        start = pool.start[rows[asked]]
        for at in range(size):
            post = type_at[best.place[asked, at]]
            pool.post[start + at] = post
            pool.score[start + at] = (best.net[asked, at] + price[post]) // fine
        pool.size[rows[asked]] = size
        pool.bound[rows[asked]] = bound
