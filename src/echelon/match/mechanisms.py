"""The mechanisms beside each other: what each gives, to whom, and what stability costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.match.asked import Asked
from echelon.match.optimal import found_of
from echelon.match.outcome import UNITS, names_of, note
from echelon.match.places import of_regions
from echelon.match.problem import Problem, problem_of
from echelon.match.screens import interval
from echelon.match.sides import By, lists_of, merits
from echelon.methods.matching import (
    Preferences,
    exchange,
    immediate,
    in_order,
    measure,
    score_pairs,
    stable,
)
from echelon.methods.matching import optimal as solve
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["FACTS", "mechanisms"]

FACTS: Mapping[str, tuple[str, bool, bool, bool]] = {
    "optimal": ("Largest total score", False, False, False),
    "stable": ("Stable (deferred acceptance)", True, True, False),
    "merit": ("Merit order", False, True, True),
    "exchange": ("Top trading cycles", False, True, True),
    "immediate": ("First choices first (Boston)", False, False, False),
}
"""Name, and whether it is always stable, strategy-proof for people, efficient for people."""

_PAPERS = (
    "Abdulkadiroglu, A., & Sönmez, T. (2003). School choice: A mechanism design approach. American "
    "Economic Review 93, 729-747.",
    "Gale, D., & Shapley, L. S. (1962). American Mathematical Monthly 69, 9-15.",
)
_FIGURES = (
    "value", "matched_share", "mean_rank", "first_choice_share", "rank_gini", "blocking_pairs",
    "blocked_people", "envious_people", "wasted_claims", "outside_share",
)  # fmt: skip


def mechanisms(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, by: By = "skills", lotteries: int = 5,
    gap: float = 1e-4, seed: int = 0,
) -> Result:  # fmt: skip
    """Compare the mechanisms on the same people and posts, and say what stability costs.

    Parameters
    ----------
    system, people, posts, weights, priority, screens, outside, gap
        As in :func:`echelon.match.optimal`.
    by : {"skills", "score", "merit"}
        What posts go by, as in :func:`echelon.match.stable`.
    lotteries : int
        How many lotteries between equals; the ends of a band are the least and largest figure.
    seed : int
        Of the people and posts drawn, and of the first lottery.

    Returns
    -------
    Result
        ``mechanisms`` (value, matched share, mean rank, share with their first choice, Gini
        coefficient of ranks, blocking pairs, people with justified envy, wasted claims, share placed
        outside the home region, each with ``_low`` and ``_high`` over the lotteries, and
        cost_low, cost_high: bounds of the value lost against the optimum), ``ranks`` (people by the
        rank of what they got), ``regions`` (each region under each mechanism). ``certificate`` is
        that of the optimum.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName

    References
    ----------
    Abdulkadiroglu, A., & Sönmez, T. (2003). American Economic Review 93, 729-747.
    """
    if lotteries < 1:
        raise InvalidArgument(f"{lotteries} lotteries cannot be held", fix="Use 1 or more")
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    problem = problem_of(system, asked)
    best = found_of(problem, solve(problem.market, gap=gap))
    listed, steps = lists_of(problem, by)
    order, step = merits(problem)
    seeds = range(seed, seed + lotteries)
    placed: dict[str, list[NDArray[np.generic]]] = {
        "optimal": [best.post],
        "stable": [stable(listed, seed=one).post for one in seeds],
        "merit": [in_order(listed, _order(order, one)).post for one in seeds],
        "exchange": [exchange(listed, seed=one).post for one in seeds],
        "immediate": [immediate(listed, seed=one).post for one in seeds],
    }
    proof = best.proof
    rows, ranks, regions = [], [], []
    for name, posts_of in placed.items():
        drawn = [_measured(problem, listed, post.astype(np.int64)) for post in posts_of]
        rows.append(_row(name, drawn, (proof.value, proof.bound)))
        ranks.append(drawn[0][1].assign(mechanism=name))
        where = of_regions(problem, posts_of[0].astype(np.int64), None)
        regions.append(where.assign(mechanism=name))
    frame = pd.DataFrame(rows)
    return Result(
        name="match.mechanisms", system=system.name,
        frames={
            "mechanisms": frame,
            "ranks": pd.concat(ranks, ignore_index=True)[["mechanism", "rank", "people", "share"]],
            "regions": pd.concat(regions, ignore_index=True),
        },
        note=note(
            problem, method="The mechanisms on the same people, posts and scores.",
            parameters={"by": by, "lotteries": lotteries, "gap": gap},
            steps=[*steps, step, f"Lotteries between equals: {lotteries}, seeds {seed} to "
                   f"{seed + lotteries - 1}; the figures are those of the first.",
                   f"Cost against the optimum, whose value lies between {proof.value:,.6g} and "
                   f"{proof.bound:,.6g}."],
            caveats=["Blocking pairs and envy are counted in the lists of people."],
            papers=_PAPERS,
        ),
        units={**UNITS, "first_choice_share": "per cent of people", "cost_low": "score",
               "cost_high": "score", "mean_rank": "place in the list, of those placed in it"},
        labels={**names_of(problem), **{name: facts[0] for name, facts in FACTS.items()}},
        certificate=proof,
    )  # fmt: skip


def _order(merit: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Return people by merit, equals by lottery."""
    chance = np.random.default_rng(np.random.SeedSequence([seed, 47])).random(len(merit))
    return np.lexsort((chance, -merit))


def _measured(
    problem: Problem, listed: Preferences, post: NDArray[np.int64]
) -> tuple[dict[str, float], pd.DataFrame]:
    """Return the figures of a matching and the people by the rank of what they got."""
    found = measure(listed, post, home=problem.people.region, place=problem.places.region)
    held = np.flatnonzero(post >= 0)
    value = score_pairs(problem.apart, held, post[held]).sum(dtype=np.int64) * problem.apart.unit
    figures = {
        "value": float(value),
        "matched_share": 100.0 * found.matched_share,
        "mean_rank": found.mean_rank,
        "first_choice_share": 100.0 * found.first_choice_share,
        "rank_gini": found.rank_gini,
        "blocking_pairs": float(found.blocking_pairs),
        "blocked_people": float(found.blocked_people),
        "envious_people": float(found.envious_people),
        "wasted_claims": float(found.wasted_claims),
        "outside_share": 100.0 * found.outside_home_share,
    }
    counts = np.asarray(found.rank_counts)
    last = int(np.flatnonzero(counts)[-1]) + 1 if counts.any() else 0
    ranks = pd.DataFrame({"rank": np.arange(1, last + 1), "people": counts[:last]})
    return figures, ranks.assign(share=100.0 * ranks["people"] / max(found.people, 1))


def _row(
    name: str, drawn: list[tuple[dict[str, float], pd.DataFrame]], best: tuple[float, float]
) -> dict[str, object]:
    """Return one mechanism: its figures, their band over the lotteries, and what it costs."""
    first = drawn[0][0]
    title, is_stable, honest, efficient = FACTS[name]
    row: dict[str, object] = {"mechanism": name, "label": title}
    for figure in _FIGURES:
        every = np.array([figures[figure] for figures, _ in drawn])
        row[figure] = first[figure]
        row[f"{figure}_low"], row[f"{figure}_high"] = float(every.min()), float(every.max())
    value, bound = best
    low, high = interval((value, bound), (first["value"], first["value"]))
    row |= {"cost_low": low, "cost_high": high}
    row["cost_share"] = 100.0 * high / bound if bound > 0 else np.nan
    row |= {"stable": is_stable, "strategy_proof": honest, "efficient": efficient}
    return row
