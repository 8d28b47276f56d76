"""The degree screen: hand results on the toy, once per person, the sweep, the us system, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.diagnose import credentials
from echelon.diagnose.educated import make_educated
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    MissingColumn,
    MissingTable,
    UnknownName,
)
from echelon.system.system import from_tables

USED = (
    "regions", "occupations", "skills", "fields", "levels", "occupation_skills", "transitions",
    "programme_occupations", "occupation_education", "workers", "worker_education", "attainment",
    "demand", "graduates", "flows", "programmes", "indicators", "assumptions", "sources",
)  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    """The toy with the tables that these verbs read, which opens quickly."""
    system = echelon.open("toy")
    return from_tables("toy", {name: system.table(name) for name in USED})


@pytest.fixture(scope="module")
def found():
    return credentials(echelon.open("us"))


def without(system, *names):
    tables = {name: system.table(name) for name in system.tables if name not in names}
    return from_tables("part", tables)


def test_the_toy_by_hand(toy):
    """At 1.9 levels a technician is near an engineer, not near a researcher; helpers are far."""
    result = credentials(toy, distance=1.9, sweep=[1.0])
    educated = make_educated(toy)
    technicians = educated.people[:, 2, 0]
    engineers = educated.people[:, 1, 1]
    frame = result.table()
    assert frame["with_skills"].to_numpy() == pytest.approx(technicians)
    assert frame["people"].to_numpy() == pytest.approx(np.minimum(technicians, engineers))
    assert frame["sum_over_occupations"].to_numpy() == pytest.approx(technicians)
    wages = toy.table("workers").query("year == 2023").set_index(["region", "occupation"])["wage"]
    rise = wages.xs("engineer", level=1) - wages.xs("technician", level=1)
    assert frame["wages_at_stake"].to_numpy() == pytest.approx(
        (frame["people"] * rise.reindex(frame["region"]).to_numpy()).to_numpy()
    )


def test_a_person_near_two_occupations_is_counted_once(toy):
    """At 2.4 levels technicians are near both screened occupations."""
    frame = credentials(toy, distance=2.4, sweep=[1.0]).table()
    assert frame["sum_over_occupations"].to_numpy() == pytest.approx(
        2 * frame["with_skills"].to_numpy()
    )
    assert (frame["people"] <= frame["with_skills"] + 1e-6).all()


def test_more_distance_never_makes_the_pool_smaller(found):
    sweep = found.table("sweep")
    for column in ("with_skills", "people", "sum_over_occupations"):
        assert sweep[column].is_monotonic_increasing, column
    assert sweep["false_accepts"].is_monotonic_decreasing
    known = sweep[sweep["with_skills"] > 0]
    assert (known["people"] <= known["with_skills"] * (1 + 1e-9)).all()
    assert (known["times_counted"] >= 1 - 1e-9).all()
    assert known["times_counted"].iloc[-1] > 2


def test_the_sweep_holds_the_main_table(found):
    row = found.table("sweep").query("times_typical_move == 1").iloc[0]
    frame = found.table()
    for column in ("people", "with_skills", "sum_over_occupations", "wages_at_stake"):
        assert frame[column].sum() == pytest.approx(row[column])
    for name in ("occupations", "destinations"):
        assert found.table(name)["people"].sum() == pytest.approx(row["people"])
    assert found.table("occupations")["wages_at_stake"].sum() == pytest.approx(
        row["wages_at_stake"]
    )


def test_no_pool_and_no_place_is_used_twice(found):
    pools = found.table("occupations")
    assert (pools["people"] <= pools["without_degree"] + 0.5).all()
    places = found.table("destinations")
    held = places["posts"] - places["held_without_degree"]
    assert (places["people"] <= held + 0.5).all()


def test_the_table_of_credential_and_skill_holds_everybody(found):
    frame = found.table("confusion")
    assert frame["people"].sum() == pytest.approx(151_853_920, rel=1e-6)
    kept_out = frame[frame["screen"] == "false reject"].set_index("region")["people"]
    main = found.table().set_index("region")
    assert kept_out.to_numpy() == pytest.approx(
        main["with_skills"].reindex(kept_out.index).to_numpy()
    )
    lacking = frame[frame["credential"] == "no degree"].groupby("region")["people"].sum()
    assert lacking.to_numpy() == pytest.approx(
        main["without_degree"].reindex(lacking.index).to_numpy()
    )


def test_the_us_is_of_the_size_that_others_find(found):
    """Two thirds of people at work lack the degree; one to two tenths of them have the skills."""
    frame = found.table()
    whole = found.table("confusion")["people"].sum()
    assert 0.60 < frame["without_degree"].sum() / whole < 0.70
    assert 5e6 < frame["people"].sum() < 30e6


def test_every_rank_has_its_band(found):
    frame = found.table()
    for name in ("people", "share", "wages_at_stake", "rank"):
        assert frame[[f"{name}_low", f"{name}_high"]].notna().all(axis=None)
        assert (frame[f"{name}_low"] <= frame[f"{name}_high"]).all()


def test_a_number_is_explained(found):
    text = str(found.explain("US-TX"))
    assert "Have the skills and lack the degree, each once: " in text
    assert "From " in text
    assert "occupation_skills" in text


def test_without_moves_the_distance_is_assumed_and_without_openings_a_year_is_unknown(toy):
    result = credentials(without(toy, "transitions", "demand"), sweep=[1.0])
    assert any("0.5 levels, assumed" in step for step in result.note.steps)
    assert result.table()["people_a_year"].isna().all()


def test_one_region_alone_is_measured(toy):
    keep = {n: toy.table(n) for n in ("occupations", "occupation_skills", "levels", "skills",
                                      "occupation_education", "transitions")}  # fmt: skip
    for name in ("regions", "workers", "worker_education"):
        keep[name] = toy.table(name).query("region == 'A'")
    frame = credentials(from_tables("one", keep), sweep=[1.0]).table()
    assert frame["rank"].tolist() == [1]
    assert frame["people"].iloc[0] > 0


def test_equal_wages_leave_nobody_better_paid(toy):
    rows = toy.table("workers").assign(wage=50_000.0)
    frame = credentials(toy.with_(name="flat", tables={"workers": rows}), sweep=[1.0]).table()
    assert (frame["people"] == 0).all()
    assert (frame["wages_at_stake"] == 0).all()
    assert (frame["rank"] == 1).all()


def test_an_unknown_wage_is_that_of_the_occupation_elsewhere_and_said(toy):
    rows = toy.table("workers")
    rows.loc[(rows["region"] == "C") & (rows["occupation"] == "engineer"), "wage"] = np.nan
    result = credentials(toy.with_(name="gap", tables={"workers": rows}), sweep=[1.0])
    assert any(
        "The wages of 50 people are those of their occupation" in c for c in result.note.caveats
    )


def test_what_is_missing_is_named(toy):
    with pytest.raises(MissingTable, match="occupation_skills"):
        credentials(echelon.open("china"))
    with pytest.raises(MissingTable, match="has no table occupation_skills"):
        credentials(without(toy, "occupation_skills", "person_skills", "post_skills"))
    bare = toy.table("workers").drop(columns="wage")
    with pytest.raises(MissingColumn, match="The table workers has no wages"):
        credentials(toy.with_(name="bare", tables={"workers": bare}))
    free = toy.table("occupations").drop(columns="education")
    with pytest.raises(MissingColumn, match="Which occupations ask for a degree is unknown"):
        credentials(toy.with_(name="free", tables={"occupations": free}))
    flat = toy.table("occupation_skills").drop(columns="importance")
    with pytest.raises(MissingColumn, match="occupation_skills has no importance of skills"):
        credentials(toy.with_(name="flat", tables={"occupation_skills": flat}))
    other = pd.DataFrame(
        {"occupation": ["elf"], "skill": ["craft"], "level": [3.0], "importance": [3.0]}
    )
    with pytest.raises(InsufficientData, match="No occupation of workers has skills"):
        credentials(toy.with_(name="elf", tables={"occupation_skills": other}))


def test_wrong_arguments_are_refused(toy):
    with pytest.raises(UnknownName, match="no level named 'baccalaureate'"):
        credentials(toy, degree="baccalaureate")
    with pytest.raises(InvalidArgument, match="distance = -1"):
        credentials(toy, distance=-1)
    with pytest.raises(InvalidArgument, match="weights = 'luck'"):
        credentials(toy, weights="luck")
    with pytest.raises(InsufficientData, match="All occupations ask for the level 'high_school'"):
        credentials(toy, degree="high_school")
