"""The engine of persons: the distribution of counts where traits do not count, and what traits do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from echelon.errors import InvalidArgument
from echelon.methods.labour_market import Conditions, Rates, State, kernel
from echelon.methods.labour_market.agents import Traits, agent_course
from echelon.methods.labour_market.counts import count_course, whole

MOVES = kernel([[0.8, 0.2], [0.3, 0.7]], [[0.6, 0.4, 0.0], [0.2, 0.5, 0.3], [0.0, 0.1, 0.9]])
STATE = State(
    np.array([[30.0, 12, 0], [9, 20, 14]]),
    np.array([[[7.0, 3, 2], [1, 6, 4]], [[2, 0, 1], [3, 1, 1]], [[1, 1, 0], [0, 2, 2]]]),
    np.array([[4.0, 6, 1], [3, 2, 8]]),
)
DEMAND = np.array([[35.0, 14.0, 3.0], [14.0, 16.0, 30.0]])
GIVEN = Conditions(np.array([[1.0, 2.0, 0.5], [1.0, 0.7, 1.5]]), 0.8, 0.03, 1.3)


def persons(members, steps, *, seed=3, traits=Traits(), by=1.0, narrow=0.0):  # noqa: B008
    state = State(by * STATE.employed, by * STATE.unemployed, by * STATE.vacancies)
    given = Conditions(GIVEN.attraction, GIVEN.search, GIVEN.exits, by * 1.3)
    return agent_course(
        whole(state, members=members, seed=0), lambda _: by * DEMAND, MOVES, rates=Rates(),
        steps=steps, seed=seed, conditions=lambda _: given, traits=traits, narrow=narrow,
    )  # fmt: skip


def test_persons_have_the_distribution_of_counts() -> None:
    members = 3000
    *_, mine = persons(members, 3)
    *_, theirs = count_course(
        whole(STATE, members=members, seed=0), lambda _: DEMAND, MOVES, rates=Rates(), steps=3,
        seed=5, conditions=GIVEN,
    )  # fmt: skip
    chances = []
    for name in ("employed", "vacancies", "retired", "given_up", "entered", "separated"):
        for cell in np.ndindex(DEMAND.shape):
            both = [getattr(each, name)[:, *cell] for each in (mine, theirs)]
            most = max(map(np.max, both)) + 1
            table = np.stack([np.bincount(x, minlength=most) for x in both])
            table = table[:, table.sum(axis=0) >= 10]
            if table.shape[1] > 1:
                chances.append(float(stats.chi2_contingency(table).pvalue))
    for spell in range(3):
        first, second = (
            mine.unemployed[:, spell].sum((1, 2)),
            theirs.unemployed[:, spell].sum((1, 2)),
        )
        assert first.mean() == pytest.approx(second.mean(), abs=0.3)
    assert min(chances) > 1e-4
    assert stats.kstest(chances, "uniform").pvalue > 1e-3


def test_people_are_conserved_and_the_seed_decides() -> None:
    people = 7 + STATE.employed.sum() + STATE.unemployed.sum() - 7
    traits = Traits(0.4, 0.3, 1.5, 2.0, 0.1)
    for now in persons(5, 30, traits=traits, narrow=0.3):
        people = people + (now.entered - now.retired - now.given_up).sum(axis=(1, 2))
        held = now.employed.sum(axis=(1, 2)) + now.unemployed.sum(axis=(1, 2, 3))
        assert (held == people).all()
        assert now.vacancies.min() >= 0
    *_, again = persons(2, 30, traits=traits, narrow=0.3)
    assert (again.employed == now.employed[:2]).all()


def test_a_chance_of_work_that_falls_with_the_spell_makes_more_long_term_unemployed() -> None:
    shares = []
    for fading in (0.0, 0.4):
        *_, last = persons(1, 40, traits=Traits(fading=fading), by=400.0)
        shares.append(last.unemployed[:, -1].sum() / last.unemployed.sum())
    assert shares[1] > shares[0]


def test_more_people_than_can_be_followed_are_refused() -> None:
    with pytest.raises(InvalidArgument, match=r"one by one, .* GB a member"):
        next(persons(1, 1, by=200_000.0))


def test_steps_are_compiled_once_whatever_the_figures_look_like() -> None:
    """Read-only, strided and single figures: each would otherwise be compiled for anew, for a minute."""
    from echelon.methods.labour_market.kernels.counting import count_step
    from echelon.methods.labour_market.kernels.persons import person_step

    shape = DEMAND.shape
    flat = np.broadcast_to(0.8, shape)
    strided = np.asfortranarray(GIVEN.attraction)
    start = whole(STATE, members=2, seed=0)
    for given in (
        GIVEN,
        Conditions(1.0, flat, flat / 30, 0.0),
        Conditions(strided, 0.8, 0.0, flat),
    ):
        for rates in (Rates(), Rates(separate=np.broadcast_to(0.02, shape))):
            next(agent_course(start, lambda _: DEMAND, MOVES, rates=rates, steps=1, seed=1,
                              conditions=lambda _, given=given: given, traits=Traits(flat)))  # fmt: skip
            next(count_course(start, lambda _: DEMAND, MOVES, rates=rates, steps=1, seed=1,
                              conditions=given))  # fmt: skip
    assert len(count_step.signatures) == 1
    assert len(person_step.signatures) == 1
