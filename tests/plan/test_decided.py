"""What the table levers has decided: carried out at least, and said where the plan cannot."""

from __future__ import annotations

import pandas as pd
import pytest

import echelon
from echelon import plan
from echelon.errors import InvalidArgument


@pytest.fixture(scope="module")
def toy():
    return echelon.open("toy")


def with_levers(system, *rows):
    table = pd.DataFrame(rows, columns=["lever", "region", "occupation", "year", "value", "unit"])
    return system.with_(name="decided", tables={"levers": table})


def amounts(result, lever):
    frame = result.table("decisions")
    return frame[frame["lever"] == lever]


def test_what_is_decided_is_carried_out_at_least(toy):
    system = with_levers(
        toy, ("recruit", "B", "engineer", None, 0.3, "people"),
        ("train", "A", None, 2025, 2.0, "people"),
        ("retrain", None, None, 2024, 3.0, "people"), ("retrain", None, None, 2024, 4.0, "people"),
    )  # fmt: skip
    free, found = plan.optimize(toy, years=8), plan.optimize(system, years=8)
    recruits = amounts(found, "recruit").query("region == 'B' and occupation == 'engineer'")
    assert set(recruits["year"]) == set(range(2024, 2032))
    assert (recruits["amount"] >= 0.3 - 1e-6).all()
    assert amounts(found, "train").query("year == 2025")["amount"].sum() >= 2.0 - 1e-6
    # Rows about the same add up.
    assert amounts(found, "retrain").query("year == 2024")["amount"].sum() >= 7.0 - 1e-6
    assert found.certificate.value >= free.certificate.value
    assert found.certificate.verify()
    assert "table levers: train, A, 2025" in set(found.table("prices")["limit"])


def test_seats_for_an_occupation_are_those_that_lead_there(toy):
    system = with_levers(toy, ("train", "A", "technician", 2025, 0.1, "people"))
    ways = toy.table("programme_occupations").query("occupation == 'technician' and share > 0")
    train = amounts(plan.optimize(system, years=8), "train").query("year == 2025 and region == 'A'")
    leads = pd.MultiIndex.from_frame(train[["field", "level"]]).isin(
        pd.MultiIndex.from_frame(ways[["field", "level"]])
    )
    assert train[leads]["amount"].sum() >= 0.1 - 1e-6
    # Science and a bachelor's degree are both among the ways, and lead elsewhere together.
    shut = [
        {"lever": "train", "region": "A", "field": way.field, "level": way.level, "at_most": 0}
        for way in ways.itertuples()
    ]
    with pytest.raises(InvalidArgument, match="table levers: train, A, technician, 2025"):
        plan.optimize(system, years=8, constraints=shut)


@pytest.mark.parametrize(
    "row",
    [
        ("train", "A", None, None, 1.0, "people"), ("train", "A", "engineer", 2029, 1.0, "people"),
        ("retrain", "A", "researcher", None, 1.0, "people"),
    ],
)  # fmt: skip
def test_years_in_which_nothing_can_be_decided_are_left_out_and_said(toy, row):
    result = plan.optimize(with_levers(toy, row), years=6)
    said = " ".join(result.note.caveats)
    assert "left out in years in which the plan can decide nothing on it" in said
    assert "2029" in said.split("nothing on it")[1]
    limits = set(result.table("prices")["limit"])
    assert not any(limit.startswith("table levers") and "2029" in limit for limit in limits)
    lever, region, year, value = row[0], row[1], row[3], row[4]
    if year is None:
        done = amounts(result, lever).groupby(["region", "year"])["amount"].sum()
        assert done.get((region, 2025), 0.0) >= value - 1e-6


def test_what_the_plan_cannot_carry_out_is_said(toy):
    system = with_levers(
        toy, ("pay", None, None, None, 5.0, "per cent"),
        ("recruit", None, None, 2010, 5.0, "people"),
    )  # fmt: skip
    result = plan.optimize(system, years=3)
    said = " ".join(result.note.caveats)
    assert "The lever pay of the table levers is not represented in the plan" in said
    assert "1 settings of the table levers lie outside the plan's years" in said
    assert result.certificate.value == pytest.approx(plan.optimize(toy, years=3).certificate.value)


def test_more_than_can_be_done_is_a_named_conflict(toy):
    system = with_levers(toy, ("recruit", "A", None, 2024, 1e6, "people"))
    with pytest.raises(InvalidArgument, match="table levers: recruit, A, 2024") as error:
        plan.optimize(system, years=3)
    assert "The smallest change that mends it" in str(error.value)


def test_other_verbs_say_that_they_leave_the_table_out(toy):
    system = with_levers(toy, ("recruit", "B", "engineer", None, 0.4, "people"))
    said = " ".join(plan.ladder(system, years=2).note.caveats)
    assert "table levers" in said
