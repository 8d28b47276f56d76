"""A linear program over years whose matrix is a template that repeats every year."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, MisalignedLabels

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Dual", "OwnRows", "Program"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class OwnRows:
    """Constraints of the user beside the template: ``low <= sum of value * x[column, year] <= high``.

    Parameters
    ----------
    names : tuple of str
        One name per row.
    row, column, year : arrays of int (entries,)
    value : array (entries,)
    low, high : arrays (rows,)
    """

    names: tuple[str, ...] = ()
    row: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    column: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    year: Places = field(default_factory=lambda: np.zeros(0, np.int64))
    value: Array = field(default_factory=lambda: np.zeros(0))
    low: Array = field(default_factory=lambda: np.zeros(0))
    high: Array = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Dual:
    """Prices of rows: any of them gives a bound on what every plan must cost.

    Parameters
    ----------
    rows : array (rows, years)
        Of the template; 0 or more for inequalities.
    own : array (own rows,)
        Of the user's rows; above 0 for the upper end, below 0 for the lower one.
    """

    rows: Array
    own: Array = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, eq=False)
class Program:
    """Minimise ``sum cost * x`` over ``0 <= x <= upper`` with rows that look alike in every year.

    Row ``i`` of year ``t`` reads ``sum over entries of value * x[column, t - lag] = right[i, t]``,
    or ``<=`` where ``equality[i]`` is False; years before the first add nothing. Because every
    column is boxed, prices ``y`` give the bound
    ``- sum y * right + sum min(0, cost + A'y) * upper`` on the cost of all plans.

    Parameters
    ----------
    cost, upper : arrays (columns, years)
    right : array (rows, years)
    equality : array of bool (rows,)
    row, column, lag : arrays of int (entries,)
    value : array (entries,)
    own : OwnRows
    """

    cost: Array
    upper: Array
    right: Array
    equality: NDArray[np.bool_]
    row: Places
    column: Places
    lag: Places
    value: Array
    own: OwnRows = field(default_factory=OwnRows)

    def __post_init__(self) -> None:
        if self.cost.shape != self.upper.shape or self.right.shape[1] != self.cost.shape[1]:
            raise MisalignedLabels("The program's costs, bounds and rows have different shapes")
        if not (np.isfinite(self.upper).all() and (self.upper >= 0).all()):
            raise InvalidArgument("A bound of the program is not a number of 0 or more")
        if not (np.isfinite(self.cost).all() and np.isfinite(self.right).all()):
            raise InvalidArgument("A cost or right-hand side of the program is not a number")

    @property
    def years(self) -> int:
        """Number of years."""
        return self.cost.shape[1]

    @property
    def size(self) -> tuple[int, int, int]:
        """Columns, rows and entries over all years, the user's rows apart."""
        entries = int(np.maximum(self.years - self.lag, 0).sum())
        return self.cost.size, self.right.size, entries

    @property
    def memory(self) -> int:
        """Bytes that a solution by the first-order solver needs."""
        columns, rows, _ = self.size
        return 8 * (9 * columns + 8 * rows) + 2 * 24 * len(self.row)

    @cached_property
    def matrix(self) -> csr_array:
        """Sparse matrix of all rows, years innermost, the user's rows last."""
        from scipy.sparse import csr_array

        years, columns = self.years, self.cost.size
        rows, places, values = [], [], []
        for year in range(years):
            kept = self.lag <= year
            rows.append(self.row[kept] * years + year)
            places.append(self.column[kept] * years + year - self.lag[kept])
            values.append(self.value[kept])
        rows.append(self.right.size + self.own.row)
        places.append(self.own.column * years + self.own.year)
        values.append(self.own.value)
        entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(places)))
        return csr_array(entries, shape=(self.right.size + len(self.own), columns))

    def bound(self, dual: Dual) -> float:
        """Return what no plan can cost less than, given any prices, in plain sparse arithmetic."""
        rows = np.where(self.equality[:, None], dual.rows, np.maximum(dual.rows, 0.0)).ravel()
        reduced = self.reduced_costs(Dual(rows.reshape(self.right.shape), dual.own)).ravel()
        ends = np.where(dual.own > 0, self.own.high, self.own.low)
        own = np.where(dual.own == 0, 0.0, dual.own) * np.where(dual.own == 0, 0.0, ends)
        paid = (rows * self.right.ravel()).sum() + own.sum()
        return float((np.minimum(reduced, 0.0) * self.upper.ravel()).sum() - paid)

    def reduced_costs(self, dual: Dual) -> Array:
        """Return what one more unit of each column changes, prices of rows counted (columns, years)."""
        rows = np.where(self.equality[:, None], dual.rows, np.maximum(dual.rows, 0.0)).ravel()
        prices = np.concatenate([rows, dual.own])
        reduced: Array = self.cost + (self.matrix.T @ prices).reshape(self.cost.shape)
        return reduced

    def worth(self, plan: Array) -> float:
        """Return the cost of a plan (columns, years)."""
        return float((self.cost * plan).sum())

    def violations(self, plan: Array) -> tuple[float, float, float]:
        """Return by how much a plan breaks rows, the user's rows, and bounds, at most."""
        use = self.matrix @ plan.ravel()
        over = use[: self.right.size].reshape(self.right.shape) - self.right
        broken = np.where(self.equality[:, None], np.abs(over), np.maximum(over, 0.0))
        own = use[self.right.size :]
        apart = np.maximum(np.maximum(own - self.own.high, self.own.low - own), 0.0)
        outside = np.maximum(-plan, plan - self.upper)
        return (
            float(broken.max(initial=0.0)),
            float(apart.max(initial=0.0)),
            float(outside.max(initial=0.0)),
        )
