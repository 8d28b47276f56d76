"""The joint plan over regions, occupations and years, with the proof of how good it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.certificate import PlanCertificate
from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.levers import LEVERS
from echelon.methods.planning import Model, Progress, Repair, Solution, Solver, solve
from echelon.plan.assembled import assemble, central_values, plan_assumptions
from echelon.plan.decided import decided
from echelon.plan.own import Constraints, conflict, own_rows
from echelon.plan.reasons import reason_table
from echelon.plan.setting import Demand, Detail, Setting, read_setting
from echelon.plan.tables import (
    UNITS,
    cell_table,
    decision_table,
    lever_table,
    move_table,
    occupation_table,
    price_table,
    region_table,
    returns,
    sourcing_table,
    trace_of,
)
from echelon.registry import unknown_name
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.assumptions import Range
    from echelon.system.system import System

__all__ = [
    "CAVEATS", "PAPERS", "TABLES", "carried_out", "certificate_of", "names_of", "optimize",
]  # fmt: skip

Array = NDArray[np.float64]
TABLES = (
    "workers", "demand", "separations", "occupations", "programme_occupations", "graduates",
    "programmes", "transitions", "flows", "ties", "budgets", "platforms", "assumptions", "levers",
)  # fmt: skip
PAPERS = (
    "Pock, T., & Chambolle, A. (2011). Diagonal preconditioning for first order primal-dual "
    "algorithms in convex optimization. ICCV.",
    "Lu, H., & Yang, J. (2024). Restarted Halpern PDHG for linear programming. arXiv:2407.16144.",
    "Huangfu, Q., & Hall, J. A. J. (2018). Parallelizing the dual revised simplex method. "
    "Mathematical Programming Computation 10, 119-142.",
)
_SMALL_PLAN, _FEW_PRICES = 5_000, 3
CAVEATS = (
    "Costs, limits and budgets of the levers are assumptions unless the system gives them: read the "
    "ladder's band before acting on a figure.",
    "Seats whose graduates would arrive after the last year bring the plan nothing, so that no seats "
    "open in the last years; the last year counts for those after it.",
    "Posts wanted do not answer to the plan: no wage moves and no firm follows people.",
    "The levers search, screen, pay, retain, evaluate and compete are not represented.",
)


def optimize(
    system: System, *, years: int = 10, detail: Detail = "groups", demand: Demand = "table",
    assumptions: Mapping[str, Range] | None = None, constraints: Constraints | None = None,
    gap: float = 1e-4, deadline: float | None = None, solver: Solver = "choose",
    ranges: int | None = None, start: Result | None = None,
    results: Mapping[str, Result] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Result:  # fmt: skip
    """Plan seats, retraining, moves, recruits and platforms so that posts are filled at least cost.

    Minimises, over all regions, occupations and years together, the value of unfilled posts and of
    idle people plus the cost of the levers less the value of platforms, discounted, the last year
    weighted for those after it. People are conserved: stock = those who stay + graduates + entrants
    + net moves + what the levers add. Every department of every region keeps its budget.

    Parameters
    ----------
    system : System
        With ``workers``, ``demand``, ``separations`` and ``occupations``; each further table opens a
        lever.
    years : int
        Planned years after the last count of people.
    detail : {"groups", "all"}
        Occupations summed to the next wider code, or as counted.
    demand : {"table", "projected"}
        Posts from the table ``demand``, or from ``project.demand`` (in ``results``, or computed).
    assumptions : mapping of str to float or three floats, optional
        In place of the table ``assumptions`` and of the levers' files.
    constraints : list of mappings, or path of a TOML file, optional
        The user's own constraints by name, see docs/plan.md. Settings of the table ``levers`` are
        carried out at least.
    gap : float
        Stop when the plan is proven to cost at most this share more than the best.
    deadline : float, optional
        Seconds. A valid plan with its proof is returned then, and with the first-order solver also
        after Ctrl-C.
    solver : {"choose", "highs", "first_order"}
    ranges : int, optional
        For how many of the highest prices of each limit both ends are found by solving anew: 3 up to
        5,000 variables and none above when not given. HiGHS then solves the plan once more.
    start : Result, optional
        An earlier plan of the same size to go on from: one that was stopped, or of a scenario.
    results : mapping of str to Result, optional
    tell : callable, optional
        Told in one line each: the size and memory before, then the proven gap.

    Returns
    -------
    Result
        ``regions`` (region, year: posts filled with and without the plan, each lever, money),
        ``levers`` (the same in long form with the cost of each), ``occupations``, ``cells`` (region,
        occupation, year), ``decisions``,
        ``prices``
        (shadow prices by name with their unit; low and high: what one unit more saves, and what one
        less costs, where asked), ``reasons`` (why seats and the like go where they
        go), ``moves``, ``sourcing`` (cultivated against introduced by occupation), ``proof``,
        ``assumptions``; ``certificate`` with value, bound, gap and ``verify()``.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument, UnknownName

    References
    ----------
    Lu, H., & Yang, J. (2024). Restarted Halpern PDHG for linear programming.
    """
    if deadline is not None and not deadline > 0:
        raise InvalidArgument(f"deadline = {deadline}", fix="Give some seconds")
    if solver not in get_args(Solver):
        raise unknown_name("solver", str(solver), get_args(Solver))
    setting = read_setting(system, years=years, detail=detail, demand=demand, results=results)
    assumed = plan_assumptions(system, assumptions)
    values = central_values(assumed)
    model = assemble(setting, values)
    floors, left_out = decided(system, setting, model, detail=detail)
    if constraints is not None or floors:
        own = own_rows(constraints, setting, model, decided=floors)
        model = assemble(setting, values, own=own)
    found = solve(
        model, gap=gap, deadline=np.inf if deadline is None else deadline, solver=solver,
        start=_state(model, start), tell=_teller(model, tell),
    )  # fmt: skip
    if found.infeasible:
        raise conflict(model)
    if len(model.own) and found.stopped != "gap":
        raise _none_found(found.stopped, deadline)
    idle = carried_out(model)
    frames = {
        "regions": region_table(setting, model, found.plan, idle=idle),
        "levers": lever_table(setting, model, found.plan),
        "occupations": occupation_table(setting, model, found.plan, idle=idle),
        "cells": cell_table(setting, model, found.plan, idle=idle),
        "decisions": decision_table(setting, model, found.plan),
        "prices": price_table(setting, model, found, ranges=_asked(found, ranges)),
        "reasons": reason_table(setting, model, found),
        "moves": move_table(setting, model, found.plan),
        "sourcing": sourcing_table(setting, model, found.plan),
        "proof": _proof_table(found),
        "assumptions": assumed,
    }
    return Result(
        name="plan.optimize", system=system.name,
        frames={**frames, "trace": trace_of(setting, model, found.plan, idle=idle)},
        note=note_of(
            system, *TABLES, papers=PAPERS,
            method="One linear program over regions, occupations and years, solved to a proven gap.",
            parameters={
                "years": f"{setting.years[0]}-{setting.years[-1]}", "detail": detail,
                "demand": demand, "gap": gap, "solver": solver, "deadline": deadline,
                "constraints": len(model.own),
            },
            steps=[*setting.steps, *_steps(found)],
            caveats=[*CAVEATS, *setting.caveats, *_limits(setting, model), *left_out],
        ),
        units=UNITS, labels=names_of(system), certificate=certificate_of(model, found),
    )  # fmt: skip


def _asked(found: Solution, ranges: int | None) -> int:
    """Return for how many prices of each limit the ends are found."""
    if ranges is None:
        return _FEW_PRICES if found.program.size[0] <= _SMALL_PLAN else 0
    if ranges < 0:
        raise InvalidArgument(f"ranges = {ranges}", fix="Give 0 or more")
    return ranges


def _none_found(stopped: str, deadline: float | None) -> InvalidArgument:
    """Return the error that no plan with the user's constraints was found."""
    sentence = "No plan that meets your constraints was found"
    if stopped == "deadline" and deadline is not None:
        return InvalidArgument(
            f"{sentence} in {deadline:g} s",
            fix="Give more seconds, or leave some constraints out",
        )
    return InvalidArgument(
        f"{sentence}; HiGHS ended with: {stopped}",
        fix="Leave some constraints out, or give them rounder figures",
    )


