"""Why not this post: what the pair truly lacks, whose list decides, and what would be enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_markets import small
from test_match import dense_optimum

from echelon import match
from echelon.errors import InvalidArgument
from echelon.result import Result
from echelon.system.system import System

PAIRS = [("p0", "q1", True), ("p1", "q0", True), ("p2", "q0", False), ("p2", "q3", False)]


def lacks(system: System, person: str, post: str) -> float:
    """What the total loses when the pair is forced, from scipy."""
    block = match.scores(system)
    capacity = system.table("posts").set_index("post")["capacity"][block.columns]
    fewer = capacity.copy()
    fewer[post] -= 1
    rest = dense_optimum(block.drop(index=person), fewer)
    return dense_optimum(block, capacity) - float(block.at[person, post]) - rest


def learnt(system: System, person: str, changes: pd.DataFrame) -> System:
    """The system in which the person has the skills of a table of changes."""
    skills = system.table("person_skills").set_index(["person", "skill"])
    for row in changes[changes["skill"].notna()].itertuples():
        skills.loc[(person, row.skill), "level"] = float(row.change.split()[3])
    return system.with_(name="learnt", tables={"person_skills": skills.reset_index()})


@pytest.mark.parametrize(("person", "post", "enough"), PAIRS)
def test_what_a_pair_lacks_is_proven_and_enough_is_enough(
    person: str, post: str, enough: bool
) -> None:
    system = small(8, 9, 4)
    reasons = match.contest(system, match.optimal(system), person=person, post=post)
    row, changes = reasons.table().iloc[0], reasons.table("changes")
    assert row["short_low"] - 1e-9 <= lacks(system, person, post) <= row["short_high"] + 1e-9
    assert row["short_low"] <= row["short"] <= row["short_high"]
    assert changes["enough"].any() == enough
    after = lacks(learnt(system, person, changes), person, post)
    assert after <= 1e-9 if enough else after > 0


def test_the_reported_pair_lacks_more_than_its_reduced_cost() -> None:
    system = small(1, 9, 4)
    reasons = match.contest(system, match.optimal(system), person="p5", post="q1")
    row = reasons.table().iloc[0]
    assert row["short"] == pytest.approx(1.0333, abs=1e-3)
    assert row["price"] + row["gain"] - row["score"] == pytest.approx(0.233, abs=1e-3)
    assert not reasons.table("changes")["enough"].any()


def test_a_large_market_gives_the_ends_of_one_exchange(monkeypatch) -> None:
    import echelon.match.need as need

    monkeypatch.setattr(need, "_MOST_PAIRS", 1)
    system = small(1, 9, 4)
    result = match.optimal(system)
    held = dict(zip(result.table()["person"], result.table()["post"], strict=True))
    block = match.scores(system)
    possible = [(p, q) for p in block.index for q in block
                if np.isfinite(block.at[p, q]) and held.get(p) != q]  # fmt: skip
    for person, post in possible[::9]:
        reasons = match.contest(system, result, person=person, post=post)
        row = reasons.table().iloc[0]
        true = lacks(system, person, post)
        assert row["short_low"] - 1e-9 <= true <= row["short_high"] + 1e-9
    assert any("one exchange" in caveat for caveat in reasons.note.caveats)


# ----- people's own lists


def listed(priority: list[float | None] | None = None) -> System:
    """Three people who all rank q1 first though they score higher at q0; q2 is on one list."""
    system = small(1, 3, 3)
    ranks = pd.DataFrame(
        {"person": ["p0", "p0", "p1", "p2", "p2"], "post": ["q1", "q0", "q1", "q1", "q2"],
         "rank": [1, 2, 1, 1, 2]}
    )  # fmt: skip
    if priority is not None:
        ranks["priority"] = priority
    posts = system.table("posts").assign(capacity=1, education=None, licence=None)
    return system.with_(name="listed", tables={"posts": posts, "preferences": ranks})


@pytest.mark.parametrize("verb", [match.stable, match.exchange, match.immediate])
def test_a_list_decides_what_a_person_wants(verb) -> None:
    system = listed([3, 1, 2, 1, 1])
    result = verb(system)
    assert dict(zip(result.table()["person"], result.table()["post"], strict=True)) == {
        "p0": "q0", "p2": "q1"
    }  # fmt: skip
    reasons = match.contest(system, result, person="p0", post="q1")
    row, changes = reasons.table().iloc[0], reasons.table("changes")
    assert row["why"] == "all seats are held by people of priority at least as high"
    assert row["short"] == 2
    assert changes["skill"].isna().all()
    assert changes["enough"].tolist() == [True]
    unlisted = match.contest(system, result, person="p1", post="q2").table().iloc[0]
    assert unlisted["why"] == "the post is not on the person's list"
    assert np.isnan(unlisted["short"])
    lower = match.contest(system, result, person="p2", post="q2").table().iloc[0]
    assert lower["why"] == "the person has a post that they rank higher: place 1 against 2"


@pytest.mark.parametrize("verb", [match.stable, match.merit, match.exchange, match.immediate])
def test_the_unmatched_are_told_that_their_list_is_exhausted(verb) -> None:
    left = verb(listed([3, 1, 2, 1, 1])).table("unmatched").set_index("person")
    for person in left.index:
        if person == "p1":
            assert left["why"][person] == "every post on the person's list is taken by others"
            assert left["best_post"][person] == "q1"
    plain = match.stable(small(8, 9, 3)).table("unmatched")
    assert not plain["why"].str.contains("worth more with others").any()


def test_skills_are_enough_when_the_rule_says_so() -> None:
    system = small(8, 9, 4)
    result = match.stable(system)
    seen = []
    for person, post in (("p0", "q0"), ("p0", "q1")):
        changes = match.contest(system, result, person=person, post=post).table("changes")
        after = match.stable(learnt(system, person, changes)).table().set_index("person")["post"]
        assert (after.get(person) == post) == changes["enough"].any()
        seen.append(bool(changes["enough"].any()))
    assert any(seen)


# ----- what is said of free seats, licences and other systems


def test_a_free_seat_is_not_said_to_be_worth_more_with_others() -> None:
    system = small(1, 2, 1)
    people = system.table("people").assign(education="degree")
    free = system.with_(name="free", tables={"people": people})
    result = match.optimal(free, outside=1.9)
    row = match.contest(free, result, person="p0", post="q0").table().iloc[0]
    assert row["taken"] < row["seats"]
    assert row["why"] == "the post is worth no more to the person than staying unmatched"


def test_a_missing_licence_is_the_only_bar_that_is_named() -> None:
    system = small(1, 4, 3)
    people = system.table("people").assign(
        licence=["a | nursing", None, None, None], education="degree"
    )
    posts = system.table("posts").assign(licence=["nursing", None, None], education="degree")
    with_ = system.with_(name="licences", tables={"people": people, "posts": posts})
    result = match.optimal(with_)
    changes = match.contest(with_, result, person="p1", post="q0").table("changes")
    assert changes["change"].tolist() == ["no longer: the post requires the licence nursing"]
    row = match.contest(with_, result, person="p0", post="q0").table().iloc[0]
    assert "licence" not in row["why"]


@pytest.mark.parametrize("verb", [match.stable, match.merit, match.exchange, match.immediate])
def test_a_contest_refuses_the_result_of_another_system(verb) -> None:
    result: Result = verb(small(1, 9, 3))
    for other in (small(1, 4, 3), small(2, 9, 3)):
        with pytest.raises(InvalidArgument, match="computed from other people, posts or scores"):
            match.contest(other, result, person="p1", post="q1")


# ----- what a skill opens


def test_a_skill_opens_no_post_that_the_person_holds() -> None:
    alone = match.optimal(small(0, 5, 1))
    held = set(alone.table()["person"])
    assert held
    assert not held & set(alone.table("unlocks")["person"])
