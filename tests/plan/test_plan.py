"""The verbs of planning: the toy and the us system, the ladder, constraints, what a user can do wrong."""

from __future__ import annotations

import importlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon import plan
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    InvalidSystem,
    MissingTable,
    UnknownName,
    UnreadableInput,
)
from echelon.methods.planning import Repair, solve_exact
from echelon.plan.assembled import assemble, central_values, plan_assumptions
from echelon.plan.ladder import _left_out, _value_table
from echelon.plan.lists import all_levels
from echelon.plan.rungs import Rung, make_rungs
from echelon.plan.setting import read_setting
from echelon.report.sections.plan import _why_open
from echelon.result import Result
from echelon.system.system import from_tables

USED = (
    "regions", "occupations", "fields", "levels", "programme_occupations", "workers", "demand",
    "separations", "transitions", "ties", "flows", "graduates", "programmes", "budgets", "platforms",
    "assumptions", "sources",
)  # fmt: skip
RUNGS = ["status_quo", "alone", "regions_joined", "departments_joined", "joint"]


@pytest.fixture(scope="module")
def toy():
    system = echelon.open("toy")
    return from_tables("toy", {name: system.table(name) for name in USED})


@pytest.fixture(scope="module")
def found(toy):
    return plan.optimize(toy)


@pytest.fixture(scope="module")
def steps(toy, found):
    return plan.ladder(toy, results={"plan.optimize": found})


def without(system, *names):
    tables = {name: system.table(name) for name in system.tables if name not in names}
    return from_tables("part", tables)


def changed(system, table, **columns):
    return system.with_(name="changed", tables={table: system.table(table).assign(**columns)})


# ----- the plan


def test_the_proof_holds_and_survives_the_disk(found, tmp_path):
    proof = found.certificate
    assert proof.gap <= 1e-3
    assert proof.verify()
    assert proof.verify().people < 1e-6
    again = Result.load(found.save(tmp_path / "plan")).certificate
    assert again.verify()
    assert (again.value, again.bound, again.kind) == (proof.value, proof.bound, "plan")


def test_a_plan_that_was_changed_on_disk_is_not_proven(found, tmp_path):
    folder = found.save(tmp_path / "plan")
    with np.load(folder / "certificate.npz") as file:
        arrays = {name: file[name] for name in file.files}
    arrays["plan"][0, 0] += 5.0
    np.savez_compressed(folder / "certificate.npz", **arrays)
    check = Result.load(folder).certificate.verify()
    assert not check
    assert "breaks a row of people" in " ".join(check.faults)


def test_filled_posts_follow_from_the_figures(found, toy):
    frame = found.table()
    assert list(frame["year"].unique()) == list(range(2024, 2034))
    np.testing.assert_allclose(frame["filled"], 100 * (1 - frame["unmet"] / frame["posts"]))
    posts = toy.table("demand").query("year == 2023").groupby("region")["posts"].sum()
    assert frame[frame["year"] == 2033].set_index("region")["posts"].to_dict() == posts.to_dict()
    assert (frame["spent"] <= frame["budget"] * (1 + 1e-9)).all()


def test_money_stays_within_each_department(found, toy):
    spent = found.table("decisions").groupby(["department", "region", "year"])["cost"].sum()
    last = toy.table("budgets").query("year == 2023").set_index(["department", "region"])["amount"]
    for (department, region, _year), cost in spent.items():
        assert cost <= last[department, region] * (1 + 1e-9)


def test_decisions_add_up_to_the_levers(found):
    decisions = found.table("decisions").groupby("lever")["amount"].sum()
    levers = found.table("levers").groupby("lever")["amount"].sum()
    for lever, amount in decisions.items():
        assert amount == pytest.approx(levers[lever], rel=0.05, abs=1.0)


def test_every_decision_has_a_reason(found):
    frame = found.table("reasons")
    assert frame["because"].str.startswith(("Yes", "No")).all()
    charges = frame[["budget", "seats", "cohort", "leavers", "cap", "team"]].sum(axis=1)
    np.testing.assert_allclose(frame["net"], frame["worth"] - frame["cost"] - charges, atol=1e-3)
    # Nothing that costs more than it is worth is decided, at the best plan.
    assert (frame.loc[frame["net"] < -1.0, "amount"] < 0.05).all()


def test_the_highest_prices_lie_between_what_more_saves_and_less_costs(toy, found):
    frame = found.table("prices")
    asked = frame[frame["low"].notna()]
    assert set(asked["limit"]) == set(frame["limit"])
    assert asked.groupby("limit").size().max() == 3
    size = 1e-6 * frame["price"].max()
    assert (asked["low"] <= asked["price"] + size).all()
    assert (asked["high"].fillna(np.inf) >= asked["price"] - size).all()
    none = plan.optimize(toy, ranges=0).table("prices")
    assert none["low"].isna().all()
    with pytest.raises(InvalidArgument, match="ranges = -1"):
        plan.optimize(toy, ranges=-1)


