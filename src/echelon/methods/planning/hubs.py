"""Moves by way of hubs: a sparse network that stands for all pairs of regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["Hubs", "spanner"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Hubs:
    """Which hub each region uses, and the arcs between hubs.

    Parameters
    ----------
    hub : array of int (regions,)
        Place of the hub that people leave and arrive by.
    tail, head : arrays of int (arcs,)
        Hubs at both ends. Every arc has one in the opposite direction.
    """

    hub: Places
    tail: Places
    head: Places

    def __post_init__(self) -> None:
        ways = set(zip(self.tail.tolist(), self.head.tolist(), strict=True))
        if any((b, a) not in ways for a, b in ways):
            raise InvalidArgument("A way between hubs has no way back", fix="Give both directions")

    @property
    def count(self) -> int:
        """Number of hubs."""
        ends = np.concatenate([self.hub, self.tail, self.head])
        return int(ends.max(initial=-1)) + 1

    @property
    def back(self) -> Places:
        """The arc in the opposite direction of each (arcs,)."""
        key = self.tail * self.count + self.head
        order = np.argsort(key)
        found: Places = order[np.searchsorted(key[order], self.head * self.count + self.tail)]
        return found

    @property
    def tree(self) -> tuple[Places, Places, Places, Places, Places]:
        """A way from every hub to the root of its part of the network.

        Hubs from the leaves to the roots; the hub above each (-1 above roots); the arcs up and down;
        and the part of the network that each belongs to.
        """
        count = self.count
        above, part = np.full(count, -1), np.full(count, -1)
        up, down = np.full(count, -1), np.full(count, -1)
        order: list[int] = []
        for root in range(count):
            if part[root] >= 0:
                continue
            part[root], reached = part.max() + 1, [root]
            for hub in reached:
                for arc in np.flatnonzero(self.tail == hub):
                    to = int(self.head[arc])
                    if part[to] < 0:
                        part[to], above[to] = part[root], hub
                        down[to], up[to] = arc, self.back[arc]
                        reached.append(to)
            order += reached
        return np.array(order[::-1], dtype=np.int64), above, up, down, part


def spanner(distance: Array, stretch: float) -> Places:
    """Return a sparse network in which no way is much longer than the straight one.

    Greedy: from the nearest pair to the farthest, a pair is joined unless the network already has a
    way of at most ``stretch`` times its distance. Distances are overstated by at most that.

    Parameters
    ----------
    distance : array (places, places)
    stretch : float
        1 or more.

    Returns
    -------
    array of int (ways, 2)

    References
    ----------
    Althofer, I., et al. (1993). On sparse spanners of weighted graphs. Discrete Comput. Geom. 9.
    """
    if stretch < 1:
        raise InvalidArgument(f"stretch = {stretch}", fix="Give 1 or more")
    count = len(distance)
    first, second = np.triu_indices(count, 1)
    far = np.full((count, count), np.inf)
    np.fill_diagonal(far, 0.0)
    kept = []
    for pair in np.argsort(distance[first, second], kind="stable"):
        a, b = first[pair], second[pair]
        length = distance[a, b]
        if far[a, b] > stretch * length:
            kept.append((a, b))
            way = np.minimum(far[:, [a]] + far[[b], :], far[:, [b]] + far[[a], :])
            far = np.minimum(far, way + length)
    return np.array(kept, dtype=np.int64).reshape(-1, 2)
