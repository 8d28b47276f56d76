"""The matching by first choices first, for good: the Boston rule, a bad baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from echelon.match.asked import Asked
from echelon.match.outcome import Found, result_of
from echelon.match.problem import Problem, problem_of
from echelon.match.sides import By, lists_of
from echelon.methods.matching import immediate as along_lists

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["find_immediate", "immediate"]

_PAPERS = (
    "Abdulkadiroglu, A., & Sönmez, T. (2003). School choice: A mechanism design approach. American "
    "Economic Review 93, 729-747.",
)


def immediate(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, by: By = "skills", seed: int = 0,
) -> Result:  # fmt: skip
    """Send people to their first choices first, for good (the Boston rule): a baseline to compare with.

    In round r those who are left propose to their r-th choice, and posts take for good whom they want
    most. Who asks for a popular post and fails finds the next one full, so it pays to hide one's wish.

    Parameters
    ----------
    system, people, posts, weights, priority, screens, outside
        As in :func:`echelon.match.optimal`.
    by, seed
        As in :func:`echelon.match.stable`.

    Returns
    -------
    Result
        ``assignment`` (person, post, score and its parts, rank of the post in the person's list),
        ``unmatched``, ``missing``, ``regions``, ``occupations``, ``congestion``.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName

    References
    ----------
    Abdulkadiroglu, A., & Sönmez, T. (2003). American Economic Review 93, 729-747.
    """
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    problem = problem_of(system, asked)
    found, steps = find_immediate(problem, by=by)
    return result_of(
        problem, found, name="match.immediate", steps=steps, papers=_PAPERS, parameters={"by": by},
        method="People are sent to posts by first choices first, for good (the Boston rule).",
        caveats=["Neither stable nor strategy-proof: here for comparison, not for use."],
    )  # fmt: skip


def find_immediate(problem: Problem, *, by: By) -> tuple[Found, list[str]]:
    """Return the matching of a problem by this rule, and what was done.

    Parameters
    ----------
    problem : Problem
    by : {"skills", "score", "merit"}
    """
    listed, steps = lists_of(problem, by)
    placed = along_lists(listed, seed=problem.asked.seed)
    return Found(placed.post.astype(np.int64), rank=placed.rank.astype(np.int64)), steps
