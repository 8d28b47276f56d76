"""Stocks that drive each other with saturation: Jacobian, eigenvalues, elasticities, break-even."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["Circle", "break_even", "dominant", "elasticities", "growth_rates", "jacobian"]

Array = NDArray[np.float64]
_TRIED = 200


@dataclass(frozen=True)
class Circle:
    """Stocks per head, 1 at their trend, that follow each other with delay and saturation.

    s_j(t+1) = p_j s_j(t) + (1 - p_j) T_j, and with W_j = sum_i w_ji
    T_j = (1 - W_j) m_j / (1 + (m_j - 1) exp(-sum_i h_ji ln s_i)) + sum_i w_ji s_i,
    h_ji = g_ji m_j / (m_j - 1), each s_i at t + 1 - lag_ji. At the trend T_j = 1 and one per cent
    more of i is G_ji = (1 - W_j) g_ji + w_ji per cent more of j in the end; far above it T_j
    reaches the ceiling m_j. Stocks stay positive, and none passes the highest ceiling.

    Parameters
    ----------
    gains : array (..., n, n)
        g: to the station of the row from that of the column.
    kept : array (..., n)
        p: share of a deviation that is there a year later, from 0 to below 1.
    ceiling : array (..., n)
        m: above 1.
    lags : array of int (n, n)
        Years, 1 or more.
    shares : array (..., n, n)
        w: share of what comes into a station that a lever brings, in step with its source.
    """

    gains: Array = field(repr=False)
    kept: Array = field(repr=False)
    ceiling: Array = field(repr=False)
    lags: NDArray[np.int64] = field(repr=False)
    shares: Array = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse figures for which stocks could turn negative or grow without end."""
        levers = self.shares.sum(axis=-1)
        faults = (
            ("A share kept is out of range", (self.kept < 0) | (self.kept >= 1),
             "one from 0 to below 1"),
            ("A ceiling is out of range", self.ceiling <= 1, "one above 1"),
            ("A lag is out of range", self.lags < 1, "one of 1 year or more"),
            ("A share of a lever is out of range", self.shares < 0, "one of 0 or more"),
            ("The levers of a station bring all that comes in, or more", levers >= 1,
             "shares below 1 together"),
        )  # fmt: skip
        for what, wrong, right in faults:
            if np.any(wrong):
                raise InvalidArgument(what, fix=f"Give {right}")
        if not np.isfinite(self.gains).all():
            raise InvalidArgument("A gain is not a number", fix="Give every gain, 0 for no link")

    @property
    def effective(self) -> Array:
        """G: the gains at the trend, those of levers included, (..., n, n)."""
        return (1 - self.shares.sum(axis=-1, keepdims=True)) * self.gains + self.shares

    @property
    def depth(self) -> int:
        """Years of the past that the next year hangs on."""
        return int(self.lags.max())

    def targets(self, past: Array) -> Array:
        """Return T for given stocks.

        Parameters
        ----------
        past : array (..., depth, n)
            The present year first.

        Returns
        -------
        array (..., n)
        """
        stations = np.arange(self.lags.shape[1])
        seen = past[..., self.lags - 1, stations]
        room = self.ceiling - 1
        power = (self.gains * (self.ceiling / room)[..., None] * np.log(seen)).sum(axis=-1)
        with np.errstate(over="ignore"):
            own = self.ceiling / (1 + room * np.exp(-power))
        levers = (self.shares * seen).sum(axis=-1)
        return np.asarray((1 - self.shares.sum(axis=-1)) * own + levers)


