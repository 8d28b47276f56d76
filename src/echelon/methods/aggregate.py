"""Bring several scores together into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InvalidArgument
from echelon.registry import Registry

__all__ = [
    "AGGREGATIONS",
    "Aggregation",
    "arithmetic",
    "copeland",
    "geometric",
    "harmonic",
    "power",
]

Array = NDArray[np.float64]
Aggregation = Literal["arithmetic", "geometric", "harmonic"]


def arithmetic(values: Array, weights: ArrayLike) -> Array:
    """Return the weighted mean: a low score can be made good by a high one in full.

    sum w x over the known scores, the weights scaled to sum to 1 over them.

    Parameters
    ----------
    values : array (..., n)
        Scores, items last.
    weights : array (n,) or broadcastable to ``values``

    Returns
    -------
    array (...)
        Unknown where no score is known.
    """
    share = _shares(values, weights)
    return _unless_unknown(share, np.sum(share * np.nan_to_num(values), axis=-1))


def geometric(values: Array, weights: ArrayLike) -> Array:
    """Return the weighted geometric mean: a low score weighs more than a high one.

    exp(sum w ln x); every score must be above 0 (scale to 1-100 first).
    """
    _refuse_not_positive(values, "geometric")
    share = _shares(values, weights)
    logs = np.log(np.where(np.isnan(values), 1.0, values))
    return _unless_unknown(share, np.exp(np.sum(share * logs, axis=-1)))


def harmonic(values: Array, weights: ArrayLike) -> Array:
    """Return the weighted harmonic mean, 1 / sum(w / x): the lowest score weighs most."""
    _refuse_not_positive(values, "harmonic")
    share = _shares(values, weights)
    inverse = 1.0 / np.where(np.isnan(values), 1.0, values)
    total = np.sum(share * inverse, axis=-1)
    mean = np.divide(1.0, total, out=np.full(total.shape, np.nan), where=total > 0)
    return _unless_unknown(share, mean)


def power(values: Array, weights: ArrayLike, *, exponent: float) -> Array:
    """Return the weighted power mean (sum w x^p)^(1/p); p = 1 is the arithmetic mean."""
    if exponent == 0:
        return geometric(values, weights)
    if exponent < 0:
        _refuse_not_positive(values, "power")
    share = _shares(values, weights)
    known = np.where(np.isnan(values), 1.0, values)
    return _unless_unknown(share, np.sum(share * known**exponent, axis=-1) ** (1.0 / exponent))


def copeland(values: Array, weights: ArrayLike) -> Array:
    """Return how many units each unit outranks, less how many outrank it.

    Unit i outranks k with the summed weight of the items where it is better (half for equal ones),
    over the items that both have; the score is sum_k sign(that - 1/2), free of compensation. Two
    units without a common item do not outrank each other.

    Parameters
    ----------
    values : array (m, n)
        Units by items.
    weights : array (n,)
    """
    known = ~np.isnan(values)
    shares = (known[:, None, :] & known) * np.asarray(weights, dtype=float)
    better = (values[:, None, :] > values[None, :, :]) + 0.5 * (values[:, None, :] == values)
    outranking = (better * shares).sum(axis=-1) - shares.sum(axis=-1) / 2
    sign = np.sign(np.round(outranking, 12))
    np.fill_diagonal(sign, 0.0)
    return np.asarray(sign.sum(axis=1))


AGGREGATIONS: Registry[Callable[[Array, ArrayLike], Array]] = Registry(
    "aggregation", {"arithmetic": arithmetic, "geometric": geometric, "harmonic": harmonic}
)


def _shares(values: Array, weights: ArrayLike) -> Array:
    """Return the weights over the known items, scaled to sum to 1."""
    given = np.asarray(weights, dtype=float)
    if (given < 0).any() or np.isnan(given).any():
        raise InvalidArgument("A weight is negative or unknown", fix="Give weights of 0 or more")
    known = np.where(np.isnan(values), 0.0, given)
    total = known.sum(axis=-1, keepdims=True)
    return np.divide(known, total, out=np.zeros_like(known), where=total > 0)


def _unless_unknown(share: Array, mean: Array) -> Array:
    """Without a known item that has weight, the mean is unknown."""
    return np.where((share == 0).all(axis=-1), np.nan, mean)


def _refuse_not_positive(values: Array, name: str) -> None:
    if (values <= 0).any():
        worst = float(np.nanmin(values))
        raise InvalidArgument(
            f"The {name} mean needs scores above 0; one is {worst:.6g}",
            fix="Scale the scores to 1-100 instead of 0-100, or use the arithmetic mean",
        )
