"""Who has the skills that work asks for, whatever the degree: skill distance and one place per person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument

__all__ = ["SKILL_WEIGHTS", "Placed", "SkillWeights", "place_people", "skill_distance"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
SkillWeights = Literal["importance", "equal", "level"]
SKILL_WEIGHTS: tuple[SkillWeights, ...] = get_args(SkillWeights)


def skill_distance(
    level: Array, importance: Array, *, weights: SkillWeights = "importance"
) -> Array:
    """Measure how far the skills of one occupation fall short of what another one needs.

    d(a, b) = sqrt( sum_s w_bs max(0, L_bs - L_as)^2 / sum_s w_bs ): 0 when a has at least the level
    of b in every skill that b weighs; more skill than needed does not count. In units of the level.

    Parameters
    ----------
    level, importance : arrays (o, s)
        Level of each skill and its importance; a skill that is unknown in one of the two occupations
        is left out of their distance.
    weights : {"importance", "equal", "level"}
        What a skill of the occupation moved to weighs.

    Returns
    -------
    array (o, o)
        From row to column; NaN where no skill is known in both.

    References
    ----------
    Blair, P. Q., et al. (2020). Searching for STARs: Work experience as a job market signal for
    workers without bachelor's degrees. NBER Working Paper 26844.
    """
    if level.shape != importance.shape:
        raise InvalidArgument(
            f"Levels have the shape {level.shape}, importances {importance.shape}",
            fix="Give both for the same occupations and skills",
        )
    by = {"importance": importance, "equal": np.ones_like(level), "level": level}[weights]
    known = ~np.isnan(level) & ~np.isnan(importance)
    weight = np.where(known, by, 0.0)
    filled = np.where(known, level, 0.0)
    o = len(level)
    found = np.full((o, o), np.nan)
    for place in range(o):
        both = known & known[place]
        lack = np.maximum(filled[place] - filled, 0.0) ** 2 * both
        share = weight[place] * both
        whole = share.sum(axis=1)
        found[:, place] = np.sqrt(
            np.divide((lack * share).sum(axis=1), whole, out=np.full(o, np.nan), where=whole > 0)
        )
    return found


@dataclass(frozen=True)
class Placed:
    """Where people would go, each to one place at most.

    Parameters
    ----------
    people : array (r, a, b)
        From pool to place in every region.
    gain : array (r,)
        Sum of the gains.
    """

    people: Array
    gain: Array


def place_people(supply: Array, capacity: Array, reachable: Mask, *, gain: Array) -> Placed:
    """Place as many people as possible, each once, then with the largest gain: a transport problem.

    In every region, maximise sum x_ab (1 + d g_ab / max g) subject to sum_b x_ab <= supply_a,
    sum_a x_ab <= capacity_b, x >= 0, with d = 1 / (2 (n + m)): a path that places one more person
    changes at most n + m other places, so no gain outweighs a person. HiGHS finds the exact optimum
    of all regions at once; they share nothing.

    Parameters
    ----------
    supply : array (r, a)
        People of each pool.
    capacity : array (r, b)
        Places.
    reachable : array of bool (r, a, b)
        Which places a pool can fill.
    gain : array (r, a, b)
        Gain of one person; known and not negative where reachable.

    Returns
    -------
    Placed

    Raises
    ------
    InvalidArgument, InsufficientData

    References
    ----------
    Hitchcock, F. L. (1941). The distribution of a product from several sources to numerous
    localities. Journal of Mathematics and Physics 20, 224-230.
    """
    for name, figures in (("supply", supply), ("capacity", capacity)):
        if np.isnan(figures).any() or (figures < 0).any():
            raise InvalidArgument(
                f"The {name} of a placement holds unknown or negative figures", fix="Fill them"
            )
    people = np.zeros(reachable.shape)
    usable = reachable & (supply > 0)[:, :, None] & (capacity > 0)[:, None, :]
    arcs = np.nonzero(usable)
    worth = gain[arcs]
    if np.isnan(worth).any() or (worth < 0).any():
        raise InvalidArgument(
            "A gain of a placement is unknown or negative", fix="Leave such places out"
        )
    if worth.size:
        # In shares of the people of a region, so that the tolerances mean the same for any size.
        size = np.minimum(supply.sum(axis=1), capacity.sum(axis=1)).clip(min=1e-300)[:, None]
        _, n, m = reachable.shape
        scaled = worth / max(float(worth.max()), 1e-300) / (2.0 * (n + m))
        people[arcs] = (
            _solved(supply / size, capacity / size, arcs, 1.0 + scaled) * size[arcs[0], 0]
        )
    return Placed(people, (people * np.where(usable, gain, 0.0)).sum(axis=(1, 2)))


def _solved(
    supply: Array, capacity: Array, arcs: tuple[NDArray[np.intp], ...], value: Array
) -> Array:
    """Return the flow on every arc that maximises its value."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    region, start, end = arcs
    r, n = supply.shape
    rows = np.concatenate([region * n + start, r * n + region * capacity.shape[1] + end])
    columns = np.tile(np.arange(value.size), 2)
    limits = coo_array(
        (np.ones(rows.size), (rows, columns)), shape=(supply.size + capacity.size, value.size)
    ).tocsr()
    solve: Any = linprog
    solved = solve(
        -value, A_ub=limits, b_ub=np.concatenate([supply.ravel(), capacity.ravel()]), method="highs"
    )
    if solved.x is None:
        raise InsufficientData(
            f"The placement was not solved: {solved.message}", fix="Check the head counts"
        )
    return np.maximum(np.asarray(solved.x, dtype=np.float64), 0.0)
