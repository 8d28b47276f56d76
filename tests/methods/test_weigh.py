"""What must always hold for weights, whoever gives them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import matrices, weights_for

from echelon.errors import InsufficientData, InvalidArgument, UnknownName
from echelon.methods.weigh import WEIGHTINGS, critic, entropy, equal, noisy, principal_components


@pytest.mark.parametrize("name", ["equal", "entropy", "critic", "principal_components"])
@given(values=matrices(low=0, rows=(5, 12)))
def test_weights_are_not_negative_and_sum_to_1(name, values):
    weights = WEIGHTINGS[name](values)
    assert weights.shape == values.shape[1:]
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", ["entropy", "critic"])
@given(
    values=matrices(low=1, high=51, rows=(5, 9), columns=(2, 4), steps=50),
    factor=st.floats(0.01, 100),
)
def test_weights_are_free_of_units(name, values, factor):
    np.testing.assert_allclose(
        WEIGHTINGS[name](factor * values), WEIGHTINGS[name](values), atol=1e-9
    )


@pytest.mark.parametrize("name", ["entropy", "critic"])
@given(values=matrices(low=1, high=51, rows=(5, 9), columns=(2, 4), steps=50), order=st.randoms())
def test_weights_do_not_depend_on_the_order_of_regions(name, values, order):
    rows = list(range(len(values)))
    order.shuffle(rows)
    np.testing.assert_allclose(WEIGHTINGS[name](values[rows]), WEIGHTINGS[name](values), atol=1e-9)


@given(matrices(low=1, high=51, steps=50), st.floats(0.1, 1000))
def test_entropy_gives_no_weight_to_an_indicator_that_is_the_same_everywhere(values, constant):
    weights = entropy(np.column_stack([values, np.full(len(values), constant)]))
    assert weights[-1] == pytest.approx(0, abs=1e-9)
    assert weights[:-1].sum() == pytest.approx(1, abs=1e-9)


def test_entropy_by_hand():
    # Shares of two regions: 1/4 and 3/4, one half each, 9/10 and 1/10.
    first = 1 + (0.25 * np.log(0.25) + 0.75 * np.log(0.75)) / np.log(2)
    third = 1 + (0.1 * np.log(0.1) + 0.9 * np.log(0.9)) / np.log(2)
    found = entropy(np.array([[1.0, 2.0, 9.0], [3.0, 2.0, 1.0]]))
    total = first + third
    np.testing.assert_allclose(found, [first / total, 0, third / total], atol=1e-12)


def test_entropy_counts_0_as_a_share_of_nothing():
    # All of the second indicator lies in one region: its entropy is 0, its diversity 1.
    found = entropy(np.array([[1.0, 4.0], [1.0, 0.0]]))
    np.testing.assert_allclose(found, [0, 1], atol=1e-12)


@given(matrices(low=0, rows=(5, 9), columns=(2, 3)))
def test_rows_with_an_unknown_figure_do_not_enter(values):
    gap = np.full((1, values.shape[1]), 7.0)
    gap[0, 0] = np.nan
    for weigh in (entropy, critic, principal_components):
        np.testing.assert_array_equal(weigh(np.vstack([values, gap])), weigh(values))


@given(matrices(low=1, rows=(4, 9), columns=(2, 3)))
def test_years_and_regions_are_pooled(values):
    assume(len(values) % 2 == 0)
    panel = values.reshape(2, -1, values.shape[1])
    for weigh in (entropy, critic, principal_components):
        np.testing.assert_array_equal(weigh(panel), weigh(values))


def test_critic_gives_less_to_an_indicator_that_tells_what_another_does():
    generator = np.random.default_rng(1)
    own, shared = generator.uniform(size=30), generator.uniform(size=30)
    weights = critic(np.column_stack([own, shared, shared]))
    assert weights[0] > 1.5 * weights[1]
    assert weights[1] == pytest.approx(weights[2], abs=1e-12)


def test_principal_components_by_hand():
    # Two pairs of twins, the pairs uncorrelated: two equal components, equal shares.
    first, second = np.array([1.0, 1, -1, -1]), np.array([1.0, -1, 1, -1])
    weights = principal_components(np.column_stack([first, first, second, second]))
    np.testing.assert_allclose(weights, 0.25, atol=1e-9)


def test_one_indicator_has_all_the_weight():
    values = np.array([[1.0], [2.0], [5.0]])
    for name in WEIGHTINGS:
        np.testing.assert_array_equal(WEIGHTINGS[name](values), [1.0])


@given(weights_for(4), st.floats(0, 0.99), st.integers(0, 10**6))
def test_noisy_weights_sum_to_1_and_stay_near(weights, spread, seed):
    drawn = noisy(weights, draws=20, spread=spread, generator=np.random.default_rng(seed))
    again = noisy(weights, draws=20, spread=spread, generator=np.random.default_rng(seed))
    np.testing.assert_array_equal(drawn, again)
    assert drawn.shape == (20, 4)
    np.testing.assert_allclose(drawn.sum(axis=1), 1, atol=1e-12)
    share = weights / weights.sum()
    widest = (1 + spread) / (1 - spread)
    assert (drawn <= share * widest * (1 + 1e-9)).all()
    assert (drawn >= share / widest * (1 - 1e-9)).all()


def test_without_spread_noisy_weights_are_the_weights():
    drawn = noisy(np.array([1.0, 3.0]), draws=2, spread=0.0, generator=np.random.default_rng(0))
    np.testing.assert_array_equal(drawn, [[0.25, 0.75], [0.25, 0.75]])


def test_equal_weights():
    np.testing.assert_array_equal(equal(np.ones((2, 3, 4))), [0.25] * 4)


@pytest.mark.parametrize("weigh", [entropy, critic, principal_components])
def test_one_whole_row_is_too_little(weigh):
    values = np.array([[1.0, np.nan], [2.0, 3.0], [np.nan, 4.0]])
    with pytest.raises(InsufficientData, match=r"Fewer than two rows have every indicator"):
        weigh(values)


def test_entropy_refuses_negative_figures():
    with pytest.raises(InvalidArgument, match=r"not negative. Normalise them to 0-1 first"):
        entropy(np.array([[1.0, -2.0], [2.0, 3.0]]))


def test_entropy_refuses_an_indicator_of_zeros():
    with pytest.raises(InsufficientData, match=r"zero everywhere. Leave it out"):
        entropy(np.array([[1.0, 0.0], [2.0, 0.0]]))


@pytest.mark.parametrize(
    "weigh",
    [
        critic,
        principal_components,
    ],
)
@pytest.mark.parametrize("constant", [5.0, 0.1])
def test_an_indicator_that_is_the_same_everywhere_is_refused(weigh, constant):
    values = np.column_stack([[1.0, 2.0, 4.0], np.full(3, constant)])
    with pytest.raises(InsufficientData, match=r"the same value everywhere. Leave it out"):
        weigh(values)


def test_an_unknown_weighting_gets_a_suggestion():
    with pytest.raises(UnknownName, match=r"named 'entropie'. Did you mean 'entropy'"):
        WEIGHTINGS["entropie"]
