"""The matching that is reached by trading places until no group can gain by a swap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from echelon.match.asked import Asked
from echelon.match.outcome import Found, result_of
from echelon.match.problem import Problem, problem_of
from echelon.match.sides import LIST, By, lists_of, whole
from echelon.methods.matching import exchange as along_lists

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["exchange", "find_exchange"]

_PAPERS = (
    "Abdulkadiroglu, A., & Sönmez, T. (2003). School choice: A mechanism design approach. American "
    "Economic Review 93, 729-747.",
)


def exchange(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, by: By = "skills", seed: int = 0,
) -> Result:  # fmt: skip
    """Send people to posts by trading places until no group can gain by a swap.

    Top trading cycles: everybody points to the best post with a free seat, every such post to the
    person it wants most, and whoever is in a cycle gets what they point to. Nobody can be made
    better off without another being worse off; priorities can be passed over.

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
    found, steps = find_exchange(problem, by=by)
    return result_of(
        problem, found, name="match.exchange", steps=steps, papers=_PAPERS, parameters={"by": by},
        method="People are sent to posts by trading places until no group can gain by a swap.",
        caveats=[
            "Efficient and strategy-proof for people, not stable: a priority can be passed over."
            if whole(problem)
            else f"The lists were cut to {LIST} posts: a seat that is not on them can stay free."
        ],
    )  # fmt: skip


def find_exchange(problem: Problem, *, by: By) -> tuple[Found, list[str]]:
    """Return the matching of a problem by this rule, and what was done.

    Parameters
    ----------
    problem : Problem
    by : {"skills", "score", "merit"}
    """
    listed, steps = lists_of(problem, by)
    placed = along_lists(listed, seed=problem.asked.seed)
    return Found(placed.post.astype(np.int64), rank=placed.rank.astype(np.int64)), steps
