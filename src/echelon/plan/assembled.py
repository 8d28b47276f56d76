"""The linear program of a setting under assumptions, and the labels of its decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon import levers
from echelon.levers import Flows
from echelon.methods.planning import DEPARTMENTS, Block, Model, OwnRows
from echelon.plan.setting import Setting
from echelon.system.assumptions import Range, assumed

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["assemble", "central_values", "plan_assumptions", "units_of", "with_limits_of"]

Array = NDArray[np.float64]
Values = Mapping[str, float]
_OWN = (
    "discount_rate", "post_value", "idle_value", "end_years", "entry_rate", "education_budget",
    "technology_budget", "talent_budget", "least_filled", "short_value",
)  # fmt: skip
_ENTRANCES = 4
_USED_UP = 0.9
_EDUCATION, _TECHNOLOGY, _TALENT = range(len(DEPARTMENTS))


def plan_assumptions(system: System, given: Mapping[str, Range] | None) -> pd.DataFrame:
    """Return every assumption of the planner: its own and those of the levers.

    Parameters
    ----------
    system : System
    given : mapping of str to float or three floats, optional
    """
    defaults = levers.lever_defaults()
    return assumed(system, [*_OWN, *defaults["name"]], given, defaults=defaults)


def central_values(assumed: pd.DataFrame) -> dict[str, float]:
    """Return the central value of every assumption by name."""
    names, values = assumed["name"].astype(str), assumed["central"].to_numpy(float)
    return dict(zip(names, values.tolist(), strict=True))


def assemble(setting: Setting, values: Values, *, own: OwnRows | None = None) -> Model:
    """Return the model of a setting under values of the assumptions.

    Parameters
    ----------
    setting : Setting
    values : mapping of str to float
        By the names of :func:`plan_assumptions`.
    own : OwnRows, optional
        Constraints of the user.
    """
    years = len(setting.years)
    leaving = np.clip(setting.leaving, 0.0, 1.0)[None, :] * np.ones_like(setting.base)
    graduates, completion = _graduates(setting, values)
    begun = _entrants(setting, graduates, values)
    coming = begun + graduates @ setting.programmes.shares
    moving = (setting.moving * values["relocate_working"])[:, None] * setting.base
    net = coming + _net_moves(moving, setting.base, (coming, leaving), years)
    discount = (1.0 + values["discount_rate"]) ** -np.arange(years, dtype=float)
    weight = discount.copy()
    tail = np.arange(1, round(values["end_years"]) + 1)
    weight[-1] += (discount[-1] * (1.0 + values["discount_rate"]) ** -tail).sum()
    bill = (setting.wage * setting.base).sum(axis=1)
    mean = bill / np.maximum(setting.base.sum(axis=1), 1.0)
    blocks, spare = _blocks(setting, values, graduates, completion, mean)
    shares = [values[f"{department}_budget"] for department in DEPARTMENTS]
    usual = np.array(shares)[:, None, None] * bill[None, :, None] * np.ones(years)
    known = ~np.isnan(setting.budget)
    return Model(
        base=setting.base, demand=setting.demand, leaving=leaving,
        inflow=net[..., None] * np.ones(years),
        unmet_cost=values["post_value"] * setting.wage[..., None] * weight,
        idle_cost=values["idle_value"] * setting.wage[..., None] * weight, discount=discount,
        blocks=blocks, spare=spare, budget=np.where(known, np.nan_to_num(setting.budget), usual),
        cap=values["recruit_national_share"] * setting.demand.sum(axis=0),
        cohort=values["train_cohort"] * coming.sum(axis=1)[:, None] * np.ones(years),
        leavers=(values["retrain_share"] + values["relocate_share"]) * setting.base,
        least_filled=values["least_filled"],
        short_cost=values["short_value"] * bill.sum() / setting.base.sum() * discount,
        own=own or OwnRows(),
    )  # fmt: skip


def with_limits_of(model: Model, central: Model) -> Model:
    """Return the model with the limits of the central one, so that a decision is possible in all."""
    limits = {block.name: block.upper for block in central.blocks}
    blocks = tuple(replace(block, upper=limits[block.name]) for block in model.blocks)
    return replace(model, blocks=blocks, cap=central.cap)


def _net_moves(moving: Array, base: Array, flow: tuple[Array, Array], years: int) -> Array:
    """Return people who arrive less those who move away, a year, so that nobody moves who is not there.

    A place whose people would be gone before the last year loses fewer, and the others then gain
    fewer, so that moves alone never change how many people there are.
    """
    coming, leaving = flow
    stays = (1.0 - leaving) ** years
    # The constant loss that uses up the people in the last year.
    worn = np.where(leaving > 0, leaving / np.maximum(1.0 - stays, 1e-12), 1.0 / years)
    most = coming + _USED_UP * base * stays * worn
    gone = np.minimum(np.maximum(-moving, 0.0), most)
    lost = np.maximum(-moving, 0.0).sum()
    kept = gone.sum() / lost if lost > 0 else 1.0
    found: Array = kept * np.maximum(moving, 0.0) - gone
    return found


def _graduates(setting: Setting, values: Values) -> tuple[Array, Array]:
    """Return graduates a year who arrive whatever is decided, and completion."""
    about = setting.programmes
    completion = np.where(np.isnan(about.completion), values["train_completion"], about.completion)
    graduates = np.where(np.isnan(about.graduates), about.capacity * completion, about.graduates)
    return np.nan_to_num(graduates), completion


def _entrants(setting: Setting, graduates: Array, values: Values) -> Array:
    """Return people who begin without a programme: as many as leave and graduates do not replace."""
    nation = setting.base.sum(axis=0)
    trained = (graduates @ setting.programmes.shares).sum(axis=0)
    needed = np.maximum(values["entry_rate"] * setting.leaving * nation - trained, 0.0)
    return setting.base * (needed / np.maximum(nation, 1e-9))[None, :]


def _blocks(
    setting: Setting, values: Values, graduates: Array, completion: Array, mean: Array
) -> tuple[tuple[Block, ...], Array]:
    """Return the blocks of all levers, and the seats that are free today."""
    found = []
    spare = np.zeros(graduates.size)
    if setting.programmes.names:
        train, build, spare = _seats(setting, values, graduates, completion, mean)
        found += [train, build]
    if len(setting.arcs.origin):
        found.append(_retraining(setting, values, mean))
    if len(setting.pairs.origin):
        found.append(_moves(setting, values))
    recruit = levers.recruit(values["recruit_cost"] * setting.wage)
    most = values["recruit_share"] * setting.demand
    found.append(_block("recruit", recruit, most.reshape(-1, most.shape[2]), setting, _TALENT))
    if setting.platforms.names:
        about, years = setting.platforms, len(setting.years)
        fund = levers.fund(about.home, posts=about.posts, cost=about.cost)
        worth = np.where(np.isnan(about.value), values["fund_value"] * about.cost, about.value)
        most = np.ones((len(about.names), years))
        found.append(_block("fund", fund, most, setting, _TECHNOLOGY, worth))
    return tuple(found), spare


def _seats(
    setting: Setting, values: Values, graduates: Array, completion: Array, mean: Array
) -> tuple[Block, Block, Array]:
    """Return seats and new capacity, and free seats."""
    about, years = setting.programmes, len(setting.years)
    names = {5: "short", 6: "bachelor", 7: "master", 8: "doctorate"}
    isced = np.clip(np.nan_to_num(about.isced, nan=6), 5, 8).astype(int)
    usual = np.array([values[f"train_years_{names[level]}"] for level in isced])
    with np.errstate(all="ignore"):
        known = ~np.isnan(about.lag).all(axis=0)
        lag = np.where(known, np.nan_to_num(about.lag).sum(axis=0), 0.0)
        lag = lag / np.maximum((~np.isnan(about.lag)).sum(axis=0), 1)
    lag = np.rint(np.where(known, lag, usual)).astype(np.int64)
    cost = values["train_seat_cost"] * mean[:, None] * np.maximum(lag, 1)[None, :]
    cost = np.where(np.isnan(about.cost), cost, about.cost)
    entry = setting.base * setting.entrance[None, :]
    if entry.shape[1] > _ENTRANCES:
        entry = np.where(entry >= np.sort(entry, axis=1)[:, [-_ENTRANCES]], entry, 0.0)
    entry = entry / np.maximum(entry.sum(axis=1, keepdims=True), 1e-9)
    flows = levers.train(about.shares, entry, years=lag, completion=completion, cost=cost)
    seats = graduates / np.maximum(completion, 1e-9)
    spare = np.maximum(np.nan_to_num(about.capacity) - seats, 0.0).ravel()
    growth = values["train_growth"] * np.maximum(seats, np.nan_to_num(about.capacity)).ravel()
    department = np.tile(np.where(about.technology, _TECHNOLOGY, _EDUCATION), len(mean))
    most = spare[:, None] + growth[:, None] * np.arange(years)
    # A seat that ends after the plan would only hide a person from it.
    most = np.where(np.tile(lag, len(mean))[:, None] + np.arange(years) < years, most, 0.0)
    train = _block("train", flows, most, setting, department)
    none = np.zeros(0, np.int64)
    new = values["train_capacity_cost"] * np.repeat(mean, len(about.names))
    room = growth[:, None] * most.any(axis=1, keepdims=True) * np.ones(years)
    build = Block(
        "build", room, new, np.zeros(new.size), flows.home, department, none, none, none, np.zeros(0),
    )  # fmt: skip
    return train, build, spare


def _retraining(setting: Setting, values: Values, mean: Array) -> Block:
    arcs, years = setting.arcs, len(setting.years)
    months = np.where(np.isnan(arcs.months), values["retrain_months"], arcs.months)
    cost = np.where(np.isnan(arcs.cost)[None, :], values["retrain_cost"] * mean[:, None], arcs.cost)
    lag = np.rint(months / 12).astype(np.int64)
    flows = levers.retrain(
        arcs.origin, arcs.destination, years=lag, cost=cost,
        success=np.full(len(months), values["retrain_success"]),
    )  # fmt: skip
    most = values["retrain_share"] * setting.base[:, arcs.origin]
    ends = lag[:, None] + np.arange(years) < years
    upper = (most[:, :, None] * ends[None]).reshape(-1, years)
    return _block("retrain", flows, upper, setting, _TALENT)


def _moves(setting: Setting, values: Values) -> Block:
    pairs, years = setting.pairs, len(setting.years)
    wage = setting.wage[pairs.destination]
    far = np.nan_to_num(pairs.distance)[:, None] / 1000
    usual = (values["relocate_cost"] + values["relocate_distance_cost"] * far) * wage
    cost = np.where(np.isnan(pairs.cost)[:, None], usual, pairs.cost[:, None])
    flows = levers.relocate(pairs.origin, pairs.destination, cost=cost)
    here, there = setting.base[pairs.origin], setting.demand[pairs.destination].max(axis=2)
    most = values["relocate_share"] * np.minimum(here, there)
    return _block(
        "relocate", flows, np.repeat(most.reshape(-1, 1), years, axis=1), setting, _TALENT
    )


def _block(
    name: str, flows: Flows, upper: Array, setting: Setting, department: int | NDArray[np.int64],
    worth: Array | None = None,
) -> Block:  # fmt: skip
    """Return a lever's flows as a block of the program."""
    occupations = len(setting.occupations)
    return Block(
        name, upper, flows.cost, np.zeros(flows.units) if worth is None else worth, flows.home,
        np.broadcast_to(np.asarray(department, np.int64), flows.units), flows.unit,
        flows.region * occupations + flows.occupation, flows.years, flows.people, flows.claims,
    )  # fmt: skip


