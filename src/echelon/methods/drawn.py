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
# Scores that are ranked at once: few enough to stay in the cache of a processor.
_CELLS = 32_768
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
                part = found[child] * share
                if not whole:
                    share = share * ~np.isnan(part)
                    part = np.where(share > 0, part, 0.0)
                total += part
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
    bits, units = m.bit_length(), np.arange(m)
    flat = scores.reshape(-1, m)
    found = np.empty(flat.size, dtype=np.uint16)
    step = max(1, _CELLS // m)
    for start in range(0, len(flat), step):
        # Score and unit in one whole number: sorting numbers is quicker than sorting by them.
        steps = (1.0 - flat[start : start + step]) * _STEPS
        np.rint(steps, out=steps)
        steps[np.isnan(steps)] = 2 * _STEPS
        keys = steps.astype(np.int64)
        keys <<= bits
        keys |= units
        keys.sort(axis=-1)
        unit = keys & ((1 << bits) - 1)
        keys >>= bits
        place = np.tile(np.arange(1, m + 1, dtype=np.uint16), (len(keys), 1))
        same = keys[:, 1:] == keys[:, :-1]
        if same.any():
            place[:, 1:][same] = 0
            np.maximum.accumulate(place, axis=-1, out=place)
            place[keys == int(2 * _STEPS)] = 0
        else:
            place[:, -1][keys[:, -1] == int(2 * _STEPS)] = 0
        unit += m * np.arange(start, start + len(keys))[:, None]
        found[unit.ravel()] = place.ravel()
    return found.reshape(scores.shape)


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
