"""The lever search: help for people without work to look for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["search"]

Array = NDArray[np.float64]


def search(percent: Array, *, cost: Array) -> tuple[Array, Array]:
    """Return how many times as many people without work apply, and what that costs a person.

    Parameters
    ----------
    percent : array
        By how many per cent more of them apply in a step.
    cost : array
        Currency a person without work and year for one per cent.

    Returns
    -------
    factor, money : arrays
        Factor on the share who apply, and currency a person without work and year.
    """
    return 1.0 + percent / 100.0, percent * cost
