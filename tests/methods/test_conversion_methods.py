"""Lags and best practice: a planted lag is found, a frontier lies where it must."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import InvalidArgument
from echelon.methods.conversion import best_practice, lag_correlations


def planted(lag, years=12, regions=20, seed=0):
    draw = np.random.default_rng(seed)
    cause = draw.normal(size=(years + lag, regions)).cumsum(axis=0)
    effect = cause[:years] + draw.normal(scale=0.05, size=(years, regions))
    common = draw.normal(size=(years, 1)) + draw.normal(size=regions)
    return np.exp(cause[lag:]), np.exp(effect + common)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_a_planted_lag_is_found(lag):
    cause, effect = planted(lag)
    found = lag_correlations(cause, effect, most=4, draws=50, generator=np.random.default_rng(0))
    assert found.best == lag
    assert found.correlation[lag] > 0.99
    assert found.chosen[lag] > 0.9
    assert (found.low <= found.correlation + 1e-9).all()
    assert found.chosen.sum() == pytest.approx(1)


def test_what_all_regions_share_is_no_correlation():
    trend = np.exp(np.arange(6.0))[:, None]
    noise = np.exp(np.random.default_rng(0).normal(size=(2, 6, 40)))
    found = lag_correlations(
        trend * noise[0], trend * noise[1], most=0, draws=20, generator=np.random.default_rng(0)
    )
    assert abs(found.correlation[0]) < 0.3


def test_too_few_years_have_no_lag():
    two = np.ones((2, 20)) + np.arange(20)
    found = lag_correlations(two, two, most=3, draws=20, generator=np.random.default_rng(0))
    assert found.lags.size == 0
    assert found.best == 0


def test_equal_figures_have_no_lag():
    flat = np.ones((6, 20))
    found = lag_correlations(flat, flat, most=3, draws=20, generator=np.random.default_rng(0))
    assert found.lags.size == 0


def test_negative_lags_are_refused():
    with pytest.raises(InvalidArgument, match="The longest lag is -1 years"):
        lag_correlations(np.ones((4, 9)), np.ones((4, 9)), most=-1, draws=20,
                         generator=np.random.default_rng(0))  # fmt: skip


def test_constant_returns_have_the_same_frontier_at_every_size():
    cause = np.linspace(1, 50, 40)
    ratio = np.where(np.arange(40) % 10 == 0, 2.0, 1.0)
    by_ratio = best_practice(cause, cause * ratio, quantile=0.95, by_size=False)
    assert by_ratio == pytest.approx(np.full(40, 2.0))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_about_a_tenth_lies_above_the_frontier(seed):
    draw = np.random.default_rng(seed)
    cause = np.exp(draw.normal(size=200))
    effect = cause**0.7 * np.exp(draw.normal(size=200))
    for by_size in (True, False):
        edge = best_practice(cause, effect, quantile=0.9, by_size=by_size)
        above = (effect / cause > edge * (1 + 1e-6)).mean()
        assert 0.06 <= above <= 0.14


def test_the_frontier_of_few_or_equal_causes_is_unknown():
    assert np.isnan(best_practice(np.ones(3), np.ones(3), quantile=0.9, by_size=True)).all()
    assert np.isnan(best_practice(np.ones(9), np.ones(9), quantile=0.9, by_size=True)).all()
    with pytest.raises(InvalidArgument, match=r"The quantile is 1\.0"):
        best_practice(np.ones(9), np.ones(9), quantile=1.0, by_size=True)
