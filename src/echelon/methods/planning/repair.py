"""Any decisions made feasible: the plan that they amount to when they are carried out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.model import LEAVING, Model

__all__ = ["Repair"]

Array = NDArray[np.float64]
Small = NDArray[np.int32]
Entries = tuple[Small, Small, Array]
# Leavers are first cut by what a place lacks, and only then to those who are there without arrivals.
_GENTLE, _ROUNDS = 15, 40
_ROUNDING = 1e-12


class Repair:
    """Makes decisions feasible, year by year: bounds, seats, cohort, leavers, cap, budgets, people.

    Decisions are only ever cut, and flows between hubs sent where people go. What people and posts
    then come to follows, so any decisions whatever become a plan.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.blocks = {block.name: block for block in model.blocks}
        first = model.columns["idle"].stop
        self.first, self.last = first, model.columns["short"].start
        self.at = {
            block.name: slice(
                model.columns[block.name].start - first, model.columns[block.name].stop - first
            )
            for block in model.blocks
        }
        self.upper = np.concatenate(
            [np.zeros((0, model.shape[2])), *(b.upper for b in model.blocks)]
        )
        self.cost = _joined([block.cost for block in model.blocks], float)
        regions = model.shape[0]
        self.account = _joined(
            [
                np.where(block.paid & (block.cost > 0), block.department * regions + block.home, -1)
                for block in model.blocks
            ],
            np.int32,
        )
        moving = [block for block in model.blocks if not block.claims]
        self.now = self._entries(moving, lambda block: block.lag == 0)
        self.gone = self._entries(moving, lambda block: (block.lag == 0) & (block.people < 0), -1.0)
        leaving = [block for block in moving if block.name in LEAVING]
        self.leave = self._entries(
            leaving, lambda block: (block.lag == 0) & (block.people < 0), -1.0
        )  # fmt: skip
        lag = _joined([block.lag[block.lag > 0] for block in moving], np.int32)
        self.later = (*self._entries(moving, lambda block: block.lag > 0), lag)
        teams = [block for block in model.blocks if block.claims]
        self.teams = self._entries(teams, lambda block: block.lag == 0)
        if model.hubs is not None:
            hubs = model.hubs
            ways = (hubs.tail, hubs.head, hubs.back)
            self.ways: Any = tuple(part.astype(np.int32) for part in ways)
            self.tree: Any = (
                *(part.astype(np.int32) for part in hubs.tree), hubs.hub.astype(np.int32),
            )  # fmt: skip

    def _entries(self, blocks, chosen, sign: float = 1.0) -> Entries:  # type: ignore[no-untyped-def]
        """Return unit, node and people of chosen entries of blocks, in the order of units."""
        at = [np.flatnonzero(chosen(block)) for block in blocks]
        unit = _joined(
            [
                block.unit[a] + self.at[block.name].start
                for block, a in zip(blocks, at, strict=True)
            ],
            np.int32,
        )
        node = _joined([block.node[a] for block, a in zip(blocks, at, strict=True)], np.int32)
        people = _joined(
            [sign * block.people[a] for block, a in zip(blocks, at, strict=True)], float
        )
        return unit, node, people

    def __call__(self, decisions: Array) -> Array:
        """Return the feasible plan (columns, years) that decisions amount to."""
        from echelon.methods.planning.kernels.mend import arrivals

        model = self.model
        regions, _, years = model.shape
        chosen = np.ascontiguousarray(
            np.clip(decisions[self.first : self.last], 0.0, self.upper).T
        )  # fmt: skip
        plan = np.empty_like(decisions)
        # A copy always: those who arrive are added to it.
        coming = np.array(model.inflow.reshape(-1, years).T, order="C")
        stock, stays = model.base.ravel(), 1.0 - model.leaving.ravel()
        demand = np.ascontiguousarray(model.demand.reshape(-1, years).T)
        for year in range(years):
            amount = chosen[year]
            self._limits(chosen, year)
            self._budgets(amount, year)
            stock = self._people(amount, year, stays * stock + coming[year])
            self._teams(amount, np.minimum(stock, demand[year]))
            arrivals(self.later, amount, coming[year:])
            plan[model.columns["unmet"], year] = np.maximum(demand[year] - stock, 0.0)
            plan[model.columns["idle"], year] = np.maximum(stock - demand[year], 0.0)
        plan[self.first : self.last] = chosen.T
        unmet = plan[model.columns["unmet"]].reshape(regions, -1, years).sum(axis=1)
        allowed = (1.0 - model.least_filled) * model.demand.sum(axis=1)
        plan[model.columns["short"]] = np.maximum(unmet - allowed, 0.0)
        return plan

    def _limits(self, chosen: Array, year: int) -> None:
        """Cut seats to those that exist and to the cohort, leavers, and recruits to the cap."""
        from echelon.methods.planning.kernels.mend import cut_by_node, use_of_nodes

        model, amount = self.model, chosen[year]
        if "train" in self.at:
            block, seats = self.blocks["train"], amount[self.at["train"]]
            room = model.spare.copy()
            if "build" in self.at:
                room += chosen[:year, self.at["build"]].sum(axis=0)
            np.minimum(seats, room, out=seats)
            _cut(block.home, np.ones(block.units), seats, model.cohort[:, year])
        if model.leavers is not None:
            leaving = np.zeros(model.base.size)
            use_of_nodes(self.leave, amount, leaving)
            cut_by_node(self.leave, _ratio(model.leavers.ravel(), leaving), amount)
        if "recruit" in self.at:
            block = self.blocks["recruit"]
            people = np.zeros(block.units)
            people[block.unit] = block.people
            occupation = np.zeros(block.units, dtype=np.int32)
            occupation[block.unit] = block.node % model.shape[1]
            _cut(occupation, people, amount[self.at["recruit"]], model.cap[:, year])

    def _budgets(self, amount: Array, year: int) -> None:
        """Cut everything that a department of a region pays for alike."""
        _cut(self.account, self.cost, amount, self.model.budget[:, :, year].ravel())

    def _people(self, amount: Array, year: int, later: Array) -> Array:
        """Return the people of the year, leavers cut where nobody would be left."""
        from echelon.methods.planning.kernels.mend import cut_by_node, use_of_nodes

        least = self.model.needed[:, year]
        for turn in range(_ROUNDS):
            self._transit(amount, year)
            change, loss = np.zeros_like(later), np.zeros_like(later)
            use_of_nodes(self.now, amount, change)
            stock: Array = later + change
            lack = least - stock
            if (lack <= _ROUNDING * (1.0 + later)).all():
                return np.maximum(stock, least)
            use_of_nodes(self.gone, amount, loss)
            left = loss - lack if turn < _GENTLE else later - least
            free = np.maximum(left, 0.0) * (1 - 1e-9)
            cut_by_node(self.gone, np.where(lack > 0, _ratio(free, loss), 1.0), amount)
        for unit, _, _ in (self.now, self.gone):
            amount[unit] = 0.0
        if self.model.hubs is not None:
            amount[self.at["between"]] = 0.0
        found: Array = np.maximum(later, 0.0)
        return found

    def _transit(self, amount: Array, year: int) -> None:
        """Make as many arrive as depart."""
        from echelon.methods.planning.kernels.mend import transit

        if self.model.hubs is None:
            return
        parts = [amount[self.at[name]] for name in ("depart", "arrive", "between")]
        most = np.ascontiguousarray(self.blocks["between"].upper[:, year])
        flows = (parts[0], parts[1], parts[2], most)
        transit(self.tree, self.ways, flows)

    def _teams(self, amount: Array, filled: Array) -> None:
        """Cut platforms to the people that are there for their teams."""
        from echelon.methods.planning.kernels.mend import cut_by_node, use_of_nodes

        if not len(self.teams[0]):
            return
        needed = np.zeros_like(filled)
        use_of_nodes(self.teams, amount, needed)
        cut_by_node(self.teams, _ratio(filled, needed), amount)


def _joined(parts: list[NDArray[np.generic]], kind: type) -> NDArray:  # type: ignore[type-arg]
    """Return arrays one after another, none as an empty one."""
    return np.concatenate([np.zeros(0), *parts]).astype(kind)


def _cut(group: NDArray[np.integer], weight: Array, amount: Array, limit: Array) -> None:
    """Cut amounts so that the weighted sum of each group keeps its limit."""
    from echelon.methods.planning.kernels.mend import scale, sums

    place = group.astype(np.int32)
    used = np.zeros(len(limit))
    sums(place, (weight, amount), used)
    factor = _ratio(limit, used)
    if (factor < 1.0).any():
        scale(place, factor, amount)


def _ratio(limit: Array, use: Array) -> Array:
    """Return by which factor to cut a use to its limit, 1 where it is kept."""
    over = use > limit
    return np.where(over, np.maximum(limit, 0.0) / np.where(over, use, 1.0), 1.0)
