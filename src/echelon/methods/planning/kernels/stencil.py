"""Steps of the primal-dual iteration on a template that repeats every year.

Years are innermost and their number is a multiple of four, so that entries without a lag are
handled four years at a time. Entries are four arrays: where each column (or row) starts, the rows
(or columns), the lags, the values.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["dual_step", "primal_step", "transposed"]

_FAST = {"contract", "reassoc", "nsz"}
Array = NDArray[np.float64]
Entries = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], Array]


@njit(cache=True, fastmath=_FAST, inline="always")
def _add(total: Array, value: float, figures: Array, lag: int) -> None:  # pragma: no cover
    """Add ``value`` times the figures of ``lag`` years later."""
    years = total.shape[0]
    if lag == 0:
        for start in range(0, years, 4):
            for t in range(4):
                total[start + t] += value * figures[start + t]
    else:
        for t in range(years - lag):
            total[t] += value * figures[t + lag]


@njit(cache=True, fastmath=_FAST)
def transposed(
    entries: Entries, prices: Array, both: tuple[Array, Array]
) -> None:  # pragma: no cover
    """Write ``cost + A'y`` for every column and year; ``both`` is the cost and where to write."""
    starts, rows, lags, values = entries
    cost, out = both
    for column in range(cost.shape[0]):
        total = out[column]
        for t in range(cost.shape[1]):
            total[t] = cost[column, t]
        for entry in range(starts[column], starts[column + 1]):
            _add(total, values[entry], prices[rows[entry]], lags[entry])


@njit(cache=True, fastmath=_FAST)
def primal_step(
    entries: Entries,
    problem: tuple[NDArray[np.int64], Array, Array, Array, float, float, bool],
    points: tuple[Array, Array, Array, Array, Array],
) -> float:  # pragma: no cover
    """Step in ``x``; leave ``2x' - x`` in ``forward``, ``x'`` in ``moved``, Halpern's mean in ``x``."""
    starts, rows, lags, values = entries
    active, cost, upper, steps, weight, share, measured = problem
    x, y, x0, forward, moved = points
    years = cost.shape[1]
    gradient = np.empty(years)
    change, inverse, kept = 0.0, 1.0 / weight, 1.0 - share
    for column in active:
        for t in range(years):
            gradient[t] = cost[column, t]
        for entry in range(starts[column], starts[column + 1]):
            _add(gradient, values[entry], y[rows[entry]], lags[entry])
        for t in range(years):
            old = x[column, t]
            new = old - steps[column, t] * inverse * gradient[t]
            new = min(max(new, 0.0), upper[column, t])
            ahead = 2.0 * new - old
            moved[column, t] = new
            forward[column, t] = ahead
            x[column, t] = kept * ahead + share * x0[column, t]
            gradient[t] = new - old
        if measured:
            for t in range(years):
                if steps[column, t] > 0.0:
                    change += gradient[t] * gradient[t] / steps[column, t]
    return change


@njit(cache=True, fastmath=_FAST)
def dual_step(
    entries: Entries,
    problem: tuple[Array, NDArray[np.bool_], Array, float, float, bool],
    points: tuple[Array, Array, Array, Array],
) -> float:  # pragma: no cover
    """Step in ``y`` from ``forward``; leave ``y'`` in ``moved``, Halpern's mean in ``y``."""
    starts, columns, lags, values = entries
    right, equality, steps, weight, share, measured = problem
    forward, y, y0, moved = points
    rows, years = right.shape
    use = np.empty(years)
    change, kept = 0.0, 1.0 - share
    for row in range(rows):
        for t in range(years):
            use[t] = -right[row, t]
        for entry in range(starts[row], starts[row + 1]):
            value, lag, figures = values[entry], lags[entry], forward[columns[entry]]
            if lag == 0:
                _add(use, value, figures, 0)
            else:
                for t in range(lag, years):
                    use[t] += value * figures[t - lag]
        free = equality[row]
        for t in range(years):
            old = y[row, t]
            new = old + steps[row, t] * weight * use[t]
            if not free:
                new = max(new, 0.0)
            moved[row, t] = new
            y[row, t] = kept * (2.0 * new - old) + share * y0[row, t]
            use[t] = new - old
        if measured:
            for t in range(years):
                if steps[row, t] > 0.0:
                    change += use[t] * use[t] / steps[row, t]
    return change