def test_the_tree_behind_a_region_is_printed(found):
    text = str(found.explain("C"))
    assert "Posts filled under the plan" in text
    assert "Unmet without it" in text


def test_both_solvers_agree_on_the_toy(toy, found):
    other = plan.optimize(toy, solver="first_order", gap=1e-4)
    assert other.certificate.solver == "first-order"
    assert other.certificate.value == pytest.approx(found.certificate.value, rel=2e-4)


def test_progress_tells_size_memory_and_gap(toy):
    lines: list[str] = []
    plan.optimize(toy, solver="first_order", tell=lines.append)
    assert "variables" in lines[0]
    assert "MB of memory" in lines[0]
    assert "within" in lines[-1]


def test_a_deadline_leaves_a_proven_plan(toy):
    late = plan.optimize(toy, solver="first_order", gap=1e-9, deadline=0.01)
    assert late.table("proof")["stopped"].item() == "deadline"
    assert late.certificate.verify()


def test_a_stopped_plan_goes_on_and_a_changed_one_starts_from_it(toy):
    cold = plan.optimize(toy, solver="first_order", gap=1e-5)
    stopped = plan.optimize(toy, solver="first_order", gap=1e-2)
    on = plan.optimize(toy, solver="first_order", gap=1e-5, start=stopped)
    assert on.certificate.gap <= 1e-5
    same = plan.optimize(toy, solver="first_order", gap=1e-5, start=cold)
    counts = [r.table("proof")["iterations"].item() for r in (same, cold)]
    assert counts[0] < counts[1]
    with pytest.raises(InvalidArgument, match="no plan of the same size"):
        plan.optimize(toy, years=3, start=cold)


def test_more_money_never_costs_more(toy, found):
    table = toy.table("budgets")
    rich = changed(toy, "budgets", amount=2 * table["amount"])
    assert plan.optimize(rich).certificate.value <= found.certificate.value + 1.0


def test_zero_budgets_say_so(toy):
    table = toy.table("budgets")
    poor = plan.optimize(changed(toy, "budgets", amount=0.0 * table["amount"]))
    assert poor.table()["spent"].max() < 1e-6
    assert any("Every budget is 0" in caveat for caveat in poor.note.caveats)


def test_an_occupation_without_a_way_in_is_named(toy):
    part = without(toy, "transitions", "programme_occupations")
    for name in ("recruit_share", "recruit_national_share"):
        said = " ".join(plan.optimize(part, years=2, assumptions={name: 0.0}).note.caveats)
        assert "No lever leads to engineer, helper, researcher, technician" in said
    assert "No seats are planned" in said
    assert "Nobody is retrained" in said


def test_a_lag_longer_than_the_plan_is_named(toy):
    said = " ".join(plan.optimize(toy, years=3).note.caveats)
    assert "No seats in programmes longer than the plan's years: science bachelor" in said


def test_regions_cut_off_are_said(toy):
    result = plan.optimize(without(toy, "ties", "flows"))
    assert any("Nobody is helped to move" in caveat for caveat in result.note.caveats)
    assert result.table("moves").empty


def test_one_region_that_is_cut_off_is_named(toy):
    apart = {
        name: toy.table(name).query("region != 'C' and destination != 'C'")
        for name in ("ties", "flows")
    }
    result = plan.optimize(toy.with_(name="apart", tables=apart), years=3)
    assert any("to or from C: neither flows nor ties" in each for each in result.note.caveats)
    assert not {"C"} & set(result.table("moves")["destination"])


def test_demand_can_come_from_a_projection(toy):
    posts = toy.table("demand").assign(year=lambda t: t["year"] + 10)
    other = Result("project.demand", "toy", {"demand": posts}, plan.optimize(toy).note)
    result = plan.optimize(toy, demand="projected", results={"project.demand": other})
    assert result.table()["posts"].gt(0).any()


def heads(system, **values):
    """People of the status quo by year, where as many enter as leave, all at the same rate."""
    rates = system.table("separations").assign(exit_rate=0.04)
    system = system.with_(name="even", tables={"separations": rates})
    setting = read_setting(system, years=10, detail="groups", demand="table", results=None)
    assumed = central_values(plan_assumptions(system, {"entry_rate": 1.0, **values}))
    model = assemble(setting, assumed)
    idle = Repair(model)(np.zeros_like(model.program().cost))
    stock = (
        model.demand.reshape(-1, 10) - idle[model.columns["unmet"]] + idle[model.columns["idle"]]
    )
    return setting, model, stock.reshape(model.shape)


