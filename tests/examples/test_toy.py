"""The toy: whole, without a fault, and right by hand."""

from __future__ import annotations

import subprocess
import sys

import pytest

import echelon
from echelon.errors import UnreadableInput
from echelon.system.schema import tables as schema_tables
from echelon.system.system import System


@pytest.fixture(scope="module")
def toy() -> System:
    return echelon.examples.toy()


def test_every_table_of_the_schema_has_rows(toy: System) -> None:
    assert toy.tables == tuple(schema_tables())
    assert all(len(toy.table(name)) > 0 for name in toy.tables)


def test_no_fault(toy: System) -> None:
    assert toy.check().to_dict("records") == []


def test_sizes(toy: System) -> None:
    sizes = {
        "regions": 3,
        "occupations": 4,
        "skills": 3,
        "industries": 2,
        "fields": 2,
        "levels": 2,
        "technologies": 2,
    }
    assert {name: len(toy.table(name)) for name in sizes} == sizes
    assert sorted(toy.table("workers")["year"].unique()) == [2021, 2022, 2023]


def test_every_figure_is_marked_as_assumed(toy: System) -> None:
    for name in toy.tables:
        frame = toy.table(name)
        if "evidence" in frame:
            assert set(frame["evidence"]) == {"assumed"}, name
            assert set(frame["source"]) == {"toy"}, name


def test_people_at_work_by_education_add_up_both_ways(toy: System) -> None:
    workers = toy.table("workers").query("year == 2023")
    by_region = toy.table("worker_education").groupby("region")["headcount"].sum()
    assert by_region.to_dict() == workers.groupby("region")["headcount"].sum().to_dict()
    jobs = workers.groupby("occupation")["headcount"].sum()
    shares = toy.table("occupation_education")
    expected = (shares["share"] * shares["occupation"].map(jobs)).groupby(shares["level"]).sum()
    found = toy.table("worker_education").groupby("level")["headcount"].sum()
    assert (expected - found).abs().max() < 1e-9


def test_people_at_work_and_looking_for_work_are_the_labour_force(toy: System) -> None:
    found = toy.sql(
        "SELECT u.region, u.year, any_value(u.labour_force) AS force, "
        "sum(w.headcount) + any_value(u.unemployed) AS total "
        "FROM unemployment u JOIN workers w USING (region, year) GROUP BY ALL ORDER BY ALL"
    )
    assert found["total"].tolist() == found["force"].tolist() == [1000] * 3 + [500] * 6


def test_unemployment_by_occupation_is_that_of_the_regions(toy: System) -> None:
    query = "SELECT year, sum(unemployed) AS n FROM unemployment WHERE {} IS NULL GROUP BY year ORDER BY year"
    expected = [50 + 40 + 50, 40 + 35 + 45, 30 + 30 + 40]
    assert toy.sql(query.format("region"))["n"].tolist() == expected
    assert toy.sql(query.format("occupation"))["n"].tolist() == expected


def test_staffing_is_employment_by_occupation(toy: System) -> None:
    by_occupation = (
        "SELECT occupation, sum(headcount) AS n FROM {} WHERE year = 2023 GROUP BY ALL ORDER BY ALL"
    )
    staffed = toy.sql(by_occupation.format("staffing"))["n"].tolist()
    assert staffed == toy.sql(by_occupation.format("workers"))["n"].tolist() == [380, 720, 160, 640]
    by_industry = toy.sql(
        "SELECT o.industry, sum(o.employment) AS n, any_value(s.n) AS staffed FROM output o "
        "JOIN (SELECT industry, sum(headcount) AS n FROM staffing GROUP BY industry) s USING (industry) "
        "WHERE year = 2023 GROUP BY ALL ORDER BY ALL"
    )
    assert by_industry["n"].tolist() == by_industry["staffed"].tolist() == [1000, 900]


