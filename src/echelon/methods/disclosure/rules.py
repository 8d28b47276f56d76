"""Which cells of a table tell too much about somebody."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InvalidArgument, MisalignedLabels

__all__ = ["Unsafe", "unsafe_cells"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Unsafe:
    """Which cells may not be published, why, and how wide the doubt about each must stay.

    Parameters
    ----------
    few, dominated, close : bool arrays (cells,)
        Fewer contributors than the threshold; a few make up nearly all of it; the second largest
        can estimate the largest too closely.
    protection : array (cells,)
        Least width of the interval that an attacker may find, 0 for safe cells.
    """

    few: NDArray[np.bool_]
    dominated: NDArray[np.bool_]
    close: NDArray[np.bool_]
    protection: Array

    @property
    def any(self) -> NDArray[np.bool_]:
        """Return which cells are unsafe by some rule."""
        return self.few | self.dominated | self.close


def unsafe_cells(
    total: ArrayLike, contributors: ArrayLike, *, largest: ArrayLike | None = None,
    threshold: int = 10, dominance: tuple[int, float] = (2, 0.9), p_percent: float = 0.1,
) -> Unsafe:  # fmt: skip
    """Find the cells that would tell too much about a person or an employer.

    A cell is unsafe when 1 to ``threshold - 1`` contribute to it, when the ``n`` largest make up more
    than the share ``k`` of it, or when ``total - x1 - x2 < p * x1``, so that who contributes second
    most knows the largest to within p. A cell of zero is safe.

    Parameters
    ----------
    total, contributors : arrays (cells,)
        What is published, and how many it is made of; both alike for a table of counts.
    largest : array (cells, k), optional
        The largest contributions in falling order; without them only the threshold is looked at.
    threshold : int
    dominance : (n, k)
    p_percent : float
        As a share, for example 0.1.

    Returns
    -------
    Unsafe
        The protection is ``threshold`` contributors at the cell's mean contribution, and what the two
        other rules ask for: ``(x1 + ... + xn) / k - total`` and ``p * x1 - (total - x1 - x2)``; each
        counts on either side of the value.

    References
    ----------
    Hundepool, A., et al. (2012). Statistical Disclosure Control. Wiley, ch. 4.
    """
    totals, counts = np.asarray(total, float), np.asarray(contributors, float)
    n, share = dominance
    if threshold < 1 or n < 1 or not 0 < share <= 1 or not p_percent >= 0:
        raise InvalidArgument(
            f"threshold {threshold}, dominance {dominance} and p {p_percent} are no rules",
            fix="Use a threshold of 1 or more, shares between 0 and 1",
        )
    if totals.shape != counts.shape or (counts < 0).any():
        raise MisalignedLabels("Each cell needs a total and 0 or more contributors")
    few = (counts > 0) & (counts < threshold)
    mean = np.divide(np.abs(totals), counts, out=np.zeros_like(totals), where=counts > 0)
    width = np.where(few, threshold * mean, 0.0)
    dominated = close = np.zeros(totals.shape, dtype=bool)
    if largest is not None:
        parts = np.asarray(largest, float)
        if parts.ndim != 2 or len(parts) != len(totals) or parts.shape[1] < max(2, n):
            raise MisalignedLabels(f"Give the {max(2, n)} largest contributions of each cell")
        first, others = parts[:, 0], totals - parts[:, :2].sum(axis=1)
        lacking = parts[:, :n].sum(axis=1) / share - totals
        dominated = (counts > 0) & (lacking > 0)
        close = (counts > 0) & (others < p_percent * first)
        width = np.maximum(width, np.where(dominated, 2 * lacking, 0.0))
        width = np.maximum(width, np.where(close, 2 * (p_percent * first - others), 0.0))
    return Unsafe(few, dominated, close, width)
