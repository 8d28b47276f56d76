"""Relatedness and complexity of activities and regions, from who has which activity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = [
    "Complexity",
    "Relatedness",
    "complexity",
    "density",
    "fitness",
    "outlook_gain",
    "outlook_index",
    "proximity",
    "reflections",
    "relatedness",
]

Array = NDArray[np.float64]
Relatedness = Literal["conditional", "probability"]

# Two eigenvalues closer than this are one: their vectors can be turned into each other.
_SAME = 1e-10


@dataclass(frozen=True)
class Complexity:
    """Complexity of regions and activities.

    Parameters
    ----------
    regions : array (m,)
        Economic complexity index, mean 0 and standard deviation 1 (n - 1).
    activities : array (n,)
        Activity (product) complexity index, likewise.
    second, third : float
        The second and third eigenvalue: where both are equal, the index has no direction.
    agreement : float
        Correlation of the regions' index with their diversity; its sign is how the index was turned.
    """

    regions: Array
    activities: Array
    second: float
    third: float
    agreement: float


def _checked(presence: Array) -> Array:
    if presence.ndim != 2 or not np.isin(presence, (0.0, 1.0)).all():
        raise InvalidArgument(
            "Who has which activity is given by a table of zeros and ones",
            fix="Give present(location_quotient(amounts))",
        )
    return presence


def complexity(presence: Array, *, like: Array | None = None) -> Complexity:
    """Order regions and activities by the complexity that the method of reflections ends in.

    The index of the regions is the second eigenvector of
    W_rs = sum_i M_ri M_si / (k_r k_i), that of an activity the mean of the regions that have it;
    each is then scaled to mean 0 and standard deviation 1 (n - 1) by its own figures. The sign is
    that of the correlation with diversity. It is an order along the strongest contrast between
    the regions, not a level, and it depends on which regions and activities are in the table.

    Parameters
    ----------
    presence : array (m, n) of 0 and 1
        Who has which activity. Regions without any, activities that nobody has, and all who share
        nothing with the largest connected group of regions are unknown.
    like : array (m,), optional
        Turn the index so that it correlates with this one instead of with diversity: for draws.

    Returns
    -------
    Complexity
        All unknown where the second eigenvector is not unique.

    References
    ----------
    Hidalgo, C. A., & Hausmann, R. (2009). PNAS 106(26), 10570-10575.
    Mealy, P., Farmer, J. D., & Teytelboym, A. (2019). Science Advances 5(1), eaau1705.
    """
    matrix = _checked(presence)
    rows = matrix.sum(axis=1) > 0
    regions, activities = np.full(len(rows), np.nan), np.full(matrix.shape[1], np.nan)
    rows = _largest_group(matrix, rows)
    columns = matrix[rows].sum(axis=0) > 0
    inner = matrix[np.ix_(rows, columns)]
    nothing = Complexity(regions, activities, np.nan, np.nan, np.nan)
    if min(inner.shape) < 3:
        return nothing
    diversity, ubiquity = inner.sum(axis=1), inner.sum(axis=0)
    root = np.sqrt(diversity)
    # Symmetric, with the same eigenvalues as W: its vectors are exact and real.
    half = inner / np.sqrt(ubiquity) / root[:, None]
    values, vectors = np.linalg.eigh(half @ half.T)
    second, third = float(values[-2]), float(values[-3])
    if second > 1 - _SAME or second - third < _SAME or second < _SAME:
        return Complexity(regions, activities, second, third, np.nan)
    index = vectors[:, -2] / root
    reference = diversity if like is None else like[rows]
    index = index * (-1.0 if _correlation(index, reference) < 0 else 1.0)
    regions[rows] = _scaled(index)
    activities[columns] = _scaled(inner.T @ index / ubiquity)
    return Complexity(regions, activities, second, third, _correlation(index, diversity))


def _largest_group(matrix: Array, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the largest group of regions that share activities, directly or through others."""
    from scipy.sparse.csgraph import connected_components

    _, label = connected_components(matrix @ matrix.T, directed=False)
    if not rows.any():
        return rows
    return np.asarray(rows & (label == np.bincount(label[rows]).argmax()))


