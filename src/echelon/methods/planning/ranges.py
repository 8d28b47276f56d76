"""Between which ends a shadow price lies: what one unit more saves, and what one unit less costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData
from echelon.methods.planning.exact import loaded
from echelon.methods.planning.program import Program

__all__ = ["price_ranges"]

Array = NDArray[np.float64]


def price_ranges(
    program: Program, rows: NDArray[np.int64], *, step: float = 1e-3, side: Array | None = None
) -> tuple[Array, Array]:
    """Return what loosening each row by a step saves a unit, and what tightening it costs.

    The optimum is convex in the limits, so every right price lies between the two:
    ``(z(b) - z(b + h)) / h <= price <= (z(b - h) - z(b)) / h`` with ``h`` one unit, or the share
    ``step`` of the limit where that is more. The program is solved once by the simplex method and
    then again from where it ended with each limit changed.

    Parameters
    ----------
    program : Program
    rows : array of int (asked,)
        Places of rows: row x years + year; the user's rows come after those of the template.
    step : float
    side : array (asked,), optional
        1 where the upper end of a row binds, the default, -1 where the lower end does.

    Returns
    -------
    low, high : arrays (asked,)
        Currency a unit; NaN where the limit cannot be changed so far.

    Raises
    ------
    InsufficientData
        When the program has no solution.
    """
    import highspy

    solver = loaded(program)
    solver.setOptionValue("solver", "simplex")
    side = np.ones(len(rows)) if side is None else side

    def optimum() -> float:
        solver.run()
        done = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return float(solver.getInfo().objective_function_value) if done else np.nan

    best = optimum()
    if np.isnan(best):
        raise InsufficientData("The program has no optimum", fix="Loosen its limits")
    ends = np.concatenate(
        [np.stack([np.where(program.equality[:, None], program.right, -np.inf).ravel(),
                   program.right.ravel()], axis=1),
         np.stack([program.own.low, program.own.high], axis=1)]
    )  # fmt: skip
    found = np.full((2, len(rows)), np.nan)
    for place, row in enumerate(rows.tolist()):
        low, high = ends[row]
        equal, limit = low == high, high if side[place] > 0 else low
        if not np.isfinite(limit):
            continue
        wide = max(1.0, step * abs(limit))
        for way, sign in enumerate((1.0, -1.0)):
            # A limit of 0 or less cannot be tightened: no plan uses less than nothing.
            upper = side[place] > 0
            tight = min(wide, limit) if sign < 0 and not equal and upper else wide
            if tight <= 0:
                continue
            moved = limit + sign * side[place] * tight
            new = (moved if equal or not upper else low, moved if equal or upper else high)
            solver.changeRowBounds(row, *new)
            found[way, place] = (best - optimum()) * sign / tight
            solver.changeRowBounds(row, low, high)
    return found[0], found[1]
