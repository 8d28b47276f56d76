"""Which further cells to leave out so that those that must be cannot be worked out, at least loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels
from echelon.methods.disclosure.attacker import Attacker

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Suppression", "attack", "suppress"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_TOLERANCE = 1e-6
_GLANCES = 3
_PATIENCE, _PROGRESS = 3, 2e-3


@dataclass(frozen=True)
class Suppression:
    """Cells left out, the doubt that is left about each, and how far from the least loss it is.

    Parameters
    ----------
    hidden : bool array (cells,)
        Unsafe cells and those left out for their sake.
    low, high : arrays (cells,)
        Tables that agree with all that is published have been found in which the cell is as low and
        as high as this; :func:`attack` finds its ends.
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
    value: ArrayLike, relations: csr_array, hidden: ArrayLike, *, most: ArrayLike | None = None,
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
        low[cell], high[cell] = attacker.ends(int(cell))
    return low, high


def suppress(
    value: ArrayLike, relations: csr_array, unsafe: ArrayLike, *, protection: ArrayLike,
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
    return Suppression(
        hidden, search.low, search.high, float(search.loss[hidden].sum()), search.bound,
        search.rounds, search.stopped,
    )  # fmt: skip


def _problem(
    value: ArrayLike, relations: csr_array, cells: ArrayLike, most: ArrayLike | None
) -> tuple[Array, csr_array, Mask, Array]:
    """Return values, relations, cells and ends, checked."""
    values, chosen = np.asarray(value, float), np.asarray(cells, bool)
    matrix = relations.tocsr()
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
        self.low, self.high = attacker.value.copy(), attacker.value.copy()
        self._draw = np.random.default_rng(0)

    def run(self, deadline: float, tell: Callable[[int, int, float], None] | None) -> Mask:
        """Return the cells to leave out."""
        import time

        begin = time.perf_counter()
        whole, slow = False, 0
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
            whole = whole or not broken or slow >= _PATIENCE
            share, bound = self._choose(whole=whole, quick=bool(self.stopped))
            slow = slow + 1 if bound <= self.bound * (1 + _PROGRESS) else 0
            if not self.stopped:
                self.bound = max(self.bound, bound)
            if tell is not None:
                tell(self.rounds, int((share > 0.5).sum()), self.bound)

    def _attacks(self, share: Array) -> bool:
        """Attack every unsafe cell, keep a cut for each that is not protected; return if any was."""
        self.attacker.hide(share)
        self.low, self.high = self.attacker.value.copy(), self.attacker.value.copy()
        for _ in range(_GLANCES):
            # One table tells of many cells, so most need no attack of their own.
            aim = np.zeros(len(self.must))
            aim[self.cells] = self._draw.choice([-1.0, 1.0], len(self.cells))
            for sign in (-1, 1):
                self._see(self.attacker.seek(sign * aim)[0])
        broken = False
        for cell in self.cells.tolist():
            need, widens = float(self.width[cell]), np.zeros(len(self.must))
            aim = np.zeros(len(self.must))
            for sign in (-1, 1):
                if self._wide(cell, need):
                    break
                aim[cell] = sign
                table, more = self.attacker.seek(aim)
                self._see(table)
                widens += more
            if self._wide(cell, need):
                continue
            broken = True
            self._cut(cell, widens, need)
        return broken

    def _wide(self, cell: int, need: float) -> bool:
        return bool(self.high[cell] - self.low[cell] >= need * (1 - _TOLERANCE) - _TOLERANCE)

    def _see(self, table: Array) -> None:
        np.minimum(self.low, table, out=self.low)
        np.maximum(self.high, table, out=self.high)

    def _cut(self, cell: int, widens: Array, need: float) -> None:
        """Keep what would widen the interval of a cell enough; raise where nothing would."""
        if widens.sum() < need * (1 - _TOLERANCE) - _TOLERANCE:
            raise InsufficientData(
                f"Cell {cell} cannot be protected: without any figure an attacker would know it to "
                f"within {widens.sum():g}, and {need:g} is asked for",
                fix="Ask for less protection, or merge the cell with another",
            )
        # More than the protection never helps, and a smaller figure makes a stronger cut.
        most = np.minimum(widens, need) / need
        at = np.flatnonzero(most > _TOLERANCE)
        self.cuts.append((at, most[at], 1.0))

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
        found = milp(
            # Cells that cost nothing are left out only where that helps.
            np.where(self.must, 0.0, np.maximum(self.loss, 1e-9)),
            integrality=np.full(len(self.must), int(whole)),
            bounds=Bounds(self.must.astype(float), 1.0),
            constraints=LinearConstraint(matrix, least * (1 - _TOLERANCE), np.inf),
            options={"mip_rel_gap": 0.05 if quick else 0.0},
        )
        if found.x is None:
            raise InsufficientData(f"No cells protect these tables: {found.message}")
        bound = float(found.fun) if not whole else float(found.mip_dual_bound)
        return (np.round(found.x) if whole else np.clip(found.x, 0.0, 1.0)), bound
