"""Sharing among regions and open play: what groups of regions cost, who draws people from whom."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon import plan
from echelon.errors import InvalidArgument
from echelon.methods.planning import coalition, solve
from echelon.plan.ladder import _split
from echelon.plan.poaching import play_open
from echelon.plan.rungs import closed_limits, make_rungs, of_regions

sys.path.insert(0, str(Path(__file__).parents[1] / "methods"))
from plans import random_model

seeds = st.integers(0, 10_000)


def closed_plan(model):
    return solve(model, limits=closed_limits(model), solver="highs")


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_a_group_of_all_is_the_whole_and_groups_of_one_are_closed_borders(seed):
    model = random_model(seed, 3, 3, 3)
    whole = solve(model, solver="highs").value
    everyone = np.ones(3, dtype=bool)
    size = max(abs(whole), 1.0)
    assert solve(coalition(model, everyone), solver="highs").value == pytest.approx(
        whole, abs=1e-6 * size
    )
    single = [solve(coalition(model, np.arange(3) == r), solver="highs").value for r in range(3)]
    assert sum(single) == pytest.approx(closed_plan(model).value, abs=1e-6 * size)
    pair = solve(coalition(model, np.array([True, True, False])), solver="highs").value
    assert pair <= single[0] + single[1] + 1e-6 * size


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_open_play_ends_in_a_plan_that_is_never_better_than_the_joint_one(seed):
    model = random_model(seed, 3, 3, 3, platforms=0)
    closed = closed_plan(model).plan
    play = play_open(model, closed, rounds=6)
    people, own, outside = model.program().violations(play.plan)
    assert max(people, own, outside) <= 1e-6 * float(model.demand.max())
    joint = solve(model, solver="highs").value
    assert of_regions(model, play.plan).sum() >= joint - 1e-6 * abs(joint)
    np.testing.assert_allclose(
        of_regions(model, play.plan).sum(), model.program().worth(play.plan), rtol=1e-9
    )


def value_of(rungs):
    cost = {name: rung.cost for name, rung in rungs.items()}
    names = ("alone", "regions_joined", "departments_joined", "joint")
    return {part: float(v) for part, v in _split(*(np.array(cost[n]) for n in names)).items()}


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_the_joint_solution_itself_is_no_dearer_than_any_rung(seed):
    rungs = make_rungs(random_model(seed, 3, 3, 3), gap=1e-4)
    joint = rungs["joint"].solutions[0]
    for rung in rungs.values():
        assert joint.value <= rung.cost + 1e-7 * abs(rung.cost)


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_across_regions_there_is_nothing_to_gain_without_moves_and_caps(seed):
    model = random_model(seed, 3, 3, 3, pairs=[])
    model = replace(model, cap=1e3 * model.demand.sum(axis=0))
    found = value_of(make_rungs(model, gap=1e-4))
    assert found["across regions"] == pytest.approx(0.0, abs=1e-6 * abs(model_cost(model)))


def model_cost(model):
    return solve(model, solver="highs").value


def one_department_each(model):
    """The same plan with seats for the first two occupations alone, and all else for the others."""
    first = np.arange(model.base.size) % model.shape[1] < 2
    blocks = []
    for block in model.blocks:
        if block.name in ("train", "build"):
            kept = first[block.node]
            blocks.append(
                replace(
                    block, department=np.zeros_like(block.department), unit=block.unit[kept],
                    node=block.node[kept], lag=block.lag[kept], people=block.people[kept],
                )
            )  # fmt: skip
        else:
            serves = np.bincount(block.unit, weights=first[block.node], minlength=block.units) > 0
            blocks.append(replace(block, upper=np.where(serves[:, None], 0.0, block.upper)))
    return replace(model, blocks=tuple(blocks))


@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_across_departments_there_is_nothing_to_gain_where_each_occupation_has_one(seed):
    model = random_model(seed, 3, 4, 3, arcs=0, platforms=0, least_filled=0.0, lags=(0, 1))
    found = value_of(make_rungs(one_department_each(model), gap=1e-4))
    assert found["across departments"] == pytest.approx(0.0, abs=1e-6 * abs(model_cost(model)))


def test_coupled_plans_do_have_something_to_gain():
    """The two tests above can fail: with moves, a cap and shared occupations both values are there."""
    found = value_of(make_rungs(random_model(0, 3, 3, 3), gap=1e-4))
    size = abs(model_cost(random_model(0, 3, 3, 3)))
    assert found["across regions"] > 1e-3 * size
    assert abs(found["across departments"]) > 1e-5 * size


def test_the_first_to_play_gains_and_who_is_drawn_from_loses():
    """Only region 0 lacks people and moves lead there alone: it gains, the others lose what it drew."""
    model = random_model(5, 3, 3, 3, pairs=[(1, 0), (2, 0)], platforms=0)
    closed = closed_plan(model).plan
    play = play_open(model, closed, rounds=3)
    drawn = play.plan[model.columns["relocate"]].sum()
    gain = of_regions(model, closed) - of_regions(model, play.plan)
    assert drawn > 1.0
    assert gain[0] > 0
    assert gain[1:].sum() < gain[0]
    assert (gain[1:] <= 1e-6 * np.abs(of_regions(model, closed)[1:])).all() or play.rounds > 1


def test_with_borders_that_nobody_can_cross_open_play_changes_nothing():
    model = random_model(5, 3, 3, 3, pairs=[], platforms=0)
    closed = closed_plan(model).plan
    play = play_open(model, closed, rounds=3)
    assert play.settled
    np.testing.assert_allclose(of_regions(model, play.plan), of_regions(model, closed), rtol=1e-6)


@pytest.fixture(scope="module")
def steps():
    return plan.ladder(echelon.open("toy"), years=4)


def test_both_shares_hand_out_the_same_whole(steps):
    gains = steps.table("gains")
    assert gains["shapley"].sum() == pytest.approx(gains["gain"].sum(), rel=1e-6)
    assert (gains["shapley_error"] == 0).all()
    assert any("all 7 groups" in step for step in steps.note.steps)


def test_the_table_of_open_play_adds_up(steps):
    frame = steps.table("poaching")
    np.testing.assert_allclose(frame["gain"], frame["closed"] - frame["open"])
    assert frame["drawn"].sum() == pytest.approx(frame["lost"].sum())
    assert frame["open"].sum() >= frame["joint"].sum() - 1e-6
    assert any(step.startswith("Open play: regions planned in turn") for step in steps.note.steps)


def test_what_is_not_asked_for_is_said():
    quiet = plan.ladder(echelon.open("toy"), years=2, rounds=0)
    assert quiet.table("poaching").empty
    assert any("were not played" in step for step in quiet.note.steps)


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ({"orders": 0}, "one order at least"),
        ({"rounds": -1}, "0 or more"),
        ({"deadline": 0.0}, "some seconds"),
    ],
)
def test_a_wrong_argument_is_refused(argument, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        plan.ladder(echelon.open("toy"), years=2, **argument)
