"""How certain ranks are: score a panel again and again under other defensible choices, together.

A draw is a whole index: rule of the weights, size of each weight, scale, filling, treatment of
outliers and kind of mean are all drawn at once, so that choices which only matter together are seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from echelon.measure.method import FORM, NOISE, Imputing, Method, Normalising, Outliers
from echelon.measure.scoring import normalise, positive, weigh
from echelon.methods.aggregate import Aggregation
from echelon.methods.coupling import CouplingForm
from echelon.methods.coupling import coordination as coupling_coordination
from echelon.methods.drawn import bands_of_counts, count_ranks, drawn_scores, shared_ranks

if TYPE_CHECKING:
    from echelon.measure.panel import Panel

__all__ = ["Design", "Draws", "band_of_degrees", "band_of_ranks", "degrees"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
# Rows (years x regions) and draws of a block, so that memory does not grow with either.
_ROWS, _BLOCK = 2048, 1024
_BANDS = ("low", "median", "high")
_THREADS = 2


@dataclass(frozen=True)
class Design:
    """The choices of every draw.

    Parameters
    ----------
    choices : dict of str to tuple of str
        The choices of each factor.
    places : dict of str to array of int (draws,)
        Which of them each draw takes.
    factors : array (draws, weights)
        What each weight is multiplied by.
    """

    choices: dict[str, tuple[str, ...]]
    places: dict[str, Places]
    factors: Array

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.factors)

    @staticmethod
    def at(points: Array, method: Method) -> Design:
        """Return the design of points between 0 and 1: one column per factor, one per weight.

        A factor of k choices takes number floor(k u); a weight is multiplied by 1 + spread (2 u - 1).
        """
        choices = method.drawn
        columns = dict(zip(choices, points.T[: len(choices)], strict=True))
        places = {
            factor: np.minimum((column * len(choices[factor])).astype(np.int64),
                               len(choices[factor]) - 1)
            for factor, column in columns.items()
        }  # fmt: skip
        return Design(choices, places, 1.0 + method.spread * (2 * points[:, len(choices) :] - 1))

    @staticmethod
    def columns(panel: Panel, method: Method) -> list[str]:
        """Return the factor of each column of the points: a choice each, then the weights.

        All weights below the top vary, and those of the three subsystems where they are coupled.
        """
        weights = len(panel.tree.items) - 1 + 3 * method.coupled
        return [*method.drawn, *[NOISE] * weights]

    @staticmethod
    def balanced(panel: Panel, method: Method) -> Design:
        """Return a Latin hypercube: every choice comes equally often, in any company."""
        columns = len(Design.columns(panel, method))
        generator = np.random.default_rng(np.random.SeedSequence(method.seed))
        order = np.tile(np.arange(method.draws, dtype=float)[:, None], (1, columns))
        jitter = generator.random(order.shape)
        return Design.at((generator.permuted(order, axis=0) + jitter) / method.draws, method)

    def holding(self, method: Method, *, free: Sequence[str]) -> Design:
        """Return the same draws with all choices but the free ones those of the figures."""
        choices = dict(self.choices)
        places = dict(self.places)
        for factor in set(choices) - set(free):
            choices[factor] = (method.nominal(factor),)
            places[factor] = np.zeros_like(places[factor])
        return replace(self, choices=choices, places=places)


class Draws:
    """The scores of every draw of a design, block by block.

    Parameters
    ----------
    panel : Panel
    design : Design

    Notes
    -----
    Memory: 8 t m n bytes for each panel of figures that a choice makes (fillings x treatments x
    scales, 18 by default), and in each of two threads about 2,048 (2,048 + 4 m) bytes for each
    group of the tree, however many draws there are. With 340 regions, 20 years, 60 indicators and 13
    groups that is 59 MB + 2 x 90 MB.
    """

    def __init__(self, panel: Panel, design: Design) -> None:
        self.panel, self.design = panel, design
        self.items = panel.tree.below(panel.tree.top)[1:]
        self.kept: set[str] = set()
        choices = design.choices
        self._panels: dict[tuple[str, str, str], Array] = {}
        # Rules of weights are read off figures that are filled in time, drawn or not.
        for filling in dict.fromkeys([*choices["imputation"], "in_time"]):
            for outliers in choices["outliers"]:
                self._fill(filling, outliers)
        self._base: dict[tuple[str, ...], Array] = {
            key: self._edges(*key)
            for key in product(choices["weighting"], choices["outliers"], choices["normalisation"])
        }
        self._alike = self._shared()
        for note in sorted(self.kept):
            if note not in panel.steps:
                panel.steps.append(note)

    def _fill(self, filling: str, outliers: str) -> None:
        """Hold the normalised figures of one filling and treatment; equal ones are held once."""
        figures = self.panel.figures(cast(Imputing, filling), cast(Outliers, outliers))
        for way in self.design.choices["normalisation"]:
            found = normalise(self.panel, cast(Normalising, way), figures)
            alike = [panel for key, panel in self._panels.items() if key[2] == way]
            for other in alike:
                if np.array_equal(other, found, equal_nan=True):
                    found = other
            self._panels[filling, outliers, way] = found

    def _edges(self, rule: str, outliers: str, way: str) -> Array:
        """Return the weight of every item below the top in its group by one rule."""
        known = self._panels["in_time", outliers, way]
        within, kept = weigh(self.panel, known, rule, lenient=True)
        self.kept |= {
            f"Draws: the data give no {rule} weights to {group}; those of the tree stand there"
            for group in kept
        }
        tree = self.panel.tree
        pairs = {
            child: weight
            for group in tree.groups
            for child, weight in zip(tree.children(group), within[group], strict=True)
        }
        return np.array([pairs[item] for item in self.items])

    def weights(self, draws: Places) -> Array:
        """Return the weights of some draws, (draws, items below the top)."""
        design = self.design
        names = ("weighting", "outliers", "normalisation")
        chosen = [[design.choices[n][place] for place in design.places[n][draws]] for n in names]
        base = np.stack([self._base[key] for key in zip(*chosen, strict=True)])
        return base * design.factors[draws, : len(self.items)]

    def _shared(self) -> list[tuple[tuple[str, ...], Places]]:
        """Return the draws that share a panel and a kind of mean, in blocks."""
        names = ("imputation", "outliers", "normalisation", "aggregation")
        design = self.design
        code = np.zeros(design.draws, dtype=np.int64)
        for name in names:
            code = code * len(design.choices[name]) + design.places[name]
        found = []
        for start in range(0, design.draws, _BLOCK):
            part = code[start : start + _BLOCK]
            for each in np.unique(part):
                draws = start + np.flatnonzero(part == each)
                chosen = tuple(design.choices[n][design.places[n][draws[0]]] for n in names)
                found.append((chosen, draws))
        return found

    def scores(self, years: slice, items: Sequence[str]) -> Iterator[tuple[Places, Array]]:
        """Yield some draws and their scores of some groups, (items, draws, t, m)."""
        tree = self.panel.tree
        for (filling, outliers, way, mean), draws in self._alike:
            values = self._panels[filling, outliers, way][years]
            mean = cast(Aggregation, mean)
            rows = positive(values.reshape(-1, values.shape[-1]), mean)
            found = drawn_scores(tree, rows, self.weights(draws), aggregation=mean, items=items)
            yield draws, found.reshape(*found.shape[:2], *values.shape[:2])

    def over_years(self, work: Callable[[slice], tuple[Array, ...]]) -> tuple[Array, ...]:
        """Do some work on slices of the years, on two threads.

        The slices do not depend on the number of threads, so neither does any figure.
        """
        years, regions = len(self.panel.years), len(self.panel.regions)
        step = max(1, _ROWS // regions)
        slices = [slice(start, min(start + step, years)) for start in range(0, years, step)]
        with ThreadPoolExecutor(_THREADS) as pool:
            parts = list(pool.map(work, slices))
        return tuple(np.concatenate(each, axis=-2) for each in zip(*parts, strict=True))


def band_of_ranks(
    panel: Panel, method: Method, items: Sequence[str]
) -> dict[str, dict[str, Array]]:
    """Return for each item the 5 % end, the median and the 95 % end of the ranks.

    Returns
    -------
    dict of str to dict
        For each item ``low``, ``median`` and ``high``, each (t, m).
    """
    draws = Draws(panel, Design.balanced(panel, method))
    t = len(panel.years)

    def work(years: slice) -> tuple[Array, ...]:
        return _counted(len(range(t)[years]), len(items), panel, draws.scores(years, items))

    found = draws.over_years(work)
    return {
        item: {name: band[place] for name, band in zip(_BANDS, found, strict=True)}
        for place, item in enumerate(items)
    }


def _counted(
    t: int, k: int, panel: Panel, blocks: Iterator[tuple[Places, Array]]
) -> tuple[Array, ...]:
    """Return the bands of the ranks of blocks of scores (items, draws, t, m), each (items, t, m)."""
    m = len(panel.regions)
    counts = np.zeros((k, t, m, m + 1), dtype=np.int32)
    held = np.empty((k, _BLOCK, t, m), dtype=np.uint16)
    filled = 0
    for draws, scores in blocks:
        if filled + len(draws) > _BLOCK:
            _count(counts, held[:, :filled])
            filled = 0
        held[:, filled : filled + len(draws)] = shared_ranks(scores)
        filled += len(draws)
    _count(counts, held[:, :filled])
    bands = [bands_of_counts(of_item) for of_item in counts]
    return tuple(np.stack(each) for each in zip(*bands, strict=True))


def _count(counts: NDArray[np.int32], ranks: NDArray[np.uint16]) -> None:
    """Add the ranks (items, draws, t, m) to the counts (items, t, m, m + 1)."""
    for item, year in product(*map(range, counts.shape[:2])):
        counts[item, year] += count_ranks(ranks[item, :, year]).astype(np.int32)


def degrees(
    draws: Draws, years: slice, tops: Sequence[str], *, weights: Array
) -> Iterator[tuple[Places, Array]]:
    """Yield some draws and their coordination, (1, draws, t, m).

    Parameters
    ----------
    draws : Draws
    years : slice
    tops : sequence of str
        The three subsystems.
    weights : array (3,)
        Their weights in the development, which vary as all weights do.
    """
    design = draws.design
    forms = design.choices[FORM]
    for some, scores in draws.scores(years, tops):
        values = np.clip(np.moveaxis(scores, 0, -1), 0.0, 1.0)
        shares = weights * design.factors[some, len(draws.items) :]
        shares = shares / shares.sum(axis=1, keepdims=True)
        degree = np.empty(values.shape[:-1])
        for place, form in enumerate(forms):
            mine = design.places[FORM][some] == place
            degree[mine] = coupling_coordination(
                values[mine], weights=shares[mine, None, None, :], form=cast(CouplingForm, form)
            ).coordination
        yield some, degree[None]


def band_of_degrees(
    panel: Panel, method: Method, tops: Sequence[str], *, weights: Array
) -> dict[str, Array]:
    """Return the bands of the coordination and of its rank, each (t, m).

    Degrees compare only within one way of scaling, so their band is over the weights alone (rule
    and size, those of the subsystems included); the band of the ranks is over all choices together.
    """
    design = Design.balanced(panel, method)
    whole = Draws(panel, design)
    weighed = Draws(panel, design.holding(method, free=("weighting", NOISE)))
    t, m = len(panel.years), len(panel.regions)

    def ranked(years: slice) -> tuple[Array, ...]:
        return _counted(
            len(range(t)[years]), 1, panel, degrees(whole, years, tops, weights=weights)
        )

    def ends(years: slice) -> tuple[Array, ...]:
        drawn = np.empty((design.draws, len(range(t)[years]), m))
        for some, degree in degrees(weighed, years, tops, weights=weights):
            drawn[some] = degree[0]
        # Below 1e-12 the order of additions decides, which may differ between machines.
        low, high = np.round(np.quantile(drawn, [0.05, 0.95], axis=0), 12)
        return low, high

    low, high = whole.over_years(ends)
    bands = whole.over_years(ranked)
    named = {f"rank_{name}": band[0] for name, band in zip(_BANDS, bands, strict=True)}
    return {"coordination_low": low, "coordination_high": high, **named}