@pytest.mark.parametrize("people", [1.0, 30.0])
def test_moves_neither_make_nor_lose_people(toy, people):
    """Also where so many move that a place would be empty before the last year."""
    part = without(toy, "programme_occupations", "graduates", "programmes")
    flows = part.table("flows")
    once = flows["region"] < flows["destination"]
    more = flows["people"].where(~once, people * flows["people"])
    setting, model, stock = heads(changed(part, "flows", people=more))
    assert np.abs(setting.moving).max() > 0
    np.testing.assert_allclose(stock.sum(axis=(0, 1)), setting.base.sum(), rtol=1e-9)
    assert (stock >= 0).all()
    assert model.program().violations(Repair(model)(model.program().upper))[0] < 1e-6
    if people == 1.0:
        net = setting.moving * setting.base.sum(axis=1)
        change = stock[..., 0].sum(axis=1) - setting.base.sum(axis=1)
        share = change[net != 0] / net[net != 0]
        np.testing.assert_allclose(share, share[0])


# ----- what the tables say


def setting_of(system, **more):
    given = {"years": 3, "detail": "all", "demand": "table", "results": None, **more}
    return read_setting(system, **given)


def test_rows_of_one_level_beside_all_levels_are_not_counted_twice(toy):
    workers = toy.table("workers")
    split = workers.assign(education="bachelor", headcount=workers["headcount"] / 2)
    both = toy.with_(name="both", tables={"workers": pd.concat([workers, split])})
    one, two = setting_of(toy), setting_of(both)
    np.testing.assert_array_equal(one.base, two.base)
    np.testing.assert_array_equal(one.entrance, two.entrance)
    demand = toy.table("demand")
    posts = pd.concat([demand.assign(education=None), demand.assign(education="bachelor")])
    assert len(all_levels(posts)) == len(demand)
    assert len(all_levels(demand.assign(education="bachelor"))) == len(demand)


def test_a_budget_of_an_unknown_department_is_refused(toy):
    named = toy.table("budgets")["department"].replace("talent", "tallent")
    with pytest.raises(UnknownName, match="Did you mean 'talent'"):
        setting_of(changed(toy, "budgets", department=named))


def test_the_note_says_where_posts_come_from(toy):
    assert "the table demand for 2023, and stay as in that year." in setting_of(toy).steps[-2]
    posts = toy.table("demand").assign(year=lambda t: t["year"] + 2)
    other = Result("project.demand", "toy", {"demand": posts}, plan.optimize(toy, years=1).note)
    found = setting_of(toy, demand="projected", results={"project.demand": other})
    assert "the projection for 2024 to 2025; after 2025 they stay" in found.steps[-2]


def test_posts_of_an_occupation_without_people_are_planned(toy):
    workers = toy.table("workers")
    without_engineers = workers[workers["occupation"] != "engineer"]
    part = toy.with_(name="part", tables={"workers": without_engineers})
    found = setting_of(part)
    np.testing.assert_array_equal(found.demand, setting_of(toy).demand)
    assert "Nobody works in engineer yet" in found.caveats[0]
    result = plan.optimize(part, years=3)
    assert result.certificate.verify()


# ----- own constraints


def test_own_constraints_bind_from_python_and_from_a_file(toy, tmp_path):
    rule = {"name": "few", "lever": "retrain", "region": "A", "at_most": 10}
    result = plan.optimize(toy, constraints=[rule])
    started = result.table("levers").query("lever == 'retrain' and region == 'A'")["amount"].sum()
    assert started <= 10 + 1e-6
    assert "few" in set(result.table("prices")["limit"])
    assert result.certificate.verify()
    path = tmp_path / "own.toml"
    path.write_text('[[constraint]]\nname = "few"\nlever = "retrain"\nregion = "A"\nat_most = 10\n')
    again = plan.optimize(toy, constraints=path)
    assert again.certificate.value == pytest.approx(result.certificate.value)


def test_constraints_on_money_and_on_what_stays_unmet(toy):
    rules = [
        {"lever": "recruit", "of": "cost", "at_most": 1000.0},
        {"lever": "unmet", "region": "C", "years": 2033, "at_most": 53.0},
    ]
    result = plan.optimize(toy, constraints=rules)
    assert result.table("decisions").query("lever == 'recruit'")["cost"].sum() <= 1000.1
    row = result.table().query("region == 'C' and year == 2033")
    assert row["unmet"].item() <= 53.0 + 1e-6


def test_a_conflict_is_named_with_the_smallest_change(toy):
    rules = [{"name": "many", "lever": "recruit", "at_least": 1e6}]
    with pytest.raises(InvalidArgument, match="No plan meets all") as error:
        plan.optimize(toy, constraints=rules)
    assert "'many': at least" in str(error.value)


