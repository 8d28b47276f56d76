"""Gaps between groups of people, with the group in the score and without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, MissingColumn
from echelon.match.asked import Asked
from echelon.match.draw import draw
from echelon.match.optimal import found_of
from echelon.match.outcome import UNITS, Found, names_of, note
from echelon.match.places import wilson
from echelon.match.problem import Problem, problem_of
from echelon.match.reasons import assignment
from echelon.match.screens import interval
from echelon.methods.matching import optimal as solve
from echelon.methods.matching import score_pairs
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["groups"]

_UNKNOWN = "unknown"
_PAPERS = (
    "Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. "
    "Journal of the American Statistical Association 22, 209-212.",
)


def groups(
    system: System, *, column: str = "group", bonus: float = 0.05, people: int | None = None,
    posts: int | None = None, weights: Mapping[str, float] | None = None,
    priority: Mapping[str, float] | None = None, screens: bool = True, outside: float = 0.0,
    gap: float = 1e-4, seed: int = 0,
) -> Result:  # fmt: skip
    """Compare what groups of people get, without the group in the score and with it.

    Without: the score does not look at the group. With: the group that gets least (by mean score over
    all its people) has a bonus at every post, and the matching is made again. No person is
    classified: the groups are those in the column that is given, and people of unknown group are in
    none.

    Parameters
    ----------
    system : System
        With a column of people that holds their groups.
    column : str
        That column.
    bonus : float
        What the group that gets least is given, in scores.
    people, posts, weights, priority, screens, outside, gap, seed
        As in :func:`echelon.match.optimal`.

    Returns
    -------
    Result
        ``groups`` (way, group, people, matched, matched_share with its 5-95 % Wilson band, mean
        score of all people of the group without the bonus, share placed outside the home region,
        share of required skills covered), ``gaps`` (largest less smallest figure, both ways) and
        ``cost`` (proven bounds of the value that the bonus moves).

    Raises
    ------
    MissingColumn
        When people have no such column.
    InsufficientData
        When there are fewer than two groups.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.
    """
    known = isinstance(bonus, int | float) and not isinstance(bonus, bool)
    if not known or not abs(bonus) < 1000.0:
        raise InvalidArgument(f"The bonus is {bonus!r}", fix="Give a known, finite figure")
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    _check_column(draw(system, people=people, posts=posts, seed=seed), column)
    blind = problem_of(system, replace(asked, group=column))
    before = found_of(blind, solve(blind.market, gap=gap))
    first = _table(blind, before.post, column)
    named = first[first["group"] != _UNKNOWN]
    least = str(named.sort_values(["mean_score", "group"])["group"].iloc[0])
    seen = problem_of(system, replace(asked, group=column, bonus={least: bonus}))
    after = found_of(seen, solve(seen.market, gap=gap))
    second = _table(blind, after.post, column)
    frame = pd.concat([first.assign(way="without"), second.assign(way="with")], ignore_index=True)
    front = ["way", "group"]
    frame = frame[[*front, *(c for c in frame if c not in front)]]
    cost = _cost(blind, before, after.post).assign(group=least, bonus=bonus)
    cost = cost[["group", "bonus", *(c for c in cost if c not in ("group", "bonus"))]]
    return Result(
        name="match.groups", system=system.name,
        frames={"groups": frame, "gaps": _gaps(frame), "cost": cost},
        note=note(
            blind, method="What groups get when the score does not look at them, and when it does.",
            parameters={"column": column, "bonus": bonus, "gap": gap}, papers=_PAPERS,
            steps=[f"With: a bonus of {bonus:g} for {least!r}, the group of the least mean score.",
                   "Bands of shares treat the people as a sample of their group (Wilson, 5-95 %)."],
            caveats=["A gap that remains without the group in the score comes from what the score "
                     "does look at: skills, education, place, occupation.",
                     "Which of several best matchings is found can move figures of small groups."],
        ),
        units={**UNITS, "mean_score": "score a person", "covered": "per cent of required skills"},
        labels=names_of(blind), certificate=before.certificate,
    )  # fmt: skip


def _check_column(system: System, column: str) -> None:
    people = system.table("people")
    if column not in people or people[column].isna().all():
        raise MissingColumn(
            f"The table people has no groups in a column {column!r}",
            fix="Add the column group, or name another column",
        )
    if people[column].nunique() < 2:
        raise InsufficientData(
            f"All people are in one group ({people[column].dropna().iloc[0]!r})",
            where=f"table people, column {column}",
            fix="Compare at least two groups",
        )


def _table(problem: Problem, post: NDArray[np.int64], column: str) -> pd.DataFrame:
    """Return the figures of each group, with the scores that do not look at it."""
    persons = problem.persons[["person", column]].rename(columns={column: "group"})
    persons["group"] = persons["group"].map(str, na_action="ignore").fillna(_UNKNOWN)
    rows = assignment(problem, post, None).merge(persons, on="person")
    rows["away"] = rows["home"] != rows["region"]
    frame = persons.groupby("group")["person"].size().rename("people").to_frame()
    grouped = rows.groupby("group")
    frame["matched"] = grouped.size()
    frame["matched"] = frame["matched"].fillna(0).astype(int)
    share, low, high = wilson(frame["matched"], frame["people"])
    frame["matched_share"], frame["matched_share_low"], frame["matched_share_high"] = (
        share,
        low,
        high,
    )
    frame["mean_score"] = (grouped["score"].sum().reindex(frame.index).fillna(0.0)) / frame[
        "people"
    ]
    frame["outside_share"] = 100.0 * grouped["away"].mean()
    frame["covered"] = 100.0 * grouped["skills"].mean() / problem.asked.weight("skills")
    return frame.reset_index()


def _gaps(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the largest less the smallest figure of the groups, both ways."""
    rows = []
    for way, group in frame[frame["group"] != _UNKNOWN].groupby("way", sort=False):
        for figure in ("matched_share", "mean_score", "outside_share", "covered"):
            known = group[group[figure].notna()].sort_values(figure)
            if len(known) > 1:
                rows.append(
                    {"way": way, "figure": figure, "gap": known[figure].iloc[-1] - known[figure].iloc[0],
                     "least": known["group"].iloc[0], "most": known["group"].iloc[-1]}
                )  # fmt: skip
    return pd.DataFrame(rows, columns=["way", "figure", "gap", "least", "most"])


def _cost(problem: Problem, before: Found, post: NDArray[np.int64]) -> pd.DataFrame:
    """Return what the total score, bonus not counted, loses by the bonus: proven bounds."""
    proof, market, held = before.proof, problem.market, np.flatnonzero(post >= 0)
    pairs = market.person_type[held].astype(np.int64), market.post_type[post[held]].astype(np.int64)
    value = float(score_pairs(market, *pairs).sum(dtype=np.int64)) * market.unit
    low, high = interval((proof.value, proof.bound), (value, value))
    return pd.DataFrame(
        [{"value_without": proof.value, "value_with": value,
          "cost": max(0.0, proof.value - value), "cost_low": low, "cost_high": high}]
    )  # fmt: skip
