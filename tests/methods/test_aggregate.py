"""What must always hold when scores are brought together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from strategies import figures, weights_for

from echelon.errors import InvalidArgument, UnknownName
from echelon.methods.aggregate import (
    AGGREGATIONS,
    arithmetic,
    copeland,
    geometric,
    harmonic,
    power,
)

POSITIVE = arrays_of.arrays(float, (5, 3), elements=figures(0.01, 100.0))
MEANS = [arithmetic, geometric, harmonic]


@given(POSITIVE, weights_for(3))
def test_harmonic_is_at_most_geometric_is_at_most_arithmetic(values, weights):
    low, middle, high = (mean(values, weights) for mean in (harmonic, geometric, arithmetic))
    assert (low <= middle * (1 + 1e-12)).all()
    assert (middle <= high * (1 + 1e-12)).all()


@pytest.mark.parametrize("mean", MEANS)
@given(values=POSITIVE, weights=weights_for(3), factor=st.floats(0.01, 100))
def test_a_mean_lies_between_its_scores_and_has_their_unit(mean, values, weights, factor):
    found = mean(values, weights)
    assert (found >= values.min(axis=-1) * (1 - 1e-12)).all()
    assert (found <= values.max(axis=-1) * (1 + 1e-12)).all()
    np.testing.assert_allclose(mean(factor * values, weights), factor * found, rtol=1e-9)
    np.testing.assert_allclose(mean(values, factor * weights), found, rtol=1e-9)


@pytest.mark.parametrize("mean", MEANS)
@given(values=POSITIVE, weights=weights_for(3), more=figures(0.0, 50.0))
def test_a_higher_score_never_lowers_a_mean(mean, values, weights, more):
    higher = values.copy()
    higher[:, 1] += more
    assert (mean(higher, weights) >= mean(values, weights) * (1 - 1e-12)).all()


@pytest.mark.parametrize("mean", MEANS)
@given(values=POSITIVE, weights=weights_for(3))
def test_the_others_take_the_weight_of_an_unknown_score(mean, values, weights):
    gap = values.copy()
    gap[:, 0] = np.nan
    np.testing.assert_allclose(mean(gap, weights), mean(values[:, 1:], weights[1:]), rtol=1e-12)


@pytest.mark.parametrize("mean", MEANS)
def test_a_mean_of_nothing_is_unknown(mean):
    values = np.array([[np.nan, np.nan], [2.0, np.nan]])
    np.testing.assert_array_equal(mean(values, [1, 3]), [np.nan, 2])


@pytest.mark.parametrize(
    "mean",
    [
        arithmetic,
        geometric,
        harmonic,
    ],
)
def test_a_mean_whose_known_scores_weigh_nothing_is_unknown(mean):
    found = mean(np.array([[5.0, np.nan], [5.0, 7.0]]), [0.0, 1.0])
    np.testing.assert_allclose(found, [np.nan, 7], rtol=1e-12)


def test_means_by_hand():
    values = np.array([2.0, 8.0])
    assert arithmetic(values, [1, 1]) == 5
    assert geometric(values, [1, 1]) == pytest.approx(4, abs=1e-12)
    assert harmonic(values, [1, 1]) == pytest.approx(3.2, abs=1e-12)
    assert arithmetic(values, [3, 1]) == 3.5


@given(POSITIVE, weights_for(3))
def test_the_power_mean_holds_the_others(values, weights):
    for exponent, mean in ((1, arithmetic), (0, geometric), (-1, harmonic)):
        found = power(values, weights, exponent=exponent)
        np.testing.assert_allclose(found, mean(values, weights), rtol=1e-9)
    assert (power(values, weights, exponent=2) >= arithmetic(values, weights) * (1 - 1e-9)).all()


def test_each_draw_has_its_own_weights():
    values = np.array([[10.0, 20.0], [30.0, 50.0]])
    weights = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    np.testing.assert_array_equal(arithmetic(values[None], weights), [[10, 30], [20, 50]])


@pytest.mark.parametrize(("mean", "name"), [(geometric, "geometric"), (harmonic, "harmonic")])
@pytest.mark.parametrize("score", [0.0, -2.5])
def test_some_means_need_scores_above_0(mean, name, score):
    with pytest.raises(InvalidArgument) as caught:
        mean(np.array([3.0, score, np.nan]), [1, 1, 1])
    assert str(caught.value) == (
        f"The {name} mean needs scores above 0; one is {score:.6g}. "
        "Scale the scores to 1-100 instead of 0-100, or use the arithmetic mean."
    )


def test_a_power_below_0_needs_scores_above_0():
    with pytest.raises(InvalidArgument, match=r"The power mean needs scores above 0"):
        power(np.array([0.0, 1.0]), [1, 1], exponent=-2)


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("weights", [[1, -1], [np.nan, 1]])
def test_weights_are_known_and_not_negative(mean, weights):
    with pytest.raises(InvalidArgument, match=r"negative or unknown. Give weights of 0 or more\."):
        mean(np.array([1.0, 2.0]), weights)


def test_an_unknown_mean_gets_a_suggestion():
    with pytest.raises(UnknownName, match=r"no aggregation named 'geometrical'. Did you mean 'geo"):
        AGGREGATIONS["geometrical"]


@given(arrays_of.arrays(float, (6, 3), elements=figures(0.0, 5.0, steps=5)), weights_for(3))
def test_copeland_scores_sum_to_0_and_do_not_depend_on_units(values, weights):
    scores = copeland(values, weights)
    assert scores.sum() == 0
    assert (np.abs(scores) <= 5).all()
    np.testing.assert_array_equal(copeland(values**3, weights), scores)


def test_copeland_by_hand():
    # The first outranks both others with 2 of 3 items, the second the third with 2 of 3.
    values = np.array([[3.0, 3, 1], [2, 2, 3], [1, 1, 2]])
    np.testing.assert_array_equal(copeland(values, [1, 1, 1]), [2, 0, -2])
    # With all the weight on the last item the order turns.
    np.testing.assert_array_equal(copeland(values, [0, 0, 1]), [-2, 2, 0])


def test_copeland_compares_units_on_the_items_that_both_have():
    unknown = copeland(np.array([[np.nan, np.nan], [1.0, 2.0]]), [0.5, 0.5])
    assert unknown.tolist() == [0.0, 0.0]
    half = copeland(np.array([[5.0, np.nan], [1.0, 9.0]]), [0.5, 0.5])
    assert half.tolist() == [1.0, -1.0]
