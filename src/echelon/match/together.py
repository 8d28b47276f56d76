"""Alone against together: matching within regions against across them, with proven bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.explanation import trace_rows, trace_table
from echelon.match.asked import Asked
from echelon.match.optimal import found_of
from echelon.match.outcome import UNITS, Found, names_of, note
from echelon.match.places import of_regions
from echelon.match.problem import Problem, problem_of
from echelon.match.screens import interval
from echelon.methods.matching import optimal as solve
from echelon.methods.matching import within_regions
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["together"]


def together(
    system: System, *, people: int | None = None, posts: int | None = None,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, gap: float = 1e-4, seed: int = 0,
) -> Result:  # fmt: skip
    """Say what it is worth that regions match their people and posts together instead of alone.

    Alone, every region fills its posts with its own people; together, all posts are open to all, and
    a move costs what the score says. With values V and bounds B, the value of coordination lies
    between V_together - B_alone and B_together - V_alone.

    Parameters
    ----------
    system, people, posts, weights, priority, screens, outside, gap, seed
        As in :func:`echelon.match.optimal`.

    Returns
    -------
    Result
        ``together`` (alone, together and the gain: value, proven low and high ends, matched),
        ``regions`` (each region alone with its own bound, and its people and seats together).
        ``certificate`` is that of the matching together.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName
    """
    asked = Asked.of(
        people=people, posts=posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    problem = problem_of(system, asked)
    joined = found_of(problem, solve(problem.market, gap=gap))
    split = solve(within_regions(problem.market), gap=gap)
    alone = found_of(problem, split)
    proof = joined.proof
    low, high = interval((proof.value, proof.bound), (split.value, split.bound))
    rows = [
        ("alone", split.value, split.value, split.bound, alone),
        ("together", proof.value, proof.value, proof.bound, joined),
    ]
    frame = pd.DataFrame(
        [
            {"way": way, "value": value, "low": least, "high": most,
             "matched": int((found.post >= 0).sum())}
            for way, value, least, most, found in rows
        ]
    )  # fmt: skip
    gain = {
        "way": "gain", "value": proof.value - split.value, "low": low, "high": high,
        "matched": int(frame["matched"].iloc[1] - frame["matched"].iloc[0]),
        "share": 100.0 * (proof.value - split.value) / split.value if split.value > 0 else np.nan,
    }  # fmt: skip
    frame = pd.concat([frame, pd.DataFrame([gain])], ignore_index=True)
    regions = _regions(problem, alone, joined)
    return Result(
        name="match.together", system=system.name,
        frames={"together": frame, "regions": regions, "trace": _trace(problem, regions)},
        note=note(
            problem, method="The largest total score within regions and across them, both proven.",
            parameters={"gap": gap},
            steps=[f"The value of coordination lies between {low:,.6g} and {high:,.6g}, from the "
                   "values and bounds of both optima."],
            caveats=["What a region gains together is the score of its people and depends on which "
                     "of several best matchings is taken; the total is proven.",
                     "Alone, a region is sure to lose nothing that it could do by itself: its bound "
                     "is proven by its own prices."],
        ),
        units={**UNITS, "low": "score", "high": "score", "share": "per cent of alone",
               "alone": "score", "alone_bound": "score", "together": "score"},
        labels=names_of(problem), certificate=proof,
    )  # fmt: skip


def _regions(problem: Problem, alone: Found, joined: Found) -> pd.DataFrame:
    """Return each region alone, with its bound, and together."""
    split, whole = of_regions(problem, alone.post, None), of_regions(problem, joined.post, None)
    worth = alone.worth
    assert worth is not None
    seats = pd.Series(worth.price * problem.posts["capacity"].to_numpy(float))
    paid = seats.groupby(problem.posts["region"].to_numpy()).sum()
    gains = pd.Series(worth.gain).groupby(problem.persons["region"].to_numpy()).sum()
    bound = paid.reindex(split["region"]).fillna(0.0) + gains.reindex(split["region"]).fillna(0.0)
    return split[["region", "people", "seats"]].assign(
        alone=split["value"], alone_bound=bound.to_numpy(), together=whole["value"],
        matched_alone=split["matched"], matched_together=whole["matched"],
        filled_alone=split["filled"], filled_together=whole["filled"],
        outside=whole["outside"], from_outside=whole["from_outside"],
    )  # fmt: skip


def _trace(problem: Problem, regions: pd.DataFrame) -> pd.DataFrame:
    """Return the tree behind what each region's people gain by coordination."""
    cells = regions.assign(year=problem.year, gain=regions["together"] - regions["alone"])
    parts = [
        ("result", None, "Gain of the region's people", "gain", "score", "together less alone"),
        ("together", "result", "Total score together", "together", "score", ""),
        ("alone", "result", "Total score alone", "alone", "score", ""),
        ("bound", "alone", "Bound alone", "alone_bound", "score", "from the region's own prices"),
        ("outside", "together", "People placed in another region", "outside", "people", ""),
        ("from_outside", "together", "Seats taken from other regions", "from_outside", "seats", ""),
    ]
    return trace_table(
        *(
            trace_rows(cells, item=item, parent=parent, label=label, value=cells[column], unit=unit,
                       detail=detail)
            for item, parent, label, column, unit, detail in parts
        )
    )  # fmt: skip
