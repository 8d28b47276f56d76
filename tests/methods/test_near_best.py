"""The least of something within a cost: HiGHS lies between the plan found and the bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import random_model

from echelon.errors import InvalidArgument
from echelon.methods.planning import (
    OwnRows,
    Repair,
    least_amount,
    price_ranges,
    program_within,
    solve,
    solve_exact,
)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000), lever=st.sampled_from(["retrain", "relocate", "recruit", "train"]),
    sign=st.sampled_from([1.0, -1.0]), slack=st.sampled_from([0.001, 0.01, 0.1]),
)  # fmt: skip
def test_the_least_within_a_cost_lies_between_plan_and_bound(seed, lever, sign, slack):
    model = random_model(seed, 2, 3, 3)
    best = solve(model, solver="highs")
    weights = np.zeros_like(best.program.cost)
    weights[model.columns[lever]] = sign
    limit = best.value + slack * abs(best.value)
    found = least_amount(model, best, weights, limit=limit, bare=Repair(model))
    within = program_within(best.program, weights, limit)
    exact = within.worth(solve_exact(within).decisions)
    size = max(abs(exact), 1.0)
    assert found.bound - 1e-6 * size <= exact <= found.amount + 1e-6 * size
    # The plan is one, keeps the limit, and the prices prove the bound by themselves.
    people, own, outside = within.violations(found.plan)
    assert max(people, outside) <= 1e-6 * max(float(best.program.right.max()), 1.0)
    assert own <= 1e-9 * abs(limit)
    assert within.worth(found.plan) == pytest.approx(found.amount)
    assert within.bound(found.dual) == pytest.approx(found.bound, abs=1e-6 * size) or (
        found.bound == found.amount
    )


def test_the_first_order_solver_proves_the_same_ends():
    model = random_model(4, 3, 3, 3)
    exact = solve(model, solver="highs")
    ours = solve(model, solver="first_order", gap=1e-5)
    weights = np.zeros_like(exact.program.cost)
    weights[model.columns["relocate"]] = 1.0
    limit = 1.02 * exact.value
    ends = [least_amount(model, best, weights, limit=limit) for best in (exact, ours)]
    size = max(ends[0].amount, 1.0)
    assert ends[1].bound <= ends[0].amount + 1e-9 * size
    assert ends[0].bound <= ends[1].amount + 1e-9 * size


def test_a_limit_below_the_best_is_refused():
    model = random_model(1, 2, 2, 2)
    best = solve(model, solver="highs")
    with pytest.raises(InvalidArgument, match="Raise the slack"):
        least_amount(model, best, np.ones_like(best.program.cost), limit=0.5 * best.value)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), budget=st.sampled_from([0.0, 0.3, 1.0]))
def test_prices_lie_between_what_more_saves_and_less_costs(seed, budget):
    model = random_model(seed, 2, 2, 3, budget=budget)
    found = solve(model, solver="highs")
    program, prices = found.program, found.dual.rows.ravel()
    rows = np.argsort(-np.abs(prices), kind="stable")[:12]
    low, high = price_ranges(program, rows)
    size = max(float(np.abs(prices).max()), 1.0)
    assert (low <= prices[rows] + 1e-6 * size).all()
    assert (np.where(np.isnan(high), np.inf, high) >= prices[rows] - 1e-6 * size).all()


def test_a_range_is_what_solving_anew_says():
    model = random_model(7, 2, 3, 3, budget=0.3)
    found = solve(model, solver="highs")
    money = found.dual.rows[model.rows["budget"]]
    row, year = np.unravel_index(np.argmax(money), money.shape)
    place = np.array([(model.rows["budget"].start + row) * model.shape[2] + year])
    low, high = price_ranges(found.program, place)
    ends = []
    for sign in (1, -1):
        budget = model.budget.reshape(-1, model.shape[2]).copy()
        step = min(max(1.0, 1e-3 * budget[row, year]), budget[row, year] if sign < 0 else np.inf)
        budget[row, year] += sign * step
        other = solve(replace(model, budget=budget.reshape(model.budget.shape)), solver="highs")
        ends.append((found.value - other.value) * sign / step)
    assert [low[0], high[0]] == pytest.approx(ends, rel=1e-5)
    assert low[0] * (1 - 1e-9) <= money[row, year] <= high[0] * (1 + 1e-9)


def test_a_plan_stopped_before_it_keeps_own_constraints_is_no_plan(monkeypatch):
    model = random_model(3, 2, 3, 3)
    weights = np.zeros_like(model.program().cost)
    weights[model.columns["recruit"]] = 1.0
    free = solve(model)
    column, year = np.nonzero(weights)
    floor = 0.9 * float((weights * free.plan).sum())
    own = OwnRows(
        ("floor",), np.zeros(len(column), np.int64), column, year, np.ones(len(column)),
        np.array([floor]), np.array([np.inf]),
    )  # fmt: skip
    model = replace(model, own=own)
    best = solve(model)

    def hurried(*args, **options):
        found = solve(*args, **options)
        return replace(found, plan=np.zeros_like(found.plan), stopped="deadline")

    monkeypatch.setattr("echelon.methods.planning.near_best.solve", hurried)
    for sign in (1.0, -1.0):
        found = least_amount(model, best, sign * weights, limit=1.05 * best.value)
        assert found.stopped in ("deadline", "gap")
        assert sign * found.amount >= floor - 1e-6
        assert max(best.program.violations(found.plan)) <= 1e-6 * floor
    assert least_amount(model, best, weights, limit=1.05 * best.value).bound <= floor * (1 + 1e-6)
