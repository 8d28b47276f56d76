"""Score a tree under many draws of weights at once, and count the ranks that come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.methods.aggregate import Aggregation
from echelon.methods.tree import Tree

__all__ = ["bands_of_counts", "count_ranks", "drawn_scores", "shared_ranks"]

Array = NDArray[np.float64]
# Scores nearer than this are equal: below it the order of additions decides, not the figures.
_STEPS = 2.0**40
# Each mean is the arithmetic one of other figures, so that one matrix product serves them all.
_INTO: dict[Aggregation, Callable[[Array], Array]] = {
    "arithmetic": np.asarray,
    "geometric": np.log,
    "harmonic": np.reciprocal,
}
_BACK: dict[Aggregation, Callable[[Array], Array]] = {
    "arithmetic": np.asarray,
    "geometric": np.exp,
    "harmonic": np.reciprocal,
}


def drawn_scores(
    tree: Tree, values: Array, weights: Array, *, aggregation: Aggregation, items: Sequence[str]
) -> Array:
    """Return the scores of some groups of a tree under every draw of weights.

    Group by group from below, sum w x / sum w over the known x is one product of the matrix of
    figures with the matrix of weights; the geometric mean is that of the logarithms and the
    harmonic mean that of the reciprocals.

    Parameters
    ----------
    tree : Tree
    values : array (rows, n)
        Indicators in the order of ``tree.leaves``; above 0 unless the mean is arithmetic.
    weights : array (draws, e)
        Weights of the items below the top in the order of ``tree.below(tree.top)``, any scale.
    aggregation : {"arithmetic", "geometric", "harmonic"}
    items : sequence of str
        Groups.

    Returns
    -------
    array (items, draws, rows)
        Unknown where nothing below the group is known.
    """
    known = ~np.isnan(values)
    whole = bool(known.all())
    shares = known.astype(float)
    figures = _INTO[aggregation](np.where(known, values, 1.0)) * shares
    leaf = {name: place for place, name in enumerate(tree.leaves)}
    edge = {name: place for place, name in enumerate(tree.below(tree.top)[1:])}
    found: dict[str, Array] = {}
    for group in tree.groups:
        children = tree.children(group)
        own = [leaf[child] for child in children if child in leaf]
        given = weights[:, [edge[child] for child in children if child in leaf]]
        total = given @ figures[:, own].T
        weight = given.sum(axis=1)[:, None] if whole else given @ shares[:, own].T
        for child in children:
            if child not in leaf:
                share = weights[:, edge[child], None]
                if not whole:
                    share = share * ~np.isnan(found[child])
                total += np.where(share > 0, found[child] * share, 0.0)
                weight = weight + share
        with np.errstate(divide="ignore", invalid="ignore"):
            found[group] = total / weight
    return np.stack([_BACK[aggregation](found[item]) for item in items])


def shared_ranks(scores: Array) -> NDArray[np.uint16]:
    """Return the rank of each unit, 1 the highest score, for scores between 0 and 1.

    As :func:`echelon.methods.rank.ranks`, but scores nearer than 1e-12 are equal, so that neither
    the order of additions nor the number of threads moves a rank.

    Parameters
    ----------
    scores : array (..., m)
        At most 65,535 units, last.

    Returns
    -------
    array of whole numbers (..., m)
        0 where the score is unknown.
    """
    m = scores.shape[-1]
    bits = m.bit_length()
    # Score and unit in one whole number: sorting numbers is quicker than sorting by them.
    steps = np.where(np.isnan(scores), 2 * _STEPS, np.rint((1.0 - scores) * _STEPS))
    keys = (steps.astype(np.int64) << bits) | np.arange(m)
    keys.sort(axis=-1)
    unit = keys & ((1 << bits) - 1)
    keys >>= bits
    place = np.broadcast_to(np.arange(1, m + 1, dtype=np.uint16), keys.shape).copy()
    place[..., 1:][keys[..., 1:] == keys[..., :-1]] = 0
    place = np.maximum.accumulate(place, axis=-1)
    place[keys == int(2 * _STEPS)] = 0
    found = np.empty_like(place)
    np.put_along_axis(found, unit, place, axis=-1)
    return found


def count_ranks(ranks: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Return how often each unit has each rank, over draws.

    Parameters
    ----------
    ranks : array of whole numbers (draws, m)
        0 where unknown, as of :func:`shared_ranks`.

    Returns
    -------
    array (m, m + 1)
        Units by ranks 0 to m.
    """
    m = ranks.shape[-1]
    places = np.arange(m) * (m + 1) + ranks
    return np.bincount(places.ravel(), minlength=m * (m + 1)).reshape(m, m + 1)


def bands_of_counts(
    counts: NDArray[np.integer[Any]], *, low: float = 0.05, high: float = 0.95
) -> tuple[Array, Array, Array]:
    """Return the lower end, the median and the upper end of each unit's rank from its counts.

    Parameters
    ----------
    counts : array (..., m, m + 1)
        As of :func:`count_ranks`; draws in which the rank is unknown are left out.
    low, high : float
        Quantiles of the band.

    Returns
    -------
    low, median, high : arrays (..., m)
        Ranks; the ends are ranks that occurred, the median may be halfway. NaN without a draw.
    """
    upto = np.cumsum(counts[..., 1:], axis=-1)
    total = upto[..., -1]

    def at(place: Array) -> Array:
        return 1.0 + (upto <= place[..., None]).sum(axis=-1)

    last = np.maximum(total - 1, 0)
    middle = (at(np.floor(last / 2)) + at(np.ceil(last / 2))) / 2
    found = [at(np.rint(low * last)), middle, at(np.rint(high * last))]
    lower, median, upper = (np.where(total > 0, ranks, np.nan) for ranks in found)
    return lower, median, upper
