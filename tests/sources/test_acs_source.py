"""Survey estimates come out as the Census Bureau printed them, its marks as unknown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import acs

FILE = Path(__file__).parent / "samples" / "acs" / acs.FILE
KEY = ["area", "year", "variable"]


@pytest.fixture(scope="module")
def estimates() -> pd.DataFrame:
    return acs.read(FILE)["estimates"].set_index(KEY)


def test_estimate_stands_beside_its_margin(estimates: pd.DataFrame) -> None:
    bachelors = estimates.loc[("CA", 2018, "B15003_022E")]
    assert (bachelors["estimate"], bachelors["moe"]) == (5_704_852, 36_697)
    assert acs.category_path(bachelors["label"]) == ("Total", "Bachelor's degree")
    assert estimates.loc[("DC", 2018, "B15003_025E"), "estimate"] == 19_799


def test_levels_of_attainment_add_up_to_all_adults(estimates: pd.DataFrame) -> None:
    levels = estimates[estimates["table"] == "B15003"]["estimate"]
    for area in ("CA", "DC"):
        adults = levels.xs((area, 2018), level=["area", "year"])
        assert len(adults) == 25
        assert adults.iloc[1:].sum() == adults.iloc[0]


def test_earnings_of_too_few_people_are_unknown(estimates: pd.DataFrame) -> None:
    farming = ("DC", 2011, "B24011_030E")
    assert pd.isna(estimates.loc[farming, "estimate"])
    assert estimates.loc[("DC", 2010, "B24011_030E"), "estimate"] == 24_506
    assert estimates.loc[("DC", 2018, "B15003_003E"), "estimate"] == 0


def test_margin_that_is_not_published_is_unknown(estimates: pd.DataFrame) -> None:
    assert pd.isna(estimates.loc[("AL", 2018, "B01001_001E"), "moe"])
    assert pd.isna(estimates.loc[("DC", 2011, "B24011_030E"), "moe"])
    assert estimates["moe"].min() == 0


def test_same_variable_has_other_categories_over_the_years(estimates: pd.DataFrame) -> None:
    labels = estimates["label"].xs(("WY", "B24010_003E"), level=["area", "variable"])
    assert (
        acs.category_path(labels[2009])[-1] == "Management, professional, and related occupations"
    )
    assert (
        acs.category_path(labels[2010])[-1] == "Management, business, science, and arts occupations"
    )


def test_puerto_rico_is_left_out_and_tables_can_be_chosen(estimates: pd.DataFrame) -> None:
    assert "72" in set(pd.read_parquet(FILE)["state_fips"])
    assert set(estimates.index.get_level_values("area")) == {"AL", "CA", "DC", "WY"}
    chosen = acs.read(FILE.parent, tables=["B24010"])["estimates"]
    assert len(chosen) == 6
    assert set(chosen["table"]) == {"B24010"}


def test_truncated_file_and_absent_column_are_named(tmp_path: Path) -> None:
    file = tmp_path / acs.FILE
    file.write_bytes(FILE.read_bytes()[:3000])
    with pytest.raises(UnreadableInput, match=r"2018\.parquet' is not a complete Parquet file"):
        acs.read(tmp_path)
    shutil.copy(FILE, file)
    pd.read_parquet(FILE).drop(columns="moe").to_parquet(file)
    with pytest.raises(MissingColumn, match=r"2018\.parquet' has no column 'moe'"):
        acs.read(tmp_path)


@pytest.mark.shared
def test_official_population_and_adults(shared: Path) -> None:
    folder = shared / "data" / "us" / "acs"
    frame = acs.read(folder, tables=["B01001", "B15003"])["estimates"]
    of_2018 = frame[frame["year"] == 2018].groupby("variable")["estimate"].sum()
    assert of_2018["B01001_001E"] == 327_167_439
    assert of_2018["B15003_001E"] == 223_158_847
    assert frame.loc[frame["table"] == "B15003", "year"].min() == 2008
    assert frame["area"].nunique() == 51
