"""Links of a chain: what one side implies of the other, how well both agree, and by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = [
    "alignment",
    "carried",
    "configuration_draw",
    "cosine",
    "location_quotients",
    "mutual_information",
    "perturbed",
    "shares",
]

Array = NDArray[np.float64]
_ROUNDS = 50


def carried(source: Array, matrix: Array) -> tuple[Array, Array]:
    """Carry amounts over a link: what a region's source implies of each target, and what is lost.

    implied = source @ matrix; the mass of a row of the matrix that is missing to 1 is unmapped.

    Parameters
    ----------
    source : array (..., k)
        Amounts by source.
    matrix : array (k, n)
        Share of each source that each target takes; a row sums to 1 or less.

    Returns
    -------
    implied, unmapped : arrays (..., n) and (...,)
        Together they have the total of the source.

    Raises
    ------
    InvalidArgument
        When a share is negative or unknown, or the shares of a source sum to more than 1.
    """
    sums = matrix.sum(axis=1)
    if not (np.isfinite(matrix).all() and (matrix >= 0).all() and (sums <= 1 + 1e-6).all()):
        worst = int(np.nanargmax(np.where(np.isfinite(sums), sums, np.inf)))
        raise InvalidArgument(
            f"The shares of source {worst} of a link sum to {sums[worst]:.6g}",
            fix="Give shares from 0 to 1 that sum to 1, or to less where a part is not mapped",
        )
    implied = source @ matrix
    return implied, source @ (1 - np.minimum(sums, 1.0))


def shares(amounts: Array) -> Array:
    """Return each unit's amounts as shares of its total; unknown where the total is zero.

    Parameters
    ----------
    amounts : array (..., n)
        Not negative; unknown amounts stay unknown and do not count in the total.
    """
    total = np.nansum(amounts, axis=-1, keepdims=True)
    return amounts / np.where(total > 0, total, np.nan)


def alignment(one: Array, other: Array) -> Array:
    """Say how far two mixes agree: 1 for equal shares, 0 where they have nothing in common.

    1 - JSD, the Jensen-Shannon divergence with logarithms to base 2:
    JSD = H((p + q) / 2) - (H(p) + H(q)) / 2.

    Parameters
    ----------
    one, other : arrays (..., n)
        Amounts or shares; an item that is unknown in either is left out of both.

    Returns
    -------
    array (...,)
        0 to 1; unknown where one side has no amount.

    References
    ----------
    Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on
    Information Theory 37(1), 145-151.
    """
    p, q = _both_known(one, other)
    middle = _entropy((p + q) / 2)
    return np.clip(1 - middle + (_entropy(p) + _entropy(q)) / 2, 0.0, 1.0)


def cosine(one: Array, other: Array) -> Array:
    """Return the cosine of two mixes: 1 for the same proportions, 0 for nothing in common.

    Parameters
    ----------
    one, other : arrays (..., n)
        As in :func:`alignment`.
    """
    p, q = _both_known(one, other)
    sizes = np.sqrt((p**2).sum(axis=-1) * (q**2).sum(axis=-1))
    return np.clip((p * q).sum(axis=-1) / sizes, 0.0, 1.0)


def _both_known(one: Array, other: Array) -> tuple[Array, Array]:
    """Return both as shares of the items that both know; rows without an amount are unknown."""
    one, other = np.broadcast_arrays(np.asarray(one, float), np.asarray(other, float))
    known = ~(np.isnan(one) | np.isnan(other))
    first, second = shares(np.where(known, one, 0.0)), shares(np.where(known, other, 0.0))
    return first, second


def _entropy(p: Array) -> Array:
    logs = np.log2(p, out=np.zeros_like(p), where=p > 0)
    return -(p * logs).sum(axis=-1)


def location_quotients(amounts: Array) -> Array:
    """Return how much larger an item is in a unit than in all units together.

    LQ = (x_ri / x_r) / (x_i / x); 1 is the share that all units have together.

    Parameters
    ----------
    amounts : array (m, n)
        Units by items; an unknown amount has an unknown quotient and counts in no total.

    Returns
    -------
    array (m, n)
        Unknown for an item or a unit without any amount.
    """
    whole = shares(np.nansum(amounts, axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, shares(amounts) / whole, np.nan)


def configuration_draw(amounts: Array, generator: np.random.Generator) -> Array:
    """Draw a table with the same totals of units and items in which chance decides who has what.

    The location quotients of each item are shuffled over the units, and the table is scaled to the
    totals of the items and of the units in turn (the units last, so that theirs hold exactly). It
    keeps how large each unit is, how common each item is and how unequally it is spread.

    Parameters
    ----------
    amounts : array (m, n)
        Units by items, known and not negative.
    generator : numpy Generator

    Returns
    -------
    array (m, n)

    References
    ----------
    Newman, M. E. J., Strogatz, S. H., & Watts, D. J. (2001). Random graphs with arbitrary degree
    distributions and their applications. Physical Review E 64, 026118.
    """
    rows, columns = amounts.sum(axis=1), amounts.sum(axis=0)
    expected = np.outer(rows, columns) / max(float(rows.sum()), 1e-300)
    quotient = np.divide(amounts, expected, out=np.zeros_like(amounts), where=expected > 0)
    table = expected * generator.permuted(quotient, axis=0)
    for _ in range(_ROUNDS):
        table *= _ratio(columns, table.sum(axis=0))
        table *= _ratio(rows, table.sum(axis=1))[:, None]
    return table


def _ratio(wanted: Array, have: Array) -> Array:
    return np.divide(wanted, have, out=np.zeros_like(wanted), where=have > 0)


def perturbed(matrix: Array, spread: float, generator: np.random.Generator) -> Array:
    """Vary every share of a link at random and keep what each source has in all.

    share (1 + U(-spread, spread)), scaled so that each row keeps its sum: one target takes all of
    a source before and after.

    Parameters
    ----------
    matrix : array (k, n)
    spread : float
        0 to below 1.
    generator : numpy Generator
    """
    varied = matrix * generator.uniform(1 - spread, 1 + spread, size=matrix.shape)
    return varied * _ratio(matrix.sum(axis=1), varied.sum(axis=1))[:, None]


def mutual_information(joint: Array) -> float:
    """Return how much knowing one side of a link tells of the other, in bits.

    I = sum p_ij log2(p_ij / (p_i p_j)) = H(source) + H(target) - H(both).

    Parameters
    ----------
    joint : array (k, n)
        Amounts that go from each source to each target.

    Returns
    -------
    float
        0 when every source has the same targets; unknown when there is no amount.
    """
    whole = shares(np.asarray(joint, float).ravel()).reshape(joint.shape)
    parts = _entropy(whole.sum(axis=1)) + _entropy(whole.sum(axis=0))
    return float(np.maximum(parts - _entropy(whole.ravel()), 0.0))
