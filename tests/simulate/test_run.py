"""The simulation of the labour market: balance, people conserved, seeds, bands, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    InvalidSystem,
    MissingTable,
    UnknownName,
)
from echelon.methods.labour_market import Conditions, Kernel, Rates, State, kernel, step
from echelon.methods.labour_market.balance import align
from echelon.methods.labour_market.counts import count_course, whole
from echelon.simulate import run
from echelon.system.system import from_tables

USED = (
    "regions", "occupations", "skills", "levels", "fields", "industries", "occupation_skills",
    "transitions", "workers", "unemployment", "demand", "flows", "ties", "separations", "turnover",
    "staffing", "graduates", "programme_occupations", "sources",
)  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    system = echelon.open("toy")
    return from_tables("toy", {name: system.table(name) for name in USED})


@pytest.fixture(scope="module")
def found(toy):
    return run(toy, years=5, members=12, demand="constant")


def without(system, *names):
    return from_tables("part", {n: system.table(n) for n in system.tables if n not in names})


def changed(system, table, change):
    frame = system.table(table)
    return system.with_(name="changed", tables={table: change(frame)})


# ----- balance


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(2, 5))
def test_a_step_of_an_aligned_market_gives_the_wanted_flows(seed, size, kinds):
    generator = np.random.default_rng(seed)
    shape = (size, kinds)
    moves = kernel(
        np.eye(size) + 0.1 * generator.random((size, size)),
        np.eye(kinds) + 0.5 * generator.random((kinds, kinds)),
    )
    hired = 10 + 20 * generator.random(shape)
    left = 10 + 20 * generator.random(shape)
    left *= hired.sum() / left.sum()
    vacancies = hired * (1.5 + generator.random(shape))
    unemployed = left * (3 + generator.random(shape))
    found = align(hired, left, moves, vacancies=vacancies, unemployed=unemployed, tolerance=1e-9)
    state = State(100 + 0 * hired, unemployed[None], vacancies)
    conditions = Conditions(found.attraction, found.search)
    _, flows = step(state, hired, moves, rates=Rates(), conditions=conditions)
    if found.clipped == 0:
        np.testing.assert_allclose(flows.hired, hired, rtol=1e-6)
        np.testing.assert_allclose(flows.left, left, rtol=1e-6)
    assert (found.attraction * vacancies).sum() == pytest.approx(vacancies.sum())


def test_constant_demand_keeps_the_market_as_it_was_observed(found):
    """The central member starts in balance, so nothing but the tolerance of the fit moves it."""
    cells = found.table()
    wide = cells.pivot_table(index=["region", "occupation"], columns="year", values="employed")
    first = wide.iloc[:, 0]
    for year in wide:
        np.testing.assert_allclose(wide[year], first, rtol=5e-3, atol=0.2)
    regions = found.table("regions").set_index(["region", "year"])["unemployment"]
    assert regions["all", 2023] == pytest.approx(100 * 100 / 2000)
    assert regions["all", 2028] == pytest.approx(5.0, abs=0.05)


# ----- identities


def test_people_are_conserved_in_every_member(found):
    members = found.table("members")
    for _, rows in members.groupby("member"):
        people = (rows["employed"] + rows["unemployed"]).to_numpy()
        change = (rows["joined"] - rows["retired"]).to_numpy()
        np.testing.assert_allclose(np.diff(people), change[1:], rtol=0, atol=1e-8 * people[0])


def test_employment_is_what_came_and_went_in_every_cell(found):
    course = found.table("course")
    keys = ["member", "region", "occupation"]
    change = course.groupby(keys)["employed"].diff()
    flow = course["entered"] - course["left"]
    known = change.notna()
    np.testing.assert_allclose(change[known], flow[known], atol=1e-3)
    assert (course[["employed", "unemployed", "vacancies"]] >= 0).all().all()


def test_regions_are_the_sums_of_their_cells(found):
    cells = found.table().groupby(["region", "year"])[["employed", "unemployed", "vacancies"]].sum()
    regions = found.table("regions").set_index(["region", "year"])
    for name in cells:
        np.testing.assert_allclose(cells[name], regions.loc[cells.index, name], rtol=1e-5)
    last = found.table("months").groupby("region").tail(1).set_index("region")
    ends = regions.xs(2028, level="year")["unemployment"]
    np.testing.assert_allclose(last.loc[ends.index, "unemployment"], ends, rtol=1e-9)


def test_the_central_course_lies_within_its_band_and_bands_widen(found):
    regions = found.table("regions")
    assert (regions["unemployment_low"] <= regions["unemployment"] + 1e-9).all()
    assert (regions["unemployment"] <= regions["unemployment_high"] + 1e-9).all()
    whole_system = regions[regions["region"] == "all"]
    width = whole_system["unemployment_high"] - whole_system["unemployment_low"]
    assert width.iloc[0] == pytest.approx(0, abs=1e-9)
    assert width.iloc[-1] > width.iloc[1] > 0


# ----- seeds, members, engines


def test_the_same_seed_gives_the_same_tables(toy, found):
    again = run(toy, years=5, members=12, demand="constant")
    assert again.digests == found.digests
    other = run(toy, years=5, members=12, demand="constant", seed=1)
    assert other.digests["members"] != found.digests["members"]
    pd.testing.assert_frame_equal(
        other.table("members").query("member == 0"), found.table("members").query("member == 0")
    )


def test_whole_people_are_whole_and_threads_change_nothing(toy):
    import numba

    many = run(toy, years=1, members=4, engine="counts")
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        alone = run(toy, years=1, members=4, engine="counts")
    finally:
        numba.set_num_threads(before)
    assert many.digests == alone.digests
    members = many.table("members")
    first = members[members["year"] == 2023]
    assert (first["employed"] % 1 == 0).all()
    for _, rows in members.groupby("member"):
        people = (rows["employed"] + rows["unemployed"]).to_numpy()
        change = (rows["joined"] - rows["retired"]).to_numpy()
        np.testing.assert_allclose(np.diff(people), change[1:], atol=1e-6)


def test_whole_people_have_the_expected_course_on_the_mean(toy):
    """In cells of thousands of people the expected course is the mean of the members."""
    large = changed(toy, "workers", lambda f: f.assign(headcount=f["headcount"] * 200))
    large = changed(
        large, "unemployment",
        lambda f: f.assign(labour_force=f["labour_force"] * 200, unemployed=f["unemployed"] * 200),
    )  # fmt: skip
    large = changed(large, "demand", lambda f: f.assign(vacancies=f["vacancies"] * 200))
    mean = run(large, years=2, members=1, demand="constant").table("regions")
    counts = run(large, years=2, members=20, engine="counts", demand="constant").table("members")
    expected = mean.query("region == 'all' and year == 2025").iloc[0]
    drawn = counts.query("year == 2025")
    for name in ("employed", "unemployed", "joined", "retired", "entered"):
        error = drawn[name].std() / np.sqrt(len(drawn))
        assert abs(drawn[name].mean() - expected[name]) < 5 * error + 0.002 * expected[name], name


def test_the_engine_of_persons_agrees_with_counts_and_fading_lengthens_spells(toy):
    counts, agents, fading = (
        run(toy, years=2, members=60, engine=engine, demand="constant", assumptions=given)
        .table("members").query("year == 2025")
        for engine, given in (("counts", {}), ("agents", {}), ("agents", {"fading_of_spells": 0.3}))
    )  # fmt: skip
    for name in ("employed", "unemployed", "vacancies", "entered", "joined"):
        error = np.hypot(counts[name].std(), agents[name].std()) / np.sqrt(60)
        assert abs(counts[name].mean() - agents[name].mean()) < 4 * error + 1e-9, name
    assert fading["long_term"].mean() > agents["long_term"].mean()


def test_nobody_who_does_not_look_for_work_finds_any():
    state = State(np.array([[50.0]]), np.array([[[20.0]], [[5.0]]]), np.array([[30.0]]))
    moves = Kernel(np.ones((1, 1, 1)), np.ones((1, 1, 1)))
    conditions = Conditions(search=0.0, exits=0.2, entrants=3.5)
    start = whole(state, members=400, seed=1)
    *_, last = count_course(start, lambda _: np.array([[80.0]]), moves, rates=Rates(), steps=1,
                            seed=1, conditions=conditions)  # fmt: skip
    assert last.hired.sum() == 0
    people = last.employed.sum(axis=(1, 2)) + last.unemployed.sum(axis=(1, 2, 3))
    gone = (last.retired + last.given_up).sum(axis=(1, 2))
    assert (people == 75 - gone + last.entered.sum(axis=(1, 2))).all()
    assert last.entered.mean() == pytest.approx(3.5, abs=0.1)
    assert gone.mean() == pytest.approx(15, abs=0.6)


def test_half_a_step_gives_about_the_same_course(toy):
    usual = run(toy, years=3, members=1).table("regions").query("region == 'all'")
    short = run(toy, years=3, members=1, weeks=3.375).table("regions").query("region == 'all'")
    np.testing.assert_allclose(usual["unemployment"], short["unemployment"], rtol=0.03)
    np.testing.assert_allclose(usual["long_term_share"], short["long_term_share"], rtol=0.15)


# ----- what the tables allow


def test_more_demand_means_more_people_at_work(toy):
    def grow(by):
        rows = toy.table("workers").query("year == 2023")
        more = [
            rows[["region", "occupation"]].assign(
                year=2023 + k, posts=rows["headcount"] * by**k, evidence="assumed"
            )
            for k in range(4)
        ]
        return toy.with_(name="grown", tables={"demand": pd.concat(more)})

    less, more = (
        run(grow(by), years=3, members=1, assumptions={"labour_growth_error": -0.01})
        for by in (1.0, 1.02)
    )
    rate = [
        r.table("regions").query("region == 'all' and year == 2026").iloc[0] for r in (less, more)
    ]
    assert rate[1]["employed"] > rate[0]["employed"]


def test_stand_ins_are_said(toy):
    part = without(toy, "demand", "turnover", "separations", "graduates", "transitions", "flows")
    note = str(run(part, years=1, members=1, demand="constant").note)
    for words in ("Vacancies are unknown", "layoffs are assumed", "No table separations",
                  "No table transitions", "No table flows", "Who finishes which studies"):  # fmt: skip
        assert words in note
    assert np.isfinite(run(part, years=1, members=1).table("regions")["unemployment"]).all()


def test_an_isolated_region_is_a_market_of_its_own_and_said(toy):
    def cut(flows):
        return flows[(flows["region"] != "C") & (flows["destination"] != "C")]

    found = run(changed(toy, "flows", cut), years=2, members=2)
    assert "Nobody moves between the other regions and C" in str(found.note)
    assert np.isfinite(found.table("regions")["unemployment"]).all()


# ----- what goes wrong


def test_transitions_that_do_not_sum(toy):
    wrong = changed(toy, "transitions", lambda f: f.assign(share=f["share"] * 0.8))
    with pytest.raises(InvalidSystem, match=r"The transitions from engineer sum to 0\.800"):
        run(wrong, years=1, members=1)


def test_demand_of_zero(toy):
    rows = toy.table("demand")
    later = rows.query("year == 2023").assign(year=2024)
    later.loc[later["region"] == "B", "posts"] = 0.0
    wrong = toy.with_(name="none", tables={"demand": pd.concat([rows, later])})
    with pytest.raises(InvalidSystem, match="The demand of B is 0 in every occupation"):
        run(wrong, years=2, members=1)


def test_a_step_that_is_too_long(toy):
    busy = changed(toy, "turnover", lambda f: f.assign(layoffs=20.0))
    with pytest.raises(InvalidArgument, match="per cent of the people without work would have to"):
        run(busy, years=1, members=1, weeks=13)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"years": 0}, InvalidArgument, "at least one year"),
        ({"members": 0}, InvalidArgument, "one member"),
        ({"weeks": 40}, InvalidArgument, "half a week to 13 weeks"),
        ({"demand": "published"}, InsufficientData, "no posts after 2023"),
        ({"assumptions": {"exit_rate": 1.5}}, InvalidArgument, "exit_rate cannot be 1.5"),
        (
            {"assumptions": {"moves_between_posts": 2}},
            InvalidArgument,
            "moves_between_posts cannot be 2",
        ),
        ({"engine": "agent"}, UnknownName, "Did you mean 'agents'"),
    ],
)
def test_arguments_are_checked(toy, arguments, error, says):
    with pytest.raises(error, match=says):
        run(toy, **{"years": 1, "members": 1, **arguments})


def test_nobody_without_work(toy):
    none = changed(toy, "unemployment", lambda f: f.assign(unemployed=0.0))
    with pytest.raises(InvalidArgument, match="Nobody is without work"):
        run(none, years=1, members=1)


def test_an_occupation_that_nobody_leaves_and_one_cell_without_posts_give_no_nan(toy):
    def alone(rows):
        rest = rows[rows["occupation"] != "helper"]
        own = rows[rows["occupation"] == "helper"].head(1).assign(destination="helper", share=1.0)
        return pd.concat([rest, own])

    cut = changed(toy, "transitions", alone)
    for engine in ("mean", "counts"):
        found = run(cut, years=1, members=2, engine=engine, demand="constant")
        assert np.isfinite(found.table("regions")["unemployment"]).all()


@pytest.mark.parametrize("table", ["workers", "unemployment"])
def test_a_missing_table_is_named(toy, table):
    with pytest.raises(MissingTable, match=f"no table {table}"):
        run(without(toy, table), years=1, members=1)


def test_china_is_refused_with_the_table_that_is_missing():
    with pytest.raises(MissingTable, match="workers, unemployment"):
        run(echelon.open("china"))


# ----- the us system


@pytest.mark.slow
def test_the_us_by_states_and_occupations():
    found = run(echelon.open("us"), members=8)
    cells, regions = found.table(), found.table("regions")
    assert len(cells) == 51 * 94 * 11
    whole_system = regions.query("region == 'all'").set_index("year")
    assert whole_system.loc[2023, "employed"] == pytest.approx(151_853_993, rel=1e-6)
    assert whole_system.loc[2023, "unemployment"] == pytest.approx(3.864, abs=1e-3)
    # The survey of households counts about two million people a month who find work.
    assert 18e6 < whole_system.loc[2024, "entered"] < 30e6
    assert whole_system["unemployment"].between(3, 5.5).all()
    assert "course" not in found.tables