@pytest.mark.parametrize(
    ("rule", "error", "sentence"),
    [
        ({"lever": "retrian", "at_most": 1}, UnknownName, "Did you mean 'retrain'"),
        ({"lever": "retrain", "occupation": "enginer", "at_most": 1}, UnknownName, "'engineer'"),
        ({"lever": "retrain", "regoin": "A", "at_most": 1}, UnknownName, "Did you mean 'region'"),
        ({"lever": "retrain", "years": 1999, "at_most": 1}, UnknownName, "no year"),
        ({"lever": "retrain"}, InvalidArgument, "neither at_least nor at_most"),
        (
            {"lever": "retrain", "at_least": 2, "at_most": 1},
            InvalidArgument,
            "at least 2 and at most 1",
        ),
        ({"lever": "retrain", "at_most": "ten"}, InvalidArgument, "not a number"),
        ({"lever": "retrain", "of": "money", "at_most": 1}, UnknownName, "unit in the constraint"),
    ],
)
def test_a_wrong_constraint_is_refused(toy, rule, error, sentence):
    with pytest.raises(error, match=sentence):
        plan.optimize(toy, constraints=[rule])


def test_a_deadline_with_own_constraints_says_that_no_plan_was_found(toy):
    rule = {"name": "few", "lever": "retrain", "at_most": 50}
    with pytest.raises(InvalidArgument, match="No plan that meets your constraints was found"):
        plan.optimize(toy, constraints=[rule], deadline=1e-9)


def test_how_highs_ended_is_said_where_it_is_no_deadline(toy, monkeypatch):
    real = solve_exact

    def ended(program, **options):
        return replace(real(program, **options), finished=False, status="Iteration limit reached")

    module = importlib.import_module("echelon.methods.planning.solve")
    monkeypatch.setattr(module, "solve_exact", ended)
    rule = {"name": "few", "lever": "retrain", "at_most": 50}
    with pytest.raises(InvalidArgument, match="HiGHS ended with: Iteration limit reached"):
        plan.optimize(toy, constraints=[rule])


def test_a_file_of_constraints_that_is_not_there(toy, tmp_path):
    with pytest.raises(UnreadableInput, match="cannot be read"):
        plan.optimize(toy, constraints=tmp_path / "none.toml")


# ----- the ladder


def test_the_ladder_has_every_rung_with_its_band(steps):
    frame = steps.table()
    assert frame["rung"].tolist() == RUNGS
    assert {"cost", "bound", "benefit", "benefit_low", "benefit_high"} <= set(frame)
    assert (frame["cost"].iloc[-1] <= frame["cost"] + 1e-6).all()
    assert (frame["bound"] <= frame["cost"] + 1e-6).all()
    assert (frame["benefit_low"] <= frame["benefit_high"]).all()
    assert len(steps.table("draws")) == 30


def test_the_joint_plan_as_it_was_solved_is_no_dearer_than_any_rung(toy):
    """By its own solution, before the cheapest of all plans is taken for it."""
    setting = read_setting(toy, years=4, detail="groups", demand="table", results=None)
    model = assemble(setting, central_values(plan_assumptions(toy, None)))
    rungs = make_rungs(model, gap=1e-4)
    joint = rungs["joint"].solutions[0]
    for name in RUNGS:
        assert joint.value <= rungs[name].cost * (1 + 1e-9)
        assert joint.bound <= rungs[name].cost * (1 + 1e-9)


def test_the_value_of_coordination_is_split_without_a_rest(steps):
    frame = steps.table("value").set_index("part")
    parts = frame.loc[["across regions", "across departments"], "value"].sum()
    assert parts == pytest.approx(frame.loc["in all", "value"])
    cost = steps.table().set_index("rung")["cost"]
    assert frame.loc["in all", "value"] == pytest.approx(cost["alone"] - cost["joint"])


def test_no_region_pays_more_than_alone(steps):
    gains = steps.table("gains")
    assert (gains["gain"] >= -1e-6 * gains["alone"].abs()).all()
    cost = steps.table().set_index("rung")
    # What the proof leaves open is no gain.
    assert gains["gain"].sum() == pytest.approx(
        cost.loc["departments_joined", "cost"] - cost.loc["joint", "cost"]
    )
    assert gains["transfer"].sum() == pytest.approx(0.0, abs=1e-6 * gains["pays"].sum())


def rung(name, cost, *, bound, parts=()):
    solutions = tuple(SimpleNamespace(value=value, bound=low) for value, low in parts)
    return Rung(name, np.zeros((1, 1)), cost, bound, 0.0, solutions)


