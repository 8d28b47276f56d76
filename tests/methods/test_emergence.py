"""What gains share: beside scipy and statsmodels, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from scipy import stats
from statsmodels.stats.multitest import multipletests
from strategies import figures

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.emergence import (
    breadth,
    false_discovery_rate,
    first_seen,
    log_odds,
    log_odds_growth,
    mann_kendall,
    shrunken,
    theil_sen,
)


@given(arrays_of.arrays(float, (9, 3), elements=figures(0.0, 1.0, steps=12)))
def test_mann_kendall_is_that_of_its_definition(series):
    tau, p = mann_kendall(series)
    for place, column in enumerate(series.T):
        pairs = [np.sign(b - a) for i, a in enumerate(column) for b in column[i + 1 :]]
        score = sum(pairs)
        _, ties = np.unique(column, return_counts=True)
        variance = (9 * 8 * 23 - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
        z = 0.0 if variance == 0 else np.sign(score) * max(abs(score) - 1, 0) / np.sqrt(variance)
        assert tau[place] == pytest.approx(score / 36)
        assert p[place] == pytest.approx(min(1.0, 2 * stats.norm.sf(abs(z))))


def test_tau_is_that_of_scipy_without_ties():
    series = np.random.default_rng(2).standard_normal((25, 4))
    tau, _ = mann_kendall(series)
    expected = [stats.kendalltau(np.arange(25), column).statistic for column in series.T]
    np.testing.assert_allclose(tau, expected, atol=1e-12)


@given(arrays_of.arrays(float, (7, 3), elements=figures(-5.0, 5.0)))
def test_theil_sen_is_that_of_scipy(series):
    years = np.array([2000, 2001, 2003, 2004, 2008, 2009, 2010], dtype=float)
    expected = [stats.theilslopes(column, years).slope for column in series.T]
    np.testing.assert_allclose(theil_sen(series, years), expected, atol=1e-9)


@given(arrays_of.arrays(float, st.integers(1, 20), elements=figures(0.0, 1.0)))
def test_false_discovery_rates_are_those_of_statsmodels(p):
    expected = multipletests(p, method="fdr_bh")[1]
    np.testing.assert_allclose(false_discovery_rate(p), expected, atol=1e-12)


@given(
    arrays_of.arrays(float, 8, elements=figures(-2.0, 2.0)),
    arrays_of.arrays(float, 8, elements=figures(0.01, 3.0)),
)
def test_shrinking_stays_between_the_figures_and_makes_none_less_sure(raw, error):
    found = shrunken(raw, error)
    low, high = raw.min() - 1e-9, raw.max() + 1e-9
    assert ((low <= found.shrunken) & (found.shrunken <= high)).all()
    assert (found.high - found.low <= 2 * 1.645 * error + 1e-2).all()
    assert (found.low <= found.shrunken).all()
    assert (found.shrunken <= found.high).all()


def test_a_small_count_is_drawn_to_the_mean_and_a_large_one_is_not():
    years = np.arange(2000, 2012, dtype=float)
    generator = np.random.default_rng(4)
    rate = np.array([0.2, 0.2, 0.2, 0.2, 0.1999, 0.0001])
    tilt = np.exp(np.outer(years - 2000, [0.1, -0.05, 0.05, -0.1, 0.0, 0.4]))
    share = rate * tilt
    share = share / share.sum(axis=1, keepdims=True)
    counts = generator.poisson(20_000 * share).astype(float)
    found = log_odds_growth(counts, counts.sum(axis=1), years)
    moved = np.abs(found.shrunken - found.raw)
    assert moved[:5].max() < 0.005
    assert moved[5] > 2 * moved[:5].max()
    assert (found.high - found.low)[5] > (found.high - found.low)[:5].max()


def test_a_share_that_only_follows_the_total_does_not_grow():
    years = np.arange(2000, 2010, dtype=float)
    totals = 1000 * 1.2 ** np.arange(10)
    counts = totals[:, None] * np.array([0.5, 0.3, 0.2])
    found = log_odds_growth(counts, totals, years)
    # A half is added to each count, so nothing is exactly 0.
    np.testing.assert_allclose(found.raw, 0, atol=1e-3)
    tau, p = mann_kendall(np.full((10, 3), 0.5))
    assert (tau == 0).all()
    assert (p == 1).all()


def test_breadth_and_first_year_by_hand():
    counts = np.array([[5.0, 5.0, 0.0], [5.0, 0.0, 0.0]])
    found = breadth(counts)
    assert found[:2] == pytest.approx([1.0, 0.0])
    assert np.isnan(found[2])
    assert np.isnan(breadth(counts[:1])).all()
    seen = first_seen(np.array([[0.0, 1.0, 0.0], [2.0, 1.0, 0.0]]), np.array([2001, 2002]))
    np.testing.assert_array_equal(seen, [2002, 2001, np.nan])


def test_bad_counts_and_short_series_are_refused():
    with pytest.raises(InvalidArgument, match="A count is negative or above its total"):
        log_odds(np.array([3.0]), np.array([2.0]))
    with pytest.raises(InsufficientData, match="needs at least 3 years, and there are 2"):
        log_odds_growth(np.ones((2, 2)), np.full(2, 2.0), np.array([2000.0, 2001.0]))
    with pytest.raises(InsufficientData, match="A test of trend needs at least 3 years"):
        mann_kendall(np.ones((2, 1)))
    with pytest.raises(InvalidArgument, match="A standard error is not above 0"):
        shrunken(np.ones(2), np.array([1.0, 0.0]))
