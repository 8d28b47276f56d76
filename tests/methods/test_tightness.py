"""Tightness, the Beveridge curve and mismatch, on published formulas and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels
from echelon.methods.tightness import (
    beveridge_slope,
    efficient_unemployment,
    mismatch_index,
    tightness,
)


def test_mismatch_of_equal_disjoint_and_published_shares():
    half = np.array([0.5, 0.5])
    assert mismatch_index(half, half) == pytest.approx(0, abs=1e-12)
    assert mismatch_index(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(1)
    assert mismatch_index(half, np.array([0.8, 0.2])) == pytest.approx(0.0513167, abs=1e-7)


@given(st.lists(st.tuples(st.floats(0.1, 100), st.floats(0.1, 100)), min_size=2, max_size=10),
       st.floats(0.1, 0.9))  # fmt: skip
def test_mismatch_is_a_share_and_equal_efficiencies_change_nothing(cells, share):
    u, v = (np.array(part) for part in zip(*cells, strict=True))
    plain = mismatch_index(u, v, share=share)
    assert -1e-9 <= plain <= 1
    even = mismatch_index(u, v, share=share, efficiency=np.full(len(u), 0.37))
    assert even == pytest.approx(plain, abs=1e-9)
    assert mismatch_index(7 * u, 3 * v, share=share) == pytest.approx(plain, abs=1e-9)


def test_merging_cells_never_raises_mismatch():
    u, v = np.array([3.0, 1.0, 2.0, 4.0]), np.array([1.0, 5.0, 2.0, 2.0])
    merged = mismatch_index(u.reshape(2, 2).sum(1), v.reshape(2, 2).sum(1))
    assert merged <= mismatch_index(u, v)


def test_no_mismatch_at_the_best_allocation_under_unequal_efficiencies():
    """The planner puts u_i in proportion to phi_i^(1/(1-a)) v_i; a = .5 gives phi^2 v."""
    phi, v = np.array([1.0, 2.0]), np.array([4.0, 3.0])
    best = mismatch_index(phi**2 * v, v, efficiency=phi)
    assert best == pytest.approx(0, abs=1e-12)
    assert mismatch_index(v, v, efficiency=phi) > 0


@pytest.mark.parametrize(
    ("u", "v", "error", "words"),
    [
        (
            [1.0],
            [1.0, 2.0],
            MisalignedLabels,
            "1 cells of unemployed and 2 of vacancies do not fit",
        ),
        ([0.0, 0.0], [1.0, 2.0], InsufficientData, "There are no unemployed, so no mismatch"),
        ([1.0, 1.0], [0.0, 0.0], InsufficientData, "There are no vacancies, so no mismatch"),
        ([1.0, -1.0], [1.0, 2.0], InvalidArgument, "unknown or negative in a cell"),
    ],
)
def test_what_is_no_market_is_refused(u, v, error, words):
    with pytest.raises(error, match=words):
        mismatch_index(np.array(u), np.array(v))


def test_tightness_without_unemployed_is_unknown():
    found = tightness(np.array([10.0, 5.0]), np.array([20.0, 0.0]))
    np.testing.assert_allclose(found, [0.5, np.nan])


def test_efficient_unemployment_of_michaillat_and_saez():
    """With eps = 1 and kappa = 1 - zeta the general formula is sqrt(u v)."""
    u, v = np.array([0.04, 0.08]), np.array([0.06, 0.03])
    general = efficient_unemployment(
        u, v, elasticity=1.0, recruiting_cost=0.74, value_of_nonwork=0.26
    )
    np.testing.assert_allclose(general, np.sqrt(u * v))
    np.testing.assert_allclose(efficient_unemployment(u, v), np.sqrt(u * v))
    # The published calibration: kappa .92, zeta .26, eps .91 in the first formula of the paper.
    by_hand = (0.92 * 0.91 * 0.06 * 0.04**0.91 / 0.74) ** (1 / 1.91)
    assert efficient_unemployment(np.array(0.04), np.array(0.06), elasticity=0.91) == pytest.approx(
        by_hand
    )


def test_at_the_efficient_rate_tightness_is_the_efficient_one():
    """On the curve v = A u^-eps, theta* = (1 - zeta) / (kappa eps)."""
    eps, scale = 0.9, 0.0025
    u = np.array([0.03, 0.06, 0.1])
    best = efficient_unemployment(u, scale * u**-eps, elasticity=eps)
    np.testing.assert_allclose(best, best[0])
    np.testing.assert_allclose(scale * best**-eps / best, 0.74 / (0.92 * eps))


def test_impossible_curves_are_refused():
    with pytest.raises(InvalidArgument, match="A rate is negative"):
        efficient_unemployment(np.array([-0.1]), np.array([0.1]))
    with pytest.raises(InvalidArgument, match="No efficient rate follows from an elasticity of -1"):
        efficient_unemployment(np.array([0.1]), np.array([0.1]), elasticity=-1.0)


def test_the_slope_and_the_shift_are_found():
    rng = np.random.default_rng(0)
    levels = np.exp(rng.normal(size=12) / 3)
    u = 5 * np.exp(0.4 * rng.normal(size=(10, 12)))
    v = 4 * levels * u**-0.8
    v[6:] *= 1.6
    found = beveridge_slope(u, v)
    assert (found.break_at, found.first, found.last) == (6, 6, 9)
    assert found.elasticity == pytest.approx(0.8, abs=1e-9)
    assert found.count == 48


def test_a_noisy_slope_is_within_its_error():
    rng = np.random.default_rng(1)
    u = 5 * np.exp(0.3 * rng.normal(size=(5, 200)))
    v = 4 * u**-0.9 * np.exp(0.1 * rng.normal(size=u.shape))
    found = beveridge_slope(u, v, least=3)
    assert abs(found.elasticity - 0.9) < 3 * found.error < 0.1


def test_a_curve_needs_years_and_movement():
    with pytest.raises(InsufficientData, match="through 2 years has no slope"):
        beveridge_slope(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(InsufficientData, match="Unemployment does not vary"):
        beveridge_slope(np.ones((4, 3)), np.arange(1.0, 13.0).reshape(4, 3))
    with pytest.raises(InsufficientData, match="through 0 years has no slope"):
        beveridge_slope(np.zeros((4, 3)), np.ones((4, 3)))
