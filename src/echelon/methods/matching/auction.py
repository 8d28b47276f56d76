"""The certified forward auction: lists, bids, pauses and new lists."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.certificate import listed_profits, plain_profits
from echelon.methods.matching.grammar import Market
from echelon.methods.matching.lists import Lists
from echelon.methods.matching.scores import score_block

__all__ = ["Auction"]

Whole = NDArray[np.int64]
_BIDS_AT_ONCE = 500_000
_FINE = 16


class Auction:
    """A forward auction over complete lists, in rounds so that it can be watched and stopped.

    Parameters
    ----------
    instance : Market or Lists
    gap : float
    threads : int
    """

    def __init__(self, instance: Market | Lists, *, gap: float, threads: int) -> None:
        from echelon.methods.matching.kernels.bids import Pool

        self.instance, self.fine = instance, _FINE
        self._gap, self._threads = gap, threads
        start, post, score = _complete(instance)
        size = np.diff(start).astype(np.int32)
        bound = np.full(len(size), -1, dtype=np.int32)
        self._pool = Pool(start[:-1], size, post, score, bound)
        self.bids, self.lists = 0, len(size)
        self._begin()

    def _begin(self) -> None:
        """Put everybody without a post, and all prices to 0."""
        from echelon.methods.matching.kernels.bids import SEEKING, Bidders, Seats

        capacity = self.instance.capacity
        start = np.concatenate([[0], np.cumsum(capacity)])
        seats = int(start[-1])
        self._seats = Seats(
            start,
            np.zeros(seats, np.int32),
            np.full(seats, -1, np.int32),
            np.zeros(len(capacity), np.int32),
        )
        row = np.repeat(np.arange(len(self.instance.count)), self.instance.count).astype(np.int32)
        n = len(row)
        self._bidders = Bidders(
            row,
            np.full(n, SEEKING, np.int32),
            np.arange(n - 1, -1, -1, dtype=np.int32),
            np.empty(n, np.int32),
            np.array([n, 0, 0], dtype=np.int64),
        )

    def rounds(self) -> Iterator[None]:
        """Let people bid, some at a time, until the gap is proven."""
        from echelon.methods.matching.kernels.bids import bid

        for step in (self.fine, self.fine // 4, 1):
            self._begin()
            while self._bidders.top[0]:
                bid(self._pool, self._seats, self._bidders, self.fine, step, _BIDS_AT_ONCE)
                yield
            self.bids += int(self._bidders.top[2])
            if self.state()[-1] <= self._gap:
                return

    def state(self) -> tuple[int, int, int, int, float]:
        """Return people placed and waiting, bids, lists, and the gap proven so far."""
        from echelon.methods.matching.kernels.bids import SEEKING

        post = self._bidders.post
        waiting = int((post == SEEKING).sum())
        bound = self._bound()
        gap = (bound - self._value()) / bound if bound > 0 else 0.0
        return int((post >= 0).sum()), waiting, self.bids, self.lists, gap

    def _bound(self) -> int:
        from echelon.methods.matching.kernels.bids import profits

        gain = np.empty(len(self.instance.count), np.int32)
        profits(self._pool, self._seats.price, self.fine, gain)
        paid = int((self.instance.capacity * self._seats.price.astype(np.int64)).sum())
        return paid + int((gain.astype(np.int64) * self.instance.count).sum())

    def _value(self) -> int:
        from echelon.methods.matching.certificate import certify

        person, post, number = self.pairs()
        zero = np.zeros(len(self.instance.count), dtype=np.int64)
        found = certify(
            self.instance, self.price(), (person, post, number), gain=zero, fine=self.fine
        )
        return found.value

    def finish(self) -> None:
        """Leave those who still seek without a post."""
        from echelon.methods.matching.kernels.bids import OUTSIDE, SEEKING

        self._bidders.post[self._bidders.post == SEEKING] = OUTSIDE

    def price(self) -> NDArray[np.int32]:
        """Return the price of each post type, in fine units."""
        return self._seats.price

    def post_of_individual(self) -> NDArray[np.int32]:
        """Return the post type of each individual, -1 for none."""
        return np.maximum(self._bidders.post, -1)

    def pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Whole]:
        """Return types of people and posts that are matched, and how many people."""
        held = self._bidders.post >= 0
        m = max(len(self.instance.capacity), 1)
        key = self._bidders.row[held].astype(np.int64) * m + self._bidders.post[held]
        pair, number = np.unique(key, return_counts=True)
        return (pair // m).astype(np.int32), (pair % m).astype(np.int32), number.astype(np.int64)

    def gains(self) -> Whole:
        """Return what each type of people gains at its best post of all, in fine units."""
        if isinstance(self.instance, Lists):
            return listed_profits(self.instance, self.price(), fine=self.fine)
        everybody = np.arange(len(self.instance.count))
        return plain_profits(self.instance, self.price(), everybody, fine=self.fine)


def _complete(instance: Market | Lists) -> tuple[Whole, NDArray[np.int32], NDArray[np.int32]]:
    """Return the lists of all pairs that are worth more than staying unmatched."""
    if isinstance(instance, Lists):
        row = np.repeat(np.arange(len(instance.count)), np.diff(instance.start))
        kept = (instance.score > 0) & (instance.capacity[instance.post] > 0)
        size = np.bincount(row[kept], minlength=len(instance.count))
        start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        return start, instance.post[kept], instance.score[kept]
    open_ = np.flatnonzero(instance.capacity > 0)
    pieces = []
    for start in range(0, len(instance.count), 500):
        some = np.arange(start, min(start + 500, len(instance.count)))
        block = score_block(instance, some, open_)
        row, column = np.nonzero(block > 0)
        pieces.append((row + start, open_[column], block[row, column]))
    if not pieces:
        nothing = np.zeros(0, np.int32)
        return np.zeros(1, np.int64), nothing, nothing
    row, post, score = (np.concatenate([piece[at] for piece in pieces]) for at in range(3))
    size = np.bincount(row, minlength=len(instance.count))
    start_of = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    return start_of, post.astype(np.int32), score.astype(np.int32)
