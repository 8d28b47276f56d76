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
    return _shape(values)[0]


def kurtosis(values: Array) -> float:
    """Return the bias-corrected excess kurtosis G2; NaN below 4 figures.

    G2 = (n - 1) / ((n - 2)(n - 3)) ((n + 1) g2 + 6).
    """
    return _shape(values)[1]


def _shape(values: Array) -> tuple[float, float]:
    """Return skewness and kurtosis from one reading of the figures."""
    known = values[~np.isnan(values)]
    n = known.size
    deviation = known - known.mean() if n else known
    squares = deviation * deviation
    second = squares.mean() if n else 0.0
    if n < 3 or second == 0:
        return float("nan"), float("nan")
    g1 = float(squares @ deviation) / n / second**1.5
    skew = float(g1 * np.sqrt(n * (n - 1)) / (n - 2))
    if n < 4:
        return skew, float("nan")
    g2 = float(squares @ squares) / n / second**2 - 3.0
    return skew, float((n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6))


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
    before = shape = _shape(values)
    treated = values.copy()
    points = 0
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    while points < most_points and _extreme(shape):
        following = treated.copy()
        # On the side of the long tail the most extreme figures are set to the next one.
        if shape[0] > 0:
            following[order[-points - 1 :]] = values[order[-points - 2]]
        else:
            following[order[: points + 1]] = values[order[points + 1]]
        if np.nanmin(following) == np.nanmax(following):
            break
        treated, points, shape = following, points + 1, _shape(following)
    method: Literal["none", "winsorise", "log"] = "winsorise" if points else "none"
    if _extreme(shape):
        least, most = np.nanmin(values), np.nanmax(values)
        treated = np.log(values - least + 0.01 * (most - least))
        method, points, shape = "log", 0, _shape(treated)
    return treated, Treatment(method, points, *before, *shape)


def _extreme(shape: tuple[float, float]) -> bool:
    return abs(shape[0]) > _MOST_SKEWNESS and shape[1] > _MOST_KURTOSIS
