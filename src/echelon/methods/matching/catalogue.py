"""The posts of a market laid out for the scan, made once and kept beside the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.grammar import FORBIDDEN, Market

if TYPE_CHECKING:
    from echelon.methods.matching.kernels.sums import Catalogue, Query

__all__ = ["catalogue_of", "query_of"]

Whole = NDArray[np.int64]
_THICK_SHARE = 0.05
_MOST_THICK = 8
_BLOCK = 8192
_MOST_SPREAD = 40_000_000


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
    from echelon.methods.matching.kernels.layout import place_postings
    from echelon.methods.matching.kernels.scan import STRETCH
    from echelon.methods.matching.kernels.sums import Catalogue

    open_ = np.flatnonzero(market.capacity > 0)
    need, region = market.post_requirement[open_], market.post_region[open_]
    grain = 16 if len(open_) < 20_000 else 64 if len(open_) < 200_000 else STRETCH
    order = open_[np.lexsort((region, need))]
    need, region = market.post_requirement[order], market.post_region[order]
    new = (
        np.r_[True, (np.diff(need) != 0) | (np.diff(region) != 0)]
        if len(order)
        else np.zeros(0, bool)
    )
    segment = np.cumsum(new) - 1
    size = np.bincount(segment) if len(order) else np.zeros(0, np.int64)
    cells = -(-size // grain)
    block = min(_BLOCK, -(-max(1, int(cells.sum()) * grain) // STRETCH) * STRETCH)
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
    moved, affinity, shift = _subtracting(market)
    row = np.repeat(np.arange(len(market.capacity)), np.diff(market.post_start))
    full = np.bincount(row, weights=market.post_weight, minlength=1)
    lowest = -1 - int(full.max(initial=0.0))
    base = np.full(places, lowest, dtype=np.int16)
    base[place_of] = market.base[order] + shift
    occupation = np.zeros(places, dtype=np.uint16)
    occupation[place_of] = market.post_occupation[order]
    entries = int(np.diff(market.post_start)[order].sum())
    first = np.zeros((blocks, market.skills + 1), dtype=np.int32)
    postings = np.empty((5, entries), np.int32)
    required = (market.post_start, market.post_skill, market.post_class, market.post_weight)
    place_postings(required, (place, block, market.ratio), (first, postings))
    often = np.bincount(market.post_skill, minlength=market.skills)
    thick_skill = np.argsort(-often, kind="stable")[:_MOST_THICK].astype(np.int32)
    thick_skill = thick_skill[often[thick_skill] > _THICK_SHARE * max(1, len(market.capacity))]
    thick = np.full(market.skills, -1, dtype=np.int16)
    thick[thick_skill] = np.arange(len(thick_skill))
    return Catalogue(
        post, base, occupation, cell_region, cell_need, first, postings, thick, thick_skill,
        affinity, _spread(affinity, occupation), moved, market.admits, block, grain, lowest,
    )  # fmt: skip


def _spread(affinity: NDArray[np.int16], occupation: NDArray[np.uint16]) -> NDArray[np.int16]:
    """Return the affinity of each occupation at each place, or nothing when that is too much."""
    from echelon.methods.matching.kernels.layout import spread_out

    if affinity.shape[0] * len(occupation) > _MOST_SPREAD:
        return np.empty((1, 0), dtype=np.int16)
    spread = np.empty((affinity.shape[0], len(occupation)), dtype=np.int16)
    spread_out(affinity, occupation, spread)
    return spread


def _subtracting(market: Market) -> tuple[NDArray[np.int32], NDArray[np.int16], int]:
    """Return relocation and affinity so shifted that they only subtract, and what to add to bases."""
    usual = market.relocation[market.relocation != FORBIDDEN]
    away = int(usual.max()) if len(usual) else 0
    kin = int(market.affinity.max()) if market.affinity.size else 0
    moved = np.where(market.relocation == FORBIDDEN, FORBIDDEN, market.relocation - away)
    return moved.astype(np.int32), (market.affinity - kin).astype(np.int16), away + kin


def query_of(
    market: Market, people: Whole, *, key: Whole | None = None, by_score: bool = False
) -> Query:
    """Return the data of some people side by side, in the order given.

    Parameters
    ----------
    market : Market
    people : array (n,)
        Types of people, in the order of (occupation, standing).
    key : array (n,), optional
        What posts see in each person, where they have cutoffs.
    by_score : bool
        Whether posts see the score, and the key is only the lottery.

    Returns
    -------
    Query
    """
    from echelon.methods.matching.kernels.sums import Query

    catalogue = catalogue_of(market)
    size = np.diff(market.person_start)[people]
    row = np.repeat(np.arange(len(people)), size)
    entry = np.repeat(market.person_start[people] - (np.cumsum(size) - size), size)
    entry = entry + np.arange(len(entry))
    skill, level = market.person_skill[entry], market.person_class[entry] - np.uint8(1)
    thick = catalogue.thick[skill] if len(catalogue.thick) else np.zeros(0, np.int16)
    often = thick >= 0
    many = np.bincount(row[often], minlength=len(people))
    filled = np.maximum(4, -(-many // 4) * 4)
    start = np.concatenate([[0], np.cumsum(filled)]).astype(np.int32)
    rows = np.full(int(start[-1]), 5 * len(catalogue.thick_skill), dtype=np.uint16)
    at = start[row[often]] + np.arange(int(often.sum())) - (np.cumsum(many) - many)[row[often]]
    rows[at] = thick[often] * 5 + level[often]
    rare = np.concatenate([[0], np.cumsum(size - many)]).astype(np.int32)
    begin, where, score = _exceptions(market, people)
    return Query(
        people.astype(np.int32), start, rows, rare, skill[~often].astype(np.uint16), level[~often],
        market.person_occupation[people], market.person_region[people],
        market.person_standing[people], begin, where, score,
        np.zeros(len(people), np.int64) if key is None else key, by_score,
    )  # fmt: skip


def _exceptions(
    market: Market, people: Whole
) -> tuple[Whole, NDArray[np.int32], NDArray[np.int32]]:
    """Return the exceptions of some people in the order of places in the catalogue."""
    size = np.diff(market.exception_start)[people]
    begin = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    if not begin[-1]:
        return begin, np.zeros(0, np.int32), np.zeros(0, np.int32)
    post = catalogue_of(market).post
    place = np.full(len(market.capacity), np.iinfo(np.int32).max, dtype=np.int32)
    place[post[post >= 0]] = np.flatnonzero(post >= 0)
    entry = np.repeat(market.exception_start[people] - begin[:-1], size) + np.arange(begin[-1])
    where = place[market.exception_post[entry]]
    turn = np.lexsort((where, np.repeat(np.arange(len(people)), size)))
    return begin, where[turn], market.exception_score[entry][turn]
