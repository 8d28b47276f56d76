"""Stable and merit matchings over all pairs of a market, not only over short lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.acceptance import Acceptance
from echelon.methods.matching.grammar import Figures, Market
from echelon.methods.matching.oracle import best_posts
from echelon.methods.matching.outcome import Matching, of_individuals
from echelon.methods.matching.preferences import lottery, preferences, priorities

__all__ = ["OverAll", "StabilityProof", "merit", "prove_stable", "stable_over_all"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]
_FULL = 1 << 28


@dataclass(frozen=True)
class StabilityProof:
    """The cutoffs of all posts, and what an exact scan of all pairs found against them.

    Parameters
    ----------
    cutoff : array (post types,)
        Lowest key (priority, then lottery) that holds a seat where all are taken, -1 elsewhere.
    blocked : array
        Individuals who prefer a post whose cutoff they beat; none when the matching is stable.
    pairs : int
        Number of pairs that the scan covered.
    """

    cutoff: Whole
    blocked: Whole
    pairs: int

    @property
    def stable(self) -> bool:
        """Return whether no pair of all would rather have each other."""
        return not len(self.blocked)


@dataclass(frozen=True)
class OverAll:
    """A matching of a market by a rule that looks at all pairs.

    Parameters
    ----------
    matching : Matching
        Of the records that were given.
    post_type : array (individuals,)
        Post type of each individual in the order of the person types, -1 for none.
    value : float
        Sum of the scores, in scores.
    proof : StabilityProof or None
        Of a stable matching.
    rounds, lists : int
        Rounds of longer lists, and lists computed.
    """

    matching: Matching
    post_type: NDArray[np.int32]
    value: float
    proof: StabilityProof | None
    rounds: int
    lists: int


def stable_over_all(
    market: Market,
    *,
    k: int = 20,
    priority: Market | Array | None = None,
    seed: int = 0,
    threads: int = 1,
) -> OverAll:
    """Find the matching in which no person and no post of all would rather have each other.

    Deferred acceptance along lists of the k best posts; who reaches the end of a list gets the next
    posts that would still take them, so the result does not depend on k. One exact scan then proves
    that nobody beats the cutoff of a post they prefer.

    Parameters
    ----------
    market : Market
        Its score is what a post is worth to a person.
    k : int
    priority : Market or array (people,), optional
        What posts go by, see :func:`~echelon.methods.matching.preferences.preferences`.
    seed : int
        Of the lottery for equal priority.
    threads : int

    Returns
    -------
    OverAll

    References
    ----------
    Gale, D., & Shapley, L. S. (1962). American Mathematical Monthly 69, 9-15.
    """
    from echelon.methods.matching.kernels.proposals import propose

    listed = preferences(market, k=k, priority=priority, threads=threads)
    row = np.repeat(np.arange(len(market.count), dtype=np.int32), market.count)
    chance = lottery(len(row), seed)
    heap = np.concatenate([[0], np.cumsum(market.capacity)]).astype(np.int64)
    key = np.full(int(heap[-1]), -1, dtype=np.int64)
    owner = np.full(int(heap[-1]), -1, dtype=np.int32)
    lists = (listed.start, listed.post, listed.priority)
    place, ahead = row.copy(), listed.start[row]
    oracle = Acceptance(market, priority, (chance, row), threads=threads)
    ended = np.arange(len(row))
    rounds, made, open_ = 0, len(market.count), np.diff(listed.start)[row] == k
    while True:
        propose(lists, (ended, place, ahead, chance), (heap, key, owner))
        rounds += 1
        post = _holders(owner, market.capacity, len(row))
        ended = np.flatnonzero((post < 0) & open_)
        if not len(ended):
            break
        start, more, wanted = oracle.next(ended, _roots(heap, key), k)
        made += len(ended)
        open_[ended] = np.diff(start) == k
        place[ended] = len(lists[0]) - 1 + np.arange(len(ended), dtype=np.int32)
        lists = (
            np.concatenate([lists[0], lists[0][-1] + start[1:]]),
            np.concatenate([lists[1], more]),
            np.concatenate([lists[2], wanted]),
        )
        ahead[ended] = lists[0][place[ended]]
    proof = prove_stable(market, post, priority=priority, seed=seed, threads=threads)
    return _outcome(market, post, (proof, rounds, made))


def prove_stable(
    market: Market,
    post_type: NDArray[np.int32],
    *,
    priority: Market | Array | None = None,
    seed: int = 0,
    threads: int = 1,
) -> StabilityProof:
    """Scan all pairs for a person who beats the cutoff of a post that they prefer.

    Parameters
    ----------
    market : Market
    post_type : array (individuals,)
        Post type of each individual in the order of the person types, -1 for none.
    priority : Market or array (people,), optional
    seed : int
        Of the lottery for equal priority.
    threads : int

    Returns
    -------
    StabilityProof
    """
    row = np.repeat(np.arange(len(market.count), dtype=np.int32), market.count)
    chance = lottery(len(row), seed)
    held = np.flatnonzero(post_type >= 0)
    pairs = (row[held].astype(np.int64), post_type[held], _score(market, row, post_type)[held])
    mine = (priorities(market, priority, pairs).astype(np.int64) << 32) | chance[held]
    cutoff = np.full(len(market.capacity), np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(cutoff, post_type[held], mine)
    taken = np.bincount(post_type[held], minlength=len(cutoff))
    cutoff[taken < market.capacity] = -1
    oracle = Acceptance(market, priority, (chance, row), threads=threads)
    blocked = oracle.blocked(cutoff, _score(market, row, post_type))
    return StabilityProof(cutoff, blocked, len(market.count) * len(market.capacity))


def merit(
    market: Market, rank: Figures, *, seed: int = 0, k: int = 64, threads: int = 1
) -> OverAll:
    """Let people choose one after the other by merit, each among all posts that are left.

    Serial dictatorship: the best score of all posts with a free seat, a post worth no more than
    staying unmatched is not taken.

    Parameters
    ----------
    market : Market
    rank : array (people,)
        Merit of each record of people; the higher chooses first, equals by lottery.
    seed : int
    k : int
        Posts looked up at a time.
    threads : int

    Returns
    -------
    OverAll

    Raises
    ------
    InvalidArgument
        When merits are unknown or not one for each person.
    """
    merits = np.asarray(rank, dtype=float)
    if merits.shape != market.person_type.shape or np.isnan(merits).any():
        raise InvalidArgument("Give one known merit for each person")
    row, order = _choosers(market, merits, seed)
    left = market.capacity.copy()
    post = np.full(len(row), -1, dtype=np.int32)
    at, made, rounds, size = 0, 0, 0, 256
    while at < len(order):
        group = order[at : at + size]
        closed = np.where(left > 0, 0, _FULL).astype(np.int32)
        types, where = np.unique(row[group], return_inverse=True)
        found = best_posts(market, types, k=k, price=closed, threads=threads)
        done = _serve(found.post, (where, found.bound), (left, post, group))
        made += len(types)
        rounds += 1
        size = min(2 * size, 65_536) if done == len(group) else max(256, done)
        at += done
    return _outcome(market, post, (None, rounds, made))


def _serve(
    lists: NDArray[np.int32],
    about: tuple[Whole, NDArray[np.int32]],
    state: tuple[Whole, NDArray[np.int32], Whole],
) -> int:
    """Serve a group in order until somebody's list is used up; return how many were served."""
    from echelon.methods.matching.kernels.proposals import serve

    where, bound = about
    left, post, group = state
    return int(serve((lists, bound, where.astype(np.int64)), group, (left, post)))


