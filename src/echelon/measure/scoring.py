"""From a panel of indicators to scores: normalise, weigh, aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from echelon.errors import InsufficientData, InvalidArgument
from echelon.measure.method import Method, Normalising
from echelon.methods.aggregate import AGGREGATIONS, Aggregation
from echelon.methods.normalise import goalposts, minmax, percentile, zscore
from echelon.methods.weigh import WEIGHTINGS

if TYPE_CHECKING:
    from echelon.measure.panel import Panel

__all__ = ["Method", "Scores", "normalise", "positive", "score", "weigh"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """Scores of every item of the tree, 0 to 1.

    Parameters
    ----------
    normalised : array (t, m, n)
        Indicators.
    nodes : dict of str to array (t, m)
        Every item, indicators included.
    within : dict of str to array (k,)
        Weights of the children of each group.
    effective : dict of str to float
        Weight of each item in the top item.
    """

    normalised: Array
    nodes: dict[str, Array]
    within: dict[str, Array]
    effective: dict[str, float]


def score(panel: Panel, method: Method) -> Scores:
    """Normalise, weigh and aggregate a panel by one method."""
    way, outliers = method.normalisation, method.outliers
    normalised = normalise(panel, way, panel.figures(method.imputation, outliers))
    known = normalised
    if method.imputation != "in_time" and method.weighting != "expert":
        known = normalise(panel, way, panel.figures("in_time", outliers))
    within, _ = weigh(panel, known, method.weighting)
    weights: dict[str, ArrayLike] = dict(within)
    nodes = panel.tree.scores(
        positive(normalised, method.aggregation), AGGREGATIONS[method.aggregation], weights=weights
    )
    nodes.update(zip(panel.tree.leaves, np.moveaxis(normalised, -1, 0), strict=True))
    return Scores(normalised, nodes, within, _effective(panel, within))


def positive(values: Array, aggregation: Aggregation) -> Array:
    """Return scores that the mean can take: 0.01 to 1 instead of 0 to 1 but for the arithmetic."""
    return values if aggregation == "arithmetic" else 0.01 + 0.99 * values


def normalise(panel: Panel, way: Normalising, figures: tuple[Array, Array]) -> Array:
    """Return the indicators between 0 and 1, from figures as filled and as treated.

    Goalposts are for figures as they are: outliers are left, and the scale ends at the goalposts.
    """
    full, treated = figures
    direction = panel.direction
    if way == "minmax":
        return minmax(treated, direction=direction)
    if way == "percentile":
        return percentile(treated, direction=direction)
    if way == "zscore":
        return np.asarray(ndtr(zscore(treated, direction=direction)))
    rows = panel.items.loc[list(panel.tree.leaves)]
    missing = rows.index[rows["goalpost_low"].isna() | rows["goalpost_high"].isna()]
    if len(missing):
        raise InvalidArgument(
            f"The indicator {missing[0]!r} has no goalposts",
            where="table indicator_tree, columns goalpost_low and goalpost_high",
            fix="Give both for every indicator, or use the normalisation minmax",
        )
    low, high = rows["goalpost_low"].to_numpy(float), rows["goalpost_high"].to_numpy(float)
    return goalposts(full, low=low, high=high, direction=direction)


def weigh(
    panel: Panel, normalised: Array, weighting: str, *, lenient: bool = False
) -> tuple[dict[str, Array], list[str]]:
    """Return the weights of the children of every group by one rule.

    Data give weights only among indicators; groups keep the weights of the tree.

    Parameters
    ----------
    panel : Panel
    normalised : array (t, m, n)
        Filled from other years: a rule needs rows in which every indicator is known.
    weighting : str
    lenient : bool
        Whether a group in which the data give no weights keeps those of the tree.

    Returns
    -------
    within : dict of str to array (k,)
    kept : list of str
        Groups that kept the weights of the tree because the data are too few.
    """
    place = {leaf: i for i, leaf in enumerate(panel.tree.leaves)}
    found, kept = {}, []
    for group in panel.tree.groups:
        children = panel.tree.children(group)
        found[group] = np.array([panel.tree.within[child] for child in children])
        if weighting == "expert" or len(children) == 1 or not all(c in place for c in children):
            continue
        columns = normalised[..., [place[child] for child in children]]
        try:
            found[group] = WEIGHTINGS[weighting](columns)
        except InsufficientData as error:
            if not lenient:
                raise InsufficientData(
                    f"The rule {weighting!r} gives no weights to the group {group!r}: {error.what}",
                    fix="Use the weights of the tree: weighting = expert",
                ) from error
            kept.append(group)
    return found, kept


def _effective(panel: Panel, within: dict[str, Array]) -> dict[str, float]:
    """Return the weight of every item in the top item."""
    tree = panel.tree
    found = {tree.top: 1.0}
    for group in tree.below(tree.top):
        for child, weight in zip(tree.children(group), within.get(group, ()), strict=True):
            found[child] = found[group] * float(weight)
    return found
