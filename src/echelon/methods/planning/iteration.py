"""Iterates of the first-order solver, and which decisions it still moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.layout import lay_out
from echelon.methods.planning.program import Program

__all__ = ["Iteration", "Repair", "gap_between"]

Array = NDArray[np.float64]
Real = NDArray[Any]
Repair = Callable[[Array], Array]
State = tuple[Array, Array, float]

# A decision is certain when its reduced cost is this share of what it is a difference of.
_MARGIN = 0.02
_SCREEN_BELOW = 0.1
# Steps of prices grow at most by this when fewer decisions are left.
_LEAST_SUM = 0.2
_SMOOTH = 0.8
_FASTEST = 3.0
_WIDEST = 1e4
_TRIES = 3
# Checks without progress after which all decisions are moved again, and then in double precision.
_PATIENCE = 20
# No reduced cost is more than what it is a difference of.
_NONE_CERTAIN = 2.0
_BALANCE_BELOW = 0.1
_RATIO = 3.0
_CERTAIN, _ROOT, _MOST = range(3)


def gap_between(value: float, bound: float) -> float:
    """Return (value - bound) / |value|; 0 where both are 0."""
    return max(value - bound, 0.0) / max(abs(value), abs(bound), 1e-12)


@dataclass(eq=False)
class _Kept:
    """Columns with decisions that are not certain, laid out anew."""

    column: NDArray[np.int64]
    pieces: NDArray[np.int64]
    start: NDArray[np.int32]
    offset: NDArray[np.int32]
    value: Real
    x: Real
    x0: Real
    moved: Real
    cost: Real
    upper: Real
    steps: Real


class Iteration:
    """Iterates of one solution; small, since the work is in the kernels.

    Parameters
    ----------
    program : Program
    repair : callable
    start : tuple, optional
        Decisions, prices and weight to go on from.
    exact : bool
        Iterates in double precision; bound and plan always are.
    threads : int
        Results do not depend on it.
    """

    def __init__(
        self, program: Program, repair: Repair, *, start: State | None = None, exact: bool = False,
        threads: int = 1,
    ) -> None:  # fmt: skip
        from echelon.methods.planning.kernels import steps

        self.program, self.repair, self.threads = program, repair, threads
        self.dtype: Any = np.float64 if exact else np.float32
        self.layout = layout = lay_out(program)
        self.kernels, self.lanes = steps, (np.int8(0),) * layout.width
        self.pool: ThreadPoolExecutor | None = None
        self.entries = (layout.start, layout.offset, layout.value)
        self.data = (layout.column, program.cost, program.upper)
        cells = (len(layout.column), layout.width)
        self.x_all = np.zeros(cells, self.dtype)
        self.certain = np.ones(cells, dtype=bool)
        self.certain[:, : program.years] = program.upper[layout.column] == 0
        shared = len(layout.shared_start) - 1
        self.main = np.arange(len(layout.row) - shared, len(layout.row))
        self.copies = np.repeat(self.main, np.diff(layout.shared_start))
        self.whole_right = self._rows(program.right)
        self.counted = np.ones(len(layout.row), dtype=bool)
        self.counted[layout.shared_slot] = False
        self.whole_right[layout.shared_slot] = 0.0
        self.whole_sums, self.never = self._sums(_ROOT), self._never_binding()
        self.low = np.where(program.equality[layout.row], -np.inf, 0.0)[:, None]
        self.low = np.repeat(self.low, layout.stride, axis=1).astype(self.dtype)
        self.y = np.zeros(self.low.shape, self.dtype)
        self.moved_y, self.y0, self.use = (np.zeros_like(self.y) for _ in range(3))
        self.found = np.zeros((len(layout.slots) + 1, 2))
        self.weight = self._first_weight()
        if start is not None:
            self.x_all[:, : program.years] = np.clip(start[0], 0.0, program.upper)[layout.column]
            # Known decisions and prices may come without the weight that found them.
            self.weight = start[2] or self.weight
            # A price that no step can change would stay for ever.
            self.y[:] = np.where(self.whole_sums > 0, self._rows(start[1]), 0.0)
            self.y[self.never] = 0.0
            self.y[:] = np.maximum(self.y, self.low)
        self.first_weight, self.drift = self.weight, 0.0
        self.margin, self.tries = _MARGIN, 0
        self.idle, self.gap_then = 0, np.inf
        self._keep()
        # Nothing decided and no prices, so that an interruption at any time leaves a plan and a bound.
        self.plan, self.dual = repair(np.zeros_like(program.cost)), np.zeros_like(program.right)
        self.value = program.worth(self.plan)
        self.bound = float(np.minimum(program.cost * program.upper, 0.0).sum())

    @property
    def gap(self) -> float:
        """Proven gap of the best plan so far."""
        return gap_between(self.value, self.bound)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold threads while iterating."""
        if self.threads == 1 or len(self.layout.slots) == 1:
            yield
            return
        with ThreadPoolExecutor(self.threads) as self.pool:
            yield
        self.pool = None

    def _each(self, work: Callable[[int], Any]) -> list[Any]:
        """Do the work of every piece, in the order of pieces or on several threads."""
        pieces = range(len(self.layout.slots))
        return list(map(work, pieces) if self.pool is None else self.pool.map(work, pieces))

    def _rows(self, array: Array) -> Array:
        """Return an array of rows by slot (slots, stride)."""
        found = np.zeros((len(self.layout.row), self.layout.stride))
        found[:, : array.shape[1]] = array[self.layout.row]
        return found

    def _piece(self, pieces: NDArray[np.int64], n: int) -> tuple[Any, ...]:
        return pieces[n], pieces[n + 1]

    def _spread(self, mode: int) -> Array:
        """Add up rows over all columns (slots, stride), shared rows in the first of their slots."""
        out = np.zeros((len(self.layout.row), self.layout.stride))
        points = (self.x_all.ravel(), self.certain.ravel(), out.ravel())
        self._each(
            lambda n: self.kernels.spread(
                self.lanes,
                (self.entries, self.data, points, self._piece(self.layout.pieces, n)),
                mode,
            )
        )
        if len(self.main):
            shared = self.layout.shared_slot
            total = np.add.reduceat(out[shared], self.layout.shared_start[:-1], axis=0)
            out[shared] = 0.0
            out[self.main] = total
        return out

    def _sums(self, mode: int) -> Array:
        """Return sums of rows, shared rows in all their slots."""
        found = self._spread(mode)
        found[:, self.program.years :] = 0.0
        found[self.layout.shared_slot] = found[self.copies]
        return found

    def _never_binding(self) -> NDArray[np.bool_]:
        """Return inequalities that hold whatever is decided, in every year: their price stays 0."""
        never = (self._sums(_MOST) <= self._rows(self.program.right)).all(axis=1)
        found: NDArray[np.bool_] = never & ~self.program.equality[self.layout.row]
        return found

    def _first_weight(self) -> float:
        """Return the ratio of cost to right-hand sides in the scale of the steps."""
        program, sums = self.program, self.whole_sums
        cost = float(np.sqrt(np.einsum("ij,ij,ij->", program.cost, program.cost, program.upper)))
        share = np.divide(self.whole_right, sums, out=np.zeros_like(sums), where=sums > 0)
        share[self.never] = 0.0
        right = float(np.sqrt((share**2).sum()))
        return cost / right if cost > 0 and right > 0 else 1.0

    def _keep(self) -> None:
        """Lay out the columns that are still to be decided, with Pock-Chambolle steps of these alone."""
        layout, real = self.layout, self.dtype
        self.right = (self.whole_right - self._spread(_CERTAIN)).astype(real)
        sums = self._sums(_ROOT)
        moves = (sums > 0) & (self.whole_sums > 0) & ~self.never[:, None]
        least = np.maximum(sums, _LEAST_SUM * self.whole_sums)
        rows = np.divide(1.0, least, out=np.zeros_like(sums), where=moves)
        self.steps_y = (rows * rows).astype(real)
        column = np.flatnonzero(~self.certain.all(axis=1))
        pieces = np.searchsorted(column, layout.pieces)
        counts = np.diff(layout.start)[column]
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        cells, entries = len(column) * layout.width, int(start[-1])
        x, cost, upper, steps = (np.zeros(cells, real) for _ in range(4))
        offset, value = np.empty(entries, np.int32), np.empty(entries, real)
        into = (x, cost, upper, steps, start, offset, value)
        points = (self.x_all.ravel(), self.certain.ravel(), rows.ravel())
        self._each(
            lambda n: self.kernels.gather(
                self.lanes,
                (self.entries, self.data, points, column, self._piece(pieces, n)),
                into,
            )
        )
        self.kept = _Kept(
            column, pieces, start, offset, value, x, x.copy(), x.copy(), cost, upper, steps
        )  # fmt: skip
        np.copyto(self.y0, self.y)
        np.copyto(self.moved_y, self.y)

    def step(self, share: float, *, measured: bool) -> float:
        """Return the fixed-point error of one iteration, where it is measured."""
        kept, layout, real = self.kept, self.layout, self.dtype
        pace = (real(self.weight), real(share), measured)
        entries = (kept.start, kept.offset, kept.value)
        rows = (self.right.ravel(), self.steps_y.ravel(), self.low.ravel())
        problem = (kept.cost, kept.upper, kept.steps, *rows)
        points = (kept.x, kept.x0, kept.moved, self.y.ravel(), self.y0.ravel(),
                  self.moved_y.ravel(), self.use.ravel())  # fmt: skip
        slots = layout.slots * layout.stride

        def advance(n: int) -> None:
            piece = (*self._piece(kept.pieces, n), *slots[n])
            work = (entries, problem, points, pace, piece)
            self.kernels.advance(self.lanes, work, self.found[n])

        self._each(advance)
        shared = (layout.shared_start, layout.shared_slot, layout.stride)
        self.kernels.settle(self.lanes, (shared, problem, points, pace), self.found[-1])
        if not measured:
            return np.inf
        primal = self.found[:-1, 0].sum()
        dual = self.found[:-1, 1].sum() + self.found[-1, 0]
        return float(np.sqrt(self.weight * primal + dual / self.weight))

    def restart(self, *, weigh: bool = True) -> None:
        """Begin again from the last point, with the weight that the two ways moved ask for."""
        kept = self.kept
        self._share_prices()
        if weigh:
            self._weigh()
        np.copyto(self.y, self.moved_y)
        if self.gap <= _SCREEN_BELOW or kept.x.dtype != self.y.dtype:
            self._write_back()
            self._price(self._margin())
            self._keep()
            return
        np.copyto(kept.x, kept.moved)
        np.copyto(kept.x0, kept.moved)
        np.copyto(self.y0, self.y)

    def _margin(self) -> float:
        """Return how clear a decision must be to be certain: more so where the gap no longer falls."""
        self.tries += 1
        if self.tries > _TRIES:
            self.margin, self.tries = 5.0 * self.margin, 0
        return self.margin

    def _weigh(self) -> None:
        """Balance the two ways: by how far they moved, and by what each is short of once both are near.

        Long steps of prices soon make decisions feasible, long steps of decisions make prices right.
        """
        kept = self.kept
        if self.gap <= _BALANCE_BELOW:
            self._write_back()
            one = self._price(0.0)[2]
            other = float((np.abs(self.moved_y) * np.abs(self.use))[self.counted].sum(dtype=float))
            least = 1e-9 * max(abs(self.value), abs(self.bound))
            change = 0.5 * np.log(max(other, least, 1e-300) / (_RATIO * max(one, least, 1e-300)))
        else:
            one = _squares(kept.moved, kept.x0, kept.steps)
            other = _squares(self.moved_y, self.y0, self.steps_y)
            if not (one > 0 and other > 0):
                return
            change = _SMOOTH * np.log(np.sqrt(other / one) / self.weight)
        # Without progress the weight settles, so that the iteration is one that must converge.
        change *= 0.5 ** (self.idle // (4 * _PATIENCE))
        fastest, widest = np.log(_FASTEST), np.log(_WIDEST)
        self.drift = float(
            np.clip(self.drift + np.clip(change, -fastest, fastest), -widest, widest)
        )
        self.weight = self.first_weight * np.exp(self.drift)

    def _share_prices(self) -> None:
        """Give every slot of a shared row its price."""
        self.moved_y[self.layout.shared_slot] = self.moved_y[self.copies]

    def _write_back(self) -> None:
        """Put the decisions of kept columns among all decisions."""
        kept = self.kept
        shape = (-1, self.layout.width)
        free = ~self.certain[kept.column]
        self.x_all[kept.column] = np.where(
            free, kept.moved.reshape(shape), self.x_all[kept.column]
        )  # fmt: skip

    def _price(self, margin: float) -> tuple[float, float, float]:
        """Return the bound of the last prices, what certain decisions lose of it, and all decisions."""
        prices = self.moved_y.astype(float)
        points = (prices.ravel(), np.abs(prices).ravel(), self.x_all.ravel(), self.certain.ravel())
        parts = self._each(
            lambda n: self.kernels.price(
                self.lanes,
                (self.entries, self.data, points, self._piece(self.layout.pieces, n)),
                margin,
            )
        )
        free, lost, apart = (float(sum(part)) for part in zip(*parts, strict=True))
        return free - float((prices * self.whole_right).sum()), lost, apart

    def check(self) -> bool:
        """Keep the better bound and the better plan; return whether certain decisions need another look."""
        self._share_prices()
        self._write_back()
        bound, lost, _ = self._price(0.0)
        if bound > self.bound:
            self.bound, self.dual = bound, self._prices()
        plan = self.repair(self._decisions())
        value = self.program.worth(plan)
        if value < self.value:
            self.value, self.plan = value, plan
        return self._stuck() or lost > 0.2 * max(self.value - self.bound, 0.0)

    def _stuck(self) -> bool:
        """Leave nothing out where the gap has not fallen for long, neither columns nor digits."""
        if self.gap < 0.9 * self.gap_then:
            self.gap_then, self.tries, self.idle = self.gap, 0, 0
            return False
        self.idle += 1
        if self.idle == _PATIENCE:
            self.margin = max(self.margin, _NONE_CERTAIN)
        if self.idle == 2 * _PATIENCE:
            self._double()
        return self.idle in (_PATIENCE, 2 * _PATIENCE)

    def _double(self) -> None:
        """Go on in double precision; the next restart lays columns out in it."""
        self.dtype = np.float64
        for name in ("x_all", "low", "y", "y0", "moved_y", "use"):
            setattr(self, name, getattr(self, name).astype(self.dtype))

    def _decisions(self) -> Array:
        found = np.zeros(self.program.cost.shape)
        found[self.layout.column] = self.x_all[:, : self.program.years]
        return found

    def _prices(self) -> Array:
        found = np.zeros(self.program.right.shape)
        found[self.layout.row] = self.moved_y[:, : self.program.years]
        return found

    def state(self) -> State:
        """Return decisions, prices and weight to go on from."""
        return self._decisions(), self._prices(), self.weight


def _squares(now: Real, before: Real, steps: Real) -> float:
    """Return the distance of two points in the scale of the steps, squared."""
    apart = (now - before).ravel().astype(float)
    scale = steps.ravel().astype(float)
    return float(
        np.divide(apart * apart, scale, out=np.zeros_like(apart), where=scale > 0).sum(dtype=float)
    )
