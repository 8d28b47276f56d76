"""The composite index: by hand, from its own trace, and what must always hold."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from echelon.errors import InvalidArgument, MissingTable, UnknownName
from echelon.measure.index import index
from echelon.result import Result
from echelon.system.system import from_tables

REGIONS = 51


@pytest.fixture(scope="module")
def result(us):
    return index(us)


@pytest.fixture(scope="module")
def again(us):
    return index(us)


@pytest.fixture(scope="module")
def other_seed(us):
    return index(us, seed=1)


def parents_from_children(trace):
    """Return each parent's value beside the weighted mean of its known children."""
    rows = trace[trace["weight"].notna() & trace["value"].notna()]
    rows = rows.assign(part=rows["value"] * rows["weight"])
    key = ["region", "year", "parent"]
    sums = rows.groupby(key)[["part", "weight"]].sum()
    mean = (sums["part"] / sums["weight"]).rename("mean").reset_index()
    mean = mean.rename(columns={"parent": "item"})
    return trace.merge(mean, on=["region", "year", "item"])


# ----- by hand


def test_the_small_system_by_hand(small):
    table = (
        index(small, draws=20).table().set_index(["region", "year", "item"])["score"].sort_index()
    )
    # Region B, 2020: schooling (20 - 10) / 40, research (2 - 1) / 4, top (7 - 5) / 5,
    # attainment (40 - 40) / 25, leaving (8 - 4) / 7 because less is better.
    assert table["B", 2020, "education"] == pytest.approx(25, abs=1e-9)
    assert table["B", 2020, "technology"] == pytest.approx(25, abs=1e-9)
    assert table["B", 2020, "level"] == pytest.approx(40, abs=1e-9)
    assert table["B", 2020, "quality"] == pytest.approx(0, abs=1e-9)
    assert table["B", 2020, "vitality"] == pytest.approx(400 / 7, abs=1e-9)
    # Level weighs 2 of 4, quality and vitality 1 of 4 each.
    talent = 0.5 * 40 + 0.25 * 0 + 0.25 * 400 / 7
    assert table["B", 2020, "talent"] == pytest.approx(talent, abs=1e-9)
    assert table["B", 2020, "all"] == pytest.approx((25 + 25 + talent) / 3, abs=1e-9)


def test_ranks_of_the_small_system(small):
    table = (
        index(small, draws=20).table().set_index(["item", "year", "region"])["rank"].sort_index()
    )
    assert table["education", 2021].to_dict() == {"A": 4, "B": 3, "C": 2, "D": 1}
    assert table["vitality", 2020].to_dict() == {"A": 4, "B": 2, "C": 3, "D": 1}


def test_goalposts_compare_across_samples(tables):
    tree = tables["indicator_tree"]
    leaves = ~tree["item"].isin(tree["parent"])
    tree["goalpost_low"] = np.where(leaves, 0.0, np.nan)
    tree["goalpost_high"] = np.where(leaves, 100.0, np.nan)
    whole = from_tables("whole", tables)
    tables["regions"] = tables["regions"].iloc[:3]
    tables["indicators"] = tables["indicators"][tables["indicators"]["region"] != "D"]
    part = from_tables("part", tables)
    options = {"normalisation": "goalposts", "draws": 20}
    scores = [
        index(s, **options).table().set_index(["region", "year", "item"])["score"]
        for s in (whole, part)
    ]
    assert scores[0]["A", 2020, "education"] == pytest.approx(10, abs=1e-9)
    assert scores[0]["A", 2020, "vitality"] == pytest.approx(92, abs=1e-9)
    pd.testing.assert_series_equal(scores[0].loc[["A", "B", "C"]], scores[1], check_like=True)


def test_the_geometric_mean_is_taken_of_scores_from_1_to_100(small):
    result = index(small, aggregation="geometric", draws=20)
    table = result.table().set_index(["region", "year", "item"])["score"]
    level, quality, vitality = (100 * (0.01 + 0.99 * x) for x in (0.4, 0.0, 4 / 7))
    assert table["B", 2020, "level"] == pytest.approx(level, abs=1e-9)
    wanted = level**0.5 * quality**0.25 * vitality**0.25
    assert table["B", 2020, "talent"] == pytest.approx(wanted, abs=1e-9)


# ----- the bundled system


def test_the_same_seed_gives_the_same_figures(result, again):
    assert result.digests == again.digests


