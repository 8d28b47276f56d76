"""What must always hold when outliers are treated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from scipy import stats
from strategies import figures

from echelon.methods.treat import kurtosis, skewness, treat

FIGURES = arrays_of.arrays(float, st.integers(5, 30), elements=figures(-100.0, 100.0, steps=200))
TAILED = st.builds(
    lambda body, tail, sign: sign * np.concatenate([body, tail]),
    arrays_of.arrays(float, 25, elements=figures(0.0, 1.0)),
    arrays_of.arrays(float, st.integers(1, 3), elements=figures(20.0, 1000.0)),
    st.sampled_from([-1.0, 1.0]),
)


@given(FIGURES)
def test_skewness_and_kurtosis_are_the_bias_corrected_ones(values):
    if np.ptp(values) == 0:
        assert np.isnan(skewness(values))
        assert np.isnan(kurtosis(values))
        return
    assert skewness(values) == pytest.approx(stats.skew(values, bias=False), abs=1e-8)
    assert kurtosis(values) == pytest.approx(stats.kurtosis(values, bias=False), abs=1e-8)


@given(TAILED)
def test_unknown_figures_do_not_enter(values):
    gaps = np.append(values, np.nan)
    assert skewness(gaps) == pytest.approx(skewness(values), rel=1e-12)
    assert kurtosis(gaps) == pytest.approx(kurtosis(values), rel=1e-12)
    treated, record = treat(gaps)
    without, same = treat(values)
    np.testing.assert_allclose(treated[:-1], without, rtol=1e-12)
    assert np.isnan(treated[-1])
    assert (record.method, record.points) == (same.method, same.points)


@given(TAILED)
def test_treated_figures_stay_within_range_and_in_order(values):
    before = values.copy()
    treated, record = treat(values)
    np.testing.assert_array_equal(values, before)
    order = np.argsort(values, kind="stable")
    assert (np.diff(treated[order]) >= 0).all()
    assert record.method in ("none", "winsorise", "log")
    if record.method == "winsorise":
        assert values.min() <= treated.min()
        assert treated.max() <= values.max()
        assert 1 <= (treated != values).sum() <= record.points <= 5
    if record.method == "none":
        np.testing.assert_array_equal(treated, values)
    assert record.skewness == skewness(values)
    np.testing.assert_equal(record.skewness_after, skewness(treated))


@given(TAILED)
def test_treating_turns_with_the_sign(values):
    treated, record = treat(values)
    turned, same = treat(-values)
    if record.method != "log":
        np.testing.assert_array_equal(turned, -treated)
        assert record.points == same.points


def test_figures_without_a_long_tail_are_left_alone():
    values = np.arange(20.0)
    treated, record = treat(values)
    np.testing.assert_array_equal(treated, values)
    assert (record.method, record.points) == ("none", 0)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_one_far_figure_is_set_to_the_next_one(sign):
    values = sign * np.append(np.arange(20.0), 1000.0)
    treated, record = treat(values)
    np.testing.assert_array_equal(treated, sign * np.append(np.arange(20.0), 19.0))
    assert (record.method, record.points) == ("winsorise", 1)
    assert abs(record.skewness) > 2
    assert record.kurtosis > 3.5
    assert abs(record.skewness_after) < 2


def test_a_tail_that_is_too_long_is_transformed():
    values = np.exp(np.arange(30.0))
    treated, record = treat(values, most_points=2)
    least, most = values.min(), values.max()
    np.testing.assert_allclose(treated, np.log(values - least + 0.01 * (most - least)), rtol=1e-12)
    assert (record.method, record.points) == ("log", 0)


def test_the_treatment_never_makes_an_indicator_the_same_everywhere():
    values = np.array([0.0] * 30 + [5.0])
    treated, _ = treat(values)
    assert np.ptp(treated) > 0


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [np.nan, np.nan], [3.0] * 9])
def test_too_few_or_equal_figures_are_left_alone(values):
    given_figures = np.array(values)
    treated, record = treat(given_figures)
    np.testing.assert_array_equal(treated, given_figures)
    assert record.method == "none"
    assert np.isnan(record.skewness)
    assert np.isnan(record.kurtosis)
