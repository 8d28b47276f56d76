"""Who competes for posts: people with and without a degree, and those who are better at the work."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, MissingTable
from echelon.levers import lever_assumptions
from echelon.methods.labour_market import Classes, State
from echelon.methods.labour_market.balance import align, queues
from echelon.simulate.influence import Influence
from echelon.simulate.market import Market
from echelon.simulate.start import TOLERANCE, Start, year_of
from echelon.system.levels import ladder

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "ABLE",
    "CLASSES",
    "DEGREE",
    "Applicants",
    "class_path",
    "read_applicants",
    "with_classes",
]

Array = NDArray[np.float64]
# Degree, and better half of the people of an occupation at its work.
CLASSES = ("others", "better half", "degree, others", "degree, better half")
DEGREE = np.array([False, False, True, True])
ABLE = np.array([False, True, False, True])
ACCEPTS = np.stack([np.ones(4, dtype=bool), DEGREE], axis=1)
_MOST_FILLED = 0.9


@dataclass(frozen=True, eq=False)
class Applicants:
    """Classes of people of a market.

    Parameters
    ----------
    share : array (classes, R, O)
        Of the people of each cell who are of each class.
    demanding : array (R, O)
        Share of the vacancies of each cell that demand a degree.
    steps, caveats : tuple of str
    """

    share: Array = field(repr=False)
    demanding: Array = field(repr=False)
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


def read_applicants(system: System, market: Market) -> Applicants:
    """Return who has a degree, who is better at the work, and which posts demand the degree.

    The education of people at work is that of ``workers``, or the shares of their occupation in
    ``occupation_education``. In occupations whose entry asks for a bachelor's degree, a share of the
    vacancies demands it. The better half of an occupation is half of its people; of holders of the
    degree the share ``1/2 + arcsin(r) / pi`` is among them, r the correlation of degree and work.

    Parameters
    ----------
    system : System
    market : Market

    Raises
    ------
    MissingTable, InsufficientData
        When nothing says who has a degree, or which occupations ask for it.
    """
    figures = lever_assumptions(system, "screen", "evaluate").set_index("name")["central"]
    holders, told = _holders(system, market)
    asked = _asking(system, market)
    demanding = float(figures["screen_demanded"]) * np.where(asked[None, :], holders, 0.0)
    able = 0.5 + np.arcsin(float(figures["evaluate_correlation"])) / np.pi
    others = np.clip((0.5 - holders * able) / np.maximum(1 - holders, 1e-9), 0.0, 1.0)
    share = np.stack([
        (1 - holders) * (1 - others), (1 - holders) * others, holders * (1 - able), holders * able
    ])  # fmt: skip
    weight = market.employed / market.employed.sum()
    return Applicants(
        share / share.sum(axis=0), demanding,
        (
            f"Classes of applicants: {100 * (weight * holders).sum():.0f} per cent of the people at work "
            f"have a bachelor's degree or more ({told}); "
            f"{100 * (weight * demanding).sum():.0f} per cent of vacancies demand it.",
        ),
        (
            "People without work are taken to have the education of those at work in their occupation; "
            "the better half of an occupation is half of its people, by definition.",
        ),
    )  # fmt: skip


def _holders(system: System, market: Market) -> tuple[Array, str]:
    """Return the share of people at work with a bachelor's degree or more, (R, O)."""
    order = ladder(system)
    workers = system.table("workers").dropna(subset="headcount")
    if "education" in workers and workers["education"].notna().any():
        rows = workers[(workers["year"] == market.year) & workers["education"].notna()]
        if len(rows):
            found = _share_of(rows, "headcount", order, ["region", "occupation"])
            grid = pd.MultiIndex.from_product([market.regions, market.occupations])
            known = found.reindex(grid).to_numpy(float).reshape(market.employed.shape)
            return _filled(known, market), "table workers"
    if "occupation_education" not in system:
        raise MissingTable(
            f"The system {system.name!r} does not say who has a degree, so the levers screen, evaluate "
            "and compete cannot act",
            fix="Add the table occupation_education, or education in the table workers",
        )
    rows = system.table("occupation_education")
    years = rows["year"].unique()
    rows = rows[rows["year"] == min(years, key=lambda y: (abs(y - market.year), -y))]
    found = _share_of(rows, "share", order, ["occupation"]).reindex(list(market.occupations))
    known = np.broadcast_to(found.to_numpy(float), market.employed.shape)
    return _filled(known, market), "national shares of each occupation, table occupation_education"


def _share_of(rows: pd.DataFrame, figure: str, order: object, by: list[str]) -> pd.Series:
    column = "level" if "level" in rows else "education"
    codes = rows[column].astype(str)
    steps = order.steps([*codes, "bachelor"])  # type: ignore[attr-defined]
    above = rows[figure].where(steps[:-1] >= steps[-1], 0.0)
    sums = rows.assign(above=above).groupby(by)[["above", figure]].sum()
    return sums["above"] / sums[figure].where(sums[figure] > 0)


def _filled(known: Array, market: Market) -> Array:
    """Return shares with the mean of all people where an occupation's is unknown."""
    weight = np.where(np.isnan(known), 0.0, market.employed)
    if weight.sum() <= 0:
        raise InsufficientData(
            "The education of no occupation of the table workers is known",
            fix="Use the codes of the table workers in occupation_education",
        )
    mean = float((weight * np.nan_to_num(known)).sum() / weight.sum())
    return np.clip(np.where(np.isnan(known), mean, known), 0.0, 1.0)


