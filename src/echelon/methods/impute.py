"""Fill unknown figures by a named method, and say which ones were filled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["fill_in_time", "fill_with_group_mean"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def fill_with_group_mean(
    values: Array, groups: NDArray[np.str_] | None = None
) -> tuple[Array, Mask]:
    """Fill an unknown figure with the mean of its group.

    Parameters
    ----------
    values : array (m, n)
        Units by indicators.
    groups : array (m,), optional
        Group of each unit; one group when it is not given.

    Returns
    -------
    filled : array (m, n)
        A figure stays unknown where its whole group is unknown.
    mask : array of bool (m, n)
        Where a figure was filled.
    """
    filled = values.copy()
    labels = np.zeros(len(values), dtype="<U1") if groups is None else groups
    for label in np.unique(labels):
        rows = labels == label
        block = filled[rows]
        count = np.sum(~np.isnan(block), axis=0)
        mean = np.divide(
            np.nansum(block, axis=0), count, out=np.full(count.shape, np.nan), where=count > 0
        )
        filled[rows] = np.where(np.isnan(block), mean, block)
    return filled, np.isnan(values) & ~np.isnan(filled)


def fill_in_time(values: Array, *, years: Sequence[int] | None = None) -> tuple[Array, Mask]:
    """Fill unknown years of each unit: linearly between known years, the nearest one outside them.

    Parameters
    ----------
    values : array (t, m, n)
        Years by units by indicators.
    years : sequence of int, optional
        The years, in order; without them each follows the one before.

    Returns
    -------
    filled : array (t, m, n)
        A series without any known year stays unknown.
    mask : array of bool (t, m, n)
    """
    times = np.asarray(range(values.shape[0]) if years is None else years, dtype=float)
    series = values.reshape(values.shape[0], -1)
    filled = series.copy()
    for place in np.flatnonzero(np.isnan(series).any(axis=0)):
        known = ~np.isnan(series[:, place])
        if known.any():
            filled[:, place] = np.interp(times, times[known], series[known, place])
    filled[~np.isnan(series)] = series[~np.isnan(series)]
    shaped = filled.reshape(values.shape)
    return shaped, np.isnan(values) & ~np.isnan(shaped)
