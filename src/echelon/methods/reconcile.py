"""Make the projections of parts add up to the projection of their whole."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, MisalignedLabels

__all__ = ["Reconciling", "reconcile"]

Array = NDArray[np.float64]
Reconciling = Literal["minimum_trace", "proportional", "bottom_up"]


def reconcile(
    parts: Array, whole: Array, groups: NDArray[np.int64], *, method: Reconciling = "minimum_trace",
    part_variance: Array | None = None, whole_variance: Array | None = None,
) -> Array:  # fmt: skip
    """Return parts that agree with the projection of their whole, for example regions and the nation.

    - ``proportional``: every part is scaled by whole / sum of the parts; the whole stays.
    - ``minimum_trace``: the difference between the whole N and the sum of the parts is shared by the
      variances: ``b_i + w_i / (sum w + w_N) (N - sum b)``, so that the whole moves too, the less the
      surer it is. This is the trace minimisation of Wickramasuriya et al. with a diagonal matrix.
    - ``bottom_up``: the parts stay; the whole is their sum.

    Parameters
    ----------
    parts : array (..., s)
    whole : array (..., g)
    groups : array of int (s,)
        Whole of each part, a place in the last axis of ``whole``.
    method : {"minimum_trace", "proportional", "bottom_up"}
    part_variance, whole_variance : arrays that broadcast with parts and whole
        Variances of the errors; only for ``minimum_trace``.

    Returns
    -------
    array (..., s)
        Not below 0; the whole is the sum of its parts.

    References
    ----------
    Wickramasuriya, S. L., Athanasopoulos, G., & Hyndman, R. J. (2019). Optimal forecast
    reconciliation for hierarchical and grouped time series through trace minimization. Journal of
    the American Statistical Association 114, 804-819.
    """
    if groups.shape != parts.shape[-1:]:
        raise MisalignedLabels(
            f"There are {parts.shape[-1]} parts and {groups.size} groups",
            fix="Give the group of each part",
        )
    if method == "bottom_up":
        return parts
    members = np.zeros((groups.size, whole.shape[-1]))
    members[np.arange(groups.size), groups] = 1.0
    sums = parts @ members
    if method == "proportional":
        scale = np.divide(whole, sums, out=np.ones_like(sums), where=sums > 0)
        scaled: Array = parts * scale[..., groups]
        return scaled
    if part_variance is None or whole_variance is None:
        raise InvalidArgument(
            "The method minimum_trace has no variances",
            fix="Give part_variance and whole_variance, or choose proportional",
        )
    total = part_variance @ members + whole_variance
    step = np.divide(whole - sums, total, out=np.zeros_like(sums), where=total > 0)
    moved: Array = np.maximum(parts + part_variance * step[..., groups], 0.0)
    return moved