def _choosers(market: Market, merits: Array, seed: int) -> tuple[NDArray[np.int32], Whole]:
    """Return the type of each individual, and the individuals in the order of choosing."""
    by_type = np.argsort(market.person_type, kind="stable")
    record = np.repeat(by_type, market.record_count[by_type])
    row = np.repeat(np.arange(len(market.count), dtype=np.int32), market.count)
    return row, np.lexsort((-lottery(len(row), seed), -merits[record]))


def _holders(owner: NDArray[np.int32], capacity: Whole, people: int) -> NDArray[np.int32]:
    """Return the post of each individual from the owners of the seats."""
    post = np.full(people, -1, dtype=np.int32)
    held = owner >= 0
    post[owner[held]] = np.repeat(np.arange(len(capacity)), capacity)[held]
    return post


def _roots(heap: Whole, key: Whole) -> Whole:
    """Return the lowest key of each post; no key beats a post without seats."""
    root = np.full(len(heap) - 1, np.iinfo(np.int64).max, dtype=np.int64)
    some = np.flatnonzero(np.diff(heap) > 0)
    root[some] = key[heap[some]]
    return root


def _score(market: Market, row: NDArray[np.int32], post: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the score of each individual's post in units, 0 for the unmatched."""
    from echelon.methods.matching.scores import score_pairs

    score = np.zeros(len(row), dtype=np.int32)
    held = np.flatnonzero(post >= 0)
    score[held] = score_pairs(market, row[held].astype(np.int64), post[held].astype(np.int64))
    return score


def _outcome(
    market: Market, post: NDArray[np.int32], about: tuple[StabilityProof | None, int, int]
) -> OverAll:
    row = np.repeat(np.arange(len(market.count), dtype=np.int32), market.count)
    value = float(_score(market, row, post).sum(dtype=np.int64)) * market.unit
    return OverAll(of_individuals(market, post), post, value, *about)
