"""Whether the labels and the table beside a proof of a matching are those of the proof."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.grammar import FORBIDDEN, Market
from echelon.methods.matching.scores import score_pairs

__all__ = ["RESEALED", "faults_of_labels", "faults_of_places", "faults_of_table", "sealed"]

RESEALED = (
    "The seal does not fit: the matching or the names of people, posts or skills were changed."
)


def sealed(*parts: str | NDArray[Any]) -> str:
    """Return a fingerprint of texts and arrays in their order.

    Parameters
    ----------
    *parts : str or array

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            total.update(f"{len(part)}:{part}".encode())
        else:
            total.update(f"{part.dtype}{part.shape}".encode() + part.tobytes())
    return total.hexdigest()


def faults_of_labels(market: Market, names: tuple[NDArray[np.str_], NDArray[np.str_]]) -> list[str]:
    """Return where the names are not one for each record.

    Parameters
    ----------
    market : Market
    names : tuple of arrays of str
        Of people and posts.
    """
    sizes = (
        ("people", names[0], len(market.person_type)),
        ("posts", names[1], len(market.post_type)),
    )
    return [
        f"{len(given)} names are given for {size} {what}, each once."
        for what, given, size in sizes
        if len(given) != size or len(np.unique(given)) != size
    ]


def faults_of_places(
    market: Market,
    given: tuple[NDArray[np.int32], NDArray[np.int64]],
    names: tuple[NDArray[np.str_], NDArray[np.str_]],
) -> list[str]:
    """Return what is wrong with who is where: places, seats, pairs that may not be or gain nothing.

    Parameters
    ----------
    market : Market
        Every record apart.
    given : tuple of arrays (people,) and (posts,)
        Post of each person, -1 for none, and cutoffs.
    names : tuple of arrays of str
        Of people and posts.
    """
    post, cutoff = given
    people, posts = len(market.count), len(market.capacity)
    if post.shape != (people,) or cutoff.shape != (posts,):
        return [
            f"{post.size} posts and {cutoff.size} cutoffs are given for {people} people and {posts} "
            "posts."
        ]
    strange = post[(post < -1) | (post >= posts)]
    if len(strange):
        return [f"A person is in post {strange[0]}, and there are {posts} posts."]
    faults = []
    held = np.flatnonzero(post >= 0)
    if (np.bincount(post[held], minlength=posts) > market.capacity).any():
        faults.append("More people are in a post than it has seats.")
    score = score_pairs(market, held, post[held].astype(np.int64))
    for wrong, text in (
        (score == FORBIDDEN, "may not take"),
        ((score <= 0) & (score != FORBIDDEN), "gains nothing in"),
    ):
        if wrong.any():
            one = int(held[np.flatnonzero(wrong)[0]])
            faults.append(f"{names[0][one]} {text} {names[1][int(post[one])]}.")
    return faults


def faults_of_table(
    rows: NDArray[Any], market: Market, *,
    names: tuple[NDArray[np.str_], NDArray[np.str_]], pairs: Mapping[tuple[int, int], int],
) -> list[str]:  # fmt: skip
    """Return where a table of who goes where differs from the pairs of types that are proven.

    Parameters
    ----------
    rows : array (3, n)
        Keys of people and of posts, and scores.
    market : Market
    names : tuple of arrays of str
        Of people and posts.
    pairs : mapping
        From types of a person and a post to the number of people.
    """
    persons, posts, given = rows
    places = [{str(name): at for at, name in enumerate(some)} for some in names]
    one = np.array([places[0].get(str(key), -1) for key in persons], dtype=np.int64)
    other = np.array([places[1].get(str(key), -1) for key in posts], dtype=np.int64)
    for what, at, size in (("people", one, market.person_type), ("posts", other, market.post_type)):
        if ((at < 0) | (at >= len(size))).any():
            return [f"The table assignment names {what} that are not in the problem."]
    if len(np.unique(one)) < len(one):
        return ["The table assignment names a person twice."]
    one, other = market.person_type[one].astype(np.int64), market.post_type[other].astype(np.int64)
    left = {pair: int(number) for pair, number in pairs.items()}
    faults: list[str] = []
    for row, pair in enumerate(zip(one.tolist(), other.tolist(), strict=True)):
        left[pair] = left.get(pair, 0) - 1
        if left[pair] < 0 and not faults:
            faults.append(
                f"The table assignment puts {persons[row]} into {posts[row]}, and the proof does not."
            )
    if not faults and any(left.values()):
        faults.append("The table assignment lacks pairs of the proof.")
    score = score_pairs(market, one, other).astype(float) * market.unit
    wrong = np.flatnonzero(~np.isclose(given.astype(float), score, rtol=0.0, atol=1e-9))
    if len(wrong):
        row = int(wrong[0])
        faults.append(
            f"The score of {persons[row]} in {posts[row]} is {score[row]:.6g}, not {given[row]:.6g}."
        )
    return faults
