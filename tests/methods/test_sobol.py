"""Sobol indices: known functions first, then what must always hold."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import InvalidArgument
from echelon.methods.sobol import indices, points, totals_of_each


def ishigami(x):
    a, b, c = np.pi * (2 * x.T - 1)
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def test_the_function_of_ishigami_and_homma():
    # Analytic, Saltelli et al. (2008), Global Sensitivity Analysis, p. 196.
    groups = ["x1", "x2", "x3"]
    found = indices(ishigami(points(groups, size=4096, seed=1)), groups, seed=1)
    np.testing.assert_allclose(found.first, [0.3139, 0.4424, 0.0], atol=0.02)
    np.testing.assert_allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.01)
    assert (found.first_band[0] <= found.first).all()
    assert (found.first <= found.first_band[1]).all()
    assert (found.total_band[0] <= found.total).all()
    assert (found.total <= found.total_band[1]).all()


def test_coordinates_of_one_factor_are_counted_together():
    groups = ["rule", "size", "size", "size", "idle"]
    x = points(groups, size=1024, seed=0)
    assert x.shape == (1024 * 5, 5)
    # Variances 9 and 1 + 1 + 4, in twelfths.
    found = indices(x @ [3, 1, 1, 2, 0], groups, seed=0)
    np.testing.assert_allclose(found.first, [0.6, 0.4, 0.0], atol=0.03)
    np.testing.assert_allclose(found.total, [0.6, 0.4, 0.0], atol=0.03)
    assert found.total[2] == found.total_band[1, 2] == found.first[2] == 0


def test_a_choice_among_k_is_a_coordinate_cut_into_k_parts():
    groups = ["two", "three"]
    x = points(groups, size=2048, seed=3)
    value = np.array([0.0, 1.0])[(x[:, 0] * 2).astype(int)]
    value += np.array([0.0, 0.0, 3.0])[(x[:, 1] * 3).astype(int)]
    # Variances 1/4 and 9 x 2/9 = 2.
    found = indices(value, groups, seed=3)
    np.testing.assert_allclose(found.first, [0.25 / 2.25, 2 / 2.25], atol=0.02)


def test_a_result_that_never_changes_has_no_factor():
    groups = ["a", "b"]
    found = indices(np.full(64 * 4, 3.0), groups, seed=0)
    assert (found.total == 0).all()
    assert (found.first_band == 0).all()
    total, band = totals_of_each(np.full((64 * 4, 2), 3.0), groups, seed=0)
    assert (total == 0).all()
    assert (band == 0).all()


def test_many_results_at_once_have_the_indices_of_each():
    groups = ["a", "b", "b"]
    x = points(groups, size=256, seed=5)
    results = np.stack([x[:, 0] * x[:, 1], x.sum(axis=1)], axis=1)
    total, band = totals_of_each(results, groups, seed=5)
    for place in range(2):
        wanted = indices(results[:, place], groups, seed=5).total
        np.testing.assert_allclose(total[:, place], wanted, rtol=1e-9)
    assert (band[0] <= band[1]).all()


@pytest.mark.parametrize("seed", [0, 7])
def test_the_seed_gives_the_same_points_and_bands(seed):
    groups = ["a", "b"]
    first, again = (points(groups, size=64, seed=seed) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    one, two = (indices(first.sum(axis=1), groups, seed=seed) for _ in range(2))
    np.testing.assert_array_equal(one.total_band, two.total_band)
    assert (points(groups, size=64, seed=seed + 1) != first).any()


def test_a_sample_that_is_no_power_of_two_is_refused():
    with pytest.raises(InvalidArgument, match="The sample of 100 points is no power of 2"):
        points(["a"], size=100, seed=0)
