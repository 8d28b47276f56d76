"""The ASEM example of COINr, step by step: every number equal to the reference implementation's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from echelon.methods.aggregate import arithmetic
from echelon.methods.impute import fill_with_group_mean
from echelon.methods.normalise import minmax
from echelon.methods.rank import ranks
from echelon.methods.treat import treat
from echelon.methods.tree import Tree


@pytest.fixture(scope="module")
def asem(golden):
    folder = golden / "coinr"
    steps = {p.stem: pd.read_csv(p) for p in sorted(folder.glob("asem_*.csv"))}
    steps["codes"] = steps["asem_indmeta"]["IndCode"].tolist()
    return steps


def figures(asem, step):
    return asem[step][asem["codes"]].to_numpy(dtype=float)


def tree_of(asem):
    indicators, groups = asem["asem_indmeta"], asem["asem_aggmeta"]
    parents = dict(zip(indicators["IndCode"], indicators["Agg1"], strict=True))
    parents.update(zip(indicators["Agg1"], indicators["Agg2"], strict=True))
    parents.update(zip(indicators["Agg2"], indicators["Agg3"], strict=True))
    weights = dict(zip(indicators["IndCode"], indicators["IndWeight"], strict=True))
    weights.update(zip(groups["Code"], groups["Weight"], strict=True))
    items = [*asem["codes"], *groups["Code"]]
    return Tree(items, [parents.get(i) for i in items], [weights[i] for i in items])


def test_denominators_divide_the_raw_figures(asem):
    raw, wanted = figures(asem, "asem_0_raw"), figures(asem, "asem_1_denominated")
    for place, name in enumerate(asem["asem_indmeta"]["Denominator"]):
        below = 1.0 if pd.isna(name) else asem["asem_denominators"][name].to_numpy(dtype=float)
        np.testing.assert_allclose(raw[:, place] / below, wanted[:, place], rtol=1e-9)


def test_unknown_figures_get_the_mean_of_their_group(asem):
    groups = asem["asem_1_denominated"]["Group_EurAsia"].to_numpy(dtype=str)
    filled, mask = fill_with_group_mean(figures(asem, "asem_1_denominated"), groups)
    np.testing.assert_allclose(filled, figures(asem, "asem_2_imputed"), rtol=1e-9)
    assert mask.sum() == np.isnan(figures(asem, "asem_1_denominated")).sum() > 0


def test_outliers_are_treated(asem):
    imputed, wanted = figures(asem, "asem_2_imputed"), figures(asem, "asem_3_treated")
    summary = asem["asem_treat_summary"].set_index("IndCode")
    for place, code in enumerate(asem["codes"]):
        treated, record = treat(imputed[:, place], most_points=6)
        np.testing.assert_allclose(treated, wanted[:, place], rtol=1e-9, err_msg=code)
        assert record.points == summary.loc[code, ["Low", "High"]].sum()


def test_treated_figures_are_scaled_to_0_100(asem):
    treated = figures(asem, "asem_3_treated")
    scaled = minmax(treated, direction=asem["asem_indmeta"]["Direction"].to_numpy(), high=100.0)
    np.testing.assert_allclose(scaled, figures(asem, "asem_4_normalised"), rtol=1e-9, atol=1e-9)


def test_scores_go_up_the_tree(asem):
    tree = tree_of(asem)
    normalised = asem["asem_4_normalised"][list(tree.leaves)].to_numpy(dtype=float)
    scores = tree.scores(normalised, arithmetic)
    for group in tree.groups:
        np.testing.assert_allclose(
            scores[group], asem["asem_5_aggregated"][group], rtol=1e-9, err_msg=group
        )


def test_published_scores_and_ranks(asem):
    tree = tree_of(asem)
    normalised = asem["asem_4_normalised"][list(tree.leaves)].to_numpy(dtype=float)
    units = asem["asem_4_normalised"]["UnitCode"]
    index = pd.Series(tree.scores(normalised, arithmetic)["Index"], index=units)
    printed = asem["asem_results_scores"].set_index("UnitCode")["Index"]
    assert index.round(2).to_dict() == printed.to_dict()
    places = pd.Series(ranks(index.to_numpy()), index=units)
    listed = asem["asem_results_ranks"].set_index("UnitCode")["Index"]
    assert (places[listed.index] == listed).all()
    assert index["CHE"] == pytest.approx(68.38, abs=0.005)
