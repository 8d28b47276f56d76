"""What must always hold when a table is made to fit margins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from strategies import figures

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.rake import rake

TABLES = arrays_of.arrays(float, (4, 3), elements=figures(0.1, 100.0))


@given(TABLES, TABLES)
def test_a_raked_table_reaches_its_margins(seed, other):
    rows, columns = other.sum(axis=1), other.sum(axis=0)
    table = rake(seed, rows, columns)
    total = other.sum()
    assert (table > 0).all()
    np.testing.assert_allclose(table.sum(axis=1), rows, atol=1e-9 * total)
    np.testing.assert_allclose(table.sum(axis=0), columns, atol=1e-9 * total)


@given(TABLES, TABLES)
def test_raking_keeps_the_odds_of_the_pattern(seed, other):
    """Biproportional fitting changes no cross-ratio of four cells."""
    table = rake(seed, other.sum(axis=1), other.sum(axis=0))
    for matrix in (table, seed):
        assert (matrix > 0).all()
    odds = [m[:-1, :-1] * m[1:, 1:] / (m[:-1, 1:] * m[1:, :-1]) for m in (table, seed)]
    np.testing.assert_allclose(odds[0], odds[1], rtol=1e-8)


@given(TABLES, arrays_of.arrays(bool, (4, 3)), TABLES)
def test_zeros_stay_zero(seed, empty, other):
    empty[:, 0] = False
    empty[0, :] = False
    pattern = np.where(empty, 0.0, seed)
    target = np.where(empty, 0.0, other)
    table = rake(pattern, target.sum(axis=1), target.sum(axis=0), iterations=20_000)
    assert (table[empty] == 0).all()
    np.testing.assert_allclose(table.sum(axis=1), target.sum(axis=1), atol=1e-9 * target.sum())


@given(TABLES, st.floats(0.01, 100))
def test_a_table_that_fits_is_left_alone_whatever_its_scale(seed, factor):
    table = rake(factor * seed, seed.sum(axis=1), seed.sum(axis=0))
    np.testing.assert_allclose(table, seed, rtol=1e-7)


def test_raking_by_hand():
    # An even pattern gives the product of the margins over the total.
    table = rake(np.ones((2, 2)), np.array([30.0, 70.0]), np.array([40.0, 60.0]))
    np.testing.assert_allclose(table, [[12, 18], [28, 42]], atol=1e-9)


def test_a_row_that_wants_nothing_becomes_nothing():
    table = rake(np.ones((2, 2)), np.array([0.0, 4.0]), np.array([1.0, 3.0]))
    np.testing.assert_allclose(table, [[0, 0], [1, 3]], atol=1e-9)


def test_the_pattern_that_was_given_is_left_as_it_is():
    seed = np.array([[1, 2], [3, 4]])
    rake(seed, np.array([5.0, 5.0]), np.array([5.0, 5.0]))
    np.testing.assert_array_equal(seed, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "name"),
    [
        ([[1.0, -1.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 1.0], "seed"),
        ([[1.0, 1.0], [1.0, 1.0]], [1.0, np.nan], [1.0, 1.0], "rows"),
        ([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0], [-1.0, 3.0], "columns"),
    ],
)
def test_unknown_and_negative_figures_are_refused(seed, rows, columns, name):
    with pytest.raises(InvalidArgument, match=f"The {name} of a table to rake hold unknown or neg"):
        rake(np.array(seed), np.array(rows), np.array(columns))


def test_margins_of_different_totals_are_refused():
    with pytest.raises(InvalidArgument) as caught:
        rake(np.ones((2, 2)), np.array([1000.0, 500.0]), np.array([1.0, 1.0]))
    assert str(caught.value) == (
        "The row sums add up to 1,500, the column sums to 2. "
        "Scale one of them so that both have the same total."
    )


def test_zeros_that_make_the_margins_impossible_are_named():
    seed = np.array([[1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(
        InsufficientData, match=r"The table cannot be raked: row 0 stays at .* Check"
    ):
        rake(seed, np.array([3.0, 1.0]), np.array([2.0, 2.0]))
