"""The two sides of a matching: the lists of people, and what posts go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching import (
    FORBIDDEN,
    Market,
    Preferences,
    given_preferences,
    lottery,
    preferences,
    score_pairs,
)
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.match.problem import Problem

__all__ = ["LIST", "By", "lists_of", "merits", "priority_of", "ranked", "turns", "whole"]

By = Literal["skills", "score", "merit"]
LIST = 50
"""Posts on a person's list where all posts would be too many to list."""
_MOST_PAIRS = 20_000_000
_WORDS = {
    "skills": "how well a person covers the skills that they require",
    "score": "the same score as people",
    "merit": "merit",
}


def ranked(problem: Problem) -> bool:
    """Return whether people's lists are given: in the table preferences, or as there is no post."""
    return bool(problem.choices["rank"].notna().any()) or problem.posts.empty


def whole(problem: Problem) -> bool:
    """Return whether the lists of people hold every post that they would take.

    Parameters
    ----------
    problem : Problem
    """
    return ranked(problem) or len(problem.persons) * len(problem.posts) <= _MOST_PAIRS


def turns(merit: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Return people in the order of merit, equals by the lottery of all mechanisms.

    Parameters
    ----------
    merit : array (people,)
    seed : int

    Returns
    -------
    array (people,)
    """
    return np.lexsort((-lottery(len(merit), seed), -merit))


def merits(problem: Problem) -> tuple[NDArray[np.float64], str]:
    """Return the merit of each person, and where it comes from.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    array (people,)
        The column merit of people, the unknown last; the sum of the levels of their skills where
        it is not known of anybody.
    str
    """
    given = problem.persons["merit"].astype(float)
    if given.notna().any():
        lowest = float(given.min()) - 1.0
        unknown = int(given.isna().sum())
        step = "Merit: the column merit of people"
        return given.fillna(lowest).to_numpy().astype(np.float64), step + (
            f"; {unknown} people of unknown merit come last." if unknown else "."
        )
    rows = np.repeat(np.arange(len(problem.persons)), np.diff(problem.people.skill_start))
    total = np.bincount(rows, weights=problem.people.level, minlength=len(problem.persons))
    return total.astype(
        np.float64
    ), "Merit: the sum of the levels of a person's skills, as no merit is known."


def priority_of(problem: Problem, by: By) -> tuple[Market | NDArray[np.float64] | None, list[str]]:
    """Return what posts go by, as the engine takes it, and what was done.

    Parameters
    ----------
    problem : Problem
    by : {"skills", "score", "merit"}

    Raises
    ------
    UnknownName
        When ``by`` is none of these.
    """
    if by not in _WORDS:
        raise unknown_name("priority of posts", by, _WORDS)
    steps = [f"Posts go by {_WORDS[by]}; equals by a lottery (seed {problem.asked.seed})."]
    if by == "skills":
        return problem.by_skills, steps
    if by == "merit":
        figures, step = merits(problem)
        return figures, [*steps, step]
    return None, steps


def lists_of(problem: Problem, by: By) -> tuple[Preferences, list[str]]:
    """Return the lists of people, best first, and the priority of each listed post.

    Parameters
    ----------
    problem : Problem
    by : {"skills", "score", "merit"}

    Returns
    -------
    Preferences
        From the ranks in the table preferences where people gave any; by score otherwise.
    list of str
        What was done.
    """
    if ranked(problem):
        return _given(problem, by)
    priority, steps = priority_of(problem, by)
    market = problem.apart
    every = whole(problem)
    k = max(1, len(market.capacity)) if every else LIST
    steps.append(
        "People rank all posts by their score."
        if every
        else f"People rank the {LIST} posts of the highest score; others are not looked at."
    )
    return preferences(market, k=k, priority=priority), steps


def _given(problem: Problem, by: By) -> tuple[Preferences, list[str]]:
    """Return the lists that people gave; pairs that are not possible are left out."""
    market = problem.apart
    rows = problem.choices[problem.choices["rank"].notna() & ~problem.choices["veto"]]
    person, post = rows["person"].to_numpy(np.int64), rows["post"].to_numpy(np.int64)
    possible = score_pairs(market, person, post) != FORBIDDEN
    rows, person, post = rows[possible], person[possible], post[possible]
    if problem.posts.empty:
        nobody = np.zeros(len(problem.persons) + 1, dtype=np.int64)
        nothing = np.zeros(0, dtype=np.int64)
        return given_preferences(nobody, nothing, capacity=nothing), ["There is no post."]
    steps = ["People rank posts as in the table preferences; posts they do not list are no choice."]
    if not possible.all():
        steps.append(f"{int((~possible).sum())} listed posts are not open to the person: left out.")
    place = rows["priority"].to_numpy(float)
    second = np.zeros(len(rows))
    if np.isnan(place).any():
        priority, more = priority_of(problem, by)
        steps += [*more, "Where posts gave places to people, they go by those first."]
        if isinstance(priority, Market):
            worth = score_pairs(priority, person, post).astype(float)
        elif priority is None:
            worth = score_pairs(market, person, post).astype(float)
        else:
            worth = priority[person]
        second = np.where(np.isnan(place), worth, 0.0)
    else:
        steps.append("Posts rank people as in the table preferences.")
    first = np.where(np.isnan(place), -np.inf, -place)
    keys = np.stack([first, second], axis=1)
    wanted = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.lexsort((rows["rank"].to_numpy(float), person))
    start = np.concatenate(
        [[0], np.cumsum(np.bincount(person, minlength=len(problem.persons)))]
    ).astype(np.int64)
    listed = given_preferences(
        start, post[order], capacity=problem.places.capacity, priority=wanted[order],
        utility=-rows["rank"].to_numpy(float)[order],
    )  # fmt: skip
    return listed, steps