def rungs_of(*, open_alone):
    return {
        "status_quo": rung("status_quo", 100.0, bound=100.0),
        "alone": rung("alone", 60.0, bound=40.0, parts=[(80.0, 80.0 - open_alone), (80.0, 80.0)]),
        "regions_joined": rung("regions_joined", 55.0, bound=40.0, parts=[(70.0, 70.0)]),
        "departments_joined": rung("departments_joined", 50.0, bound=50.0),
        "joint": rung("joint", 45.0, bound=44.0),
    }


def test_the_gaps_of_separate_plans_make_the_value_less_sure():
    costs = np.tile([100.0, 60.0, 55.0, 50.0, 45.0], (30, 1))
    tables = [_value_table(rungs_of(open_alone=x), costs).set_index("part") for x in (2.0, 20.0)]
    ends = [tuple(t.loc["in all", ["value", "proven_low", "proven_high"]]) for t in tables]
    assert ends == [(15.0, 13.0, 16.0), (15.0, -5.0, 16.0)]
    assert [bool(t.loc["in all", "certain"]) for t in tables] == [True, False]


def test_a_draw_without_a_joint_saving_is_left_out_of_the_bands_of_shares():
    costs = np.tile([100.0, 60.0, 55.0, 50.0, 45.0], (30, 1))
    costs[:, 1] += np.arange(30) - 15
    costs[0] = 100.0
    row = _value_table(rungs_of(open_alone=0.0), costs).set_index("part").loc["in all"]
    assert row["share_low"] < row["share"] < row["share_high"]
    assert "1 of 30 draws" in _left_out(costs)[0]
    assert not _left_out(costs[1:])


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (-9.0, -5.0, "its band lies below 0"),
        (-9.0, 5.0, "its band covers 0"),
        (1.0, 5.0, "the gaps"),
    ],
)
def test_the_report_says_why_a_part_is_not_sure(low, high, says):
    value = pd.DataFrame({"part": ["in all"], "value_low": [low], "value_high": [high]})
    result = SimpleNamespace(table=lambda _name: value)
    assert _why_open(result, "in all", "its band").startswith(says)


def test_the_joint_plan_is_taken_from_the_plan(steps, found):
    assert steps.certificate.value == found.certificate.value


def test_regions_cut_off_from_each_other_gain_nothing(toy):
    apart = without(toy, "ties", "flows")
    none = {"recruit_share": 0.0}
    frame = plan.ladder(apart, assumptions=none).table("value").set_index("part")
    assert frame.loc["across regions", "value"] == pytest.approx(0.0, abs=1.0)
    assert not frame.loc["across regions", "certain"]


def test_departments_that_share_no_occupation_gain_nothing(toy):
    """With the levers of one department alone there is nothing to coordinate between departments."""
    single = without(toy, "programme_occupations", "platforms")
    result = plan.ladder(single)
    frame = result.table("value").set_index("part")
    assert frame.loc["across departments", "value"] == pytest.approx(0.0, abs=1.0)
    assert frame.loc["across regions", "value"] > 0


def test_the_ladder_is_the_same_each_time(toy, steps, found):
    again = plan.ladder(toy, results={"plan.optimize": found})
    assert again.digests == steps.digests


def test_a_ladder_planned_anew_under_each_draw(toy):
    result = plan.ladder(without(toy, "platforms"), years=3, replan=True)
    draws = result.table("draws")
    assert (draws["joint"] <= draws[RUNGS].min(axis=1) + 1e-6).all()


def test_the_band_that_covers_nothing_is_said(toy):
    apart = without(toy, "ties", "flows")
    result = plan.ladder(apart, assumptions={"recruit_share": 0.0})
    assert any("covers 0" in step for step in result.note.steps)


# ----- what a user can do wrong


@pytest.mark.parametrize("table", ["workers", "demand", "separations"])
def test_a_missing_table_is_named(toy, table):
    with pytest.raises(MissingTable, match=f"no table {table}"):
        plan.optimize(without(toy, table))


