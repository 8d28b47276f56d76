"""Who goes where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

if TYPE_CHECKING:
    from echelon.methods.matching.grammar import Market
    from echelon.methods.matching.lists import Lists

__all__ = ["Matching", "of_individuals", "records_of", "seats_taken"]

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Matching:
    """Who goes where: how many of the people of a record take seats of a post.

    Parameters
    ----------
    person, post, number : arrays (pairs,)
        Records of people and posts as they were given, and how many people; in rising order of
        person, then post. Who is in no pair is unmatched.
    """

    person: Whole
    post: Whole
    number: Whole

    def post_of_person(self, people: int) -> Whole:
        """Return the post of each person, -1 for the unmatched.

        Parameters
        ----------
        people : int
            Number of records of people.

        Returns
        -------
        array (people,)

        Raises
        ------
        InvalidArgument
            When a record stands for several people who go to different posts.
        """
        if len(np.unique(self.person)) < len(self.person):
            raise InvalidArgument(
                "A record stands for several people who go to different posts",
                fix="Use person, post and number",
            )
        post = np.full(people, -1, dtype=np.int64)
        post[self.person] = self.post
        return post

    @property
    def matched(self) -> int:
        """Return how many people have a post."""
        return int(self.number.sum())


def records_of(count: Whole) -> Whole:
    """Return the record of each individual: record i comes ``count[i]`` times.

    Parameters
    ----------
    count : array (records,)

    Returns
    -------
    array (people,)
    """
    return np.repeat(np.arange(len(count)), count)


def of_individuals(instance: Market | Lists, post_type: NDArray[np.generic]) -> Matching:
    """Return the matching of records from the post type of each individual, -1 for none.

    Individuals are in the order of their types. Seats of a post type go to its records in order.

    Parameters
    ----------
    instance : Market or Lists
    post_type : array (people,)

    Returns
    -------
    Matching
    """
    order = np.argsort(instance.person_type, kind="stable")
    record = np.repeat(order, instance.record_count[order])
    chosen = np.flatnonzero(np.asarray(post_type) >= 0)
    seats = np.argsort(np.asarray(post_type)[chosen], kind="stable")
    person = record[chosen][seats]
    types = np.asarray(post_type)[chosen][seats].astype(np.int64)
    post = _seat_records(instance, types)
    m = max(len(instance.post_type), 1)
    key, number = np.unique(person.astype(np.int64) * m + post, return_counts=True)
    return Matching(key // m, key % m, number.astype(np.int64))


def _seat_records(instance: Market | Lists, types: Whole) -> Whole:
    """Return the post record of each seat taken, given its type; types are in rising order."""
    if len(instance.post_type) == len(instance.capacity):
        first = np.empty(len(instance.capacity), dtype=np.int64)
        first[instance.post_type] = np.arange(len(instance.post_type))
        return first[types]
    seats = instance.record_capacity
    order = np.argsort(instance.post_type, kind="stable")
    before = np.concatenate([[0], np.cumsum(seats[order])])
    begin = np.concatenate([[0], np.cumsum(instance.capacity)])
    rank = np.arange(len(types)) - np.searchsorted(types, types, side="left")
    place = np.searchsorted(before, begin[types] + rank, side="right") - 1
    return order[place]


def seats_taken(matching: Matching, posts: int) -> Whole:
    """Return how many seats of each post are taken.

    Parameters
    ----------
    matching : Matching
    posts : int

    Returns
    -------
    array (posts,)
    """
    taken = np.zeros(posts, dtype=np.int64)
    np.add.at(taken, matching.post, matching.number)
    return taken
