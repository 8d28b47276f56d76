"""Conversion: stages of the states and the provinces, what is not measured, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InsufficientData, InvalidArgument, MissingTable, UnknownName
from echelon.measure import conversion
from echelon.system.system import from_tables

MEASURES = (
    ("spend", "stage", None, "Research", "money", "spend"),
    ("sales", "stage", "spend", "Sales", "money", "sales"),
    ("home", "reliance", None, "Funded at home", "per cent", "100 * home / spend"),
)


def stage_tables(regions=12, years=8, seed=0):
    draw = np.random.default_rng(seed)
    codes = [f"R{i:02d}" for i in range(regions)]
    spend = np.exp(draw.normal(size=(years + 2, regions)).cumsum(axis=0) * 0.3 + 5)
    figures = {"spend": spend[2:], "sales": 3 * spend[:years], "home": 0.8 * spend[2:]}
    year, region = np.meshgrid(np.arange(2000, 2000 + years), codes, indexing="ij")
    cells = pd.DataFrame({"region": region.ravel(), "year": year.ravel().astype(int)})
    columns = ["measure", "kind", "after", "name", "unit", "formula"]
    return {
        "regions": pd.DataFrame({"region": codes, "name": codes}),
        "indicators": pd.concat(
            [cells.assign(indicator=n, value=v.ravel()) for n, v in figures.items()]
        ),
        "conversion_measures": pd.DataFrame(MEASURES, columns=columns),
    }


@pytest.fixture(scope="module")
def of_china():
    return conversion(echelon.open("china"), draws=40)


@pytest.fixture(scope="module")
def of_us():
    return conversion(echelon.open("us"), draws=40)


def test_a_planted_lag_and_ratio_come_back():
    result = conversion(from_tables("planted", stage_tables()), draws=40)
    main = result.table()
    assert main["lag"].unique().tolist() == [2]
    assert main["ratio"].to_numpy() == pytest.approx(3.0)
    assert main["share_of_frontier"].to_numpy() == pytest.approx(100, abs=0.1)
    home = result.table("reliance")
    assert home["value"].to_numpy() == pytest.approx(80)


def test_the_states_go_from_research_to_firms_to_output(of_us):
    main = of_us.table()
    assert set(main["step"]) == {
        "research to innovators", "innovators to knowledge_output", "innovators to kti_output",
    }  # fmt: skip
    row = main[(main["region"] == "US-MA") & (main["year"] == 2021)].set_index("step")
    firms = row.loc["research to innovators"]
    # 9,502 companies with new products in 2019-21, for the business R&D of the year of the lag.
    system = echelon.open("us")
    spend = system.sql(
        "SELECT spend FROM research WHERE region = 'US-MA' AND performer = 'business' AND funder = "
        f"'all' AND year = {2021 - int(firms['lag'])}"
    )["spend"].iloc[0]
    assert firms["ratio"] == pytest.approx(9502 / (spend / 1e6))


def test_what_the_states_do_not_publish_is_named(of_us):
    assert of_us.table("reliance").empty
    assert of_us.table("originality").empty
    note = str(of_us.note)
    assert "No funding of R&D from abroad is published by state" in note
    assert "No patents by state are in the files" in note


def test_the_provinces_have_all_three(of_china):
    assert set(of_china.table()["step"]) == {
        "research to inventions", "inventions to contracts", "contracts to new_products",
    }  # fmt: skip
    assert set(of_china.table("reliance")["item"]) == {"domestic_funding", "technology_trade"}
    assert set(of_china.table("originality")["item"]) == {"invention_share", "basic_share"}
    beijing = of_china.table("originality").query("region == 'CN-BJ' and item == 'basic_share'")
    assert 10 < beijing["value"].iloc[-1] < 20
    assert "proxies of originality" in str(of_china.note)


def test_every_rank_has_its_band(of_us, of_china):
    for result in (of_us, of_china):
        for name in ("conversion", "reliance", "originality"):
            frame = result.table(name)
            assert frame[["rank", "rank_low", "rank_high"]].notna().all(axis=None)
            assert (frame["rank_low"] <= frame["rank_high"]).all()
    lags = of_china.table("lags")
    assert (lags["correlation_low"] <= lags["correlation_high"]).all()
    assert lags.groupby("step")["best_in"].sum().to_numpy() == pytest.approx(100)


def test_the_tree_reaches_the_figures(of_china):
    tree = str(of_china.explain("CN-GD"))
    assert "R&D expenditure" in tree
    assert "tech_market_output_value" in tree
    assert "source" in tree


def test_the_same_seed_gives_the_same_figures():
    system = from_tables("twice", stage_tables())
    assert conversion(system, draws=20).digests == conversion(system, draws=20).digests


def test_zeros_take_no_part_and_are_said():
    tables = stage_tables()
    rows = tables["indicators"]
    rows.loc[(rows["indicator"] == "sales") & (rows["region"] == "R03"), "value"] = 0.0
    result = conversion(from_tables("zeros", tables), draws=20)
    assert "figures of 0 took no part" in str(result.note)
    assert (result.table().query("region == 'R03'")["ratio"] == 0).all()


def test_a_column_of_zeros_is_refused():
    tables = stage_tables()
    rows = tables["indicators"]
    rows.loc[rows["indicator"] == "spend", "value"] = 0.0
    with pytest.raises(InsufficientData, match="has both of its stages in one region and year"):
        conversion(from_tables("zero", tables), draws=20)


def test_equal_figures_have_ratios_without_a_lag():
    tables = stage_tables()
    tables["indicators"]["value"] = 5.0
    result = conversion(from_tables("flat", tables), draws=20)
    assert (result.table()["ratio"] == 1).all()
    assert result.table("lags").empty
    assert "could not be estimated" in str(result.note)


def test_one_year_has_ratios_without_a_lag():
    result = conversion(from_tables("short", stage_tables(years=1)), draws=20)
    assert (result.table()["lag"] == 0).all()
    assert "fewer than 3 years of both overlap" in str(result.note)


def test_one_region_is_refused():
    tables = {
        name: frame[frame["region"] == "R00"] if "region" in frame else frame
        for name, frame in stage_tables().items()
    }
    with pytest.raises(InsufficientData, match="has one region, and conversion is compared"):
        conversion(from_tables("one", tables))


def test_negative_figures_are_refused():
    tables = stage_tables()
    tables["indicators"].iloc[0, tables["indicators"].columns.get_loc("value")] = -1.0
    with pytest.raises(InvalidArgument, match="The stage 'spend' has negative figures"):
        conversion(from_tables("minus", tables))


def test_a_stage_after_an_unknown_one_is_refused():
    tables = stage_tables()
    measures = tables["conversion_measures"]
    measures.loc[1, "after"] = "home"
    with pytest.raises(InvalidArgument, match="comes after 'home', which is no stage"):
        conversion(from_tables("order", tables))


def test_an_unknown_series_is_refused_with_the_nearest():
    tables = stage_tables()
    tables["conversion_measures"].loc[1, "formula"] = "sale"
    with pytest.raises(UnknownName, match="sales"):
        conversion(from_tables("name", tables))


def test_a_system_without_measures_is_refused():
    tables = stage_tables()
    tables.pop("conversion_measures")
    with pytest.raises(MissingTable, match="no table conversion_measures"):
        conversion(from_tables("none", tables))


def test_an_unknown_frontier_is_refused():
    with pytest.raises(UnknownName, match="no frontier named 'best'"):
        conversion(from_tables("edge", stage_tables()), frontier="best")
