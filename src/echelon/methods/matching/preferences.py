"""What people prefer, and whom posts prefer, as lists."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.grammar import Figures, Market, Places
from echelon.methods.matching.oracle import best_posts
from echelon.methods.matching.scores import score_pairs

__all__ = ["Preferences", "given_preferences", "individuals", "lottery", "preferences"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Preferences:
    """Lists of people, best first, and the priority that each listed post gives the person.

    Parameters
    ----------
    start : array (people + 1,)
        The list of person i is entries ``start[i]`` to ``start[i + 1]``.
    post : array (entries,)
        Best first. Posts that are not listed are not acceptable.
    utility : array (entries,)
        What the post is worth to the person; falling within a list.
    priority : array (entries,)
        Whole numbers of 0 or more; the higher, the more the post wants the person.
    capacity : array (posts,)
    count : array (people,)
        How many identical people each row stands for.
    """

    start: Whole
    post: NDArray[np.int32]
    utility: Array
    priority: NDArray[np.int32]
    capacity: Whole
    count: Whole


def given_preferences(
    start: Places,
    post: Places,
    *,
    capacity: Figures,
    utility: Figures | None = None,
    priority: Figures | None = None,
    count: Places | None = None,
) -> Preferences:
    """Make preferences out of lists.

    Parameters
    ----------
    start : array (people + 1,)
    post : array (entries,)
        In order of preference when there is no utility.
    capacity : array (posts,)
    utility : array (entries,), optional
        The higher the better; the lists are sorted by it, equals in the order given.
    priority : array (entries,), optional
        Of the person at the post, the higher the better. Without it a lottery decides.
    count : array (people,), optional

    Returns
    -------
    Preferences

    Raises
    ------
    InvalidArgument
        When the arrays do not fit, a post is listed twice, or a capacity is not whole.
    """
    begin, posts = np.asarray(start, np.int64), np.asarray(post, np.int64)
    seats = np.asarray(capacity)
    people = np.ones(len(begin) - 1, np.int64) if count is None else np.asarray(count, np.int64)
    _check_lists(begin, posts, seats)
    row = np.repeat(np.arange(len(people)), np.diff(begin))
    place = np.arange(len(posts)) - np.repeat(begin[:-1], np.diff(begin))
    worth = -place.astype(float) if utility is None else np.asarray(utility, dtype=float)
    wanted = np.zeros(len(posts)) if priority is None else np.asarray(priority)
    if worth.shape != posts.shape or wanted.shape != posts.shape:
        raise InvalidArgument("Give one utility and one priority for each entry of the lists")
    if np.isnan(worth).any() or np.isnan(wanted).any():
        raise InvalidArgument("A utility or a priority is unknown", fix="Leave the pair out")
    falls = (np.diff(worth) > 0) & (np.diff(row) == 0)
    if falls.any():
        order = np.lexsort((place, -worth, row))
        posts, worth, wanted = posts[order], worth[order], wanted[order]
    return Preferences(
        begin, posts.astype(np.int32), worth, _whole(wanted), seats.astype(np.int64), people
    )


def preferences(
    market: Market,
    *,
    k: int = 20,
    priority: Market | Array | None = None,
    threads: int = 1,
) -> Preferences:
    """List the k posts that each person scores highest, and how the posts see the person.

    Parameters
    ----------
    market : Market
        Its score is what a post is worth to a person.
    k : int
    priority : Market or array (people,), optional
        What the posts go by: the score of another market of the same records, or one merit for
        each record of people. The same score when not given. Otherwise both markets must have been
        made with ``merge=False``.
    threads : int

    Returns
    -------
    Preferences
        Of the market's types.
    """
    found = best_posts(market, k=k, threads=threads)
    listed = found.post >= 0
    size = listed.sum(axis=1)
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    person, post = np.repeat(np.arange(len(size)), size), found.post[listed]
    score = found.score[listed]
    return Preferences(
        start,
        post,
        score.astype(np.float64) * market.unit,
        priorities(market, priority, (person, post, score)),
        market.capacity,
        market.count,
    )


def priorities(
    market: Market,
    priority: Market | Array | None,
    pairs: tuple[Whole, NDArray[np.int32], NDArray[np.int32]],
) -> NDArray[np.int32]:
    """Return how posts see people, whole numbers of 0 or more.

    Parameters
    ----------
    market : Market
    priority : Market or array (people,), optional
    pairs : tuple of arrays
        Types of people, of posts, and their score in units.

    Returns
    -------
    array (pairs,)
    """
    person, post, score = pairs
    if priority is None:
        return (score.astype(np.int64) + (1 << 17)).astype(np.int32)
    if len(market.count) != len(market.person_type) or len(market.capacity) != len(
        market.post_type
    ):
        raise InvalidArgument(
            "Two sides with different preferences need every record apart",
            fix="Make the market with merge=False",
        )
    if isinstance(priority, Market):
        if priority.person_type.shape != market.person_type.shape or len(priority.post_type) != len(
            market.post_type
        ):
            raise InvalidArgument("The two sides have different people or posts")
        theirs = score_pairs(priority, priority.person_type[person], priority.post_type[post])
        return np.maximum(theirs.astype(np.int64) + (1 << 17), 0).astype(np.int32)
    merit = _whole(np.asarray(priority, dtype=float))
    if merit.shape != market.person_type.shape:
        raise InvalidArgument("Give one merit for each person")
    return merit[person]


def lottery(people: int, seed: int) -> NDArray[np.int32]:
    """Return a number for each individual, each number once; the higher wins ties.

    Parameters
    ----------
    people : int
    seed : int

    Returns
    -------
    array (people,)
    """
    if seed < 0:
        raise InvalidArgument(f"The seed {seed} is negative", fix="Use 0 or more")
    return np.random.default_rng(np.random.SeedSequence(seed)).permutation(people).astype(np.int32)


def individuals(listed: Preferences) -> NDArray[np.int32]:
    """Return the row of each individual.

    Parameters
    ----------
    listed : Preferences

    Returns
    -------
    array (people,)
    """
    return np.repeat(np.arange(len(listed.count), dtype=np.int32), listed.count)


def _whole(figures: Figures) -> NDArray[np.int32]:
    """Return whole numbers of 0 or more in the same order, equal where the figures are equal."""
    if np.issubdtype(figures.dtype, np.integer) and len(figures):
        low, high = int(figures.min()), int(figures.max())
        if high - low < 1 << 31:
            return (figures - low).astype(np.int32) if low else figures.astype(np.int32)
    return np.unique(figures, return_inverse=True)[1].reshape(figures.shape).astype(np.int32)


def _check_lists(start: Whole, post: Whole, capacity: Figures) -> None:
    from echelon.methods.matching.kernels.proposals import listed_twice

    if start[0] != 0 or start[-1] != len(post) or (np.diff(start) < 0).any():
        raise InvalidArgument(
            "The lists do not fit: the places of the rows do not end at the entries"
        )
    if len(post) and (post.min() < 0 or post.max() >= len(capacity)):
        raise InvalidArgument(f"A listed post is outside the {len(capacity)} posts")
    wrong = ~((capacity >= 0) & (capacity == np.floor(capacity)))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InvalidArgument(
            f"The capacity of row {at} is {capacity[at]:g}, which is no whole number of 0 or more",
            fix="Count whole people; 0 closes a post",
        )
    if listed_twice(start, post, np.full(len(capacity), -1, dtype=np.int64)):
        raise InvalidArgument(
            "A person lists a post twice", fix="Keep the better of the two places"
        )
