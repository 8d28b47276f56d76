"""The lever retain: people who would leave the labour force and stay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["retain"]

Array = NDArray[np.float64]


def retain(percent: Array, *, cost: Array, leaving: Array) -> tuple[Array, Array]:
    """Return the factor on the rate at which people leave, and what that costs a person at work.

    Parameters
    ----------
    percent : array
        Share of those who would leave that stays, per cent, at most 100.
    cost : array
        Currency a person who stays and year.
    leaving : array
        Share of people who leave in a year without the lever.

    Returns
    -------
    factor, money : arrays
        Factor on the rate of leaving, and currency a person at work and year.
    """
    kept = np.minimum(percent, 100.0) / 100.0
    return 1.0 - kept, kept * leaving * cost
