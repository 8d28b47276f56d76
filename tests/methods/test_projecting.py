"""Shift-share, reconciliation, accuracy and openings: what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from strategies import figures

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels
from echelon.methods.accuracy import coverage, scaled_error, stretch, weighted_percentage_error
from echelon.methods.openings import openings
from echelon.methods.rake import margin_error, rake, ras
from echelon.methods.reconcile import reconcile
from echelon.methods.shift_share import (
    allocation,
    dynamic_shift_share,
    shift_share,
    within_between,
)

CUBES = arrays_of.arrays(float, (3, 4, 3), elements=figures(0.0, 100.0)).filter(
    lambda cube: (cube.sum(axis=(1, 2)) > 1).all()
)


@given(CUBES)
def test_parts_of_shift_share_add_up(cube):
    start, end = cube[0], cube[-1]
    for found in (shift_share(start, end), dynamic_shift_share(cube)):
        np.testing.assert_allclose(
            found.national + found.mix + found.regional, end - start, atol=1e-8
        )
        # The nation is the regions: what one gains beyond its industries, another loses.
        np.testing.assert_allclose(found.regional.sum(), 0, atol=1e-6)
    split = allocation(start, end)
    np.testing.assert_allclose(
        split.competitive + split.allocation, shift_share(start, end).regional, atol=1e-8
    )


@given(CUBES)
def test_one_region_has_no_part_of_its_own(cube):
    found = shift_share(cube[0][:1] + 1, cube[1][:1] + 1)
    np.testing.assert_allclose(found.regional, 0, atol=1e-9)


@given(CUBES)
def test_within_and_between_add_up_to_the_change(cube):
    first, last = cube[0], cube[1]
    within, between = within_between(first, last)
    share = [c.sum(axis=0) / c.sum() for c in (first, last)]
    np.testing.assert_allclose(within + between, share[1] - share[0], atol=1e-9)
    np.testing.assert_allclose(within_between(first, 3 * first)[0], 0, atol=1e-12)


def test_composition_alone_is_all_between():
    first = np.array([[90.0, 10.0], [10.0, 90.0]])
    within, between = within_between(first, first * np.array([[1.0], [4.0]]))
    np.testing.assert_allclose(within, 0, atol=1e-12)
    np.testing.assert_allclose(between, [-0.24, 0.24], atol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, -1.0])
def test_shift_share_refuses_unknown_and_negative_figures(bad):
    table = np.array([[1.0, bad]])
    with pytest.raises(InvalidArgument, match="Shift-share takes no unknown and no negative"):
        shift_share(table, np.ones((1, 2)))
    with pytest.raises(InsufficientData, match="All figures of the first year are 0"):
        shift_share(np.zeros((1, 2)), np.ones((1, 2)))
    with pytest.raises(InsufficientData, match="needs at least two years"):
        dynamic_shift_share(np.ones((1, 2, 2)))


PARTS = arrays_of.arrays(float, (2, 6), elements=figures(1.0, 100.0))
GROUPS = np.array([0, 0, 0, 1, 1, 1])


@given(PARTS, arrays_of.arrays(float, (2, 2), elements=figures(1.0, 300.0)))
def test_reconciled_parts_agree_with_their_whole(parts, whole):
    scaled = reconcile(parts, whole, GROUPS, method="proportional")
    np.testing.assert_allclose(scaled.reshape(2, 2, 3).sum(axis=2), whole, rtol=1e-9)
    variance = (0.1 * parts) ** 2
    between = reconcile(
        parts, whole, GROUPS, part_variance=variance, whole_variance=(0.05 * whole) ** 2
    )
    sums, before = (x.reshape(2, 2, 3).sum(axis=2) for x in (between, parts))
    assert (between >= 0).all()
    low, high = np.minimum(before, whole), np.maximum(before, whole)
    inside = (sums >= low - 1e-9) & (sums <= high + 1e-9)
    assert (inside | (between.reshape(2, 2, 3) == 0).any(axis=2)).all()
    np.testing.assert_array_equal(reconcile(parts, whole, GROUPS, method="bottom_up"), parts)


def test_a_sure_whole_moves_the_parts_and_a_sure_part_stays():
    parts, whole = np.array([[40.0, 40.0]]), np.array([[100.0]])
    groups = np.array([0, 0])
    moved = reconcile(
        parts, whole, groups, part_variance=np.array([[1.0, 3.0]]), whole_variance=np.zeros((1, 1))
    )
    np.testing.assert_allclose(moved, [[45.0, 55.0]])
    with pytest.raises(InvalidArgument, match=r"has no variances"):
        reconcile(parts, whole, groups)
    with pytest.raises(MisalignedLabels, match="There are 2 parts and 1 groups"):
        reconcile(parts, whole, np.array([0]))


def test_errors_by_hand():
    forecast, actual = np.array([1.0, 3.0, np.nan]), np.array([2.0, 2.0, 5.0])
    assert weighted_percentage_error(forecast, actual) == 50.0
    assert scaled_error(forecast, actual, np.array([0.5, 2.0, 1.0])) == pytest.approx(1.25)
    assert coverage(np.array([1.0, 2.5]), np.array([3.0, 4.0]), np.array([2.0, 2.0])) == 0.5
    assert np.isnan(weighted_percentage_error(forecast, np.zeros(3)))
    assert np.isnan(scaled_error(forecast, actual, np.zeros(3)))
    assert np.isnan(coverage(forecast, forecast, np.full(3, np.nan)))


@given(arrays_of.arrays(float, 40, elements=figures(-3.0, 3.0)))
def test_stretched_bands_hold_their_share(errors):
    half = np.ones(40)
    factor = stretch(errors, half)
    assert factor >= 1
    assert (np.abs(errors) <= factor * half + 1e-12).mean() >= 0.9 - 1 / 40
    with pytest.raises(InsufficientData, match="No held-out error is known"):
        stretch(np.full(3, np.nan), np.ones(3))


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 0.2), st.floats(0, 0.2))
def test_openings_are_leavers_and_new_posts_and_never_negative(start, end, leave, change):
    found = openings(
        np.array(start), np.array(end), years=1, exit_rate=np.array(leave),
        transfer_rate=np.array(change),
    )  # fmt: skip
    whole = found.exits + found.transfers + found.change
    assert found.openings == pytest.approx(max(0.0, float(whole)))


def test_openings_refuse_rates_in_per_cent():
    one = np.array([1.0])
    with pytest.raises(InvalidArgument, match=r"outside 0 to 1. Give shares of people a year, not"):
        openings(one, one, years=1, exit_rate=np.array([2.7]), transfer_rate=one)
    with pytest.raises(InvalidArgument, match=r"years = 0. Give a number above 0"):
        openings(one, one, years=0, exit_rate=one, transfer_rate=one)


def test_a_table_that_no_zeros_allow_says_how_much_has_no_cell():
    seed = np.array([[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(InsufficientData) as caught:
        rake(seed, np.array([3.0, 1.0]), np.array([2.0, 2.0]))
    assert "its zeros leave 1 of 4 without a cell" in str(caught.value)
    slow = np.array([[1.0, 1.0], [0.0, 1.0]])
    with pytest.raises(InsufficientData, match="possible, but only in the limit"):
        rake(slow, np.array([1.0, 1.0]), np.array([1.0, 1.0]), iterations=50)


def test_sums_of_another_shape_are_refused():
    with pytest.raises(InvalidArgument, match=r"is \(2, 2\), its sums are of 1 rows and 2 columns"):
        rake(np.ones((2, 2)), np.array([2.0]), np.array([1.0, 1.0]))
    with pytest.raises(InvalidArgument, match="A column has no output"):
        ras(np.ones((2, 2)), np.array([1.0, 0.0]), rows=np.ones(2), columns=np.ones(2))
    assert margin_error(np.ones((2, 2)), np.array([2.0, 5.0]), np.array([2.0, 2.0])) == 3.0
