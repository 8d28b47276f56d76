"""The index of online postings comes out by state and day, 100 on 1 February 2020."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import postings

FILE = Path(__file__).parent / "samples" / "postings" / postings.FILE


def index(path: Path) -> pd.Series:
    return postings.read(path)["postings"].set_index(["area", "date"])["postings_index"]


def changed(folder: Path, old: str, new: str) -> Path:
    file = folder / postings.FILE
    text = FILE.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_states_carry_postal_codes_and_days_their_figure() -> None:
    found = index(FILE)
    assert found[("CA", "2020-05-01")] == 61.67
    assert found[("WY", "2026-08-14")] == 120.35
    assert found[("AK", "2020-02-29")] == 102.97
    assert found.xs("2020-02-01", level="date").tolist() == [100, 100, 100, 100]


def test_year_is_that_of_the_day() -> None:
    frame = postings.read(FILE.parent)["postings"]
    assert frame["year"].astype("str").eq(frame["date"].str[:4]).all()
    assert frame["year"].value_counts().to_dict() == {2020: 12, 2022: 4, 2026: 4}


def test_figure_that_is_not_printed_is_unknown(tmp_path: Path) -> None:
    found = index(changed(tmp_path, "ca,61.67", "ca,"))
    assert pd.isna(found[("CA", "2020-05-01")])
    assert found.isna().sum() == 1


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("102.97", "secret", r"'secret' is not a number .*row 3, column postings_index\)"),
        ("2020-02-29", "29/02/2020", r"'29/02/2020' is not a code .*row 3, column date\)"),
        ("2020-02-29,ak", "2020-02-29,zz", r"'ZZ' is not a code .*row 3, column area\)"),
        ("2020-02-29,ak", "2020-02-01,ak", r"'AK' has two figures for 2020-02-01 .*row 3\)"),
    ],
)
def test_fault_names_its_row(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(UnreadableInput, match=sentence):
        postings.read(changed(tmp_path, old, new))


def test_absent_column_and_truncated_row_are_named(tmp_path: Path) -> None:
    file = changed(tmp_path, "state", "region")
    with pytest.raises(MissingColumn, match=r"postings_us\.csv' has no column 'state'"):
        postings.read(file)
    file.write_text(FILE.read_text()[:-10])
    with pytest.raises(UnreadableInput, match=r"Row 21 of .* has 2 cells where the header has 3"):
        postings.read(tmp_path)


@pytest.mark.shared
def test_official_index_has_every_state_and_day(shared: Path) -> None:
    found = index(shared / "data" / "us" / "postings")
    days = pd.date_range("2020-02-01", "2026-08-14").strftime("%Y-%m-%d")
    assert len(found) == 51 * len(days)
    assert set(found.index.get_level_values("date")) == set(days)
    assert found.notna().all()
    assert (found.xs("2020-02-01", level="date") == 100).all()
    assert found.xs("2026-08-14", level="date")["CA"] == 85.19
