"""The proof of a plan: recomputed from its program alone, whoever found it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.program import Dual, Program

__all__ = ["PlanCheck", "check_plan"]

Array = NDArray[np.float64]
Rows = slice | NDArray[np.int64]
_LEAST_BUDGET = 100.0  # currency: what a smaller one is measured against, 0 included


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
        By which share of a budget it overspends it, at most.
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
    program: Program, plan: Array, dual: Dual, *, value: float, bound: float, money: Rows
) -> PlanCheck:  # fmt: skip
    """Recompute value, bound and violations of a plan in plain sparse arithmetic.

    Parameters
    ----------
    program : Program
    plan : array (columns, years)
    dual : Dual
    value, bound : float
        As claimed.
    money : slice or array of int
        Which rows are budgets.

    Returns
    -------
    PlanCheck
    """
    if not all(
        np.isfinite(part).all()
        for part in (plan, dual.rows, dual.own, np.array([value, bound], dtype=float))
    ):
        fault = "The plan, its prices, its value or its bound is not a finite number."
        return PlanCheck((fault,), *[float("nan")] * 5)
    people, over = _broken(program, plan, money)
    limit = np.maximum(program.right[money], 0.0)
    # A budget of 0 may be overspent by rounding alone.
    paid = float((over / np.maximum(limit, _LEAST_BUDGET)).max(initial=0.0))
    outside = np.maximum(-plan, plan - program.upper).max(initial=0.0)
    heads = max(float(people.max(initial=0.0)), float(outside))
    apart = _own_apart(program, plan)
    own = float(apart.max(initial=0.0))
    again, proven = program.worth(plan), program.bound(dual)
    scale = max(abs(again), abs(proven), 1e-12)
    faults = []
    if abs(again - value) > 1e-9 * scale:
        faults.append(f"The plan costs {again:.6g}, not {value:.6g}.")
    if proven < bound - 1e-9 * scale:
        faults.append(f"The prices prove {proven:.6g}, not {bound:.6g}.")
    if not np.isfinite([again, proven, heads, paid, own]).all():
        faults.append("The program holds a figure that is not a number.")
    size = max(float(np.abs(np.delete(program.right, money, axis=0)).max(initial=0.0)), 1.0)
    if heads > 1e-3 + 1e-9 * size:
        faults.append(f"The plan breaks a row of people by {heads:.3g}.")
    if paid > 1e-6:
        faults.append(f"The plan overspends a budget by {paid:.3g} of it.")
    if (apart > _own_slack(program)).any():
        faults.append(f"The plan breaks a constraint of its own by {own:.3g}.")
    return PlanCheck(tuple(faults), again, proven, heads, paid, own)


def _broken(program: Program, plan: Array, money: Rows) -> tuple[Array, Array]:
    """Return by how much a plan breaks rows of people, and by how much it overspends budgets."""
    use = program.matrix @ plan.ravel()
    over = use[: program.right.size].reshape(program.right.shape) - program.right
    broken = np.where(program.equality[:, None], np.abs(over), np.maximum(over, 0.0))
    return np.delete(broken, money, axis=0), broken[money]


def _own_apart(program: Program, plan: Array) -> Array:
    """Return by how much a plan breaks each of the user's own rows."""
    use = (program.matrix @ plan.ravel())[program.right.size :]
    found: Array = np.maximum(np.maximum(use - program.own.high, program.own.low - use), 0.0)
    return found


def _own_slack(program: Program) -> Array:
    """Return what rounding may break each of the user's own rows by, in the row's own unit."""
    ends = np.abs(np.stack([program.own.low, program.own.high]))
    size = np.where(np.isfinite(ends), ends, 0.0).max(axis=0)
    np.maximum.at(size, program.own.row, np.abs(program.own.value))
    slack: Array = 1e-4 + 1e-6 * size
    return slack
