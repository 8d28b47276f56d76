"""Attraction of posts and search of people for which a market stands as it was observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.labour_market.kernel import Kernel

__all__ = ["Alignment", "align", "queues"]

Array = NDArray[np.float64]
# Over-relaxation, which halves the iterations, once the first ones have settled the scale.
_RELAXED, _CALM = 1.5, 3


@dataclass(frozen=True, eq=False)
class Alignment:
    """What makes hires and leavers of every cell those that are wanted.

    Parameters
    ----------
    attraction : array, shape (..., R, O)
        Of a vacancy of the cell; its mean, weighted by vacancies, is 1.
    search : array, shape (..., R, O)
        Share of the people without work who apply in a step, at most 1.
    clipped : float
        Share of all leavers in cells where a search above 1 was wanted.
    error : float
        Largest relative error of the hires of a cell when the iteration ended.
    weights : array, shape (..., R, O)
        From which another alignment may start.
    """

    attraction: Array
    search: Array
    clipped: float
    error: float
    weights: Array


def align(
    hired: Array, left: Array, kernel: Kernel, *, vacancies: Array, unemployed: Array,
    start: Array | None = None, tolerance: float = 1e-6, most: int = 500,
    queue: Array | None = None,
) -> Alignment:  # fmt: skip
    """Find attraction and search so that a step gives the wanted hires and leavers of every cell.

    The flow from cell (r, o) to (q, j) is X[r,o] B[r,q] A[o,j] g[q,j] with g = a v p, where
    p = h / (v x) and x = -log(1 - h / v) follow from the wanted hires h. X and g are scaled in turn
    until rows sum to the leavers and columns to the hires (biproportional fitting); then
    a = g / (v p) and search = X (B (a v) A') / u.

    Parameters
    ----------
    hired, left : array, shape (..., R, O)
        Wanted hires by the cell of the post, below the vacancies, and leavers from unemployment by
        the cell of the person; their sums agree.
    kernel : Kernel
    vacancies, unemployed : array, shape (..., R, O)
    start : array, optional
        ``weights`` of an alignment that is near.
    tolerance, most
        Relative error at which the iteration ends, and its longest length.
    queue : array, optional
        Applications a vacancy over hires, where several classes of applicants compete for the same
        vacancies (:func:`queues`); by default those of one class alone.

    Raises
    ------
    InvalidArgument
        When hires are not below vacancies or the sums differ.
    InsufficientData
        When the hires of some cell cannot be reached from where people are.

    References
    ----------
    Deming, W. E., & Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency
    table. Annals of Mathematical Statistics 11(4), 427-444.
    Thibault, A., Chizat, L., Dossal, C., & Papadakis, N. (2021). Overrelaxed Sinkhorn-Knopp algorithm
    for regularized optimal transport. Algorithms 14(5), 143.
    """
    _check(hired, left, vacancies)
    terms = [
        (b, b.swapaxes(-1, -2), a, a.swapaxes(-1, -2))
        for b, a in zip(kernel.regions, kernel.occupations, strict=True)
    ]
    weights = np.where(hired > 0, 1.0, 0.0) * hired if start is None else start
    done = np.zeros((*hired.shape[:-2], 1, 1), dtype=bool)
    error = np.full(done.shape, np.inf)
    for count in range(most):
        rows = _over(left, sum(b @ (weights @ back) for b, _, _, back in terms))
        arriving = np.asarray(sum((home @ rows) @ a for _, home, a, _ in terms))
        wanted = _over(hired, arriving)
        error = np.where(done, error, _off(weights * arriving, hired))
        now = error < tolerance
        ratio = np.divide(wanted, weights, out=np.ones_like(hired), where=weights > 0)
        moved = np.where(now, wanted, weights * ratio ** (_RELAXED if count > _CALM else 1.0))
        # A member that has arrived stays as it is, so that it does not depend on the others.
        weights = np.where(done, weights, moved)
        done = done | now
        if done.all():
            break
    off = float(error.max())
    rows = _over(left, sum(b @ (weights @ back) for b, _, _, back in terms))
    if not off < 0.01:
        raise InsufficientData(
            f"The moves between regions and occupations cannot bring people to all posts: hires of a "
            f"cell are off by {100 * off:.1f} per cent",
            fix="Add the moves that are missing to transitions or flows",
        )
    if queue is None:
        alone = -np.log1p(-_over(hired, vacancies))
        attraction = np.divide(weights * alone, hired, out=np.ones_like(hired), where=hired > 0)
    else:
        attraction = np.where(hired > 0, weights * queue, 0.0)
    mean = (attraction * vacancies).sum(axis=(-1, -2), keepdims=True)
    attraction = attraction * vacancies.sum(axis=(-1, -2), keepdims=True) / mean
    reach = np.asarray(sum(b @ ((attraction * vacancies) @ back) for b, _, _, back in terms))
    scale = mean / vacancies.sum(axis=(-1, -2), keepdims=True)
    search = np.divide(
        rows * scale * reach, unemployed, out=np.zeros_like(left), where=unemployed > 0
    )
    beyond = float(left[search > 1].sum() / max(left.sum(), 1e-300))
    return Alignment(attraction, np.minimum(search, 1.0), beyond, off, weights)


def queues(barred: Array, free: Array, posts: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return applications a vacancy of those whom some posts do not take, and of those all take.

    With x and y of them, open posts hire ``v0 (1 - exp(-x - y))``, shared in proportion to x and y, and
    the other posts ``v1 (1 - exp(-y))`` of the second group alone; found by bisection.

    Parameters
    ----------
    barred, free : array (..., R, O)
        Wanted hires of the two groups; the first below the open posts, both below all posts.
    posts : tuple of two arrays
        Open posts v0 and the others v1.
    """
    wide, narrow = posts

    def parts(whole: Array) -> tuple[Array, Array]:
        hires = wide * -np.expm1(-whole)
        first = np.minimum(_over(barred * whole, hires), whole)
        return first, whole - first

    low = -np.log1p(-np.minimum(_over(barred, wide), 1 - 1e-12))
    high = np.full_like(low, 60.0)
    for _ in range(70):
        middle = (low + high) / 2
        _, second = parts(middle)
        found = wide * -np.expm1(-middle) - barred + narrow * -np.expm1(-second)
        low, high = np.where(found < free, middle, low), np.where(found < free, high, middle)
    return parts(high)


def _check(hired: Array, left: Array, vacancies: Array) -> None:
    if (hired >= vacancies).any(where=hired > 0):
        place = tuple(int(i) for i in np.argwhere((hired >= vacancies) & (hired > 0))[0])
        raise InvalidArgument(
            f"{hired[place]:g} hires are wanted of {vacancies[place]:g} vacancies",
            where=f"cell {place}", fix="Hires in a step must be fewer than the vacancies",
        )  # fmt: skip
    sums = hired.sum(axis=(-1, -2)), left.sum(axis=(-1, -2))
    if not np.allclose(*sums, rtol=1e-6):
        raise InvalidArgument(
            f"{np.max(sums[0]):g} hires and {np.max(sums[1]):g} leavers are wanted",
            fix="As many people must be hired as leave unemployment",
        )


def _over(part: Array, whole: object) -> Array:
    """Return a ratio, 0 where nothing is in reach."""
    whole = np.asarray(whole)
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _off(found: Array, wanted: Array) -> Array:
    """Return the largest relative error of a cell of each member; tiny cells count less."""
    error = np.abs(found - wanted) / np.maximum(wanted, 1e-3)
    return np.asarray(error.max(axis=(-1, -2), keepdims=True))
