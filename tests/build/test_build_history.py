"""Occupations through the years in the system of the United States, against the official files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def us():
    return echelon.open("us")


@pytest.fixture(scope="module")
def survey(shared):
    """The survey's estimates, read here without any code of the package."""
    file = shared / "data" / "us" / "acs" / "acs1_state_long_2005_2018.parquet"
    rows = pd.read_parquet(file, filters=[("table", "in", ["B24010", "B24011"])])
    return rows[rows["state_fips"].astype(str).str.zfill(2) == "06"]


def test_people_and_earnings_are_as_published(us, survey):
    history = us.table("occupation_history")
    cell = history.query("region == 'US-CA' and occupation == '15-0000' and year == 2010").iloc[0]
    of_year = survey[survey["year"] == 2010]
    named = of_year["label"].str.endswith("!!Computer and mathematical occupations")
    people = of_year[named & (of_year["table"] == "B24010")]
    assert len(people) == 2
    assert cell["headcount"] == people["estimate"].sum()
    margin = np.sqrt((people["moe"] ** 2).sum())
    assert cell["headcount_rse"] == pytest.approx(
        100 * margin / 1.645 / cell["headcount"], abs=0.05
    )
    wage = of_year[named & (of_year["table"] == "B24011")].iloc[0]
    assert cell["wage"] == wage["estimate"]
    assert cell["wage_rse"] == pytest.approx(100 * wage["moe"] / 1.645 / wage["estimate"], abs=0.05)
    assert cell["evidence"] == "measured"


def test_every_year_has_the_same_groups_and_holds_everybody(us):
    history = us.table("occupation_history")
    states = history[history["region"].notna()]
    assert states.groupby("year")["occupation"].nunique().eq(22).all()
    employed = us.table("indicators").query("indicator == 'employed'")
    whole = employed.groupby("year")["value"].sum()
    summed = states.groupby("year")["headcount"].sum()
    assert (summed / whole.reindex(summed.index)).between(1 - 1e-9, 1 + 1e-9).all()


def test_joined_groups_are_called_derived(us):
    history = us.table("occupation_history")
    moved = history.query("occupation == '53-0000'").groupby("year")["evidence"].unique()
    assert moved[2009].tolist() == ["measured"]
    assert moved[2010].tolist() == ["derived"]


def test_classifications_follow_the_survey(us):
    history = us.table("occupation_history")
    states = history[history["region"].notna()].groupby("year")["classification"].unique()
    assert [states[y][0] for y in (2009, 2010, 2017, 2018)] == [
        "SOC 2000", "SOC 2010", "SOC 2010", "SOC 2018",
    ]  # fmt: skip


def test_the_nation_is_as_published(us, shared):
    history = us.table("occupation_history")
    file = shared / "data" / "us" / "bls_oews" / "national_May2021_dl.csv"
    published = pd.read_csv(file, encoding="utf-8-sig", dtype="str").set_index("OCC_CODE")
    row = history.query("occupation == '15-1200' and year == 2021").iloc[0]
    assert pd.isna(row["region"])
    assert row["headcount"] == float(published.at["15-1200", "TOT_EMP"].replace(",", ""))
    assert row["wage"] == float(published.at["15-1200", "A_MEDIAN"].replace(",", ""))
    assert row["source"] == "oews_2021"


def test_workers_count_nobody_twice(us):
    """History stands in a table of its own: workers still sum to the published jobs."""
    workers = us.table("workers")
    assert workers["year"].unique().tolist() == [2023]
    assert workers["headcount"].sum() == pytest.approx(151_853_920, rel=1e-6)


def test_vacancies_of_the_nation_are_those_of_the_six_sectors(us, shared):
    rates = pd.read_csv(shared / "data" / "us" / "jolts" / "jolts_sector6_rates_monthly.csv")
    rows = rates[
        rates["month"].str.startswith("2023") & (rates["rate_name"] == "job_openings_rate")
    ]
    published = rows.groupby("sector6_code")["rate_value"].mean()
    turnover = us.table("turnover").query("year == 2023").set_index("industry")["vacancies"]
    assert turnover["31-33"] == pytest.approx(published["MFG"], abs=1e-3)
    assert turnover["62"] == pytest.approx(published["HCS"], abs=1e-3)
    demand = us.table("demand").query("year == 2023")
    rate = 100 * demand["vacancies"].sum() / (demand["posts"] + demand["vacancies"]).sum()
    assert published.min() < rate < published.max()
    assert us.table("demand").query("year > 2023")["vacancies"].isna().all()


def test_vacancies_follow_the_postings_of_the_state(us):
    series = us.table("indicators").query("indicator == 'vacancy_rate'")
    assert sorted(series["year"].unique()) == list(range(2020, 2026))
    assert set(series["evidence"]) == {"derived"}
    wide = series.pivot_table(index="region", columns="year", values="value")
    assert wide.notna().all().all()
    assert (wide[2022] > wide[2020]).mean() > 0.95


def test_unemployment_by_occupation_is_national(us):
    rows = us.table("unemployment")
    named = rows[rows["occupation"].notna()]
    assert named["region"].isna().all()
    assert sorted(named["year"].unique()) == list(range(2005, 2020))
    assert named.groupby("year")["occupation"].nunique().eq(22).all()
    rate = 100 * named["unemployed"] / named["labour_force"]
    assert (rate - named["rate"]).abs().max() < 0.6


def test_errors_of_groups_come_from_those_of_their_occupations(us):
    workers = us.table("workers")
    known = workers["headcount_rse"].dropna()
    assert len(known) / len(workers) > 0.95
    assert known.between(0, 60).all()
