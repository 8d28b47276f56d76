"""What would have to change for a pair: what bars it, and the skills that the person lacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.match.education import level_ranks
from echelon.match.outcome import names_of
from echelon.match.terms import licences_of

if TYPE_CHECKING:
    from echelon.match.problem import Problem
    from echelon.methods.matching import Breakdown

__all__ = ["barriers", "changed", "lifted", "raised", "skills_until"]

Row = dict[str, object]
Whole = NDArray[np.int64]


def barriers(problem: Problem, pair: tuple[int, int], why: Breakdown) -> list[str]:
    """Return what rules the pair out: no seat, a licence, a level of education, a veto.

    Parameters
    ----------
    problem : Problem
    pair : tuple of int
        Places of the person and the post.
    why : Breakdown
    """
    i, j = pair
    person, post = problem.persons.iloc[i], problem.posts.iloc[j]
    found = []
    if int(post["capacity"]) == 0:
        found.append("the post has no seat")
    wanted = licences_of(post["licence"]) - licences_of(person["licence"])
    found += [f"the post requires the licence {licence}" for licence in sorted(wanted)]
    if problem.asked.screens and isinstance(post["education"], str):
        ranks = level_ranks(problem.system)
        least, level = ranks.get(post["education"], np.nan), ranks.get(person["education"], np.nan)
        if not np.isnan(least) and not level >= least:
            has = person["education"] if isinstance(person["education"], str) else "unknown"
            names = names_of(problem)
            found.append(
                f"the post requires {names.get(post['education'], post['education'])}, and the "
                f"person's education is {names.get(has, has)}"
            )
    if np.isneginf(why.exception):
        found.append("the person or the employer ruled the pair out")
    return found


def lifted(barred: list[str]) -> pd.DataFrame:
    """Return the changes that lift what bars a pair; none of them wins the seat by itself.

    Parameters
    ----------
    barred : list of str
    """
    return changed(
        [{"change": f"no longer: {text}", "skill": None, "points": np.nan, "enough": False}
         for text in barred]
    )  # fmt: skip


def raised(problem: Problem, person: int, *, skill: Whole, held: NDArray[np.uint8]) -> Problem:
    """Return the problem in which a person holds some skills at least at the given classes.

    Parameters
    ----------
    problem : Problem
    person : int
        Place of the person.
    skill : array (n,)
    held : array (n,)
        Classes 1 to 5.
    """
    people = problem.people
    first, last = int(people.skill_start[person]), int(people.skill_start[person + 1])
    level = dict(zip(people.skill[first:last], people.level[first:last], strict=True))
    for one, at in zip(skill, held, strict=True):
        level[one] = max(level.get(one, 0.0), float(at))
    order = sorted(level)
    start = np.asarray(people.skill_start).copy()
    start[person + 1 :] += len(order) - (last - first)
    skills = np.concatenate([people.skill[:first], order, people.skill[last:]]).astype(np.int64)
    levels = np.concatenate(
        [people.level[:first], [level[one] for one in order], people.level[last:]]
    )
    return replace(problem, people=replace(people, skill_start=start, skill=skills, level=levels))


def skills_until(
    why: Breakdown, verdict: Callable[[Whole, NDArray[np.uint8]], tuple[bool, bool]]
) -> pd.DataFrame:
    """Return the skills that the person lacks, the costliest first, until they win the seat.

    Parameters
    ----------
    why : Breakdown
    verdict : callable
        Of skills and the classes they are raised to: whether that is enough, and whether it never is.

    Returns
    -------
    DataFrame
        change, skill, points, enough: of each row together with those above it.
    """
    lost = why.worth - why.gained
    order = np.array(
        [at for at in np.argsort(-lost, kind="stable") if lost[at] > 0], dtype=np.int64
    )

    def judged(size: int) -> tuple[bool, bool]:
        some = order[:size]
        return verdict(why.skill[some].astype(np.int64), why.required[some])

    size = len(order)
    enough, never = judged(size) if size else (False, True)
    low = 0
    while enough and size - low > 1:
        middle = (low + size) // 2
        low, size = (low, middle) if judged(middle)[0] else (middle, size)
    rows: list[Row] = [
        {"change": f"skill at class {int(why.required[at])} instead of {int(why.held[at])}",
         "skill": int(why.skill[at]), "points": float(lost[at]), "enough": enough and place == size}
        for place, at in enumerate(order[:size], 1)
    ]  # fmt: skip
    if not enough:
        text = "more than skills: even full cover of all required skills "
        text += "does not win a seat" if never else "is not proven to win a seat"
        rows.append({"change": text, "skill": None, "points": np.nan, "enough": False})
    return changed(rows)


def changed(rows: list[Row]) -> pd.DataFrame:
    """Return changes as a table.

    Parameters
    ----------
    rows : list of dict
    """
    return pd.DataFrame(rows, columns=["change", "skill", "points", "enough"])
