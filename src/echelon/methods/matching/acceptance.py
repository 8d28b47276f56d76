"""Which posts would still take a person, over all posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.catalogue import catalogue_of
from echelon.methods.matching.grammar import Market
from echelon.methods.matching.oracle import Cutoffs, best_posts, scan_people
from echelon.methods.matching.preferences import priorities

if TYPE_CHECKING:
    from echelon.methods.matching.kernels.best import Best

__all__ = ["Acceptance"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]
Small = NDArray[np.int32]
Listed = tuple[Whole, Small, Small]


class Acceptance:
    """Looks through all posts for those that a person prefers and whose cutoff the person beats.

    Parameters
    ----------
    market : Market
    priority : Market or array (people,), optional
    chance : array (individuals,)
        Lottery numbers.
    row : array (individuals,)
        Type of each individual.
    threads : int
    """

    def __init__(
        self,
        market: Market,
        priority: Market | Array | None,
        chance: tuple[Small, Small],
        *,
        threads: int = 1,
    ) -> None:
        self._market, self._priority, self._threads = market, priority, threads
        self._chance, self._row = chance

    def next(self, people: Whole, cutoff: Whole, k: int) -> Listed:
        """Return the k best posts of some individuals among those whose cutoff they beat.

        Parameters
        ----------
        people : array (n,)
            Individuals.
        cutoff : array (post types,)
            Lowest key of each post.
        k : int

        Returns
        -------
        start, post, priority : arrays (n + 1,), (entries,), (entries,)
        """
        return self._open(people, cutoff, np.zeros(len(people), np.int32), k)

    def blocked(self, cutoff: Whole, score: Small) -> Whole:
        """Return the individuals who beat the cutoff of a post worth more than their own.

        Parameters
        ----------
        cutoff : array (post types,)
        score : array (individuals,)
            What each has, in units.

        Returns
        -------
        array
        """
        everybody = np.arange(len(self._row))
        start, _, _ = self._open(everybody, cutoff, np.maximum(score, 0), 1)
        return np.flatnonzero(np.diff(start) > 0)

    def _open(self, people: Whole, cutoff: Whole, above: Small, k: int) -> Listed:
        """Return the k best posts above a score whose cutoffs individuals beat."""
        if isinstance(self._priority, Market):
            return self._searched(people, cutoff, above, k)
        rows = self._row[people].astype(np.int64)
        key = self._chance[people].astype(np.int64)
        if self._priority is not None:
            nought = np.zeros(len(rows), np.int32)
            merit = priorities(self._market, self._priority, (rows, nought, nought))
            key |= merit.astype(np.int64) << 32
        found: dict[int, tuple[Small, Small]] = {}
        type_at = catalogue_of(self._market).post

        def write(asked: Whole, best: Best) -> None:
            for place, one in enumerate(asked):
                size = best.size[place]
                net, at = best.net[place, :size], best.place[place, :size]
                order = np.lexsort((at, -net.astype(np.int64)))[:k]
                found[int(one)] = (type_at[at[order]], net[order])

        cutoffs = Cutoffs(cutoff, key, self._priority is None)
        free = np.zeros(len(self._market.capacity), np.int32)
        scan_people(
            self._market, rows, (free, 1), k=k, floor=above, write=write, cutoffs=cutoffs,
            threads=self._threads,
        )  # fmt: skip
        return self._joined(rows, [found[at] for at in range(len(rows))])

    def _searched(self, people: Whole, cutoff: Whole, above: Small, k: int) -> Listed:
        """Do the same where posts go by another market: longer and longer lists, until proven."""
        lists: list[tuple[Small, Small]] = []
        posts = len(self._market.capacity)
        for place, person in enumerate(people):
            row, length = int(self._row[person]), 4 * k
            while True:
                best = best_posts(self._market, np.array([row]), k=length)
                inside = (best.post[0] >= 0) & (best.score[0] > above[place])
                post, score = best.post[0][inside], best.score[0][inside]
                rows = np.full(len(post), row, dtype=np.int64)
                wanted = priorities(self._market, self._priority, (rows, post, score))
                key = (wanted.astype(np.int64) << 32) | int(self._chance[person])
                beats = key > cutoff[post]
                if beats.sum() >= k or not inside.all() or length >= posts:
                    break
                length *= 8
            lists.append((post[beats][:k], score[beats][:k]))
        return self._joined(self._row[people].astype(np.int64), lists)

    def _joined(self, rows: Whole, lists: list[tuple[Small, Small]]) -> Listed:
        """Return lists side by side, with the priority of each entry."""
        size = np.array([len(post) for post, _ in lists], dtype=np.int64)
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        empty = [np.zeros(0, np.int32)]
        post = np.concatenate([post for post, _ in lists] or empty).astype(np.int32)
        score = np.concatenate([score for _, score in lists] or empty).astype(np.int32)
        pairs = (np.repeat(rows, size), post, score)
        return start, post, priorities(self._market, self._priority, pairs)
