"""Make a matching problem in whole score units out of people, posts and terms."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.checks import check_people, check_posts, check_terms
from echelon.methods.matching.grammar import FORBIDDEN, UNIT, Market, People, Places, Posts, Terms
from echelon.methods.matching.types import Rows, first_rows, row_types, rows_of

__all__ = ["market"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]
_LIMIT = 1.9


class _Units(NamedTuple):
    """The terms in score units, and what was done so that they fit."""

    affinity: NDArray[np.int32]
    relocation: NDArray[np.int32]
    base: NDArray[np.int32]
    exception: NDArray[np.int32]
    scale: float
    steps: tuple[str, ...]


class _Exceptions(NamedTuple):
    """Pairs treated apart, each once, in rising order."""

    person: Whole
    post: Whole
    score: Array


def market(people: People, posts: Posts, terms: Terms, *, merge: bool = True) -> Market:
    """Turn people, posts and the terms of their scores into a matching problem.

    s(i, j) = coverage * sum_k w_jk min(1, level_ik / required_jk) + affinity(occupations)
    - relocation(regions) + base_j + exception_ij, with levels cut to five classes, and every term
    rounded once to 2^-14. Over-qualification neither helps nor hurts. A pair that a hard
    requirement, a forbidden relocation or a veto excludes has no score. Being unmatched is worth 0.
    A post that requires no skill has coverage 0.

    Parameters
    ----------
    people, posts : People, Posts
    terms : Terms
    merge : bool
        Whether identical records become one type, which keeps the proof tight and the work small.

    Returns
    -------
    Market

    Raises
    ------
    InvalidArgument
        When arrays do not fit each other, a place is outside its list, a capacity is not a whole
        number of 0 or more, a figure is unknown, or two exceptions contradict each other.
    """
    check_people(people, terms)
    check_posts(posts, terms)
    check_terms(people, posts, terms)
    exceptions = _exceptions(terms)
    units = _units(people, posts, (terms, exceptions))
    held = _held(people, terms)
    required = _required(posts, terms, units.scale)
    person_type = row_types(
        held,
        (people.occupation, people.region, people.standing),
        apart=exceptions.person,
        merge=merge,
    )
    post_type = row_types(
        required,
        (posts.occupation, posts.region, posts.requirement, units.base),
        apart=exceptions.post,
        merge=merge,
    )
    return _assembled(
        (people, person_type, held), (posts, post_type, required), (terms, exceptions, units)
    )


def _assembled(
    persons: tuple[People, NDArray[np.int32], Rows],
    places: tuple[Posts, NDArray[np.int32], Rows],
    scoring: tuple[Terms, _Exceptions, _Units],
) -> Market:
    """Put the types, the skills and the terms together."""
    (people, person_type, held), (posts, post_type, required) = persons, places
    terms, exceptions, units = scoring
    person_rows, post_rows = first_rows(person_type), first_rows(post_type)
    held, required = rows_of(held, person_rows), rows_of(required, post_rows)
    owner = person_type[exceptions.person]
    order = np.lexsort((post_type[exceptions.post], owner))
    count = np.ones(len(person_type)) if people.count is None else people.count
    most = int(np.diff(required.start).max(initial=0))
    sizes = np.asarray(terms.class_levels, dtype=float)
    ratio = np.zeros((6, 6), dtype=np.int32)
    ratio[1:, 1:] = np.rint(np.minimum(1.0, sizes[:, None] / sizes[None, :]) * UNIT)
    return Market(
        person_type=person_type,
        post_type=post_type,
        record_count=np.asarray(count, dtype=np.int64),
        record_capacity=np.asarray(posts.capacity).astype(np.int64),
        count=_summed(count, person_type, len(person_rows)),
        capacity=_summed(posts.capacity, post_type, len(post_rows)),
        person_start=held.start,
        person_skill=held.skill,
        person_class=held.values[0].astype(np.uint8),
        person_occupation=_picked(people.occupation, person_rows),
        person_region=_picked(people.region, person_rows),
        person_standing=_picked(people.standing, person_rows),
        post_start=required.start,
        post_skill=required.skill,
        post_class=required.values[0].astype(np.uint8),
        post_weight=required.values[1].astype(np.int16),
        post_occupation=_picked(posts.occupation, post_rows),
        post_region=_picked(posts.region, post_rows),
        post_requirement=_picked(posts.requirement, post_rows),
        base=units.base[post_rows],
        ratio=ratio,
        affinity=units.affinity,
        relocation=units.relocation,
        admits=_admits(people, posts, terms),
        exception_start=np.searchsorted(owner[order], np.arange(len(person_rows) + 1)),
        exception_post=post_type[exceptions.post][order].astype(np.int32),
        exception_score=units.exception[order],
        skills=1 + max(_top(people.skill), _top(posts.skill)),
        scale=units.scale,
        rounding=(1.5 * most + 2.0) / UNIT / units.scale,
        steps=units.steps,
    )


def _units(people: People, posts: Posts, scoring: tuple[Terms, _Exceptions]) -> _Units:
    """Return the terms in score units, rescaled where their sum would not fit."""
    terms, exceptions = scoring
    occupations = 1 + max(_top(people.occupation), _top(posts.occupation))
    regions = 1 + max(_top(people.region), _top(posts.region))
    affinity = np.zeros((occupations, occupations)) if terms.affinity is None else terms.affinity
    relocation = np.zeros((regions, regions)) if terms.relocation is None else terms.relocation
    base = np.zeros(len(posts.region)) if posts.base is None else np.asarray(posts.base, float)
    parts = (np.asarray(affinity, float), -np.asarray(relocation, float), base, exceptions.score)
    high, low = max(terms.coverage, 0.0), min(terms.coverage, 0.0)
    for part in parts:
        finite = part[np.isfinite(part)]
        high += max(0.0, float(finite.max(initial=0.0)))
        low += min(0.0, float(finite.min(initial=0.0)))
    kin = parts[0]
    apart = float(kin.max() - kin.min()) if kin.size else 0.0
    reach = max(high, -low, terms.coverage + apart)
    scale, steps = 1.0, tuple[str, ...]()
    if reach >= _LIMIT:
        scale = 0.999 * _LIMIT / reach
        steps = (
            f"All scores were multiplied by {scale:.4g} so that the sum of their terms, which can "
            f"reach {reach:.3g}, lies within 1.9; figures are given in the original scores.",
        )
    whole = [
        np.where(np.isneginf(part), FORBIDDEN, np.rint(part * scale * UNIT)).astype(np.int32)
        for part in parts
    ]
    return _Units(whole[0], whole[1], whole[2], whole[3], scale, steps)


def _held(people: People, terms: Terms) -> Rows:
    """Return the classes of the skills that people hold; what is below the first is left out."""
    held = np.searchsorted(np.asarray(terms.thresholds), people.level, side="right")
    return Rows.of(people.skill_start, people.skill, (held.astype(np.int64),)).kept(held > 0)


def _required(posts: Posts, terms: Terms, scale: float) -> Rows:
    """Return classes and weights of requirements, in units that sum to the worth of coverage."""
    required = np.searchsorted(np.asarray(terms.thresholds), posts.level, side="right")
    kept = (required > 0) & (np.asarray(posts.weight) > 0)
    row = np.repeat(np.arange(len(posts.region)), np.diff(posts.skill_start))
    weight = np.where(kept, posts.weight, 0.0)
    total = np.bincount(row, weights=weight, minlength=len(posts.region))
    share = weight / np.where(total > 0, total, 1.0)[row]
    units = np.rint(share * (terms.coverage * scale * UNIT)).astype(np.int64)
    rows = Rows.of(posts.skill_start, posts.skill, (required.astype(np.int64), units))
    return rows.kept(kept)


def _exceptions(terms: Terms) -> _Exceptions:
    """Return the exceptions, each pair once."""
    if terms.exception_person is None or terms.exception_post is None:
        nothing = np.zeros(0, dtype=np.int64)
        return _Exceptions(nothing, nothing, np.zeros(0))
    score = np.asarray(terms.exception_score, dtype=float)
    pairs = np.stack([terms.exception_person, terms.exception_post])
    _, first = np.unique(pairs, axis=1, return_index=True)
    return _Exceptions(
        pairs[0, first].astype(np.int64), pairs[1, first].astype(np.int64), score[first]
    )


def _admits(people: People, posts: Posts, terms: Terms) -> NDArray[np.bool_]:
    """Return which standing meets which requirement."""
    if terms.admits is not None:
        return np.asarray(terms.admits, dtype=bool)
    return np.ones((1 + _top(people.standing), 1 + _top(posts.requirement)), dtype=bool)


def _top(places: NDArray[np.generic]) -> int:
    return int(np.max(places, initial=-1))


def _picked(places: Places, rows: Whole) -> NDArray[np.int32]:
    return np.asarray(places, dtype=np.int32)[rows]


def _summed(numbers: NDArray[np.generic], types: NDArray[np.int32], size: int) -> Whole:
    """Return the numbers of the records of each type together, exactly."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, types, np.asarray(numbers).astype(np.int64))
    return total
