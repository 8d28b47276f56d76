"""Loops of a graph of links, the gain round each, and the gain of all of them together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["loop_gains", "return_gain", "simple_loops"]

Array = NDArray[np.float64]
Loop = tuple[int, ...]


def simple_loops(links: NDArray[np.bool_]) -> list[Loop]:
    """Return every loop that passes no station twice, the longest first.

    Parameters
    ----------
    links : array (n, n)
        Whether a link leads to the station of the row from that of the column.

    Returns
    -------
    list of tuples
        Stations in the order of the links, the lowest first.
    """
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_edges_from((int(start), int(end)) for end, start in np.argwhere(links))
    found = [_from_lowest([int(place) for place in loop]) for loop in nx.simple_cycles(graph)]
    return sorted(found, key=lambda loop: (-len(loop), loop))


def _from_lowest(loop: list[int]) -> Loop:
    first = loop.index(min(loop))
    return tuple(loop[first:] + loop[:first])


def loop_gains(gains: Array, loops: list[Loop]) -> Array:
    """Return the gain round each loop: the product of the gains of its links.

    Parameters
    ----------
    gains : array (..., n, n)
        Per cent that the station of the row gains in the end for one per cent more of the column's.
    loops : list of tuples

    Returns
    -------
    array (..., loops)
    """
    found = np.ones((*gains.shape[:-2], len(loops)))
    for place, loop in enumerate(loops):
        for start, end in zip(loop, (*loop[1:], loop[0]), strict=True):
            found[..., place] *= gains[..., end, start]
    return found


def return_gain(gains: Array) -> Array:
    """Return how much of a lasting push comes back through all loops together.

    1 - det(I - G): the sum of the gains of the loops, less the products of those that share no
    station (Mason 1956). Of one loop it is the loop's gain; at 1 a push neither decays nor grows.

    Parameters
    ----------
    gains : array (..., n, n)

    Returns
    -------
    array (...)

    References
    ----------
    Mason, S. J. (1956). Feedback theory: further properties of signal flow graphs. Proceedings of
    the IRE 44(7), 920-926.
    """
    return np.asarray(1 - np.linalg.det(np.eye(gains.shape[-1]) - gains))
