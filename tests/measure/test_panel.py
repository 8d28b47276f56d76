"""The panel of indicators: which years, what is left out, what is filled, what is treated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from echelon.errors import InsufficientData, InvalidArgument, InvalidSystem
from echelon.measure.index import index
from echelon.measure.panel import make_panel
from echelon.measure.scoring import Method, score
from echelon.system.system import from_tables

LEAVES = ("schooling", "research", "top", "attainment", "leaving")


def with_rows(tables, *rows):
    more = pd.DataFrame(rows, columns=["region", "year", "indicator", "value"])
    tables["indicators"] = pd.concat([tables["indicators"], more], ignore_index=True)
    return from_tables("more", tables)


def without(tables, region, year, indicator):
    frame = tables["indicators"]
    gone = (frame["region"] == region) & (frame["year"] == year) & (frame["indicator"] == indicator)
    assert gone.sum() == 1
    tables["indicators"] = frame[~gone]
    return tables


def test_the_panel_holds_the_figures_as_given(small):
    panel = make_panel(small)
    assert panel.years == (2020, 2021)
    assert panel.regions == ("A", "B", "C", "D")
    assert panel.tree.leaves == LEAVES
    np.testing.assert_array_equal(panel.raw[0, :, 0], [10, 20, 30, 40])
    np.testing.assert_array_equal(panel.raw[1, :, 4], [7, 3, 5, 1])
    assert not panel.filled.any()
    assert (panel.evidence == "measured").all()
    np.testing.assert_array_equal(panel.direction, [1, 1, 1, 1, -1])
    assert panel.steps == []
    assert [panel.subsystem_of(item) for item in ("top", "level", "schooling", "all")] == [
        "talent", "talent", "education", "",
    ]  # fmt: skip


def test_a_gap_is_filled_marked_and_named(tables):
    panel = make_panel(from_tables("gap", without(tables, "B", 2020, "research")))
    place = panel.tree.leaves.index("research")
    assert np.isnan(panel.raw[0, 1, place])
    assert panel.filled.sum() == 1
    assert panel.filled[0, 1, place]
    assert panel.treated[0, 1, place] == 3
    assert panel.evidence[0, 1, place] == ""
    assert panel.steps == [
        "Filled research: 1 of 8 figures, linearly between known years of the region, "
        "the nearest known year outside them"
    ]


def test_a_region_without_any_year_stays_unknown(tables):
    for year in (2020, 2021):
        without(tables, "B", year, "top")
    system = from_tables("unknown", tables)
    panel = make_panel(system)
    place = panel.tree.leaves.index("top")
    assert np.isnan(panel.treated[:, 1, place]).all()
    assert panel.steps == ["Unknown top: 2 figures; the weights of the others take their place"]
    table = index(system, draws=20).table().set_index(["region", "year", "item"])["score"]
    assert np.isnan(table["B", 2020, "level"])
    # Quality is 0 and vitality 400 / 7; they weigh 1 each where level is unknown.
    assert table["B", 2020, "talent"] == pytest.approx(200 / 7, abs=1e-9)


def test_an_indicator_that_is_hardly_known_is_left_out(tables):
    tree = tables["indicator_tree"]
    tree.loc[len(tree)] = ["rare", "technology", None, 1, None]
    system = with_rows(tables, ("A", 2020, "rare", 1.0), ("B", 2020, "rare", 2.0))
    panel = make_panel(system, years=(2020, 2021))
    assert panel.tree.leaves == LEAVES
    assert panel.steps == ["Left out rare: known in 25% of the panel, below 33%"]


def test_an_indicator_that_is_the_same_everywhere_is_left_out(tables):
    tree = tables["indicator_tree"]
    tree.loc[len(tree)] = ["flat", "technology", None, 1, None]
    rows = [(region, year, "flat", 7.0) for region in "ABCD" for year in (2020, 2021)]
    panel = make_panel(with_rows(tables, *rows))
    assert panel.tree.leaves == LEAVES
    assert panel.steps == ["Left out flat: the same value everywhere"]


def test_the_years_are_those_in_which_most_is_known(tables):
    rows = [(region, 2019, "schooling", 5.0) for region in "ABCD"]
    system = with_rows(tables, *rows)
    assert make_panel(system).years == (2020, 2021)
    assert make_panel(system, years=(2019, 2021)).years == (2019, 2020, 2021)
    assert make_panel(system, years=[2021]).years == (2021,)


def test_a_year_without_figures_is_refused(small):
    with pytest.raises(InvalidArgument) as caught:
        make_panel(small, years=(2018, 2021))
    assert str(caught.value) == (
        "No indicator has a figure for 2018. Choose years from 2020 to 2021."
    )


def test_regions_that_hold_others_are_not_measured(tables):
    regions = tables["regions"]
    regions["parent"] = "country"
    regions.loc[len(regions)] = ["country", "The country", None]
    panel = make_panel(with_rows(tables, ("country", 2020, "schooling", 1000.0)))
    assert panel.regions == ("A", "B", "C", "D")
    assert np.nanmax(panel.raw) < 1000


def test_two_regions_are_too_few(tables):
    tables["regions"] = tables["regions"].iloc[:2]
    tables["indicators"] = tables["indicators"][tables["indicators"]["region"].isin(["A", "B"])]
    with pytest.raises(InsufficientData, match=r"has 2 regions; an index compares at least 3"):
        make_panel(from_tables("pair", tables))


def test_an_outlier_is_treated_and_named(us):
    panel = make_panel(us)
    treated = {item: r for item, r in panel.treatments.items() if r.method != "none"}
    assert treated
    for item, record in treated.items():
        assert abs(record.skewness) > 2
        assert any(step.startswith(f"Treated {item}: ") for step in panel.steps)
    for item in set(panel.treatments) - set(treated):
        place = panel.tree.leaves.index(item)
        known = ~np.isnan(panel.raw[..., place])
        np.testing.assert_array_equal(
            panel.treated[..., place][known], panel.raw[..., place][known]
        )


def test_an_indicator_that_few_regions_have_does_not_stop_the_index(us):
    rows = us.table("indicators")
    tree = us.table("indicator_tree")
    base = rows[rows["indicator"] == "population"].assign(indicator="national_laboratories")
    few = base.assign(value=np.where(base["region"].isin(["US-CA", "US-NM"]), 3.0, 0.0))
    extra = tree[tree["item"] == "venture_firms"].assign(
        item="national_laboratories", name="National laboratories", formula=None
    )
    system = us.with_(
        name="laboratories",
        tables={
            "indicators": pd.concat([rows, few], ignore_index=True),
            "indicator_tree": pd.concat([tree, extra], ignore_index=True),
        },
    )
    assert index(system, draws=20).table()["score"].notna().all()


def test_weights_from_the_data_are_taken_among_indicators_alone(us):
    panel = make_panel(us)
    expert, entropy = (score(panel, Method(weighting=w)) for w in ("expert", "entropy"))
    np.testing.assert_array_equal(expert.within["talent"], entropy.within["talent"])
    assert not np.allclose(expert.within["education"], entropy.within["education"])
    for scores in (expert, entropy):
        for weights in scores.within.values():
            assert weights.sum() == pytest.approx(1, abs=1e-12)


def test_a_missing_year_loses_no_other_year(tables):
    frame = tables["indicators"]
    later = frame[frame["year"] == 2021].assign(year=2024)
    tables["indicators"] = pd.concat([frame, later], ignore_index=True)
    panel = make_panel(from_tables("gap", tables))
    assert panel.years == (2020, 2021, 2024)
    chosen = make_panel(from_tables("gap", tables), years=(2021, 2024))
    assert chosen.years == (2021, 2024)


def test_figures_between_years_that_lie_apart_are_filled_by_their_distance(tables):
    frame = tables["indicators"]
    later = frame[frame["year"] == 2021].assign(year=2024)
    later.loc[later["indicator"] == "schooling", "value"] = 80.0
    whole = pd.concat([frame, later], ignore_index=True)
    gone = (whole["region"] == "A") & (whole["year"] == 2021) & (whole["indicator"] == "schooling")
    panel = make_panel(from_tables("gap", {**tables, "indicators": whole[~gone]}))
    assert panel.filled[1, 0, 0]
    assert panel.treated[1, 0, 0] == pytest.approx(10 + (80 - 10) / 4, rel=1e-12)


def test_a_mostly_filled_indicator_is_a_caveat(tables):
    frame = tables["indicators"]
    years = [frame[frame["year"] == 2021].assign(year=year) for year in (2022, 2023, 2024)]
    whole = pd.concat([frame, *years], ignore_index=True)
    unknown = (whole["indicator"] == "attainment") & (whole["year"] > 2021)
    panel = make_panel(from_tables("late", {**tables, "indicators": whole[~unknown]}))
    assert len(panel.caveats) == 1
    assert panel.caveats[0].startswith("attainment: 60 per cent of its figures are filled")


def test_a_region_that_is_there_twice_is_refused(tables):
    tables["regions"] = pd.concat([tables["regions"], tables["regions"].head(1)])
    with pytest.raises(InvalidSystem, match="The region 'A' is there twice"):
        make_panel(from_tables("twice", tables))
