"""Trends: equal to statsmodels where it fits the same model, exact on lines, safe on short series."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels
from echelon.methods.smoothing import (
    DAMPING,
    FORMS,
    _filter,
    _start,
    draw_errors,
    fit_trends,
    mean_growth,
    paths,
    spread,
)


def wandering(years=30, series=5, seed=1):
    generator = np.random.default_rng(seed)
    slope = 0.01 + np.cumsum(generator.normal(0, 0.004, (years, series)), axis=0)
    return 5 + np.cumsum(slope + generator.normal(0, 0.01, (years, series)), axis=0)


@pytest.mark.parametrize(("alpha", "beta"), [(0.8, 0.2), (0.6, 0.5), (0.4, 0.1)])
def test_errors_and_forecasts_are_those_of_statsmodels(alpha, beta):
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    series = wandering()
    known = np.ones(series.shape, dtype=bool)
    parameters = (alpha, beta, DAMPING)
    start, squares = _start(series, known, parameters)
    level, slope, residuals = _filter(series, known, parameters, start)
    np.testing.assert_allclose((residuals**2).sum(axis=0), squares, rtol=1e-8)
    for place in range(5):
        model = ETSModel(series[:, place], error="add", trend="add", damped_trend=True)
        fitted = model.smooth(np.array([*parameters, *start[:, place]]))
        np.testing.assert_allclose(residuals[:, place], fitted.resid, atol=1e-9)
        ahead = level[place] + np.cumsum(DAMPING ** np.arange(1, 6)) * slope[place]
        np.testing.assert_allclose(ahead, fitted.forecast(5), atol=1e-9)
        for moved in ([0.01, 0.0], [0.0, 0.01], [-0.01, 0.0], [0.0, -0.01]):
            # The start is least squares: no other one errs less.
            other = model.smooth(np.array([*parameters, *(start[:, place] + moved)]))
            assert (np.asarray(other.resid) ** 2).sum() > squares[place]


def test_the_level_before_the_first_year_is_least_squares():
    trend = fit_trends(np.array([[1.0], [4.0], [2.0], [5.0], [3.0], [6.0], [2.0], [4.0]]))
    again = trend.residuals[:, 0]
    for moved in (-0.01, 0.01):
        # With the chosen alpha a moved start changes the errors by (1 - alpha)^t.
        other = again - moved * (1 - trend.alpha[0]) ** np.arange(8)
        assert (other**2).sum() >= (again**2).sum() - 1e-12


def test_a_line_goes_on_by_half_its_slope_and_half_by_the_fading_one():
    line = np.log(100.0) + 0.02 * np.arange(20.0)[:, None]
    trend = fit_trends(line)
    growth = mean_growth(line, np.array([0]), np.array([0.02]))
    assert growth[0] == pytest.approx(0.02)
    ahead = paths(trend, growth, np.zeros((1, 10, 1)))[0, :, 0] - line[-1, 0]
    assert (np.diff(ahead) > 0).all()
    assert 0.5 * 0.02 * 10 <= ahead[-1] <= 0.02 * 10


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_stays_and_has_no_band(value):
    flat = np.full((12, 2), value)
    trend = fit_trends(flat)
    assert [FORMS[form] for form in trend.form] == ["random walk"] * 2
    np.testing.assert_allclose(trend.sigma, 0.0, atol=1e-12)
    errors = draw_errors(trend, draws=7, steps=4, generator=np.random.default_rng(0))
    np.testing.assert_allclose(paths(trend, np.zeros(2), errors), value, atol=1e-9)


def test_two_years_are_a_random_walk_and_one_is_refused():
    trend = fit_trends(np.array([[1.0], [2.0]]))
    assert FORMS[trend.form[0]] == "random walk"
    assert trend.level[0] == 2.0
    with pytest.raises(InsufficientData) as caught:
        fit_trends(np.array([[1.0], [np.nan]]))
    assert str(caught.value) == (
        "A trend needs at least 2 known years of every series. "
        "Add years, or leave out series with one year."
    )


def test_an_unknown_year_moves_no_state():
    series = wandering(series=1)
    series[10] = np.nan
    trend = fit_trends(series)
    assert np.isnan(trend.residuals[10, 0])
    assert np.isfinite(trend.residuals).sum() == 29
    assert np.isfinite([trend.level[0], trend.slope[0], trend.sigma[0]]).all()


def test_the_spread_is_that_of_many_drawn_paths():
    trend = fit_trends(wandering())
    errors = trend.sigma * np.random.default_rng(0).standard_normal((20_000, 6, 5))
    drawn = paths(trend, np.full(5, 0.01), errors).std(axis=0)
    np.testing.assert_allclose(drawn, spread(trend, 6), rtol=0.03)


def test_drawn_errors_have_no_mean_the_size_of_sigma_and_the_years_in_common():
    series = np.repeat(wandering(series=1), 2, axis=1)
    trend = fit_trends(series)
    errors = draw_errors(trend, draws=4000, steps=5, generator=np.random.default_rng(3))
    assert abs(errors.mean()) < 0.03 * trend.sigma[0]
    assert errors.std() == pytest.approx(trend.sigma[0], rel=0.03)
    np.testing.assert_allclose(errors[..., 0], errors[..., 1])


def test_restless_series_are_drawn_towards_their_group():
    generator = np.random.default_rng(5)
    calm = np.cumsum(np.full((40, 6), 0.03) + generator.normal(0, 0.002, (40, 6)), axis=0)
    calm[:, :3] += np.linspace(0, 0.8, 40)[:, None]
    wild = np.cumsum(generator.normal(0.2, 0.9, (40, 1)), axis=0)
    series = np.column_stack([calm, wild])
    growth = mean_growth(series, np.zeros(7, dtype=int), np.array([0.03]))
    raw = (series[-1] - series[0]) / 39
    np.testing.assert_allclose(growth[:6], raw[:6], atol=0.002)
    assert abs(growth[6] - 0.03) < 0.5 * abs(raw[6] - 0.03)


def test_shapes_that_do_not_agree_are_refused():
    trend = fit_trends(wandering())
    with pytest.raises(InvalidArgument, match=r"shape \(1, 3, 2\). Give draws x steps x 5 series"):
        paths(trend, np.zeros(5), np.zeros((1, 3, 2)))
    with pytest.raises(MisalignedLabels, match="There are 5 series and 2 groups"):
        mean_growth(wandering(), np.array([0, 0]), np.array([0.0]))
