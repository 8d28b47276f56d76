"""The lever train: seats in programmes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.levers.flows import Flows

__all__ = ["train"]

Array = NDArray[np.float64]


def train(
    shares: Array, entry: Array, *, years: NDArray[np.int64], completion: Array, cost: Array
) -> Flows:
    """Return what one more seat does: a person starts late, and arrives where the programme leads.

    Whoever takes the seat is missing from the work that entrants of the region go to, until
    completing (to the programme's occupations) or not (to the work of entrants): people are
    conserved.

    Parameters
    ----------
    shares : array (programmes, occupations)
        Where those who complete go; rows sum to 1.
    entry : array (regions, occupations)
        Where entrants without the programme go; rows sum to 1, or to 0 where nobody enters.
    years : array of int (programmes,)
        From entry to completion.
    completion, cost : arrays (regions, programmes)
        Share that completes; currency a seat over all its years.

    Returns
    -------
    Flows
        Units regions x programmes.
    """
    regions, occupations = entry.shape
    programmes = len(shares)
    shape = (regions, programmes, occupations)
    region, programme, occupation = np.indices(shape)
    unit = region * programmes + programme
    start = -np.broadcast_to(entry[:, None, :], shape)
    end = completion[:, :, None] * shares[None] - (1 - completion[:, :, None]) * start
    lag = np.broadcast_to(years[None, :, None], shape)
    return Flows.joined(
        [
            (unit, region, occupation, start, np.zeros(shape, np.int64)),
            (unit, region, occupation, end, lag),
        ],
        cost=cost, home=np.repeat(np.arange(regions), programmes),
    )  # fmt: skip
