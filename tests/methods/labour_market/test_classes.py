"""Classes of applicants: counts against a loop of people, expected course against a dense form."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from echelon.errors import InvalidArgument
from echelon.methods.labour_market import (
    Classes,
    Conditions,
    Rates,
    State,
    class_step,
    kernel,
    step,
)
from echelon.methods.labour_market.classes import ALIKE, times_chosen
from echelon.methods.labour_market.counts import count_course, whole

sys.path.insert(0, str(Path(__file__).parent))

RATES = Rates()
# Without and with a degree; open posts, and posts that demand it.
ACCEPTS = np.array([[True, False], [True, True]])
MOVES = kernel(
    np.array([[[0.8, 0.2], [0.3, 0.7]]]),
    np.array([[[0.6, 0.4, 0.0], [0.2, 0.5, 0.3], [0.0, 0.1, 0.9]]]),
)
EMPLOYED = np.array([[[20, 9, 0], [6, 12, 4]], [[10, 3, 2], [3, 8, 10]]])
UNEMPLOYED = np.array(
    [
        [[[7, 3, 2], [1, 6, 4]], [[3, 1, 1], [1, 3, 2]]],
        [[[3, 2, 2], [2, 1, 1]], [[1, 1, 0], [0, 2, 3]]],
    ]
)  # classes, spells, R, O
VACANCIES = np.array([[[3, 5, 1], [2, 2, 4]], [[2, 2, 1], [1, 1, 5]]])
DEMAND = np.array([[35.0, 14.0, 3.0], [14.0, 16.0, 30.0]])
KINDS = np.stack([np.full((2, 3), 0.7), np.full((2, 3), 0.3)])
WEIGHT = np.array([1.0, 2.5, 0.7, 1.6]).reshape(4, 1, 1)
ATTRACTION = np.array([[[1.0, 2.0, 0.5], [1.0, 0.7, 1.5]], [[0.8, 1.0, 1.2], [1.1, 0.9, 0.4]]])
SEARCH = np.array([0.9, 0.8, 0.15, 0.1]).reshape(4, 1, 1)
EXITS = 0.03


def classes(_step: int = 1) -> Classes:
    return Classes(ACCEPTS, WEIGHT, KINDS)


def conditions() -> Conditions:
    return Conditions(np.tile(ATTRACTION, (2, 1, 1)), SEARCH, EXITS)


def state() -> State:
    return State(
        EMPLOYED.astype(float), np.moveaxis(UNEMPLOYED, 0, 1).astype(float), VACANCIES.astype(float)
    )


# ----- the expected course


def dense(now: State, demand, matrix, groups: Classes, given: Conditions) -> State:
    """The step on the whole matrix over region x occupation, class by class and kind by kind."""
    size, cells = len(now.employed), demand.size
    e = now.employed.reshape(size, cells)
    u = now.unemployed.reshape(len(now.unemployed), size, cells)
    v = now.vacancies.reshape(-1, cells)
    crowd = np.concatenate([u.sum(axis=0), e])
    take = np.broadcast_to(given.attraction, (2 * size, *demand.shape)).reshape(2 * size, cells)
    search = np.broadcast_to(given.search, (2 * size, *demand.shape)).reshape(2 * size, cells)
    weight = np.broadcast_to(groups.weight, (2 * size, *demand.shape)).reshape(2 * size, cells)
    flow, arriving = [], np.zeros((2 * size, len(v), cells))
    for row in range(2 * size):
        visible = groups.accepts[row % size].astype(float) @ v
        pull = matrix * (take[row] * visible)
        reach = pull.sum(axis=1, keepdims=True)
        applied = (search[row] * crowd[row])[:, None] * np.divide(
            pull, reach, out=np.zeros_like(pull), where=reach > 0
        )
        part = groups.accepts[row % size][:, None] * v / np.where(visible > 0, visible, 1.0)
        arriving[row] = part * applied.sum(axis=0)
        flow.append(applied[:, None, :] * part)
    filled = v * -np.expm1(-arriving.sum(axis=0) / np.where(v > 0, v, 1.0))
    hired, left = np.zeros((2 * size, cells)), np.zeros((2 * size, cells))
    for kind in range(len(v)):
        for cell in range(cells):
            s, w, h = arriving[:, kind, cell], weight[:, cell], filled[kind, cell]
            if h <= 0:
                continue
            low, high = 0.0, 1e3
            for _ in range(200):
                mid = (low + high) / 2
                low, high = (mid, high) if (s * -np.expm1(-w * mid)).sum() < h else (low, mid)
            p = -np.expm1(-w * low)
            hired[:, cell] += s * p
            for row in range(2 * size):
                left[row] += flow[row][:, kind, cell] * p[row]
    held = e.sum(axis=0)
    gap = held + v.sum(axis=0) - demand.ravel()
    lost = RATES.separate * held + (1 - RATES.separate) * np.minimum(
        held, 0.16 * np.maximum(gap, 0)
    )
    opened = RATES.open * held + (1 - RATES.open) * np.minimum(held, 0.16 * np.maximum(-gap, 0))
    stay = e - left[size:]
    separated = stay * np.divide(lost, held, out=np.zeros_like(held), where=held > 0)
    idle = u.sum(axis=0)
    kept = np.divide(idle - left[:size], idle, out=np.zeros_like(idle), where=idle > 0) * (
        1 - EXITS
    )
    aged = np.concatenate([separated[None], u[:-1] * kept])
    aged[-1] += u[-1] * kept
    v = v + groups.kinds.reshape(len(v), cells) * (opened + left[size:].sum(axis=0)) - filled
    e = stay - separated - EXITS * stay + hired[:size] + hired[size:]
    return State(
        e.reshape(size, *demand.shape),
        aged.reshape(len(aged), size, *demand.shape),
        v.reshape(-1, *demand.shape),
    )


def test_the_factors_give_what_the_whole_matrix_gives() -> None:
    mine = theirs = state()
    for _ in range(40):
        mine, _flows = class_step(
            mine, DEMAND, MOVES, rates=RATES, conditions=conditions(), classes=classes()
        )
        theirs = dense(theirs, DEMAND, MOVES.dense(), classes(), conditions())
        for name in ("employed", "unemployed", "vacancies"):
            np.testing.assert_allclose(
                getattr(mine, name), getattr(theirs, name), rtol=1e-10, atol=1e-10
            )


def test_one_class_is_the_plain_step_and_classes_alike_sum_to_it() -> None:
    now = state()
    plain = State(now.employed.sum(axis=0), now.unemployed.sum(axis=1), now.vacancies.sum(axis=0))
    given = Conditions(ATTRACTION[0], 0.9, EXITS, 2.0)
    want, _ = step(plain, DEMAND, MOVES, rates=RATES, conditions=given)
    one = State(plain.employed[None], plain.unemployed[:, None], plain.vacancies[None])
    found, _ = class_step(one, DEMAND, MOVES, rates=RATES, conditions=given, classes=ALIKE)
    np.testing.assert_allclose(found.employed[0], want.employed, rtol=1e-14)
    np.testing.assert_allclose(found.unemployed[:, 0], want.unemployed, rtol=1e-14)
    alike = Classes(np.ones((2, 1), dtype=bool), np.ones((2, 1, 1)), np.ones((1, 1, 1)))
    two = State(now.employed, now.unemployed, plain.vacancies[None])
    half = Conditions(ATTRACTION[0], 0.9, EXITS, 1.0)
    found, _ = class_step(two, DEMAND, MOVES, rates=RATES, conditions=half, classes=alike)
    np.testing.assert_allclose(found.employed.sum(axis=0), want.employed, rtol=1e-12)
    np.testing.assert_allclose(found.unemployed.sum(axis=1), want.unemployed, rtol=1e-12)


@given(
    st.lists(st.floats(0.01, 50.0), min_size=2, max_size=4),
    st.floats(0.01, 0.99),
    st.floats(0.05, 20.0),
)
def test_those_chosen_sum_to_the_hires_and_weights_order_them(queue, part, weight) -> None:
    given = np.array(queue)[:, None]
    met = np.array([part * given.sum()])
    weights = np.linspace(1.0, weight, len(queue))[:, None]
    chance = times_chosen(given, met, weights)
    assert (given * chance).sum() == pytest.approx(met[0], rel=1e-9)
    assert ((chance >= 0) & (chance <= 1)).all()
    ordered = np.diff(chance[:, 0]) * (1 if weight >= 1 else -1)
    assert (ordered >= -1e-12).all()


# ----- whole people


def counted(members: int, steps: int, seed: int):
    return count_course(
        whole(state(), members=members, seed=seed, classes=True), lambda _: DEMAND, MOVES,
        rates=RATES, steps=steps, seed=seed, conditions=conditions(), classes=classes,
    )  # fmt: skip


def compare(members: int, steps: int, seed: int) -> tuple[list[float], list[float]]:
    """Return p-values and variance ratios of every margin, counts against people."""
    from people import distributions
    from people_of_classes import literal

    cells = DEMAND.size
    flat = (np.broadcast_to(x, (4, *DEMAND.shape)).reshape(4, cells).copy() for x in (
        np.tile(ATTRACTION, (2, 1, 1)), SEARCH, WEIGHT))  # fmt: skip
    attraction, search, weight = flat
    people = literal(
        EMPLOYED.reshape(2, cells), UNEMPLOYED.reshape(2, 2, cells), VACANCIES.reshape(2, cells),
        DEMAND.ravel(), MOVES.dense(), attraction, search, weight, ACCEPTS, KINDS.reshape(2, cells),
        np.array([RATES.separate, RATES.open, RATES.adjust_down, RATES.adjust_up]), EXITS,
        steps, members, seed,
    )  # fmt: skip
    *_, last = counted(members, steps, seed)
    ours = np.concatenate([last.employed, last.unemployed.sum(axis=2), last.vacancies], axis=1)
    ours = ours.reshape(members, -1, cells)
    return distributions(people, ours)


def test_many_people_follow_the_expected_course() -> None:
    """In cells of thousands the mean of the members is the expected step, class by class."""
    by = 400.0
    large = State(by * state().employed, by * state().unemployed, by * state().vacancies)
    members = 60
    first, *_ = count_course(
        whole(large, members=members, seed=4, classes=True), lambda _: by * DEMAND, MOVES,
        rates=RATES, steps=1, seed=4, conditions=conditions(), classes=classes,
    )  # fmt: skip
    want, flows = class_step(
        large, by * DEMAND, MOVES, rates=RATES, conditions=conditions(), classes=classes()
    )
    for mine, theirs in (
        (first.employed, want.employed), (first.unemployed.sum(axis=2), want.all_unemployed),
        (first.vacancies, want.vacancies), (first.hired, flows.hired), (first.left, flows.left),
    ):  # fmt: skip
        error = np.maximum(mine.std(axis=0), 1.0) / np.sqrt(members)
        assert (np.abs(mine.mean(axis=0) - theirs) < 5 * error + 1e-3 * theirs + 1).all()


@pytest.mark.slow
def test_counts_have_the_distribution_of_people_over_many_members() -> None:
    chances, ratios = compare(members=400_000, steps=2, seed=11)
    assert stats.kstest(chances, "uniform").pvalue > 1e-3
    assert 0.98 < min(ratios) <= max(ratios) < 1.02


def test_the_people_of_every_class_are_conserved_in_every_member_and_step() -> None:
    before = whole(state(), members=50, seed=2, classes=True)
    people = before.employed.sum(axis=(2, 3)) + before.unemployed.sum(axis=(2, 3, 4))
    given = Conditions(np.tile(ATTRACTION, (2, 1, 1)), SEARCH, EXITS, 0.6)
    for now in count_course(before, lambda _: DEMAND, MOVES, rates=RATES, steps=15, seed=2,
                            conditions=given, classes=classes):  # fmt: skip
        flow = now.entered - now.retired - now.given_up
        people = people + flow.sum(axis=(2, 3))
        held = now.employed.sum(axis=(2, 3)) + now.unemployed.sum(axis=(2, 3, 4))
        assert (held == people).all()
        assert (now.hired.sum(axis=(2, 3)) == now.left.sum(axis=(2, 3))).all()
        assert min(now.employed.min(), now.unemployed.min(), now.vacancies.min()) >= 0


def test_a_member_does_not_depend_on_threads_or_on_the_others() -> None:
    import numba

    *_, many = counted(40, 4, 7)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        *_, alone = counted(40, 4, 7)
    finally:
        numba.set_num_threads(before)
    *_, few = counted(4, 4, 7)
    assert (many.employed == alone.employed).all()
    assert (few.employed == many.employed[:4]).all()


def test_posts_that_demand_a_degree_take_nobody_without_it() -> None:
    """With every vacancy behind the screen, people without the degree find nothing."""
    kinds = np.stack([np.zeros((2, 3)), np.ones((2, 3))])
    screened = State(
        state().employed, state().unemployed, np.stack([0 * VACANCIES[0], VACANCIES.sum(axis=0)])
    )
    groups = Classes(ACCEPTS, WEIGHT, kinds)
    after, flows = class_step(
        screened, DEMAND, MOVES, rates=RATES, conditions=conditions(), classes=groups
    )
    assert flows.hired[0::2].sum() == 0
    assert flows.hired[1::2].sum() > 0
    assert np.isfinite(after.employed).all()


def test_people_at_work_who_move_leave_a_vacancy_behind() -> None:
    for now in counted(30, 3, 1):
        moved = now.left[:, 2:]
        assert moved.sum() > 0
        break
    start = whole(state(), members=30, seed=1, classes=True)
    opened = now.vacancies.sum(axis=1) - start.vacancies.sum(axis=1) + now.hired.sum(axis=1)
    assert (opened >= moved.sum(axis=1)).all()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: Classes(np.array([[False]]), np.ones((1, 1, 1)), np.ones((1, 1, 1))),
            "by no kind",
        ),
        (lambda: Classes(ACCEPTS, np.ones((3, 1, 1)), KINDS), "3 weights for 2 classes"),
        (lambda: Classes(ACCEPTS, np.zeros((2, 1, 1)), KINDS), "not above 0"),
        (lambda: Classes(ACCEPTS, np.ones((2, 1, 1)), 0.5 * KINDS), "do not sum to 1"),
    ],
)
def test_classes_that_cannot_be(make, says) -> None:
    with pytest.raises(InvalidArgument, match=says):
        make()
