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
from echelon.match.sides import (
    LIST,
    By,
    lists_of,
    merits,
    priority_of,
    ranked,
    turns,
    whole,
)
from echelon.methods.matching import (
    Measures,
    OverAll,
    Preferences,
    exchange,
    immediate,
    in_order,
    measure,
    measure_over_all,
    score_pairs,
    stable,
    stable_over_all,
)
from echelon.methods.matching import merit as merit_over_all
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
    "immediate": ("First choices first (Boston)", False, False, True),
}
"""Name, and whether it is always stable, strategy-proof for people, efficient for people.

Efficient by the lists that people give: under first choices first it pays to give others than one's own.
"""

_PAPERS = (
    "Abdulkadiroglu, A., & Sönmez, T. (2003). School choice: A mechanism design approach. American "
    "Economic Review 93, 729-747.",
    "Gale, D., & Shapley, L. S. (1962). American Mathematical Monthly 69, 9-15.",
)
_FIGURES = (
    "value", "matched_share", "mean_rank", "first_choice_share", "rank_gini", "blocking_pairs",
    "blocked_people", "envious_people", "wasted_claims", "outside_share",
)  # fmt: skip
_NONE_IF_STABLE = ("blocking_pairs", "blocked_people", "envious_people", "wasted_claims")
_MOST_COUNTED = 100_000_000

Placed = dict[str, list[NDArray[np.int64]]]


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
        outside the home region, each with ``_low`` and ``_high`` over the lotteries;
        cost_low, cost_high: bounds of the value lost against the optimum; counted: over which pairs
        ranks, blocking pairs and envy were counted), ``ranks`` (people by the
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
    placed: Placed = {
        "optimal": [best.post],
        **_over_all(problem, listed, order, by, seeds),
        "exchange": [exchange(listed, seed=one).post.astype(np.int64) for one in seeds],
        "immediate": [immediate(listed, seed=one).post.astype(np.int64) for one in seeds],
    }
    judged, counted = _judged(problem, listed, placed, by)
    proof = best.proof
    rows, ranks, regions = [], [], []
    for name, posts_of in placed.items():
        drawn = [_figures(problem, *one) for one in zip(posts_of, judged[name], strict=True)]
        row = _row(name, drawn, (proof.value, proof.bound), whole=whole(problem))
        rows.append(row | {"counted": counted})
        ranks.append(_ranks(judged[name][0]).assign(mechanism=name))
        where = of_regions(problem, posts_of[0], None)
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
            caveats=_said(problem, counted),
            papers=_PAPERS,
        ),
        units={**UNITS, "first_choice_share": "per cent of people", "cost_low": "score",
               "cost_high": "score", "mean_rank": "place in the list, of those placed in it"},
        labels={**names_of(problem), **{name: facts[0] for name, facts in FACTS.items()}},
        certificate=proof,
    )  # fmt: skip


def _over_all(
    problem: Problem, listed: Preferences, merit: NDArray[np.float64], by: By, seeds: range
) -> Placed:
    """Return the stable and the merit matchings, of all posts that people would take."""
    if whole(problem):
        return {
            "stable": [stable(listed, seed=one).post.astype(np.int64) for one in seeds],
            "merit": [in_order(listed, turns(merit, one)).post.astype(np.int64) for one in seeds],
        }
    priority, _ = priority_of(problem, by)
    market = problem.apart
    return {
        "stable": [_proven(stable_over_all(market, priority=priority, seed=one)) for one in seeds],
        "merit": [
            merit_over_all(market, merit, seed=one).post_type.astype(np.int64) for one in seeds
        ],
    }


def _proven(over: OverAll) -> NDArray[np.int64]:
    """Return a matching that a scan of all pairs proved stable."""
    assert over.proof is not None
    assert over.proof.stable
    return over.post_type.astype(np.int64)


