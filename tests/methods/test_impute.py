"""What must always hold when unknown figures are filled."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis.extra import numpy as arrays_of
from strategies import figures

from echelon.methods.impute import fill_in_time, fill_with_group_mean

VALUES = arrays_of.arrays(float, (5, 3, 2), elements=figures(-50.0, 50.0))
UNKNOWN = arrays_of.arrays(bool, (5, 3, 2))


@given(VALUES, UNKNOWN)
def test_known_figures_never_change(values, unknown):
    gaps = np.where(unknown, np.nan, values)
    groups = np.array(["a", "b", "a", "b", "a"])
    pairs = (
        (fill_in_time(gaps), gaps),
        (fill_with_group_mean(gaps[..., 0], groups), gaps[..., 0]),
        (fill_with_group_mean(gaps[..., 0]), gaps[..., 0]),
    )
    for (filled, mask), before in pairs:
        known = ~np.isnan(before)
        np.testing.assert_array_equal(filled[known], before[known])
        np.testing.assert_array_equal(mask, ~known & ~np.isnan(filled))


@given(VALUES, UNKNOWN)
def test_the_figures_that_were_given_are_left_as_they_are(values, unknown):
    gaps = np.where(unknown, np.nan, values)
    before = gaps.copy()
    fill_in_time(gaps)
    fill_with_group_mean(gaps[..., 0])
    np.testing.assert_array_equal(gaps, before)


@given(VALUES, UNKNOWN)
def test_a_filled_series_stays_between_its_known_figures(values, unknown):
    gaps = np.where(unknown, np.nan, values)
    filled, _ = fill_in_time(gaps)
    nothing = np.isnan(gaps).all(axis=0)
    np.testing.assert_array_equal(np.isnan(filled), np.broadcast_to(nothing, filled.shape))
    least = np.min(np.where(np.isnan(gaps), np.inf, gaps), axis=0)
    most = np.max(np.where(np.isnan(gaps), -np.inf, gaps), axis=0)
    inside = (filled >= least - 1e-9) & (filled <= most + 1e-9)
    assert inside[:, ~nothing].all()


@given(VALUES, UNKNOWN)
def test_filling_twice_changes_nothing(values, unknown):
    gaps = np.where(unknown, np.nan, values)
    filled, _ = fill_in_time(gaps)
    again, mask = fill_in_time(filled)
    np.testing.assert_array_equal(again, filled)
    assert not mask.any()


def test_years_are_filled_by_hand():
    series = np.array([np.nan, 2.0, np.nan, np.nan, 8.0, np.nan]).reshape(6, 1, 1)
    filled, mask = fill_in_time(series)
    np.testing.assert_allclose(filled.ravel(), [2, 2, 4, 6, 8, 8], atol=1e-12)
    np.testing.assert_array_equal(mask.ravel(), [True, False, True, True, False, True])


def test_groups_are_filled_by_hand():
    values = np.array([[1.0, np.nan], [3.0, 4.0], [np.nan, np.nan], [10.0, np.nan]])
    filled, mask = fill_with_group_mean(values, np.array(["a", "a", "a", "b"]))
    np.testing.assert_array_equal(filled, [[1, 4], [3, 4], [2, 4], [10, np.nan]])
    np.testing.assert_array_equal(
        mask, [[False, True], [False, False], [True, True], [False, False]]
    )
    whole, _ = fill_with_group_mean(values)
    np.testing.assert_allclose(whole[2], [14 / 3, 4], atol=1e-12)
