"""Fields of study and their occupations keep their codes, and what has no match stays unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon.errors import UnreadableInput
from echelon.sources import cip

SAMPLE = Path(__file__).parent / "samples" / "cip"


def test_no_match_is_unknown_on_one_side() -> None:
    pairs = cip.read(SAMPLE)["pairs"].set_index("field")
    taxidermy = pairs.loc["01.0508"]
    assert taxidermy[["occupation", "occupation_title"]].isna().all()
    no_field = pairs[pairs.index.isna()]
    assert len(no_field)
    assert no_field["field_title"].isna().all()
    assert no_field["occupation"].notna().all()


def test_codes_leave_their_spreadsheet_wrapping() -> None:
    fields = cip.read(SAMPLE / "CIPCode2020.csv")["fields"].set_index("field")
    assert fields.loc["11.0701", "title"] == "Computer Science."
    assert set(fields["family"]) == {"01", "11", "30"}


def test_code_that_lost_its_zero_is_named(tmp_path: Path) -> None:
    file = tmp_path / "CIP2020_SOC2018_Crosswalk.csv"
    original = (SAMPLE / file.name).read_text(encoding="utf-8-sig")
    file.write_text(original.replace("01.0508", "1.0508"), encoding="utf-8")
    with pytest.raises(UnreadableInput, match=r"'1\.0508' is not a code .*column field.*zeros"):
        cip.read(file)


@pytest.mark.shared
def test_official_counts_agree_between_forms(shared: Path) -> None:
    folder = shared / "data" / "us" / "cip"
    tables = cip.read(folder)
    pairs = tables["pairs"]
    assert len(pairs) == 6097
    assert pairs["occupation"].isna().sum() == 194
    assert pairs["field"].isna().sum() == 180
    assert pairs.equals(cip.read(folder / "CIP2020_SOC2018_Crosswalk.xlsx")["pairs"])
    assert len(tables["fields"]) == 2848
