"""Which items gain share: shrunken growth of the odds, tests of trend, false discoveries, breadth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.empirical_bayes import shrink

__all__ = [
    "Growth", "breadth", "false_discovery_rate", "first_seen", "log_odds", "log_odds_growth",
    "mann_kendall", "shrink", "theil_sen",
]  # fmt: skip

Array = NDArray[np.float64]
_FEWEST_YEARS = 3
_MOST_ALIKE = 0.8
_NORMAL_90 = 1.6448536269514722


@dataclass(frozen=True)
class Growth:
    """Growth of the log odds a year: as measured, and shrunken with its 5-95 % band."""

    raw: Array
    error: Array
    shrunken: Array
    low: Array
    high: Array


def log_odds(counts: Array, totals: Array) -> Array:
    """Return ``ln((x + 1/2) / (n - x + 1/2))``, which is defined at 0 and at all.

    Parameters
    ----------
    counts, totals : arrays of one shape
        0 <= counts <= totals.

    References
    ----------
    Haldane, J. B. S. (1956). The estimation and significance of the logarithm of a ratio of
    frequencies. Annals of Human Genetics 20, 309-311.
    """
    if (counts < 0).any() or (counts > totals).any():
        raise InvalidArgument(
            "A count is negative or above its total",
            fix="Give counts and totals of the same things",
        )
    found: Array = np.log((counts + 0.5) / (totals - counts + 0.5))
    return found


def log_odds_growth(counts: Array, totals: Array, years: Array) -> Growth:
    """Return how fast the share of every item grows, small counts drawn towards the mean of all.

    The slope of the log odds on the years, each year weighted by the inverse variance of its log
    odds, ``n p (1 - p)``; its error counts what the years scatter beyond that (at least once) and
    that neighbouring years err alike, by ``(1 + r) / (1 - r)`` with their correlation r. Then the
    slopes are shrunken, see :func:`shrunken`.

    Parameters
    ----------
    counts : array (t, k)
        Number of things with the item.
    totals : array (t,)
        Number of things in the year.
    years : array (t,)

    Returns
    -------
    Growth

    Raises
    ------
    InsufficientData
        With fewer than three years.
    """
    if len(years) < _FEWEST_YEARS:
        raise InsufficientData(
            f"Growth of shares needs at least {_FEWEST_YEARS} years, and there are {len(years)}",
            fix="Add years",
        )
    whole = np.broadcast_to(totals[:, None], counts.shape)
    odds = log_odds(counts, whole)
    weight = (counts + 0.5) * (whole - counts + 0.5) / (whole + 1.0)
    size = weight.sum(axis=0)
    time = years[:, None] - (weight * years[:, None]).sum(axis=0) / size
    middle = (weight * odds).sum(axis=0) / size
    reach = (weight * time**2).sum(axis=0)
    slope = (weight * time * odds).sum(axis=0) / reach
    off = odds - middle - slope * time
    scatter = (weight * off**2).sum(axis=0) / (len(years) - 2)
    squares = (off**2).sum(axis=0)
    alike = np.divide(
        (off[1:] * off[:-1]).sum(axis=0), squares, out=np.zeros_like(squares), where=squares > 0
    ).clip(0.0, _MOST_ALIKE)
    return shrunken(slope, np.sqrt(np.maximum(scatter, 1.0) * (1 + alike) / (1 - alike) / reach))


def shrunken(raw: Array, error: Array) -> Growth:
    """Return figures drawn towards the mean of all, with the band that remains.

    The figures are those of :func:`echelon.methods.empirical_bayes.shrink`; the band is 5-95 % of
    what is left of each one's own error and of the error of the mean that it was drawn to.

    Parameters
    ----------
    raw, error : arrays (k,)
        Figures and their standard errors, above 0.

    Returns
    -------
    Growth
    """
    if not (error > 0).all():
        raise InvalidArgument(
            "A standard error is not above 0", fix="Leave out items without error"
        )
    drawn, own, left = shrink(raw, error**2)
    # 1 / (tau^2 + s^2) = (1 - b) / s^2: the precision of the mean.
    precision = float(((1 - own) / error**2).sum())
    of_mean = (1 - own) ** 2 / precision if precision > 0 else np.zeros_like(own)
    half = _NORMAL_90 * np.sqrt(left + of_mean)
    return Growth(raw, error, drawn, drawn - half, drawn + half)


def mann_kendall(series: Array) -> tuple[Array, Array]:
    """Test every series for a trend in one direction, whatever its shape (Mann-Kendall).

    ``S = sum over pairs of sign(x_j - x_i)``; its variance is corrected for ties, and the normal
    approximation for continuity.

    Parameters
    ----------
    series : array (t, k)
        Without unknown figures.

    Returns
    -------
    tuple of two arrays (k,)
        Kendall's tau (from -1 to 1) and the two-sided p; a series that never changes has 0 and 1.

    References
    ----------
    Mann, H. B. (1945). Nonparametric tests against trend. Econometrica 13, 245-259.
    Kendall, M. G. (1975). Rank Correlation Methods. Griffin.
    """
    from scipy.special import ndtr

    t = len(series)
    if t < _FEWEST_YEARS:
        raise InsufficientData(
            f"A test of trend needs at least {_FEWEST_YEARS} years, and there are {t}",
            fix="Add years",
        )
    first, second = np.triu_indices(t, 1)
    score = np.sign(series[second] - series[first]).sum(axis=0)
    ties = np.empty(series.shape[1])
    for place, column in enumerate(series.T):
        _, size = np.unique(column, return_counts=True)
        ties[place] = (size * (size - 1) * (2 * size + 5)).sum()
    variance = (t * (t - 1) * (2 * t + 5) - ties) / 18
    deviation = np.sqrt(np.where(variance > 0, variance, 1.0))
    z = np.where(variance > 0, np.sign(score) * np.maximum(np.abs(score) - 1, 0) / deviation, 0.0)
    tau: Array = score / (t * (t - 1) / 2)
    p: Array = np.minimum(1.0, 2 * ndtr(-np.abs(z)))
    return tau, p


def theil_sen(series: Array, years: Array) -> Array:
    """Return the median of the slopes between all pairs of years, which one odd year cannot move.

    Parameters
    ----------
    series : array (t, k)
    years : array (t,)

    Returns
    -------
    array (k,)

    References
    ----------
    Sen, P. K. (1968). Estimates of the regression coefficient based on Kendall's tau. Journal of the
    American Statistical Association 63, 1379-1389.
    """
    first, second = np.triu_indices(len(series), 1)
    slopes = (series[second] - series[first]) / (years[second] - years[first])[:, None]
    middle: Array = np.median(slopes, axis=0)
    return middle


def false_discovery_rate(p: Array) -> Array:
    """Return for each test the least false discovery rate at which it counts as found.

    Benjamini-Hochberg: the p-values in rising order times m / rank, made monotone from the end.

    Parameters
    ----------
    p : array (k,)

    Returns
    -------
    array (k,)

    References
    ----------
    Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
    Statistical Society B 57, 289-300.
    """
    order = np.argsort(p, kind="stable")
    scaled = p[order] * p.size / np.arange(1, p.size + 1)
    q = np.empty_like(p)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def breadth(counts: Array) -> Array:
    """Return how evenly every item is spread over the places, 0 (one place) to 1 (equally).

    The entropy ``-sum p ln p`` over ln of the number of places; NaN for an item without a count or
    a single place.

    Parameters
    ----------
    counts : array (r, k)
        Not negative.

    Returns
    -------
    array (k,)
    """
    if len(counts) < 2:
        return np.full(counts.shape[1], np.nan)
    whole = counts.sum(axis=0)
    share = np.divide(counts, whole, out=np.zeros_like(counts, dtype=float), where=whole > 0)
    entropy = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=0)
    found: Array = np.where(whole > 0, np.abs(entropy) / np.log(len(counts)), np.nan)
    return found


def first_seen(counts: Array, years: Array) -> Array:
    """Return the first year in which every item has a count; NaN for one that never has.

    Parameters
    ----------
    counts : array (t, k)
    years : array (t,)

    Returns
    -------
    array (k,)
    """
    seen = counts > 0
    found: Array = np.where(seen.any(axis=0), years[seen.argmax(axis=0)].astype(float), np.nan)
    return found
