"""Location quotients, shrinkage, distance from the mix, likeness: what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echelon.errors import InvalidArgument
from echelon.methods.quotient import (
    cosines,
    drawn_amounts,
    herfindahl,
    krugman,
    location_quotient,
    portfolio_shares,
    present,
    shrunken_amounts,
)

AMOUNTS = arrays(
    float, st.tuples(st.integers(2, 6), st.integers(2, 6)), elements=st.floats(0.01, 1e6)
)


@given(AMOUNTS)
def test_the_weighted_mean_of_quotients_is_one(amounts):
    quotient = location_quotient(amounts)
    weight = amounts.sum(axis=1) / amounts.sum()
    np.testing.assert_allclose(weight @ quotient, 1.0, rtol=1e-9)


@given(AMOUNTS, st.floats(0, 1e6))
def test_shrinkage_goes_towards_one_and_never_across(amounts, prior):
    raw = location_quotient(amounts)
    shrunken = location_quotient(shrunken_amounts(amounts, prior=prior))
    assert (np.abs(shrunken - 1) <= np.abs(raw - 1) + 1e-9).all()
    assert ((shrunken - 1) * (raw - 1) >= -1e-9).all()


def test_shrinkage_is_strongest_where_there_is_little():
    amounts = np.array([[9.0, 1.0], [900.0, 100.0], [1000.0, 9000.0]])
    raw = location_quotient(amounts)
    shrunken = location_quotient(shrunken_amounts(amounts, prior=10.0))
    assert raw[0, 0] == pytest.approx(raw[1, 0])
    assert shrunken[0, 0] - 1 == pytest.approx((raw[0, 0] - 1) / 2)
    assert shrunken[1, 0] - 1 == pytest.approx((raw[1, 0] - 1) * 1000 / 1010)


@given(AMOUNTS)
def test_distance_and_concentration_stay_in_range(amounts):
    assert ((krugman(amounts) >= -1e-12) & (krugman(amounts) <= 2)).all()
    concentration = herfindahl(amounts)
    assert (concentration >= 1 / amounts.shape[1] - 1e-12).all()
    assert (concentration <= 1 + 1e-12).all()


@given(AMOUNTS, st.floats(0.01, 1e3))
def test_likeness_is_symmetric_and_blind_to_size(amounts, factor):
    likeness = cosines(amounts)
    np.testing.assert_allclose(likeness, likeness.T, atol=1e-12)
    np.testing.assert_allclose(likeness.diagonal(), 1.0)
    larger = amounts.copy()
    larger[0] *= factor
    np.testing.assert_allclose(cosines(larger), likeness, atol=1e-9)


def test_an_activity_that_nobody_has_is_unknown_and_not_present():
    quotient = location_quotient(np.array([[1.0, 0.0, 2.0], [2.0, 0.0, 1.0]]))
    assert np.isnan(quotient[:, 1]).all()
    assert np.isfinite(quotient[:, [0, 2]]).all()
    np.testing.assert_array_equal(present(quotient), [[0, 0, 1], [1, 0, 0]])


def test_draws_have_the_mean_and_the_variance_asked_for():
    amounts = np.array([[100.0, 0.0], [5.0, 50.0]])
    variance = np.array([[400.0, 9.0], [5.0, 0.0]])
    drawn = drawn_amounts(amounts, variance, draws=40_000, generator=np.random.default_rng(1))
    np.testing.assert_allclose(drawn.mean(axis=0), amounts, rtol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), [[400, 0], [5, 0]], rtol=0.05)
    assert (drawn >= 0).all()


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_figures_that_are_no_amounts_are_refused(wrong):
    with pytest.raises(InvalidArgument, match="unknown, infinite or negative figures"):
        portfolio_shares(np.array([[1.0, wrong], [1.0, 1.0]]))


def test_a_negative_prior_is_refused():
    with pytest.raises(InvalidArgument, match=r"weight of 0 or more"):
        shrunken_amounts(np.ones((2, 2)), prior=-1.0)
