"""Correspondences between classifications keep every row and every code."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon.sources import crosswalks

SAMPLE = Path(__file__).parent / "samples" / "crosswalks"


def test_military_occupations_have_no_group() -> None:
    groups = crosswalks.read(SAMPLE)["occupation_groups"]
    military = groups[groups["military"]]
    assert len(military)
    assert military["group"].isna().all()
    managers = groups[groups["title"] == "Management occupations"].iloc[0]
    assert (managers["group"], managers["major_group"]) == ("occ22_01", "11-0000")


def test_wide_codes_are_kept_and_none_is_unknown() -> None:
    census = crosswalks.read(SAMPLE / "census18codes_to_soc18codes.csv")["census_2018"]
    assert census["occupation"].str.contains("X").any()
    assert census["occupation"].isna().any()
    assert census["census"].str.len().eq(4).all()


def test_scope_is_a_truth_value() -> None:
    sectors = crosswalks.read(SAMPLE)["sectors"]
    assert (sectors["sector"].notna() == sectors["in_scope"]).all()


@pytest.mark.shared
def test_official_counts(shared: Path) -> None:
    tables = crosswalks.read(shared / "data" / "us" / "crosswalk")
    assert {name: len(frame) for name, frame in tables.items()} == {
        "soc_2018": 867,
        "soc_2010_2018": 900,
        "census_2018": 570,
        "occupation_groups": 1159,
        "sectors": 1154,
    }
    soc = tables["soc_2018"]["occupation"]
    assert set(tables["soc_2010_2018"]["occupation_2018"]) == set(soc)
    assert tables["occupation_groups"]["group"].nunique() == 22
    assert set(tables["sectors"]["sector"].dropna()) == {"FAS", "HCS", "INF", "MFG", "PBS", "RET"}
