"""The result of every mechanism: who goes where and why, and what it means for places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import note_of, trace_rows, trace_table
from echelon.match.places import congestion, first_choices, of_occupations, of_regions, of_skills
from echelon.match.reasons import Worth, assignment, missing, unlocking, unmatched
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.certificate import OptimalityCertificate, StabilityCertificate
    from echelon.match.problem import Problem
    from echelon.provenance import Note

__all__ = ["UNITS", "Found", "names_of", "note", "result_of"]

UNITS = {
    "score": "score", "value": "score", "price": "score", "gain": "score", "lost": "score",
    "matched_share": "per cent of people", "outside_share": "per cent of the matched",
    "per_seat": "people for each seat", "skills": "score", "affinity": "score",
    "relocation": "score", "wage": "score", "bonus": "score", "preference": "score",
}  # fmt: skip
_MOST_UNLOCKED = 2000
_ASSUMED = "The weights of the parts of the score are assumptions that the user can change."


@dataclass(frozen=True, eq=False)
class Found:
    """What a mechanism found.

    Parameters
    ----------
    post : array (people,)
        Place of each person's post, -1 for none.
    worth : Worth or None
        Prices and gains, of the optimum alone.
    certificate : OptimalityCertificate or StabilityCertificate, optional
    rank : array (people,), optional
        Place of the post in the person's list, of mechanisms that go by lists.
    """

    post: NDArray[np.int64]
    worth: Worth | None = None
    certificate: OptimalityCertificate | StabilityCertificate | None = None
    rank: NDArray[np.int64] | None = None

    @property
    def proof(self) -> OptimalityCertificate:
        """The certificate of an optimum."""
        assert self.certificate is not None
        assert self.certificate.kind == "optimality"
        return cast("OptimalityCertificate", self.certificate)


def result_of(
    problem: Problem, found: Found, *, name: str, method: str, parameters: Mapping[str, object],
    steps: Sequence[str] = (), caveats: Sequence[str] = (), papers: Sequence[str] = (),
) -> Result:  # fmt: skip
    """Return the result of a mechanism.

    Parameters
    ----------
    problem : Problem
    found : Found
    name : str
        The verb.
    method : str
        One sentence.
    parameters : mapping
        Of this verb; those that all share are added.
    steps, caveats, papers : sequences of str

    Returns
    -------
    Result
    """
    post, worth = found.post, found.worth
    wanted = first_choices(problem)
    lacking = missing(problem, post)
    frames = {
        "assignment": assignment(problem, post, worth),
        "unmatched": unmatched(problem, post, worth),
        "missing": lacking,
        "regions": of_regions(problem, post, worth),
        "occupations": of_occupations(problem, post, worth, wanted=wanted),
        "congestion": congestion(problem, wanted, worth),
    }
    said = list(steps)
    if found.rank is not None:
        frames["assignment"]["rank"] = found.rank[post >= 0]
    if worth is not None:
        people = _sampled(len(problem.persons), problem.asked.seed)
        opened = unlocking(problem, worth, post=post, people=people)
        frames["skills"] = of_skills(problem, worth, lacking=lacking, opened=opened)
        frames["unlocks"] = opened.groupby("person", sort=False).head(1).reset_index(drop=True)
        if len(people) < len(problem.persons):
            said.append(f"What a skill would open was looked up for {len(people):,} people, drawn.")
    frames["trace"] = _trace(problem, frames["regions"])
    return Result(
        name=name, system=problem.system.name, frames=frames, units=UNITS,
        note=note(problem, method=method, parameters=parameters, steps=said, caveats=caveats,
                  papers=papers),
        labels=names_of(problem), certificate=found.certificate,
    )  # fmt: skip


def note(
    problem: Problem, *, method: str, parameters: Mapping[str, object], steps: Sequence[str] = (),
    caveats: Sequence[str] = (), papers: Sequence[str] = (),
) -> Note:  # fmt: skip
    """Return the note of a matching verb.

    Parameters
    ----------
    problem : Problem
    method : str
    parameters : mapping
    steps, caveats, papers : sequences of str

    Returns
    -------
    Note
    """
    assumed = []
    if problem.drawn:
        assumed.append(
            "People and posts were drawn from cells: figures show how the market works, not which "
            "real person should go where."
        )
    return note_of(
        problem.system, *problem.tables, method=method,
        parameters={**problem.asked.parameters(), **parameters},
        steps=[*problem.steps, _ASSUMED, *problem.market.steps, *steps],
        caveats=[*problem.caveats, *assumed, *caveats], papers=papers, seed=problem.asked.seed,
    )  # fmt: skip


def names_of(problem: Problem) -> dict[str, str]:
    """Return the names of regions, occupations, skills and levels."""
    return labels(problem.system, "regions", "occupations", "skills", "levels")


def _sampled(people: int, seed: int) -> NDArray[np.int64]:
    """Return the places of at most 2,000 people, drawn where there are more."""
    if people <= _MOST_UNLOCKED:
        return np.arange(people)
    generator = np.random.default_rng(np.random.SeedSequence([seed, 43]))
    return np.sort(generator.choice(people, _MOST_UNLOCKED, replace=False))


def _trace(problem: Problem, regions: pd.DataFrame) -> pd.DataFrame:
    """Return the tree behind the share of each region's people who are matched."""
    cells = regions.assign(year=problem.year)
    kind = "derived: drawn from cells" if problem.drawn else "counted in the records"
    parts = [
        ("result", None, "People matched", "matched_share", "per cent of people", ""),
        ("matched", "result", "People with a post", "matched", "people", "by the mechanism"),
        ("outside", "matched", "Of them in another region", "outside", "people", ""),
        ("people", "result", "People who look for work", "people", "people", f"{kind}, people"),
        ("seats", "result", "Seats in the region", "seats", "seats", f"{kind}, posts"),
        ("filled", "seats", "Seats taken", "filled", "seats", ""),
        ("value", "result", "Total score of the region's people", "value", "score", ""),
    ]
    if "price" in regions:
        parts += [
            ("price", "seats", "Mean price of a seat", "price", "score", "from the certificate"),
            ("gain", "people", "Mean worth of one more person", "gain", "score", ""),
        ]
    return trace_table(
        *(
            trace_rows(cells, item=item, parent=parent, label=label, value=cells[column], unit=unit,
                       detail=detail)
            for item, parent, label, column, unit, detail in parts
        )
    )  # fmt: skip
