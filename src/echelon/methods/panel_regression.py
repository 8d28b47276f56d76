"""Regressions on panels of regions and years: fixed effects, and neighbours (spatial Durbin)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = [
    "Effects",
    "Spatial",
    "fixed_effects",
    "has_spatial",
    "inverse_distance",
    "spatial_durbin",
]

Array = NDArray[np.float64]
_LONG = 20


@dataclass(frozen=True)
class Effects:
    """Coefficients of a panel regression with fixed effects.

    Parameters
    ----------
    coefficients, errors, low, high, p : arrays (k,)
        By regressor; the band is of 95 per cent.
    r2_within : float
    count : int
        Cells that went in.
    covariance : str
        How the standard errors were computed.
    matrix : array (k, k)
        Covariance of the coefficients.
    """

    coefficients: Array = field(repr=False)
    errors: Array = field(repr=False)
    low: Array = field(repr=False)
    high: Array = field(repr=False)
    p: Array = field(repr=False)
    r2_within: float
    count: int
    covariance: str
    matrix: Array = field(repr=False)


def fixed_effects(outcome: Array, regressors: Array, *, two_way: bool = True) -> Effects:
    """Regress an outcome on regressors within regions, and within years too when two-way.

    y_rt = b x_rt + mu_r (+ tau_t) + e_rt. Standard errors are clustered by region; from more than
    20 years on they are those of Driscoll and Kraay, which allow regions to depend on each other.

    Parameters
    ----------
    outcome : array (t, m)
        Years by regions; a cell that is unknown here or in a regressor is left out.
    regressors : array (t, m, k)
    two_way : bool
        Whether years have effects besides regions.

    Returns
    -------
    Effects

    Raises
    ------
    InsufficientData
        When there are too few regions or years, or a regressor does not vary within them.

    References
    ----------
    Driscoll, J. C., & Kraay, A. C. (1998). Consistent covariance matrix estimation with spatially
    dependent panel data. Review of Economics and Statistics 80(4), 549-560.
    """
    import pandas as pd
    from linearmodels.panel import PanelOLS

    years, count = regressors.shape[0], regressors.shape[-1]
    known = ~(np.isnan(outcome) | np.isnan(regressors).any(axis=-1))
    _refuse_small(known, count)
    for place in range(count):
        if _within(np.where(known, regressors[..., place], np.nan), two_way) < 1e-9:
            raise InsufficientData(
                f"The regressor {place} does not vary within regions"
                + (" and years" if two_way else ""),
                fix="Choose a regressor that changes in some regions more than in others",
            )
    cells = np.argwhere(known.T)
    index = pd.MultiIndex.from_arrays([cells[:, 0], cells[:, 1]], names=["region", "year"])
    y = pd.Series(outcome.T[known.T], index=index, name="outcome")
    x = pd.DataFrame(regressors.transpose(1, 0, 2)[known.T], index=index)
    x.columns = [f"x{i}" for i in range(count)]
    long = years > _LONG
    try:
        model = PanelOLS(y, x, entity_effects=True, time_effects=two_way, check_rank=True)
        fit = model.fit(cov_type="kernel") if long else model.fit(
            cov_type="clustered", cluster_entity=True
        )  # fmt: skip
    except (ValueError, np.linalg.LinAlgError) as error:
        raise InsufficientData(
            "The regressors say the same as each other or as the fixed effects",
            fix="Leave one of them out",
        ) from error
    band = fit.conf_int()
    return Effects(
        fit.params.to_numpy(), fit.std_errors.to_numpy(), band["lower"].to_numpy(),
        band["upper"].to_numpy(), fit.pvalues.to_numpy(), float(fit.rsquared_within),
        int(known.sum()), "Driscoll-Kraay" if long else "clustered by region",
        fit.cov.to_numpy(),
    )  # fmt: skip


def _refuse_small(known: NDArray[np.bool_], count: int) -> None:
    regions, years = int(known.any(axis=0).sum()), int(known.any(axis=1).sum())
    if regions < 3 or years < 2 or known.sum() <= regions + years + count:
        raise InsufficientData(
            f"{regions} regions and {years} years with {int(known.sum())} complete cells are too few "
            f"for {count} regressors and fixed effects",
            fix="Give at least three regions and two years, or fewer regressors",
        )


def _within(figures: Array, two_way: bool) -> float:
    """Return the largest deviation from the fixed effects, relative to the size of the figures."""
    from warnings import catch_warnings, simplefilter

    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)
        rest = figures - np.nanmean(figures, axis=0)
        if two_way:
            rest = rest - np.nanmean(rest, axis=1, keepdims=True)
    size = np.nanmax(np.abs(figures)) or 1.0
    return float(np.nanmax(np.abs(rest)) / size)


def inverse_distance(distance: Array, *, nearest: int | None = None) -> Array:
    """Return the weights of neighbours: the nearer, the heavier; those of a region sum to 1.

    w_rs = (1 / d_rs) / sum_s (1 / d_rs), zero on the diagonal.

    Parameters
    ----------
    distance : array (m, m)
        Distances; unknown where there is no tie.
    nearest : int, optional
        Only so many nearest neighbours, with equal weights.

    Raises
    ------
    InsufficientData
        When a region has no tie to any other.
    InvalidArgument
    """
    known = ~np.isnan(distance) & ~np.eye(len(distance), dtype=bool)
    alone = np.flatnonzero(~known.any(axis=1))
    if alone.size:
        raise InsufficientData(
            f"{alone.size} regions have no tie to any other, the first at place {alone[0]}",
            fix="Add their distances, or leave them out",
        )
    if (distance[known] < 0).any() or (nearest is not None and nearest < 1):
        raise InvalidArgument(
            "Distances are negative, or fewer than one neighbour is asked for",
            fix="Give distances of 0 or more and at least one neighbour",
        )
    if nearest is not None:
        far = np.where(known, distance, np.inf)
        order = np.argsort(far, axis=1, kind="stable")[:, :nearest]
        weights = np.zeros(distance.shape)
        np.put_along_axis(weights, order, 1.0, axis=1)
        weights *= known
    else:
        # Two places at one point would be infinitely near; they are as near as the nearest others.
        least = distance[known & (distance > 0)].min() if (distance[known] > 0).any() else 1.0
        weights = np.where(known, 1 / np.maximum(np.nan_to_num(distance), least), 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Spatial:
    """Effects of regressors on a region itself, on the others, and on all of them.

    Parameters
    ----------
    direct, indirect, total : arrays (3, k)
        The estimate and its 5-95 % band, by regressor.
    multiplier : array (k,)
        Total over direct effect; unknown where the band of the direct effect holds zero.
    rho, rho_low, rho_high : float
        How strongly the outcome follows that of the neighbours.
    log_likelihood : float
    """

    direct: Array = field(repr=False)
    indirect: Array = field(repr=False)
    total: Array = field(repr=False)
    multiplier: Array = field(repr=False)
    rho: float
    rho_low: float
    rho_high: float
    log_likelihood: float


def has_spatial() -> bool:
    """Return whether the library of spatial panels (the extra ``spatial``) is installed."""
    try:
        from spreg import panel  # noqa: F401
    except ImportError:
        return False
    return True


def spatial_durbin(
    outcome: Array, regressors: Array, weights: Array, *, two_way: bool, draws: int,
    generator: np.random.Generator,
) -> Spatial:  # fmt: skip
    """Regress an outcome on regressors of a region and of its neighbours (spatial Durbin panel).

    y = r W y + X b + W X q + mu + tau, by maximum likelihood. Effects, not coefficients, are
    returned: S = (I - r W)^-1 (I b + W q); direct is the mean of its diagonal, total the mean of
    its row sums, indirect the difference. Years enter as dummies that neighbours do not pass on.

    Parameters
    ----------
    outcome : array (t, m)
        Known in every cell.
    regressors : array (t, m, k)
        Known in every cell.
    weights : array (m, m)
        Each row sums to 1, see :func:`inverse_distance`.
    two_way : bool
        Whether years have effects besides regions.
    draws : int
        Draws of the coefficients for the bands.
    generator : numpy Generator

    References
    ----------
    Elhorst, J. P. (2003). Specification and estimation of spatial panel data models. International
    Regional Science Review 26(3), 244-268.
    LeSage, J., & Pace, R. K. (2009). Introduction to Spatial Econometrics. CRC Press.
    """
    from libpysal.weights import full2W
    from spreg.panel import BaseML_LagFE

    years, regions, count = regressors.shape
    own = regressors.reshape(years * regions, count)
    scale = own.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    own = own / scale
    near = (weights @ (regressors / scale)).reshape(years * regions, count)
    parts = [own, near]
    if two_way:
        parts.append(np.repeat(np.eye(years)[:, 1:], regions, axis=0))
    try:
        fit = BaseML_LagFE(outcome.reshape(-1, 1), np.hstack(parts), full2W(weights))
    except np.linalg.LinAlgError as error:
        raise InsufficientData(
            "The regressors of a region and of its neighbours say the same",
            fix="Leave one of them out, or use the k nearest neighbours",
        ) from error
    kept = [*range(2 * count), -1]
    mean = np.asarray(fit.betas).ravel()[kept]
    covariance = np.asarray(fit.vm)[np.ix_(kept, kept)]
    drawn = generator.multivariate_normal(mean, (covariance + covariance.T) / 2, size=draws)
    # A draw at or beyond the edge has no equilibrium of neighbours.
    drawn = drawn[np.abs(drawn[:, -1]) < 0.999]
    values = np.asarray(np.linalg.eigvals(weights), dtype=np.complex128)
    point = _impacts(mean[None], values, count)
    bands = np.quantile(_impacts(drawn, values, count), [0.05, 0.95], axis=0)
    direct, indirect, total = (np.vstack([point[0, :, i], bands[..., i]]) / scale for i in range(3))
    rho = np.quantile(drawn[:, -1], [0.05, 0.95])
    sure = direct[1] * direct[2] > 0
    ratio = np.where(sure, total[0] / np.where(sure, direct[0], np.nan), np.nan)
    return Spatial(
        direct, indirect, total, ratio, float(mean[-1]), float(rho[0]),
        float(rho[1]), float(np.asarray(fit.logll).ravel()[0]),
    )  # fmt: skip


def _impacts(coefficients: Array, values: NDArray[np.complex128], count: int) -> Array:
    """Return direct, indirect and total effects of each draw, (draws, k, 3).

    With the eigenvalues v of W, whose rows sum to 1, the mean of the diagonal of
    (I - r W)^-1 W^p is mean(v^p / (1 - r v)), and its rows sum to 1 / (1 - r).
    """
    own, near, rho = coefficients[:, :count], coefficients[:, count:-1], coefficients[:, [-1]]
    solved = 1 / (1 - rho * values)
    first = solved.mean(axis=1).real[:, None]
    second = (solved * values).mean(axis=1).real[:, None]
    direct = own * first + near * second
    total = (own + near) / (1 - rho)
    return np.stack([direct, total - direct, total], axis=-1)
