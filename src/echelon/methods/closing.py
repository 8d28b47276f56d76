"""How long a gap takes to close when both sides go on as they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import MisalignedLabels

__all__ = ["trend_growth", "years_to_close"]

Array = NDArray[np.float64]


def trend_growth(
    levels: Array, years: Array, regimes: Array | None = None
) -> tuple[Array, Array, Array]:
    """Return the yearly growth of a trend through each series, its error, and the noise around it.

    ln x(t) = a + g t + e by least squares; each classification has its own a, so that a break
    between two is no growth.

    Parameters
    ----------
    levels : array (t, ...)
        Figures; those at or below zero are left out.
    years : array (t,)
    regimes : array (t,), optional
        The classification of each year.

    Returns
    -------
    growth, error, noise : arrays (...)
        Per cent a year, its standard error, and the standard deviation of the figures around the
        trend in per cent; growth is NaN without two figures in one regime, the others where there
        are too few figures for them.
    """
    flat = levels.reshape(levels.shape[0], -1)
    y = np.log(np.where(flat > 0, flat, np.nan))
    codes = (
        np.zeros(len(years), int) if regimes is None else np.unique(regimes, return_inverse=True)[1]
    )
    time = np.asarray(years, dtype=float)
    growth, error, noise = (np.full(flat.shape[1], np.nan) for _ in range(3))
    for series in range(flat.shape[1]):
        known = ~np.isnan(y[:, series])
        dx, dy, free = [], [], -1
        for regime in np.unique(codes):
            rows = known & (codes == regime)
            if rows.sum() < 2:
                continue
            dx.append(time[rows] - time[rows].mean())
            dy.append(y[rows, series] - y[rows, series].mean())
            free += int(rows.sum()) - 1
        if not dx or free < 0:
            continue
        x, z = np.concatenate(dx), np.concatenate(dy)
        squares = float((x**2).sum())
        slope = float((x * z).sum()) / squares
        growth[series] = 100 * slope
        if free > 0:
            rest = z - slope * x
            noise[series] = 100 * np.sqrt(float((rest**2).sum()) / free)
            error[series] = noise[series] / np.sqrt(squares)
    shape = levels.shape[1:]
    return growth.reshape(shape), error.reshape(shape), noise.reshape(shape)


def years_to_close(level: Array, target: Array, *, growth: Array, target_growth: Array) -> Array:
    """Return after how many years each level meets its target, both growing on.

    n = ln(target / level) / (ln(1 + g) - ln(1 + g*)): the two meet where level (1 + g)^n =
    target (1 + g*)^n.

    Parameters
    ----------
    level, target : arrays
        Above zero.
    growth, target_growth : arrays
        Per cent a year.

    Returns
    -------
    array
        0 where the target is met already, infinite where it is never met at this pace, NaN where
        a figure is unknown.
    """
    try:
        level, target, growth, target_growth = np.broadcast_arrays(
            level, target, growth, target_growth
        )
    except ValueError as error:
        raise MisalignedLabels(
            "Levels, targets and growth have other shapes", fix="Give one figure of each per cell"
        ) from error
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.log(target / level)
        lead = np.log1p(growth / 100) - np.log1p(target_growth / 100)
        years = distance / lead
    unknown = np.isnan(distance) | np.isinf(distance) | np.isnan(lead)
    found = np.where(distance <= 0, 0.0, np.where(lead > 0, years, np.inf))
    return np.where(unknown & ~(distance <= 0), np.nan, np.where(np.isnan(distance), np.nan, found))
