"""The formation of regions: the bundled systems, small ones by hand, and what a user can do wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    InvalidSystem,
    MissingTable,
    UnknownName,
)
from echelon.measure import formation
from echelon.system.system import from_tables

DRAWS = 40
# A is a highland, B a fulcrum behind it; C and D follow B; E moves apart.
BY_HAND = np.array(
    [
        [0, 30, 6, 5, 0],
        [60, 0, 4, 5, 0],
        [10, 30, 0, 2, 0],
        [8, 40, 1, 0, 0],
        [0, 0, 0, 0, 0],
    ]
)


def make(people, *, years=(2020,), distance=True, **more):
    people = np.asarray(people, dtype=float)
    codes = [chr(65 + i) for i in range(len(people))]
    pairs = [(a, b) for a in range(len(codes)) for b in range(len(codes)) if a != b]
    place = np.random.default_rng(1).uniform(0, 900, (len(codes), 2))
    flows = pd.DataFrame(
        [
            {"region": codes[a], "destination": codes[b], "year": year, "people": people[a, b]}
            for year in years
            for a, b in pairs
        ],
        columns=["region", "destination", "year", "people"],
    )
    ties = pd.DataFrame(
        [
            {"region": codes[a], "destination": codes[b],
             "distance": float(np.hypot(*(place[a] - place[b])))}
            for a, b in pairs
        ],
        columns=["region", "destination", "distance"],
    )  # fmt: skip
    tables = {
        "regions": pd.DataFrame({"region": codes, "name": [f"Region {c}" for c in codes]}),
        "flows": flows,
        **({"ties": ties} if distance else {}),
    }
    return from_tables("made", {**tables, **more})


@pytest.fixture(scope="module")
def of_us(us):
    return formation(us, draws=DRAWS)


@pytest.fixture(scope="module")
def of_china():
    return formation(echelon.open("china"), draws=DRAWS)


# ----- the United States


def test_us_goes_by_the_highest_education_of_three_years(of_us):
    assert of_us.note.parameters["education"] == "graduate_or_professional"
    assert of_us.note.parameters["years"] == [2016, 2017, 2018]
    assert len(of_us.table()) == 51


def test_what_is_known_of_the_states(of_us):
    frame = of_us.table().set_index("region")
    assert frame.loc["US-CA", "role"] == "highland"
    assert frame.loc["US-CA", "rank"] == 1
    assert frame.loc["US-NV", "leader"] == "US-CA"
    assert frame.loc["US-OK", "leader"] == "US-TX"
    assert frame.loc["US-DC", "leader"] == "US-MD"
    assert frame.loc["US-NY", "effectiveness_high"] < 0
    assert frame.loc["US-WA", "effectiveness_low"] > 0
    assert frame.loc[["US-AZ", "US-CO", "US-WA"], "pull_low"].min() > 0
    assert frame.loc["US-NY", "pull_high"] < 0


def test_bands_contain_their_figures_and_stability_is_a_share(of_us):
    frame = of_us.table()
    assert (frame["rank_low"] <= frame["rank_high"]).all()
    inside = frame["effectiveness"].between(frame["effectiveness_low"], frame["effectiveness_high"])
    assert inside.mean() > 0.9
    for name in ("role_stability", "leader_stability", "basin_stability", "leader_share"):
        assert frame[name].between(0, 1).all()


def test_arrivals_and_leavers_agree(of_us, us):
    frame = of_us.table()
    assert frame["inflow"].sum() == pytest.approx(frame["outflow"].sum())
    assert frame["net"].sum() == pytest.approx(0, abs=1e-6)
    flows = us.table("flows")
    same = flows[(flows["education"] == "graduate_or_professional")]
    assert frame["inflow"].sum() == pytest.approx(same["people"].sum())


def test_the_note_compares_the_levels_with_everybody(of_us):
    steps = " ".join(of_us.note.steps)
    assert "The levels of education add up to" in steps
    assert "of everybody in the same years" in steps
    assert any("derived or assumed figures" in caveat for caveat in of_us.note.caveats)
    assert any("pattern between two states is that of everybody" in s or "Moves by education" in s
               for s in of_us.note.caveats)  # fmt: skip


def test_gravity_falls_with_distance_and_meets_the_margins(of_us):
    fit = of_us.table("gravity").set_index("item")["value"]
    assert -1.5 < fit["decay"] < -0.3
    moves = of_us.table("moves")
    sums = moves.groupby("region")[["people", "expected"]].sum()
    assert len(sums) == 51
    assert (moves["attraction"] > 0).all()


def test_everybody_pools_four_years(us):
    found = formation(us, education="all", draws=20)
    assert found.note.parameters["years"] == [2016, 2017, 2018, 2019]
    assert found.table()["inflow"].sum() == pytest.approx(29_993_648)
    assert found.table().set_index("region").loc["US-FL", "role"] == "highland"
    assert (found.table()["evidence"] == "measured").all()


def test_a_region_is_explained_down_to_its_flows(of_us):
    text = str(of_us.explain("US-NV"))
    assert "follower; follows California; 0 direct followers" in text
    assert "Flow 1:" in text
    assert "to California" in text
    assert "margin" in text


def test_who_is_first_mirrors_itself(of_us):
    leads = of_us.table("leads").set_index(["region", "destination"])["lag"]
    for (one, other), lag in leads.items():
        assert leads[other, one] == -lag
    known = of_us.table()["lead_low"].notna()
    assert (of_us.table().loc[known, "lead_industries"] >= 3).all()


def test_the_same_seed_gives_the_same_figures(us, of_us):
    assert formation(us, draws=DRAWS).digests == of_us.digests


# ----- China


def test_china_is_led_by_its_coast(of_china):
    frame = of_china.table().set_index("region")
    assert of_china.note.parameters["years"] == [2010]
    assert frame.loc["CN-GD", "role"] == "highland"
    assert frame.loc["CN-HN", "leader"] == "CN-GD"
    assert frame.loc["CN-GD", "effectiveness"] > 0.8
    assert any("lifetime moves" in caveat for caveat in of_china.note.caveats)
    assert any("no margin of error is known" in step for step in of_china.note.steps)


# ----- by hand


def test_roles_by_hand():
    found = formation(make(BY_HAND), draws=20)
    frame = found.table().set_index("region")
    assert frame["role"].to_dict() == {
        "A": "follower", "B": "highland", "C": "follower", "D": "follower", "E": "apart"
    }  # fmt: skip
    assert frame.loc["A", "leader"] == "B"
    assert frame.loc["B", "leader"] == ""
    assert frame.loc["B", "followers"] == 3
    assert frame.loc["A", "leader_share"] == pytest.approx(30 / 41)
    assert np.isnan(frame.loc["E", "effectiveness"])
    assert "Nobody moves from or to E: they stand apart from the formation." in found.note.caveats


def test_thresholds_make_the_roles():
    found = formation(make(BY_HAND), draws=20, highland_size=9.0)
    assert found.table().set_index("region").loc["B", "role"] == "fulcrum"
    found = formation(make(BY_HAND), draws=20, highland_size=9.0, fulcrum_followers=4)
    assert found.table().set_index("region").loc["B", "role"] == "follower"


def test_certain_moves_give_certain_roles():
    found = formation(make(BY_HAND * 100_000), draws=20)
    assert (found.table()["role_stability"] == 1).all()


def test_margins_of_error_widen_the_bands():
    def width(margin):
        system = make(BY_HAND * 100)
        flows = system.table("flows").assign(margin=margin)
        frame = formation(system.with_(name="m", tables={"flows": flows}), draws=60).table()
        return (frame["effectiveness_high"] - frame["effectiveness_low"]).mean()

    assert width(900.0) > 5 * width(20.0)


# ----- what a user can do wrong


def test_without_distances_gravity_is_left_out_and_said():
    found = formation(make(BY_HAND, distance=False), draws=20)
    assert "pull" not in found.table()
    assert "attraction" not in found.table("moves")
    assert "gravity" not in found.tables
    assert any("Gravity is left out: no distances are known" in c for c in found.note.caveats)


def test_who_is_first_goes_by_the_longer_history(of_us):
    entries = of_us.table("entries")
    assert entries["year"].min() == 1990
    assert (~entries["before"]).sum() > 100
    assert any("people by industry, 1990-2020" in step for step in of_us.note.steps)


def test_one_year_of_industries_leaves_out_who_is_first():
    industries = pd.DataFrame({"industry": ["I", "J"], "name": ["I", "J"]})
    output = pd.DataFrame(
        [(c, i, 2020, 5.0 + ord(c) * (i == "I")) for c in "ABCDE" for i in "IJ"],
        columns=["region", "industry", "year", "employment"],
    )
    found = formation(make(BY_HAND, industries=industries, output=output), draws=20)
    assert "lead" not in found.table()
    assert any("known for 1 consecutive years only" in c for c in found.note.caveats)


def test_one_region_is_said():
    with pytest.raises(InsufficientData, match="made of several regions, and there is only one"):
        formation(make([[0]], distance=False))


def test_negative_moves_are_said():
    wrong = BY_HAND.astype(float)
    wrong[1, 2] = -4
    with pytest.raises(InvalidSystem, match="-4 people move from B to C in 2020"):
        formation(make(wrong))


def test_nobody_moving_is_said():
    with pytest.raises(InsufficientData, match="Nobody moves between two different regions"):
        formation(make(np.zeros((3, 3))))


def test_a_missing_table_is_said():
    system = from_tables("bare", {"regions": pd.DataFrame({"region": ["A"], "name": ["A"]})})
    with pytest.raises(MissingTable, match="has no table flows"):
        formation(system)


def test_moves_that_stand_twice_are_said():
    system = make(BY_HAND)
    flows = system.table("flows")
    twice = system.with_(name="t", tables={"flows": pd.concat([flows, flows.head(1)])})
    with pytest.raises(InvalidSystem, match="The moves from A to B in 2020 stand twice"):
        formation(twice)


def test_an_unknown_level_or_year_is_said(us):
    with pytest.raises(UnknownName, match="bachelors"):
        formation(us, education="bachelors")
    with pytest.raises(InvalidArgument, match=r"no moves of 1999.*Choose among 2016"):
        formation(us, education="all", years=[1999])


@pytest.mark.parametrize(
    "arguments", [{"highland_size": -1.0}, {"fulcrum_followers": 0}, {"draws": 2}]
)
def test_arguments_outside_their_range_are_said(arguments):
    with pytest.raises(InvalidArgument, match="20 draws or more"):
        formation(make(BY_HAND), **arguments)
