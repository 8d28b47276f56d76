"""A lever gives the planner and the simulator the same flows: who leaves where, who arrives when, money."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.plan.assembled import assemble, central_values, plan_assumptions, units_of
from echelon.plan.setting import read_setting
from echelon.simulate.market import read_market
from echelon.simulate.policy import read_policy

YEARS = 8


@pytest.fixture(scope="module")
def toy():
    return echelon.open("toy")


@pytest.fixture(scope="module")
def planned(toy):
    setting = read_setting(toy, years=YEARS, detail="all", demand="table", results=None)
    model = assemble(setting, central_values(plan_assumptions(toy, None)))
    return setting, {block.name: block for block in model.blocks}


def simulated(toy, rows):
    market = read_market(toy, years=YEARS, demand="constant", results={})
    one = toy.with_(name="one", levers=pd.DataFrame(rows).assign(year=market.year + 1))
    return market, read_policy(one, market)


def of_simulator(market, policy):
    """People by region, occupation and years from the start, of what begins in the first year."""
    found = np.zeros((*market.employed.shape, YEARS + 1))
    moved = policy.influence.transfers
    if moved is not None:
        amounts = moved.people * moved.rate[moved.unit, 0]
        np.add.at(found, (moved.region, moved.occupation, moved.lag), amounts)
    if policy.influence.newcomers is not None:
        found[..., 0] += policy.influence.newcomers[0]
    if policy.influence.posts is not None:
        found[..., 0] += policy.influence.posts[0]
    return found


def of_planner(setting, block, amounts, market):
    """The same of some units of a block of the planner, in the order of the market's labels."""
    occupations = len(setting.occupations)
    found = np.zeros((len(setting.regions), occupations, YEARS + 1))
    cells = block.node // occupations, block.node % occupations, block.lag
    np.add.at(found, cells, block.people * amounts[block.unit])
    at = [list(setting.regions).index(code) for code in market.regions]
    by = [list(setting.occupations).index(code) for code in market.occupations]
    return found[np.ix_(at, by)]


def check(toy, planned, rows, lever, weight):
    """Give the planner the amounts that ``weight`` reads off its units; both must do the same."""
    setting, blocks = planned
    market, policy = simulated(toy, rows)
    units = units_of(setting, blocks[lever])
    amounts = np.array([weight(market, unit) for _, unit in units.iterrows()])
    np.testing.assert_allclose(
        of_simulator(market, policy), of_planner(setting, blocks[lever], amounts, market), atol=1e-9
    )
    assert policy.costs["cost"].sum() == pytest.approx(float(blocks[lever].cost @ amounts))
    assert amounts.sum() > 0


def test_recruits(toy, planned):
    rows = [{"lever": "recruit", "region": "A", "occupation": "engineer", "value": 7.0}]
    check(toy, planned, rows, "recruit",
          lambda _, unit: 7.0 * (unit["region"] == "A" and unit["occupation"] == "engineer"))  # fmt: skip


def test_moves(toy, planned):
    def weight(market, unit):
        if unit["region"] != "B" or unit["occupation"] != "engineer":
            return 0.0
        at, to = market.regions.index, market.occupations.index("engineer")
        size = market.region_moves[:, at("B")] * market.employed[:, to]
        return 7.0 * size[at(unit["origin"])] / size.sum()

    rows = [{"lever": "relocate", "region": "B", "occupation": "engineer", "value": 7.0}]
    check(toy, planned, rows, "relocate", weight)


def test_changes_of_occupation(toy, planned):
    def weight(market, unit):
        if unit["region"] != "A" or unit["occupation"] != "technician":
            return 0.0
        at = market.occupations.index
        size = (
            market.occupation_moves[:, at("technician")]
            * market.employed[market.regions.index("A")]
        )
        return 9.0 * size[at(unit["origin"])] / size.sum()

    rows = [{"lever": "retrain", "region": "A", "occupation": "technician", "value": 9.0}]
    check(toy, planned, rows, "retrain", weight)


def test_seats(toy, planned):
    ways = toy.table("programme_occupations").set_index(["field", "level", "occupation"])["share"]
    taught = toy.table("graduates").query("region == 'A'")
    taught = taught[taught["year"] == taught["year"].max()].set_index(["field", "level"])[
        "headcount"
    ]

    def weight(_market, unit):
        if unit["region"] != "A":
            return 0.0
        size = {
            name: taught.get(name, 0.0) * ways.get((*name, "engineer"), 0.0)
            for name in taught.index
        }
        return 10.0 * size.get((unit["field"], unit["level"]), 0.0) / sum(size.values())

    rows = [{"lever": "train", "region": "A", "occupation": "engineer", "value": 10.0}]
    check(toy, planned, rows, "train", weight)


def test_teams(toy, planned):
    rows = [{"lever": "fund", "value": 0.5}]
    check(toy, planned, rows, "fund", lambda _market, _unit: 0.5)
