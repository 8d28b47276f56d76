"""The lever fund: laboratories and institutions with their teams."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.levers.flows import Flows

__all__ = ["fund"]

Array = NDArray[np.float64]


def fund(home: NDArray[np.int64], *, posts: Array, cost: Array) -> Flows:
    """Return what one funded platform needs: its whole team in its region, and its cost of a year.

    Parameters
    ----------
    home : array of int (platforms,)
        Places of the regions.
    posts : array (platforms, occupations)
        Posts of the team.
    cost : array (platforms,)
        Currency a year.

    Returns
    -------
    Flows
        Units platforms; ``claims`` is set: people are needed, none is moved.
    """
    platform, occupation = np.indices(posts.shape)
    return Flows.joined(
        [(platform, home[platform], occupation, posts, np.zeros(posts.shape, np.int64))],
        cost=cost, home=home, claims=True,
    )  # fmt: skip
