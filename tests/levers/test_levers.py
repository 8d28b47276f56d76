"""Levers: files in pairs, sourced defaults, and flows that conserve people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import echelon
from echelon import levers
from echelon.errors import UnknownName

FOLDER = Path(levers.__file__).parent


def changes(flows, unit, *, regions, occupations, years):
    """People by node and year that one unit of a lever adds or takes away."""
    found = np.zeros((regions, occupations, years))
    chosen = flows.unit == unit
    at = flows.region[chosen], flows.occupation[chosen], flows.years[chosen]
    np.add.at(found, at, flows.people[chosen])
    return found


def test_every_lever_is_a_file_pair_with_sourced_defaults():
    table = levers.lever_defaults(behaviour=True)
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(levers.LEVERS)
    shared = {name for name, lever in levers.LEVERS.items() if not lever.behaviour}
    assert shared == {"train", "retrain", "relocate", "recruit", "fund"}
    behaviour = {"search", "pay", "retain", "screen", "evaluate", "compete"}
    assert set(levers.LEVERS) - shared == behaviour
    assert set(levers.lever_defaults()["name"]) < set(table["name"])
    assert all((FOLDER / f"{name}.py").is_file() for name in levers.LEVERS)
    assert (table["low"] <= table["central"]).all()
    assert (table["central"] <= table["high"]).all()
    assert table[["unit", "source", "year"]].notna().all(axis=None)
    assert table["name"].is_unique
    assert {lever.department for lever in levers.LEVERS.values()} == {
        "education", "technology", "talent",
    }  # fmt: skip


def test_the_call_goes_before_the_system_and_the_system_before_the_file():
    row = {"name": "retrain_success", "low": 0.4, "central": 0.5, "high": 0.6, "unit": "share"}
    system = echelon.examples.toy().with_(
        name="own", tables={"assumptions": pd.DataFrame([{**row, "source": "ours", "year": 2023}])}
    )
    table = levers.lever_assumptions(system, "retrain", given={"retrain_cost": 0.3})
    found = table.set_index("name")
    assert found.loc["retrain_success", ["central", "from"]].tolist() == [0.5, "system"]
    assert found.loc["retrain_cost", ["low", "central", "from"]].tolist() == [0.3, 0.3, "call"]
    assert found.loc["retrain_share", "from"] == "package"
    with pytest.raises(UnknownName, match="Did you mean 'retrain_cost'"):
        levers.lever_assumptions(system, "retrain", given={"retrain_costs": 0.3})
    with pytest.raises(UnknownName, match="Did you mean 'retrain'"):
        levers.lever_assumptions(system, "retrian")


@given(success=st.floats(0, 1), years=st.integers(0, 3))
def test_retraining_conserves_people(success, years):
    flows = levers.retrain(
        np.array([0]), np.array([1]), years=np.array([years]), success=np.array([success]),
        cost=np.ones((2, 1)),
    )  # fmt: skip
    for unit in range(2):
        found = changes(flows, unit, regions=2, occupations=2, years=4)
        np.testing.assert_allclose(found.sum(), 0, atol=1e-12)
        assert not found[1 - unit].any()
        np.testing.assert_allclose(found[unit, 1].sum(), success)


@given(completion=st.floats(0, 1), share=st.floats(0, 1))
def test_a_seat_moves_one_entrant_and_nobody_is_lost(completion, share):
    flows = levers.train(
        np.array([[0, share, 1 - share]]), np.array([[1.0, 0, 0]]), years=np.array([2]),
        completion=np.array([[completion]]), cost=np.array([[3.0]]),
    )  # fmt: skip
    found = changes(flows, 0, regions=1, occupations=3, years=3)
    np.testing.assert_allclose(found[0, :, 0], [-1, 0, 0])
    np.testing.assert_allclose(found.sum(), 0, atol=1e-12)
    np.testing.assert_allclose(found[0, 1, 2], completion * share)


def test_a_move_a_recruit_and_a_platform():
    move = levers.relocate(np.array([1]), np.array([0]), cost=np.array([[5.0, 6.0]]))
    assert move.cost.tolist() == [5, 6]
    assert move.home.tolist() == [0, 0]
    expected = [[0, 1], [0, -1]]
    assert changes(move, 1, regions=2, occupations=2, years=1)[..., 0].tolist() == expected
    recruit = levers.recruit(np.array([[2.0, 3.0]]))
    assert changes(recruit, 1, regions=1, occupations=2, years=1)[..., 0].tolist() == [[0, 1]]
    team = levers.fund(np.array([0]), posts=np.array([[4.0, 0]]), cost=np.array([9.0]))
    assert team.claims
    assert changes(team, 0, regions=1, occupations=2, years=1)[..., 0].tolist() == [[4, 0]]


@given(percent=st.floats(0, 50), more=st.floats(0.1, 50))
def test_levers_on_behaviour_do_nothing_at_zero_and_cost_more_the_further_they_go(percent, more):
    one = np.ones(1)
    ways = (
        lambda p: levers.search(p, cost=one),
        lambda p: levers.pay(p, elasticity=0.8, wage=one),
        lambda p: levers.retain(p, cost=one, leaving=0.04 * one),
        lambda p: levers.screen(p, cost=one, posts=one),
        lambda p: levers.evaluate(p, choice=1.8, cost=one, posts=one),
        lambda p: levers.compete(p, seen=0.5 * one, cost=one, posts=one)[1:],
    )
    for way in ways:
        factor, money = way(0 * one)
        assert (factor[0], money[0]) == (1.0, 0.0)
        assert way((percent + more) * one)[1][0] > way(percent * one)[1][0]
