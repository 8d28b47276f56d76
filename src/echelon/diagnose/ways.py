"""What an effective worker-year costs in every region by training and by recruiting, with draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.inflow import Inflow
from echelon.methods.sourcing import build_cost, buy_cost, worker_years
from echelon.system.assumptions import Range, assumed, draw_assumptions
from echelon.system.levels import ladder

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["NAMES", "Ways", "make_ways"]

Array = NDArray[np.float64]
NAMES = (
    "training_cost", "stipend", "foregone_share", "study_years", "completion", "horizon",
    "discount_rate", "leaving_rate", "leaving_of_newcomers", "recruit_premium", "relocation", "search",
)  # fmt: skip


@dataclass(frozen=True)
class Ways:
    """Costs of an effective worker-year; the first draw is the central one.

    Parameters
    ----------
    build, buy, break_even : arrays (1 + draws, r)
        Currency; the break-even is the yearly premium (share of the wage) at which both cost as much.
    worked_home, worked_new : arrays (1 + draws, r)
        Worker-years of a graduate and of a newcomer within the horizon.
    wage, wage_without : arrays (r,)
        Mean wages of work that asks for the degree and of other work.
    leaving : array (r,)
    assumptions : DataFrame
    steps, caveats : tuple of str
    """

    build: Array
    buy: Array
    break_even: Array
    worked_home: Array
    worked_new: Array
    wage: Array
    wage_without: Array
    leaving: Array
    assumptions: pd.DataFrame
    steps: tuple[str, ...]
    caveats: tuple[str, ...]


def make_ways(
    system: System, inflow: Inflow, *, degree: str, given: Mapping[str, Range] | None,
    draws: int, seed: int,
) -> Ways:  # fmt: skip
    """Return the costs of both ways in every region, for the central values and for every draw.

    Parameters
    ----------
    system : System
    inflow : Inflow
    degree : str
    given : mapping, optional
        Assumptions of the call.
    draws, seed : int
    """
    table = assumed(system, NAMES, given)
    central = table.set_index("name")["central"].astype(float)
    drawn = draw_assumptions(table, draws=draws, seed=seed)
    value = {n: np.concatenate([[central[n]], drawn[n]])[:, None] for n in NAMES}
    wage, without = _wages(system, inflow, degree)
    measured = inflow.leaving
    leaving = np.where(np.isnan(measured), value["leaving_rate"], measured[None, :]).clip(0, 1)
    newcomers = (leaving * value["leaving_of_newcomers"]).clip(0, 1)
    home = worker_years(leaving, np.broadcast_to(value["horizon"], leaving.shape))
    new = worker_years(newcomers, np.broadcast_to(value["horizon"], leaving.shape))
    tuition = value["training_cost"] * wage[None, :]
    years, completion = value["study_years"], value["completion"]
    seats = _programmes(system, inflow, degree, given or {})
    if seats is not None:
        known = ~np.isnan(seats["cost"])[None, :]
        tuition = np.where(known, (seats["cost"] / seats["lag"])[None, :], tuition)
        years = np.where(known, seats["lag"][None, :], years)
        completion = np.where(known, seats["completion"][None, :], completion)
    yearly = tuition + value["stipend"] * wage + value["foregone_share"] * without
    build = build_cost(
        yearly, years=years, completion=completion, worked=home, discount=value["discount_rate"]
    )
    once = value["relocation"] + value["search"]
    buy = buy_cost(wage[None, :], premium=value["recruit_premium"], once=once, worked=new)
    return Ways(
        build, buy, build / wage - once / new, home, new, wage, without, leaving[0], table,
        _steps(measured, seats is not None), _caveats(wage, degree),
    )  # fmt: skip


def _wages(system: System, inflow: Inflow, degree: str) -> tuple[Array, Array]:
    """Return mean wages by region of work that asks for the degree and of other work (r,)."""
    unknown = np.full(len(inflow.regions), np.nan)
    if "workers" not in system or "occupations" not in system:
        return unknown, unknown
    rows, table = system.table("workers"), system.table("occupations")
    if "wage" not in rows or "education" not in table:
        return unknown, unknown
    rows = rows[rows["education"].isna()].dropna(subset=["wage", "headcount"])
    if rows.empty:
        return unknown, unknown
    rows = rows[rows["year"] == rows["year"].max()]
    order = ladder(system)
    needs = table.set_index("occupation")["education"].reindex(rows["occupation"])
    low, _ = order.needed(needs, [degree])
    asks = pd.Series(low >= order.steps([degree])[0], index=rows.index)
    known = needs.notna().to_numpy()
    means = []
    for kind in (asks & known, ~asks & known):
        part = rows[kind]
        bill = (part["wage"] * part["headcount"]).groupby(part["region"]).sum()
        mean = bill / part.groupby("region")["headcount"].sum()
        means.append(np.asarray(mean.reindex(list(inflow.regions)), dtype=np.float64))
    return means[0], means[1]


def _programmes(
    system: System, inflow: Inflow, degree: str, given: Mapping[str, Range]
) -> dict[str, Array] | None:
    """Return cost of a seat, years and completion by region where the system has programmes."""
    if "programmes" not in system or {"training_cost", "study_years", "completion"} & set(given):
        return None
    rows = system.table("programmes")
    rows = rows[rows["level"] == degree]
    columns = ["cost", "lag", "completion"]
    if rows.empty or not set(columns) <= set(rows.columns):
        return None
    rows = rows.dropna(subset=[*columns, "capacity"]) if "capacity" in rows else rows.iloc[:0]
    rows = rows[(rows["capacity"] > 0) & (rows["lag"] > 0) & (rows["completion"] > 0)]
    if rows.empty:
        return None
    whole = rows.groupby("region")["capacity"].sum()
    found = {}
    for column in columns:
        total = (rows[column] * rows["capacity"]).groupby(rows["region"]).sum()
        found[column] = np.asarray((total / whole).reindex(list(inflow.regions)), dtype=np.float64)
    return found


def _steps(measured: Array, seats: bool) -> tuple[str, ...]:
    leaving = (
        "Retention: degree holders leave at the region's own yearly rate"
        if not np.isnan(measured).any()
        else "Retention: degree holders leave at the assumed rate where the region's is unknown"
    )
    cost = "programmes (cost of a seat, years, completion)" if seats else "the assumptions"
    return (
        f"{leaving}, newcomers faster by the assumed factor; a person counts for the years at work "
        "in the region within the horizon.",
        f"Training costs by {cost}, with the wage that students give up; recruiting by premium, "
        "relocation and search; wages are means of the region's work that asks for the degree, and "
        "of other work.",
        "Bands of the costs: every assumption drawn from a triangular distribution over its low, "
        "central and high value, the same draw in all regions.",
    )


def _caveats(wage: Array, degree: str) -> tuple[str, ...]:
    found = [
        "Do not rank by the ratio of the costs alone: training makes people that the country did not "
        "have, recruiting within it moves them from another region, and posts that cannot wait for "
        "the years of study have one way only. A plan weighs both together.",
        "What a graduate or newcomer gives beyond the post (taxes, teams, ideas) is not in the cost.",
    ]
    if np.isnan(wage).all():
        found.append(
            f"Costs are unknown: no wage of work that asks for the level {degree} is known (workers, "
            "occupations)."
        )
    return tuple(found)
