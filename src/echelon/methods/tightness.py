"""Vacancies and people who look for work: tightness, the Beveridge curve, mismatch between cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels

__all__ = ["Slope", "beveridge_slope", "efficient_unemployment", "mismatch_index", "tightness"]

Array = NDArray[np.float64]

RECRUITING_COST, VALUE_OF_NONWORK = 0.92, 0.26


def tightness(vacancies: Array, unemployed: Array) -> Array:
    """Return vacancies per person who looks for work; NaN where nobody does.

    Parameters
    ----------
    vacancies, unemployed : arrays of one shape
    """
    known = unemployed > 0
    return np.divide(vacancies, unemployed, out=np.full(vacancies.shape, np.nan), where=known)


def efficient_unemployment(
    unemployment: Array, vacancies: Array, *, elasticity: float | None = None,
    recruiting_cost: float = RECRUITING_COST, value_of_nonwork: float = VALUE_OF_NONWORK,
) -> Array:  # fmt: skip
    """Return the rate of unemployment at which neither vacancies nor the unemployed are too many.

    u* = (kappa eps v u^eps / (1 - zeta))^(1 / (1 + eps)) with the elasticity eps of the Beveridge
    curve; without it u* = sqrt(u v), its value for eps = 1 and kappa = 1 - zeta.

    Parameters
    ----------
    unemployment, vacancies : arrays of one shape
        Rates, both as shares or both in per cent of the labour force.
    elasticity : float, optional
        Minus the slope of ln v on ln u.
    recruiting_cost, value_of_nonwork : float
        kappa, workers' time per vacancy (0.92), and zeta, the social value of the time of the
        unemployed (0.26).

    Returns
    -------
    array

    References
    ----------
    Michaillat, P., & Saez, E. (2021). Beveridgean unemployment gap. Journal of Public Economics
    Plus 2, 100009.
    """
    u, v = np.asarray(unemployment, dtype=float), np.asarray(vacancies, dtype=float)
    if (u < 0).any() or (v < 0).any():
        raise InvalidArgument("A rate is negative", fix="Give rates of 0 or more")
    if elasticity is None:
        root: Array = np.sqrt(u * v)
        return root
    if elasticity <= 0 or recruiting_cost <= 0 or not value_of_nonwork < 1:
        raise InvalidArgument(
            f"No efficient rate follows from an elasticity of {elasticity:.3g}, a recruiting cost "
            f"of {recruiting_cost:.3g} and a value of nonwork of {value_of_nonwork:.3g}",
            fix="The first two must be above 0, the third below 1",
        )
    cost = recruiting_cost * elasticity / (1 - value_of_nonwork)
    found: Array = (cost * v * u**elasticity) ** (1 / (1 + elasticity))
    return found


@dataclass(frozen=True)
class Slope:
    """The slope of ln v on ln u between two breaks, within units.

    Parameters
    ----------
    elasticity, error : float
        Minus the slope and its standard error, clustered by unit.
    first, last : int
        Places of the first and the last year of the stretch.
    break_at : int or None
        Place of the year at which the curve shifted; None where no shift was sought.
    count : int
        Observations.
    """

    elasticity: float
    error: float
    first: int
    last: int
    break_at: int | None
    count: int


def beveridge_slope(unemployment: Array, vacancies: Array, *, least: int = 3) -> Slope:
    """Estimate the slope of the Beveridge curve since it last shifted.

    Within every unit ln v is regressed on ln u. The one break that leaves the smallest sum of
    squares is sought among the years that leave ``least`` years on both sides; each unit has its
    own level, and the slope its own value, before and after.

    Parameters
    ----------
    unemployment, vacancies : arrays (t, m)
        Rates by year and unit; cells at or below zero are left out.
    least : int
        Fewest years of a stretch.

    Returns
    -------
    Slope
        Of the last stretch.

    Raises
    ------
    InsufficientData
        With fewer than ``least`` years, or without any variation of unemployment.
    """
    if unemployment.shape != vacancies.shape:
        raise MisalignedLabels(
            f"Unemployment is {unemployment.shape}, vacancies {vacancies.shape}",
            fix="Give the same years and units",
        )
    good = (unemployment > 0) & (vacancies > 0)
    x = np.log(np.where(good, unemployment, np.nan))
    y = np.log(np.where(good, vacancies, np.nan))
    years = int(good.any(axis=1).sum())
    if years < least:
        raise InsufficientData(
            f"A Beveridge curve through {years} years has no slope",
            fix=f"Give vacancies and unemployment above 0 for {least} years or more",
        )
    total = x.shape[0]
    breaks = range(least, total - least + 1)
    losses = {at: _within(x[:at], y[:at])[2] + _within(x[at:], y[at:])[2] for at in breaks}
    at = min(losses, key=lambda place: losses[place]) if losses else None
    start = at or 0
    slope, error, _, count = _within(x[start:], y[start:])
    if np.isnan(slope):
        raise InsufficientData(
            "Unemployment does not vary, so the Beveridge curve has no slope",
            fix="Give years of rising and falling unemployment",
        )
    return Slope(-slope, error, start, total - 1, at, count)


def _within(x: Array, y: Array) -> tuple[float, float, float, int]:
    """Return slope, clustered error, sum of squares and observations of a regression in units."""
    known = ~np.isnan(x) & ~np.isnan(y)
    count = known.sum(axis=0)
    each = np.where(count > 0, count, 1)
    dx, dy = (
        np.where(known, z - np.where(known, z, 0.0).sum(axis=0) / each, 0.0)
        for z in (np.nan_to_num(x), np.nan_to_num(y))
    )
    squares = float((dx**2).sum())
    if squares < 1e-12:
        return np.nan, np.nan, float((dy**2).sum()), int(count.sum())
    slope = float((dx * dy).sum()) / squares
    rest = dy - slope * dx
    scores = (dx * rest).sum(axis=0) if x.shape[1] > 1 else (dx * rest).ravel()
    error = float(np.sqrt((scores**2).sum())) / squares
    return slope, error, float((rest**2).sum()), int(count.sum())


def mismatch_index(
    unemployed: Array, vacancies: Array, *, share: float = 0.5, efficiency: Array | None = None
) -> float:
    """Return the share of hires lost because people look where posts are not.

    M = 1 - sum_i (v_i / v)^a (u_i / u)^(1 - a). With matching efficiencies phi_i,
    M = 1 - sum_i (phi_i / phibar) (v_i / v)^a (u_i / u)^(1 - a) and
    phibar = (sum_i phi_i^(1 / a) v_i / v)^a, for people placed with 1 - a and posts with a as
    exponents. M rises with the number of cells: compare at equal granularity only.

    Parameters
    ----------
    unemployed, vacancies : arrays (n,)
        People who look for work and vacancies by cell.
    share : float
        a, the elasticity of hires with respect to vacancies.
    efficiency : array (n,), optional
        Matching efficiency of each cell.

    Returns
    -------
    float
        0 for equal shares, 1 for disjoint ones.

    References
    ----------
    Sahin, A., Song, J., Topa, G., & Violante, G. (2014). Mismatch unemployment. American Economic
    Review 104(11), 3529-3564.
    """
    u, v = np.asarray(unemployed, dtype=float), np.asarray(vacancies, dtype=float)
    if u.shape != v.shape or (efficiency is not None and efficiency.shape != u.shape):
        raise MisalignedLabels(
            f"{u.size} cells of unemployed and {v.size} of vacancies do not fit",
            fix="Give the same cells for both",
        )
    if not 0 < share < 1:
        raise InvalidArgument(f"The exponent {share} is not between 0 and 1", fix="Use 0.5")
    if np.isnan(u).any() or np.isnan(v).any() or (u < 0).any() or (v < 0).any():
        raise InvalidArgument(
            "Unemployed or vacancies are unknown or negative in a cell",
            fix="Leave the cell out of both",
        )
    for name, figures in (("unemployed", u), ("vacancies", v)):
        if figures.sum() <= 0:
            raise InsufficientData(
                f"There are no {name}, so no mismatch can be measured",
                fix=f"Give {name} above 0 in one cell or more",
            )
    p, q = u / u.sum(), v / v.sum()
    phi = np.ones_like(u) if efficiency is None else np.asarray(efficiency, dtype=float)
    best = float((phi ** (1 / share) * q).sum()) ** share
    if efficiency is None:
        best = 1.0
    return float(1 - (phi / best * q**share * p ** (1 - share)).sum())
