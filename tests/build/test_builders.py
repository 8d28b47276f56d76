"""What the builders share: tiers by rules, sources, and refusals."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from echelon.build import build
from echelon.build.tables import publications, read_table, sources_of
from echelon.build.tiers import assign_tiers
from echelon.build.us.money import real_is_a_copy
from echelon.errors import InvalidArgument, UnknownName, UnreadableInput


def test_the_first_rule_that_is_met_gives_the_tier() -> None:
    codes = ["19-1021", "11-9121", "17-2051", "15-1252", "47-2111", "29-2010", "53-7065"]
    work = pd.DataFrame(
        {
            "occupation": codes,
            "job_zone": [5.0, 5.0, 4.0, 4.0, 3.0, 3.0, 2.0],
            "wage_percentile": [80.0, 95.0, 84.9, 92.0, 70.0, 65.0, 10.0],
        }
    )
    assert assign_tiers(work, read_table("us_tier_rules")).tolist() == [
        "strategic scientist", "leading innovator", "engineer or professional",
        "leading innovator", "master craft", "technician or skilled worker", "general",
    ]  # fmt: skip


def test_a_condition_on_an_unknown_figure_is_not_met() -> None:
    rules = pd.DataFrame(
        {
            "rule": [1], "occupation_prefix": [None], "job_zone_minimum": [4.0],
            "job_zone_maximum": [None], "wage_percentile_minimum": [None], "tier": ["general"],
        }
    )  # fmt: skip
    work = pd.DataFrame(
        {"occupation": ["11-1011"], "job_zone": [float("nan")], "wage_percentile": [50.0]}
    )
    assert assign_tiers(work, rules).isna().all()


def test_sources_are_described_once_each() -> None:
    tables = {"a": pd.DataFrame({"source": ["acs, bea_gdp", "acs", None]})}
    found = sources_of(tables, "laus")
    assert found["source"].tolist() == ["acs", "bea_gdp", "laus"]
    assert found["licence"].eq("public domain").all()
    assert len(publications()) > 30


def test_a_repeated_series_is_not_taken_for_real_values() -> None:
    same = pd.DataFrame({"value_added": [1.0, 2.0], "real_value_added": [1.0, 2.0]})
    assert real_is_a_copy(same)
    assert not real_is_a_copy(same.assign(real_value_added=[1.0, 1.9]))


def test_what_cannot_be_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no country named 'uk'"):
        build("uk", tmp_path)
    with pytest.raises(InvalidArgument, match="Choose full or groups"):
        build("us", tmp_path, detail="some")
    with pytest.raises(UnreadableInput, match="no such folder"):
        build("us", tmp_path / "nowhere")
    with pytest.raises(UnreadableInput, match=r"us-states\.json"):
        build("us", tmp_path)
