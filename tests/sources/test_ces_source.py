"""Payroll jobs come out in people, not in the thousands that are printed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import ces

FILE = Path(__file__).parent / "samples" / "ces" / ces.FILE
KEY = ["area", "year", "industry"]


def jobs(path: Path) -> pd.Series:
    return ces.read(path)["employment"].set_index(KEY)["employment"]


def test_thousands_become_jobs() -> None:
    found = jobs(FILE)
    assert found[("AL", 1990, "00000000")] == pytest.approx(1_644_900, rel=1e-12)
    assert found[("DC", 2020, "30000000")] == 1_000
    assert found[("AL", 2020, "60540000")] == pytest.approx(107_800, rel=1e-12)


def test_codes_keep_their_zeros_and_titles() -> None:
    titles = ces.read(FILE)["employment"].drop_duplicates("industry").set_index("industry")["title"]
    assert titles["00000000"] == "Total Nonfarm"
    assert titles["05000000"] == "Total Private"
    assert titles["60540000"] == "Professional, Scientific, and Technical Services"


def test_industry_without_a_figure_has_no_row() -> None:
    found = jobs(FILE)
    assert ("DC", 2020, "20000000") not in found.index
    assert ("PR", 1990, "20000000") not in found.index
    assert found[("PR", 2020, "20000000")] == pytest.approx(26_100, rel=1e-12)
    assert found.gt(0).all()


def test_withheld_figure_is_unknown(tmp_path: Path) -> None:
    frame = pd.read_parquet(FILE)
    frame.loc[0, "value"] = float("nan")
    frame.to_parquet(tmp_path / ces.FILE)
    found = jobs(tmp_path)
    assert pd.isna(found[("AL", 1990, "00000000")])
    assert found.isna().sum() == 1


def test_truncated_file_and_absent_column_are_named(tmp_path: Path) -> None:
    file = tmp_path / ces.FILE
    file.write_bytes(FILE.read_bytes()[:-100])
    with pytest.raises(UnreadableInput, match=r"2020\.parquet' is not a complete Parquet file"):
        ces.read(tmp_path)
    pd.read_parquet(FILE).drop(columns="indf").to_parquet(file)
    with pytest.raises(MissingColumn, match=r"2020\.parquet' has no column 'indf'"):
        ces.read(tmp_path)


@pytest.mark.shared
def test_official_total_of_2019(shared: Path) -> None:
    found = jobs(shared / "data" / "us" / "bls_ces")
    total = found.xs((2019, "00000000"), level=["year", "industry"])
    assert len(total) == 53
    assert total.sum() == pytest.approx(151_841_800, abs=1)
    assert not found.index.duplicated().any()
    assert found.notna().all()
