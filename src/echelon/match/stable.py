"""The matching in which no person and no post would rather have each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from echelon.certificate import StabilityCertificate
from echelon.match.asked import Asked, check_threads
from echelon.match.outcome import Found, result_of
from echelon.match.problem import Problem, problem_of
from echelon.match.sides import By, lists_of, priority_of, ranked
from echelon.methods.matching import stable as along_lists
from echelon.methods.matching import stable_over_all

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["find_stable", "stable"]

_PAPERS = (
    "Gale, D., & Shapley, L. S. (1962). College admissions and the stability of marriage. American "
    "Mathematical Monthly 69, 9-15.",
    "Roth, A. E. (1985). The college admissions problem is not equivalent to the marriage problem. "
    "Journal of Economic Theory 36, 277-288.",
)


def stable(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, by: By = "skills", threads: int = 1, seed: int = 0,
) -> Result:  # fmt: skip
    """Send people to posts so that no person and no post would rather have each other.

    Deferred acceptance: people propose down their lists, posts keep those they want most. It is the
    best stable matching for all people, telling the truth is best for them, and it can cost value
    (see :func:`echelon.match.mechanisms`).

    Parameters
    ----------
    system, people, posts, weights, priority, screens, outside, threads
        As in :func:`echelon.match.optimal`. Where people rank posts in the table preferences these
        ranks are their lists; otherwise all posts by score.
    by : {"skills", "score", "merit"}
        What posts go by, unless the table preferences says it: the cover of the skills they
        require, the same score as people, or merit.
    seed : int
        Of the people and posts drawn, and of the lottery between equals.

    Returns
    -------
    Result
        ``assignment`` (person, post, score and its parts), ``unmatched``, ``missing``, ``regions``,
        ``occupations``, ``congestion``. Without given ranks, ``certificate`` has the cutoff of every
        post and ``verify()`` scans all pairs again.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName

    References
    ----------
    Gale, D., & Shapley, L. S. (1962). American Mathematical Monthly 69, 9-15.
    """
    check_threads(threads)
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    problem = problem_of(system, asked)
    found, steps = find_stable(problem, by=by, threads=threads)
    return result_of(
        problem, found, name="match.stable", steps=steps, papers=_PAPERS, parameters={"by": by},
        method="People are sent to posts so that no person and no post would rather have each other.",
        caveats=["Stable and strategy-proof for people, not of the largest total score."],
    )  # fmt: skip


def find_stable(problem: Problem, *, by: By, threads: int = 1) -> tuple[Found, list[str]]:
    """Return the stable matching of a problem, and what was done.

    Parameters
    ----------
    problem : Problem
    by : {"skills", "score", "merit"}
    threads : int
    """
    seed = problem.asked.seed
    if ranked(problem):
        listed, steps = lists_of(problem, by)
        placed = along_lists(listed, seed=seed)
        return Found(placed.post.astype(np.int64), rank=placed.rank.astype(np.int64)), steps
    priority, steps = priority_of(problem, by)
    over = stable_over_all(problem.apart, priority=priority, seed=seed, threads=threads)
    proof = over.proof
    assert proof is not None
    certificate = StabilityCertificate(
        problem.apart, priority, over.post_type, proof.cutoff, seed,
        problem.persons["person"].to_numpy(dtype=str), problem.posts["post"].to_numpy(dtype=str),
        problem.skills,
    )  # fmt: skip
    steps.append(
        f"Proven stable: a scan of all {proof.pairs:,} pairs found {len(proof.blocked)} that block."
    )
    return Found(over.post_type.astype(np.int64), certificate=certificate), steps
