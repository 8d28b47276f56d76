"""ESCO: chosen tables, addresses where they are known, and the hierarchy as published."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from echelon.errors import UnknownName, UnreadableInput
from echelon.sources import esco

SAMPLE = Path(__file__).parent / "samples" / "esco"


def test_only_the_chosen_tables_are_read() -> None:
    assert list(esco.read(SAMPLE, tables=["occupations", "isco_groups"])) == [
        "occupations",
        "isco_groups",
    ]


def test_unknown_table_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'occupations'"):
        esco.read(SAMPLE, tables=["occupation"])


def test_chosen_table_without_its_file_is_named() -> None:
    with pytest.raises(UnreadableInput, match=r"no file 'occupations_en\.csv'"):
        esco.read(SAMPLE / "skillGroups_en.csv", tables=["occupations"])


def test_skill_known_by_label_alone_has_no_address() -> None:
    relation = esco.read(SAMPLE, tables=["occupation_skills"])["occupation_skills"]
    assert set(relation["relation"]) == {"essential", "optional"}
    by_label = relation.set_index("skill_title")
    assert by_label.loc["data mining", "skill"].startswith("http://data.europa.eu/esco/skill/")
    assert by_label["skill"].isna().any()
    assert by_label.loc["computer programming", "digital"]


def test_partial_correspondence_is_a_truth_value() -> None:
    crosswalk = esco.read(SAMPLE, tables=["isco_soc_2010"])["isco_soc_2010"]
    assert set(crosswalk["partial"]) == {True, False}
    assert crosswalk["isco"].str.len().eq(4).all()


@pytest.mark.shared
def test_official_counts(shared: Path) -> None:
    tables = esco.read(shared / "data" / "eu")
    assert set(tables) == set(esco.COLUMNS)
    counts = {name: len(tables[name]) for name in ("occupations", "isco_groups", "skill_groups")}
    assert counts == {"occupations": 3039, "isco_groups": 619, "skill_groups": 640}
    relation = tables["occupation_skills"]
    assert len(relation) == 129_004
    assert set(relation["occupation"]) == set(tables["occupations"]["occupation"])
    assert set(tables["occupations"]["isco"]) <= set(tables["isco_groups"]["isco"])
    assert len(tables["isco_soc_2010"]) == 1125
    assert len(tables["onet_crosswalk"]) == 1680


@pytest.mark.shared
def test_hierarchy_is_that_of_the_published_levels(shared: Path) -> None:
    folder = shared / "data" / "eu" / "esco_1.2.0"
    broader = esco.read(folder, tables=["skill_hierarchy"])["skill_hierarchy"]
    links = set(zip(broader["concept"], broader["broader"], strict=True))
    with (folder / "skillsHierarchy_en.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            path = [row[f"Level {level} URI"] for level in range(4) if row[f"Level {level} URI"]]
            assert set(zip(path[1:], path[:-1], strict=True)) <= links
