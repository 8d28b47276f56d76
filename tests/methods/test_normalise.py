"""What must always hold when indicators are brought to one scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import matrices

from echelon.errors import InsufficientData, InvalidArgument, UnknownName
from echelon.methods.normalise import (
    NORMALISATIONS,
    borda,
    distance_to_target,
    goalposts,
    minmax,
    percentile,
    rank,
    zscore,
)

CONSTANT = np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]])


@given(matrices(unknown=True))
def test_minmax_goes_from_0_for_the_worst_to_1_for_the_best(values):
    scaled = minmax(values)
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(values))
    np.testing.assert_array_equal(np.nanmin(scaled, axis=0), 0.0)
    np.testing.assert_array_equal(np.nanmax(scaled, axis=0), 1.0)
    for column, figures in zip(scaled.T, values.T, strict=True):
        known = ~np.isnan(figures)
        order = np.argsort(figures[known], kind="stable")
        assert (np.diff(column[known][order]) >= 0).all()


@given(matrices(unknown=True), st.floats(0.001, 1000), st.floats(-1000, 1000))
def test_minmax_is_free_of_units(values, factor, shift):
    np.testing.assert_allclose(minmax(factor * values + shift), minmax(values), atol=1e-6)


@given(matrices(unknown=True), st.floats(-100, 100), st.floats(1, 100))
def test_minmax_reaches_the_ends_that_are_asked_for(values, low, length):
    scaled = minmax(values, low=low, high=low + length)
    np.testing.assert_allclose(scaled, low + length * minmax(values), atol=1e-9)


@given(matrices(unknown=True))
def test_the_other_direction_turns_the_scale_around(values):
    np.testing.assert_allclose(minmax(values, direction=-1), 1 - minmax(values), atol=1e-12)
    np.testing.assert_allclose(zscore(values, direction=-1), -zscore(values), atol=1e-12)
    np.testing.assert_allclose(percentile(values, direction=-1), 1 - percentile(values), atol=1e-12)
    known = (~np.isnan(values)).sum(axis=0)
    np.testing.assert_allclose(rank(values, direction=-1), known + 1 - rank(values), atol=1e-12)


@given(matrices(unknown=True, columns=(2, 4)))
def test_each_indicator_has_its_own_direction(values):
    direction = np.ones(values.shape[1])
    direction[0] = -1
    scaled = minmax(values, direction=direction)
    np.testing.assert_array_equal(scaled[:, :1], minmax(values[:, :1], direction=-1))
    np.testing.assert_array_equal(scaled[:, 1:], minmax(values[:, 1:]))


@given(matrices(unknown=True), st.floats(-50, 50), st.floats(0.1, 50))
def test_zscore_has_the_mean_and_deviation_that_are_asked_for(values, mean, sd):
    scaled = zscore(values, mean=mean, sd=sd)
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(values))
    np.testing.assert_allclose(np.nanmean(scaled, axis=0), mean, atol=1e-8)
    np.testing.assert_allclose(np.nanstd(scaled, axis=0, ddof=1), sd, rtol=1e-8)


@given(matrices(unknown=True))
def test_ranks_points_and_shares_say_the_same(values):
    known = (~np.isnan(values)).sum(axis=0)
    np.testing.assert_allclose(borda(values), known - rank(values), atol=1e-12)
    np.testing.assert_allclose(percentile(values), borda(values) / (known - 1), atol=1e-12)
    share = percentile(values)
    assert np.nanmin(share) >= 0
    assert np.nanmax(share) <= 1
    np.testing.assert_allclose(np.nansum(rank(values), axis=0), known * (known + 1) / 2)


@given(matrices(), st.permutations(range(3)))
def test_years_and_regions_are_pooled(values, order):
    panel = np.stack([values, values + 1, values - 1])
    np.testing.assert_array_equal(
        minmax(panel).reshape(-1, values.shape[1]), minmax(panel.reshape(-1, values.shape[1]))
    )
    np.testing.assert_array_equal(minmax(panel[list(order)]), minmax(panel)[list(order)])


@given(matrices(low=0, high=100, unknown=True), st.floats(0, 40), st.floats(60, 100))
def test_goalposts_stay_in_0_to_1_and_do_not_depend_on_the_sample(values, low, high):
    scaled = goalposts(values, low=low, high=high)
    known = scaled[~np.isnan(scaled)]
    assert ((known >= 0) & (known <= 1)).all()
    np.testing.assert_array_equal(goalposts(values[:2], low=low, high=high), scaled[:2])
    turned = goalposts(values, low=low, high=high, direction=-1)
    np.testing.assert_allclose(turned, 1 - scaled, atol=1e-12)


def test_goalposts_by_hand():
    values = np.array([[10.0, 3.0], [20.0, 5.0], [45.0, np.nan]])
    scaled = goalposts(values, low=[10, 1], high=[40, 5], direction=[1, -1])
    np.testing.assert_allclose(scaled, [[0, 0.5], [1 / 3, 0], [1, np.nan]], atol=1e-15)


def test_distance_to_target_by_hand():
    values = np.array([[10.0], [15.0], [40.0], [np.nan]])
    np.testing.assert_array_equal(
        distance_to_target(values, target=[30]).ravel(), [0, 0.25, 1.5, np.nan]
    )
    np.testing.assert_array_equal(
        distance_to_target(values, target=[30], capped=True).ravel(), [0, 0.25, 1, np.nan]
    )


def test_equal_figures_share_their_rank():
    values = np.array([[3.0], [1.0], [3.0], [np.nan]])
    np.testing.assert_array_equal(rank(values).ravel(), [1.5, 3, 1.5, np.nan])
    np.testing.assert_array_equal(borda(values).ravel(), [1.5, 0, 1.5, np.nan])
    np.testing.assert_array_equal(percentile(values).ravel(), [0.75, 0, 0.75, np.nan])


@pytest.mark.parametrize("method", [minmax, zscore])
def test_an_indicator_that_is_the_same_everywhere_is_refused(method):
    with pytest.raises(
        InsufficientData, match=r"^Indicator 1 \(counted from 0\) has the same value everywhere"
    ):
        method(CONSTANT)


def test_rounding_does_not_hide_that_an_indicator_is_the_same_everywhere():
    # The mean of three times 0.1 is not 0.1 in floating point.
    with pytest.raises(InsufficientData, match=r"the same value everywhere"):
        zscore(np.full((3, 1), 0.1))


@pytest.mark.parametrize("method", [minmax, zscore, percentile])
def test_an_indicator_without_a_figure_is_refused(method):
    values = np.array([[1.0, np.nan], [2.0, np.nan]])
    with pytest.raises(InsufficientData):
        method(values)


@pytest.mark.parametrize("method", [minmax, zscore, percentile, rank, borda])
@pytest.mark.parametrize("direction", [0, 2, np.nan, [1, -2]])
def test_a_direction_is_1_or_minus_1(method, direction):
    with pytest.raises(InvalidArgument, match=r"^A direction is neither 1 nor -1\. Use 1 where"):
        method(np.array([[1.0, 4.0], [2.0, 3.0]]), direction=direction)


@pytest.mark.parametrize(
    ("low", "high", "sentence"),
    [
        ([0, np.nan], [1, 1], r"Indicator 1 \(counted from 0\) has no goalposts\. Give"),
        ([0, 0], [np.nan, 1], r"Indicator 0 \(counted from 0\) has no goalposts\. Give"),
        ([0, 1], [1, 1], "Indicator 1 .* has a low goalpost that is not below the high one"),
    ],
)
def test_goalposts_must_make_sense(low, high, sentence):
    with pytest.raises(InvalidArgument, match=sentence):
        goalposts(np.ones((2, 2)), low=low, high=high)


def test_a_target_at_the_least_figure_is_refused():
    with pytest.raises(InsufficientData, match=r"the same value everywhere"):
        distance_to_target(np.array([[1.0], [2.0]]), target=[1.0])


def test_an_unknown_method_gets_a_suggestion():
    with pytest.raises(UnknownName, match=r"named 'minmaks'\. Did you mean 'minmax'"):
        NORMALISATIONS["minmaks"]
