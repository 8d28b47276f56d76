"""Moves between states come out with the right direction, year and margin."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from echelon.errors import UnreadableInput
from echelon.sources import migration

SAMPLE = Path(__file__).parent / "samples" / "migration"
LONG = SAMPLE / migration.FILES["flows"]
WORKBOOK = SAMPLE / "State_to_State_Migrations_Table_2019.xlsx"
KEY = ["origin", "destination", "year"]


def flows(path: Path) -> pd.DataFrame:
    return migration.read(path)["flows"].set_index(KEY)


def test_direction_is_from_origin_to_destination() -> None:
    found = flows(SAMPLE)
    assert found.loc[("CA", "TX", 2019)].tolist() == [82_235, 9_381]
    assert found.loc[("TX", "CA", 2019)].tolist() == [37_063, 4_362]
    assert found.loc[("PR", "NY", 2005)].tolist() == [7_311, 3_047]


def test_long_file_has_stayers_of_the_state_until_2009_only() -> None:
    found = flows(LONG)["people"]
    assert found[("CA", "CA", 2005)] == 4_904_586
    assert pd.isna(found[("CA", "CA", 2019)])
    assert found.isna().sum() == 4


def test_workbook_gives_the_same_kind_of_table() -> None:
    found = flows(WORKBOOK)
    assert found.loc[("CA", "AL", 2019)].tolist() == [3_690, 1_160]
    assert found.loc[("AL", "CA", 2019)].tolist() == [3_310, 1_660]
    assert found.loc[("DC", "WY", 2019), "people"] == 0
    assert pd.isna(found.loc[("DC", "DC", 2019), "people"])
    areas = set(found.index.get_level_values("origin"))
    assert len(areas) == 51
    assert "PR" not in areas


def test_totals_keep_the_published_measures() -> None:
    totals = migration.read(SAMPLE)["totals"].set_index(["area", "measure"])
    assert totals.loc[("CA", "population_1yr_and_over"), "people"] == 39_084_048
    assert totals.loc[("NY", "same_state")].tolist() == [2019, 1_638_372, 30_677]


def test_undocumented_mark_names_its_row(tmp_path: Path) -> None:
    text = gzip.decompress(LONG.read_bytes()).decode().replace("37567.0", "secret")
    (tmp_path / LONG.name).write_bytes(gzip.compress(text.encode()))
    with pytest.raises(UnreadableInput, match=r"'secret' is not a number .*row 3, column people"):
        migration.read(tmp_path)


def test_workbook_must_name_its_year_and_states(tmp_path: Path) -> None:
    unnamed = shutil.copy(WORKBOOK, tmp_path / "flows.xlsx")
    with pytest.raises(UnreadableInput, match="does not say which year the flows are for"):
        migration.read(unnamed)
    book = openpyxl.load_workbook(WORKBOOK)
    for cell in book.active[7][9:]:
        cell.value = None
    book.save(tmp_path / WORKBOOK.name)
    with pytest.raises(UnreadableInput, match=r"two columns named after each state .*row 7"):
        migration.read(tmp_path / WORKBOOK.name)


def test_truncated_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / LONG.name).write_bytes(LONG.read_bytes()[:200])
    with pytest.raises(UnreadableInput, match="is not a complete gzip file"):
        migration.read(tmp_path)


def test_workbook_without_header_is_named(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(WORKBOOK)
    for cell in book.active[7]:
        cell.value = None
    book.save(tmp_path / WORKBOOK.name)
    with pytest.raises(UnreadableInput):
        migration.read(tmp_path / WORKBOOK.name)


@pytest.mark.shared
def test_official_interstate_movers(shared: Path) -> None:
    folder = shared / "data" / "us" / "migration_acs"
    both = {}
    for year, total in ((2018, 7_571_282), (2019, 7_398_337)):
        both[year] = flows(folder / f"State_to_State_Migrations_Table_{year}.xls")["people"]
        assert both[year].sum() == total
    long = flows(folder)["people"]
    of_states = migration.read(folder)["flows"].query(
        "year == 2019 and origin != 'PR' and destination != 'PR'"
    )
    assert of_states["people"].sum() == 7_398_337
    pd.testing.assert_series_equal(both[2019], long[both[2019].index])
