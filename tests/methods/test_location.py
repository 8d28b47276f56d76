"""Sites, hubs, profiles and funding against every choice there is, and what must always hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.funding import Funding, fund, fund_first
from echelon.methods.hubs import HubProblem, locate_hubs, route_hubs
from echelon.methods.integer import dual_bound, program_of, prove, solve
from echelon.methods.location import (
    cover_program,
    great_circle,
    median_program,
    near_cover_program,
    nearest,
    set_program,
)
from echelon.methods.profiles import (
    choice_concentration,
    crowded,
    mean_overlap,
    own_profiles,
    profile_program,
)

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=15, deadline=None)


def places(seed, n=7, tiers=1):
    """Random places with their distances and the demand of each tier."""
    generator = np.random.default_rng(seed)
    at = generator.random((n, 2)).round(3)
    distance = np.hypot(*(at[:, None] - at).transpose(2, 0, 1))
    return distance, generator.gamma(1.0, size=(tiers, n)) + 0.01


def cost(distance, weights, chosen):
    return float(weights @ distance[:, list(chosen)].min(axis=1))


@FEW
@given(SEEDS, st.integers(1, 4))
def test_the_median_is_the_best_of_all_choices(seed, count):
    distance, weights = places(seed)
    layout = median_program(distance, weights, counts=np.array([count]))
    proof = prove(layout.program)
    every = [cost(distance, weights[0], some) for some in combinations(range(7), count)]
    assert proof.value == pytest.approx(min(every), abs=1e-9)
    assert proof.gap <= 1e-6
    assert proof.faults(layout.program) == ()
    near = nearest(distance, layout.opened(proof.values))[0]
    assert weights[0] @ distance[np.arange(7), near] == pytest.approx(proof.value, abs=1e-9)


@FEW
@given(SEEDS)
def test_tiers_are_the_best_of_all_nested_choices(seed):
    distance, weights = places(seed, n=6, tiers=2)
    layout = median_program(distance, weights, counts=np.array([1, 3]))
    proof = prove(layout.program)
    every = [
        cost(distance, weights[0], [top]) + cost(distance, weights[1], some)
        for some in combinations(range(6), 3)
        for top in some
    ]
    assert proof.value == pytest.approx(min(every), abs=1e-9)
    opened = layout.opened(proof.values)
    assert (opened[0] <= opened[1]).all()
    assert opened.sum(axis=1).tolist() == [1, 3]


@FEW
@given(SEEDS)
def test_the_mean_distance_falls_with_the_number_of_sites(seed):
    distance, weights = places(seed)
    costs = [
        prove(median_program(distance, weights, counts=np.array([p])).program).value
        for p in range(1, 8)
    ]
    assert (np.diff(costs) <= 1e-9).all()
    assert costs[-1] == pytest.approx(0.0, abs=1e-9)


@FEW
@given(SEEDS, st.integers(1, 3), st.floats(0.05, 0.9))
def test_covering_is_the_best_of_all_choices(seed, count, radius):
    distance, weights = places(seed)
    counts, limit = np.array([count]), np.array([radius])
    layout = cover_program(distance, weights, counts=counts, radius=limit)
    proof = prove(layout.program)
    every = [
        float(weights[0][distance[:, list(some)].min(axis=1) <= radius].sum())
        for some in combinations(range(7), count)
    ]
    assert weights.sum() - proof.value == pytest.approx(max(every), abs=1e-8)
    near = near_cover_program(distance, weights, counts=counts, radius=limit, left_out=proof.value)
    second = prove(near.program)
    chosen = np.flatnonzero(near.opened(second.values)[0])
    inside = distance[:, chosen].min(axis=1) <= radius
    assert weights[0][inside].sum() == pytest.approx(max(every), abs=1e-6)
    equals = [
        cost(distance, weights[0], some)
        for some, covered in zip(combinations(range(7), count), every, strict=True)
        if covered >= max(every) - 1e-12
    ]
    assert second.value == pytest.approx(min(equals), abs=1e-6)


@FEW
@given(SEEDS)
def test_coverage_grows_with_radius_and_with_sites(seed):
    distance, weights = places(seed)
    left = np.array(
        [
            [
                prove(
                    cover_program(
                        distance, weights, counts=np.array([p]), radius=np.array([radius])
                    ).program
                ).value
                for radius in (0.1, 0.3, 0.6)
            ]
            for p in (1, 2, 3)
        ]
    )
    assert (np.diff(left, axis=0) <= 1e-9).all()
    assert (np.diff(left, axis=1) <= 1e-9).all()


@FEW
@given(SEEDS, st.floats(0.2, 0.9))
def test_the_fewest_sites_are_the_fewest_of_all_choices(seed, radius):
    distance, weights = places(seed)
    proof = prove(set_program(distance, weights, radius=np.array([radius])).program)
    fewest = next(
        p
        for p in range(1, 8)
        if any(
            (distance[:, list(some)].min(axis=1) <= radius).all()
            for some in combinations(range(7), p)
        )
    )
    assert proof.value == fewest
    assert proof.bound >= fewest - 1e-6


def test_a_place_out_of_reach_is_named():
    distance, weights = np.array([[1.0], [9.0]]), np.ones((1, 2))
    with pytest.raises(InsufficientData, match=r"Place 2 has no candidate within 2"):
        set_program(distance, weights, radius=np.array([2.0]))


@pytest.mark.parametrize("counts", [[0], [8], [3, 2]])
def test_numbers_of_sites_that_do_not_fit_are_refused(counts):
    distance, weights = places(1, tiers=len(counts))
    with pytest.raises(InvalidArgument, match="Give each tier at least one site"):
        median_program(distance, weights, counts=np.array(counts))


def test_unknown_distances_and_no_demand_are_refused():
    distance, weights = places(2)
    hole = distance.copy()
    hole[0, 1] = np.nan
    with pytest.raises(InvalidArgument, match="A distance is unknown"):
        median_program(hole, weights, counts=np.array([1]))
    with pytest.raises(InvalidArgument, match="A demand is unknown or negative"):
        median_program(distance, 0 * weights, counts=np.array([1]))


def test_the_great_circle_knows_the_equator():
    found = great_circle(np.array([0.0, 0.0, 90.0]), np.array([0.0, 90.0, 0.0]))
    quarter = np.pi / 2 * 6371
    assert found == pytest.approx(quarter * (1 - np.eye(3)), abs=1e-6)


# ----- proofs


def random_program(seed, n=6, m=4):
    from scipy.sparse import csr_array

    generator = np.random.default_rng(seed)
    matrix = generator.integers(-3, 4, size=(m, n)).astype(float)
    inside = generator.integers(0, 3, size=n)
    activity = matrix @ inside
    low = activity - generator.integers(0, 3, size=m)
    high = activity + generator.integers(0, 3, size=m)
    return program_of(
        generator.normal(size=n).round(2), csr_array(matrix), row_low=low, row_high=high,
        whole=np.ones(n, bool), upper=2.0,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_a_proof_closes_on_the_best_of_all_whole_points(seed):
    program = random_program(seed)
    proof = prove(program)
    points = np.array(list(product(range(3), repeat=6)), dtype=float)
    rows = points @ program.matrix.toarray().T
    fits = ((rows >= program.row_low - 1e-9) & (rows <= program.row_high + 1e-9)).all(axis=1)
    best = float((points[fits] @ program.cost).min())
    assert proof.value == pytest.approx(best, abs=1e-7)
    assert best - 1e-5 <= proof.bound <= best + 1e-7
    assert proof.faults(program) == ()


@settings(max_examples=40, deadline=None)
@given(SEEDS)
def test_any_prices_bound_the_cost(seed):
    program = random_program(seed)
    prices = np.random.default_rng(seed).normal(size=4) * 3
    bound = dual_bound(program, prices, lower=program.lower, upper=program.upper)
    assert bound <= program.total(solve(program)) + 1e-9


def test_a_proof_that_was_touched_does_not_hold():
    program = next(p for p in map(random_program, range(99)) if prove(p).cases > 2)
    proof = prove(program)
    dear = replace(proof, bound=proof.value + 1)
    assert any("prove a bound" in fault for fault in dear.faults(program))
    other = replace(proof, values=proof.values + 1)
    assert any("breaks a bound, a row or a whole number" in f for f in other.faults(program))
    wrong = replace(proof, value=proof.value - 1)
    assert any("The solution costs" in fault for fault in wrong.faults(program))
    # One case left out of the tree: the other one stands for both.
    cut = proof.left.copy()
    cut[0] = proof.right[0]
    assert replace(proof, left=cut).faults(program) != ()


@pytest.mark.parametrize("name", ["values", "value", "bound", "prices"])
def test_a_proof_with_unknown_figures_does_not_hold(name):
    program = random_program(1)
    proof = prove(program)
    unknown = np.full_like(getattr(proof, name), np.nan)
    assert replace(proof, **{name: unknown}).faults(program) != ()


def test_a_program_without_solution_says_so():
    from scipy.sparse import csr_array

    program = program_of(
        np.ones(1), csr_array(np.ones((1, 1))), row_low=np.array([2.0]), row_high=np.array([3.0]),
        whole=np.ones(1, bool),
    )  # fmt: skip
    with pytest.raises(InsufficientData, match="No choice meets all conditions"):
        solve(program)


# ----- hubs


def hub_problem(seed, allocation, n=6, hubs=2):
    generator = np.random.default_rng(seed)
    distance, _ = places(seed, n=n)
    flow = generator.gamma(0.5, size=(n, n))
    rate = float(generator.choice([0.2, 0.5, 0.8, 1.0]))
    return HubProblem(flow, distance, hubs, np.arange(n), 1.0, rate, 1.0, allocation)


@FEW
@given(SEEDS)
def test_hubs_with_one_hub_per_place_are_the_best_of_all_choices(seed):
    problem = hub_problem(seed, "single")
    proof = locate_hubs(problem)
    best = np.inf
    for chosen in combinations(range(6), 2):
        for share in product(range(2), repeat=6):
            hub = np.array(chosen)[list(share)]
            if (hub[list(chosen)] == chosen).all():
                best = min(best, problem.cost_of(hub))
    assert proof.value == pytest.approx(best, rel=1e-9)
    assert proof.gap <= 1e-6
    assert proof.faults(problem) == ()


@FEW
@given(SEEDS)
def test_hubs_by_the_best_way_are_the_best_of_all_choices(seed):
    problem = hub_problem(seed, "multiple")
    proof = locate_hubs(problem)
    d, best = problem.distance, np.inf
    for chosen in combinations(range(6), 2):
        total = sum(
            problem.flow[i, j]
            * min(
                problem.collect * d[i, k]
                + problem.transfer * d[k, m]
                + problem.distribute * d[m, j]
                for k in chosen
                for m in chosen
            )
            for i in range(6)
            for j in range(6)
        )
        best = min(best, total)
    assert proof.value == pytest.approx(best, rel=1e-9)
    assert proof.faults(problem) == ()
    first, last = route_hubs(problem, proof.chosen)
    at = np.arange(6)
    way = d[at[:, None], first] + problem.transfer * d[first, last] + d[last, at[None, :]]
    assert (problem.flow * way).sum() == pytest.approx(best, rel=1e-9)
    single = locate_hubs(replace(problem, allocation="single"))
    assert single.value >= proof.value - 1e-9


def test_more_hubs_cost_no_more():
    costs = [locate_hubs(hub_problem(5, "multiple", n=8, hubs=p)).value for p in range(1, 6)]
    assert (np.diff(costs) <= 1e-9).all()


def test_too_many_sets_of_hubs_are_refused():
    problem = hub_problem(1, "multiple", n=60, hubs=8)
    with pytest.raises(InvalidArgument, match="too many to go through"):
        locate_hubs(problem)


def test_hubs_that_do_not_hold_are_found_out():
    problem = hub_problem(3, "multiple", n=8, hubs=2)
    proof = locate_hubs(problem)
    worse = next(
        np.array(some) for some in combinations(range(8), 2) if set(some) != set(proof.chosen)
    )
    value = float(problem.cost_by_best_hubs(worse[None])[0])
    claimed = replace(proof, chosen=worse, hub=np.full(8, worse[0]), value=value, bound=value)
    assert any("A set of hubs is not ruled out" in fault for fault in claimed.faults(problem))
    everywhere = np.arange(8)
    cheap = float(problem.cost_by_best_hubs(everywhere[None])[0])
    many = replace(proof, chosen=everywhere, value=cheap, bound=cheap)
    assert many.faults(problem) == ("The hubs are not 2 of the candidates.",)
    assert replace(proof, value=np.nan, bound=np.nan).faults(problem) != ()
    assert replace(proof, bound=proof.value * 2).faults(problem) != ()


# ----- profiles


@FEW
@given(SEEDS, st.sampled_from([0.0, 0.1, 0.5, 2.0]))
def test_profiles_are_the_best_of_all_choices(seed, crowding):
    generator = np.random.default_rng(seed)
    score = generator.random((3, 4))
    score[generator.random((3, 4)) < 0.2] = np.nan
    program, allowed = profile_program(score, size=1, room=1, crowding=crowding)
    proof = prove(program)
    options = [[None, *np.flatnonzero(~np.isnan(row))] for row in score]
    best = -np.inf
    for some in product(*options):
        taken = np.zeros((3, 4), bool)
        for i, j in enumerate(some):
            if j is not None:
                taken[i, j] = True
        worth = float(np.nansum(np.where(taken, score, 0.0))) - crowding * crowded(taken, room=1)
        best = max(best, worth)
    assert -proof.value == pytest.approx(best, abs=1e-9)
    # A flow: without whole numbers the optimum is the same.
    loose = solve(replace(program, whole=np.zeros_like(program.whole)))
    assert program.total(loose) == pytest.approx(proof.value, abs=1e-9)
    assert set(np.round(loose[: len(allowed)], 9)) <= {0.0, 1.0}


@FEW
@given(SEEDS)
def test_without_a_price_each_takes_its_own_best(seed):
    score = np.random.default_rng(seed).random((5, 6))
    program, allowed = profile_program(score, size=2, room=1, crowding=0.0)
    flat = np.zeros(30, bool)
    flat[allowed] = solve(program)[:30] > 0.5
    own = own_profiles(score, size=2)
    assert np.array_equal(flat.reshape(5, 6), own)


def test_overlap_and_concentration_of_known_profiles():
    same = np.ones((3, 2), bool)
    apart = np.eye(3, dtype=bool)
    assert mean_overlap(same) == pytest.approx([1, 1, 1])
    assert mean_overlap(apart) == pytest.approx([0, 0, 0])
    assert choice_concentration(apart) == pytest.approx(1 / 3)
    assert choice_concentration(np.array([[True, False]] * 4)) == 1
    assert np.isnan(mean_overlap(np.zeros((2, 2), bool))).all()


def test_a_profile_without_size_is_refused():
    with pytest.raises(InvalidArgument, match="size = 0"):
        profile_program(np.ones((2, 2)), size=0, room=1, crowding=0.1)


# ----- funding


def funding(seed, n=5):
    generator = np.random.default_rng(seed)
    return Funding(
        value=generator.uniform(0, 10, n), cost=generator.uniform(1, 5, n),
        posts=generator.integers(0, 4, (3, n)).astype(float),
        people=generator.uniform(1, 6, 3), payer=generator.integers(0, 2, n),
        budget=generator.uniform(3, 8, 2),
    )  # fmt: skip


@FEW
@given(SEEDS)
def test_platforms_are_the_best_of_all_choices(seed):
    from scipy.optimize import linprog

    problem = funding(seed)
    funded, activity, proof, program = fund(problem)
    best = -np.inf
    for some in product([0, 1], repeat=5):
        chosen = np.array(some, float)
        spent = [float((problem.cost * chosen)[problem.payer == b].sum()) for b in range(2)]
        if (np.array(spent) > problem.budget + 1e-9).any():
            continue
        staff = linprog(
            -problem.value, A_ub=problem.posts, b_ub=problem.people,
            bounds=np.column_stack([np.zeros(5), chosen]), method="highs",
        )  # fmt: skip
        best = max(best, -staff.fun - problem.cost @ chosen)
    assert problem.net(funded, activity) == pytest.approx(best, abs=1e-6)
    assert proof.faults(program) == ()
    assert (activity <= funded + 1e-9).all()
    assert (problem.posts @ activity <= problem.people + 1e-6).all()
    assert problem.net(*fund_first(problem)) <= best + 1e-6


@FEW
@given(SEEDS)
def test_a_larger_budget_is_worth_no_less(seed):
    problem = funding(seed)
    nets = [
        problem.net(*fund(replace(problem, budget=problem.budget * times))[:2])
        for times in (0, 0.5, 1, 2, 9)
    ]
    assert nets[0] == 0
    assert (np.diff(nets) >= -1e-6).all()


def test_a_laboratory_without_scientists_yields_nothing():
    problem = replace(funding(1), people=np.zeros(3), posts=np.ones((3, 5)))
    funded, activity, _, _ = fund(problem)
    assert not funded.any()
    assert activity == pytest.approx(np.zeros(5))
    money_first = fund_first(problem)
    assert problem.net(*money_first) < 0
