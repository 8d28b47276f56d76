"""The exact oracle: for each person the best posts of all, by score less price."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.catalogue import catalogue_of, query_of
from echelon.methods.matching.grammar import FORBIDDEN, Market, Places

if TYPE_CHECKING:
    from echelon.methods.matching.kernels.best import Best as Found
    from echelon.methods.matching.kernels.sums import Priced, Query, Space

__all__ = [
    "Best",
    "Cutoffs",
    "best_posts",
    "best_profits",
    "scan_people",
    "scan_space",
    "table_fits",
    "tabulate_sums",
]

Whole = NDArray[np.int64]
_CHUNK = 16_384
_MOST_SUMS = 120_000_000


@dataclass(frozen=True)
class Best:
    """The best posts of some people, exact over all posts.

    Parameters
    ----------
    post : array (n, k)
        Post types in falling order of score less price; -1 where there are fewer than k above
        ``floor``.
    score : array (n, k)
        In score units; :data:`~echelon.methods.matching.grammar.FORBIDDEN` beside -1.
    bound : array (n,)
        What no post outside the list exceeds, score less price in fine units.
    """

    post: NDArray[np.int32]
    score: NDArray[np.int32]
    bound: NDArray[np.int32]


@dataclass(frozen=True)
class Cutoffs:
    """What posts ask of people, and what they see in them.

    Parameters
    ----------
    need : array (post types,)
        Key that a person must exceed: (priority << 32) + lottery number; -1 takes everybody.
    key : array (n,)
        Key of each person asked about; only the lottery number when posts go by the score.
    by_score : bool
    """

    need: Whole
    key: Whole
    by_score: bool


def best_posts(
    market: Market,
    people: Places | None = None,
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
        Only posts with score less price above it, in fine units; 0 or more.
    threads : int
        The result does not depend on it.

    Returns
    -------
    Best

    Raises
    ------
    InvalidArgument
        When k is below 1 or the floor below 0.
    """
    if k < 1 or floor < 0:
        raise InvalidArgument(
            f"{k} best posts above {floor} cannot be found", fix="Ask for 1 or more above 0 or more"
        )
    rows = np.arange(len(market.count)) if people is None else np.asarray(people, np.int64)
    prices = np.zeros(len(market.capacity), np.int32) if price is None else price
    post = np.full((len(rows), k), -1, dtype=np.int32)
    score = np.full((len(rows), k), FORBIDDEN, dtype=np.int32)
    bound = np.full(len(rows), floor, dtype=np.int32)

    def write(asked: Whole, best: Found) -> None:
        post[asked], net, bound[asked] = _settled(market, best)
        held = post[asked] >= 0
        cost = np.where(held, prices[post[asked]], 0)
        score[asked] = np.where(held, (net + cost) // fine, FORBIDDEN)

    scan_people(market, rows, (prices, fine), k=k, floor=bound.copy(), write=write, threads=threads)
    return Best(post, score, bound)


def best_profits(
    market: Market,
    price: NDArray[np.int32],
    people: Places | None = None,
    *,
    fine: int = 1,
    threads: int = 1,
) -> Whole:
    """Find what types of people gain at their best post of all.

    Parameters
    ----------
    market : Market
    price : array (post types,)
        In fine units.
    people : array (n,), optional
        Types of people; all when not given.
    fine : int
    threads : int

    Returns
    -------
    array (n,)
        The largest of 0 and score less price, in fine units.
    """
    rows = np.arange(len(market.count)) if people is None else np.asarray(people, np.int64)
    gain = np.zeros(len(rows), dtype=np.int64)

    def write(asked: Whole, best: Found) -> None:
        gain[asked] = np.where(best.size > 0, best.net[:, 0], 0)
        twice = best.size > 1
        gain[asked[twice]] = np.maximum(gain[asked[twice]], best.net[twice, 1])

    floor = np.zeros(len(rows), np.int32)
    scan_people(market, rows, (price, fine), k=1, floor=floor, write=write, threads=threads)
    return gain


def scan_people(
    market: Market,
    people: Whole,
    prices: tuple[NDArray[np.int32], int],
    *,
    k: int,
    floor: NDArray[np.int32],
    write: Callable[[Whole, Found], None],
    cutoffs: Cutoffs | None = None,
    threads: int = 1,
) -> None:
    """Scan all posts for some people, a chunk at a time.

    Parameters
    ----------
    market : Market
    people : array (n,)
        Types of people.
    prices : tuple
        Price of each post type in fine units, and fine units in a score unit.
    k : int
    floor : array (n,)
        What a post must exceed, in fine units; 0 or more.
    write : callable
        Called with places in ``people`` and what was found for them, in no order; there can be
        more than k.
    cutoffs : Cutoffs, optional
        Leave out posts that would not take the person.
    threads : int
    """
    from echelon.methods.matching.kernels.sums import Priced

    catalogue = catalogue_of(market)
    price, fine = prices
    real = catalogue.post >= 0
    cost = np.zeros(len(real), dtype=np.int32)
    cost[real] = price[catalogue.post[real]]
    need = np.zeros(0, dtype=np.int64)
    if cutoffs is not None:
        need = np.zeros(len(real), dtype=np.int64)
        need[real] = cutoffs.need[catalogue.post[real]]
    priced = Priced(cost // fine, cost % fine, fine, need)
    order = np.lexsort((market.person_standing[people], market.person_occupation[people]))
    size = max(1, min(_CHUNK, -(-len(people) // max(threads, 1))))
    chunks = [order[start : start + size] for start in range(0, len(people), size)]

    def work(asked: Whole) -> None:
        some = None if cutoffs is None else cutoffs.key[asked]
        by_score = cutoffs is not None and cutoffs.by_score
        query = query_of(market, people[asked], key=some, by_score=by_score)
        write(asked, _scan_chunk(market, query, priced, (k, floor[asked])))

    if threads == 1 or len(chunks) < 2:
        for chunk in chunks:
            work(chunk)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, chunks):
            continue


def _scan_chunk(
    market: Market, query: Query, priced: Priced, wanted: tuple[int, NDArray[np.int32]]
) -> Found:
    """Scan for people who are in the order of the scan already."""
    from echelon.methods.matching.kernels.best import Best as Found
    from echelon.methods.matching.kernels.scan import scan

    k, floor = wanted
    n, width = len(floor), 2 * k
    best = Found(
        np.empty((n, width), np.int32), np.empty((n, width), np.int32),
        np.zeros(n, np.int32), floor.astype(np.int32), k,
    )  # fmt: skip
    scan((catalogue_of(market), query, priced), best, scan_space(market))
    return best


def _settled(market: Market, best: Found) -> tuple[NDArray[np.int32], ...]:
    """Return post types and nets in falling order, and the bound on what is left out."""
    from echelon.methods.matching.kernels.best import settle

    n = len(best.size)
    post, net = np.full((n, best.k), -1, np.int32), np.zeros((n, best.k), np.int32)
    settle(best, catalogue_of(market).post, (post, net))
    return post, net, best.floor


def scan_space(market: Market) -> Space:
    """Return working space for one thread that scans the posts of a market."""
    from echelon.methods.matching.kernels.sums import Space

    catalogue = catalogue_of(market)
    rows = 5 * len(catalogue.thick_skill) + 1
    net, begin, total = (np.empty(catalogue.block, np.int16) for _ in range(3))
    kept = market.kept("table")
    table = kept if isinstance(kept, np.ndarray) else np.empty((1, 0), np.int16)
    return Space(np.empty((rows, catalogue.block), np.int16), net, begin, total, table)


def table_fits(market: Market) -> bool:
    """Return whether a table of the sums of all pairs is small enough to be kept.

    Parameters
    ----------
    market : Market

    Returns
    -------
    bool
    """
    return len(market.count) * len(market.capacity) <= _MOST_SUMS


def tabulate_sums(market: Market) -> None:
    """Keep the sums of all pairs beside a market where they fit, so that lists cost little.

    Parameters
    ----------
    market : Market
    """
    from echelon.methods.matching.kernels.scan import tabulate
    from echelon.methods.matching.kernels.sums import Priced

    if not table_fits(market) or market.kept("table") is not None:
        return
    catalogue = catalogue_of(market)
    n, places = len(market.count), len(catalogue.post)
    table = np.empty((n, places), dtype=np.int16)
    nought = np.zeros(places, np.int32)
    free = Priced(nought, nought, 1, np.zeros(0, np.int64))
    order = np.lexsort((market.person_standing, market.person_occupation))
    tabulate((catalogue, query_of(market, order), free), scan_space(market), table)
    market.keep("table", table)
