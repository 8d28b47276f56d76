"""Employment by industry and region: what is known, and its projection with draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, MissingTable
from echelon.methods.accuracy import stretch
from echelon.methods.reconcile import Reconciling, reconcile
from echelon.methods.smoothing import Trend, draw_errors, fit_trends, mean_growth, paths, spread

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Held", "History", "Projection", "hold_out", "project_employment", "read_history"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
_NORMAL_90 = 1.6448536269514722
# A tiny cell is not taken to be more than so many times as restless as its industry usually is.
_MOST_RESTLESS = 3.0
_YEARS_BEFORE_A_SHOCK = 10
_YEARS_BEFORE_HELD_OUT = 8
_MOST_HELD_OUT = 10


@dataclass(frozen=True)
class History:
    """Employment of every pair of region and industry with at least two known years.

    Parameters
    ----------
    regions, industries : tuple of str
    region, industry : arrays of int (s,)
        Places of each series in ``regions`` and ``industries``.
    years : array of int (t,)
        Every year from the first to the last one known.
    figures : array (t, s)
        People; NaN is unknown.
    shock : int or None
        Last year, when it is set aside as a passing shock.
    left_out : tuple of str
        Pairs with one known year, as text.
    evidence : DataFrame
        region, industry, year, evidence.

    Notes
    -----
    A shock is set aside whole: neither the trends nor their errors know that year.
    """

    regions: tuple[str, ...]
    industries: tuple[str, ...]
    region: Places
    industry: Places
    years: NDArray[np.int64]
    figures: Array
    shock: int | None
    left_out: tuple[str, ...]
    evidence: pd.DataFrame

    @property
    def base(self) -> int:
        """Last year that the trends go on from."""
        return int(self.years[-1]) if self.shock is None else self.shock - 1

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Whether a series is known in every year, so that the nation's sum may hold it."""
        return np.asarray(~np.isnan(self.figures).any(axis=0), dtype=np.bool_)

    @property
    def stacked(self) -> Array:
        """Figures of the series, then the nation's by industry, (t, s + i)."""
        return np.column_stack([self.figures, self.sums(self.figures)])

    def sums(self, figures: Array) -> Array:
        """Return the nation's employment by industry from the complete series."""
        members = np.zeros((self.industry.size, len(self.industries)))
        members[np.arange(self.industry.size), self.industry] = self.whole
        added: Array = np.nan_to_num(figures) @ members
        return added


@dataclass(frozen=True)
class Projection:
    """Projected employment of every series.

    Parameters
    ----------
    history : History
    years : array of int (h,)
    central : array (h, s)
    draws : array (d, h, s)
    nation : array (h, i)
        The nation's own projection before it was reconciled with the regions.
    regions_before : array (h, i)
        Sum of the regions before.
    forms : array of int (s,)
        Form of each trend.
    """

    history: History
    years: NDArray[np.int64]
    central: Array
    draws: Array
    nation: Array
    regions_before: Array
    forms: Places


@dataclass(frozen=True)
class Held:
    """Forecasts of years that were held out, and what came.

    Parameters
    ----------
    origins : array of int (o,)
        Last year that each forecast knew.
    forecast, low, high, last_value, last_growth, actual, scale : arrays (o, h, s + i)
        The projection with its band (widened by the errors known at the origin), the naive
        forecasts, what came, and the mean change of a year before the origin; the series of the
        history, then the nation's by industry.
    factors, nation_factors : arrays (h,)
        By how much the bands of the series and of the nation must widen to hold 90 per cent of all
        these errors.
    """

    origins: NDArray[np.int64]
    forecast: Array
    low: Array
    high: Array
    last_value: Array
    last_growth: Array
    actual: Array
    scale: Array
    factors: Array
    nation_factors: Array


