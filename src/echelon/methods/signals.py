"""Signals of shortage: growth against the economy, on the scale of its own history."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = [
    "deviations",
    "growth",
    "index_draws",
    "quantiles",
    "scaled",
    "shortage_index",
    "skill_shortage",
]

Array = NDArray[np.float64]


def growth(
    levels: Array, years: Sequence[int], *, span: int, regimes: Sequence[str] | None = None,
    relative: bool = True,
) -> Array:  # fmt: skip
    """Return the yearly growth of every series over the years before.

    g(t) = 100 (ln x(t) - ln x(t - span)) / span, or (x(t) - x(t - span)) / span of a rate.

    Parameters
    ----------
    levels : array (t, ...)
        Figures by year; at or below zero there is no relative growth.
    years : sequence of int
        One for each first index, rising.
    span : int
        Years between the two figures.
    regimes : sequence of str, optional
        The classification of each year; growth is not read across two of them.
    relative : bool
        Per cent a year; otherwise points a year.

    Returns
    -------
    array (t, ...)
        NaN where one of the two figures is unknown.
    """
    if span < 1:
        raise InvalidArgument(f"Growth over {span} years is not defined", fix="Use 1 or more")
    place = {year: i for i, year in enumerate(years)}
    found = np.full(levels.shape, np.nan)
    figures = levels
    if relative:
        figures = np.log(np.where(levels > 0, levels, np.nan)) * 100
    for year, now in place.items():
        before = place.get(year - span)
        if before is None or (regimes is not None and regimes[now] != regimes[before]):
            continue
        found[now] = (figures[now] - figures[before]) / span
    return found


def deviations(figures: Array, weights: Array, *, by_region: bool = False) -> Array:
    """Return figures less the economy-wide one of the year: the mean weighted by people.

    Parameters
    ----------
    figures, weights : arrays (t, m, n)
        Years, regions, occupations.
    by_region : bool
        Whether each region is its own economy.

    Returns
    -------
    array (t, m, n)
    """
    known = ~np.isnan(figures) & ~np.isnan(weights)
    axes = (2,) if by_region else (1, 2)
    weight = np.where(known, weights, 0.0)
    total = weight.sum(axis=axes, keepdims=True)
    whole = (weight * np.where(known, figures, 0.0)).sum(axis=axes, keepdims=True)
    mean = np.divide(whole, total, out=np.full(whole.shape, np.nan), where=total > 0)
    return figures - mean


def scaled(
    deviation: Array, *, least: int = 4, trend: bool = False
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return deviations in standard deviations of their own history.

    s(t) = d(t) / sd(d over the years). A series with fewer than ``least`` known years, or without
    any variation, is scaled by the spread of all series in the year instead.

    Parameters
    ----------
    deviation : array (t, ...)
    least : int
        Fewest known years of a history.
    trend : bool
        Whether the long-run mean of the series is taken off first.

    Returns
    -------
    scaled, scale, own : arrays (t, ...)
        The signal, the standard deviation that it was divided by (ddof 1), and whether that is of
        the series' own history.
    """
    known = ~np.isnan(deviation)
    count = known.sum(axis=0)
    mean = np.divide(
        np.where(known, deviation, 0.0).sum(axis=0), count,
        out=np.full(count.shape, np.nan), where=count > 0,
    )  # fmt: skip
    squares = np.where(known, (deviation - mean) ** 2, 0.0).sum(axis=0)
    spread = np.sqrt(
        np.divide(squares, count - 1, out=np.full(count.shape, np.nan), where=count > 1)
    )
    own = (count >= least) & (spread > 1e-9)
    across = np.full(deviation.shape, np.nan)
    for year in range(deviation.shape[0]):
        cells = deviation[year][known[year]]
        if cells.size > 2 and np.ptp(cells) > 1e-9:
            across[year] = cells.std(ddof=1)
    scale = np.where(own, spread, across)
    centred = deviation - np.where(own, mean, 0.0) if trend else deviation
    return centred / scale, scale, np.broadcast_to(own, deviation.shape)


