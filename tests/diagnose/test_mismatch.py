"""Cultivation against use: the raked people, hand results on the toy, the us system, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.diagnose import mismatch
from echelon.diagnose.educated import drawn_people, make_educated
from echelon.errors import InsufficientData, InvalidArgument, MissingTable, UnknownName
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
def us():
    return echelon.open("us")


@pytest.fixture(scope="module")
def found(us):
    return mismatch(us, draws=40)


def without(system, *names):
    tables = {name: system.table(name) for name in system.tables if name not in names}
    return from_tables("part", tables)


def one_region(system):
    """The system with the rows of its first region alone."""
    region = system.table("regions")["region"].iloc[0]
    tables = {}
    for name in system.tables:
        frame = system.table(name)
        if "region" in frame:
            frame = frame[frame["region"] == region]
        if "destination" in frame and "region" in frame:
            continue
        if len(frame):
            tables[name] = frame
    return from_tables("one", tables)


# ----- people by region, occupation and education


@pytest.mark.parametrize("name", ["toy", "us"])
def test_every_margin_of_the_raked_people_is_exact(name):
    system = echelon.open(name)
    educated = make_educated(system)
    workers = system.table("workers")
    workers = workers[workers["year"] == educated.year]
    jobs = workers.groupby(["region", "occupation"])["headcount"].sum()
    grid = pd.MultiIndex.from_product([educated.regions, educated.occupations])
    assert educated.jobs.ravel() == pytest.approx(jobs.reindex(grid).fillna(0).to_numpy())
    side = educated.jobs.sum(axis=0)[:, None] * educated.shares
    total = jobs.sum()
    assert np.abs(educated.people.sum(axis=0) - side).max() <= 1e-7 * total
    top = educated.people.sum(axis=1) @ educated.groups
    assert np.abs(top - educated.top).max() <= 1e-7 * total
    assert educated.evidence == "derived"


def test_regions_keep_the_order_of_their_measured_education(us):
    """The share with a degree among people at work ranks the states as the survey does."""
    educated = make_educated(us)
    degree = educated.people[:, :, educated.reaching("bachelor")].sum(axis=(1, 2))
    share = pd.Series(degree / educated.people.sum(axis=(1, 2)), index=educated.regions)
    rows = us.table("worker_education").query("year == 2018")
    wide = rows.pivot_table(index="region", columns="level", values="headcount")
    measured = wide["bachelor_or_higher"] / wide.sum(axis=1)
    assert share.corr(measured.reindex(share.index), method="spearman") > 0.998
    assert share.idxmax() == "US-DC"


def test_measured_education_of_workers_is_used_as_it_is(toy):
    rows = toy.table("workers").query("year == 2023")
    parts = [
        rows.assign(education=level, headcount=rows["headcount"] * share)
        for level, share in (("high_school", 0.75), ("bachelor", 0.25))
    ]
    system = toy.with_(name="register", tables={"workers": pd.concat(parts)})
    educated = make_educated(system)
    assert educated.evidence == "measured"
    assert educated.people[..., 1] / educated.jobs == pytest.approx(np.full((3, 4), 0.25))
    result = mismatch(system, draws=20)
    assert "occupation_education" not in result.note.tables
    assert (result.table()["mismatch_low"] == result.table()["mismatch_high"]).all()


def test_without_education_by_region_every_occupation_has_the_nations(toy):
    educated = make_educated(without(toy, "worker_education", "attainment"))
    share = educated.people / educated.jobs[:, :, None]
    assert share == pytest.approx(np.broadcast_to(educated.shares, share.shape))
    assert "is the nation's everywhere" in educated.steps[0]


def test_attainment_of_adults_stands_in_for_that_of_people_at_work(toy):
    educated = make_educated(without(toy, "worker_education"))
    assert educated.tables[-1] == "attainment"
    assert "the attainment of adults" in educated.steps[0]


def test_draws_keep_the_jobs_and_are_the_same_for_the_same_seed(toy):
    educated = make_educated(toy)
    first = [each.people for each in drawn_people(educated, draws=5, seed=3)]
    again = [each.people for each in drawn_people(educated, draws=5, seed=3)]
    assert np.array_equal(first, again)
    for people in first:
        assert people.sum(axis=2) == pytest.approx(educated.jobs, rel=1e-6)
    assert not np.array_equal(first[0], first[1])


# ----- by level


def test_the_toy_by_hand(toy):
    """Over-educated are the bachelors in work that asks for high school, and the other way round."""
    result = mismatch(toy, draws=20)
    educated = make_educated(toy)
    bachelors = educated.people[:, 2:, 1].sum(axis=1)
    below = educated.people[:, :2, 0].sum(axis=1)
    whole = educated.jobs.sum(axis=1)
    frame = result.table()
    assert frame["over"].to_numpy() == pytest.approx(100 * bachelors / whole)
    assert frame["under"].to_numpy() == pytest.approx(100 * below / whole)
    graduates = educated.people[:, :, 1].sum(axis=1)
    assert frame["over_graduates"].to_numpy() == pytest.approx(100 * bachelors / graduates)


def test_shares_bands_and_ranks_agree(found):
    frame = found.table()
    assert frame["mismatch"].to_numpy() == pytest.approx(
        (frame["over"] + frame["under"]).to_numpy()
    )
    assert (frame["matched"] + frame["mismatch"]).to_numpy() == pytest.approx(np.full(51, 100.0))
    assert (frame["mismatch_low"] <= frame["mismatch_high"]).all()
    assert (frame["rank_low"] <= frame["rank_high"]).all()
    assert sorted(frame["rank"]) == list(range(1, 52))
    assert frame["both_low"].le(frame["both_high"] + 1e-9).all()


def test_sums_over_the_regions_are_the_nations(found):
    nation = found.table("nation")
    assert nation["difference"].abs().max() < 1e-6 * nation["nation"].max()
    people = nation[nation["item"].str.startswith("people: ")]["sum_of_regions"].sum()
    assert people == pytest.approx(151_853_920, rel=1e-6)


def test_the_us_is_in_the_range_that_economists_find(found):
    """A third to two fifths of graduates work below their level; teachers are most short."""
    frame, fields = found.table(), found.table("fields")
    assert 33 < frame["over_graduates"].median() < 42
    sums = fields[fields["level"] == "bachelor"].groupby("field")["gap"].sum()
    assert sums["ACS-EDU"] < 0 < sums["ACS-BIO"]


def test_small_cells_are_pooled_and_people_kept(us, found):
    small = mismatch(us, draws=20, least=5000).table("occupations")
    fine = found.table("occupations")
    assert small["people"].sum() == pytest.approx(fine["people"].sum())
    assert len(small) < len(fine)
    assert small.loc[small["occupation"] != "other", "people"].min() >= 5000
    assert small["pooled"].sum() == fine["pooled"].sum()


@pytest.mark.parametrize("measure", ["mode", "mean"])
def test_every_measure_can_be_the_main_one(toy, measure):
    frame = mismatch(toy, measure=measure, draws=20).table()
    assert frame["over"].to_numpy() == pytest.approx(frame[f"over_{measure}"].to_numpy())


# ----- by field


def test_the_gaps_of_a_region_sum_to_nothing_and_lie_within_their_ends(found):
    fields = found.table("fields")
    sums = fields.groupby(["region", "level"])["gap"].sum(min_count=1)
    assert sums.abs().max() < 1e-6
    known = fields.dropna(subset="gap")
    assert (known["gap_low"] <= known["gap"] + 1e-9).all()
    assert (known["gap"] <= known["gap_high"] + 1e-9).all()


def test_the_dissimilarity_is_that_of_the_shares(found):
    fields = found.table("fields")
    rows = fields[fields["level"] == fields["level"].iloc[0]]
    difference = (rows["graduate_share"] - rows["need_share"]).abs()
    half = difference.groupby(rows["region"], sort=False).sum() / 2
    frame = found.table().set_index("region")["field_dissimilarity"]
    assert frame.to_numpy() == pytest.approx(half.reindex(frame.index).to_numpy())


def test_without_fields_the_levels_remain_and_it_is_said(toy):
    result = mismatch(without(toy, "programme_occupations"), draws=20)
    assert result.table()["field_dissimilarity"].isna().all()
    assert result.table()["mismatch"].notna().all()
    assert result.table("fields").empty
    assert any("Fields are unknown" in caveat for caveat in result.note.caveats)


# ----- wages


def test_what_surplus_schooling_pays_is_refused_without_wages_by_education(toy):
    with pytest.raises(MissingTable, match="workers has no wages by education"):
        mismatch(toy, returns=True, draws=20)


def test_what_surplus_schooling_pays_with_wages_by_education(toy):
    rows = toy.table("workers").query("year == 2023")
    asks = rows["occupation"].isin(["researcher", "engineer"])
    parts = []
    for level, years in (("high_school", 12), ("bachelor", 16)):
        needed = np.where(asks, 16, 12)
        surplus, deficit = np.maximum(years - needed, 0), np.maximum(needed - years, 0)
        wage = np.exp(9 + 0.1 * needed + 0.04 * surplus - 0.02 * deficit)
        parts.append(rows.assign(education=level, headcount=rows["headcount"] / 2, wage=wage))
    system = toy.with_(name="register", tables={"workers": pd.concat(parts)})
    found = mismatch(system, returns=True, draws=20).table("returns").set_index("term")
    slopes = found.loc[["required", "surplus", "deficit"], "log_wage_per_year"]
    assert slopes.tolist() == pytest.approx([0.1, 0.04, -0.02], abs=1e-9)


# ----- explained, repeated, refused


def test_a_number_is_explained_down_to_occupations_and_fields(found):
    text = str(found.explain("US-CA"))
    assert text.startswith("diagnose.mismatch of us, California, 2023\nMismatch by level: ")
    assert "Over-educated: " in text
    assert "Education: " in text
    assert "from demand, occupation_education and programme_occupations; derived" in text


def test_the_same_seed_gives_the_same_figures(toy):
    assert mismatch(toy, draws=20).digests == mismatch(toy, draws=20).digests
    assert mismatch(toy, draws=20, seed=1).digests != mismatch(toy, draws=20).digests


def test_one_region_is_compared_with_nobody_and_still_measured(toy):
    frame = mismatch(one_region(toy), draws=20).table()
    assert frame[["rank", "rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1, 1]]
    assert frame["mismatch"].notna().all()


def test_one_year_alone_is_enough(toy):
    rows = toy.table("workers").query("year == 2022")
    assert mismatch(toy.with_(name="year", tables={"workers": rows}), draws=20).table()[
        "year"
    ].tolist() == [2022] * 3  # fmt: skip


def test_equal_regions_share_a_rank(toy):
    first = toy.table("workers").query("region == 'A' and year == 2023")
    people = toy.table("worker_education").query("region == 'A'")
    tables = {
        name: pd.concat([rows.assign(region=region) for region in "ABC"])
        for name, rows in (("workers", first), ("worker_education", people))
    }
    frame = mismatch(toy.with_(name="equal", tables=tables), draws=20).table()
    assert frame["mismatch"].to_numpy() == pytest.approx(np.full(3, frame["mismatch"].iloc[0]))


def test_an_occupation_nobody_works_in_does_no_harm(toy):
    rows = toy.table("workers")
    rows["headcount"] = rows["headcount"].where(rows["occupation"] != "helper", 0)
    frame = mismatch(toy.with_(name="zero", tables={"workers": rows}), draws=20).table()
    assert frame[["over", "under"]].notna().all(axis=None)


def test_unknown_occupation_codes_are_said(toy):
    rows = toy.table("workers")
    some = rows.assign(occupation=rows["occupation"].replace("helper", "elf"))
    result = mismatch(toy.with_(name="elves", tables={"workers": some}), draws=20)
    assert any("in occupations such as elf" in caveat for caveat in result.note.caveats)
    every = toy.with_(name="elves", tables={"workers": rows.assign(occupation="elf")})
    with pytest.raises(
        InsufficientData, match=r"None of the occupations of workers \(first: elf\)"
    ):
        mismatch(every)


def test_what_is_missing_is_named(toy):
    with pytest.raises(MissingTable, match="has no tables workers, occupations, levels"):
        mismatch(echelon.open("china"))
    with pytest.raises(MissingTable, match="has no table occupation_education"):
        mismatch(without(toy, "occupation_education"))
    occupations = toy.table("occupations").drop(columns="education")
    system = toy.with_(name="free", tables={"occupations": occupations})
    with pytest.raises(InsufficientData, match="The normative measure is unknown"):
        mismatch(system)
    assert mismatch(system, measure="mode", draws=20).table()["over"].notna().all()


def test_wrong_arguments_are_refused(toy):
    with pytest.raises(InvalidArgument, match="measure = 'mood'"):
        mismatch(toy, measure="mood")
    with pytest.raises(InvalidArgument, match="Use at least 20 draws"):
        mismatch(toy, draws=3)
    with pytest.raises(UnknownName, match="no year named '1999'"):
        mismatch(toy, year=1999)
    zero = toy.table("workers").assign(headcount=0.0)
    with pytest.raises(InsufficientData, match="The table workers has no head counts above 0"):
        mismatch(toy.with_(name="empty", tables={"workers": zero}))
