"""What comes of matchings, counted over all pairs of a market and not along lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.grammar import Market, Places
from echelon.methods.matching.measures import Measures, gini
from echelon.methods.matching.scores import score_block, score_pairs

__all__ = ["measure_over_all"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]
_PAIRS_AT_ONCE = 2_000_000


def measure_over_all(
    market: Market,
    posts: Sequence[Places],
    *,
    priority: Market | Array | None = None,
    home: Places | None = None,
    place: Places | None = None,
) -> list[Measures]:
    """Measure matchings against what all people think of all posts, and all posts of all people.

    One pass over blocks of pairs serves all matchings. A post is preferred when its score is above
    that of the own post, above 0 for the unmatched; its rank is one more than the number of posts
    preferred to it, so equals share the better rank.

    Parameters
    ----------
    market : Market
        Every record apart; its score is what a post is worth to a person.
    posts : sequence of arrays (people,)
        For each matching the post of each person, -1 for none.
    priority : Market or array (people,), optional
        What posts go by, see :func:`~echelon.methods.matching.preferences.preferences`.
    home, place : arrays (people,) and (posts,), optional
        Regions.

    Returns
    -------
    list of Measures

    Raises
    ------
    InvalidArgument
        When a matching does not fit the people, or a post holds more people than seats.
    """
    people = len(market.count)
    open_ = np.flatnonzero(market.capacity > 0)
    judged = [_Judged.of(market, np.asarray(post, np.int64), priority, open_) for post in posts]
    size = max(1, _PAIRS_AT_ONCE // max(1, len(open_)))
    for start in range(0, people, size):
        rows = np.arange(start, min(start + size, people))
        score = score_block(market, rows, open_)
        seen = score
        if isinstance(priority, Market):
            seen = score_block(priority, rows, open_)
        elif priority is not None:
            seen = np.broadcast_to(np.asarray(priority, float)[rows, None], score.shape)
        acceptable = (score > 0).sum(axis=1)
        for one in judged:
            one.add(rows, (score, seen), acceptable)
    return [one.measures(market, (home, place)) for one in judged]


@dataclass(eq=False)
class _Judged:
    """One matching while the blocks pass by: what is needed of it, and what was counted so far."""

    post: Whole
    own: NDArray[np.int32]
    lowest: Array
    free: NDArray[np.bool_]
    rank: Whole
    size: Whole
    pairs: int = 0
    envious: list[Whole] = field(default_factory=list)
    claims: list[Whole] = field(default_factory=list)

    @classmethod
    def of(
        cls, market: Market, post: Whole, priority: Market | Array | None, open_: Whole
    ) -> _Judged:
        people = len(market.count)
        taken = np.bincount(post[post >= 0], minlength=len(market.capacity))
        if post.shape != (people,):
            raise InvalidArgument(f"There are {people} people, and {len(post)} posts are given")
        if len(taken) > len(market.capacity) or (taken > market.capacity).any():
            raise InvalidArgument("A post holds more people than it has seats")
        held = np.flatnonzero(post >= 0)
        own = np.zeros(people, dtype=np.int32)
        own[held] = score_pairs(market, held, post[held])
        if isinstance(priority, Market):
            wanted = score_pairs(priority, held, post[held]).astype(float)
        else:
            wanted = own[held].astype(float) if priority is None else np.asarray(priority)[held]
        lowest = np.full(len(market.capacity), np.inf)
        np.minimum.at(lowest, post[held], wanted)
        free = taken < market.capacity
        lowest[free] = np.inf
        nothing = np.zeros(people, dtype=np.int64)
        return cls(post, own, lowest[open_], free[open_], nothing, nothing.copy())

    def add(
        self, rows: Whole, block: tuple[NDArray[np.int32], NDArray[np.generic]], acceptable: Whole
    ) -> None:
        """Count what some people think of all open posts."""
        score, seen = block
        better = score > np.maximum(self.own[rows], 0)[:, None]
        self.rank[rows] = np.where(self.post[rows] >= 0, better.sum(axis=1) + 1, 0)
        self.size[rows] = acceptable
        wasted = better & self.free
        envied = better & (np.asarray(seen, float) > self.lowest)
        self.pairs += int(wasted.sum()) + int(envied.sum())
        self.claims.append(rows[wasted.any(axis=1)])
        self.envious.append(rows[envied.any(axis=1)])

    def measures(self, market: Market, where: tuple[Places | None, Places | None]) -> Measures:
        """Return the figures once all people were seen."""
        held = self.post >= 0
        matched, n = int(held.sum()), len(held)
        claims = np.concatenate(self.claims) if self.claims else np.zeros(0, np.int64)
        envious = np.concatenate(self.envious) if self.envious else np.zeros(0, np.int64)
        away = np.nan
        home, place = where
        if home is not None and place is not None and matched:
            away = float((np.asarray(home)[held] != np.asarray(place)[self.post[held]]).mean())
        return Measures(
            people=n,
            matched=matched,
            matched_share=matched / n if n else np.nan,
            value=float(self.own.sum(dtype=np.int64)) * market.unit,
            rank_counts=np.bincount(self.rank[held], minlength=1)[1:].astype(np.int64),
            mean_rank=float(self.rank[held].mean()) if matched else np.nan,
            first_choice_share=float((self.rank == 1).mean()) if n else np.nan,
            rank_gini=gini(np.where(held, self.rank, self.size + 1).astype(float)),
            blocking_pairs=self.pairs,
            blocked_people=len(np.union1d(claims, envious)),
            envious_people=len(envious),
            wasted_claims=len(claims),
            outside_home_share=away,
            regret=np.nan,
        )
