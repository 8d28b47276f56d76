"""The assumed parameters of the simulation, drawn by Latin hypercube from their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.system.assumptions import Range, assumed

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["NAMES", "draw_members", "hypercube", "read_parameters"]

Array = NDArray[np.float64]

NAMES = (
    "layoffs_to_unemployment", "openings_per_separation", "adjustment_of_posts",
    "seekers_who_stay", "moves_of_hired", "exit_factor", "demand_growth_error",
    "labour_growth_error", "layoff_rate", "vacancies_filled", "exit_rate",
    "moves_between_posts", "fading_of_spells",
)  # fmt: skip
# The assumptions that every simulation has drawn; others have a hypercube of their own.
_FIRST = 11
_SHARES = (
    "layoffs_to_unemployment", "openings_per_separation", "adjustment_of_posts",
    "seekers_who_stay", "layoff_rate", "vacancies_filled", "exit_rate",
    "moves_between_posts", "fading_of_spells",
)  # fmt: skip


def read_parameters(system: System, given: Mapping[str, Range] | None = None) -> pd.DataFrame:
    """Return the assumptions of the simulation: the call's, else the system's, else the package's.

    Raises
    ------
    UnknownName, InvalidArgument
        When a share is outside 0 to 1.
    """
    table = assumed(system, NAMES, given)
    for name, low, high in zip(table["name"], table["low"], table["high"], strict=True):
        if (name in _SHARES and not 0 <= low <= high <= 1) or (name == "exit_factor" and low < 0):
            raise InvalidArgument(
                f"The assumption {name} runs from {low:g} to {high:g}",
                fix="A share lies between 0 and 1, a factor is 0 or more",
            )
    return table


def draw_members(table: pd.DataFrame, *, members: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Draw each parameter for every member; the first member holds the central values.

    A Latin hypercube with the triangular distribution of low, central and high of each.

    References
    ----------
    McKay, M. D., Beckman, R. J., & Conover, W. J. (1979). A comparison of three methods for selecting
    values of input variables. Technometrics 21(2), 239-245.
    """
    central = table["central"].to_numpy(dtype=float)
    low, high = table["low"].to_numpy(float), table["high"].to_numpy(float)
    drawn = np.tile(central, (members, 1))
    later = np.isin(table["name"], NAMES[:_FIRST], invert=True)
    # One after the other, so that assumptions which join later do not change the draws of the first.
    for chosen, stream in ((~later, 61), (later & (high > low), 62)):
        if members > 1 and chosen.any():
            rng = np.random.default_rng([seed, stream])
            ends = low[chosen], central[chosen], high[chosen]
            drawn[1:, chosen] = hypercube(*ends, size=members - 1, rng=rng)
    return {str(name): drawn[:, place] for place, name in enumerate(table["name"])}


def hypercube(
    low: Array, central: Array, high: Array, *, size: int, rng: np.random.Generator
) -> Array:
    """Return a Latin hypercube with triangular distributions, (size, parameters).

    Parameters
    ----------
    low, central, high : array (parameters,)
    size : int
    rng : Generator
    """
    from scipy.stats import qmc

    uniform = qmc.LatinHypercube(len(low), rng=rng).random(size)
    width = np.where(high > low, high - low, 1.0)
    peak = (central - low) / width
    rising = low + np.sqrt(uniform * peak) * width
    falling = high - np.sqrt((1 - uniform) * (1 - peak)) * width
    moved = np.where(uniform < peak, rising, falling)
    return np.asarray(np.where(high > low, moved, central))
