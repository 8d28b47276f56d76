"""Vacancies and departures come out in per cent, each under the rate that its series is of."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import jolts

FILE = Path(__file__).parent / "samples" / "jolts" / jolts.FILE
KEY = ["year", "month", "sector", "measure"]


def rates(path: Path) -> pd.Series:
    return jolts.read(path)["rates"].set_index(KEY)["rate"]


def changed(folder: Path, old: str, new: str) -> Path:
    file = folder / jolts.FILE
    text = FILE.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_rates_are_per_cent() -> None:
    found = rates(FILE)
    assert found[(2019, 1, "MFG", "job openings")] == 3.2
    assert found[(2019, 1, "RET", "quits")] == 3.2
    assert found[(2020, 4, "RET", "layoffs and discharges")] == 7.8
    assert found[(2020, 4, "INF", "hires")] == 1.5


def test_every_sector_has_every_rate_and_its_own_series() -> None:
    frame = jolts.read(FILE.parent)["rates"]
    assert len(frame) == 2 * 6 * 4
    assert frame.groupby("series")[["sector", "measure"]].nunique().eq(1).all(axis=None)
    titles = frame.drop_duplicates("sector").set_index("sector")["title"]
    assert titles["PBS"] == "Professional and business services"


def test_figure_that_is_not_printed_is_unknown(tmp_path: Path) -> None:
    found = rates(changed(tmp_path, "job_openings_rate,3.2,", "job_openings_rate,,"))
    assert pd.isna(found[(2019, 1, "MFG", "job openings")])
    assert found.isna().sum() == 1


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("rate,3.2,", "rate,secret,", r"'secret' is not a number .*row 2, column rate\)"),
        ("2019-01", "2019-13", r"'2019-13' is not a code .*row 2, column period\)"),
        (
            "hires_rate",
            "recalls_rate",
            r"'recalls_rate' is not a rate of the survey .*row 3, column name\)",
        ),
        (
            "000HIR",
            "000QUR",
            r"'JTS30+QUR' is not of the rate that its row names .*row 3, column series\)",
        ),
        ("000HIR", "000HIL", r"'JTS30+HIL' is not a code .*row 3, column series\)"),
        (
            "2020-04,MFG",
            "2019-01,MFG",
            r"'JTS30+JOR' has two figures for one month .*row 26, column series\)",
        ),
    ],
)
def test_fault_names_its_row(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(UnreadableInput, match=sentence):
        jolts.read(changed(tmp_path, old, new))


def test_absent_column_and_truncated_row_are_named(tmp_path: Path) -> None:
    file = changed(tmp_path, "rate_value", "value")
    with pytest.raises(MissingColumn, match=r"monthly\.csv' has no column 'rate_value'"):
        jolts.read(file)
    file.write_text(FILE.read_text()[:-24])
    with pytest.raises(UnreadableInput, match=r"Row 49 of .* has 5 cells where the header has 6"):
        jolts.read(tmp_path)


@pytest.mark.shared
def test_official_rates_are_whole(shared: Path) -> None:
    found = rates(shared / "data" / "us" / "jolts")
    assert len(found) == 85 * 6 * 4
    assert found.notna().all()
    assert found.groupby("measure").sum().round(1).to_dict() == {
        "hires": 1844.6,
        "job openings": 2659.6,
        "layoffs and discharges": 587.9,
        "quits": 1116.4,
    }
