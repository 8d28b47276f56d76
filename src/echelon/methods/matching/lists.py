"""Given candidate lists: every pair that may be formed, with its score."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.grammar import UNIT, Figures, Places

__all__ = ["Lists", "given_lists", "score_of_listed"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lists:
    """A matching problem whose possible pairs are all listed; every other pair is forbidden.

    Made by :func:`given_lists`.

    Parameters
    ----------
    start : array (people + 1,)
        The posts of person i are entries ``start[i]`` to ``start[i + 1]``, in rising order.
    post : array (entries,)
    score : array (entries,)
        In score units.
    count, capacity : arrays (people,) and (posts,)
    scale : float
        Units in a score of 1, divided by 16384.
    rounding : float
        A score in units differs from the score given by at most this much.
    """

    start: Whole
    post: NDArray[np.int32]
    score: NDArray[np.int32]
    count: Whole
    capacity: Whole
    scale: float
    rounding: float

    @property
    def people(self) -> int:
        """Return how many people there are."""
        return int(self.count.sum())

    @property
    def seats(self) -> int:
        """Return how many seats there are."""
        return int(self.capacity.sum())

    @property
    def unit(self) -> float:
        """Return what one score unit is worth in the scores that were given."""
        return 1.0 / (UNIT * self.scale)

    @property
    def person_type(self) -> Whole:
        """Return the type of each record: in given lists every person is one."""
        return np.arange(len(self.count))

    @property
    def post_type(self) -> Whole:
        """Return the type of each record: in given lists every post is one."""
        return np.arange(len(self.capacity))

    @property
    def record_count(self) -> Whole:
        """Return how many people each record stands for."""
        return self.count

    @property
    def record_capacity(self) -> Whole:
        """Return the seats of each record of posts."""
        return self.capacity

    def digest(self) -> str:
        """Return a fingerprint of the lists, the people and the seats.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        total = hashlib.sha256(repr(self.scale).encode())
        for array in (self.start, self.post, self.score, self.count, self.capacity):
            total.update(f"{array.dtype}{array.shape}".encode())
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()


def given_lists(
    start: Places,
    post: Places,
    score: Figures,
    *,
    capacity: Figures,
    count: Figures | None = None,
) -> Lists:
    """Make a matching problem out of listed pairs; a whole table of scores is a long list.

    Whole scores stay exact; others are rounded to 1/16384 of the largest.

    Parameters
    ----------
    start : array (people + 1,)
    post, score : arrays (entries,)
        A score is worth forming the pair when it is above 0, what staying unmatched is worth.
    capacity : array (posts,)
    count : array (people,), optional
        How many identical people each row stands for; 1 when not given.

    Returns
    -------
    Lists

    Raises
    ------
    InvalidArgument
        When the arrays do not fit, a pair is listed twice, or a figure is unknown.
    """
    begin, posts = np.asarray(start, np.int64), np.asarray(post, np.int64)
    scores, seats = np.asarray(score, dtype=float), np.asarray(capacity)
    people = np.ones(len(begin) - 1, np.int64) if count is None else np.asarray(count)
    fits = begin[0] == 0 and begin[-1] == len(posts) == len(scores) and (np.diff(begin) >= 0).all()
    if not fits or len(people) != len(begin) - 1:
        raise InvalidArgument(
            "The lists do not fit: the places of the rows do not end at the entries"
        )
    if not np.isfinite(scores).all():
        raise InvalidArgument("A listed pair has an unknown score", fix="Leave the pair out")
    if len(posts) and (posts.min() < 0 or posts.max() >= len(seats)):
        raise InvalidArgument(f"A listed post is outside the {len(seats)} posts")
    for name, figures in (("capacity", seats), ("count", people)):
        wrong = ~((figures >= 0) & (figures == np.floor(figures)))
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise InvalidArgument(
                f"The {name} of row {at} is {figures[at]:g}, which is no whole number of 0 or more",
                fix="Count whole people; 0 closes a post",
            )
    pair = np.repeat(np.arange(len(people)) * len(seats), np.diff(begin)) + posts
    rise = np.diff(pair)
    if (rise < 0).any():
        order = _order(pair, len(people) * len(seats))
        posts, scores = posts[order], scores[order]
        rise = np.diff(pair[order])
    if not rise.all():
        raise InvalidArgument("A pair is listed twice", fix="Keep one score for each pair")
    most = float(max(scores.max(initial=0), -scores.min(initial=0))) or 1.0
    whole = most <= UNIT and bool((scores == np.rint(scores)).all())
    units = float(UNIT // int(most)) if whole else UNIT / most
    return Lists(
        start=begin,
        post=posts.astype(np.int32),
        score=np.rint(scores * units).astype(np.int32),
        count=people.astype(np.int64),
        capacity=seats.astype(np.int64),
        scale=units / UNIT,
        rounding=0.0 if whole else 0.5 / units,
    )


def _order(pair: Whole, most: int) -> Whole:
    """Return the order of pairs below ``most``; numbers that carry their place sort quicker."""
    bits = len(pair).bit_length()
    if most.bit_length() + bits > 62:
        return np.argsort(pair, kind="stable")
    return np.sort((pair << bits) + np.arange(len(pair))) & ((1 << bits) - 1)


def score_of_listed(
    lists: Lists, person: Places, post: Places
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the scores of pairs in units, and whether each pair is listed.

    Parameters
    ----------
    lists : Lists
    person, post : arrays (pairs,)

    Returns
    -------
    scores, listed : arrays (pairs,)
    """
    m = len(lists.capacity)
    row = np.repeat(np.arange(len(lists.count)), np.diff(lists.start))
    key, sought = row * m + lists.post, np.asarray(person, np.int64) * m + post
    if not len(key):
        return np.zeros(len(sought), np.int32), np.zeros(len(sought), bool)
    at = np.minimum(np.searchsorted(key, sought), len(key) - 1)
    return lists.score[at], key[at] == sought
