"""Hubs between which the moves of people are bundled, and the hubs of drawn moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.methods.hubs import Allocation, HubProblem, locate_hubs, most_used_hubs, nearest_hubs
from echelon.plan.site_demand import Served
from echelon.plan.site_search import Drawn, Found, Question, drawn_of
from echelon.proofs import HubCertificate

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["draw_hubs", "find_hubs", "read_moved"]

Array = NDArray[np.float64]
# Sets of hubs that a draw chooses among.
_NEAR = 60


def read_moved(system: System, year: int | None) -> tuple[Served, Array, Array]:
    """Read who moves from where to where, and with which variance; everybody.

    Parameters
    ----------
    system : System
    year : int, optional
        By default the last years, at most five, added up.

    Returns
    -------
    tuple of Served, array (m, m), array (m, m)
        Movers by region (leavers and arrivals), people from row to column, variances.
    """
    from echelon.measure.moves import read_moves

    moves = read_moves(system, education="all", years=None if year is None else [year])
    ends = moves.people.sum(axis=1) + moves.people.sum(axis=0)
    served = Served(
        moves.regions, ends[None], np.zeros((1, len(ends))), moves.years[-1], ("movers",), "people",
        "flows", (moves.unconnected,), moves.steps, moves.caveats,
    )  # fmt: skip
    return served, moves.people, moves.variance


def find_hubs(
    question: Question, distance: Array, flow: Array, *, allocation: Allocation,
    rates: tuple[float, float, float], unit: str,
) -> Found:  # fmt: skip
    """Find the hubs with the least cost of all moves.

    Parameters
    ----------
    question : Question
    distance, flow : arrays (m, m)
    allocation : {"single", "multiple"}
    rates : tuple of three floats
        Cost of a unit of distance to the hub, between hubs and from the hub.
    unit : str
        Of the distance.

    Returns
    -------
    Found
        The value is the mean cost of a move.
    """
    assert question.counts is not None
    problem = HubProblem(
        flow / flow.sum(),
        distance,
        int(question.counts[0]),
        question.candidates,
        *rates,
        allocation,
    )
    proof = locate_hubs(problem)
    opened = np.zeros((1, len(distance)), bool)
    opened[0, proof.chosen] = True
    return Found(
        opened, proof.hub[None], HubCertificate(problem, proof, f"{unit} a move, weighted")
    )


def draw_hubs(found: Found, flow: Array, variance: Array, *, transfer: Array, seed: int) -> Drawn:
    """Choose the hubs again for drawn moves and drawn rates, among the sets that came nearest.

    Parameters
    ----------
    found : Found
    flow, variance : arrays (m, m)
    transfer : array (draws,)
        Rate between hubs.
    seed : int

    Returns
    -------
    Drawn
    """
    assert isinstance(found.certificate, HubCertificate)
    problem = found.certificate.problem
    generator = np.random.default_rng(np.random.SeedSequence([seed, 67]))
    chunks = list(problem.sets())
    costs = np.concatenate([problem.cost_by_best_hubs(chunk) for chunk in chunks])
    near = np.concatenate(chunks)[np.argsort(costs, kind="stable")[:_NEAR]]
    near = np.unique(np.vstack([near, found.certificate.proof.chosen]), axis=0)
    m, draws = len(flow), len(transfer)
    opened, serving = np.zeros((draws, 1, m), bool), np.zeros((draws, 1, m), np.int64)
    weights = np.zeros((draws, 1, m))
    moved = (variance > 0) & (flow > 0)
    shape = np.where(moved, flow**2 / np.where(moved, variance, 1.0), 1.0)
    for place, rate in enumerate(transfer):
        drawn = np.where(moved, flow * generator.gamma(shape) / shape, flow)
        own = HubProblem(
            drawn / drawn.sum(), problem.distance, problem.hubs, problem.candidates,
            problem.collect, float(rate), problem.distribute, problem.allocation,
        )  # fmt: skip
        if problem.allocation == "multiple":
            best = int(own.cost_by_best_hubs(near).argmin())
            serving[place, 0] = most_used_hubs(own, near[best])
        else:
            hubs = [nearest_hubs(own, chosen) for chosen in near]
            best = int(np.argmin([own.cost_of(hub) for hub in hubs]))
            serving[place, 0] = hubs[best]
        opened[place, 0, near[best]] = True
        weights[place, 0] = drawn.sum(axis=0) + drawn.sum(axis=1)
    weights /= weights.sum(axis=2, keepdims=True)
    return drawn_of(opened, serving, distance=problem.distance, weights=weights, radius=None)
