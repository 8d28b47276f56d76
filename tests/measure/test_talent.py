"""The talent index: level, quality and vitality."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import InvalidArgument, MissingTable, UnknownName
from echelon.measure.coordination import coordination
from echelon.measure.talent import talent
from echelon.result import Result
from echelon.system.system import from_tables

DIMENSIONS = ["level", "quality", "vitality"]


@pytest.fixture(scope="module")
def result(us):
    return talent(us)


def test_talent_is_the_mean_of_its_dimensions(result):
    table = result.table()
    np.testing.assert_allclose(table["talent"], table[DIMENSIONS].mean(axis=1), rtol=0, atol=1e-9)
    for name in (*DIMENSIONS, "talent"):
        assert table[name].between(0, 100).all()


def test_the_small_system_by_hand(small):
    table = talent(small, draws=20).table().set_index(["region", "year"])
    # Region B, 2020: top (7 - 5) / 5, attainment at its least, leaving (8 - 4) / 7; level weighs 2.
    found = table.loc[("B", 2020), [*DIMENSIONS, "talent"]].to_numpy(dtype=float)
    wanted = [40, 0, 400 / 7, 0.5 * 40 + 0.25 * 400 / 7]
    np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_it_is_the_subsystem_talent_of_the_coordination(us, result):
    both = result.table().merge(coordination(us, draws=20).table(), on=["region", "year"])
    np.testing.assert_allclose(both["talent_x"], 100 * both["talent_y"], atol=1e-9)


def test_ranks_and_bands(result):
    table = result.table()
    assert (table["rank_low"] <= table["rank_median"]).all()
    assert (table["rank_median"] <= table["rank_high"]).all()
    for _, group in table.groupby("year"):
        assert sorted(group["rank"]) == list(range(1, 52))


def test_the_tree_starts_at_talent(result):
    trace = result.table("trace")
    assert set(trace.loc[trace["parent"].isna(), "item"]) == {"talent"}
    wide = trace.pivot_table(index=["region", "year"], columns="item", values="value")
    table = result.table().set_index(["region", "year"])
    np.testing.assert_array_equal(wide.loc[table.index, "talent"], table["talent"])
    assert str(result.explain("US-DC")).splitlines()[1].startswith("Talent: ")
    assert set(result.table("indicators")["subsystem"]) == {"talent"}


def test_seeds(us, result):
    assert talent(us).digests == result.digests
    other = talent(us, seed=3)
    bands = ["rank_low", "rank_median", "rank_high"]
    assert (result.table()[bands] != other.table()[bands]).any().any()
    assert result.digests["trace"] == other.digests["trace"]


def test_saved_and_loaded_it_is_the_same(result, tmp_path):
    assert Result.load(result.save(tmp_path / "talent")).digests == result.digests


def test_a_misspelt_region_gets_a_suggestion(result):
    with pytest.raises(UnknownName) as caught:
        result.explain("US-NYY")
    assert caught.value.what == "There is no region named 'US-NYY'"
    assert caught.value.fix == "Did you mean 'US-NY'?"


def test_a_system_without_a_tree_names_the_table(tables):
    with pytest.raises(MissingTable, match=r"The system 'bare' has no table indicator_tree\."):
        talent(from_tables("bare", {"regions": tables["regions"]}))


def test_a_talent_group_without_vitality_says_so(tables):
    tree = tables["indicator_tree"]
    tables["indicator_tree"] = tree[~tree["item"].isin(["vitality", "leaving"])]
    with pytest.raises(InvalidArgument) as caught:
        talent(from_tables("no vitality", tables), draws=20)
    assert caught.value.what == "The talent group of indicator_tree has no vitality"
    assert caught.value.where == "table indicator_tree, children of 'talent'"
