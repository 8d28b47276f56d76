"""Whether people, posts and terms fit each other; every fault is one clear sentence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching.grammar import People, Posts, Terms

__all__ = ["check_people", "check_posts", "check_terms"]


def check_people(people: People, terms: Terms) -> None:
    """Raise where the arrays of people do not fit each other or hold unusable figures.

    Parameters
    ----------
    people : People
    terms : Terms
    """
    n = len(people.region)
    _check_rows("people", people.skill_start, (n, people.skill, people.level))
    for name in ("occupation", "region", "standing"):
        _check_places(f"people.{name}", getattr(people, name), n)
    if people.count is not None:
        _check_whole("people.count", np.asarray(people.count), n)
    if terms.admits is not None:
        _check_inside("standing", people.standing, np.shape(terms.admits)[0])


def check_posts(posts: Posts, terms: Terms) -> None:
    """Raise where the arrays of posts do not fit each other or hold unusable figures.

    Parameters
    ----------
    posts : Posts
    terms : Terms
    """
    m = len(posts.region)
    _check_rows("posts", posts.skill_start, (m, posts.skill, posts.level))
    for name in ("occupation", "region", "requirement"):
        _check_places(f"posts.{name}", getattr(posts, name), m)
    _check_whole("posts.capacity", np.asarray(posts.capacity), m)
    weight = np.asarray(posts.weight, dtype=float)
    if weight.shape != np.shape(posts.skill) or not np.isfinite(weight).all() or (weight < 0).any():
        raise InvalidArgument(
            "The weights of required skills must be one figure of 0 or more for each requirement",
            where="posts.weight",
            fix="Give 1 to every skill where weights are unknown",
        )
    if posts.base is not None and not (
        np.shape(posts.base) == (m,) and np.isfinite(posts.base).all()
    ):
        raise InvalidArgument(
            "The base of posts must be one known figure for each post",
            where="posts.base",
            fix="Use 0 where nothing is added",
        )
    if terms.admits is not None:
        _check_inside("requirement", posts.requirement, np.shape(terms.admits)[1])


def check_terms(people: People, posts: Posts, terms: Terms) -> None:
    """Raise where the terms do not cover the people and posts, or contradict themselves.

    Parameters
    ----------
    people : People
    posts : Posts
    terms : Terms
    """
    for name, first, second in (
        ("affinity", people.occupation, posts.occupation),
        ("relocation", people.region, posts.region),
    ):
        table = getattr(terms, name)
        if table is None:
            continue
        side = 1 + max(int(np.max(first, initial=-1)), int(np.max(second, initial=-1)))
        if np.ndim(table) != 2 or min(np.shape(table)) < side:
            raise InvalidArgument(
                f"The table of {name} has the shape {np.shape(table)}, and {side} places are used",
                fix=f"Give a row and a column for each of the {side}",
            )
        if (
            np.isnan(table).any()
            or np.isneginf(table).any()
            or (name == "affinity" and not np.isfinite(table).all())
        ):
            raise InvalidArgument(
                f"The table of {name} holds unknown figures",
                fix="Fill it first; a relocation of inf forbids the pair",
            )
    _check_classes(terms)
    _check_exceptions(terms, (len(people.region), len(posts.region)))


def _check_classes(terms: Terms) -> None:
    thresholds, levels = np.asarray(terms.thresholds), np.asarray(terms.class_levels)
    rising = thresholds.shape == levels.shape == (5,) and (np.diff(thresholds) > 0).all()
    if not rising or (np.diff(levels) <= 0).any() or levels[0] <= 0:
        raise InvalidArgument(
            "Levels are cut to five classes, so five rising thresholds and five rising levels above "
            "0 are needed",
            where=f"thresholds {terms.thresholds}, class_levels {terms.class_levels}",
        )
    if not 0.0 < terms.coverage < np.inf:
        raise InvalidArgument(
            f"Full coverage cannot be worth {terms.coverage}", fix="Use a figure above 0"
        )


def _check_exceptions(terms: Terms, sizes: tuple[int, int]) -> None:
    given = (terms.exception_person, terms.exception_post, terms.exception_score)
    if all(item is None for item in given):
        return
    if any(item is None for item in given) or len({np.asarray(item).shape for item in given}) != 1:
        raise InvalidArgument("Exceptions need a person, a post and a score each")
    person, post = np.asarray(given[0]), np.asarray(given[1])
    score = np.asarray(given[2], dtype=float)
    for name, places, size in (("person", person, sizes[0]), ("post", post, sizes[1])):
        _check_inside(f"exception_{name}", places, size)
    if np.isnan(score).any() or np.isposinf(score).any():
        raise InvalidArgument(
            "The score of an exception must be a known figure, or -inf for a veto",
            where="exception_score",
        )
    order = np.lexsort((post, person))
    same = (np.diff(person[order]) == 0) & (np.diff(post[order]) == 0)
    first, second = score[order][:-1], score[order][1:]
    wrong = np.flatnonzero(same & (first != second))
    if len(wrong):
        at = int(wrong[0])
        raise InvalidArgument(
            f"Person {person[order][at]} and post {post[order][at]} have two exceptions that "
            f"contradict each other: {first[at]:g} and {second[at]:g}",
            where="exception_score",
            fix="Keep one of them; -inf is a veto",
        )


def _check_rows(
    name: str,
    start: NDArray[np.generic],
    rows: tuple[int, NDArray[np.generic], NDArray[np.generic]],
) -> None:
    """Raise unless the sparse rows are complete, each skill once in a row, levels known."""
    n, skill, level = rows
    begin = np.asarray(start)
    fits = begin.shape == (n + 1,) and begin[0] == 0 and begin[-1] == len(skill)
    if not fits or (np.diff(begin) < 0).any() or np.shape(level) != np.shape(skill):
        raise InvalidArgument(
            f"The skills of {name} do not fit: skill_start needs {n + 1} rising places, the last "
            "the number of entries",
            where=f"{name}.skill_start",
        )
    if len(skill) and int(np.min(skill)) < 0:
        raise InvalidArgument("A place below 0 is in no list", where=f"{name}.skill")
    levels = np.asarray(level, dtype=float)
    if not np.isfinite(levels).all() or (levels < 0).any():
        at = int(np.flatnonzero(~(np.isfinite(levels) & (levels >= 0)))[0])
        raise InvalidArgument(
            f"The level {levels[at]} of entry {at} is not a figure of 0 or more",
            where=f"{name}.level",
            fix="Leave out the skills whose level is unknown",
        )
    falls = np.flatnonzero(np.diff(skill) <= 0) + 1
    inside = falls[~np.isin(falls, begin)]
    if len(inside):
        row = np.searchsorted(begin, inside, side="right") - 1
        for one in np.unique(row):
            mine = np.asarray(skill)[begin[one] : begin[one + 1]]
            if len(np.unique(mine)) < len(mine):
                raise InvalidArgument(
                    f"Row {one} of {name} names a skill twice",
                    where=f"{name}.skill",
                    fix="Keep the highest level of each skill",
                )


def _check_places(name: str, places: NDArray[np.generic], size: int) -> None:
    if np.shape(places) != (size,) or not np.issubdtype(np.asarray(places).dtype, np.integer):
        raise InvalidArgument(f"Give one whole place for each of the {size} rows", where=name)
    _check_inside(name, places, np.iinfo(np.int32).max)


def _check_inside(name: str, places: NDArray[np.generic], size: int) -> None:
    outside = (np.asarray(places) < 0) | (np.asarray(places) >= size)
    if outside.any():
        at = int(np.flatnonzero(outside)[0])
        raise InvalidArgument(
            f"Row {at} of {name} is {np.asarray(places)[at]}, and there are {size} places",
            where=name,
        )


def _check_whole(name: str, numbers: NDArray[np.generic], size: int) -> None:
    """Raise unless the numbers are whole and not negative."""
    if numbers.shape != (size,):
        raise InvalidArgument(f"Give one whole number for each of the {size} rows", where=name)
    figures = numbers.astype(float)
    wrong = np.flatnonzero(~((figures >= 0) & (figures == np.floor(figures)) & (figures < 2**31)))
    if len(wrong):
        at = int(wrong[0])
        raise InvalidArgument(
            f"{name} of row {at} is {figures[at]:g}, which is no whole number of 0 or more",
            where=f"{name}, row {at}",
            fix="Count whole people; 0 closes a post",
        )
