"""Whole-number programs with a proof: an optimum, and a bound that anyone can recompute by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Program", "Proof", "dual_bound", "program_of", "prove", "solve"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
# What a linear program is solved to, as a share of the value.
_TOLERANCE = 1e-7
_FEASIBLE = 1e-6
_MOST_NODES = 400


@dataclass(frozen=True)
class Program:
    """Least cost c'x with row_low <= A x <= row_high, lower <= x <= upper, some of x whole.

    Every variable has both bounds, so any price of the rows gives a bound of the cost.

    Parameters
    ----------
    cost, lower, upper : arrays (n,)
    matrix : sparse array (m, n)
    row_low, row_high : arrays (m,)
        Infinite where a row has one end only.
    whole : bool array (n,)
    constant : float
        Part of the cost that no choice changes.
    """

    cost: Array = field(repr=False)
    matrix: csr_array = field(repr=False)
    row_low: Array = field(repr=False)
    row_high: Array = field(repr=False)
    lower: Array = field(repr=False)
    upper: Array = field(repr=False)
    whole: NDArray[np.bool_] = field(repr=False)
    constant: float = 0.0

    def total(self, values: Array) -> float:
        """Return the cost of a solution."""
        return float(self.cost @ values) + self.constant


@dataclass(frozen=True)
class Proof:
    """A solution and the tree of cases that shows how far from the best it can be.

    Each case is either split in two at a whole variable (at most ``split``, or more), or has prices
    of the rows from which a bound of its cost follows.

    Parameters
    ----------
    values : array (n,)
        The solution.
    value, bound : float
        Its cost, and what no solution can be below.
    variable, left, right, priced : int arrays (cases,)
        Variable of the split (-1 for none), its two cases, and the row of ``prices``.
    split : array (cases,)
    prices : array (leaves, m)
    """

    values: Array = field(repr=False)
    value: float
    bound: float
    variable: Places = field(repr=False)
    split: Array = field(repr=False)
    left: Places = field(repr=False)
    right: Places = field(repr=False)
    priced: Places = field(repr=False)
    prices: Array = field(repr=False)

    @property
    def gap(self) -> float:
        """By which share of the value the cost can at most be lowered."""
        return max(0.0, self.value - self.bound) / max(abs(self.value), 1e-12)

    @property
    def cases(self) -> int:
        """Number of cases that are not split."""
        return len(self.prices)

    def faults(self, program: Program) -> tuple[str, ...]:
        """Recompute feasibility, cost and the bound of every case, without any solver.

        Parameters
        ----------
        program : Program

        Returns
        -------
        tuple of str
            What is wrong; nothing when the proof holds.
        """
        found = []
        # Written so that an unknown figure fails every test.
        if not _violation(program, self.values) <= _FEASIBLE:
            found.append("The solution breaks a bound, a row or a whole number.")
        cost = program.total(self.values)
        if not abs(cost - self.value) <= _TOLERANCE * max(1.0, abs(cost)):
            found.append(f"The solution costs {cost:.10g}, not {self.value:.10g}.")
        if not self.bound <= self.value + _TOLERANCE * max(1.0, abs(self.value)):
            found.append("The bound is above the value of the solution.")
        return (*found, *self.bound_faults(program))

    def bound_faults(self, program: Program) -> tuple[str, ...]:
        """Recompute the bound of every case alone; nothing when it holds."""
        bound = self._recomputed(program)
        if not bound >= self.bound - _TOLERANCE * max(1.0, abs(self.bound)):
            return (f"The cases prove a bound of {bound:.10g}, not {self.bound:.10g}.",)
        return ()

    def _recomputed(self, program: Program) -> float:
        """Return the least bound over the cases, walked from the whole; each is met once."""
        least, met = np.inf, set()
        stack = [(0, program.lower, program.upper)]
        while stack:
            case, lower, upper = stack.pop()
            if case in met:
                return -np.inf
            met.add(case)
            at = int(self.variable[case])
            if at < 0:
                price = self.prices[self.priced[case]]
                if not np.isfinite(price).all():
                    return -np.inf
                least = min(least, dual_bound(program, price, lower=lower, upper=upper))
                continue
            if not program.whole[at] or self.split[case] != np.floor(self.split[case]):
                return -np.inf
            below, above = upper.copy(), lower.copy()
            below[at] = min(below[at], self.split[case])
            above[at] = max(above[at], self.split[case] + 1)
            stack += [
                (int(self.left[case]), lower, below),
                (int(self.right[case]), above, upper),
            ]
        return least


def program_of(
    cost: Array, matrix: csr_array, *, row_low: Array, row_high: Array, whole: NDArray[np.bool_],
    upper: Array | float = 1.0, constant: float = 0.0,
) -> Program:  # fmt: skip
    """Return a program whose variables lie between 0 and ``upper``."""
    from scipy.sparse import csr_array

    n = len(cost)
    return Program(
        cost=np.asarray(cost, float), matrix=csr_array(matrix), row_low=np.asarray(row_low, float),
        row_high=np.asarray(row_high, float), lower=np.zeros(n),
        upper=np.broadcast_to(np.asarray(upper, float), n).copy(), whole=whole, constant=constant,
    )  # fmt: skip


def dual_bound(program: Program, prices: Array, *, lower: Array, upper: Array) -> float:
    """Return what no x within bounds and rows can cost less than, whatever the prices are.

    y'b + sum_j min over x_j in [lower_j, upper_j] of (c - A'y)_j x_j, where b is the low end of a row
    with a positive price and the high end of one with a negative price.

    Parameters
    ----------
    program : Program
    prices : array (m,)
        One per row; a price on an end that a row does not have counts as 0.
    lower, upper : arrays (n,)
    """
    ends = np.where(prices > 0, program.row_low, program.row_high)
    prices = np.where(np.isfinite(ends), prices, 0.0)
    ends = np.where(np.isfinite(ends), ends, 0.0)
    reduced = program.cost - program.matrix.T @ prices
    if (lower > upper).any():
        return float("inf")
    free = np.minimum(reduced * lower, reduced * upper).sum()
    return float(prices @ ends + free) + program.constant


def solve(program: Program) -> Array:
    """Return an optimal solution, by HiGHS.

    Raises
    ------
    InsufficientData
        When no solution meets all rows.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        program.cost, integrality=program.whole.astype(int),
        bounds=Bounds(program.lower, program.upper),
        constraints=LinearConstraint(program.matrix, program.row_low, program.row_high),
        options={"mip_rel_gap": 0.0},
    )  # fmt: skip
    if found.x is None:
        raise InsufficientData("No choice meets all conditions", fix="Loosen one of them")
    values = np.asarray(found.x, float)
    return np.where(program.whole, np.round(values), values)


