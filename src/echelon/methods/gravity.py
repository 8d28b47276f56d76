"""How moves fall with distance: the doubly constrained gravity model as a Poisson regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = ["Gravity", "Resistance", "doubly_constrained"]

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Resistance = Literal["exponential", "power"]

_STEPS = 100
_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Gravity:
    """A fitted doubly constrained gravity model.

    Parameters
    ----------
    constant : float
    origin, destination : arrays (m,)
        Effects of leaving and of arriving, in logarithms; those of the first region with moves are
        0, those of a region that nobody leaves (or reaches) are unknown.
    decay : float
        Coefficient of the distance, or of its logarithm: negative where distance deters.
    decay_error : float
        Its standard error, robust to any variance of the moves (HC1).
    pull, pull_error : arrays (m,)
        Destination effect minus origin effect, minus the mean of all regions, with its robust
        error: in logarithms, how much more a region attracts than it sends, size and place apart.
    expected : array (m, m)
        Fitted moves; unknown for pairs that were left out.
    deviance, srmse, ssi : float
        Deviance; root mean squared error over the mean; similarity of Sorensen, 1 for a perfect fit.
    pairs : int
        Number of pairs in the fit.
    """

    constant: float
    origin: Array
    destination: Array
    decay: float
    decay_error: float
    pull: Array
    pull_error: Array
    expected: Array
    deviance: float
    srmse: float
    ssi: float
    pairs: int


def doubly_constrained(
    flow: Array, distance: Array, *, resistance: Resistance = "exponential"
) -> Gravity:
    """Fit how many would move between every two places if only size and distance counted.

    ln E(F_ij) = k + o_i + d_j + b c_ij with c the distance or its logarithm, by Poisson maximum
    likelihood, so that the expected moves out of and into every place equal the observed ones. It is
    the Poisson regression with a dummy for each origin and each destination; the sums that the
    dummies need are taken from the table itself, so that hundreds of places need no huge design.

    Parameters
    ----------
    flow : array (m, m)
        Moves from row to column, 0 or more; the diagonal and unknown pairs are left out.
    distance : array (m, m)
        Distance or cost; a pair without one is left out.
    resistance : {"exponential", "power"}
        Whether moves fall with exp(b c) or with c^b.

    Returns
    -------
    Gravity

    Raises
    ------
    InvalidArgument
        When a move is negative, or a distance is not above 0 under ``power``.
    InsufficientData
        When there are fewer pairs than the model has parameters, or every distance is the same.

    References
    ----------
    Wilson, A. G. (1971). A family of spatial interaction models. Environment and Planning 3, 1-32.
    Santos Silva, J. M. C., & Tenreyro, S. (2006). The log of gravity. Review of Economics and
    Statistics 88(4), 641-658.
    Oshan, T. M. (2016). A primer for working with the Spatial Interaction modeling (SpInt) module.
    REGION 3(2), R11-R23.
    """
    used, cost = _inputs(flow, distance, resistance)
    out, into = np.any(used, axis=1), np.any(used, axis=0)
    free = int(out.sum() + into.sum())
    if used.sum() <= free:
        raise InsufficientData(
            f"{int(used.sum())} pairs of places with moves and distances are too few for a gravity "
            f"model with {free} parameters",
            fix="Give the moves and the distances between at least five places",
        )
    moves = np.where(used, flow, 0.0)
    beta, theta, fitted = _fit(moves, np.where(used, cost, 0.0), used)
    bread = np.linalg.pinv(_information(fitted, cost, used))
    count = int(used.sum())
    meat = _information((moves - fitted) ** 2, cost, used) * count / (count - free)
    return _described(moves, fitted, used, beta, theta, bread @ meat @ bread)


def _inputs(flow: Array, distance: Array, resistance: Resistance) -> tuple[Bools, Array]:
    """Return which pairs are in the fit, and the cost of each."""
    if np.nanmin(flow, initial=0.0) < 0:
        i, j = np.argwhere(flow < 0)[0]
        raise InvalidArgument(
            f"The moves from place {i} to place {j} are {flow[i, j]:,.6g}, below 0",
            fix="Give counts of 0 or more",
        )
    used = ~(np.isnan(flow) | np.isnan(distance))
    np.fill_diagonal(used, False)
    if resistance == "power" and (distance[used] <= 0).any():
        raise InvalidArgument(
            "A distance of 0 or less has no logarithm", fix="Use the resistance exponential"
        )
    known = np.where(used & (distance > 0), distance, 1.0)
    cost = np.log(known) if resistance == "power" else np.where(used, distance, 0.0)
    # A place that nobody leaves or reaches fits perfectly with an effect of minus infinity.
    while True:
        moving = used & (np.where(used, flow, 0.0) > 0)
        leaves, reached = moving.sum(axis=1) > 0, moving.sum(axis=0) > 0
        fewer = used & leaves[:, None] & reached[None, :]
        if (fewer == used).all():
            break
        used = fewer
    if used.any() and np.ptp(cost[used]) == 0:
        raise InsufficientData(
            "All distances are the same, so their effect cannot be told",
            fix="Give distances that differ",
        )
    return used, cost


def _fit(moves: Array, cost: Array, used: Bools) -> tuple[float, Array, Array]:
    """Return the decay, the effects (origins, then destinations) and the fitted moves.

    Fisher scoring on all parameters at once; the one redundant direction has no step.
    """
    m = len(moves)
    scale = float(np.abs(cost[used]).max()) or 1.0
    scaled = cost / scale
    theta = np.concatenate(
        [np.log(np.maximum(moves.sum(axis=1), 1e-300)), np.log(np.maximum(moves.sum(axis=0), 1e-300))]
    ) - 0.5 * np.log(moves.sum())  # fmt: skip
    beta, previous = 0.0, np.inf
    for _ in range(_STEPS):
        fitted = _mean(theta, beta, scaled, used)
        score = np.concatenate(
            [
                (moves - fitted).sum(axis=1),
                (moves - fitted).sum(axis=0),
                [((moves - fitted) * scaled).sum()],
            ]
        )
        step = np.linalg.lstsq(_information(fitted, scaled, used), score, rcond=1e-14)[0]
        # Far from the solution a whole step may overshoot.
        shrink = min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-300))
        theta, beta = theta + shrink * step[: 2 * m], beta + shrink * float(step[-1])
        deviance = _deviance(moves, _mean(theta, beta, scaled, used), used)
        if abs(previous - deviance) <= _TOLERANCE * (abs(deviance) + 1e-3) and shrink == 1.0:
            break
        previous = deviance
    return beta / scale, theta, _mean(theta, beta, scaled, used)


def _mean(theta: Array, beta: float, cost: Array, used: Bools) -> Array:
    m = len(cost)
    exponent = theta[:m, None] + theta[None, m:] + beta * cost
    return np.where(used, np.exp(np.minimum(exponent, 700.0)), 0.0)


def _information(weight: Array, cost: Array, used: Bools) -> Array:
    """Return X'WX of the dummies and the cost, from sums over the table, (2m + 1, 2m + 1)."""
    m = len(weight)
    kept = np.where(used, weight, 0.0)
    whole = np.zeros((2 * m + 1, 2 * m + 1))
    whole[:m, :m] = np.diag(kept.sum(axis=1))
    whole[m:-1, m:-1] = np.diag(kept.sum(axis=0))
    whole[:m, m:-1], whole[m:-1, :m] = kept, kept.T
    priced = kept * np.where(used, cost, 0.0)
    whole[-1, :m] = whole[:m, -1] = priced.sum(axis=1)
    whole[-1, m:-1] = whole[m:-1, -1] = priced.sum(axis=0)
    whole[-1, -1] = (priced * np.where(used, cost, 0.0)).sum()
    return whole


