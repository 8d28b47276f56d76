"""How far the education of people differs from what their work needs, by level and by field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = [
    "SchoolingReturns",
    "dissimilarity",
    "divergence",
    "duncan_hoffman",
    "mean_interval",
    "modal_step",
    "vertical",
]

Array = NDArray[np.float64]


def vertical(people: Array, steps: Array, *, low: Array, high: Array) -> tuple[Array, Array]:
    """Count the people whose education lies above or below what their occupation needs.

    Parameters
    ----------
    people : array (..., o, l)
        People by occupation and level of education, any unit.
    steps : array (l,)
        Place of each level in an order.
    low, high : arrays (o,)
        The interval of places that fits each occupation; NaN where unknown.

    Returns
    -------
    over, under : arrays (..., o)
        People above ``high`` and below ``low``; NaN where the interval is unknown.

    References
    ----------
    International Labour Organization (2018). Guidelines concerning measurement of qualifications
    and skills mismatches of persons in employment. 20th International Conference of Labour
    Statisticians.
    """
    unknown = np.isnan(low) | np.isnan(high)
    above = np.where(steps[None, :] > high[:, None], 1.0, 0.0)
    below = np.where(steps[None, :] < low[:, None], 1.0, 0.0)
    over = np.einsum("...ol,ol->...o", people, above)
    under = np.einsum("...ol,ol->...o", people, below)
    return np.where(unknown, np.nan, over), np.where(unknown, np.nan, under)


def modal_step(people: Array, steps: Array) -> Array:
    """Return the education that most people of each occupation have: the realised match.

    Parameters
    ----------
    people : array (o, l)
    steps : array (l,)
        Levels of equal place are counted together; of equal counts the lower place wins.

    Returns
    -------
    array (o,)
        NaN for an occupation without people.

    References
    ----------
    Kiker, B. F., Santos, M. C., & Mendes de Oliveira, M. (1997). Overeducation and undereducation:
    Evidence for Portugal. Economics of Education Review 16(2), 111-125.
    """
    places = np.unique(steps)
    sums = np.stack([people[:, steps == place].sum(axis=1) for place in places], axis=1)
    found: Array = places[sums.argmax(axis=1)].astype(np.float64)
    return np.where(people.sum(axis=1) > 0, found, np.nan)


def mean_interval(people: Array, years: Array) -> tuple[Array, Array]:
    """Return the years of schooling within one standard deviation of each occupation's mean.

    Parameters
    ----------
    people : array (o, l)
    years : array (l,)
        Years of schooling of each level.

    Returns
    -------
    low, high : arrays (o,)
        NaN for an occupation without people.

    References
    ----------
    Verdugo, R. R., & Verdugo, N. T. (1989). The impact of surplus schooling on earnings. Journal of
    Human Resources 24(4), 629-643.
    """
    count = people.sum(axis=1)
    share = np.divide(
        people, count[:, None], out=np.full(people.shape, np.nan), where=count[:, None] > 0
    )
    mean = share @ years
    deviation = np.sqrt((share * (years[None, :] - mean[:, None]) ** 2).sum(axis=1))
    return mean - deviation, mean + deviation


def dissimilarity(first: Array, second: Array) -> Array:
    """Return the share that would have to change its category for two distributions to agree.

    D = sum |a - b| / 2 over the last axis, each scaled to sum to 1: 0 for equal ones, 1 for
    disjoint ones; NaN where one of them is empty.

    Parameters
    ----------
    first, second : arrays (..., f)
        Not negative.

    References
    ----------
    Duncan, O. D., & Duncan, B. (1955). A methodological analysis of segregation indexes. American
    Sociological Review 20(2), 210-217.
    """
    found: Array = np.abs(_shares(first) - _shares(second)).sum(axis=-1) / 2
    return found


def divergence(first: Array, second: Array) -> Array:
    """Return the Jensen-Shannon divergence of two distributions, in bits: 0 to 1.

    Parameters
    ----------
    first, second : arrays (..., f)
        Not negative; each is scaled to sum to 1.

    References
    ----------
    Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on
    Information Theory 37(1), 145-151.
    """
    a, b = _shares(first), _shares(second)
    middle = (a + b) / 2

    def relative(one: Array) -> Array:
        ratio = np.divide(one, middle, out=np.ones_like(middle), where=one > 0)
        terms: Array = (one * np.log2(ratio)).sum(axis=-1)
        return terms

    return (relative(a) + relative(b)) / 2


def _shares(figures: Array) -> Array:
    total = figures.sum(axis=-1, keepdims=True)
    return np.divide(figures, total, out=np.full(figures.shape, np.nan), where=total > 0)


@dataclass(frozen=True)
class SchoolingReturns:
    """What a year of schooling pays: required, surplus and deficit, with standard errors."""

    required: float
    surplus: float
    deficit: float
    required_error: float
    surplus_error: float
    deficit_error: float
    cells: int


def duncan_hoffman(
    wage: Array, *, required: Array, attained: Array, weights: Array
) -> SchoolingReturns:
    """Estimate what required, surplus and deficit years of schooling pay (ORU equation).

    ln w = a + g_r S_r + g_o max(0, S - S_r) + g_u max(0, S_r - S); usually g_r > g_o > 0 > g_u.

    Parameters
    ----------
    wage, required, attained, weights : arrays (n,)
        Wage, years of schooling that the work needs, years of the people, and how many people.

    Returns
    -------
    SchoolingReturns
        Weighted least squares with robust (HC1) standard errors.

    Raises
    ------
    InvalidArgument, InsufficientData

    References
    ----------
    Duncan, G. J., & Hoffman, S. D. (1981). The incidence and wage effects of overeducation.
    Economics of Education Review 1(1), 75-86.
    """
    import statsmodels.api as sm

    known = (wage > 0) & (weights > 0) & ~np.isnan(required) & ~np.isnan(attained) & ~np.isnan(wage)
    if (weights[~np.isnan(weights)] < 0).any():
        raise InvalidArgument("A weight is negative", fix="Use numbers of people")
    gap = attained - required
    terms = np.column_stack([required, gap.clip(0), (-gap).clip(0)])[known]
    design = sm.add_constant(terms, has_constant="add")
    if len(design) < 10 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise InsufficientData(
            f"The wage equation has {len(design)} cells whose schooling does not vary enough",
            fix="Give wages of several levels of education within the same occupations",
        )
    fit = sm.WLS(np.log(wage[known]), design, weights=weights[known]).fit(cov_type="HC1")
    slope, error = fit.params[1:].tolist(), fit.bse[1:].tolist()
    return SchoolingReturns(slope[0], slope[1], slope[2], error[0], error[1], error[2], len(design))
