"""Research, doctorates and venture capital come out in dollars and people, ranges as unknown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import ncses

SAMPLE = Path(__file__).parent / "samples" / "ncses"
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return ncses.read(SAMPLE)


def one(frame: pd.DataFrame, **where: object) -> pd.Series:
    """Return the one row that has these values."""
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_performed_research_is_in_dollars_by_performer_and_funder(tables: Tables) -> None:
    frame = tables["rd_performed"]
    nation = one(frame, area="US", year=2021, performer="all", funder="all")
    assert nation["spend"] == 789_072e6
    alaska = one(frame, area="AK", year=2021, performer="business", funder="business (own)")
    assert alaska["spend"] == 188e6
    colleges = one(frame, area="AL", year=2016, performer="higher education", funder="business")
    assert colleges["spend"] == 61e6


def test_range_is_unknown_and_zero_is_zero(tables: Tables) -> None:
    frame = tables["rd_performed"]
    of_alaska = {"area": "AK", "year": 2021}
    federal = one(frame, performer="business", funder="federal government", **of_alaska)
    assert pd.isna(federal["spend"])
    laboratories = one(frame, performer="national laboratories (FFRDC)", funder="all", **of_alaska)
    assert laboratories["spend"] == 0


def test_federal_part_of_nonprofits_is_not_their_whole(tables: Tables) -> None:
    frame = tables["rd_performed"]
    nonprofit = frame[(frame["performer"] == "nonprofit") & (frame["area"] == "US")]
    funders = nonprofit.set_index("year")["funder"]
    assert funders.to_dict() == {2016: "federal government", 2021: "all"}


def test_withheld_parts_are_unknown_though_their_sum_is_known(tables: Tables) -> None:
    frame = tables["business_rd"]
    assert one(frame, area="IA", funder="others")["spend"] == 623e6
    for funder in ("federal government", "others, not federal"):
        assert pd.isna(one(frame, area="IA", funder=funder)["spend"])
        assert pd.isna(one(frame, area="MO", funder=funder)["spend"])
    assert one(frame, area="AK", funder="all")["spend"] == 66e6


def test_figure_beside_its_mark_is_read(tables: Tables) -> None:
    missouri = one(tables["business_rd"], area="MO", funder="all")
    assert (missouri["year"], missouri["spend"]) == (2015, 6_078e6)
    alabama = one(tables["rd_employment"], area="AL")
    assert (alabama["employment"], alabama["rd_employment"]) == (232_000, 15_000)


def test_thousands_of_college_research_are_multiplied_out(tables: Tables) -> None:
    assert one(tables["herd"], area="US", year=2023)["spend"] == 108_681_008e3
    college = one(tables["herd_fields"], institution="Alabama A&M U.", field="all r d expenditures")
    assert (college["area"], college["control"]) == ("AL", "Public")
    assert college["spend"] == 15_588e3
    fields = tables["herd_fields"].set_index(["institution", "field"])["spend"]["Alabama A&M U."]
    assert fields.drop("all r d expenditures").sum() == college["spend"]


def test_sum_over_men_and_women_is_unknown_where_a_part_is(tables: Tables) -> None:
    frame = tables["doctorates"]
    alaska = {"area": "AK", "year": 2017}
    assert one(frame, field="all fields", **alaska)["doctorates"] == 19 + 33
    assert one(frame, field="humanities and arts", **alaska)["doctorates"] == 0
    assert pd.isna(one(frame, field="engineering", **alaska)["doctorates"])
    assert one(frame, area="US", year=2023, field="all fields")["doctorates"] == 57_862


def test_venture_capital_is_counted_in_firms_and_dollars(tables: Tables) -> None:
    assert one(tables["venture_capital_firms"], area="US", year=2022)["firms"] == 15_453
    amounts = tables["venture_capital_amounts"]
    iowa = {"area": "IA", "year": 2010}
    learning = one(amounts, technology="artificial intelligence", **iowa)
    assert learning["amount"] == pytest.approx(1.37e6, rel=1e-12)
    assert pd.isna(one(amounts, area="IL", year=2010, technology="biotechnology")["amount"])


def test_other_tables_keep_their_units(tables: Tables) -> None:
    innovating = one(tables["innovating_companies"], area="AL", year=2021)
    assert innovating[["companies", "innovating", "share"]].tolist() == [54_555, 4_474, 8.2]
    california = one(tables["kti_output"], area="CA")
    assert (california["gdp"], california["value_added"]) == (3_373_241e6, 675_871e6)
    assert one(tables["naep"], area="AK", grade=8)["score"] == 270
    audio = one(tables["patents_wipo"], technology="Audio-visual technology", year=2020)
    assert audio["families"] == 3_123
    assert one(tables["ffrdc"], name="Ames Laboratory", year=2023)["spend"] == 40_638e3


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "ncses"))


def named(folder: Path, table: str) -> Path:
    (file,) = folder.glob(f"*__{table}.csv")
    return file


def test_undocumented_mark_names_its_row(copied: Path) -> None:
    file = named(copied, "t12715")
    file.write_text(file.read_text().replace("180888", "secret"))
    with pytest.raises(
        UnreadableInput, match=r"'secret' is not a number .*t12715\.csv, row 3, column field_2010\)"
    ):
        ncses.read(copied)


def test_other_table_and_truncated_table_are_named(copied: Path) -> None:
    file = named(copied, "t10579")
    file.write_text("state,firms\nAlabama,7\n")
    with pytest.raises(UnreadableInput, match=r"t10579\.csv' is not an export of the publisher's"):
        ncses.read(copied)
    file.write_text(named(SAMPLE, "t10579").read_text()[:-20])
    with pytest.raises(UnreadableInput, match=r"Row 5 of .*t10579\.csv' has \d+ cells where"):
        ncses.read(copied)


def test_index_must_know_the_tables(copied: Path) -> None:
    index = copied / "_INDEX.csv"
    index.write_text("file,title\na.csv,A table of something else\n")
    with pytest.raises(UnreadableInput, match=r"No table of the index is known .*_INDEX\.csv"):
        ncses.read(copied)
    index.write_text("name,title\na.csv,A\n")
    with pytest.raises(MissingColumn, match=r"'_INDEX\.csv' has no column 'file'"):
        ncses.read(copied)


@pytest.mark.shared
def test_official_totals(shared: Path) -> None:
    tables = ncses.read(shared / "data" / "us" / "ncses")
    assert set(tables) == set(ncses.COLUMNS)
    performed = tables["rd_performed"]
    whole = performed[(performed["performer"] == "all") & (performed["area"] == "US")]
    assert (whole.set_index("year")["spend"] / 1e6).to_dict() == {
        2016: 515_305,
        2017: 547_886,
        2018: 606_085,
        2019: 666_875,
        2020: 716_955,
        2021: 789_072,
    }
    assert one(tables["business_rd"], area="US", year=2022, funder="all")["spend"] == 691_547e6
    doctorates = tables["doctorates"].query("field == 'all fields' and year == 2023")
    assert doctorates.set_index("area")["doctorates"]["US"] == 57_862
    assert len(doctorates) == 52
    fields = tables["herd_fields"]
    assert fields.loc[fields["field"] == "all r d expenditures", "spend"].sum() == 108_681_008e3