def _asking(system: System, market: Market) -> NDArray[np.bool_]:
    """Return which occupations ask for a bachelor's degree or more."""
    table = system.table("occupations").set_index("occupation")
    if "education" not in table or table["education"].isna().all():
        raise InsufficientData(
            "Which occupations ask for a degree is unknown, so the levers screen, evaluate and compete "
            "cannot act",
            where="table occupations, column education",
            fix="Add the level of education that entry needs",
        )
    order = ladder(system)
    asked = table["education"].reindex(list(market.occupations))
    low, _ = order.needed(asked, ["bachelor"])
    found: NDArray[np.bool_] = low >= order.steps(["bachelor"])[-1]
    return found


def with_classes(start: Start, given: Applicants | None, *, moving: Array) -> Start:
    """Return a start in which people of every class stand in balance.

    Every class has its part of the hires and leavers of each cell, raked so that a class gains as many
    as it loses; its own attraction of posts and search of people follow
    (:func:`~.balance.align`). People at work who move are replaced from their like.

    Parameters
    ----------
    start : Start
        Of one class.
    given : Applicants, optional
        One class without it, for people at work who apply.
    moving : array (m,)
        Share of the people at work who move to another post in a step.
    """
    share = np.ones((1, *start.posts.shape[1:])) if given is None else given.share
    accepts = np.ones((1, 1), dtype=bool) if given is None else ACCEPTS
    state = start.state
    by = share[:, None]
    employed, idle = by * state.employed, by * state.all_unemployed
    left = by * start.leavers
    hired = _raked(by * start.hires, left)
    moves = moving[:, None, None] * employed
    if moving.any():
        hired, left = np.concatenate([hired, moves]), np.concatenate([left, moves])
    crowd = np.concatenate([idle, employed]) if moving.any() else idle
    rows = np.tile(accepts, (len(hired) // len(accepts), 1))
    whole = np.maximum(state.vacancies, hired.sum(axis=0) / _MOST_FILLED)
    anywhere: NDArray[np.bool_] = np.asarray(rows.all(axis=1))
    free, barred = hired[anywhere].sum(axis=0), hired[~anywhere].sum(axis=0)
    if given is None:
        posts, openings = whole[None], np.ones((1, 1, 1, 1))
        queue = -np.log1p(-_ratio(free, whole))
        per_hire = np.broadcast_to(_ratio(queue, free), hired.shape)
    else:
        narrow = np.minimum(given.demanding * whole, whole - barred / _MOST_FILLED)
        narrow = np.maximum(narrow, 0.0)
        posts = np.stack([whole - narrow, narrow])
        first, second = queues(barred, free, (posts[0], posts[1]))
        per_hire = np.where(
            anywhere[:, None, None, None], _ratio(second, free), _ratio(first, barred)
        )
        filled = _ratio(narrow * -np.expm1(-second), hired.sum(axis=0))
        openings = np.stack([1 - filled, filled])
    visible = np.tensordot(rows.astype(float), posts, axes=1)
    alignment = align(
        hired, left, start.kernel, vacancies=visible, unemployed=crowd, tolerance=TOLERANCE,
        queue=per_hire,
    )  # fmt: skip
    spells = share[None, :, None] * state.unemployed[:, None]
    # Who moves loses no post and does not retire in that step, so the others do a little more often.
    rate = moving[:, None, None]
    rates = replace(start.rates, separate=np.minimum(start.rates.separate / (1 - rate), 1.0))
    entrants = np.maximum(start.entrants - rate * start.exits * state.employed, 0.0)
    return replace(
        start, state=State(employed, spells, posts), alignment=alignment,
        entrants=_raked(by * entrants, _parts(start.exits * (employed + idle), entrants)), rates=rates,
        posts=start.posts + whole - state.vacancies, share=share, openings=openings, accepts=accepts,
    )  # fmt: skip


def _parts(leaving: Array, entrants: Array) -> Array:
    """Return newcomers shared among the classes as those who leave are, (classes, m, 1, 1)."""
    size = leaving.sum(axis=(-1, -2), keepdims=True)
    return np.asarray(size / size.sum(axis=0) * entrants.sum(axis=(-1, -2), keepdims=True))


def _ratio(part: Array, whole: Array) -> Array:
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)


def _raked(hired: Array, left: Array) -> Array:
    """Scale hires so that each class has as many as leave and each cell keeps its own."""
    cells = hired.sum(axis=0)
    wanted = left.sum(axis=(-1, -2), keepdims=True)
    found = hired
    for _ in range(200):
        found = found * _ratio(wanted, found.sum(axis=(-1, -2), keepdims=True))
        found = found * _ratio(cells, found.sum(axis=0))
        if np.allclose(found.sum(axis=(-1, -2), keepdims=True), wanted, rtol=1e-9):
            break
    return found * _ratio(wanted, found.sum(axis=(-1, -2), keepdims=True))


def class_path(start: Start, influence: Influence, number: int) -> Classes:
    """Return the classes of a step: who may take which posts, and who is chosen.

    Parameters
    ----------
    start : Start
        With classes.
    influence : Influence
    number : int
        Of the step.
    """
    assert start.accepts is not None
    assert start.openings is not None
    applicants, classes = len(start.alignment.search), len(start.accepts)
    weight = np.ones((applicants, 1, 1, 1))
    openings = start.openings
    if influence.weights is not None:
        now = influence.weights[year_of(number, start.weeks, len(influence.weights))]
        now = now if now.ndim == 4 else now[:, None]
        weight = np.tile(now, (applicants // classes, 1, 1, 1))
    if influence.screens is not None and len(openings) > 1:
        factor = influence.screens[year_of(number, start.weeks, len(influence.screens))]
        openings = np.stack([1 - openings[1] * factor, openings[1] * factor])
    return Classes(start.accepts, weight, openings)