def _correlation(one: Array, other: Array) -> float:
    """Return the correlation over what both know, 0 where one of them does not vary."""
    known = ~(np.isnan(one) | np.isnan(other))
    a, b = one[known] - one[known].mean(), other[known] - other[known].mean()
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0


def _scaled(figures: Array) -> Array:
    return np.asarray((figures - figures.mean()) / figures.std(ddof=1))


def reflections(presence: Array, *, steps: int) -> tuple[Array, Array]:
    """Return the averages of averages by which complexity was first defined.

    k_r0 = sum_i M_ri, k_i0 = sum_r M_ri; k_rN = sum_i M_ri k_i,N-1 / k_r0 and likewise for i.

    Parameters
    ----------
    presence : array (m, n) of 0 and 1
    steps : int
        How often to average.

    Returns
    -------
    regions, activities : arrays (steps + 1, m) and (steps + 1, n)
        Step 0 is diversity and ubiquity; unknown where they are 0.

    References
    ----------
    Hidalgo, C. A., & Hausmann, R. (2009). PNAS 106(26), 10570-10575.
    """
    matrix = _checked(presence)
    with np.errstate(invalid="ignore", divide="ignore"):
        over_regions = matrix / matrix.sum(axis=1, keepdims=True)
        over_activities = (matrix / matrix.sum(axis=0, keepdims=True)).T
    regions, activities = [matrix.sum(axis=1)], [matrix.sum(axis=0)]
    for _ in range(steps):
        latest = np.nan_to_num(activities[-1]), np.nan_to_num(regions[-1])
        regions.append(over_regions @ latest[0])
        activities.append(over_activities @ latest[1])
    return np.stack(regions), np.stack(activities)


def proximity(presence: Array) -> Array:
    """Return how often two activities are found together: the lesser conditional probability.

    phi_ij = sum_r M_ri M_rj / max(k_i, k_j). An activity is near itself (1).

    Parameters
    ----------
    presence : array (m, n) of 0 and 1

    Returns
    -------
    array (n, n)
        0 for an activity that nobody has, also with itself.

    References
    ----------
    Hidalgo, C. A. et al. (2007). Science 317, 482-487.
    """
    matrix = _checked(presence)
    together = matrix.T @ matrix
    ubiquity = together.diagonal()
    return together / np.maximum(np.maximum(ubiquity[:, None], ubiquity), 1.0)


def relatedness(presence: Array, *, form: Relatedness = "conditional") -> Array:
    """Return how related two activities are.

    Parameters
    ----------
    presence : array (m, n) of 0 and 1
    form : {"conditional", "probability"}
        The lesser conditional probability (:func:`proximity`), or how many times more often than
        by chance the two are found together, C_ij / [((S_i/T)(S_j/(T - S_i)) + (S_j/T)(S_i/(T -
        S_j))) T/2], where C are the co-occurrences of different activities, S their sums, T the
        total; an activity has none with itself.

    Returns
    -------
    array (n, n)

    References
    ----------
    van Eck, N. J., & Waltman, L. (2009). JASIST 60(8), 1635-1651.
    Steijn, M. P. A. (2021). Improvement on the association strength. Quantitative Science Studies
    2(1), 126-141.
    """
    if form == "conditional":
        return proximity(presence)
    matrix = _checked(presence)
    together = matrix.T @ matrix
    np.fill_diagonal(together, 0.0)
    sums = together.sum(axis=0)
    total = sums.sum()
    one = np.divide(sums, total - sums, out=np.zeros_like(sums), where=total > sums)
    chance = (np.outer(one, sums) + np.outer(sums, one)) / 2.0
    return np.divide(together, chance, out=np.zeros_like(together), where=chance > 0)


def density(presence: Array, nearness: Array, *, with_itself: bool = True) -> Array:
    """Return how much of what is related to an activity a region already has.

    w_ri = sum_j M_rj phi_ij / sum_j phi_ij, from 0 to 1.

    Parameters
    ----------
    presence : array (m, n) of 0 and 1
    nearness : array (n, n)
        From :func:`proximity` or :func:`relatedness`.
    with_itself : bool
        Whether an activity counts as related to itself.

    Returns
    -------
    array (m, n)
        0 for an activity that is related to none.

    References
    ----------
    Hidalgo, C. A. et al. (2007). Science 317, 482-487.
    """
    near = nearness if with_itself else nearness - np.diag(nearness.diagonal())
    whole = near.sum(axis=0)
    return np.divide(
        _checked(presence) @ near, whole, out=np.zeros(presence.shape), where=whole > 0
    )


