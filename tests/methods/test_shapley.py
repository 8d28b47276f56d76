"""Shapley's value: published games, what must always hold, errors of orders that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import InvalidArgument
from echelon.methods.shapley import shapley_drawn, shapley_exact


def test_the_airport_game():
    """Littlechild and Owen (1973): each part of the runway is paid alike by all who need it."""
    needs = np.array([10.0, 16.0, 16.0, 40.0])

    def cost(members):
        return float(needs[members].max(initial=0.0))

    parts = [10 / 4, 10 / 4 + 6 / 3, 10 / 4 + 6 / 3, 10 / 4 + 6 / 3 + 24]
    np.testing.assert_allclose(shapley_exact(cost, 4).value, parts)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), players=st.integers(1, 6))
def test_parts_sum_to_the_whole_and_who_adds_nothing_pays_nothing(seed, players):
    rng = np.random.default_rng(seed)
    worth = rng.uniform(0, 1, 2**players)

    def cost(members):
        # The last player never matters.
        return float(worth[(members[:-1] * 2 ** np.arange(players - 1)).sum()]) * members.any()

    everyone = np.ones(players, dtype=bool)
    found = shapley_exact(cost, players)
    assert found.value.sum() == pytest.approx(cost(everyone))
    drawn = shapley_drawn(cost, players, orders=4, seed=seed)
    assert drawn.value.sum() == pytest.approx(cost(everyone))
    if players > 1:
        joins_first = np.append(np.zeros(players - 1, bool), True)
        assert abs(found.value[-1]) <= cost(joins_first) + 1e-12


def test_drawn_orders_come_near_the_exact_value_and_say_how_near():
    weights = np.arange(1.0, 8.0)

    def cost(members):
        return float(np.sqrt((weights * members).sum()))

    exact = shapley_exact(cost, 7).value
    found = shapley_drawn(cost, 7, orders=400, seed=1)
    assert found.orders == 400
    assert (np.abs(found.value - exact) <= 4 * found.error).all()
    again = shapley_drawn(cost, 7, orders=400, seed=1)
    np.testing.assert_array_equal(found.value, again.value)
    one = shapley_drawn(cost, 7, orders=1, seed=1)
    assert one.orders == 2
    assert np.isnan(one.error).all()


def test_no_pair_is_begun_after_the_time():
    calls = []
    found = shapley_drawn(
        lambda members: float(members.sum()), 3, orders=100, until=0.0,
        tell=lambda done, wanted: calls.append((done, wanted)),
    )  # fmt: skip
    assert found.orders == 2
    assert calls == [(2, 100)]


def test_wrong_arguments_are_refused():
    with pytest.raises(InvalidArgument, match="too many coalitions"):
        shapley_exact(lambda _: 0.0, 20)
    with pytest.raises(InvalidArgument, match="one order at least"):
        shapley_drawn(lambda _: 0.0, 3, orders=0)
