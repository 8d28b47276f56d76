"""Which choice a result depends on: Sobol indices with their own bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["Indices", "indices", "points", "totals_of_each"]

Array = NDArray[np.float64]
_RESAMPLES = 100


@dataclass(frozen=True)
class Indices:
    """Shares of the variance of a result that go back to each factor.

    Parameters
    ----------
    first, total : arrays (d,)
        The factor alone, and with its interactions.
    first_band, total_band : arrays (2, d)
        Ends of the bands of both.
    """

    first: Array
    first_band: Array
    total: Array
    total_band: Array


def points(groups: Sequence[str], *, size: int, seed: int) -> Array:
    """Return the design of Saltelli: points at which a model is run to find its Sobol indices.

    Two scrambled Sobol samples A and B of N points, and for each factor A with the columns of that
    factor from B: N (d + 2) runs for d factors.

    Parameters
    ----------
    groups : sequence of str
        The factor of each coordinate; coordinates of one factor are exchanged together.
    size : int
        N, a power of 2.
    seed : int

    Returns
    -------
    array (N (d + 2), coordinates)
        Between 0 and 1, in the order that :func:`indices` expects.

    References
    ----------
    Saltelli, A. et al. (2010). Computer Physics Communications 181(2), 259-270.
    """
    from SALib.sample import sobol

    if size < 2 or size & (size - 1):
        raise InvalidArgument(f"The sample of {size} points is no power of 2", fix="Use 256 or 512")
    # A generator, because the library takes seed 0 for none.
    generator = np.random.default_rng(seed)
    found = sobol.sample(_problem(groups), size, calc_second_order=False, seed=generator)
    return np.asarray(found, dtype=float)


def indices(results: Array, groups: Sequence[str], *, seed: int, level: float = 0.9) -> Indices:
    """Return first-order and total Sobol indices with their bands.

    S_i = mean(y_B (y_AB_i - y_A)) / V and ST_i = mean((y_A - y_AB_i)^2) / (2 V); the bands are
    S -+ z sd over 100 bootstrap samples of the points.

    Parameters
    ----------
    results : array (N (d + 2),)
        Result at each of :func:`points`.
    groups : sequence of str
        As of :func:`points`.
    seed : int
    level : float
        Coverage of the bands.

    Returns
    -------
    Indices
        In the order in which the factors first occur; all 0 where the result never changes.
    """
    from SALib.analyze import sobol

    names = list(dict.fromkeys(groups))
    if np.ptp(results) == 0:
        nothing = np.zeros(len(names))
        return Indices(nothing, np.zeros((2, len(names))), nothing, np.zeros((2, len(names))))
    # The library takes seed 0 for none.
    found = sobol.analyze(
        _problem(groups), results, calc_second_order=False, num_resamples=_RESAMPLES,
        conf_level=level, seed=seed + 1,
    )  # fmt: skip
    first, total = (np.asarray(found[name], dtype=float) for name in ("S1", "ST"))
    half = [np.asarray(found[f"{name}_conf"], dtype=float) for name in ("S1", "ST")]
    return Indices(
        first, np.stack([first - half[0], first + half[0]]),
        total, np.stack([np.maximum(total - half[1], 0.0), total + half[1]]),
    )  # fmt: skip


def totals_of_each(
    results: Array, groups: Sequence[str], *, seed: int, level: float = 0.9
) -> tuple[Array, Array]:
    """Return the total Sobol indices of many results at once, with their bands.

    Parameters
    ----------
    results : array (N (d + 2), m)
        Results of m units at each of :func:`points`.
    groups, seed, level
        As of :func:`indices`.

    Returns
    -------
    total : array (d, m)
        0 for a result that never changes.
    band : array (2, d, m)
        From quantiles of 100 bootstrap samples, so it need not be symmetric.
    """
    d = len(dict.fromkeys(groups))
    runs = results.reshape(-1, d + 2, results.shape[-1])
    size = len(runs)
    squares = (runs[:, :1] - runs[:, 1:-1]) ** 2
    ends = runs[:, [0, -1]]
    generator = np.random.default_rng([seed, size, d])
    drawn = np.empty((_RESAMPLES, d, results.shape[-1]))
    for place in range(_RESAMPLES):
        # How often each point is in the sample: sums over it become products.
        times = np.bincount(generator.integers(size, size=size), minlength=size) / size
        drawn[place] = _total(squares, ends, times)
    band = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return _total(squares, ends, np.full(size, 1.0 / size)), band


def _total(squares: Array, ends: Array, weights: Array) -> Array:
    """Return the total indices (d, m) of points that have weights."""
    mean = np.einsum("n,nkm->m", weights, ends) / 2
    variance = np.einsum("n,nkm->m", weights, (ends - mean) ** 2) / 2
    above = np.einsum("n,ndm->dm", weights, squares) / 2
    return np.divide(above, variance, out=np.zeros_like(above), where=variance > 1e-12)


def _problem(groups: Sequence[str]) -> dict[str, object]:
    number = len(groups)
    return {
        "num_vars": number,
        "names": [f"x{place}" for place in range(number)],
        "bounds": [[0.0, 1.0]] * number,
        "groups": list(groups),
    }
