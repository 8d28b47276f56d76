"""The labour market: expected course against a dense form, counts against a loop of people."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from echelon.errors import InvalidArgument, MisalignedLabels
from echelon.methods.labour_market import Conditions, Rates, State, begin, course, kernel, step
from echelon.methods.labour_market.counts import count_course, whole
from echelon.methods.labour_market.mean_field import Room

sys.path.insert(0, str(Path(__file__).parent))

REGIONS = np.array([[[0.8, 0.2], [0.3, 0.7]], [[0.1, 0.4], [0.2, 0.1]]])
OCCUPATIONS = np.array(
    [
        [[0.6, 0.4, 0.0], [0.2, 0.5, 0.3], [0.0, 0.1, 0.9]],
        [[0.2, 0.2, 0.2], [0.1, 0.3, 0.0], [0.3, 0.3, 0.3]],
    ]
)
ATTRACTION = np.array([[1.0, 2.0, 0.5], [1.0, 0.7, 1.5]])
EMPLOYED = np.array([[30, 12, 0], [9, 20, 14]])
UNEMPLOYED = np.array(
    [[[7, 3, 2], [1, 6, 4]], [[2, 0, 1], [3, 1, 1]], [[1, 1, 0], [0, 2, 2]], [[0, 1, 1], [2, 0, 0]]]
)
VACANCIES = np.array([[4, 6, 1], [3, 2, 8]])
DEMAND = np.array([[35.0, 14.0, 3.0], [14.0, 16.0, 30.0]])
RATES = Rates()
STATE = State(EMPLOYED.astype(float), UNEMPLOYED.astype(float), VACANCIES.astype(float))


def dense_step(e, u, v, demand, matrix, rates, attraction):
    """One step of the reference on the whole matrix over region x occupation."""
    pull = matrix * (attraction * v)
    reach = pull.sum(axis=1, keepdims=True)
    share = np.divide(pull, reach, out=np.zeros_like(pull), where=reach > 0)
    arriving = u @ share
    queue = np.divide(arriving, v, out=np.zeros_like(v), where=v > 0)
    chance = np.divide(-np.expm1(-queue), queue, out=np.ones_like(v), where=queue > 0)
    flow = u[:, None] * share * chance
    gap = e + v - demand
    lost = rates.separate * e + (1 - rates.separate) * np.minimum(
        e, rates.adjust_down * np.maximum(gap, 0)
    )
    more = rates.open * e + (1 - rates.open) * np.minimum(e, rates.adjust_up * np.maximum(-gap, 0))
    hired = flow.sum(axis=0)
    return e + hired - lost, u + lost - flow.sum(axis=1), v + more - hired


@pytest.mark.parametrize("size", [3, 4, 6])
def test_the_factors_give_what_the_whole_matrix_gives(size: int) -> None:
    generator = np.random.default_rng(size)
    kinds = 5
    moves = kernel(generator.random((2, size, size)), generator.random((2, kinds, kinds)))
    attraction = generator.random((size, kinds)) + 0.5
    state = begin(generator.integers(0, 1000, (size, kinds)).astype(float), RATES)
    demand = (state.employed + state.all_unemployed) * (0.7 + 0.6 * generator.random((size, kinds)))
    plain = [state.employed.ravel(), state.all_unemployed.ravel(), state.vacancies.ravel()]
    for found, _ in course(
        state, lambda _step: demand, moves, rates=RATES, steps=60, conditions=Conditions(attraction)
    ):
        plain = dense_step(*plain, demand.ravel(), moves.dense(), RATES, attraction.ravel())
        ours = [found.employed, found.all_unemployed, found.vacancies]
        for mine, theirs in zip(ours, plain, strict=True):
            np.testing.assert_allclose(mine.ravel(), theirs, rtol=1e-12, atol=1e-9)


def test_a_batch_is_its_members() -> None:
    moves = kernel(REGIONS, OCCUPATIONS)
    batch = State(
        np.stack([STATE.employed, 2 * STATE.employed]),
        np.stack([STATE.unemployed, 3 * STATE.unemployed], axis=1),
        np.stack([STATE.vacancies, STATE.vacancies]),
    )
    both, _ = step(batch, DEMAND, moves, rates=RATES, conditions=Conditions(ATTRACTION))
    for member in range(2):
        alone = State(batch.employed[member], batch.unemployed[:, member], batch.vacancies[member])
        one, _ = step(alone, DEMAND, moves, rates=RATES, conditions=Conditions(ATTRACTION))
        np.testing.assert_allclose(both.employed[member], one.employed, rtol=1e-13)
        np.testing.assert_allclose(both.unemployed[:, member], one.unemployed, rtol=1e-13)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 6))
def test_people_are_conserved_and_nothing_is_negative(seed: int, size: int, kinds: int) -> None:
    generator = np.random.default_rng(seed)
    moves = kernel(np.eye(size) + generator.random((size, size)), np.eye(kinds))
    state = begin(generator.integers(0, 300, (size, kinds)).astype(float), RATES)
    demand = generator.integers(0, 400, (size, kinds)).astype(float)
    people = state.employed.sum() + state.all_unemployed.sum()
    start = whole(state, members=3, seed=seed)
    persons = start.employed.sum(axis=(1, 2)) + start.unemployed.sum(axis=(1, 2, 3))
    for found, flows in course(state, lambda _: demand, moves, rates=RATES, steps=12):
        assert found.employed.sum() + found.all_unemployed.sum() == pytest.approx(people)
        assert flows.hired.sum() == pytest.approx(flows.left.sum())
        assert min(found.employed.min(), found.unemployed.min(), found.vacancies.min()) >= -1e-9
    for counted in count_course(start, lambda _: demand, moves, rates=RATES, steps=12, seed=seed):
        now = counted.employed.sum(axis=(1, 2)) + counted.unemployed.sum(axis=(1, 2, 3))
        assert (now == persons).all()
        assert (counted.hired.sum(axis=(1, 2)) == counted.left.sum(axis=(1, 2))).all()
        assert min(counted.employed.min(), counted.unemployed.min(), counted.vacancies.min()) >= 0


def test_memory_that_is_used_again_changes_nothing() -> None:
    """Two states hold at a time; rates, demand and conditions may be one figure for all members."""
    generator = np.random.default_rng(2)
    members = (3, *DEMAND.shape)
    given = Conditions(generator.random(members), 0.8, np.full((3, 1, 1), 0.02), 1.3)
    rates = Rates(separate=0.03, adjust_up=np.full((3, 1, 1), 0.2))
    moves, room = kernel(REGIONS, OCCUPATIONS), Room(members, len(UNEMPLOYED))
    spells = np.broadcast_to(STATE.unemployed[:, None], (len(UNEMPLOYED), *members))
    plain = shared = State(STATE.employed, spells, STATE.vacancies)
    for _ in range(4):
        before, kept = shared, plain
        plain, flows = step(plain, DEMAND, moves, rates=rates, conditions=given)
        shared, same = step(shared, DEMAND, moves, rates=rates, conditions=given, room=room)
        for name in ("employed", "unemployed", "vacancies"):
            np.testing.assert_array_equal(getattr(plain, name), getattr(shared, name))
            np.testing.assert_array_equal(getattr(kept, name), getattr(before, name))
        np.testing.assert_array_equal(flows.separated, same.separated)
        np.testing.assert_array_equal(flows.given_up, same.given_up)


def compare(members: int, steps: int, seed: int) -> tuple[list[float], list[float]]:
    """Return p-values and variance ratios of every margin, counts against people."""
    from people import distributions, literal

    rates = np.array([RATES.separate, RATES.open, RATES.adjust_down, RATES.adjust_up])
    people = literal(EMPLOYED, UNEMPLOYED, VACANCIES, DEMAND, REGIONS, OCCUPATIONS, ATTRACTION,
                     rates, steps, members, seed)  # fmt: skip
    start = whole(STATE, members=members, seed=seed)
    moves = kernel(REGIONS, OCCUPATIONS)
    *_, last = count_course(
        start,
        lambda _: DEMAND,
        moves,
        rates=RATES,
        steps=steps,
        seed=seed,
        conditions=Conditions(ATTRACTION),
    )
    ours = np.stack([last.employed, last.unemployed.sum(axis=1), last.vacancies], axis=1)
    return distributions(people, ours)


def test_counts_have_the_distribution_of_people() -> None:
    chances, ratios = compare(members=20_000, steps=2, seed=5)
    assert stats.kstest(chances, "uniform").pvalue > 1e-3
    assert 0.9 < min(ratios) <= max(ratios) < 1.1


@pytest.mark.slow
def test_counts_have_the_distribution_of_people_over_many_members() -> None:
    chances, ratios = compare(members=400_000, steps=3, seed=11)
    assert stats.kstest(chances, "uniform").pvalue > 1e-3
    assert 0.98 < min(ratios) <= max(ratios) < 1.02


def test_without_classes_every_person_is_where_they_were() -> None:
    """The draws of the engine before it knew classes of applicants, kept as their digest."""
    import hashlib

    found = hashlib.sha256()
    for now in count_course(
        whole(STATE, members=50, seed=3), lambda _: DEMAND, kernel(REGIONS, OCCUPATIONS), rates=RATES,
        steps=6, seed=9, conditions=Conditions(ATTRACTION, 0.8, 0.02, 1.3),
    ):  # fmt: skip
        for part in (
            now.employed, now.unemployed, now.vacancies, now.hired, now.left, now.separated,
            now.retired, now.given_up, now.entered,
        ):  # fmt: skip
            found.update(np.ascontiguousarray(part).tobytes())
    assert found.hexdigest()[:16] == "446069dc8a1cc948"


def run(seed: int, members: int, demand: np.ndarray = DEMAND) -> np.ndarray:
    start = whole(STATE, members=members, seed=0)
    moves = kernel(REGIONS[:1], OCCUPATIONS[:1])
    return np.stack(
        [
            c.employed
            for c in count_course(start, lambda _: demand, moves, rates=RATES, steps=5, seed=seed)
        ]
    )


def test_threads_and_members_do_not_change_a_member() -> None:
    import numba

    many = run(7, 40)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        alone = run(7, 40)
    finally:
        numba.set_num_threads(before)
    assert (many == alone).all()
    assert (run(7, 4) == many[:, :4]).all()
    assert not (run(8, 40) == many).all()


def test_a_scenario_draws_the_same_where_its_cells_agree() -> None:
    """A change in the second region alone leaves the first as it is, step by step."""
    moves = np.eye(2)[None]
    start = whole(STATE, members=20, seed=0)
    other = DEMAND + np.array([[0.0], [25.0]])

    def course_of(demand: np.ndarray) -> np.ndarray:
        apart = kernel(moves, OCCUPATIONS[:1])
        return np.stack(
            [
                c.employed
                for c in count_course(start, lambda _: demand, apart, rates=RATES, steps=8, seed=5)
            ]
        )

    base, changed = course_of(DEMAND), course_of(other)
    assert (base[:, :, 0] == changed[:, :, 0]).all()
    assert (base[:, :, 1] != changed[:, :, 1]).any()


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: kernel([[1.0, 0.0]], [[1.0]]), InvalidArgument, "has the shape"),
        (lambda: kernel([[1.0]], [[-0.1]]), InvalidArgument, r"is -0.1 \(term 0, row 0, column 0"),
        (lambda: kernel([[0.0]], [[1.0]]), InvalidArgument, "not even stay"),
        (lambda: kernel(REGIONS, OCCUPATIONS[0]), MisalignedLabels, "2 terms between regions"),
        (lambda: Rates(adjust_up=1.2), InvalidArgument, "Take a shorter step"),
        (lambda: Rates(weeks=0), InvalidArgument, "more than 0 weeks"),
        (lambda: begin(np.array([[-1.0]]), RATES), InvalidArgument, "employed is -1.0"),
        (lambda: whole(STATE, members=0, seed=0), InvalidArgument, "at least one member"),
    ],
)
def test_bad_input_is_said(make, error, says: str) -> None:
    with pytest.raises(error, match=says):
        make()


def test_nobody_in_reach_means_nobody_applies() -> None:
    """An occupation whose only destinations have no vacancy keeps its unemployed, without a NaN."""
    moves = kernel([[1.0]], np.eye(2))
    state = State(np.array([[10.0, 10.0]]), np.array([[[5.0, 5.0]]]), np.array([[0.0, 4.0]]))
    after, flows = step(state, np.array([[10.0, 14.0]]), moves, rates=RATES)
    assert flows.left[0, 0] == 0
    assert np.isfinite(after.unemployed).all()


def test_rates_of_another_step() -> None:
    half = RATES.with_step(RATES.weeks / 2)
    assert (1 - half.separate) ** 2 == pytest.approx(1 - RATES.separate)
    assert half.long_term_steps == 2 * RATES.long_term_steps