def test_china_is_refused_for_want_of_occupations():
    with pytest.raises(MissingTable, match="workers"):
        plan.optimize(echelon.open("china"))


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ({"years": 0}, "Plan for one year"),
        ({"gap": 0.0}, "between 0 and 1"),
        ({"deadline": 0.0}, "Give some seconds"),
        ({"assumptions": {"recruit_cost": -1.0}}, "recruit_cost cannot be -1"),
        ({"assumptions": {"retrain_cost": (3.0, 2.0, 1.0)}}, "Give low <= central <= high"),
    ],
)
def test_a_wrong_argument_is_refused(toy, argument, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        plan.optimize(toy, **argument)


@pytest.mark.parametrize(
    ("table", "column", "figure"),
    [
        ("budgets", "amount", -1.0), ("programmes", "cost", -5.0), ("programmes", "lag", -2.0),
        ("programmes", "completion", 2.0), ("transitions", "months", -9.0), ("ties", "cost", -5.0),
        ("platforms", "posts", -3.0), ("demand", "posts", -5.0), ("separations", "exit_rate", 1.5),
    ],
)  # fmt: skip
def test_a_figure_that_no_plan_can_use_is_named_with_its_row(toy, table, column, figure):
    cells = toy.table(table)[column].to_numpy(float).copy()
    cells[1] = figure
    row = toy.table(table).iloc[1]
    with pytest.raises(InvalidSystem, match=f"column {column}") as error:
        plan.optimize(changed(toy, table, **{column: cells}), years=3)
    said = str(error.value)
    assert f"a {column} of {figure:g}" in said
    assert f"table {table}, row {row.iloc[0]}" in said
    assert "Give a figure" in said


def test_an_unknown_assumption_is_refused(toy):
    with pytest.raises(UnknownName, match="Did you mean 'retrain_cost'"):
        plan.optimize(toy, assumptions={"retrain_costs": 0.3})


def test_too_few_draws_are_refused(toy):
    with pytest.raises(InvalidArgument, match="at least 30"):
        plan.ladder(toy, draws=10)


def test_posts_of_the_past_alone_are_refused(toy):
    old = toy.table("demand").query("year < 2023")
    with pytest.raises(InsufficientData, match="Posts are known up to 2022, people in 2023"):
        plan.optimize(toy.with_(name="old", tables={"demand": old}))


def test_a_system_without_wages_is_refused(toy):
    with pytest.raises(InsufficientData, match="No wage is known"):
        plan.optimize(changed(toy, "workers", wage=np.nan))


def test_a_platform_without_a_cost_is_refused(toy):
    with pytest.raises(InsufficientData, match="has no cost"):
        plan.optimize(changed(toy, "platforms", cost=np.nan))


def test_two_regions_and_one_occupation_by_hand():
    """Ten people too many in B, ten posts open in A; a move costs half a wage: all ten move."""
    regions = pd.DataFrame({"region": ["A", "B"], "name": ["A", "B"]})
    occupations = pd.DataFrame({"occupation": ["o"], "name": ["o"]})
    workers = pd.DataFrame(
        {"region": ["A", "B"], "occupation": "o", "year": 2023, "headcount": [90.0, 110.0],
         "wage": 100.0}
    )  # fmt: skip
    demand = pd.DataFrame(
        {"region": ["A", "B"], "occupation": "o", "year": 2024, "posts": [100.0, 100.0]}
    )
    rates = pd.DataFrame({"occupation": ["o"], "year": [2023], "exit_rate": [0.0]})
    ties = pd.DataFrame({"region": ["B", "A"], "destination": ["A", "B"], "cost": 50.0})
    system = from_tables(
        "hand",
        {"regions": regions, "occupations": occupations, "workers": workers, "demand": demand,
         "separations": rates, "ties": ties},
    )  # fmt: skip
    given = {
        "relocate_share": 1.0, "talent_budget": 1.0, "recruit_share": 0.0, "end_years": 0.0,
        "post_value": 1.0, "idle_value": 0.5, "short_value": 0.0,
    }  # fmt: skip
    result = plan.optimize(system, years=1, detail="all", assumptions=given)
    assert result.certificate.value == pytest.approx(10 * 50.0)
    assert result.table("moves")["people"].tolist() == pytest.approx([10.0])
    frame = plan.ladder(system, years=1, detail="all", assumptions=given).table()
    assert frame.set_index("rung")["cost"].to_dict() == pytest.approx(
        {"status_quo": 1500.0, "alone": 1500.0, "regions_joined": 500.0,
         "departments_joined": 1500.0, "joint": 500.0}
    )  # fmt: skip


# ----- scenarios and frontier


@pytest.fixture(scope="module")
def hedged(toy):
    courses = {"low": (0.3, 0.9), "middle": (0.4, 1.0), "high": (0.3, 1.2)}
    return plan.scenarios(toy, years=4, decided=2, demand=courses)


def test_knowing_and_preparing_are_never_worth_less_than_nothing(hedged):
    value = hedged.table("value").set_index("figure")["value"]
    size = value["RP"]
    assert value["EVPI"] == pytest.approx(value["RP"] - value["WS"])
    assert value["VSS"] == pytest.approx(value["EEV"] - value["RP"], abs=1e-6 * size)
    assert value["EVPI"] >= -1e-9 * size
    assert value["VSS"] >= -1e-9 * size
    frame = hedged.table()
    assert (frame["regret"] >= -1e-9 * size).all()
    assert (frame["cost"] <= frame["idle"] * (1 + 1e-9)).all()
    assert frame["chance"].sum() == pytest.approx(1.0)
    assert set(hedged.table("levers")["year"]) == {2024, 2025}


def test_one_scenario_is_worth_nothing_to_know(toy):
    result = plan.scenarios(toy, years=3, decided=1, demand={"sure": (1.0, 1.0)})
    value = result.table("value").set_index("figure")["value"]
    assert value["EVPI"] == pytest.approx(0.0, abs=1e-6 * value["RP"])
    assert value["VSS"] == pytest.approx(0.0, abs=1e-6 * value["RP"])


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ({"decided": 6, "years": 6}, "Decide at least one and leave one open"),
        ({"demand": {"low": (0.5, 1.0)}}, "do not sum to 1"),
        ({"demand": {"low": (1.0, -1.0)}}, "a factor is below 0"),
    ],
)
def test_wrong_scenarios_are_refused(toy, argument, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        plan.scenarios(toy, **argument)


def test_fairness_is_never_free_and_never_less_than_asked_before(toy):
    result = plan.frontier(toy, least=(0.0, 0.9, 1.0))
    frame = result.table()
    assert frame["price"].iloc[0] == 0.0
    assert (frame["price_high"] >= -1e-9).all()
    assert frame["cost"].is_monotonic_increasing
    assert result.certificate.verify()
    with pytest.raises(InvalidArgument, match="two or more shares"):
        plan.frontier(toy, least=(0.5,))


def own(**parts):
    return [{"name": "mine", **parts}]


@pytest.mark.parametrize(
    "parts",
    [
        {"at_most": np.int64(5), "years": np.int64(2024)}, {"at_most": 5, "years": 2024.0},
        {"at_most": 5, "years": [2024, 2024]}, {"at_most": 5.0, "years": np.array([2024])},
    ],
)  # fmt: skip
def test_ends_and_years_may_be_any_numbers_and_count_once(toy, parts):
    moves = plan.optimize(toy, years=3, constraints=own(lever="relocate", **parts)).table(
        "decisions"
    )
    moved = moves.query("lever == 'relocate' and year == 2024")["amount"].sum()
    assert moved == pytest.approx(5.0, abs=1e-6)


def test_one_constraint_needs_no_list(toy, tmp_path):
    one = own(lever="recruit", at_most=1)[0]
    path = tmp_path / "own.toml"
    path.write_text(
        '[constraint]\nname = "mine"\nlever = "recruit"\nat_most = 1\n', encoding="utf-8"
    )
    values = [
        plan.optimize(toy, years=2, constraints=given).certificate.value
        for given in ([one], one, path)
    ]
    assert values == pytest.approx([values[0]] * 3)


def test_seats_for_an_occupation_count_in_a_constraint(toy):
    rule = own(lever="train", region="A", occupation="technician", years=2025, at_least=2)
    seats = plan.optimize(toy, years=6, constraints=rule).table("decisions").query(
        "lever == 'train' and region == 'A' and year == 2025"
    )  # fmt: skip
    ways = toy.table("programme_occupations").query("occupation == 'technician'")
    leads = pd.MultiIndex.from_frame(seats[["field", "level"]]).isin(
        pd.MultiIndex.from_frame(ways[["field", "level"]])
    )
    assert seats[leads]["amount"].sum() >= 2.0 - 1e-6


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (own(lever="recruit", at_most=1, years="2024"), "a year that is not a number"),
        (own(lever="recruit", at_most=1, years=[]), "names no year"),
        (own(lever="recruit", at_most=1, years=2024.5), "There is no year"),
        (own(lever="recruit", at_least=np.inf), "an end that is not a number"),
        (own(lever="recruit", at_most=True), "an end that is not a number"),
        (own(lever="unmet", of="cost", at_most=1e6), "which no budget pays"),
        (own(lever="train", occupation="enginer", at_most=1), "engineer"),
        (["recruit"], "does not name its parts"),
    ],
)
def test_constraints_that_cannot_be_meant_are_refused_by_name(toy, given, says):
    with pytest.raises((InvalidArgument, UnknownName), match=says):
        plan.optimize(toy, years=2, constraints=given)


