"""The plan of regions, occupations and years as one linear program, block by block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, MisalignedLabels
from echelon.methods.planning.hubs import Hubs
from echelon.methods.planning.program import OwnRows, Program

__all__ = ["DEPARTMENTS", "Block", "Model"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]

DEPARTMENTS = ("education", "technology", "talent")
LEAVING = ("retrain", "relocate", "depart")


@dataclass(frozen=True, eq=False)
class Block:
    """The decisions of one lever: units, their bounds and costs, and what each does to people.

    Parameters
    ----------
    name : str
    upper : array (units, years)
        Most of each unit in each year.
    cost : array (units,)
        Currency a unit, paid from the budget in the year of its start.
    worth : array (units,)
        Currency a unit that it brings.
    home, department : arrays of int (units,)
        Region that pays, and place in ``DEPARTMENTS``.
    unit, node, lag : arrays of int (entries,)
        Entry: ``lag`` years after ``unit`` starts, ``people`` change in ``node`` = region x
        occupations + occupation; with ``claims``, they are needed there.
    people : array (entries,)
    claims : bool
    paid : bool
        Whether a budget pays the cost; otherwise it only counts as a cost of the plan.
    """

    name: str
    upper: Array
    cost: Array
    worth: Array
    home: Places
    department: Places
    unit: Places
    node: Places
    lag: Places
    people: Array
    claims: bool = False
    paid: bool = True

    @property
    def units(self) -> int:
        """Number of units."""
        return len(self.cost)


@dataclass(frozen=True, eq=False)
class Model:
    """Everything that the plan is about, as arrays over regions, occupations and years.

    Parameters
    ----------
    base : array (regions, occupations)
        People before the first year.
    demand, inflow : arrays (regions, occupations, years)
        Posts to fill; people who come whatever is decided, less those who move away.
    leaving : array (regions, occupations)
        Share that leaves in a year.
    unmet_cost, idle_cost : arrays (regions, occupations, years)
        Currency for a post not filled, and for a person without a post, discounted.
    discount : array (years,)
    blocks : tuple of Block
        ``train``, ``build`` (one unit per unit of ``train``), then any others; absent ones may be
        left out. Seats are bounded by ``spare`` and what was built in years before. With ``hubs``,
        ``depart`` and ``arrive`` (units are the nodes) and ``between`` (arcs x occupations) are
        people who move by way of hubs.
    spare : array (units of train,)
    budget : array (departments, regions, years)
    cap : array (occupations, years)
        Most people from outside, over all regions.
    cohort : array (regions, years)
        Most seats, over all programmes of a region.
    leavers : array (regions, occupations), optional
        Most people who may start to retrain or to move in a year; without it only the bounds of each
        decision hold.
    least_filled : float
        Share of its posts that every region should fill.
    short_cost : array (years,)
        Currency for each post by which a region stays below that.
    own : OwnRows
    hubs : Hubs, optional
    """

    base: Array
    demand: Array
    inflow: Array
    leaving: Array
    unmet_cost: Array
    idle_cost: Array
    discount: Array
    blocks: tuple[Block, ...]
    spare: Array
    budget: Array
    cap: Array
    cohort: Array
    leavers: Array | None
    least_filled: float
    short_cost: Array
    own: OwnRows = field(default_factory=OwnRows)
    hubs: Hubs | None = None

    def __post_init__(self) -> None:
        shape = self.demand.shape
        if self.inflow.shape != shape or self.base.shape != shape[:2]:
            raise MisalignedLabels("Demand, inflow and people of the plan have different shapes")
        for name, array in (
            ("demand", self.demand), ("people", self.base), ("budget", self.budget),
            ("cost of an unmet post", self.unmet_cost), ("cost of an idle person", self.idle_cost),
            *((f"cost of {block.name}", block.cost) for block in self.blocks),
        ):  # fmt: skip
            if not (np.isfinite(array).all() and (array >= 0).all()):
                raise InvalidArgument(f"The plan has a {name} that is below 0 or unknown")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Regions, occupations, years."""
        regions, occupations, years = self.demand.shape
        return regions, occupations, years

    @cached_property
    def columns(self) -> dict[str, slice]:
        """Where the columns of each block lie: unmet, idle, the levers, short."""
        nodes = self.base.size
        sizes = [("unmet", nodes), ("idle", nodes)]
        sizes += [(block.name, block.units) for block in self.blocks]
        return _slices([*sizes, ("short", len(self.base))])

    @cached_property
    def rows(self) -> dict[str, slice]:
        """Where the rows of each block lie."""
        regions, occupations, _ = self.shape
        nodes = regions * occupations
        leavers = 0 if self.leavers is None else nodes
        transit = 0 if self.hubs is None else self.hubs.count * occupations
        return _slices(
            [
                ("balance", nodes), ("seats", len(self.spare)), ("cohort", regions),
                ("leavers", leavers), ("cap", occupations),
                ("budget", len(DEPARTMENTS) * regions), ("team", nodes), ("filled", regions),
                ("transit", transit),
            ]
        )  # fmt: skip

    @cached_property
    def reachable(self) -> Array:
        """Most people that each node can have in each year (nodes, years): what idle is bounded by."""
        _, _, years = self.shape
        coming = np.maximum(self.inflow.reshape(-1, years), 0.0)
        for block in self.blocks:
            at = block.people > 0
            if block.claims or not at.any():
                continue
            for lag in np.unique(block.lag[at]):
                chosen = at & (block.lag == lag)
                units, people = block.unit[chosen], block.people[chosen, None]
                np.add.at(
                    coming[:, lag:],
                    block.node[chosen],
                    people * block.upper[units, : max(years - lag, 0)],
                )
        stock, stays = self.base.ravel().copy(), 1.0 - self.leaving.ravel()
        found = np.empty_like(coming)
        for year in range(years):
            stock = stays * stock + coming[:, year]
            found[:, year] = stock
        return found

    @cached_property
    def needed(self) -> Array:
        """Fewest people that each node must keep for those who move away later (nodes, years)."""
        _, _, years = self.shape
        coming, stays = self.inflow.reshape(-1, years), 1.0 - self.leaving.ravel()
        found = np.zeros_like(coming)
        for year in range(years - 1, 0, -1):
            lack = np.maximum(found[:, year] - coming[:, year], 0.0)
            found[:, year - 1] = lack / np.maximum(stays, 1e-12)
        return found

    def program(self, limits: Mapping[str, Array] | None = None) -> Program:
        """Return the linear program.

        Parameters
        ----------
        limits : mapping of str to array (units, years), optional
            By block, in place of its bounds and no wider: 0 holds a decision still.
        """
        _, _, years = self.shape
        count = next(reversed(self.columns.values())).stop
        cost, upper = np.zeros((count, years)), np.zeros((count, years))
        for name, array in (("unmet", self.unmet_cost), ("idle", self.idle_cost)):
            cost[self.columns[name]] = array.reshape(-1, years)
        upper[self.columns["unmet"]] = self.demand.reshape(-1, years)
        upper[self.columns["idle"]] = self.reachable
        for block in self.blocks:
            at = self.columns[block.name]
            cost[at] = (block.cost - block.worth)[:, None] * self.discount
            upper[at] = block.upper
            if limits is not None and block.name in limits:
                upper[at] = np.minimum(block.upper, limits[block.name])
        cost[self.columns["short"]] = self.short_cost
        upper[self.columns["short"]] = self.demand.sum(axis=1)
        row, column, lag, value = (
            np.concatenate(part) for part in zip(*self._entries, strict=True)
        )
        return Program(
            cost=cost, upper=upper, right=self._right(), equality=self._equality(), row=row,
            column=column, lag=lag, value=value, own=self.own,
        )  # fmt: skip

    def _equality(self) -> NDArray[np.bool_]:
        found = np.zeros(next(reversed(self.rows.values())).stop, dtype=bool)
        found[self.rows["balance"]] = found[self.rows["transit"]] = True
        return found

    def _right(self) -> Array:
        """Return the right-hand sides."""
        years = self.shape[2]
        right = np.zeros((next(reversed(self.rows.values())).stop, years))
        before = np.concatenate([self.base[..., None], self.demand[..., :-1]], axis=2)
        net = self.inflow - self.demand + (1.0 - self.leaving)[..., None] * before
        right[self.rows["balance"]] = net.reshape(-1, years)
        right[self.rows["seats"]] = self.spare[:, None]
        right[self.rows["cohort"]] = self.cohort
        if self.leavers is not None:
            right[self.rows["leavers"]] = self.leavers.reshape(-1, 1)
        right[self.rows["cap"]] = self.cap
        right[self.rows["budget"]] = self.budget.reshape(-1, years)
        right[self.rows["team"]] = self.demand.reshape(-1, years)
        posts = self.demand.sum(axis=1)
        right[self.rows["filled"]] = (1.0 - self.least_filled) * posts
        return right

    @cached_property
    def _entries(self) -> list[tuple[Places, Places, Places, Array]]:
        """Return row, column, lag and value of every entry, block by block."""
        regions, occupations, _ = self.shape
        nodes = np.arange(regions * occupations)
        stays = 1.0 - self.leaving.ravel()
        now, next_year = np.zeros_like(nodes), np.ones_like(nodes)
        ones = np.ones(len(nodes))
        unmet, idle = self.columns["unmet"].start + nodes, self.columns["idle"].start + nodes
        balance = self.rows["balance"].start + nodes
        region = nodes // occupations
        filled = self.rows["filled"].start + region
        found = [
            (balance, unmet, now, -ones), (balance, unmet, next_year, stays),
            (balance, idle, now, ones), (balance, idle, next_year, -stays),
            (filled, unmet, now, ones),
        ]  # fmt: skip
        places = np.arange(regions)
        short = self.columns["short"].start + places
        found.append((self.rows["filled"].start + places, short, 0 * places, -np.ones(regions)))
        for block in self.blocks:
            found += self._of_block(block)
        teams = np.unique(
            np.concatenate([b.node for b in self.blocks if b.claims] or [nodes[:0]])
        )  # fmt: skip
        found.append(
            (self.rows["team"].start + teams, unmet[teams], 0 * teams, np.ones(len(teams)))
        )
        return found

    def _of_block(self, block: Block) -> list[tuple[Places, Places, Places, Array]]:
        """Return the entries of one lever."""
        regions, occupations, years = self.shape
        start, units = self.columns[block.name].start, np.arange(block.units)
        now, ones = np.zeros_like(units), np.ones(block.units)
        paid = block.department * regions + block.home
        charged = (block.cost > 0) & block.paid
        found = [
            (self.rows["budget"].start + paid[charged], (start + units)[charged], now[charged],
             block.cost[charged])
        ]  # fmt: skip
        where = "team" if block.claims else "balance"
        people = block.people if block.claims else -block.people
        found.append((self.rows[where].start + block.node, start + block.unit, block.lag, people))
        if block.name == "train":
            found.append((self.rows["seats"].start + units, start + units, now, ones))
            found.append((self.rows["cohort"].start + block.home, start + units, now, ones))
        if block.name == "build":
            found += [
                (self.rows["seats"].start + units, start + units, now + lag, -ones)
                for lag in range(1, years)
            ]
        if block.name in LEAVING and self.leavers is not None:
            leave = (block.people < 0) & (block.lag == 0)
            at = self.rows["leavers"].start + block.node[leave]
            found.append(
                (at, start + block.unit[leave], block.lag[leave], -block.people[leave])
            )  # fmt: skip
        if block.name == "recruit":
            at = self.rows["cap"].start + block.node % occupations
            found.append((at, start + block.unit, block.lag, block.people))
        if self.hubs is not None:
            found += self._of_transit(block, self.hubs)
        return found

    def _of_transit(self, block: Block, hubs: Hubs) -> list[tuple[Places, Places, Places, Array]]:
        """Return what people on their way change at the hubs."""
        occupations = self.shape[1]
        first, units = self.rows["transit"].start, np.arange(block.units)
        place, occupation = np.divmod(units, occupations)
        ends = {
            "depart": ((hubs.hub, 1.0),), "arrive": ((hubs.hub, -1.0),),
            "between": ((hubs.head, 1.0), (hubs.tail, -1.0)),
        }  # fmt: skip
        return [
            (first + hub[place] * occupations + occupation, self.columns[block.name].start + units,
             0 * units, np.full(block.units, sign))
            for hub, sign in ends.get(block.name, ())
        ]  # fmt: skip


def _slices(sizes: list[tuple[str, int]]) -> dict[str, slice]:
    """Return where each block lies, one after another."""
    ends = np.cumsum([size for _, size in sizes])
    return {
        name: slice(int(end - size), int(end))
        for (name, size), end in zip(sizes, ends, strict=True)
    }
