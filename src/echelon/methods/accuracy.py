"""How far forecasts were from what came: percentage and scaled errors, coverage, wider bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData

__all__ = ["coverage", "scaled_error", "stretch", "weighted_percentage_error"]

Array = NDArray[np.float64]


def weighted_percentage_error(forecast: Array, actual: Array) -> float:
    """Return the mean absolute error in per cent of the mean figure.

    ``100 sum |f - a| / sum |a|`` over the known pairs. Unlike the mean of the percentages it does
    not let the smallest cells decide.

    Returns
    -------
    float
        NaN when nothing is known or every figure is 0.
    """
    known = ~np.isnan(forecast) & ~np.isnan(actual)
    whole = float(np.abs(actual[known]).sum())
    return 100 * float(np.abs(forecast - actual)[known].sum()) / whole if whole > 0 else np.nan


def scaled_error(forecast: Array, actual: Array, scale: Array) -> float:
    """Return the mean absolute scaled error (MASE).

    ``mean |f - a| / q``, where q is the mean absolute change of a year in the series before the
    forecast. A series that never changed has no scale and is left out.

    Parameters
    ----------
    forecast, actual, scale : arrays of one shape

    Returns
    -------
    float

    References
    ----------
    Hyndman, R. J., & Koehler, A. B. (2006). Another look at measures of forecast accuracy.
    International Journal of Forecasting 22, 679-688.
    """
    known = ~np.isnan(forecast) & ~np.isnan(actual) & (scale > 0)
    if not known.any():
        return np.nan
    return float((np.abs(forecast - actual)[known] / scale[known]).mean())


def coverage(low: Array, high: Array, actual: Array) -> float:
    """Return the share of figures that lay within their band; NaN when none is known."""
    known = ~np.isnan(low) & ~np.isnan(high) & ~np.isnan(actual)
    if not known.any():
        return np.nan
    return float(((actual >= low) & (actual <= high))[known].mean())


def stretch(errors: Array, half_widths: Array, *, share: float = 0.9) -> float:
    """Return the factor by which bands must widen to hold a share of the errors that were made.

    The quantile of ``|error| / half width``, and at least 1: a band is never narrowed.

    Parameters
    ----------
    errors, half_widths : arrays of one shape
        NaN and half widths of 0 are left out.
    share : float
        Between 0 and 1.

    Raises
    ------
    InsufficientData
        When no error is known.

    References
    ----------
    Williams, W. H., & Goodman, M. L. (1971). A simple method for the construction of empirical
    confidence limits for economic forecasts. Journal of the American Statistical Association 66,
    752-754.
    """
    known = ~np.isnan(errors) & (half_widths > 0)
    if not known.any():
        raise InsufficientData("No held-out error is known", fix="Hold out at least one year")
    return max(1.0, float(np.quantile(np.abs(errors[known]) / half_widths[known], share)))
