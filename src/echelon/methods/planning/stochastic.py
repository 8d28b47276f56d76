"""Plans that are decided before it is known which scenario comes true, and what knowing is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels
from echelon.methods.planning.exact import Exact, Method, solve_exact
from echelon.methods.planning.program import Dual, Program

__all__ = ["TwoStage", "two_stage"]

Array = NDArray[np.float64]
_LARGE = 30_000
_NOTHING = slice(0, 0)


@dataclass(frozen=True, eq=False)
class TwoStage:
    """What deciding now costs in expectation, beside knowing beforehand and beside the mean scenario.

    Parameters
    ----------
    plans : tuple of arrays (columns, years)
        Of each scenario; the shared decisions agree.
    of_mean : array (columns, years)
        The plan for the mean scenario.
    costs, known, after_mean : arrays (scenarios,)
        Cost in each scenario of the plan, of the plan made knowing it, and of the shared decisions of
        the mean plan with the best that can follow; NaN where nothing can follow them.
    chance : array (scenarios,)
    promised : float
        What the plan for the mean scenario expects to cost.
    joined : Program
        Of all scenarios in one year: the shared decisions once, then each scenario's own.
    plan : array (columns, 1)
        Of ``joined``.
    dual : Dual
        Prices that prove how good it is.
    money : array of int
        Which rows of ``joined`` are budgets.
    """

    plans: tuple[Array, ...]
    of_mean: Array
    costs: Array
    known: Array
    after_mean: Array
    chance: Array
    promised: float
    joined: Program
    plan: Array
    dual: Dual
    money: NDArray[np.int64]

    @property
    def recourse(self) -> float:
        """Expected cost of the plan that prepares for every scenario (RP)."""
        return float((self.chance * self.costs).sum())

    @property
    def wait_and_see(self) -> float:
        """Expected cost if the scenario were known beforehand (WS)."""
        return float((self.chance * self.known).sum())

    @property
    def expected_result(self) -> float:
        """Expected cost of the decisions that the mean scenario suggests (EEV); NaN where unknown."""
        return float((self.chance * self.after_mean).sum())

    @property
    def perfect_information(self) -> float:
        """What knowing the scenario beforehand would save (EVPI = RP - WS)."""
        return self.recourse - self.wait_and_see

    @property
    def stochastic_solution(self) -> float:
        """What preparing for every scenario saves over planning for the mean (VSS = EEV - RP).

        NaN where nothing can follow the decisions for the mean in some scenario.
        """
        return self.expected_result - self.recourse


def two_stage(
    programs: Sequence[Program], mean: Program, *, chance: Array, shared: NDArray[np.bool_],
    money: slice = _NOTHING,
) -> TwoStage:  # fmt: skip
    """Decide what is shared before, and the rest after, it is known which scenario comes true.

    Parameters
    ----------
    programs : sequence of Program
        One per scenario, of the same shape.
    mean : Program
        Of the mean scenario.
    chance : array (scenarios,)
        Sums to 1.
    shared : array of bool (columns, years)
        Which decisions are taken before.
    money : slice
        Which rows of a scenario's program are budgets.

    Raises
    ------
    InvalidArgument, MisalignedLabels
    InsufficientData
        When a program has no solution.

    References
    ----------
    Birge, J. R., & Louveaux, F. (2011). Introduction to Stochastic Programming, chapters 1 and 4.
    """
    if len(programs) != len(chance) or abs(chance.sum() - 1) > 1e-9 or (chance < 0).any():
        raise InvalidArgument(
            "The chances of the scenarios do not sum to 1", fix="Give one per scenario"
        )
    if any(program.cost.shape != shared.shape for program in (*programs, mean)):
        raise MisalignedLabels("The scenarios have different decisions")
    joined, places = _joined(programs, chance, shared)
    found = _solved(joined)
    together = np.clip(found.decisions, 0.0, joined.upper)
    solution = together.ravel()
    plans = tuple(solution[place].reshape(shared.shape) for place in places)
    costs = np.array([p.worth(plan) for p, plan in zip(programs, plans, strict=True)])
    known = np.array([program.worth(_solved(program).decisions) for program in programs])
    of_mean = _solved(mean).decisions
    after = []
    for program in programs:
        first = np.where(shared, np.clip(of_mean, 0.0, program.upper), 0.0)
        rest = _solved(_fixed(program, first, shared), needed=False)
        worth = program.worth(np.where(shared, first, rest.decisions))
        after.append(np.nan if rest.infeasible else worth)
    return TwoStage(
        plans, of_mean, costs, known, np.array(after), chance, mean.worth(of_mean), joined,
        together, found.dual, _budget_rows(programs, money),
    )  # fmt: skip


def _budget_rows(programs: Sequence[Program], money: slice) -> NDArray[np.int64]:
    """Return which rows of the joined program are budgets."""
    found, start = [], 0
    for program in programs:
        rows = np.arange(len(program.right))[money]
        years = np.arange(program.years)
        found.append(start + (rows[:, None] * program.years + years).ravel())
        start += program.right.size
    return np.concatenate(found)


def _solved(program: Program, *, needed: bool = True) -> Exact:
    """Solve a program; one that is not needed may have no plan."""
    method: Method = "interior_point" if program.size[0] > _LARGE else "choose"
    found = solve_exact(program, method=method)
    if not found.finished and (needed or not found.infeasible):
        raise InsufficientData("A scenario has no plan", fix="Loosen its limits")
    return found


def _joined(
    programs: Sequence[Program], chance: Array, shared: NDArray[np.bool_]
) -> tuple[Program, list[NDArray[np.int64]]]:
    """Return one program of all scenarios with the shared decisions once, and where each one's lie."""
    first, size = shared.ravel(), shared.size
    own, count = np.flatnonzero(~first), len(programs)
    places = []
    for place in range(count):
        at = np.empty(size, dtype=np.int64)
        at[first] = np.arange(first.sum())
        at[own] = first.sum() + place * len(own) + np.arange(len(own))
        places.append(at)
    columns = int(first.sum()) + count * len(own)
    cost, upper = np.zeros(columns), np.full(columns, np.inf)
    rows, column, value, right, equality = [], [], [], [], []
    start = 0
    for program, share, at in zip(programs, chance, places, strict=True):
        np.add.at(cost, at, share * program.cost.ravel())
        np.minimum.at(upper, at, program.upper.ravel())
        entries = program.matrix.tocoo()
        rows.append(entries.row + start)
        column.append(at[entries.col])
        value.append(entries.data)
        right.append(program.right.ravel())
        equality.append(np.repeat(program.equality, program.years))
        start += program.right.size
    joined = Program(
        cost=cost[:, None], upper=upper[:, None], right=np.concatenate(right)[:, None],
        equality=np.concatenate(equality), row=np.concatenate(rows).astype(np.int64),
        column=np.concatenate(column), lag=np.zeros(sum(map(len, rows)), np.int64),
        value=np.concatenate(value),
    )  # fmt: skip
    return joined, places


def _fixed(program: Program, first: Array, shared: NDArray[np.bool_]) -> Program:
    """Return the program of what is left to decide."""
    used = (program.matrix @ first.ravel()).reshape(program.right.shape)
    upper = np.where(shared, 0.0, program.upper)
    return replace(program, right=program.right - used, upper=upper)
