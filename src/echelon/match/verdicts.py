"""Why a pair is not matched: by the price of the seat at the optimum, else by lists and priorities."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.match.changes import changed, raised, skills_until
from echelon.match.exchange import find_exchange
from echelon.match.immediate import find_immediate
from echelon.match.merit import find_merit
from echelon.match.need import need_of
from echelon.match.sides import merits, ranked
from echelon.match.stable import find_stable
from echelon.methods.matching import breakdown

if TYPE_CHECKING:
    from collections.abc import Callable

    from echelon.certificate import OptimalityCertificate
    from echelon.match.problem import Problem
    from echelon.match.sides import By
    from echelon.methods.matching import Breakdown
    from echelon.result import Result

__all__ = ["by_price", "by_rule"]

Row = dict[str, object]
Verdict = tuple[Row, pd.DataFrame, list[str]]
_MOST_PAIRS = 5_000_000
_ONE_EXCHANGE = (
    "The others are not matched again in a market of this size: short_low is the reduced cost of the "
    "pair, short_high what one exchange costs."
)
_NOT_AGAIN = "The rule was not run again in a market of this size: no change is said to be enough."


def by_price(
    row: Row, why: Breakdown, proof: OptimalityCertificate, *, pair: tuple[int, int]
) -> Verdict:
    """Judge a pair at the optimum: by what the total loses when the person is put into the post.

    Parameters
    ----------
    row : dict
        What is known of the pair.
    why : Breakdown
    proof : OptimalityCertificate
    pair : tuple of int

    Returns
    -------
    row, changes, caveats
    """
    price = float(proof.prices.iloc[pair[1]])
    own = proof.posts == row["has"]
    gain = float(cast("float", row["score_of_own"]))
    if own.any():
        gain -= float(proof.prices.iloc[int(np.flatnonzero(own)[0])])
    need = need_of(proof, pair)
    free = cast("int", row["taken"]) < cast("int", row["seats"])
    if need.low <= 0.0:
        text = "a tie within the proven gap: as good a matching may have the person here"
    elif why.score <= 0.0:
        text = "the post is worth no more to the person than staying unmatched"
    elif free and row["has"]:
        text = "a seat is free, but the total is larger with the person in the post they have"
    elif free:
        text = "a seat is free, but another matching of all is worth more"
    else:
        text = "the seats are worth more with others: the total is larger with them"
    row = {**row, "price": price, "gain": gain, "why": text, "short": need.short,
           "short_low": need.low, "short_high": need.high}  # fmt: skip
    said = [] if need.solved else [_ONE_EXCHANGE]
    if need.high <= 0.0:
        return row, changed([]), said
    return row, skills_until(why, need.verdict), said


def by_rule(
    problem: Problem, row: Row, about: tuple[Breakdown, pd.DataFrame], *,
    pair: tuple[int, int], result: Result,
) -> Verdict:  # fmt: skip
    """Judge a pair by the lists of people, then by the priorities of the post.

    Parameters
    ----------
    problem : Problem
    row : dict
        What is known of the pair.
    about : tuple of Breakdown and DataFrame
        The score of the pair, and those who hold the post.
    pair : tuple of int
    result : Result

    Returns
    -------
    row, changes, caveats
    """
    why, inside = about
    wish = _by_list(problem, row, pair[0]) if ranked(problem) else None
    if wish is not None:
        text, wanted = wish
        changes = changed([{"change": wanted, "skill": None, "points": np.nan, "enough": False}])
        return {**row, "why": text, "short": np.nan}, changes, []
    skills, said = _skills(problem, why, pair, result)
    lacks = cast("float", row["score_of_own"]) - why.score
    if not ranked(problem) and lacks >= 0.0:
        text = "the post is worth no more to the person than what they have"
        return {**row, "why": text, "short": lacks}, skills(), said
    mine, theirs, what = _priorities(problem, pair, result, inside)
    free = len(theirs) < cast("int", row["seats"])
    text = f"all seats are held by people of {what} at least as high"
    if free:
        text = "a seat is free, but the rule did not come to this pair"
    elif mine > theirs.min():
        text = f"a person of lower {what} holds a seat: the priority was passed over"
    elif mine == theirs.min():
        text += ", and a lottery decided"
    cutoff = float(theirs.min()) if len(theirs) else np.nan
    short = max(0.0, cutoff - mine) if len(theirs) else 0.0
    row = {**row, "priority": mine, "cutoff": cutoff, "why": text, "short": short}
    if free or short <= 0.0:
        return row, changed([]), []
    if what not in ("merit", "priority"):
        return row, skills(), said
    higher = problem if said else _with_priority(problem, pair, cutoff, what)
    enough = not said and _post_of(higher, pair[0], result) == pair[1]
    change: Row = {"change": f"a higher {what} at this post than {abs(cutoff):g}", "skill": None,
              "points": short, "enough": enough}  # fmt: skip
    return row, changed([change]), said


def _by_list(problem: Problem, row: Row, person: int) -> tuple[str, str] | None:
    """Return what the person's own list says against the post, and what would have to change."""
    rows = problem.choices[problem.choices["rank"].notna() & (problem.choices["person"] == person)]
    names = problem.posts["post"].to_numpy()[rows["post"].to_numpy(np.int64)]
    place = dict(zip(names, rows["rank"].astype(float), strict=True))
    wanted, had = place.get(row["post"]), place.get(row["has"])
    if wanted is None:
        return "the post is not on the person's list", "the post on the person's list"
    if had is not None and had <= wanted:
        return (
            f"the person has a post that they rank higher: place {had:g} against {wanted:g}",
            "a better place of the post in the person's list",
        )
    return None