def test_another_seed_moves_the_bands_alone(result, other_seed):
    ours, theirs = result.table(), other_seed.table()
    bands = ["rank_median", "rank_low", "rank_high"]
    pd.testing.assert_frame_equal(ours.drop(columns=bands), theirs.drop(columns=bands))
    assert (ours[["rank_low", "rank_high"]] != theirs[["rank_low", "rank_high"]]).any().any()
    for name in ("indicators", "weights", "treatment", "trace"):
        assert result.digests[name] == other_seed.digests[name]


def test_every_region_has_a_score_a_rank_and_a_band(result):
    table = result.table()
    assert table["region"].nunique() == REGIONS
    assert not table.duplicated(["region", "year", "item"]).any()
    assert table["score"].between(0, 100).all()
    assert (table["rank_low"] <= table["rank_median"]).all()
    assert (table["rank_median"] <= table["rank_high"]).all()
    assert table["rank_low"].min() >= 1
    assert table["rank_high"].max() <= REGIONS


def test_ranks_are_1_to_51_without_a_hole(result):
    for _, group in result.table().groupby(["item", "year"]):
        assert sorted(group["rank"]) == list(range(1, REGIONS + 1))
        best_first = group.sort_values("rank")["score"].to_numpy()
        assert (np.diff(best_first) < 0).all()


@pytest.mark.parametrize("weighting", ["expert", "entropy", "critic"])
def test_every_score_is_the_weighted_mean_of_what_is_below_it(us, weighting):
    found = index(us, weighting=weighting, draws=20)
    trace = found.table("trace")
    both = parents_from_children(trace)
    groups = set(found.table()["item"])
    assert set(both["item"]) == groups
    np.testing.assert_allclose(both["value"], both["mean"], rtol=0, atol=1e-9)
    table = found.table().merge(trace, on=["region", "year", "item"])
    np.testing.assert_array_equal(table["score"], table["value"])
    shares = trace.dropna(subset="weight").groupby(["region", "year", "parent"])["weight"].sum()
    np.testing.assert_allclose(shares, 1, atol=1e-12)


def test_effective_weights_of_the_indicators_sum_to_1(result):
    weights = result.table("weights").set_index("item")
    leaves = weights.loc[~weights.index.isin(weights["parent"])]
    assert leaves["effective_weight"].sum() == pytest.approx(1, abs=1e-12)
    top = weights[weights["parent"].isna()]
    assert top["importance"].tolist() == pytest.approx([1], abs=1e-12)
    inner = weights.dropna(subset="parent")
    product = inner["weight"] * weights["effective_weight"].loc[inner["parent"]].to_numpy()
    np.testing.assert_allclose(inner["effective_weight"], product, atol=1e-12)


def test_indicators_are_scaled_over_all_years_together(result):
    table = result.table("indicators")
    span = table.groupby("item")["normalised"].agg(["min", "max"])
    np.testing.assert_allclose(span["min"], 0, atol=1e-9)
    np.testing.assert_allclose(span["max"], 100, atol=1e-9)
    assert table.loc[table["filled"], "value"].isna().all()
    assert set(table.loc[table["filled"], "evidence"]) == {"derived"}
    filled = table.groupby("item")["filled"].sum()
    for item in filled.index[filled > 0]:
        assert any(f"Filled {item}: {filled[item]:,} of" in step for step in result.note.steps)


def test_the_tree_is_printed_down_to_the_published_figure(result):
    text = str(result.explain("US-OH", 2015))
    trace = result.table("trace")
    rows = trace[(trace["region"] == "US-OH") & (trace["year"] == 2015)]
    assert text.splitlines()[0] == "measure.index of us, Ohio, 2015"
    assert len(text.splitlines()) == 1 + len(rows)
    value = rows.loc[rows["item"] == "education", "value"].item()
    assert f"  Education: {value:.4g} of 100; weight 0.333" in text
    assert "= 1000 * undergraduate_students / population; source acs" in text
    below = str(result.explain("US-OH", 2015, item="vitality")).splitlines()
    assert len(below) == 5
    assert below[1] == next(line.strip() for line in text.splitlines() if "Vitality" in line)


def test_without_a_region_the_note_is_printed(result):
    text = str(result.explain())
    assert str(result.note) in text
    assert text.endswith("Give a region to see its tree of inputs.")


