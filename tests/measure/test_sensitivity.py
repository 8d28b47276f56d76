"""Which choice the ranks hang on: by hand, then what must always hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InvalidArgument, MissingTable, UnknownName
from echelon.measure import coordination, index, sensitivity, talent
from echelon.measure.sensitivity import finding
from echelon.result import Result
from echelon.system.system import from_tables

FACTORS = {"weighting", "weights", "normalisation", "imputation", "outliers", "aggregation"}
NOMINAL = {
    "weighting": "expert", "normalisation": "minmax", "imputation": "in_time",
    "outliers": "treated", "aggregation": "arithmetic",
}  # fmt: skip


@pytest.fixture(scope="module")
def result(us):
    return sensitivity(us, draws=256)


def test_one_choice_that_varies_alone_has_all_of_the_variance(us):
    choices = {**{f: [c] for f, c in NOMINAL.items()}, "aggregation": ["arithmetic", "geometric"]}
    found = sensitivity(us, choices=choices, spread=0.0, draws=64)
    table = found.table()
    assert table["factor"].tolist() == ["aggregation"]
    assert table["first_order"].item() == pytest.approx(1, abs=0.05)
    assert table["total"].item() == pytest.approx(1, abs=0.05)
    # The only two indices there are, by the verb that makes them.
    ranks = [
        index(us, aggregation=mean, draws=20).table().query("item == 'system' and year == 2018")
        for mean in ("arithmetic", "geometric")
    ]
    shift = np.abs(ranks[1]["rank"].to_numpy() - ranks[0]["rank"].to_numpy()).mean()
    draws = found.table("draws").set_index("choice")["shift"]
    assert draws["arithmetic"] == 0
    assert draws["geometric"] == pytest.approx(shift, abs=1e-12)
    low, high = (np.minimum(*(r["rank"].to_numpy() for r in ranks)),
                 np.maximum(*(r["rank"].to_numpy() for r in ranks)))  # fmt: skip
    band = found.table("ranks")
    np.testing.assert_array_equal(band["rank_low"], low)
    np.testing.assert_array_equal(band["rank_high"], high)
    moved = low != high
    totals = found.table("regions")["total"].to_numpy()
    np.testing.assert_allclose(totals[moved], 1, atol=0.1)
    assert (totals[~moved] == 0).all()


def test_a_choice_that_cannot_move_a_rank_has_a_total_index_of_0(small):
    # No figure is unknown, none is an outlier, and every group has one indicator.
    table = sensitivity(small, draws=64, spread=0.9).table().set_index("factor")
    for factor in ("imputation", "outliers", "weighting"):
        assert (table.loc[factor, ["first_order", "total", "total_low", "total_high"]] == 0).all()
    assert table["total"].max() > 0


def test_every_index_stands_in_its_band(result):
    table = result.table()
    assert set(table["factor"]) == FACTORS
    for name in ("first_order", "total"):
        assert table[name].between(table[f"{name}_low"], table[f"{name}_high"]).all()
    assert (table["total_high"] >= table["first_order_low"]).all()
    assert table["total"].is_monotonic_decreasing
    parts = result.table("regions")
    assert len(parts) == 51 * len(FACTORS)
    assert (parts["total_low"] <= parts["total_high"]).all()


def test_more_draws_narrow_the_bands(us, result):
    wide = sensitivity(us, draws=32).table()
    width = [(t["total_high"] - t["total_low"]).mean() for t in (wide, result.table())]
    assert width[0] > 1.5 * width[1]


@pytest.mark.parametrize(("of", "verb"), [("index", index), ("coordination", coordination),
                                          ("talent", talent)])  # fmt: skip
def test_the_nominal_rank_is_that_of_the_verb(us, of, verb):
    ranks = sensitivity(us, of=of, draws=64, year=2015).table("ranks")
    wanted = verb(us, draws=20).table().query("year == 2015")
    wanted = wanted[wanted["item"] == "system"] if "item" in wanted else wanted
    np.testing.assert_array_equal(ranks["rank"], wanted["rank"])
    assert ranks["rank_median"].between(ranks["rank_low"], ranks["rank_high"]).all()
    assert (ranks["rank_variance"] >= 0).all()
    assert set(ranks["year"]) == {2015}


def test_the_bands_agree_with_those_of_the_verb(us, result):
    """Two designs of the same choices: the ends differ by the error of 200 draws."""
    ours = result.table("ranks").set_index("region")
    theirs = index(us).table().query("item == 'system' and year == 2018").set_index("region")
    for end in ("rank_low", "rank_median", "rank_high"):
        assert (ours[end] - theirs[end]).abs().mean() < 1


def test_the_coordination_has_the_form_as_a_factor(us):
    table = sensitivity(us, of="coordination", draws=64).table()
    assert set(table["factor"]) == {*FACTORS, "form"}


def test_the_seed_decides(us, result):
    assert sensitivity(us, draws=256).digests == result.digests
    assert sensitivity(us, draws=256, seed=1).digests != result.digests


def test_the_draws_are_rounded_up_and_counted(us, result):
    note = sensitivity(us, draws=100).note
    assert note.parameters["draws"] == 100
    assert any(step.startswith("Runs: 1,024 = 128 x (6 factors + 2)") for step in note.steps)
    draws = result.table("draws").set_index("factor")
    assert draws.loc["all", "runs"] == 512
    assert (draws.groupby(level=0)["runs"].sum() == 512).all()


def test_the_sentence_names_the_choice_and_says_when_the_order_is_open(result):
    main, draws = result.table(), result.table("draws")
    sentence = finding(main, draws)
    assert result.note.steps[-1] == sentence
    assert f"{main['label'].iloc[0]} matters most" in sentence
    near = main.assign(total_low=main["total_low"] - 1)
    assert "so the order of these is open" in finding(near, draws)
    clear = main.assign(total_high=main["total"], total_low=main["total"])
    assert "open" not in finding(clear, draws)
    assert finding(main.assign(total=0.0), draws).endswith("no choice of method moves a rank")


def test_the_tree_of_a_region_prints_its_band_and_its_factors(result):
    text = str(result.explain("US-OH"))
    ranks = result.table("ranks").set_index("region").loc["US-OH"]
    assert (
        f"Rank: {ranks['rank']:.0f}; band {ranks['rank_low']:.0f}-{ranks['rank_high']:.0f}" in text
    )
    assert "    Scale of the indicators: " in text


def test_saved_and_loaded_it_is_the_same(result, tmp_path):
    assert Result.load(result.save(tmp_path / "sensitivity")).digests == result.digests


def test_unknown_regions_have_no_rank_and_no_index(tables):
    frame = tables["indicators"]
    tables["indicators"] = frame[frame["region"] != "B"]
    found = sensitivity(from_tables("hole", tables), draws=32)
    assert found.table("ranks").set_index("region").loc["B", ["rank", "rank_low"]].isna().all()
    assert found.table()["total"].notna().all()


# ----- what a user can do wrong


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"draws": 0}, InvalidArgument,
         "0 draws are too few to tell the choices apart. Use 16 or more, 1024 by default."),
        ({"draws": 1}, InvalidArgument,
         "1 draw is too few to tell the choices apart. Use 16 or more, 1024 by default."),
        ({"of": "indx"}, UnknownName,
         "There is no ranking named 'indx'. Did you mean 'index'?"),
        ({"year": 1999}, InvalidArgument,
         "The panel has no year 1999. Choose one of 2020, 2021."),
        ({"choices": {"normalization": ["minmax"]}}, UnknownName,
         "There is no factor named 'normalization'. Did you mean 'normalisation'?"),
        ({"choices": {"normalisation": ["min-max"]}}, UnknownName,
         "There is no normalisation named 'min-max'. Did you mean 'minmax'?"),
        ({"choices": {f: [c] for f, c in NOMINAL.items()}, "spread": 0.0}, InvalidArgument,
         "No choice varies, so no choice can matter. Give choices with two or more names, or a "
         "spread above 0."),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be(small, arguments, error, sentence):
    with pytest.raises(error) as caught:
        sensitivity(small, **arguments)
    assert str(caught.value) == sentence


def test_a_system_without_a_tree_names_the_table(tables):
    with pytest.raises(MissingTable, match="has no table indicator_tree"):
        sensitivity(from_tables("bare", {"regions": tables["regions"]}))


def test_china_is_measured_too():
    found = sensitivity(echelon.open("china"), draws=64)
    assert found.table("ranks")["rank"].notna().all()
    assert isinstance(found.table("regions"), pd.DataFrame)
