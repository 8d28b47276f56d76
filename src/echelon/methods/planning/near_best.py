"""The least of something that a plan can have while it costs little more than the best."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.planning.model import Model
from echelon.methods.planning.program import Dual, OwnRows, Program
from echelon.methods.planning.solve import Solution, solve

__all__ = ["Least", "least_amount", "program_within"]

Array = NDArray[np.float64]
State = tuple[Array, Array, float]
_STEPS = 6


@dataclass(frozen=True, eq=False)
class Least:
    """A plan within the cost that has little of something, and what no such plan can have less than.

    Parameters
    ----------
    amount, bound : float
        Of the plan found, and proven.
    plan : array (columns, years)
    dual : Dual
        Prices that prove the bound, of :func:`program_within`.
    stopped : str
        "gap", "steps", "deadline" or "interrupted", or how HiGHS ended in its own words.
    """

    amount: float
    bound: float
    plan: Array
    dual: Dual
    stopped: str


class _Point(NamedTuple):
    cost: float
    amount: float
    plan: Array


def program_within(program: Program, weights: Array, limit: float) -> Program:
    """Return the program of the least ``sum weights * x`` over all plans that cost at most ``limit``.

    Parameters
    ----------
    program : Program
    weights : array (columns, years)
    limit : float
        Currency.
    """
    column, year = np.nonzero(program.cost)
    own, count = program.own, len(program.own)
    rows = OwnRows(
        (*own.names, "cost"), np.concatenate([own.row, np.full(len(column), count)]),
        np.concatenate([own.column, column]), np.concatenate([own.year, year]),
        np.concatenate([own.value, program.cost[column, year]]), np.append(own.low, -np.inf),
        np.append(own.high, limit),
    )  # fmt: skip
    return replace(program, cost=weights, own=rows)


def least_amount(
    model: Model, best: Solution, weights: Array, *, limit: float, gap: float = 2e-4,
    close: float = 0.02, deadline: float = np.inf, bare: Callable[[Array], Array] | None = None,
) -> Least:  # fmt: skip
    """Return the least amount over all plans within a cost, with a plan that has it and a bound.

    Plans that cost more are charged for what they have: for any charge ``e`` above 0 no plan within
    ``limit`` has less than ``(min cost + e * amount - limit) / e``. The charge is raised until the
    plans on both sides of the limit lie on one line, and the plan between them, which is as feasible
    as they are, keeps the limit (Aneja and Nair, 1979, on the two ends of cost and amount).

    Parameters
    ----------
    model : Model
    best : Solution
        Of the model, within the limit.
    weights : array (columns, years)
        What a unit of each decision counts.
    limit : float
        Most that a plan may cost.
    gap : float
        Proven gap of each plan.
    close : float
        Stop when amount and bound differ by at most this share of what lies between the amount of
        the best plan and the bound.
    deadline : float
        Seconds.
    bare : callable, optional
        Makes decisions feasible; the best plan without what is counted is tried first.

    References
    ----------
    Aneja, Y. P., & Nair, K. P. K. (1979). Bicriteria transportation problem. Management Science 25.
    Brill, E. D. (1979). The use of optimization models in public-sector planning. Management Science 25.
    """
    if best.value > limit * (1 + 1e-12) + 1e-9:
        raise InvalidArgument(
            f"The best plan costs {best.value:.6g}, more than {limit:.6g}", fix="Raise the slack"
        )
    begin, program = time.perf_counter(), best.program

    def point(plan: Array) -> _Point:
        return _Point(program.worth(plan), float((weights * plan).sum()), plan)

    points = [point(best.plan)]
    if bare is not None:
        decided = np.where(weights > 0, 0.0, np.where(weights < 0, program.upper, best.plan))
        points.append(point(bare(decided)))
    bound, dual = float((np.minimum(weights, 0.0) * program.upper).sum()), _nothing(program)
    charge = _first_charge(program, best, weights, limit)
    state, stopped, open_before = best.state, "steps", np.inf
    for _step in range(_STEPS):
        found, chord = _best_of(points, limit)
        still_open = found.amount - bound
        if still_open <= close * max(points[0].amount - bound, 1e-9):
            stopped = "gap"
            break
        left = deadline - (time.perf_counter() - begin)
        if left <= 0 or stopped == "interrupted":
            stopped = "deadline" if left <= 0 else stopped
            break
        # A step that closes next to nothing shows that the plans' own gaps are what is left.
        if still_open > 0.98 * open_before:
            break
        charge, open_before = chord or charge, still_open
        changed = program.cost + charge * weights
        solution = solve(model, cost=changed, gap=gap, deadline=left, start=state)
        proven = (solution.bound - limit) / charge
        if proven > bound:
            bound = proven
            dual = Dual(solution.dual.rows / charge, np.append(solution.dual.own, 1.0) / charge)
        # Nothing mends a plan that was stopped before it kept the user's own constraints.
        if len(program.own) and solution.stopped != "gap":
            stopped = solution.stopped
            break
        state, new = solution.state, point(solution.plan)
        points.append(new)
        if new.cost <= limit:
            charge *= 4.0
            open_before = np.inf
        if solution.stopped == "interrupted":
            stopped = "interrupted"
    found, _ = _best_of(points, limit)
    return Least(found.amount, min(bound, found.amount), found.plan, dual, stopped)


def _nothing(program: Program) -> Dual:
    return Dual(np.zeros_like(program.right), np.zeros(len(program.own) + 1))


def _first_charge(program: Program, best: Solution, weights: Array, limit: float) -> float:
    """Return the charge at which giving up what the best plan has would use up the slack."""
    has = float(np.abs(weights * best.plan).sum())
    most = float((np.abs(weights) * program.upper).sum())
    room = max(limit - best.value, 1e-6 * abs(limit), 1e-9)
    return room / max(has, 1e-3 * most, 1e-9)


def _best_of(points: list[_Point], limit: float) -> tuple[_Point, float | None]:
    """Return the least amount between any two plans, and the charge at which both cost alike."""
    within = [one for one in points if one.cost <= limit]
    best, chord = min(within, key=lambda one: one.amount), None
    for here in within:
        for there in points:
            if there.cost <= limit or there.amount >= here.amount:
                continue
            mixed = _between(here, there, limit)
            if mixed.amount < best.amount:
                best = mixed
                chord = (there.cost - here.cost) / (here.amount - there.amount)
    return best, chord


def _between(here: _Point, there: _Point, limit: float) -> _Point:
    """Return the plan between two that just keeps the limit; what lies between plans is a plan."""
    share = (limit - here.cost) / (there.cost - here.cost)
    cost, amount = ((1 - share) * a + share * b for a, b in zip(here[:2], there[:2], strict=True))
    return _Point(cost, amount, (1 - share) * here.plan + share * there.plan)
