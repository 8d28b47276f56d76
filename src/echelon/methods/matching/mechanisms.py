"""Rules that place people along lists: deferred acceptance, immediate acceptance, trading cycles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.preferences import Preferences, individuals, lottery

__all__ = ["Placement", "exchange", "immediate", "in_order", "stable"]

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Placement:
    """Who goes where under a rule.

    Parameters
    ----------
    post : array (individuals,)
        Post of each individual in the order of the rows of the preferences, -1 for none. A row that
        stands for several people has as many individuals in succession.
    rank : array (individuals,)
        Place of the post in the list, 1 for the first choice; 0 for the unmatched.
    cutoff : array (posts,)
        Lowest priority that got a seat where all seats are taken, -1 where seats are free.
    proposals : int
    """

    post: NDArray[np.int32]
    rank: NDArray[np.int32]
    cutoff: NDArray[np.int32]
    proposals: int


def stable(listed: Preferences, *, seed: int = 0) -> Placement:
    """Place people so that nobody and no post would rather have each other (deferred acceptance).

    People propose down their lists; a post keeps those of the highest priority and lets the others
    go on. The result is the best stable matching for all people, and telling the truth is best for
    them. Equal priority is decided by one seeded lottery.

    Parameters
    ----------
    listed : Preferences
    seed : int

    Returns
    -------
    Placement

    References
    ----------
    Gale, D., & Shapley, L. S. (1962). American Mathematical Monthly 69, 9-15.
    """
    from echelon.methods.matching.kernels.proposals import propose

    row = individuals(listed)
    heap = np.concatenate([[0], np.cumsum(listed.capacity)]).astype(np.int64)
    key = np.full(int(heap[-1]), -1, dtype=np.int64)
    owner = np.full(int(heap[-1]), -1, dtype=np.int32)
    ahead = listed.start[row]
    people = (np.arange(len(row)), row, ahead, lottery(len(row), seed))
    made = propose((listed.start, listed.post, listed.priority), people, (heap, key, owner))
    post = np.full(len(row), -1, dtype=np.int32)
    rank = np.zeros(len(row), dtype=np.int32)
    held = owner >= 0
    post[owner[held]] = np.repeat(np.arange(len(listed.capacity)), listed.capacity)[held]
    placed = post >= 0
    rank[placed] = (ahead - listed.start[row])[placed]
    return Placement(post, rank, _cutoffs(heap, key), made)


def _cutoffs(heap: Whole, key: Whole) -> NDArray[np.int32]:
    """Return the priority at the root of each heap, -1 where a seat is free or there is none."""
    cutoff = np.full(len(heap) - 1, -1, dtype=np.int32)
    some = np.flatnonzero(np.diff(heap) > 0)
    root = key[heap[some]]
    cutoff[some] = np.where(root < 0, -1, root >> 32)
    return cutoff


def immediate(listed: Preferences, *, seed: int = 0) -> Placement:
    """Place people by their first choices first, for good (the Boston rule); a bad baseline.

    In round r those who are left propose to their r-th choice, and posts accept for good by
    priority. It rewards strategy: who asks for a popular post and fails finds the next one full.

    Parameters
    ----------
    listed : Preferences
    seed : int

    Returns
    -------
    Placement

    References
    ----------
    Abdulkadiroglu, A., & Sönmez, T. (2003). American Economic Review 93, 729-747.
    """
    row = individuals(listed)
    chance = lottery(len(row), seed)
    left = listed.capacity.copy()
    post = np.full(len(row), -1, dtype=np.int32)
    rank = np.zeros(len(row), dtype=np.int32)
    cutoff = np.full(len(left), -1, dtype=np.int32)
    seeking, made = np.arange(len(row)), 0
    for place in range(int(np.diff(listed.start).max(initial=0))):
        entry = listed.start[row[seeking]] + place
        seeking = seeking[entry < listed.start[row[seeking] + 1]]
        entry = listed.start[row[seeking]] + place
        wanted, priority = listed.post[entry], listed.priority[entry]
        order = np.lexsort((-chance[seeking], -priority.astype(np.int64), wanted))
        turn = np.arange(len(order)) - np.searchsorted(wanted[order], wanted[order], side="left")
        taken = order[turn < left[wanted[order]]]
        post[seeking[taken]], rank[seeking[taken]] = wanted[taken], place + 1
        left -= np.bincount(wanted[taken], minlength=len(left))
        lowest = np.full(len(left), np.iinfo(np.int32).max, dtype=np.int32)
        np.minimum.at(lowest, wanted[taken], priority[taken])
        full = (left == 0) & (lowest < np.iinfo(np.int32).max)
        cutoff[full] = lowest[full]
        made += len(seeking)
        seeking = np.delete(seeking, taken)
        if not len(seeking):
            break
    return Placement(post, rank, cutoff, made)


def exchange(listed: Preferences, *, seed: int = 0) -> Placement:
    """Place people by trading priorities until no group can gain by a swap (top trading cycles).

    Everybody points to the best post with a seat, every such post to the person of the highest
    priority; whoever is in a cycle gets what they point to. Nobody can be made better off without
    making another worse off, and telling the truth is best; but priorities can be passed over.

    Parameters
    ----------
    listed : Preferences
    seed : int

    Returns
    -------
    Placement

    References
    ----------
    Abdulkadiroglu, A., & Sönmez, T. (2003). American Economic Review 93, 729-747.
    """
    from echelon.methods.matching.kernels.proposals import trade

    row = individuals(listed)
    chance = lottery(len(row), seed)
    size = np.diff(listed.start)[row]
    before = np.cumsum(size) - size
    entry = np.repeat(listed.start[row] - before, size) + np.arange(int(size.sum()))
    person = np.repeat(np.arange(len(row), dtype=np.int32), size)
    order = np.lexsort(
        (-chance[person], -listed.priority[entry].astype(np.int64), listed.post[entry])
    )
    begin = np.searchsorted(listed.post[entry][order], np.arange(len(listed.capacity) + 1))
    orders = (begin.astype(np.int64), person[order])
    post = trade((listed.start, listed.post, row), orders, listed.capacity.copy())
    return _placed(listed, row, post)


def in_order(listed: Preferences, order: Whole) -> Placement:
    """Place people one after the other, each at the best post that has a seat left.

    The merit or exam order (serial dictatorship): telling the truth is best, and nobody can be
    made better off without making another worse off.

    Parameters
    ----------
    listed : Preferences
    order : array (individuals,)
        Individuals, who chooses first at the start.

    Returns
    -------
    Placement
    """
    from echelon.methods.matching.kernels.proposals import choose

    row = individuals(listed)
    left = listed.capacity.copy()
    post = choose((listed.start, listed.post, row), np.asarray(order, dtype=np.int64), left)
    return _placed(listed, row, post)


def _placed(listed: Preferences, row: NDArray[np.int32], post: NDArray[np.int32]) -> Placement:
    """Return a placement with its ranks and cutoffs from the posts alone."""
    rank = np.zeros(len(row), dtype=np.int32)
    cutoff = np.full(len(listed.capacity), np.iinfo(np.int32).max, dtype=np.int32)
    taken = np.bincount(post[post >= 0], minlength=len(listed.capacity))
    for place in range(int(np.diff(listed.start).max(initial=0))):
        entry = listed.start[row] + place
        inside = np.flatnonzero(entry < listed.start[row + 1])
        hit = inside[listed.post[entry[inside]] == post[inside]]
        rank[hit] = place + 1
        np.minimum.at(cutoff, post[hit], listed.priority[entry[hit]])
    cutoff[(taken < listed.capacity) | (taken == 0)] = -1
    return Placement(post, rank, cutoff, int(rank.sum()))
