"""The same program solved by HiGHS: small plans, whole numbers aside, and the user's own rows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.planning.program import Dual, Program

if TYPE_CHECKING:
    import highspy

__all__ = ["Exact", "Method", "loaded", "smallest_change", "solve_exact", "write_mps"]

Array = NDArray[np.float64]
Method = Literal["simplex", "interior_point", "choose"]


@dataclass(frozen=True)
class Exact:
    """What HiGHS found: decisions, prices, and whether it ran to its end.

    Parameters
    ----------
    decisions : array (columns, years)
    dual : Dual
    finished : bool
    infeasible : bool
        Only the user's rows can make it so.
    status : str
        "deadline", or how HiGHS ended in its own words.
    """

    decisions: Array
    dual: Dual
    finished: bool
    infeasible: bool
    status: str


def solve_exact(
    program: Program, *, method: Method = "choose", deadline: float = np.inf
) -> Exact:  # fmt: skip
    """Solve a program of years with HiGHS.

    Parameters
    ----------
    program : Program
    method : {"choose", "simplex", "interior_point"}
        Interior point runs without crossover.
    deadline : float
        Seconds.

    References
    ----------
    Huangfu, Q., & Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. Mathematical
    Programming Computation 10, 119-142.
    """
    import highspy

    if deadline <= 0:
        raise InvalidArgument(f"deadline = {deadline}", fix="Give some seconds")
    solver = loaded(program)
    if np.isfinite(deadline):
        solver.setOptionValue("time_limit", float(deadline))
    if method != "choose":
        solver.setOptionValue("solver", "simplex" if method == "simplex" else "ipm")
        solver.setOptionValue("run_crossover", "off" if method == "interior_point" else "on")
    solver.run()
    status = solver.getModelStatus()
    found = solver.getSolution()
    rows = program.right.size
    prices = -np.asarray(found.row_dual, dtype=float)
    values = np.asarray(found.col_value, dtype=float)
    if len(values) != program.cost.size:
        values, prices = np.zeros(program.cost.size), np.zeros(rows + len(program.own))
    own = _open_ends(program, prices[rows:])
    return Exact(
        values.reshape(program.cost.shape), Dual(prices[:rows].reshape(program.right.shape), own),
        status == highspy.HighsModelStatus.kOptimal,
        # Every decision is bounded, so that what is one or the other has no plan.
        status in (
            highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible,
        ),
        "deadline" if status == highspy.HighsModelStatus.kTimeLimit
        else str(solver.modelStatusToString(status)),
    )  # fmt: skip


def _open_ends(program: Program, prices: Array) -> Array:
    """Return prices without those that point to an end that a row does not have."""
    ends = np.where(prices > 0, program.own.high, program.own.low)
    found: Array = np.where(np.isfinite(ends), prices, 0.0)
    return found


def write_mps(program: Program, path: Path) -> None:
    """Write a program as an MPS file, which any solver reads."""
    loaded(program).writeModel(str(path))


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the banner away that HiGHS writes past Python when it is made."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 1)
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def loaded(program: Program) -> highspy.Highs:
    """Return HiGHS with the program in it."""
    import highspy

    with _silence():
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.silent()
    solver.setOptionValue("threads", 1)
    matrix = program.matrix
    low = np.where(program.equality[:, None], program.right, -highspy.kHighsInf)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = program.cost.size, matrix.shape[0]
    model.col_cost_ = program.cost.ravel()
    model.col_lower_ = np.zeros(program.cost.size)
    model.col_upper_ = program.upper.ravel()
    model.row_lower_ = np.concatenate([low.ravel(), program.own.low])
    model.row_upper_ = np.concatenate([program.right.ravel(), program.own.high])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    solver.passModel(model)
    return solver


def smallest_change(program: Program) -> Array:
    """Return by how much each row of the user must give so that a plan exists (own rows,).

    Above 0 the row asks for too much, below 0 it allows too little. The sum of all changes, each as a
    share of what its row says, is the least possible.
    """
    import highspy
    from scipy.sparse import csr_array, hstack

    count = len(program.own)
    scale = np.maximum(np.abs(np.where(np.isfinite(program.own.low), program.own.low, 0.0)), 1.0)
    scale = np.maximum(scale, np.where(np.isfinite(program.own.high), program.own.high, 1.0))
    rows = program.right.size
    at = (np.concatenate([np.arange(count)] * 2) + rows, np.arange(2 * count))
    give = csr_array((np.repeat([1.0, -1.0], count), at), shape=(rows + count, 2 * count))
    solver = loaded(program)
    matrix = csr_array(hstack([program.matrix, give]))
    model = solver.getLp()
    model.num_col_ = matrix.shape[1]
    model.col_cost_ = np.concatenate([np.zeros(program.cost.size), np.tile(1 / scale, 2)])
    model.col_lower_ = np.zeros(matrix.shape[1])
    model.col_upper_ = np.concatenate([program.upper.ravel(), np.full(2 * count, 1e30)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
    model.a_matrix_.value_ = matrix.data
    solver.passModel(model)
    solver.run()
    found = np.asarray(solver.getSolution().col_value)[program.cost.size :]
    change: Array = found[:count] - found[count:]
    return change
