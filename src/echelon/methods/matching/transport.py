"""The aggregated problem: how many people of each type go to each type of post, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.matching.grammar import Figures

__all__ = ["Transport", "transport"]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Transport:
    """The best flow between types, with the worth of one more on each side.

    Parameters
    ----------
    flow : array (n, m)
        People of each type in posts of each type, whole numbers.
    value : float
    price : array (m,)
        Worth of one more seat.
    profit : array (n,)
        Worth of one more person.
    """

    flow: Whole
    value: float
    price: Array
    profit: Array


def transport(score: Array, *, people: Figures, seats: Figures) -> Transport:
    """Send people of some types to posts of some types so that the total score is the largest.

    max sum x_ij s_ij, with sum_j x_ij <= people_i, sum_i x_ij <= seats_j, x >= 0. The linear
    programme has whole solutions because the supplies are whole; solved by HiGHS's dual simplex.

    Parameters
    ----------
    score : array (n, m)
        ``-inf`` where people may not go. What is not above 0 is not used.
    people : array (n,)
    seats : array (m,)

    Returns
    -------
    Transport

    Raises
    ------
    InvalidArgument
        When sizes do not fit, scores are unknown, or supplies are no whole numbers of 0 or more.
    InsufficientData
        When the solver finds no optimum.
    """
    from scipy import sparse
    from scipy.optimize import linprog

    worth = np.asarray(score, dtype=float)
    supply, room = np.asarray(people, dtype=float), np.asarray(seats, dtype=float)
    if worth.shape != (len(supply), len(room)) or np.isnan(worth).any() or np.isposinf(worth).any():
        raise InvalidArgument(
            f"The scores must be known figures for {len(supply)} types by {len(room)} types"
        )
    for name, figures in (("people", supply), ("seats", room)):
        wrong = np.flatnonzero(~((figures >= 0) & (figures == np.floor(figures))))
        if len(wrong):
            raise InvalidArgument(
                f"The {name} of type {wrong[0]} are {figures[wrong[0]]:g}, which is no whole number "
                "of 0 or more"
            )
    row, column = np.nonzero(worth > 0)
    flow = np.zeros(worth.shape, dtype=np.int64)
    if not len(row):
        return Transport(flow, 0.0, np.zeros(len(room)), np.zeros(len(supply)))
    cell = np.arange(len(row))
    limits = sparse.csr_matrix(
        (np.ones(2 * len(row)), (np.r_[row, column + len(supply)], np.r_[cell, cell])),
        shape=(len(supply) + len(room), len(row)),
    )
    most = np.r_[supply, room]
    found: Any = linprog(-worth[row, column], A_ub=limits, b_ub=most, method="highs-ds")  # type: ignore[call-overload]
    if found.status != 0:
        raise InsufficientData(f"The transport problem has no solution: {found.message}")
    flow[row, column] = np.rint(found.x).astype(np.int64)
    dual = -found.ineqlin.marginals
    value = float((flow[row, column] * worth[row, column]).sum())
    return Transport(flow, value, dual[len(supply) :], dual[: len(supply)])
