"""Scores of pairs by plain arrays: the second, independent kernel that proofs are checked with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.grammar import FORBIDDEN, UNIT, Market, Places

__all__ = ["Breakdown", "breakdown", "score_block", "score_pairs"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Breakdown:
    """Why a pair has its score: the terms, in scores, and the coverage of each required skill.

    Parameters
    ----------
    score : float
        ``-inf`` where the pair may not be formed.
    coverage, affinity, relocation, base, exception : float
        The terms; they add up to the score. ``relocation`` is what is added: 0 or below as a rule.
    admitted : bool
        Whether the person meets the post's hard requirement.
    skill : array (requirements,)
        Skills that the post requires.
    held, required : arrays (requirements,)
        Classes 0 to 5; 0 is not held.
    worth, gained : arrays (requirements,)
        What full coverage of the skill is worth, and what the person gains.
    """

    score: float
    coverage: float
    affinity: float
    relocation: float
    base: float
    exception: float
    admitted: bool
    skill: NDArray[np.int32]
    held: NDArray[np.uint8]
    required: NDArray[np.uint8]
    worth: Array
    gained: Array


def score_pairs(market: Market, person: Places, post: Places) -> NDArray[np.int32]:
    """Score pairs one by one, in score units.

    Parameters
    ----------
    market : Market
    person, post : arrays (pairs,)
        Types of people and posts.

    Returns
    -------
    array (pairs,)
        :data:`FORBIDDEN` where a pair may not be formed.
    """
    score = np.empty(len(person), dtype=np.int32)
    for start in range(0, len(person), 200_000):
        some = slice(start, start + 200_000)
        score[some] = _score_some(market, np.asarray(person)[some], np.asarray(post)[some])
    return score


def _score_some(market: Market, person: Places, post: Places) -> NDArray[np.int64]:
    size = (market.post_start[1:] - market.post_start[:-1])[post]
    pair = np.repeat(np.arange(len(post)), size)
    begin = np.cumsum(size) - size
    entry = np.repeat(market.post_start[post] - begin, size) + np.arange(len(pair))
    held = _held(market, person[pair], market.post_skill[entry])
    gained = _gained(market, held, entry)
    total = np.zeros(len(post), dtype=np.int64)
    np.add.at(total, pair, gained)
    total += market.affinity[market.person_occupation[person], market.post_occupation[post]]
    moved = market.relocation[market.person_region[person], market.post_region[post]]
    total += moved
    total += market.base[post]
    extra = _exception(market, person, post)
    total += extra
    admitted = market.admits[market.person_standing[person], market.post_requirement[post]]
    possible = admitted & (moved != FORBIDDEN) & (extra != FORBIDDEN)
    return np.where(possible, total, FORBIDDEN)


def _gained(market: Market, held: NDArray[np.uint8], entry: Whole) -> Whole:
    """Return what a class held gains at an entry of a post, in units, rounded half up."""
    share = market.ratio[held, market.post_class[entry]].astype(np.int64)
    gained: Whole = (market.post_weight[entry].astype(np.int64) * share + UNIT // 2) >> 14
    return gained


def _held(market: Market, person: Places, skill: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return the class that a person holds of a skill, 0 for none, by bisection."""
    low, high = market.person_start[person], market.person_start[person + 1]
    end = high.copy()
    while (low < high).any():
        middle = (low + high) // 2
        open_ = low < high
        at = np.minimum(middle, len(market.person_skill) - 1)
        below = open_ & (market.person_skill[at] < skill)
        low, high = np.where(below, middle + 1, low), np.where(open_ & ~below, middle, high)
    if not len(market.person_skill):
        return np.zeros(len(skill), dtype=np.uint8)
    at = np.minimum(low, len(market.person_skill) - 1)
    found = (low < end) & (market.person_skill[at] == skill)
    return np.where(found, market.person_class[at], 0).astype(np.uint8)


