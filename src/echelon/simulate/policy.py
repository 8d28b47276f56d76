"""The lever settings of a system as what they do to the simulated market, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.levers import LEVERS, Flows, lever_assumptions, pay, recruit, relocate, retain
from echelon.levers import retrain as retrain_flows
from echelon.levers import search as search_lever
from echelon.simulate.influence import Influence, Transfers
from echelon.simulate.market import Market
from echelon.simulate.parameters import hypercube
from echelon.simulate.selection import ENDS, Setting, fund_values, funded, selection
from echelon.simulate.studies import between, training

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Policy", "read_policy"]

Array = NDArray[np.float64]
_SELECTION = ("screen", "evaluate", "compete")
# The figures of a lever by which people are moved or choose, and not only money.
_ACTING = {
    "train": ("completion", "years_"), "retrain": ("success", "months"), "pay": ("elasticity",),
    "evaluate": ("choice",),
}  # fmt: skip
_PERCENT = ("search", "pay", "retain", *_SELECTION)


@dataclass(frozen=True, eq=False)
class Policy:
    """What the levers of a system do.

    Parameters
    ----------
    influence : Influence
    costs : DataFrame
        lever, region, year, cost with cost_low and cost_high: currency a year.
    said : tuple of str
        What a reader must know.
    selects : bool
        A lever acts on who is chosen, so that classes of applicants are needed.
    influences : tuple of Influence
        Of every member, with the figures of the levers that are drawn for it; one for all where
        nothing is drawn.
    """

    influence: Influence
    costs: pd.DataFrame = field(repr=False)
    said: tuple[str, ...] = ()
    selects: bool = False
    influences: tuple[Influence, ...] = field(default=(Influence(),), repr=False)


def read_policy(system: System, market: Market, *, members: int = 1, seed: int = 0) -> Policy:
    """Return what the settings in the table ``levers`` do; none when there are none or all are 0.

    Settings are people a year (train, retrain, relocate, recruit), per cent (search, pay, retain,
    screen, evaluate, compete) or a share of the platforms of a region (fund), for a region, an
    occupation and a year; empty means all of them, and people are then shared in proportion to those
    at work. Several rows of a lever add up. Costs are counted at the people and
    wages of the first year.

    The first member has the central figures of the levers (success, duration, elasticity); those of the
    others are a Latin hypercube over the ranges in their files, the same in every scenario.

    Raises
    ------
    UnknownName
        When there is no such lever, region or occupation.
    InvalidArgument
        When a setting is negative, lies outside the years, or cannot act.
    """
    nothing = Policy(Influence(), pd.DataFrame(columns=["lever", "region", "year", "cost"]))
    if "levers" not in system:
        return nothing
    rows = system.table("levers")
    rows = rows[rows["value"] != 0]
    if rows.empty:
        return nothing
    found: dict[str, Setting] = {}
    wage, said = _wages(market)
    distance = _distances(system, market)
    for name in dict.fromkeys(rows["lever"]):
        lever = LEVERS[str(name)]
        figures = lever_assumptions(system, lever.name).set_index("name")
        known = {
            str(code).removeprefix(f"{lever.name}_"): {end: float(row[end]) for end in ENDS}
            for code, row in figures.iterrows()
        }
        set_to = rows[rows["lever"] == name]
        if name == "fund":
            values = fund_values(set_to, market)
        else:
            values = _values(set_to, market, percent=lever.name in _PERCENT)
        found[lever.name] = Setting(market, values, known, wage, distance)
    policy = _policy(system, found, market, said)
    drawn = _drawn(found, members=members, seed=seed)
    if not drawn:
        return replace(policy, influences=(policy.influence,))
    others = [_policy(system, each, market, []).influence for each in drawn]
    return replace(policy, influences=(policy.influence, *others))


def _drawn(found: Mapping[str, Setting], *, members: int, seed: int) -> list[dict[str, Setting]]:
    """Return the settings of the members after the first; none where no figure that acts is drawn."""
    if members < 2 or not set(_ACTING) & set(found):
        return []
    drawn: list[dict[str, Setting]] = [dict(found) for _ in range(members - 1)]
    for name in set(_ACTING) & set(found):
        figures = found[name].figures
        parts = [part for part in figures if part.startswith(_ACTING[name])]
        # A stream of its own, so that other levers of a scenario do not change its draws.
        rng = np.random.default_rng([seed, 71, sorted(LEVERS).index(name)])
        ends = (np.array([figures[part][end] for part in parts]) for end in ENDS)
        values = hypercube(*ends, size=members - 1, rng=rng)
        for row, member in zip(values, drawn, strict=True):
            own = {
                part: {**figures[part], "central": v} for part, v in zip(parts, row, strict=True)
            }
            member[name] = replace(found[name], figures={**figures, **own})
    return drawn


def _policy(
    system: System, found: Mapping[str, Setting], market: Market, said: list[str]
) -> Policy:
    factors: dict[str, Array] = {}
    moved: list[tuple[Flows, Array]] = []
    costs: list[pd.DataFrame] = []
    newcomers = None
    chosen = selection(system, {name: found[name] for name in _SELECTION if name in found})
    costs += [_cost_rows(name, market, money) for name, money in chosen.money.items()]
    posts = None
    for name, setting in found.items():
        if name in _SELECTION:
            continue
        if name == "fund":
            posts, money = funded(system, setting)
            costs.append(_cost_rows(name, market, money))
            continue
        if name in _PERCENT:
            figure, factor, money = _behaviour(name, setting)
            factors[figure] = factor
            costs.append(_cost_rows(name, market, money))
            continue
        flows, rate, scale = _moving(name, setting, system)
        if name == "recruit":
            newcomers = setting.values
        else:
            moved.append((flows, rate))
        yearly = np.zeros((3, rate.shape[1], len(market.regions)))
        for end in range(3):
            paid = flows.cost[:, None] * rate * scale[end]
            np.add.at(yearly[end].T, flows.home, paid)
        costs.append(_cost_rows(name, market, yearly))
    influence = Influence(
        attraction=factors.get("attraction"), search=factors.get("search"),
        exits=factors.get("exits"), newcomers=newcomers, transfers=_joined(moved),
        screens=chosen.screens, weights=chosen.weights, posts=posts,
    )  # fmt: skip
    said.append(
        "Of the assumptions of levers, success, duration and strength differ between the members; costs "
        "have the band of theirs, at the "
        f"people and wages of {market.year}. Of those who are trained or moved, people without work go "
        "first, as far as half of them in a step, then people at work."
    )
    return Policy(influence, pd.concat(costs, ignore_index=True), tuple(said), bool(chosen.money))


def _behaviour(name: str, setting: Setting) -> tuple[str, Array, Array]:
    """Return the figure that is acted on, its factor, and money (ends, years, R)."""
    market, percent = setting.market, setting.values
    if name == "pay":
        central = setting.figures["elasticity"]["central"]
        factor, money = pay(percent, elasticity=central, wage=setting.wage)
        yearly = (money * market.employed).sum(axis=2)
        return "attraction", factor, np.stack([yearly, yearly, yearly])
    ends = []
    factor = percent
    leaving = np.where(np.isnan(market.exits), 0.045, market.exits)
    for value in setting.cost_of("cost"):
        if name == "search":
            factor, money = search_lever(percent, cost=value * setting.wage)
            ends.append((money * market.unemployed).sum(axis=2))
        else:
            factor, money = retain(percent, cost=value * setting.wage, leaving=leaving)
            ends.append((money * market.employed).sum(axis=2))
    return ("search" if name == "search" else "exits"), factor, np.stack(ends)


def _moving(name: str, setting: Setting, system: System) -> tuple[Flows, Array, list[float]]:
    """Return flows of the units that are used, how many start a year, and the scale of cost."""
    market, values = setting.market, setting.values
    years = len(values)
    costs = setting.cost_of("seat_cost" if name == "train" else "cost")
    bill = np.nansum(setting.wage * market.employed, axis=1)
    mean = bill / np.maximum(market.employed.sum(axis=1), 1e-9)
    scale = [value / costs[1] if costs[1] > 0 else 1.0 for value in costs]
    used = np.flatnonzero(values.sum(axis=(0, 1)) > 0)
    if name == "recruit":
        flows = recruit(costs[1] * setting.wage)
        return flows, values.reshape(years, -1).T, scale
    if name == "train":
        return *training(system, setting, used), scale
    if name == "retrain":
        return *_retraining(system, setting, used, costs[1] * mean), scale
    return *_relocation(system, setting), scale


def _retraining(
    system: System, setting: Setting, used: NDArray[np.int64], cost: Array
) -> tuple[Flows, Array]:
    """Return the arcs that lead to the occupations used, each with its part of the people."""
    market, values = setting.market, setting.values
    moves = market.occupation_moves[:, used]
    empty = used[(moves.sum(axis=0) == 0)]
    if len(empty):
        raise InvalidArgument(
            f"Nobody can retrain to {market.occupations[int(empty[0])]}: no move leads to it",
            where="table levers", fix="Add the moves to the table transitions",
        )  # fmt: skip
    origin, column = np.nonzero(moves)
    weight = moves[origin, column] * market.employed[:, origin]
    whole = np.zeros((len(market.regions), len(used)))
    np.add.at(whole.T, column, weight.T)
    share = np.divide(
        weight, whole[:, column], out=np.zeros_like(weight), where=whole[:, column] > 0
    )
    keys = ("occupation", "destination")
    months, own = (
        between(system, "transitions", keys=keys, figure=figure, labels=market.occupations)[
            origin, used[column]
        ]
        for figure in ("months", "cost")
    )
    lasts = np.where(np.isnan(months), setting.figures["months"]["central"], months)
    arcs = len(origin)
    flows = retrain_flows(
        origin, used[column], years=np.rint(lasts / 12).astype(np.int64),
        success=np.full(arcs, setting.figures["success"]["central"]),
        cost=np.where(np.isnan(own)[None, :], cost[:, None], own[None, :]),
    )  # fmt: skip
    rate = values[:, :, used[column]] * share
    return flows, rate.reshape(len(values), -1).T


def _relocation(system: System, setting: Setting) -> tuple[Flows, Array]:
    """Return the moves to the regions used, from where people come, each with its part."""
    market, values = setting.market, setting.values
    into = np.flatnonzero(values.sum(axis=(0, 2)) > 0)
    origin, column = np.nonzero(market.region_moves[:, into])
    if len(np.unique(column)) < len(into):
        missing = sorted(set(range(len(into))) - set(column.tolist()))[0]
        raise InvalidArgument(
            f"Nobody can be helped to move to {market.regions[int(into[missing])]}: nobody moves there",
            where="table levers", fix="Add moves to the table flows",
        )  # fmt: skip
    weight = market.region_moves[origin, into[column]][:, None] * market.employed[origin]
    whole = np.zeros((len(into), len(market.occupations)))
    np.add.at(whole, column, weight)
    share = np.divide(weight, whole[column], out=np.zeros_like(weight), where=whole[column] > 0)
    far = setting.distance[origin, into[column]][:, None] / 1000
    a_move = setting.figures["cost"]["central"] + setting.figures["distance_cost"]["central"] * far
    own = between(
        system, "ties", keys=("region", "destination"), figure="cost", labels=market.regions
    )
    own = own[origin, into[column]][:, None]
    cost = np.where(np.isnan(own), a_move * setting.wage[into[column]], own)
    flows = relocate(origin, into[column], cost=cost)
    rate = values[:, into[column]] * share
    return flows, rate.reshape(len(values), -1).T


def _joined(moved: list[tuple[Flows, Array]]) -> Transfers | None:
    """Return the flows of all levers that move people as one, with the units that are used alone."""
    parts, rates, first = [], [], 0
    for flows, rate in moved:
        active = rate.sum(axis=1) > 0
        place = np.cumsum(active) - 1 + first
        kept = active[flows.unit]
        parts.append((
            place[flows.unit[kept]], flows.region[kept], flows.occupation[kept],
            flows.people[kept], flows.years[kept],
        ))  # fmt: skip
        rates.append(rate[active])
        first += int(active.sum())
    if first == 0:
        return None
    columns = [np.concatenate([part[n] for part in parts]) for n in range(5)]
    return Transfers(np.concatenate(rates), *columns)


def _values(rows: pd.DataFrame, market: Market, *, percent: bool) -> Array:
    """Return the settings of a lever by year, region and occupation."""
    from echelon.registry import unknown_name

    years = len(market.posts) - 1
    found = np.zeros((years, *market.employed.shape))
    for _, row in rows.iterrows():
        if not row["value"] > 0:
            raise InvalidArgument(
                f"The lever {row['lever']} is set to {row['value']:g}", where="table levers",
                fix="Give 0 or more",
            )  # fmt: skip
        cells = np.ones(market.employed.shape, dtype=bool)
        for axis, (column, labels) in enumerate(
            (("region", market.regions), ("occupation", market.occupations))
        ):
            code = row.get(column)
            if code is None or pd.isna(code) or code == "":
                continue
            if code not in labels:
                raise unknown_name(f"{column} of the simulation", str(code), labels)
            here = np.asarray(labels) == code
            cells &= here[:, None] if axis == 0 else here[None, :]
        when = np.ones(years, dtype=bool)
        if "year" in row and not pd.isna(row["year"]):
            when = market.year + 1 + np.arange(years) == int(row["year"])
            if not when.any():
                raise InvalidArgument(
                    f"The lever {row['lever']} is set for {int(row['year'])}",
                    where="table levers, column year",
                    fix=f"Simulated are {market.year + 1} to {market.year + years}",
                )
        weight = market.employed * cells
        if weight.sum() <= 0:
            raise InvalidArgument(
                f"The lever {row['lever']} is set where nobody works", where="table levers",
                fix="Choose a region and an occupation with people at work",
            )  # fmt: skip
        share = cells.astype(float) if percent else weight / weight.sum()
        found[when] += row["value"] * share
    return found


def _wages(market: Market) -> tuple[Array, list[str]]:
    """Return the wage of every cell, the mean of the region where it is unknown."""
    known = ~np.isnan(market.wage)
    weight = market.employed * known
    bill = np.nansum(market.wage * market.employed, axis=1)
    whole = weight.sum(axis=1)
    mean = np.divide(bill, whole, out=np.full_like(bill, np.nan), where=whole > 0)
    said = []
    gaps = int(((~known) & (market.employed > 0)).sum())
    if gaps and known.any():
        said.append(
            f"{gaps} cells without a known wage have the mean of their region in the costs."
        )
    if not known.any():
        said.append("Wages are unknown, so the costs of levers are unknown.")
    return np.where(known, market.wage, mean[:, None]), said


def _distances(system: System, market: Market) -> Array:
    """Return the distance between regions, 0 where it is unknown."""
    size = len(market.regions)
    if "ties" not in system:
        return np.zeros((size, size))
    rows = system.table("ties").dropna(subset="distance")
    table = pd.crosstab(
        rows["region"], rows["destination"], values=rows["distance"], aggfunc="mean"
    ).reindex(index=list(market.regions), columns=list(market.regions))
    return table.fillna(0.0).to_numpy(dtype=float)


def _cost_rows(name: str, market: Market, money: Array) -> pd.DataFrame:
    """Return costs (ends, years, R) as rows."""
    _, years, regions = money.shape
    year, region = (g.ravel() for g in np.indices((years, regions)))
    table = pd.DataFrame(
        {
            "lever": name, "region": np.asarray(market.regions)[region],
            "year": market.year + 1 + year, "cost": money[1].ravel(),
            "cost_low": money[0].ravel(), "cost_high": money[2].ravel(),
        }
    )  # fmt: skip
    return table[(table["cost"] != 0) | table["cost"].isna()].reset_index(drop=True)
