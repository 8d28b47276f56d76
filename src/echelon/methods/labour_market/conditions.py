"""What holds in a step besides demand: how posts attract, who looks for work, who leaves and arrives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Conditions"]

Figure = float | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Conditions:
    """What holds in a step besides demand; each figure for all cells or of shape (..., R, O).

    Parameters
    ----------
    attraction : float or array
        How attractive a vacancy of each cell is, for example by its wage.
    search : float or array
        Share of the people without work who apply in a step, 0 to 1.
    exits : float or array
        Share of all people, at work or not, who leave the labour force in a step.
    entrants : float or array
        People who join the labour force in a step, without work at first.
    """

    attraction: Figure = 1.0
    search: Figure = 1.0
    exits: Figure = 0.0
    entrants: Figure = 0.0