def _exception(market: Market, person: Places, post: Places) -> Whole:
    """Return what is added to a pair apart from the common terms."""
    extra = np.zeros(len(person), dtype=np.int64)
    if not len(market.exception_post):
        return extra
    m = len(market.capacity)
    owner = np.repeat(np.arange(len(market.count)), np.diff(market.exception_start))
    key = owner * m + market.exception_post
    sought = np.asarray(person, np.int64) * m + post
    at = np.minimum(np.searchsorted(key, sought), len(key) - 1)
    return np.where(key[at] == sought, market.exception_score[at], extra)


def score_block(market: Market, person: Places, post: Places | None = None) -> NDArray[np.int32]:
    """Score some people against some posts, all pairs, in score units.

    Parameters
    ----------
    market : Market
    person : array (n,)
        Types of people.
    post : array (m,), optional
        Types of posts; all when not given.

    Returns
    -------
    array (n, m)
        :data:`FORBIDDEN` where a pair may not be formed.
    """
    posts = np.arange(len(market.capacity)) if post is None else np.asarray(post)
    size = np.diff(market.post_start)[posts]
    entry = np.repeat(market.post_start[posts] - (np.cumsum(size) - size), size)
    entry = entry + np.arange(len(entry))
    column = np.repeat(np.arange(len(posts)), size)
    skill = market.post_skill[entry]
    block = np.empty((len(person), len(posts)), dtype=np.int32)
    level = np.zeros(market.skills, dtype=np.uint8)
    for row, one in enumerate(person):
        mine = slice(market.person_start[one], market.person_start[one + 1])
        level[:] = 0
        level[market.person_skill[mine]] = market.person_class[mine]
        gained = _gained(market, level[skill], entry)
        score = np.bincount(column, weights=gained, minlength=len(posts)).astype(np.int64)
        score += market.affinity[market.person_occupation[one], market.post_occupation[posts]]
        moved = market.relocation[market.person_region[one], market.post_region[posts]]
        extra = _exception(market, np.full(len(posts), one), posts)
        score += market.base[posts] + moved + extra
        possible = market.admits[market.person_standing[one], market.post_requirement[posts]]
        possible = possible & (moved != FORBIDDEN) & (extra != FORBIDDEN)
        block[row] = np.where(possible, score, FORBIDDEN)
    return block


def breakdown(market: Market, person: int, post: int) -> Breakdown:
    """Say why a person has this score at a post: every term, and every required skill.

    Parameters
    ----------
    market : Market
    person, post : int
        Records of people and posts, as they were given (not types).

    Returns
    -------
    Breakdown
    """
    one = np.array([market.person_type[person]], dtype=np.int64)
    other = np.array([market.post_type[post]], dtype=np.int64)
    i, j = int(one[0]), int(other[0])
    entry = np.arange(market.post_start[j], market.post_start[j + 1])
    held = _held(market, np.repeat(one, len(entry)), market.post_skill[entry])
    gained = _gained(market, held, entry)
    extra = int(_exception(market, one, other)[0])
    moved = int(market.relocation[market.person_region[i], market.post_region[j]])
    kinship = int(market.affinity[market.person_occupation[i], market.post_occupation[j]])
    score = int(score_pairs(market, one, other)[0])
    unit = market.unit
    return Breakdown(
        score=score * unit if score != FORBIDDEN else -np.inf,
        coverage=int(gained.sum()) * unit,
        affinity=kinship * unit,
        relocation=moved * unit if moved != FORBIDDEN else -np.inf,
        base=int(market.base[j]) * unit,
        exception=extra * unit if extra != FORBIDDEN else -np.inf,
        admitted=bool(market.admits[market.person_standing[i], market.post_requirement[j]]),
        skill=market.post_skill[entry],
        held=held,
        required=market.post_class[entry],
        worth=market.post_weight[entry].astype(np.float64) * unit,
        gained=gained.astype(np.float64) * unit,
    )
