"""Feedback between stocks: loops, Jacobian, break-even, and courses that keep to their bounds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import InvalidArgument
from echelon.methods.feedback import (
    Circle,
    break_even,
    dominant,
    elasticities,
    growth_rates,
    jacobian,
    loop_gains,
    return_gain,
    simple_loops,
)
from echelon.methods.feedback.course import follow

SEEDS = st.integers(0, 2**32 - 1)


def circle_of(gains, *, kept=0.5, ceiling=2.0, lags=1, shares=0.0):
    gains = np.asarray(gains, float)
    n = gains.shape[-1]
    return Circle(
        gains, np.broadcast_to(np.asarray(kept, float), (n,)).copy(),
        np.broadcast_to(np.asarray(ceiling, float), (n,)).copy(),
        np.broadcast_to(np.asarray(lags), (n, n)).astype(np.int64),
        np.zeros((n, n)) + shares,
    )  # fmt: skip


def drawn(seed, *, n=5, positive=False, levers=False):
    """A circle with random links, delays and levers."""
    generator = np.random.default_rng(seed)
    gains = generator.uniform(0.0 if positive else -1.0, 1.2, (n, n))
    gains *= generator.random((n, n)) < 0.5
    np.fill_diagonal(gains, 0)
    shares = generator.uniform(0, 0.15, (n, n)) * (generator.random((n, n)) < 0.4) * levers
    np.fill_diagonal(shares, 0)
    return Circle(
        gains, generator.uniform(0, 0.95, n), generator.uniform(1.2, 4, n),
        generator.integers(1, 4, (n, n)), shares,
    )  # fmt: skip


def ring(gains):
    """A single loop: each station follows the one before it."""
    n = len(gains)
    found = np.zeros((n, n))
    found[(np.arange(n) + 1) % n, np.arange(n)] = gains
    return found


# ----- hand-solved: two stations


def test_two_stations_by_hand():
    """G = [[0, .5], [.4, 0]], half kept: J = .5 I + .5 G, eigenvalues .5 +- .5 sqrt(.2)."""
    circle = circle_of([[0, 0.5], [0.4, 0]])
    np.testing.assert_allclose(jacobian(circle), [[0.5, 0.25], [0.2, 0.5]])
    value, _, _ = dominant(circle)
    assert value.real == pytest.approx(0.5 + 0.5 * np.sqrt(0.2), abs=1e-14)
    loops = simple_loops(circle.gains != 0)
    assert loops == [(0, 1)]
    assert loop_gains(circle.gains, loops) == pytest.approx([0.2])
    assert return_gain(circle.gains) == pytest.approx(0.2)
    # dv/dlnG = .5 sqrt(.2) / 2 for each of the two links.
    wanted = 0.25 * np.sqrt(0.2) / value.real
    np.testing.assert_allclose(elasticities(circle)[[0, 1], [1, 0]], [wanted, wanted], rtol=1e-12)
    # The second link has to be 1 / .5 for a gain of 1.
    found = break_even(lambda g: float(return_gain(np.array([[0, 0.5], [g, 0]]))), 0, 10)
    assert found == pytest.approx(2.0, abs=1e-10)


def test_loops_of_a_ring_with_a_short_cut():
    links = ring([1, 1, 1, 1, 1]) > 0
    links[3, 1] = True
    assert simple_loops(links) == [(0, 1, 2, 3, 4), (0, 1, 3, 4)]


# ----- identities


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=7))
def test_the_gain_of_a_ring_is_its_determinant(gains):
    found = ring(gains)
    loops = simple_loops(ring(np.ones(len(gains))) > 0)
    assert float(return_gain(found)) == pytest.approx(float(np.prod(gains)), abs=1e-9)
    assert loop_gains(found, loops)[0] == pytest.approx(float(np.prod(gains)), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(SEEDS, st.booleans())
def test_the_jacobian_is_that_of_finite_differences(seed, levers):
    circle = drawn(seed, levers=levers)
    at = np.random.default_rng(seed + 1).uniform(0.6, 1.5, 5)
    step, wide = 1e-6, np.zeros((5, 5 * circle.depth))
    past = np.repeat(at[None], circle.depth, axis=0)
    for place in range(5 * circle.depth):
        ends = []
        for side in (step, -step):
            moved = past.copy()
            moved.flat[place] += side
            ends.append(circle.kept * moved[0] + (1 - circle.kept) * circle.targets(moved))
        wide[:, place] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(jacobian(circle, at)[:5], wide, atol=2e-8)
    # At the trend the general form and the short one agree.
    np.testing.assert_allclose(jacobian(circle, np.ones(5)), jacobian(circle), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_elasticities_are_those_of_finite_differences(seed):
    circle = drawn(seed, positive=True)
    value, _, _ = dominant(circle)
    values = np.linalg.eigvals(jacobian(circle))
    near = np.sort(np.abs(values - value))[1] if len(values) > 1 else 1.0
    if near < 1e-3 or abs(value) < 0.05:
        return
    found = elasticities(circle)
    for end, begin in np.argwhere(circle.gains > 0):
        ends = []
        for factor in (1 + 1e-5, 1 - 1e-5):
            gains = circle.gains.copy()
            gains[end, begin] *= factor
            other = Circle(gains, circle.kept, circle.ceiling, circle.lags, circle.shares)
            ends.append(np.log(abs(dominant(other)[0])))
        assert found[end, begin] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=2e-4)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(0.05, 3).filter(lambda size: abs(size - 1) > 1e-3))
def test_the_trend_is_left_just_when_the_gain_passes_1(seed, size):
    """Whatever the delays and the shares kept, the gain at which a push stays is 1."""
    generator = np.random.default_rng(seed)
    gains = ring(generator.uniform(0.5, 2, 5))
    gains *= (size / float(return_gain(gains))) ** 0.2
    circle = Circle(
        gains, generator.uniform(0, 0.95, 5), np.full(5, 3.0),
        generator.integers(1, 4, (5, 5)), np.zeros((5, 5)),
    )  # fmt: skip
    assert (growth_rates(circle) > 1) == (size > 1)


# ----- break-even, seen in the course


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_break_even_is_where_the_course_turns(seed):
    """Just below it a push decays, just above it grows until saturation."""
    generator = np.random.default_rng(seed)
    gains = ring(generator.uniform(0.6, 1.4, 5))
    gains[2, 1] = 0.3
    kept, lags = generator.uniform(0.1, 0.6, 5), generator.integers(1, 3, (5, 5))
    others = float(np.prod([gains[(i + 1) % 5, i] for i in range(5) if i != 1]))

    def at(share):
        shares = np.zeros((5, 5))
        shares[2, 1] = share
        return Circle(gains, kept, np.full(5, 2.0), lags, shares)

    turn = break_even(lambda share: float(return_gain(at(share).effective)), 0, 0.99)
    if others <= 1.02:
        # One lever in step with its source cannot bring its link above 1.
        assert np.isnan(turn) or others > 1 - 1e-9
        return
    if turn == 0 or np.isnan(turn):
        return
    push = np.array([[1.001, 1, 1, 1, 1]])
    below = follow(at(turn * 0.97), push, years=3000)[0]
    above = follow(at(turn + 0.05 * (1 - turn)), push, years=3000)[0]
    assert np.abs(below[-1] - 1).max() < np.abs(below[20] - 1).max()
    assert np.abs(below[-1] - 1).max() < 1e-3
    assert (above[-1] > above[20]).all()
    assert (above <= 2.0).all()
    assert np.abs(above[-1] - above[-2]).max() < 1e-4


# ----- what a course may never do


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.booleans(), st.floats(-6, 6))
def test_stocks_stay_positive_and_bounded(seed, levers, size):
    circle = drawn(seed, levers=levers)
    circle = Circle(size * circle.gains, circle.kept, circle.ceiling, circle.lags, circle.shares)
    start = np.random.default_rng(seed).uniform(0.01, 1.1, (4, 5))
    course = follow(circle, start, years=200)
    assert np.isfinite(course).all()
    assert (course >= 0).all()
    assert course.max() <= max(circle.ceiling.max(), start.max()) + 1e-12


def test_the_trend_stays_the_trend():
    for seed in range(5):
        circle = drawn(seed, levers=True)
        np.testing.assert_allclose(follow(circle, np.ones((1, 5)), years=50), 1, atol=1e-12)


def test_the_course_is_that_of_the_plain_formula():
    circle = drawn(3, levers=True)
    start = np.array([[1.3, 0.8, 1.0, 1.1, 0.9]])
    course = follow(circle, start, years=30)
    past = np.ones((circle.depth, 5))
    past[0] = start[0]
    for year in range(1, 31):
        new = circle.kept * past[0] + (1 - circle.kept) * circle.targets(past)
        past = np.concatenate([new[None], past[:-1]])
        np.testing.assert_allclose(course[0, year], new, rtol=1e-13)


def test_courses_do_not_depend_on_the_number_of_threads():
    generator = np.random.default_rng(0)
    circle = drawn(1)
    gains = circle.gains * generator.uniform(0.5, 1.5, (500, 1, 1))
    start = generator.uniform(0.5, 1.5, (500, 5))

    def part(rows):
        some = Circle(gains[rows], circle.kept, circle.ceiling, circle.lags, circle.shares)
        return follow(some, start[rows], years=40)

    whole = part(slice(None))
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(part, [slice(n, n + 125) for n in range(0, 500, 125)]))
    assert np.array_equal(whole, np.concatenate(parts))


# ----- refusals


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kept": 1.0}, "A share kept is out of range. Give one from 0 to below 1."),
        ({"ceiling": 1.0}, "A ceiling is out of range. Give one above 1."),
        ({"lags": 0}, "A lag is out of range. Give one of 1 year or more."),
        ({"shares": -0.1}, "A share of a lever is out of range. Give one of 0 or more."),
        (
            {"shares": 0.6},
            "The levers of a station bring all that comes in, or more. Give shares below 1 together.",
        ),
        (
            {"gains": [[0, np.nan], [1, 0]]},
            "A gain is not a number. Give every gain, 0 for no link.",
        ),
    ],
)
def test_impossible_circles_are_refused(change, said):
    with pytest.raises(InvalidArgument) as error:
        circle_of(**{"gains": [[0, 1.0], [1.0, 0]], **change})
    assert str(error.value) == said


def test_a_course_from_nothing_is_refused():
    with pytest.raises(InvalidArgument, match="stocks above 0 at its start"):
        follow(circle_of([[0, 1.0], [1.0, 0]]), np.array([[0.0, 1.0]]), years=3)
