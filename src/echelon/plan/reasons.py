"""Why a decision is taken and another is not: what a unit is worth, and what it is charged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.methods.planning import Block, Model, Solution
from echelon.plan.assembled import units_of
from echelon.plan.setting import Setting

__all__ = ["reason_table"]

Array = NDArray[np.float64]
_CHARGES = {
    "budget": "the budget is used up", "seats": "there are no free seats",
    "cohort": "the cohort is used up", "leavers": "no more people may leave",
    "cap": "the cap on recruits is reached", "team": "the people of its team are wanted elsewhere",
    "own": "a constraint of yours allows no more",
}  # fmt: skip
_SHOWN, _NOTICED = 0.05, 0.01


def reason_table(setting: Setting, model: Model, found: Solution) -> pd.DataFrame:
    """Explain each decision of the best year by its reduced cost.

    ``net = worth - cost - charges``: what the people are worth where they arrive less where they
    leave, the money, and the prices of the limits that a unit uses, the user's own among them; an own
    constraint that asks for a unit charges less than 0. Nothing is decided where net is
    below 0; where it is above 0 the unit is at its own limit.

    Parameters
    ----------
    setting : Setting
    model : Model
    found : Solution

    Returns
    -------
    DataFrame
        One row per unit of every lever, in its year with the largest net worth: labels, year,
        amount, most, worth, cost, a column per charge, net, because.
    """
    parts = []
    for block in model.blocks:
        if block.name == "build" or not block.units:
            continue
        parts.append(_of_block(setting, model, found, block))
    table = pd.concat(parts, ignore_index=True)
    return table.drop(columns="department")


def _of_block(setting: Setting, model: Model, found: Solution, block: Block) -> pd.DataFrame:
    """Return the reasons of one lever, per unit and discounted to its own year."""
    years = model.shape[2]
    at = model.columns[block.name]
    charge = {"people": np.zeros((block.units, years))}
    charge |= {name: np.zeros((block.units, years)) for name in _CHARGES}
    owner = {
        name: (rows.start, rows.stop) for name, rows in model.rows.items() if rows.stop > rows.start
    }
    program = found.program
    own = (program.column >= at.start) & (program.column < at.stop)
    for name, (first, last) in owner.items():
        chosen = own & (program.row >= first) & (program.row < last)
        target = charge["people" if name == "balance" else name] if name != "filled" else None
        if target is None:
            continue
        for lag in np.unique(program.lag[chosen]):
            if lag >= years:
                continue
            entry = chosen & (program.lag == lag)
            prices = found.dual.rows[program.row[entry], lag:] * program.value[entry, None]
            np.add.at(target[:, : years - lag], program.column[entry] - at.start, prices)
    mine = (program.own.column >= at.start) & (program.own.column < at.stop)
    places = (program.own.column[mine] - at.start, program.own.year[mine])
    np.add.at(
        charge["own"], places, found.dual.own[program.own.row[mine]] * program.own.value[mine]
    )
    worth = -charge.pop("people") + block.worth[:, None] * model.discount
    cost = block.cost[:, None] * model.discount
    net = worth - cost - sum(charge.values())
    allowed = program.upper[at] > 0
    best = np.where(allowed, net, -np.inf).argmax(axis=1)
    unit = np.arange(block.units)
    rate = model.discount[best]
    amount = found.plan[at][unit, best]
    frame = units_of(setting, block).assign(
        year=setting.years[best], amount=amount, most=program.upper[at][unit, best],
        worth=worth[unit, best] / rate, cost=cost[unit, best] / rate,
        **{name: figures[unit, best] / rate for name, figures in charge.items()},
        net=net[unit, best] / rate,
    )  # fmt: skip
    frame["because"] = [_said(row) for row in frame.to_dict("records")]
    return frame


def _said(row: Mapping[Any, Any]) -> str:
    """Say in one sentence why a unit is used or not."""
    figures = {name: float(row[name]) for name in ("amount", "most", "worth", "cost", "net")}
    charges = {name: float(row[name]) for name in _CHARGES}
    if figures["most"] <= 0:
        return "Not possible: its limit is 0."
    used = figures["amount"] > _SHOWN
    told = f"a unit is worth {figures['worth']:,.0f} and costs {figures['cost']:,.0f}"
    if used and charges["own"] < -_NOTICED * max(abs(figures["worth"]), figures["cost"]):
        return f"Yes: your constraints or the table levers ask for it; {told}."
    if figures["worth"] <= figures["cost"]:
        return "Yes, until one more is worth what it costs." if used else f"No: {told}."
    if figures["amount"] >= 0.999 * figures["most"]:
        return "Yes, up to its own limit: more would be worth more than it costs."
    largest = max(charges, key=lambda name: charges[name])
    if charges[largest] > (_NOTICED if used else 0.0) * figures["worth"]:
        reason = _CHARGES[largest]
        return (
            f"Yes, until {reason}." if used else f"No: {told}, but {reason} where it is worth more."
        )
    return "Yes, until one more is worth what it costs." if used else (
        f"No, though {told}: the plan is this near to the best without it."
    )  # fmt: skip
