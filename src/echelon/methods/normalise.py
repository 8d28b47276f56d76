"""Bring indicators of different units to one scale.

Every method takes figures with the indicators on the last axis and pools all other axes (regions
and years together), so that an index moves because a region moved and not because the sample did.
``direction`` is 1 where more is better and -1 where less is better. Unknown figures stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from echelon.errors import InsufficientData, InvalidArgument
from echelon.registry import Registry

__all__ = [
    "NORMALISATIONS",
    "Normalisation",
    "borda",
    "distance_to_target",
    "goalposts",
    "minmax",
    "percentile",
    "rank",
    "zscore",
]

Array = NDArray[np.float64]
Normalisation = Literal["minmax", "zscore", "percentile", "rank", "borda"]


def minmax(
    values: Array, *, direction: ArrayLike = 1, low: float = 0.0, high: float = 1.0
) -> Array:
    """Scale each indicator so that its worst figure is ``low`` and its best is ``high``.

    low + (high - low) (x - min) / (max - min), with max - x in the numerator where less is better.

    Parameters
    ----------
    values : array (..., n)
        Figures, indicators last.
    direction : 1 or -1, or array (n,)
    low, high : float
        Ends of the new scale.

    Returns
    -------
    array (..., n)

    Raises
    ------
    InsufficientData
        When an indicator has one value throughout.
    """
    pooled = _pooled(values)
    least, most = np.nanmin(pooled, axis=0), np.nanmax(pooled, axis=0)
    _refuse_constant(least == most)
    share = np.where(_better(direction) > 0, values - least, most - values) / (most - least)
    return low + (high - low) * share


def zscore(values: Array, *, direction: ArrayLike = 1, mean: float = 0.0, sd: float = 1.0) -> Array:
    """Scale each indicator to a given mean and standard deviation (sample, n - 1)."""
    pooled = _pooled(values)
    spread = np.nanstd(pooled, axis=0, ddof=1)
    _refuse_constant(np.nanmin(pooled, axis=0) == np.nanmax(pooled, axis=0))
    return mean + sd * _better(direction) * (values - np.nanmean(pooled, axis=0)) / spread


def distance_to_target(values: Array, *, target: ArrayLike, capped: bool = False) -> Array:
    """Scale each indicator by how much of the way from its least figure to a target it has gone.

    (x - min) / (target - min); with ``capped`` at most 1.
    """
    least = np.nanmin(_pooled(values), axis=0)
    way = np.asarray(target, dtype=float) - least
    _refuse_constant(way == 0)
    share = (values - least) / way
    return np.minimum(share, 1.0) if capped else share


def goalposts(values: Array, *, low: ArrayLike, high: ArrayLike, direction: ArrayLike = 1) -> Array:
    """Scale each indicator between published goalposts, so that two studies can be compared.

    (x - low) / (high - low), clipped to 0 and 1; 1 minus that where less is better.
    """
    bottom, top = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    if np.any(np.isnan(bottom) | np.isnan(top)):
        raise InvalidArgument(
            f"{_named(np.isnan(bottom) | np.isnan(top))} has no goalposts",
            fix="Give goalpost_low and goalpost_high for every indicator",
        )
    if np.any(bottom >= top):
        raise InvalidArgument(
            f"{_named(bottom >= top)} has a low goalpost that is not below the high one",
            fix="Give goalpost_low < goalpost_high; direction -1 says that less is better",
        )
    share = np.clip((values - bottom) / (top - bottom), 0.0, 1.0)
    return np.where(_better(direction) > 0, share, 1.0 - share)


def rank(values: Array, *, direction: ArrayLike = 1) -> Array:
    """Replace each figure by its rank among all, 1 the best; equal figures share the mean rank."""
    best_first = -_better(direction) * values
    flat = best_first.reshape(-1, values.shape[-1])
    return rankdata(flat, axis=0, nan_policy="omit").reshape(values.shape)


def borda(values: Array, *, direction: ArrayLike = 1) -> Array:
    """Replace each figure by the number of figures it beats (half a point for an equal one)."""
    flat = (_better(direction) * values).reshape(-1, values.shape[-1])
    return rankdata(flat, axis=0, nan_policy="omit").reshape(values.shape) - 1.0


def percentile(values: Array, *, direction: ArrayLike = 1) -> Array:
    """Replace each figure by the share of the other figures that it beats, 0 to 1."""
    count = np.sum(~np.isnan(_pooled(values)), axis=0)
    _refuse_constant(count < 2)
    return borda(values, direction=direction) / (count - 1)


NORMALISATIONS: Registry[Callable[..., Array]] = Registry(
    "normalisation",
    {"minmax": minmax, "zscore": zscore, "percentile": percentile, "rank": rank, "borda": borda},
)


def _pooled(values: Array) -> Array:
    """Return the figures as rows x indicators; refuse an indicator without any figure."""
    pooled = values.reshape(-1, values.shape[-1])
    empty = np.isnan(pooled).all(axis=0)
    if empty.any():
        raise InsufficientData(
            f"{_named(empty)} has no known figure", fix="Leave it out, or fill it by a named method"
        )
    return pooled


def _better(direction: ArrayLike) -> Array:
    better = np.asarray(direction, dtype=float)
    if not np.isin(better, (-1.0, 1.0)).all():
        raise InvalidArgument(
            "A direction is neither 1 nor -1", fix="Use 1 where more is better, -1 where less is"
        )
    return better


def _refuse_constant(constant: ArrayLike) -> None:
    if np.any(constant):
        raise InsufficientData(
            f"{_named(constant)} has the same value everywhere, so it cannot tell regions apart",
            fix="Leave it out, or give it goalposts",
        )


def _named(flags: ArrayLike) -> str:
    return f"Indicator {int(np.argmax(np.atleast_1d(flags)))} (counted from 0)"
