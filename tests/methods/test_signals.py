"""Signals of shortage: growth, the scale of their own history, the index and its draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.signals import (
    deviations,
    growth,
    index_draws,
    quantiles,
    scaled,
    shortage_index,
    skill_shortage,
)

YEARS = [2010, 2011, 2012, 2013, 2014]


def test_growth_is_logarithmic_a_year_and_stops_at_a_change_of_classification():
    levels = 100 * np.exp(0.02 * np.arange(5.0))
    found = growth(levels, YEARS, span=2)
    np.testing.assert_allclose(found[2:], 2.0)
    assert np.isnan(found[:2]).all()
    regimes = ["old", "old", "new", "new", "new"]
    broken = growth(levels, YEARS, span=1, regimes=regimes)
    np.testing.assert_array_equal(np.isnan(broken), [True, False, True, False, False])
    np.testing.assert_allclose(growth(np.array([5.0, 7.0]), [2010, 2012], span=2, relative=False),
                               [np.nan, 1.0])  # fmt: skip


def test_nothing_grows_from_zero():
    assert np.isnan(growth(np.array([0.0, 5.0]), [2010, 2011], span=1)).all()


def test_the_economy_is_the_mean_over_people():
    figures = np.array([[[1.0, 4.0], [2.0, np.nan]]])
    people = np.array([[[10.0, 20.0], [10.0, 1000.0]]])
    whole = (10 + 80 + 20) / 40
    np.testing.assert_allclose(deviations(figures, people)[0, 0], [1 - whole, 4 - whole])
    own = deviations(figures, people, by_region=True)
    np.testing.assert_allclose(own[0, 0], [1 - 3, 4 - 3])
    assert own[0, 1, 0] == 0


def test_the_scale_is_the_standard_deviation_of_the_own_history():
    history = np.array([1.0, -1.0, 2.0, -2.0, 3.0])
    signal, scale, own = scaled(history[:, None])
    np.testing.assert_allclose(signal[:, 0], history / history.std(ddof=1))
    assert own.all()
    np.testing.assert_allclose(scale, history.std(ddof=1))
    trended, *_ = scaled(history[:, None], trend=True)
    np.testing.assert_allclose(trended[:, 0], (history - history.mean()) / history.std(ddof=1))


def test_a_short_history_is_scaled_by_the_spread_between_series():
    cells = np.array([[1.0, 2.0, 6.0], [2.0, 4.0, 9.0]])
    signal, _, own = scaled(cells)
    assert not own.any()
    np.testing.assert_allclose(signal[0], cells[0] / cells[0].std(ddof=1))


def test_what_never_varies_signals_nothing():
    signal, *_ = scaled(np.full((6, 4), 2.0))
    assert np.isnan(signal).all()


def test_the_index_is_rescaled_over_known_signals_and_cut():
    signals = np.array([[1.0, 9.0], [np.nan, -1.0], [3.0, np.nan]])
    found = shortage_index(signals, np.array([1.0, 1.0, 2.0]))
    np.testing.assert_allclose(found, [(1 + 6) / 3, (3 - 1) / 2])
    assert np.isnan(shortage_index(np.full((2, 1), np.nan), np.ones(2)))[0]


@given(
    st.lists(st.floats(-10, 10), min_size=3, max_size=3),
    st.lists(st.floats(0.01, 5), min_size=3, max_size=3),
)
def test_the_index_lies_between_its_signals(figures, weights):
    signals = np.array(figures)[:, None]
    found = shortage_index(signals, np.array(weights))[0]
    cut = np.clip(figures, -3, 3)
    assert cut.min() - 1e-9 <= found <= cut.max() + 1e-9


def test_weights_that_are_none_are_refused():
    with pytest.raises(InvalidArgument, match=r"The weights \[0\.0, 0\.0\] are not weights"):
        shortage_index(np.ones((2, 1)), np.zeros(2))


def test_draws_repeat_with_their_seed_and_hold_the_index():
    signals = np.array([[0.5, 1.0], [1.5, -1.0]])
    errors = np.array([[0.1, np.nan], [0.1, 0.0]])
    options = {"draws": 400, "spread": 0.25, "seed": 3}
    drawn = index_draws(signals, errors, np.ones(2), **options)
    np.testing.assert_array_equal(drawn, index_draws(signals, errors, np.ones(2), **options))
    low, high = quantiles(drawn)
    centre = shortage_index(signals, np.ones(2))
    assert (low < centre).all()
    assert (centre < high).all()
    with pytest.raises(InvalidArgument, match="0 draws with a spread of"):
        index_draws(signals, errors, np.ones(2), draws=0, spread=0.25, seed=0)


def test_without_spread_and_error_nothing_moves():
    signals = np.array([[0.5], [1.5]])
    drawn = index_draws(signals, np.zeros((2, 1)), np.ones(2), draws=5, spread=0.0, seed=0)
    np.testing.assert_allclose(drawn, 1.0)


def test_a_skill_has_the_shortage_of_those_who_need_it_most():
    index, people = np.array([1.0, -1.0]), np.array([10.0, 10.0])
    need = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]])
    np.testing.assert_allclose(skill_shortage(index, people, need), [1.0, -1.0, 1.0])
    unknown = skill_shortage(np.array([np.nan, -1.0]), people, need)
    np.testing.assert_allclose(unknown, [np.nan, -1.0, 1.0])
    with pytest.raises(InsufficientData, match="2 occupations and 3 rows of requirements"):
        skill_shortage(index, people, np.ones((3, 1)))
