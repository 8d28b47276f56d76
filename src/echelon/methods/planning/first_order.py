"""A certified first-order solver: restarted Halpern iterations of the primal-dual hybrid gradient."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.iteration import Iteration, Repair, gap_between
from echelon.methods.planning.program import Dual, Program

__all__ = ["FirstOrder", "Progress", "solve_first_order"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


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


_FINE = 1e-5
_FIRST, _MEASURED = 40, 20


def solve_first_order(
    program: Program, repair: Repair, *, gap: float = 1e-4, deadline: float = np.inf,
    most: int = 200_000, start: tuple[Array, Array, float] | None = None,
    tell: Callable[[Progress], None] | None = None, threads: int = 1,
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
    iteration = Iteration(program, repair, start=start, exact=gap < _FINE, threads=threads)
    with iteration.working():
        done, stopped = _run(iteration, (gap, deadline, most), tell)
    return FirstOrder(
        iteration.plan, Dual(iteration.dual), iteration.value, iteration.bound, done, stopped,
        iteration.state(),
    )  # fmt: skip


def _run(
    iteration: Iteration, limits: tuple[float, float, int],
    tell: Callable[[Progress], None] | None,
) -> tuple[int, str]:  # fmt: skip
    """Iterate until the gap, the deadline or an interruption; return iterations and why it stopped."""
    gap, deadline, most = limits
    begin, done, since = time.perf_counter(), 0, 0
    next_check, every = _FIRST, _FIRST
    first = last = error = np.inf
    try:
        iteration.check()
        while True:
            if iteration.gap <= gap:
                return done, "gap"
            if time.perf_counter() - begin > deadline:
                return done, "deadline"
            if done >= most:
                return done, "iterations"
            restart = False
            while done < next_check and not restart:
                measured = since == 0 or (since + 1) % _MEASURED == 0 or done + 1 == next_check
                error = iteration.step(1.0 / (since + 2.0), measured=measured)
                done, since = done + 1, since + 1
                if since == 1:
                    first = last = error
                elif measured:
                    fell = error <= 0.2 * first or (error <= 0.8 * first and error > last)
                    restart = fell or since >= 0.36 * done
                    last = error
            stale = False
            if done >= next_check or done - next_check + every > 0.5 * every:
                stale = iteration.check()
                next_check, every = done + every, min(int(every * 1.1), 200)
                if tell is not None:
                    seconds = time.perf_counter() - begin
                    tell(Progress(done, seconds, iteration.bound, iteration.value, iteration.gap))
            if restart or stale:
                iteration.restart(weigh=restart)
                since = 0
    except KeyboardInterrupt:
        return done, "interrupted"