def carried_out(model: Model, decisions: Array | None = None) -> Array:
    """Return the plan that decisions amount to; nothing decided is the status quo."""
    repair = Repair(model)
    if decisions is None:
        decisions = np.zeros((next(reversed(model.columns.values())).stop, model.shape[2]))
    return repair(decisions)


def certificate_of(model: Model, found: Solution) -> PlanCertificate:
    """Return the proof of a plan, with the whole problem in it."""
    money = model.rows["budget"]
    return PlanCertificate(
        found.program, found.plan, found.dual, found.value, found.bound, found.solver,
        np.arange(money.start, money.stop),
    )  # fmt: skip


def names_of(system: System) -> dict[str, str]:
    """Return the names of codes and levers."""
    levers = {name: lever.title for name, lever in LEVERS.items()}
    return {**labels(system, "regions", "occupations", "fields", "levels"), **levers}


def _state(model: Model, start: Result | None) -> tuple[Array, Array, float] | None:
    """Return decisions and prices of an earlier plan to begin with."""
    if start is None:
        return None
    proof, program = start.certificate, model.program()
    fits = isinstance(proof, PlanCertificate) and (
        proof.plan.shape == program.cost.shape and proof.dual.rows.shape == program.right.shape
    )
    if not fits or not isinstance(proof, PlanCertificate):
        raise InvalidArgument(
            f"{start.name} of {start.system} is no plan of the same size",
            fix="Give a result of plan.optimize with the same regions, occupations and years",
        )
    return proof.plan, proof.dual.rows, 0.0


