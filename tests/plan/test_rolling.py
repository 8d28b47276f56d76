"""Planning anew: what is left after some years, courses of demand, regret, proofs of scenarios."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon import plan
from echelon.charts.understanding import rolling_regret
from echelon.errors import InvalidArgument, MissingTable
from echelon.methods.planning import later, solve
from echelon.result import Result
from echelon.system.system import from_tables

sys.path.insert(0, str(Path(__file__).parents[1] / "methods"))
from plans import random_model


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), done=st.integers(0, 3))
def test_what_is_left_of_the_best_plan_is_best_for_what_is_left(seed, done):
    """Bellman: the cost of the years carried out and the best of the others make the best of all."""
    model = random_model(seed, 2, 3, 4)
    whole = solve(model, solver="highs")
    spent = float((whole.program.cost * whole.plan)[:, :done].sum())
    rest = solve(later(model, whole.plan, done), solver="highs")
    assert spent + rest.value == pytest.approx(whole.value, rel=1e-6, abs=1e-6)


def test_nothing_is_left_after_the_last_year():
    model = random_model(1, 2, 2, 2)
    with pytest.raises(InvalidArgument, match="one year at least"):
        later(model, solve(model).plan, 2)


@pytest.fixture(scope="module")
def toy():
    return echelon.open("toy")


@pytest.fixture(scope="module")
def rolled(toy):
    return plan.rolling(toy, years=3, draws=3, spread=0.04)


def test_nobody_does_better_than_hindsight(rolled):
    frame = rolled.table()
    assert (frame["regret"] >= 0).all()
    assert (frame["regret_most"] >= frame["regret"] - 1e-6).all()
    assert (frame["hindsight"] <= frame["never_changed"] + 1e-6).all()
    np.testing.assert_allclose(frame["replanning"], frame["never_changed"] - frame["cost"])
    assert frame["posts"].nunique() == 3
    means = rolled.table("summary").set_index("figure")
    assert means.loc["regret", "value"] == pytest.approx(frame["regret"].mean())
    assert rolled.certificate.verify()


def test_the_first_year_is_carried_out_as_planned(rolled):
    frame = rolled.table("levers")
    first = frame[frame["year"] == 2024]
    np.testing.assert_allclose(first["low"], first["planned"], atol=1e-6)
    np.testing.assert_allclose(first["high"], first["planned"], atol=1e-6)
    text = str(rolled.explain("C"))
    assert "planned at first" in text


def test_where_demand_is_certain_nothing_is_regretted(toy):
    sure = plan.rolling(toy, years=3, draws=1, spread=0.0).table().iloc[0]
    assert sure["regret_most"] == pytest.approx(0.0, abs=1e-6 * sure["cost"])
    assert sure["replanning"] == pytest.approx(0.0, abs=1e-6 * sure["cost"])


def test_the_same_seed_gives_the_same_courses(toy, rolled):
    again = plan.rolling(toy, years=3, draws=3, spread=0.04)
    assert again.digests == rolled.digests
    other = plan.rolling(toy, years=3, draws=1, spread=0.04, seed=1)
    assert other.table()["posts"][0] != rolled.table()["posts"][0]


def test_a_deadline_finishes_one_course(toy):
    late = plan.rolling(toy, years=2, draws=9, spread=0.02, deadline=1e-6)
    assert len(late.table()) == 1
    assert "1 of 9 courses" in late.note.steps[-1]
    assert np.isnan(late.table("summary")["error"]).all()


def test_the_chart_says_years_and_source(toy, rolled):
    said = " ".join(rolling_regret(rolled, toy).to_dict()["title"]["subtitle"])
    assert "2024-2026" in said
    assert "Source: " in said


def test_without_a_projection_the_spread_is_asked_for(toy):
    tables = {name: toy.table(name) for name in toy.tables if name != "output"}
    with pytest.raises(MissingTable, match="Give spread="):
        plan.rolling(from_tables("part", tables), years=2, draws=1)


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ({"step": 0}, "Carry out one year at least"),
        ({"step": 6}, "Carry out one year at least"),
        ({"draws": 0}, "one course at least"),
        ({"spread": -0.1}, "Give a share"),
        ({"deadline": 0.0}, "some seconds"),
    ],
)
def test_a_wrong_argument_is_refused(toy, argument, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        plan.rolling(toy, **argument)


def test_the_proof_of_all_scenarios_holds_and_survives_the_disk(toy, tmp_path):
    courses = {"low": (0.5, 0.9), "high": (0.5, 1.2)}
    found = plan.scenarios(toy, years=3, decided=1, demand=courses)
    value = found.table("value").set_index("figure")["value"]
    assert found.certificate.value == pytest.approx(value["RP"])
    assert found.certificate.gap < 1e-6
    again = Result.load(found.save(tmp_path / "scenarios")).certificate
    assert again.verify()
    again.plan[0, 0] += 10.0
    assert not again.verify()
