"""The same market under other rules, or a part of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.grammar import FORBIDDEN, Market

__all__ = ["alone", "part_of", "within_regions", "without_pair", "without_screens"]

Whole = NDArray[np.int64]


def within_regions(market: Market) -> Market:
    """Forbid every pair across regions: what each region can do alone.

    Parameters
    ----------
    market : Market

    Returns
    -------
    Market
        With the same people and posts.
    """
    own = np.eye(len(market.relocation), dtype=bool)
    moved = np.where(own, market.relocation, FORBIDDEN).astype(np.int32)
    step = "Pairs across regions are forbidden."
    return replace(market, relocation=moved, steps=(*market.steps, step), _kept={})


def without_screens(market: Market) -> Market:
    """Admit everybody whatever the hard requirement: skills alone decide.

    Parameters
    ----------
    market : Market

    Returns
    -------
    Market
        With the same people and posts.
    """
    step = "Hard requirements are lifted."
    free = np.ones_like(market.admits)
    return replace(market, admits=free, steps=(*market.steps, step), _kept={})


def part_of(market: Market, people: Whole, posts: Whole) -> Market:
    """Return the market of some types of people and some types of posts.

    Parameters
    ----------
    market : Market
    people, posts : arrays
        Types to keep, in rising order; records become types.

    Returns
    -------
    Market
    """
    person_start, held = _entries(market.person_start, people)
    post_start, asked = _entries(market.post_start, posts)
    place = np.full(len(market.capacity), -1, dtype=np.int32)
    place[posts] = np.arange(len(posts), dtype=np.int32)
    exception_start, listed = _entries(market.exception_start, people)
    kept = place[market.exception_post[listed]] >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    return replace(
        market,
        person_type=np.arange(len(people), dtype=np.int32),
        post_type=np.arange(len(posts), dtype=np.int32),
        record_count=market.count[people],
        record_capacity=market.capacity[posts],
        count=market.count[people],
        capacity=market.capacity[posts],
        person_start=person_start,
        person_skill=market.person_skill[held],
        person_class=market.person_class[held],
        person_occupation=market.person_occupation[people],
        person_region=market.person_region[people],
        person_standing=market.person_standing[people],
        post_start=post_start,
        post_skill=market.post_skill[asked],
        post_class=market.post_class[asked],
        post_weight=market.post_weight[asked],
        post_occupation=market.post_occupation[posts],
        post_region=market.post_region[posts],
        post_requirement=market.post_requirement[posts],
        base=market.base[posts],
        exception_start=before[exception_start].astype(np.int64),
        exception_post=place[market.exception_post[listed[kept]]],
        exception_score=market.exception_score[listed[kept]],
        _kept={},
    )


def _entries(start: Whole, rows: Whole) -> tuple[Whole, Whole]:
    """Return the starts of some rows side by side, and the places of their entries."""
    size = np.diff(start)[rows]
    begin = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    return begin, np.repeat(start[rows] - begin[:-1], size) + np.arange(begin[-1])


def without_pair(market: Market, person: int, post: int) -> Market:
    """Return the market once a person has taken a seat: one person and one seat fewer.

    Parameters
    ----------
    market : Market
    person, post : int
        Types.

    Returns
    -------
    Market
        Without the types of which nobody is left; records become types.
    """
    count, capacity = market.count.copy(), market.capacity.copy()
    count[person] -= 1
    capacity[post] -= 1
    fewer = replace(market, count=count, capacity=capacity, _kept={})
    return part_of(fewer, np.flatnonzero(count > 0), np.flatnonzero(capacity > 0))


def alone(market: Market, person: int, *, skill: Whole, held: NDArray[np.uint8]) -> Market:
    """Return the market of one person, who holds some skills at least at the given classes.

    Parameters
    ----------
    market : Market
    person : int
        Type.
    skill : array (n,)
    held : array (n,)
        Classes 1 to 5.

    Returns
    -------
    Market
        With all types of posts.
    """
    one = part_of(market, np.array([person]), np.arange(len(market.capacity)))
    level = np.zeros(market.skills, dtype=np.uint8)
    level[one.person_skill] = one.person_class
    np.maximum.at(level, skill, held)
    skills = np.flatnonzero(level).astype(np.int32)
    start = np.array([0, len(skills)], dtype=np.int64)
    return replace(
        one, person_start=start, person_skill=skills, person_class=level[skills], _kept={}
    )
