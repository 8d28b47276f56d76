"""Unemployment by occupation comes out in people and per cent, yearly averages told from months."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import UnreadableInput
from echelon.sources import cps

SAMPLE = Path(__file__).parent / "samples" / "cps"
SERIES = SAMPLE / cps.UNEMPLOYMENT_FILE
COMPUTER = "Computer and Mathematical Occupations"


def test_levels_and_rate_stand_side_by_side() -> None:
    frame = cps.read(SAMPLE)["unemployment"]
    of_all = frame[(frame["title"] == COMPUTER) & frame["race_or_origin"].isna()]
    year = of_all[(of_all["year"] == 2005) & of_all["month"].isna()].iloc[0]
    assert (year["employed"], year["unemployed"], year["rate"]) == (3_246_000, 96_000, 2.9)
    assert of_all["month"].dropna().eq(1).any()


def test_part_of_the_people_has_employment_only() -> None:
    frame = cps.read(SERIES)["unemployment"]
    part = frame[frame["race_or_origin"] == "Cuban"]
    assert part["title"].unique().tolist() == [COMPUTER]
    assert part["employed"].notna().all()
    assert part["rate"].isna().all()


def test_no_report_has_no_code() -> None:
    frame = cps.read(SAMPLE)["labour_force"]
    assert frame["census"].isna().sum() == 1
    assert pd.isna(frame.loc[frame["census"] == "9840", "occupation"]).all()


def test_unknown_and_repeated_series_are_named(tmp_path: Path) -> None:
    file = tmp_path / SERIES.name
    original = SERIES.read_text()
    file.write_text(original.replace("(Unadj) Unemployment Rate - Comp", "(Seas) Hours - Comp", 1))
    with pytest.raises(
        UnreadableInput, match=r"Hours - Comp.*is not an employment or unemployment"
    ):
        cps.read(file)
    file.write_text(original + original.splitlines()[1] + "\n")
    with pytest.raises(UnreadableInput, match="has two figures for one period"):
        cps.read(file)


@pytest.mark.shared
def test_official_figures_hang_together(shared: Path) -> None:
    frame = cps.read(shared / "data" / "us" / "cps")["unemployment"]
    of_all = frame[frame["race_or_origin"].isna()]
    assert len(of_all) == 29 * 21
    labour_force = of_all["employed"] + of_all["unemployed"]
    rate = 100 * of_all["unemployed"] / labour_force
    assert (rate - of_all["rate"]).abs().max() < 0.2