def test_who_fails_at_retraining_is_no_way_into_the_old_occupation(toy):
    ways = toy.table("transitions").query("destination != 'helper'")
    part = without(toy, "programme_occupations").with_(name="part", tables={"transitions": ways})
    assert (ways["occupation"] == "helper").any()
    said = plan.optimize(part, years=3, assumptions={"recruit_share": 0.0}).note.caveats
    assert any(each.startswith("No lever leads to helper") for each in said)


def test_reasons_count_what_own_constraints_charge(toy):
    rules = [
        {"lever": "retrain", "occupation": "engineer", "at_most": 0},
        {"lever": "recruit", "at_least": 10},
    ]
    table = plan.optimize(toy, years=6, constraints=rules).table("reasons")
    table = table[table["most"] > 0]
    barred = table.query("lever == 'retrain' and occupation == 'engineer' and own > 1")
    assert len(barred)
    assert barred["because"].str.contains("a constraint of yours allows no more").any()
    asked = table.query("lever == 'recruit' and amount > 0.05 and own < -1000")
    assert len(asked)
    assert asked["because"].str.contains("your constraints or the table levers ask for it").all()
    # What is done in part is worth what it costs once every limit is charged.
    inner = table[(table["amount"] > 0.05) & (table["amount"] < 0.99 * table["most"])]
    assert (inner["net"].abs() <= 1e-6 * inner["worth"].abs().max()).all()


