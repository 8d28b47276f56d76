"""China's provinces: base units, flagged figures left out, and each figure's publication."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import UnreadableInput
from echelon.sources import nbs

SAMPLE = Path(__file__).parent / "samples" / "nbs"


def figure(panel: pd.DataFrame, region: str, indicator: str, year: int) -> pd.Series:
    rows = panel["region"].eq(region) & panel["indicator"].eq(indicator) & panel["year"].eq(year)
    assert rows.sum() == 1
    return panel[rows].iloc[0]


def changed(folder: Path, old: str, new: str) -> Path:
    copy = folder / "panel.csv"
    text = (SAMPLE / "panel.csv").read_text(encoding="utf-8")
    assert old in text
    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_money_and_people_are_in_base_units() -> None:
    panel = nbs.read(SAMPLE)["panel"]
    research = figure(panel, "CN-GD", "rd_expenditure", 2022)
    assert (research["value"], research["unit"]) == (pytest.approx(441_189_550_000), "yuan")
    people = figure(panel, "CN-GD", "population", 2020)
    assert (people["value"], people["unit"]) == (126_240_000, "people")


def test_flagged_figures_are_left_out_or_carry_their_reason() -> None:
    usable = nbs.read(SAMPLE)["panel"]
    whole = nbs.read(SAMPLE, exclude_flagged=False)["panel"]
    flagged = whole[whole["flag"].notna()]
    assert set(flagged["indicator"]) == {"college_educated_sample_2005", "employed", "hei_campuses"}
    assert set(flagged.loc[flagged["indicator"] == "employed", "year"]) == {2009}
    assert len(usable) == len(whole) - len(flagged)
    assert usable["flag"].isna().all()


def test_publication_of_a_year_from_another_source() -> None:
    panel = nbs.read(SAMPLE)["panel"]
    assert figure(panel, "CN-GD", "rd_expenditure", 2022)["publication"] == "csyst"
    assert figure(panel, "CN-GD", "rd_expenditure", 2024)["publication"] == "rd_bulletin_2024"
    assert set(panel["publication"]) <= set(nbs.PUBLICATIONS)


def test_kinds_of_laboratory_are_words() -> None:
    kinds = set(nbs.read(SAMPLE / "state_key_laboratories.csv")["laboratories"]["kind"])
    assert kinds == {"university or institute", "enterprise", "joint with the province"}


def test_another_unit_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path, "100m yuan", "10k yuan")
    with pytest.raises(UnreadableInput, match=r"'10k yuan' is not the unit of .* '100m yuan'"):
        nbs.read(path)


def test_unknown_indicator_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path, ",rd_expenditure,", ",rd_spending,")
    with pytest.raises(UnreadableInput, match=r"'rd_spending' is not described \(panel.csv, row"):
        nbs.read(path)


def test_unknown_printed_source_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path, "(China Statistical Yearbook on Science and Technology / NBS)", "")
    with pytest.raises(UnreadableInput, match="names no known publication"):
        nbs.read(path)


def test_text_in_a_figure_is_named_with_its_row(tmp_path: Path) -> None:
    folder = tmp_path / "nbs"
    shutil.copytree(SAMPLE, folder)
    file = folder / "migration_census_2000_2010.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].rsplit(",", 1)[0] + ",many"
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"'many' is not a number .*row 3, column people"):
        nbs.read(folder)


@pytest.mark.shared
def test_official_figures(shared: Path) -> None:
    tables = nbs.read(shared / "data" / "cn")
    sizes = {name: len(frame) for name, frame in tables.items()}
    assert sizes == {
        "regions": 31,
        "panel": 33908,
        "indicators": 89,
        "distances": 961,
        "migration": 1860,
        "laboratories": 509,
    }
    panel = tables["panel"]
    assert figure(panel, "CN-GD", "census_population", 2020)["value"] == 126_012_510
    assert figure(panel, "CN-GD", "rd_expenditure", 2022)["value"] == pytest.approx(441.2e9, 1e-3)
    assert figure(panel, "CN-BJ", "rd_expenditure", 2022)["value"] == pytest.approx(284.3e9, 1e-3)
    assert not panel.duplicated(["region", "year", "indicator"]).any()


@pytest.mark.shared
def test_every_described_indicator_has_the_publication_of_its_rows(shared: Path) -> None:
    tables = nbs.read(shared / "data" / "cn", exclude_flagged=False)
    panel, described = tables["panel"], tables["indicators"].set_index("indicator")
    until_2023 = panel[(panel["year"] <= 2023) & (panel["indicator"] != "rd_intensity_revised")]
    stated = until_2023["indicator"].map(described["publication"])
    assert (until_2023["publication"] == stated).all()
    assert set(panel["indicator"]) == set(described.index)
