"""Skills against credentials: the same matching with and without degree screens, both proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.match.asked import Asked
from echelon.match.optimal import found_of
from echelon.match.outcome import UNITS, Found, names_of, note
from echelon.match.places import of_regions
from echelon.match.problem import Problem, problem_of
from echelon.match.reasons import assignment
from echelon.match.terms import requirements
from echelon.methods.matching import optimal as solve
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["interval", "screens"]


def screens(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    outside: float = 0.0, gap: float = 1e-4, seed: int = 0,
) -> Result:  # fmt: skip
    """Say what degree screens cost: the best matching with them and without, with proven bounds.

    With values V and bounds B of the two optima, the cost lies between V_without - B_with and
    B_without - V_with, whatever matching is chosen. Licences are insisted on in both.

    Parameters
    ----------
    system, people, posts, weights, priority, outside, gap, seed
        As in :func:`echelon.match.optimal`.

    Returns
    -------
    Result
        ``screens`` (with and without: value, bound, matched, pairs barred; and the cost with its
        ends), ``education`` (people by level: matched and total score, both ways), ``regions`` and
        ``occupations``. ``certificate`` is that of the matching with screens.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName
    """
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=True,
        outside=outside, seed=seed,
    )  # fmt: skip
    there = problem_of(system, asked)
    free = _without(there)
    found = {
        "with": found_of(there, solve(there.market, gap=gap)),
        "without": found_of(free, solve(free.market, gap=gap)),
    }
    ways = {"with": there, "without": free}
    held, lifted = found["with"].proof, found["without"].proof
    low, high = interval((lifted.value, lifted.bound), (held.value, held.bound))
    rows = [_row(name, ways[name], found[name]) for name in ways]
    rows.append(
        {"screens": "cost", "value": lifted.value - held.value, "low": low, "high": high,
         "share": 100.0 * (lifted.value - held.value) / lifted.value if lifted.value > 0 else np.nan,
         "matched": int((found["without"].post >= 0).sum()) - int((found["with"].post >= 0).sum())}
    )  # fmt: skip
    proof = (
        f"The cost of the screens lies between {low:,.6g} and {high:,.6g}, from the values and bounds "
        "of both optima."
    )
    return Result(
        name="match.screens", system=system.name,
        frames={
            "screens": pd.DataFrame(rows),
            "education": _by(there, ways, found, "education"),
            "regions": _regions(ways, found),
            "occupations": _by_post(there, ways, found),
        },
        note=note(
            there, method="The largest total score with degree screens and without, both proven.",
            parameters={"gap": gap}, steps=[proof],
            caveats=["A screen may stand for something that the table of skills does not hold; then "
                     "the cost is an upper figure.",
                     "Which people gain is one of several best matchings; the totals are proven."],
        ),
        units={**UNITS, "low": "score", "high": "score", "barred": "per cent of person-seat pairs",
               "share": "per cent"},
        labels=names_of(there), certificate=held,
    )  # fmt: skip


def interval(more: tuple[float, float], less: tuple[float, float]) -> tuple[float, float]:
    """Return proven ends of the difference of two optima, of which the first is at least the second.

    Parameters
    ----------
    more, less : tuple of two floats
        Value and bound of each.

    Returns
    -------
    low, high : float
    """
    return max(0.0, more[0] - less[1]), max(0.0, more[1] - less[0])


def _without(problem: Problem) -> Problem:
    """Return the same problem without degree screens."""
    asked = replace(problem.asked, screens=False)
    standing, requirement, admits, _ = requirements(
        problem.system, (problem.persons, problem.posts), asked
    )
    return replace(
        problem, asked=asked,
        people=replace(problem.people, standing=standing),
        places=replace(problem.places, requirement=requirement),
        terms=replace(problem.terms, admits=admits),
    )  # fmt: skip


def _row(name: str, problem: Problem, found: Found) -> dict[str, object]:
    """Return what one way is worth and which share of the pairs it bars."""
    proof, admits = found.proof, problem.terms.admits
    assert admits is not None
    standing = np.bincount(problem.people.standing, minlength=admits.shape[0]).astype(float)
    seats = np.bincount(
        problem.places.requirement, weights=problem.places.capacity.astype(float),
        minlength=admits.shape[1],
    )  # fmt: skip
    pairs = float(standing.sum() * seats.sum())
    barred = float(standing @ ~admits @ seats)
    return {
        "screens": name, "value": proof.value, "low": proof.value, "high": proof.bound,
        "matched": int((found.post >= 0).sum()),
        "barred": 100.0 * barred / pairs if pairs else np.nan,
    }  # fmt: skip


def _by(
    there: Problem, ways: Mapping[str, Problem], found: Mapping[str, Found], column: str
) -> pd.DataFrame:
    """Return people by a column: how many are matched and their total score, both ways."""
    names = there.persons[["person"]].assign(
        **{
            column: there.persons[column]
            .astype(object)
            .where(there.persons[column].notna(), "unknown")
        }
    )
    frame = names.groupby(column)["person"].size().rename("people").to_frame()
    for name, problem in ways.items():
        rows = assignment(problem, found[name].post, None).merge(names, on="person")
        grouped = rows.groupby(column)["score"]
        frame[f"matched_{name}"] = grouped.size()
        frame[f"value_{name}"] = grouped.sum()
    frame = frame.fillna(0.0)
    counts = [f"matched_{name}" for name in ways]
    frame[counts] = frame[counts].astype(int)
    return frame.reset_index()


def _regions(ways: Mapping[str, Problem], found: Mapping[str, Found]) -> pd.DataFrame:
    """Return each region's people and seats, both ways."""
    both = {name: of_regions(problem, found[name].post, None) for name, problem in ways.items()}
    columns = ["region", "people", "seats"]
    frame = both["with"][columns]
    for name, rows in both.items():
        frame = frame.assign(**{f"{c}_{name}": rows[c] for c in ("matched", "filled", "value")})
    return frame.assign(cost=frame["value_without"] - frame["value_with"])


def _by_post(
    there: Problem, ways: Mapping[str, Problem], found: Mapping[str, Found]
) -> pd.DataFrame:
    """Return the posts of each occupation: seats, and those taken both ways."""
    posts = there.posts
    frame = posts.groupby("occupation")["capacity"].sum().astype(int).rename("seats").to_frame()
    for name in ways:
        post = found[name].post
        taken = pd.Series(np.bincount(post[post >= 0], minlength=len(posts)))
        frame[f"filled_{name}"] = taken.groupby(posts["occupation"].to_numpy()).sum()
    return frame.reset_index()