def read_history(system: System, *, shock: float | None) -> History:
    """Return employment by region, industry and year, and whether the last year is a shock."""
    system.need("output")
    table = system.table("output")
    rows = table.dropna(subset="employment") if "employment" in table else table.iloc[:0]
    if rows.empty:
        raise MissingTable(
            f"The table output of {system.name!r} has no employment",
            fix="Fill its column employment: people at work by region, industry and year, for "
            "example from CES or a statistical yearbook",
        )
    wide = rows.pivot_table(index="year", columns=["region", "industry"], values="employment")
    years = np.arange(int(wide.index.min()), int(wide.index.max()) + 1)
    if len(years) < 2:
        raise InsufficientData(
            f"The table output has employment for one year only ({years[0]}), and a trend needs two",
            fix="Add earlier years",
        )
    wide = wide.reindex(years)
    enough = wide.notna().sum() >= 2
    if not enough.any():
        raise InsufficientData(
            "No region has employment of an industry in two years, and a trend needs two",
            fix="Add years to the table output",
        )
    lone = wide.columns[~enough].to_frame(index=False)
    left_out = tuple(lone["industry"].astype(str) + " in " + lone["region"].astype(str))
    wide = wide.loc[:, enough]
    regions = tuple(dict.fromkeys(wide.columns.get_level_values(0)))
    industries = tuple(sorted(set(wide.columns.get_level_values(1))))
    history = History(
        regions, industries,
        pd.Index(regions).get_indexer(wide.columns.get_level_values(0)),
        pd.Index(industries).get_indexer(wide.columns.get_level_values(1)),
        years, wide.to_numpy(dtype=float), None, left_out,
        rows[["region", "industry", "year", "evidence"]],
    )  # fmt: skip
    return replace(history, shock=_shock(history, shock))


def _shock(history: History, limit: float | None) -> int | None:
    """Return the last year when the whole moved as no year before it did (robust z above a limit)."""
    if limit is None or len(history.years) <= _YEARS_BEFORE_A_SHOCK + 1:
        return None
    total = history.sums(history.figures).sum(axis=1)
    if not (total > 0).all():
        return None
    changes = np.diff(np.log(total))
    usual = np.median(changes[:-1])
    deviation = 1.4826 * np.median(np.abs(changes[:-1] - usual))
    return int(history.years[-1]) if abs(changes[-1] - usual) > limit * deviation > 0 else None


def _fitted(history: History, last: int) -> tuple[Trend, Array]:
    """Return the trends of the series and of the nation up to a year, and their usual growth."""
    upto = history.years <= last
    figures = np.log1p(history.figures[upto])
    nation = np.log1p(history.sums(history.figures[upto]))
    usual = np.diff(nation, axis=0).mean(axis=0)
    growth = mean_growth(figures, history.industry, usual)
    trend = fit_trends(np.column_stack([figures, nation]))
    sigma = trend.sigma.copy()
    for place in range(len(history.industries)):
        members = np.flatnonzero(history.industry == place)
        sigma[members] = np.minimum(sigma[members], _MOST_RESTLESS * np.median(sigma[members]))
    return replace(trend, sigma=sigma), np.concatenate([growth, usual])


def hold_out(history: History, *, steps: int) -> Held | None:
    """Forecast every past year from what was known before it, as the projection does.

    Parameters
    ----------
    history : History
    steps : int
        Years ahead, at most.

    Returns
    -------
    Held or None
        None when there are not enough years to hold any out.
    """
    first = int(history.years[0]) + _YEARS_BEFORE_HELD_OUT - 1
    last = int(history.years[-1])
    origins = np.arange(first, last)
    ahead = min(steps, _MOST_HELD_OUT, last - first)
    if not origins.size:
        return None
    size = history.industry.size
    names = ("forecast", "half", "last_value", "last_growth", "actual", "scale")
    width = size + len(history.industries)
    found = {name: np.full((origins.size, ahead, width), np.nan) for name in names}
    for place, origin in enumerate(origins):
        for name, figures in _one_origin(history, int(origin), ahead).items():
            found[name][place, : len(figures)] = figures
    errors = np.log1p(found["actual"]) - np.log1p(found["forecast"])
    half = found.pop("half")
    factors = []
    for block in (slice(0, size), slice(size, None)):
        factors.append(
            [_stretch(errors[:, step, block], half[:, step, block]) for step in range(ahead)]
        )
        wider = _wider(errors[..., block], half[..., block], origins)
        half[..., block] *= wider[..., None]
    centre = np.log1p(found["forecast"])
    low, high = np.maximum(np.expm1(centre - half), 0.0), np.expm1(centre + half)
    of_series, of_nation = (np.maximum.accumulate(np.array(block)) for block in factors)
    return Held(origins, low=low, high=high, factors=of_series, nation_factors=of_nation, **found)


def _wider(errors: Array, half: Array, origins: NDArray[np.int64]) -> Array:
    """Return the factor of each origin and step from the errors that had been seen by then."""
    found = np.ones(errors.shape[:2])
    for place, origin in enumerate(origins):
        for step in range(errors.shape[1]):
            seen = origins + step + 1 <= origin
            found[place, step] = _stretch(errors[seen, step], half[seen, step])
    return found


def _stretch(errors: Array, half: Array) -> float:
    known = ~np.isnan(errors) & (half > 0)
    return stretch(errors, half) if known.any() else 1.0


