"""The matching of the largest total score, with a proof of how near it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from echelon.certificate import OptimalityCertificate
from echelon.match.asked import Asked
from echelon.match.outcome import Found, result_of
from echelon.match.problem import Problem, problem_of
from echelon.match.reasons import Worth
from echelon.methods.matching import Optimum, Progress, memory_estimate
from echelon.methods.matching import optimal as solve

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["found_of", "optimal"]

_PAPERS = (
    "Bertsekas, D. P., & Castañon, D. A. (1992). A forward/reverse auction algorithm for asymmetric "
    "assignment problems. Computational Optimization and Applications 1, 277-297.",
    "Shapley, L. S., & Shubik, M. (1971). The assignment game I: The core. International Journal of "
    "Game Theory 1, 111-130.",
)

_MANY_PAIRS = 10_000_000


def optimal(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, gap: float = 1e-4, seconds: float | None = None,
    threads: int = 1, seed: int = 0, tell: Callable[[str], None] | None = None,
) -> Result:  # fmt: skip
    """Send people to posts so that the total score is the largest, and prove how near it is.

    s(i, j) = skills * sum_k w_jk min(1, level_ik / required_jk) + affinity * A(occupations)
    - relocation * R(regions) + wage * W_j + value * V_j + priority_j + preference_ij - outside, over
    all pairs that no hard requirement and no veto excludes; being unmatched is worth 0. An auction
    finds the matching and prices; for any prices v >= 0 the total
    sum_j capacity_j v_j + sum_i max(0, max_j s_ij - v_j) bounds every matching, so value and bound
    enclose the optimum.

    Parameters
    ----------
    system : System
        With the tables people, person_skills, posts and post_skills, and preferences, ties,
        transitions, levels where known. Where it has no people or posts they are drawn from its
        cells, see :func:`echelon.match.draw`.
    people, posts : int, optional
        How many people and seats to draw; 1000 people and as many seats. Not used for records that
        the system has.
    weights : mapping of str to float, optional
        Worth of the parts of the score: skills (1), affinity (0.3), relocation (0.3), wage (0.1),
        value (1), preference (0.2).
    priority : mapping of str to float, optional
        Bonus of all posts in a region (by its code) or of a tier (by its name).
    screens : bool
        Whether the level of education that a post requires is insisted on; licences always are.
    outside : float
        What staying unmatched is worth; it is subtracted from every score.
    gap : float
        Proven share of the bound at which to stop.
    seconds : float, optional
        Stop after about so long with what is proven by then.
    threads : int
        The result does not depend on it.
    seed : int
        Of the people and posts drawn.
    tell : callable, optional
        Called with one line at a time: the memory that a large problem needs before the work, then
        the progress and the proven gap, about once a second.

    Returns
    -------
    Result
        ``assignment`` (person, post, score and its parts, price), ``unmatched`` (why, and what is
        short), ``missing`` (skills), ``regions``, ``occupations`` and ``skills`` (scarcity: prices),
        ``congestion``, ``unlocks`` (the skill that would open most posts to each person).
        ``certificate`` has value, bound, gap, prices and ``verify()``.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName

    References
    ----------
    Bertsekas, D. P., & Castañon, D. A. (1992). Computational Optimization and Applications 1.
    Shapley, L. S., & Shubik, M. (1971). International Journal of Game Theory 1, 111-130.
    """
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    problem = problem_of(system, asked)
    best = solve(
        problem.market, gap=gap, seconds=seconds, threads=threads, tell=_teller(problem, tell)
    )  # fmt: skip
    proof = (
        f"The total score is {best.value:,.6g}; no matching exceeds {best.bound:,.6g}, all "
        f"{len(problem.persons):,} x {len(problem.posts):,} pairs considered: proven to be within "
        f"{100 * best.gap:.4f} % of the optimum."
    )
    caveats = (
        [f"Stopped at a {best.stopped}: the proven gap is {best.gap:.4g}."] if best.stopped else []
    )
    return result_of(
        problem, found_of(problem, best), name="match.optimal", papers=_PAPERS, steps=[proof],
        method="People are sent to posts so that the total score is the largest, with a proof.",
        parameters={"gap": gap, "seconds": seconds},
        caveats=[*caveats, "Prices are one of several sets that prove the bound: read them as the "
                 "order of scarcity, not to the last digit."],
    )  # fmt: skip


def _teller(
    problem: Problem, tell: Callable[[str], None] | None
) -> Callable[[Progress], None] | None:  # fmt: skip
    """Return what tells the progress; the memory of a large problem is told at once."""
    if tell is None:
        return None
    say = tell
    people, posts = len(problem.persons), len(problem.posts)
    if people * posts >= _MANY_PAIRS:
        memory = memory_estimate(problem.market) / 1e6
        say(f"{people:,} people and {posts:,} posts: about {memory:,.0f} MB of memory")

    def told(at: Progress) -> None:
        say(f"{at.placed:,} people placed, {at.waiting:,} seek, {at.seconds:.0f} s: "
            f"within {100 * at.gap:.3g} per cent")  # fmt: skip

    return told


def found_of(problem: Problem, best: Optimum) -> Found:
    """Return an optimum of the engine with its labels.

    Parameters
    ----------
    problem : Problem
    best : Optimum

    Returns
    -------
    Found
    """
    certificate = OptimalityCertificate(
        problem.market, best.certificate,
        problem.persons["person"].to_numpy(dtype=str), problem.posts["post"].to_numpy(dtype=str),
        problem.skills,
    )  # fmt: skip
    post = best.matching.post_of_person(len(problem.persons)).astype(np.int64)
    return Found(post, Worth(best.price, best.profit), certificate)
