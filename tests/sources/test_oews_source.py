"""Employment and wages come out as the Bureau of Labor Statistics printed them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import oews

SAMPLE = Path(__file__).parent / "samples" / "oews"


def employment(path: Path) -> pd.DataFrame:
    return oews.read(path)["employment"]


def test_wage_at_the_top_code_is_unknown_and_marked() -> None:
    frame = employment(SAMPLE / "national_May2021_dl.csv").set_index("occupation")
    managers = frame.loc["11-0000"]
    assert managers["employment"] == 8_909_910
    assert managers["wage_mean"] == 123_370
    assert pd.isna(managers["wage_p90"])
    assert managers["wage_top_coded"]
    actors = frame.loc["27-2011"]
    assert pd.isna(actors["wage_mean"])
    assert not actors["wage_top_coded"]


def test_code_printed_twice_keeps_both_groups() -> None:
    frame = employment(SAMPLE / "national_M2024_dl.xlsx")
    buyers = frame[frame["occupation"] == "13-1020"]
    assert list(buyers["group"]) == ["broad", "detailed"]


def test_withheld_employment_is_unknown() -> None:
    frame = employment(SAMPLE / "natsector_M2023_dl.xlsx")
    assert frame["employment"].isna().sum() == 2
    assert {"51", "54", "62"} <= set(frame["industry"])


def test_state_tables_carry_postal_codes_and_titles() -> None:
    frame = employment(SAMPLE)
    row = frame[(frame["area"] == "CA") & (frame["occupation"] == "15-1252")].iloc[0]
    assert (row["area_title"], row["title"], row["group"]) == (
        "California",
        "Software Developers",
        "detailed",
    )
    assert row["year"] == 2023


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "oews"))


def test_undocumented_mark_names_its_row(copied: Path) -> None:
    file = copied / "national_May2021_dl.csv"
    file.write_text(file.read_text(encoding="utf-8").replace('"58,260"', "secret"))
    with pytest.raises(UnreadableInput, match=r"'secret' is not a number .*row 2, column wage_me"):
        employment(file)


def test_occupation_without_title_is_named(copied: Path) -> None:
    titles = copied / "state_M2023_Occupation_Table.csv"
    titles.write_text(
        "".join(line for line in titles.read_text().splitlines(True) if "15-1252" not in line)
    )
    with pytest.raises(UnreadableInput, match=r"'15-1252' has no name in the tables beside"):
        employment(copied)


def test_file_must_say_its_year_and_have_its_columns(copied: Path) -> None:
    renamed = copied / "national.csv"
    shutil.copy(copied / "national_May2021_dl.csv", renamed)
    with pytest.raises(UnreadableInput, match="does not say which year"):
        employment(renamed)
    renamed.write_text("a,b\n1,2\n")
    with pytest.raises(MissingColumn, match=r"'national\.csv' has no column 'PRIM_STATE'"):
        employment(renamed)


@pytest.mark.shared
def test_official_totals(shared: Path) -> None:
    folder = shared / "data" / "us" / "bls_oews"
    states = employment(folder)
    assert states.groupby("group")["employment"].sum().to_dict() == {
        "detailed": 141_365_050,
        "major": 151_778_080,
        "total": 151_853_920,
    }
    assert states["area"].nunique() == 51
    national = employment(folder / "national_M2024_dl.xlsx")
    assert national.loc[national["group"] == "total", "employment"].tolist() == [154_187_380]
    counts = employment(folder / "state_M2024_employment_by_region.states.csv")
    assert counts["area"].nunique() == 53
    assert "CO" not in set(counts["area"])
    assert counts["employment"].sum() == 151_206_840


@pytest.mark.shared
@pytest.mark.slow
def test_official_sectors(shared: Path) -> None:
    sectors = employment(shared / "data" / "us" / "bls_oews" / "natsector_M2023_dl.xlsx")
    assert len(sectors) == 16_376
    assert sectors["industry"].nunique() == 20
    assert sectors["employment"].isna().sum() == 678
    assert sectors["wage_top_coded"].sum() == 602
    assert not sectors.duplicated(["industry", "occupation", "group"]).any()
