"""Matching verbs: published results, what must always hold, and what a user can do wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from small_markets import small

import echelon
from echelon import match
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    InvalidSystem,
    MissingColumn,
    MissingTable,
    UnknownName,
    UnreadableInput,
)
from echelon.result import Result
from echelon.system.system import System, from_tables

MECHANISMS = (match.optimal, match.stable, match.merit, match.exchange, match.immediate)


def dense_optimum(block: pd.DataFrame, capacity: pd.Series) -> float:
    """The largest total score, from scipy, seats one by one and a place to stay for everybody."""
    seats = np.repeat(block.to_numpy(), capacity.to_numpy(int), axis=1)
    worth = np.concatenate([np.maximum(seats, 0.0), np.zeros((len(block), len(block)))], axis=1)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return float(worth[rows, columns].sum())


def schools(golden: Path) -> tuple[System, dict[str, dict[str, int]]]:
    record = json.loads((golden / "matching" / "abdulkadiroglu_sonmez_2003.json").read_text())
    ranks = [
        (f"i{student}", f"s{school}", rank, record["school_priorities"][school - 1].index(student) + 1)
        for student, wish in enumerate(record["student_prefs"], 1)
        for rank, school in enumerate(wish, 1)
    ]  # fmt: skip
    system = from_tables(
        "schools",
        {
            "regions": pd.DataFrame({"region": ["R"], "name": ["R"]}),
            "people": pd.DataFrame({"person": [f"i{i}" for i in range(1, 9)], "region": "R"}),
            "posts": pd.DataFrame(
                {"post": [f"s{j}" for j in range(1, 5)], "region": "R", "occupation": "school",
                 "capacity": record["capacities"]}
            ),
            "preferences": pd.DataFrame(ranks, columns=["person", "post", "rank", "priority"]),
        },
    )  # fmt: skip
    return system, record


# ----- published results


@pytest.mark.shared
@pytest.mark.parametrize(
    ("verb", "name", "ranks"),
    [("exchange", "TTC", "TTC"), ("stable", "DA_student_optimal", "DA"),
     ("immediate", "Boston", "Boston")],
)  # fmt: skip
def test_school_choice(golden: Path, verb: str, name: str, ranks: str) -> None:
    system, record = schools(golden)
    table = getattr(match, verb)(system).table()
    found = dict(zip(table["person"], table["post"], strict=True))
    assert found == {f"i{i}": f"s{s}" for i, s in record[name].items()}
    counts = table["rank"].value_counts()
    assert {str(r): int(counts.get(r, 0)) for r in range(1, 5)} == record["rank_dist"][ranks]


@pytest.mark.shared
def test_school_choice_compared(golden: Path) -> None:
    system, record = schools(golden)
    frame = match.mechanisms(system).table().set_index("mechanism")
    blocking = frame["blocking_pairs"]
    assert blocking["exchange"] == len(record["blocking_pairs"]["TTC"])
    assert blocking["stable"] == 0
    assert blocking["immediate"] == len(record["blocking_pairs"]["Boston"])
    assert frame["first_choice_share"]["stable"] == pytest.approx(50.0)


def test_toy_by_hand() -> None:
    """p6 is ruled out of the one post open to high school; p2 and p5 are equals for it."""
    result = match.optimal(echelon.examples.toy())
    table = result.table().set_index("person")
    held = {post: person for person, post in table["post"].items()}
    assert held in [{"q1": "p1", "q3": technician, "q4": "p3"} for technician in ("p2", "p5")]
    # Full cover 1, same occupation 0.3, bonus 0.1, wage 0.1 ln(100000/72500).
    assert table["score"]["p1"] == pytest.approx(1.4 + 0.1 * np.log(100 / 72.5), abs=1e-3)
    # Full cover, same occupation, moved by 1000 of at most 2000 (0.5 + 0.5 * 0.5), wage 45000.
    by_hand = 1.3 - 0.3 * 0.75 + 0.1 * np.log(45 / 72.5)
    assert table["score"][held["q3"]] == pytest.approx(by_hand, abs=1e-3)
    why = result.table("unmatched").set_index("person")["why"]
    assert why["p6"].startswith("no post that the person may take")


# ----- what must always hold


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10_000), people=st.integers(1, 12), posts=st.integers(1, 8),
    outside=st.sampled_from([0.0, 0.4]), screens=st.booleans(),
)  # fmt: skip
def test_the_optimum_is_enclosed(
    seed: int, people: int, posts: int, outside: float, screens: bool
) -> None:
    system = small(seed, people, posts)
    result = match.optimal(system, outside=outside, screens=screens)
    proof = result.certificate
    block = match.scores(system, outside=outside, screens=screens)
    capacity = system.table("posts").set_index("post")["capacity"][block.columns]
    dense = dense_optimum(block, capacity)
    assert proof.bound >= dense - 1e-9
    assert dense >= proof.value - 1e-9
    assert proof.value >= proof.bound * (1 - 1e-4) - 1e-9
    assert (proof.prices >= 0).all()
    assert proof.verify()
    table = result.table()
    assert table["score"].sum() == pytest.approx(proof.value)
    assert list(table["score"]) == pytest.approx(
        [block.at[p, q] for p, q in zip(table["person"], table["post"], strict=True)]
    )
    parts = ["skills", "affinity", "relocation", "wage", "bonus", "preference", "outside"]
    assert np.allclose(table[parts].sum(axis=1), table["score"], atol=1e-3)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(2, 12), posts=st.integers(1, 6))
def test_people_and_seats_are_kept(seed: int, people: int, posts: int) -> None:
    system = small(seed, people, posts)
    capacity = system.table("posts").set_index("post")["capacity"]
    best = match.optimal(system).certificate.bound
    for verb in MECHANISMS:
        result = verb(system)
        table, left = result.table(), result.table("unmatched")
        assert not table["person"].duplicated().any()
        assert sorted([*table["person"], *left["person"]]) == sorted(
            system.table("people")["person"]
        )
        taken = table.groupby("post").size()
        assert (taken <= capacity[taken.index]).all()
        assert (table["score"] > 0).all()
        assert table["score"].sum() <= best + 1e-9
        regions = result.table("regions")
        assert regions["matched"].sum() == regions["filled"].sum() == len(table)
        assert regions["people"].sum() == people


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(2, 10), posts=st.integers(1, 6))
def test_nobody_blocks_the_stable_matching(seed: int, people: int, posts: int) -> None:
    system = small(seed, people, posts)
    result = match.stable(system, by="score")
    block = match.scores(system)
    table = result.table().set_index("person")
    own = table["score"].reindex(block.index).fillna(0.0)
    seats = system.table("posts").set_index("post")["capacity"]
    for post in block.columns:
        inside = table.loc[table["post"] == post, "score"]
        least = inside.min() if len(inside) == seats[post] else 0.0
        wants = block[post] > own + 1e-9
        assert not (wants & (block[post] > least + 1e-9)).any()
    assert result.certificate.verify()


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000), people=st.integers(2, 12), posts=st.integers(1, 6))
def test_costs_and_gains_contain_the_truth(seed: int, people: int, posts: int) -> None:
    system = small(seed, people, posts)
    capacity = system.table("posts").set_index("post")["capacity"]
    there, free = match.scores(system), match.scores(system, screens=False)
    seats = capacity[there.columns]
    truth = dense_optimum(free, seats) - dense_optimum(there, seats)
    cost = match.screens(system).table().set_index("screens").loc["cost"]
    assert cost["low"] - 1e-9 <= truth <= cost["high"] + 1e-9
    home = system.table("people").set_index("person")["region"][there.index].to_numpy()
    place = system.table("posts").set_index("post")["region"][there.columns].to_numpy()
    alone = there.where(home[:, None] == place[None, :], -np.inf)
    truth = dense_optimum(there, seats) - dense_optimum(alone, seats)
    joined = match.together(system)
    table = joined.table().set_index("way")
    assert table.at["gain", "low"] - 1e-9 <= truth <= table.at["gain", "high"] + 1e-9
    assert table.at["alone", "value"] <= table.at["together", "high"] + 1e-9
    regions = joined.table("regions")
    assert (regions["alone"] <= regions["alone_bound"] + 1e-9).all()
    assert regions["alone_bound"].sum() == pytest.approx(table.at["alone", "high"])


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_group_gains_what_a_bonus_moves(seed: int) -> None:
    system = small(seed, 12, 4)
    result = match.groups(system, bonus=0.3)
    frame, cost = result.table(), result.table("cost").iloc[0]
    least = frame[frame["group"] == cost["group"]].set_index("way")
    assert least["matched"]["with"] >= least["matched"]["without"]
    assert 0 <= cost["cost_low"] <= cost["cost_high"]
    band = frame[["matched_share_low", "matched_share", "matched_share_high"]]
    assert (band.diff(axis=1).iloc[:, 1:] >= -1e-9).all(axis=None)
    blind = match.optimal(system)
    assert blind.table()["score"].sum() == pytest.approx(result.certificate.value)


def test_a_group_that_is_not_asked_for_has_no_part() -> None:
    system = small(3, 12, 6)
    people = system.table("people").assign(group="a")
    other = system.with_(name="small", tables={"people": people})
    pd.testing.assert_frame_equal(match.optimal(system).table(), match.optimal(other).table())


def test_every_term_of_the_score_counts() -> None:
    system = small(5, 8, 5)
    plain = match.scores(system, weights={"affinity": 0, "relocation": 0, "wage": 0})
    known = plain.replace(-np.inf, np.nan)
    assert float(known.max(axis=None)) <= 1.0 + 1e-3
    posts = system.table("posts").set_index("post")
    favoured = match.scores(system, priority={"N": 0.25}) - match.scores(system)
    for post in favoured:
        given_ = favoured[post].dropna()
        assert np.allclose(given_, 0.25 if posts["region"][post] == "N" else 0.0, atol=1e-3)
    tier = match.scores(system, priority={"engineer or professional": 0.1}) - match.scores(system)
    nurse = [post for post in tier if posts["occupation"][post] == "nurse"]
    assert np.allclose(tier[nurse].to_numpy()[np.isfinite(tier[nurse].to_numpy())], 0.1, atol=1e-3)


def test_licences_and_vetoes_rule_pairs_out() -> None:
    system = small(1, 4, 3)
    people = system.table("people").assign(licence=["", "nursing", "driving|nursing", None])
    posts = system.table("posts").assign(licence=["nursing", None, None], education=None)
    preferences = pd.DataFrame({"person": ["p0"], "post": ["q1"], "veto": [True]})
    tables = {"people": people, "posts": posts, "preferences": preferences}
    block = match.scores(system.with_(name="licences", tables=tables))
    closed = {(p, q) for p in block.index for q in block if np.isneginf(block.at[p, q])}
    assert closed == {("p0", "q0"), ("p3", "q0"), ("p0", "q1")}


# ----- contesting


def test_a_contested_match_says_what_would_have_to_change() -> None:
    toy = echelon.examples.toy()
    result = match.optimal(toy)
    reasons = match.contest(toy, result, person="p4", post="q3")
    row = reasons.table().iloc[0]
    assert row["short"] == pytest.approx(row["price"] - row["score"])
    changes = reasons.table("changes")
    assert changes["skill"].tolist() == ["craft"]
    skills = toy.table("person_skills").assign(
        level=lambda f: f["level"].mask((f["person"] == "p4") & (f["skill"] == "craft"), 5)
    )
    after = match.optimal(toy.with_(name="toy", tables={"person_skills": skills})).table()
    assert after.set_index("post")["person"]["q3"] == "p4"


@pytest.mark.parametrize("verb", MECHANISMS)
def test_every_match_of_every_mechanism_can_be_contested(verb) -> None:
    system = small(8, 9, 4)
    result = verb(system)
    held = dict(zip(result.table()["person"], result.table()["post"], strict=True))
    inside = next(person for person, post in held.items() if post == "q0")
    for person in {inside, "p0", "p1", "p2"}:
        row = match.contest(system, result, person=person, post="q0").table().iloc[0]
        assert row["holds"] == (held.get(person) == "q0")
        assert row["short"] >= 0
        assert row["why"]


def test_a_contest_names_the_degree_that_is_lacking() -> None:
    toy = echelon.examples.toy()
    reasons = match.contest(toy, match.stable(toy), person="p2", post="q4")
    assert reasons.table()["why"].iloc[0] == (
        "the post requires Bachelor's degree, and the person's education is High school"
    )


def test_a_contest_needs_the_same_system() -> None:
    result = match.optimal(small(1, 5, 3))
    with pytest.raises(InvalidArgument, match="computed from other people, posts or scores"):
        match.contest(small(2, 5, 3), result, person="p1", post="q1")
    with pytest.raises(UnknownName, match="There is no person named 'p9'"):
        match.contest(small(1, 5, 3), result, person="p9", post="q1")
    with pytest.raises(InvalidArgument, match="holds no matching to contest"):
        match.contest(small(1, 5, 3), match.together(small(1, 5, 3)), person="p1", post="q1")


# ----- the certificate, saved


@pytest.mark.parametrize("verb", [match.optimal, match.stable])
def test_a_saved_certificate_is_whole(tmp_path: Path, verb) -> None:
    result = verb(small(4, 10, 5))
    again = Result.load(result.save(tmp_path / "result"))
    assert again.certificate.verify()
    assert again.certificate.value == result.certificate.value
    assert again.digests == result.digests


@pytest.mark.parametrize(
    ("verb", "array", "fault"),
    [(match.optimal, "proof.price", "bound"), (match.optimal, "proof.post", "seal"),
     (match.optimal, "market.base", "another problem"), (match.optimal, "proof.value", "worth"),
     (match.stable, "post", "cutoffs"), (match.stable, "cutoff", "cutoffs")],
)  # fmt: skip
def test_tampering_is_found_after_loading(tmp_path: Path, verb, array: str, fault: str) -> None:
    folder = verb(small(4, 10, 5)).save(tmp_path / "result")
    with np.load(folder / "certificate.npz") as file:
        arrays = {name: file[name] for name in file.files}
    changed = arrays[array].copy()
    if array == "post":
        changed[np.flatnonzero(changed >= 0)[0]] = -1
    elif array == "proof.post":
        changed[0] = (changed[0] + 1) % len(arrays["market.capacity"])
    elif changed.ndim:
        changed[0] += 1
    else:
        changed = changed + 1
    np.savez_compressed(folder / "certificate.npz", **{**arrays, array: changed})
    found = Result.load(folder).certificate.verify()
    assert not found
    assert fault in " ".join(found.faults)


def test_a_torn_certificate_is_no_whole_result(tmp_path: Path) -> None:
    folder = match.optimal(small(4, 5, 3)).save(tmp_path / "result")
    place = folder / "certificate.npz"
    place.write_bytes(place.read_bytes()[:200])
    with pytest.raises(UnreadableInput, match="does not hold a whole result"):
        Result.load(folder)


# ----- what a user can do wrong


def test_a_closed_post_takes_nobody() -> None:
    system = small(2, 6, 3)
    posts = system.table("posts").assign(capacity=[0, 1, 1])
    result = match.optimal(system.with_(name="closed", tables={"posts": posts}))
    assert "q0" not in set(result.table()["post"])
    assert "1 posts have no seat (capacity 0) and take nobody." in result.note.caveats


def test_half_a_seat_is_refused() -> None:
    posts = small(2, 6, 3).table("posts").assign(capacity=[2.5, 1, 1])
    with pytest.raises(InvalidSystem, match="capacity"):
        small(2, 6, 3, posts=posts)


def test_a_person_without_skills_covers_nothing() -> None:
    system = small(2, 6, 3)
    skills = system.table("person_skills")
    bare = system.with_(name="bare", tables={"person_skills": skills[skills["person"] != "p0"]})
    result = match.optimal(bare)
    assert "Of 1 of 6 people no skill is known; they cover nothing." in result.note.caveats
    own = match.scores(bare, ["p0"], weights={"affinity": 0, "wage": 0})
    assert float(own.max(axis=None)) <= 0.0


def test_a_skill_that_nobody_has_is_named() -> None:
    system = small(2, 6, 3)
    skills = pd.concat(
        [
            system.table("post_skills"),
            pd.DataFrame({"post": ["q0"], "skill": ["alchemy"], "level": [3]}),
        ]
    )
    lists = pd.concat(
        [system.table("skills"), pd.DataFrame({"skill": ["alchemy"], "name": ["Alchemy"]})]
    )
    result = match.optimal(
        system.with_(name="magic", tables={"post_skills": skills, "skills": lists})
    )
    assert any("held by nobody: alchemy" in caveat for caveat in result.note.caveats)


def test_contradictory_vetoes_are_named() -> None:
    wrong = pd.DataFrame({"person": ["p1"], "post": ["q1"], "rank": [1], "veto": [True]})
    system = small(2, 6, 3, preferences=wrong)
    sentence = "The pair of p1 and q1 is ruled out and asked for at once"
    with pytest.raises(InvalidArgument, match=sentence):
        match.optimal(system)
    assert "contradictory_veto" in set(system.check()["check"])


@pytest.mark.parametrize("verb", [*MECHANISMS, match.mechanisms, match.screens, match.together])
def test_ten_people_and_no_post(verb) -> None:
    system = small(1, 10, 0)
    result = verb(system)
    if "unmatched" in result.frames:
        assert len(result.table()) == 0
        assert len(result.table("unmatched")) == 10
    assert not np.isinf(result.table().select_dtypes("number")).any(axis=None)


def test_unknown_names_are_corrected() -> None:
    system = small(1, 4, 3)
    with pytest.raises(UnknownName, match="Did you mean 'relocation'"):
        match.optimal(system, weights={"relocaton": 0.5})
    with pytest.raises(UnknownName, match="There is no region or tier named 'E'"):
        match.optimal(system, priority={"E": 0.5})
    with pytest.raises(UnknownName, match="Did you mean 'skills'"):
        match.stable(system, by="skill")  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="There is no post named 'q7'"):
        match.scores(system, posts=["q7"])


def test_weights_are_figures() -> None:
    system = small(1, 4, 3)
    for weights in ({"skills": 0}, {"wage": -1.0}, {"wage": float("nan")}, {"wage": "much"}):
        with pytest.raises(InvalidArgument):
            match.optimal(system, weights=weights)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="The seed -1 is negative"):
        match.optimal(system, seed=-1)
    with pytest.raises(InvalidArgument, match="0 people cannot be drawn"):
        match.optimal(echelon.examples.toy(), people=0)


def test_a_region_that_is_not_listed_is_named() -> None:
    people = small(1, 4, 3).table("people").assign(region=["N", "S", "Wst", "W"])
    system = small(1, 4, 3, people=people)
    with pytest.raises(UnknownName, match="'Wst'"):
        match.optimal(system)
    assert "unknown_code" in set(system.check()["check"])


def test_groups_need_a_column_of_groups() -> None:
    system = small(1, 6, 3)
    with pytest.raises(MissingColumn, match="no groups in a column 'sex'"):
        match.groups(system, column="sex")
    people = system.table("people").assign(group="a")
    with pytest.raises(InsufficientData, match="All people are in one group"):
        match.groups(system.with_(name="one", tables={"people": people}))


def test_china_says_what_is_missing() -> None:
    with pytest.raises(MissingTable, match="workers"):
        match.optimal(echelon.examples.china())


# ----- drawing, and the doors


def test_drawing_keeps_sizes_and_proportions() -> None:
    us = echelon.examples.us()
    drawn = match.draw(us, people=400, posts=300, seed=2)
    assert len(drawn.table("people")) == 400
    assert drawn.table("posts")["capacity"].sum() == 300
    assert drawn.check().query("severity == 'error'").empty
    seekers = us.table("unemployment").query("year == 2023").groupby("region")["unemployed"].sum()
    counts = drawn.table("people")["region"].value_counts().reindex(seekers.index).fillna(0)
    assert np.abs(counts - 400 * seekers / seekers.sum()).max() < 1.0
    again = match.draw(us, people=400, posts=300, seed=2)
    for table in ("people", "person_skills", "posts", "post_skills"):
        assert drawn.digest(table) == again.digest(table)
    assert drawn.digest("people") != match.draw(us, people=400, seed=3).digest("people")


def test_a_drawn_result_says_so_and_explains_a_region() -> None:
    result = match.optimal(echelon.examples.us(), people=120)
    assert any("120 people were drawn (seed 0, derived)" in step for step in result.note.steps)
    assert "People who look for work" in result.explain("US-CA")
    band = result.table("regions")[["matched_share_low", "matched_share", "matched_share_high"]]
    assert (band.dropna().diff(axis=1).iloc[:, 1:] >= -1e-9).all(axis=None)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from echelon.cli import main; main()", "match", *words],
        capture_output=True, check=False, text=True,
    )  # fmt: skip


def test_the_command_line(tmp_path: Path) -> None:
    done = command("toy", "--mechanism", "optimal", "--out", str(tmp_path / "toy"))
    assert done.returncode == 0, done.stderr
    assert "proven within" in done.stdout
    assert "optimality verified" in done.stdout
    assert Result.load(tmp_path / "toy").certificate.verify()
    wrong = command("toy", "--mechanism", "optimel")
    assert wrong.returncode == 2
    assert "There is no mechanism named 'optimel'. Did you mean 'optimal'?" in wrong.stderr
    asked = command("toy", "--person", "p4", "--post", "q3")
    assert "the seats are worth more with others" in asked.stdout
