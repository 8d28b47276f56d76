"""Mismatch by level and by field: hand results, what must always hold, and the refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.mismatch import (
    dissimilarity,
    divergence,
    duncan_hoffman,
    mean_interval,
    modal_step,
    vertical,
)

COUNTS = st.floats(0, 1e6, allow_nan=False)
STEPS = np.array([2.0, 3.0, 3.0, 6.0])


def test_vertical_counts_who_lies_outside_the_interval():
    people = np.array([[[10.0, 20, 5, 30], [1, 0, 0, 4]]])
    over, under = vertical(people, STEPS, low=np.array([3.0, 6.0]), high=np.array([3.0, 6.0]))
    assert over.tolist() == [[30.0, 0.0]]
    assert under.tolist() == [[10.0, 1.0]]


def test_an_occupation_of_unknown_needs_is_unknown_not_matched():
    over, under = vertical(np.ones((1, 4)), STEPS, low=np.array([np.nan]), high=np.array([np.nan]))
    assert np.isnan([over[0], under[0]]).all()


@given(arrays(float, (3, 4), elements=COUNTS))
def test_over_under_and_matched_are_all_people(people):
    low, high = np.array([2.0, 3.0, 6.0]), np.array([3.0, 3.0, 6.0])
    over, under = vertical(people, STEPS, low=low, high=high)
    fits = (STEPS[None] >= low[:, None]) & (STEPS[None] <= high[:, None])
    matched = (people * fits).sum(axis=1)
    assert over + under + matched == pytest.approx(people.sum(axis=1), rel=1e-9)


def test_the_mode_counts_levels_of_one_step_together():
    people = np.array([[0.0, 6, 6, 10], [9, 1, 1, 9], [0, 0, 0, 0]])
    found = modal_step(people, STEPS)
    assert found[:2].tolist() == [3.0, 2.0]
    assert np.isnan(found[2])


def test_the_mean_and_one_standard_deviation_by_hand():
    low, high = mean_interval(np.array([[1.0, 1.0], [0, 0]]), np.array([10.0, 14.0]))
    assert (low[0], high[0]) == (10.0, 14.0)
    assert np.isnan([low[1], high[1]]).all()


def test_distances_between_distributions_by_hand():
    assert dissimilarity(np.array([1.0, 1]), np.array([4.0, 1])) == pytest.approx(0.3)
    assert dissimilarity(np.array([1.0, 0]), np.array([0.0, 5])) == 1
    assert divergence(np.array([1.0, 0]), np.array([0.0, 5])) == pytest.approx(1)
    assert divergence(np.array([2.0, 3]), np.array([4.0, 6])) == pytest.approx(0)
    assert np.isnan(dissimilarity(np.zeros(2), np.array([1.0, 1])))


@given(arrays(float, 5, elements=COUNTS), arrays(float, 5, elements=COUNTS))
def test_distances_are_symmetric_and_at_most_1(first, second):
    for distance in (dissimilarity, divergence):
        there, back = distance(first, second), distance(second, first)
        if first.sum() == 0 or second.sum() == 0:
            assert np.isnan(there)
        else:
            assert there == pytest.approx(back)
            assert -1e-12 <= there <= 1 + 1e-12


def test_the_wage_equation_recovers_what_made_the_wages():
    generator = np.random.default_rng(0)
    required = generator.choice([12.0, 14.0, 16.0, 18.0], 400)
    attained = required + generator.integers(-4, 5, 400)
    surplus, deficit = (attained - required).clip(0), (required - attained).clip(0)
    wage = np.exp(9 + 0.10 * required + 0.05 * surplus - 0.03 * deficit)
    found = duncan_hoffman(wage, required=required, attained=attained, weights=np.ones(400))
    assert found.required == pytest.approx(0.10, abs=1e-9)
    assert found.surplus == pytest.approx(0.05, abs=1e-9)
    assert found.deficit == pytest.approx(-0.03, abs=1e-9)
    assert found.cells == 400


def test_where_all_years_pay_alike_the_equation_is_that_of_mincer():
    generator = np.random.default_rng(1)
    required = generator.choice([12.0, 16.0], 300)
    attained = required + generator.integers(-3, 4, 300)
    wage = np.exp(9 + 0.08 * attained)
    found = duncan_hoffman(wage, required=required, attained=attained, weights=np.ones(300))
    assert [found.required, found.surplus, -found.deficit] == pytest.approx([0.08] * 3)


def test_a_wage_equation_without_variation_is_refused():
    ones = np.ones(20)
    with pytest.raises(InsufficientData, match="whose schooling does not vary enough"):
        duncan_hoffman(ones, required=12 * ones, attained=12 * ones, weights=ones)
    with pytest.raises(InvalidArgument, match="A weight is negative"):
        duncan_hoffman(ones, required=ones, attained=ones, weights=-ones)
