"""Distinct profiles: which activities each region takes when too many regions in one cost something."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.integer import Program, program_of
from echelon.methods.quotient import cosines

__all__ = ["choice_concentration", "crowded", "mean_overlap", "own_profiles", "profile_program"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def profile_program(score: Array, *, size: int, room: int, crowding: float) -> tuple[
    Program, NDArray[np.int64]
]:  # fmt: skip
    """Lay out the choice of a profile for every region, with a price on crowding.

    max sum_ri s_ri y_ri - d sum_i max(0, sum_r y_ri - c), sum_i y_ri <= n for every region. The
    conditions are those of a flow, so the program without whole numbers has a whole optimum.

    Parameters
    ----------
    score : array (m, n)
        Regions by activities, 0 or more; unknown where a region may not take an activity.
    size : int
        Activities of a profile, n.
    room : int
        Regions that an activity has room for, c.
    crowding : float
        Price of each region beyond it, d.

    Returns
    -------
    tuple of Program, int array (choices,)
        The program, and the place of each of its first variables in the flat score.

    References
    ----------
    Balland, P.-A. et al. (2019). Regional Studies 53(9), 1252-1268.
    """
    from scipy.sparse import coo_array, csr_array

    if size < 1 or room < 1 or not crowding >= 0:
        raise InvalidArgument(
            f"size = {size}, room = {room}, crowding = {crowding}",
            fix="Give a size and a room of at least 1 and a price of 0 or more",
        )
    m, n = score.shape
    allowed = np.flatnonzero(~np.isnan(score.ravel()))
    region, activity = np.divmod(allowed, n)
    at = np.arange(len(allowed))
    beyond = len(at) + np.arange(n)
    matrix = coo_array(
        (
            np.concatenate([np.ones(2 * len(at)), -np.ones(n)]),
            (
                np.concatenate([region, m + activity, m + np.arange(n)]),
                np.concatenate([at, at, beyond]),
            ),
        ),
        shape=(m + n, len(at) + n),
    )
    cost = np.concatenate([-score.ravel()[allowed], np.full(n, crowding)])
    program = program_of(
        cost, csr_array(matrix), row_low=np.full(m + n, -np.inf),
        row_high=np.concatenate([np.full(m, size), np.full(n, room)]).astype(float),
        whole=np.arange(len(cost)) < len(at),
        upper=np.concatenate([np.ones(len(at)), np.full(n, float(m))]),
    )  # fmt: skip
    return program, allowed


def own_profiles(score: Array, *, size: int) -> Flags:
    """Return the profiles that regions take when each looks at its own scores alone, (m, n)."""
    order = np.argsort(-np.nan_to_num(score, nan=-1.0), axis=1, kind="stable")
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(score.shape[1]), score.shape), axis=1)
    return np.asarray((place < size) & ~np.isnan(score))


def mean_overlap(profiles: Flags) -> Array:
    """Return the mean cosine of each region's profile with those of the others, (m,)."""
    alike = cosines(profiles.astype(float))
    np.fill_diagonal(alike, np.nan)
    known = ~np.isnan(alike)
    total = np.where(known, alike, 0.0).sum(axis=1)
    return np.divide(
        total, known.sum(axis=1), out=np.full(len(alike), np.nan), where=known.any(axis=1)
    )


def choice_concentration(profiles: Flags) -> float:
    """Return the sum of squared shares of the activities in all choices: 1 when all take one."""
    counts = profiles.sum(axis=0).astype(float)
    return float(((counts / counts.sum()) ** 2).sum()) if counts.sum() else float("nan")


def crowded(profiles: Flags, *, room: int) -> int:
    """Return the choices beyond the room of their activity."""
    return int(np.maximum(0, profiles.sum(axis=0) - room).sum())
