"""The optimum and its proof: against scipy, on hard instances, and when somebody tampers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matching_markets import arrays, dense_optimum, drawn, listed, markets
from scipy.optimize import linear_sum_assignment

from echelon.errors import InvalidArgument
from echelon.methods.matching import (
    Posts,
    best_profits,
    market,
    optimal,
    transport,
    within_regions,
    without_screens,
)
from echelon.methods.matching.opening import highest_offers
from echelon.methods.matching.restrict import part_of
from echelon.methods.matching.scores import score_block

SMALL = 1e-7


def holds(found, best):
    """Whether bound >= optimum >= value >= bound (1 - 1e-4)."""
    slack = SMALL * max(1.0, best)
    assert found.bound >= best - slack
    assert best >= found.value - slack
    assert found.value >= found.bound * (1 - 1e-4) - slack
    assert found.gap <= 1e-4


@given(markets())
def test_the_optimum_lies_between_value_and_bound(problem):
    found = optimal(problem)
    holds(found, dense_optimum(problem))
    assert found.certificate.verify(problem)
    assert found.matching.matched <= min(problem.people, problem.seats)
    assert (found.price >= 0).all()


@pytest.mark.parametrize(("people", "posts"), [(60, 60), (60, 120), (120, 60)])
def test_whole_costs_with_many_ties(people, posts):
    """Instances as in the OR-Library: whole costs 1 to 100."""
    cost = np.random.default_rng(people + posts).integers(1, 101, (people, posts))
    worth = 101.0 - cost
    row, column = linear_sum_assignment(worth, maximize=True)
    problem = listed(worth)
    found = optimal(problem)
    holds(found, float(worth[row, column].sum()))
    assert found.certificate.verify(problem)


@given(st.integers(0, 10_000), st.integers(2, 4))
@settings(max_examples=25)
def test_lists_with_ties_duplicates_and_capacities(seed, values):
    draw = np.random.default_rng(seed)
    worth = draw.integers(0, values, (12, 9)).astype(float)
    count, capacity = draw.integers(0, 5, 12), draw.integers(0, 6, 9)
    problem = listed(worth, capacity, count)
    table = np.repeat(np.repeat(worth, count, axis=0), capacity, axis=1)
    row, column = linear_sum_assignment(table, maximize=True)
    found = optimal(problem)
    holds(found, float(table[row, column].sum()))
    assert found.certificate.verify(problem)


def test_identical_people_compete_for_too_few_good_posts():
    problem = listed(np.array([[1.0, 0.9, 0.3, 0.05]]), np.array([50, 50, 50, 10]), np.array([200]))
    found = optimal(problem)
    assert found.value == pytest.approx(50 + 45 + 15 + 0.5, rel=1e-4)
    assert found.price[:3] == pytest.approx([1.0, 0.9, 0.3], abs=1e-3)


def test_a_market_of_several_blocks_and_waves():
    problem = drawn(900, 900, seed=5, exceptions=50)
    holds(optimal(problem), dense_optimum(problem))


def test_lists_that_are_computed_again_and_again(monkeypatch):
    """Without a table of sums and with short lists people wait, and the proof is as tight."""
    from echelon.methods.matching import auction, oracle

    monkeypatch.setattr(oracle, "_MOST_SUMS", 0)
    monkeypatch.setattr(auction, "_LENGTH", 4)
    problem = drawn(300, 300, seed=6, capacity=2)
    found = optimal(problem)
    assert found.lists > len(problem.count)
    holds(found, dense_optimum(problem))
    assert found.certificate.verify(problem)
    again = optimal(drawn(300, 300, seed=6, capacity=2), threads=2)
    assert again.certificate.seal == found.certificate.seal


@pytest.mark.parametrize("seats", [0.5, 1, 2])
def test_prices_to_open_with_leave_the_proof_as_tight(monkeypatch, seats):
    """Large markets short of seats open at estimated prices; the optimum is enclosed all the same."""
    from echelon.methods.matching import auction, opening, oracle

    monkeypatch.setattr(oracle, "_MOST_SUMS", 0)
    monkeypatch.setattr(opening, "_LEAST", 100)
    monkeypatch.setattr(opening, "_SHARE", 0.3)
    monkeypatch.setattr(opening, "_MARGIN", 200)
    begun = []
    begin = auction.Auction._begin

    def watched(self, prices):
        begun.append(int((prices > 0).sum()))
        begin(self, prices)

    monkeypatch.setattr(auction.Auction, "_begin", watched)
    problem = drawn(400, int(400 * min(seats, 1)), seed=8, capacity=max(1, int(seats)))
    found = optimal(problem)
    assert opening.worth_opening(problem) == (seats < 2)
    assert max(begun) > 0 or seats == 2
    holds(found, dense_optimum(problem))
    assert found.certificate.verify(problem)
    assert optimal(problem, threads=2).certificate.seal == found.certificate.seal


def test_the_highest_offers_are_those_of_the_table_of_scores():
    problem = drawn(60, 50, seed=9, exceptions=20)
    people, gain = np.arange(0, 60, 2), np.arange(30, dtype=np.int32) * 100
    table = score_block(problem, people, np.arange(len(problem.capacity))).astype(np.int64)
    ordered = np.sort(np.vstack([np.zeros((2, table.shape[1])), table - gain[:, None]]), axis=0)
    open_ = problem.capacity > 0
    for threads in (1, 3):
        high, second = highest_offers(problem, people, gain, threads=threads)
        np.testing.assert_array_equal(high[open_], ordered[-1][open_])
        np.testing.assert_array_equal(second[open_], ordered[-2][open_])


def test_a_part_of_a_market_has_the_scores_of_the_whole():
    problem = drawn(50, 40, seed=10, exceptions=30)
    people, posts = np.array([3, 8, 20, 41]), np.array([0, 5, 17, 30, 39])
    part = part_of(problem, people, posts)
    whole = score_block(problem, people, posts)
    np.testing.assert_array_equal(score_block(part, np.arange(4), np.arange(5)), whole)


def test_the_result_does_not_depend_on_the_threads():
    once, twice = (optimal(drawn(400, 300, seed=2), threads=threads) for threads in (1, 2))
    assert once.certificate.seal == twice.certificate.seal
    assert (once.matching.post == twice.matching.post).all()


def test_a_tampered_certificate_is_rejected():
    problem = drawn(30, 30, seed=4)
    proof = optimal(problem).certificate
    assert proof.verify(problem)
    assert proof.verify(problem, sample=5)
    dearer = proof.price.copy()
    dearer[3] += 1
    assert not replace(proof, price=dearer).verify(problem)
    swapped = proof.post.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    assert not replace(proof, post=swapped).verify(problem)
    assert not replace(proof, bound=proof.bound - 1).verify(problem)
    assert not replace(proof, number=proof.number + 1).verify(problem)
    other = proof.verify(drawn(30, 30, seed=5))
    assert other.faults == ("The certificate belongs to another problem.",)


def test_forged_figures_are_found_without_the_seal(monkeypatch):
    """Whoever can make a seal still cannot make the figures true."""
    from echelon.methods.matching import certificate

    problem = drawn(30, 30, seed=4)
    proof = optimal(problem).certificate
    monkeypatch.setattr(certificate, "_seal", lambda _: proof.seal)
    far = proof.price.copy()
    far[far > 0] = 0
    assert "bound" in " ".join(replace(proof, price=far).verify(problem).faults)
    worse = replace(proof, value=proof.value + 1).verify(problem)
    assert "is worth" in worse.faults[0]


@given(markets(), st.integers(0, 1000))
@settings(max_examples=20)
def test_any_prices_bound_the_optimum(problem, seed):
    draw = np.random.default_rng(seed)
    price = (draw.random(len(problem.capacity)) * 16_384).astype(np.int32)
    bound = int((price * problem.capacity).sum())
    bound += int((best_profits(problem, price) * problem.count).sum())
    assert bound * problem.unit >= dense_optimum(problem) - 1e-6


def test_a_deadline_leaves_a_valid_certificate():
    problem = drawn(300, 300, seed=8)
    found = optimal(problem, seconds=0.0)
    assert found.stopped == "deadline"
    assert found.certificate.verify(problem)
    best = dense_optimum(problem)
    assert found.bound >= best - 1e-6
    assert found.value > 0.5 * best


@pytest.fixture
def quick_clock(monkeypatch):
    """Ten seconds pass at every look at the clock."""
    import sys

    inner = sys.modules["echelon.methods.matching.optimal"]
    clock = iter(np.arange(0.0, 1e6, 10.0))
    monkeypatch.setattr(inner.time, "perf_counter", lambda: float(next(clock)))


@pytest.mark.usefixtures("quick_clock")
def test_an_interrupt_leaves_a_valid_certificate():
    def stop(_):
        raise KeyboardInterrupt

    problem = drawn(300, 300, seed=8)
    found = optimal(problem, tell=stop)
    assert found.stopped == "interrupt"
    assert found.certificate.verify(problem)


@pytest.mark.usefixtures("quick_clock")
def test_progress_is_told():
    told = []
    found = optimal(drawn(200, 200, seed=1), tell=told.append)
    assert told
    assert told[-1].placed + told[-1].waiting <= 200
    assert told[-1].gap >= found.gap - SMALL


def test_alone_against_together_and_screens():
    problem = drawn(80, 80, seed=9)
    together = optimal(problem)
    alone = optimal(within_regions(problem))
    free = optimal(without_screens(problem))
    assert alone.value <= together.bound
    assert together.value <= free.bound
    regions = problem.person_region[problem.person_type], problem.post_region[problem.post_type]
    assert (regions[0][alone.matching.person] == regions[1][alone.matching.post]).all()


@given(st.integers(0, 10_000))
@settings(max_examples=20)
def test_the_transport_problem_is_the_assignment_of_types(seed):
    draw = np.random.default_rng(seed)
    worth = draw.normal(0.3, 0.5, (5, 6))
    worth[draw.random((5, 6)) < 0.2] = -np.inf
    people, seats = draw.integers(0, 6, 5), draw.integers(0, 6, 6)
    found = transport(worth, people=people, seats=seats)
    table = np.repeat(np.repeat(np.maximum(worth, 0.0), people, axis=0), seats, axis=1)
    row, column = linear_sum_assignment(table, maximize=True)
    assert found.value == pytest.approx(float(table[row, column].sum()), abs=1e-9)
    assert (found.flow.sum(axis=1) <= people).all()
    assert (found.flow.sum(axis=0) <= seats).all()
    assert people @ found.profit + seats @ found.price == pytest.approx(found.value, abs=1e-9)


def test_transport_refuses_parts_of_people():
    with pytest.raises(InvalidArgument, match=r"2\.5, which is no whole number"):
        transport(np.ones((1, 1)), people=np.array([2.5]), seats=np.array([1]))


@pytest.mark.parametrize(("people", "posts"), [(10, 0), (0, 10), (0, 0)])
def test_nobody_or_nothing_to_match(people, posts):
    found = optimal(drawn(people, posts))
    assert (found.value, found.bound, found.gap) == (0.0, 0.0, 0.0)
    assert found.matching.matched == 0


def test_closed_posts_take_nobody():
    held, offered, terms = arrays(20, 10, seed=3)
    closed = Posts(**{**offered.__dict__, "capacity": np.zeros(10, int)})
    found = optimal(market(held, closed, terms))
    assert found.matching.matched == 0


def test_impossible_wishes_are_a_sentence():
    with pytest.raises(InvalidArgument, match="Use a gap above 0"):
        optimal(drawn(3, 3), gap=0.0)
    with pytest.raises(InvalidArgument, match="no whole number"):
        listed(np.ones((1, 1)), np.array([2.5]))
