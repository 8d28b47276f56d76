"""Rules that place people: stable, by merit, by exchange; what must always hold of each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_markets import arrays, drawn, markets

from echelon.errors import InvalidArgument
from echelon.methods.matching import (
    FORBIDDEN,
    blocking_pairs,
    exchange,
    gini,
    given_preferences,
    immediate,
    in_order,
    market,
    measure,
    merit,
    preferences,
    prove_stable,
    score_block,
    stable,
    stable_over_all,
)

seeds = st.integers(0, 10_000)


def random_lists(seed, people=12, posts=6, ties=False):
    """Draw incomplete lists with strict or tied priorities."""
    draw = np.random.default_rng(seed)
    size = draw.integers(0, posts + 1, people)
    post = [draw.permutation(posts)[:s] for s in size]
    priority = draw.integers(0, 3, size.sum()) if ties else draw.permutation(int(size.sum()))
    start = np.concatenate([[0], np.cumsum(size)])
    flat = np.concatenate([*post, np.zeros(0, int)]).astype(int)
    return given_preferences(start, flat, capacity=draw.integers(0, 4, posts), priority=priority)


@given(seeds, st.booleans())
def test_deferred_acceptance_leaves_no_blocking_pair(seed, ties):
    listed = random_lists(seed, ties=ties)
    placed = stable(listed, seed=seed)
    found = measure(listed, placed.post)
    assert found.blocking_pairs == found.envious_people == found.wasted_claims == 0
    taken = np.bincount(placed.post[placed.post >= 0], minlength=len(listed.capacity))
    assert (taken <= listed.capacity).all()


@given(seeds)
@settings(max_examples=30)
def test_deferred_acceptance_equals_the_package_matching(seed):
    games = pytest.importorskip("matching.games")
    draw = np.random.default_rng(seed)
    people, posts = 8, 4
    wishes = np.array([draw.permutation(posts) for _ in range(people)])
    orders = np.array([draw.permutation(people) for _ in range(posts)])
    capacity = draw.integers(1, 4, posts)
    game = games.HospitalResident.create_from_dictionaries(
        {f"r{i}": [f"h{j}" for j in wishes[i]] for i in range(people)},
        {f"h{j}": [f"r{i}" for i in orders[j]] for j in range(posts)},
        {f"h{j}": int(capacity[j]) for j in range(posts)},
    )
    theirs = np.full(people, -1)
    for post, residents in game.solve(optimal="resident").items():
        for resident in residents:
            theirs[int(str(resident.name)[1:])] = int(str(post.name)[1:])
    place = np.argsort(orders, axis=1)
    listed = given_preferences(
        np.arange(people + 1) * posts,
        wishes.ravel(),
        capacity=capacity,
        priority=(people - place.T[np.arange(people)[:, None], wishes]).ravel(),
    )
    assert (stable(listed).post == theirs).all()


@given(seeds)
def test_nobody_can_do_better_in_trading_and_in_order(seed):
    """Pareto efficiency: no other matching of the same seats is better for all."""
    listed = random_lists(seed, people=5, posts=4)
    order = np.random.default_rng(seed).permutation(5)
    for placed in (exchange(listed), in_order(listed, order)):
        assert not _improvable(listed, placed)


def _improvable(listed, placed):
    """Whether a cycle of swaps, or a free seat, makes somebody better off and nobody worse."""
    left = listed.capacity - np.bincount(
        placed.post[placed.post >= 0], minlength=len(listed.capacity)
    )
    wants = {}
    for person in range(len(placed.post)):
        mine = listed.post[listed.start[person] : listed.start[person + 1]]
        better = mine if placed.rank[person] == 0 else mine[: placed.rank[person] - 1]
        if any(left[post] > 0 for post in better):
            return True
        wants[person] = set(np.flatnonzero(np.isin(placed.post, better) & (placed.post >= 0)))
    reached = {person: set(wants[person]) for person in wants}
    for middle in wants:
        for person in wants:
            if middle in reached[person]:
                reached[person] |= reached[middle]
    return any(person in reached[person] for person in wants if placed.post[person] >= 0)


@given(seeds)
def test_the_immediate_rule_serves_first_choices_first(seed):
    listed = random_lists(seed)
    placed = immediate(listed)
    first = {
        int(listed.post[s]) for s, e in zip(listed.start, listed.start[1:], strict=False) if e > s
    }
    for post in first:
        asked = int((listed.post[listed.start[:-1][np.diff(listed.start) > 0]] == post).sum())
        served = int(((placed.post == post) & (placed.rank == 1)).sum())
        assert served == min(asked, int(listed.capacity[post]))


def test_the_lottery_is_seeded():
    wish = np.zeros(40, int)
    listed = given_preferences(np.arange(41), wish, capacity=np.array([7]))
    once, twice, other = (stable(listed, seed=seed).post for seed in (1, 1, 2))
    assert (once == twice).all()
    assert (once != other).any()


@given(markets())
@settings(max_examples=40)
def test_stable_over_all_pairs_whatever_the_length_of_lists(problem):
    short, long = (stable_over_all(problem, k=k, seed=3) for k in (2, 100))
    assert short.proof.stable
    assert long.proof.stable
    assert (short.post_type == long.post_type).all()
    assert not _blocked_by_hand(problem, short.post_type)


def _blocked_by_hand(problem, post):
    """Whether a person and a post both score higher with each other; ties do not count."""
    table = score_block(problem, np.arange(len(problem.count))).astype(np.int64)
    row = np.repeat(np.arange(len(problem.count)), problem.count)
    own = np.where(post >= 0, table[row, np.maximum(post, 0)], 0)
    taken = np.bincount(post[post >= 0], minlength=len(problem.capacity))
    lowest = np.full(len(problem.capacity), np.iinfo(np.int64).max)
    np.minimum.at(lowest, post[post >= 0], own[post >= 0])
    lowest[taken < problem.capacity] = FORBIDDEN
    lowest[problem.capacity == 0] = np.iinfo(np.int64).max
    return ((table[row] > own[:, None]) & (table[row] > lowest)).any()


@pytest.mark.parametrize("seed", range(4))
def test_two_sides_with_different_preferences(seed):
    held, offered, terms = arrays(30, 20, seed=seed, capacity=2)
    wishes = market(held, offered, terms, merge=False)
    theirs = market(*arrays(30, 20, seed=seed + 50, capacity=2), merge=False)
    found = stable_over_all(wishes, k=3, priority=theirs)
    assert found.proof.stable
    worse = found.post_type.copy()
    worse[np.flatnonzero(worse >= 0)[0]] = -1
    assert not prove_stable(wishes, worse, priority=theirs).stable


@pytest.mark.parametrize("seed", range(4))
def test_merit_is_the_stable_matching_when_posts_go_by_merit(seed):
    problem = market(*arrays(40, 25, seed=seed, capacity=2), merge=False)
    rank = np.random.default_rng(seed).permutation(40).astype(float)
    chosen = merit(problem, rank, k=3)
    assert (chosen.post_type == stable_over_all(problem, k=3, priority=rank).post_type).all()
    table = np.maximum(score_block(problem, np.arange(40)), 0)
    left = problem.capacity.copy()
    for person in np.argsort(-rank):
        open_ = np.where(left > 0, table[person], 0)
        if open_.max() > 0:
            assert open_[chosen.post_type[person]] == open_.max()
            left[chosen.post_type[person]] -= 1
        else:
            assert chosen.post_type[person] == -1


def test_measures_by_hand():
    listed = given_preferences(
        np.array([0, 2, 4, 5]),
        np.array([0, 1, 0, 1, 0]),
        capacity=np.array([1, 1]),
        utility=np.array([0.9, 0.5, 0.8, 0.4, 0.7]),
        priority=np.array([1, 1, 2, 2, 3]),
    )
    found = measure(listed, np.array([0, 1, -1]), home=np.array([0, 0, 0]), place=np.array([0, 1]),
                    best=1.6)  # fmt: skip
    assert (found.matched, found.value) == (2, pytest.approx(1.3))
    assert found.rank_counts.tolist() == [1, 1]
    assert (found.blocking_pairs, found.envious_people, found.wasted_claims) == (2, 2, 0)
    assert found.outside_home_share == 0.5
    assert found.regret == pytest.approx(1 - 1.3 / 1.6)
    assert found.rank_gini == pytest.approx(gini(np.array([1.0, 2.0, 2.0])))
    assert gini(np.array([1.0, 1.0])) == 0.0
    assert blocking_pairs(listed, np.array([0, 1, -1]))[0].tolist() == [1, 2]


def test_preferences_come_from_the_scores():
    problem = drawn(20, 30, seed=1)
    listed = preferences(problem, k=5)
    assert (np.diff(listed.start) <= 5).all()
    falls = np.diff(listed.utility)[np.diff(np.repeat(np.arange(20), np.diff(listed.start))) == 0]
    assert (falls <= 0).all()


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: given_preferences(np.array([0, 1]), np.array([3]), capacity=np.array([1])),
         "outside the 1 posts"),
        (lambda: given_preferences(np.array([0, 1]), np.array([0]), capacity=np.array([2.5])),
         "2.5, which is no whole number"),
        (lambda: given_preferences(np.array([0, 2]), np.array([0, 0]), capacity=np.array([1])),
         "lists a post twice"),
        (lambda: stable(random_lists(1), seed=-1), "negative"),
        (lambda: merit(drawn(3, 3), np.array([1.0, np.nan, 0.0])), "one known merit"),
        (lambda: preferences(drawn(4, 3, copies=2), priority=np.ones(8)), "merge=False"),
        (lambda: measure(random_lists(1), np.zeros(12, int)), "more people than it has seats"),
    ],
)  # fmt: skip
def test_bad_input_is_a_sentence(work, said):
    with pytest.raises(InvalidArgument, match=said):
        work()
