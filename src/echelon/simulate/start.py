"""Where every member of an ensemble starts: in balance at the people and vacancies observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market import Kernel, Rates, State
from echelon.methods.labour_market.balance import Alignment, align
from echelon.simulate.market import Market

__all__ = ["TOLERANCE", "WEEKS_OF_YEAR", "Start", "make_start", "year_of"]

Array = NDArray[np.float64]
WEEKS_OF_YEAR = 52.0
# Hires of no cell are further from those in balance, as a share.
TOLERANCE = 1e-3
_LEAST_SHARE, _MOST_FILLED, _MOST_FOUND = 0.1, 0.9, 0.95
_LONG_TERM_WEEKS = 3 * 6.75


@dataclass(frozen=True, eq=False)
class Start:
    """Some members (m) at step 0, with everything that holds in later steps.

    Parameters
    ----------
    state : State
    kernel : Kernel
    rates : Rates
    alignment : Alignment
        Attraction and search, which scenarios reuse.
    exits : array (m, R, O)
        Share of people who leave the labour force in a step.
    entrants : array (m, R, O)
        People who join it in the first step.
    size : array (years + 1, R, 1)
        Posts of each region over those of the first year; newcomers grow with them.
    posts : array (m, R, O)
        Target demand at step 0.
    demand_growth : array (m,)
        Growth of demand above its path, a step, as a factor.
    weeks : float
    raised : float
        Share of hires in cells whose vacancies had to be raised above what is observed.
    hires, leavers : array (m, R, O)
        Of the first step in balance.
    share : array (classes, R, O), optional
        Of the people of each cell who are of each class; with it, state, alignment and entrants have
        an axis of classes or applicants first.
    openings : array (kinds, m, R, O), optional
        Share of openings that are of each kind.
    accepts : array of bool (classes, kinds), optional
        Which kind of post takes which class.
    """

    state: State
    kernel: Kernel
    rates: Rates
    alignment: Alignment
    exits: Array
    entrants: Array
    size: Array
    posts: Array
    demand_growth: Array
    weeks: float
    raised: float
    hires: Array = field(repr=False)
    leavers: Array = field(repr=False)
    share: Array | None = field(default=None, repr=False)
    openings: Array | None = field(default=None, repr=False)
    accepts: NDArray[np.bool_] | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class _Turnover:
    """Flows of a step in which the market stands still or grows evenly, each (m, R, O)."""

    separations: Array
    entrants: Array
    hires: Array
    leavers: Array
    exits: Array
    growth: Array


def make_start(
    market: Market, drawn: Mapping[str, Array], *, weeks: float, like: Alignment | None = None
) -> Start:
    """Return members that stand in balance at the observed market.

    People leave unemployment at one rate everywhere; separations of a cell are what keeps its
    unemployed as many as they are, hires what keeps its people at work growing as demand does. The
    attraction of posts and the search of people follow (:func:`~.balance.align`).

    Parameters
    ----------
    market : Market
    drawn : mapping of str to array (m,)
        Parameters of the members.
    weeks : float
        Length of a step.
    like : Alignment, optional
        One to start the alignment from.

    Raises
    ------
    InvalidArgument
        When a step is too long for its rates.
    """
    p = {name: np.asarray(values)[:, None, None] for name, values in drawn.items()}
    flows = _turnover(market, p, weeks)
    vacancies, raised = _vacancies(market, flows, p["vacancies_filled"], weeks)
    kernel = _kernel(market, p, vacancies)
    unemployed = np.broadcast_to(market.unemployed, flows.hires.shape)
    alignment = align(
        flows.hires, flows.leavers, kernel, vacancies=vacancies, unemployed=unemployed,
        start=None if like is None else np.broadcast_to(like.weights, flows.hires.shape),
        tolerance=TOLERANCE,
    )  # fmt: skip
    rates, posts = _demand(market, flows, p, vacancies=vacancies, weeks=weeks)
    error = p["labour_growth_error"] * weeks / WEEKS_OF_YEAR
    people = (market.employed + market.unemployed).sum(axis=1, keepdims=True)
    whole = flows.entrants.sum(axis=2, keepdims=True)
    more = np.divide(error * people, whole, out=np.zeros_like(whole), where=whole > 0)
    employed = np.broadcast_to(market.employed, flows.hires.shape)
    size = (market.posts * market.employed).sum(axis=2, keepdims=True)
    return Start(
        State(employed, _spells(unemployed, flows, rates.long_term_steps), vacancies),
        kernel, rates, alignment, flows.exits,
        np.maximum(flows.entrants * (1 + more), 0.0), size / size[:1], posts,
        (1 + np.asarray(drawn["demand_growth_error"])) ** (weeks / WEEKS_OF_YEAR), weeks, raised,
        flows.hires, flows.leavers,
    )  # fmt: skip


def year_of(number: int, weeks: float, years: int) -> int:
    """Return the year in which a step ends, the first one 0."""
    return min(int(round((number - 1) * weeks / WEEKS_OF_YEAR, 9)), years - 1)


def _turnover(market: Market, p: Mapping[str, Array], weeks: float) -> _Turnover:
    """Return the flows of a step in balance."""
    employed, unemployed = market.employed, market.unemployed
    part = weeks / WEEKS_OF_YEAR
    if not unemployed.sum() > 0:
        raise InvalidArgument(
            "Nobody is without work, so nobody can be hired",
            where="table unemployment, column unemployed", fix="Fill it, or leave the rows out",
        )  # fmt: skip
    monthly = np.where(np.isnan(market.layoffs), p["layoff_rate"], market.layoffs)
    lost = p["layoffs_to_unemployment"] * (1 - (1 - monthly) ** (12 * part)) * employed
    yearly = np.where(np.isnan(market.exits), p["exit_rate"], market.exits)
    exits = 1 - (1 - np.minimum(p["exit_factor"] * yearly, 0.9)) ** part
    exits = np.broadcast_to(exits, lost.shape)
    years = len(market.posts) - 1
    growth = market.posts[-1].clip(1e-3) ** (part / years) - 1 if years else 0 * employed
    found = (lost + exits * employed + growth * employed).sum(axis=(1, 2)) / unemployed.sum()
    if (found > _MOST_FOUND).any():
        raise InvalidArgument(
            f"In a step of {weeks:g} weeks {100 * found.max():.0f} per cent of the people without "
            "work would have to find some",
            fix="Take a shorter step, weeks, or correct the layoffs, exits or unemployed",
        )
    mean = lost.sum(axis=(1, 2), keepdims=True) / employed.sum()
    rate = found[:, None, None]
    gone = exits * (1 - rate) * unemployed
    entrants = _entrants(market, exits * employed + gone, growth, part)
    wanted = rate * unemployed - entrants + gone
    separations = np.maximum(wanted, _LEAST_SHARE * mean * employed)
    separations = np.minimum(separations, _MOST_FILLED * employed)
    leavers = np.maximum(separations + entrants - exits * unemployed, 0.0) / (1 - exits)
    leavers = np.where(unemployed > 0, leavers, 0.0)
    hires = separations + exits * employed + growth * employed
    hires = np.maximum(hires, _LEAST_SHARE * (separations + exits * employed))
    whole = hires.sum(axis=2, keepdims=True)
    hires = hires * np.divide(
        leavers.sum(axis=2, keepdims=True), whole, out=np.zeros_like(whole), where=whole > 0
    )
    return _Turnover(separations, entrants, hires, leavers, exits, growth)


def _entrants(market: Market, leaving: Array, growth: Array, part: float) -> Array:
    """Return newcomers in a step: as many as leave and as demand grows by, graduates first."""
    wanted = (leaving + growth * market.employed).sum(axis=2, keepdims=True)
    wanted = np.maximum(wanted, 0.0)
    graduates = np.broadcast_to(part * market.graduates, leaving.shape)
    trained = graduates.sum(axis=2, keepdims=True)
    cut = np.divide(wanted, trained, out=np.ones_like(wanted), where=trained > wanted)
    graduates = graduates * cut
    rest = wanted - graduates.sum(axis=2, keepdims=True)
    shortfall = np.maximum(leaving - graduates, 0.0)
    whole = shortfall.sum(axis=2, keepdims=True)
    share = np.divide(shortfall, whole, out=np.zeros_like(shortfall), where=whole > 0)
    return np.asarray(graduates + rest * share)


def _vacancies(
    market: Market, flows: _Turnover, filled: Array, weeks: float
) -> tuple[Array, float]:
    """Return vacancies, at least as many as the hires of a step ask for, and how much was raised."""
    chance = 1 - (1 - filled) ** (weeks / 6.75)
    usual = flows.hires / chance
    known = ~np.isnan(market.vacancies)
    given = np.where(known, np.nan_to_num(market.vacancies), usual)
    least = flows.hires / _MOST_FILLED
    raised = float(flows.hires[given < least].sum() / max(flows.hires.sum(), 1e-300))
    return np.maximum(given, least), raised


def _kernel(market: Market, p: Mapping[str, Array], vacancies: Array) -> Kernel:
    """Return mobility that gives the observed shares when vacancies stand as they do."""
    moves = market.region_moves
    away = np.minimum(
        p["moves_of_hired"] * moves, moves / np.maximum(moves.sum(axis=1), 1e-9)[:, None]
    )
    stay = np.maximum(1 - away.sum(axis=2), 0.0)
    regions = away + stay[:, :, None] * np.eye(len(stay[0]))
    pattern = market.occupation_moves
    alone = pattern.sum(axis=1) == 0
    keep = np.where(alone, 1.0, p["seekers_who_stay"][:, 0])
    occupations = (1 - keep)[:, :, None] * pattern + keep[:, :, None] * np.eye(len(pattern))
    size = vacancies.sum(axis=(1, 2), keepdims=True)
    by_region = np.maximum(vacancies.sum(axis=2) / size[:, 0], 1e-9)
    by_occupation = np.maximum(vacancies.sum(axis=1) / size[:, 0], 1e-9)
    return Kernel(
        (regions / by_region[:, None, :])[None], (occupations / by_occupation[:, None, :])[None]
    )


def _demand(
    market: Market, flows: _Turnover, p: Mapping[str, Array], *, vacancies: Array, weeks: float
) -> tuple[Rates, Array]:
    """Return rates and the target demand at which openings are hires and the growth of vacancies."""
    employed = market.employed
    separate = np.divide(
        flows.separations, employed, out=np.zeros_like(flows.separations), where=employed > 0
    )
    opened = np.maximum(flows.hires + flows.growth * vacancies, 0.0)
    needed = np.divide(opened, employed, out=np.zeros_like(opened), where=employed > 0)
    spontaneous = np.minimum(p["openings_per_separation"] * separate, np.minimum(needed, 0.99))
    adjust = 1 - (1 - p["adjustment_of_posts"]) ** (weeks / 6.75)
    gap = (opened - spontaneous * employed) / ((1 - spontaneous) * adjust)
    rates = Rates(
        separate=separate, open=spontaneous, adjust_down=adjust, adjust_up=adjust, weeks=weeks,
        long_term_steps=max(1, round(_LONG_TERM_WEEKS / weeks)),
    )  # fmt: skip
    return rates, employed + vacancies + np.maximum(gap, 0.0)


def _spells(unemployed: Array, flows: _Turnover, last: int) -> Array:
    """Return people without work by completed steps, ``last`` and more together, in balance."""
    gone = flows.leavers + flows.exits * (unemployed - flows.leavers)
    out = np.divide(gone, unemployed, out=np.ones_like(gone), where=unemployed > 0)
    stay = np.clip(1 - out, 0.0, 1.0)
    parts = [unemployed * (1 - stay) * stay**spell for spell in range(last)]
    return np.stack([*parts, unemployed * stay**last])
