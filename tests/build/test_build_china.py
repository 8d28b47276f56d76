"""The builder of China: the yearbooks' figures as compiled, each with its publication and table."""

from __future__ import annotations

from pathlib import Path

import pytest

import echelon
from echelon.build import build
from echelon.system.system import System

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def china(shared: Path) -> System:
    return build("china", shared / "data" / "cn")


def test_the_bundled_example_is_what_the_builder_makes(china: System) -> None:
    bundled = echelon.open("china")
    differs = [n for n in china.tables if china.digest(n) != bundled.digest(n)]
    assert (differs, bundled.tables) == ([], china.tables)


def test_figures_are_those_of_the_yearbooks(china: System) -> None:
    series = china.table("indicators").set_index(["region", "year", "indicator"])["value"]
    assert series["CN-BJ", 2020, "population"] == 21_890_000
    research = china.table("research")
    chosen = research[(research["region"] == "CN-GD") & (research["year"] == 2023)]
    chosen = chosen[chosen["funder"] == "all"].set_index("activity")["spend"]
    assert chosen.drop("all").sum() == pytest.approx(chosen["all"], rel=1e-4)


def test_every_figure_names_a_publication_and_its_table(china: System) -> None:
    listed = china.table("sources").set_index("source")
    for name in china.tables:
        frame = china.table(name)
        if "source" in frame and name != "sources":
            for text in frame["source"].dropna().unique():
                assert set(str(text).split(", ")) <= set(listed.index), (name, text)
    assert listed["title"].str.contains(": ").mean() > 0.9
    assert listed["note"].notna().all()


def test_what_is_missing_is_said(china: System) -> None:
    said = " ".join(china.table("limitations")["subject"])
    for subject in ("Occupations", "Graduates", "Universities", "Moves", "Compilation"):
        assert subject in said
    assert {"workers", "graduates", "demand"}.isdisjoint(china.tables)


def test_no_chained_or_extrapolated_year_is_used(china: System) -> None:
    assert china.table("capital")["year"].max() == 2017
    assert china.table("indicators")["year"].max() == 2023


def test_the_named_highlands_have_ranks_with_bands_and_reasons(china: System) -> None:
    result = echelon.measure.coordination(china)
    last = result.table().query("year == 2023").set_index("region")
    assert sorted(last["rank"]) == list(range(1, 32))
    for region in ("CN-BJ", "CN-SH", "CN-GD"):
        row = last.loc[region]
        assert row["rank_low"] <= row["rank_median"] <= row["rank_high"]
        assert "source csyst_" in str(result.explain(region))
    assert last.loc[["CN-BJ", "CN-SH"], "rank"].tolist() == [1, 2]
