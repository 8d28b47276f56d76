"""Moves between the nine regions of Austria: the doubly constrained gravity model."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from echelon.methods.gravity import doubly_constrained

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def austria(golden):
    folder = golden / "spatial"
    rows = pd.read_csv(folder / "austria_migration.csv", index_col=0)
    wide = rows.pivot_table(index="Origin", columns="Destination", values=["Data", "Dij"])
    expected = json.loads((folder / "austria_doubly_exp_expected.json").read_text())
    return wide["Data"].to_numpy(float), wide["Dij"].to_numpy(float), expected


def test_austria_is_met(austria):
    flow, distance, expected = austria
    found = doubly_constrained(flow, distance)
    ours = [found.constant, *found.origin[1:], *found.destination[1:], found.decay]
    np.testing.assert_allclose(ours, expected["params"], atol=1e-6)
    assert found.decay == pytest.approx(-0.00791533, abs=5e-9)
    assert found.deviance == pytest.approx(expected["deviance"], abs=1e-6)
    assert found.srmse == pytest.approx(expected["SRMSE"], abs=1e-6)
    assert found.ssi == pytest.approx(expected["SSI"], abs=1e-6)


@pytest.mark.parametrize("resistance", ["exponential", "power"])
def test_it_is_the_poisson_regression_with_dummies(austria, resistance):
    """Coefficients and robust errors of a general program for generalised linear models."""
    import statsmodels.api as sm

    flow, distance, _ = austria
    m = len(flow)
    origin, destination = np.divmod(np.arange(m * m), m)
    off = origin != destination
    cost = np.log(distance) if resistance == "power" else distance
    columns = [np.ones(m * m), *(origin == i for i in range(1, m))]
    columns += [*(destination == j for j in range(1, m)), cost.ravel()]
    design = np.column_stack(columns).astype(float)[off]
    fit = sm.GLM(flow.ravel()[off], design, family=sm.families.Poisson()).fit(
        tol=1e-13, maxiter=200, cov_type="HC0"
    )
    found = doubly_constrained(flow, distance, resistance=resistance)
    ours = [found.constant, *found.origin[1:], *found.destination[1:], found.decay]
    np.testing.assert_allclose(ours, fit.params, atol=1e-8)
    assert found.deviance == pytest.approx(fit.deviance, rel=1e-10)
    # HC1 is HC0 corrected for the number of parameters: 72 pairs, 18 parameters.
    correction = np.sqrt(72 / (72 - 18))
    assert found.decay_error == pytest.approx(correction * fit.bse[-1], rel=1e-6)
    contrast = np.zeros((m, 2 * m))
    for place in range(m):
        for other in range(m):
            share = (place == other) - 1 / m
            if other:
                contrast[place, other] -= share
                contrast[place, m - 1 + other] += share
    np.testing.assert_allclose(found.pull, contrast @ fit.params, atol=1e-8)
    errors = np.sqrt(np.diag(contrast @ fit.cov_params() @ contrast.T))
    np.testing.assert_allclose(found.pull_error, correction * errors, rtol=1e-6)
