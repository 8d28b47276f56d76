"""Any decisions made feasible: the plan that they amount to when they are carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from echelon.methods.planning.model import Block, Model

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Repair"]

Array = NDArray[np.float64]
_ROUNDS = 25


class Repair:
    """Makes decisions feasible, year by year: bounds, seats, cohort, leavers, cap, budgets, people.

    Decisions are only ever cut. What people and posts then come to follows, so any decisions
    whatever become a plan.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.blocks = {block.name: block for block in model.blocks}
        self.moving = [block for block in model.blocks if not block.claims]
        self.effects = {
            (block.name, int(lag)): _matrix(block, int(lag), model.base.size)
            for block in self.moving
            for lag in np.unique(block.lag)
        }
        # Who leaves which node at the start of each unit (nodes, units), above 0.
        self.leave = {
            block.name: _matrix(block, 0, model.base.size, leaving=True)
            for block in self.moving
            if (block.lag == 0).any()
        }
        self.teams = [block for block in model.blocks if block.claims]

    def __call__(self, decisions: Array) -> Array:
        """Return the feasible plan (columns, years) that decisions amount to."""
        model = self.model
        regions, _, years = model.shape
        plan = np.zeros_like(decisions)
        for block in model.blocks:
            at = model.columns[block.name]
            plan[at] = np.clip(decisions[at], 0.0, block.upper)
        parts = {block.name: plan[model.columns[block.name]] for block in model.blocks}
        stock, stays = model.base.ravel().copy(), 1.0 - model.leaving.ravel()
        demand = model.demand.reshape(-1, years)
        for year in range(years):
            self._limits(parts, year)
            self._budgets(parts, year)
            steady = stays * stock + model.inflow.reshape(-1, years)[:, year]
            stock = self._people(parts, year, steady)
            self._teams(parts, year, np.minimum(stock, demand[:, year]))
            plan[model.columns["unmet"], year] = np.maximum(demand[:, year] - stock, 0.0)
            plan[model.columns["idle"], year] = np.maximum(stock - demand[:, year], 0.0)
        unmet = plan[model.columns["unmet"]].reshape(regions, -1, years).sum(axis=1)
        allowed = (1.0 - model.least_filled) * model.demand.sum(axis=1)
        plan[model.columns["short"]] = np.maximum(unmet - allowed, 0.0)
        return plan

    def _limits(self, parts: dict[str, Array], year: int) -> None:
        """Cut seats to those that exist and to the cohort, leavers, and recruits to the cap."""
        model = self.model
        if "train" in parts:
            block, seats = self.blocks["train"], parts["train"]
            room = model.spare.copy()
            if "build" in parts:
                room += parts["build"][:, :year].sum(axis=1)
            seats[:, year] = np.minimum(seats[:, year], room)
            seats[:, year] *= _share(
                block.home, seats[:, year], model.cohort[:, year], block.home
            )  # fmt: skip
        leaving = np.zeros(model.base.size)
        for name in ("retrain", "relocate"):
            if name in self.leave:
                leaving += self.leave[name] @ parts[name][:, year]
        over = _ratio(model.leavers.ravel(), leaving)
        for name in ("retrain", "relocate"):
            if name in self.leave:
                parts[name][:, year] *= _least(self.leave[name], over)
        if "recruit" in parts:
            block = self.blocks["recruit"]
            occupation = block.node % model.shape[1]
            people = parts["recruit"][:, year]
            parts["recruit"][:, year] *= _share(
                occupation, people[block.unit], model.cap[:, year], occupation
            )  # fmt: skip

    def _budgets(self, parts: dict[str, Array], year: int) -> None:
        """Cut everything that a department of a region pays for alike."""
        regions = self.model.shape[0]
        spent = np.zeros(self.model.budget.shape[:2]).ravel()
        accounts = {b.name: b.department * regions + b.home for b in self.model.blocks}
        for block in self.model.blocks:
            paid = block.cost * parts[block.name][:, year]
            spent += np.bincount(accounts[block.name], weights=paid, minlength=len(spent))
        share = _ratio(self.model.budget[:, :, year].ravel(), spent)
        for block in self.model.blocks:
            parts[block.name][:, year] *= np.where(block.cost > 0, share[accounts[block.name]], 1.0)

    def _people(self, parts: dict[str, Array], year: int, steady: Array) -> Array:
        """Return the people of the year, leavers cut where nobody would be left."""
        later = steady
        for (name, lag), matrix in self.effects.items():
            if 0 < lag <= year:
                later = later + matrix @ parts[name][:, year - lag]
        now = [(name, matrix) for (name, lag), matrix in self.effects.items() if lag == 0]
        least = self.model.needed[:, year]
        for _ in range(_ROUNDS):
            gain, loss = np.zeros_like(later), np.zeros_like(later)
            for name, matrix in now:
                change = matrix @ parts[name][:, year]
                gone = self.leave[name] @ parts[name][:, year]
                loss += gone
                gain += change + gone
            stock = later + gain - loss
            if (stock >= least).all():
                return stock
            free = np.maximum(later - least * (1 + 1e-9), 0.0) * (1 - 1e-12)
            kept = np.where(stock < least, _ratio(free, loss), 1.0)
            for name, _matrix_now in now:
                parts[name][:, year] *= _least(self.leave[name], kept)
        for name, _matrix_now in now:
            parts[name][:, year] = 0.0
        return np.maximum(later, 0.0)

    def _teams(self, parts: dict[str, Array], year: int, filled: Array) -> None:
        """Cut platforms to the people that are there for their teams."""
        needed = np.zeros_like(filled)
        for block in self.teams:
            people = block.people * parts[block.name][block.unit, year]
            needed += np.bincount(block.node, weights=people, minlength=len(filled))
        share = _ratio(filled, needed)
        for block in self.teams:
            least = np.ones(block.units)
            np.minimum.at(least, block.unit, share[block.node])
            parts[block.name][:, year] *= least


def _matrix(block: Block, lag: int, nodes: int, *, leaving: bool = False) -> csr_array:
    """Return the people that each unit adds to each node after some years, or that leave it."""
    from scipy.sparse import csr_array

    at = block.lag == lag
    people = np.maximum(-block.people[at], 0.0) if leaving else block.people[at]
    entries = (people, (block.node[at], block.unit[at]))
    return csr_array(entries, shape=(nodes, block.units))


def _ratio(limit: Array, use: NDArray[Any]) -> Array:
    """Return by which factor to cut a use to its limit, 1 where it is kept."""
    over = use > limit
    return np.where(over, np.maximum(limit, 0.0) / np.where(over, use, 1.0), 1.0)


def _share(
    group: NDArray[np.int64], people: Array, limit: Array, back: NDArray[np.int64]
) -> Array:  # fmt: skip
    """Return the factor that keeps the sum of each group within its limit, unit by unit."""
    factor: Array = _ratio(limit, np.bincount(group, weights=people, minlength=len(limit)))[back]
    return factor


def _least(uses: csr_array, factor: Array) -> Array:
    """Return the smallest factor of the nodes that each unit uses."""
    found = np.ones(uses.shape[1])
    places = uses.tocoo()
    used = places.data > 0
    np.minimum.at(found, places.col[used], factor[places.row[used]])
    return found
