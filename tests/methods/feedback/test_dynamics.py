"""Links estimated from panels: known ones are found again, without the bias of short panels."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.feedback import draw_dynamics, dynamic_effects
from echelon.methods.feedback.dynamics import Dynamics


def panel(generator, *, regions=31, years=10, own=0.6, effect=0.3, gap=False):
    """A stock that keeps a share of itself and follows a driver, with effects of regions and years."""
    long = years + 30
    driver, stock = np.zeros((long, regions)), np.zeros((long, regions))
    usual = generator.normal(size=regions)
    for year in range(1, long):
        driver[year] = 0.6 * driver[year - 1] + generator.normal(size=regions)
        noise = generator.normal(size=regions) + generator.normal()
        stock[year] = own * stock[year - 1] + effect * driver[year - 1] + (1 - own) * usual + noise
    driver, stock = driver[-years:], stock[-years:].copy()
    if gap:
        stock[years // 2, : regions // 3] = np.nan
    return stock[1:], stock[:-1], driver[:-1, :, None]


@pytest.mark.parametrize("gap", [False, True])
def test_known_links_are_found_again(gap):
    """The mean of many panels is the truth; the fixed-effects regression alone is far below."""
    generator = np.random.default_rng(5)
    found = [dynamic_effects(*panel(generator, gap=gap)) for _ in range(20)]
    own, plain = np.mean([f.own for f in found]), np.mean([f.uncorrected for f in found])
    effects = np.array([f.effects[0] for f in found])
    errors = np.sqrt([f.covariance[1, 1] for f in found])
    assert own == pytest.approx(0.6, abs=0.05)
    assert plain < 0.48
    assert effects.mean() == pytest.approx(0.3, abs=3 * effects.std() / np.sqrt(20))
    assert (np.abs(effects - 0.3) < 1.7 * errors).mean() >= 0.8
    assert not any(f.bounded for f in found)


def test_a_stock_that_never_returns_is_bounded():
    generator = np.random.default_rng(1)
    found = dynamic_effects(*panel(generator, own=1.0, effect=0.0), most=0.9)
    assert found.own <= 0.9
    assert found.bounded == (found.own == 0.9)


def test_draws_keep_to_their_bounds_and_their_covariance():
    covariance = np.array([[0.01, -0.004], [-0.004, 0.02]])
    found = Dynamics(0.5, 0.4, np.array([0.3]), covariance, 300, 30, 10, False)
    own, effects = draw_dynamics(found, np.random.default_rng(0), draws=40_000)
    assert own.min() >= 0
    assert own.max() <= 0.95
    both = np.cov(own, effects[:, 0])
    np.testing.assert_allclose(both, covariance, atol=8e-4)
    # Beyond the bound the effect is drawn given the bound, not given what was cut off.
    wide = Dynamics(
        0.9, 0.8, np.array([0.3]), np.array([[4.0, -2.0], [-2.0, 1.1]]), 300, 30, 10, False
    )
    own, effects = draw_dynamics(wide, np.random.default_rng(0), draws=4000)
    assert np.abs(effects).max() < 0.3 + 0.5 * 0.9 + 5 * np.sqrt(0.1)


def test_one_region_is_refused():
    generator = np.random.default_rng(0)
    with pytest.raises(InsufficientData, match="too few"):
        dynamic_effects(*panel(generator, regions=1))


def test_a_driver_that_does_not_vary_is_refused():
    outcome, previous, driver = panel(np.random.default_rng(0))
    with pytest.raises(InsufficientData, match="The regressor 1 does not vary"):
        dynamic_effects(outcome, previous, np.ones_like(driver))


def test_a_share_of_1_is_refused():
    with pytest.raises(
        InvalidArgument, match="The highest share that a stock keeps of itself is 1"
    ):
        dynamic_effects(*panel(np.random.default_rng(0)), most=1.0)
