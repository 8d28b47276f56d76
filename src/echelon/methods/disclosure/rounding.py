"""Figures rounded to a base at random, so that the mean stays right."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InvalidArgument

__all__ = ["round_at_random"]


def round_at_random(value: ArrayLike, *, base: int, seed: int) -> NDArray[np.float64]:
    """Round each figure up or down to a multiple of a base, more likely to the nearer one.

    ``base * (floor(v / base) + [u < v / base - floor(v / base)])`` with u between 0 and 1: the expected
    value is v. A figure that is a multiple already stays. Sums of rounded figures do not add up.

    Parameters
    ----------
    value : array (cells,)
        0 or more; unknown figures stay unknown.
    base : int
    seed : int
        Whoever knows it can undo the rounding of figures they can guess: keep it secret.

    Returns
    -------
    array (cells,)

    References
    ----------
    Fellegi, I. P. (1975). Controlled random rounding. Survey Methodology 1, 123-133.
    """
    if base < 1:
        raise InvalidArgument(f"base = {base}", fix="Use a whole number of 1 or more")
    figures = np.asarray(value, float) / base
    below = np.floor(figures)
    drawn = np.random.default_rng(seed).random(figures.shape)
    return base * (below + (drawn < figures - below))