def test_employment_by_industry_is_the_people_at_work(toy: System) -> None:
    query = "SELECT region, year, sum({}) AS n FROM {} GROUP BY ALL ORDER BY ALL"
    employed = toy.sql(query.format("employment", "output"))["n"].tolist()
    assert employed == toy.sql(query.format("headcount", "workers"))["n"].tolist()
    assert employed == [950, 960, 970, 460, 465, 470, 450, 455, 460]


def test_posts_are_people_at_work_and_vacancies(toy: System) -> None:
    found = toy.sql(
        "SELECT posts - vacancies - headcount AS rest, openings - 2 * vacancies AS other "
        "FROM demand JOIN workers USING (region, occupation, year)"
    )
    assert len(found) == 36
    assert (found == 0).all(axis=None)


def test_research_adds_up(toy: System) -> None:
    found = toy.sql(
        "SELECT sum(CASE performer WHEN 'all' THEN spend ELSE -spend END) AS money, "
        "sum(CASE performer WHEN 'all' THEN personnel ELSE -personnel END) AS people "
        "FROM research GROUP BY region, year"
    )
    assert len(found) == 9
    assert (found == 0).all(axis=None)


@pytest.mark.parametrize(
    ("indicator", "end"),
    [("degree_holders_arrived", "destination"), ("degree_holders_left", "region")],
)
def test_series_of_moves_are_sums_of_the_flows(toy: System, indicator: str, end: str) -> None:
    found = toy.sql(
        f"SELECT any_value(value) AS series, sum(people) AS flows FROM indicators i JOIN flows f "
        f"ON f.{end} = i.region AND f.year = i.year "
        f"WHERE f.education = 'bachelor' AND indicator = '{indicator}' GROUP BY i.region, i.year"
    )
    assert len(found) == 9
    assert found["series"].tolist() == found["flows"].tolist()


def test_graduates_are_within_seats_and_completion(toy: System) -> None:
    found = toy.sql(
        "SELECT headcount, p.capacity * completion AS most, g.capacity = p.capacity AS same "
        "FROM graduates g JOIN programmes p USING (region, field, level)"
    )
    assert len(found) == 36
    assert (found["headcount"] <= found["most"]).all()
    assert found["same"].all()


def test_tiers_follow_from_the_rules(toy: System) -> None:
    rules = toy.table("tier_rules").sort_values("rule").to_dict("records")
    for work in toy.table("occupations").to_dict("records"):
        fitting = [
            rule["tier"]
            for rule in rules
            if not work["job_zone"] < rule["job_zone_minimum"]
            and not work["job_zone"] > rule["job_zone_maximum"]
            and not work["wage_percentile"] < rule["wage_percentile_minimum"]
        ]
        assert work["tier"] == fitting[0]


def test_index_of_birchland_in_2022_by_hand(toy: System) -> None:
    # Lowest and highest of the nine figures of each indicator: three regions, three years.
    graduates = 1000 * (9 + 4) / 1000  # 4 (C 2021) to 17 (A 2023)
    graduates = (graduates - 4) / (17 - 4)
    pupils = (20 - 18) / (20 - 10)  # fewer is better: 20 (B 2021) to 10 (C 2023)
    education = (graduates + pupils) / 2

    research = 100 * 1_050_000 / (26_000_000 + 16_000_000)  # 1 (C 2021) to 4 (A)
    research = (research - 1) / (4 - 1)
    patents = 1000 * (3 + 3) / 1000  # 1 (C 2021) to 12 (A 2023)
    patents = (patents - 1) / (12 - 1)
    technology = (research + patents) / 2

    researchers = 1000 * 25 / 1000  # 5 (C 2021) to 60 (A 2023)
    level = (researchers - 5) / (60 - 5)
    degrees = 100 * 165 / 750  # 10 (C 2021) to 32 (A 2023)
    quality = (degrees - 10) / (32 - 10)
    arrived, left = 10 / 2 + 12 / 2, 22 / 2 + 6 / 2
    inflow = 1000 * (arrived - left) / 1000  # -11 (C 2023) to 7.5 (A 2023)
    inflow = (inflow + 11) / (7.5 + 11)
    unemployment = 100 * 35 / 500  # less is better: 10 (C 2021) to 3 (A 2023)
    unemployment = (10 - unemployment) / (10 - 3)
    vitality = (inflow + unemployment) / 2
    talent = (2 * level + quality + vitality) / 4  # the tree gives level twice the weight

    expected = {
        "system": (education + technology + talent) / 3,
        "education": education,
        "technology": technology,
        "talent": talent,
        "level": level,
        "quality": quality,
        "vitality": vitality,
    }
    table = echelon.measure.index(toy, draws=20).frames["index"]
    found = table.query("region == 'B' and year == 2022").set_index("item")["score"]
    assert found.to_dict() == pytest.approx(
        {item: 100 * score for item, score in expected.items()}, rel=1e-12
    )
    assert expected["level"] == 20 / 55
    assert found["quality"] == pytest.approx(100 * 12 / 22, rel=1e-12)


