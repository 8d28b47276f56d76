"""Dominant flows, standing, balance, basins: by hand, against a library, and what always holds."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echelon.errors import InvalidArgument
from echelon.methods.dominance import (
    backbone,
    basins,
    dominant_flows,
    drawn_moves,
    effectiveness,
    page_rank,
    same_basin,
)

FLOWS = st.integers(2, 7).flatmap(
    lambda m: arrays(float, (m, m), elements=st.integers(0, 1000).map(float))
)
# From row to column: C and D follow B, B follows A, A sends most to the smaller B.
BY_HAND = np.array(
    [
        [99, 20, 5, 1],
        [50, 99, 4, 2],
        [10, 30, 99, 0],
        [3, 9, 1, 99],
    ],
    dtype=float,
)


def test_the_order_by_hand():
    found = dominant_flows(BY_HAND)
    np.testing.assert_array_equal(found.size, [63, 59, 10, 3])
    np.testing.assert_array_equal(found.leader, [-1, 0, 1, 1])
    np.testing.assert_array_equal(found.largest, [1, 0, 1, 1])
    np.testing.assert_array_equal(found.head, [0, 0, 0, 0])
    np.testing.assert_array_equal(found.depth, [0, 1, 2, 2])
    np.testing.assert_array_equal(found.followers, [1, 2, 0, 0])
    np.testing.assert_array_equal(found.flock, [3, 2, 0, 0])
    np.testing.assert_allclose(found.share, [20 / 26, 50 / 56, 30 / 40, 9 / 13])


@given(FLOWS)
def test_following_never_runs_in_a_circle_and_ends_in_a_terminal_place(flow):
    found = dominant_flows(flow)
    m = len(flow)
    assert (found.leader[found.head] == -1).all()
    assert (found.depth < m).all()
    follows = found.leader >= 0
    assert (found.size[found.leader[follows]] > found.size[follows]).all()
    assert found.followers.sum() == follows.sum()
    assert found.flock.sum() == found.depth.sum()


@given(FLOWS, st.integers(0, 10**6))
def test_those_who_stay_do_not_count(flow, stay):
    other = flow + np.diag(np.full(len(flow), float(stay)))
    for one, two in zip(
        vars(dominant_flows(flow)).values(), vars(dominant_flows(other)).values(), strict=True
    ):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_allclose(page_rank(flow), page_rank(other))


@given(FLOWS)
def test_standing_is_that_of_a_library(flow):
    moves = flow * ~np.eye(len(flow), dtype=bool)
    graph = networkx.from_numpy_array(moves, create_using=networkx.DiGraph)
    theirs = networkx.pagerank(graph, alpha=0.85, weight="weight", tol=1e-12, max_iter=1000)
    np.testing.assert_allclose(page_rank(flow), [theirs[i] for i in range(len(flow))], atol=1e-8)
    assert page_rank(flow).sum() == pytest.approx(1.0)


@given(FLOWS)
def test_gains_and_losses_cancel(flow):
    moves = flow * ~np.eye(len(flow), dtype=bool)
    both = moves.sum(axis=0) + moves.sum(axis=1)
    found = effectiveness(flow)
    assert np.nansum(found * both) == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_array_equal(np.isnan(found), both == 0)


def test_standing_of_many_tables_at_once():
    tables = np.random.default_rng(0).uniform(0, 9, (5, 4, 4))
    np.testing.assert_allclose(page_rank(tables), [page_rank(t) for t in tables])


def test_the_backbone_finds_the_flow_that_stands_out():
    flow = np.full((6, 6), 10.0)
    flow[0, 1] = 500.0
    chance = backbone(flow)
    assert chance[0, 1] < 0.001
    assert np.nanmin(np.delete(chance[0], [0, 1])) > 0.9
    assert np.isnan(chance.diagonal()).all()


def test_two_worlds_are_two_basins():
    world = np.kron(np.eye(2), np.full((4, 4), 100.0)) + 1.0
    found = basins(world, seed=0)
    np.testing.assert_array_equal(found, [0, 0, 0, 0, 1, 1, 1, 1])
    assert same_basin(found)[0, 3]
    assert not same_basin(found)[0, 4]


def test_draws_have_the_mean_and_the_variance_asked_for():
    flow = np.array([[7.0, 200.0], [40.0, 0.0]])
    variance = np.array([[1.0, 5000.0], [40.0, 2.0]])
    drawn = drawn_moves(flow, variance, draws=40_000, generator=np.random.default_rng(2))
    np.testing.assert_allclose(drawn.mean(axis=0), [[0, 200], [40, 0]], rtol=0.02)
    np.testing.assert_allclose(drawn.var(axis=0), [[0, 5000], [40, 0]], rtol=0.05)


@pytest.mark.parametrize("wrong", [-1.0, np.nan])
def test_moves_below_zero_or_unknown_are_refused(wrong):
    with pytest.raises(InvalidArgument, match="unknown, infinite or negative"):
        dominant_flows(np.array([[0.0, wrong], [1.0, 0.0]]))


def test_a_table_that_is_not_square_is_refused():
    with pytest.raises(InvalidArgument, match="as many rows as columns"):
        effectiveness(np.ones((2, 3)))


def test_a_damping_of_one_is_refused():
    with pytest.raises(InvalidArgument, match="below 1"):
        page_rank(np.ones((2, 2)), damping=1.0)