def prove(
    program: Program, values: Array | None = None, *, enough: float | None = None,
    most_nodes: int = _MOST_NODES,
) -> Proof:  # fmt: skip
    """Return the optimum with the prices that prove it, split into cases where prices do not do.

    Parameters
    ----------
    program : Program
    values : array (n,), optional
        A solution to prove; solved for when not given.
    enough : float, optional
        A bound that is high enough; by default the cost of the solution.
    most_nodes : int
        Cases looked at before the gap that is left is reported as it is.

    Returns
    -------
    Proof
    """
    best = solve(program) if values is None else values
    value = program.total(best)
    aim = value if enough is None else enough
    enough = aim - _TOLERANCE * max(1.0, abs(aim))
    variable, split, left, right, priced = [-1], [0.0], [-1], [-1], [-1]
    prices: list[Array] = []
    bound = np.inf
    stack = [(0, program.lower, program.upper)]
    while stack:
        case, lower, upper = stack.pop()
        price, point = _relaxed(program, lower, upper)
        least = dual_bound(program, price, lower=lower, upper=upper)
        at = _uneven(program, point, lower, upper)
        if least >= enough or at < 0 or len(variable) >= most_nodes:
            priced[case] = len(prices)
            prices.append(price)
            bound = min(bound, least)
            continue
        below, above = upper.copy(), lower.copy()
        below[at], above[at] = np.floor(point[at]), np.floor(point[at]) + 1
        variable[case], split[case] = at, float(np.floor(point[at]))
        left[case], right[case] = len(variable), len(variable) + 1
        stack += [(left[case], lower, below), (right[case], above, upper)]
        for column, empty in ((variable, -1), (left, -1), (right, -1), (priced, -1)):
            column += [empty, empty]
        split += [0.0, 0.0]
    return Proof(
        values=best, value=value, bound=min(bound, aim), variable=np.array(variable),
        split=np.array(split), left=np.array(left), right=np.array(right),
        priced=np.array(priced), prices=np.array(prices),
    )  # fmt: skip


