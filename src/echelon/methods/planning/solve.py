"""Two solvers behind one call: which one, until when, and what it proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.planning.exact import solve_exact
from echelon.methods.planning.first_order import Progress, solve_first_order
from echelon.methods.planning.iteration import gap_between
from echelon.methods.planning.model import Model
from echelon.methods.planning.program import Dual, Program
from echelon.methods.planning.repair import Repair

__all__ = ["Solution", "Solver", "solve"]

Array = NDArray[np.float64]
Solver = Literal["choose", "highs", "first_order"]
_MANY_COLUMNS = 30_000


@dataclass(frozen=True, eq=False)
class Solution:
    """A feasible plan with the prices that prove how good it is.

    Parameters
    ----------
    program : Program
    plan : array (columns, years)
    dual : Dual
    value, bound : float
        Cost of the plan, and what no plan can cost less than.
    solver, why : str
        Which one, and why.
    stopped : str
        "gap", "deadline", "iterations" or "interrupted", or how HiGHS ended in its own words.
    iterations : int
    infeasible : bool
        The user's own constraints exclude every plan.
    state : tuple or None
        For going on, or for a similar program.
    """

    program: Program
    plan: Array
    dual: Dual
    value: float
    bound: float
    solver: str
    why: str
    stopped: str
    iterations: int = 0
    infeasible: bool = False
    state: tuple[Array, Array, float] | None = None

    @property
    def gap(self) -> float:
        """Share of the value by which a better plan can at most be cheaper."""
        return gap_between(self.value, self.bound)


def solve(
    model: Model, *, limits: Mapping[str, Array] | None = None, cost: Array | None = None,
    gap: float = 1e-4, deadline: float = np.inf, most: int = 200_000, solver: Solver = "choose",
    start: tuple[Array, Array, float] | None = None,
    tell: Callable[[Progress], None] | None = None, threads: int = 1,
) -> Solution:  # fmt: skip
    """Find a plan and prove how near it is to the best.

    Parameters
    ----------
    model : Model
    limits : mapping, optional
        As in :meth:`Model.program`.
    cost : array (columns, years), optional
        In place of the model's own.
    gap : float
        Stop when the plan is proven to be within this share of the best.
    deadline : float
        Seconds; a valid plan is returned whenever it stops, with the first-order solver also after
        Ctrl-C.
    most : int
        Iterations of the first-order solver.
    solver : {"choose", "highs", "first_order"}
        By default HiGHS up to 30,000 variables and where the user has own constraints, since it
        solves those to the last digit; the first-order solver above.
    start : tuple, optional
        ``state`` of an earlier solution.
    tell : callable, optional
    threads : int
        Of the first-order solver; the plan does not depend on it.

    Returns
    -------
    Solution
    """
    if not 0 < gap < 1:
        raise InvalidArgument(f"gap = {gap}", fix="Give a share between 0 and 1, for example 1e-4")
    program = model.program(limits)
    if cost is not None:
        program = replace(program, cost=cost)
    columns = program.size[0]
    if solver == "first_order" and len(program.own):
        raise InvalidArgument(
            "The first-order solver does not know own constraints", fix="Use solver='highs'"
        )
    if solver == "highs" or (solver == "choose" and (len(program.own) or columns <= _MANY_COLUMNS)):
        why = "own constraints" if len(program.own) else f"{columns:,} variables"
        return _by_highs(model, program, deadline=deadline, why=why)
    found = solve_first_order(
        program, Repair(model), gap=gap, deadline=deadline, most=most, start=start, tell=tell,
        threads=threads,
    )  # fmt: skip
    return Solution(
        program, found.plan, found.dual, found.value, found.bound, "first-order",
        f"{columns:,} variables", found.stopped, found.iterations, state=found.state,
    )  # fmt: skip


def _by_highs(model: Model, program: Program, *, deadline: float, why: str) -> Solution:
    found = solve_exact(program, deadline=deadline)
    plan = np.clip(found.decisions, 0.0, program.upper)
    if not len(program.own):
        plan = Repair(model)(plan)
    nothing = Dual(np.zeros_like(program.right), np.zeros(len(program.own)))
    dual = max((found.dual, nothing), key=program.bound) if not found.infeasible else nothing
    return Solution(
        program, plan, dual, program.worth(plan), program.bound(dual), "HiGHS", why,
        "gap" if found.finished else found.status, infeasible=found.infeasible,
    )  # fmt: skip
