"""A certified first-order solver: restarted Halpern iterations of the primal-dual hybrid gradient."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.program import Dual, Program

__all__ = ["FirstOrder", "Progress", "solve_first_order"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Repair = Callable[[Array], Array]


@dataclass(frozen=True)
class Progress:
    """How far the solver is: iterations, seconds, proven bound, value of the best plan, gap."""

    iterations: int
    seconds: float
    bound: float
    value: float
    gap: float


@dataclass(frozen=True)
class FirstOrder:
    """What the solver found, whenever it stopped: a feasible plan, prices, and the proven gap.

    Parameters
    ----------
    plan : array (columns, years)
    dual : Dual
    value, bound : float
    iterations : int
    stopped : str
        "gap", "deadline", "iterations" or "interrupted".
    state : tuple of arrays
        Iterates to go on from.
    """

    plan: Array
    dual: Dual
    value: float
    bound: float
    iterations: int
    stopped: str
    state: tuple[Array, Array, float]

    @property
    def gap(self) -> float:
        """Share of the value by which a better plan can at most be cheaper."""
        return gap_between(self.value, self.bound)


def gap_between(value: float, bound: float) -> float:
    """Return (value - bound) / |value|; 0 where both are 0."""
    return max(value - bound, 0.0) / max(abs(value), abs(bound), 1e-12)


def solve_first_order(
    program: Program, repair: Repair, *, gap: float = 1e-4, deadline: float = np.inf,
    most: int = 200_000, start: tuple[Array, Array, float] | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> FirstOrder:  # fmt: skip
    """Solve a boxed program of years to a proven gap, or as far as the time allows.

    Columns are scaled by the root of their bound and rows by what they then sum to (head counts span
    five decades while the entries are about 1); Pock-Chambolle steps; reflected Halpern iterations
    restarted when the fixed-point error has fallen. At each check the prices give a bound and
    ``repair`` makes the iterate feasible; the best of each is kept.

    Parameters
    ----------
    program : Program
        Without rows of the user.
    repair : callable
        Makes any decisions feasible, (columns, years) to (columns, years).
    gap : float
        Stop when (value - bound) / value is at most this.
    deadline : float
        Seconds of wall time.
    most : int
        Iterations.
    start : tuple, optional
        ``state`` of an earlier solution, to go on from or to start a similar program with.
    tell : callable, optional
        Told the progress at each check.

    References
    ----------
    Chambolle, A., & Pock, T. (2011). A first-order primal-dual algorithm. J. Math. Imaging Vis. 40.
    Pock, T., & Chambolle, A. (2011). Diagonal preconditioning for first order algorithms. ICCV.
    Applegate, D., et al. (2021). Practical large-scale linear programming using PDHG. NeurIPS.
    Lu, H., & Yang, J. (2024). Restarted Halpern PDHG for linear programming. arXiv:2407.16144.
    """
    iteration = _Iteration(program, repair, start)
    return iteration.run(gap=gap, deadline=deadline, most=most, tell=tell)


def _compressed(key: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order by key and where each key starts."""
    order = np.argsort(key, kind="stable")
    return order, np.concatenate([[0], np.cumsum(np.bincount(key, minlength=count))])


