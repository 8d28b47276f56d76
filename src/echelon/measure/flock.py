"""The formation itself: leaders, roles, standing, basins, and how stable each is under drawing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData
from echelon.methods.dominance import (
    Dominance,
    backbone,
    basins,
    dominant_flows,
    drawn_moves,
    effectiveness,
    page_rank,
    same_basin,
)
from echelon.methods.gravity import Gravity, Resistance, doubly_constrained

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echelon.measure.moves import Moves

__all__ = ["ROLES", "Flock", "Rules", "Stability", "draw_flock", "flock", "stability"]

Array = NDArray[np.float64]
ROLES = ("highland", "fulcrum", "follower", "apart")
# Communities are the slow part: fewer draws tell as much of their stability.
_DRAWS_OF_BASINS = 40


@dataclass(frozen=True)
class Rules:
    """Thresholds of the roles, and draws."""

    highland_size: float
    fulcrum_followers: int
    draws: int
    seed: int


@dataclass(frozen=True)
class Flock:
    """The formation of one table of moves.

    Parameters
    ----------
    order : Dominance
    role : int array (m,)
        Place in :data:`ROLES`.
    standing, balance : arrays (m,)
        PageRank, and migration effectiveness.
    basin : int array (m,)
    chance : array (m, m)
        How likely a share as large as that of each flow is by chance.
    gravity : Gravity or None
        None where the distances are unknown or too few.
    caveats : tuple of str
    """

    order: Dominance
    role: NDArray[np.int64]
    standing: Array = field(repr=False)
    balance: Array = field(repr=False)
    basin: NDArray[np.int64] = field(repr=False)
    chance: Array = field(repr=False)
    gravity: Gravity | None = field(repr=False)
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stability:
    """Shares of the draws in which a finding holds.

    Parameters
    ----------
    role, leader, largest, basin : arrays (m,)
        The same role, leader, destination of the largest flow; the mean share of the other regions
        that are in or out of the same basin as in the finding.
    pair : array (m, m)
        The column is the leader of the row.
    roles : array (m, 4)
        Each role.
    """

    role: Array
    leader: Array
    largest: Array
    basin: Array
    pair: Array
    roles: Array


def _roles(order: Dominance, rules: Rules) -> NDArray[np.int64]:
    """Return the role of every place, see :func:`echelon.measure.formation`."""
    led = order.followers >= 1
    big = order.size >= rules.highland_size * order.size.mean()
    links = order.followers >= rules.fulcrum_followers
    terminal = order.leader < 0
    apart, follower = ROLES.index("apart"), ROLES.index("follower")
    role = np.where(links, ROLES.index("fulcrum"), np.where(terminal & ~led, apart, follower))
    return np.where(terminal & led & big, ROLES.index("highland"), role).astype(np.int64)


def flock(moves: Moves, distance: Array | None, *, resistance: Resistance, rules: Rules) -> Flock:
    """Return the formation of the moves as they were counted."""
    order = dominant_flows(moves.people)
    gravity, caveats = None, []
    if distance is None:
        caveats.append(
            "Gravity is left out: no distances are known. Add a table ties with the columns region, "
            "destination, distance."
        )
    else:
        try:
            gravity = doubly_constrained(moves.people, distance, resistance=resistance)
        except InsufficientData as error:
            caveats.append(f"Gravity is left out. {error}")
    if gravity is not None and gravity.decay > 0:
        caveats.append(
            "Moves rise with distance in this table, so read the expected ones with care."
        )
    return Flock(
        order=order, role=_roles(order, rules), standing=page_rank(moves.people),
        balance=effectiveness(moves.people), basin=basins(moves.people, seed=rules.seed),
        chance=backbone(moves.people), gravity=gravity, caveats=tuple(caveats),
    )  # fmt: skip


def draw_flock(moves: Moves, rules: Rules) -> Mapping[str, Array]:
    """Return draws of the formation, each from moves drawn within their sampling errors.

    Returns
    -------
    mapping of str to array
        ``role``, ``leader``, ``largest``, ``standing``, ``balance``, ``followers`` (draws, m);
        ``basin`` (fewer draws, m).
    """
    generator = np.random.default_rng(np.random.SeedSequence([rules.seed, 23]))
    parts: dict[str, list[Array]] = {
        name: []
        for name in ("role", "leader", "largest", "standing", "balance", "followers", "basin")
    }
    for place in range(rules.draws):
        drawn = drawn_moves(moves.people, moves.variance, draws=1, generator=generator)[0]
        order = dominant_flows(drawn)
        for name, figures in (
            ("role", _roles(order, rules)), ("leader", order.leader), ("largest", order.largest),
            ("standing", page_rank(drawn)), ("balance", effectiveness(drawn)),
            ("followers", order.followers),
        ):  # fmt: skip
            parts[name].append(figures.astype(float))
        if place < _DRAWS_OF_BASINS:
            parts["basin"].append(basins(drawn, seed=rules.seed).astype(float))
    return {name: np.stack(figures) for name, figures in parts.items()}


def stability(found: Flock, drawn: Mapping[str, Array]) -> Stability:
    """Return in which share of the draws each finding holds."""
    m = len(found.role)
    same = same_basin(found.basin) == same_basin(drawn["basin"].astype(np.int64))
    others = ~np.eye(m, dtype=bool)
    return Stability(
        role=(drawn["role"] == found.role).mean(axis=0),
        leader=(drawn["leader"] == found.order.leader).mean(axis=0),
        largest=(drawn["largest"] == found.order.largest).mean(axis=0),
        basin=(same & others).mean(axis=0).sum(axis=1) / max(1, m - 1),
        pair=np.stack([(drawn["leader"] == place).mean(axis=0) for place in range(m)], axis=1),
        roles=np.stack([(drawn["role"] == k).mean(axis=0) for k in range(len(ROLES))], axis=1),
    )
