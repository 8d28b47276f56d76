"""Plans of invented regions, small or large, from a seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon import levers
from echelon.methods.planning import Block, Hubs, Model


def random_model(
    seed,
    regions=3,
    occupations=4,
    years=4,
    *,
    programmes=2,
    arcs=3,
    platforms=1,
    budget=1.0,
    least_filled=0.5,
    spread=2.0,
    pairs=None,
    lags=(0, 1, 2, 6),
):
    """Return a model whose demand is spread over some decades, with every lever."""
    rng = np.random.default_rng(seed)
    shape = (regions, occupations)
    demand0 = 10 ** rng.uniform(1, 1 + spread, shape)
    base = demand0 * rng.uniform(0.7, 1.1, shape)
    growth = (1 + rng.uniform(-0.03, 0.06, (*shape, 1))) ** np.arange(1, years + 1)
    demand = demand0[..., None] * growth
    leaving = rng.uniform(0.02, 0.08, shape)
    inflow = (base * leaving * rng.uniform(0.6, 1.1, shape))[..., None] * np.ones(years)
    discount = 0.97 ** np.arange(years)
    wage = rng.uniform(0.5, 2.0, shape)
    unmet = wage[..., None] * discount
    unmet[..., -1] *= 3
    blocks = []
    entry = rng.uniform(0, 1, shape)
    entry /= entry.sum(axis=1, keepdims=True)
    seats = 0.02 * base.sum(axis=1, keepdims=True) * np.ones((regions, programmes))
    train = levers.train(
        rng.dirichlet(np.ones(occupations), programmes), entry,
        years=rng.choice(lags, programmes), completion=rng.uniform(0.5, 1, (regions, programmes)),
        cost=rng.uniform(0.2, 1.5, (regions, programmes)),
    )  # fmt: skip
    department = np.tile(np.arange(programmes) % 2, regions)
    blocks.append(
        _block(
            "train", train, np.repeat(2 * seats.reshape(-1, 1), years, 1), occupations, department
        )
    )
    blocks.append(
        Block("build", np.repeat(0.15 * seats.reshape(-1, 1), years, 1), np.full(seats.size, 0.3),
              np.zeros(seats.size), train.home, department, *[np.zeros(0, np.int64)] * 3, np.zeros(0))
    )  # fmt: skip
    if occupations > 1 and arcs:
        origin = rng.integers(0, occupations, arcs)
        destination = (origin + rng.integers(1, occupations, arcs)) % occupations
        retrain = levers.retrain(
            origin, destination, years=rng.choice([0, 1, 2], arcs),
            success=rng.uniform(0.4, 1, arcs), cost=rng.uniform(0.1, 0.5, (regions, arcs)),
        )  # fmt: skip
        upper = np.repeat(0.03 * base[:, origin].reshape(-1, 1), years, 1)
        blocks.append(_block("retrain", retrain, upper, occupations, 2))
    pairs = (
        [(a, b) for a in range(regions) for b in range(regions) if a != b]
        if pairs is None
        else pairs
    )
    if pairs:
        a, b = np.array(pairs).T
        relocate = levers.relocate(a, b, cost=rng.uniform(0.1, 0.6, (len(pairs), occupations)))
        upper = np.repeat(0.03 * base[a].reshape(-1, 1), years, 1)
        blocks.append(_block("relocate", relocate, upper, occupations, 2))
    recruit = levers.recruit(rng.uniform(0.5, 1.5, shape))
    blocks.append(_block("recruit", recruit, 0.03 * demand.reshape(-1, years), occupations, 2))
    if platforms:
        home = rng.integers(0, regions, platforms)
        posts = rng.uniform(0, 0.5, (platforms, occupations)) * base[home]
        fund = levers.fund(home, posts=posts, cost=0.2 * posts.sum(axis=1))
        worth = 0.4 * posts.sum(axis=1)
        blocks.append(_block("fund", fund, np.ones((platforms, years)), occupations, 1, worth))
    wages = (wage * base).sum(axis=1)[None, :, None]
    return Model(
        base=base, demand=demand, inflow=inflow, leaving=leaving, unmet_cost=unmet,
        idle_cost=0.2 * unmet, discount=discount, blocks=tuple(blocks),
        spare=0.2 * seats.ravel() if budget else np.zeros(seats.size),
        budget=budget * np.array([0.01, 0.005, 0.01])[:, None, None] * wages * np.ones(years),
        cap=0.01 * demand.sum(axis=0), cohort=0.5 * np.maximum(inflow, 0).sum(axis=1),
        leavers=0.04 * base, least_filled=least_filled, short_cost=0.5 * discount,
    )  # fmt: skip


def _block(name, flows, upper, occupations, department, worth=None):
    return Block(
        name, upper, flows.cost, np.zeros(flows.units) if worth is None else worth, flows.home,
        np.broadcast_to(department, flows.units), flows.unit,
        flows.region * occupations + flows.occupation, flows.years, flows.people, flows.claims,
    )  # fmt: skip


def with_hubs(model, seed, *, hubs=2, share=0.03):
    """Return a model whose people also move by way of hubs; a hub may be cut off from the others."""
    rng = np.random.default_rng(seed)
    regions, occupations, years = model.shape
    hub = rng.integers(0, hubs, regions)
    pairs = [(a, b) for a in range(hubs) for b in range(a) if rng.uniform() < 0.8]
    tail = np.array([a for a, _ in pairs] + [b for _, b in pairs], dtype=np.int64)
    head = np.array([b for _, b in pairs] + [a for a, _ in pairs], dtype=np.int64)
    cells = np.arange(regions * occupations)
    now, one = np.zeros_like(cells), np.ones(len(cells))
    leave = np.repeat(share * model.base.reshape(-1, 1), years, 1)
    region, none = cells // occupations, np.zeros(0, np.int64)
    ways = len(tail) * occupations
    total = share * model.base.sum(axis=0)
    blocks = [
        Block(
            name, upper, rng.uniform(0.05, 0.3, len(cells)), 0 * one, region, 0 * cells + 2, cells,
            cells, now, sign * one,
        )
        for name, upper, sign in (("depart", leave, -1.0), ("arrive", 2 * leave, 1.0))
    ]  # fmt: skip
    blocks.append(
        Block(
            "between", np.repeat(np.tile(total, len(tail))[:, None], years, 1) * rng.choice([0.1, 1]),
            rng.uniform(0.01, 0.1, ways), np.zeros(ways), np.zeros(ways, np.int64),
            np.full(ways, 2), none, none, none, np.zeros(0), paid=False,
        )
    )  # fmt: skip
    return replace(model, blocks=(*model.blocks, *blocks), hubs=Hubs(hub, tail, head))
