"""Small markets of every kind, drawn from a seed."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from echelon.methods.matching import (
    FORBIDDEN,
    People,
    Posts,
    Terms,
    given_lists,
    market,
    score_block,
)

__all__ = ["arrays", "dense_optimum", "drawn", "listed", "markets"]


def arrays(people, posts, *, seed=0, capacity=1, exceptions=0, copies=1, skills=20):
    """Draw people, posts and terms; ``copies`` of everybody make duplicates."""
    draw = np.random.default_rng(seed)
    persons = _rows(draw, people, skills, copies)
    places = _rows(draw, posts, skills, copies)
    (start, skill, level), n = persons, people * copies
    held = People(start, skill, level, *(_repeat(draw, people, copies, top) for top in (6, 4, 3)))
    (start, skill, level), m = places, posts * copies
    weight = np.full(len(skill), 1.0)
    seats = draw.integers(1, capacity + 1, m)
    base = np.repeat(np.round(0.2 * draw.random(posts), 2), copies)
    wanted = [_repeat(draw, posts, copies, top) for top in (6, 4, 3)]
    offered = Posts(start, skill, level, weight, *wanted, seats, base)
    cost = 0.2 * draw.random((4, 4)) * (1 - np.eye(4))
    apart = {}
    if exceptions and n * m:
        pair = draw.choice(n * m, min(exceptions, n * m), replace=False)
        veto = draw.random(len(pair)) < 0.4
        apart = {
            "exception_person": pair // m,
            "exception_post": pair % m,
            "exception_score": np.where(veto, -np.inf, draw.normal(0.0, 0.1, len(pair))),
        }
    terms = Terms(0.2 * draw.random((6, 6)), cost, np.tri(3, dtype=bool), **apart)
    return held, offered, terms


def _rows(draw, rows, skills, copies):
    size = draw.integers(0, 8, rows)
    kept = [np.sort(draw.choice(skills, s, replace=False)) for s in size for _ in range(copies)]
    level = [row for s in size for row in [draw.integers(0, 6, s)] * copies]
    start = np.concatenate([[0], np.cumsum(np.repeat(size, copies))]).astype(np.int64)
    if copies > 1:
        kept = [kept[at - at % copies] for at in range(len(kept))]
    flat = np.concatenate(kept) if kept else np.zeros(0, int)
    levels = np.concatenate(level).astype(float) if level else np.zeros(0)
    return start, flat.astype(np.int64), levels


def _repeat(draw, rows, copies, top):
    return np.repeat(draw.integers(0, top, rows), copies)


def drawn(people, posts, **options):
    """Draw a market."""
    return market(*arrays(people, posts, **options))


def listed(scores, capacity=None, count=None):
    """Make given lists of a whole table of scores."""
    n, m = scores.shape
    return given_lists(
        np.arange(n + 1) * m,
        np.tile(np.arange(m), n),
        scores.ravel(),
        capacity=np.ones(m, int) if capacity is None else capacity,
        count=count,
    )


def dense_optimum(problem):
    """Return the optimum in scores by scipy on the whole table of people by seats."""
    table = score_block(problem, np.arange(len(problem.count))).astype(float)
    table = np.where(table == FORBIDDEN, 0.0, np.maximum(table, 0.0))
    table = np.repeat(np.repeat(table, problem.count, axis=0), problem.capacity, axis=1)
    row, column = linear_sum_assignment(table, maximize=True)
    return float(table[row, column].sum()) * problem.unit


@st.composite
def markets(draw):
    """Markets over scarcity, capacities, duplicates, screens, vetoes."""
    people = draw(st.integers(1, 30))
    seats_a_person = draw(st.sampled_from([0.5, 1.0, 2.0]))
    capacity = draw(st.sampled_from([1, 1, 3, 100]))
    posts = max(1, round(people * seats_a_person / ((1 + capacity) / 2)))
    return drawn(
        people,
        posts,
        seed=draw(st.integers(0, 10_000)),
        capacity=capacity,
        exceptions=draw(st.sampled_from([0, 6])),
        copies=draw(st.sampled_from([1, 1, 3])),
    )
