"""Make a table fit given margins: biproportional fitting (RAS, iterative proportional fitting)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = ["rake", "rake_cube"]

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
        When figures are negative or unknown, or the totals differ.
    InsufficientData
        When the zeros of the seed make the sums impossible: it does not converge.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). Annals of Mathematical Statistics 11, 427-444.
    Miller, R. E., & Blair, P. D. (2009). Input-Output Analysis, section 7.4.
    """
    for name, figures in (("seed", seed), ("rows", rows), ("columns", columns)):
        if np.isnan(figures).any() or (figures < 0).any():
            raise InvalidArgument(
                f"The {name} of a table to rake hold unknown or negative figures",
                fix="Fill or remove them first",
            )
    total = float(rows.sum())
    if abs(total - float(columns.sum())) > 1e-6 * max(total, 1.0):
        raise InvalidArgument(
            f"The row sums add up to {total:,.6g}, the column sums to {float(columns.sum()):,.6g}",
            fix="Scale one of them so that both have the same total",
        )
    table = seed.astype(np.float64)
    for _ in range(iterations):
        table = table * _ratio(rows, table.sum(axis=1))[:, None]
        table = table * _ratio(columns, table.sum(axis=0))[None, :]
        if np.abs(table.sum(axis=1) - rows).max(initial=0.0) <= tolerance * max(total, 1.0):
            return table
    worst = int(np.abs(table.sum(axis=1) - rows).argmax())
    raise InsufficientData(
        f"The table cannot be raked: row {worst} stays at {table.sum(axis=1)[worst]:,.6g} "
        f"instead of {rows[worst]:,.6g} after {iterations} rounds",
        fix="Check for rows or columns whose cells are all zero",
    )


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
