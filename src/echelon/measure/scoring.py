"""From a panel of indicators to scores: normalise, weigh, aggregate, and how certain the ranks are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from echelon.errors import InvalidArgument
from echelon.methods.aggregate import AGGREGATIONS, Aggregation
from echelon.methods.normalise import goalposts, minmax, percentile, zscore
from echelon.methods.rank import rank_bands
from echelon.methods.weigh import WEIGHTINGS, Weighting, noisy
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.measure.panel import Panel

__all__ = ["WAYS", "Method", "Normalising", "Scores", "band_of_ranks", "draw", "score"]

Array = NDArray[np.float64]
Normalising = Literal["minmax", "goalposts", "percentile", "zscore"]
WAYS = 3
_DRAWN_NORMALISATIONS: tuple[Normalising, ...] = ("minmax", "percentile", "zscore")
_DRAWN_WEIGHTINGS: tuple[Weighting, ...] = ("expert", "entropy", "critic")


@dataclass(frozen=True)
class Method:
    """The choices behind an index, and how many draws tell how certain its ranks are."""

    normalisation: Normalising = "minmax"
    weighting: Weighting = "expert"
    aggregation: Aggregation = "arithmetic"
    draws: int = 200
    spread: float = 0.25
    seed: int = 0

    def __post_init__(self) -> None:
        if self.normalisation not in ("goalposts", *_DRAWN_NORMALISATIONS):
            known = ("goalposts", *_DRAWN_NORMALISATIONS)
            raise unknown_name("normalisation", self.normalisation, known)
        if self.weighting not in ("expert", *WEIGHTINGS):
            raise unknown_name("weighting", self.weighting, ("expert", *WEIGHTINGS))
        if self.aggregation not in AGGREGATIONS:
            raise unknown_name("aggregation", self.aggregation, AGGREGATIONS)
        if self.draws < 20:
            raise InvalidArgument(
                f"{self.draws} draws are too few for a 5-95 % band",
                fix="Use 20 or more, 200 by default",
            )
        if not 0 <= self.spread < 1:
            raise InvalidArgument(
                f"The spread {self.spread} is outside 0 to 1", fix="Use for example 0.25"
            )


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
    normalised = _normalise(panel, method.normalisation)
    within = _weights(panel, normalised, method.weighting)
    nodes = _aggregate(panel, normalised, dict(within), method)
    nodes.update(zip(panel.tree.leaves, np.moveaxis(normalised, -1, 0), strict=True))
    return Scores(normalised, nodes, within, _effective(panel, within))


def _aggregate(
    panel: Panel, values: Array, weights: dict[str, ArrayLike], method: Method
) -> dict[str, Array]:
    """Return the score of every item, (..., m)."""
    if method.aggregation != "arithmetic":
        # Geometric and harmonic means need scores above 0: 1 to 100 instead of 0 to 100.
        values = 0.01 + 0.99 * values
    return panel.tree.scores(values, AGGREGATIONS[method.aggregation], weights=weights)


def draw(panel: Panel, method: Method, items: list[str]) -> Iterator[dict[str, Array]]:
    """Score a panel again and again under other defensible choices.

    Each draw takes one of three normalisations and three weightings in turn, those of ``method``
    first, and multiplies every weight by a factor from 1 - spread to 1 + spread. Every third draw,
    from the first on, has the normalisation of ``method``; all have its aggregation.

    Yields
    ------
    dict of str to array (draws, m)
        For each year in turn, the scores of ``items``.
    """
    generator = np.random.default_rng(np.random.SeedSequence(method.seed))
    others = [way for way in _DRAWN_NORMALISATIONS if way != method.normalisation]
    ways = [_normalise(panel, way) for way in (method.normalisation, *others[:2])]
    order = np.arange(method.draws)
    way_of_draw = order % WAYS
    rule_of_draw = (order // WAYS) % WAYS
    weights = _drawn_weights(panel, ways[0], rule_of_draw, method, generator)
    needed = set(items)
    for year in range(len(panel.years)):
        values = np.stack([way[year] for way in ways])[way_of_draw]
        nodes = _aggregate(panel, values, weights, method)
        yield {item: nodes[item] for item in needed}


def band_of_ranks(
    panel: Panel, method: Method, items: list[str]
) -> dict[str, tuple[Array, Array, Array]]:
    """Return the 5 % end, the median and the 95 % end of the ranks of some items, each (t, m)."""
    parts: dict[str, list[tuple[Array, Array, Array]]] = {item: [] for item in items}
    for drawn in draw(panel, method, items):
        for item in items:
            parts[item].append(rank_bands(drawn[item]))
    return {
        item: (
            np.stack([b[0] for b in bands]),
            np.stack([b[1] for b in bands]),
            np.stack([b[2] for b in bands]),
        )
        for item, bands in parts.items()
    }


def _normalise(panel: Panel, way: Normalising) -> Array:
    """Return the indicators between 0 and 1."""
    direction = panel.direction
    if way == "minmax":
        return minmax(panel.treated, direction=direction)
    if way == "percentile":
        return percentile(panel.treated, direction=direction)
    if way == "zscore":
        return np.asarray(ndtr(zscore(panel.treated, direction=direction)))
    rows = panel.items.loc[list(panel.tree.leaves)]
    missing = rows.index[rows["goalpost_low"].isna() | rows["goalpost_high"].isna()]
    if len(missing):
        raise InvalidArgument(
            f"The indicator {missing[0]!r} has no goalposts",
            where="table indicator_tree, columns goalpost_low and goalpost_high",
            fix="Give both for every indicator, or use the normalisation minmax",
        )
    untreated = np.where(panel.filled | np.isnan(panel.raw), _full(panel), panel.raw)
    low, high = rows["goalpost_low"].to_numpy(float), rows["goalpost_high"].to_numpy(float)
    return goalposts(untreated, low=low, high=high, direction=direction)


def _full(panel: Panel) -> Array:
    from echelon.methods.impute import fill_in_time

    return fill_in_time(panel.raw)[0]


def _weights(panel: Panel, normalised: Array, weighting: Weighting) -> dict[str, Array]:
    """Return the weights of the children of every group.

    Data give weights only among indicators; groups keep the weights of the tree.
    """
    place = {leaf: i for i, leaf in enumerate(panel.tree.leaves)}
    found = {}
    for group in panel.tree.groups:
        children = panel.tree.children(group)
        if (
            weighting == "expert"
            or not all(child in place for child in children)
            or len(children) == 1
        ):
            found[group] = np.array([panel.tree.within[child] for child in children])
        else:
            columns = normalised[..., [place[child] for child in children]]
            found[group] = WEIGHTINGS[weighting](columns)
    return found


def _drawn_weights(
    panel: Panel, normalised: Array, rule_of_draw: NDArray[np.int64], method: Method,
    generator: np.random.Generator,
) -> dict[str, ArrayLike]:  # fmt: skip
    """Return the weights of every draw for every group, shape (draws, 1, k)."""
    others = [rule for rule in _DRAWN_WEIGHTINGS if rule != method.weighting]
    rules = [_weights(panel, normalised, rule) for rule in (method.weighting, *others[:2])]
    found: dict[str, ArrayLike] = {}
    for group in panel.tree.groups:
        base = np.stack([rule[group] for rule in rules])[rule_of_draw]
        ones = np.full(base.shape[1], 1.0 / base.shape[1])
        factor = noisy(ones, draws=method.draws, spread=method.spread, generator=generator)
        found[group] = (base * factor)[:, None, :]
    return found


def _effective(panel: Panel, within: dict[str, Array]) -> dict[str, float]:
    """Return the weight of every item in the top item."""
    tree = panel.tree
    found = {tree.top: 1.0}
    for group in tree.below(tree.top):
        for child, weight in zip(tree.children(group), within.get(group, ()), strict=True):
            found[child] = found[group] * float(weight)
    return found
