"""A table of cells with all its totals, and how they add up."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from echelon.system.system import System

__all__ = ["ALL", "Axis", "Published", "axis_of", "with_margins"]

Array = NDArray[np.float64]
ALL = "all"
"""Label of the total over a whole dimension."""


@dataclass(frozen=True)
class Axis:
    """One dimension of a table: its parts, the totals above them, and what each total is made of.

    Parameters
    ----------
    name : str
        Column of the table.
    codes : tuple of str
        Parts first, then totals.
    parts : int
        Number of parts.
    sums : tuple of (int, tuple of int)
        Each total, and the codes that add up to it: parts or lower totals.
    """

    name: str
    codes: tuple[str, ...]
    parts: int
    sums: tuple[tuple[int, tuple[int, ...]], ...]

    def membership(self) -> Array:
        """Return which parts each code holds (codes, parts)."""
        held = np.zeros((len(self.codes), self.parts))
        held[: self.parts] = np.eye(self.parts)
        for total, below in self.sums:
            held[total] = held[list(below)].sum(axis=0)
        return held


@dataclass(frozen=True, eq=False)
class Published:
    """Every cell that a table and its totals show, in one year.

    Parameters
    ----------
    axes : tuple of Axis
    value : array (cells,)
        Axes in order, the last one innermost.
    relations : sparse array (relations, cells)
        Each row is a total less its parts.
    """

    axes: tuple[Axis, ...]
    value: Array = field(repr=False)
    relations: csr_array = field(repr=False)

    def frame(self) -> pd.DataFrame:
        """Return one row per cell: its codes, and whether it is a part in every dimension."""
        index = pd.MultiIndex.from_product(
            [axis.codes for axis in self.axes], names=[axis.name for axis in self.axes]
        )
        grid = np.meshgrid(
            *[np.arange(len(axis.codes)) < axis.parts for axis in self.axes], indexing="ij"
        )
        inner = reduce(np.logical_and, grid).ravel()
        return index.to_frame(index=False).assign(inner=inner)


def axis_of(system: System, name: str, codes: list[str], *, references: str | None) -> Axis:
    """Return the axis of a column: its codes, wider codes of its dimension table, and all.

    Parameters
    ----------
    system : System
    name : str
        Column.
    codes : list of str
        Those that occur, in order.
    references : str or None
        Table of the dimension, whose column ``parent`` names the next wider code.
    """
    above: dict[str, str] = {}
    if references is not None and references in system:
        frame = system.table(references)
        if "parent" in frame.columns:
            known = frame.dropna(subset=["parent"])
            above = dict(
                zip(known.iloc[:, 0].astype(str), known["parent"].astype(str), strict=True)
            )
    levels, place = list(codes), {code: at for at, code in enumerate(codes)}
    sums: list[tuple[int, tuple[int, ...]]] = []
    rest = list(codes)
    while rest:
        parents = list(dict.fromkeys(above[code] for code in rest if code in above))
        # A code that is a part already cannot also be a total of others.
        parents = [code for code in parents if code not in place]
        for parent in parents:
            place[parent] = len(levels)
            levels.append(parent)
            below = tuple(place[code] for code in rest if above.get(code) == parent)
            sums.append((place[parent], below))
        rest = parents
    held = {at for _, below in sums for at in below}
    tops = tuple(at for at in range(len(levels)) if at not in held)
    if len(tops) > 1:
        sums.append((len(levels), tops))
        levels.append(ALL)
    return Axis(name, tuple(levels), len(codes), tuple(sums))


def with_margins(axes: tuple[Axis, ...], inner: Array) -> Published:
    """Return a table of parts with all its totals.

    Parameters
    ----------
    axes : tuple of Axis
    inner : array
        One dimension per axis, its parts.

    Returns
    -------
    Published
    """
    from scipy.sparse import csr_array, eye_array, kron, vstack

    whole = inner
    for at, axis in enumerate(axes):
        whole = np.moveaxis(np.tensordot(axis.membership(), whole, axes=(1, at)), 0, at)
    blocks = []
    for at, axis in enumerate(axes):
        rows = np.zeros((len(axis.sums), len(axis.codes)))
        for row, (total, below) in enumerate(axis.sums):
            rows[row, total], rows[row, list(below)] = 1.0, -1.0
        before = int(np.prod([len(a.codes) for a in axes[:at]], dtype=int))
        after = int(np.prod([len(a.codes) for a in axes[at + 1 :]], dtype=int))
        blocks.append(kron(kron(eye_array(before), csr_array(rows)), eye_array(after)))
    return Published(axes, whole.ravel(), csr_array(vstack(blocks)))
