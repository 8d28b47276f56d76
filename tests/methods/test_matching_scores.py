"""Scores: by definition, by both kernels, and what cannot be scored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matching_markets import arrays, drawn, markets

from echelon.errors import InvalidArgument
from echelon.methods.matching import (
    FORBIDDEN,
    UNIT,
    People,
    Posts,
    Terms,
    best_posts,
    best_profits,
    breakdown,
    market,
    score_block,
    score_pairs,
)

one = np.zeros(1, dtype=np.int64)


def person(skills=(), levels=(), **more):
    return People(np.array([0, len(skills)]), np.array(skills, int), np.array(levels, float),
                  one, one, one, **more)  # fmt: skip


def post(skills=(0,), levels=(1.0,), **more):
    kept = {"capacity": np.array([1]), "weight": np.ones(len(skills)), **more}
    return Posts(np.array([0, len(skills)]), np.array(skills, int), np.array(levels, float),
                 kept.pop("weight"), one, one, one, **kept)  # fmt: skip


def test_a_score_by_hand():
    """Half of one skill, all of another held better than required, nothing of the third."""
    held = person((0, 1), (2.0, 5.0))
    wanted = post((0, 1, 2), (4.0, 3.0, 1.0), weight=np.array([2.0, 1.0, 1.0]),
                  base=np.array([0.05]))  # fmt: skip
    terms = Terms(np.array([[0.1]]), np.array([[0.02]]))
    problem = market(held, wanted, terms)
    told = breakdown(problem, 0, 0)
    assert told.score == pytest.approx(0.25 + 0.25 + 0.1 - 0.02 + 0.05, abs=problem.rounding)
    assert told.gained == pytest.approx([0.25, 0.25, 0.0], abs=1e-4)
    assert told.held.tolist() == [2, 5, 0]
    assert told.coverage + told.affinity + told.relocation + told.base == pytest.approx(told.score)


def test_a_requirement_of_level_zero_is_dropped():
    problem = market(person((1,), (1.0,)), post((0, 1), (0.0, 1.0)), Terms())
    assert score_pairs(problem, one, one)[0] == UNIT


def test_a_person_without_skills_and_a_skill_nobody_has():
    problem = market(person(), post((7,), (3.0,)), Terms())
    assert score_pairs(problem, one, one)[0] == 0


def test_wide_terms_are_rescaled_and_said():
    problem = market(person((0,), (5.0,)), post(base=np.array([3.0])), Terms())
    assert problem.scale < 1
    assert "multiplied" in problem.steps[0]
    assert breakdown(problem, 0, 0).score == pytest.approx(4.0, abs=problem.rounding)


def test_identical_people_and_posts_become_types():
    problem = drawn(5, 4, copies=3, seed=1)
    assert len(problem.count) <= 5
    assert problem.people == 15
    assert len(problem.capacity) <= 4
    apart = market(*arrays(5, 4, copies=3, seed=1), merge=False)
    assert len(apart.count) == 15
    first = score_block(problem, problem.person_type)[:, problem.post_type]
    assert (first == score_block(apart, np.arange(15))).all()


@given(markets())
def test_both_plain_scorers_agree(problem):
    block = score_block(problem, np.arange(len(problem.count)))
    person, place = np.indices(block.shape).reshape(2, -1)
    assert (score_pairs(problem, person, place) == block.ravel()).all()


@given(markets(), st.integers(1, 12), st.integers(0, 1000), st.sampled_from([1, 4, 16]))
def test_the_oracle_is_exact(problem, k, seed, fine):
    draw = np.random.default_rng(seed)
    price = (draw.random(len(problem.capacity)) * fine * 9000).astype(np.int32)
    found = best_posts(problem, k=k, price=price, fine=fine)
    block = score_block(problem, np.arange(len(problem.count))).astype(np.int64)
    net = np.where(block == FORBIDDEN, 0, np.maximum(block * fine - price, 0))
    best = -np.sort(-net, axis=1)
    at = np.maximum(found.post, 0)
    mine = np.where(found.post >= 0, np.take_along_axis(net, at, axis=1), 0)
    width = min(k, best.shape[1])
    assert (mine[:, :width] == best[:, :width]).all()
    assert (mine[:, width:] == 0).all()
    if best.shape[1] > k:
        assert (found.bound >= best[:, k]).all()
    assert (best_profits(problem, price, fine=fine) == best[:, 0]).all()


def test_the_oracle_over_many_blocks_on_any_threads():
    problem = drawn(40, 6000, seed=3, capacity=2, exceptions=200)
    once, twice = (best_posts(problem, k=10, threads=threads) for threads in (1, 2))
    assert (once.post == twice.post).all()
    block = score_block(problem, np.arange(len(problem.count)))
    best = -np.sort(-np.maximum(block, 0), axis=1)[:, :10]
    assert (np.where(once.post >= 0, once.score, 0) == best).all()


@pytest.mark.parametrize(
    ("held", "wanted", "terms", "said"),
    [
        (person(), post(capacity=np.array([2.5])), Terms(), "2.5, which is no whole number"),
        (person(), post(capacity=np.array([-1])), Terms(), "-1, which is no whole number"),
        (person((0, 0), (1.0, 2.0)), post(), Terms(), "names a skill twice"),
        (person((0,), (np.nan,)), post(), Terms(), "not a figure of 0 or more"),
        (person(), post(weight=np.array([-1.0])), Terms(), "weights of required skills"),
        (person(), post(base=np.array([np.nan])), Terms(), "one known figure for each post"),
        (person(), post(), Terms(affinity=np.zeros((0, 0))), "places are used"),
        (person(), post(), Terms(relocation=np.array([[np.nan]])), "unknown figures"),
        (person(), post(), Terms(thresholds=(1.0, 1.0, 2.0, 3.0, 4.0)), "five rising thresholds"),
        (person(), post(), Terms(coverage=0.0), "cannot be worth 0"),
        (person(), post(), Terms(admits=np.ones((0, 1), bool)), "there are 0 places"),
        (person(), post(), Terms(exception_person=one), "a person, a post and a score"),
    ],
)  # fmt: skip
def test_bad_input_is_a_sentence(held, wanted, terms, said):
    with pytest.raises(InvalidArgument, match=said):
        market(held, wanted, terms)


def test_contradicting_exceptions_are_named():
    pair = {"exception_person": np.array([0, 0]), "exception_post": np.array([0, 0])}
    with pytest.raises(InvalidArgument, match="contradict each other"):
        market(person(), post(), Terms(exception_score=np.array([0.1, -np.inf]), **pair))
    same = market(person(), post(), Terms(exception_score=np.array([-np.inf, -np.inf]), **pair))
    assert score_pairs(same, one, one)[0] == FORBIDDEN
