"""A program laid out for the memory of a machine: columns beside the rows that they touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.program import Program

__all__ = ["Layout", "lay_out"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_LANES = 4
_ENTRIES_OF_A_PIECE = 100_000


@dataclass(frozen=True, eq=False)
class Layout:
    """Columns in pieces, each with the rows that it touches, years innermost.

    A row that several pieces touch has a slot in each, which ``shared_slot`` lists, and one of its own
    after those of all pieces. Pieces depend on the program alone, so that results are the same on any
    number of threads.

    Parameters
    ----------
    width, stride : int
        Years kept of a column and of a row, with zeros behind for years after the last.
    column : array of int (kept columns,)
        Column of the program at each place; columns held at 0 are left out.
    pieces : array of int (pieces + 1,)
        Where each piece's columns start.
    slots : array of int (pieces, 3)
        Where each piece's slots start, where those of shared rows among them start, and their end.
    row : array of int (slots,)
        Row of the program in each slot.
    start, offset, value : arrays
        Entries of each column: where they start, slot x stride + lag, and the value.
    shared_start, shared_slot : arrays of int
        Slots of each shared row in the pieces, in the order of the slots at the end.
    """

    width: int
    stride: int
    column: Places
    pieces: Places
    slots: Places
    row: Places
    start: NDArray[np.int32]
    offset: NDArray[np.int32]
    value: Array
    shared_start: Places
    shared_slot: Places


def lay_out(program: Program) -> Layout:
    """Order the columns of a program by the rows that they touch, and cut them into pieces."""
    used = np.asarray(program.upper.any(axis=1))
    # An entry beyond the last year, or of a column held at 0, changes nothing.
    kept = np.flatnonzero(used[program.column] & (program.lag < program.years))
    row, column = program.row[kept], program.column[kept]
    first = np.full(len(used), np.iinfo(np.int64).max)
    np.minimum.at(first, column, row)
    order = np.argsort(np.where(used, first, np.iinfo(np.int64).max), kind="stable")
    order = order[: int(used.sum())]
    place = np.zeros(len(used), dtype=np.int64)
    place[order] = np.arange(len(order))
    pieces = _cut(place[column], row, len(order), len(program.right))
    piece = np.repeat(np.arange(len(pieces) - 1), np.diff(pieces))
    # Columns with as many entries follow one another: the processor can foresee the loops.
    entries = np.bincount(place[column], minlength=len(order))
    again = np.lexsort((entries, piece))
    order = order[again]
    place[order] = np.arange(len(order))
    where = place[column]
    by_column = np.argsort(where, kind="stable")
    kept, where = kept[by_column], where[by_column]
    row = program.row[kept]
    slots, slot_row, slot, shared = _slots(piece[where], row, len(pieces) - 1)
    most = int(program.lag[kept].max(initial=0))
    width = -(-program.years // _LANES) * _LANES
    stride = width + -(-most // _LANES) * _LANES
    start = np.concatenate([[0], np.cumsum(np.bincount(where, minlength=len(order)))])
    return Layout(
        width, stride, order, pieces, slots, slot_row, start.astype(np.int32),
        (slot * stride + program.lag[kept]).astype(np.int32), program.value[kept], *shared,
    )  # fmt: skip


def _cut(place: Places, row: Places, columns: int, rows: int) -> Places:
    """Return where pieces start: about equal, and where few rows are cut through."""
    count = max(len(place) // _ENTRIES_OF_A_PIECE, 1)
    if count == 1 or columns < 2 * count:
        return np.array([0, columns])
    first, last = np.full(rows, columns), np.full(rows, -1)
    np.minimum.at(first, row, place)
    np.maximum.at(last, row, place)
    touched = last >= 0
    through = np.zeros(columns + 1, dtype=np.int64)
    np.add.at(through, first[touched] + 1, 1)
    np.add.at(through, last[touched] + 1, -1)
    through = np.cumsum(through)[: columns + 1]
    work = np.cumsum(np.bincount(place, minlength=columns))
    ends = [0]
    for part in range(1, count):
        at = int(np.searchsorted(work, part * work[-1] / count))
        room = columns // (3 * count)
        low, high = max(at - room, ends[-1] + 1), min(at + room, columns - 1)
        if low < high:
            ends.append(low + int(np.argmin(through[low:high])))
    return np.array([*ends, columns])


def _slots(
    piece: Places, row: Places, pieces: int
) -> tuple[Places, Places, Places, tuple[Places, Places]]:
    """Return slots of the pieces, the row of each slot, the slot of each entry, and shared rows."""
    rows = int(row.max(initial=-1)) + 1
    pair, slot = np.unique(piece * rows + row, return_inverse=True)
    of_piece, of_row = np.divmod(pair, max(rows, 1))
    shared = np.bincount(of_row, minlength=rows) > 1
    # Within a piece rows of its own come first.
    order = np.lexsort((of_row, shared[of_row], of_piece))
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    of_piece, of_row = of_piece[order], of_row[order]
    common = shared[of_row]
    ends = np.searchsorted(of_piece, np.arange(pieces + 1))
    own = np.array([ends[n] + int((~common[ends[n] : ends[n + 1]]).sum()) for n in range(pieces)])
    slots = np.stack([ends[:-1], own, ends[1:]], axis=1)
    places = np.flatnonzero(common)
    places = places[np.argsort(of_row[places], kind="stable")]
    found, start = np.unique(of_row[places], return_index=True)
    starts = np.concatenate([start, [len(places)]])
    return slots, np.concatenate([of_row, found]), back[slot], (starts, places)
