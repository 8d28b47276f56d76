"""Coordination: by hand from the subsystem columns, and what must always hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from echelon.errors import InvalidArgument, MissingTable, UnknownName
from echelon.measure.coordination import coordination
from echelon.measure.index import index
from echelon.methods.coupling import bands
from echelon.result import Result
from echelon.system.system import from_tables

SUBSYSTEMS = ["education", "technology", "talent"]


@pytest.fixture(scope="module")
def result(us):
    return coordination(us)


def by_hand(table, weights=(1 / 3, 1 / 3, 1 / 3)):
    """Return coupling in three forms and development, written out from the columns."""
    e, t, p = (table[name].to_numpy() for name in SUBSYSTEMS)
    most = np.maximum(np.maximum(e, t), p)
    gap = (abs(e - t) + abs(e - p) + abs(t - p)) / 3
    mean = (e + t + p) / 3
    variance = ((e - mean) ** 2 + (t - mean) ** 2 + (p - mean) ** 2) / 3
    couplings = {
        "wang": np.sqrt((1 - gap) * np.sqrt(e * t * p / most**3)),
        "standard": np.cbrt(e * t * p) / mean,
        "fan": 1 - 2 * np.sqrt(variance),
    }
    return couplings, weights[0] * e + weights[1] * t + weights[2] * p


def test_every_degree_follows_from_the_subsystems(result):
    table = result.table()
    couplings, development = by_hand(table)
    np.testing.assert_allclose(table["coupling"], couplings["wang"], atol=1e-12)
    np.testing.assert_allclose(table["development"], development, atol=1e-12)
    np.testing.assert_allclose(
        table["coordination"], np.sqrt(couplings["wang"] * development), atol=1e-12
    )
    for form, coupling in couplings.items():
        np.testing.assert_allclose(
            table[f"coordination_{form}"], np.sqrt(coupling * development), atol=1e-12
        )


@pytest.mark.parametrize("form", ["standard", "fan"])
def test_another_form_changes_the_main_columns_alone(us, result, form):
    other = coordination(us, form=form, draws=20).table()
    couplings, development = by_hand(other)
    np.testing.assert_allclose(other["coupling"], couplings[form], atol=1e-12)
    np.testing.assert_array_equal(other["coordination"], other[f"coordination_{form}"])
    same = [*SUBSYSTEMS, "development", "coordination_wang", "coordination_standard"]
    pd.testing.assert_frame_equal(other[same], result.table()[same])
    np.testing.assert_allclose(other["development"], development, atol=1e-12)


def test_weights_of_subsystems_enter_the_development_alone(us, result):
    weights = (0.5, 0.3, 0.2)
    other = coordination(us, subsystem_weights=weights, draws=20)
    table = other.table()
    couplings, development = by_hand(table, weights)
    np.testing.assert_allclose(table["development"], development, atol=1e-12)
    np.testing.assert_array_equal(table["coupling"], result.table()["coupling"])
    np.testing.assert_allclose(
        table["coordination"], np.sqrt(couplings["wang"] * development), atol=1e-12
    )
    assert other.note.parameters["subsystem_weights"] == [0.5, 0.3, 0.2]


def test_the_subsystems_are_those_of_the_index(us, result):
    scores = (
        index(us, draws=20)
        .table()
        .pivot_table(index=["region", "year"], columns="item", values="score")
    )
    table = result.table().set_index(["region", "year"])
    for name in SUBSYSTEMS:
        np.testing.assert_allclose(table[name], scores.loc[table.index, name] / 100, atol=1e-12)


def test_degrees_ranks_and_bands_fit_together(result):
    table = result.table()
    for name in (*SUBSYSTEMS, "coupling", "development", "coordination"):
        assert table[name].between(0, 1).all()
    assert (table["rank_low"] <= table["rank_median"]).all()
    assert (table["rank_median"] <= table["rank_high"]).all()
    assert (table["coordination_low"] <= table["coordination_high"]).all()
    for _, group in table.groupby("year"):
        assert sorted(group["rank"]) == list(range(1, 52))
        assert (np.diff(group.sort_values("rank")["coordination"]) < 0).all()
    steps = {step.band: step for step in bands()}
    for row in table.itertuples():
        assert steps[row.band].low <= row.coordination < steps[row.band].high
        assert steps[row.band].name == row.band_name
    lowest = table[SUBSYSTEMS].idxmin(axis=1)
    assert (table["lagging"] == lowest).all()


def test_obstacles_sum_to_100_per_cent(result):
    table = result.table("obstacles")
    assert (table["obstacle"].dropna() >= 0).all()
    total = table.groupby(["region", "year"])["obstacle"].sum()
    np.testing.assert_allclose(total, 100, atol=1e-9)
    assert set(table["subsystem"]) == set(SUBSYSTEMS)


def test_the_tree_adds_up_to_the_degree(result):
    trace = result.table("trace")
    wide = trace.pivot_table(index=["region", "year"], columns="item", values="value")
    np.testing.assert_allclose(
        wide["result"], np.sqrt(wide["coupling"] * wide["development"]), atol=1e-12
    )
    np.testing.assert_allclose(
        wide["development"], wide[SUBSYSTEMS].mean(axis=1) / 100, rtol=0, atol=1e-12
    )
    rows = trace[trace["weight"].notna() & trace["value"].notna()]
    parts = rows.assign(part=rows["value"] * rows["weight"])
    sums = parts.groupby(["region", "year", "parent"])[["part", "weight"]].sum()
    mean = (sums["part"] / sums["weight"]).rename("mean").reset_index()
    both = mean.merge(
        trace, left_on=["region", "year", "parent"], right_on=["region", "year", "item"]
    )
    assert set(both["item"]) == {*SUBSYSTEMS, "level", "quality", "vitality"}
    assert len(both) == len(mean)
    np.testing.assert_allclose(both["mean"], both["value"], rtol=0, atol=1e-9)
    text = str(result.explain("US-CA", 2016)).splitlines()
    degree = wide.loc[("US-CA", 2016), "result"]
    assert text[1] == f"Coordination: {degree:.4g} of 1; square root of coupling x development"


def test_seeds(us, result):
    assert coordination(us).digests == result.digests
    other = coordination(us, seed=7)
    moved = ["coordination_low", "coordination_high", "rank_low", "rank_median", "rank_high"]
    ours, theirs = result.table(), other.table()
    pd.testing.assert_frame_equal(ours.drop(columns=moved), theirs.drop(columns=moved))
    assert (ours["coordination_low"] != theirs["coordination_low"]).any()
    for name in ("obstacles", "bands", "trace"):
        assert result.digests[name] == other.digests[name]


def test_without_spread_the_band_is_the_choice_of_weights_alone(small):
    # Every group of indicators has one indicator, so all three weightings agree.
    table = coordination(small, spread=0.0, draws=20).table()
    np.testing.assert_allclose(table["coordination_low"], table["coordination"], atol=1e-12)
    np.testing.assert_allclose(table["coordination_high"], table["coordination"], atol=1e-12)


def test_saved_and_loaded_it_is_the_same(result, tmp_path):
    loaded = Result.load(result.save(tmp_path / "coordination"))
    assert loaded.digests == result.digests
    assert loaded.units == result.units
    assert loaded.labels == result.labels


def test_compare_needs_the_same_verb(us, result):
    with pytest.raises(InvalidArgument) as caught:
        result.compare(index(us, draws=20))
    assert str(caught.value) == (
        "measure.coordination cannot be compared with measure.index. Compare results of one verb."
    )


def test_a_system_without_a_tree_names_the_table(tables):
    with pytest.raises(MissingTable, match=r"The system 'bare' has no table indicator_tree\."):
        coordination(from_tables("bare", {"regions": tables["regions"]}))


def test_a_tree_without_a_subsystem_says_which(tables):
    tree = tables["indicator_tree"]
    tree.loc[tree["subsystem"] == "technology", "subsystem"] = None
    with pytest.raises(InvalidArgument) as caught:
        coordination(from_tables("two", tables), draws=20)
    assert str(caught.value) == (
        "0 items of indicator_tree are marked as the subsystem 'technology'. "
        "Set subsystem = technology on exactly one group that has figures."
    )


@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.5, 0.5, 0.5), (1.5, -0.5, 0.0)])
def test_weights_of_subsystems_are_three_that_sum_to_1(small, weights):
    with pytest.raises(
        InvalidArgument, match=r"Give three weights of 0 or more that sum to 1: edu"
    ):
        coordination(small, subsystem_weights=weights, draws=20)


def test_an_unknown_form_gets_a_suggestion(small):
    with pytest.raises(UnknownName) as caught:
        coordination(small, form="standrad", draws=20)
    assert caught.value.fix == "Did you mean 'standard'?"
