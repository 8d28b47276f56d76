"""Why not this post: the score, the price or cutoff, and what would have to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from echelon.certificate import OptimalityCertificate, StabilityCertificate
from echelon.errors import InvalidArgument
from echelon.match.asked import Asked
from echelon.match.changes import barriers, lifted
from echelon.match.outcome import UNITS, names_of, note
from echelon.match.problem import Problem, problem_of
from echelon.match.verdicts import by_price, by_rule
from echelon.methods.matching import Breakdown, breakdown
from echelon.registry import unknown_name
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["contest"]

_VERBS = ("optimal", "stable", "merit", "exchange", "immediate")


def contest(system: System, result: Result, *, person: str, post: str) -> Result:
    """Say why a person did not get a post: score, price or cutoff, and what would have to change.

    At the optimum what the pair lacks is what the total score loses when the person is put into the
    post and all others are matched again: proven between short_low and short_high. Under the other
    rules a post has a cutoff, the priority of the last person in it, and people's own lists count.

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
        and what is short: of the score at the optimum, else of the priority; unknown where it is no
        matter of points), ``skills`` (each required skill: held, required, gained, lost) and
        ``changes`` (what would have to change, each with the points that it gives; ``enough`` where
        all up to here win the seat: proven at the optimum, else found by the rule once more).

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
    _check_same(problem, result)
    i = _place("person", person, problem.persons["person"])
    j = _place("post", post, problem.posts["post"])
    why = breakdown(problem.market, i, j)
    held = result.table("assignment")
    own = held[held["person"] == person]
    row, changes, said = _judged(problem, (i, j), (why, own, held), result)
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
            caveats=["The column group, and what is in no table, has no part in it.", *said],
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


def _check_same(problem: Problem, result: Result) -> None:
    """Raise unless the result is of the same tables and scores."""
    tables = problem.system.use(*(name for name in problem.tables if name in problem.system))
    used = {name: use.digest for name, use in result.note.tables.items()}
    ours = {name: use.digest for name, use in tables.items()}
    other = sorted(name for name in {*used, *ours} if used.get(name) != ours.get(name))
    proof = result.certificate
    if not other and isinstance(proof, OptimalityCertificate | StabilityCertificate):
        market = problem.market if isinstance(proof, OptimalityCertificate) else problem.apart
        other = [] if proof.market.digest() == market.digest() else ["scores"]
    if other:
        raise InvalidArgument(
            "The result was computed from other people, posts or scores",
            where="tables that differ: " + ", ".join(other),
            fix="Give the system that it was computed from",
        )


def _judged(
    problem: Problem, pair: tuple[int, int], about: tuple[Breakdown, pd.DataFrame, pd.DataFrame],
    result: Result,
) -> tuple[dict[str, object], pd.DataFrame, list[str]]:  # fmt: skip
    """Return the row of the contest, what would have to change, and what to know."""
    why, own, held = about
    i, j = pair
    person, post = problem.persons["person"].iloc[i], problem.posts["post"].iloc[j]
    inside = held[held["post"] == post]
    has = str(own["post"].iloc[0]) if len(own) else ""
    row: dict[str, object] = {
        "person": person, "post": post, "holds": has == post, "score": why.score,
        "skills": why.coverage, "affinity": why.affinity, "relocation": why.relocation,
        "base": why.base, "preference": why.exception, "has": has,
        "score_of_own": float(own["score"].iloc[0]) if len(own) else 0.0,
        "seats": int(problem.posts["capacity"].iloc[j]), "taken": len(inside),
    }  # fmt: skip
    barred = barriers(problem, pair, why)
    if barred:
        return {**row, "why": barred[0], "short": np.inf}, lifted(barred), []
    if has == post:
        return {**row, "why": "the person holds this post", "short": 0.0}, lifted([]), []
    if isinstance(result.certificate, OptimalityCertificate):
        return by_price(row, why, result.certificate, pair=pair)
    return by_rule(problem, row, (why, inside), pair=pair, result=result)
