"""Shortage: the index by hand, its bands, what it is not, and what cannot be computed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.diagnose.history import read_history
from echelon.diagnose.shortage import shortage
from echelon.diagnose.shortage_tables import classes, reliability
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    InvalidSystem,
    MissingTable,
    UnknownName,
)
from echelon.result import Result
from echelon.system.system import from_tables

REGIONS, OCCUPATIONS, YEARS = ("A", "B"), ("baker", "nurse", "smith"), range(2010, 2018)


def small_tables(seed=0):
    """Two regions and three occupations over eight years, with errors of the figures."""
    rng = np.random.default_rng(seed)
    rows = []
    for region in REGIONS:
        for place, occupation in enumerate(OCCUPATIONS):
            people = 1000 * (place + 1) * np.exp(np.cumsum(rng.normal(0.02, 0.02, len(YEARS))))
            wage = 30000 * np.exp(np.cumsum(rng.normal(0.03, 0.01, len(YEARS))))
            rows += [
                (region, occupation, year, float(p), float(w), 2.0, 1.0)
                for year, p, w in zip(YEARS, people, wage, strict=True)
            ]
    columns = ["region", "occupation", "year", "headcount", "wage", "headcount_rse", "wage_rse"]
    return {
        "regions": pd.DataFrame({"region": REGIONS, "name": ["Aland", "Bland"]}),
        "occupations": pd.DataFrame({"occupation": OCCUPATIONS, "name": OCCUPATIONS}),
        "occupation_history": pd.DataFrame(rows, columns=columns),
    }


@pytest.fixture
def tables():
    return small_tables()


@pytest.fixture(scope="module")
def us():
    return echelon.open("us")


@pytest.fixture(scope="module")
def result(us):
    return shortage(us)


def test_the_index_by_hand(tables):
    table = shortage(from_tables("small", tables), span=1, shrinking=False, draws=20).table()
    keys = ["region", "occupation"]

    def wide(frame, column):
        return frame.pivot_table(index=keys, columns="year", values=column)

    history = tables["occupation_history"]
    people = wide(history, "headcount")
    signals = []
    for column in ("wage", "headcount"):
        change = np.log(wide(history, column)).diff(axis=1) * 100
        economy = (change * people).sum() / people.sum()
        apart = (change - economy).dropna(axis=1)
        signals.append((apart.T / apart.std(axis=1, ddof=1)).T)
    wanted = sum(part.clip(-3, 3) for part in signals) / 2
    found = wide(table, "shortage")
    pd.testing.assert_frame_equal(found, wanted[found.columns], check_names=False)
    assert set(table["year"]) == set(range(2011, 2018))


def test_signals_exist_only_where_figures_do(tables):
    made = shortage(from_tables("small", tables), draws=20)
    assert made.table()["signal_hours"].isna().all()
    steps = " ".join(made.note.steps)
    assert "Signals that exist: wage growth, employment growth; their weights" in steps
    assert (
        "Signals without data, left out: hours growth, low unemployment, growth of "
        "under-qualification" in steps
    )


def test_all_five_signals_count(tables):
    rng = np.random.default_rng(4)
    history = tables["occupation_history"]
    tables["occupation_history"] = history.assign(
        hours=rng.uniform(35, 42, len(history)), underqualified=rng.uniform(5, 20, len(history))
    )
    keys = history[["region", "occupation", "year"]]
    tables["unemployment"] = keys.assign(rate=rng.uniform(2, 9, len(history)))
    table = shortage(from_tables("five", tables), draws=20).table()
    names = ["wage", "employment", "hours", "unemployment", "underqualification"]
    signals = table[[f"signal_{name}" for name in names]]
    assert signals.notna().all().all()
    np.testing.assert_allclose(table["shortage"], signals.clip(-3, 3).mean(axis=1))
    low = table.loc[table["unemployment_rate"].idxmin(), "signal_unemployment"]
    high = table.loc[table["unemployment_rate"].idxmax(), "signal_unemployment"]
    assert low > high


def test_weights_choose_signals(tables):
    system = from_tables("small", tables)
    table = shortage(system, weights={"wage": 1.0}, draws=20).table()
    np.testing.assert_allclose(table["shortage"], table["signal_wage"].clip(-3, 3))
    with pytest.raises(UnknownName, match=r"Did you mean 'wage'\?"):
        shortage(system, weights={"wages": 1.0})
    with pytest.raises(InvalidArgument, match="are not weights"):
        shortage(system, weights={"wage": 0.0})


def test_shrinking_needs_three_regions_and_marks_what_it_moved(us):
    plain = shortage(us, shrinking=False, draws=10).table()
    assert not plain["shrunken"].any()
    moved = shortage(us, draws=10).table()
    assert moved["own_weight"].between(0, 1).all()
    assert (moved["shrunken"] == (moved["own_weight"] < 0.9)).all()
    last = moved[moved["year"] == 2017]
    small, large = last["jobs"] < 5_000, last["jobs"] > 300_000
    assert last.loc[small, "own_weight"].median() < last.loc[large, "own_weight"].median()


def test_on_us_the_history_is_that_of_one_classification(result):
    table = result.table()
    assert sorted(table["year"].unique()) == [2007, 2008, 2009, *range(2012, 2018)]
    assert table["region"].nunique() == 51
    assert table["occupation"].nunique() == 22
    assert set(table["evidence"]) == {"derived"}
    recent = result.table("recent")
    assert (recent["year"].unique() == [2024]).all()
    assert not recent["own_history"].any()
    assert result.table("nation")["own_history"].all()


def test_the_nation_is_the_sum_of_the_states(us, result):
    history = read_history(us)
    nation = result.table("nation").set_index(["occupation", "year"])["jobs"]
    summed = result.table().groupby(["occupation", "year"])["jobs"].sum()
    at = history.years.index(2017)
    whole = dict(zip(history.occupations, history.people[at].sum(axis=0), strict=True))
    for occupation, jobs in whole.items():
        assert nation[occupation, 2017] == pytest.approx(jobs)
    assert summed.reindex(nation.index).le(nation + 1).all()
    employed = us.table("indicators").query("indicator == 'employed' and year == 2017")["value"]
    assert sum(whole.values()) == pytest.approx(employed.sum())


def test_figures_lie_in_their_bands(result):
    for name, figure in (("shortage", "shortage"), ("tiers", "shortage"), ("skills", "shortage"),
                         ("tightness", "tightness"), ("nation", "shortage")):  # fmt: skip
        table = result.table(name)
        inside = table[figure].between(table[f"{figure}_low"], table[f"{figure}_high"])
        assert inside.mean() > 0.95, name
        ranked = table["rank"].between(table["rank_low"], table["rank_high"])
        assert ranked.mean() > 0.9, name


def test_ranks_are_within_the_region(result):
    last = result.table().query("year == 2017 and region == 'US-CA'")
    assert sorted(last["rank"]) == list(range(1, 23))
    assert last.loc[last["rank"].idxmin(), "shortage"] == last["shortage"].max()


def test_a_class_needs_the_whole_band():
    index = np.array([1.2, 1.2, 0.6, 0.6, 0.1, -0.7, -0.7, np.nan])
    low = np.array([0.2, -0.1, 0.1, -0.1, 0.0, -1.0, -1.0, np.nan])
    high = np.array([2.0, 2.0, 1.0, 1.0, 0.2, -0.1, 0.1, np.nan])
    wanted = ["critical", "unclear", "elevated", "unclear", "unclear", "surplus", "unclear", ""]
    assert classes(index, low, high).tolist() == wanted


def test_reliability_is_by_error_then_by_jobs():
    jobs = np.array([9e4, 9e4, 9e4, 9e4, 400.0, 9e4, 2e4, 2e3, 900.0, np.nan])
    rse = np.array([4.0, 8.0, 15.0, 30.0, 1.0, *[np.nan] * 5])
    wage = np.array([1.0, 1.0, 18.0, 1.0, 1.0, *[np.nan] * 5])
    assert "".join(f"{x or '-'}" for x in reliability(jobs, rse, wage)) == "ABCDDABCD-"


def test_demand_is_another_table(us, result):
    demand = result.table("demand")
    assert not {"openings", "vacancies", "posts"} & set(result.table().columns)
    posts = us.table("demand").query("year == 2023")
    assert demand["openings"].sum() == pytest.approx(posts["openings"].sum())
    assert demand["vacancies"].sum() == pytest.approx(posts["vacancies"].sum())
    rate = 100 * demand["openings"] / demand["workers"]
    np.testing.assert_allclose(demand["openings_rate"], rate)


def test_tiers_are_means_over_their_people(result, us):
    tiers = result.table("tiers")
    assert set(tiers["tier"]) == {
        "strategic scientist", "leading innovator", "engineer or professional",
        "technician or skilled worker", "master craft", "general",
    }  # fmt: skip
    assert tiers["people"].sum() == pytest.approx(us.table("workers")["headcount"].sum())
    work = us.table("occupations").set_index("occupation")
    index = result.table().query("year == 2017").set_index(["region", "occupation"])["shortage"]
    rows = us.table("workers").query("region == 'US-TX'")
    rows = rows[rows["occupation"].map(work["tier"]) == "strategic scientist"]
    major = rows["occupation"].map(work["parent"])
    value = np.average(index["US-TX"].reindex(major), weights=rows["headcount"])
    found = tiers.query("region == 'US-TX' and tier == 'strategic scientist'")["shortage"]
    assert found.iloc[0] == pytest.approx(value)


def test_tightness_and_the_gap_follow_their_formulas(result):
    table = result.table("tightness")
    np.testing.assert_allclose(table["tightness"], table["vacancies"] / table["unemployed"])
    curve = result.table("beveridge")
    np.testing.assert_allclose(
        curve["gap"], curve["unemployment"] - np.sqrt(curve["unemployment"] * curve["vacancies"])
    )
    whole = curve[curve["region"] == "all"].set_index("year")
    assert whole.loc[2020, "gap"] > 0 > whole.loc[2022, "gap"]
    assert "Vacancies are derived: their movement can be relied on" in " ".join(result.note.caveats)


def test_mismatch_is_known_across_regions_and_occupations(result):
    table = result.table("mismatch")
    assert table["mismatch"].between(0, 1).all()
    assert table.groupby("across")["cells"].unique().map(list).to_dict() == {
        "occupations": [22], "regions": [51],
    }  # fmt: skip
    assert (table["mismatch_low"] <= table["mismatch"]).all()
    assert (table["mismatch"] <= table["mismatch_high"]).all()


def test_the_tree_reaches_the_published_figure(result):
    text = str(result.explain("US-CA"))
    assert text.splitlines()[1].startswith("Shortage, mean over people at work: ")
    assert "Computer and Mathematical Occupations" in text
    assert "per cent a year, 2015-2017, from table occupation_history; source acs" in text
    trace = result.table("trace")
    parents = trace[trace["parent"] == "shortage"]
    whole = (parents["value"] * parents["weight"]).groupby(parents["region"]).sum()
    top = trace[trace["item"] == "shortage"].set_index("region")["value"]
    np.testing.assert_allclose(whole.reindex(top.index), top)


def test_seeds_and_saving(us, result, tmp_path):
    assert shortage(us).digests == result.digests
    other = shortage(us, seed=5).table()
    assert (other["shortage"] == result.table()["shortage"]).all()
    assert (other["shortage_low"] != result.table()["shortage_low"]).any()
    assert Result.load(result.save(tmp_path / "shortage")).digests == result.digests


def test_workers_of_several_years_are_a_history_too():
    toy = shortage(echelon.open("toy"), draws=20)
    assert "Growth is read over 1 years" in " ".join(toy.note.steps)
    assert not toy.table()["own_history"].any()
    assert {"tiers", "skills", "tightness", "mismatch"} <= set(toy.tables)
    made = shortage(echelon.examples.synthetic(6, 12, 8), draws=20)
    assert made.table()["own_history"].all()


def test_china_has_no_occupations():
    with pytest.raises(MissingTable, match="has no table occupation_history"):
        shortage(echelon.open("china"))


def test_one_year_only(tables):
    history = tables["occupation_history"]
    tables["occupation_history"] = history[history["year"] == 2017]
    with pytest.raises(
        InsufficientData, match=r"has no two years .* \(2017\), so nothing can have"
    ):
        shortage(from_tables("one", tables))


def test_one_region_only_still_ranks_its_occupations(tables):
    tables["regions"] = tables["regions"].head(1)
    history = tables["occupation_history"]
    tables["occupation_history"] = history[history["region"] == "A"]
    made = shortage(from_tables("one", tables), draws=20)
    assert sorted(made.table().query("year == 2017")["rank"]) == [1, 2, 3]
    assert "mismatch" not in made.tables


def test_all_equal_figures_signal_nothing(tables):
    history = tables["occupation_history"]
    tables["occupation_history"] = history.assign(headcount=1000.0, wage=30000.0)
    with pytest.raises(InsufficientData, match="unknown or grow alike in every region"):
        shortage(from_tables("flat", tables))


def test_negative_figures_name_the_cell(tables):
    tables["occupation_history"].loc[3, "wage"] = -5.0
    with pytest.raises(InvalidSystem) as caught:
        shortage(from_tables("negative", tables))
    assert caught.value.what == "The wage of baker in A is negative"
    assert caught.value.where == "table occupation_history, year 2013, column wage, value -5"


def test_unknown_occupations_are_named(tables):
    tables["occupations"] = tables["occupations"].head(2)
    with pytest.raises(InvalidSystem) as caught:
        shortage(from_tables("unknown", tables))
    assert caught.value.what == "The occupation 'smith' is not in the table occupations"


def test_no_tiers_are_said(tables):
    made = shortage(from_tables("small", tables), draws=20)
    assert "tiers" not in made.tables
    assert "No occupation at work has a tier, so there is no table of tiers." in made.note.caveats


def test_spans_that_do_not_exist_are_refused(tables):
    with pytest.raises(InvalidArgument, match="No two years of occupation_history lie 40 years"):
        shortage(from_tables("small", tables), span=40)


def market_tables(tables, *, unemployed, vacancies):
    years = (2015, 2016, 2017)
    rows = [(r, y) for r in REGIONS for y in years]
    frame = pd.DataFrame(rows, columns=["region", "year"])
    tables["unemployment"] = frame.assign(labour_force=1000.0, unemployed=unemployed)
    tables["demand"] = frame.assign(occupation="baker", posts=10.0, vacancies=vacancies)
    return from_tables("market", tables)


def test_zero_unemployment_and_zero_vacancies(tables):
    with pytest.raises(InsufficientData, match="Nobody is unemployed in any region, so tightness"):
        shortage(market_tables(tables, unemployed=0.0, vacancies=5.0), draws=20)
    made = shortage(market_tables(tables, unemployed=50.0, vacancies=0.0), draws=20)
    assert (made.table("tightness")["tightness"] == 0).all()
    assert "mismatch" not in made.tables
    assert "A Beveridge curve through 0 years has no slope" in " ".join(made.note.caveats)


def test_negative_vacancies_are_named(tables):
    with pytest.raises(InvalidSystem, match="The vacancies of A are negative"):
        shortage(market_tables(tables, unemployed=50.0, vacancies=-5.0), draws=20)


def test_measured_vacancies_need_no_assumed_error(tables):
    made = shortage(market_tables(tables, unemployed=50.0, vacancies=5.0), draws=20)
    table = made.table("tightness")
    assert (table["tightness_low"] == table["tightness_high"]).all()
    assert set(table["evidence"]) == {"measured"}
