"""Assumptions: the package's, the system's, the call's; their draws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InvalidArgument, UnknownName
from echelon.system.assumptions import assumed, default_assumptions, draw_assumptions


@pytest.fixture(scope="module")
def toy():
    return echelon.open("toy")


def test_every_default_has_a_range_a_unit_and_says_why():
    table = default_assumptions()
    assert ((table["low"] <= table["central"]) & (table["central"] <= table["high"])).all()
    assert table[["unit", "source"]].notna().all(axis=None)
    assert table["name"].is_unique


def test_the_call_wins_over_the_system_and_the_system_over_the_package(toy):
    table = assumed(toy, ["discount_rate", "horizon", "search"], {"search": [0.1, 0.2, 0.4]})
    rows = table.set_index("name")
    assert rows["from"].to_dict() == {
        "discount_rate": "system", "horizon": "package", "search": "call",
    }  # fmt: skip
    assert rows.loc["discount_rate", "high"] == 0.05
    assert rows.loc["search", ["low", "central", "high"]].tolist() == [0.1, 0.2, 0.4]


def test_a_scenario_replaces_an_assumption(toy):
    rows = pd.DataFrame({"name": ["horizon"], "central": [7.0]})
    table = assumed(toy.with_(name="short", tables={"assumptions": rows}), ["horizon"])
    assert table.loc[0, ["low", "central", "high"]].tolist() == [7.0, 7.0, 7.0]


def test_faults_are_said(toy):
    with pytest.raises(UnknownName, match="no assumption named 'horizn'"):
        assumed(toy, ["horizon"], {"horizn": 3})
    with pytest.raises(UnknownName, match="no assumption named 'colour'"):
        assumed(toy, ["colour"])
    with pytest.raises(
        InvalidArgument, match="The assumption horizon has low 9, central 3, high 5"
    ):
        assumed(toy, ["horizon"], {"horizon": [9, 3, 5]})
    with pytest.raises(InvalidArgument, match="The assumption horizon has 2 values"):
        assumed(toy, ["horizon"], {"horizon": [9, 3]})


def test_draws_lie_in_the_range_around_the_central_value(toy):
    table = assumed(toy, ["horizon", "search"], {"search": 0.3})
    drawn = draw_assumptions(table, draws=20_000, seed=1)
    row = table.set_index("name").loc["horizon"]
    assert drawn["horizon"].min() >= row["low"]
    assert drawn["horizon"].max() <= row["high"]
    # The mean of a triangular distribution is the mean of its three corners.
    corners = np.mean([row["low"], row["central"], row["high"]])
    assert drawn["horizon"].mean() == pytest.approx(corners, rel=0.01)
    assert (drawn["search"] == 0.3).all()
    again = draw_assumptions(table, draws=20_000, seed=1)
    assert (again["horizon"] == drawn["horizon"]).all()


def test_shipped_assumptions_are_what_their_units_say(toy):
    from echelon.levers import lever_defaults

    defaults = lever_defaults(behaviour=True)
    names = [*default_assumptions()["name"], *defaults["name"]]
    assert len(assumed(toy, names, defaults=defaults)) == len(names)


@pytest.mark.parametrize(
    ("name", "value"), [("completion", 1.2), ("horizon", -1.0), ("discount_rate", np.nan)]
)
def test_a_figure_that_cannot_be_is_refused_with_its_end(toy, name, value):
    with pytest.raises(InvalidArgument, match=f"The assumption {name}"):
        assumed(toy, [name], {name: value})
    assert assumed(toy, ["demand_growth_error"], {"demand_growth_error": -0.01}).loc[0, "low"] < 0


def test_the_unit_of_the_package_rules_where_the_system_names_another(toy):
    rows = pd.DataFrame({"name": ["completion"], "central": [64.0], "unit": ["per cent"]})
    with pytest.raises(InvalidArgument, match="completion cannot be 64"):
        assumed(toy.with_(name="odd", tables={"assumptions": rows}), ["completion"])
