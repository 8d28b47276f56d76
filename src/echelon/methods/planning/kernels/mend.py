"""Sums and cuts of decisions in one year, entry by entry."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["arrivals", "cut_by_node", "scale", "sums", "transit", "use_of_nodes"]

Array = NDArray[np.float64]
Places = NDArray[np.int32]
Entries = tuple[Places, Places, Array]


@njit(cache=True, nogil=True, error_model="numpy")
def sums(group: Places, used: tuple[Array, Array], out: Array) -> None:  # pragma: no cover
    """Add weight x amount to each one's group; groups below 0 are nobody's."""
    weight, amount = used
    for unit in range(len(group)):
        if group[unit] >= 0 and amount[unit] > 0.0:
            out[group[unit]] += weight[unit] * amount[unit]


@njit(cache=True, nogil=True, error_model="numpy")
def scale(group: Places, factor: Array, amount: Array) -> None:  # pragma: no cover
    """Multiply each amount by its group's factor."""
    for unit in range(len(group)):
        if group[unit] >= 0:
            amount[unit] *= factor[group[unit]]


@njit(cache=True, nogil=True, error_model="numpy")
def use_of_nodes(entries: Entries, amount: Array, out: Array) -> None:  # pragma: no cover
    """Add people x amount of each entry's unit to its node."""
    unit, node, people = entries
    for entry in range(len(unit)):
        if amount[unit[entry]] > 0.0:
            out[node[entry]] += people[entry] * amount[unit[entry]]


@njit(cache=True, nogil=True, error_model="numpy")
def arrivals(
    entries: tuple[Places, Places, Array, Places], amount: Array, coming: Array
) -> None:  # pragma: no cover
    """Add what starts now to the people of later years (years, nodes), the first row being now."""
    unit, node, people, lag = entries
    for entry in range(len(unit)):
        if lag[entry] < len(coming) and amount[unit[entry]] > 0.0:
            coming[lag[entry], node[entry]] += people[entry] * amount[unit[entry]]


@njit(cache=True, nogil=True, error_model="numpy")
def cut_by_node(entries: Entries, factor: Array, amount: Array) -> None:  # pragma: no cover
    """Multiply each unit by the least factor of its nodes; entries are in the order of units."""
    unit, node, _ = entries
    entry = 0
    while entry < len(unit):
        this, least = unit[entry], 1.0
        while entry < len(unit) and unit[entry] == this:
            least = min(least, factor[node[entry]])
            entry += 1
        amount[this] *= least


@njit(cache=True, nogil=True, error_model="numpy")
def transit(
    tree: tuple[Places, Places, Places, Places, Places, Places],
    ways: tuple[Places, Places, Places],
    flows: tuple[Array, Array, Array, Array],
) -> None:  # pragma: no cover
    """Make as many arrive as depart, and send them over the ways between hubs.

    ``tree`` lists hubs from the leaves to the roots with the hub above, the arcs up and down, the
    part of the network and the hub of each region; ``ways`` tail, head and opposite of each arc.
    ``flows`` are what departs and arrives (regions x occupations), what the ways carry and at most
    (arcs x occupations). Departures, arrivals and flows are only cut where they do not fit.
    """
    part, hub = tree[4], tree[5]
    tail, back = ways[0], ways[2]
    depart, arrive, carry, most = flows
    arcs, regions = len(tail), len(hub)
    occupations = len(depart) // max(regions, 1)
    parts = 0
    for place in part:
        parts = max(parts, place + 1)
    left = np.empty(len(part))
    sent = np.empty(arcs)
    away, here, fits = np.empty(parts), np.empty(parts), np.empty(parts)
    for occupation in range(occupations):
        away[:] = 0.0
        here[:] = 0.0
        for region in range(regions):
            place = region * occupations + occupation
            away[part[hub[region]]] += depart[place]
            here[part[hub[region]]] += arrive[place]
        left[:] = 0.0
        for region in range(regions):
            place, of = region * occupations + occupation, part[hub[region]]
            both = min(away[of], here[of])
            depart[place] *= both / away[of] if away[of] > both else 1.0
            arrive[place] *= both / here[of] if here[of] > both else 1.0
            left[hub[region]] += depart[place] - arrive[place]
        for arc in range(arcs):
            place = arc * occupations + occupation
            other = carry[back[arc] * occupations + occupation]
            sent[arc] = max(min(carry[place], most[place]) - other, 0.0)
        _route(tree, ways, left.copy(), sent)
        _adjust(ways, sent)
        room = most[occupation::occupations]
        _fit(part, tail, (room, sent), fits)
        if parts and fits.min() < 0.5:
            # What was sent before is of no use: along the tree alone.
            sent[:] = 0.0
            _route(tree, ways, left.copy(), sent)
            _fit(part, tail, (room, sent), fits)
        for region in range(regions):
            depart[region * occupations + occupation] *= fits[part[hub[region]]]
            arrive[region * occupations + occupation] *= fits[part[hub[region]]]
        for arc in range(arcs):
            carry[arc * occupations + occupation] = sent[arc] * fits[part[tail[arc]]]


@njit(cache=True, nogil=True, error_model="numpy")
def _fit(part, tail, flows, fits):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Find the share of all moves in each part of the network that its ways can carry."""
    room, sent = flows
    fits[:] = 1.0
    for arc in range(len(tail)):
        if sent[arc] > room[arc]:
            fits[part[tail[arc]]] = min(fits[part[tail[arc]]], room[arc] / sent[arc])


@njit(cache=True, nogil=True, error_model="numpy")
def _adjust(ways, sent):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Take opposite flows off each other."""
    _, _, back = ways
    for arc in range(len(back)):
        other = back[arc]
        same = min(sent[arc], sent[other])
        sent[arc] -= same
        sent[other] -= same


@njit(cache=True, nogil=True, error_model="numpy")
def _route(tree, ways, left, sent):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Send what is left at each hub, given what is sent already, along the tree."""
    hubs, above, up, down, _, _ = tree
    tail, head, _ = ways
    for arc in range(len(tail)):
        left[tail[arc]] -= sent[arc]
        left[head[arc]] += sent[arc]
    for hub in hubs:
        if above[hub] < 0:
            continue
        more, first, second = left[hub], up[hub], down[hub]
        if more < 0.0:
            more, first, second = -more, down[hub], up[hub]
        saved = min(sent[second], more)
        sent[second] -= saved
        sent[first] += more - saved
        left[above[hub]] += left[hub]
        left[hub] = 0.0
