"""The tables of a plan: where people and money go, what is filled, what a constraint is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.methods.planning import DEPARTMENTS, Model, Solution, price_ranges
from echelon.plan.assembled import units_of
from echelon.plan.setting import Setting

__all__ = [
    "UNITS", "cell_table", "decision_table", "lever_table", "move_table", "occupation_table",
    "price_table", "region_table", "returns", "sourcing_table", "trace_of",
]  # fmt: skip

Array = NDArray[np.float64]
UNITS = {
    "amount": "people a year (seats for train and build, share for fund)", "cost": "currency",
    "posts": "posts", "unmet": "posts", "unmet_without": "posts", "idle": "people",
    "idle_without": "people", "filled": "per cent of posts",
    "filled_without": "per cent of posts", "price": "as the column unit says",
    "low": "as the column unit says", "high": "as the column unit says",
    "people": "people", "cultivated": "people", "introduced": "people",
    "introduced_share": "per cent", "value": "currency", "bound": "currency",
    "gap": "share of the value", "largest_violation": "people", "spent": "currency",
    "budget": "currency", "worth": "currency a unit", "net": "currency a unit",
}  # fmt: skip
_SMALL = 0.05
_KEYS = ["lever", "region", "origin", "occupation", "field", "level", "platform"]


def decision_table(setting: Setting, model: Model, plan: Array) -> pd.DataFrame:
    """Return every decision of at least a twentieth of a person, or of a platform at all."""
    parts = []
    for block in model.blocks:
        amount = plan[model.columns[block.name]]
        unit, year = np.nonzero(amount > (1e-6 if block.claims else _SMALL))
        labels = units_of(setting, block).iloc[unit].reset_index(drop=True)
        parts.append(
            labels.assign(
                year=setting.years[year], amount=amount[unit, year],
                cost=block.cost[unit] * amount[unit, year],
            )
        )  # fmt: skip
    found = pd.concat(parts, ignore_index=True)
    return found[[*_KEYS, "department", "year", "amount", "cost"]]


def lever_table(setting: Setting, model: Model, plan: Array) -> pd.DataFrame:
    """Return people and money of each lever by region that pays and year."""
    regions, _, years = model.shape
    parts = []
    for block in model.blocks:
        amount = plan[model.columns[block.name]]
        sums = np.zeros((2, regions, years))
        np.add.at(sums[0], block.home, amount)
        np.add.at(sums[1], block.home, block.cost[:, None] * amount)
        parts.append(
            pd.DataFrame(
                {
                    "lever": block.name, "region": np.repeat(setting.regions, years),
                    "year": np.tile(setting.years, regions), "amount": sums[0].ravel(),
                    "cost": sums[1].ravel(),
                }
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _posts(model: Model, plan: Array, name: str) -> Array:
    """Return unmet posts or idle people by region, occupation and year."""
    found: Array = plan[model.columns[name]].reshape(model.shape)
    return found


def _coverage(model: Model, plan: Array, idle: Array, axis: int) -> dict[str, Array]:
    """Return posts, unmet posts and idle people with and without the plan, summed over one axis."""
    posts = model.demand.sum(axis=axis)
    found = {"posts": posts}
    for name in ("unmet", "idle"):
        found[name] = _posts(model, plan, name).sum(axis=axis)
        found[f"{name}_without"] = _posts(model, idle, name).sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        found["filled"] = 100 * (1 - found["unmet"] / np.where(posts > 0, posts, np.nan))
        found["filled_without"] = 100 * (
            1 - found["unmet_without"] / np.where(posts > 0, posts, np.nan)
        )
    return {name: array.ravel() for name, array in found.items()}


def region_table(setting: Setting, model: Model, plan: Array, *, idle: Array) -> pd.DataFrame:
    """Return what is filled in each region and year with and without the plan, and what it takes."""
    regions, _, years = model.shape
    table = pd.DataFrame(
        {
            "region": np.repeat(setting.regions, years), "year": np.tile(setting.years, regions),
            **_coverage(model, plan, idle, 1),
        }
    )  # fmt: skip
    long = lever_table(setting, model, plan)
    for lever, rows in long.groupby("lever", sort=False):
        table[str(lever)] = rows["amount"].to_numpy()
    table["spent"] = long.groupby(["region", "year"], sort=False)["cost"].sum().to_numpy()
    table["budget"] = model.budget.sum(axis=0).ravel()
    return table


def occupation_table(setting: Setting, model: Model, plan: Array, *, idle: Array) -> pd.DataFrame:
    """Return what is filled in each occupation and year, with and without the plan."""
    _, occupations, years = model.shape
    return pd.DataFrame(
        {
            "occupation": np.repeat(setting.occupations, years),
            "year": np.tile(setting.years, occupations), **_coverage(model, plan, idle, 0),
        }
    )  # fmt: skip


def cell_table(setting: Setting, model: Model, plan: Array, *, idle: Array) -> pd.DataFrame:
    """Return posts and who is missing in each region, occupation and year, with and without the plan."""
    regions, occupations, years = model.shape
    nodes = regions * occupations
    figures = {"posts": model.demand}
    for name in ("unmet", "idle"):
        figures[name] = _posts(model, plan, name)
        figures[f"{name}_without"] = _posts(model, idle, name)
    return pd.DataFrame(
        {
            "region": np.repeat(setting.regions, occupations * years),
            "occupation": np.tile(np.repeat(setting.occupations, years), regions),
            "year": np.tile(setting.years, nodes),
            **{name: array.ravel() for name, array in figures.items()},
        }
    )  # fmt: skip


_Named = list[tuple[str, str, str, dict[str, NDArray[np.str_]]]]


def _limits(setting: Setting) -> _Named:
    """Return each kind of limit: what one unit more is, the unit of its price, its labels."""
    regions, occupations = len(setting.regions), len(setting.occupations)
    node = {
        "region": np.repeat(setting.regions, occupations),
        "occupation": np.tile(setting.occupations, regions),
    }
    region = {"region": setting.regions}
    account = {
        "department": np.repeat(DEPARTMENTS, regions),
        "region": np.tile(setting.regions, len(DEPARTMENTS)),
    }
    seats = {}
    if setting.programmes.names:
        fields, levels = (np.array(part) for part in zip(*setting.programmes.names, strict=True))
        seats = {
            "region": np.repeat(setting.regions, len(fields)), "field": np.tile(fields, regions),
            "level": np.tile(levels, regions),
        }  # fmt: skip
    everywhere = {"occupation": setting.occupations}
    return [
        ("balance", "one person more", "currency a person", node),
        ("seats", "one seat more", "currency a seat", seats),
        ("cohort", "one entrant more who may study", "currency a person", region),
        ("leavers", "one person more who may leave", "currency a person", node),
        ("cap", "one recruit more in all", "currency a person", everywhere),
        ("budget", "one unit of money more", "currency saved per unit spent", account),
        ("team", "one person more for teams", "currency a person", node),
        ("filled", "one post less to fill at least", "currency a post", region),
    ]


def price_table(
    setting: Setting, model: Model, found: Solution, *, ranges: int = 0
) -> pd.DataFrame:  # fmt: skip
    """Return shadow prices by name: what one more unit of a limit would save, undiscounted.

    A price of a degenerate program is one of several that are right; it lies between what one unit
    more would save (``low``) and what one unit less would cost (``high``).

    Parameters
    ----------
    setting : Setting
    model : Model
    found : Solution
    ranges : int
        How many of the highest prices of each limit get both ends, by solving anew.
    """
    years = model.shape[2]
    prices = found.dual.rows / model.discount
    least = 1e-9 * max(np.abs(prices).max(initial=0.0), 1e-12)
    own = found.program.own
    parts = [
        pd.DataFrame(
            {
                "limit": own.names, "year": setting.years[-1], "price": np.abs(found.dual.own),
                "unit": "currency a unit of the constraint",
                "says": "the constraint loosened by one unit",
                "row": model.program().right.size + np.arange(len(own)), "rate": 1.0,
                "side": np.where(found.dual.own < 0, -1.0, 1.0),
            }
        )
    ]  # fmt: skip
    for row, says, unit, labels in _limits(setting):
        block = prices[model.rows[row]]
        place, year = np.nonzero(np.abs(block) > least)
        shown = {name: array[place] for name, array in labels.items()}
        figures = {
            "year": setting.years[year], "price": block[place, year], "side": 1.0,
            "row": (model.rows[row].start + place) * years + year, "rate": model.discount[year],
        }  # fmt: skip
        parts.append(pd.DataFrame({"limit": row, **shown, **figures, "unit": unit, "says": says}))
    table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    table = table.assign(low=np.nan, high=np.nan)
    asked = table.sort_values("price", ascending=False, kind="stable").groupby("limit").head(ranges)
    if len(asked):
        low, high = price_ranges(
            found.program, asked["row"].to_numpy(np.int64), side=asked["side"].to_numpy(float)
        )
        rate = asked["rate"].to_numpy(float)
        table.loc[asked.index, "low"], table.loc[asked.index, "high"] = low / rate, high / rate
    columns = [
        "limit", "region", "occupation", "department", "field", "level", "year", "price", "low",
        "high", "unit", "says",
    ]  # fmt: skip
    table = table.reindex(columns=columns)
    texts = [column for column in columns if column not in ("year", "price", "low", "high")]
    table[texts] = table[texts].astype("str").where(table[texts].notna(), None)
    return table


def move_table(setting: Setting, model: Model, plan: Array) -> pd.DataFrame:
    """Return helped moves from region to region over all years: who draws from whom."""
    if "relocate" not in model.columns:
        return pd.DataFrame({"region": [], "destination": [], "people": [], "cost": []})
    block = next(block for block in model.blocks if block.name == "relocate")
    people = plan[model.columns["relocate"]].sum(axis=1)
    pairs = len(setting.pairs.origin)
    frame = pd.DataFrame(
        {
            "region": setting.regions[setting.pairs.origin],
            "destination": setting.regions[setting.pairs.destination],
            "people": people.reshape(pairs, -1).sum(axis=1),
            "cost": (people * block.cost).reshape(pairs, -1).sum(axis=1),
        }
    )
    kept = frame[frame["people"] > _SMALL]
    return kept.sort_values("people", ascending=False, ignore_index=True)


def sourcing_table(setting: Setting, model: Model, plan: Array) -> pd.DataFrame:
    """Return people won by cultivation and by introduction from outside, by occupation."""
    _, occupations, years = model.shape
    won = np.zeros((2, occupations))
    for block in model.blocks:
        if block.name not in ("train", "retrain", "recruit"):
            continue
        start = plan[model.columns[block.name]]
        sum_until = start.cumsum(axis=1)[:, ::-1]
        arrives = (block.people > 0) & (block.lag < years)
        started = sum_until[block.unit[arrives], block.lag[arrives]]
        place = 1 if block.name == "recruit" else 0
        back = returns(block.node, block.unit, block.people)[arrives]
        heads = np.where(back, 0.0, block.people[arrives] * started)
        np.add.at(won[place], block.node[arrives] % occupations, heads)
    whole = won.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 100 * won[1] / np.where(whole > _SMALL, whole, np.nan)
    return pd.DataFrame(
        {
            "occupation": setting.occupations, "cultivated": won[0], "introduced": won[1],
            "introduced_share": share,
        }
    )  # fmt: skip


def returns(node: NDArray[np.int64], unit: NDArray[np.int64], people: Array) -> NDArray[np.bool_]:
    """Return which entries only bring people back to where the unit took them from."""
    place = unit * (node.max(initial=0) + 1) + node
    return np.isin(place, place[people < 0])


def trace_of(setting: Setting, model: Model, plan: Array, *, idle: Array) -> pd.DataFrame:
    """Return the tree behind each region's filled posts in each year."""
    cells = region_table(setting, model, plan, idle=idle)
    spent = lever_table(setting, model, plan)
    posts = "posts"
    inflow = model.inflow.sum(axis=1).ravel()
    parts = [
        trace_rows(cells, item="filled", label="Posts filled under the plan", unit="per cent",
                   value=cells["filled"], detail="1 - unmet / posts wanted"),
        trace_rows(cells, item="posts", parent="filled", label="Posts wanted", unit=posts,
                   value=cells["posts"], detail="demand"),
        trace_rows(cells, item="unmet", parent="filled", label="Unmet with the plan", unit=posts,
                   value=cells["unmet"], detail="the plan"),
        trace_rows(cells, item="without", parent="filled", label="Unmet without it", unit=posts,
                   value=cells["unmet_without"], detail="nothing decided"),
        trace_rows(cells, item="inflow", parent="without", label="People who come anyway",
                   unit="people a year", value=inflow,
                   detail="graduates, entrants as assumed by entry_rate, and net moves"),
    ]  # fmt: skip
    for lever, rows in spent.groupby("lever", sort=False):
        parts.append(
            trace_rows(cells, item=str(lever), parent="unmet", label=f"Lever {lever}",
                       unit="units a year", value=rows["amount"].to_numpy(),
                       detail=[f"costs {cost:,.0f}" for cost in rows["cost"]])
        )  # fmt: skip
    return trace_table(*parts)
