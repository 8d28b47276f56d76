"""What regions are strong in: the bundled systems, small ones by hand, and what a user can do wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    InvalidSystem,
    MissingTable,
)
from echelon.measure import specialisation
from echelon.system.system import from_tables

DRAWS = 40


def make(amounts, *, table="workers", years=(2020,), **more):
    """A system in which region r has amounts[r, a] of activity a, in every year."""
    key, column, listed = {
        "workers": ("occupation", "headcount", "occupations"),
        "output": ("industry", "value_added", "industries"),
        "technology": ("technology", "patents", "technologies"),
    }[table]
    amounts = np.asarray(amounts, dtype=float)
    regions = [f"R{r}" for r in range(amounts.shape[0])]
    codes = [f"A{a:02d}" for a in range(amounts.shape[1])]
    rows = [
        {"region": region, key: code, "year": year, column: amounts[r, a]}
        for year in years
        for r, region in enumerate(regions)
        for a, code in enumerate(codes)
        if not np.isnan(amounts[r, a])
    ]
    tables = {
        "regions": pd.DataFrame({"region": regions, "name": [f"Region {r}" for r in regions]}),
        listed: pd.DataFrame({key: codes, "name": [f"Activity {c}" for c in codes]}),
        table: pd.DataFrame(rows),
    }
    return from_tables("made", {**tables, **more})


@pytest.fixture(scope="module")
def amounts():
    return np.random.default_rng(4).lognormal(5, 1.3, (9, 12)).round()


@pytest.fixture(scope="module")
def of_us(us):
    return specialisation(us, draws=DRAWS)


@pytest.fixture(scope="module")
def of_china():
    return specialisation(echelon.open("china"), draws=DRAWS)


# ----- the United States


def test_us_has_all_three_kinds_for_all_regions(of_us):
    frame = of_us.table()
    sizes = frame.groupby("kind", sort=False).size()
    assert sizes.to_dict() == {"occupations": 51, "industries": 51, "technologies": 51}
    cells = of_us.table("quotients").groupby("kind")["activity"].nunique()
    assert cells.to_dict() == {"industries": 20, "occupations": 94, "technologies": 10}


def test_no_rank_is_without_its_band(of_us):
    frame = of_us.table()
    for rank in ("rank", "diversity_rank", "krugman_rank", "fitness_rank"):
        known = frame[frame[rank].notna()]
        assert len(known) == len(frame)
        assert (known[f"{rank}_low"] <= known[f"{rank}_high"]).all()
        assert known[[f"{rank}_low", f"{rank}_high"]].notna().all(axis=None)
    chances = of_us.table("opportunities")
    assert chances[["rank_low", "rank_median", "rank_high"]].notna().all(axis=None)
    activities = of_us.table("activities")
    assert (
        activities.loc[activities["rank"].notna(), ["rank_low", "rank_high"]].notna().all(axis=None)
    )


def test_what_a_labour_economist_knows_of_the_states(of_us):
    cells = of_us.table("quotients").set_index(["region", "activity"])["quotient"]
    assert cells["US-WY", "21"] > 5
    assert cells["US-NY", "52"] > 1.5
    assert cells["US-DC", "92"] > 2
    assert cells["US-MI", "31-33"] > 1.3
    assert cells["US-CA", "51"] > 1.5
    frame = of_us.table().set_index(["kind", "region"])
    by_work = frame.loc["occupations", "complexity"]
    assert by_work[["US-NY", "US-CA", "US-MA"]].min() > 1
    assert by_work[["US-IN", "US-MS", "US-AR"]].max() < 0
    assert frame.loc["industries", "complexity"].idxmax() == "US-NY"


def test_the_sum_of_the_regions_is_compared_with_the_nation(of_us):
    steps = " ".join(of_us.note.steps)
    assert "Occupations: the regions sum to 151,853,993 jobs in 2023, +0.07 per cent" in steps
    assert "of the national table staffing" in steps
    assert "no figure for the whole is in the tables" in steps


def test_the_note_says_why_industries_go_by_value_added_and_how_the_order_was_turned(of_us):
    assert any("Industries by value added: employment is known for only" in step
               for step in of_us.note.steps)  # fmt: skip
    caveats = " ".join(of_us.note.caveats)
    assert "by the usual rule it would be turned the other way" in caveats
    assert "not a level" in caveats


def test_the_usual_sign_rule_can_be_had(us):
    found = specialisation(us, of="industries", sign="diversity", draws=20).table()
    assert found.set_index("region")["complexity"].idxmin() == "US-NY"
    assert np.corrcoef(found["complexity"], found["diversity"])[0, 1] > 0


def test_a_region_is_explained_down_to_its_figures(of_us):
    text = str(of_us.explain("US-CA"))
    assert "Complexity, occupations: 2.1" in text
    assert "Strength 1: 4.446 location quotient; Agricultural Workers (45-2000)" in text
    assert "in all regions; " in text
    assert "source oews_2023" in text
    assert "Complexity, industries" in text


def test_opportunities_are_absent_near_and_in_order(of_us):
    chances = of_us.table("opportunities")
    assert (chances["quotient"] < 1).all()
    assert chances["score"].between(0, 1).all()
    for _, group in chances.groupby(["region", "kind"]):
        assert group["score"].is_monotonic_decreasing


def test_the_same_seed_gives_the_same_figures(us, of_us):
    assert specialisation(us, draws=DRAWS).digests == of_us.digests


# ----- China: too few activities for complexity


def test_china_has_quotients_but_no_complexity_and_says_why(of_china):
    frame = of_china.table()
    assert set(frame["kind"]) == {"industries", "technologies"}
    assert frame[["complexity", "rank", "fitness_rank", "outlook"]].isna().all(axis=None)
    assert frame[["krugman", "krugman_rank_low", "krugman_rank_high"]].notna().all(axis=None)
    assert of_china.table("quotients")["quotient"].notna().all()
    assert len(of_china.table("opportunities")) == 0
    caveats = " ".join(of_china.note.caveats)
    assert "Industries: 3 activities are too few to tell complexity (at least 8)" in caveats
    assert "Occupations are left out. The system 'china' has no table workers" in caveats


def test_chinese_provinces_grew_alike(of_china):
    years = of_china.table("years")
    industries = years[years["kind"] == "industries"].set_index("year")["similarity"]
    assert industries[2023] > industries[2010] + 0.03


# ----- small systems by hand


def test_quotients_by_hand():
    found = specialisation(make([[30, 10], [10, 30], [20, 20]]), draws=20, prior=0)
    cells = found.table("quotients").set_index(["region", "activity"])
    assert cells.loc[("R0", "A00"), "quotient"] == pytest.approx(1.5)
    assert cells.loc[("R1", "A00"), "quotient"] == pytest.approx(0.5)
    assert found.table().set_index("region").loc["R0", "krugman"] == pytest.approx(0.5)
    pairs = found.table("similarity").set_index(["region", "destination"])["similarity"]
    assert pairs["R0", "R1"] == pytest.approx(600 / 1000)


def test_sampling_errors_widen_the_bands(amounts):
    def with_error(rse):
        base = make(amounts)
        rows = base.table("workers").assign(headcount_rse=rse)
        return specialisation(base.with_(name="e", tables={"workers": rows}), draws=60).table()

    def width(frame):
        return (frame["krugman_high"] - frame["krugman_low"]).mean()

    assert width(with_error(60.0)) > width(with_error(1.0)) * 1.1
    cells = specialisation(make(amounts), draws=20).table("quotients")
    assert cells["probability"].isna().all()


def test_groups_whose_parts_are_there_do_not_count_twice(amounts):
    system = make(amounts)
    listed = system.table("occupations").assign(parent=["A11", "A11", *[None] * 10])
    found = specialisation(system.with_(name="g", tables={"occupations": listed}), draws=20)
    assert "A11" not in set(found.table("quotients")["activity"])
    assert "Occupations: Left out 1 groups of occupations whose parts are in the table too." in (
        found.note.steps
    )


def test_wider_regions_do_not_count(amounts):
    system = make(amounts)
    regions = system.table("regions").assign(parent=["R8", *[None] * 8])
    found = specialisation(system.with_(name="p", tables={"regions": regions}), draws=20)
    assert "R8" not in set(found.table()["region"])


def test_a_region_below_the_minimum_has_no_place_in_the_order(amounts):
    tiny = amounts.copy()
    tiny[0] /= 10_000
    found = specialisation(make(tiny), draws=20)
    row = found.table().set_index("region").loc["R0"]
    assert row["small"]
    assert np.isnan(row["rank"])
    assert np.isfinite(row["krugman"])
    assert any("too small for the order of complexity: R0." in c for c in found.note.caveats)


def test_unknown_figures_are_filled_and_said(amounts):
    gap = amounts.copy()
    gap[2, 3] = np.nan
    found = specialisation(make(gap), draws=20)
    cell = found.table("quotients").set_index(["region", "activity"]).loc[("R2", "A03")]
    assert np.isnan(cell["value"])
    assert cell["evidence"] == "derived"
    assert any("1 of 108 people by occupation of 2020 were unknown" in s for s in found.note.steps)


def test_an_activity_that_few_regions_know_is_left_out_and_said(amounts):
    gaps = amounts.copy()
    gaps[2:, 7] = np.nan
    found = specialisation(make(gaps), draws=20)
    assert "A07" not in set(found.table("quotients")["activity"])
    assert any("Left out A07: known for fewer than 80 per cent" in s for s in found.note.steps)


def test_an_activity_that_nobody_has_is_left_unknown(amounts):
    empty = amounts.copy()
    empty[:, 5] = 0
    found = specialisation(make(empty), draws=20)
    cells = found.table("quotients")
    assert cells.loc[cells["activity"] == "A05", "quotient"].isna().all()
    unknown = found.table().set_index("region")["complexity"].isna()
    assert unknown[unknown].index.tolist() == ["R1"]
    assert any("share no activity with the others: R1." in c for c in found.note.caveats)
    assert "Occupations: 1 activities that no region has were left unknown." in found.note.caveats


def test_patents_and_output_are_read_too(amounts):
    found = specialisation(make(amounts, table="technology"), draws=20)
    assert set(found.table()["kind"]) == {"technologies"}
    found = specialisation(make(amounts, table="output", years=range(2015, 2021)), draws=20)
    assert set(found.table()["kind"]) == {"industries"}
    assert len(found.table("years")) == 6


# ----- what a user can do wrong


def test_one_region_is_said():
    with pytest.raises(InsufficientData, match="compares regions, and there is only one"):
        specialisation(make([[3, 4, 5]]))


def test_equal_regions_are_said():
    with pytest.raises(
        InsufficientData, match="All regions have the same mix of people by occupation"
    ):
        specialisation(make([[3, 4, 5], [6, 8, 10]]))


def test_an_empty_region_is_said(amounts):
    empty = amounts.copy()
    empty[3] = 0
    with pytest.raises(InsufficientData, match=r"The region R3 has no people by occupation"):
        specialisation(make(empty))


def test_an_unknown_code_is_said(amounts):
    system = make(amounts)
    rows = system.table("workers").replace({"occupation": {"A03": "B99"}})
    wrong = system.with_(name="w", tables={"workers": rows})
    with pytest.raises(
        InvalidSystem, match=r"The occupation 'B99' is not in the table occupations"
    ):
        specialisation(wrong)


def test_a_negative_count_is_said(amounts):
    wrong = amounts.copy()
    wrong[1, 2] = -7
    with pytest.raises(InvalidSystem, match=r"headcount of A02 in R1 in 2020 is -7"):
        specialisation(make(wrong))


def test_a_negative_value_added_counts_as_nothing_and_is_said(amounts):
    loss = amounts.copy()
    loss[1, 2] = -7
    found = specialisation(make(loss, table="output"), draws=20)
    assert any("1 negative figures of value added were counted as 0" in s for s in found.note.steps)


def test_without_activities_the_missing_tables_are_named():
    system = from_tables("bare", {"regions": pd.DataFrame({"region": ["A"], "name": ["A"]})})
    with pytest.raises(MissingTable, match="no workers, output, patents or research"):
        specialisation(system)
    with pytest.raises(MissingTable, match="has no table workers"):
        specialisation(system, of="occupations")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"of": "skills"}, "The kind of activities 'skills' is unknown"),
        ({"of": ()}, "No kind of activities"),
        ({"draws": 3}, "20 draws or more"),
        ({"prior": -1.0}, "prior of 0 or more"),
        ({"sign": "size"}, "sign rule 'size' is unknown"),
        ({"most": 0}, "at least one opportunity"),
    ],
)
def test_arguments_outside_their_range_are_said(amounts, arguments, message):
    with pytest.raises(InvalidArgument, match=message):
        specialisation(make(amounts), **arguments)