def jacobian(circle: Circle, at: Array | None = None) -> Array:
    """Return the derivatives of next year's stocks by this year's and, with lags, those before.

    Parameters
    ----------
    circle : Circle
    at : array (..., n), optional
        Stocks, the same in all years that count; the trend when left out.

    Returns
    -------
    array (..., n depth, n depth)
        The present year first, then the years before; the lower blocks move each year back by one.
    """
    stations, depth = circle.lags.shape[0], circle.depth
    if at is None:
        slopes = circle.effective
    else:
        seen = np.asarray(at, float)
        room = circle.ceiling - 1
        sharp = circle.gains * (circle.ceiling / room)[..., None]
        drive = room * np.exp(-(sharp * np.log(seen)[..., None, :]).sum(axis=-1))
        own = circle.ceiling * drive / (1 + drive) ** 2
        rest = (1 - circle.shares.sum(axis=-1)) * own
        slopes = rest[..., None] * sharp / seen[..., None, :] + circle.shares
    slopes = (1 - circle.kept)[..., None] * slopes
    found = np.zeros((*slopes.shape[:-2], stations * depth, stations * depth))
    for lag in range(depth):
        block = np.where(circle.lags == lag + 1, slopes, 0.0)
        found[..., :stations, lag * stations : (lag + 1) * stations] = block
    places = np.arange(stations)
    found[..., places, places] += circle.kept
    back = np.arange(stations * (depth - 1))
    found[..., back + stations, back] = 1.0
    return found


def growth_rates(circle: Circle) -> Array:
    """Return the factor by which a small push of the trend is multiplied in a year in the end, (...).

    The largest real eigenvalue of the Jacobian: above 1 the circle is virtuous. Where no
    eigenvalue is real it is 0: a push swings and does not build up.
    """
    values = np.linalg.eigvals(jacobian(circle))
    real = np.where(np.abs(values.imag) < 1e-9, values.real, 0.0)
    return np.asarray(real.max(axis=-1))


def dominant(circle: Circle) -> tuple[Array, Array, Array]:
    """Return the eigenvalue of the Jacobian that is largest in size, with its two vectors.

    Returns
    -------
    value : array (...), complex
    left, right : arrays (..., n depth), complex
    """
    matrix = jacobian(circle)
    values, right = np.linalg.eig(matrix)
    # Of a real pair of equal size the positive one counts: it is the one that builds up.
    best = np.argmax(np.abs(values) + 1e-9 * values.real, axis=-1)[..., None]
    value = np.take_along_axis(values, best, axis=-1)
    mirrored, left = np.linalg.eig(np.swapaxes(matrix, -1, -2))
    same = np.argmin(np.abs(mirrored - value), axis=-1)[..., None]
    vectors = (
        np.take_along_axis(side, place[..., None, :], axis=-1)[..., 0]
        for side, place in ((left, same), (right, best))
    )
    first, second = vectors
    return value[..., 0], first, second


def elasticities(circle: Circle) -> Array:
    """Return how many per cent the dominant eigenvalue moves for one per cent of each link's gain.

    e_ji = (dv / dG_ji) G_ji / v with dv / dJ_ab = l_a r_b / (l . r), real part.

    Parameters
    ----------
    circle : Circle

    Returns
    -------
    array (..., n, n)

    References
    ----------
    Kampmann, C. E. (2012). Feedback loop gains and system behaviour. System Dynamics Review 28(4),
    370-395.
    """
    value, left, right = dominant(circle)
    stations = circle.lags.shape[0]
    place = (circle.lags - 1) * stations + np.arange(stations)
    per_entry = left[..., :stations, None] * right[..., place]
    per_entry = per_entry / (left * right).sum(axis=-1)[..., None, None]
    per_gain = per_entry * (1 - circle.kept)[..., None]
    return np.asarray((per_gain * circle.effective / value[..., None, None]).real)


def break_even(gain: Callable[[float], float], low: float, high: float) -> float:
    """Return the lowest setting at which a gain reaches 1, by root finding; NaN when none does.

    Parameters
    ----------
    gain : callable
        Of the setting.
    low, high : float
        Range of the setting.

    Returns
    -------
    float
        ``low`` where the gain is 1 or more there already.
    """
    from scipy.optimize import brentq

    tried = np.linspace(low, high, _TRIED)
    found = np.array([gain(float(setting)) for setting in tried]) - 1
    if found[0] >= 0:
        return low
    rises = np.flatnonzero((found[:-1] < 0) & (found[1:] >= 0))
    if not rises.size:
        return float("nan")
    ends = tried[rises[0]], tried[rises[0] + 1]
    return float(brentq(lambda setting: gain(setting) - 1, *ends, xtol=1e-14 * max(high, 1.0)))
