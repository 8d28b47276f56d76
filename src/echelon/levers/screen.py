"""The lever screen: posts that no longer demand a degree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["screen"]

Array = NDArray[np.float64]


def screen(percent: Array, *, cost: Array, posts: Array) -> tuple[Array, Array]:
    """Return the factor on the openings that demand a degree, and currency a year.

    Parameters
    ----------
    percent : array
        Share of them that drops the demand, per cent, at most 100.
    cost : array
        Currency a post that is opened to all.
    posts : array
        Openings a year that demand a degree.

    Returns
    -------
    factor, money : arrays
    """
    dropped = np.minimum(percent, 100.0) / 100.0
    return 1.0 - dropped, dropped * posts * cost
