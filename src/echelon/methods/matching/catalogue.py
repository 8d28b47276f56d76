"""The posts of a market laid out for the scan, made once and kept beside the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.grammar import FORBIDDEN, Market

if TYPE_CHECKING:
    from echelon.methods.matching.kernels.scan import Catalogue, Query

__all__ = ["catalogue_of", "query_of"]

Whole = NDArray[np.int64]
_THICK_SHARE = 0.05
_MOST_THICK = 24


def catalogue_of(market: Market) -> Catalogue:
    """Return the catalogue of a market's posts, closed posts left out.

    Parameters
    ----------
    market : Market

    Returns
    -------
    Catalogue
    """
    kept = market.kept("catalogue")
    if kept is None:
        kept = _made(market)
        market.keep("catalogue", kept)
    return kept  # type: ignore[return-value]


def _made(market: Market) -> Catalogue:
    from echelon.methods.matching.kernels.scan import Catalogue, place_postings

    open_ = np.flatnonzero(market.capacity > 0)
    need, region = market.post_requirement[open_], market.post_region[open_]
    grain = 16 if len(open_) < 20_000 else 64 if len(open_) < 200_000 else 128
    order = open_[np.lexsort((region, need))]
    need, region = market.post_requirement[order], market.post_region[order]
    new = np.r_[True, (np.diff(need) != 0) | (np.diff(region) != 0)] if len(order) else np.zeros(0, bool)
    segment = np.cumsum(new) - 1
    size = np.bincount(segment) if len(order) else np.zeros(0, np.int64)
    cells = -(-size // grain)
    block = int(min(2048, max(grain, cells.sum() * grain)))
    block = -(-block // grain) * grain
    blocks = max(1, -(-int(cells.sum()) * grain // block))
    begin = (np.cumsum(cells) - cells) * grain
    place_of = begin[segment] + np.arange(len(order)) - (np.cumsum(size) - size)[segment]
    places = blocks * block
    post = np.full(places, -1, dtype=np.int32)
    post[place_of] = order
    place = np.full(len(market.capacity), -1, dtype=np.int32)
    place[order] = place_of
    cell_region = np.full(places // grain, -1, dtype=np.int32)
    cell_need = np.full(places // grain, -1, dtype=np.int32)
    cell_region[place_of // grain], cell_need[place_of // grain] = region, need
    shift = _shift(market)
    base = np.full(places, -31_500, dtype=np.int16)
    base[place_of] = market.base[order] + shift
    occupation = np.zeros(places, dtype=np.int16)
    occupation[place_of] = market.post_occupation[order]
    entries = int(np.diff(market.post_start)[order].sum())
    first = np.zeros((blocks, market.skills + 1), dtype=np.int32)
    at, gain = np.empty(entries, np.uint16), np.empty((5, entries), np.int16)
    postings = (market.post_start, market.post_skill, market.post_class, market.post_weight)
    place_postings(*postings, place, block, market.ratio, first, at, gain)
    often = np.bincount(market.post_skill, minlength=market.skills)
    thick_skill = np.argsort(-often, kind="stable")[:_MOST_THICK].astype(np.int32)
    thick_skill = thick_skill[often[thick_skill] > _THICK_SHARE * max(1, len(market.capacity))]
    thick = np.full(market.skills, -1, dtype=np.int16)
    thick[thick_skill] = np.arange(len(thick_skill))
    moved = np.where(market.relocation == FORBIDDEN, FORBIDDEN, market.relocation - shift)
    return Catalogue(
        post, base, occupation, cell_region, cell_need, first, at, gain, thick, thick_skill,
        market.affinity.astype(np.int16), moved.astype(np.int32), market.admits, block, grain,
    )  # fmt: skip


def _shift(market: Market) -> int:
    """Return what is added to every base so that relocation only ever subtracts."""
    usual = market.relocation[market.relocation != FORBIDDEN]
    return int(usual.max(initial=0))


def query_of(market: Market, people: Whole) -> Query:
    """Return people in the order of the scan.

    Parameters
    ----------
    market : Market
    people : array (n,)
        Types of people.

    Returns
    -------
    Query
        Its ``row`` holds the people in their new order.
    """
    from echelon.methods.matching.kernels.scan import Query

    order = np.lexsort((market.person_occupation[people], market.person_standing[people]))
    place = market.kept("exception_place")
    if place is None:
        post = catalogue_of(market).post
        at = np.full(len(market.capacity), np.iinfo(np.int32).max, dtype=np.int32)
        at[post[post >= 0]] = np.flatnonzero(post >= 0)
        places = at[market.exception_post]
        owner = np.repeat(np.arange(len(market.count)), np.diff(market.exception_start))
        turn = np.lexsort((places, owner))
        place = (places[turn], market.exception_score[turn])
        market.keep("exception_place", place)
    where, score = place  # type: ignore[misc]
    return Query(
        people[order].astype(np.int32), market.person_start, market.person_skill,
        market.person_class, market.person_occupation, market.person_region,
        market.person_standing, market.exception_start, where, score,
    )  # fmt: skip
