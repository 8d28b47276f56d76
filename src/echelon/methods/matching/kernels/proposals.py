"""People propose to posts along their lists: deferred acceptance and trading cycles."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.methods.matching.kernels.bids import Small, Whole

__all__ = ["choose", "listed_twice", "propose", "serve", "trade"]


@njit(cache=True, nogil=True)
def propose(
    lists: tuple[Whole, Small, Small],
    people: tuple[Whole, Small, Whole, Small],
    seats: tuple[Whole, Whole, Small],
) -> int:  # pragma: no cover
    """Let seekers propose down their lists until no proposal is left, and count the proposals.

    ``lists`` are start, post and priority of the entries; ``people`` the seekers, and of each
    individual its row, the place of its next proposal and its lottery number; ``seats`` the start
    of each post's heap, the key (priority, lottery) and the owner of each seat. A free seat has
    the key -1.
    """
    start, post, priority = lists
    seekers, row, ahead, lottery = people
    heap, key, owner = seats
    made = 0
    for one in seekers:
        person = one
        while person >= 0:
            entry = ahead[person]
            if entry >= start[row[person] + 1]:
                break
            ahead[person] += 1
            made += 1
            at = post[entry]
            first, size = heap[at], heap[at + 1] - heap[at]
            mine = (np.int64(priority[entry]) << 32) | np.int64(lottery[person])
            if size == 0 or key[first] >= mine:
                continue
            evicted = owner[first]
            _sift(key, owner, (first, size), (mine, person))
            person = evicted
    return made


@njit(cache=True, nogil=True, inline="always")
def _sift(
    key: Whole, owner: Small, heap: tuple[int, int], new: tuple[np.int64, int]
) -> None:  # pragma: no cover
    """Replace the lowest of a heap."""
    first, size = heap
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and key[first + child + 1] < key[first + child]:
            child += 1
        if key[first + child] >= new[0]:
            break
        key[first + at] = key[first + child]
        owner[first + at] = owner[first + child]
        at = child
    key[first + at] = new[0]
    owner[first + at] = new[1]


@njit(cache=True, nogil=True)
def trade(
    lists: tuple[Whole, Small, Small], orders: tuple[Whole, Small], left: Whole
) -> Small:  # pragma: no cover
    """Find top trading cycles and carry them out; returns the post of each individual.

    ``lists`` are start and post of the people's entries, and the row of each individual; ``orders``
    start and individual of the posts' entries, best first; ``left`` the seats of each post, which
    are used up.
    """
    start, post, row = lists
    n, m = len(row), len(left)
    given = np.full(n, -1, np.int32)
    gone = np.zeros(n, np.bool_)
    ahead = np.empty(n, np.int64)
    for person in range(n):
        ahead[person] = start[row[person]]
    next_ = orders[0][:m].copy()
    seen = np.full(n, -1, np.int64)
    path = np.empty(n + 1, np.int32)
    for first in range(n):
        length, person = 0, first
        while not gone[first]:
            end = start[row[person] + 1]
            while ahead[person] < end and left[post[ahead[person]]] == 0:
                ahead[person] += 1
            if ahead[person] >= end:
                # Nothing left to ask for: the person goes, and the path is followed again.
                gone[person] = True
                for at in range(length):
                    seen[path[at]] = -1
                length, person = 0, first
                continue
            if seen[person] >= 0:
                for at in range(seen[person], length):
                    one = path[at]
                    given[one] = post[ahead[one]]
                    left[given[one]] -= 1
                    gone[one] = True
                for at in range(length):
                    seen[path[at]] = -1
                length, person = 0, first
                continue
            seen[person] = length
            path[length] = person
            length += 1
            wanted = post[ahead[person]]
            while gone[orders[1][next_[wanted]]]:
                next_[wanted] += 1
            person = orders[1][next_[wanted]]
    return given


@njit(cache=True, nogil=True)
def choose(
    lists: tuple[Whole, Small, Small], order: Whole, left: Whole
) -> NDArray[np.int32]:  # pragma: no cover
    """Let individuals choose in order, and return the post of each; ``left`` is used up."""
    start, post, row = lists
    given = np.full(len(row), -1, np.int32)
    for person in order:
        for entry in range(start[row[person]], start[row[person] + 1]):
            if left[post[entry]] > 0:
                given[person] = post[entry]
                left[post[entry]] -= 1
                break
    return given


@njit(cache=True, nogil=True)
def serve(
    about: tuple[Small, Small, Whole], group: Whole, state: tuple[Whole, Small]
) -> int:  # pragma: no cover
    """Let a group choose in order until a list ends that is not known to be complete.

    ``about`` holds the lists, what posts outside them are worth at most, and the list of each of
    the group. Returns how many have chosen; the first one always has.
    """
    lists, bound, where = about
    left, given = state
    for at in range(len(group)):
        found = False
        for post in lists[where[at]]:
            if post < 0:
                break
            if left[post] > 0:
                given[group[at]] = post
                left[post] -= 1
                found = True
                break
        if not found and bound[where[at]] > 0:
            return at
    return len(group)


@njit(cache=True, nogil=True)
def listed_twice(start: Whole, post: Whole, seen: Whole) -> bool:  # pragma: no cover
    """Return whether a row lists a post twice; ``seen`` holds -1 for each post."""
    for row in range(len(start) - 1):
        for entry in range(start[row], start[row + 1]):
            if seen[post[entry]] == row:
                return True
            seen[post[entry]] = row
    return False
