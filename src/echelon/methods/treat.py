"""Treat outliers: pull in the few figures that would decide an indicator alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Treatment", "kurtosis", "skewness", "treat"]

Array = NDArray[np.float64]
_MOST_SKEWNESS, _MOST_KURTOSIS = 2.0, 3.5


@dataclass(frozen=True)
class Treatment:
    """What was done to one indicator.

    Parameters
    ----------
    method : {"none", "winsorise", "log"}
    points : int
        Figures that were pulled in.
    skewness, kurtosis : float
        Before the treatment (bias-corrected; kurtosis in excess of the normal distribution's).
    skewness_after, kurtosis_after : float
    """

    method: Literal["none", "winsorise", "log"]
    points: int
    skewness: float
    kurtosis: float
    skewness_after: float
    kurtosis_after: float


def skewness(values: Array) -> float:
    """Return the bias-corrected skewness G1 = g1 sqrt(n (n - 1)) / (n - 2); NaN below 3 figures."""
    known = values[~np.isnan(values)]
    n = known.size
    deviation = known - known.mean() if n else known
    squares = deviation * deviation
    second = np.mean(squares) if n else 0.0
    if n < 3 or second == 0:
        return float("nan")
    g1 = np.mean(squares * deviation) / second**1.5
    return float(g1 * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(values: Array) -> float:
    """Return the bias-corrected excess kurtosis G2; NaN below 4 figures.

    G2 = (n - 1) / ((n - 2)(n - 3)) ((n + 1) g2 + 6).
    """
    known = values[~np.isnan(values)]
    n = known.size
    deviation = known - known.mean() if n else known
    squares = deviation * deviation
    second = np.mean(squares) if n else 0.0
    if n < 4 or second == 0:
        return float("nan")
    g2 = np.mean(squares * squares) / second**2 - 3.0
    return float((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6))


def treat(values: Array, *, most_points: int = 5) -> tuple[Array, Treatment]:
    """Treat one indicator when both its skewness and its kurtosis are extreme.

    An indicator is extreme when |skewness| > 2 and excess kurtosis > 3.5. Then the most extreme
    figure is set to the next one, one point at a time, testing again after each; when
    ``most_points`` do not suffice, the original is transformed to log(x - min + 0.01 range).

    Parameters
    ----------
    values : array (m,)
        All figures of the indicator; unknown ones are left alone.
    most_points : int
        At most so many points are pulled in.

    Returns
    -------
    treated : array (m,)
    record : Treatment

    References
    ----------
    Becker, W., Caperna, G., Del Sorbo, M., Norlén, H., Papadimitriou, E., & Saisana, M. (2022).
    COINr: an R package for developing composite indicators. Journal of Open Source Software 7(78).
    """
    before = skewness(values), kurtosis(values)
    treated = values.copy()
    points = 0
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    while points < most_points and _extreme(treated):
        following = treated.copy()
        _pull_in(following, points + 1, values, order)
        if np.nanmin(following) == np.nanmax(following):
            break
        treated, points = following, points + 1
    method: Literal["none", "winsorise", "log"] = "winsorise" if points else "none"
    if _extreme(treated):
        least, most = np.nanmin(values), np.nanmax(values)
        treated = np.log(values - least + 0.01 * (most - least))
        method, points = "log", 0
    return treated, Treatment(method, points, *before, skewness(treated), kurtosis(treated))


def _extreme(values: Array) -> bool:
    return abs(skewness(values)) > _MOST_SKEWNESS and kurtosis(values) > _MOST_KURTOSIS


def _pull_in(treated: Array, points: int, original: Array, order: NDArray[np.intp]) -> None:
    """Set the ``points`` most extreme figures to the next one, on the side of the long tail."""
    if skewness(treated) > 0:
        treated[order[-points:]] = original[order[-points - 1]]
    else:
        treated[order[:points]] = original[order[points]]
