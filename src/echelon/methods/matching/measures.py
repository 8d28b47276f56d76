"""What comes of a matching: value, ranks, blocking pairs, envy, inequality, moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.grammar import Places
from echelon.methods.matching.preferences import Preferences, individuals

__all__ = ["Measures", "blocking_pairs", "gini", "measure"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Measures:
    """What a matching is worth, how fair it is, and who would rather be elsewhere.

    Parameters
    ----------
    people, matched : int
    matched_share : float
    value : float
        Sum of the utilities of the matched.
    rank_counts : array (longest list,)
        People who got their first, second, ... choice.
    mean_rank : float
        Of the matched; NaN when nobody is.
    first_choice_share : float
        Of all people.
    rank_gini : float
        Gini coefficient of ranks, the unmatched one place behind the end of their list.
    blocking_pairs : int
        Pairs of a person and a post that would both gain by leaving the matching.
    blocked_people : int
        People in at least one such pair.
    envious_people : int
        People who prefer a post that holds someone of lower priority (justified envy).
    wasted_claims : int
        People who prefer a post that has a free seat.
    outside_home_share : float
        Of the matched: share in another region than their own; NaN when regions are not given.
    regret : float
        Share of the best possible value that is lost; NaN when that is not given.
    """

    people: int
    matched: int
    matched_share: float
    value: float
    rank_counts: Whole
    mean_rank: float
    first_choice_share: float
    rank_gini: float
    blocking_pairs: int
    blocked_people: int
    envious_people: int
    wasted_claims: int
    outside_home_share: float
    regret: float


def measure(
    listed: Preferences,
    post: Places,
    *,
    home: Places | None = None,
    place: Places | None = None,
    best: float = np.nan,
) -> Measures:
    """Measure a matching against the preferences of both sides.

    Parameters
    ----------
    listed : Preferences
    post : array (individuals,)
        Post of each individual, -1 for none. A post outside the person's list counts as ranked
        one place behind its end, with utility 0.
    home, place : arrays (rows of people,) and (posts,), optional
        Regions.
    best : float
        Value of the optimum, for the regret.

    Returns
    -------
    Measures

    Raises
    ------
    InvalidArgument
        When the posts do not fit the individuals, or hold more people than seats.
    """
    row, given = individuals(listed), np.asarray(post)
    entry, rank = _places(listed, row, given)
    size = np.diff(listed.start)[row]
    matched = int((given >= 0).sum())
    placed = np.flatnonzero(entry >= 0)
    value = float(listed.utility[entry[placed]].sum())
    counts = np.bincount(rank[placed], minlength=int(size.max(initial=0)) + 1)[1:]
    person, wanted, free = _blocking(listed, row, (given, entry, rank))
    away = np.nan
    if home is not None and place is not None and matched:
        held = given >= 0
        away = float((np.asarray(home)[row[held]] != np.asarray(place)[given[held]]).mean())
    n = len(row)
    return Measures(
        people=n,
        matched=matched,
        matched_share=matched / n if n else np.nan,
        value=value,
        rank_counts=counts.astype(np.int64),
        mean_rank=float(rank[placed].mean()) if len(placed) else np.nan,
        first_choice_share=float((rank == 1).mean()) if n else np.nan,
        rank_gini=gini(np.where(rank > 0, rank, size + 1).astype(float)),
        blocking_pairs=len(wanted),
        blocked_people=len(np.unique(person)),
        envious_people=len(np.unique(person[~free])),
        wasted_claims=len(np.unique(person[free])),
        outside_home_share=away,
        regret=1.0 - value / best if best > 0 else np.nan,
    )


def blocking_pairs(listed: Preferences, post: Places) -> tuple[Whole, Whole]:
    """Return the pairs of an individual and a listed post that would both gain by a change.

    The person prefers the post to what they have, and the post has a free seat or holds somebody
    of lower priority.

    Parameters
    ----------
    listed : Preferences
    post : array (individuals,)

    Returns
    -------
    individuals, posts : arrays (pairs,)
    """
    row, given = individuals(listed), np.asarray(post)
    person, wanted, _ = _blocking(listed, row, (given, *_places(listed, row, given)))
    return person, wanted


def gini(figures: Array) -> float:
    """Return the Gini coefficient: 0 when all are equal, near 1 when one has all.

    Parameters
    ----------
    figures : array
        Not negative.

    Returns
    -------
    float
        NaN when there is nothing to share.
    """
    ordered = np.sort(np.asarray(figures, dtype=float))
    n, total = len(ordered), float(ordered.sum())
    if not n or total <= 0:
        return float("nan")
    return float((2.0 * np.arange(1, n + 1) - n - 1.0) @ ordered / (n * total))


def _places(listed: Preferences, row: NDArray[np.int32], given: Places) -> tuple[Whole, Whole]:
    """Return the entry and the rank of each individual's post, -1 and 0 where there is none."""
    if given.shape != row.shape:
        raise InvalidArgument(f"There are {len(row)} individuals, and {len(given)} posts are given")
    taken = np.bincount(given[given >= 0], minlength=len(listed.capacity))
    if len(taken) > len(listed.capacity) or (taken > listed.capacity).any():
        raise InvalidArgument("A post holds more people than it has seats")
    entry = np.full(len(row), -1, dtype=np.int64)
    for place in range(int(np.diff(listed.start).max(initial=0))):
        at = listed.start[row] + place
        inside = np.flatnonzero(at < listed.start[row + 1])
        hit = inside[listed.post[at[inside]] == given[inside]]
        entry[hit] = at[hit]
    return entry, np.where(entry >= 0, entry - listed.start[row] + 1, 0)


def _blocking(
    listed: Preferences,
    row: NDArray[np.int32],
    held: tuple[Places, Whole, Whole],
) -> tuple[Whole, Whole, NDArray[np.bool_]]:
    """Return blocking pairs, and for each whether the post has a free seat."""
    given, entry, rank = held
    m = len(listed.capacity)
    lowest = np.full(m, np.iinfo(np.int32).max, dtype=np.int64)
    has = entry >= 0
    np.minimum.at(lowest, listed.post[entry[has]], listed.priority[entry[has]])
    np.minimum.at(lowest, given[(given >= 0) & ~has], -1)
    free = np.bincount(given[given >= 0], minlength=m) < listed.capacity
    better = np.where(has, rank - 1, np.diff(listed.start)[row])
    person = np.repeat(np.arange(len(row)), better)
    before = np.cumsum(better) - better
    at = np.repeat(listed.start[row] - before, better) + np.arange(len(person))
    wanted = listed.post[at]
    envied = (listed.priority[at] > lowest[wanted]) & (listed.capacity[wanted] > 0)
    blocks = free[wanted] | envied
    return person[blocks], wanted[blocks].astype(np.int64), free[wanted[blocks]]
