"""Figures counted over all pairs, the rest of a market, and certificates that do not fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matching_markets import arrays, drawn

from echelon.errors import InvalidArgument
from echelon.methods.matching import (
    FORBIDDEN,
    alone,
    market,
    measure_over_all,
    optimal,
    score_block,
    score_pairs,
    stable_over_all,
    without_pair,
)
from echelon.methods.matching.certificate import _seal


def apart(people: int, posts: int, seed: int):
    return market(*arrays(people, posts, seed=seed), merge=False)


def by_hand(problem, post, priority):
    """Blocking pairs, envious people and wasted claims, pair by pair."""
    score = score_block(problem, np.arange(len(problem.count)), np.arange(len(problem.capacity)))
    taken = np.bincount(post[post >= 0], minlength=len(problem.capacity))
    pairs, envious, claims = 0, set(), set()
    for i, row in enumerate(score):
        own = row[post[i]] if post[i] >= 0 else 0
        for j in np.flatnonzero((row > max(own, 0)) & (problem.capacity > 0)):
            if taken[j] < problem.capacity[j]:
                claims.add(i)
            elif priority[i] > priority[post == j].min():
                envious.add(i)
            else:
                continue
            pairs += 1
    return pairs, len(envious), len(claims)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_over_all_pairs_are_those_by_hand(seed: int) -> None:
    problem = apart(25, 12, seed)
    draw = np.random.default_rng(seed)
    merit = draw.random(25)
    proven = stable_over_all(problem, priority=merit, seed=seed).post_type.astype(np.int64)
    some = proven.copy()
    some[draw.choice(25, 9, replace=False)] = -1
    first, second = measure_over_all(problem, [proven, some], priority=merit)
    assert first.blocking_pairs == first.envious_people == first.wasted_claims == 0
    found = second.blocking_pairs, second.envious_people, second.wasted_claims
    assert found == by_hand(problem, some, merit)
    assert found[0] > 0
    held = np.flatnonzero(some >= 0)
    value = score_pairs(problem, held, some[held]).sum() * problem.unit
    assert second.value == pytest.approx(value)
    assert second.rank_counts.sum() == len(held)


def test_figures_need_a_matching_that_fits() -> None:
    problem = apart(6, 3, 1)
    with pytest.raises(InvalidArgument, match="more people than it has seats"):
        measure_over_all(problem, [np.zeros(6, dtype=np.int64)])
    with pytest.raises(InvalidArgument, match="There are 6 people, and 2 posts are given"):
        measure_over_all(problem, [np.zeros(2, dtype=np.int64)])


def test_the_rest_of_a_market_has_one_person_and_one_seat_fewer() -> None:
    problem = drawn(30, 20, seed=4)
    whole = optimal(problem, gap=1e-9)
    block = score_block(problem, np.arange(len(problem.count)), np.arange(len(problem.capacity)))
    i, j = np.argwhere((block != FORBIDDEN) & (problem.capacity > 0))[0]
    rest = without_pair(problem, int(i), int(j))
    assert (rest.people, rest.seats) == (problem.people - 1, problem.seats - 1)
    forced = optimal(rest, gap=1e-9)
    assert forced.value + block[i, j] * problem.unit <= whole.bound + 1e-9
    more = alone(
        problem, int(i), skill=np.arange(problem.skills), held=np.full(problem.skills, 5, np.uint8)
    )
    lifted = score_block(more, np.array([0]), np.arange(len(problem.capacity)))[0]
    assert (lifted >= block[i]).all()


def resealed(certificate, **changed):
    bare = replace(certificate, **changed)
    return replace(bare, seal=_seal(bare))


def test_a_certificate_that_does_not_fit_is_named_and_never_breaks() -> None:
    problem = drawn(20, 10, seed=2)
    proof = optimal(problem).certificate
    assert proof.verify(problem)
    outside = proof.person.copy()
    outside[0] = len(problem.count) + 7
    for changed, fault in (
        ({"unit": 2 * proof.unit}, "score unit of the problem"),
        ({"fine": 2 * proof.fine}, "score unit of the problem"),
        ({"price": np.append(proof.price, 0)}, "prices for"),
        ({"person": outside}, "of people, and there are"),
        ({"person": -1 - proof.person}, "of people, and there are"),
        ({"number": proof.number[:-1]}, "differ in length"),
    ):
        found = resealed(proof, **changed).verify(problem)
        assert not found
        assert fault in " ".join(found.faults)
    doubled = resealed(
        proof, unit=2 * proof.unit, price=2 * proof.price, value=2 * proof.value, bound=2 * proof.bound
    )  # fmt: skip
    assert not doubled.verify(problem)
