"""Draws of the method: each is a whole index, and all choices vary together."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import product

import numpy as np
import pandas as pd
import pytest

from echelon.errors import InsufficientData, InvalidArgument, UnknownName
from echelon.measure import coordination, drawing, index, sensitivity, talent
from echelon.measure.drawing import Design, Draws
from echelon.measure.method import Method
from echelon.measure.panel import make_panel
from echelon.measure.scoring import score
from echelon.methods.drawn import shared_ranks
from echelon.system.system import from_tables

VERBS = [index, coordination, talent]


def scores_of(panel, method, items):
    """Return the design and its scores, (items, draws, t, m)."""
    design = Design.balanced(panel, method)
    found = np.full((len(items), method.draws, len(panel.years), len(panel.regions)), np.nan)
    for some, scores in Draws(panel, design).scores(slice(None), items):
        found[:, some] = scores
    return design, found


def test_every_choice_comes_equally_often_and_in_any_company(us):
    design = Design.balanced(make_panel(us), Method(draws=216, seed=3))
    for factor, places in design.places.items():
        k = len(design.choices[factor])
        assert np.bincount(places, minlength=k).tolist() == [216 // k] * k
    pairs = set(zip(design.places["normalisation"], design.places["weighting"], strict=True))
    assert pairs == set(product(range(3), range(3)))
    assert design.factors.min() >= 0.75
    assert design.factors.max() <= 1.25
    np.testing.assert_allclose(design.factors.mean(axis=0), 1, atol=0.01)


@pytest.mark.parametrize("name", ["us", "china"])
def test_a_draw_is_the_index_with_its_choices(name):
    import echelon

    panel = make_panel(echelon.open(name))
    items = [item for item in panel.tree.below(panel.tree.top) if item in panel.tree.groups]
    method = Method(draws=24, spread=0.0, seed=1)
    design, found = scores_of(panel, method, items)
    for draw in range(0, method.draws, 2):
        chosen = {f: design.choices[f][places[draw]] for f, places in design.places.items()}
        wanted = score(panel, Method(**chosen)).nodes
        for place, item in enumerate(items):
            np.testing.assert_allclose(found[place, draw], wanted[item], atol=1e-12)


def test_draws_differ_and_repeat_with_the_seed(small):
    panel = make_panel(small)
    (_, first), (_, again) = (scores_of(panel, Method(draws=30, seed=5), ["all"]) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert np.ptp(first, axis=1).min() > 0
    assert ((first >= 0) & (first <= 1 + 1e-12)).all()
    _, other = scores_of(panel, Method(draws=30, seed=6), ["all"])
    assert (first != other).any()


@pytest.mark.parametrize("seed", range(5))
def test_a_dominated_region_never_ranks_above_its_dominator(tables, seed):
    generator = np.random.default_rng(seed)
    frame = tables["indicators"]
    frame["value"] = generator.lognormal(size=len(frame))
    wide = frame.pivot_table(index=["year", "indicator"], columns="region", values="value")
    better = generator.random(len(wide)) * (generator.random(len(wide)) < 0.7)
    sign = np.where(wide.index.get_level_values("indicator") == "leaving", -1, 1)
    wide["B"] = wide["A"] * np.exp(sign * better)
    tables["indicators"] = wide.reset_index().melt(["year", "indicator"])
    panel = make_panel(from_tables("dominated", tables))
    assert not np.isnan(panel.raw).any()
    _, found = scores_of(panel, Method(draws=108, seed=seed), ["all", "talent"])
    places = shared_ranks(found)
    assert (places[..., 1] <= places[..., 0]).all()


@pytest.mark.parametrize("verb", VERBS)
def test_the_number_of_threads_changes_nothing(tables, monkeypatch, verb):
    frame = tables["indicators"]
    later = [frame.assign(year=frame["year"] + more) for more in (2, 4, 6)]
    tables["indicators"] = pd.concat([frame, *later], ignore_index=True)
    system = from_tables("eight years", tables)
    monkeypatch.setattr(drawing, "_ROWS", 2 * 4)
    two = verb(system, draws=40)
    for threads in (1, 5):
        monkeypatch.setattr(drawing, "_THREADS", threads)
        assert verb(system, draws=40).digests == two.digests


def test_the_threads_of_the_linear_algebra_change_nothing():
    code = (
        "import echelon; s = echelon.open('china'); "
        "print(echelon.measure.coordination(s, draws=60).digests)"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": threads},
            check=True, capture_output=True,
        ).stdout
        for threads in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1


def test_many_draws_go_block_by_block(small, monkeypatch):
    whole = index(small, draws=90)
    monkeypatch.setattr(drawing, "_BLOCK", 16)
    assert index(small, draws=90).digests == whole.digests


@pytest.mark.parametrize("verb", VERBS)
def test_a_band_contains_its_median(us, verb):
    table = verb(us, draws=60).table()
    assert table["rank_median"].between(table["rank_low"], table["rank_high"]).all()


def test_when_nothing_varies_the_band_is_the_rank(us):
    held = {f: [Method().nominal(f)] for f in Method().drawn}
    table = index(us, draws=20, spread=0.0, choices=held).table()
    for end in ("rank_low", "rank_median", "rank_high"):
        np.testing.assert_array_equal(table[end], table["rank"])


def test_the_note_says_what_was_drawn(us):
    note = index(us, draws=20, choices={"aggregation": "arithmetic"}).note
    assert note.steps[-1] == (
        "Ranks: 20 draws of rule of the weights (expert, entropy, critic); scale of the indicators "
        "(minmax, percentile, zscore); filling of gaps (in_time, group_mean, none); treatment of "
        "outliers (treated, kept); size of the weights (each by up to 25 per cent), all varied "
        "together; held: kind of mean (arithmetic)"
    )
    assert note.parameters["choices"]["aggregation"] == ["arithmetic"]
    steps = coordination(us, draws=20, form="fan").note.steps
    assert "form of the coupling (fan, wang, standard)" in steps[-2]
    assert steps[-1] == "Degrees: their band is over the rule and the size of the weights alone"


def test_a_chosen_method_is_one_of_the_choices():
    assert Method(weighting="equal").drawn["weighting"] == ("equal", "expert", "entropy", "critic")
    assert "form" not in Method().drawn


def test_where_data_give_no_weights_those_of_the_tree_stand(tables):
    tree = tables["indicator_tree"]
    tree.loc[len(tree)] = ["writing", "education", None, 1, None]
    frame = tables["indicators"]
    known = frame[(frame["indicator"] == "schooling") & frame["region"].isin(["A", "B"])]
    more = known.assign(indicator="writing")
    gone = (frame["indicator"] == "schooling") & frame["region"].isin(["A", "B"])
    tables["indicators"] = pd.concat([frame[~gone], more], ignore_index=True)
    system = from_tables("apart", tables)
    result = index(system, draws=20)
    assert result.table()["rank_low"].notna().any()
    assert (
        "Draws: the data give no critic weights to education; those of the tree stand there"
        in result.note.steps
    )
    with pytest.raises(InsufficientData, match="'entropy' gives no weights to the group 'educ"):
        index(system, weighting="entropy", draws=20)


# ----- filling and outliers as arguments


def without(tables, region, indicator, years=(2020,)):
    frame = tables["indicators"]
    gone = (
        (frame["region"] == region) & (frame["indicator"] == indicator) & frame["year"].isin(years)
    )
    assert gone.sum() == len(years)
    tables["indicators"] = frame[~gone]
    return tables


def test_a_gap_filled_with_the_mean_of_its_group(tables):
    tables["regions"]["group"] = ["north", "north", "north", "south"]
    system = from_tables("gap", without(tables, "B", "research"))
    panel = make_panel(system, imputation="group_mean")
    place = panel.tree.leaves.index("research")
    # In 2020 the others of the north have 1 and 4.
    assert panel.treated[0, 1, place] == pytest.approx(2.5, rel=1e-12)
    assert panel.steps == [
        "Filled research: 1 of 8 figures, with the mean of the regions of its group in that year"
    ]
    result = index(system, imputation="group_mean", draws=20)
    assert "2.5 , filled with the mean of its group of regions" in str(result.explain("B", 2020))


def test_a_gap_left_unknown_gives_its_weight_to_the_others(tables):
    system = from_tables("gap", without(tables, "B", "top"))
    table = index(system, imputation="none", draws=20).table()
    score = table.set_index(["region", "year", "item"])["score"]
    assert np.isnan(score["B", 2020, "level"])
    assert score["B", 2020, "talent"] == pytest.approx(200 / 7, abs=1e-9)
    unknown = table[(table["region"] == "B") & (table["year"] == 2020) & (table["item"] == "level")]
    assert unknown[["rank", "rank_low", "rank_median", "rank_high"]].isna().all(axis=None)


def test_outliers_may_be_kept(us):
    panel = make_panel(us, outliers="kept")
    np.testing.assert_array_equal(panel.treated, panel.full)
    assert not any(step.startswith("Treated") for step in panel.steps)
    table = index(us, outliers="kept", draws=20).table("treatment")
    assert (table["method"] == "none").all()
    assert (table["skewness_before"] == table["skewness_after"]).all()


# ----- what a user can do wrong


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"choices": {"weigthing": ["expert"]}}, UnknownName,
         "There is no factor named 'weigthing'. Did you mean 'weighting'?"),
        ({"choices": {"weighting": ["exprt"]}}, UnknownName,
         "There is no weighting named 'exprt'. Did you mean 'expert'?"),
        ({"choices": {"weighting": []}}, InvalidArgument,
         "The factor 'weighting' is left without a choice. Name at least one."),
        ({"choices": {"weights": ["0.5"]}}, InvalidArgument,
         "The factor 'weights' has a size, not choices. Set it with spread, for example spread=0.25."),
        ({"imputation": "in_tme"}, UnknownName,
         "There is no imputation named 'in_tme'. Did you mean 'in_time'?"),
        ({"outliers": "cut"}, UnknownName, "There is no outliers named 'cut'"),
        ({"draws": 0}, InvalidArgument, "0 draws are too few for a 5-95 % band"),
        ({"draws": 1}, InvalidArgument, "1 draws are too few for a 5-95 % band"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", VERBS)
def test_names_are_checked(small, verb, arguments, error, sentence):
    with pytest.raises(error) as caught:
        verb(small, **arguments)
    assert str(caught.value).startswith(sentence)


def test_the_form_is_a_factor_of_the_coordination_alone(small):
    with pytest.raises(UnknownName, match="There is no factor named 'form'"):
        index(small, choices={"form": ["wang"]})


def few(tables, regions):
    tables["regions"] = tables["regions"][tables["regions"]["region"].isin(regions)]
    tables["indicators"] = tables["indicators"][tables["indicators"]["region"].isin(regions)]
    return tables


def constant(tables, indicator, value):
    frame = tables["indicators"]
    frame.loc[frame["indicator"] == indicator, "value"] = value
    return tables


def known_once(tables):
    frame = tables["indicators"]
    tables["indicators"] = frame.drop(frame.index[frame["indicator"] == "research"][1:])
    return tables


ALL = [*VERBS, sensitivity]


@pytest.mark.parametrize("verb", ALL)
def test_one_region_is_refused(tables, verb):
    with pytest.raises(InsufficientData) as caught:
        verb(from_tables("one", few(tables, ["A"])))
    assert str(caught.value) == (
        "The system 'one' has 1 region; an index compares at least 3 (table regions). "
        "Add the regions that these are to be compared with."
    )


@pytest.mark.parametrize("verb", ALL)
def test_one_year_is_measured_and_said(tables, verb):
    tables["indicators"] = tables["indicators"][tables["indicators"]["year"] == 2021]
    result = verb(from_tables("one year", tables))
    assert (
        "The panel has the year 2021 alone: no gap can be filled from other years, and nothing is "
        "said about change."
    ) in result.note.caveats
    name = "ranks" if verb is sensitivity else None
    assert result.table(name)[["rank", "rank_low", "rank_high"]].notna().all(axis=None)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda tables: constant(tables, "research", 0.0), "the same value everywhere"),
        (lambda tables: constant(tables, "research", 7.0), "the same value everywhere"),
        (known_once, "only one figure is known"),
        (lambda tables: constant(tables, "research", np.nan), "no figure is known"),
    ],
)
@pytest.mark.parametrize("verb", ALL)
def test_an_indicator_that_tells_nothing_is_left_out_and_named(tables, verb, spoil, why):
    tree = tables["indicator_tree"]
    tree.loc[len(tree)] = ["patents", "technology", None, 1, None]
    frame = tables["indicators"]
    more = frame[frame["indicator"] == "schooling"].assign(indicator="patents")
    tables["indicators"] = pd.concat([frame, more], ignore_index=True)
    result = verb(from_tables("spoilt", spoil(tables)), years=(2020, 2021))
    assert f"Left out research: {why}" in result.note.steps


def test_a_subsystem_that_loses_all_its_indicators_is_named(tables):
    with pytest.raises(InsufficientData) as caught:
        coordination(from_tables("flat", constant(tables, "research", 0.0)))
    assert str(caught.value) == (
        "The subsystem 'technology' is left without an indicator: research (the same value "
        "everywhere) (table indicator_tree). Give their figures, or add another indicator to the "
        "group."
    )


@pytest.mark.parametrize("verb", ALL)
def test_figures_that_are_equal_throughout_are_refused(tables, verb):
    tables["indicators"]["value"] = 3.0
    with pytest.raises(InsufficientData) as caught:
        verb(from_tables("flat", tables))
    assert str(caught.value).startswith(
        "No indicator of the system 'flat' can tell regions apart: schooling (the same value "
        "everywhere); research (the same"
    )


@pytest.mark.parametrize("verb", ALL)
def test_an_empty_tree_is_refused(tables, verb):
    tables["indicator_tree"] = tables["indicator_tree"].head(0)
    with pytest.raises(InsufficientData, match="The table indicator_tree of the system 'bare' has"):
        verb(from_tables("bare", tables))