def units_of(setting: Setting, block: Block) -> pd.DataFrame:
    """Return the labels of a lever's units.

    Parameters
    ----------
    setting : Setting
    block : Block

    Returns
    -------
    DataFrame
        Columns lever, department, region (who pays), origin (region or occupation that people come
        from), occupation, field, level, platform; empty where they do not apply.
    """
    regions, occupations = setting.regions, setting.occupations
    found = pd.DataFrame(
        {
            "lever": block.name,
            "department": np.array(DEPARTMENTS)[block.department],
            "region": regions[block.home],
        }
    )
    unit = np.arange(block.units)
    if block.name in ("train", "build"):
        names = setting.programmes.names
        found["field"] = [names[n % len(names)][0] for n in unit]
        found["level"] = [names[n % len(names)][1] for n in unit]
    elif block.name == "retrain":
        arc = unit % len(setting.arcs.origin)
        found["occupation"] = occupations[setting.arcs.destination[arc]]
        found["origin"] = occupations[setting.arcs.origin[arc]]
    elif block.name == "relocate":
        found["occupation"] = occupations[unit % len(occupations)]
        found["origin"] = regions[setting.pairs.origin[unit // len(occupations)]]
    elif block.name == "recruit":
        found["occupation"] = occupations[unit % len(occupations)]
    else:
        found["platform"] = list(setting.platforms.names)
    columns = [
        "lever", "department", "region", "origin", "occupation", "field", "level", "platform",
    ]  # fmt: skip
    found = found.reindex(columns=columns)
    return found.astype(dict.fromkeys(columns, "str")).where(found.notna(), None)
