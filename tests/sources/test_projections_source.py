"""The projections come out in jobs, with the years that the headers state."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import projections

SAMPLE = Path(__file__).parent / "samples" / "projections"
ONE_TABLE = SAMPLE / "Employment_Projections_2021_2031.xlsx"


def row(frame: pd.DataFrame, occupation: str) -> pd.Series:
    return frame[frame["occupation"] == occupation].iloc[0]


def test_thousands_become_jobs() -> None:
    tables = projections.read(SAMPLE)
    developers = row(tables["projections"], "15-1252")
    assert (developers["base_year"], developers["target_year"]) == (2022, 2032)
    assert (developers["employment_base"], developers["employment_target"]) == (
        1_594_500,
        2_004_900,
    )
    assert (developers["exit_rate"], developers["openings"]) == (1.7, 136_300)
    assert row(tables["projections"], "11-0000")["type"] == "summary"


def test_shares_of_education_sum_to_one() -> None:
    education = projections.read(SAMPLE)["education"]
    sums = education.groupby("occupation")["share"].sum()
    assert sums.between(0.998, 1.002).all()
    assert row(education, "11-1011")["approximate"]
    assert row(education, "11-1011")["title"] == "Chief executives"


def test_top_coded_wage_is_unknown_and_marked() -> None:
    frame = projections.read(SAMPLE)["projections"]
    top = frame[frame["wage_top_coded"]]
    assert len(top)
    assert top["wage_median"].isna().all()


def test_requirements_tell_none_from_unknown() -> None:
    requirements = projections.read(SAMPLE)["requirements"]
    developers = row(requirements, "15-1252")
    assert developers["typical_education"] == "Bachelor's degree"
    assert developers["experience"] == "None"


def test_one_table_release_has_no_rates() -> None:
    frame = projections.read(ONE_TABLE)["projections"]
    assert frame["exit_rate"].isna().all()
    assert row(frame, "13-2011")["title"] == "Accountants and auditors"
    assert row(frame, "13-2011")["employment_target"] == 1_531_600


def test_onet_codes_lead_to_matrix_codes() -> None:
    links = projections.read(SAMPLE / "nem-onet-to-soc-crosswalk.xlsx")["onet_occupations"]
    assert set(links.loc[links["occupation"] == "11-1011", "onet_occupation"]) == {
        "11-1011.00",
        "11-1011.03",
    }


def edited(folder: Path, row_number: int, column: int, value: str) -> Path:
    book = openpyxl.load_workbook(ONE_TABLE)
    book.active.cell(row_number, column, value)
    file = folder / ONE_TABLE.name
    book.save(file)
    return file


def test_faults_name_row_and_header(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"'unknown' is not a number.*row 2"):
        projections.read(edited(tmp_path, 2, 3, "unknown"))
    with pytest.raises(UnreadableInput, match=r"'13-20' is not a code.*row 2, column occupation"):
        projections.read(edited(tmp_path, 2, 2, "13-20"))
    with pytest.raises(MissingColumn, match=r"no column like 'Employment \\\\d\{4\}'"):
        projections.read(edited(tmp_path, 1, 3, "Workers"))


@pytest.mark.shared
def test_official_totals(shared: Path) -> None:
    folder = shared / "data" / "us" / "bls_ep"
    tables = projections.read(folder)
    frame = tables["projections"]
    items = frame[frame["type"] == "line item"]
    assert (len(frame), len(items)) == (1113, 832)
    assert row(frame, "00-0000")["employment_base"] == 164_482_600
    assert abs(items["employment_base"].sum() - 164_482_600) < 832 * 50
    assert row(frame, "15-1252")["employment_target"] == 2_004_900
    assert tables["education"]["occupation"].nunique() == 833
    assert len(tables["requirements"]) == 832
    links = projections.read(folder / "nem-onet-to-soc-crosswalk.xlsx")["onet_occupations"]
    assert len(links) == 997
