"""The lever compete: posts filled by competition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["compete"]

Array = NDArray[np.float64]


def compete(
    percent: Array, *, seen: Array, cost: Array, posts: Array
) -> tuple[Array, Array, Array]:
    """Return how many times as likely holders of a degree and the better half are chosen, and money.

    Parameters
    ----------
    percent : array
        By how many per cent who looks better is more likely to be chosen.
    seen : array
        Share of the posts where ability is seen, 0 to 1; elsewhere the degree is looked at.
    cost : array
        Currency a post that is filled, for 100 per cent.
    posts : array
        Posts filled a year.

    Returns
    -------
    degree, able, money : arrays
        Weights ``(1 + percent / 100)`` to the powers ``1 - seen`` and ``seen``; currency a year.
    """
    times = 1.0 + percent / 100.0
    return times ** (1.0 - seen), times**seen, percent / 100.0 * posts * cost
