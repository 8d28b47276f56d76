"""Which posts would still take a person, over all posts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.grammar import Market
from echelon.methods.matching.preferences import priorities
from echelon.methods.matching.scores import score_block

__all__ = ["Acceptance"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


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
    """

    def __init__(
        self,
        market: Market,
        priority: Market | Array | None,
        chance: NDArray[np.int32],
        row: NDArray[np.int32],
    ) -> None:
        self._market, self._priority = market, priority
        self._chance, self._row = chance, row

    def next(
        self, people: Whole, cutoff: Whole, k: int
    ) -> tuple[Whole, NDArray[np.int32], NDArray[np.int32]]:
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
        kept = [self._open(person, cutoff, 0, k) for person in people]
        start = np.concatenate([[0], np.cumsum([len(post) for post, _ in kept])])
        post = np.concatenate([post for post, _ in kept]).astype(np.int32)
        wanted = np.concatenate([wanted for _, wanted in kept]).astype(np.int32)
        return start.astype(np.int64), post, wanted

    def blocked(self, cutoff: Whole, score: NDArray[np.int32]) -> Whole:
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
        found = [
            person
            for person in range(len(self._row))
            if len(self._open(person, cutoff, int(score[person]), 1)[0])
        ]
        return np.array(found, dtype=np.int64)

    def _open(
        self, person: int, cutoff: Whole, above: int, k: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the k best posts above a score whose cutoff an individual beats."""
        row = int(self._row[person])
        score = score_block(self._market, np.array([row]))[0]
        post = np.flatnonzero((score > above) & (self._market.capacity > 0)).astype(np.int32)
        pairs = (np.full(len(post), row, dtype=np.int64), post, score[post])
        wanted = priorities(self._market, self._priority, pairs)
        key = (wanted.astype(np.int64) << 32) | int(self._chance[person])
        beats = key > cutoff[post]
        post, wanted = post[beats], wanted[beats]
        order = np.argsort(-score[post], kind="stable")[:k]
        return post[order], wanted[order]
