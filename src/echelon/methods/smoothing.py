"""Trends with bands: exponential smoothing of many yearly series at once, the form chosen by AICc."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels

__all__ = [
    "DAMPING",
    "FORMS",
    "Trend",
    "draw_errors",
    "fit_trends",
    "mean_growth",
    "paths",
    "spread",
]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FORMS = ("random walk", "level", "damped trend")
# The least damping that Hyndman et al. (2008) allow: what is new about a slope is mostly gone in ten years.
DAMPING = 0.8
_LEVEL_STEPS = (1.0, 0.8, 0.6, 0.4)
_SLOPE_STEPS = (0.1, 0.2, 0.35, 0.5)
_FEWEST = 2
# An error beyond so many robust deviations is pulled in: it is a break or a rounding, not a usual year.
_FARTHEST = 4.0
# Below this share of the size a residual is rounding, and forms do not differ by it.
_ROUNDING = 1e-10


@dataclass(frozen=True)
class Trend:
    """Fitted trends, one per series.

    Parameters
    ----------
    level, slope : array (s,)
        State after the last year.
    alpha, beta, damping : array (s,)
        Smoothing of the level and of the slope, and damping of the slope.
    sigma : array (s,)
        Standard deviation of a one-year error, corrected for the number of parameters; an error
        beyond four robust deviations counts as four.
    residuals : array (t, s)
        One-year errors; NaN where the year is unknown.
    form : array of int (s,)
        Place in ``FORMS``.
    """

    level: Array
    slope: Array
    alpha: Array
    beta: Array
    damping: Array
    sigma: Array
    residuals: Array
    form: NDArray[np.int64]


def fit_trends(series: Array) -> Trend:
    """Find the trend of every series: a random walk, a smoothed level or a damped trend.

    Exponential smoothing in its form of innovations, with errors e of one year::

        y(t) = l(t-1) + phi b(t-1) + e(t)
        l(t) = l(t-1) + phi b(t-1) + alpha e(t)
        b(t) = phi b(t-1) + beta e(t)

    The first states enter the errors linearly, so they are exact least squares for each (alpha,
    beta) of a grid; the member with the least corrected Akaike criterion
    ``n ln(SSE / n) + 2k + 2k(k+1)/(n-k-1)`` is taken. A year that is unknown moves no state.

    Parameters
    ----------
    series : array (t, s)
        One column per series, one row per year without gaps between the years; NaN is unknown.

    Returns
    -------
    Trend

    Raises
    ------
    InsufficientData
        When a series has fewer than two known years.

    References
    ----------
    Hyndman, R. J., Koehler, A. B., Ord, J. K., & Snyder, R. D. (2008). Forecasting with
    Exponential Smoothing. Springer. Chapters 2, 5 and 7.
    """
    known = ~np.isnan(series)
    count = known.sum(axis=0)
    if (count < _FEWEST).any():
        raise InsufficientData(
            f"A trend needs at least {_FEWEST} known years of every series",
            fix="Add years, or leave out series with one year",
        )
    size = series.shape[1]
    best, form = np.full(size, np.inf), np.zeros(size, dtype=np.int64)
    start, chosen = np.zeros((2, size)), np.zeros((4, size))
    floor = (_ROUNDING * np.maximum(np.nanmax(np.abs(series), axis=0), 1.0)) ** 2
    for place, parameters, terms in _candidates():
        first, squares = _start(series, known, parameters)
        criterion = _criterion(squares, count, terms, floor)
        # Two years allow no criterion at all: the random walk, the first, is what is left.
        better = (criterion < best) | (terms == 1)
        best, form = np.where(better, criterion, best), np.where(better, place, form)
        start = np.where(better, first, start)
        chosen = np.where(better, np.array([*parameters, float(terms)])[:, None], chosen)
    alpha, beta, damping, terms_of = chosen
    level, slope, residuals = _filter(series, known, (alpha, beta, damping), start)
    squares = np.nansum(_pulled_in(residuals) ** 2, axis=0)
    sigma = np.sqrt(squares / np.maximum(count - terms_of, 1))
    return Trend(level, slope, alpha, beta, damping, sigma, residuals, form)


def _pulled_in(residuals: Array) -> Array:
    """Return the errors, those beyond four robust standard deviations brought in to them."""
    found = np.nan_to_num(residuals)
    limit = _FARTHEST * 1.4826 * np.median(np.abs(found), axis=0)
    held = np.clip(residuals, -limit, limit)
    # More than half of the errors are 0: there is no robust deviation.
    pulled: Array = np.where(limit > 0, held, residuals)
    return pulled


def _candidates() -> Iterator[tuple[int, tuple[float, float, float], int]]:
    """Yield form, (alpha, beta, phi) and the number of fitted terms, the simplest first."""
    for alpha in _LEVEL_STEPS:
        yield int(alpha < 1), (alpha, 0.0, 0.0), 1 + int(alpha < 1)
    for alpha in _LEVEL_STEPS:
        for beta in _SLOPE_STEPS:
            if beta <= alpha:
                yield 2, (alpha, beta, DAMPING), 4


def _filter(
    series: Array, known: Mask, parameters: tuple[Array | float, ...], start: Array
) -> tuple[Array, Array, Array]:
    """Run the recursions; return the last level, the last slope and the errors."""
    alpha, beta, damping = parameters
    level, slope = start[0], start[1]
    residuals = np.empty(series.shape)
    for year in range(series.shape[0]):
        slope = damping * slope
        expected = level + slope
        error = np.where(known[year], series[year] - expected, 0.0)
        residuals[year] = error
        level = expected + alpha * error
        slope = slope + beta * error
    return level, slope, np.where(known, residuals, np.nan)


def _start(
    series: Array, known: Mask, parameters: tuple[float, float, float]
) -> tuple[Array, Array]:
    """Return the first states that leave the least sum of squares, and that sum."""

    def errors(figures: Array, level: float, slope: float) -> Array:
        start = np.tile([[level], [slope]], figures.shape[1])
        return np.nan_to_num(_filter(figures, ~np.isnan(figures), parameters, start)[2])

    # The answer to a state depends on the known years alone: once for series that share them.
    flat = np.where(known, 0.0, np.nan)
    flat = flat[:, :1] if (known == known[:, :1]).all() else flat
    base, of_level, of_slope = errors(series, 0, 0), -errors(flat, 1, 0), -errors(flat, 0, 1)
    ll, ls, ss = (of_level**2).sum(0), (of_level * of_slope).sum(0), (of_slope**2).sum(0)
    yl, ys = (base * of_level).sum(0), (base * of_slope).sum(0)
    determinant = ll * ss - ls**2
    # Without damping a slope never enters: the level alone is fitted.
    both = determinant > 1e-12 * ll * ss
    safe = np.where(both, determinant, 1.0)
    level = np.where(both, (yl * ss - ys * ls) / safe, yl / ll)
    slope = np.where(both, (ys * ll - yl * ls) / safe, 0.0)
    squares = ((base - level * of_level - slope * of_slope) ** 2).sum(axis=0)
    return np.stack([level, slope]), squares


def _criterion(squares: Array, count: NDArray[np.int64], terms: int, floor: Array) -> Array:
    """Return the corrected Akaike criterion; infinite where there are too few years."""
    fitted = terms + 1
    free = count - fitted - 1
    mean = np.maximum(squares / count, floor)
    value = count * np.log(mean) + 2 * fitted + 2 * fitted * (fitted + 1) / np.maximum(free, 1)
    return np.where(free > 0, value, np.inf)


def mean_growth(series: Array, groups: NDArray[np.int64], usual: Array) -> Array:
    """Return the mean yearly change of every series, drawn towards that of its group.

    With d the mean change of a series, s^2 the variance of that mean and m the usual change of its
    group, the result is ``m + B (d - m)`` with ``B = tau^2 / (tau^2 + s^2)``, where tau^2 is the
    spread of the true changes in the group by moments: a short or restless series has little weight.

    Parameters
    ----------
    series : array (t, s)
        NaN is unknown.
    groups : array of int (s,)
        Group of each series, a place in ``usual``.
    usual : array (g,)
        Mean change of the groups, for example of the nation in each industry.

    Returns
    -------
    array (s,)

    References
    ----------
    Morris, C. N. (1983). Parametric empirical Bayes inference. Journal of the American Statistical
    Association 78, 47-55.
    """
    if groups.shape != (series.shape[1],):
        raise MisalignedLabels(
            f"There are {series.shape[1]} series and {groups.size} groups",
            fix="Give the group of each series",
        )
    changes = np.diff(series, axis=0)
    count = (~np.isnan(changes)).sum(axis=0)
    safe = np.maximum(count, 1)
    mean = np.where(count > 0, np.nansum(changes, axis=0) / safe, usual[groups])
    squares = np.nansum((changes - mean) ** 2, axis=0)
    error = np.where(count > 1, squares / np.maximum(count - 1, 1) / safe, np.inf)
    away = mean - usual[groups]
    found = np.isfinite(error)
    members = np.maximum(np.bincount(groups[found], minlength=usual.size), 1)
    excess = np.bincount(groups[found], weights=(away**2 - error)[found], minlength=usual.size)
    between = np.maximum(excess / members, 0.0)[groups]
    whole = between + error
    weight = np.divide(between, whole, out=np.ones_like(whole), where=whole > 0)
    weight = np.where(np.isfinite(error), weight, 0.0)
    grown: Array = usual[groups] + weight * away
    return grown


def paths(trend: Trend, growth: Array, errors: Array) -> Array:
    """Return future paths under given one-year errors: the mean of two forecasts.

    The one is the fitted trend (:func:`fit_trends`), whose slope fades; the other goes on from the
    last level by the usual growth of every year. The mean of two forecasts that err differently is
    better than either.

    Parameters
    ----------
    trend : Trend
    growth : array (s,)
        Usual yearly change, see :func:`mean_growth`.
    errors : array (d, steps, s)
        One-year errors of every draw; zeros give the central path.

    Returns
    -------
    array (d, steps, s)

    References
    ----------
    Bates, J. M., & Granger, C. W. J. (1969). The combination of forecasts. Operational Research
    Quarterly 20, 451-468.
    """
    if errors.ndim != 3 or errors.shape[2] != trend.level.size:
        raise InvalidArgument(
            f"The errors have the shape {errors.shape}",
            fix=f"Give draws x steps x {trend.level.size} series",
        )
    found = np.empty(errors.shape)
    level = np.broadcast_to(trend.level, (errors.shape[0], errors.shape[2]))
    slope = np.broadcast_to(trend.slope, level.shape)
    grown = level
    for step in range(errors.shape[1]):
        slope = trend.damping * slope
        expected = level + slope
        grown = grown + growth
        found[:, step] = (expected + grown) / 2 + errors[:, step]
        level = expected + trend.alpha * errors[:, step]
        slope = slope + trend.beta * errors[:, step]
        grown = grown + trend.alpha * errors[:, step]
    return found


def spread(trend: Trend, steps: int) -> Array:
    """Return the standard deviation of the error of :func:`paths` for each year ahead.

    ``sigma^2 (1 + sum over j < h of c_j^2)`` with ``c_j = alpha + beta (phi + ... + phi^j) / 2``.

    Returns
    -------
    array (steps, s)
    """
    total = np.ones(trend.level.size)
    reach, power = np.zeros(trend.level.size), np.ones(trend.level.size)
    rows = []
    for _ in range(steps):
        rows.append(trend.sigma * np.sqrt(total))
        power = power * trend.damping
        reach = reach + power
        total = total + (trend.alpha + trend.beta * reach / 2) ** 2
    return np.stack(rows)


def draw_errors(trend: Trend, *, draws: int, steps: int, generator: np.random.Generator) -> Array:
    """Draw the errors of future years from those of past years, all series of a year together.

    A drawn year brings the errors of every series, centred and scaled to their sigma, so that
    recessions stay common to regions and industries. The first two years are left out: the start
    fits them.

    Parameters
    ----------
    trend : Trend
    draws, steps : int
    generator : Generator

    Returns
    -------
    array (draws, steps, s)
    """
    pool = _pulled_in(trend.residuals[2:] if len(trend.residuals) > 3 else trend.residuals)
    pool = pool[(~np.isnan(pool)).any(axis=1)]
    known = ~np.isnan(pool)
    pool = pool - np.nansum(pool, axis=0) / np.maximum(known.sum(axis=0), 1)
    size = np.sqrt(np.nansum(pool**2, axis=0) / np.maximum(known.sum(axis=0), 1))
    scale = np.divide(trend.sigma, size, out=np.zeros_like(size), where=size > 0)
    filled = np.where(~known, generator.standard_normal(pool.shape) * size, pool)
    drawn: Array = (filled * scale)[generator.integers(0, len(pool), size=(draws, steps))]
    return drawn
