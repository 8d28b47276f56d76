"""Panels with fixed effects and with neighbours: known coefficients come back, bad input is said."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels
from echelon.methods.growth import catch_up, solow
from echelon.methods.panel_regression import fixed_effects, inverse_distance, spatial_durbin

YEARS, REGIONS = 8, 30


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def panel():
    """A spatial panel of rho 0.5, b (1, 2), q (0.5, -1) with effects of regions and years."""
    draw = generator()
    place = draw.random((REGIONS, 2))
    distance = np.sqrt(((place[:, None] - place[None]) ** 2).sum(axis=-1))
    weights = inverse_distance(distance, nearest=5)
    x = draw.normal(size=(YEARS, REGIONS, 2))
    solved = np.linalg.inv(np.eye(REGIONS) - 0.5 * weights)
    own = x @ [1.0, 2.0] + (weights @ x) @ [0.5, -1.0]
    noise = draw.normal(scale=0.1, size=(YEARS, REGIONS))
    effects = draw.normal(size=REGIONS) + 0.3 * np.arange(YEARS)[:, None]
    return (own + noise + effects) @ solved.T, x, weights


def test_two_way_effects_equal_regression_on_dummies():
    draw = generator(1)
    x = draw.normal(size=(6, 7, 2))
    y = x @ [0.7, -0.2] + draw.normal(size=7) + draw.normal(size=(6, 1)) + draw.normal(size=(6, 7))
    regions = np.kron(np.ones((6, 1)), np.eye(7))
    years = np.kron(np.eye(6), np.ones((7, 1)))[:, 1:]
    whole = np.hstack([x.reshape(-1, 2), regions, years])
    expected = np.linalg.lstsq(whole, y.ravel(), rcond=None)[0][:2]
    found = fixed_effects(y, x)
    assert found.coefficients == pytest.approx(expected, abs=1e-10)
    assert found.covariance == "clustered by region"
    assert (found.low < found.coefficients).all()
    assert (found.coefficients < found.high).all()


def test_long_panels_have_the_errors_of_driscoll_and_kraay():
    x = generator(2).normal(size=(25, 5, 1))
    y = x[..., 0] + generator(3).normal(size=(25, 5))
    assert fixed_effects(y, x).covariance == "Driscoll-Kraay"


def test_one_way_and_two_way_differ_by_what_moves_all_regions():
    trend = np.arange(6.0)[:, None]
    x = trend + generator(4).normal(size=(6, 9))
    y = 3 * trend + generator(5).normal(scale=0.01, size=(6, 9))
    one, two = (fixed_effects(y, x[..., None], two_way=way) for way in (False, True))
    assert one.coefficients[0] > 1.5
    assert abs(two.coefficients[0]) < 0.05


@pytest.mark.parametrize("two_way", [False, True])
def test_a_regressor_without_changes_is_refused(two_way):
    x = np.broadcast_to(np.arange(5.0), (4, 5))[..., None]
    with pytest.raises(InsufficientData, match="The regressor 0 does not vary within regions"):
        fixed_effects(generator().normal(size=(4, 5)), x, two_way=two_way)


def test_one_year_is_refused():
    with pytest.raises(InsufficientData, match=r"5 regions and 1 years .* are too few"):
        fixed_effects(np.ones((1, 5)), np.arange(5.0).reshape(1, 5, 1))


def test_regressors_that_say_the_same_are_refused():
    x = generator().normal(size=(5, 6, 1))
    with pytest.raises(InsufficientData, match="say the same as each other"):
        fixed_effects(generator(1).normal(size=(5, 6)), np.concatenate([x, 2 * x], axis=-1))


def test_weights_by_hand():
    distance = np.array([[0.0, 1, 2], [1, 0, 4], [2, 4, 0]])
    assert inverse_distance(distance)[0] == pytest.approx([0, 2 / 3, 1 / 3])
    assert inverse_distance(distance, nearest=1).tolist() == [[0, 1, 0], [1, 0, 0], [1, 0, 0]]


def test_places_at_one_point_have_a_finite_weight():
    distance = np.array([[0.0, 0, 2], [0, 0, 2], [2, 2, 0]])
    assert np.isfinite(inverse_distance(distance)).all()


def test_a_region_without_ties_is_refused():
    distance = np.full((3, 3), np.nan)
    distance[0, 1] = distance[1, 0] = 1.0
    with pytest.raises(InsufficientData, match="1 regions have no tie to any other, the first at"):
        inverse_distance(distance)
    with pytest.raises(InvalidArgument, match="Distances are negative"):
        inverse_distance(-np.ones((3, 3)))


def test_known_effects_of_neighbours_come_back(panel):
    pytest.importorskip("spreg")
    y, x, weights = panel
    found = spatial_durbin(y, x, weights, two_way=True, draws=500, generator=generator())
    solved = np.linalg.inv(np.eye(REGIONS) - 0.5 * weights)
    for place, (own, near) in enumerate(((1.0, 0.5), (2.0, -1.0))):
        effects = solved @ (own * np.eye(REGIONS) + near * weights)
        direct, total = np.diag(effects).mean(), effects.sum(axis=1).mean()
        assert found.direct[0, place] == pytest.approx(direct, abs=0.05)
        assert found.total[0, place] == pytest.approx(total, abs=0.25)
        assert found.total[1, place] < total < found.total[2, place]
        assert found.multiplier[place] == pytest.approx(
            found.total[0, place] / found.direct[0, place]
        )
    assert found.indirect[0] == pytest.approx(found.total[0] - found.direct[0])
    assert found.rho == pytest.approx(0.5, abs=0.05)


def test_effects_equal_those_of_the_solved_system_of_the_library(panel):
    spreg = pytest.importorskip("spreg")
    from libpysal.weights import full2W

    y, x, weights = panel
    own = spreg.ML_LagFE(y.reshape(-1, 1), x.reshape(-1, 2), full2W(weights), slx_lags=1,
                         spat_impacts=None)  # fmt: skip
    betas = np.asarray(own.betas).ravel()
    found = spatial_durbin(y, x, weights, two_way=False, draws=100, generator=generator())
    assert found.rho == pytest.approx(betas[-1], abs=1e-5)
    solved = np.linalg.inv(np.eye(REGIONS) - betas[-1] * weights)
    for place in range(2):
        effects = solved @ (betas[place] * np.eye(REGIONS) + betas[2 + place] * weights)
        assert found.direct[0, place] == pytest.approx(np.diag(effects).mean(), rel=1e-3)
        assert found.total[0, place] == pytest.approx(effects.sum() / REGIONS, rel=1e-3)


def test_effects_do_not_depend_on_the_unit_of_a_regressor(panel):
    pytest.importorskip("spreg")
    y, x, weights = panel
    one, thousand = (
        spatial_durbin(y, x * s, weights, two_way=True, draws=100, generator=generator())
        for s in (1.0, 1000.0)
    )
    assert thousand.direct * 1000 == pytest.approx(one.direct, rel=1e-6)


def test_years_to_catch_up_by_hand():
    years = np.arange(5)
    levels = np.column_stack([50 * 1.05**years, 50 * 1.01**years, 200 * 1.02**years])
    found = catch_up(levels, 100 * 1.02**years, draws=200, generator=generator())
    behind = np.log(100 * 1.02**4 / (50 * 1.05**4))
    assert found.years[0] == pytest.approx(behind / np.log(1.05 / 1.02))
    assert np.isinf(found.years[1])
    assert found.years[2] == 0
    assert found.low[0] <= found.years[0] + 1e-9
    assert found.reached.tolist() == [1.0, 0.0, 1.0]


def test_two_years_are_no_pace():
    with pytest.raises(InsufficientData, match="three years or more, and there are 2"):
        catch_up(np.ones((2, 3)), np.ones(2), draws=10, generator=generator())


def test_the_growth_regression_refuses_too_few_and_uneven_series():
    with pytest.raises(InsufficientData, match="too few for 3 coefficients"):
        solow([1.0, 2], [0.1, 0.2], [0.01, 0.02])
    with pytest.raises(InsufficientData, match="too few for 3 coefficients"):
        solow(np.arange(1.0, 9), np.full(8, 0.2), np.linspace(0.01, 0.03, 8))
    with pytest.raises(MisalignedLabels, match="differ in length"):
        solow([1.0, 2, 3], [0.1, 0.2], [0.01, 0.02, 0.03])
