"""Generated matching markets: the tables and the arrays are the same market."""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.errors import InvalidArgument
from echelon.examples.market import market_arrays
from echelon.methods.matching import market, optimal


@pytest.fixture(scope="module")
def system():
    return echelon.examples.market(people=300, posts=200, seed=3)


def test_the_system_has_no_fault(system):
    assert len(system.check()) == 0
    assert len(system.table("people")) == 300
    assert len(system.table("posts")) == 200


def test_tables_and_arrays_are_the_same_market(system):
    drawn = market_arrays(300, 200, seed=3)
    held, required = system.table("person_skills"), system.table("post_skills")
    assert len(held) == len(drawn.people.skill)
    assert held["level"].tolist() == drawn.people.level.tolist()
    assert required["weight"].tolist() == drawn.posts.weight.tolist()
    regions = system.table("regions")["region"].tolist()
    places = [regions.index(code) for code in system.table("people")["region"]]
    assert places == drawn.people.region.tolist()


def test_the_proportions_are_as_said():
    drawn = market_arrays(4000, 4000, seats=2.0, seed=1)
    a_person, a_post = (np.diff(side.skill_start) for side in (drawn.people, drawn.posts))
    assert (a_person.min(), a_person.max()) >= (5, 30)
    assert a_person.mean() == pytest.approx(13.9, abs=0.4)
    assert (a_post.min(), a_post.max()) <= (4, 20)
    assert a_post.mean() == pytest.approx(8.4, abs=0.3)
    assert drawn.posts.capacity.mean() == pytest.approx(2.0, abs=0.1)
    often = np.bincount(drawn.people.skill, minlength=1000)
    assert often[0] > 3 * often[9] / 2 > often[99]


def test_the_same_seed_gives_the_same_market():
    once, twice, other = (market_arrays(50, 50, seed=seed) for seed in (1, 1, 2))
    assert (once.people.skill == twice.people.skill).all()
    assert len(once.people.skill) != len(other.people.skill)


def test_it_can_be_matched():
    drawn = market_arrays(400, 300, seed=0)
    found = optimal(market(drawn.people, drawn.posts, drawn.terms))
    assert found.gap <= 1e-4
    assert found.matching.matched > 250


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0), (-1, 5)])
def test_impossible_sizes_are_a_sentence(sizes):
    with pytest.raises(InvalidArgument, match="cannot be generated"):
        echelon.examples.market(people=sizes[0], posts=sizes[1])


def test_less_than_a_seat_is_a_sentence():
    with pytest.raises(InvalidArgument, match="1 seat a post or more"):
        market_arrays(5, 5, seats=0.5)
