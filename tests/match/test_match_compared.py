"""Mechanisms and groups compared: what is counted, what is claimed, and what a bonus costs."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from small_markets import small

import echelon
from echelon import match
from echelon.errors import InvalidArgument


def looked_at(monkeypatch: pytest.MonkeyPatch, *, listed: int, counted: int = 10**8) -> None:
    """Let markets of more pairs than these count as large."""
    monkeypatch.setattr(sys.modules["echelon.match.sides"], "_MOST_PAIRS", listed)
    monkeypatch.setattr(sys.modules["echelon.match.mechanisms"], "_MOST_COUNTED", counted)


def test_large_markets_have_the_stable_and_merit_matchings_of_all_pairs(monkeypatch) -> None:
    system = echelon.examples.market(people=80, posts=70, seed=3)
    small_ = match.mechanisms(system, lotteries=1).table().set_index("mechanism")
    looked_at(monkeypatch, listed=1000)
    large = match.mechanisms(system, lotteries=1).table().set_index("mechanism")
    one = {"stable": match.stable(system), "merit": match.merit(system)}
    for name, result in one.items():
        value = result.table()["score"].sum()
        assert large["value"][name] == small_["value"][name] == pytest.approx(value)
        assert large["blocking_pairs"][name] == small_["blocking_pairs"][name]
        assert large["mean_rank"][name] == pytest.approx(small_["mean_rank"][name], abs=0.05)
    assert large["blocking_pairs"]["stable"] == 0
    assert set(large["counted"]) == {"all pairs"}
    assert large.loc[large["stable"], "blocking_pairs_high"].eq(0).all()
    assert large["label"]["exchange"] == "Top trading cycles, lists of 50"
    assert not large.loc[["exchange", "immediate"], ["strategy_proof", "efficient"]].any(axis=None)


def test_what_cannot_be_counted_is_unknown(monkeypatch) -> None:
    system = echelon.examples.market(people=80, posts=70, seed=3)
    looked_at(monkeypatch, listed=1000, counted=1000)
    result = match.mechanisms(system, lotteries=1)
    frame = result.table().set_index("mechanism")
    assert frame["counted"].eq("not counted").all()
    assert frame["blocking_pairs"]["stable"] == 0
    others = frame.drop(index="stable")
    assert others[["blocking_pairs", "mean_rank", "envious_people"]].isna().all(axis=None)
    assert frame["value"].notna().all()
    assert any("too many pairs to count" in caveat for caveat in result.note.caveats)


def test_only_a_matching_without_blocking_pairs_is_called_stable() -> None:
    frame = match.mechanisms(small(4, 12, 5)).table().set_index("mechanism")
    assert frame["stable"]["stable"]
    assert frame["efficient"]["immediate"]
    row = sys.modules["echelon.match.mechanisms"]._row
    figures = dict.fromkeys(sys.modules["echelon.match.mechanisms"]._FIGURES, 1.0)
    assert not row("stable", [figures], (2.0, 2.0), whole=True)["stable"]


def test_one_lottery_decides_between_equals_of_merit() -> None:
    system = small(6, 14, 4)
    people = system.table("people").assign(merit=1.0)
    equal = system.with_(name="equal", tables={"people": people})
    for seed in (1, 2):
        frame = match.mechanisms(equal, lotteries=1, seed=seed).table().set_index("mechanism")
        alone = match.merit(equal, seed=seed).table()["score"].sum()
        assert frame["value"]["merit"] == pytest.approx(alone)


# ----- groups


def test_people_of_unknown_group_neither_get_nor_cost_a_bonus() -> None:
    system = small(3, 12, 5)
    people = system.table("people")
    people["group"] = [None] * 4 + ["a"] * 4 + ["b"] * 4
    skills = system.table("person_skills")
    skills.loc[skills["person"].isin(people["person"][:4]), "level"] = 1.0
    posts = system.table("posts").assign(education=None, capacity=4)
    tables = {"people": people, "person_skills": skills, "posts": posts}
    result = match.groups(system.with_(name="some", tables=tables), bonus=0.3)
    cost = result.table("cost").iloc[0]
    assert cost["group"] in ("a", "b")
    assert cost["cost"] == pytest.approx(0.0, abs=1e-3)


def test_a_bonus_counts_at_posts_without_an_occupation() -> None:
    system = small(3, 12, 5)
    posts = system.table("posts").assign(occupation=None)
    result = match.groups(system.with_(name="bare", tables={"posts": posts}), bonus=0.3)
    cost = result.table("cost").iloc[0]
    table = result.table().set_index(["way", "group"])
    moved = (
        table.loc["with", "matched"][cost["group"]] - table.loc["without", "matched"][cost["group"]]
    )
    # What the bonus moves can cost no more than what it pays.
    assert cost["cost"] <= 0.3 * max(moved, 0) + 1e-3


def test_groups_may_be_numbers() -> None:
    system = small(3, 12, 3)
    numbers = system.table("people").assign(group=[1, 2] * 6)
    named = system.table("people").assign(group=["1", "2"] * 6)
    first, second = (
        match.groups(system.with_(name="n", tables={"people": people}), bonus=0.4).table()
        for people in (numbers, named)
    )
    assert np.allclose(first["mean_score"], second["mean_score"])
    assert first["group"].tolist() == second["group"].tolist()


def test_a_bonus_is_a_figure() -> None:
    for bonus in ("x", None, True, float("nan")):
        with pytest.raises(InvalidArgument, match="The bonus is"):
            match.groups(small(1, 6, 3), bonus=bonus)  # type: ignore[arg-type]