def _deviance(moves: Array, fitted: Array, used: Bools) -> float:
    y, mu = moves[used], fitted[used]
    logs = np.log(np.where(y > 0, y, 1.0) / mu)
    return float(2.0 * (np.where(y > 0, y * logs, 0.0) - (y - mu)).sum())


def _described(
    moves: Array, fitted: Array, used: Bools, beta: float, theta: Array, covariance: Array
) -> Gravity:
    """Return the model in the usual form: the first effects 0, a constant, and the contrasts."""
    m = len(moves)
    out, into = used.any(axis=1), used.any(axis=0)
    origin = np.where(out, theta[:m], np.nan)
    destination = np.where(into, theta[m:], np.nan)
    first_out, first_in = origin[out][0], destination[into][0]
    both = out & into
    # The difference of the two effects of a place, less the mean difference.
    centred = np.eye(m)[both] - both / both.sum()
    contrast = np.concatenate([-centred, centred, np.zeros((len(centred), 1))], axis=1)
    pull, error = np.full(m, np.nan), np.full(m, np.nan)
    pull[both] = contrast @ np.append(theta, 0.0)
    error[both] = np.sqrt(np.einsum("ij,jk,ik->i", contrast, covariance, contrast))
    y, mu = moves[used], fitted[used]
    return Gravity(
        constant=float(first_out + first_in),
        origin=origin - first_out,
        destination=destination - first_in,
        decay=beta,
        decay_error=float(np.sqrt(covariance[-1, -1])),
        pull=pull,
        pull_error=error,
        expected=np.where(used, fitted, np.nan),
        deviance=_deviance(moves, fitted, used),
        srmse=float(np.sqrt(((y - mu) ** 2).mean()) / y.mean()),
        ssi=float(2.0 * np.minimum(y, mu).sum() / (y.sum() + mu.sum())),
        pairs=int(used.sum()),
    )
