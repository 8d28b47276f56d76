"""What one unit of a policy lever does to people and money, for planner and simulator alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Flows"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Flows:
    """How each unit of a lever changes the people of regions and occupations, when, and at what cost.

    Entry ``n`` says: ``years[n]`` years after unit ``unit[n]`` starts, the people in the node
    (``region[n]``, ``occupation[n]``) change by ``people[n]``.

    Parameters
    ----------
    unit : array of int (entries,)
        Place of the unit in ``cost``.
    region, occupation : arrays of int (entries,)
        Places of the node.
    people : array (entries,)
        People who arrive, below 0 who leave; with ``claims``, people who are needed.
    years : array of int (entries,)
        Years from the start of the unit.
    cost : array (units,)
        Currency in the year of the start.
    home : array of int (units,)
        Region that pays.
    claims : bool
        The unit needs people and moves none.
    """

    unit: Places
    region: Places
    occupation: Places
    people: Array
    years: Places
    cost: Array
    home: Places
    claims: bool = False

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.cost)

    @staticmethod
    def joined(
        parts: Sequence[tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike, ArrayLike]],
        *, cost: ArrayLike, home: ArrayLike, claims: bool = False,
    ) -> Flows:  # fmt: skip
        """Return flows from parts (unit, region, occupation, people, years); entries of 0 are left out."""
        unit, region, occupation, people, years = (
            np.concatenate([np.ravel(np.asarray(part[n])) for part in parts]) for n in range(5)
        )
        kept = people != 0
        return Flows(
            unit[kept].astype(np.int64), region[kept].astype(np.int64),
            occupation[kept].astype(np.int64), people[kept].astype(float),
            years[kept].astype(np.int64), np.ravel(cost).astype(float),
            np.ravel(home).astype(np.int64), claims,
        )  # fmt: skip
