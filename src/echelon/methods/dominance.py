"""Who leads whom in a table of moves: dominant flows, standing, balance, basins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = [
    "Dominance",
    "backbone",
    "basins",
    "dominant_flows",
    "drawn_moves",
    "effectiveness",
    "page_rank",
    "same_basin",
]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Dominance:
    """The order of dominance between places.

    Parameters
    ----------
    leader : int array (m,)
        The larger place that a place sends most of its people to; -1 for a terminal place, which
        sends most to a smaller one.
    largest : int array (m,)
        Where most of those who leave go, larger or not; -1 where nobody leaves.
    share : array (m,)
        Share of the largest flow in all that leaves; unknown where nobody leaves.
    head : int array (m,)
        The terminal place that following the leaders ends in, itself for a terminal place.
    depth : int array (m,)
        Steps to the head.
    followers, flock : int arrays (m,)
        Places that it leads directly, and with those that these lead in turn.
    size : array (m,)
        Arrivals, by which places are compared.
    """

    leader: Places
    largest: Places
    share: Array
    head: Places
    depth: Places
    followers: Places
    flock: Places
    size: Array


def _moves(flow: Array) -> Array:
    """Return the moves between different places."""
    if flow.ndim < 2 or flow.shape[-1] != flow.shape[-2]:
        raise InvalidArgument(
            f"A table of moves has the shape {flow.shape}", fix="Give as many rows as columns"
        )
    if not np.isfinite(flow).all() or (flow < 0).any():
        raise InvalidArgument(
            "The table of moves holds unknown, infinite or negative figures",
            fix="Give counts of 0 or more; 0 where nobody moved",
        )
    return np.asarray(flow * ~np.eye(flow.shape[-1], dtype=bool))


def dominant_flows(flow: Array) -> Dominance:
    """Find for every place the larger place that most of its leavers go to.

    A place follows the destination of its largest flow when that destination receives more people
    than itself; else it is terminal. Following is transitive and, as sizes rise along it, never
    runs in a circle. Those who stay, on the diagonal, do not count.

    Parameters
    ----------
    flow : array (m, m)
        Moves from row to column.

    Returns
    -------
    Dominance

    References
    ----------
    Nystuen, J. D., & Dacey, M. F. (1961). A graph theory interpretation of nodal regions. Papers of
    the Regional Science Association 7, 29-42.
    """
    moves = _moves(flow)
    places = np.arange(len(moves))
    size, leaving = moves.sum(axis=0), moves.sum(axis=1)
    largest = moves.argmax(axis=1) if len(moves) else places
    most = moves[places, largest]
    share = np.divide(most, leaving, out=np.full(len(moves), np.nan), where=leaving > 0)
    leader = np.where((leaving > 0) & (size[largest] > size), largest, -1)
    head, depth, flock = places.copy(), np.zeros(len(places), int), np.zeros(len(places), int)
    for place in places:
        above = int(leader[place])
        while above >= 0:
            depth[place] += 1
            flock[above] += 1
            head[place] = above
            above = int(leader[above])
    return Dominance(
        leader=leader,
        largest=np.where(leaving > 0, largest, -1),
        share=share,
        head=head,
        depth=depth,
        followers=np.bincount(leader[leader >= 0], minlength=len(places)),
        flock=flock,
        size=size,
    )


def effectiveness(flow: Array) -> Array:
    """Return how much of a place's exchange with others remains: (in - out) / (in + out).

    Parameters
    ----------
    flow : array (..., m, m)
        Moves from row to column.

    Returns
    -------
    array (..., m)
        From -1 (all leave, none arrive) to 1; unknown without any move.

    References
    ----------
    Stillwell, J. et al. (2000). Net migration and migration effectiveness. Journal of Population
    Research 17, 17-38.
    """
    moves = _moves(flow)
    into, out = moves.sum(axis=-2), moves.sum(axis=-1)
    both = into + out
    return np.divide(into - out, both, out=np.full(both.shape, np.nan), where=both > 0)


def page_rank(flow: Array, *, damping: float = 0.85) -> Array:
    """Return the standing of each place: where somebody who keeps moving would be found.

    With P the moves as shares of those who leave, x = (1 - d) / m + d P'x. A place stands high when
    many come from places that stand high. From a place that nobody leaves the next move goes
    anywhere.

    Parameters
    ----------
    flow : array (..., m, m)
        Moves from row to column.
    damping : float
        Share d of moves that follow the flows; the others go anywhere.

    Returns
    -------
    array (..., m)
        Sums to 1.

    References
    ----------
    Brin, S., & Page, L. (1998). Computer Networks 30, 107-117.
    """
    if not 0 <= damping < 1:
        raise InvalidArgument(
            f"The damping is {damping}", fix="Give a share of at least 0 and below 1"
        )
    moves = _moves(flow)
    m = moves.shape[-1]
    leaving = moves.sum(axis=-1, keepdims=True)
    follow = np.divide(moves, leaving, out=np.full(moves.shape, 1.0 / m), where=leaving > 0)
    system = np.eye(m) - damping * np.swapaxes(follow, -1, -2)
    start = np.full((*moves.shape[:-2], m, 1), (1.0 - damping) / m)
    return np.asarray(np.linalg.solve(system, start)[..., 0])


def backbone(flow: Array) -> Array:
    """Return how likely each flow's share would be if a place spread its leavers at random.

    p_ij = (1 - w_ij)^(k_i - 1), where w_ij is the share of the flow in what leaves i and k_i the
    number of destinations: small for a flow that stands out (disparity filter).

    Parameters
    ----------
    flow : array (m, m)

    Returns
    -------
    array (m, m)
        Unknown where nobody moves.

    References
    ----------
    Serrano, M. A., Boguna, M., & Vespignani, A. (2009). PNAS 106(16), 6483-6488.
    """
    moves = _moves(flow)
    leaving = moves.sum(axis=1, keepdims=True)
    share = np.divide(moves, leaving, out=np.zeros(moves.shape), where=leaving > 0)
    ways = (moves > 0).sum(axis=1, keepdims=True)
    return np.where(moves > 0, (1.0 - share) ** np.maximum(ways - 1, 0), np.nan)


def basins(flow: Array, *, seed: int) -> Places:
    """Group places that exchange more people with each other than chance would have it.

    Communities of the directed, weighted network by the Louvain method.

    Parameters
    ----------
    flow : array (m, m)
    seed : int

    Returns
    -------
    int array (m,)
        Number of the basin of each place, 0 the one with the most places.

    References
    ----------
    Blondel, V. D. et al. (2008). Journal of Statistical Mechanics P10008.
    """
    import networkx

    graph = networkx.from_numpy_array(_moves(flow), create_using=networkx.DiGraph)
    found = networkx.community.louvain_communities(graph, weight="weight", seed=seed)
    ordered = sorted((sorted(group) for group in found), key=lambda group: (-len(group), group))
    label = np.zeros(len(flow), dtype=np.int64)
    for number, group in enumerate(ordered):
        label[group] = number
    return label


def same_basin(labels: Places) -> NDArray[np.bool_]:
    """Return whether two places are in one basin, (..., m, m)."""
    return np.asarray(labels[..., :, None] == labels[..., None, :])


def drawn_moves(
    flow: Array, variance: Array, *, draws: int, generator: np.random.Generator
) -> Array:
    """Draw tables of moves around the figures, each figure with its variance and never below 0.

    With v the variance of a figure F, a draw is v / F times a Poisson number with the mean F^2 / v:
    a survey in which each person asked stands for v / F people.

    Parameters
    ----------
    flow, variance : arrays (m, m)
        Counts and their variances; a figure of 0, or without a variance, does not move.
    draws : int
    generator : Generator

    Returns
    -------
    array (draws, m, m)
    """
    moves = _moves(flow)
    known = (moves > 0) & (variance > 0)
    weight = np.divide(variance, moves, out=np.ones(moves.shape), where=known)
    asked = np.where(known, moves / weight, 0.0)
    return np.where(known, weight * generator.poisson(asked, (draws, *moves.shape)), moves)
