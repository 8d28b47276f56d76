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
from echelon.methods.matching.grammar import FORBIDDEN, Market

if TYPE_CHECKING:
    from echelon.methods.matching.kernels.scan import Best as Found
    from echelon.methods.matching.kernels.scan import Priced, Space

__all__ = ["Best", "best_posts", "best_profits", "scan_people"]

Whole = NDArray[np.int64]
_CHUNK = 16_384


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
    rows = np.arange(len(market.count)) if people is None else np.asarray(people)
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
    *,
    fine: int = 1,
    floor: NDArray[np.int32] | None = None,
    threads: int = 1,
) -> Whole:
    """Find what each type of people gains at its best post of all.

    Parameters
    ----------
    market : Market
    price : array (post types,)
        In fine units.
    fine : int
    floor : array (person types,), optional
        What each is known to gain at least; it makes the work a little less.
    threads : int

    Returns
    -------
    array (person types,)
        The largest of 0 and score less price, in fine units.
    """
    least = np.zeros(len(market.count), np.int32) if floor is None else np.maximum(floor, 0)
    gain = least.astype(np.int64)

    def write(asked: Whole, best: Found) -> None:
        gain[asked] = np.maximum(gain[asked], best.net[:, 0] * (best.size > 0))
        twice = best.size > 1
        gain[asked[twice]] = np.maximum(gain[asked[twice]], best.net[twice, 1])

    rows = np.arange(len(market.count))
    scan_people(market, rows, (price, fine), k=1, floor=least, write=write, threads=threads)
    return gain


def scan_people(
    market: Market,
    people: Whole,
    prices: tuple[NDArray[np.int32], int],
    *,
    k: int,
    floor: NDArray[np.int32],
    write: Callable[[Whole, Found], None],
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
    threads : int
    """
    from echelon.methods.matching.kernels.scan import Priced

    catalogue = catalogue_of(market)
    price, fine = prices
    real = catalogue.post >= 0
    cost = np.where(real, price[catalogue.post], 0)
    priced = Priced((cost // fine).astype(np.int32), (cost % fine).astype(np.int32), fine)
    order = np.lexsort((market.person_standing[people], market.person_occupation[people]))
    size = max(1, min(_CHUNK, -(-len(people) // max(threads, 1))))
    chunks = [order[start : start + size] for start in range(0, len(people), size)]

    def work(asked: Whole) -> None:
        write(asked, _scan_chunk(market, people[asked], priced, (k, floor[asked])))

    if threads == 1 or len(chunks) < 2:
        for chunk in chunks:
            work(chunk)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, chunks):
            continue


def _scan_chunk(
    market: Market, people: Whole, priced: Priced, wanted: tuple[int, NDArray[np.int32]]
) -> Found:
    """Scan for people who are in the order of the scan already."""
    from echelon.methods.matching.kernels.scan import Best as Found
    from echelon.methods.matching.kernels.scan import scan

    k, floor = wanted
    n, width = len(people), 2 * k
    best = Found(
        np.empty((n, width), np.int32), np.empty((n, width), np.int32),
        np.zeros(n, np.int32), floor.astype(np.int32), k,
    )  # fmt: skip
    scan(catalogue_of(market), query_of(market, people), priced, best, _space(market))
    return best


def _settled(market: Market, best: Found) -> tuple[NDArray[np.int32], ...]:
    """Return post types and nets in falling order, and the bound on what is left out."""
    from echelon.methods.matching.kernels.scan import settle

    n = len(best.size)
    post, net = np.full((n, best.k), -1, np.int32), np.zeros((n, best.k), np.int32)
    settle(best, catalogue_of(market).post, post, net)
    return post, net, best.floor


def _space(market: Market) -> Space:
    from echelon.methods.matching.kernels.scan import Space

    catalogue = catalogue_of(market)
    rows = 5 * len(catalogue.thick_skill) + 1
    line = (np.empty(catalogue.block, np.int16) for _ in range(3))
    return Space(np.empty((rows, catalogue.block), np.int16), *line)
