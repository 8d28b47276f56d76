"""What must always hold when a table is made to fit margins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from strategies import figures

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.rake import rake, rake_cube

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


# ----- three dimensions


def cube_margins(table, groups):
    return {
        "front": table.sum(axis=2),
        "side": table.sum(axis=0),
        "top": table.sum(axis=1) @ groups,
    }


@given(
    arrays_of.arrays(float, (3, 4, 3), elements=st.floats(0.1, 100)),
    arrays_of.arrays(float, (3, 4, 3), elements=st.floats(0.1, 100)),
)
def test_a_cube_meets_the_margins_of_another(seed, other):
    groups = np.array([[1.0, 0], [0, 1], [0, 1]])
    wanted = cube_margins(other, groups)
    found = rake_cube(seed, **wanted, groups=groups)
    for name, margin in cube_margins(found, groups).items():
        assert margin == pytest.approx(wanted[name], rel=1e-6, abs=1e-6), name


def test_a_cube_that_fits_already_does_not_move():
    table = np.random.default_rng(0).uniform(1, 9, (2, 3, 2))
    groups = np.eye(2)
    assert rake_cube(table, **cube_margins(table, groups), groups=groups) == pytest.approx(table)


def test_a_cube_without_an_association_of_three_gets_none():
    """From the product of two margins, the odds ratio of rows and levels is that of no column."""
    generator = np.random.default_rng(2)
    jobs, share = generator.uniform(10, 90, (2, 2)), np.array([[0.3, 0.7], [0.8, 0.2]])
    seed = jobs[:, :, None] * share[None]
    top = seed.sum(axis=1)
    top = top + np.array([[2.0, -2.0], [-2.0, 2.0]])
    found = rake_cube(seed, front=jobs, side=seed.sum(axis=0), top=top, groups=np.eye(2))
    odds = found[0, :, 0] * found[1, :, 1] / (found[0, :, 1] * found[1, :, 0])
    assert odds[0] == pytest.approx(odds[1], rel=1e-6)


def test_a_cube_of_one_level_is_the_table_itself():
    front = np.array([[1.0, 2], [3, 4]])
    found = rake_cube(
        np.ones((2, 2, 1)), front=front, side=front.sum(axis=0)[:, None],
        top=front.sum(axis=1)[:, None], groups=np.ones((1, 1)),
    )  # fmt: skip
    assert found[..., 0] == pytest.approx(front)


def test_margins_of_a_cube_that_contradict_each_other_are_refused():
    ones = np.ones((2, 2))
    with pytest.raises(InvalidArgument, match="The margins of a table to rake contradict"):
        rake_cube(np.ones((2, 2, 2)), front=2 * ones, side=ones, top=2 * ones, groups=np.eye(2))
    with pytest.raises(InvalidArgument, match="The side of a table to rake holds unknown"):
        rake_cube(np.ones((2, 2, 2)), front=ones, side=-ones, top=ones, groups=np.eye(2))


def test_a_cube_whose_zeros_forbid_the_margins_is_refused():
    seed = np.ones((2, 2, 2))
    seed[:, :, 0] = 0
    ones = np.ones((2, 2))
    with pytest.raises(InsufficientData, match="The table cannot be raked: a margin stays wrong"):
        rake_cube(
            seed, front=2 * ones, side=2 * ones, top=2 * ones, groups=np.eye(2), iterations=50
        )
