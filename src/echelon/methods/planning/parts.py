"""Parts of a plan: the plan of some regions alone, and the decisions of one while the others stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.planning.model import Block, Model
from echelon.methods.planning.program import OwnRows, Program

__all__ = ["coalition", "some_decisions"]

Array = NDArray[np.float64]


def coalition(model: Model, members: NDArray[np.bool_]) -> Model:
    """Return the model of some regions that plan together behind a border of their own.

    They have their own people, posts, seats and budgets, the moves among them, and of the cap on
    recruits their part by posts.

    Parameters
    ----------
    model : Model
        Without rows of the user and without hubs.
    members : array of bool (regions,)
    """
    if model.hubs is not None:
        raise InvalidArgument(
            "Regions that move people by way of hubs cannot be taken apart",
            fix="Give the moves between pairs of regions",
        )
    occupations = model.shape[1]
    place = np.cumsum(members) - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        share = model.demand[members].sum(axis=0) / model.demand.sum(axis=0)
    blocks, spare = [], model.spare
    for block in model.blocks:
        at = block.node // occupations
        inside = members[block.home]
        outside = np.bincount(block.unit, weights=~members[at], minlength=block.units) > 0
        kept = inside & ~outside
        if block.name == "train":
            spare = spare[kept]
        blocks.append(_kept(block, kept, place, occupations))
    return replace(
        model, base=model.base[members], demand=model.demand[members],
        inflow=model.inflow[members], leaving=model.leaving[members],
        unmet_cost=model.unmet_cost[members], idle_cost=model.idle_cost[members],
        blocks=tuple(blocks), spare=spare, budget=model.budget[:, members],
        cap=model.cap * np.nan_to_num(share), cohort=model.cohort[members],
        leavers=None if model.leavers is None else model.leavers[members], own=OwnRows(),
    )  # fmt: skip


def _kept(
    block: Block, kept: NDArray[np.bool_], place: NDArray[np.int64], occupations: int
) -> Block:
    """Return the units of a block that are kept, regions and units counted anew."""
    entry = kept[block.unit]
    unit = (np.cumsum(kept) - 1)[block.unit[entry]]
    region, occupation = np.divmod(block.node[entry], occupations)
    return replace(
        block, upper=block.upper[kept], cost=block.cost[kept], worth=block.worth[kept],
        home=place[block.home[kept]], department=block.department[kept], unit=unit,
        node=place[region] * occupations + occupation, lag=block.lag[entry],
        people=block.people[entry],
    )  # fmt: skip


def some_decisions(
    program: Program, plan: Array, *, columns: NDArray[np.bool_], rows: NDArray[np.bool_]
) -> Program:
    """Return the program of some decisions while the others stand as in a plan.

    Parameters
    ----------
    program : Program
        Without rows of the user.
    plan : array (columns, years)
    columns : array of bool (columns,)
        Which are decided anew.
    rows : array of bool (rows,)
        Which limits still count.
    """
    standing = np.where(columns[:, None], 0.0, plan)
    used = (program.matrix @ standing.ravel())[: program.right.size].reshape(program.right.shape)
    touched = np.zeros(len(rows), dtype=bool)
    touched[program.row[columns[program.column]]] = True
    rows = rows & touched
    entry = columns[program.column] & rows[program.row]
    return Program(
        cost=program.cost[columns], upper=program.upper[columns],
        right=(program.right - used)[rows], equality=program.equality[rows],
        row=(np.cumsum(rows) - 1)[program.row[entry]],
        column=(np.cumsum(columns) - 1)[program.column[entry]], lag=program.lag[entry],
        value=program.value[entry],
    )  # fmt: skip
