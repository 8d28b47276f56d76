"""Generated plans of any size, from a seed: regions on a plane, occupations, programmes and hubs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.planning import Block, Hubs, Model, spanner

__all__ = ["PlanSize", "plan_model"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_HUBS, _WAYS, _ARCS = 31, 69, 10
_SERVED, _ENTRANCES = 8, 4
_WIDTH = 4000.0  # kilometres
_EDUCATION, _TECHNOLOGY, _TALENT = range(3)


class PlanSize(NamedTuple):
    """How many regions, occupations and years."""

    regions: int
    occupations: int
    years: int


class _Drawn(NamedTuple):
    """What every lever needs to know."""

    size: PlanSize
    base: Array
    posts: Array
    wage: Array
    bill: Array


def plan_model(size: PlanSize, *, seed: int = 0, platforms: bool = False) -> Model:
    """Draw a plan.

    Posts of a cell are spread over four to five decades. A programme for every four occupations
    leads to eight of them in one to four years; ten ways of retraining lead out of every occupation
    and take no year or one; people move by way of up to 31 hubs on a sparse network of 138 arcs.
    Bounds: recruits 3 per cent of posts, retraining and departures 3 per cent of the people,
    arrivals 6 per cent of people or posts, seats 3 times and new seats a year 15 per cent of those
    that exist. The figures are invented, within the range of those of the levers' files.

    Parameters
    ----------
    size : PlanSize
    seed : int
    platforms : bool
        Also platforms that claim teams, ways of retraining that take two years, people who move by
        themselves, and a limit on all who leave a cell.

    Returns
    -------
    Model

    Raises
    ------
    InvalidArgument
    """
    regions, occupations, years = size
    if min(regions, years) < 1 or occupations < 4:
        raise InvalidArgument(
            f"A plan of {regions} regions, {occupations} occupations and {years} years",
            fix="Give 1 region and year, and 4 occupations, or more",
        )
    rng = np.random.default_rng(seed)
    place = rng.uniform(0.0, _WIDTH, (regions, 2))
    posts = (
        np.exp(rng.normal(0.0, 1.0, (regions, 1)))
        * np.exp(rng.normal(0.0, 1.2, (1, occupations)))
        * np.exp(rng.normal(0.0, 0.5, (regions, occupations)))
    )
    posts *= 2000.0 / np.median(posts)
    base = posts * rng.uniform(0.78, 1.05, posts.shape)
    # Where most people work nobody is missing: those who begin without a programme go there.
    general = np.zeros(posts.shape)
    np.put_along_axis(general, np.argsort(posts, axis=1)[:, -_ENTRANCES:], 1.0, axis=1)
    base *= 1.0 + 0.03 * general
    wage = np.exp(rng.normal(0.0, 0.3, occupations)) * np.exp(rng.normal(0.0, 0.15, (regions, 1)))
    drawn = _Drawn(size, base, posts, wage, (wage * base).sum(axis=1))
    growth = rng.normal(0.005, 0.015, (1, occupations)) + rng.normal(0.0, 0.01, posts.shape)
    demand = posts[..., None] * (1.0 + growth[..., None]) ** np.arange(1, years + 1)
    leaving = np.broadcast_to(rng.uniform(0.02, 0.06, occupations), posts.shape)
    coming = base * leaving * (rng.uniform(0.75, 1.2, posts.shape) + 0.2 * general)
    blocks, spare = _seats(drawn, rng)
    blocks.append(_retraining(drawn, rng, most_years=2 if platforms else 1))
    moves, hubs = _moves(drawn, place)
    blocks += moves
    blocks.append(_recruits(drawn, demand))
    inflow = np.broadcast_to(coming[..., None], demand.shape)
    leavers = None
    if platforms:
        blocks.append(_platforms(drawn, rng))
        inflow = inflow + _by_themselves(drawn, rng)[..., None]
        leavers = 0.06 * base
    discount = 0.97 ** np.arange(years, dtype=float)
    weight = discount.copy()
    weight[-1] *= 4.0
    shares = np.array([0.004, 0.002, 0.012])
    return Model(
        base=base, demand=demand, inflow=inflow, leaving=leaving,
        unmet_cost=wage[..., None] * weight, idle_cost=0.2 * wage[..., None] * weight,
        discount=discount, blocks=tuple(blocks), spare=spare,
        budget=shares[:, None, None] * drawn.bill[None, :, None] * np.ones(years),
        cap=0.012 * demand.sum(axis=0), cohort=0.5 * coming.sum(axis=1)[:, None] * np.ones(years),
        leavers=leavers, least_filled=0.96, short_cost=0.5 * wage.mean() * discount, hubs=hubs,
    )  # fmt: skip


def _block(name: str, upper: Array, cost: Array, home: Places, entries: tuple[NDArray[Any], ...],
           department: int | Places = _TALENT, *, years: int, worth: Array | None = None,
           claims: bool = False, paid: bool = True) -> Block:  # fmt: skip
    """Return a block; entries are unit, node, lag and people; bounds of one year hold in all."""
    unit, node, lag, people = (np.ravel(part) for part in entries)
    if upper.ndim == 1:
        upper = np.broadcast_to(upper[:, None], (len(upper), years))
    return Block(
        name, upper, cost, np.zeros(len(cost)) if worth is None else worth, home,
        np.broadcast_to(np.asarray(department, np.int64), len(cost)), unit.astype(np.int64),
        node.astype(np.int64), lag.astype(np.int64), people.astype(float), claims, paid,
    )  # fmt: skip


def _seats(drawn: _Drawn, rng: np.random.Generator) -> tuple[list[Block], Array]:
    """Return seats, new seats, and those that exist."""
    regions, occupations, years = drawn.size
    programmes, served = max(occupations // 4, 1), min(_SERVED, occupations)
    leads = np.stack([rng.choice(occupations, served, replace=False) for _ in range(programmes)])
    shares = rng.dirichlet(np.ones(served), programmes)
    lag, completion = rng.integers(1, 5, programmes), rng.uniform(0.6, 0.95, programmes)
    serves = (drawn.posts[:, leads] * shares).sum(axis=2)
    spare = (0.01 * serves * rng.uniform(0.3, 1.0, serves.shape)).ravel()
    enters = np.argsort(drawn.base, axis=1)[:, -_ENTRANCES:]
    entry = np.take_along_axis(drawn.base, enters, axis=1)
    entry /= entry.sum(axis=1, keepdims=True)
    region, programme = np.divmod(np.arange(regions * programmes), programmes)
    unit, start = np.arange(regions * programmes)[:, None], (region * occupations)[:, None]
    done = completion[programme][:, None]
    later, away = lag[programme][:, None], entry[region]
    parts = [
        (unit, start + enters[region], np.zeros_like(later), -away),
        (unit, start + enters[region], later, (1.0 - done) * away),
        (unit, start + leads[programme], later, done * shares[programme]),
    ]
    entries = tuple(
        np.concatenate([np.broadcast_to(part[n], part[3].shape).ravel() for part in parts])
        for n in range(4)
    )
    mean = drawn.bill / drawn.base.sum(axis=1)
    cost = (rng.uniform(0.1, 0.3, programmes) * lag)[programme] * mean[region]
    department = programme % 2
    ends = lag[programme][:, None] + np.arange(years) < years
    train = _block(
        "train", 3.0 * spare[:, None] * ends, cost, region, entries, department, years=years
    )
    none = (np.zeros(0),) * 4
    build = _block(
        "build", 0.15 * spare, 0.5 * mean[region], region, none, department, years=years
    )  # fmt: skip
    return [train, build], spare


def _retraining(drawn: _Drawn, rng: np.random.Generator, *, most_years: int) -> Block:
    """Return ten ways out of every occupation, alike in every region."""
    regions, occupations, years = drawn.size
    origin = np.repeat(np.arange(occupations), _ARCS)
    count = len(origin)
    target = (origin + rng.integers(1, occupations, count)) % occupations
    lag, success = rng.integers(0, most_years + 1, count), rng.uniform(0.6, 0.95, count)
    share = rng.uniform(0.1, 0.4, count)
    region, arc = np.divmod(np.arange(regions * count), count)
    unit, start = np.arange(regions * count), region * occupations
    now, later = np.zeros_like(unit), lag[arc]
    at_once = later == 0
    # Who fails an arc without duration never leaves.
    gone = np.where(at_once, success[arc], 1.0)
    back = ~at_once
    entries = (
        np.concatenate([unit, unit, unit[back]]),
        np.concatenate([start + origin[arc], start + target[arc], (start + origin[arc])[back]]),
        np.concatenate([now, later, later[back]]),
        np.concatenate([-gone, success[arc], 1.0 - success[arc][back]]),
    )
    mean = drawn.bill / drawn.base.sum(axis=1)
    most = 0.03 * drawn.base[:, origin].ravel()
    ends = np.arange(years) + later[:, None] < years
    upper = np.where(ends, most[:, None], 0.0) if most_years > 1 else most
    return _block("retrain", upper, share[arc] * mean[region], region, entries, years=years)


def _moves(drawn: _Drawn, place: Array) -> tuple[list[Block], Hubs]:
    """Return departures, arrivals and the ways between hubs."""
    regions, occupations, years = drawn.size
    chosen = np.argsort(-drawn.bill)[:_HUBS]
    far = np.linalg.norm(place[:, None] - place[None, chosen], axis=2)
    hub = far.argmin(axis=1)
    ways = spanner(np.linalg.norm(place[chosen][:, None] - place[chosen][None], axis=2), 1.2)
    tail, head = (np.concatenate([ways[:, a], ways[:, 1 - a]]) for a in (0, 1))
    cells = np.arange(regions * occupations)
    region = cells // occupations
    base, posts = drawn.base.ravel(), drawn.posts.ravel()
    wage = drawn.wage.ravel()
    now, one = np.zeros_like(cells), np.ones(len(cells))
    mean = drawn.wage.mean(axis=0)
    leave = 0.03 * base
    cost = 0.1 * wage + 0.05 * np.repeat(far.min(axis=1) / 1000, occupations) * wage
    total = leave.reshape(regions, occupations).sum(axis=0)
    length = np.linalg.norm(place[chosen][tail] - place[chosen][head], axis=1) / 1000
    none = (np.zeros(0),) * 4
    return [
        _block("depart", leave, cost, region, (cells, cells, now, -one), years=years),
        _block("arrive", 0.06 * np.maximum(base, posts), cost, region, (cells, cells, now, one),
               years=years),
        _block("between", np.tile(total, len(tail)), (0.05 * length[:, None] * mean).ravel(),
               np.repeat(chosen[head], occupations), none, years=years, paid=False),
    ], Hubs(hub, tail, head)  # fmt: skip


def _recruits(drawn: _Drawn, demand: Array) -> Block:
    years = drawn.size.years
    cells = np.arange(drawn.base.size)
    entries = (cells, cells, np.zeros_like(cells), np.ones(len(cells)))
    upper = 0.03 * demand.reshape(-1, years)
    return _block(
        "recruit", upper, 1.2 * drawn.wage.ravel(), cells // drawn.size.occupations, entries,
        years=years,
    )  # fmt: skip


def _platforms(drawn: _Drawn, rng: np.random.Generator) -> Block:
    """Return two platforms for each region, each with a team in some of its occupations."""
    regions, occupations, years = drawn.size
    count, team = 2 * regions, min(6, occupations)
    home = np.arange(count) % regions
    needs = np.stack([rng.choice(occupations, team, replace=False) for _ in range(count)])
    posts = rng.uniform(0.2, 0.8, (count, team)) * drawn.base[home[:, None], needs]
    bill = (posts * drawn.wage[home[:, None], needs]).sum(axis=1)
    unit = np.repeat(np.arange(count), team)
    entries = (unit, (home[:, None] * occupations + needs).ravel(), 0 * unit, posts.ravel())
    return _block(
        "fund", np.ones(count), 0.1 * bill, home, entries, _TECHNOLOGY, years=years,
        worth=rng.uniform(0.1, 0.3, count) * bill, claims=True,
    )  # fmt: skip


def _by_themselves(drawn: _Drawn, rng: np.random.Generator) -> Array:
    """Return people who arrive less those who leave, a year: nobody is lost on the way."""
    share = rng.normal(0.0, 0.004, (drawn.size.regions, 1)) * drawn.base
    gone, come = np.maximum(-share, 0.0), np.maximum(share, 0.0)
    room: Array = gone.sum(axis=0) / np.maximum(come.sum(axis=0), 1e-12)
    keep = np.minimum(1.0 / np.maximum(room, 1e-12), 1.0)
    net: Array = come * np.minimum(room, 1.0) - gone * np.where(come.sum(axis=0) > 0, keep, 0.0)
    return net
