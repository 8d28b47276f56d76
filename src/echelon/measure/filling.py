"""Fill and treat the figures of a panel in the ways that an index may take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echelon.measure.method import Imputing, Outliers
from echelon.methods.impute import fill_in_time, fill_with_group_mean
from echelon.methods.treat import Treatment, kurtosis, skewness, treat

__all__ = ["FILLED", "fill", "treat_each"]

Array = NDArray[np.float64]
# How a gap was filled, for notes and for the tree of inputs.
FILLED: dict[str, tuple[str, str]] = {
    "in_time": (
        "linearly between known years of the region, the nearest known year outside them",
        "from other years of the region",
    ),
    "group_mean": (
        "with the mean of the regions of its group in that year",
        "with the mean of its group of regions",
    ),
    "none": ("not at all", ""),
}


def fill(
    raw: Array, imputation: Imputing, *, years: Sequence[int], groups: Sequence[str]
) -> tuple[Array, NDArray[np.bool_]]:
    """Fill unknown figures in one of the ways.

    Parameters
    ----------
    raw : array (t, m, n)
    imputation : {"in_time", "group_mean", "none"}
        From other years of the region; with the mean of the regions of its group in that year; not
        at all, so that the weights of the others take its place.
    years : sequence of int
    groups : sequence of str
        Group of each region.

    Returns
    -------
    full : array (t, m, n)
        Unknown where the way finds nothing.
    filled : array of bool (t, m, n)
    """
    if imputation == "in_time":
        return fill_in_time(raw, years=years)
    if imputation == "group_mean":
        labels = np.asarray(groups, dtype=str)
        pairs = [fill_with_group_mean(year, labels) for year in raw]
        return np.stack([full for full, _ in pairs]), np.stack([mask for _, mask in pairs])
    return raw.copy(), np.zeros(raw.shape, dtype=bool)


def treat_each(
    full: Array, leaves: Sequence[str], outliers: Outliers, *, most_points: int
) -> tuple[Array, dict[str, Treatment]]:
    """Treat the outliers of every indicator on the pooled panel, or leave them.

    As many points may be pulled in per year as one year would have.

    Parameters
    ----------
    full : array (t, m, n)
    leaves : sequence of str
        Indicators.
    outliers : {"treated", "kept"}
    most_points : int
        Per year.

    Returns
    -------
    treated : array (t, m, n)
    records : dict of str to Treatment
    """
    treated, records = full.copy(), {}
    for place, leaf in enumerate(leaves):
        pooled = full[..., place].reshape(-1)
        if outliers == "kept":
            shape = skewness(pooled), kurtosis(pooled)
            records[leaf] = Treatment("none", 0, *shape, *shape)
            continue
        figures, records[leaf] = treat(pooled, most_points=most_points * full.shape[0])
        treated[..., place] = figures.reshape(full.shape[:2])
    return treated, records
