"""Introduction against cultivation: hand results on the toy, the us system, assumptions, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.diagnose import sourcing
from echelon.errors import InsufficientData, InvalidArgument, MissingTable, UnknownName
from echelon.system.system import from_tables

USED = (
    "regions", "occupations", "skills", "fields", "levels", "occupation_skills", "transitions",
    "programme_occupations", "occupation_education", "workers", "worker_education", "attainment",
    "demand", "graduates", "flows", "programmes", "indicators", "assumptions", "sources",
)  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    """The toy with the tables that these verbs read, which opens quickly."""
    system = echelon.open("toy")
    return from_tables("toy", {name: system.table(name) for name in USED})


@pytest.fixture(scope="module")
def found():
    return sourcing(echelon.open("us"), draws=200)


def without(system, *names):
    tables = {name: system.table(name) for name in system.tables if name not in names}
    return from_tables("part", tables)


def test_the_toy_by_hand(toy):
    """Alderland: 30, 32, 34 graduates and 18, 20, 22 arrivals; the stock rises by 15 a year."""
    row = sourcing(toy, draws=100).table().set_index("region").loc["A"]
    assert row["graduates"] == 32
    assert row["arrived"] == 20
    assert row["introduced_share"] == pytest.approx(100 * 60 / 156)
    assert row["cultivated_share"] == pytest.approx(100 * 96 / 156)
    assert row["change"] == 15
    assert row["residual"] == 15 - 32 - (20 - 7)
    parts = [row[f"growth_from_{part}"] for part in ("training", "moves", "residual")]
    assert sum(parts) == pytest.approx(100)


def test_the_costs_by_hand(toy):
    """Without leaving, discount and range, every term can be written down."""
    given = {
        "training_cost": 0.2, "stipend": 0.0, "foregone_share": 0.5, "study_years": 4,
        "completion": 0.5, "horizon": 10, "discount_rate": 0.0, "leaving_of_newcomers": 0.0,
        "recruit_premium": 0.1, "relocation": 0.2, "search": 0.1,
    }  # fmt: skip
    row = sourcing(toy, assumptions=given, draws=100).table().set_index("region").loc["A"]
    workers = toy.table("workers").query("year == 2023 and region == 'A'").set_index("occupation")
    bill = workers["wage"] * workers["headcount"]
    asks, other = ["researcher", "engineer"], ["technician", "helper"]
    wage = bill[asks].sum() / workers.loc[asks, "headcount"].sum()
    without_degree = bill[other].sum() / workers.loc[other, "headcount"].sum()
    leaving = np.mean([7 / 450, 7 / 465, 7 / 480])
    worked = (1 - (1 - leaving) ** 10) / leaving
    built = (0.2 * wage + 0.5 * without_degree) * 4 / (0.5 * worked)
    assert row["build_cost"] == pytest.approx(built)
    assert row["buy_cost"] == pytest.approx(wage * (0.1 + 0.3 / 10))
    assert row["break_even_premium"] == pytest.approx(100 * (built / wage - 0.03))
    assert row["build_cost_low"] == pytest.approx(row["build_cost_high"])


def test_at_the_break_even_premium_both_ways_cost_the_same(toy):
    first = sourcing(toy, assumptions={"search": 0.1}, draws=100).table().set_index("region")
    premium = float(first.loc["B", "break_even_premium"]) / 100
    again = sourcing(toy, assumptions={"search": 0.1, "recruit_premium": premium}, draws=100)
    row = again.table().set_index("region").loc["B"]
    assert row["build_cost"] == pytest.approx(row["buy_cost"])


def test_programmes_take_the_place_of_assumed_training_costs(toy):
    """A seat costs 20,000, takes four years, and four of five complete."""
    given = {"stipend": 0.0, "foregone_share": 0.0, "discount_rate": 0.0, "horizon": 10}
    with_seats = sourcing(toy, assumptions=given, draws=100).table().set_index("region")
    leaving = np.mean([7 / 450, 7 / 465, 7 / 480])
    worked = (1 - (1 - leaving) ** 10) / leaving
    assert with_seats.loc["A", "build_cost"] == pytest.approx(20_000 / (0.8 * worked))
    assumed = sourcing(without(toy, "programmes"), assumptions=given, draws=100)
    assert "Training costs by the assumptions" in " ".join(assumed.note.steps)


def test_the_accounts_of_the_us_close(found):
    frame = found.table()
    total = frame[["graduates", "arrived", "left", "abroad", "residual", "change"]].sum()
    assert total["arrived"] == pytest.approx(total["left"], rel=0.01)
    parts = total["graduates"] + total["arrived"] - total["left"] + total["abroad"]
    assert parts + total["residual"] == pytest.approx(total["change"])
    # What is derived and what is counted leave little open over the nation.
    assert abs(total["residual"]) < 0.1 * total["change"]


def test_shares_bands_and_ranks_agree(found):
    frame = found.table()
    assert frame["introduced_share"].between(0, 100).all()
    assert sorted(frame["rank"]) == list(range(1, 52))
    for name in ("introduced_share", "rank", "build_cost", "buy_cost", "break_even_premium"):
        assert (frame[f"{name}_low"] <= frame[f"{name}_high"]).all(), name
    assert frame.set_index("region").loc["US-NV", "rank"] <= 3
    assert "Do not rank by the ratio of the costs alone" in " ".join(found.note.caveats)


def test_a_number_is_explained(found):
    text = str(found.explain("US-CO"))
    assert "Introduced share of additions: " in text
    assert "Cost by training: " in text
    assert "assumptions: central values" in text


def test_every_assumption_of_the_costs_is_in_the_result(found):
    table = found.table("assumptions")
    assert set(table["from"]) == {"package"}
    assert table[["unit", "source"]].notna().all(axis=None)
    assert found.note.parameters["completion"] == 0.64


def test_the_same_seed_gives_the_same_figures(toy):
    assert sourcing(toy, draws=100).digests == sourcing(toy, draws=100).digests


def test_moves_of_one_year_stand_for_the_others_and_it_is_said(toy):
    flows = toy.table("flows").query("education != 'bachelor' or year == 2023")
    system = without(toy, "indicators").with_(name="few", tables={"flows": flows})
    result = sourcing(system, draws=100)
    assert any("each year has their mean" in step for step in result.note.steps)
    accounts = result.table("accounts")
    assert accounts.groupby("region")["arrived"].nunique().max() == 1


def test_without_wages_the_costs_are_unknown_and_the_shares_remain(toy):
    result = sourcing(without(toy, "workers"), draws=100)
    assert result.table()["introduced_share"].notna().all()
    assert result.table()["build_cost"].isna().all()
    assert any("Costs are unknown" in caveat for caveat in result.note.caveats)


def test_a_shrinking_stock_has_no_shares_of_growth(toy):
    rows = toy.table("attainment").assign(people=lambda f: f["people"] * 10.0 ** (2030 - f["year"]))
    frame = sourcing(toy.with_(name="less", tables={"attainment": rows}), draws=100).table()
    assert (frame["change"] < 0).all()
    assert frame["growth_from_training"].isna().all()


def test_what_is_missing_is_named(toy):
    with pytest.raises(MissingTable, match="has no tables graduates, attainment, levels"):
        sourcing(echelon.open("china"))
    with pytest.raises(MissingTable, match="Who moves between regions with the level 'bachelor'"):
        sourcing(without(toy, "flows", "indicators"))
    one = toy.table("attainment").query("year == 2023")
    with pytest.raises(InsufficientData, match="known together in 1 year for every region"):
        sourcing(toy.with_(name="one", tables={"attainment": one}))
    none = toy.table("graduates").query("level == 'high_school'")
    with pytest.raises(
        InsufficientData, match="graduates has no graduates of the level 'bachelor'"
    ):
        sourcing(toy.with_(name="none", tables={"graduates": none}))


def test_wrong_arguments_are_refused(toy):
    with pytest.raises(UnknownName, match="no level named 'guild'"):
        sourcing(toy, degree="guild")
    with pytest.raises(UnknownName, match="no assumption named 'tuition'"):
        sourcing(toy, assumptions={"tuition": 3.0})
    with pytest.raises(InvalidArgument, match="window = 1"):
        sourcing(toy, window=1)
    with pytest.raises(InvalidArgument, match="Nobody completes"):
        sourcing(toy, assumptions={"completion": 0.0})


def test_no_moves_at_all_is_no_introduction(toy):
    zero = toy.table("indicators")
    zero.loc[zero["indicator"].str.startswith("degree_holders"), "value"] = 0.0
    frame = sourcing(toy.with_(name="still", tables={"indicators": zero}), draws=100).table()
    assert (frame["introduced_share"] == 0).all()
    assert (frame["rank"] == 1).all()
    assert pd.notna(frame["build_cost"]).all()
