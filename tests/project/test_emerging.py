"""Emerging fields, industries and skills: classes, bands, exposure, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InvalidArgument, MissingTable
from echelon.project.emerging import CLASSES, emerging
from echelon.result import Result
from echelon.system.system import System, from_tables


@pytest.fixture(scope="module")
def us() -> Result:
    return emerging(echelon.open("us"), draws=60)


@pytest.fixture(scope="module")
def china() -> Result:
    return emerging(echelon.open("china"), draws=60)


def patents(shares: dict[str, np.ndarray], *, regions: dict[str, float] | None = None) -> System:
    """Patents of 20 years whose totals double, by technology and region."""
    places = regions or {"A": 0.6, "B": 0.4}
    generator = np.random.default_rng(0)
    rows = [
        (region, technology, 2001 + year, float(generator.poisson(
            size * 5000 * 2 ** (year / 19) * share[year])))
        for technology, share in shares.items()
        for region, size in places.items()
        for year in range(20)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["region", "technology", "year", "patents"])
    names = list(shares)
    return from_tables(
        "patents",
        {
            "regions": pd.DataFrame({"region": list(places), "name": list(places)}),
            "technologies": pd.DataFrame({"technology": names, "name": names}),
            "technology": table,
        },
    )


RISING = np.linspace(0.02, 0.12, 20)


@pytest.fixture(scope="module")
def made() -> Result:
    flat = np.full(20, 0.3)
    return emerging(
        patents({"new": RISING, "old": 0.40 - (RISING - 0.02), "one": flat, "two": flat - 0.02})
    )


def test_classes_are_those_of_the_thresholds(us: Result, china: Result, made: Result) -> None:
    for result in (us, china, made):
        table = result.table()
        assert set(table["class"]) <= set(CLASSES)
        sure = table["q"] <= 0.1
        gains = table["class"].isin(["emerging", "growing"])
        assert (gains == (sure & (table["low"] > 0))).all()
        assert ((table["class"] == "declining") == (sure & (table["high"] < 0))).all()
        assert (table.loc[table["class"] == "emerging", "growth"] >= 0.03).all()
        assert (table["low"] <= table["growth"]).all()
        assert (table["growth"] <= table["high"]).all()


def test_shares_are_of_the_total_of_the_year(us: Result) -> None:
    sums = us.table().groupby("kind")[["share_first", "share_last"]].sum()
    np.testing.assert_allclose(sums, 1.0, atol=1e-9)


def test_what_was_made_to_emerge_is_found(made: Result) -> None:
    found = made.table().set_index("item")["class"]
    assert found.to_dict() == {
        "new": "emerging",
        "old": "declining",
        "one": "steady",
        "two": "steady",
    }


def test_fields_that_are_known_to_have_grown(us: Result) -> None:
    table = us.table().query("kind == 'technology'").set_index("item")
    assert set(table.index[table["class"] == "emerging"]) == {"WIPO-04", "WIPO-07"}
    assert table.at["WIPO-28", "class"] == "declining"
    # Nanotechnology grew from 19 families: too few to be sure.
    assert table.at["WIPO-22", "class"] == "steady"
    assert table.at["WIPO-22", "growth"] < 0.5 * table.at["WIPO-22", "growth_raw"]


def test_skills_are_called_derived_and_never_observed(us: Result) -> None:
    skills = us.table()[us.table()["kind"].isin(["skill", "past skill"])]
    assert set(skills["evidence"]) == {"derived"}
    assert "no growth of a skill was observed" in " ".join(us.note.caveats)
    split = us.table("decomposition").query("kind == 'skill'")
    np.testing.assert_allclose(split["within"], 0, atol=1e-12)
    np.testing.assert_allclose(split["between"], split["change"], atol=1e-12)


def test_the_change_is_split_whole(us: Result, china: Result) -> None:
    for result in (us, china):
        split = result.table("decomposition")
        np.testing.assert_allclose(split["within"] + split["between"], split["change"], atol=1e-9)


def test_exposure_has_bands_of_figure_and_rank(us: Result, china: Result) -> None:
    for result, kinds in ((us, {"industry", "past skill"}), (china, {"technology", "industry"})):
        table = result.table("exposure")
        assert set(table["kind"]) == kinds
        assert table["exposure"].between(0, 1).all()
        assert (table["low"] <= table["exposure"]).all()
        assert (table["exposure"] <= table["high"]).all()
        assert (table["rank_low"] <= table["rank"]).all()
        assert (table["rank"] <= table["rank_high"]).all()
    assert str(us.explain("US-CA")).count("Share in gaining items") == 2


def test_china_says_what_is_missing(china: Result) -> None:
    said = " ".join(china.note.caveats)
    assert "Skills are not told. The system 'china' has no tables occupation_skills, skills" in said


def test_one_region_works() -> None:
    result = emerging(patents({"new": RISING, "old": 1 - RISING}, regions={"A": 1.0}))
    assert result.table("decomposition").empty
    assert len(result.table("exposure")) == 1


def test_a_technology_that_appears_later_is_new() -> None:
    share = np.where(np.arange(20) < 8, 0.0, np.linspace(-0.3, 0.45, 20).clip(0))
    table = emerging(patents({"new": share, "old": 1 - share})).table().set_index("item")
    assert table.at["new", "first_seen"] == 2009
    assert table.at["new", "class"] == "emerging"


def test_bad_arguments_are_refused() -> None:
    toy = echelon.examples.toy()
    with pytest.raises(
        InvalidArgument, match=r"significance = 2, pace = 0.03. Give a significance"
    ):
        emerging(toy, significance=2)
    with pytest.raises(InvalidArgument, match="The horizon 2001 is in the past"):
        emerging(toy, horizon=2001)


def test_nothing_to_count_is_refused_by_name() -> None:
    regions = pd.DataFrame({"region": ["A"], "name": ["A"]})
    with pytest.raises(MissingTable) as caught:
        emerging(from_tables("bare", {"regions": regions}))
    assert str(caught.value).startswith(
        "Nothing can be counted that might emerge. Add the table technology"
    )


def test_two_years_are_too_few_and_said() -> None:
    system = patents({"new": RISING, "old": 1 - RISING})
    short = system.table("technology").query("year <= 2002")
    with pytest.raises(MissingTable, match="are known in 2 years, and their growth needs 3"):
        emerging(system.with_(name="short", tables={"technology": short}))
