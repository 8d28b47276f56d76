"""Growth and talent: the cross-section of Mankiw, Romer and Weil, and the years to catch up."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InsufficientData, MisalignedLabels

__all__ = ["CatchUp", "Solow", "catch_up", "solow"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solow:
    """A growth regression of the cross-section.

    Parameters
    ----------
    coefficients, errors : dict of str to float
        By name: constant, investment, depreciation and, where it is in, schooling.
    adjusted_r2 : float
    restricted : dict of str to float
        Coefficients when those of the logarithms sum to zero.
    alpha, beta : float
        Shares of physical and human capital that the restricted form implies; beta is 0 without
        schooling.
    count : int
        Countries or regions.
    """

    coefficients: dict[str, float]
    errors: dict[str, float]
    adjusted_r2: float
    restricted: dict[str, float]
    alpha: float
    beta: float
    count: int


def solow(
    income: ArrayLike, investment: ArrayLike, population_growth: ArrayLike, *,
    schooling: ArrayLike | None = None, technology_and_depreciation: float = 0.05,
) -> Solow:  # fmt: skip
    """Regress income per worker on investment, population growth and schooling.

    ln y = c + a/(1-a-b) ln s - (a+b)/(1-a-b) ln(n+g+d) + b/(1-a-b) ln h, with the shares a of
    physical and b of human capital. The restricted form has ln s - ln(n+g+d) and ln h - ln(n+g+d).

    Parameters
    ----------
    income : array (m,)
        Output per working-age person, any currency.
    investment, schooling : array (m,)
        Shares of output invested, and of the working-age population in secondary school, 0 to 1.
    population_growth : array (m,)
        Growth of the working-age population a year, for example 0.02.
    technology_and_depreciation : float
        g + d.

    Returns
    -------
    Solow

    Raises
    ------
    InsufficientData
        When there are too few complete rows, or a figure does not vary.
    MisalignedLabels
        When the arrays differ in length.

    References
    ----------
    Mankiw, N. G., Romer, D., & Weil, D. N. (1992). A contribution to the empirics of economic
    growth. Quarterly Journal of Economics 107(2), 407-437.
    """
    given = [np.asarray(income, float), np.asarray(investment, float)]
    given.append(np.asarray(population_growth, float) + technology_and_depreciation)
    names = ["constant", "investment", "depreciation"]
    if schooling is not None:
        given.append(np.asarray(schooling, float))
        names.append("schooling")
    if len({part.shape for part in given}) > 1:
        raise MisalignedLabels("The series differ in length", fix="Give one figure each per region")
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.column_stack(given))
    logs = logs[np.isfinite(logs).all(axis=1)]
    y, x = logs[:, 0], logs[:, 1:]
    if len(y) <= len(names) or (np.ptp(x, axis=0) == 0).any():
        raise InsufficientData(
            f"{len(y)} complete rows with figures that vary are too few for {len(names)} coefficients",
            fix="Give positive figures of more regions",
        )
    fitted, errors, adjusted = _least_squares(y, x)
    bound, _, _ = _least_squares(y, np.delete(x, 1, axis=1) - x[:, [1]])
    scale = 1 + bound[1:].sum()
    parts = bound[1:] / scale
    return Solow(
        dict(zip(names, fitted.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        adjusted,
        dict(zip([names[0], names[1], *names[3:]], bound.tolist(), strict=True)),
        alpha=float(parts[0]),
        beta=float(parts[1]) if len(parts) > 1 else 0.0,
        count=len(y),
    )


def _least_squares(y: Array, x: Array) -> tuple[Array, Array, float]:
    """Return coefficients with a constant first, their standard errors and the adjusted R2."""
    from statsmodels.api import OLS, add_constant

    fit = OLS(y, add_constant(x)).fit()
    return np.asarray(fit.params), np.asarray(fit.bse), float(fit.rsquared_adj)


@dataclass(frozen=True)
class CatchUp:
    """How long each region needs to reach a reference region at the present pace.

    Parameters
    ----------
    pace : array (m,)
        Growth a year in logarithms, minus that of the reference.
    pace_low, pace_high : arrays (m,)
        5-95 % band of the same.
    years, low, high : arrays (m,)
        0 for a region that is level or ahead, infinite for one that never gets there.
    reached : array (m,)
        Share of the draws in which the region gets there at all.
    """

    pace: Array = field(repr=False)
    pace_low: Array = field(repr=False)
    pace_high: Array = field(repr=False)
    years: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    reached: Array = field(repr=False)


def catch_up(
    levels: Array, reference: Array, *, draws: int, generator: np.random.Generator
) -> CatchUp:
    """Return the years until each region reaches the reference, if both go on as they did.

    With d the mean yearly difference in the growth of logarithms, years = ln(reference / level) / d
    in the last year; the band is over normal draws of d with its standard error.

    Parameters
    ----------
    levels : array (t, m)
        Positive figures by consecutive year and region.
    reference : array (t,)
        The same of the region to catch up with.
    draws : int
    generator : numpy Generator

    Raises
    ------
    InsufficientData
        When there are fewer than three years.
    """
    if len(levels) < 3:
        raise InsufficientData(
            f"A pace needs three years or more, and there are {len(levels)}",
            fix="Choose a longer span of years",
        )
    apart = np.diff(np.log(levels), axis=0) - np.diff(np.log(reference))[:, None]
    pace, error = apart.mean(axis=0), apart.std(axis=0, ddof=1) / np.sqrt(len(apart))
    behind = np.log(reference[-1] / levels[-1])
    drawn = pace + error * generator.standard_normal((draws, pace.size))
    spans = _years(behind, drawn)
    ends = np.quantile(spans, [0.05, 0.95], axis=0, method="nearest")
    paces = np.quantile(drawn, [0.05, 0.95], axis=0)
    return CatchUp(
        pace, paces[0], paces[1], _years(behind, pace), ends[0], ends[1],
        np.isfinite(spans).mean(axis=0),
    )  # fmt: skip


def _years(behind: Array, pace: Array) -> Array:
    """Return the years to close a distance in logarithms."""
    behind = np.broadcast_to(behind, pace.shape)
    years = np.divide(behind, pace, out=np.full(pace.shape, np.inf), where=pace > 0)
    return np.where(np.isnan(behind) | np.isnan(pace), np.nan, np.where(behind <= 0, 0.0, years))
