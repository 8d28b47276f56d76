"""Openings by the separations method: who leaves the occupation, and how many posts are new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["Openings", "openings"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Openings:
    """People a year: those who leave for good, those who change, new posts, and the openings."""

    exits: Array
    transfers: Array
    change: Array
    openings: Array


def openings(
    start: Array, end: Array, *, years: float, exit_rate: Array, transfer_rate: Array
) -> Openings:
    """Return the openings of a year: posts that people leave, and posts that are new.

    ``openings = (exit rate + transfer rate) (start + end) / 2 + (end - start) / years``, and not
    below 0: where posts vanish faster than people leave, nobody is replaced.

    Parameters
    ----------
    start, end : arrays
        Posts at the beginning and at the end.
    years : float
        Years between them, above 0.
    exit_rate, transfer_rate : arrays that broadcast with start
        Share of the people a year who leave the labour force, and who go to another occupation.

    Returns
    -------
    Openings

    Raises
    ------
    InvalidArgument
        When the years are not above 0, or a rate is below 0 or above 1.

    References
    ----------
    U.S. Bureau of Labor Statistics. Occupational separations methodology, since the projections of
    2016-26.
    """
    if not years > 0:
        raise InvalidArgument(f"years = {years}", fix="Give a number above 0")
    for name, rate in (("exit_rate", exit_rate), ("transfer_rate", transfer_rate)):
        if ((rate < 0) | (rate > 1)).any():
            raise InvalidArgument(
                f"A rate of {name} lies outside 0 to 1",
                fix="Give shares of people a year, not per cent",
            )
    average = (start + end) / 2
    exits, transfers = exit_rate * average, transfer_rate * average
    change = (end - start) / years
    return Openings(exits, transfers, change, np.maximum(exits + transfers + change, 0.0))