@pytest.mark.parametrize(
    ("arguments", "what", "fix"),
    [
        ({"region": "US-OHH"}, "There is no region named 'US-OHH'", "Did you mean 'US-OH'?"),
        (
            {"region": "US-OH", "item": "educatoin"},
            "There is no item named 'educatoin'",
            "Did you mean 'education'?",
        ),
        ({"region": "US-OH", "year": 1815}, "There is no year named '1815'", "2015"),
    ],
)
def test_a_misspelt_name_gets_a_suggestion(result, arguments, what, fix):
    with pytest.raises(UnknownName) as caught:
        result.explain(**arguments)
    assert caught.value.what == what
    assert fix in caught.value.fix


def test_the_note_says_what_it_was_made_from(us, result):
    note = result.note
    assert note.seed == 0
    assert note.parameters["weighting"] == "expert"
    assert set(note.tables) >= {"indicator_tree", "regions", "indicators", "attainment"}
    for name, use in note.tables.items():
        assert use.digest == us.digest(name)
        assert use.rows == len(us.table(name))
    assert note.assumed_share == 0


def test_saved_and_loaded_it_is_the_same(result, tmp_path):
    loaded = Result.load(result.save(tmp_path / "index"))
    assert loaded.digests == result.digests
    assert loaded.note == result.note
    assert str(loaded.explain("US-OH")) == str(result.explain("US-OH"))


# ----- scenarios


@pytest.fixture(scope="module")
def scenario(us):
    changed = us.table("indicators")
    chosen = (
        (changed["region"] == "US-OH")
        & (changed["year"] == 2015)
        & (changed["indicator"] == "degree_holders_employed")
    )
    assert chosen.sum() == 1
    changed.loc[chosen, "value"] *= 1.02
    changed.loc[chosen, "evidence"] = "assumed"
    return us.with_(name="more at work", tables={"indicators": changed})


def test_a_scenario_moves_only_what_depends_on_it(result, scenario):
    moved = index(scenario)
    key = ["region", "year", "item"]
    for name, figure, wanted in (
        ("indicators", "normalised", {"graduate_activity"}),
        ("index", "score", {"vitality", "talent", "system"}),
    ):
        both = result.table(name).merge(moved.table(name), on=key, suffixes=("", "_moved"))
        other = both[both[figure] != both[f"{figure}_moved"]]
        assert set(other["item"]) == wanted
        assert set(other["region"]) == {"US-OH"}
        assert set(other["year"]) == {2015}
        assert (other[f"{figure}_moved"] > other[figure]).all()
    changed = {n for n, use in moved.note.tables.items() if use != result.note.tables[n]}
    assert changed == {"indicators"}


def test_compare_puts_the_scenario_beside_the_baseline(result, scenario):
    beside = result.compare(index(scenario))
    assert len(beside) == len(result.table())
    np.testing.assert_array_equal(
        beside["score_difference"], beside["score_other"] - beside["score"]
    )
    moved = beside[beside["score_difference"] != 0]
    assert set(zip(moved["region"], moved["year"], strict=True)) == {("US-OH", 2015)}
    same = result.compare(result)
    assert (same["score_difference"] == 0).all()


# ----- what a user can do wrong


def test_a_system_without_a_tree_names_the_table(tables):
    system = from_tables("bare", {"regions": tables["regions"]})
    with pytest.raises(MissingTable) as caught:
        index(system)
    assert caught.value.what == "The system 'bare' has no table indicator_tree"
    assert "Add a table indicator_tree with the columns item" in caught.value.fix


@pytest.mark.parametrize(
    ("arguments", "error", "what"),
    [
        ({"normalisation": "minmx"}, UnknownName, "There is no normalisation named 'minmx'"),
        ({"weighting": "experts"}, UnknownName, "There is no weighting named 'experts'"),
        ({"aggregation": "mean"}, UnknownName, "There is no aggregation named 'mean'"),
        ({"draws": 19}, InvalidArgument, "19 draws are too few for a 5-95 % band"),
        ({"spread": 1.0}, InvalidArgument, "The spread 1.0 is outside 0 to 1"),
        ({"years": (2020, 2031)}, InvalidArgument, "No indicator has a figure for 2031"),
        (
            {"normalisation": "goalposts"},
            InvalidArgument,
            "The indicator 'schooling' has no goalposts",
        ),
    ],
)
def test_arguments_that_cannot_be(small, arguments, error, what):
    with pytest.raises(error) as caught:
        index(small, **{"draws": 20, **arguments})
    assert caught.value.what == what
    assert caught.value.fix


@pytest.mark.parametrize("first", ["index", "coordination", "talent"])
def test_verbs_are_functions_whichever_is_used_first(first):
    code = (
        f"import echelon.measure as m; m.{first}; "
        "assert callable(m.index) and callable(m.coordination) and callable(m.talent)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
