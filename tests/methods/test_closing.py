"""How long a gap takes to close, and the pace that it is read from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.errors import MisalignedLabels
from echelon.methods.closing import trend_growth, years_to_close


@given(st.floats(1, 50), st.floats(1.01, 3), st.floats(-3, 3), st.floats(0.2, 5))
def test_after_the_years_both_are_equal(level, times, pace, lead):
    target, faster = level * times, pace + lead
    years = float(
        years_to_close(
            np.array(level), np.array(target), growth=np.array(faster), target_growth=np.array(pace)
        )
    )
    ours, theirs = level * (1 + faster / 100) ** years, target * (1 + pace / 100) ** years
    assert ours == pytest.approx(theirs, rel=1e-6)


def test_met_never_and_unknown():
    level = np.array([10.0, 5.0, 5.0, np.nan, 5.0])
    target = np.array([8.0, 10.0, 10.0, 10.0, 10.0])
    pace = np.array([-1.0, 1.0, 2.0, 5.0, np.nan])
    found = years_to_close(level, target, growth=pace, target_growth=np.array(2.0))
    np.testing.assert_array_equal(found, [0.0, np.inf, np.inf, np.nan, np.nan])


def test_shapes_must_fit():
    with pytest.raises(MisalignedLabels, match="Levels, targets and growth have other shapes"):
        years_to_close(np.ones(2), np.ones(3), growth=np.ones(2), target_growth=np.ones(2))


def test_a_trend_is_read_within_classifications():
    years = np.arange(2010, 2016)
    levels = np.exp(0.03 * (years - 2010))
    levels[3:] *= 1.5
    regimes = np.array(["a", "a", "a", "b", "b", "b"])
    growth, error, noise = trend_growth(levels[:, None], years, regimes)
    np.testing.assert_allclose(growth, 3.0)
    np.testing.assert_allclose([error, noise], 0.0, atol=1e-9)
    jumped, wrong, _ = trend_growth(levels[:, None], years)
    assert jumped[0] > 8
    assert wrong[0] > 1


def test_the_error_is_that_of_least_squares():
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    years = np.arange(2000, 2012)
    levels = np.exp(0.01 * (years - 2000) + 0.02 * rng.normal(size=12))
    growth, error, noise = trend_growth(levels[:, None], years)
    fit = sm.OLS(np.log(levels), sm.add_constant(years.astype(float))).fit()
    np.testing.assert_allclose([growth[0], error[0]], 100 * np.array([fit.params[1], fit.bse[1]]))
    assert noise[0] == pytest.approx(100 * np.sqrt(fit.scale))


def test_one_figure_has_no_pace_and_two_have_no_error():
    growth, error, _ = trend_growth(np.array([[1.0, 1.0], [np.nan, 2.0]]), np.array([2010, 2011]))
    np.testing.assert_allclose(growth, [np.nan, 100 * np.log(2)])
    assert np.isnan(error).all()
