"""The signals of shortage of every region, occupation and year, with their errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.history import WHOLE, History, ancestors
from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.empirical_bayes import shrink
from echelon.methods.signals import deviations, growth, index_draws, scaled, shortage_index

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["SIGNALS", "Economy", "Options", "Signals", "make_signals", "unemployment_rates"]

Array = NDArray[np.float64]
Economy = Literal["system", "region"]
# Signal -> the figure it is read from, its sign, whether growth is in per cent, its words.
SIGNALS: dict[str, tuple[str, int, bool, str]] = {
    "wage": ("wage", 1, True, "wage growth"),
    "employment": ("headcount", 1, True, "employment growth"),
    "hours": ("hours", 1, True, "hours growth"),
    "unemployment": ("unemployment", -1, False, "low unemployment"),
    "underqualification": ("underqualified", 1, False, "growth of under-qualification"),
}
_USUAL_SPAN = 2


@dataclass(frozen=True)
class Options:
    """How signals are made; see :func:`echelon.diagnose.shortage`."""

    span: int | None = None
    weights: dict[str, float] = field(default_factory=dict)
    clip: float = 3.0
    shrinking: bool = True
    economy: Economy = "system"
    trend: bool = False
    least_years: int = 4
    draws: int = 200
    spread: float = 0.25
    seed: int = 0

    def weight(self) -> Array:
        """Return the weight of every signal, equal by default."""
        return np.array([float(self.weights.get(name, 1.0)) for name in SIGNALS])


@dataclass(frozen=True)
class Signals:
    """Signals as arrays (k, t, m, n) in the order of :data:`SIGNALS`.

    Parameters
    ----------
    history : History
    span : int
        Years between the two figures of a growth.
    raw : array (k, t, m, n)
        The growth or rate behind each signal, as it is used.
    signals, errors : arrays (k, t, m, n)
        In standard deviations.
    own : array of bool (k, t, m, n)
        Whether the scale is of the cell's own history.
    own_weight : array (t, m, n)
        Share of the cell's own figures in its growth; 1 where nothing was borrowed.
    known : tuple of str
        The signals that exist.
    """

    history: History
    span: int
    raw: Array
    signals: Array
    errors: Array
    own: NDArray[np.bool_]
    own_weight: Array
    known: tuple[str, ...]

    def index(self, options: Options) -> Array:
        """Return the index of shortage (t, m, n); it needs half of the signals that exist."""
        found = shortage_index(self.signals, options.weight(), clip=options.clip)
        count = (~np.isnan(self.signals)).sum(axis=0)
        return np.where(2 * count >= len(self.known), found, np.nan)

    def drawn(self, year: int, options: Options) -> Array:
        """Return the index of one year, many times (draws, m, n)."""
        return index_draws(
            self.signals[:, year], self.errors[:, year], options.weight(), draws=options.draws,
            spread=options.spread, seed=options.seed, clip=options.clip,
        )  # fmt: skip


def unemployment_rates(system: System, history: History) -> Array:
    """Return unemployment rates by occupation, in per cent, on the cells of a history.

    A rate of the whole system stands for every region; an occupation without one has that of the
    nearest wider group.
    """
    shape = history.people.shape
    found = np.full(shape, np.nan)
    if "unemployment" not in system:
        return found
    rows = system.table("unemployment")
    rows = rows[rows["occupation"].notna()]
    counted = 100 * rows["unemployed"] / rows["labour_force"].where(rows["labour_force"] > 0)
    rows = rows.assign(rate=rows["rate"].fillna(counted)).dropna(subset="rate")
    rows = rows.assign(region=rows["region"].fillna(WHOLE))
    wide = rows.pivot_table(index="year", columns=["occupation", "region"], values="rate")
    wide = wide.reindex(index=list(history.years))
    places = [WHOLE, *history.regions]
    codes = [str(code) for code in wide.columns.unique("occupation")]
    tables = {
        code: wide.reindex(columns=pd.MultiIndex.from_product([[code], places])).to_numpy()
        for code in codes
    }
    above = ancestors(system) if "occupations" in system else {}
    for j, code in enumerate(history.occupations):
        for name in above.get(code, [code]):
            if name in tables:
                rate = tables[name]
                rate = np.where(np.isnan(rate[:, 1:]), rate[:, :1], rate[:, 1:])
                found[:, :, j] = np.where(np.isnan(found[:, :, j]), rate, found[:, :, j])
    return found


def _span(history: History, wanted: int | None, least: int) -> int:
    """Return the years between the two figures of a growth."""
    steps: dict[int, int] = {}
    for later in range(len(history.years)):
        for earlier in range(later):
            if history.regimes[later] == history.regimes[earlier]:
                step = history.years[later] - history.years[earlier]
                steps[step] = steps.get(step, 0) + 1
    if not steps:
        listed = ", ".join(map(str, history.years))
        raise InsufficientData(
            f"The table {history.table} has no two years that one classification counted "
            f"({listed}), so nothing can have grown",
            fix="Add earlier years to occupation_history or to workers",
        )
    if wanted is None:
        return _USUAL_SPAN if steps.get(_USUAL_SPAN, 0) >= least else min(steps)
    if wanted not in steps:
        raise InvalidArgument(
            f"No two years of {history.table} lie {wanted} years apart within one classification",
            fix=f"Choose a span of {', '.join(map(str, sorted(steps)))}",
        )
    return wanted


def make_signals(history: History, unemployment: Array, options: Options) -> Signals:
    """Make every signal that the figures allow.

    Growth is pulled towards that of the occupation in the other regions as far as its sampling
    error asks for it, compared with the economy, and divided by the standard deviation of the
    cell's own history. Unemployment is a level, not a growth: its signal is the logarithm of the
    rate over the economy's, less its long-run mean, so that neither a boom nor the usual distance
    of an occupation from the economy counts.
    """
    span = _span(history, options.span, options.least_years)
    figures = {**history.figures, "unemployment": unemployment}
    shape = (len(SIGNALS), *history.people.shape)
    raw, signals, errors = (np.full(shape, np.nan) for _ in range(3))
    own, weights = np.zeros(shape, dtype=bool), []
    for k, (figure, sign, relative, _words) in enumerate(SIGNALS.values()):
        level = figures[figure]
        change = np.log(np.where(level > 0, level, np.nan))
        if figure != "unemployment":
            change = growth(level, history.years, span=span, regimes=history.regimes,
                            relative=relative)  # fmt: skip
        variance = _variance(history, figure, span)
        if options.shrinking and variance is not None and len(history.regions) > 2:
            change, kept, variance = shrink(change, variance, axis=1)
            weights.append(np.where(np.isnan(change), np.nan, kept))
        apart = sign * deviations(change, history.people, by_region=options.economy == "region")
        trend = options.trend or figure == "unemployment"
        signals[k], scale, own[k] = scaled(apart, least=options.least_years, trend=trend)
        raw[k] = level if figure == "unemployment" else change
        if variance is not None:
            errors[k] = np.sqrt(variance) / scale
    known = tuple(name for k, name in enumerate(SIGNALS) if (~np.isnan(signals[k])).any())
    if not known:
        raise InsufficientData(
            "Wages, employment, hours and unemployment are unknown or grow alike in every region "
            "and occupation, so none of them signals a shortage",
            where=f"table {history.table}",
            fix="Give wage or headcount of several years that differ between occupations",
        )
    both = np.stack(weights) if weights else np.ones((1, *history.people.shape))
    count = (~np.isnan(both)).sum(axis=0)
    mean = np.nansum(both, axis=0) / np.where(count > 0, count, 1)
    kept = np.where(count > 0, mean, 1.0)
    return Signals(history, span, raw, signals, errors, own, kept, known)


def _variance(history: History, figure: str, span: int) -> Array | None:
    """Return the sampling variance of yearly growth in per cent, where errors are known."""
    named = {"headcount": "headcount_rse", "wage": "wage_rse"}.get(figure)
    if named is None or np.isnan(history.figures[named]).all():
        return None
    squared = history.figures[named] ** 2
    before = np.full(squared.shape, np.nan)
    place = {year: i for i, year in enumerate(history.years)}
    for year, now in place.items():
        if year - span in place:
            before[now] = squared[place[year - span]]
    return (squared + before) / span**2
