"""People whom levers take out of their cells, until they arrive: expected ones and whole ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.methods.labour_market import State
from echelon.methods.labour_market.mean_field import over
from echelon.simulate.influence import Transfers
from echelon.simulate.start import WEEKS_OF_YEAR, Start, year_of

__all__ = ["Queues", "WholeQueue"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Whole = NDArray[np.int64]
# In one step at most this share of a cell's people can be taken into training or moved.
_MOST_TAKEN = 0.5
# Streams of random numbers of the moves, beside those of the market.
_MOVES = 7


class Queues:
    """The people under way of all members, together where all have the same levers."""

    def __init__(
        self, transfers: Transfers | tuple[Transfers, ...], start: Start, steps: int
    ) -> None:
        each = transfers if isinstance(transfers, tuple) else (transfers,)
        size = len(start.posts) if len(each) == 1 else 1
        self.queues = [_Queue(one, size, start.weeks, steps) for one in each]

    def move(self, state: State, number: int) -> tuple[State, Array]:
        """Take people out of their cells, and let those arrive who are due."""
        if len(self.queues) == 1:
            return self.queues[0].move(state, number)
        found = []
        for member, queue in enumerate(self.queues):
            here = slice(member, member + 1)
            one = State(
                state.employed[..., here, :, :], state.unemployed[..., here, :, :], state.vacancies
            )
            found.append(queue.move(one, number))
        employed = np.concatenate([one.employed for one, _ in found], axis=-3)
        unemployed = np.concatenate([one.unemployed for one, _ in found], axis=-3)
        return State(employed, unemployed, state.vacancies), np.concatenate([a for _, a in found])


class _Queue:
    """People who have left a cell and have not arrived yet, by the step in which they arrive."""

    def __init__(self, transfers: Transfers, members: int, weeks: float, steps: int) -> None:
        self.transfers = transfers
        self.part = weeks / WEEKS_OF_YEAR
        self.weeks = weeks
        self.due: dict[int, Array] = {}
        self.last = steps
        self.away = np.zeros(members)
        leaves = transfers.people < 0
        self.leaves, self.arrives = np.flatnonzero(leaves), np.flatnonzero(~leaves)

    def move(self, state: State, number: int) -> tuple[State, Array]:
        """Take people out of their cells, and let those arrive who are due."""
        moved = self.transfers
        year = year_of(number, self.weeks, moved.rate.shape[1])
        rate = moved.rate[:, year] * self.part
        one = state.employed.ndim == 3
        employed = state.employed[None] if one else state.employed
        unemployed = state.unemployed[:, None] if one else state.unemployed
        idle = unemployed.sum(axis=0)
        people = employed + idle
        whole = people.sum(axis=0)
        part = over(people, whole)
        taken, started = start_units(moved, rate, whole)
        # People without work go first, as far as half of them; the others leave their posts.
        gone = taken * part
        free = np.minimum(gone, _MOST_TAKEN * idle)
        unemployed = unemployed * np.where(idle > 0, over(idle - free, idle), 1.0)
        employed = employed - (gone - free)
        self.away = self.away + taken.sum(axis=(1, 2))
        mix = self._mix(started, part)
        for lag in np.unique(moved.lag[self.arrives]):
            entries = self.arrives[moved.lag[self.arrives] == lag]
            due = number + round(int(lag) * WEEKS_OF_YEAR / self.weeks)
            if due > self.last:
                continue
            came = self.due.setdefault(due, np.zeros_like(people))
            amounts = started[:, moved.unit[entries]] * moved.people[entries]
            for group in range(len(people)):
                cells = (moved.region[entries], moved.occupation[entries])
                _add(came[group], cells, mix[group][:, moved.unit[entries]] * amounts)
        if number in self.due:
            came = self.due.pop(number)
            unemployed[0] += came
            self.away = self.away - came.sum(axis=(0, 2, 3))
        if one:
            return State(employed[0], unemployed[:, 0], state.vacancies), self.away
        return State(employed, unemployed, state.vacancies), self.away

    def _mix(self, started: Array, part: Array) -> Array:
        """Return the classes of those who start in each unit, (classes, members, units)."""
        if len(part) == 1:
            return np.ones((1, *started.shape))
        moved, at = self.transfers, self.leaves
        found = np.zeros((len(part), *started.shape))
        amounts = -moved.people[at] * started[:, moved.unit[at]]
        for group in range(len(part)):
            mine = part[group][:, moved.region[at], moved.occupation[at]] * amounts
            np.add.at(found[group].T, moved.unit[at], mine.T)
        return over(found, found.sum(axis=0))


def _add(into: Array, cells: tuple[Places, Places], amounts: Array) -> None:
    """Add amounts (members, entries) to cells of (members, R, O), which may occur several times."""
    flat = into.reshape(len(into), -1)
    np.add.at(flat.T, cells[0] * into.shape[2] + cells[1], amounts.T)


def start_units(moved: Transfers, rate: Array, people: Array) -> tuple[Array, Array]:
    """Return people taken from each cell, and units started, (members, units)."""
    at = np.flatnonzero(moved.people < 0)
    wanted = np.zeros(people.shape[1:])
    cells = (moved.region[at], moved.occupation[at])
    np.add.at(wanted, cells, -moved.people[at] * rate[moved.unit[at]])
    free = _MOST_TAKEN * people
    ratio = np.divide(free, wanted, out=np.full_like(people, 1.0), where=wanted > free)
    share = np.ones((len(people), len(rate)))
    # By unit, so that one full cell holds its unit back.
    np.minimum.at(share.T, moved.unit[at], ratio[:, *cells].T)
    started = share * rate
    taken = np.zeros_like(people)
    amounts = -moved.people[at] * started[:, moved.unit[at]]
    _add(taken, cells, amounts)
    return taken, started


class WholeQueue:
    """Whole people under way, of every member of an ensemble.

    The units of a step start with the expected numbers of the other engine, rounded at random with
    the right mean. Everybody who starts in a unit leaves one of its cells and later arrives in one,
    each drawn by the unit's shares.

    Parameters
    ----------
    transfers : Transfers, or one of each member, of whom all have the first
    members : int
    weeks : float
        Length of a step.
    steps, seed : int
    """

    def __init__(
        self, transfers: Transfers | tuple[Transfers, ...], *, members: int,
        weeks: float, steps: int, seed: int,
    ) -> None:  # fmt: skip
        self.transfers = transfers[0] if isinstance(transfers, tuple) else transfers
        self.weeks, self.last, self.seed = weeks, steps, seed
        self.due: dict[int, Whole] = {}
        self.away = np.zeros(members, dtype=np.int64)
        leaves = self.transfers.people < 0
        self.leaves = _Shares(self.transfers, np.flatnonzero(leaves))
        self.arrives = _Shares(self.transfers, np.flatnonzero(~leaves))

    def move(self, number: int, employed: Whole, unemployed: Whole) -> None:
        """Take people out of their cells and let those arrive who are due, in place.

        Parameters
        ----------
        number : int
            Of the step.
        employed : array (members, classes, R, O)
        unemployed : array (members, classes, spells, R, O)
        """
        moved = self.transfers
        year = year_of(number, self.weeks, moved.rate.shape[1])
        rate = moved.rate[:, year] * self.weeks / WEEKS_OF_YEAR
        people = employed.sum(axis=1) + unemployed.sum(axis=(1, 2))
        _, started = start_units(moved, rate, people.astype(float))
        for member, units in enumerate(started):
            words = np.random.SeedSequence([self.seed, member, number, _MOVES])
            self._of_member(
                member, number, units, (employed[member], unemployed[member]),
                np.random.default_rng(words),
            )  # fmt: skip
        if number in self.due:
            came = self.due.pop(number)
            unemployed[:, :, 0] += came
            self.away -= came.sum(axis=(1, 2, 3))

    def _of_member(
        self, member: int, number: int, started: Array, people: tuple[Whole, Whole],
        rng: np.random.Generator,
    ) -> None:  # fmt: skip
        """Let whole people start in the units of a member, and say when they arrive."""
        employed, unemployed = people
        size = employed.shape[1:]
        expected = started * self.leaves.people
        begun = np.floor(expected + rng.random(len(expected))).astype(np.int64)
        each = self.leaves.drawn(begun, rng)
        crowd = (employed + unemployed.sum(axis=1)).reshape(len(employed), -1)
        gone, rest = self._by_class(each, crowd, size[1], rng)
        _take(employed, unemployed, (crowd - rest).reshape(-1, *size), rng)
        self.away[member] += gone.sum()
        for group, by_entry in enumerate(gone):
            units = np.zeros(len(started), dtype=np.int64)
            np.add.at(units, self.leaves.unit, by_entry)
            arriving = self.arrives.drawn(units, rng)
            lags = self.transfers.lag[self.arrives.entries]
            for lag in np.unique(lags[arriving > 0]):
                due = number + round(int(lag) * WEEKS_OF_YEAR / self.weeks)
                if due > self.last:
                    continue
                shape = (len(self.away), len(employed), *size)
                came = self.due.setdefault(due, np.zeros(shape, dtype=np.int64))
                here = lags == lag
                at = self.arrives.entries[here]
                cells = self.transfers.region[at], self.transfers.occupation[at]
                np.add.at(came[member, group], cells, arriving[here])

    def _by_class(
        self, each: Whole, crowd: Whole, kinds: int, rng: np.random.Generator
    ) -> tuple[Whole, Whole]:
        """Return who leaves by class and entry, as far as there are any, and who stays by cell."""
        at = self.leaves.entries
        cell = self.transfers.region[at] * kinds + self.transfers.occupation[at]
        rest = crowd.copy()
        found = np.zeros((len(crowd), len(each)), dtype=np.int64)
        for turn in _turns(cell):
            here = cell[turn]
            wanted = np.minimum(each[turn], rest[:, here].sum(axis=0))
            found[:, turn] = _without(rest[:, here], wanted, rng)
            rest[:, here] -= found[:, turn]
        return found, rest


class _Shares:
    """Some entries of units, as shares among which the people of a unit are drawn."""

    def __init__(self, moved: Transfers, entries: Places) -> None:
        self.entries, self.unit = entries, moved.unit[entries]
        amounts = np.abs(moved.people[entries])
        self.people = np.zeros(len(moved.rate))
        np.add.at(self.people, self.unit, amounts)
        self._turns = _turns(self.unit)
        # Share of those whom the entries before have left over; the last one takes all of them.
        self._chance, over_now = np.ones(len(entries)), self.people.copy()
        for turn in self._turns:
            unit = self.unit[turn]
            self._chance[turn] = np.minimum(amounts[turn] / np.maximum(over_now[unit], 1e-300), 1.0)
            over_now[unit] -= amounts[turn]
        _, ends = np.unique(self.unit[::-1], return_index=True)
        self._chance[len(entries) - 1 - ends] = 1.0

    def drawn(self, people: Whole, rng: np.random.Generator) -> Whole:
        """Return people by entry, drawn from those of each unit."""
        rest, found = people.copy(), np.zeros(len(self.entries), dtype=np.int64)
        for turn in self._turns:
            unit = self.unit[turn]
            found[turn] = rng.binomial(rest[unit], self._chance[turn])
            rest[unit] -= found[turn]
        return found


def _turns(group: Places) -> list[Places]:
    """Return the first entries of all groups, then the second ones, and so on."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.searchsorted(ordered, ordered)
    turn = np.arange(len(group)) - first
    return [order[turn == n] for n in range(int(turn.max(initial=-1)) + 1)]


def _without(people: Whole, taken: Whole, rng: np.random.Generator) -> Whole:
    """Return whom of the groups (groups, ...) the taken are, drawn without putting back."""
    whole, found = people.sum(axis=0), np.zeros_like(people)
    for group, here in enumerate(people):
        whole = whole - here
        found[group] = rng.hypergeometric(here, whole, taken)
        taken = taken - found[group]
    return found


def _take(employed: Whole, unemployed: Whole, gone: Whole, rng: np.random.Generator) -> None:
    """Take people out of cells, those without work first, as far as half of them, in place."""
    idle = unemployed.sum(axis=1)
    most = np.floor(_MOST_TAKEN * idle + rng.random(idle.shape)).astype(np.int64)
    free = np.maximum(np.minimum(gone, np.minimum(most, idle)), gone - employed)
    for group, spells in enumerate(unemployed):
        spells -= _without(spells, free[group], rng)
    employed -= gone - free
