"""People bid for seats: the forward auction in whole numbers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "OUTSIDE",
    "PAUSED",
    "SEEKING",
    "Bidders",
    "Pool",
    "Seats",
    "bid",
    "nearest",
    "place_rest",
    "profits",
    "sort_lists",
    "worth",
]

Small = NDArray[np.int32]
Whole = NDArray[np.int64]

SEEKING, OUTSIDE, PAUSED = -1, -2, -3
"""What stands in place of a post: still bidding, content without one, waiting for a new list."""


class Pool(NamedTuple):
    """The candidate lists: entries ``start[r]`` to ``start[r] + size[r]`` for row r.

    ``bound`` is what no post outside the list of the row can exceed, in price units.
    """

    start: Whole
    size: Small
    post: Small
    score: Small
    bound: Small


class Seats(NamedTuple):
    """The seats of all posts: a heap of accepted bids for each, the lowest at its start.

    ``price`` is the lowest bid of each post; a free seat counts as a bid of 0 of nobody (-1).
    """

    start: Whole
    bid: Small
    owner: Small
    price: Small


class Bidders(NamedTuple):
    """Individuals: their list, the post that each holds, those who seek, those who are paused.

    ``top`` holds the numbers of seekers, of paused people, and of bids made.
    """

    row: Small
    post: Small
    stack: Small
    paused: Small
    top: Whole


@njit(cache=True, nogil=True)
def bid(
    market: tuple[Pool, Seats, Bidders], units: tuple[int, int, bool], most: int
) -> None:  # pragma: no cover
    """Let the seekers bid until none is left or ``most`` bids are made.

    A person bids for the post of the best score less price, so much that the next best (or the
    bound on everything outside the list, or staying unmatched) would be as good, plus ``step``.
    Who cannot know from the list that it is the best is paused. ``units`` are fine units in a score
    unit, the step, and whether scores fall along each list, so that it need not be read to its end.
    """
    pool, seats, bidders = market
    fine, step, falling = units
    made = 0
    while bidders.top[0] > 0 and made < most:
        bidders.top[0] -= 1
        person = bidders.stack[bidders.top[0]]
        row = bidders.row[person]
        best, second = np.int64(-(1 << 30)), np.int64(-(1 << 30))
        target, worth = -1, np.int64(0)
        for entry in range(pool.start[row], pool.start[row] + pool.size[row]):
            full = np.int64(pool.score[entry]) * fine
            if falling and full <= second:
                break
            post = pool.post[entry]
            net = full - seats.price[post]
            if net > best:
                second = best
                best, target, worth = net, post, full
            elif net > second:
                second = net
        left = pool.bound[row]
        if left > 0 and best < left:
            bidders.post[person] = PAUSED
            bidders.paused[bidders.top[1]] = person
            bidders.top[1] += 1
            continue
        if best <= 0:
            bidders.post[person] = OUTSIDE
            continue
        made += 1
        offer = min(worth, worth - max(second, left, 0) + step)
        evicted = take(seats, target, (offer, person))
        bidders.post[person] = target
        if evicted >= 0:
            bidders.post[evicted] = SEEKING
            bidders.stack[bidders.top[0]] = evicted
            bidders.top[0] += 1
    bidders.top[2] += made


@njit(cache=True, nogil=True, inline="always")
def take(seats: Seats, post: int, new: tuple[int, int]) -> int:  # pragma: no cover
    """Give the cheapest seat of a post to a person, and return who held it (-1 for nobody)."""
    offer, person = new
    start, size = seats.start[post], seats.start[post + 1] - seats.start[post]
    evicted = seats.owner[start]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and seats.bid[start + child + 1] < seats.bid[start + child]:
            child += 1
        if seats.bid[start + child] >= offer:
            break
        seats.bid[start + at] = seats.bid[start + child]
        seats.owner[start + at] = seats.owner[start + child]
        at = child
    seats.bid[start + at] = offer
    seats.owner[start + at] = person
    seats.price[post] = seats.bid[start]
    return evicted


@njit(cache=True, nogil=True)
def sort_lists(pool: Pool) -> None:  # pragma: no cover
    """Put each list in order of falling scores; by insertion, which suits short lists."""
    for first, size in zip(pool.start, pool.size):  # noqa: B905
        for entry in range(first + 1, first + size):
            score, post = pool.score[entry], pool.post[entry]
            at = entry
            while at > first and pool.score[at - 1] < score:
                pool.score[at], pool.post[at] = pool.score[at - 1], pool.post[at - 1]
                at -= 1
            pool.score[at], pool.post[at] = score, post


@njit(cache=True, nogil=True)
def profits(pool: Pool, priced: tuple[Small, int], gain: Small) -> int:  # pragma: no cover
    """Write what each row gains at the best post of its list, 0 at least; see how many are open.

    Where the best is below the bound on everything else the entry is -1 - bound: it is not known.
    """
    price, fine = priced
    open_ = 0
    for row in range(len(gain)):
        best = np.int64(0)
        for entry in range(pool.start[row], pool.start[row] + pool.size[row]):
            best = max(best, np.int64(pool.score[entry]) * fine - price[pool.post[entry]])
        gain[row] = best
        if best < pool.bound[row]:
            gain[row] = -1 - pool.bound[row]
            open_ += 1
    return open_


@njit(cache=True, nogil=True)
def nearest(
    pool: Pool, priced: tuple[Small, int], wanted: tuple[Whole, Small]
) -> None:  # pragma: no cover
    """Write the best net that each list still offers."""
    price, fine = priced
    rows, best = wanted
    for at in range(len(rows)):
        row, most = rows[at], np.int64(-(1 << 30))
        for entry in range(pool.start[row], pool.start[row] + pool.size[row]):
            most = max(most, np.int64(pool.score[entry]) * fine - price[pool.post[entry]])
        best[at] = most


@njit(cache=True, nogil=True)
def worth(pool: Pool, bidders: Bidders) -> int:  # pragma: no cover
    """Return the value of the matching in score units."""
    total = 0
    for person in range(len(bidders.row)):
        row, held = bidders.row[person], bidders.post[person]
        if held >= 0:
            for entry in range(pool.start[row], pool.start[row] + pool.size[row]):
                if pool.post[entry] == held:
                    total += pool.score[entry]
                    break
    return total


@njit(cache=True, nogil=True)
def place_rest(pool: Pool, seats: Seats, bidders: Bidders) -> None:  # pragma: no cover
    """Place everybody who seeks or waits at the best free seat of the list."""
    for person in range(len(bidders.row)):
        if bidders.post[person] != SEEKING and bidders.post[person] != PAUSED:
            continue
        row = bidders.row[person]
        best, target = 0, -1
        for entry in range(pool.start[row], pool.start[row] + pool.size[row]):
            post = pool.post[entry]
            if pool.score[entry] > best and seats.owner[seats.start[post]] < 0:
                best, target = pool.score[entry], post
        bidders.post[person] = OUTSIDE
        if target >= 0:
            take(seats, target, (seats.price[target], person))
            bidders.post[person] = target
    bidders.top[0] = bidders.top[1] = 0
