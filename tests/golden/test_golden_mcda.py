"""Weights and rankings against printed examples, and beside pymcdm."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echelon.methods.topsis import topsis
from echelon.methods.weigh import critic, entropy


@pytest.fixture(scope="module")
def printed(golden):
    return json.loads((golden / "mcda" / "mcda_expected.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("weights_pearson_scaled", {}),
        ("weights_spearman_scaled", {"correlation": "spearman"}),
        ("weights_pearson_unscaled", {"scaled": False}),
    ],
)
def test_critic(printed, name, options):
    matrix = np.array(printed["CRITIC"]["matrix"], dtype=float)
    np.testing.assert_allclose(critic(matrix, **options), printed["CRITIC"][name], atol=5e-9)


def test_entropy(printed):
    matrix = np.array(printed["ENTROPY"]["matrix"], dtype=float)
    np.testing.assert_allclose(entropy(matrix), printed["ENTROPY"]["weights"], atol=5e-7)


@pytest.mark.parametrize(("name", "norm"), [("TOPSIS", "vector"), ("TOPSIS_pymcdm", "minmax")])
def test_topsis(printed, name, norm):
    case = printed[name]
    matrix = np.array(case["matrix"], dtype=float)
    direction = case.get("objectives") or case.get("types")
    found = topsis(matrix, case["weights"], direction=direction, norm=norm)
    np.testing.assert_allclose(found, case.get("similarity") or case.get("pref"), atol=5e-5)
    assert (np.argsort(np.argsort(-found)) + 1).tolist() == case["rank"]


def test_weights_equal_those_of_pymcdm():
    weights = pytest.importorskip("pymcdm.weights")
    matrix = np.random.default_rng(3).uniform(1, 9, size=(12, 5))
    types = np.ones(5)
    np.testing.assert_allclose(entropy(matrix), weights.entropy_weights(matrix, types), rtol=1e-9)
    np.testing.assert_allclose(critic(matrix), weights.critic_weights(matrix, types), rtol=1e-9)
