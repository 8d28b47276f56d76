"""Complexity, relatedness and outlook: against another program, and what must always hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echelon.errors import InvalidArgument
from echelon.methods.complexity import (
    complexity,
    density,
    fitness,
    outlook_gain,
    outlook_index,
    proximity,
    reflections,
)
from echelon.methods.quotient import location_quotient, present

TABLES = arrays(
    float, st.tuples(st.integers(3, 8), st.integers(3, 8)), elements=st.sampled_from([0.0, 1.0])
)


@pytest.fixture(scope="module")
def case():
    generator = np.random.default_rng(5)
    amounts = generator.lognormal(0, 1.5, (24, 17))
    return amounts, present(location_quotient(amounts))


def oracle(amounts):
    """Another program's figures of the same table, as arrays of regions by activities."""
    ecomplexity = pytest.importorskip("ecomplexity")
    m, n = amounts.shape
    rows = pd.DataFrame(
        {
            "time": 2020,
            "loc": np.repeat([f"r{i:02d}" for i in range(m)], n),
            "prod": np.tile([f"p{j:02d}" for j in range(n)], m),
            "val": amounts.ravel(),
        }
    )
    names = {"time": "time", "loc": "loc", "prod": "prod", "val": "val"}
    found = ecomplexity.ecomplexity(rows, names).sort_values(["loc", "prod"])
    return {name: found[name].to_numpy(float).reshape(m, n) for name in
            ("rca", "mcp", "eci", "pci", "density", "coi", "cog")}  # fmt: skip


def scaled(figures):
    return (figures - figures.mean()) / figures.std(ddof=1)


@pytest.mark.filterwarnings("ignore")
def test_the_figures_are_those_of_another_program(case):
    amounts, matrix = case
    theirs = oracle(amounts)
    np.testing.assert_allclose(location_quotient(amounts), theirs["rca"], rtol=1e-10)
    np.testing.assert_array_equal(matrix, theirs["mcp"])
    found = complexity(matrix)
    np.testing.assert_allclose(found.regions, scaled(theirs["eci"][:, 0]), atol=1e-8)
    np.testing.assert_allclose(found.activities, scaled(theirs["pci"][0]), atol=1e-8)
    near = proximity(matrix)
    np.testing.assert_allclose(density(matrix, near), theirs["density"], atol=1e-10)
    # Theirs takes the activities' complexity before it is brought to mean 0 and deviation 1.
    densities = density(matrix, near)
    index = outlook_index(matrix, densities, found.activities)
    absent = outlook_index(matrix, densities, np.ones(matrix.shape[1]))
    parts = np.column_stack([index, absent, np.ones(len(index))])
    _, residual, *_ = np.linalg.lstsq(parts, theirs["coi"][:, 0])
    assert residual[0] < 1e-16


@given(TABLES)
def test_the_order_has_mean_0_deviation_1_and_does_not_depend_on_the_order_of_rows(matrix):
    found = complexity(matrix)
    known = found.regions[~np.isnan(found.regions)]
    if not known.size:
        return
    assert abs(known.mean()) < 1e-9
    assert known.std(ddof=1) == pytest.approx(1.0)
    if abs(found.agreement) < 1e-6 or found.second - found.third < 1e-4:
        return
    turned = complexity(matrix[::-1])
    np.testing.assert_allclose(turned.regions[::-1], found.regions, atol=1e-6)


def test_the_sign_follows_diversity_or_what_it_is_given(case):
    _, matrix = case
    found = complexity(matrix)
    assert found.agreement >= 0
    turned = complexity(matrix, like=-found.regions)
    np.testing.assert_allclose(turned.regions, -found.regions)
    np.testing.assert_allclose(turned.activities, -found.activities)


def test_the_complexity_of_an_activity_is_the_mean_of_who_has_it(case):
    _, matrix = case
    found = complexity(matrix)
    mean = (matrix.T @ found.regions) / matrix.sum(axis=0)
    np.testing.assert_allclose(found.activities, scaled(mean), atol=1e-9)


def test_reflections_end_in_the_order_of_complexity(case):
    _, matrix = case
    found = complexity(matrix)
    regions, _ = reflections(matrix, steps=60)
    assert abs(np.corrcoef(regions[60], found.regions)[0, 1]) > 0.999


@pytest.mark.parametrize(
    "matrix",
    [np.ones((4, 5)), np.eye(4), np.kron(np.eye(2), np.ones((2, 3)))],
    ids=["all have all", "each its own", "two worlds"],
)
def test_without_a_single_contrast_there_is_no_order(matrix):
    found = complexity(matrix)
    assert np.isnan(found.regions).all()
    assert np.isnan(found.activities).all()


def test_regions_that_share_nothing_with_the_others_are_unknown(case):
    _, matrix = case
    apart = np.zeros((matrix.shape[0] + 2, matrix.shape[1] + 2))
    apart[:-2, :-2] = matrix
    apart[-2:, -2:] = 1.0
    found, alone = complexity(apart), complexity(matrix)
    assert np.isnan(found.regions[-2:]).all()
    assert np.isnan(found.activities[-2:]).all()
    np.testing.assert_allclose(found.regions[:-2], alone.regions, atol=1e-9)
    np.testing.assert_allclose(found.activities[:-2], alone.activities, atol=1e-9)


def test_regions_and_activities_without_anything_are_unknown(case):
    _, matrix = case
    wider = np.zeros((matrix.shape[0] + 1, matrix.shape[1] + 1))
    wider[:-1, :-1] = matrix
    found, alone = complexity(wider), complexity(matrix)
    assert np.isnan(found.regions[-1])
    assert np.isnan(found.activities[-1])
    np.testing.assert_allclose(found.regions[:-1], alone.regions, atol=1e-9)
    fit, quality = fitness(wider)
    assert np.isnan(fit[-1])
    assert np.isnan(quality[-1])


@given(TABLES)
def test_density_lies_between_nothing_and_everything(matrix):
    near = proximity(matrix)
    for with_itself in (True, False):
        found = density(matrix, near, with_itself=with_itself)
        assert ((found >= 0) & (found <= 1 + 1e-12)).all()
    full = np.ones_like(matrix)
    reached = near.sum(axis=0) > 0
    np.testing.assert_allclose(density(full, near)[:, reached], 1.0)


@settings(max_examples=30)
@given(TABLES, st.integers(0, 100))
def test_the_gain_is_the_change_of_the_outlook(matrix, seed):
    quality = np.random.default_rng(seed).normal(size=matrix.shape[1])
    near = proximity(matrix)
    before = outlook_index(matrix, density(matrix, near), quality)
    gain = outlook_gain(matrix, near, quality)
    for region, activity in zip(*np.nonzero(matrix == 0), strict=True):
        after = matrix.copy()
        after[region, activity] = 1.0
        change = outlook_index(after, density(after, near), quality) - before
        assert gain[region, activity] == pytest.approx(change[region], abs=1e-9)
    assert (gain[matrix == 1] == 0).all()


def test_fitness_orders_a_nested_table_by_diversity():
    nested = np.tril(np.ones((6, 6)))
    fit, quality = fitness(nested)
    assert (np.diff(fit) > 0).all()
    # The last activity is had by the fittest alone.
    assert (np.diff(quality) > 0).all()


def test_a_table_of_amounts_is_refused():
    with pytest.raises(InvalidArgument, match="zeros and ones"):
        complexity(np.array([[0.5, 1.0], [1.0, 0.0]]))
