"""The lever recruit: people from outside the system."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.levers.flows import Flows

__all__ = ["recruit"]


def recruit(cost: NDArray[np.float64]) -> Flows:
    """Return what one recruit does: one person more, in the same year.

    Parameters
    ----------
    cost : array (regions, occupations)
        Currency a person.

    Returns
    -------
    Flows
        Units regions x occupations.
    """
    region, occupation = np.indices(cost.shape)
    unit = region * cost.shape[1] + occupation
    return Flows.joined(
        [(unit, region, occupation, np.ones(cost.shape), np.zeros(cost.shape, np.int64))],
        cost=cost, home=region,
    )  # fmt: skip