def fitness(presence: Array, *, iterations: int = 100) -> tuple[Array, Array]:
    """Return the fitness of regions and the quality of activities: only their order has meaning.

    F_r = sum_i M_ri Q_i and Q_i = 1 / sum_r (M_ri / F_r), each divided by its mean at every step.
    An activity that an unfit region has too can be of little quality. Where the table is not
    full the figures of some regions fall towards 0 without end, so the number of steps is fixed.

    Parameters
    ----------
    presence : array (m, n) of 0 and 1
    iterations : int

    Returns
    -------
    fitness, quality : arrays (m,) and (n,)
        Unknown for regions without activities and activities that nobody has.

    References
    ----------
    Tacchella, A. et al. (2012). A new metrics for countries' fitness and products' complexity.
    Scientific Reports 2, 723.
    Pugliese, E., Zaccaria, A., & Pietronero, L. (2016). On the convergence of the
    Fitness-Complexity algorithm. European Physical Journal Special Topics 225, 1893-1911.
    """
    matrix = _checked(presence)
    rows, columns = matrix.sum(axis=1) > 0, matrix.sum(axis=0) > 0
    inner = matrix[np.ix_(rows, columns)]
    fit, quality = np.ones(inner.shape[0]), np.ones(inner.shape[1])
    tiny = np.finfo(float).tiny
    for _ in range(iterations if inner.size else 0):
        new = inner @ quality
        quality = 1.0 / (inner.T @ (1.0 / np.maximum(fit, tiny)))
        fit = new * (len(new) / np.add.reduce(new))
        quality = quality * (len(quality) / np.add.reduce(quality))
    regions, activities = np.full(len(rows), np.nan), np.full(len(columns), np.nan)
    regions[rows], activities[columns] = fit, quality
    return regions, activities


def outlook_index(presence: Array, densities: Array, quality: Array) -> Array:
    """Return how many complex activities lie near what each region has.

    COI_r = sum_i w_ri (1 - M_ri) PCI_i.

    Parameters
    ----------
    presence, densities : arrays (m, n)
    quality : array (n,)
        Complexity of the activities; an unknown one counts as nothing.

    Returns
    -------
    array (m,)

    References
    ----------
    Hausmann, R. et al. (2014). The Atlas of Economic Complexity. MIT Press, p. 54.
    """
    return np.asarray((densities * (1.0 - presence)) @ np.nan_to_num(quality))


def outlook_gain(
    presence: Array, nearness: Array, quality: Array, *, with_itself: bool = True
) -> Array:
    """Return how much nearer to other complex activities each absent one would bring a region.

    COG_ri = sum_{j != i} phi_ij / (sum_k phi_jk) (1 - M_rj) PCI_j - w_ri PCI_i for M_ri = 0, else
    0: the change of the outlook index when the region takes the activity up, relatedness held
    fixed. (Some programs leave out the second term and count j = i.)

    Parameters
    ----------
    presence : array (m, n)
    nearness : array (n, n)
    quality : array (n,)
        Complexity of the activities; an unknown one counts as nothing.
    with_itself : bool
        As in :func:`density`.

    Returns
    -------
    array (m, n)

    References
    ----------
    Hausmann, R. et al. (2014). The Atlas of Economic Complexity. MIT Press, p. 54.
    """
    near = nearness if with_itself else nearness - np.diag(nearness.diagonal())
    known = np.nan_to_num(quality)
    whole = near.sum(axis=0)
    weight = np.divide(near, whole, out=np.zeros_like(near), where=whole > 0)
    absent = 1.0 - _checked(presence)
    others = (absent * known) @ (weight - np.diag(weight.diagonal())).T
    own = density(presence, nearness, with_itself=with_itself) * known
    return np.asarray(absent * (others - own))
