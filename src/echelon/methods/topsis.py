"""Rank units by how near they are to the best and how far from the worst (TOPSIS)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InsufficientData

__all__ = ["topsis"]

Array = NDArray[np.float64]


def topsis(
    values: Array,
    weights: ArrayLike,
    *,
    direction: ArrayLike = 1,
    norm: Literal["vector", "minmax"] = "vector",
) -> Array:
    """Return the closeness of each unit to the ideal, 0 to 1.

    r = x / sqrt(sum x^2) (or min-max); v = w r; with D+ and D- the Euclidean distances to the best
    and the worst value of every item, the closeness is D- / (D+ + D-).

    Parameters
    ----------
    values : array (m, n)
        Units by items.
    weights : array (n,)
    direction : 1 or -1, or array (n,)
    norm : {"vector", "minmax"}
        Libraries differ in the default: Tzeng & Huang use the vector norm.

    Notes
    -----
    Adding a unit can reverse the order of two others.

    References
    ----------
    Tzeng, G.-H., & Huang, J.-J. (2011). Multiple Attribute Decision Making. CRC Press.
    """
    if np.isnan(values).any():
        raise InsufficientData(
            "A figure is unknown, and the distance to the best needs all",
            fix="Fill it by a named method, or leave the unit or the item out",
        )
    better = np.broadcast_to(np.asarray(direction, dtype=float), values.shape[-1:])
    if norm == "vector":
        size = np.sqrt((values**2).sum(axis=0))
        scaled = values / np.where(size == 0, 1.0, size)
    else:
        spread = np.ptp(values, axis=0)
        scaled = (values - values.min(axis=0)) / np.where(spread == 0, 1.0, spread)
    weighed = scaled * np.asarray(weights, dtype=float) * better
    to_best = np.sqrt(((weighed - weighed.max(axis=0)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((weighed - weighed.min(axis=0)) ** 2).sum(axis=1))
    total = to_best + to_worst
    if (total == 0).any():
        raise InsufficientData("All units are equal in every item", fix="Give items that differ")
    return to_worst / total
