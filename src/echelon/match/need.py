"""What a pair lacks at the optimum: the best matching that has it, against the best of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching import (
    FORBIDDEN,
    Market,
    alone,
    score_block,
    score_pairs,
    without_pair,
)
from echelon.methods.matching import optimal as solve

if TYPE_CHECKING:
    from echelon.certificate import OptimalityCertificate

__all__ = ["Need", "need_of"]

Whole = NDArray[np.int64]
_MOST_PAIRS = 5_000_000
_GAP = 1e-5


@dataclass(frozen=True, eq=False)
class Need:
    """What the total score loses when a person is put into a post, with proven ends.

    Parameters
    ----------
    short, low, high : float
        In scores: best estimate and proven ends; 0 or more.
    proof : OptimalityCertificate
        Of the best matching.
    pair : tuple of int
        Types of the person and the post.
    rest : tuple of float
        Proven ends of what all others reach once the pair has its seat.
    solved : bool
        Whether the others were matched again; else the ends are those of one exchange.
    """

    short: float
    low: float
    high: float
    proof: OptimalityCertificate
    pair: tuple[int, int]
    rest: tuple[float, float]
    solved: bool

    def verdict(self, skill: Whole, held: NDArray[np.uint8]) -> tuple[bool, bool]:
        """Return whether more skill is proven to win the seat, and whether it is proven not to.

        The skill raises what the person is worth at other posts as well: the pair must then be worth
        as much as the person at any of them, by the prices of the proof.

        Parameters
        ----------
        skill : array (n,)
        held : array (n,)
            Classes that the person would hold at least.

        Returns
        -------
        enough, never : bool
        """
        market, (i, j) = self.proof.market, self.pair
        before = _scores(alone(market, i, skill=skill[:0], held=held[:0]))
        after = _scores(alone(market, i, skill=skill, held=held))
        price = self.proof.proof.prices
        open_ = market.capacity > 0
        others = open_ & (np.arange(len(price)) != j)
        gain = max(0.0, float((before - price)[open_].max(initial=0.0)))
        best = self.proof.bound - gain + max(0.0, float((after - price)[others].max(initial=0.0)))
        pairs = self.proof.proof
        held_now = pairs.post[pairs.person == i][:1]
        least = self.proof.value + float((after[held_now] - before[held_now]).sum())
        reached = float(after[j]) + self.rest[0], float(after[j]) + self.rest[1]
        return reached[0] >= best - 1e-9, reached[1] < least - 1e-9


def need_of(proof: OptimalityCertificate, pair: tuple[int, int]) -> Need:
    """Return what a pair lacks: the others are matched once more without the person and the seat.

    In a large market the others stay where they are but for one exchange, which gives the high end;
    the low end is what the person gains now plus the price of the seat, less the score.

    Parameters
    ----------
    proof : OptimalityCertificate
    pair : tuple of int
        Places of the person and the post, which may take each other.

    Returns
    -------
    Need

    References
    ----------
    Shapley, L. S., & Shubik, M. (1971). International Journal of Game Theory 1, 111-130.
    """
    market = proof.market
    i, j = int(market.person_type[pair[0]]), int(market.post_type[pair[1]])
    score = _scores(alone(market, i, skill=np.zeros(0, np.int64), held=np.zeros(0, np.uint8)))
    price = proof.proof.prices
    gain = max(0.0, float((score - price)[market.capacity > 0].max(initial=0.0)))
    most = proof.bound - gain - float(price[j])
    solved = len(market.count) * len(market.capacity) <= _MOST_PAIRS
    if solved:
        value, bound = _matched_again(proof, (i, j))
    else:
        value, bound = _exchanged(proof, (i, j), score), most
    rest = value, min(bound, most)
    mine = float(score[j])
    low = max(0.0, proof.value - mine - rest[1])
    high = max(0.0, proof.bound - mine - rest[0])
    short = min(max(proof.value - mine - rest[0], low), high)
    return Need(short, low, high, proof, (i, j), rest, solved)


def _matched_again(proof: OptimalityCertificate, pair: tuple[int, int]) -> tuple[float, float]:
    """Return value and bound of the best matching of the others."""
    others = without_pair(proof.market, *pair)
    if not others.people or not others.seats:
        return 0.0, 0.0
    best = solve(others, gap=_GAP)
    return best.value, best.bound


def _exchanged(
    proof: OptimalityCertificate, pair: tuple[int, int], score: NDArray[np.float64]
) -> float:
    """Return what the others reach when one of the post goes to the person's seat or a free one."""
    market, (i, j) = proof.market, pair
    pairs = proof.proof
    taken = np.zeros(len(market.capacity), dtype=np.int64)
    np.add.at(taken, pairs.post, pairs.number)
    mine = np.flatnonzero(pairs.person == i)
    placed = int(pairs.number[mine].sum())
    # An unmatched person of the type goes first; else the one whose seat is worth least.
    left = placed < market.count[i]
    own = -1 if left else int(pairs.post[mine[np.argmin(score[pairs.post[mine]])]])
    rest = proof.value
    if own >= 0:
        rest -= float(score[own])
        taken[own] -= 1
    if taken[j] < market.capacity[j]:
        return rest
    holders = np.unique(pairs.person[pairs.post == j]).astype(np.int64)
    free = np.flatnonzero(taken < market.capacity)
    there = score_pairs(market, holders, np.full(len(holders), j)).astype(float)
    best = np.zeros(len(holders))
    if len(free):
        block = score_block(market, holders, free).astype(float)
        best = np.maximum(best, block.max(axis=1))
    return rest + float((best - there).max()) * market.unit


def _scores(one: Market) -> NDArray[np.float64]:
    """Return the scores of one person at all types of posts, minus infinity where it may not be."""
    block = score_block(one, np.array([0]), np.arange(len(one.capacity)))[0]
    return np.where(block == FORBIDDEN, -np.inf, block * one.unit)
