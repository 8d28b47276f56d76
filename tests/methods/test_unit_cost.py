"""Worker-years and the two costs: closed forms against sums, hand results, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.errors import InvalidArgument
from echelon.methods.sourcing import build_cost, buy_cost, worker_years


@given(st.floats(0, 1), st.integers(1, 40))
def test_worker_years_are_the_chances_to_be_still_there(leaving, horizon):
    found = worker_years(np.array([leaving]), np.array([float(horizon)]))[0]
    assert found == pytest.approx(sum((1 - leaving) ** year for year in range(horizon)), rel=1e-6)
    assert 1 - 1e-9 <= found <= horizon + 1e-9


def test_the_costs_by_hand():
    one = np.ones(1)
    built = build_cost(
        40_000 * one, years=4 * one, completion=0.5 * one, worked=10 * one, discount=0 * one
    )
    assert built[0] == 40_000 * 4 / (0.5 * 10)
    later = build_cost(
        40_000 * one, years=4 * one, completion=0.5 * one, worked=10 * one, discount=0.1 * one
    )
    assert later[0] == pytest.approx(built[0] * 1.1**2)
    bought = buy_cost(100_000 * one, premium=0.1 * one, once=0.5 * one, worked=10 * one)
    assert bought[0] == pytest.approx(10_000 + 5_000)


def test_what_is_outside_its_range_is_refused():
    with pytest.raises(InvalidArgument, match="A leaving rate is outside 0 to 1"):
        worker_years(np.array([1.5]), np.array([10.0]))
    with pytest.raises(InvalidArgument, match="Nobody completes"):
        build_cost(
            np.ones(1), years=np.ones(1), completion=np.zeros(1), worked=np.ones(1),
            discount=np.zeros(1),
        )  # fmt: skip
