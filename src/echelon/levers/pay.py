"""The lever pay: posts that pay more, so that more people apply for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["pay"]

Array = NDArray[np.float64]


def pay(percent: Array, *, elasticity: float, wage: Array) -> tuple[Array, Array]:
    """Return how many times as attractive posts become, and what that costs a person at work.

    Parameters
    ----------
    percent : array
        By how many per cent pay rises.
    elasticity : float
        Per cent more applications for one per cent more pay.
    wage : array
        Currency a year.

    Returns
    -------
    factor, money : arrays
        Factor on the attraction of vacancies, and currency a person at work and year.
    """
    return (1.0 + percent / 100.0) ** elasticity, percent / 100.0 * wage
