"""The matching by merit: one after the other chooses among the seats that are left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from echelon.match.asked import Asked, check_threads
from echelon.match.outcome import Found, result_of
from echelon.match.problem import Problem, problem_of
from echelon.match.sides import lists_of, merits, ranked, turns
from echelon.methods.matching import in_order
from echelon.methods.matching import merit as over_all

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["find_merit", "merit"]

_PAPERS = (
    "Svensson, L.-G. (1999). Strategy-proof allocation of indivisible goods. Social Choice and "
    "Welfare 16, 557-567.",
)


def merit(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, threads: int = 1, seed: int = 0,
) -> Result:  # fmt: skip
    """Let people choose posts one after the other in the order of merit, as after an exam.

    Serial dictatorship: the person of the highest merit takes the best of all posts, the next the
    best that is left. Merit is the column ``merit`` of people; where it is not known of anybody, the
    sum of the levels of a person's skills.

    Parameters
    ----------
    system, people, posts, weights, priority, screens, outside, threads
        As in :func:`echelon.match.optimal`.
    seed : int
        Of the people and posts drawn, and of the lottery between equals.

    Returns
    -------
    Result
        ``assignment`` (person, post, score and its parts), ``unmatched``, ``missing``, ``regions``,
        ``occupations``, ``congestion``.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName

    References
    ----------
    Svensson, L.-G. (1999). Social Choice and Welfare 16, 557-567.
    """
    check_threads(threads)
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    problem = problem_of(system, asked)
    found, steps = find_merit(problem, threads=threads)
    return result_of(
        problem, found, name="match.merit", steps=steps, papers=_PAPERS, parameters={},
        method="People choose posts one after the other, in the order of merit.",
        caveats=["Efficient and strategy-proof, not of the largest total score."],
    )  # fmt: skip


def find_merit(problem: Problem, *, threads: int = 1) -> tuple[Found, list[str]]:
    """Return the matching of a problem by merit, and what was done.

    Parameters
    ----------
    problem : Problem
    threads : int
    """
    order, step = merits(problem)
    seed = problem.asked.seed
    if ranked(problem):
        listed, steps = lists_of(problem, "merit")
        placed = in_order(listed, turns(order, seed))
        found = Found(placed.post.astype(np.int64), rank=placed.rank.astype(np.int64))
        return found, [*steps, step]
    over = over_all(problem.apart, order, seed=seed, threads=threads)
    return Found(over.post_type.astype(np.int64)), [
        step,
        f"Equals choose by lottery (seed {seed}).",
    ]