def _teller(
    model: Model, tell: Callable[[str], None] | None
) -> Callable[[Progress], None] | None:  # fmt: skip
    """Return what tells the progress; the size and the memory are told at once."""
    if tell is None:
        return None
    say = tell
    columns, rows, entries = model.program().size
    memory = (model.program().memory + 16 * entries) / 1e6
    say(f"{columns:,} variables, {rows:,} constraints, about {memory:,.0f} MB of memory")

    def told(at: Progress) -> None:
        say(f"{at.iterations} iterations, {at.seconds:.0f} s: within {100 * at.gap:.3g} per cent")

    return told


def _proof_table(found: Solution) -> pd.DataFrame:
    """Return what was proven, and by whom."""
    people, own, _ = found.program.violations(found.plan)
    columns, rows, _ = found.program.size
    return pd.DataFrame(
        {
            "value": [found.value], "bound": [found.bound], "gap": [found.gap],
            "largest_violation": [max(people, own)], "solver": [found.solver], "why": [found.why],
            "stopped": [found.stopped], "iterations": [found.iterations], "variables": [columns],
            "constraints": [rows],
        }
    )  # fmt: skip


def _ways_in(setting: Setting, model: Model) -> Array:
    """Return how many people can be brought into each occupation; 0 where no lever leads there."""
    won = np.zeros(model.shape[1])
    for block in model.blocks:
        most = block.upper.sum(axis=1)
        if block.name == "train":
            shares = setting.programmes.shares
            won += most.reshape(-1, len(shares)).sum(axis=0) @ shares
        elif block.name in ("retrain", "recruit"):
            # Who fails at retraining comes back and is not won.
            back = returns(block.node, block.unit, block.people)
            room = np.where(back, 0.0, np.maximum(block.people, 0.0)) * most[block.unit]
            if block.name == "recruit":
                room = np.minimum(room, model.cap.sum(axis=1)[block.node % len(won)])
            np.add.at(won, block.node % len(won), room)
    return won


def _limits(setting: Setting, model: Model) -> list[str]:
    """Say what the plan cannot do: occupations without a way in, long programmes, no money."""
    said = []
    years, slow = model.shape[2], []
    for block in model.blocks:
        if block.name == "train":
            late = np.unique(block.unit[(block.people > 0) & (block.lag >= years)])
            names = setting.programmes.names
            slow = sorted({" ".join(names[unit % len(names)]) for unit in late.tolist()})
    won = _ways_in(setting, model)
    shut = setting.occupations[(won <= 0) & (model.demand.sum(axis=(0, 2)) > 0)]
    if len(shut):
        said.append(f"No lever leads to {_listed(shut.tolist())}: only moves within the system.")
    if slow:
        said.append(f"No seats in programmes longer than the plan's years: {_listed(slow)}.")
    if not model.budget.any():
        said.append("Every budget is 0, so that only what is free can be decided.")
    return said


def _listed(names: list[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _steps(found: Solution) -> list[str]:
    columns, rows, _ = found.program.size
    return [
        f"{columns:,} variables and {rows:,} constraints solved by {found.solver} ({found.why}); "
        f"stopped by: {found.stopped}; proven within {100 * found.gap:.2g} per cent of the best."
    ]
