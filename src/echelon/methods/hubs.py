"""Hubs between which everything is bundled: the exact p-hub median, by going through all sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.integer import Program, Proof, program_of, prove, solve

__all__ = [
    "Allocation", "HubProblem", "HubProof", "locate_hubs", "most_used_hubs", "nearest_hubs",
    "route_hubs",
]  # fmt: skip

Array = NDArray[np.float64]
Places = NDArray[np.int64]
Allocation = Literal["single", "multiple"]

_TOLERANCE = 1e-9
# Sums of a comparison of all sets; about ten minutes of one core.
_MOST_WORK = 6e10
_BATCH = 256
# Sets that one hub per place is tried for before the search, in the order of their bound.
_TRIED = 400


@dataclass(frozen=True)
class HubProblem:
    """Flows that go from origin to a hub, on to another hub or not, and to the destination.

    Cost of a unit from i to j by the hubs k and m: collect d_ik + transfer d_km + distribute d_mj.

    Parameters
    ----------
    flow, distance : arrays (n, n)
        From row to column.
    hubs : int
    candidates : int array
        Places that may be hubs.
    collect, transfer, distribute : float
    allocation : {"single", "multiple"}
        Whether every place uses one hub, or the best for each flow.
    """

    flow: Array = field(repr=False)
    distance: Array = field(repr=False)
    hubs: int
    candidates: Places = field(repr=False)
    collect: float
    transfer: float
    distribute: float
    allocation: Allocation

    def sets(self) -> Iterator[Places]:
        """Yield all sets of hubs, some hundred at a time, (sets, hubs)."""
        everyone = combinations(self.candidates.tolist(), self.hubs)
        while chunk := list(islice(everyone, _BATCH)):
            yield np.array(chunk, dtype=np.int64)

    def cost_by_best_hubs(self, chosen: Places) -> Array:
        """Return the cost of each set of hubs when every flow takes its best way, (sets,).

        No set costs less with one hub per place.
        """
        into = self.collect * self.distance[:, chosen].transpose(1, 0, 2)
        between = self.transfer * self.distance[chosen[:, :, None], chosen[:, None, :]]
        out = self.distribute * self.distance[chosen]
        reached = (into[:, :, :, None] + between[:, None, :, :]).min(axis=2)
        way = np.full((len(chosen), *self.flow.shape), np.inf)
        for m in range(self.hubs):
            np.minimum(way, reached[:, :, m, None] + out[:, m, None, :], out=way)
        return np.asarray((way * self.flow).sum(axis=(1, 2)))

    def least_by_one_end(self, chosen: Places) -> Array:
        """Return what each set of hubs costs at least with one hub per place, (sets,).

        Every place takes one hub for what it sends and receives, and the other end of each flow
        takes the best: all flows by their origins, by their destinations, or half by each.
        """
        into = self.collect * self.distance[:, chosen].transpose(1, 0, 2)
        between = self.transfer * self.distance[chosen[:, :, None], chosen[:, None, :]]
        out = self.distribute * self.distance[chosen]
        onward = (between[:, :, :, None] + out[:, None, :, :]).min(axis=2)
        inward = (into[:, :, :, None] + between[:, None, :, :]).min(axis=2)
        sent = into * self.flow.sum(axis=1)[:, None] + self.flow @ onward.transpose(0, 2, 1)
        got = out.transpose(0, 2, 1) * self.flow.sum(axis=0)[:, None] + self.flow.T @ inward
        halves = [part.min(axis=2).sum(axis=1) for part in (sent, got, (sent + got) / 2)]
        return np.asarray(np.maximum.reduce(halves))

    def least(self, chosen: Places) -> Array:
        """Return a bound of the cost of each set of hubs; with ``multiple`` it is the cost."""
        costs = self.cost_by_best_hubs(chosen)
        if self.allocation == "multiple":
            return costs
        return np.maximum(costs, self.least_by_one_end(chosen))

    def cost_of(self, hub: Places) -> float:
        """Return the cost when place i uses hub[i] for everything."""
        at = np.arange(len(hub))
        into = self.collect * self.distance[at, hub] @ self.flow.sum(axis=1)
        out = self.distribute * self.distance[hub, at] @ self.flow.sum(axis=0)
        between = self.transfer * (self.flow * self.distance[np.ix_(hub, hub)]).sum()
        return float(into + out + between)

    def program(self, chosen: Places) -> Program:
        """Return the choice of one hub per place for given hubs.

        The product of two choices, a_ik a_jm, becomes a share of the pair with margins a_i and a_j.
        """
        from scipy.sparse import coo_array, csr_array, hstack, vstack

        n, p = len(self.flow), self.hubs
        own = self.collect * self.distance[:, chosen] * self.flow.sum(axis=1)[:, None]
        own = own + self.distribute * self.distance[chosen].T * self.flow.sum(axis=0)[:, None]
        first, second = np.triu_indices(n, 1)
        between = self.transfer * self.distance[np.ix_(chosen, chosen)]
        pair = self.flow[first, second][:, None, None] * between
        pair = pair + self.flow[second, first][:, None, None] * between.T
        fixed = np.zeros(n * p)
        pairs, at = len(first), np.arange(len(first) * p * p)
        which, k, m = at // (p * p), at // p % p, at % p
        one = np.ones(len(at))
        to_first = coo_array((one, (which * p + k, at)), shape=(pairs * p, len(at)))
        to_second = coo_array((one, (which * p + m, at)), shape=(pairs * p, len(at)))
        rows = np.arange(pairs * p)
        head = {}
        for name, end in (("first", first), ("second", second)):
            column = (end[:, None] * p + np.arange(p)).ravel()
            head[name] = coo_array((-np.ones(len(rows)), (rows, column)), shape=(len(rows), n * p))
        places = np.arange(n * p)
        once = coo_array((np.ones(n * p), (places // p, places)), shape=(n, n * p))
        matrix = vstack([
            hstack([once, csr_array((n, len(at)))]),
            hstack([head["first"], to_first]), hstack([head["second"], to_second]),
        ])  # fmt: skip
        ends = np.concatenate([np.ones(n), np.zeros(2 * len(rows))])
        fixed[chosen * p + np.arange(p)] = 1.0
        made = program_of(
            np.concatenate([own.ravel(), pair.ravel()]), csr_array(matrix), row_low=ends,
            row_high=ends, whole=np.arange(n * p + len(at)) < n * p,
        )  # fmt: skip
        made.lower[: n * p] = fixed
        return made

    def allocated(self, chosen: Places, values: Array) -> Places:
        """Return the hub of every place from a solution of :meth:`program`."""
        n = len(self.flow)
        return chosen[values[: n * self.hubs].reshape(n, self.hubs).argmax(axis=1)]


@dataclass(frozen=True)
class HubProof:
    """The best hubs, with what is below no other set of hubs.

    Parameters
    ----------
    chosen : int array (hubs,)
    hub : int array (n,)
        Hub of every place; with ``multiple`` the one with the cheapest way to all.
    value, bound : float
    rivals : int array (rivals, hubs)
        Sets that their bound does not rule out.
    proofs : tuple of Proof
        One per rival: that one hub per place costs no less.
    """

    chosen: Places
    hub: Places = field(repr=False)
    value: float
    bound: float
    rivals: Places = field(repr=False)
    proofs: tuple[Proof, ...] = field(repr=False)

    @property
    def gap(self) -> float:
        """By which share of the value the cost can at most be lowered."""
        return max(0.0, self.value - self.bound) / max(abs(self.value), 1e-12)

    def faults(self, problem: HubProblem) -> tuple[str, ...]:
        """Go through all sets again, by another order of sums than the search."""
        found = []
        places = set(self.chosen.tolist())
        if len(places) != problem.hubs or not places <= set(problem.candidates.tolist()):
            return (f"The hubs are not {problem.hubs} of the candidates.",)
        single = problem.allocation == "single"
        alone = self.chosen[None]
        cost = problem.cost_of(self.hub) if single else float(_again(problem, alone)[0])
        near = _TOLERANCE * max(1.0, abs(cost)) * 100
        if not abs(cost - self.value) <= near or not set(self.hub.tolist()) <= places:
            found.append(f"The hubs cost {cost:.10g}, not {self.value:.10g}.")
        if not self.bound <= self.value + near:
            found.append("The bound is above the value of the hubs.")
        known = {tuple(rival) for rival in self.rivals.tolist()}
        for chunk in problem.sets():
            below = _again(problem, chunk) < self.bound - near
            lost = [tuple(row) for row in chunk[below].tolist() if tuple(row) not in known]
            if lost:
                found.append(f"A set of hubs is not ruled out: {lost[0]}.")
                break
        for rival, proof in zip(self.rivals, self.proofs, strict=True):
            faults = proof.bound_faults(problem.program(rival))
            if faults or not proof.bound >= self.bound - near:
                found.append(f"A set of hubs is not ruled out: {tuple(rival.tolist())}.")
                break
        return tuple(found)


def _again(problem: HubProblem, chosen: Places) -> Array:
    """Return the bounds of :meth:`HubProblem.least`, set by set from the destination backwards."""
    costs = np.empty(len(chosen))
    for place, hubs in enumerate(chosen):
        onward = problem.distribute * problem.distance[hubs]
        between = problem.transfer * problem.distance[np.ix_(hubs, hubs)]
        left = (between[:, :, None] + onward[None]).min(axis=1)
        into = problem.collect * problem.distance[:, hubs]
        way = (into[:, :, None] + left[None]).min(axis=1)
        costs[place] = float(np.vdot(problem.flow, way))
        if problem.allocation == "multiple":
            continue
        right = (into[:, None, :] + between.T[None]).min(axis=2)
        sent = np.einsum("ij,ikj->ik", problem.flow, into[:, :, None] + left[None])
        got = np.einsum("ji,jik->ik", problem.flow, right[:, None, :] + onward.T[None])
        for end in (sent, got, (sent + got) / 2):
            costs[place] = max(costs[place], float(end.min(axis=1).sum()))
    return costs


def route_hubs(problem: HubProblem, chosen: Places) -> tuple[Places, Places]:
    """Return the first and the last hub of the best way between every two places, two (n, n)."""
    into = problem.collect * problem.distance[:, chosen]
    between = problem.transfer * problem.distance[np.ix_(chosen, chosen)]
    out = problem.distribute * problem.distance[chosen]
    whole = into[:, :, None, None] + between[None, :, :, None] + out[None, None, :, :]
    n, p = into.shape
    best = whole.reshape(n, p * p, n).argmin(axis=1)
    return chosen[best // p], chosen[best % p]


def most_used_hubs(problem: HubProblem, chosen: Places) -> Places:
    """Return the hub through which most of what leaves each place goes, every flow on its best way."""
    first, _ = route_hubs(problem, chosen)
    share = np.stack([(problem.flow * (first == k)).sum(axis=1) for k in chosen])
    found: Places = chosen[share.argmax(axis=0)]
    return found


def locate_hubs(problem: HubProblem) -> HubProof:
    """Find the hubs with the least cost of all sets of hubs.

    The cost of a set when every flow takes its best way is exact for ``multiple``. For ``single`` it
    is a bound, as is the cost when one end of each flow keeps to one hub; only sets that these do not
    rule out are solved with one hub per place.

    Parameters
    ----------
    problem : HubProblem

    Returns
    -------
    HubProof

    Raises
    ------
    InvalidArgument
        When there are more sets than can be gone through.

    References
    ----------
    O'Kelly, M. E. (1987). European Journal of Operational Research 32, 393-404.
    Ernst, A. T., & Krishnamoorthy, M. (1998). An exact solution approach based on shortest-paths for
    p-hub median problems. INFORMS Journal on Computing 10(2), 149-162.
    """
    _check(problem)
    chunks = list(problem.sets())
    costs = np.concatenate([problem.least(chunk) for chunk in chunks])
    sets = np.concatenate(chunks)
    order = np.argsort(costs, kind="stable")
    if problem.allocation == "multiple":
        chosen = sets[order[0]]
        cost = float(costs[order[0]])
        hub = most_used_hubs(problem, chosen)
        nothing = np.zeros((0, problem.hubs), np.int64)
        return HubProof(chosen, hub, cost, cost, nothing, ())
    return _single(problem, sets[order], costs[order])


def _check(problem: HubProblem) -> None:
    n, p, m = len(problem.flow), problem.hubs, len(problem.candidates)
    if not 1 <= p <= m:
        raise InvalidArgument(f"{p} hubs of {m} candidates", fix=f"Ask for 1 to {m} hubs")
    for name, figures in (("flow", problem.flow), ("distance", problem.distance)):
        if not np.isfinite(figures).all() or (figures < 0).any():
            raise InvalidArgument(
                f"A {name} is unknown or negative", fix="Give figures of 0 or more"
            )
    costs = (problem.collect, problem.transfer, problem.distribute)
    if min(costs) < 0:
        raise InvalidArgument(
            f"The costs of a unit are {', '.join(f'{cost:g}' for cost in costs)}",
            fix="Give figures of 0 or more",
        )
    work = float(comb(m, p)) * n * n * p
    if work > _MOST_WORK:
        raise InvalidArgument(
            f"{comb(m, p):,} sets of {p} hubs among {m} candidates are too many to go through",
            fix="Ask for fewer hubs, or name the candidates",
        )


def _single(problem: HubProblem, sets: Places, costs: Array) -> HubProof:
    """Solve one hub per place for the sets in order, until their bound reaches the best found."""
    value, best, chosen = np.inf, sets[0][:0], sets[0]
    for rival, least in zip(sets[:_TRIED], costs[:_TRIED], strict=True):
        if least >= value:
            break
        hub = nearest_hubs(problem, rival)
        cost = problem.cost_of(hub)
        if cost < value:
            value, best, chosen = cost, hub, rival
    proofs, rivals = [], []
    for rival, least in zip(sets, costs, strict=True):
        if least >= value - _TOLERANCE * max(1.0, abs(value)):
            break
        program = problem.program(rival)
        proof = prove(program, program.lower, enough=value)
        if proof.bound < value - 100 * _TOLERANCE * abs(value):
            proof = prove(program, solve(program))
            hub = problem.allocated(rival, proof.values)
            cost = problem.cost_of(hub)
            if cost < value:
                value, best, chosen = cost, hub, rival
        proofs.append(proof)
        rivals.append(rival)
    bound = min([value, *(proof.bound for proof in proofs)])
    return HubProof(
        chosen, best, value, bound, np.array(rivals).reshape(-1, problem.hubs), tuple(proofs)
    )


def nearest_hubs(problem: HubProblem, chosen: Places) -> Places:
    """Return hubs of all places from the nearest, one place moved at a time while it helps."""
    hub = chosen[problem.distance[:, chosen].argmin(axis=1)]
    hub[chosen] = chosen
    out, back = problem.flow, problem.flow.T
    own_out, own_back = out.sum(axis=1), back.sum(axis=1)
    for _ in range(20):
        moved = False
        for i in np.setdiff1d(np.arange(len(hub)), chosen):
            others = np.arange(len(hub)) != i
            onward = problem.distance[np.ix_(chosen, hub[others])] @ out[i, others]
            inward = problem.distance[np.ix_(hub[others], chosen)].T @ back[i, others]
            cost = (
                problem.collect * problem.distance[i, chosen] * own_out[i]
                + problem.distribute * problem.distance[chosen, i] * own_back[i]
                + problem.transfer * (onward + inward)
            )
            better = chosen[int(cost.argmin())]
            at = int(np.flatnonzero(chosen == hub[i])[0])
            if cost.min() < cost[at] - 1e-12 * max(1.0, cost[at]):
                hub[i], moved = better, True
        if not moved:
            break
    return hub