def _judged(
    problem: Problem, listed: Preferences, placed: Placed, by: By
) -> tuple[dict[str, list[Measures | None]], str]:
    """Return what comes of each matching, unknown where it cannot be counted, and how it was."""
    home, place = problem.people.region, problem.places.region
    if whole(problem):
        along = {
            name: [measure(listed, post, home=home, place=place) for post in posts]
            for name, posts in placed.items()
        }
        return along, "lists given" if ranked(problem) else "all pairs"  # type: ignore[return-value]
    if len(problem.persons) * len(problem.posts) > _MOST_COUNTED:
        return {name: [None] * len(posts) for name, posts in placed.items()}, "not counted"
    priority, _ = priority_of(problem, by)
    every = [post for posts in placed.values() for post in posts]
    found = iter(measure_over_all(problem.apart, every, priority=priority, home=home, place=place))
    return {name: [next(found) for _ in posts] for name, posts in placed.items()}, "all pairs"


def _said(problem: Problem, counted: str) -> list[str]:
    """Say over which pairs the figures were counted, and which rules saw a part of them."""
    said = {
        "lists given": "Blocking pairs, envy and ranks are counted in the lists that people gave.",
        "all pairs": "Blocking pairs, envy and ranks are counted over all pairs.",
        "not counted": "There are too many pairs to count ranks, blocking pairs and envy: they are "
        "unknown, but for the stable matching, in which a scan of all pairs found no blocking pair.",
    }  # fmt: skip
    if whole(problem):
        return [said[counted]]
    return [said[counted], f"Top trading cycles and first choices first go along the {LIST} best "
            "posts of each person, the other rules look at all."]  # fmt: skip


def _figures(problem: Problem, post: NDArray[np.int64], found: Measures | None) -> dict[str, float]:
    """Return the figures of a matching."""
    held = np.flatnonzero(post >= 0)
    value = score_pairs(problem.apart, held, post[held]).sum(dtype=np.int64) * problem.apart.unit
    away = problem.people.region[held] != problem.places.region[post[held]]
    figures = dict.fromkeys(_FIGURES, np.nan)
    figures |= {
        "value": float(value),
        "matched_share": 100.0 * len(held) / len(post) if len(post) else np.nan,
        "outside_share": 100.0 * float(away.mean()) if len(held) else np.nan,
    }
    if found is None:
        return figures
    return figures | {
        "mean_rank": found.mean_rank,
        "first_choice_share": 100.0 * found.first_choice_share,
        "rank_gini": found.rank_gini,
        "blocking_pairs": float(found.blocking_pairs),
        "blocked_people": float(found.blocked_people),
        "envious_people": float(found.envious_people),
        "wasted_claims": float(found.wasted_claims),
    }


def _ranks(found: Measures | None) -> pd.DataFrame:
    """Return the people by the rank of what they got."""
    counts = np.zeros(0, dtype=np.int64) if found is None else np.asarray(found.rank_counts)
    last = int(np.flatnonzero(counts)[-1]) + 1 if counts.any() else 0
    ranks = pd.DataFrame({"rank": np.arange(1, last + 1), "people": counts[:last]})
    return ranks.assign(share=100.0 * ranks["people"] / max(found.people if found else 1, 1))


def _row(
    name: str, drawn: list[dict[str, float]], best: tuple[float, float], *, whole: bool
) -> dict[str, object]:
    """Return one mechanism: its figures, their band over the lotteries, and what it costs."""
    title, is_stable, honest, efficient = FACTS[name]
    if not whole and name in ("exchange", "immediate"):
        # What holds for whole lists does not for lists that were cut.
        title, honest, efficient = f"{title}, lists of {LIST}", False, False
    if is_stable and np.isnan(drawn[0]["blocking_pairs"]):
        drawn = [figures | dict.fromkeys(_NONE_IF_STABLE, 0.0) for figures in drawn]
    row: dict[str, object] = {"mechanism": name, "label": title}
    for figure in _FIGURES:
        every = np.array([figures[figure] for figures in drawn])
        row[figure] = drawn[0][figure]
        row[f"{figure}_low"], row[f"{figure}_high"] = float(every.min()), float(every.max())
    value = drawn[0]["value"]
    low, high = interval(best, (value, value))
    row |= {"cost_low": low, "cost_high": high}
    row["cost_share"] = 100.0 * high / best[1] if best[1] > 0 else np.nan
    is_stable = is_stable and row["blocking_pairs_high"] == 0.0
    row |= {"stable": is_stable, "strategy_proof": honest, "efficient": efficient}
    return row
