"""Empirical Bayes: let an imprecise figure borrow from the others of its kind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["shrink"]

Array = NDArray[np.float64]


def shrink(estimate: Array, variance: Array, *, axis: int = -1) -> tuple[Array, Array, Array]:
    """Pull each estimate towards the mean of its group, the more the less precise it is.

    shrunk = mean + b (estimate - mean), b = tau2 / (tau2 + variance), where the mean is weighted
    by precision and tau2, the spread of the true figures, is the moment estimate of DerSimonian &
    Laird (1986).

    Parameters
    ----------
    estimate, variance : arrays of one shape
        Estimates and their sampling variances. An estimate without a variance stays as it is.
    axis : int
        The axis along which estimates are of one kind.

    Returns
    -------
    shrunk, own, posterior : arrays of that shape
        The figures, the share of each one's own estimate in it (1 where no variance is known),
        and the variance that remains.

    References
    ----------
    DerSimonian, R., & Laird, N. (1986). Controlled Clinical Trials 7(3), 177-188.
    Efron, B., & Morris, C. (1975). Journal of the American Statistical Association 70, 311-319.
    """
    if (variance < 0).any():
        raise InvalidArgument("A sampling variance is negative", fix="Give squared standard errors")
    known = ~np.isnan(estimate) & (variance > 0)
    safe = np.where(known, variance, 1.0)
    precision = np.where(known, 1 / safe, 0.0)
    figures = np.where(known, estimate, 0.0)
    total = precision.sum(axis=axis, keepdims=True)
    count = known.sum(axis=axis, keepdims=True)
    some = np.where(total > 0, total, 1.0)
    fixed = (precision * figures).sum(axis=axis, keepdims=True) / some
    spread = (precision * (figures - fixed) ** 2).sum(axis=axis, keepdims=True)
    room = total - (precision**2).sum(axis=axis, keepdims=True) / some
    tau2 = np.where(room > 0, (spread - (count - 1)) / np.where(room > 0, room, 1.0), 0.0)
    tau2 = np.clip(tau2, 0.0, None)
    weight = np.where(known, 1 / (safe + tau2), 0.0)
    whole = weight.sum(axis=axis, keepdims=True)
    mean = (weight * figures).sum(axis=axis, keepdims=True) / np.where(whole > 0, whole, 1.0)
    # One figure alone, or two, say nothing of the spread between figures.
    enough = known & (count > 2)
    own = np.where(enough, tau2 / (tau2 + safe), 1.0)
    shrunk = np.where(enough, mean + own * (figures - mean), estimate)
    return shrunk, own, np.where(enough, own * safe, np.where(known, safe, 0.0))