def _skills(
    problem: Problem, why: Breakdown, pair: tuple[int, int], result: Result
) -> tuple[Callable[[], pd.DataFrame], list[str]]:
    """Return how to find the skills that win the seat, the rule run once more with each set."""
    if len(problem.persons) * len(problem.posts) > _MOST_PAIRS:
        return partial(skills_until, why, lambda _skill, _held: (False, False)), [_NOT_AGAIN]

    def verdict(skill: NDArray[np.int64], held: NDArray[np.uint8]) -> tuple[bool, bool]:
        won = _post_of(raised(problem, pair[0], skill=skill, held=held), pair[0], result) == pair[1]
        return won, not won

    return partial(skills_until, why, verdict), []


def _post_of(problem: Problem, person: int, result: Result) -> int:
    """Return the post that a person gets by the rule of a result."""
    by = cast("By", result.note.parameters.get("by", "skills"))
    if result.name == "match.merit":
        found, _ = find_merit(problem)
    elif result.name == "match.stable":
        found, _ = find_stable(problem, by=by)
    elif result.name == "match.exchange":
        found, _ = find_exchange(problem, by=by)
    else:
        found, _ = find_immediate(problem, by=by)
    return int(found.post[person])


def _with_priority(problem: Problem, pair: tuple[int, int], cutoff: float, what: str) -> Problem:
    """Return the problem in which a person just passes the last one at a post."""
    i, j = pair
    if what == "merit":
        figures, _ = merits(problem)
        figures = figures.astype(float)
        above = figures[figures > cutoff]
        figures[i] = (cutoff + above.min()) / 2 if len(above) else cutoff + 1.0
        return replace(problem, persons=problem.persons.assign(merit=figures))
    choices = problem.choices.copy()
    mine = (choices["person"] == i) & (choices["post"] == j)
    choices.loc[mine, "priority"] = -cutoff - 0.5
    return replace(problem, choices=choices)


def _priorities(
    problem: Problem, pair: tuple[int, int], result: Result, inside: pd.DataFrame
) -> tuple[float, pd.Series, str]:
    """Return the person's priority at the post, those of its holders, and what it is."""
    i, j = pair
    place = {key: row for row, key in enumerate(problem.persons["person"])}
    holders = np.array([place[key] for key in inside["person"]], dtype=np.int64)
    by = str(result.note.parameters.get("by", "merit"))
    given = problem.choices[problem.choices["post"] == j].set_index("person")["priority"]
    if given.notna().any() and result.name != "match.merit":
        rank = -given
        return float(rank.get(i, -np.inf)), rank.reindex(holders).fillna(-np.inf), "priority"
    if by == "merit" or result.name == "match.merit":
        figures, _ = merits(problem)
        return float(figures[i]), pd.Series(figures[holders]), "merit"
    market = problem.by_skills if by == "skills" else problem.apart
    mine = breakdown(market, i, j).score
    theirs = pd.Series([breakdown(market, int(h), j).score for h in holders], dtype=float)
    return mine, theirs, "cover of the required skills" if by == "skills" else "score"
