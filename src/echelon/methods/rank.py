"""Ranks, and how certain they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

__all__ = ["rank_bands", "ranks"]

Array = NDArray[np.float64]


def ranks(scores: Array) -> Array:
    """Return the rank of each unit, 1 the highest score; equal scores share the best rank.

    Parameters
    ----------
    scores : array (..., m)
        Scores, units last; an unknown score has an unknown rank.
    """
    return rankdata(-scores, method="min", axis=-1, nan_policy="omit").astype(float)


def rank_bands(
    drawn: Array, *, low: float = 0.05, high: float = 0.95
) -> tuple[Array, Array, Array]:
    """Return the lower end, the median and the upper end of each unit's rank over draws.

    Parameters
    ----------
    drawn : array (draws, ..., m)
        Scores of every draw, units last.
    low, high : float
        Quantiles of the band.

    Returns
    -------
    low, median, high : arrays (..., m)
        Ranks; the ends are ranks that occurred (no interpolation), the median may be halfway.
    """
    drawn_ranks = ranks(drawn)
    ends = np.quantile(drawn_ranks, [low, high], axis=0, method="nearest")
    return ends[0], np.median(drawn_ranks, axis=0), ends[1]
