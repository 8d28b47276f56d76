"""Accounts of talent: stocks, increments, the identity, gaps and the years to close them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.diagnose.accounts import accounts
from echelon.errors import InsufficientData, InvalidArgument, MissingTable, UnknownName
from echelon.methods.closing import years_to_close
from echelon.result import Result
from echelon.system.system import from_tables


@pytest.fixture(scope="module")
def us():
    return echelon.open("us")


@pytest.fixture(scope="module")
def result(us):
    return accounts(us)


@pytest.fixture(scope="module")
def china():
    return accounts(echelon.open("china"))


def small_tables(years=(2020, 2021, 2022, 2023)):
    """Three regions, two occupations; region C has most scientists, A grows fastest."""
    start = {"A": 10.0, "B": 20.0, "C": 40.0}
    pace = {"A": 0.10, "B": 0.0, "C": 0.02}
    rows = []
    for region, people in start.items():
        for year in years:
            grown = people * (1 + pace[region]) ** (year - years[0])
            rows += [(region, "scientist", year, grown), (region, "clerk", year, 1000 - grown)]
    return {
        "regions": pd.DataFrame({"region": list(start), "name": list(start)}),
        "occupations": pd.DataFrame(
            {"occupation": ["scientist", "clerk"], "name": ["Scientist", "Clerk"],
             "tier": ["strategic scientist", "general"]}
        ),
        "workers": pd.DataFrame(rows, columns=["region", "occupation", "year", "headcount"]),
    }  # fmt: skip


def test_years_to_close_by_hand():
    made = accounts(from_tables("small", small_tables()), reference="leader")
    gaps = made.table("gaps").set_index("region")
    assert set(gaps["tier"]) == {"strategic scientist"}
    ours, theirs = 10 * 1.1**3, 40 * 1.02**3
    by_trend = years_to_close(
        np.array(ours), np.array(theirs), growth=np.array(100 * np.log(1.1)),
        target_growth=np.array(100 * np.log(1.02)),
    )  # fmt: skip
    assert gaps.loc["A", "years"] == pytest.approx(by_trend, rel=1e-6)
    assert gaps.loc["A", "gap_per_1000"] == pytest.approx(theirs - ours)
    assert gaps.loc["B", "verdict"] == "never at this pace"
    assert np.isnan(gaps.loc["B", "years"])
    assert gaps.loc["C", ["years", "verdict"]].tolist() == [0.0, "no gap"]


def test_references_can_be_a_region_a_percentile_or_a_system():
    system = from_tables("small", small_tables())
    of_b = accounts(system, reference="B").table("gaps")
    assert (of_b["reference_per_1000"] == 20).all()
    per = accounts(system).table().query("tier == 'strategic scientist'")["per_1000"]
    p90 = accounts(system).table("gaps")["reference_per_1000"].iloc[0]
    assert p90 == pytest.approx(np.quantile(per, 0.9))
    other = from_tables("richer", small_tables())
    gaps = accounts(system, reference=other).table("gaps")
    assert (gaps["reference"] == "richer").all()
    assert gaps["reference_per_1000"].iloc[0] == pytest.approx(per.mean())
    with pytest.raises(UnknownName, match="There is no region named 'D'"):
        accounts(system, reference="D")


def test_systems_without_a_common_tier_say_so():
    with pytest.raises(
        InsufficientData, match="The systems share no tier: here strategic scientist"
    ):
        accounts(from_tables("small", small_tables()), reference=echelon.open("china"))


def test_stocks_hold_everybody_and_the_difference_is_stated(us, result):
    table = result.table()
    assert table["stock"].sum() == pytest.approx(us.table("workers")["headcount"].sum())
    np.testing.assert_allclose(table.groupby("region")["per_1000"].sum(), 1000)
    sums = result.table("sums").set_index("tier")
    np.testing.assert_allclose(sums["difference"], sums["regions_sum"] - sums["whole"])
    assert sums["regions_sum"].sum() == pytest.approx(table["stock"].sum())
    assert sums["whole"].sum() == pytest.approx(
        us.table("staffing")["headcount"].sum(), rel=1e-9
    )  # fmt: skip
    assert "The sum over regions is 151,853,993, the figure of the whole" in " ".join(
        result.note.caveats
    )


def test_increments_add_up_to_their_tables(us, result):
    table = result.table()
    graduates = us.table("graduates")
    last = graduates[graduates["year"] == graduates.groupby("level")["year"].transform("max")]
    assert table["graduates"].sum() == pytest.approx(last["headcount"].sum())
    demand = us.table("demand")
    now = demand[demand["year"] == 2023]
    assert table["openings"].sum() == pytest.approx(now["openings"].sum())
    change = demand[demand["year"] == 2024]["posts"].sum() - now["posts"].sum()
    assert table["change"].sum() == pytest.approx(change)
    np.testing.assert_allclose(table["departures"], table["openings"] - table["change"])


def test_the_identity_closes_with_its_residual(result):
    table = result.table("identity")
    expected = table["opening"] + table["graduates"] + table["net_moves"] - table["departures"]
    np.testing.assert_allclose(table["expected"], expected)
    np.testing.assert_allclose(table["closing"], table["expected"] + table["residual"])
    assert set(table["basis"]) == {"projected"}
    assert "of the opening stock unexplained" in " ".join(result.note.caveats)


def test_measured_years_are_taken_before_projected_ones():
    toy = accounts(echelon.open("toy"))
    identity = toy.table("identity")
    assert set(identity["basis"]) == {"measured"}
    workers = echelon.open("toy").table("workers")
    assert identity["opening"].sum() == workers.query("year == 2022")["headcount"].sum()
    assert identity["closing"].sum() == workers.query("year == 2023")["headcount"].sum()


def test_figures_lie_in_their_bands(result, china):
    for made in (result, china):
        table = made.table()
        for figure in ("per_1000", "rank", "pace"):
            inside = table[figure].between(
                table[f"{figure}_low"] - 1e-9, table[f"{figure}_high"] + 1e-9
            )
            assert inside.mean() > 0.95, figure
        gaps = made.table("gaps").dropna(subset=["years", "years_low"])
        assert (gaps["years_low"] <= gaps["years"] + 1e-9).all()


def test_never_is_said_in_words(result):
    gaps = result.table("gaps")
    assert "general" not in set(gaps["tier"])
    never = gaps["verdict"].str.startswith("never at this pace")
    assert (gaps["years"].isna() == never).all()
    slower = (gaps["gap_per_1000"] > 0) & (gaps["pace"] <= gaps["reference_pace"])
    assert gaps.loc[slower, "verdict"].str.startswith("never").all()
    assert (gaps.loc[gaps["gap_per_1000"] <= 0, "verdict"] == "no gap").all()


def test_vitality_has_turnover_and_moves(result):
    table = result.table("vitality")
    measures = set(table["measure"])
    assert {"Hires in its industries, 2023", "Quits in its industries, 2023", "Came or left",
            "Changes of occupation", "Degree holders arrived from abroad"} <= measures  # fmt: skip
    hires = table[table["measure"].str.startswith("Hires")]
    assert hires["value"].between(1, 8).all()
    assert set(hires["evidence"]) == {"derived"}


def test_china_has_research_personnel_for_tiers(china):
    table = china.table()
    assert table["tier"].unique().tolist() == ["research personnel", "researchers"]
    assert table["region"].nunique() == 31
    assert table["graduates"].isna().all()
    beijing = table.query("region == 'CN-BJ' and tier == 'research personnel'").iloc[0]
    assert beijing["rank"] == 1
    assert beijing["stock"] == 402_152
    assert china.units["stock"] == "person-years"
    assert "identity" not in china.tables
    assert any(c.startswith("No occupation has a tier: series stand") for c in china.note.caveats)


def test_own_series_can_stand_for_tiers():
    made = accounts(echelon.open("china"), series={"people at school": "hei_count"})
    assert set(made.table()["tier"]) == {"people at school"}
    with pytest.raises((InvalidArgument, UnknownName)):
        accounts(echelon.open("china"), series={"unknown": "no_such_series"})


def test_the_tree_shows_every_part(result):
    text = str(result.explain("US-CA"))
    for words in ("Strategic scientist: ", "  Stock: 97,240 people", "  Graduates: ", "  Net moves: ",
                  "  Openings: ", "reference (p90)", "source oews_2023"):  # fmt: skip
        assert words in text, words


def test_seeds_and_saving(us, result, tmp_path):
    assert accounts(us).digests == result.digests
    other = accounts(us, seed=4).table()
    assert (other["per_1000"] == result.table()["per_1000"]).all()
    assert (other["per_1000_low"] != result.table()["per_1000_low"]).any()
    assert Result.load(result.save(tmp_path / "accounts")).digests == result.digests


def test_one_region_only():
    tables = {name: frame[frame["region"] == "A"] if "region" in frame else frame
              for name, frame in small_tables().items()}  # fmt: skip
    system = from_tables("one", tables)
    with pytest.raises(InsufficientData, match="has one region with a known stock, so there is no"):
        accounts(system)
    gaps = accounts(system, reference=from_tables("other", small_tables())).table("gaps")
    assert gaps["gap_per_1000"].iloc[0] > 0


def test_one_year_only_has_no_pace():
    made = accounts(from_tables("one", small_tables(years=(2023,))))
    gaps = made.table("gaps")
    assert (gaps.loc[gaps["gap_per_1000"] > 0, "verdict"] == "unknown: no pace is known").all()
    assert made.table()["pace"].isna().all()
    assert "One year only is known, so there is no pace and no years to close a gap." in (
        made.note.caveats
    )


def test_no_tiers_are_said():
    tables = small_tables()
    tables["occupations"] = tables["occupations"].drop(columns="tier")
    with pytest.raises(InsufficientData, match="No occupation of the table occupations that has"):
        accounts(from_tables("bare", tables))


def test_no_tables_at_all():
    regions = small_tables()["regions"]
    with pytest.raises(MissingTable, match="has no tables workers, occupations"):
        accounts(from_tables("bare", {"regions": regions}))


def test_arguments_are_checked(us):
    with pytest.raises(InvalidArgument, match="A pace over 1 years is not defined"):
        accounts(us, window=1)
    with pytest.raises(InvalidArgument, match="0 draws cannot be made"):
        accounts(us, draws=0)