def test_nothing_is_charged_where_no_limit_binds(toy):
    columns = ["budget", "seats", "cohort", "leavers", "cap", "team", "own"]
    table = plan.optimize(toy, years=4).table("reasons")
    free = table[(table[columns] <= 0).all(axis=1)]
    said = "used up|no free seats|may leave|is reached|wanted elsewhere|allows no more"
    assert len(free)
    assert not free["because"].str.contains(said).any()


def test_a_mean_plan_that_nothing_can_follow_leaves_its_worth_unknown(toy):
    posts = toy.table("platforms").assign(posts=lambda rows: 8 * rows["posts"])
    money = toy.table("budgets")
    rich = money["amount"].where(money["department"] != "technology", 100 * money["amount"])
    system = toy.with_(
        name="large", tables={"platforms": posts, "budgets": money.assign(amount=rich)}
    )
    cases = {"lo": (0.2, 0.6), "hi": (0.8, 1.1)}
    found = plan.scenarios(system, years=5, decided=2, demand=cases)
    value = found.table("value").set_index("figure")["value"]
    assert value[["EEV", "VSS"]].isna().all()
    assert value[["RP", "WS", "EV", "EVPI"]].notna().all()
    assert any("cannot be carried out in lo:" in said for said in found.note.caveats)
    assert found.certificate.verify()


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"demand": "tabel"}, "Did you mean 'table'"), ({"detail": "al"}, "detail named 'al'"),
        ({"solver": "higs"}, "Did you mean 'highs'"), ({"years": 2.5}, "in whole years"),
    ],
)  # fmt: skip
def test_what_is_misspelt_is_refused(toy, asked, says):
    with pytest.raises((UnknownName, InvalidArgument), match=says):
        plan.optimize(toy, **{"years": 2, **asked})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retrain_success", 2.0), ("retrain_months", -24.0), ("retrain_cost", -1.0),
        ("talent_budget", -1.0), ("end_years", -4.0), ("least_filled", 2.0), ("post_value", np.inf),
    ],
)  # fmt: skip
def test_assumptions_that_cannot_be_are_refused_by_name(toy, name, value):
    with pytest.raises(InvalidArgument, match=f"The assumption {name} cannot be"):
        plan.optimize(toy, years=2, assumptions={name: value})


def test_both_ends_of_an_exact_constraint_have_a_price(toy):
    def cost(recruits, ranges=0):
        rule = own(lever="recruit", at_least=recruits, at_most=recruits)
        return plan.optimize(toy, years=3, constraints=rule, ranges=ranges)

    found = cost(4, ranges=1)
    prices = found.table("prices")
    row = prices[prices["limit"] == "mine"].iloc[0]
    ends = sorted(
        [cost(5).certificate.value - found.certificate.value,
         found.certificate.value - cost(3).certificate.value]
    )  # fmt: skip
    assert [row["low"], row["high"]] == pytest.approx(ends, rel=1e-6)
    assert row["low"] - 1e-3 <= row["price"] <= row["high"] + 1e-3


def test_endless_figures_and_empty_questions_are_refused(toy):
    lag = changed(toy, "programmes", lag=np.inf)
    with pytest.raises(InvalidSystem, match="cannot use a lag of inf"):
        plan.optimize(lag, years=2)
    with pytest.raises(InvalidArgument, match="by names no level"):
        plan.alternatives(toy, years=2, by=())
    with pytest.raises(InvalidArgument, match="a factor is below 0 or unknown"):
        plan.scenarios(toy, years=3, demand={"lo": (0.5, np.nan), "hi": (0.5, 1.0)})


def test_a_proof_with_unknown_figures_is_no_proof(toy):
    proof = plan.optimize(toy, years=2).certificate
    value = proof.program.value.copy()
    value[0] = np.nan
    broken = replace(proof, program=replace(proof.program, value=value))
    assert any("not a number" in fault for fault in broken.verify().faults)
    assert proof.verify()
