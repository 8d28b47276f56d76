"""Many draws of weights at once give what one at a time gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from strategies import figures

from echelon.methods.aggregate import AGGREGATIONS
from echelon.methods.drawn import bands_of_counts, count_ranks, drawn_scores, shared_ranks
from echelon.methods.rank import rank_bands, ranks
from echelon.methods.tree import Tree

TREE = Tree(
    ["top", "left", "a", "b", "right", "c", "deep", "d", "e"],
    [None, "top", "left", "left", "top", "right", "right", "deep", "deep"],
    [1.0] * 9,
)
GROUPS = ["top", "left", "right", "deep"]
VALUES = arrays_of.arrays(float, (6, 5), elements=figures(0.01, 1.0))
WEIGHTS = arrays_of.arrays(float, (4, 8), elements=figures(0.1, 3.0))


@pytest.mark.parametrize("mean", list(AGGREGATIONS))
@given(values=VALUES, unknown=arrays_of.arrays(bool, (6, 5)), weights=WEIGHTS)
def test_every_draw_is_the_tree_with_its_weights(mean, values, unknown, weights):
    values = np.where(unknown, np.nan, values)
    found = drawn_scores(TREE, values, weights, aggregation=mean, items=GROUPS)
    assert found.shape == (4, 4, 6)
    edges = {item: place for place, item in enumerate(TREE.below("top")[1:])}
    for draw, drawn in enumerate(weights):
        by_group = {g: drawn[[edges[child] for child in TREE.children(g)]] for g in TREE.groups}
        wanted = TREE.scores(values, AGGREGATIONS[mean], weights=by_group)
        for place, group in enumerate(GROUPS):
            np.testing.assert_allclose(found[place, draw], wanted[group], rtol=1e-12)


@pytest.mark.parametrize("mean", list(AGGREGATIONS))
@given(values=VALUES, more=VALUES, weights=WEIGHTS)
def test_a_unit_that_is_better_in_everything_never_ranks_below(mean, values, more, weights):
    values[1] = np.maximum(values[0], more[0])
    found = drawn_scores(TREE, values, weights, aggregation=mean, items=GROUPS)
    places = shared_ranks(found)
    assert (places[..., 1] <= places[..., 0]).all()


@given(arrays_of.arrays(float, (3, 7), elements=figures(0.0, 1.0, steps=10)),
       arrays_of.arrays(bool, (3, 7)))  # fmt: skip
def test_ranks_of_shares_are_ranks(scores, unknown):
    scores = np.where(unknown, np.nan, scores)
    np.testing.assert_array_equal(shared_ranks(scores), np.nan_to_num(ranks(scores)))


def test_scores_that_differ_by_rounding_share_a_rank():
    np.testing.assert_array_equal(shared_ranks(np.array([0.3, 0.1 + 0.2, 0.3 + 1e-9])), [2, 2, 1])


@given(arrays_of.arrays(float, (25, 6), elements=figures(0.0, 1.0)))
def test_counted_bands_are_the_bands_of_the_draws(drawn):
    counted = bands_of_counts(count_ranks(shared_ranks(drawn)))
    for ours, theirs in zip(counted, rank_bands(drawn), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(st.integers(1, 40), st.integers(0, 40))
def test_draws_with_an_unknown_rank_are_left_out(known, unknown):
    drawn = np.full((known + unknown, 2), 0.5)
    drawn[known:, 0] = np.nan
    low, median, high = bands_of_counts(count_ranks(shared_ranks(drawn)))
    assert (low[0], median[0], high[0]) == (1, 1, 1)


def test_a_unit_that_is_never_known_has_no_band():
    drawn = np.array([[0.1, np.nan], [0.2, np.nan]])
    for end in bands_of_counts(count_ranks(shared_ranks(drawn))):
        np.testing.assert_array_equal(end, [1, np.nan])
