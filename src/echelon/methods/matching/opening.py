"""Prices to open the auction with, from a part of the market solved beforehand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.catalogue import catalogue_of, query_of
from echelon.methods.matching.grammar import UNIT, Market
from echelon.methods.matching.restrict import part_of

if TYPE_CHECKING:
    from echelon.methods.matching.auction import Auction

__all__ = ["drawn_part", "highest_offers", "opening_prices", "worth_opening"]

Small = NDArray[np.int32]
Whole = NDArray[np.int64]
_SHARE = 0.06
_LEAST = 20_000
_MARGIN = UNIT // 12
_ABUNDANT = 1.5


def worth_opening(market: Market) -> bool:
    """Return whether a part of a market tells about prices: it is large, and seats are scarce.

    Where seats abound most of them end free, at no price, and an estimate above 0 is in the way.
    """
    large = min(len(market.count), len(market.capacity)) >= _LEAST
    return large and market.seats <= _ABUNDANT * market.people


def opening_prices(market: Market, part: Auction, *, fine: int, threads: int = 1) -> Small:
    """Estimate the price of every post, on the low side, from an auction of a part of the market.

    A post is worth what the second most eager of the people in the part would pay for it rather than
    take what they gain there. Less a margin, few posts open above their price at the end; those that
    do only loosen the bound, which is computed from whatever the prices are.

    Parameters
    ----------
    market : Market
    part : Auction
        Of the types of :func:`drawn_part`, ended.
    fine, threads : int

    Returns
    -------
    array (post types,)
        In fine units.
    """
    people, _ = _drawn(market)
    gain = (part.gains() // part.fine).astype(np.int32)
    second = highest_offers(market, people, gain, threads=threads)[1]
    return (np.maximum(second - _MARGIN, 0) * fine).astype(np.int32)


def drawn_part(market: Market) -> Market:
    """Return a part of a market, types of people and of posts drawn at random, always the same."""
    return part_of(market, *_drawn(market))


def _drawn(market: Market) -> tuple[Whole, Whole]:
    draw = np.random.default_rng(0)
    sizes = (len(market.count), len(market.capacity))
    people, posts = (np.sort(draw.choice(n, int(n * _SHARE), replace=False)) for n in sizes)
    return people, posts


def highest_offers(
    market: Market, people: Whole, gain: Small, *, threads: int = 1
) -> tuple[Small, Small]:
    """Find the two highest offers for each post: score less what the person gains elsewhere.

    Parameters
    ----------
    market : Market
    people : array (n,)
        Types of people who are asked.
    gain : array (n,)
        In score units.
    threads : int
        The result does not depend on it.

    Returns
    -------
    high, second : arrays (post types,)
        In score units; 0 where nobody offers more.
    """
    from echelon.methods.matching.kernels.scan import outbid
    from echelon.methods.matching.kernels.sums import Priced
    from echelon.methods.matching.oracle import scan_space

    catalogue = catalogue_of(market)
    places = len(catalogue.post)
    nought = np.zeros(places, np.int32)
    free = Priced(nought, nought, 1, np.zeros(0, np.int64))
    order = np.lexsort((market.person_standing[people], market.person_occupation[people]))
    chunks = np.array_split(order, max(1, min(threads, len(order))))

    def ask(chunk: Whole) -> tuple[Small, Small]:
        high, second = np.zeros(places, np.int32), np.zeros(places, np.int32)
        problem = (catalogue, query_of(market, people[chunk]), free)
        outbid(problem, scan_space(market), (gain[chunk], high, second))
        return high, second

    with ThreadPoolExecutor(len(chunks)) as pool:
        offers = list(pool.map(ask, chunks))
    high, second = offers[0]
    for more, next_ in offers[1:]:
        second = np.maximum(np.minimum(high, more), np.maximum(second, next_))
        high = np.maximum(high, more)
    found = np.zeros((2, len(market.capacity)), np.int32)
    real = catalogue.post >= 0
    found[:, catalogue.post[real]] = np.stack([high, second])[:, real]
    return found[0], found[1]
