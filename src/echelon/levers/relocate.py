"""The lever relocate: people who move to another region in their occupation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.levers.flows import Flows

__all__ = ["relocate"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def relocate(origin: Places, destination: Places, *, cost: Array) -> Flows:
    """Return what one helped move does: one person less here, one more there, in the same year.

    Parameters
    ----------
    origin, destination : arrays of int (pairs,)
        Places of the regions.
    cost : array (pairs, occupations)
        Currency a move.

    Returns
    -------
    Flows
        Units pairs x occupations; the region that receives pays.
    """
    pair, occupation = np.indices(cost.shape)
    unit = pair * cost.shape[1] + occupation
    one, now = np.ones(cost.shape), np.zeros(cost.shape, np.int64)
    return Flows.joined(
        [
            (unit, origin[pair], occupation, -one, now),
            (unit, destination[pair], occupation, one, now),
        ],
        cost=cost, home=destination[pair],
    )  # fmt: skip