def _one_origin(history: History, origin: int, ahead: int) -> dict[str, Array]:
    """Return the forecasts from one year and what came, each (h, s)."""
    at = int(np.flatnonzero(history.years == origin)[0])
    stacked = history.stacked
    actual = stacked[at + 1 : at + 1 + ahead]
    # A series that starts later has no trend yet: it is held out from no forecast.
    young = (~np.isnan(history.figures[: at + 1])).sum(axis=0) < 2
    shown = replace(history, figures=np.where(young, 0.0, history.figures))
    trend, growth = _fitted(shown, origin)
    steps = len(actual)
    ways = paths(trend, growth, np.zeros((1, steps, trend.level.size)))[0]
    now, before = stacked[at], stacked[at - 1]
    rate = np.divide(now, before, out=np.full(now.shape, np.nan), where=before > 0)
    past = np.abs(np.diff(stacked[: at + 1], axis=0))
    scale = np.nansum(past, axis=0) / np.maximum((~np.isnan(past)).sum(axis=0), 1)
    gone = np.concatenate([np.where(young, np.nan, 0.0), np.zeros(len(history.industries))])
    return {
        "forecast": np.maximum(np.expm1(ways), 0.0) + gone,
        "half": _NORMAL_90 * spread(trend, steps) + gone,
        "last_value": np.tile(now, (steps, 1)) + gone,
        "last_growth": now * rate ** np.arange(1, steps + 1)[:, None] + gone,
        "actual": actual + gone,
        "scale": np.tile(scale, (steps, 1)) + gone,
    }


def project_employment(
    history: History, *, horizon: int, draws: int, seed: int, method: Reconciling,
    held: Held | None,
) -> Projection:  # fmt: skip
    """Project every series to the horizon, with draws whose spread has held its past errors.

    Parameters
    ----------
    history : History
    horizon : int
        Last year.
    draws, seed : int
    method : {"minimum_trace", "proportional", "bottom_up"}
        How regions and nation are made to agree.
    held : Held or None
        Past errors, which widen the bands.
    """
    if horizon <= int(history.years[-1]):
        raise InvalidArgument(
            f"The horizon {horizon} is in the past: employment is known up to {history.years[-1]}",
            fix=f"Choose a year from {int(history.years[-1]) + 1} on",
        )
    base, size = history.base, history.industry.size
    years = np.arange(base + 1, horizon + 1)
    trend, growth = _fitted(history, base)
    generator = np.random.default_rng(np.random.SeedSequence([seed, 11]))
    errors = draw_errors(trend, draws=draws, steps=len(years), generator=generator)
    central = paths(trend, growth, np.zeros((1, *errors.shape[1:])))
    drawn = paths(trend, growth, errors)
    if held is not None:
        drawn = central + _factors(held, size, drawn.shape) * (drawn - central)
    middle, futures = (np.maximum(np.expm1(each), 0.0) for each in (central[0], drawn))
    variance = (middle * spread(trend, len(years))) ** 2
    whole = history.whole
    fitted = middle[:, :size].copy()
    fitted[:, whole] = reconcile(
        fitted[:, whole], middle[:, size:], history.industry[whole], method=method,
        part_variance=variance[:, :size][:, whole], whole_variance=variance[:, size:],
    )  # fmt: skip
    return Projection(
        history, years, fitted, _drawn(futures, middle, fitted, history), middle[:, size:],
        history.sums(middle[:, :size]), trend.form[:size],
    )  # fmt: skip


def _factors(held: Held, size: int, shape: tuple[int, ...]) -> Array:
    """Return the widening of every step and series, beyond the steps held out that of the last."""
    step = np.minimum(np.arange(shape[1]), held.factors.size - 1)
    found = np.empty(shape[1:])
    found[:, :size] = held.factors[step][:, None]
    found[:, size:] = held.nation_factors[step][:, None]
    return found


def _drawn(futures: Array, middle: Array, fitted: Array, history: History) -> Array:
    """Return the drawn series, scaled so that the regions add up to the drawn nation.

    The nation's draws keep their spread about the reconciled nation: its errors are far smaller than
    those of its regions, and the bands of sums must not be wider than what was seen.
    """
    size, whole = history.industry.size, history.whole
    parts = futures[..., :size]
    own = middle[:, size:]
    moved = np.divide(history.sums(fitted), own, out=np.ones_like(own), where=own > 0)
    sums = history.sums(parts)
    scale = np.divide(futures[..., size:] * moved, sums, out=np.ones_like(sums), where=sums > 0)
    parts[..., whole] *= scale[..., history.industry[whole]]
    return parts
