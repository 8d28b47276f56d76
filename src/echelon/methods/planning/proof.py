"""The proof of a plan: recomputed from its program alone, whoever found it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.program import Dual, Program

__all__ = ["PlanCheck", "check_plan"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PlanCheck:
    """What a check of a plan found; true when nothing is wrong.

    Parameters
    ----------
    faults : tuple of str
    value, bound : float
        As recomputed, currency.
    people : float
        By how many people the plan breaks a row of people or seats, at most.
    money : float
        By which share of the largest budget it overspends one, at most.
    own : float
        By how much it breaks a constraint of the user, at most.
    """

    faults: tuple[str, ...]
    value: float
    bound: float
    people: float
    money: float
    own: float

    def __bool__(self) -> bool:
        return not self.faults


def check_plan(
    program: Program, plan: Array, dual: Dual, *, value: float, bound: float, money: slice
) -> PlanCheck:  # fmt: skip
    """Recompute value, bound and violations of a plan in plain sparse arithmetic.

    Parameters
    ----------
    program : Program
    plan : array (columns, years)
    dual : Dual
    value, bound : float
        As claimed.
    money : slice
        Which rows are budgets.

    Returns
    -------
    PlanCheck
    """
    use = program.matrix @ plan.ravel()
    over = use[: program.right.size].reshape(program.right.shape) - program.right
    broken = np.where(program.equality[:, None], np.abs(over), np.maximum(over, 0.0))
    paid = broken[money].max(initial=0.0) / max(program.right[money].max(initial=0.0), 1e-12)
    outside = np.maximum(-plan, plan - program.upper).max(initial=0.0)
    heads = max(float(np.delete(broken, money, axis=0).max(initial=0.0)), float(outside))
    _, own, _ = program.violations(plan)
    again, proven = program.worth(plan), program.bound(dual)
    scale = max(abs(again), abs(proven), 1e-12)
    faults = []
    if abs(again - value) > 1e-9 * scale:
        faults.append(f"The plan costs {again:.6g}, not {value:.6g}.")
    if proven < bound - 1e-9 * scale:
        faults.append(f"The prices prove {proven:.6g}, not {bound:.6g}.")
    size = max(float(np.abs(program.right).max(initial=0.0)), 1.0)
    if heads > 1e-3 + 1e-9 * size:
        faults.append(f"The plan breaks a row of people by {heads:.3g}.")
    if paid > 1e-6:
        faults.append(f"The plan overspends a budget by {paid:.3g} of the largest one.")
    if own > 1e-4 + 1e-9 * size:
        faults.append(f"The plan breaks a constraint of its own by {own:.3g}.")
    return PlanCheck(tuple(faults), again, proven, heads, float(paid), own)
