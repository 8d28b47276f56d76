"""How a stock follows its own past and its drivers: a panel regression free of its known bias."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.panel_regression import fixed_effects

__all__ = ["Dynamics", "draw_dynamics", "dynamic_effects"]

Array = NDArray[np.float64]
_GRID = 200


@dataclass(frozen=True)
class Dynamics:
    """What one stock keeps of itself from year to year, and what each driver adds.

    Parameters
    ----------
    own : float
        Share of a deviation that is there a year later, corrected for the bias of short panels.
    uncorrected : float
        The same as the regression with fixed effects gives it.
    effects : array (k,)
        Change of the logarithm of the stock within a year, by driver.
    covariance : array (k + 1, k + 1)
        Of ``own`` and ``effects``, in this order.
    cells, regions, years : int
        What went in.
    bounded : bool
        The data give no value of ``own`` below the highest allowed, which stands there.
    """

    own: float
    uncorrected: float
    effects: Array = field(repr=False)
    covariance: Array = field(repr=False)
    cells: int
    regions: int
    years: int
    bounded: bool


def dynamic_effects(
    outcome: Array, previous: Array, drivers: Array, *, most: float = 0.95
) -> Dynamics:
    """Regress a stock on its value of the year before and on its drivers, within regions and years.

    y_rt = p y_r,t-1 + sum_i b_i x_irt + mu_r + tau_t + e_rt. With fixed effects and few years p is
    too small (Nickell 1981); here the moment of y_r,t-1 is corrected by what the fixed effect takes
    away, sum_r s_r^2 c_r(p) / (T_r - 1) with c_r(p) = (1 / T_r) sum over pairs of years u < v of
    p^(v-1-u), which holds for any number of years and first values. The b_i follow from p.

    Parameters
    ----------
    outcome, previous : arrays (t, m)
        Years by regions, in logarithms; a cell unknown anywhere is left out.
    drivers : array (t, m, k)
        Each at its own lag.
    most : float
        Highest allowed p: at 1 a stock never returns to its trend.

    Returns
    -------
    Dynamics

    Raises
    ------
    InsufficientData
        When there are too few regions or years, or a driver does not vary within them.
    InvalidArgument

    References
    ----------
    Breitung, J., Kripfganz, S., & Hayakawa, K. (2022). Bias-corrected method of moments estimators
    for dynamic panel data models. Econometrics and Statistics 24, 116-132.
    Nickell, S. (1981). Biases in dynamic models with fixed effects. Econometrica 49(6), 1417-1426.
    """
    if not 0 < most < 1:
        raise InvalidArgument(
            f"The highest share that a stock keeps of itself is {most:g}",
            fix="Give a share between 0 and 1",
        )
    known = ~(np.isnan(outcome) | np.isnan(previous) | np.isnan(drivers).any(axis=-1))
    # A region seen once says nothing beside its own effect.
    known &= known.sum(axis=0) > 1
    first = fixed_effects(
        np.where(known, outcome, np.nan), np.concatenate([previous[..., None], drivers], axis=-1)
    )
    y, x = _within(np.stack([outcome, previous], axis=-1), known), _within(drivers, known)
    start, by_driver = float(first.coefficients[0]), first.coefficients[1:]
    own, slope, bounded = _corrected(y, x, known, start=start, most=most)
    passed = np.linalg.lstsq(x, y[:, 1], rcond=None)[0]
    change = np.eye(len(passed) + 1)
    change[0, 0], change[1:, 0] = slope, -passed * (slope - 1)
    return Dynamics(
        own, start, by_driver - passed * (own - start), change @ first.matrix @ change.T,
        int(known.sum()), int(known.any(axis=0).sum()), int(known.any(axis=1).sum()), bounded,
    )  # fmt: skip


def _within(figures: Array, known: NDArray[np.bool_]) -> Array:
    """Return the known cells less the effects of regions and years, (cells, k)."""
    year, region = np.nonzero(known)
    count = known.sum(axis=0)

    def less_mean(values: Array) -> Array:
        total = np.zeros((known.shape[1], values.shape[1]))
        np.add.at(total, region, values)
        return values - (total / np.maximum(count, 1)[:, None])[region]

    dummies = less_mean(np.eye(known.shape[0])[year][:, 1:])
    plain = less_mean(figures[known])
    return plain - dummies @ np.linalg.lstsq(dummies, plain, rcond=None)[0]


def _corrected(
    y: Array, x: Array, known: NDArray[np.bool_], *, start: float, most: float
) -> tuple[float, float, bool]:
    """Return the corrected share, its slope in the uncorrected one, and whether it is bounded."""
    from scipy.optimize import brentq

    region = np.nonzero(known)[1]
    count = known.sum(axis=0).astype(float)
    inside = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    now, before = (y - inside).T
    # Pairs of known years so many years apart: what a shock still weighs in later starting points.
    pairs = np.array(
        [(known[: len(known) - gap] & known[gap:]).sum(axis=0) for gap in range(1, len(known))]
    )
    cells, regions = len(region), int((count > 0).sum())
    free = cells - regions - (int(known.any(axis=1).sum()) - 1) - x.shape[1]
    # Effects of years take the same share of both parts of the moment, drivers only of the squares.
    scale = (free + x.shape[1]) / max(free, 1)

    def moment(own: float) -> float:
        rest = now - own * before
        squares = np.bincount(region, rest**2, minlength=known.shape[1])
        lost = (own ** np.arange(len(pairs)))[:, None] * pairs
        share = lost.sum(axis=0) / np.maximum(count * (count - 1), 1)
        return float(before @ rest + scale * (share * squares).sum())

    tried = np.linspace(min(start, most), most, _GRID)
    found = np.array([moment(own) for own in tried])
    falls = np.flatnonzero((found[:-1] > 0) & (found[1:] <= 0))
    if not falls.size:
        return most, 1.0, True
    own = float(brentq(moment, tried[falls[0]], tried[falls[0] + 1], xtol=1e-12))
    step = 1e-6
    fall = (moment(own + step) - moment(own - step)) / (2 * step)
    return own, float(-(before @ before) / fall), False


def draw_dynamics(
    found: Dynamics, generator: np.random.Generator, *, draws: int, most: float | Array = 0.95
) -> tuple[Array, Array]:
    """Draw the share that a stock keeps and the effects of its drivers from their estimated errors.

    The share is kept between 0 and ``most``; the effects are drawn given the share.

    Parameters
    ----------
    found : Dynamics
    generator : numpy Generator
    draws : int
    most : float or array (draws,)

    Returns
    -------
    own : array (draws,)
    effects : array (draws, k)
    """
    variance = found.covariance[0, 0]
    own = np.clip(found.own + np.sqrt(variance) * generator.standard_normal(draws), 0.0, most)
    with_own = found.covariance[1:, 0] / variance if variance > 0 else 0 * found.effects
    rest = found.covariance[1:, 1:] - np.outer(with_own, found.covariance[0, 1:])
    mean = found.effects + (own - found.own)[:, None] * with_own
    noise = generator.multivariate_normal(np.zeros(len(with_own)), (rest + rest.T) / 2, size=draws)
    return own, mean + noise
