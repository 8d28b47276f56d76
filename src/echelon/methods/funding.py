"""Platforms funded and staffed together: what a budget and the people at work allow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon.methods.integer import Program, Proof, program_of, prove, solve

__all__ = ["Funding", "fund", "fund_first"]

Array = NDArray[np.float64]
Way = Literal["together", "money_first"]


@dataclass(frozen=True)
class Funding:
    """Platforms that can be funded, their teams and the limits.

    Parameters
    ----------
    value, cost : arrays (platforms,)
        A year at full activity.
    posts : array (cells, platforms)
        Posts of each platform in each cell of region and occupation.
    people : array (cells,)
        Who can join platforms.
    payer : int array (platforms,)
        Place of the budget that pays.
    budget : array (budgets,)
    """

    value: Array
    cost: Array
    posts: Array = field(repr=False)
    people: Array
    payer: NDArray[np.int64]
    budget: Array

    def program(self, *, staffed: bool = True) -> Program:
        """Return max sum_i v_i a_i - c_i y_i: a_i <= y_i, teams within people, costs within budgets.

        Parameters
        ----------
        staffed : bool
            Whether teams must be found; a platform is at full activity otherwise.
        """
        from scipy.sparse import csr_array

        n, cells, budgets = len(self.value), len(self.people), len(self.budget)
        eye = np.eye(n)
        pays = (self.payer == np.arange(budgets)[:, None]) * self.cost
        rows = [np.hstack([-eye, eye]), np.hstack([pays, np.zeros((budgets, n))])]
        high = [np.zeros(n), self.budget]
        if staffed:
            rows.append(np.hstack([np.zeros((cells, n)), self.posts]))
            high.append(self.people)
        matrix = csr_array(np.vstack(rows))
        return program_of(
            np.concatenate([self.cost, -self.value]), matrix,
            row_low=np.full(matrix.shape[0], -np.inf), row_high=np.concatenate(high),
            whole=np.arange(2 * n) < n,
        )  # fmt: skip

    def split(self, values: Array) -> tuple[NDArray[np.bool_], Array]:
        """Return who is funded, and the activity of each."""
        n = len(self.value)
        return values[:n] > 0.5, np.clip(values[n:], 0.0, 1.0)

    def net(self, funded: NDArray[np.bool_], activity: Array) -> float:
        """Return value less cost."""
        return float(self.value @ activity - self.cost @ funded)


def fund(funding: Funding) -> tuple[NDArray[np.bool_], Array, Proof, Program]:
    """Choose and staff platforms together, with the proof that no choice is worth more.

    Parameters
    ----------
    funding : Funding

    Returns
    -------
    tuple of bool array, array, Proof, Program
        Who is funded, at which activity; the cost of the proof is minus the net value.
    """
    program = funding.program()
    proof = prove(program)
    return (*funding.split(proof.values), proof, program)


def fund_first(funding: Funding) -> tuple[NDArray[np.bool_], Array]:
    """Choose platforms as if teams could always be found, then staff them as well as can be.

    Returns
    -------
    tuple of bool array, array
        Who is funded, and the activity that people allow.
    """
    chosen, _ = funding.split(solve(funding.program(staffed=False)))
    program = funding.program()
    n = len(chosen)
    program.lower[:n] = chosen
    program.upper[:n] = chosen
    funded, activity = funding.split(solve(program))
    return funded, activity
