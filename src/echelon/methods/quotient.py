"""How a region's portfolio of activities differs from the whole: quotients, distances, likeness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = [
    "cosines",
    "drawn_amounts",
    "herfindahl",
    "krugman",
    "location_quotient",
    "portfolio_shares",
    "present",
    "shrunken_amounts",
]

Array = NDArray[np.float64]


def portfolio_shares(amounts: Array) -> Array:
    """Return the share of each activity in its region.

    Parameters
    ----------
    amounts : array (..., m, n)
        Regions by activities, 0 or more.

    Returns
    -------
    array (..., m, n)
        Rows sum to 1; a region without any activity has unknown shares.

    Raises
    ------
    InvalidArgument
        When an amount is negative or unknown.
    """
    if not np.isfinite(amounts).all() or (amounts < 0).any():
        raise InvalidArgument(
            "The amounts of a portfolio hold unknown, infinite or negative figures",
            fix="Fill or remove them first",
        )
    return _divided(amounts, amounts.sum(axis=-1, keepdims=True))


def _divided(top: Array, bottom: Array) -> Array:
    """Return top / bottom, unknown where the bottom is 0."""
    unknown = np.full(np.broadcast_shapes(top.shape, bottom.shape), np.nan)
    return np.divide(top, bottom, out=unknown, where=bottom > 0)


def _whole(amounts: Array) -> Array:
    """Return the share of each activity in all regions together, (..., 1, n)."""
    totals = amounts.sum(axis=-2, keepdims=True)
    return _divided(totals, totals.sum(axis=-1, keepdims=True))


def location_quotient(amounts: Array) -> Array:
    """Return how many times an activity's share in a region is its share in all regions.

    LQ_ri = (x_ri / x_r) / (x_i / x), also called revealed comparative advantage.

    Parameters
    ----------
    amounts : array (..., m, n)
        Regions by activities, 0 or more.

    Returns
    -------
    array (..., m, n)
        1 is as in the whole; unknown for an activity that no region has and for a region without
        any activity.

    References
    ----------
    Balassa, B. (1965). The Manchester School 33(2), 99-123.
    """
    return _divided(portfolio_shares(amounts), _whole(amounts))


def shrunken_amounts(amounts: Array, *, prior: float) -> Array:
    """Add to every region a small portfolio with the mix of all regions.

    x_ri + w p_i, the posterior mean of a Dirichlet prior with weight w and mean p, the mix of all
    regions. A quotient so shrunken is w / (x_r + w) of the way to 1: much for a small region,
    little for a large one. It never crosses 1.

    Parameters
    ----------
    amounts : array (..., m, n)
    prior : float
        The weight w in the unit of the amounts.

    Returns
    -------
    array (..., m, n)

    References
    ----------
    Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd ed., section 3.4.
    """
    if not prior >= 0:
        raise InvalidArgument(f"The prior weighs {prior}", fix="Give it a weight of 0 or more")
    return np.asarray(amounts + prior * _whole(amounts))


def drawn_amounts(
    amounts: Array, variance: Array, *, draws: int, generator: np.random.Generator
) -> Array:
    """Draw amounts around their figures, each from a gamma distribution with its variance.

    Gamma figures divided by their sum are a draw from the Dirichlet posterior of the shares when
    every variance is proportional to its figure.

    Parameters
    ----------
    amounts, variance : arrays (m, n)
        Figures of 0 or more and their variances; a figure without a variance does not move.
    draws : int
    generator : Generator

    Returns
    -------
    array (draws, m, n)
    """
    moves = (variance > 0) & (amounts > 0)
    safe = np.where(moves, variance, 1.0)
    shape = np.where(moves, amounts**2 / safe, 1.0)
    scale = np.where(moves, safe / np.where(moves, amounts, 1.0), 1.0)
    drawn = generator.gamma(shape, scale, size=(draws, *amounts.shape))
    return np.where(moves, drawn, amounts)


def present(quotient: Array) -> Array:
    """Return 1 where a region has more of an activity than its share, LQ >= 1, else 0."""
    return np.where(np.isnan(quotient), 0.0, quotient >= 1.0).astype(float)


def krugman(amounts: Array) -> Array:
    """Return how far each region's mix is from the mix of all regions.

    K_r = sum_i |s_ri - s_i|: 0 for the same mix, near 2 for nothing in common.

    Parameters
    ----------
    amounts : array (..., m, n)

    Returns
    -------
    array (..., m)

    References
    ----------
    Krugman, P. (1991). Geography and Trade. MIT Press.
    """
    return np.abs(portfolio_shares(amounts) - _whole(amounts)).sum(axis=-1)


def herfindahl(amounts: Array) -> Array:
    """Return how concentrated each region is on few activities: the sum of squared shares.

    Parameters
    ----------
    amounts : array (..., m, n)

    Returns
    -------
    array (..., m)
        From 1 / n (all alike) to 1 (one activity alone).
    """
    return (portfolio_shares(amounts) ** 2).sum(axis=-1)


def cosines(portfolios: Array) -> Array:
    """Return the likeness of every two regions: the cosine between their rows.

    Parameters
    ----------
    portfolios : array (..., m, n)

    Returns
    -------
    array (..., m, m)
        1 for proportional portfolios, 0 for nothing in common; unknown for a row of zeros.
    """
    length = np.sqrt((portfolios**2).sum(axis=-1, keepdims=True))
    unit = _divided(portfolios, length)
    return np.clip(unit @ np.swapaxes(unit, -1, -2), -1.0, 1.0)
