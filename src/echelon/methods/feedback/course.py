"""The course of many circles side by side, compiled; each run is by itself."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.feedback.model import Circle

__all__ = ["follow"]

Array = NDArray[np.float64]


def follow(circle: Circle, start: Array, *, years: int) -> Array:
    """Return the stocks of every run year by year; before the start all were at their trend.

    Parameters
    ----------
    circle : Circle
        One for all runs, or with runs as the first axis of its figures.
    start : array (runs, n)
        Stocks in year 0, above 0; 1 is the trend.
    years : int

    Returns
    -------
    array (runs, years + 1, n)
        Runs do not touch each other, so parts may be given to any number of threads.

    Raises
    ------
    InvalidArgument
    """
    runs, stations = start.shape
    if years < 1 or not (np.isfinite(start) & (start > 0)).all():
        raise InvalidArgument(
            "A course needs a year or more and stocks above 0 at its start",
            fix="Give stocks in shares of their trend, such as 1.1",
        )
    room = circle.ceiling - 1
    sharp = circle.gains * (circle.ceiling / room)[..., None]

    def every(figures: Array, *shape: int) -> Array:
        return np.ascontiguousarray(np.broadcast_to(figures, (runs, *shape)))

    found = np.empty((runs, years + 1, stations))
    found[:, 0] = start
    links = np.argwhere(
        ((sharp != 0) | (circle.shares != 0)).any(axis=tuple(range(sharp.ndim - 2)))
    )
    lags = np.array([circle.lags[end, begin] for end, begin in links], dtype=np.int64)
    _follow(
        found, every(sharp, stations, stations), every(circle.kept, stations),
        every(circle.ceiling, stations), every(circle.shares, stations, stations),
        links.astype(np.int64).reshape(-1, 2), lags,
    )  # fmt: skip
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _follow(
    found: Array, sharp: Array, kept: Array, ceiling: Array, shares: Array,
    links: NDArray[np.int64], lags: NDArray[np.int64],
) -> None:  # fmt: skip
    runs, last, stations = found.shape
    logs = np.zeros((last, stations))
    power, brought, without = np.empty(stations), np.empty(stations), np.empty(stations)
    for run in range(runs):
        without[:] = 1.0
        for place in range(len(links)):
            without[links[place, 0]] -= shares[run, links[place, 0], links[place, 1]]
        for year in range(last - 1):
            for station in range(stations):
                logs[year, station] = np.log(found[run, year, station])
                power[station] = 0.0
                brought[station] = 0.0
            for place in range(len(links)):
                end, begin = links[place]
                then = year + 1 - lags[place]
                if then >= 0:
                    power[end] += sharp[run, end, begin] * logs[then, begin]
                    brought[end] += shares[run, end, begin] * found[run, then, begin]
                else:
                    brought[end] += shares[run, end, begin]
            for station in range(stations):
                top, held = ceiling[run, station], kept[run, station]
                own = top / (1 + (top - 1) * np.exp(-power[station]))
                target = without[station] * own + brought[station]
                found[run, year + 1, station] = (
                    held * found[run, year, station] + (1 - held) * target
                )
