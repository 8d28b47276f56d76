"""What policy does to a market, year by year: factors on behaviour, and people who are moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["NOTHING", "Influence", "Transfers", "together"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Transfers:
    """People who are moved between cells, in units that start at a rate.

    Parameters
    ----------
    rate : array (units, years)
        Units that start in each year.
    unit, region, occupation : arrays of int (entries,)
        The unit of each entry, and its cell.
    people : array (entries,)
        People a unit who arrive in the cell, below 0 who leave it.
    lag : array of int (entries,)
        Years from the start of a unit.
    """

    rate: Array
    unit: Places
    region: Places
    occupation: Places
    people: Array
    lag: Places


@dataclass(frozen=True, eq=False)
class Influence:
    """What the levers of a scenario do; a figure that is None is left as it is.

    Parameters
    ----------
    attraction, search, exits, separations : array (years, R, O) or None
        Factors on the attraction of posts, the share of people without work who apply, the rate at
        which people leave the labour force and the rate at which they lose work.
    newcomers : array (years, R, O) or None
        People a year who come from outside the system.
    transfers : Transfers, one per member, or None
    screens : array (years, R, O) or None
        Factor on the share of openings that demand a degree.
    weights : array (years, classes, R, O) or None
        Chance of an applicant of each class to be chosen beside the others.
    posts : array (years, R, O) or None
        Posts that are needed beside those of the demand.
    """

    attraction: Array | None = field(default=None, repr=False)
    search: Array | None = field(default=None, repr=False)
    exits: Array | None = field(default=None, repr=False)
    separations: Array | None = field(default=None, repr=False)
    newcomers: Array | None = field(default=None, repr=False)
    transfers: Transfers | tuple[Transfers, ...] | None = field(default=None, repr=False)
    screens: Array | None = field(default=None, repr=False)
    weights: Array | None = field(default=None, repr=False)
    posts: Array | None = field(default=None, repr=False)


NOTHING = Influence()


def together(members: Sequence[Influence]) -> Influence:
    """Return the influence of several members as one, with their axis before regions.

    Parameters
    ----------
    members : sequence of Influence
        That differ in figures and not in what they act on.
    """
    first = members[0]
    if len(members) == 1:
        return first
    stacked: dict[str, object] = {}
    for name in ("attraction", "search", "exits", "separations", "newcomers", "screens", "posts",
                 "weights"):  # fmt: skip
        parts = [getattr(each, name) for each in members]
        if parts[0] is not None:
            stacked[name] = np.stack(parts, axis=-3)
    if first.transfers is not None:
        stacked["transfers"] = tuple(each.transfers for each in members)
    return replace(first, **stacked)  # type: ignore[arg-type]
