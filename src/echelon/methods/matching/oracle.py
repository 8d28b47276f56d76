"""The exact oracle: for each person the best posts of all, by score less price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.certificate import plain_profits
from echelon.methods.matching.grammar import FORBIDDEN, Market
from echelon.methods.matching.scores import score_block

__all__ = ["Best", "best_posts", "best_profits"]

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Best:
    """The best posts of some people, exact over all posts.

    Parameters
    ----------
    post : array (n, k)
        Post types in falling order of score less price, lowest place first among equals; -1 where
        there are fewer than k above ``floor``.
    score : array (n, k)
        In score units; :data:`~echelon.methods.matching.grammar.FORBIDDEN` beside -1.
    bound : array (n,)
        What no post outside the list exceeds, score less price in fine units.
    """

    post: NDArray[np.int32]
    score: NDArray[np.int32]
    bound: NDArray[np.int32]


def best_posts(
    market: Market,
    people: Whole | None = None,
    *,
    k: int,
    price: NDArray[np.int32] | None = None,
    fine: int = 1,
    floor: int = 0,
    threads: int = 1,
) -> Best:
    """Find the k posts of the highest score less price for each person, among all posts.

    Parameters
    ----------
    market : Market
    people : array (n,), optional
        Types of people; all when not given.
    k : int
    price : array (post types,), optional
        In fine units; 0 when not given. Closed posts are left out.
    fine : int
        Fine units in a score unit.
    floor : int
        Only posts with score less price above it, in fine units.
    threads : int
        The result does not depend on it.

    Returns
    -------
    Best

    Raises
    ------
    InvalidArgument
        When k is below 1.
    """
    if k < 1:
        raise InvalidArgument(f"{k} best posts cannot be found", fix="Ask for 1 or more")
    rows = np.arange(len(market.count)) if people is None else np.asarray(people)
    prices = np.zeros(len(market.capacity), np.int32) if price is None else price
    post = np.full((len(rows), k), -1, dtype=np.int32)
    score = np.full((len(rows), k), FORBIDDEN, dtype=np.int32)
    bound = np.full(len(rows), floor, dtype=np.int32)
    open_ = np.flatnonzero(market.capacity > 0)
    for place, row in enumerate(rows):
        full = score_block(market, np.array([row]), open_)[0].astype(np.int64)
        net = full * fine - prices[open_]
        order = np.argsort(-net, kind="stable")
        order = order[(net[order] > floor) & (full[order] > FORBIDDEN)]
        if len(order) > k:
            bound[place] = net[order[k]]
        kept = order[:k]
        post[place, : len(kept)], score[place, : len(kept)] = open_[kept], full[kept]
    return Best(post, score, bound)


def best_profits(
    market: Market, price: NDArray[np.int32], *, fine: int = 1, threads: int = 1
) -> Whole:
    """Find what each type of people gains at its best post of all.

    Parameters
    ----------
    market : Market
    price : array (post types,)
        In fine units.
    fine : int
    threads : int

    Returns
    -------
    array (person types,)
        The largest of 0 and score less price, in fine units.
    """
    everybody = np.arange(len(market.count))
    return plain_profits(market, price, everybody, fine=fine)
