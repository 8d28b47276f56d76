"""Shapley's value of a cost game: what each player adds on average, over all orders of joining."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["Shapley", "shapley_drawn", "shapley_exact"]

Array = NDArray[np.float64]
Cost = Callable[[NDArray[np.bool_]], float]
_MOST_PLAYERS = 12


@dataclass(frozen=True, eq=False)
class Shapley:
    """What each player adds, with the standard error where orders were drawn.

    Parameters
    ----------
    value, error : arrays (players,)
        Unit of the cost; an error is 0 where the value is exact, NaN where one pair of orders was drawn.
    orders : int
        Drawn; 0 where the value is exact.
    """

    value: Array
    error: Array
    orders: int


def shapley_exact(cost: Cost, players: int) -> Shapley:
    """Return the exact value from the cost of every coalition.

    ``value_i = sum over S without i of |S|! (n - |S| - 1)! / n! * (c(S + i) - c(S))``.

    Parameters
    ----------
    cost : callable
        Cost of a coalition, an array of bool (players,); that of nobody is taken to be 0.
    players : int
        At most 12.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II.
    """
    if not 1 <= players <= _MOST_PLAYERS:
        raise InvalidArgument(
            f"{players} players have too many coalitions", fix="Draw orders instead"
        )
    known: dict[tuple[int, ...], float] = {(): 0.0}
    everyone = range(players)
    for size in range(1, players + 1):
        for members in combinations(everyone, size):
            known[members] = cost(np.isin(np.arange(players), members))
    value = np.zeros(players)
    for members, without in known.items():
        if len(members) == players:
            continue
        size = len(members)
        weight = factorial(size) * factorial(players - size - 1) / factorial(players)
        for player in set(everyone) - set(members):
            joined = tuple(sorted((*members, player)))
            value[player] += weight * (known[joined] - without)
    return Shapley(value, np.zeros(players), 0)


def shapley_drawn(
    cost: Cost, players: int, *, orders: int, seed: int = 0, until: float = np.inf,
    tell: Callable[[int, int], None] | None = None,
) -> Shapley:  # fmt: skip
    """Estimate the value from orders of joining that are drawn, each with its reverse.

    The parts of every order sum to the cost of all, so the estimates do too.

    Parameters
    ----------
    cost : callable
    players : int
    orders : int
        Rounded up to an even number.
    seed : int
    until : float
        Time of ``time.perf_counter`` after which no pair is begun; one is always finished.
    tell : callable, optional
        Told the orders done and wanted.

    References
    ----------
    Castro, J., Gómez, D., & Tejada, J. (2009). Polynomial calculation of the Shapley value based on
    sampling. Computers & Operations Research 36, 1726-1730.
    """
    if orders < 1:
        raise InvalidArgument(f"orders = {orders}", fix="Draw one order at least")
    rng = np.random.default_rng(seed)
    known: dict[bytes, float] = {np.zeros(players, bool).tobytes(): 0.0}

    def of(members: NDArray[np.bool_]) -> float:
        key = members.tobytes()
        if key not in known:
            known[key] = cost(members)
        return known[key]

    pairs: list[Array] = []
    wanted = -(-orders // 2)
    while len(pairs) < wanted and (not pairs or time.perf_counter() < until):
        drawn = rng.permutation(players)
        pairs.append(np.mean([_parts(of, order) for order in (drawn, drawn[::-1])], axis=0))
        if tell is not None:
            tell(2 * len(pairs), 2 * wanted)
    found = np.array(pairs)
    spread = found.std(axis=0, ddof=1) if len(found) > 1 else np.full(players, np.nan)
    return Shapley(found.mean(axis=0), spread / np.sqrt(len(found)), 2 * len(found))


def _parts(cost: Cost, order: NDArray[np.int64]) -> Array:
    """Return what each player adds in one order."""
    members = np.zeros(len(order), dtype=bool)
    found, before = np.zeros(len(order)), 0.0
    for player in order:
        members[player] = True
        after = cost(members.copy())
        found[player], before = after - before, after
    return found
