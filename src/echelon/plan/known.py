"""The joint plan that is known already, so that no verb solves it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from echelon.certificate import PlanCertificate
from echelon.methods.planning import Model, Solution

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["known_plan"]

_PARTS = ("cost", "upper", "right", "row", "column", "lag", "value")


def known_plan(
    model: Model, results: Mapping[str, Result] | None, gap: float
) -> Solution | None:  # fmt: skip
    """Return the joint plan of ``plan.optimize`` where it is of this very problem.

    Parameters
    ----------
    model : Model
    results : mapping of str to Result, optional
    gap : float
        Within which it must be proven.
    """
    found = (results or {}).get("plan.optimize")
    proof = None if found is None else found.certificate
    if found is None or not isinstance(proof, PlanCertificate) or proof.gap > gap:
        return None
    program, theirs = model.program(), proof.program
    same = len(theirs.own) == len(program.own) == 0 and all(
        np.array_equal(getattr(program, name), getattr(theirs, name)) for name in _PARTS
    )
    if not same:
        return None
    row = found.table("proof").iloc[0]
    return Solution(
        theirs, proof.plan, proof.dual, proof.value, proof.bound, proof.solver, str(row["why"]),
        str(row["stopped"]), int(row["iterations"]), state=(proof.plan, proof.dual.rows, 0.0),
    )  # fmt: skip