class _Iteration:
    """Iterates of one solution; small, since the work is in the kernels."""

    def __init__(
        self, program: Program, repair: Repair, start: tuple[Array, Array, float] | None
    ) -> None:
        self.program, self.repair = program, repair
        self.cost, self.upper, self.right = (
            _padded(array) for array in (program.cost, program.upper, program.right)
        )
        self.active = np.flatnonzero(program.upper.any(axis=1))
        used = np.zeros(len(program.cost), dtype=bool)
        used[self.active] = True
        # An entry beyond the last year, or of a column held at 0, changes nothing.
        kept = used[program.column] & (program.lag < program.years)
        row, column, lag = program.row[kept], program.column[kept], program.lag[kept]
        value = program.value[kept]
        order, starts = _compressed(column, len(program.cost))
        row_places, lags = row.astype(np.int32), lag.astype(np.int32)
        self.by_column = (starts, row_places[order], lags[order], value[order])
        order, starts = _compressed(row, len(program.right))
        self.by_row = (starts, column.astype(np.int32)[order], lags[order], value[order])
        self.steps_x, self.steps_y = self._steps(row, column, lag, value)
        if start is None:
            self.x, self.y = np.zeros_like(self.cost), np.zeros_like(self.right)
            self.weight = self._first_weight()
        else:
            self.x = np.clip(_padded(start[0]), 0.0, self.upper)
            # Known decisions and prices may come without the weight that found them.
            self.weight = start[2] or self._first_weight()
            # A price that no step can change would stay for ever.
            self.y = np.where(self.steps_y > 0, _padded(start[1]), 0.0)
        self.moved_x, self.moved_y = self.x.copy(), self.y.copy()
        self.forward = self.x.copy()
        # Nothing decided and no prices, so that an interruption at any time leaves a plan and a bound.
        self.plan, self.dual = repair(np.zeros_like(program.cost)), np.zeros_like(program.right)
        self.value = program.worth(self.plan)
        self.bound = float((np.minimum(program.cost, 0.0) * program.upper).sum())

    def _steps(
        self, row: Places, column: Places, lag: Places, value: Array
    ) -> tuple[Array, Array]:  # fmt: skip
        """Return Pock-Chambolle steps in the scale of heads."""
        from scipy.sparse import csr_array

        years, shape = self.right.shape[1], (len(self.right), len(self.cost))
        scale = np.sqrt(self.upper)
        sums, whole = np.zeros_like(self.right), np.zeros_like(scale)
        parts = [
            (int(late), csr_array((np.abs(value[at]), (row[at], column[at])), shape=shape))
            for late in np.unique(lag)
            for at in [lag == late]
        ]
        for late, part in parts:
            sums[:, late:] += part @ scale[:, : years - late]
        sums[:, self.program.years :] = 0.0
        sums[self._never_binding(parts)] = 0.0
        rows = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
        for late, part in parts:
            whole[:, : years - late] += part.T @ rows[:, late:]
        # A column in no row moves to one of its ends at once.
        columns = np.where(whole > 0, scale / np.where(whole > 0, whole, 1.0), scale * scale)
        return columns, rows * rows

    def _never_binding(self, parts: list[tuple[int, Any]]) -> NDArray[np.bool_]:
        """Return inequalities that hold whatever is decided, in every year: their price stays 0."""
        most = np.zeros_like(self.right)
        for late, part in parts:
            most[:, late:] += part @ self.upper[:, : self.right.shape[1] - late]
        never: NDArray[np.bool_] = (most <= self.right).all(axis=1) & ~self.program.equality
        return never

    def _first_weight(self) -> float:
        """Return the ratio of cost to right-hand sides in the scale of the steps."""
        cost = float(np.sqrt((self.cost**2 * self.upper).sum()))
        right = float(np.sqrt((self.right**2 * self.steps_y).sum()))
        return cost / right if cost > 0 and right > 0 else 1.0

    def run(
        self, *, gap: float, deadline: float, most: int,
        tell: Callable[[Progress], None] | None,
    ) -> FirstOrder:  # fmt: skip
        """Iterate until the gap, the deadline or an interruption."""
        begin, done, stopped = time.perf_counter(), 0, "iterations"
        try:
            self._check()
            every, next_check = 40, 40
            since, first, last = 0, np.inf, np.inf
            x0, y0 = self.x.copy(), self.y.copy()
            while done < most:
                if gap_between(self.value, self.bound) <= gap:
                    stopped = "gap"
                    break
                if time.perf_counter() - begin > deadline:
                    stopped = "deadline"
                    break
                while done < next_check:
                    measured = since == 0 or done == next_check - 1
                    error = self._step(1.0 / (since + 2.0), x0, y0, measured=measured)
                    done, since = done + 1, since + 1
                    if since == 1:
                        first = last = error
                fell = error <= 0.2 * first or (error <= 0.8 * first and error > last)
                if fell or since >= 0.36 * done:
                    self._restart(x0, y0)
                    since = 0
                last = error
                self._check()
                if tell is not None:
                    tell(self._progress(done, begin))
                next_check = done + every
                every = min(int(every * 1.1), 200)
        except KeyboardInterrupt:
            stopped = "interrupted"
        years = self.program.years
        return FirstOrder(
            self.plan, Dual(self.dual), self.value, self.bound, done, stopped,
            (self.moved_x[:, :years], self.moved_y[:, :years], self.weight),
        )  # fmt: skip

    def _progress(self, done: int, begin: float) -> Progress:
        seconds = time.perf_counter() - begin
        gap = gap_between(self.value, self.bound)
        return Progress(done, seconds, self.bound, self.value, gap)

    def _step(self, share: float, x0: Array, y0: Array, *, measured: bool) -> float:
        """Return the fixed-point error of one iteration, where it is measured."""
        from echelon.methods.planning.kernels.stencil import dual_step, primal_step

        pace = (self.weight, share, measured)
        primal = primal_step(
            self.by_column, (self.active, self.cost, self.upper, self.steps_x, *pace),
            (self.x, self.y, x0, self.forward, self.moved_x),
        )  # fmt: skip
        dual = dual_step(
            self.by_row, (self.right, self.program.equality, self.steps_y, *pace),
            (self.forward, self.y, y0, self.moved_y),
        )  # fmt: skip
        return float(np.sqrt(self.weight * primal + dual / self.weight))

    def _restart(self, x0: Array, y0: Array) -> None:
        """Begin again from the last point, with the weight that the two ways moved ask for."""
        with np.errstate(divide="ignore", invalid="ignore"):
            far_x = np.where(self.steps_x > 0, (self.moved_x - x0) ** 2 / self.steps_x, 0.0).sum()
            far_y = np.where(self.steps_y > 0, (self.moved_y - y0) ** 2 / self.steps_y, 0.0).sum()
        if far_x > 0 and far_y > 0:
            self.weight = float(np.exp(0.5 * np.log(self.weight) + 0.25 * np.log(far_y / far_x)))
        np.copyto(x0, self.moved_x)
        np.copyto(y0, self.moved_y)
        np.copyto(self.x, self.moved_x)
        np.copyto(self.y, self.moved_y)

    def _check(self) -> None:
        """Keep the better bound and the better plan."""
        from echelon.methods.planning.kernels.stencil import transposed

        program, years = self.program, self.program.years
        prices = np.where(program.equality[:, None], self.moved_y, np.maximum(self.moved_y, 0.0))
        reduced = np.empty_like(self.cost)
        transposed(self.by_column, prices, (self.cost, reduced))
        free = (np.minimum(reduced, 0.0) * self.upper).sum()
        bound = float(free - (prices * self.right).sum())
        if bound > self.bound:
            self.bound, self.dual = bound, prices[:, :years].copy()
        plan = self.repair(np.ascontiguousarray(self.moved_x[:, :years]))
        value = program.worth(plan)
        if value < self.value:
            self.value, self.plan = value, plan


def _padded(array: Array) -> Array:
    """Return an array with years of zeros behind, so that their number is a multiple of four."""
    more = -array.shape[1] % 4
    return np.pad(array, ((0, 0), (0, more))).astype(float)
