"""Skill distance and one place per person: hand results, exactness, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from echelon.errors import InvalidArgument
from echelon.methods.screen import place_people, skill_distance

LEVELS = arrays(float, (4, 3), elements=st.floats(0, 7))


def placed(supply, capacity, reachable, gain):
    found = place_people(
        np.array([supply], float), np.array([capacity], float), np.array([reachable], bool),
        gain=np.array([gain], float),
    )  # fmt: skip
    return found.people[0], float(found.gain[0])


def test_only_the_missing_levels_count_weighted_by_the_work_moved_to():
    level = np.array([[5.0, 4.0], [6.0, 2.0]])
    importance = np.array([[4.0, 4.0], [5.0, 2.0]])
    found = skill_distance(level, importance)
    assert found[0, 1] == pytest.approx(np.sqrt(5 * 1 / 7))
    assert found[1, 0] == pytest.approx(np.sqrt(4 * 4 / 8))
    assert skill_distance(level, importance, weights="equal")[0, 1] == pytest.approx(np.sqrt(1 / 2))
    assert skill_distance(level, importance, weights="level")[0, 1] == pytest.approx(np.sqrt(6 / 8))


@given(LEVELS)
def test_over_qualification_does_not_hurt(level):
    importance = np.ones_like(level)
    found = skill_distance(level, importance)
    assert np.diag(found) == pytest.approx(np.zeros(4))
    better = skill_distance(np.vstack([level, level[0] + 1]), np.ones((5, 3)))
    assert (better[4, :4] <= found[0] + 1e-12).all()
    assert better[4, 0] == 0


def test_a_skill_unknown_in_one_of_two_occupations_is_left_out():
    level = np.array([[1.0, np.nan], [3.0, 7.0], [np.nan, np.nan]])
    found = skill_distance(level, np.ones_like(level))
    assert found[0, 1] == 2.0
    assert np.isnan(found[2, :2]).all()
    with pytest.raises(InvalidArgument, match="Levels have the shape"):
        skill_distance(level, np.ones((2, 2)))


def test_each_person_has_one_place_and_no_place_two_people():
    people, gain = placed([10, 5], [8, 4], [[1, 1], [1, 0]], [[1, 2], [1, 0]])
    assert people.sum() == pytest.approx(12)
    assert (people.sum(axis=1) <= np.array([10, 5]) + 1e-6).all()
    assert people.sum(axis=0) == pytest.approx([8, 4])
    assert gain == pytest.approx(8 * 1 + 4 * 2)


def test_one_more_person_outweighs_any_gain():
    """The best-paid match alone would leave the second person without a place."""
    people, gain = placed([1, 1], [1, 1], [[1, 1], [1, 0]], [[1000, 1], [1, 0]])
    assert people.sum() == pytest.approx(2)
    assert gain == pytest.approx(2)


def test_regions_do_not_share_places():
    supply, capacity = np.array([[5.0], [1.0]]), np.array([[1.0], [9.0]])
    reachable = np.ones((2, 1, 1), dtype=bool)
    found = place_people(supply, capacity, reachable, gain=np.ones((2, 1, 1)))
    assert found.people.ravel() == pytest.approx([1, 1])


@settings(max_examples=40, deadline=None)
@given(arrays(int, (4, 5), elements=st.integers(1, 50)), arrays(bool, (4, 5)))
def test_the_optimum_is_that_of_the_assignment_of_single_persons(gain, reachable):
    people, found = placed(np.ones(4), np.ones(5), reachable, gain)
    worth = np.where(reachable, 1000 + gain, 0)
    rows, columns = linear_sum_assignment(-worth)
    best = reachable[rows, columns]
    assert people.sum() == pytest.approx(best.sum(), abs=1e-6)
    assert found == pytest.approx(gain[rows, columns][best].sum(), abs=1e-4)
    assert (people[~reachable] == 0).all()


def test_nobody_within_reach_is_nobody_placed():
    people, gain = placed([5], [5], [[0]], [[np.nan]])
    assert (people.sum(), gain) == (0, 0)


def test_unknown_figures_are_refused():
    with pytest.raises(InvalidArgument, match="The supply of a placement holds unknown or neg"):
        placed([-1], [1], [[1]], [[1]])
    with pytest.raises(InvalidArgument, match="The capacity of a placement holds unknown"):
        placed([1], [np.nan], [[1]], [[1]])
    with pytest.raises(InvalidArgument, match="A gain of a placement is unknown or negative"):
        placed([1], [1], [[1]], [[-1]])
