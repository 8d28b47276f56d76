"""The gravity model: what must always hold, and what a user can do wrong."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.gravity import doubly_constrained


@pytest.fixture(scope="module")
def world():
    """Places with known effects, and moves that follow them without error."""
    generator = np.random.default_rng(3)
    place = generator.uniform(0, 1000, (9, 2))
    distance = np.sqrt(((place[:, None] - place) ** 2).sum(axis=2))
    origin, destination = generator.normal(8, 1, 9), generator.normal(0, 1, 9)
    with np.errstate(divide="ignore"):
        flow = np.exp(origin[:, None] + destination - 1.3 * np.log(distance) + 3)
    return np.where(np.eye(9, dtype=bool), 0.0, flow), distance, origin, destination


def test_known_effects_are_found_again(world):
    flow, distance, origin, destination = world
    found = doubly_constrained(flow, distance, resistance="power")
    assert found.decay == pytest.approx(-1.3, abs=1e-7)
    np.testing.assert_allclose(found.origin, origin - origin[0], atol=1e-6)
    np.testing.assert_allclose(found.destination, destination - destination[0], atol=1e-6)
    difference = destination - origin
    np.testing.assert_allclose(found.pull, difference - difference.mean(), atol=1e-6)
    assert found.ssi == pytest.approx(1.0)
    assert found.srmse == pytest.approx(0.0, abs=1e-6)


def test_expected_moves_meet_both_margins(world):
    flow, distance, *_ = world
    noisy = np.random.default_rng(0).poisson(flow).astype(float)
    expected = np.nan_to_num(doubly_constrained(noisy, distance).expected)
    np.testing.assert_allclose(expected.sum(axis=1), noisy.sum(axis=1), rtol=1e-8)
    np.testing.assert_allclose(expected.sum(axis=0), noisy.sum(axis=0), rtol=1e-8)


def test_the_unit_of_distance_does_not_matter(world):
    flow, distance, *_ = world
    kilometres = doubly_constrained(flow, distance)
    metres = doubly_constrained(flow, 1000 * distance)
    assert metres.decay == pytest.approx(kilometres.decay / 1000)
    np.testing.assert_allclose(metres.expected, kilometres.expected, rtol=1e-6)


def test_a_place_that_nobody_leaves_has_no_effect_and_spoils_nothing(world):
    flow, distance, *_ = world
    cut = flow.copy()
    cut[4] = 0.0
    found = doubly_constrained(cut, distance, resistance="power")
    assert np.isnan(found.origin[4])
    assert np.isnan(found.pull[4])
    assert np.isnan(found.expected[4]).all()
    assert found.decay == pytest.approx(-1.3, abs=1e-7)
    assert np.isfinite(np.delete(found.pull, 4)).all()


def test_too_few_pairs_are_said():
    flow = np.array([[0.0, 3, 4], [5, 0, 6], [7, 8, 0]])
    distance = np.array([[0.0, 1, 2], [1, 0, 3], [2, 3, 0]])
    with pytest.raises(InsufficientData, match=r"6 pairs .* too few .* 6 parameters"):
        doubly_constrained(flow, distance)


def test_negative_moves_are_said(world):
    flow, distance, *_ = world
    wrong = flow.copy()
    wrong[2, 5] = -4
    with pytest.raises(InvalidArgument, match=r"from place 2 to place 5 are -4, below 0"):
        doubly_constrained(wrong, distance)


def test_equal_distances_are_said(world):
    flow, distance, *_ = world
    with pytest.raises(InsufficientData, match="All distances are the same"):
        doubly_constrained(flow, np.ones_like(distance))


def test_a_distance_of_zero_has_no_logarithm(world):
    flow, distance, *_ = world
    touching = distance.copy()
    touching[0, 1] = 0.0
    with pytest.raises(InvalidArgument, match="no logarithm"):
        doubly_constrained(flow, touching, resistance="power")
