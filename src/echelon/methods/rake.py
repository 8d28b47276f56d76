"""Make a table fit given margins: biproportional fitting (RAS, iterative proportional fitting)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = ["margin_error", "rake", "rake_cube", "ras"]

Array = NDArray[np.float64]


def rake(
    seed: Array, rows: Array, columns: Array, *, tolerance: float = 1e-9, iterations: int = 1000
) -> Array:
    """Scale the rows and columns of a table until it has the given sums.

    Alternately z <- z * rows / row sums and z <- z * columns / column sums. The result is the table
    with these margins that is nearest to the seed in relative entropy. Zeros stay zero.

    Parameters
    ----------
    seed : array (n, m)
        The pattern; not negative.
    rows, columns : arrays (n,) and (m,)
        The sums wanted; both must have the same total.
    tolerance : float
        Largest error of a row sum at the end, relative to the total.
    iterations : int
        At most so many rounds.

    Returns
    -------
    array (n, m)

    Raises
    ------
    InvalidArgument
        When figures are negative or unknown, the totals differ, or the shapes do not agree.
    InsufficientData
        When the zeros of the seed make the sums impossible, with the least error that any table with
        these zeros must have; or when it is merely slow.

    Notes
    -----
    The nearest table is not the true one: in the case of Miller and Blair the coefficients are off
    by 0.095 on average.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). Annals of Mathematical Statistics 11, 427-444.
    Miller, R. E., & Blair, P. D. (2009). Input-Output Analysis, section 7.4.
    """
    _checked(seed, rows, columns)
    total = float(rows.sum())
    table = seed.astype(np.float64)
    for _ in range(iterations):
        table = table * _ratio(rows, table.sum(axis=1))[:, None]
        table = table * _ratio(columns, table.sum(axis=0))[None, :]
        if np.abs(table.sum(axis=1) - rows).max(initial=0.0) <= tolerance * max(total, 1.0):
            if np.abs(table.sum(axis=0) - columns).max(initial=0.0) <= tolerance * max(total, 1.0):
                return table
            break
    raise InsufficientData(_why(seed, rows, columns, table), fix=_FIX)


_FIX = (
    "Check for rows or columns whose cells are all zero, put a small figure where a zero of the "
    "pattern is only a gap, or allow more rounds"
)


def ras(coefficients: Array, output: Array, *, rows: Array, columns: Array) -> Array:
    """Bring old input coefficients up to date with new totals of rows and columns.

    The flows ``coefficients * output`` are raked to the sums and divided by the output again.

    Parameters
    ----------
    coefficients : array (n, m)
        Share of each input in the output of each column, at the old time.
    output : array (m,)
        Output of the columns at the new time, above 0.
    rows, columns : arrays (n,) and (m,)
        Sums of the flows at the new time.

    Returns
    -------
    array (n, m)

    References
    ----------
    Miller, R. E., & Blair, P. D. (2009). Input-Output Analysis, section 7.4.2.
    """
    if (output <= 0).any():
        raise InvalidArgument(
            "A column has no output", fix="Leave out the columns whose output is 0"
        )
    table: Array = rake(coefficients * output, rows, columns) / output
    return table


def margin_error(table: Array, rows: Array, columns: Array) -> float:
    """Return the largest difference between a sum of the table and the sum wanted."""
    off = np.abs(table.sum(axis=1) - rows).max(initial=0.0)
    return float(max(off, np.abs(table.sum(axis=0) - columns).max(initial=0.0)))


def _checked(seed: Array, rows: Array, columns: Array) -> None:
    for name, figures in (("seed", seed), ("rows", rows), ("columns", columns)):
        if np.isnan(figures).any() or (figures < 0).any():
            raise InvalidArgument(
                f"The {name} of a table to rake hold unknown or negative figures",
                fix="Fill or remove them first",
            )
    if seed.shape != (rows.size, columns.size):
        raise InvalidArgument(
            f"The table to rake is {seed.shape}, its sums are of {rows.size} rows and "
            f"{columns.size} columns",
            fix="Give one sum for each row and column",
        )
    total = float(rows.sum())
    if abs(total - float(columns.sum())) > 1e-6 * max(total, 1.0):
        raise InvalidArgument(
            f"The row sums add up to {total:,.6g}, the column sums to {float(columns.sum()):,.6g}",
            fix="Scale one of them so that both have the same total",
        )


def _why(seed: Array, rows: Array, columns: Array, table: Array) -> str:
    """Say which sum is missed, and whether any table with these zeros could have met it."""
    off_row, off_column = np.abs(table.sum(axis=1) - rows), np.abs(table.sum(axis=0) - columns)
    kind, off, have, wanted = (
        ("row", off_row, table.sum(axis=1), rows)
        if off_row.max(initial=0.0) >= off_column.max(initial=0.0)
        else ("column", off_column, table.sum(axis=0), columns)
    )
    worst = int(off.argmax())
    unplaced = _unplaced(seed, rows, columns)
    total = max(float(rows.sum()), 1.0)
    reason = (
        f"its zeros leave {unplaced:,.6g} of {total:,.6g} without a cell"
        if unplaced > 1e-9 * total
        else "the sums are possible, but only in the limit where further cells become zero"
    )
    return (
        f"The table cannot be raked: {kind} {worst} stays at {have[worst]:,.6g} instead of "
        f"{wanted[worst]:,.6g}; {reason}"
    )


def _unplaced(seed: Array, rows: Array, columns: Array) -> float:
    """Return how much of the total no table with the zeros of the seed can place (linear programme)."""
    from scipy import sparse
    from scipy.optimize import linprog

    row, column = np.nonzero(seed)
    if not row.size:
        return float(rows.sum())
    cells = np.arange(row.size)
    one = np.ones(row.size)
    limits: Any = sparse.vstack(
        [
            sparse.csr_array((one, (row, cells)), shape=(rows.size, row.size)),
            sparse.csr_array((one, (column, cells)), shape=(columns.size, row.size)),
        ]
    )
    placed = linprog(-one, A_ub=limits, b_ub=np.concatenate([rows, columns]), method="highs")
    return float(rows.sum() + placed.fun)


def rake_cube(
    seed: Array, *, front: Array, side: Array, top: Array, groups: Array,
    tolerance: float = 1e-9, iterations: int = 2000,
) -> Array:  # fmt: skip
    """Scale a table of three dimensions until the sums over each dimension are as given.

    In turn z <- z * given / sum over one dimension, for the three of them. The result is the table
    with these margins that is nearest to the seed in relative entropy: it adds no association of all
    three dimensions that the seed lacks. Zeros stay zero.

    Parameters
    ----------
    seed : array (n, m, k)
        The pattern; not negative.
    front : array (n, m)
        Sums over the third dimension.
    side : array (m, k)
        Sums over the first dimension.
    top : array (n, g)
        Sums over the second dimension, of groups of the third.
    groups : array (k, g)
        1 where an item of the third dimension is in a group, else 0; each is in exactly one.
    tolerance : float
        Largest error of a sum at the end, relative to the total.
    iterations : int
        At most so many rounds.

    Returns
    -------
    array (n, m, k)

    Raises
    ------
    InvalidArgument
        When figures are negative or unknown, or the margins contradict each other.
    InsufficientData
        When no table has these sums: it does not converge.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). Annals of Mathematical Statistics 11, 427-444.
    Fienberg, S. E. (1970). Annals of Mathematical Statistics 41(3), 907-917.
    """
    for name, figures in (("seed", seed), ("front", front), ("side", side), ("top", top)):
        if np.isnan(figures).any() or (figures < 0).any():
            raise InvalidArgument(
                f"The {name} of a table to rake holds unknown or negative figures",
                fix="Fill or remove them first",
            )
    total = max(float(front.sum()), 1.0)
    pairs = (
        (front.sum(axis=0), side.sum(axis=1)),
        (front.sum(axis=1), top.sum(axis=1)),
        (side.sum(axis=0) @ groups, top.sum(axis=0)),
    )
    if max(float(np.abs(one - other).max(initial=0.0)) for one, other in pairs) > 1e-6 * total:
        raise InvalidArgument(
            "The margins of a table to rake contradict each other",
            fix="Scale them so that the sums that they share are equal",
        )
    table = seed.astype(np.float64)
    for _ in range(iterations):
        table = table * _ratio(side, table.sum(axis=0))[None]
        here = table.sum(axis=1) @ groups
        table = table * (_ratio(top, here) @ groups.T)[:, None, :]
        table = table * _ratio(front, table.sum(axis=2))[..., None]
        wrong = max(
            float(np.abs(table.sum(axis=0) - side).max(initial=0.0)),
            float(np.abs(table.sum(axis=1) @ groups - top).max(initial=0.0)),
        )
        if wrong <= tolerance * total:
            return table
    raise InsufficientData(
        f"The table cannot be raked: a margin stays wrong by {wrong:,.6g} after {iterations} rounds",
        fix="Check for margins whose cells are all zero",
    )


def _ratio(wanted: Array, have: Array) -> Array:
    """Return wanted / have, and 0 where there is nothing to scale."""
    return np.divide(wanted, have, out=np.zeros_like(wanted, dtype=np.float64), where=have > 0)
