"""Baseline against scenarios: zero is zero, cost grows, people are conserved, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon.errors import InvalidArgument, MisalignedLabels, MissingTable, UnknownName
from echelon.simulate import compare, run
from echelon.simulate.influence import Transfers
from echelon.simulate.market import read_market
from echelon.simulate.policy import read_policy
from echelon.simulate.underway import WholeQueue
from echelon.system.system import from_tables

USED = (
    "regions", "occupations", "skills", "levels", "fields", "industries", "occupation_skills",
    "transitions", "workers", "unemployment", "demand", "flows", "ties", "separations", "turnover",
    "staffing", "graduates", "programme_occupations", "occupation_education", "platforms", "sources",
)  # fmt: skip
LEVERS = ("train", "retrain", "relocate", "recruit", "search", "pay", "retain")
SELECTION = ("screen", "evaluate", "compete")
SMALL = {"years": 3, "members": 5, "demand": "constant"}


@pytest.fixture(scope="module")
def toy():
    system = echelon.open("toy")
    return from_tables("toy", {name: system.table(name) for name in USED})


def setting(toy, lever, value, name=None, *, region=None, occupation="engineer", year=None):
    rows = pd.DataFrame(
        [{"lever": lever, "region": region, "occupation": occupation, "year": year, "value": value}]
    )
    return toy.with_(name=name or f"{lever} {value}", levers=rows)


@pytest.fixture(scope="module")
def found(toy):
    """Every lever at a little and at twice as much."""
    scenarios = [setting(toy, lever, by) for lever in LEVERS for by in (4.0, 8.0)]
    return compare(toy, scenarios, **SMALL)


@pytest.mark.parametrize("engine", ["mean", "counts"])
def test_a_scenario_that_changes_nothing_is_the_baseline_exactly(toy, engine):
    same = toy.with_(name="same", tables={"regions": toy.table("regions")})
    rows = pd.DataFrame({"lever": [*LEVERS, *SELECTION, "fund"], "value": 0.0})
    found = compare(toy, [same, toy.with_(name="zero", levers=rows)], **SMALL, engine=engine)
    for column in ("difference", "difference_low", "difference_high"):
        known = found.table()[column].dropna()
        assert (known == 0).all()
    assert "costs" not in found.tables


def test_people_are_conserved_in_every_member_of_every_scenario(found):
    table = found.table("members")
    assert table["scenario"].nunique() == 1 + 2 * len(LEVERS)
    for _, rows in table.groupby(["scenario", "member"]):
        people = (rows["employed"] + rows["unemployed"] + rows["in_training"]).to_numpy()
        change = (rows["joined"] - rows["retired"]).to_numpy()[1:]
        np.testing.assert_allclose(np.diff(people), change, rtol=0, atol=1e-8 * people[0])
    assert table[table["scenario"] == "train 8.0"]["in_training"].max() > 0


def test_cost_grows_with_the_lever_and_its_band_holds_it(found):
    costs = found.table("costs")
    assert set(costs["lever"]) == set(LEVERS)
    whole = costs.groupby(["lever", "scenario"])["cost"].sum()
    for lever in LEVERS:
        assert whole[lever, f"{lever} 8.0"] > whole[lever, f"{lever} 4.0"] > 0
        if lever != "pay":
            assert whole[lever, f"{lever} 8.0"] == pytest.approx(2 * whole[lever, f"{lever} 4.0"])
    assert (costs["cost_low"] <= costs["cost"]).all()
    assert (costs["cost"] <= costs["cost_high"]).all()


def test_levers_act_in_the_direction_that_they_say(found):
    rows = found.table().query("region == 'all' and year == 2026")
    at = rows.set_index(["scenario", "figure"])["difference"]
    assert at["search 8.0", "unemployed"] < at["search 4.0", "unemployed"] < 0
    assert at["retain 8.0", "employed"] > 0
    occupations = found.table("occupations").query("occupation == 'engineer' and year == 2026")
    engineers = occupations.set_index(["scenario", "figure"])["difference"]
    assert engineers["recruit 8.0", "employed"] > 0
    assert engineers["retrain 8.0", "employed"] + engineers["retrain 8.0", "unemployed"] > 0
    assert engineers["pay 8.0", "vacancies"] < 0


def test_recruits_are_as_many_as_were_asked_for(found):
    members = found.table("members").query("member == 0")
    joined = members.groupby("scenario")["joined"].sum()
    assert joined["recruit 8.0"] - joined["toy"] == pytest.approx(24.0, rel=1e-6)


def test_a_plan_on_paper_beside_what_the_market_does_with_it(found):
    """Eight recruits a year are 24 after three years on paper; fewer stay, and fewer work."""
    table = found.table("promise")
    assert {"search", "pay", "retain"}.isdisjoint({name.split()[0] for name in table["scenario"]})
    last = table.query("year == 2026").groupby("scenario")[["promised", "people", "employed"]].sum()
    assert last.loc["recruit 8.0", "promised"] == pytest.approx(24.0)
    assert 0 < last.loc["recruit 8.0", "employed"] < last.loc["recruit 8.0", "people"] < 24.0
    assert last.loc["relocate 8.0", "promised"] == pytest.approx(0.0, abs=1e-9)
    engineers = table.query(
        "scenario == 'retrain 8.0' and occupation == 'engineer' and year == 2026"
    )
    # Of those who succeed, 8 x 0.7 a year, researchers arrive in the year and technicians after two.
    assert 1 < engineers["promised"].sum() / (8 * 0.7) < 3
    assert 0 < engineers["people"].sum() < engineers["promised"].sum()
    assert (table["employed_low"] <= table["employed"] + 1e-3).all()


@pytest.fixture(scope="module")
def chosen(toy):
    """The levers on who is chosen, beside nothing in the same market of classes."""
    scenarios = [
        setting(toy, lever, by, occupation=None) for lever in SELECTION for by in (20.0, 40.0)
    ]
    same = toy.with_(name="same", tables={"regions": toy.table("regions")})
    return compare(toy, [same, *scenarios], **SMALL)


def test_levers_on_who_is_chosen_are_nothing_at_zero_and_cost_more_the_further_they_go(chosen):
    rows = chosen.table("applicants")
    assert (rows.query("scenario == 'same'")["difference"].dropna() == 0).all()
    assert (chosen.table().query("scenario == 'same'")["difference"].dropna() == 0).all()
    cost = chosen.table("costs").groupby("scenario")["cost"].sum()
    for lever in SELECTION:
        assert cost[f"{lever} 40.0"] == pytest.approx(2 * cost[f"{lever} 20.0"])


def test_each_of_them_helps_whom_it_says(chosen):
    rows = chosen.table("applicants").query("region == 'all' and year == 2026")
    at = rows.set_index(["scenario", "group", "figure"])["difference"]
    for more, less in (("40.0", "20.0"),):
        for lever, group in (
            ("screen", "no degree"), ("evaluate", "better half"), ("compete", "degree"),
        ):  # fmt: skip
            helped = [at[f"{lever} {by}", group, "unemployment"] for by in (more, less)]
            assert helped[0] < helped[1] < 0
    assert at["compete 40.0", "no degree", "unemployment"] > 0
    people = chosen.table("members").query("member == 0 and year == 2026").set_index("scenario")
    whole = people["employed"] + people["unemployed"] - people["joined"] + people["retired"]
    assert whole.max() - whole.min() < 1


def test_people_of_classes_start_in_balance(chosen, toy):
    """Before any lever acts the market of classes stands where the plain one does."""
    plain = run(toy, **SMALL).table("regions").query("region == 'all'")["unemployment"]
    rows = chosen.table().query(
        "scenario == 'same' and region == 'all' and figure == 'unemployment'"
    )
    np.testing.assert_allclose(rows["baseline"], plain, atol=0.1)


def test_levers_on_who_is_chosen_refuse_without_education(toy):
    tables = {name: toy.table(name) for name in toy.tables if name != "occupation_education"}
    bare = from_tables("bare", tables)
    with pytest.raises(MissingTable, match="does not say who has a degree"):
        compare(bare, setting(bare, "screen", 10.0), **SMALL)


def test_funded_teams_need_people(toy):
    half, all_of_it = (setting(toy, "fund", by, occupation=None) for by in (0.5, 1.0))
    found = compare(toy, [half, all_of_it], **SMALL)
    rows = found.table().query("region == 'all' and year == 2026").set_index(["scenario", "figure"])
    assert (
        rows.loc[("fund 1.0", "vacancies"), "difference"]
        > rows.loc[("fund 0.5", "vacancies"), "difference"]
    )
    assert rows.loc[("fund 1.0", "employed"), "difference"] > 0
    cost = found.table("costs").groupby("scenario")["cost"].sum()
    paid = toy.table("platforms").drop_duplicates("platform")["cost"].sum()
    assert cost["fund 1.0"] == pytest.approx(3 * paid)


def test_people_at_work_who_apply_fill_posts_and_free_them(toy):
    usual = run(toy, **SMALL)
    moving = run(toy, **SMALL, assumptions={"moves_between_posts": 0.02})
    rows = [
        r.table("regions").query("region == 'all' and year == 2025").iloc[0]
        for r in (usual, moving)
    ]
    assert rows[1]["entered"] > 2 * rows[0]["entered"]
    assert rows[1]["left"] > 2 * rows[0]["left"]
    assert rows[1]["unemployment"] == pytest.approx(rows[0]["unemployment"], abs=0.15)
    assert not any("moves_between_posts is 0" in caveat for caveat in moving.note.caveats)


def test_the_figures_of_levers_are_drawn_for_every_member(toy):
    """The first member has the central figures, the others differ, and the same seed gives the same."""
    market = read_market(toy, years=3, demand="constant", results={})
    policy = read_policy(setting(toy, "pay", 8.0), market, members=20, seed=1)
    again = read_policy(setting(toy, "pay", 8.0), market, members=20, seed=1)
    factors = [each.attraction.max() for each in policy.influences]
    assert len(set(factors)) == 20
    assert factors == [each.attraction.max() for each in again.influences]
    assert 1.08**0.4 <= min(factors) < factors[0] < max(factors) <= 1.08**1.2
    moved = read_policy(setting(toy, "retrain", 8.0), market, members=20, seed=1).influences
    arriving = [each.transfers.people.max() for each in moved]
    assert 0.5 <= min(arriving) < arriving[0] == 0.7 < max(arriving) <= 0.85
    assert len(read_policy(setting(toy, "search", 8.0), market, members=20).influences) == 1


def test_relocation_moves_people_between_regions(toy):
    moved = setting(toy, "relocate", 12.0, region="B", occupation=None)
    rows = compare(toy, moved, **SMALL).table().query("year == 2026")
    by = rows.set_index(["region", "figure"])["difference"]
    people = {r: by[r, "employed"] + by[r, "unemployed"] for r in ("A", "B", "C", "all")}
    assert people["B"] > 5
    assert people["A"] + people["C"] < 0
    assert abs(people["all"]) < 1


def test_a_lever_of_one_year_acts_from_that_year_on(toy):
    later = setting(toy, "search", 20.0, year=2025, occupation=None)
    rows = compare(toy, later, **SMALL).table().query("region == 'all' and figure == 'unemployed'")
    by = rows.set_index("year")["difference"]
    assert by[2024] == 0
    assert by[2025] < 0


def test_less_demand_in_one_region_is_felt_there_first(toy):
    rows = toy.table("demand")
    later = [rows.query("year == 2023").assign(year=2023 + k) for k in (1, 2, 3)]
    path = pd.concat([rows, *later], ignore_index=True)
    base = toy.with_(name="base", tables={"demand": path})
    fall = path.copy()
    fall.loc[(fall["region"] == "A") & (fall["year"] >= 2025), "posts"] *= 0.9
    wave = base.with_(name="wave", tables={"demand": fall})
    found = compare(base, wave, years=3, members=4)
    by = found.table().query("figure == 'unemployment' and year == 2025").set_index("region")
    assert by.loc["A", "difference"] > max(by.loc["B", "difference"], by.loc["C", "difference"])
    assert by.loc["A", "difference_low"] > 0
    before = found.table().query("figure == 'employed' and year == 2023")
    assert (before["difference"] == 0).all()


def test_the_members_of_two_scenarios_share_their_random_numbers(toy):
    """Chance is the same wherever cells agree, so that the difference is the policy."""
    scenario = setting(toy, "search", 10.0, region="C", occupation="helper")
    found = compare(toy, scenario, years=1, members=20, engine="counts", demand="constant")
    rows = found.table().query("figure == 'employed' and year == 2024").set_index("region")
    spread = rows["difference_high"] - rows["difference_low"]
    alone = run(toy, years=1, members=20, engine="counts", demand="constant").table("regions")
    usual = alone.query("year == 2024").set_index("region")
    for region in ("A", "B"):
        assert (
            spread[region] < usual.loc[region, "employed_high"] - usual.loc[region, "employed_low"]
        )


def test_levers_of_the_system_itself_act_in_run(toy):
    base = run(toy, **SMALL)
    helped = run(setting(toy, "search", 20.0, occupation=None), **SMALL)
    last = [
        r.table("regions").query("region == 'all' and year == 2026").iloc[0] for r in (base, helped)
    ]
    assert last[1]["unemployment"] < last[0]["unemployment"]
    assert helped.table("costs")["cost"].gt(0).all()


@pytest.mark.parametrize(
    ("row", "error", "says"),
    [
        ({"lever": "serach", "value": 1.0}, UnknownName, "Did you mean 'search'"),
        ({"lever": "fund", "value": 2.0}, InvalidArgument, "fund is set to 2"),
        (
            {"lever": "fund", "value": 0.5, "occupation": "engineer"},
            InvalidArgument,
            "fund is set for an occupation",
        ),
        ({"lever": "search", "value": -1.0}, InvalidArgument, "search is set to -1"),
        ({"lever": "search", "value": 1.0, "year": 2050}, InvalidArgument, "set for 2050"),
        ({"lever": "train", "value": 1.0, "region": "A", "occupation": "x"}, None, ""),
    ],
)
def test_settings_that_cannot_be(toy, row, error, says):
    if error is None:
        with pytest.raises(UnknownName, match="occupation of the simulation"):
            compare(toy, toy.with_(name="odd", levers=pd.DataFrame([row])), **SMALL)
        return
    with pytest.raises(error, match=says):
        compare(toy, toy.with_(name="odd", levers=pd.DataFrame([row])), **SMALL)


def test_persons_are_not_moved_by_levers(toy):
    with pytest.raises(InvalidArgument, match="The engine agents does not move people by levers"):
        compare(toy, setting(toy, "retrain", 4.0), **SMALL, engine="agents")


def test_whole_people_are_moved_as_the_expected_ones_are(toy):
    """In cells of thousands of people; whole people leave, are under way and come back."""
    tables = {
        name: toy.table(name).assign(**{c: toy.table(name)[c] * 100 for c in columns})
        for name, columns in (
            ("workers", ["headcount"]), ("unemployment", ["labour_force", "unemployed"]),
            ("demand", ["vacancies"]),
        )
    }  # fmt: skip
    rows = [
        {"lever": lever, "occupation": "engineer", "value": 150.0}
        for lever in ("train", "retrain", "relocate")
    ]
    moved = toy.with_(name="moved", tables=tables, levers=pd.DataFrame(rows))
    two = {"years": 2, "demand": "constant"}
    expected = run(moved, members=1, **two)
    found = run(moved, members=30, **two, engine="counts")
    keys = ["region", "occupation"]
    drawn = found.table("course").query("year == 2025").groupby(keys)
    wanted = expected.table().query("year == 2025").set_index(keys)
    for name in ("employed", "unemployed"):
        mean, error = drawn[name].mean(), drawn[name].std() / np.sqrt(30)
        assert ((mean - wanted.loc[mean.index, name]).abs() < 5 * error + 0.5).all(), name
    members = found.table("members")
    training = members.query("year == 2025")["in_training"]
    central = expected.table("members").query("year == 2025")["in_training"].iloc[0]
    assert training.mean() == pytest.approx(central, rel=0.02)
    assert training.min() > 100
    for _, of_member in members.groupby("member"):
        people = of_member[["employed", "unemployed", "in_training"]].sum(axis=1).to_numpy()
        change = (of_member["joined"] - of_member["retired"]).to_numpy()[1:]
        np.testing.assert_allclose(np.diff(people), change, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0, 400))
def test_whole_people_who_leave_and_arrive_are_conserved(seed, classes, rate):
    """However many are asked for, nobody is lost, nobody made and no cell has less than none."""
    rng = np.random.default_rng(seed)
    employed = rng.integers(0, 6, (2, classes, 2, 3))
    unemployed = rng.integers(0, 4, (2, classes, 4, 2, 3))
    moved = Transfers(
        np.full((2, 1), rate), np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 1, 0, 1, 1]),
        np.array([0, 2, 1, 1, 0, 1]), np.array([-0.25, -0.75, 1.0, -1.0, 0.4, 0.6]),
        np.array([0, 0, 1, 0, 0, 2]),
    )  # fmt: skip
    queue = WholeQueue(moved, members=2, weeks=26.0, steps=4, seed=seed)
    people = employed.sum() + unemployed.sum()
    for number in range(1, 5):
        queue.move(number, employed, unemployed)
        assert employed.min() >= 0
        assert unemployed.min() >= 0
        assert employed.sum() + unemployed.sum() + queue.away.sum() == people


def test_scenarios_have_names_and_labels_of_the_baseline(toy):
    with pytest.raises(InvalidArgument, match="a name of its own"):
        compare(toy, toy.with_(name="toy", tables={"regions": toy.table("regions")}), **SMALL)
    workers = toy.table("workers")
    fewer = toy.with_(name="fewer", tables={"workers": workers[workers["region"] != "C"]})
    with pytest.raises(MisalignedLabels, match="'fewer' has other regions"):
        compare(toy, fewer, **SMALL)


def test_rates_are_the_baselines_and_a_scenario_that_changes_them_is_refused(toy):
    faster = toy.table("turnover")
    figure = "value" if "value" in faster else faster.select_dtypes("number").columns[-1]
    faster[figure] = faster[figure] * 1.5
    with pytest.raises(
        InvalidArgument, match="changes the table turnover, which a comparison keeps"
    ):
        compare(toy, toy.with_(name="faster", tables={"turnover": faster}), years=1, members=1)


def test_later_posts_over_a_baseline_without_any_start_from_its_own_market(toy):
    """Levels of the table demand do not multiply a baseline whose posts stay as they are."""
    tables = {name: toy.table(name) for name in toy.tables if name not in ("output", "demand")}
    base = from_tables("base", {**tables, "demand": toy.table("demand").query("year == 2023")})
    flat = pd.concat([base.table("demand").assign(year=2023 + k) for k in range(3)])
    flat["vacancies"] = flat["vacancies"].where(flat["year"] == 2023)
    found = compare(base, base.with_(name="flat", tables={"demand": flat}), years=2, members=1)
    rows = found.table().query("region == 'all' and figure == 'vacancies'")
    np.testing.assert_allclose(rows["value"], rows["baseline"], rtol=0.05)