def test_coordination_of_alderland_in_2021_by_hand(toy: System) -> None:
    table = echelon.measure.coordination(toy, form="standard", draws=20).frames["coordination"]
    found = table.query("region == 'A' and year == 2021").iloc[0]
    education = ((1000 * (20 + 10) / 2000 - 4) / 13 + (20 - 16) / 10) / 2
    technology = ((4 - 1) / 3 + (1000 * (12 + 8) / 2000 - 1) / 11) / 2
    level, quality = (50 - 5) / 55, (30 - 10) / 22
    vitality = ((5.5 + 11) / 18.5 + (10 - 5) / 7) / 2
    talent = (2 * level + quality + vitality) / 4
    development = (education + technology + talent) / 3
    coupling = 3 * (education * technology * talent) ** (1 / 3) / (education + technology + talent)
    assert found["development"] == pytest.approx(development, rel=1e-12)
    assert found["coupling"] == pytest.approx(coupling, rel=1e-12)
    assert found["coordination"] == pytest.approx((coupling * development) ** 0.5, rel=1e-12)


def test_talent_with_goalposts_by_hand(toy: System) -> None:
    table = echelon.measure.talent(toy, normalisation="goalposts", draws=20).frames["talent"]
    found = table.query("region == 'C' and year == 2023").iloc[0]
    level = 10 / 100  # goalposts 0 to 100 researchers per 1,000 people
    quality = 100 * 105 / 750 / 50  # 0 to 50 per cent
    vitality = ((-11 + 20) / 40 + (10 - 8) / 10) / 2  # -20 to 20, and 10 down to 0 per cent
    figures = [
        100 * level,
        100 * quality,
        100 * vitality,
        100 * (2 * level + quality + vitality) / 4,
    ]
    assert [found[name] for name in ("level", "quality", "vitality", "talent")] == pytest.approx(
        figures, rel=1e-12
    )


def test_opens_by_its_name(toy: System) -> None:
    opened = echelon.open("toy")
    assert opened.name == toy.name == "toy"
    assert all(opened.digest(name) == toy.digest(name) for name in toy.tables)


def test_names_are_what_open_takes() -> None:
    assert {"toy", "us"} <= set(echelon.examples.names())
    assert echelon.examples.us().name == "us"
    assert len(echelon.examples.us().table("regions")) == 51


def test_an_example_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echelon.system.opening.bundled", lambda: ("us",))
    with pytest.raises(UnreadableInput) as error:
        echelon.examples.china()
    assert str(error.value) == "The example 'china' is not installed. Choose one of: toy, us."


@pytest.mark.parametrize(
    "before",
    ["", "echelon.open('toy');", "import echelon.examples.toy, echelon.examples.synthetic;"],
)
def test_examples_are_functions_whatever_was_imported_before(before: str) -> None:
    shown = "print(echelon.examples.toy().name, callable(echelon.examples.synthetic))"
    code = f"import echelon; {before} {shown}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "toy True\n"
