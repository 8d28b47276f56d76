"""Shift-share: how much of a region's change is the nation's, its industries' and its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = [
    "Allocation",
    "ShiftShare",
    "allocation",
    "dynamic_shift_share",
    "shift_share",
    "within_between",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ShiftShare:
    """Parts of the change of every industry in every region; they add up to it."""

    national: Array
    mix: Array
    regional: Array


@dataclass(frozen=True)
class Allocation:
    """The regional part split by Esteban-Marquillas; the two add up to it."""

    competitive: Array
    allocation: Array


def _growth(start: Array, end: Array) -> Array:
    """Return end / start - 1, and 0 where there was nothing to grow from."""
    return np.divide(end - start, start, out=np.zeros_like(start), where=start > 0)


def _national(start: Array, end: Array, nation: tuple[Array, Array] | None) -> tuple[Array, Array]:
    """Return the nation's figures by industry: the given ones, or the sums over regions."""
    if nation is None:
        return start.sum(axis=0), end.sum(axis=0)
    return np.asarray(nation[0], dtype=float), np.asarray(nation[1], dtype=float)


def _checked(start: Array, end: Array) -> None:
    if start.shape != end.shape or start.ndim != 2:
        raise InvalidArgument(
            f"The shapes are {start.shape} and {end.shape}", fix="Give regions x industries twice"
        )
    if np.isnan(start).any() or np.isnan(end).any() or (start < 0).any() or (end < 0).any():
        raise InvalidArgument(
            "Shift-share takes no unknown and no negative figures",
            fix="Leave out the industries and regions that have them",
        )


def shift_share(
    start: Array, end: Array, *, nation: tuple[Array, Array] | None = None,
    growth: tuple[float, Array] | None = None,
) -> ShiftShare:  # fmt: skip
    """Split every change into what the nation, the industry and the region itself did.

    With e the figure at the start, g the growth of the nation, g_i of the industry in the nation and
    g_ri in the region: national ``e g``, mix ``e (g_i - g)``, regional ``e (g_ri - g_i)``. They sum
    to the change. What starts from nothing counts as regional.

    Parameters
    ----------
    start, end : arrays (r, i)
    nation : tuple of two arrays (i,), optional
        The nation's figures when the regions are not all of it; by default their sums.
    growth : tuple of float and array (i,), optional
        Growth of the nation and of its industries where only rates are published.

    Returns
    -------
    ShiftShare

    Raises
    ------
    InvalidArgument
        When figures are unknown, negative or of different shapes.
    InsufficientData
        When the nation starts from nothing.

    References
    ----------
    Dunn, E. S. (1960). A statistical and analytical technique for regional analysis. Papers of the
    Regional Science Association 6, 97-112.
    """
    _checked(start, end)
    if growth is None:
        first, last = _national(start, end, nation)
        if not first.sum() > 0:
            raise InsufficientData(
                "All figures of the first year are 0", fix="Choose a year with figures"
            )
        whole, of_industry = float(last.sum() / first.sum() - 1), _growth(first, last)
    else:
        whole, of_industry = growth[0], np.asarray(growth[1], dtype=float)
    national = start * whole
    mix = start * (of_industry - whole)
    return ShiftShare(national, mix, end - start - national - mix)


def dynamic_shift_share(figures: Array, *, nation: Array | None = None) -> ShiftShare:
    """Sum the shift-share of every year, so that the mix of industries is kept up to date.

    Parameters
    ----------
    figures : array (t, r, i)
    nation : array (t, i), optional

    Returns
    -------
    ShiftShare

    References
    ----------
    Barff, R. A., & Knight, P. L. (1988). Dynamic shift-share analysis. Growth and Change 19(2), 1-10.
    """
    if figures.ndim != 3 or len(figures) < 2:
        raise InsufficientData(
            "Shift-share by year needs at least two years", fix="Add years of employment"
        )
    parts = [
        shift_share(
            figures[year], figures[year + 1],
            nation=None if nation is None else (nation[year], nation[year + 1]),
        )
        for year in range(len(figures) - 1)
    ]  # fmt: skip
    return ShiftShare(
        *(
            np.sum([getattr(part, name) for part in parts], axis=0)
            for name in ("national", "mix", "regional")
        )
    )


def allocation(
    start: Array, end: Array, *, nation: tuple[Array, Array] | None = None
) -> Allocation:
    """Split the regional part: competitive strength, and being specialised where one is strong.

    With the homothetic figure ``e* = e_r e_i / e`` (the region with the nation's mix of industries):
    competitive ``e* (g_ri - g_i)``, allocation ``(e - e*) (g_ri - g_i)``.

    Parameters
    ----------
    start, end : arrays (r, i)
    nation : tuple of two arrays (i,), optional

    Returns
    -------
    Allocation

    References
    ----------
    Esteban-Marquillas, J. M. (1972). A reinterpretation of shift-share analysis. Regional and Urban
    Economics 2(3), 249-255.
    """
    regional = shift_share(start, end, nation=nation).regional
    first, last = _national(start, end, nation)
    ahead = _growth(start, end) - _growth(first, last)[None, :]
    usual = start.sum(axis=1, keepdims=True) * first[None, :] / first.sum()
    competitive = np.where(start > 0, usual * ahead, 0.0)
    return Allocation(competitive, regional - competitive)


def within_between(first: Array, last: Array) -> tuple[Array, Array]:
    """Split the change of each item's share into change within groups and change of the groups.

    With w_r the weight of group r and s_rk the share of item k in it, bars for the mean of the two
    times, and S the mean share over the groups: within ``sum w_bar (s_1 - s_0)``, between
    ``sum (w_1 - w_0) (s_bar - S)``. They sum to the change of the whole's share, and the between
    part is 0 for an item that is equally common in all groups.

    Parameters
    ----------
    first, last : arrays (r, k)
        Counts by group and item, not negative; each time has a count somewhere.

    Returns
    -------
    tuple of two arrays (k,)
        Within and between.

    References
    ----------
    Foster, L., Haltiwanger, J., & Krizan, C. J. (2001). Aggregate productivity growth. In New
    Developments in Productivity Analysis. University of Chicago Press.
    """
    _checked(first, last)
    weights, shares = [], []
    for counts in (first, last):
        size = counts.sum(axis=1)
        if not size.sum() > 0:
            raise InsufficientData("All counts of a year are 0", fix="Choose a year with counts")
        weights.append(size / size.sum())
        shares.append(
            np.divide(
                counts, size[:, None], out=np.full(counts.shape, np.nan), where=size[:, None] > 0
            )
        )
    # A group that has no count at one time has the share of the other time: it only comes or goes.
    known = [np.where(np.isnan(mine), other, mine) for mine, other in (shares, shares[::-1])]
    known = [np.nan_to_num(share) for share in known]
    within = ((weights[0] + weights[1]) / 2) @ (known[1] - known[0])
    middle = (known[0] + known[1]) / 2
    overall = (weights[0] @ known[0] + weights[1] @ known[1]) / 2
    between = (weights[1] - weights[0]) @ (middle - overall)
    return within, between
