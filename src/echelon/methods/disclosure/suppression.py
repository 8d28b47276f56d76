"""Which further cells to leave out so that those that must be cannot be worked out, at least loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels
from echelon.methods.disclosure.attacker import Attacker

if TYPE_CHECKING:
    from scipy.sparse import csr_array, sparray

__all__ = ["Suppression", "attack", "suppress"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Suppression:
    """Cells left out, what an attacker can still find out, and how far from the least loss it is.

    Parameters
    ----------
    hidden : bool array (cells,)
        Unsafe cells and those left out for their sake.
    low, high : arrays (cells,)
        What an attacker who knows all other cells and how they add up can narrow each cell to.
    loss, bound : float
        Weight of the cells left out beside the unsafe ones, and what no choice can be below.
    rounds : int
        Attacks that were answered.
    stopped : str
        "" when the loss is the least, "deadline" when time ended first; protected all the same.
    """

    hidden: Mask
    low: Array
    high: Array
    loss: float
    bound: float
    rounds: int
    stopped: str

    @property
    def gap(self) -> float:
        """By which share the loss can at most be lowered."""
        return max(0.0, self.loss - self.bound) / max(self.loss, 1e-12)


def attack(
    value: ArrayLike, relations: sparray, hidden: ArrayLike, *, most: ArrayLike | None = None,
) -> tuple[Array, Array]:  # fmt: skip
    """Find the least and the most that each cell left out can be, given all that is published.

    Two linear programs a cell: ``min, max x_c`` over ``M x = 0``, ``0 <= x <= most``, and
    ``x_i = value_i`` wherever cell i is published.

    Parameters
    ----------
    value : array (cells,)
    relations : sparse array (relations, cells)
        Each row adds up to 0 over all true tables: a total less its parts. Tables that share a cell
        share its column.
    hidden : bool array (cells,)
    most : array (cells,), optional
        What the attacker knows each cell cannot exceed; by default the sum of all cells.

    Returns
    -------
    low, high : arrays (cells,)
        The value itself for published cells.
    """
    values, matrix, left_out, ends = _problem(value, relations, hidden, most)
    attacker = Attacker(values, matrix, ends)
    attacker.hide(left_out.astype(float))
    low, high = values.copy(), values.copy()
    for cell in np.flatnonzero(left_out):
        low[cell], high[cell] = (attacker.seek(int(cell), sign)[0] for sign in (-1, 1))
    return low, high


def suppress(
    value: ArrayLike, relations: sparray, unsafe: ArrayLike, *, protection: ArrayLike,
    weight: ArrayLike | None = None, most: ArrayLike | None = None, deadline: float = np.inf,
    tell: Callable[[int, int, float], None] | None = None,
) -> Suppression:  # fmt: skip
    """Leave out as little as possible so that no unsafe cell can be narrowed below its protection.

    An attacker's linear program for each unsafe cell either finds an interval at least as wide as its
    protection, or prices that show which further cells could widen it: one cut of the problem of
    choosing. The choice of least weight that meets all cuts is attacked again until every attack
    fails (Fischetti and Salazar, 2001); since each cut holds for every choice that protects, the
    choice is then the best.

    Parameters
    ----------
    value, relations, most
        As in :func:`attack`.
    unsafe : bool array (cells,)
    protection : array (cells,)
        Least width of the interval of each unsafe cell.
    weight : array (cells,), optional
        Loss for leaving a cell out; by default ``log2(1 + value)``, at least 1.
    deadline : float
        Seconds after which choices are no longer the best but still protect.
    tell : callable, optional
        Told rounds, cells left out, and the bound.

    Returns
    -------
    Suppression

    Raises
    ------
    InsufficientData
        When leaving out every cell would not protect some cell.

    References
    ----------
    Fischetti, M., & Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with
    linear constraints. Management Science 47(7), 1008-1027.
    """
    values, matrix, must, ends = _problem(value, relations, unsafe, most)
    width = np.where(must, np.asarray(protection, float), 0.0)
    loss = np.maximum(1.0, np.log2(1.0 + np.abs(values))) if weight is None else np.asarray(weight)
    if width.shape != values.shape or loss.shape != values.shape or (loss < 0).any():
        raise MisalignedLabels("Each cell needs a protection and a weight of 0 or more")
    search = _Search(Attacker(values, matrix, ends), must, width, np.where(must, 0.0, loss))
    hidden = search.run(deadline, tell)
    low, high = attack(values, matrix, hidden, most=ends)
    return Suppression(
        hidden, low, high, float(search.loss[hidden].sum()), search.bound, search.rounds,
        search.stopped,
    )  # fmt: skip


def _problem(
    value: ArrayLike, relations: sparray, cells: ArrayLike, most: ArrayLike | None
) -> tuple[Array, csr_array, Mask, Array]:
    """Return values, relations, cells and ends, checked."""
    from scipy.sparse import csr_array

    values, matrix, chosen = np.asarray(value, float), csr_array(relations), np.asarray(cells, bool)
    total = float(values.sum())
    ends = np.full(values.shape, total) if most is None else np.asarray(most, float)
    if matrix.shape[1] != len(values) or chosen.shape != values.shape or ends.shape != values.shape:
        raise MisalignedLabels("Values, relations and cells of the tables have different lengths")
    if not np.isfinite(values).all() or (values < 0).any():
        at = int(np.flatnonzero(~(values >= 0))[0])
        raise InvalidArgument(
            f"Cell {at} is {values[at]:g}", fix="Protect figures that are known and 0 or more"
        )
    apart = np.abs(matrix @ values)
    size = abs(matrix) @ values
    wrong = np.flatnonzero(apart > _TOLERANCE * np.maximum(1.0, size))
    if len(wrong):
        raise InvalidArgument(
            f"Relation {int(wrong[0])} does not add up: it is off by {apart[wrong[0]]:g}",
            fix="Compute totals from the cells that are to be protected",
        )
    return values, matrix, chosen, np.maximum(ends, values)


class _Search:
    """Rounds of choosing and attacking; the cuts found so far."""

    def __init__(self, attacker: Attacker, must: Mask, width: Array, loss: Array) -> None:
        self.attacker, self.must, self.width, self.loss = attacker, must, width, loss
        self.cells = np.flatnonzero(must & (width > 0))
        self.cuts: list[tuple[NDArray[np.int64], Array, float]] = []
        self.bound, self.rounds, self.stopped = 0.0, 0, ""

    def run(self, deadline: float, tell: Callable[[int, int, float], None] | None) -> Mask:
        """Return the cells to leave out."""
        import time

        begin = time.perf_counter()
        self._assert_possible()
        whole = False
        share = self.must.astype(float)
        while True:
            late = time.perf_counter() - begin > deadline
            if late and not self.stopped:
                self.stopped, whole = "deadline", True
            broken = self._attacks(share)
            self.rounds += 1
            if not broken and whole:
                return share > 0.5
            # Cuts are first gathered with parts of cells, which is cheap, then with whole ones.
            whole = whole or not broken
            share, bound = self._choose(whole=whole, quick=bool(self.stopped))
            if not self.stopped:
                self.bound = max(self.bound, bound)
            if tell is not None:
                tell(self.rounds, int((share > 0.5).sum()), self.bound)

    def _assert_possible(self) -> None:
        """Raise where leaving out everything would not do."""
        self.attacker.hide(np.ones(len(self.must)))
        for cell in self.cells:
            low, high = (self.attacker.seek(int(cell), sign)[0] for sign in (-1, 1))
            if high - low < self.width[cell] * (1 - _TOLERANCE) - _TOLERANCE:
                raise InsufficientData(
                    f"Cell {int(cell)} cannot be protected: an attacker without any figure would know "
                    f"it to within {high - low:g}, and {self.width[cell]:g} is asked for",
                    fix="Ask for less protection, or merge the cell with another",
                )

    def _attacks(self, share: Array) -> bool:
        """Attack every unsafe cell, keep a cut for each that is not protected; return if any was."""
        self.attacker.hide(share)
        broken = False
        for cell in self.cells:
            (low, below), (high, above) = (self.attacker.seek(int(cell), s) for s in (-1, 1))
            need = float(self.width[cell])
            if high - low >= need * (1 - _TOLERANCE) - _TOLERANCE:
                continue
            broken = True
            # More than the protection never helps, and a smaller figure makes a stronger cut.
            widens = np.minimum(below + above, need)
            at = np.flatnonzero(widens > _TOLERANCE * need)
            self.cuts.append((at, widens[at] / need, 1.0))
        return broken

    def _choose(self, *, whole: bool, quick: bool) -> tuple[Array, float]:
        """Return the choice of least weight that meets all cuts, and what none can be below."""
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        if not self.cuts:
            return self.must.astype(float), 0.0
        row = np.repeat(np.arange(len(self.cuts)), [len(at) for at, _, _ in self.cuts])
        column = np.concatenate([at for at, _, _ in self.cuts])
        entries = np.concatenate([figures for _, figures, _ in self.cuts])
        matrix = csr_array((entries, (row, column)), shape=(len(self.cuts), len(self.must)))
        least = np.array([need for _, _, need in self.cuts])
        options: dict[str, Any] = {"mip_rel_gap": 0.05 if quick else 0.0}
        found = milp(
            # Cells that cost nothing are left out only where that helps.
            np.where(self.must, 0.0, np.maximum(self.loss, 1e-9)),
            integrality=np.full(len(self.must), int(whole)),
            bounds=Bounds(self.must.astype(float), 1.0),
            constraints=LinearConstraint(matrix, least * (1 - _TOLERANCE), np.inf),
            options=options,
        )
        if found.x is None:
            raise InsufficientData(f"No cells protect these tables: {found.message}")
        bound = float(found.fun) if not whole else float(found.mip_dual_bound)
        return (np.round(found.x) if whole else np.clip(found.x, 0.0, 1.0)), bound
