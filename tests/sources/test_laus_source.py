"""The labour force of the states comes out month by month, a month not collected as unknown."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import laus

FILE = Path(__file__).parent / "samples" / "laus" / laus.FILE
KEY = ["area", "year", "month"]
FIGURES = ["population", "labour_force", "employed", "unemployed", "rate"]


def months(path: Path) -> pd.DataFrame:
    return laus.read(path)["unemployment"].set_index(KEY)


def changed(target: Path, cell: str, value: object) -> Path:
    book = openpyxl.load_workbook(FILE)
    book.active[cell] = value
    book.save(target)
    return target


def test_figures_stand_under_the_right_headers() -> None:
    found = months(FILE)
    assert found.loc[("AL", 1976, 1), FIGURES].tolist() == [
        2_605_000,
        1_486_509,
        1_387_606,
        98_903,
        6.7,
    ]
    assert found.loc[("CA", 2020, 4), "rate"] == 16.1
    assert found.loc[("NY", 2026, 1), "unemployed"] == 465_373


def test_month_that_was_not_collected_is_unknown() -> None:
    found = months(FILE)
    assert found.xs((2025, 10), level=["year", "month"])[FIGURES].isna().all(axis=None)
    assert found[FIGURES].isna().all(axis=1).sum() == 3


def test_cities_counties_and_footnotes_are_left_out() -> None:
    found = months(FILE)
    assert len(found) == 3 * 4
    assert set(found.index.get_level_values("area")) == {"AL", "CA", "NY"}


def test_undocumented_mark_names_its_row_and_column(tmp_path: Path) -> None:
    file = changed(tmp_path / laus.FILE, "E9", "withheld")
    with pytest.raises(
        UnreadableInput, match=r"'withheld' is not a number .*xlsx, row 9, column population"
    ):
        laus.read(tmp_path)
    changed(file, "D10", "January")
    with pytest.raises(UnreadableInput, match=r"'January' is not .*row 10, column month"):
        laus.read(file)


def test_other_workbook_and_truncated_workbook_are_named(tmp_path: Path) -> None:
    file = changed(tmp_path / laus.FILE, "A4", "Area")
    with pytest.raises(MissingColumn, match=r"'ststdsadata\.xlsx' has no column 'FIPS Code'"):
        laus.read(file)
    book = openpyxl.load_workbook(FILE)
    book.active.delete_cols(6, 6)
    book.save(file)
    with pytest.raises(MissingColumn, match=r"has 5 columns, not 11"):
        laus.read(file)
    file.write_bytes(FILE.read_bytes()[:2000])
    with pytest.raises(UnreadableInput, match="is not a complete Excel workbook"):
        laus.read(file)


def test_state_code_without_its_zero_is_not_lost(tmp_path: Path) -> None:
    file = changed(tmp_path / laus.FILE, "A9", 1)
    with pytest.raises(UnreadableInput, match="row 9"):
        laus.read(file)


@pytest.mark.shared
def test_official_months_hang_together(shared: Path) -> None:
    found = months(shared / "data" / "us" / "bls_laus")
    assert len(found) == 51 * 601
    assert found[FIGURES].isna().all(axis=1).sum() == 51
    april = found.xs((2020, 4), level=["year", "month"])
    assert april["unemployed"].sum() == 22_745_650
    assert april["rate"].idxmax() == "NV"
    known = found.dropna()
    assert (known["employed"] + known["unemployed"] == known["labour_force"]).all()
    rate = 100 * known["unemployed"] / known["labour_force"]
    assert (rate - known["rate"]).abs().max() <= 0.05