def shortage_index(signals: Array, weights: Array, *, clip: float = 3.0) -> Array:
    """Return the weighted mean of the signals that are known.

    S = sum_k w_k s_k over the known k, with the weights brought to 1 among them and s cut at
    +-``clip``.

    Parameters
    ----------
    signals : array (k, ...)
    weights : array (k,)
        Not negative, not all zero.
    clip : float

    Returns
    -------
    array (...)
        NaN where no signal is known.
    """
    if (weights < 0).any() or weights.sum() <= 0 or np.isnan(weights).any():
        raise InvalidArgument(
            f"The weights {weights.tolist()} are not weights",
            fix="Give figures of 0 or more, at least one of them above 0",
        )
    cut = np.clip(signals, -clip, clip)
    known = ~np.isnan(cut)
    weight = np.where(known, weights.reshape(-1, *(1,) * (signals.ndim - 1)), 0.0)
    total = weight.sum(axis=0)
    whole = (weight * np.where(known, cut, 0.0)).sum(axis=0)
    return np.divide(whole, total, out=np.full(total.shape, np.nan), where=total > 0)


def index_draws(
    signals: Array, errors: Array, weights: Array, *, draws: int, spread: float,
    seed: int, clip: float = 3.0,
) -> Array:  # fmt: skip
    """Return the index many times: every weight varied, every signal moved by its sampling error.

    Parameters
    ----------
    signals, errors : arrays (k, ...)
        Signals and their standard errors, 0 or NaN where none is known.
    weights : array (k,)
    draws : int
    spread : float
        Each weight is multiplied by 1 + U(-spread, spread).
    seed : int
    clip : float

    Returns
    -------
    array (draws, ...)
    """
    if draws < 1 or not 0 <= spread < 1:
        raise InvalidArgument(
            f"{draws} draws with a spread of {spread} cannot be made",
            fix="Use 1 draw or more and a spread from 0 to below 1",
        )
    random = np.random.default_rng(seed)
    noise = np.nan_to_num(errors)
    found = np.empty((draws, *signals.shape[1:]))
    for draw in range(draws):
        varied = weights * (1 + random.uniform(-spread, spread, weights.shape))
        moved = signals + noise * random.standard_normal(signals.shape)
        found[draw] = shortage_index(moved, varied, clip=clip)
    return found


def quantiles(drawn: Array, low: float = 0.05, high: float = 0.95) -> tuple[Array, Array]:
    """Return the two ends of the band of each cell over the draws; NaN where it is unknown."""
    unknown = np.isnan(drawn).any(axis=0)
    ends = np.quantile(np.nan_to_num(drawn), [low, high], axis=0)
    return np.where(unknown, np.nan, ends[0]), np.where(unknown, np.nan, ends[1])


def skill_shortage(index: Array, people: Array, requirement: Array) -> Array:
    """Return the shortage of each skill: that of the occupations that need it more than others.

    S_s = sum_i S_i e_i q_is / sum_i e_i |q_is| over the occupations whose S_i is known.

    Parameters
    ----------
    index : array (..., n)
        Shortage of each occupation.
    people : array (..., n)
        People at work in it.
    requirement : array (n, s)
        How much the occupation needs the skill; negative where less than the others do.

    Returns
    -------
    array (..., s)
        NaN where no known occupation needs the skill.
    """
    if index.shape[-1] != requirement.shape[0]:
        raise InsufficientData(
            f"{index.shape[-1]} occupations and {requirement.shape[0]} rows of requirements",
            fix="Give one row of requirements for each occupation",
        )
    need = np.nan_to_num(requirement)
    weight = np.where(np.isnan(index) | np.isnan(people), 0.0, people)
    whole = (weight * np.nan_to_num(index)) @ need
    total = weight @ np.abs(need)
    return np.divide(whole, total, out=np.full(total.shape, np.nan), where=total > 0)
