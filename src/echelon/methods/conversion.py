"""From research to the market: lags between two stages, and the best practice of a size."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["Lags", "best_practice", "lag_correlations"]

Array = NDArray[np.float64]
_LEAST_YEARS = 3
_LEAST_UNITS = 8


@dataclass(frozen=True)
class Lags:
    """How closely a stage follows the one before it, by lag.

    Parameters
    ----------
    lags : array (l,)
        Lags in years that the span of the data allows.
    correlation, low, high : arrays (l,)
        Correlation within regions and years, and its 5-95 % band over resampled regions.
    chosen : array (l,)
        Share of the resamples in which the lag has the highest correlation.
    years : array (l,)
        Years that each rests on.
    """

    lags: NDArray[np.int64]
    correlation: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    chosen: Array = field(repr=False)
    years: NDArray[np.int64] = field(repr=False)

    @property
    def best(self) -> int:
        """The lag with the highest correlation; 0 where none could be tried."""
        return int(self.lags[int(np.argmax(self.correlation))]) if self.lags.size else 0


def lag_correlations(
    cause: Array, effect: Array, *, most: int, draws: int, generator: np.random.Generator
) -> Lags:
    """Correlate two panels at several lags, free of what regions and years have in common.

    For each lag l, the logarithms of the effect in t and of the cause in t - l lose the means of
    regions and of years, and are correlated; regions are resampled for the band.

    Parameters
    ----------
    cause, effect : arrays (t, m)
        Consecutive years by regions; figures of 0 or less take no part.
    most : int
        Longest lag.
    draws : int
    generator : numpy Generator

    Returns
    -------
    Lags
        Only the lags with three years or more.
    """
    if most < 0:
        raise InvalidArgument(f"The longest lag is {most} years", fix="Use 0 or more")
    logs = [np.log(np.where(a > 0, a, np.nan)) for a in (cause, effect)]
    pairs = {}
    for lag in range(min(most, len(cause) - 1) + 1):
        early, late = logs[0][: len(cause) - lag], logs[1][lag:]
        known = ~(np.isnan(early) | np.isnan(late))
        spans = known.sum(axis=1) >= _LEAST_UNITS
        if spans.sum() >= _LEAST_YEARS:
            pairs[lag] = (
                np.where(known, early, np.nan)[spans],
                np.where(known, late, np.nan)[spans],
            )
    lags = np.array(list(pairs), dtype=np.int64)
    point = np.array([_correlation(*pair) for pair in pairs.values()])
    lags, pairs = lags[~np.isnan(point)], {k: v for k, v in pairs.items() if k in lags}
    point = point[~np.isnan(point)]
    drawn = np.full((draws, lags.size), np.nan)
    for draw in range(draws if lags.size else 0):
        taken = generator.integers(0, cause.shape[1], cause.shape[1])
        drawn[draw] = [_correlation(*(a[:, taken] for a in pairs[int(lag)])) for lag in lags]
    drawn = drawn[~np.isnan(drawn).any(axis=1)]
    if not drawn.size:
        drawn = point[None]
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    first = np.bincount(drawn.argmax(axis=1), minlength=lags.size) if lags.size else np.empty(0)
    return Lags(
        lags, point, low, high, first / len(drawn),
        np.array([len(pairs[int(lag)][0]) for lag in lags], dtype=np.int64),
    )  # fmt: skip


def _correlation(one: Array, other: Array) -> float:
    """Return the correlation of two tables without the means of their rows and columns."""
    parts = []
    for table in (one, other):
        rest = table
        # With gaps the two means are taken out in turn until they are gone.
        for _ in range(10 if np.isnan(table).any() else 1):
            rest = rest - _mean(rest, 0)[None, :]
            rest = rest - _mean(rest, 1)[:, None]
        parts.append(rest[~np.isnan(rest)])
    sizes = np.sqrt((parts[0] ** 2).sum() * (parts[1] ** 2).sum())
    return float((parts[0] * parts[1]).sum() / sizes) if sizes > 1e-12 else float("nan")


def _mean(table: Array, axis: int) -> Array:
    known = (~np.isnan(table)).sum(axis=axis)
    total = np.nansum(table, axis=axis)
    return np.divide(total, known, out=np.full(total.shape, np.nan), where=known > 0)


def best_practice(cause: Array, effect: Array, *, quantile: float, by_size: bool) -> Array:
    """Return the ratio that the best regions of each region's size reach.

    By size: the quantile regression ln effect = a + b ln cause over the regions, as a ratio. Not by
    size: the quantile of the ratios, the same for all. A quantile below 1 keeps one exceptional
    region from being the yardstick.

    Parameters
    ----------
    cause, effect : arrays (m,)
    quantile : float
        For example 0.9.
    by_size : bool

    Returns
    -------
    array (m,)
        Unknown where the cause is; unknown everywhere with fewer than eight regions, or by size
        where all causes are equal.

    References
    ----------
    Koenker, R., & Bassett, G. (1978). Regression quantiles. Econometrica 46(1), 33-50.
    """
    if not 0 < quantile < 1:
        raise InvalidArgument(f"The quantile is {quantile}", fix="Use a figure between 0 and 1")
    known = (cause > 0) & (effect > 0)
    found = np.full(cause.shape, np.nan)
    if known.sum() < _LEAST_UNITS:
        return found
    if not by_size:
        found[cause > 0] = np.quantile(effect[known] / cause[known], quantile)
        return found
    from statsmodels.api import QuantReg, add_constant

    x = np.log(cause[known])
    if np.ptp(x) < 1e-12:
        return found
    middle = x.mean()
    fit = QuantReg(np.log(effect[known]), add_constant(x - middle)).fit(q=quantile, max_iter=5000)
    size = np.log(cause[cause > 0])
    found[cause > 0] = np.exp(fit.params[0] + fit.params[1] * (size - middle) - size)
    return found
