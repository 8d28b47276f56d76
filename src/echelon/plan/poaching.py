"""Open borders without agreement: regions answer one after another, and draw people from each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.planning import Model, Program, Repair, solve_exact, some_decisions
from echelon.plan.rungs import closed_limits, of_regions
from echelon.plan.setting import Setting

__all__ = ["Play", "play_open", "play_where_asked", "poaching_table", "said_of"]

Array = NDArray[np.float64]
_STILL = 1e-4
_ROUNDS, _ROUNDS_LARGE, _SMALL = 10, 3, 30_000
_COLUMNS = [
    "region", "closed", "open", "joint", "gain", "drawn", "lost", "gain_of_wages",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Play:
    """Where the play of all regions ended.

    Parameters
    ----------
    plan : array (columns, years)
    rounds : int
        In which every region answered once.
    settled : bool
        No region's cost changed by more than a ten-thousandth of all costs in the last round.
    changes : tuple of float
        By how much costs changed in each round, as a share of all.
    """

    plan: Array
    rounds: int
    settled: bool
    changes: tuple[float, ...]


def play_open(
    model: Model, closed: Array, *, rounds: int, until: float = np.inf,
    tell: Callable[[str], None] | None = None,
) -> Play:  # fmt: skip
    """Let each region in turn make its own best plan while the plans of the others stand.

    They begin from their plans behind closed borders and answer in the order of the system. A region
    decides its own levers, the moves into it among them, and counts its own costs alone; the region
    that people leave cannot refuse. The cap on recruits stays split by posts, so that only people who
    are drawn from elsewhere make the difference.

    Parameters
    ----------
    model : Model
        Without rows of the user.
    closed : array (columns, years)
        The plans behind closed borders.
    rounds : int
        At most.
    until : float
        Time of ``time.perf_counter`` after which no round is begun.
    tell : callable, optional
    """
    if rounds < 1:
        raise InvalidArgument(f"rounds = {rounds}", fix="Play one round at least")
    limits = closed_limits(model)
    program = model.program({name: limits[name] for name in limits if name != "relocate"})
    plan, repair = closed, Repair(model)
    before, changes = of_regions(model, plan), []
    for played in range(rounds):
        if played and time.perf_counter() >= until:
            break
        for region in range(model.shape[0]):
            columns, rows = _own(model, program, region)
            part = some_decisions(program, plan, columns=columns, rows=rows)
            # What stands may leave less than nothing of a shared limit by rounding alone.
            right = np.where(part.equality[:, None], part.right, np.maximum(part.right, 0.0))
            answer = solve_exact(replace(part, right=right))
            if not answer.finished:
                continue
            decided = plan.copy()
            decided[columns] = answer.decisions
            new = repair(decided)
            if of_regions(model, new)[region] <= of_regions(model, plan)[region]:
                plan = new
        after = of_regions(model, plan)
        changes.append(float(np.abs(after - before).max() / max(np.abs(after).sum(), 1e-12)))
        before = after
        if tell is not None:
            tell(
                f"round {played + 1} of open play: costs change by {100 * changes[-1]:.2g} per cent"
            )
        if changes[-1] <= _STILL:
            break
    settled = bool(changes) and changes[-1] <= _STILL
    return Play(plan, len(changes), settled, tuple(changes))


def _own(
    model: Model, program: Program, region: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:  # fmt: skip
    """Return which decisions are a region's own, and which limits count for it."""
    regions, occupations, _ = model.shape
    nodes = np.arange(regions * occupations) // occupations == region
    columns = np.zeros(len(program.cost), dtype=bool)
    for name in ("unmet", "idle"):
        columns[model.columns[name]] = nodes
    for block in model.blocks:
        columns[model.columns[block.name]] = block.home == region
    columns[model.columns["short"].start + region] = True
    rows = np.ones(len(program.right), dtype=bool)
    # How many people others then have is their affair; the repair keeps it from falling below 0.
    for name in ("balance", "team"):
        rows[model.rows[name]] = nodes
    rows[model.rows["filled"]] = np.arange(regions) == region
    return columns, rows


def poaching_table(
    setting: Setting, model: Model, *, closed: Array, joint: Array, play: Play | None
) -> pd.DataFrame:
    """Return what each region gains by drawing people from others while they draw from it.

    Parameters
    ----------
    setting : Setting
    model : Model
    closed, joint : arrays (columns, years)
        The plans behind closed borders, and of all together.
    play : Play or None
        No rows where it was not played.
    """
    if play is None or "relocate" not in model.columns:
        return pd.DataFrame({name: [] for name in _COLUMNS})
    people = play.plan[model.columns["relocate"]].sum(axis=1)
    people = people.reshape(len(setting.pairs.origin), -1).sum(axis=1)
    count = len(setting.regions)
    drawn = np.bincount(setting.pairs.destination, weights=people, minlength=count)
    lost = np.bincount(setting.pairs.origin, weights=people, minlength=count)
    costs = [of_regions(model, plan) for plan in (closed, play.plan, joint)]
    wages = (setting.wage * setting.base).sum(axis=1) * len(setting.years)
    return pd.DataFrame(
        {
            "region": setting.regions, "closed": costs[0], "open": costs[1], "joint": costs[2],
            "gain": costs[0] - costs[1], "drawn": drawn, "lost": lost,
            "gain_of_wages": 100 * (costs[0] - costs[1]) / np.maximum(wages, 1e-9),
        }
    ).sort_values("gain", ascending=False, ignore_index=True)  # fmt: skip


def play_where_asked(
    model: Model, closed: Array, *, rounds: int | None, until: float,
    tell: Callable[[str], None] | None,
) -> Play | None:  # fmt: skip
    """Return where open play ends: ten rounds on small plans and three on large ones by default.

    Parameters
    ----------
    model : Model
    closed : array (columns, years)
    rounds : int, optional
        0 plays none.
    until, tell
        As in :func:`play_open`.
    """
    if rounds is None:
        rounds = _ROUNDS if model.program().size[0] <= _SMALL else _ROUNDS_LARGE
    if rounds == 0 or "relocate" not in model.columns:
        return None
    return play_open(model, closed, rounds=rounds, until=until, tell=tell)


def said_of(model: Model, closed: Array, play: Play | None) -> str:
    """Say how open play went, and what the money for drawing people is then missing for."""
    if play is None:
        return (
            "Regions that draw people from each other without agreeing were not played (rounds=)."
        )
    end = "and settled" if play.settled else "and had not settled"
    people = [
        f"{name} {play.plan[model.columns[name]].sum():,.0f} ({closed[model.columns[name]].sum():,.0f})"
        for name in ("relocate", "retrain", "recruit", "train")
        if name in model.columns
    ]
    return (
        f"Open play: regions planned in turn, in the order of the system, {play.rounds} rounds, {end} "
        f"(last change {100 * play.changes[-1]:.2g} per cent of all costs). People by lever, behind "
        f"closed borders in brackets: {', '.join(people)}."
    )
