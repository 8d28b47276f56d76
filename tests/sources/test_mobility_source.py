"""Moves between occupations come out with their codes, months and shares."""

from __future__ import annotations

from pathlib import Path

import pytest

from echelon.errors import UnreadableInput
from echelon.sources import mobility

SAMPLE = Path(__file__).parent / "samples" / "mobility"


def test_months_are_split_and_states_kept() -> None:
    moves = mobility.read(SAMPLE)["monthly_transitions"]
    first = moves.iloc[0]
    assert (first["year"], first["month"], first["origin"]) == (2019, 1, "nilf")
    assert first["people"] == pytest.approx(63_228_493.9901)


def test_unknown_state_is_named(tmp_path: Path) -> None:
    file = tmp_path / "cps_occ22_transition_counts_monthly.csv"
    file.write_text((SAMPLE / file.name).read_text().replace("occ22_01", "occ23_01"))
    with pytest.raises(UnreadableInput, match=r"'occ23_01' is not a code .*column destination"):
        mobility.read(file)


def test_licence_that_is_unclear_says_so() -> None:
    assert mobility.PUBLICATIONS["cps_asec_transitions"].licence == (
        "unclear: not for redistribution"
    )
    assert not (SAMPLE / mobility.FILES["yearly_transitions"]).exists()


@pytest.mark.shared
def test_official_shares_sum_to_one(shared: Path) -> None:
    tables = mobility.read(shared / "data" / "us" / "mobility")
    for name, occupations in (("yearly_transitions", 539), ("career_changers", 521)):
        sums = tables[name].groupby("origin")["share"].sum()
        assert len(sums) == occupations
        assert sums.between(0.995, 1.0 + 1e-9).all()
    yearly = tables["yearly_transitions"]
    found = {column: str(dtype) for column, dtype in yearly.dtypes.items()}
    assert found == mobility.COLUMNS["yearly_transitions"]
    assert set(yearly["origin"]) <= set(tables["occupations"]["occupation"])
    moves = tables["monthly_transitions"]
    assert len(moves) == 36_731
    assert len(moves[["year", "month"]].drop_duplicates()) == 83
    assert moves["origin"].nunique() == 24
