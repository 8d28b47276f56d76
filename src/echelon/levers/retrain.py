"""The lever retrain: from one occupation to a related one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.levers.flows import Flows

__all__ = ["retrain"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def retrain(
    origin: Places, destination: Places, *, years: Places, success: Array, cost: Array
) -> Flows:
    """Return what one person does who starts to retrain: leaves, then arrives or returns.

    Parameters
    ----------
    origin, destination : arrays of int (arcs,)
        Places of the occupations.
    years : array of int (arcs,)
        From start to arrival; 0 arrives in the same year.
    success : array (arcs,)
        Share that arrives; the others return to the origin.
    cost : array (regions, arcs)
        Currency a person.

    Returns
    -------
    Flows
        Units regions x arcs.
    """
    shape = cost.shape
    region, arc = np.indices(shape)
    unit = region * shape[1] + arc
    start, later = np.zeros(shape, np.int64), np.broadcast_to(years, shape)
    arrives = np.broadcast_to(success, shape)
    return Flows.joined(
        [
            (unit, region, origin[arc], -np.ones(shape), start),
            (unit, region, destination[arc], arrives, later),
            (unit, region, origin[arc], 1 - arrives, later),
        ],
        cost=cost, home=region,
    )  # fmt: skip
