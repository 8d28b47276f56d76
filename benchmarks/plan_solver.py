"""Solve a generated plan to a proven gap of 1e-4, beside HiGHS and OR-tools PDLP.

``FULL=1`` takes all methods of HiGHS, ``SIZE=M`` or ``SIZE=L`` the larger plans, ``PEERS=0`` nobody
else, ``GAP`` another gap, ``THREADS`` more threads, and ``PLATFORMS=1`` the model with platforms, own
moves and a limit on leavers. Every peer is stopped after 120 s (400 s with ``FULL=1``); its answer is
repaired and its prices bounded by our own arithmetic, so that all gaps mean the same. The time to draw
the plan is in everybody's figures.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from run import Case

SIZES = {"S": (31, 40, 10), "M": (31, 400, 10), "L": (337, 400, 15)}
SIZE, GAP = os.environ.get("SIZE", "S"), float(os.environ.get("GAP", "1e-4"))
FULL = os.environ.get("FULL") == "1"
PEERS = (
    "highs-ipx",
    "ortools-pdlp",
    *(("highs-simplex", "highs-pdlp", "highs-hipo") if FULL else ()),
)
SECONDS = 400.0 if FULL else 120.0

CASE = Case(
    title="A joint plan, certified",
    contenders=("echelon", *(PEERS if os.environ.get("PEERS", "1") == "1" else ())),
    target="S: 4 x less CPU time than the best HiGHS method, 2 x less than OR-tools with our scaling",
    size=f"{SIZE}: {' x '.join(map(str, SIZES[SIZE]))} regions x occupations x years, gap {GAP:g}",
)


def main(contender: str) -> None:
    """Do one contender's work and print what it proved."""
    from echelon.examples.plans import PlanSize, plan_model
    from echelon.methods.planning import Dual, Repair, solve_first_order

    if contender == "prepare":
        return
    platforms = os.environ.get("PLATFORMS") == "1"
    model = plan_model(PlanSize(*SIZES[SIZE]), seed=14, platforms=platforms)
    program, repair = model.program(), Repair(model)
    if contender == "echelon":
        threads = int(os.environ.get("THREADS", "1"))
        found = solve_first_order(program, repair, gap=GAP, threads=threads)
        _say(contender, found.gap, f"{found.iterations} iterations")
        return
    name, _, method = contender.partition("-")
    point, prices, note = (_ortools if name == "ortools" else _highs)(program, method)
    value, bound = program.worth(repair(point)), program.bound(Dual(prices))
    _say(contender, (value - bound) / abs(value), note)


def _say(contender: str, gap: float, note: str) -> None:
    print(f"    {contender}: proven gap {gap:.1e} ({note})", file=sys.stderr)
    print("a certified plan")


def _highs(program: Any, method: str) -> tuple[Any, Any, str]:
    """Return decisions, prices and status by HiGHS."""
    from echelon.methods.planning.exact import loaded

    solver = loaded(program)
    solver.setOptionValue("time_limit", SECONDS)
    solver.setOptionValue("solver", method)
    solver.setOptionValue("run_crossover", "off" if method != "simplex" else "on")
    # By default it solves on to 1e-7.
    solver.setOptionValue("pdlp_optimality_tolerance", GAP)
    solver.run()
    found = solver.getSolution()
    point, prices = np.array(found.col_value), -np.array(found.row_dual)
    if len(point) != program.cost.size:
        point, prices = np.zeros(program.cost.size), np.zeros(program.right.size)
    status = str(solver.modelStatusToString(solver.getModelStatus()))
    return point.reshape(program.cost.shape), prices.reshape(program.right.shape), status


def _ortools(program: Any, _method: str) -> tuple[Any, Any, str]:
    """Return decisions, prices and status by PDLP with columns and rows in our scale."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2
    from ortools.pdlp.python import pdlp
    from scipy.sparse import csc_matrix, diags

    matrix = program.matrix
    column = np.where(program.upper.ravel() > 0, np.sqrt(program.upper.ravel()), 1.0)
    sums = abs(matrix) @ column
    row = np.divide(1.0, sums, out=np.ones_like(sums), where=sums > 0)
    problem = pdlp.QuadraticProgram()
    problem.objective_vector = program.cost.ravel() * column
    problem.constraint_matrix = csc_matrix(diags(row) @ matrix @ diags(column))
    right = program.right.ravel() * row
    problem.constraint_upper_bounds = right
    equality = np.repeat(program.equality, program.years)
    problem.constraint_lower_bounds = np.where(equality, right, -np.inf)
    problem.variable_lower_bounds = np.zeros(program.cost.size)
    problem.variable_upper_bounds = program.upper.ravel() / column
    options = solvers_pb2.PrimalDualHybridGradientParams()
    criteria = options.termination_criteria
    # Relative to limits that never bind, GAP itself would accept that nothing is decided.
    criteria.simple_optimality_criteria.eps_optimal_relative = 0.1 * GAP
    criteria.simple_optimality_criteria.eps_optimal_absolute = 0.0
    criteria.time_sec_limit = SECONDS
    options.num_threads = 1
    found = pdlp.primal_dual_hybrid_gradient(problem, options)
    point = (found.primal_solution * column).reshape(program.cost.shape)
    prices = -(found.dual_solution * row).reshape(program.right.shape)
    reason = solve_log_pb2.TerminationReason.Name(found.solve_log.termination_reason)
    return point, prices, reason


if __name__ == "__main__":
    main(sys.argv[1])
