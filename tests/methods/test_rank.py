"""What must always hold for ranks and their bands."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as arrays_of
from strategies import figures

from echelon.methods.rank import rank_bands, ranks

SCORES = arrays_of.arrays(float, (3, 7), elements=figures(0.0, 10.0, steps=10))


@given(SCORES, arrays_of.arrays(bool, (3, 7)))
def test_a_rank_is_one_more_than_the_number_of_better_units(scores, unknown):
    scores = np.where(unknown, np.nan, scores)
    better = (scores[:, None, :] > scores[:, :, None]).sum(axis=-1)
    wanted = np.where(unknown, np.nan, better + 1.0)
    np.testing.assert_array_equal(ranks(scores), wanted)


@given(SCORES)
def test_ranks_do_not_depend_on_the_scale(scores):
    np.testing.assert_array_equal(ranks(3 * scores + 7), ranks(scores))


def test_equal_scores_share_the_best_rank():
    np.testing.assert_array_equal(ranks(np.array([5.0, 9, 5, np.nan, 1])), [2, 1, 2, np.nan, 4])


@given(arrays_of.arrays(float, (25, 6), elements=figures(0.0, 1.0)))
def test_a_band_holds_its_median_and_ranks_that_occurred(drawn):
    low, median, high = rank_bands(drawn)
    assert (low <= median).all()
    assert (median <= high).all()
    occurred = ranks(drawn)
    for ends in (low, high):
        assert (occurred == ends).any(axis=0).all()
    wide_low, same, wide_high = rank_bands(drawn, low=0.0, high=1.0)
    np.testing.assert_array_equal(wide_low, occurred.min(axis=0))
    np.testing.assert_array_equal(wide_high, occurred.max(axis=0))
    np.testing.assert_array_equal(same, median)
    assert (wide_low <= low).all()
    assert (wide_high >= high).all()


def test_draws_that_agree_have_a_band_of_one_rank():
    drawn = np.tile([3.0, 1.0, 2.0], (40, 1))
    for edge in rank_bands(drawn):
        np.testing.assert_array_equal(edge, [1, 3, 2])


def test_a_band_by_hand():
    # In 3 of 20 draws the first unit falls from first to second.
    drawn = np.tile([2.0, 1.0], (20, 1))
    drawn[:3] = [1.0, 2.0]
    low, median, high = rank_bands(drawn)
    np.testing.assert_array_equal(low, [1, 1])
    np.testing.assert_array_equal(median, [1, 2])
    np.testing.assert_array_equal(high, [2, 2])


def test_an_unknown_unit_has_an_unknown_band():
    for edge in rank_bands(np.array([[1.0, np.nan, 3.0], [2.0, np.nan, 1.0]])):
        np.testing.assert_array_equal(np.isnan(edge), [False, True, False])
