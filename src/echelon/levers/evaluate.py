"""The lever evaluate: posts where what an applicant can do is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["evaluate"]

Array = NDArray[np.float64]


def evaluate(percent: Array, *, choice: float, cost: Array, posts: Array) -> tuple[Array, Array]:
    """Return how many times as likely the better half is chosen, and currency a year.

    Parameters
    ----------
    percent : array
        Share of the posts where ability is seen, per cent, at most 100.
    choice : float
        Times as likely an applicant of the better half is chosen where it is seen.
    cost : array
        Currency a post that is filled so.
    posts : array
        Posts filled a year.

    Returns
    -------
    weight, money : arrays
        The weight is ``choice`` to the power of the share.
    """
    seen = np.minimum(percent, 100.0) / 100.0
    return choice**seen, seen * posts * cost
