"""The joint plan: same optimum as HiGHS, people conserved, proofs that hold, hand-solved systems."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import random_model, with_hubs

from echelon import levers
from echelon.errors import InvalidArgument
from echelon.methods.planning import (
    Block,
    Dual,
    Model,
    OwnRows,
    Repair,
    check_plan,
    smallest_change,
    solve,
    solve_exact,
    solve_first_order,
    spanner,
    write_mps,
)

GAP = 1e-4


@st.composite
def models(draw):
    """Small plans of every shape: isolated regions, no budgets, lags beyond the horizon."""
    regions = draw(st.integers(1, 5))
    pairs = draw(st.sampled_from([None, []]))
    seed = draw(st.integers(0, 10_000))
    model = random_model(
        seed, regions, draw(st.integers(1, 4)), draw(st.integers(1, 5)),
        programmes=draw(st.integers(1, 3)), arcs=draw(st.integers(0, 4)),
        platforms=draw(st.integers(0, 2)), budget=draw(st.sampled_from([0.0, 0.3, 1.0, 100.0])),
        least_filled=draw(st.sampled_from([0.0, 0.9, 1.0])), pairs=pairs,
    )  # fmt: skip
    hubs = draw(st.integers(0, 3))
    return with_hubs(model, seed, hubs=hubs) if hubs else model


def stocks(model, plan):
    """People of every node and year, as unmet and idle say."""
    _, _, years = model.shape
    demand = model.demand.reshape(-1, years)
    return demand - plan[model.columns["unmet"]] + plan[model.columns["idle"]]


def checked(model, found):
    return check_plan(
        found.program, found.plan, found.dual, value=found.value, bound=found.bound,
        money=model.rows["budget"],
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(model=models())
def test_both_solvers_find_the_same_and_prove_it(model):
    exact = solve(model, solver="highs")
    ours = solve(model, solver="first_order", gap=GAP, most=60_000)
    assert exact.gap < 1e-7
    assert ours.stopped == "gap"
    assert ours.gap <= GAP
    size = max(abs(exact.value), 1e-9)
    assert ours.value >= exact.value - 1e-7 * size
    assert ours.bound <= exact.value + 1e-7 * size
    for found in (exact, ours):
        assert checked(model, found), checked(model, found).faults


@settings(max_examples=40, deadline=None)
@given(model=models(), seed=st.integers(0, 1000))
def test_any_decisions_become_a_plan_and_any_prices_a_bound(model, seed):
    rng = np.random.default_rng(seed)
    program = model.program()
    plan = Repair(model)(rng.normal(0, 1, program.cost.shape) * program.upper)
    people, own, outside = program.violations(plan)
    scale = max(1.0, float(np.abs(program.right).max()))
    assert max(people, own, outside) <= 1e-9 * scale
    prices = Dual(rng.normal(0, program.cost.max() + 1, program.right.shape))
    assert program.bound(prices) <= program.worth(plan) + 1e-9 * abs(program.worth(plan))


def carried(model, plan):
    """People of every node and year, played through person by person from the decisions alone."""
    years = model.shape[2]
    stock = model.base.ravel().copy()
    on_their_way = np.zeros((years + 10, stock.size))
    stocks, outside = [], np.zeros(years)
    for year in range(years):
        for block in model.blocks:
            if block.claims or block.name in ("build", "between"):
                continue
            amount = plan[model.columns[block.name], year]
            for unit, node, lag, people in zip(
                block.unit, block.node, block.lag, block.people, strict=True
            ):
                on_their_way[year + lag, node] += people * amount[unit]
                if block.name == "recruit":
                    outside[year] += people * amount[unit]
        stock = stock * (1 - model.leaving.ravel()) + model.inflow.reshape(-1, years)[:, year]
        stock = stock + on_their_way[year]
        stocks.append(stock)
    return np.array(stocks).T, on_their_way, outside


@settings(max_examples=30, deadline=None)
@given(model=models(), first_order=st.booleans())
def test_people_are_conserved_in_every_year(model, first_order):
    """Decisions played through give the stocks of the plan; nobody appears but recruits."""
    solver = "first_order" if first_order else "highs"
    found = solve(model, solver=solver, gap=1e-3, most=5_000)
    stock, moved, outside = carried(model, found.plan)
    size = 1.0 + model.base.max()
    np.testing.assert_allclose(stocks(model, found.plan), stock, atol=1e-6 * size)
    assert stock.min() >= -1e-6 * size
    # All that start and do not come from outside are in training until they arrive.
    training = moved.sum(axis=1).cumsum()[: len(outside)] - outside.cumsum()
    assert (training <= 1e-6 * size).all()


@settings(max_examples=30, deadline=None)
@given(model=models(), seed=st.integers(0, 1000))
def test_as_many_people_arrive_at_hubs_as_leave_them(model, seed):
    if model.hubs is None:
        return
    rng = np.random.default_rng(seed)
    occupations, years = model.shape[1:]
    plan = Repair(model)(rng.uniform(0, 2, model.program().cost.shape) * model.program().upper)
    depart, arrive, between = (
        plan[model.columns[name]].reshape(-1, occupations, years)
        for name in ("depart", "arrive", "between")
    )
    left = np.zeros((model.hubs.count, occupations, years))
    np.add.at(left, model.hubs.hub, depart - arrive)
    np.add.at(left, model.hubs.head, between)
    np.subtract.at(left, model.hubs.tail, between)
    np.testing.assert_allclose(left, 0.0, atol=1e-8 * (1 + depart.max(initial=0.0)))


@pytest.mark.parametrize("exact", [False, True])
def test_the_plan_does_not_depend_on_the_number_of_threads(monkeypatch, exact):
    monkeypatch.setattr("echelon.methods.planning.layout._ENTRIES_OF_A_PIECE", 60)
    model = with_hubs(random_model(4, 6, 5, 5), 4)
    program, gap = model.program(), 1e-6 if exact else 1e-4
    one, three = (
        solve_first_order(program, Repair(model), gap=gap, most=3_000, threads=threads)
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one.plan, three.plan)
    np.testing.assert_array_equal(one.dual.rows, three.dual.rows)


def test_a_plan_in_pieces_is_as_good_as_one_in_a_piece(monkeypatch):
    model = with_hubs(random_model(4, 6, 5, 5), 4)
    exact = solve(model, solver="highs")
    monkeypatch.setattr("echelon.methods.planning.layout._ENTRIES_OF_A_PIECE", 60)
    ours = solve(model, solver="first_order", gap=GAP)
    assert ours.stopped == "gap"
    assert ours.bound <= exact.value * (1 + 1e-9)
    assert exact.value <= ours.value * (1 + 1e-9)


def test_a_sparse_network_of_hubs_makes_no_way_much_longer():
    place = np.random.default_rng(2).uniform(0, 1, (20, 2))
    far = np.linalg.norm(place[:, None] - place[None], axis=2)
    ways = spanner(far, 1.2)
    way = np.full(far.shape, np.inf)
    np.fill_diagonal(way, 0)
    way[ways[:, 0], ways[:, 1]] = way[ways[:, 1], ways[:, 0]] = far[ways[:, 0], ways[:, 1]]
    for hub in range(len(place)):
        way = np.minimum(way, way[:, [hub]] + way[[hub], :])
    assert (way <= 1.2 * far + 1e-12).all()
    assert len(ways) < 60


@pytest.mark.parametrize("seed", range(6))
def test_a_year_by_year_simulation_of_the_decisions_finds_the_same_people(seed):
    """From what each lever means and its own figures, not from the entries of the program."""
    rng = np.random.default_rng(seed)
    regions, occupations, years = 2, 3, 5
    base = rng.uniform(50, 150, (regions, occupations))
    growth = 1 + 0.08 * np.arange(1, years + 1)
    demand = (base * rng.uniform(0.9, 1.3, base.shape))[..., None] * growth
    gone = rng.uniform(0.02, 0.1, base.shape)
    begin = rng.uniform(0, 5, (*base.shape, years))
    leads, enter = np.array([[0.0, 0.3, 0.7]]), np.array([[0.8, 0.2, 0.0], [0.6, 0.4, 0.0]])
    study, finish = 2, np.array([[0.6], [0.9]])
    here, there, course, passes = np.array([0, 1]), np.array([1, 2]), np.array([1, 0]), [0.7, 0.5]
    wage = np.ones((*base.shape, years))
    node = {
        "train": levers.train(
            leads, enter, years=np.array([study]), completion=finish, cost=0.2 * np.ones((2, 1))
        ),
        "retrain": levers.retrain(
            here, there, years=course, success=np.array(passes), cost=0.1 * np.ones((2, 2))
        ),
        "relocate": levers.relocate(np.array([0, 1]), np.array([1, 0]), cost=0.1 * np.ones((2, 3))),
        "recruit": levers.recruit(0.3 * np.ones(base.shape)),
    }
    most = {"train": 4.0, "retrain": 3.0, "relocate": 2.0, "recruit": 1.0}
    blocks = [
        Block(
            name, np.full((f.units, years), most[name]), f.cost, np.zeros(f.units), f.home,
            np.full(f.units, 2), f.unit, f.region * occupations + f.occupation, f.years, f.people,
        )
        for name, f in node.items()
    ]  # fmt: skip
    model = Model(
        base=base, demand=demand, inflow=begin, leaving=gone, unmet_cost=wage, idle_cost=0.1 * wage,
        discount=np.ones(years), blocks=tuple(blocks), spare=np.full(regions, 4.0),
        budget=np.full((3, regions, years), 1e6), cap=np.full((occupations, years), 1e3),
        cohort=np.full((regions, years), 1e3), leavers=0.2 * base, least_filled=0.0,
        short_cost=np.zeros(years),
    )  # fmt: skip
    program = model.program()
    plan = Repair(model)(rng.uniform(0, 1, program.upper.shape) * program.upper)
    starts = {name: plan[model.columns[name]] for name in node}
    assert all(array.sum() > 0 for array in starts.values())
    back = np.zeros((years + 5, regions, occupations))
    people = base.copy()
    for year in range(years):
        people = people * (1 - gone) + begin[..., year] + back[year]
        for region in range(regions):
            seats = starts["train"][region, year]
            people[region] -= seats * enter[region]
            back[year + study, region] += seats * finish[region, 0] * leads[0]
            back[year + study, region] += seats * (1 - finish[region, 0]) * enter[region]
            for arc in range(2):
                number = starts["retrain"][region * 2 + arc, year]
                people[region, here[arc]] -= number
                ends = people if course[arc] == 0 else back[year + course[arc]]
                ends[region, there[arc]] += number * passes[arc]
                ends[region, here[arc]] += number * (1 - passes[arc])
        moves = starts["relocate"].reshape(2, occupations, years)[..., year]
        people += np.array([moves[1] - moves[0], moves[0] - moves[1]])
        people += starts["recruit"].reshape(regions, occupations, years)[..., year]
        np.testing.assert_allclose(
            people, stocks(model, plan).reshape(model.shape)[..., year], rtol=1e-9
        )


def two_regions(*, moves=100.0, budget=1e9, years=1):
    """A hand case: 10 posts and 10 people here, 10 posts and 20 people there, one occupation."""
    demand = np.full((2, 1, years), 10.0)
    base = np.array([[0.0], [20.0]])
    move = Block(
        "relocate", np.full((1, years), moves), np.array([1.0]), np.zeros(1), np.array([0]),
        np.array([2]), np.array([0, 0]), np.array([1, 0]), np.array([0, 0]), np.array([-1.0, 1.0]),
    )  # fmt: skip
    flat = np.ones((2, 1, years))
    return Model(
        base=base, demand=demand, inflow=0 * flat, leaving=np.zeros((2, 1)), unmet_cost=5 * flat,
        idle_cost=2 * flat, discount=np.ones(years), blocks=(move,), spare=np.zeros(0),
        budget=np.full((3, 2, years), budget), cap=np.zeros((1, years)),
        cohort=np.zeros((2, years)), leavers=np.full((2, 1), 1e3), least_filled=0.0,
        short_cost=np.zeros(years),
    )  # fmt: skip


@pytest.mark.parametrize("solver", ["highs", "first_order"])
@pytest.mark.parametrize(
    ("moves", "budget", "cost"),
    [
        (100.0, 1e9, 10 * 1.0),  # ten move, all posts are filled
        (4.0, 1e9, 4 * 1.0 + 6 * (5 + 2)),  # four can move
        (100.0, 3.0, 3 * 1.0 + 7 * (5 + 2)),  # money for three
        (0.0, 1e9, 10 * (5 + 2)),  # cut off
    ],
)
def test_two_regions_by_hand(solver, moves, budget, cost):
    found = solve(two_regions(moves=moves, budget=budget), solver=solver, gap=1e-6)
    assert found.value == pytest.approx(cost, rel=1e-5)
    assert found.bound == pytest.approx(cost, rel=1e-5)


def test_a_price_lies_between_the_left_and_right_difference():
    """One more unit of money moves one more person, who saves 5 + 2 and costs 1."""
    costs = [solve(two_regions(budget=b), solver="highs").value for b in (2.0, 3.0, 4.0)]
    found = solve(two_regions(budget=3.0), solver="highs")
    price = found.dual.rows[-len(found.program.right) :]
    of_talent_here = price[two_regions().rows["budget"]][2 * 2 + 0, 0]
    assert costs[1] - costs[2] - 1e-9 <= of_talent_here <= costs[0] - costs[1] + 1e-9
    assert of_talent_here == pytest.approx(6.0)


@pytest.mark.parametrize("seed", range(4))
def test_budget_prices_between_differences_on_random_plans(seed):
    model = random_model(seed, budget=0.3)
    found = solve(model, solver="highs")
    prices = found.dual.rows[model.rows["budget"]].reshape(model.budget.shape)
    at = np.unravel_index(np.argmax(prices), prices.shape)
    step = 0.02 * model.budget[at]
    changed = []
    for sign in (-1, 1):
        budget = model.budget.copy()
        budget[at] += sign * step
        changed.append(solve(replace(model, budget=budget), solver="highs").value)
    left, right = (changed[0] - found.value) / step, (found.value - changed[1]) / step
    assert right - 1e-6 <= prices[at] <= left + 1e-6


def test_a_deadline_leaves_a_plan_and_its_proof():
    model = random_model(3, 4, 4, 4)
    found = solve(model, solver="first_order", gap=1e-9, most=10)
    assert found.stopped == "iterations"
    assert checked(model, found)
    assert np.isfinite(found.gap)
    late = solve(model, solver="first_order", gap=1e-9, deadline=1e-9)
    assert late.stopped == "deadline"
    assert checked(model, late)


def test_an_interruption_leaves_a_plan_and_its_proof():
    model = random_model(3, 4, 4, 4)

    def stop(_progress):
        raise KeyboardInterrupt

    found = solve(model, solver="first_order", gap=1e-9, tell=stop)
    assert found.stopped == "interrupted"
    assert checked(model, found)


def test_going_on_from_a_state_takes_fewer_iterations():
    model = random_model(5, 4, 4, 4)
    program, repair = model.program(), Repair(model)
    first = solve_first_order(program, repair, gap=1e-4)
    again = solve_first_order(program, repair, gap=1e-4, start=first.state)
    assert again.iterations < first.iterations
    assert again.gap <= 1e-4


def test_a_start_with_prices_of_limits_that_never_bind_closes():
    model = two_regions()
    program = model.program()
    start = (np.zeros_like(program.cost), np.full_like(program.right, 5.0), 0.0)
    found = solve_first_order(program, Repair(model), gap=1e-4, most=20_000, start=start)
    assert found.stopped == "gap"


def test_an_interruption_before_the_first_check_leaves_a_plan(monkeypatch):
    def stop(_self):
        raise KeyboardInterrupt

    monkeypatch.setattr("echelon.methods.planning.iteration.Iteration.check", stop)
    model = random_model(3, 4, 4, 4)
    found = solve(model, solver="first_order")
    assert found.stopped == "interrupted"
    assert np.isfinite([found.value, found.bound]).all()
    assert checked(model, found)


def test_the_same_plan_each_time():
    model = random_model(8, 3, 4, 4)
    one, two = (solve(model, solver="first_order", gap=1e-3) for _ in range(2))
    np.testing.assert_array_equal(one.plan, two.plan)
    assert one.bound == two.bound


def test_a_false_proof_is_seen():
    model = random_model(2)
    found = solve(model, solver="highs")
    money = model.rows["budget"]
    plan = found.plan.copy()
    plan[model.columns["unmet"].start] += 1.0
    claims = {"value": found.value, "bound": found.bound, "money": money}
    assert "breaks a row of people" in " ".join(
        check_plan(found.program, plan, found.dual, **claims).faults
    )
    wrong = check_plan(
        found.program, found.plan, found.dual, value=found.value, bound=found.bound + 1, money=money
    )
    assert "The prices prove" in wrong.faults[0]


@pytest.mark.parametrize("place", ["plan", "prices", "value", "bound"])
def test_a_proof_with_something_that_is_no_number_is_refused(place):
    model = random_model(2)
    found = solve(model, solver="highs")
    plan, rows = found.plan.copy(), found.dual.rows.copy()
    claims = {"value": found.value, "bound": found.bound, "money": model.rows["budget"]}
    if place in claims:
        claims[place] = np.nan
    else:
        {"plan": plan, "prices": rows}[place][0, 0] = np.nan
    check = check_plan(found.program, plan, Dual(rows, found.dual.own), **claims)
    assert not check
    assert "not a finite number" in check.faults[0]


def test_large_budgets_do_not_hide_missing_people():
    model = two_regions(budget=1e12)
    found = solve(model, solver="highs")
    plan = found.plan.copy()
    plan[model.columns["unmet"].start] += 1.0
    program = found.program
    check = check_plan(
        program, plan, found.dual, value=program.worth(plan), bound=found.bound,
        money=model.rows["budget"],
    )  # fmt: skip
    assert "breaks a row of people by 1" in " ".join(check.faults)


@pytest.mark.parametrize("poor", [0.0, 5.0])
def test_a_rich_budget_does_not_hide_that_a_poor_one_is_overspent(poor):
    """Ten move at a cost of 10, paid by a region with less; the other has a billion of billions."""
    model = two_regions()
    free = solve(model, solver="highs")
    budget = np.full_like(model.budget, 1e18)
    budget[2, 0] = poor
    less = replace(model, budget=budget)
    check = check_plan(
        less.program(), free.plan, Dual(np.zeros_like(free.dual.rows)), value=free.value, bound=0.0,
        money=less.rows["budget"],
    )  # fmt: skip
    assert "overspends a budget" in " ".join(check.faults)


def own(model, low, high):
    column = model.columns["relocate"].start
    return OwnRows(
        ("moves",), np.array([0]), np.array([column]), np.array([0]), np.array([1.0]),
        np.array([low]), np.array([high]),
    )  # fmt: skip


def test_people_who_move_away_later_are_not_decided_away():
    """Six of 20 leave by themselves in each of three years, so that two can be helped to move."""
    model = two_regions(years=3)
    inflow = np.zeros((2, 1, 3))
    inflow[1] = -6.0
    model = replace(model, inflow=inflow)
    plan = Repair(model)(model.program().upper)
    assert max(model.program().violations(plan)) < 1e-6
    assert plan[model.columns["relocate"]].sum() == pytest.approx(2.0)


def test_an_own_row_in_money_does_not_hide_a_broken_one_of_people():
    model = two_regions(budget=1e12)
    column = model.columns["relocate"].start
    rows = OwnRows(
        ("few", "money"), np.array([0, 1]), np.array([column, column]), np.array([0, 0]),
        np.array([1.0, 1.0]), np.array([-np.inf, -np.inf]), np.array([4.0, 1e12]),
    )  # fmt: skip
    free = solve(model, solver="highs")
    program = replace(model, own=rows).program()
    check = check_plan(
        program, free.plan, Dual(free.dual.rows, np.zeros(2)), value=free.value, bound=free.bound,
        money=model.rows["budget"],
    )  # fmt: skip
    assert check.faults == ("The plan breaks a constraint of its own by 6.",)


def test_own_rows_bind_and_have_a_price():
    model = two_regions()
    found = solve(replace(model, own=own(model, -np.inf, 4.0)))
    assert found.solver == "HiGHS"
    assert found.why == "own constraints"
    assert found.value == pytest.approx(4 + 6 * 7)
    assert found.bound == pytest.approx(found.value)
    assert abs(found.dual.own[0]) == pytest.approx(6.0)


def test_the_smallest_change_that_mends_a_conflict():
    model = two_regions(moves=4.0)
    broken = replace(model, own=own(model, 9.0, np.inf))
    assert solve(broken).infeasible
    assert smallest_change(broken.program())[0] == pytest.approx(5.0)


def test_the_first_order_solver_refuses_own_rows():
    model = two_regions()
    with pytest.raises(InvalidArgument, match="does not know own constraints"):
        solve(replace(model, own=own(model, 0.0, 4.0)), solver="first_order")


def test_a_negative_cost_is_refused():
    model = two_regions()
    block = replace(model.blocks[0], cost=np.array([-1.0]))
    with pytest.raises(InvalidArgument, match="a cost of relocate that is below 0"):
        replace(model, blocks=(block,))


def test_an_mps_file_holds_the_program(tmp_path: Path):
    import highspy

    model = two_regions(budget=3.0)
    write_mps(model.program(), tmp_path / "plan.mps")
    solver = highspy.Highs()
    solver.silent()
    solver.readModel(str(tmp_path / "plan.mps"))
    solver.run()
    assert solver.getObjectiveValue() == pytest.approx(3 + 7 * 7)


def test_highs_reports_prices_of_the_right_sign():
    program = two_regions(budget=3.0).program()
    found = solve_exact(program)
    inequality = found.dual.rows[~program.equality]
    assert (inequality >= -1e-9).all()
    assert program.bound(found.dual) == pytest.approx(program.worth(found.decisions))


@pytest.mark.parametrize("shape", [(1, 1, 5), (1, 3, 5), (3, 1, 5), (2, 2, 1)])
def test_a_repair_leaves_the_model_as_it_was(shape):
    """Arrays of a single row can be seen as they are instead of copied."""
    model = random_model(5, *shape, lags=(1, 2))
    before = [np.copy(part) for part in (model.inflow, model.base, model.demand, model.budget)]
    repair, program = Repair(model), model.program()
    first, again = repair(program.upper), repair(program.upper)
    np.testing.assert_array_equal(first, again)
    after = (model.inflow, model.base, model.demand, model.budget)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@settings(max_examples=40, deadline=None)
@given(model=models())
def test_the_best_plan_is_kept_by_the_repair(model):
    best = solve_exact(model.program()).decisions
    program = model.program()
    kept = program.worth(Repair(model)(np.clip(best, 0.0, program.upper)))
    assert kept == pytest.approx(program.worth(best), rel=1e-6, abs=1e-6)


def test_a_gap_that_does_not_fall_brings_all_decisions_back(monkeypatch):
    monkeypatch.setattr("echelon.methods.planning.iteration._PATIENCE", 1)
    model = with_hubs(random_model(4, 5, 4, 4), 4)
    exact = solve(model, solver="highs")
    ours = solve(model, solver="first_order", gap=1e-4)
    assert ours.stopped == "gap"
    assert ours.value == pytest.approx(exact.value, rel=1e-4)


def test_a_place_that_is_short_by_rounding_loses_nobody_who_passes_through():
    """Ten move on from a place that others reach in the same year and that has nobody of its own."""
    model = two_regions(moves=10.0)
    move = replace(
        model.blocks[0], upper=np.full((2, 1), 20.0), cost=np.ones(2), worth=np.zeros(2),
        home=np.array([0, 1]), department=np.array([2, 2]), unit=np.array([0, 0, 1, 1]),
        node=np.array([0, 1, 1, 2]), lag=np.zeros(4, np.int64),
        people=np.array([-1.0, 1.0, -1.0, 1.0]),
    )  # fmt: skip
    flat = np.ones((3, 1, 1))
    model = replace(
        model, base=np.array([[20.0], [0.0], [0.0]]), demand=10 * flat, inflow=0 * flat,
        leaving=np.zeros((3, 1)), unmet_cost=flat, idle_cost=flat, blocks=(move,),
        budget=np.full((3, 3, 1), 1e9), cohort=np.zeros((3, 1)), leavers=np.full((3, 1), 1e3),
    )  # fmt: skip
    plan = np.zeros_like(model.program().cost)
    plan[model.columns["relocate"], 0] = [10.0, 10.0 + 1e-9]
    moved = Repair(model)(plan)[model.columns["relocate"], 0]
    np.testing.assert_allclose(moved, 10.0, atol=1e-6)
