"""Sparse rows, and the types that identical records are merged into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.matching.grammar import Places

__all__ = ["Rows", "first_rows", "row_types", "rows_of"]

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Sparse rows of skills: where each starts, its skills in rising order, and their values.

    Parameters
    ----------
    start : array (rows + 1,)
    skill : array (entries,)
    values : tuple of arrays (entries,)
    """

    start: Whole
    skill: NDArray[np.int32]
    values: tuple[Whole, ...]

    @classmethod
    def of(cls, start: Places, skill: Places, values: tuple[Whole, ...]) -> Rows:
        """Make rows, sorted by skill within each.

        Parameters
        ----------
        start : array (rows + 1,)
        skill : array (entries,)
        values : tuple of arrays (entries,)

        Returns
        -------
        Rows
        """
        begin, skills = np.asarray(start, np.int64), np.asarray(skill, np.int32)
        falls = np.flatnonzero(skills[1:] <= skills[:-1]) + 1
        if not np.isin(falls, begin).all():
            row = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
            order = np.lexsort((skills, row))
            skills, values = skills[order], tuple(value[order] for value in values)
        return cls(begin, skills, values)

    def kept(self, mask: NDArray[np.bool_]) -> Rows:
        """Return the rows with those entries alone.

        Parameters
        ----------
        mask : array (entries,)

        Returns
        -------
        Rows
        """
        if mask.all():
            return self
        passed = np.concatenate([[0], np.cumsum(mask)])
        return Rows(
            passed[self.start], self.skill[mask], tuple(value[mask] for value in self.values)
        )


def rows_of(rows: Rows, chosen: Whole) -> Rows:
    """Return some of the rows.

    Parameters
    ----------
    rows : Rows
    chosen : array (n,)
        Their places.

    Returns
    -------
    Rows
    """
    if np.array_equal(chosen, np.arange(len(rows.start) - 1)):
        return rows
    size = np.diff(rows.start)[chosen]
    start = np.concatenate([[0], np.cumsum(size)])
    entry = np.repeat(rows.start[chosen] - start[:-1], size) + np.arange(start[-1])
    return Rows(start, rows.skill[entry], tuple(value[entry] for value in rows.values))


def row_types(
    rows: Rows, columns: tuple[NDArray[np.generic], ...], *, apart: Whole, merge: bool
) -> NDArray[np.int32]:
    """Return the type of each record: records with equal columns and equal skills share one.

    Parameters
    ----------
    rows : Rows
    columns : tuple of arrays (n,)
        What else must be equal.
    apart : array
        Records that keep a type of their own.
    merge : bool
        Whether to merge at all.

    Returns
    -------
    array (n,)
        Types are numbered in the order of their first record.
    """
    n = len(rows.start) - 1
    if not merge or n == 0:
        return np.arange(n, dtype=np.int32)
    mark = _mixed(rows.skill, rows.values)
    passed = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mark, dtype=np.uint64)])
    mark = passed[rows.start[1:]] - passed[rows.start[:-1]]
    mark = _mixed(mark, (np.diff(rows.start), *columns))
    order = np.argsort(mark, kind="stable")
    same = mark[order][1:] == mark[order][:-1]
    if not same.any():
        return np.arange(n, dtype=np.int32)
    alone = np.zeros(n, dtype=bool)
    alone[apart] = True
    same &= ~alone[order][1:] & ~alone[order][:-1]
    # Equal marks are not yet equal rows: each is compared with the one before it.
    same[same] = _equal(rows, columns, (order[1:][same], order[:-1][same]))
    group = np.concatenate([[0], np.cumsum(~same)])
    first = order[np.concatenate([[True], ~same])]
    number = np.empty(len(first), dtype=np.int32)
    number[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    types = np.empty(n, dtype=np.int32)
    types[order] = number[group]
    return types


def _mixed(
    values: NDArray[np.generic], others: tuple[NDArray[np.generic], ...]
) -> NDArray[np.uint64]:
    """Return a number of 64 bits that stands for the values together."""
    mixed = np.asarray(values).astype(np.uint64)
    for other in (None, *others):
        if other is not None:
            mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + np.asarray(other).astype(
                np.int64
            ).astype(np.uint64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return mixed


def _equal(
    rows: Rows, columns: tuple[NDArray[np.generic], ...], pairs: tuple[Whole, Whole]
) -> NDArray[np.bool_]:
    """Return for pairs of rows whether they are equal in everything."""
    left, right = pairs
    size = np.diff(rows.start)
    equal: NDArray[np.bool_] = size[left] == size[right]
    for column in columns:
        equal &= np.asarray(column)[left] == np.asarray(column)[right]
    alike = np.flatnonzero(equal)
    one, other = rows_of(rows, left[alike]), rows_of(rows, right[alike])
    differs = one.skill != other.skill
    for first, second in zip(one.values, other.values, strict=True):
        differs |= first != second
    row = np.repeat(np.arange(len(alike)), np.diff(one.start))
    equal[alike] = np.bincount(row, weights=differs, minlength=len(alike)) == 0
    return equal


def first_rows(types: NDArray[np.int32]) -> Whole:
    """Return the first record of each type.

    Parameters
    ----------
    types : array (n,)

    Returns
    -------
    array (types,)
    """
    _, first = np.unique(types, return_index=True)
    return first.astype(np.int64)
