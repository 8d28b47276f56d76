"""The rungs of integration: separate plans, and what they come to when they are carried out together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning import DEPARTMENTS, Model, Repair, Solution, solve

__all__ = ["JOINED", "RUNGS", "Rung", "closed_limits", "make_rungs", "of_regions", "shared_out"]

Array = NDArray[np.float64]
State = tuple[Array, Array, float]

RUNGS = ("status_quo", "alone", "regions_joined", "departments_joined", "joint")
JOINED = {
    "status_quo": "nothing is decided",
    "alone": "each department of each region plans for itself",
    "regions_joined": "regions plan together within each department",
    "departments_joined": "departments plan together within each region",
    "joint": "all plan together",
}


@dataclass(frozen=True, eq=False)
class Rung:
    """What one way of planning comes to.

    Parameters
    ----------
    name : str
    plan : array (columns, years)
        Carried out together.
    cost : float
    bound : float
        What no plan of this rung can cost less than; for separate plans, what no plan at all can.
    promised : float
        Sum of the savings that the separate plans count on, each taken alone.
    solutions : tuple of Solution
    """

    name: str
    plan: Array
    cost: float
    bound: float
    promised: float
    solutions: tuple[Solution, ...]


def closed_limits(model: Model) -> dict[str, Array]:
    """Return limits under which no region uses another: no moves, the cap split by posts."""
    _, occupations, years = model.shape
    posts = model.demand.reshape(-1, years)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = model.demand / model.demand.sum(axis=0, keepdims=True)
    own = np.nan_to_num(share).reshape(-1, years) * np.tile(
        model.cap, (len(posts) // occupations, 1)
    )
    found = {}
    for block in model.blocks:
        if block.name in ("relocate", "depart", "arrive", "between"):
            found[block.name] = np.zeros_like(block.upper)
        if block.name == "recruit":
            found[block.name] = np.minimum(block.upper, own[block.node])
    return found


def _of_department(model: Model, place: int, limits: Mapping[str, Array]) -> dict[str, Array]:
    """Return limits under which one department decides alone."""
    return {
        block.name: np.where(
            (block.department == place)[:, None], limits.get(block.name, block.upper), 0.0
        )
        for block in model.blocks
    }


def make_rungs(
    model: Model, *, gap: float, joint: Solution | None = None,
    start: Mapping[tuple[str, int], State] | None = None,
) -> dict[str, Rung]:  # fmt: skip
    """Return every rung, the status quo first.

    Parameters
    ----------
    model : Model
    gap : float
        Proven gap of every plan.
    joint : Solution, optional
        The joint plan, where it is known.
    start : mapping of (rung, place) to state, optional
        Of the solutions of a similar model.
    """
    repair, before = Repair(model), start or {}
    nothing = repair(np.zeros_like(model.program().cost))
    whole = model.program()
    idle = whole.worth(nothing)
    if joint is None:
        joint = solve(model, gap=gap, start=before.get(("joint", 0)))
    closed = closed_limits(model)
    found = {"status_quo": Rung("status_quo", nothing, idle, idle, 0.0, ())}
    solved: dict[tuple[int, bool], Solution] = {}
    for name, limits in (("alone", closed), ("regions_joined", {})):
        solutions: list[Solution] = []
        for place in range(len(DEPARTMENTS)):
            own = _of_department(model, place, limits)
            if not any(array.any() for array in own.values()):
                continue
            # A department whose levers never cross a border plans alike alone and joined.
            crosses = any(name in closed for name, array in own.items() if array.any())
            key = (place, crosses and name == "alone")
            if key not in solved:
                state = before.get((name, place))
                solved[key] = solve(model, limits=own, gap=gap, start=state)
            solutions.append(solved[key])
        together = _combined(model, solutions, nothing)
        plan = repair(together)
        promised = sum(idle - part.value for part in solutions)
        found[name] = Rung(
            name, plan, whole.worth(plan), joint.bound, promised, tuple(solutions)
        )  # fmt: skip
    regional = solve(model, limits=closed, gap=gap, start=before.get(("departments_joined", 0)))
    # A plan of separate departments is one that they could also make together.
    best = min((regional.plan, found["alone"].plan), key=whole.worth)
    found["departments_joined"] = Rung(
        "departments_joined", best, whole.worth(best), regional.bound, idle - regional.value,
        (regional,),
    )  # fmt: skip
    plans = [joint.plan, *(found[name].plan for name in found)]
    best = min(plans, key=whole.worth)
    found["joint"] = Rung(
        "joint", best, whole.worth(best), joint.bound, idle - joint.value, (joint,)
    )
    return found


def _combined(model: Model, solutions: list[Solution], nothing: Array) -> Array:
    """Return the decisions of separate plans side by side."""
    together = np.zeros_like(nothing)
    for block in model.blocks:
        at = model.columns[block.name]
        for part in solutions:
            together[at] += part.plan[at]
    return together


def of_regions(model: Model, plan: Array) -> Array:
    """Return what a plan costs each region (regions,)."""
    regions, occupations, _ = model.shape
    cost = model.program().cost
    spent = (cost * plan).sum(axis=1)
    found = np.zeros(regions)
    for name in ("unmet", "idle"):
        found += spent[model.columns[name]].reshape(regions, occupations).sum(axis=1)
    found += spent[model.columns["short"]]
    for block in model.blocks:
        np.add.at(found, block.home, spent[model.columns[block.name]])
    return found


def shared_out(model: Model, found: Solution) -> Array:
    """Return each region's part of the bound at the prices of the joint plan (regions,).

    Every region is charged for what it has at the joint plan's prices: its people, posts, budgets,
    its part of the cap by posts, half of each way that it shares. No region pays more than its best
    plan behind closed borders would cost (Owen, 1975).
    """
    regions, occupations, _ = model.shape
    program = found.program
    rows = np.where(program.equality[:, None], found.dual.rows, np.maximum(found.dual.rows, 0.0))
    paid = -(rows * program.right)
    node = np.repeat(np.arange(regions), occupations)
    part = np.zeros(regions)
    for name in ("balance", "leavers", "team"):
        np.add.at(part, node, paid[model.rows[name]].sum(axis=1))
    for name in ("cohort", "filled"):
        part += paid[model.rows[name]].sum(axis=1)
    train = next((block for block in model.blocks if block.name == "train"), None)
    if train is not None:
        np.add.at(part, train.home, paid[model.rows["seats"]].sum(axis=1))
    part += paid[model.rows["budget"]].sum(axis=1).reshape(-1, regions).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(model.demand / model.demand.sum(axis=0, keepdims=True))
    part += (share * paid[model.rows["cap"]]).sum(axis=(1, 2))
    free = (np.minimum(program.reduced_costs(found.dual), 0.0) * program.upper).sum(axis=1)
    for name in ("unmet", "idle"):
        np.add.at(part, node, free[model.columns[name]])
    part += free[model.columns["short"]]
    for block in model.blocks:
        own = free[model.columns[block.name]]
        if block.name == "relocate":
            for sign in (-1, 1):
                at = block.people * sign > 0
                np.add.at(part, block.node[at] // occupations, 0.5 * own[block.unit[at]])
        else:
            np.add.at(part, block.home, own)
    return part
