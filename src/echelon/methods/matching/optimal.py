"""The matching of the largest total value, with a proof of how near to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.auction import Auction
from echelon.methods.matching.certificate import Certificate, certify
from echelon.methods.matching.grammar import Market
from echelon.methods.matching.lists import Lists
from echelon.methods.matching.outcome import Matching, of_individuals

__all__ = ["Optimum", "Progress", "memory_estimate", "optimal"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Progress:
    """How far the work is, told while it runs.

    Parameters
    ----------
    seconds : float
        Since the start.
    placed, waiting : int
        People who hold a post, and people who still seek one or wait for a new list.
    bids, lists : int
        Bids made and candidate lists computed.
    gap : float
        What is proven so far, if it were stopped now: share of the bound.
    """

    seconds: float
    placed: int
    waiting: int
    bids: int
    lists: int
    gap: float


@dataclass(frozen=True)
class Optimum:
    """The matching of the largest total value that was found, and the proof.

    Parameters
    ----------
    matching : Matching
        Of the records that were given.
    value, bound : float
        Value of the matching, and what no matching can exceed, in scores.
    gap : float
        ``(bound - value) / bound``.
    price : array (posts,)
        Scarcity of a seat of each record of posts: within the gap it is at least what one more seat
        would add to the total value, and at most what is lost with the last one.
    profit : array (people,)
        Within the gap at least what one more such person would add to the total value, and at most
        what is lost without this one.
    certificate : Certificate
    stopped : {"", "deadline", "interrupt"}
        Why it ended before the gap that was asked for, empty when it did not.
    bids, lists : int
        Bids made and candidate lists computed.
    """

    matching: Matching
    value: float
    bound: float
    gap: float
    price: Array
    profit: Array
    certificate: Certificate
    stopped: str
    bids: int
    lists: int


def optimal(
    instance: Market | Lists,
    *,
    gap: float = 1e-4,
    seconds: float | None = None,
    threads: int = 1,
    tell: Callable[[Progress], None] | None = None,
) -> Optimum:
    """Match people to posts so that the total score is as large as it can be, and prove it.

    A forward auction in whole numbers: people bid for seats, prices rise where posts are scarce,
    and large markets open at prices estimated from a part of them. The proof holds for all pairs, not
    only those looked at, whatever the prices are.

    Parameters
    ----------
    instance : Market or Lists
    gap : float
        Stop when the value is proven to be within this share of the optimum.
    seconds : float, optional
        Stop after about so long with what is proven by then; people without a list that proves
        their bid are then placed greedily.
    threads : int
        The result does not depend on it.
    tell : callable, optional
        Called with :class:`Progress` every second or, later, every twentieth of the time spent.

    Returns
    -------
    Optimum

    Raises
    ------
    InvalidArgument
        When the gap is not above 0, or there are fewer than 1 threads.

    References
    ----------
    Bertsekas, D. P., & Castañon, D. A. (1992). A forward/reverse auction algorithm for asymmetric
    assignment problems. Computational Optimization and Applications 1, 277-297.
    """
    if not gap > 0 or threads < 1 or (seconds is not None and not seconds >= 0):
        raise InvalidArgument(
            f"A gap of {gap}, {threads} threads and {seconds} seconds cannot be worked with",
            fix="Use a gap above 0, 1 thread or more, and 0 seconds or more",
        )
    start = time.perf_counter()
    auction = Auction(instance, gap=gap, threads=threads)
    stopped, told = "", start
    try:
        for _ in auction.rounds():
            now = time.perf_counter()
            spent = now - start
            # Progress is looked up rarely: the proven gap needs every list.
            if tell is not None and now - told > max(1.0, 0.05 * spent):
                tell(Progress(spent, *auction.state()))
                told = now
            if seconds is not None and spent > seconds:
                stopped = "deadline"
                break
    except KeyboardInterrupt:
        stopped = "interrupt"
    if stopped:
        auction.finish()
    gain = auction.gains()
    certificate = certify(
        instance, auction.settled_price(gain), auction.pairs(), gain=gain, fine=auction.fine
    )
    unit = certificate.unit
    return Optimum(
        matching=of_individuals(instance, auction.post_of_individual()),
        value=certificate.value * unit,
        bound=certificate.bound * unit,
        gap=certificate.gap,
        price=certificate.prices[instance.post_type],
        profit=gain[instance.person_type].astype(np.float64) * unit,
        certificate=certificate,
        stopped=stopped,
        bids=auction.bids,
        lists=auction.lists,
    )


def memory_estimate(instance: Market | Lists) -> int:
    """Estimate the memory that :func:`optimal` needs beside the problem itself, in bytes.

    Parameters
    ----------
    instance : Market or Lists

    Returns
    -------
    int
    """
    from echelon.methods.matching.auction import list_length, table_fits

    people, posts = instance.people, len(instance.capacity)
    bidding = 16 * people + 12 * instance.seats + 4 * posts
    if isinstance(instance, Lists):
        return bidding + 8 * len(instance.post) + 24 * len(instance.count)
    lists = len(instance.count) * (6 * list_length(instance) + 20)
    catalogue = 20 * len(instance.post_skill) + 40 * posts
    chunk = min(16_384, len(instance.count)) * 16 * list_length(instance)
    table = 2 * len(instance.count) * posts if table_fits(instance) else 0
    return bidding + lists + catalogue + chunk + table
