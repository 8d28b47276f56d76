"""Why not this post: the score, the price or cutoff, and what would have to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from echelon.certificate import OptimalityCertificate, StabilityCertificate
from echelon.errors import InvalidArgument
from echelon.match.asked import Asked
from echelon.match.outcome import UNITS, names_of, note
from echelon.match.problem import Problem, problem_of
from echelon.match.sides import merits
from echelon.methods.matching import Breakdown, breakdown
from echelon.registry import unknown_name
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["contest"]

_CHANGES = ["change", "skill", "points", "enough"]
_ROUNDING = 1e-3
_VERBS = ("optimal", "stable", "merit", "exchange", "immediate")


def contest(system: System, result: Result, *, person: str, post: str) -> Result:
    """Say why a person did not get a post: score, price or cutoff, and what would have to change.

    At the optimum a post's price is what a seat is worth to the best of the others; a person gets
    it when the score less the price is at least what the person gains where they are. Under the
    stable matching a post has a cutoff, the priority of the last person in it.

    Parameters
    ----------
    system : System
        The one that the result is of.
    result : Result
        Of match.optimal, stable, merit, exchange or immediate.
    person, post : str
        Their keys.

    Returns
    -------
    Result
        ``contest`` (one row: the pair's score and its parts, what the person has, price or cutoff,
        and what is short), ``skills`` (each required skill: held, required, gained, lost) and
        ``changes`` (what would have to change, each with the points that it gives).

    Raises
    ------
    UnknownName
        When the person or the post is not there.
    InvalidArgument
        When the result is not a matching, or of another system.
    """
    room, _, verb = result.name.partition(".")
    if room != "match" or verb not in _VERBS:
        raise InvalidArgument(
            f"{result.name} holds no matching to contest",
            fix="Give a result of match." + ", match.".join(_VERBS),
        )
    problem = problem_of(system, _asked(result))
    proof = result.certificate
    if isinstance(proof, OptimalityCertificate | StabilityCertificate) and proof.market.digest() not in (
        problem.market.digest(), problem.apart.digest()
    ):  # fmt: skip
        raise InvalidArgument(
            "The result was computed from other people, posts or scores",
            fix="Give the system that it was computed from",
        )
    i = _place("person", person, problem.persons["person"])
    j = _place("post", post, problem.posts["post"])
    why = breakdown(problem.market, i, j)
    held = result.table("assignment")
    own = held[held["person"] == person]
    row, changes = _judged(problem, (i, j), (why, own, held), result)
    names = problem.skills
    changes["skill"] = [names[int(k)] if pd.notna(k) else None for k in changes["skill"]]
    skills = pd.DataFrame(
        {"skill": names[why.skill] if len(why.skill) else np.array([], dtype=str),
         "held": why.held.astype(int), "required": why.required.astype(int),
         "gained": why.gained, "lost": why.worth - why.gained}
    ).sort_values("lost", ascending=False, ignore_index=True)  # fmt: skip
    return Result(
        name="match.contest", system=system.name,
        frames={"contest": pd.DataFrame([row]), "skills": skills, "changes": changes},
        note=note(
            problem, method=f"Why {person} is not in {post}, by the result of {result.name}.",
            parameters={"person": person, "post": post, "result": result.name},
            caveats=["The column group, and what is in no table, has no part in it."],
        ),
        units=UNITS, labels=names_of(problem),
    )  # fmt: skip


def _asked(result: Result) -> Asked:
    """Return what the result was asked, from its note."""
    given = cast("Mapping[str, Any]", result.note.parameters)
    return Asked.of(
        people=given["people"], posts=given["posts"], weights=given["weights"],
        priority=given["priority"], screens=given["screens"], outside=given["outside"],
        seed=result.note.seed or 0,
    )  # fmt: skip


def _place(kind: str, key: str, known: pd.Series) -> int:
    found = np.flatnonzero((known == key).to_numpy())
    if not len(found):
        raise unknown_name(kind, key, known)
    return int(found[0])


def _judged(
    problem: Problem, pair: tuple[int, int], about: tuple[Breakdown, pd.DataFrame, pd.DataFrame],
    result: Result,
) -> tuple[dict[str, object], pd.DataFrame]:  # fmt: skip
    """Return the row of the contest and what would have to change."""
    why, own, held = about
    i, j = pair
    person, post = problem.persons["person"].iloc[i], problem.posts["post"].iloc[j]
    inside = held[held["post"] == post]
    has = str(own["post"].iloc[0]) if len(own) else ""
    score = float(own["score"].iloc[0]) if len(own) else 0.0
    row: dict[str, object] = {
        "person": person, "post": post, "holds": has == post, "score": why.score,
        "skills": why.coverage, "affinity": why.affinity, "relocation": why.relocation,
        "base": why.base, "preference": why.exception, "has": has, "score_of_own": score,
        "seats": int(problem.posts["capacity"].iloc[j]), "taken": len(inside),
    }  # fmt: skip
    barred = _barred(problem, pair, why)
    if barred:
        return {**row, "why": barred[0], "short": np.inf}, _changes(why, np.nan, barred)
    if has == post:
        return {**row, "why": "the person holds this post", "short": 0.0}, _changes(why, 0.0, [])
    proof = result.certificate
    if isinstance(proof, OptimalityCertificate):
        return _priced(row, why, proof, pair)
    if why.score <= score:
        text = "the post is worth no more to the person than what they have"
        return {**row, "why": text, "short": score - why.score}, _changes(
            why, score - why.score, []
        )
    mine, theirs, what = _priorities(problem, pair, result, inside)
    text = f"all seats are held by people of {what} at least as high"
    if len(theirs) < int(problem.posts["capacity"].iloc[j]):
        text = "a seat is free, but the rule did not come to this pair"
    elif mine > theirs.min():
        text = f"a person of lower {what} holds a seat: the priority was passed over"
    elif mine == theirs.min():
        text = f"all seats are held by people of {what} at least as high, and a lottery decided"
    cutoff = float(theirs.min()) if len(theirs) else np.nan
    short = max(0.0, cutoff - mine) if len(theirs) else 0.0
    row = {**row, "priority": mine, "cutoff": cutoff, "why": text, "short": short}
    if what in ("merit", "priority"):
        row_of = {"change": f"a higher {what} at this post", "skill": None, "points": short,
                  "enough": True}  # fmt: skip
        return row, pd.DataFrame([row_of] if short > 0 else [], columns=_CHANGES)
    return row, _changes(why, short, [])


def _priced(
    row: dict[str, object], why: Breakdown, proof: OptimalityCertificate, pair: tuple[int, int]
) -> tuple[dict[str, object], pd.DataFrame]:
    """Judge a pair by the price of the seat and what the person gains now."""
    _, j = pair
    price = float(proof.prices.iloc[j])
    own = proof.posts == row["has"]
    gain = float(cast("float", row["score_of_own"]))
    if own.any():
        gain -= float(proof.prices.iloc[int(np.flatnonzero(own)[0])])
    short = max(0.0, price + max(0.0, gain) - why.score)
    text = "the seats are worth more with others: the score is below the price and the own gain"
    if short <= (proof.bound - proof.value):
        text = "a tie within the proven gap: as good a matching may have the person here"
    return {**row, "price": price, "gain": gain, "why": text, "short": short}, _changes(
        why, short, []
    )


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


def _barred(problem: Problem, pair: tuple[int, int], why: Breakdown) -> list[str]:
    """Return what rules the pair out: a requirement, a veto, no seat."""
    i, j = pair
    person, post = problem.persons.iloc[i], problem.posts.iloc[j]
    found = []
    if int(post["capacity"]) == 0:
        found.append("the post has no seat")
    if not why.admitted:
        licence = post["licence"]
        if isinstance(licence, str) and licence not in str(person["licence"]).split("|"):
            found.append(f"the post requires the licence {licence}")
        if isinstance(post["education"], str) and problem.asked.screens:
            has = person["education"] if isinstance(person["education"], str) else "unknown"
            names = names_of(problem)
            found.append(
                f"the post requires {names.get(post['education'], post['education'])}, and the "
                f"person's education is {names.get(has, has)}"
            )
    if np.isneginf(why.exception):
        found.append("the person or the employer ruled the pair out")
    return found


def _changes(why: Breakdown, short: float, barred: list[str]) -> pd.DataFrame:
    """Return what would have to change: what bars the pair, then skills until they suffice."""
    rows: list[dict[str, object]] = [
        {"change": f"no longer: {text}", "skill": None, "points": np.nan, "enough": False}
        for text in barred
    ]
    lost, total = why.worth - why.gained, 0.0
    for at in np.argsort(-lost, kind="stable"):
        if barred or not short > 0 or lost[at] <= 0 or total >= short - _ROUNDING:
            break
        total += float(lost[at])
        rows.append(
            {"change": f"skill at class {int(why.required[at])} instead of {int(why.held[at])}",
             "skill": int(why.skill[at]), "points": float(lost[at]), "enough": total >= short - _ROUNDING}
        )  # fmt: skip
    if not barred and short > 0 and total < short - _ROUNDING:
        rows.append(
            {"change": "more than skills: even full cover of all required skills leaves the score short",
             "skill": None, "points": short - total, "enough": False}
        )  # fmt: skip
    return pd.DataFrame(rows, columns=_CHANGES)
