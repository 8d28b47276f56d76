"""What is left to plan once the first years are carried out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.planning.model import Model
from echelon.methods.planning.program import OwnRows

__all__ = ["later"]

Array = NDArray[np.float64]


def later(model: Model, plan: Array, done: int) -> Model:
    """Return the model of the years after the first ones, whose decisions are carried out.

    It starts from the people that there are then; those who are still being trained arrive, and the
    seats that were built stand. Costs stay discounted to the first year of all.

    Parameters
    ----------
    model : Model
        Without rows of the user.
    plan : array (columns, years)
        A plan of the model; its first years are those carried out.
    done : int
        How many years.
    """
    _, _, years = model.shape
    if not 0 <= done < years:
        raise InvalidArgument(f"done = {done} of {years} years", fix="Leave one year at least")
    if done == 0:
        return replace(model, own=OwnRows())
    last = done - 1
    shape = model.shape[:2]
    unmet, idle = (plan[model.columns[name], last].reshape(shape) for name in ("unmet", "idle"))
    spare = model.spare.copy()
    if "build" in model.columns:
        spare = spare + plan[model.columns["build"], :done].sum(axis=1)
    return replace(
        model, base=model.demand[..., last] - unmet + idle, demand=model.demand[..., done:],
        inflow=model.inflow[..., done:] + _still_to_come(model, plan, done),
        unmet_cost=model.unmet_cost[..., done:], idle_cost=model.idle_cost[..., done:],
        discount=model.discount[done:], spare=spare, budget=model.budget[..., done:],
        blocks=tuple(replace(block, upper=block.upper[:, done:]) for block in model.blocks),
        cap=model.cap[:, done:], cohort=model.cohort[:, done:],
        short_cost=model.short_cost[done:], own=OwnRows(),
    )  # fmt: skip


def _still_to_come(model: Model, plan: Array, done: int) -> Array:
    """Return people who arrive later from what was begun (regions, occupations, years left)."""
    regions, occupations, years = model.shape
    found = np.zeros((regions * occupations, years))
    for block in model.blocks:
        if block.claims:
            continue
        begun = plan[model.columns[block.name], :done]
        for lag in np.unique(block.lag):
            if lag >= years:
                continue
            at = block.lag == lag
            count = min(done, years - int(lag))
            people = block.people[at, None] * begun[block.unit[at], :count]
            np.add.at(found[:, lag : lag + count], block.node[at], people)
    return found[:, done:].reshape(regions, occupations, years - done)
