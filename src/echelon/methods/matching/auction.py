"""The certified forward auction: lists, bids, pauses and new lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.catalogue import catalogue_of
from echelon.methods.matching.grammar import UNIT, Market
from echelon.methods.matching.lists import Lists
from echelon.methods.matching.opening import (
    drawn_part,
    highest_offers,
    opening_prices,
    worth_opening,
)
from echelon.methods.matching.oracle import best_profits, scan_people, table_fits, tabulate_sums
from echelon.methods.matching.restrict import part_of

if TYPE_CHECKING:
    from echelon.methods.matching.kernels.best import Best
    from echelon.methods.matching.kernels.bids import Pool

__all__ = ["Auction", "list_length", "table_fits"]

Whole = NDArray[np.int64]
Small = NDArray[np.int32]
_BIDS_AT_ONCE = 500_000
_LARGE = 200_000
_LENGTH = 128
_SHORT = 48
_WAVES = 48
_PILOT = 256
_FEW = 500
_WIDE_GAP = 1.5e-4
_UNKNOWN = 1 << 15
_FULL = 1 << 28
_GAP_OF_PART = 1e-3
_LOWER = UNIT // 32
_ZERO = 1 << 30
_WORTH_SORTING = 64


def list_length(market: Market) -> int:
    """Return how long candidate lists are: longer where new ones cost more.

    Parameters
    ----------
    market : Market

    Returns
    -------
    int
    """
    longest = _SHORT if table_fits(market) else _LENGTH
    return min(longest, max(1, len(market.capacity)))


class Auction:
    """A forward auction from zero prices, in rounds so that it can be watched and stopped.

    Parameters
    ----------
    instance : Market or Lists
    gap : float
    threads : int
    """

    def __init__(self, instance: Market | Lists, *, gap: float, threads: int) -> None:
        self.instance = instance
        self.fine = 16 if len(instance.count) < _LARGE else 4
        self._gap, self._threads = gap, threads
        self.bids = self.lists = 0
        self._begin(np.zeros(len(instance.capacity), np.int32))

    def _begin(self, opening: Small) -> None:
        """Start without lists (or with those given), nobody placed, every seat at its opening price."""
        from echelon.methods.matching.kernels.bids import PAUSED, SEEKING, Bidders, Pool, Seats

        given = isinstance(self.instance, Lists)
        if isinstance(self.instance, Lists):
            if not self.bids:
                self._pool: Pool = _given(self.instance)
                self._falling = _in_order(self._pool)
        else:
            n, k = len(self.instance.count), list_length(self.instance)
            tabulate_sums(self.instance)
            self._pool = Pool(
                np.arange(n, dtype=np.int64) * k,
                np.zeros(n, np.int32),
                np.empty(n * k, np.int32),
                np.empty(n * k, np.int16),
                np.full(n, _UNKNOWN * self.fine, np.int32),
            )
            self._length, self._listed = k, np.zeros(n, dtype=bool)
            self._falling = False
            self._reach = self._level = -1.0
        capacity = self.instance.capacity
        start = np.concatenate([[0], np.cumsum(capacity)]).astype(np.int64)
        seats = int(start[-1])
        self._seats = Seats(
            start,
            np.repeat(opening, capacity),
            np.full(seats, -1, np.int32),
            np.where(capacity > 0, opening, 0).astype(np.int32),
        )
        row = np.repeat(np.arange(len(self.instance.count), dtype=np.int32), self.instance.count)
        n = len(row)
        mixed = np.random.default_rng(0).permutation(n).astype(np.int32)
        self._bidders = Bidders(
            row,
            np.full(n, SEEKING if given else PAUSED, np.int32),
            mixed.copy(),
            mixed,
            np.array([n, 0, 0] if given else [0, n, 0], dtype=np.int64),
        )

    def rounds(self) -> Iterator[None]:
        """Let people bid, some at a time, until nobody seeks or waits and the gap is proven."""
        if not isinstance(self.instance, Lists) and worth_opening(self.instance):
            yield from self._open(self.instance)
        for step, lower in self._passes():
            if lower:
                self._begin(self._reopening(lower))
            yield from self.auction(step)
            if self._proven() or self._exactly_proven():
                return

    def _passes(self) -> list[tuple[int, int]]:
        """Return the step of each pass, and how far below the prices before it opens.

        Coarse steps find prices quickly where new passes need no new lists. The last pass opens at 0,
        which leaves no price where a seat is free.
        """
        unit = self.fine
        if isinstance(self.instance, Lists):
            first = [(512 * unit, 0), (32 * unit, 2048 * unit), (unit, 256 * unit)]
        elif len(self.instance.count) >= _LARGE:
            step = 2 * unit if self._gap >= _WIDE_GAP else unit
            return [(step, 0), (step, _LOWER * unit)]
        else:
            first = [(unit, 0)]
        return [*first, (unit // 4, _LOWER * unit), (1, _LOWER * unit), (1, _ZERO)]

    def _open(self, market: Market) -> Iterator[None]:
        """Begin with prices estimated from a part of the market."""
        part = Auction(drawn_part(market), gap=_GAP_OF_PART, threads=self._threads)
        if worth_opening(drawn_part(market)):
            yield from part._open(drawn_part(market))
        for _ in part.auction(4 * part.fine):
            yield
        self._begin(opening_prices(market, part, fine=self.fine, threads=self._threads))

    def _reopening(self, lower: int) -> Small:
        """Return lower prices than the present ones to go on from; 0 where seats are free."""
        price = np.maximum(self._seats.price - lower, 0)
        return np.where(self._idle(), 0, price).astype(np.int32)

    def _idle(self) -> NDArray[np.bool_]:
        """Return which posts have a seat that nobody holds; it is the cheapest and so the first."""
        idle = np.zeros(len(self.instance.capacity), dtype=bool)
        some = np.flatnonzero(self.instance.capacity > 0)
        idle[some] = self._seats.owner[self._seats.start[some]] < 0
        return idle

    def _proven(self) -> bool:
        """Return whether the lists prove the gap, those who wait left without a post."""
        return self.state()[-1] <= self._gap

    def _exactly_proven(self) -> bool:
        """Return whether a scan of all whose list no longer tells their best post proves the gap."""
        if isinstance(self.instance, Lists):
            return False
        paid = int((self.instance.capacity * self._seats.price.astype(np.int64)).sum())
        bound = paid + int((self.gains() * self.instance.count).sum())
        return bound - self._value() <= self._gap * bound

    def auction(self, step: int) -> Iterator[None]:
        """Run one auction with this step, from the prices that there are."""
        from echelon.methods.matching.kernels.bids import bid

        market = (self._pool, self._seats, self._bidders)
        waiting, tested = self._bidders.top, len(self._bidders.row)
        wave = max(4096, -(-int(waiting[1]) // _WAVES))
        while waiting[0] or waiting[1]:
            if not waiting[0]:
                # The gap is worth a look whenever a fifth less people wait than last time.
                if _FEW * waiting[1] < len(self._bidders.row) and waiting[1] <= 0.8 * tested:
                    tested = int(waiting[1])
                    if self._proven():
                        self.finish()
                        return
                self._relist(wave)
            while waiting[0]:
                before = int(waiting[2])
                bid(market, (self.fine, step, self._falling), _BIDS_AT_ONCE)
                self.bids += int(waiting[2]) - before
                yield

    def _relist(self, most: int) -> None:
        """Compute new lists for some who wait, at present prices, and let them bid."""
        from echelon.methods.matching.kernels.bids import SEEKING

        top = self._bidders.top
        few = int(min(most, top[1]))
        people = self._bidders.paused[:few].copy()
        self._bidders.paused[: top[1] - few] = self._bidders.paused[few : top[1]].copy()
        rows = np.unique(self._bidders.row[people]).astype(np.int64)
        if self._reach < 0 and len(rows) > 4 * _PILOT:
            self._scan(rows[:: len(rows) // _PILOT][:_PILOT])
        self._scan(rows)
        self._bidders.post[people] = SEEKING
        self._bidders.stack[:few] = people[::-1]
        top[0], top[1] = few, top[1] - few

    def _scan(self, rows: Whole) -> None:
        """Compute the lists of some rows, and learn how far down a list of this length reaches."""
        self._fill(rows, self._seats.price, self._floors(rows))
        self.lists += len(rows)
        size, bound = self._pool.size[rows], self._pool.bound[rows]
        best = self._nearest(rows)
        some = size > 1
        if some.any():
            reach = np.quantile((best - bound)[some], 0.5)
            full = float((size[some] >= self._length).mean())
            self._reach = float(reach) * (0.95 if full > 0.5 else 1.1)
            self._level = float(np.quantile(bound, 0.3)) * (1.0 if full > 0.5 else 0.97)

    def _fill(self, rows: Whole, price: Small, floor: Small) -> None:
        """Write the best posts of some rows at some prices into their lists."""
        from echelon.methods.matching.kernels.best import store

        if isinstance(self.instance, Lists):
            return
        places = catalogue_of(self.instance).post
        prices = (price, self.fine)

        def write(asked: Whole, found: Best) -> None:
            store(found, (places, *prices), (rows[asked], self._pool))

        scan_people(
            self.instance, rows, prices, k=self._length, floor=floor, write=write,
            threads=self._threads,
        )  # fmt: skip

    def _floors(self, rows: Whole) -> Small:
        """Return what new lists need not go below, as far as can be guessed; a bound all the same."""
        if self._reach < 0:
            return np.zeros(len(rows), np.int32)
        size, bound = self._pool.size[rows], self._pool.bound[rows].astype(float)
        known = self._nearest(rows) - self._reach
        guess = np.where(size >= 8, known, np.minimum(known, bound - 2.0 * self._reach))
        guess = np.where(self._listed[rows], guess, self._level)
        self._listed[rows] = True
        return np.maximum(guess, 0.0).astype(np.int32)

    def _nearest(self, rows: Whole) -> Small:
        from echelon.methods.matching.kernels.bids import nearest

        best = np.empty(len(rows), np.int32)
        nearest(self._pool, (self._seats.price, self.fine), (rows, best))
        return best

    def state(self) -> tuple[int, int, int, int, float]:
        """Return people placed and waiting, bids, lists, and the gap proven so far."""
        waiting = int(self._bidders.top[0] + self._bidders.top[1])
        bound, value = self._bound(), self._value()
        gap = (bound - value) / bound if bound > 0 else 0.0
        return int((self._bidders.post >= 0).sum()), waiting, self.bids, self.lists, gap

    def _bound(self) -> int:
        gain = self._known()
        gain = np.where(gain < 0, -1 - gain, gain).astype(np.int64)
        paid = int((self.instance.capacity * self._seats.price.astype(np.int64)).sum())
        return paid + int((gain * self.instance.count).sum())

    def _known(self) -> Small:
        """Return what each type gains at its best post, or -1 - bound where that is not known."""
        from echelon.methods.matching.kernels.bids import profits

        gain = np.empty(len(self.instance.count), np.int32)
        profits(self._pool, (self._seats.price, self.fine), gain)
        return gain

    def _value(self) -> int:
        from echelon.methods.matching.kernels.bids import worth

        return int(worth(self._pool, self._bidders)) * self.fine

    def finish(self) -> None:
        """Place those who still seek or wait greedily, each at the best free seat that is left."""
        from echelon.methods.matching.kernels.bids import OUTSIDE, place_rest

        waits = (self._bidders.post < 0) & (self._bidders.post != OUTSIDE)
        rows = np.unique(self._bidders.row[waits]).astype(np.int64)
        if not isinstance(self.instance, Lists) and len(rows):
            closed = np.where(self._idle(), 0, _FULL).astype(np.int32)
            self._fill(rows, closed, np.zeros(len(rows), np.int32))
            # These lists leave out what is full, so they prove nothing.
            self._pool.bound[rows] = _UNKNOWN * self.fine
        place_rest(self._pool, self._seats, self._bidders)

    def price(self) -> Small:
        """Return the price of each post type, in fine units."""
        return self._seats.price

    def settled_price(self, gain: Whole) -> Small:
        """Return prices, those of free seats lowered to the most that somebody would pay.

        ``gain`` holds what each type gains at its best post, which this does not change.
        """
        price = self._seats.price.copy()
        idle = np.flatnonzero(self._idle() & (price > 0))
        if len(idle) and not isinstance(self.instance, Lists):
            people = np.arange(len(self.instance.count))
            few = part_of(self.instance, people, idle)
            floor = (gain // self.fine).astype(np.int32)
            high = highest_offers(few, people, floor, threads=self._threads)[0]
            price[idle] = np.minimum(price[idle], high * self.fine)
        return price

    def post_of_individual(self) -> Small:
        """Return the post type of each individual, -1 for none."""
        return np.maximum(self._bidders.post, -1)

    def pairs(self) -> tuple[Small, Small, Whole]:
        """Return types of people and posts that are matched, and how many people."""
        held = self._bidders.post >= 0
        m = max(len(self.instance.capacity), 1)
        key = self._bidders.row[held].astype(np.int64) * m + self._bidders.post[held]
        pair, number = np.unique(key, return_counts=True)
        return (pair // m).astype(np.int32), (pair % m).astype(np.int32), number.astype(np.int64)

    def gains(self) -> Whole:
        """Return what each type of people gains at its best post of all, exactly, in fine units.

        The lists tell it for everybody whose best post exceeds the bound on all others; the others
        are scanned.
        """
        gain = self._known().astype(np.int64)
        if isinstance(self.instance, Lists):
            return gain
        rows = np.flatnonzero(gain < 0)
        gain[rows] = best_profits(
            self.instance, self.price(), rows, fine=self.fine, threads=self._threads
        )
        return gain


def _in_order(pool: Pool) -> bool:
    """Order lists by score where they are short enough for that to pay; return whether they are."""
    from echelon.methods.matching.kernels.bids import sort_lists

    short = int(pool.size.max(initial=0)) <= _WORTH_SORTING
    if short:
        sort_lists(pool)
    return short


def _given(lists: Lists) -> Pool:
    """Return the lists given, without pairs that are worth no more than staying unmatched."""
    from echelon.methods.matching.kernels.bids import Pool

    kept = lists.score > 0
    if not lists.capacity.all():
        kept &= lists.capacity[lists.post] > 0
    if kept.all():
        size = np.diff(lists.start)
    else:
        row = np.repeat(np.arange(len(lists.count)), np.diff(lists.start))
        size = np.bincount(row[kept], minlength=len(lists.count))
    start = np.cumsum(size) - size
    bound = np.zeros(len(size), np.int32)
    return Pool(start, size.astype(np.int32), lists.post[kept], lists.score[kept], bound)
