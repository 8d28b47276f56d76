"""Output and income by state come out in dollars and people."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import bea

SAMPLE = Path(__file__).parent / "samples" / "bea"


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return bea.read(SAMPLE)


def test_output_is_in_dollars(tables: dict[str, pd.DataFrame]) -> None:
    gdp = tables["gdp"].set_index(["area", "year", "line"])
    california = gdp.loc[("CA", 2021, 1)]
    assert california["value_added"] == pytest.approx(3_356_631.4e6, rel=1e-12)
    assert california["title"] == "All industry total"
    assert gdp.loc[("US", 2021, 1), "value_added"] == 22_996_086e6


def test_industry_is_the_printed_code_or_the_title(tables: dict[str, pd.DataFrame]) -> None:
    industries = tables["gdp"].drop_duplicates("line").set_index("line")["industry"]
    assert industries[12] == "31-33"
    assert industries[4] == "111-112"
    assert industries[83] == "Government and government enterprises"


def test_withheld_industry_is_unknown(tables: dict[str, pd.DataFrame]) -> None:
    gdp = tables["gdp"].set_index(["area", "year", "line"])["value_added"]
    assert pd.isna(gdp[("WY", 2021, 3)])
    assert pd.isna(gdp[("CA", 2021, 4)])
    assert gdp[("CA", 2020, 4)] == pytest.approx(27_154.1e6, rel=1e-12)


def test_real_output_is_read_from_its_own_rows(tmp_path: Path) -> None:
    frame = pd.read_parquet(SAMPLE / bea.FILES["gdp"])
    frame["value"] = frame["value"].mask(frame["vname"] == "rgdp", frame["value"] / 2)
    frame.to_parquet(tmp_path / bea.FILES["gdp"])
    nation = bea.read(tmp_path)["gdp"].set_index(["area", "year", "line"]).loc[("US", 2021, 1)]
    assert nation["value_added"] == 22_996_086e6
    assert nation["real_value_added"] == 11_498_043e6


def test_income_people_and_jobs_have_their_own_units(tables: dict[str, pd.DataFrame]) -> None:
    income = tables["income"].set_index(["area", "year"])
    california = income.loc[("CA", 2020)]
    assert california["population"] == 39_499_738
    assert california["personal_income"] == 2_763_312e6
    assert california["employment"] == 22_743_902
    assert pd.isna(income.loc[("CA", 2021), "employment"])
    assert pd.isna(income.loc[("CA", 1960), "employment"])
    assert income.loc[("CA", 1960), "population"] == 15_870_000


def test_one_file_gives_its_own_table_alone() -> None:
    assert set(bea.read(SAMPLE / bea.FILES["income"])) == {"income"}


def test_wrong_truncated_and_renamed_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"none of the expected files .*Expected: bea_sgdp_a"):
        bea.read(tmp_path)
    file = tmp_path / bea.FILES["gdp"]
    file.write_bytes((SAMPLE / file.name).read_bytes()[:2000])
    with pytest.raises(UnreadableInput, match="is not a complete Parquet file"):
        bea.read(tmp_path)
    pd.read_parquet(SAMPLE / file.name).drop(columns="indclass").to_parquet(file)
    with pytest.raises(MissingColumn, match=r"'bea_sgdp_a_all\.parquet' has no column 'indclass'"):
        bea.read(file)


@pytest.mark.shared
def test_official_totals(shared: Path) -> None:
    tables = bea.read(shared / "data" / "us" / "bea")
    gdp, income = tables["gdp"], tables["income"]
    nation = gdp[(gdp["area"] == "US") & (gdp["line"] == 1)].set_index("year")["value_added"]
    assert nation[2021] == 22_996_086e6
    assert len(gdp) == 52 * 25 * 92 + 25 * 4
    assert not gdp.duplicated(["area", "year", "line"]).any()
    of_2020 = income[income["year"] == 2020].set_index("area")["population"]
    assert of_2020["US"] == 331_501_080
    assert of_2020.drop("US").sum() == of_2020["US"]
