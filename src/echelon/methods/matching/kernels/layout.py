"""Posts laid out for the scan: posting lists and affinities."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.matching.kernels.bids import Small, Whole

__all__ = ["place_postings", "spread_out"]


@njit(cache=True, nogil=True)
def place_postings(
    required: tuple[Whole, Small, NDArray[np.uint8], NDArray[np.int16]],
    layout: tuple[Small, int, Small],
    lists: tuple[Small, Small],
) -> None:  # pragma: no cover
    """Write the posting lists of all blocks; ``first`` must be zero and ends as their starts."""
    start, skill, kind, weight = required
    place, block, ratio = layout
    first, postings = lists
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
            for level in range(5):
                share = np.int64(ratio[level + 1, kind[entry]])
                gain = (np.int64(weight[entry]) * share + 8192) >> 14
                postings[level, to] = np.int32((gain << 16) | (place[post] % block))
    # Every start was moved to its list's end, which is the next list's start.
    for number in range(len(first) - 1, -1, -1):
        for one in range(skills, 0, -1):
            first[number, one] = first[number, one - 1]
        first[number, 0] = first[number - 1, skills] if number else 0


@njit(cache=True, nogil=True)
def spread_out(
    affinity: NDArray[np.int16], occupation: NDArray[np.uint16], spread: NDArray[np.int16]
) -> None:  # pragma: no cover
    """Write the affinity of every occupation at every place."""
    for row in range(len(affinity)):
        for place in range(len(occupation)):
            spread[row, place] = affinity[row, occupation[place]]
