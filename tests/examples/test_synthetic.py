"""Generated systems: without errors at any size, in agreement with themselves, the same for the same seed."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon.errors import InvalidArgument
from echelon.examples import synthetic
from echelon.system.schema import tables as schema_tables
from echelon.system.system import System

TABLES = {
    "regions", "occupations", "skills", "industries", "fields", "levels", "technologies", "occupation_skills",
    "staffing", "programme_occupations", "occupation_education", "worker_education",
    "technology_industries", "transitions", "ties", "workers",
    "unemployment", "attainment", "demand", "graduates", "flows", "programmes", "budgets", "technology",
    "research", "output", "capital", "indicators", "indicator_tree", "sources", "limitations",
}  # fmt: skip


@pytest.fixture(scope="module")
def system() -> System:
    return synthetic(regions=20, occupations=50, years=3, seed=0)


def test_has_the_main_tables_and_no_fault(system: System) -> None:
    assert set(system.tables) == TABLES
    assert system.check().to_dict("records") == []


def test_sizes(system: System) -> None:
    assert (len(system.table("regions")), len(system.table("occupations"))) == (20, 50)
    assert len(system.table("workers")) == len(system.table("demand")) == 20 * 50 * 3
    assert sorted(system.table("workers")["year"].unique()) == [2021, 2022, 2023]
    assert len(system.table("ties")) == 20 * 19
    assert len(system.table("flows")) == 20 * 19 * (3 + 1)


def test_every_figure_is_marked_as_assumed(system: System) -> None:
    for name in system.tables:
        frame = system.table(name)
        if "evidence" in frame:
            assert set(frame["evidence"]) == {"assumed"}, name
            assert set(frame["source"]) == {"synthetic"}, name


def test_same_seed_same_digests(system: System) -> None:
    again = synthetic(regions=20, occupations=50, years=3, seed=0)
    other = synthetic(regions=20, occupations=50, years=3, seed=1)
    assert {name: system.digest(name) for name in TABLES} == {
        name: again.digest(name) for name in TABLES
    }
    lists = {
        "skills",
        "industries",
        "fields",
        "levels",
        "technologies",
        "indicator_tree",
        "sources",
        "limitations",
        "occupation_education",
    }
    assert {name for name in TABLES if system.digest(name) == other.digest(name)} == lists


@given(
    regions=st.integers(1, 6),
    occupations=st.integers(1, 13),
    years=st.integers(1, 4),
    seed=st.integers(0, 2**40),
)
@settings(max_examples=8, deadline=None)
def test_no_fault_and_shares_sum_to_one_at_any_small_size(
    regions: int, occupations: int, years: int, seed: int
) -> None:
    made = synthetic(regions=regions, occupations=occupations, years=years, seed=seed)
    assert made.check().to_dict("records") == []
    assert set(made.tables) == (TABLES if regions > 1 else TABLES - {"ties", "flows"})
    _assert_shares_sum_to_one(made)
    figures = made.sql("SELECT headcount, wage FROM workers")
    assert np.isfinite(figures.to_numpy()).all()
    assert (figures["headcount"] >= 1).all()


def _assert_shares_sum_to_one(made: System) -> None:
    for name in made.tables:
        rule = schema_tables()[name].shares
        if rule is not None:
            sums = made.table(name).groupby(list(rule.by))[rule.column].sum()
            assert sums.to_numpy() == pytest.approx(1.0, abs=1e-12), name


def test_shares_sum_to_one(system: System) -> None:
    ruled = {name for name in TABLES if schema_tables()[name].shares is not None}
    assert ruled == {
        "staffing",
        "programme_occupations",
        "occupation_education",
        "technology_industries",
        "transitions",
    }
    _assert_shares_sum_to_one(system)


def _sum(system: System, table: str, column: str, *by: str) -> pd.Series:
    frame = system.table(table)
    return frame.groupby(list(by))[column].sum().sort_index()


def test_industries_employ_the_workers(system: System) -> None:
    employed = _sum(system, "output", "employment", "region", "year")
    assert employed.to_numpy() == pytest.approx(
        _sum(system, "workers", "headcount", "region", "year").to_numpy(), rel=1e-12
    )
    for by in ("occupation", "year"):
        staffed = _sum(system, "staffing", "headcount", by).to_numpy()
        assert staffed == pytest.approx(
            _sum(system, "workers", "headcount", by).to_numpy(), rel=1e-12
        )
    by_industry = _sum(system, "staffing", "headcount", "industry", "year").to_numpy()
    assert by_industry == pytest.approx(
        _sum(system, "output", "employment", "industry", "year").to_numpy(), rel=1e-12
    )


def test_labour_force_is_workers_and_unemployed(system: System) -> None:
    frame = system.table("unemployment")
    by_region = frame[frame["region"].notna()]
    by_occupation = frame[frame["occupation"].notna()]
    assert len(by_region) + len(by_occupation) == len(frame) == 20 * 3 + 50 * 3
    for part, key in ((by_region, "region"), (by_occupation, "occupation")):
        workers = _sum(system, "workers", "headcount", key, "year")
        found = part.groupby([key, "year"])[["labour_force", "unemployed"]].sum().sort_index()
        assert (found["labour_force"] - found["unemployed"]).to_numpy() == pytest.approx(
            workers.to_numpy(), rel=1e-12
        )
    here, there = (
        part.groupby("year")["unemployed"].sum().to_numpy() for part in (by_region, by_occupation)
    )
    assert there == pytest.approx(here, rel=1e-12)
    assert by_region["rate"].between(0, 25).all()


def test_posts_are_workers_and_vacancies(system: System) -> None:
    rest = system.sql(
        "SELECT max(abs(posts - vacancies - headcount)) AS most, count(*) AS n "
        "FROM demand JOIN workers USING (region, occupation, year)"
    )
    assert rest.loc[0].tolist() == [0, 20 * 50 * 3]


def test_research_of_the_performers_adds_up_to_all(system: System) -> None:
    frame = system.table("research")
    for column in ("spend", "personnel"):
        whole = frame[frame["performer"] == "all"].groupby(["region", "year"])[column].sum()
        parts = frame[frame["performer"] != "all"].groupby(["region", "year"])[column].sum()
        assert whole.tolist() == parts.tolist()


def test_series_of_moves_are_sums_of_the_flows(system: System) -> None:
    for indicator, end in (("people_arrived", "destination"), ("people_left", "region")):
        series = system.sql(
            f"SELECT value FROM indicators WHERE indicator = '{indicator}' ORDER BY region, year"
        )
        flows = system.sql(
            f"SELECT {end} AS place, year, sum(people) AS n FROM flows "
            "WHERE education IS NULL GROUP BY ALL ORDER BY ALL"
        )
        assert series["value"].tolist() == flows["n"].tolist()


def test_moves_follow_a_gravity_law() -> None:
    made = synthetic(regions=40, occupations=5, years=1, seed=3)
    pairs = made.sql(
        "SELECT f.people, t.distance, a.value AS origin, b.value AS destination FROM flows f "
        "JOIN ties t USING (region, destination) "
        "JOIN indicators a ON a.region = f.region AND a.indicator = 'population' "
        "JOIN indicators b ON b.region = f.destination AND b.indicator = 'population' "
        "WHERE f.education IS NULL AND f.people >= 10 AND t.distance >= 50"
    )
    logs = np.log(pairs.to_numpy())
    design = np.column_stack([np.ones(len(logs)), logs[:, 1:]])
    slopes = np.linalg.lstsq(design, logs[:, 0], rcond=None)[0][1:]
    # The law is -1.2, 1, 1; noise and the tendency to leading regions blur it a little.
    assert len(pairs) > 1000
    assert slopes == pytest.approx([-1.2, 1.0, 1.0], abs=0.15)


@pytest.mark.parametrize("seed", range(4))
def test_nobody_moves_more_than_there_are_people(seed: int) -> None:
    made = synthetic(regions=2, occupations=2, years=2, seed=seed)
    left = made.sql(
        "SELECT l.value / p.value AS share FROM indicators l JOIN indicators p USING (region, year) "
        "WHERE l.indicator = 'people_left' AND p.indicator = 'population'"
    )
    assert len(left) == 4
    assert left["share"].between(0, 0.1 + 1e-6).all()


def test_distances_are_those_of_the_coordinates(system: System) -> None:
    regions = system.table("regions").set_index("region")
    pair = system.table("ties").iloc[7]
    start, end = (
        np.radians(regions.loc[pair[key], ["latitude", "longitude"]].to_numpy(float))
        for key in ("region", "destination")
    )
    cosine = np.sin(start[0]) * np.sin(end[0]) + np.cos(start[0]) * np.cos(end[0]) * np.cos(
        start[1] - end[1]
    )
    assert pair["distance"] == pytest.approx(6371.0 * np.arccos(cosine), abs=0.051)
    there = system.table("ties").set_index(["region", "destination"])
    back = there.loc[(pair["destination"], pair["region"])]
    assert (back["distance"], back["adjacent"]) == (pair["distance"], pair["adjacent"])


def test_work_that_needs_more_preparation_pays_more(system: System) -> None:
    occupations = system.table("occupations")
    assert occupations["job_zone"].corr(occupations["wage_percentile"], method="spearman") > 0.8
    assert set(occupations["tier"]) == set(schema_tables()["occupations"].column("tier").choices)


def test_the_measures_run(system: System) -> None:
    scores = echelon.measure.index(system, draws=20).frames["index"]
    assert scores["score"].between(0, 100).all()
    assert len(echelon.measure.coordination(system, draws=20).frames["coordination"]) == 20 * 3
    assert echelon.measure.talent(system, draws=20).frames["talent"]["talent"].notna().all()


def test_survives_saving(system: System, tmp_path_factory: pytest.TempPathFactory) -> None:
    saved = echelon.open(system.save(tmp_path_factory.mktemp("save") / "system"))
    assert all(saved.digest(name) == system.digest(name) for name in TABLES)


@pytest.mark.slow
def test_a_large_system_takes_seconds() -> None:
    start = time.process_time()
    made = synthetic(regions=500, occupations=500, years=2)
    assert time.process_time() - start < 20
    assert len(made.table("workers")) == 500_000


@pytest.mark.parametrize(("arguments", "message"), [
    ({"regions": 0}, "0 regions cannot be generated. Use 1 or more."),
    ({"occupations": -3}, "-3 occupations cannot be generated. Use 1 or more."),
    ({"years": 201}, "201 years are too many. Use at most 200."),
    ({"seed": -1}, "The seed -1 is negative. Use 0 or more."),
])  # fmt: skip
def test_impossible_arguments(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        synthetic(**arguments)
    assert str(error.value) == message