def _uneven(program: Program, point: Array, lower: Array, upper: Array) -> int:
    """Return the whole variable that is farthest from a whole number, -1 when all are whole."""
    apart = np.where(program.whole & (lower < upper), np.abs(point - np.round(point)), 0.0)
    at = int(apart.argmax())
    return at if apart[at] > _FEASIBLE else -1


def _relaxed(program: Program, lower: Array, upper: Array) -> tuple[Array, Array]:
    """Return row prices and the solution of the program without whole numbers.

    Where nothing meets the rows, a dear way out of each row makes prices that show it.
    """
    from scipy import optimize
    from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

    # The types of the library admit dense arrays alone; the function takes sparse ones too.
    linprog: Any = optimize.linprog
    rows = np.maximum(np.asarray(abs(program.matrix).max(axis=1).todense()).ravel(), 1e-300)
    unit = max(float(np.abs(program.cost).max(initial=0.0)), 1e-300)
    matrix = (diags_array(1 / rows) @ program.matrix).tocsr()
    low, high, cost = program.row_low / rows, program.row_high / rows, program.cost / unit
    both = low == high
    top, bottom = np.isfinite(high) & ~both, np.isfinite(low) & ~both
    ways = {
        "A_ub": vstack([matrix[top], -matrix[bottom]]),
        "b_ub": np.concatenate([high[top], -low[bottom]]),
        "A_eq": matrix[both],
        "b_eq": low[both],
    }
    bounds = np.column_stack([lower, upper])
    found = linprog(cost, bounds=bounds, method="highs", **ways)
    n = len(cost)
    if found.x is None:
        ups, evens = ways["A_ub"].shape[0], int(both.sum())
        dear = 100.0 * max(1.0, float((np.abs(cost) * np.maximum(upper, 1.0)).sum()))
        away = eye_array(evens)
        ways["A_ub"] = hstack([ways["A_ub"], -eye_array(ups), csr_array((ups, 2 * evens))])
        ways["A_eq"] = hstack([ways["A_eq"], csr_array((evens, ups)), away, -away])
        extra = ups + 2 * evens
        bounds = np.vstack([bounds, np.column_stack([np.zeros(extra), np.full(extra, np.inf)])])
        found = linprog(
            np.concatenate([cost, np.full(extra, dear)]), bounds=bounds, method="highs", **ways
        )
    prices = np.zeros(len(low))
    if found.x is None:
        return prices, (lower + upper) / 2
    prices[both] = found.eqlin.marginals
    prices[top] += found.ineqlin.marginals[: int(top.sum())]
    prices[bottom] -= found.ineqlin.marginals[int(top.sum()) :]
    return prices * unit / rows, found.x[:n]


def _violation(program: Program, values: Array) -> float:
    """Return by how much a solution breaks its worst condition, as a share of the row's size."""
    activity = program.matrix @ values
    size = np.maximum(1.0, abs(program.matrix) @ np.abs(values))
    apart = np.concatenate(
        [
            (program.row_low - activity) / size,
            (activity - program.row_high) / size,
            program.lower - values,
            values - program.upper,
            np.abs(values - np.round(values))[program.whole],
        ]
    )
    return float(apart.max(initial=0.0))
