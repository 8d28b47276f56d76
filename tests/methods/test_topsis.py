"""What must always hold for closeness to the ideal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import matrices, weights_for

from echelon.errors import InsufficientData
from echelon.methods.topsis import topsis

NORMS = ["vector", "minmax"]
VALUES = matrices(low=0.0, high=100.0, columns=(3, 3), steps=100)


@pytest.mark.parametrize("norm", NORMS)
@given(values=VALUES, weights=weights_for(3))
def test_closeness_lies_in_0_to_1(norm, values, weights):
    found = topsis(values, weights, norm=norm)
    assert found.shape == (len(values),)
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("norm", NORMS)
@given(values=VALUES, weights=weights_for(3))
def test_the_best_in_everything_has_1_and_the_worst_0(norm, values, weights):
    values = np.vstack([values, values.max(axis=0), values.min(axis=0)])
    found = topsis(values, weights, norm=norm)
    assert found[-2] == 1
    assert found[-1] == 0


@pytest.mark.parametrize("norm", NORMS)
@given(values=VALUES, weights=weights_for(3))
def test_where_less_is_better_the_ends_change_places(norm, values, weights):
    np.testing.assert_allclose(
        topsis(values, weights, norm=norm, direction=-1),
        1 - topsis(values, weights, norm=norm),
        atol=1e-12,
    )


@pytest.mark.parametrize("norm", NORMS)
@given(values=VALUES, weights=weights_for(3), factor=st.floats(0.01, 100))
def test_closeness_is_free_of_units(norm, values, weights, factor):
    found = topsis(values, weights, norm=norm)
    np.testing.assert_allclose(topsis(factor * values, weights, norm=norm), found, atol=1e-9)
    np.testing.assert_allclose(topsis(values, factor * weights, norm=norm), found, atol=1e-9)


def test_closeness_by_hand():
    # Min-max by item: (0, 1), (1, 0), (0.5, 0.5); equal weights put all three halfway.
    values = np.array([[0.0, 10.0], [4.0, 0.0], [2.0, 5.0]])
    np.testing.assert_allclose(topsis(values, [1, 1], norm="minmax"), 0.5, atol=1e-15)
    # With weights 3 and 1 the first is at distance 3 from the best and 1 from the worst.
    found = topsis(values, [3, 1], norm="minmax")
    np.testing.assert_allclose(found, [0.25, 0.75, 0.5], atol=1e-15)


def test_an_item_that_is_zero_everywhere_does_not_count():
    values = np.array([[1.0, 0.0], [2.0, 0.0], [4.0, 0.0]])
    for norm in NORMS:
        np.testing.assert_allclose(
            topsis(values, [1, 1], norm=norm), topsis(values[:, :1], [1], norm=norm), atol=1e-15
        )


@pytest.mark.parametrize("norm", NORMS)
def test_units_that_are_all_equal_are_refused(norm):
    with pytest.raises(InsufficientData) as caught:
        topsis(np.full((3, 2), 7.0), [1, 1], norm=norm)
    assert str(caught.value) == "All units are equal in every item. Give items that differ."


def test_an_unknown_figure_is_refused():
    with pytest.raises(InsufficientData, match="A figure is unknown"):
        topsis(np.array([[1.0, np.nan], [2.0, 3.0]]), [0.5, 0.5])
