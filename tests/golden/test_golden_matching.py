"""School choice as printed by Abdulkadiroglu and Sonmez (2003)."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echelon.methods.matching import (
    blocking_pairs,
    exchange,
    given_preferences,
    immediate,
    measure,
    stable,
)

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def published(golden):
    path = golden / "matching" / "abdulkadiroglu_sonmez_2003.json"
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schools(published):
    wishes = np.array(published["student_prefs"]) - 1
    orders = published["school_priorities"]
    priority = np.zeros(wishes.shape, dtype=int)
    for school, order in enumerate(orders):
        for place, student in enumerate(order):
            priority[student - 1, school] = len(order) - place
    students, listed = wishes.shape
    return given_preferences(
        np.arange(students + 1) * listed,
        wishes.ravel(),
        capacity=np.array(published["capacities"]),
        priority=np.take_along_axis(priority, wishes, axis=1).ravel(),
    )


@pytest.mark.parametrize(
    ("rule", "name", "short"),
    [
        (stable, "DA_student_optimal", "DA"),
        (immediate, "Boston", "Boston"),
        (exchange, "TTC", "TTC"),
    ],
)
def test_the_published_placements(published, schools, rule, name, short):
    placed = rule(schools)
    assert (placed.post + 1).tolist() == list(published[name].values())
    found = measure(schools, placed.post)
    assert found.rank_counts.tolist() == list(published["rank_dist"][short].values())
    student, school = blocking_pairs(schools, placed.post)
    pairs = np.stack([student + 1, school + 1], axis=1).tolist()
    assert pairs == published["blocking_pairs"][short]
    assert found.blocking_pairs == len(pairs)
