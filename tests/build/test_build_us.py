"""The builder of the United States on the official files: nothing published is lost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import echelon
from echelon.build import build
from echelon.sources import acs
from echelon.system.system import System

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def full(shared: Path) -> System:
    return build("us", shared / "data" / "us")


@pytest.fixture(scope="module")
def groups(shared: Path) -> System:
    return build("us", shared / "data" / "us", detail="groups")


@pytest.fixture(scope="module")
def survey(shared: Path) -> pd.Series:
    """The state file of May 2023, read here without any code of the package."""
    folder = shared / "data" / "us" / "bls_oews"
    figures = pd.read_csv(folder / "state_M2023_EmploymentWage_Table.csv", dtype="str")
    levels = pd.read_csv(folder / "state_M2023_Occupation_Table.csv", dtype="str")
    states = pd.read_csv(folder / "state_M2023_State_Table.csv", dtype="str")
    joined = figures.merge(levels, on="occ_code").merge(states, on="area")
    detailed = joined[joined["o_group"] == "detailed"]
    jobs = pd.to_numeric(detailed["tot_emp"].str.replace(",", ""), errors="coerce")
    rows = detailed.assign(jobs=jobs, region="US-" + detailed["prim_state"].str.strip())
    return rows.dropna(subset="jobs").set_index(["region", "occ_code"])["jobs"]


def test_every_unsuppressed_cell_is_kept_to_one_job(full: System, survey: pd.Series) -> None:
    workers = full.table("workers").set_index(["region", "occupation"])["headcount"]
    assert len(survey) == 30_823
    assert ((workers.reindex(survey.index) - survey).abs() < 1).all()
    assert workers.sum() == survey.sum() == 141_365_050


def test_no_errors_in_either_detail(full: System, groups: System) -> None:
    for system in (full, groups):
        faults = system.check()
        assert faults[faults["severity"] == "error"].empty
        assert set(faults["check"]) <= {"indicator_year_gap"}


def test_losses_are_stated_in_people_and_per_cent(full: System) -> None:
    losses = full.table("crosswalk_losses")
    assert len(losses) == 5
    assert (losses["carried"] + losses["lost"] - losses["total"]).abs().max() < 1
    assert losses.loc[0, "total"] == 151_853_920
    assert losses.loc[0, "lost_share"] == pytest.approx(6.907, abs=0.001)


def test_groups_hold_all_jobs_and_at_most_a_hundred_groups(groups: System, full: System) -> None:
    workers = groups.table("workers")
    assert workers["occupation"].nunique() == 94
    assert workers["headcount"].sum() == pytest.approx(151_853_920, rel=1e-6)
    whole = workers.groupby("region")["headcount"].sum()
    detail = full.table("workers").groupby("region")["headcount"].sum()
    assert (whole >= detail - 0.5 * 94).all()


def test_a_filled_figure_is_never_called_measured(groups: System, full: System) -> None:
    assert set(full.table("workers")["evidence"]) == {"measured"}
    assert set(groups.table("workers")["evidence"]) == {"measured", "derived"}
    assert set(groups.table("demand")["evidence"]) == {"derived"}


def test_moves_by_education_meet_the_published_arrivals(groups: System, shared: Path) -> None:
    estimates = acs.read(shared / "data" / "us" / "acs", tables=("B07009",))["estimates"]
    rows = estimates[(estimates["year"] == 2018) & (estimates["variable"] == "B07009_029E")]
    published = rows.set_index("US-" + rows["area"])["estimate"]
    flows = groups.table("flows")
    of_2018 = (flows["education"] == "bachelor") & (flows["year"] == 2018)
    arrived = flows[of_2018].groupby("destination")["people"].sum()
    assert len(arrived) == 51
    assert (arrived - published.reindex(arrived.index)).abs().max() < 5


def test_shares_are_shares(full: System, groups: System) -> None:
    for system in (full, groups):
        moved = system.table("transitions").groupby("occupation")["share"].sum()
        assert moved.sub(1).abs().max() < 1e-9
        trained = system.table("programme_occupations").groupby(["field", "level"])["share"].sum()
        assert trained.sub(1).abs().max() < 1e-9
        staffed = system.table("staffing").groupby("industry")["share"].sum()
        assert staffed.between(0.8, 1.001).all()


def test_the_bundled_example_is_what_the_builder_makes(groups: System) -> None:
    bundled = echelon.open("us")
    differs = [n for n in groups.tables if groups.digest(n) != bundled.digest(n)]
    assert (differs, bundled.tables) == ([], groups.tables)


def test_the_list_of_unclear_licence_is_nowhere(full: System) -> None:
    assert "cps_asec_transitions" not in set(full.table("sources")["source"])
    assert "unclear" not in " ".join(full.table("sources")["licence"])


def test_nobody_moves_to_work_that_asks_for_much_more(full: System) -> None:
    work = full.table("occupations").set_index("occupation")
    moves = full.table("transitions")
    moves = moves[moves["occupation"] != moves["destination"]]
    step = moves["destination"].map(work["job_zone"]) - moves["occupation"].map(work["job_zone"])
    assert not (step > 1).any()
    pairs = set(zip(moves["occupation"], moves["destination"], strict=True))
    assert ("31-1120", "29-1141") not in pairs
    assert len(pairs) > 5000


def test_no_occupation_without_a_wage_is_called_the_worst_paid(full: System) -> None:
    work = full.table("occupations")
    percentile = work.set_index("occupation")["wage_percentile"]
    assert percentile[["27-2011", "27-2042"]].isna().all()
    assert percentile["11-1011"] > 90
    unknown = work[(work["level"] == "detailed") & work["job_zone"].isna()]
    by_prefix = ("11-9121", "11-9041", "11-3021")
    assert unknown.loc[~unknown["occupation"].isin(by_prefix), "tier"].isna().all()


def test_a_group_has_a_wage_only_where_most_of_its_jobs_have_one(groups: System) -> None:
    workers = groups.table("workers").set_index("occupation")
    assert workers.loc["25-2000", "wage"].isna().all()
    assert workers.loc["13-2000", "wage"].notna().all()


def test_doctorates_are_not_sent_to_professional_degrees(full: System) -> None:
    trained = full.table("programme_occupations")
    taken = trained[trained["level"] == "doctorate"]["occupation"]
    assert not taken.str.startswith(("29-1", "23-1")).any()


def test_fields_of_research_reach_sectors_through_those_trained_in_them(groups: System) -> None:
    use = groups.table("technology_industries")
    whole = use.groupby("technology")["share"].sum()
    assert len(whole) == 10
    assert whole.to_numpy() == pytest.approx(1, abs=1e-4)
    largest = use.sort_values("share").groupby("technology")["industry"].last()
    # Life sciences lead to health care, computing to professional services.
    assert largest["NSF-05"] == "62"
    assert largest["NSF-02"] == "54"
    assert set(use["evidence"]) == {"derived"}


def test_companies_with_new_products_are_as_published(groups: System) -> None:
    rows = groups.table("indicators").query("indicator == 'product_innovating_companies'")
    assert sorted(rows["year"].unique()) == [2018, 2019, 2020, 2021]
    last = rows[rows["year"] == 2021].set_index("region")["value"]
    assert last["US-CA"] == 67_456
    # The nation's figure is 459,474; the difference is stated as a limitation.
    assert last.sum() == 453_813
    stated = groups.table("limitations").set_index("subject")["limitation"]
    assert "453,813 of the nation's 459,474" in stated["Companies with new products"]
    output = groups.table("indicators").query("indicator == 'kti_value_added'")["value"]
    assert output.sum() == pytest.approx(2_662_574e6, rel=1e-5)


def test_where_graduates_go_meets_the_jobs_and_the_fields_that_holders_studied(
    full: System, groups: System
) -> None:
    """Every occupation's holders are carried whole, and the fields have their shares."""
    for system in (full, groups):
        losses = system.table("crosswalk_losses").set_index("crosswalk")
        row = losses.loc["CIP 2020 to SOC 2018, level bachelor"]
        assert row["lost_share"] == pytest.approx(13.4, abs=0.1)
        trained = system.table("programme_occupations")
        trained = trained[trained["level"] == "bachelor"]
        assert trained["field"].nunique() == 15
        table = trained.pivot_table(index="field", columns="occupation", values="share")
        # Nurses are trained in health, teachers mostly in education, software is no field's alone.
        nurses = "29-1141" if system is full else "29-1000"
        assert table[nurses].idxmax() == "ACS-REL"
        assert table.loc["ACS-REL"].idxmax() == nurses
        clergy = "21-2011" if system is full else "21-2000"
        assert table.loc["ACS-LIB", clergy] < 0.06


def test_education_of_people_at_work_is_as_published(full: System, groups: System) -> None:
    shares = full.table("occupation_education")
    software = shares[shares["occupation"] == "15-1252"].set_index("level")["share"]
    assert software["bachelor"] == pytest.approx(0.514, abs=5e-4)
    assert shares.groupby("occupation")["share"].sum().sub(1).abs().max() < 1e-5
    people = groups.table("worker_education")
    california = people[(people["region"] == "US-CA") & (people["year"] == 2018)]
    found = california.set_index("level")["headcount"]
    assert found["bachelor_or_higher"] == 6_096_644
    assert found["some_college_or_associate"] == 4_541_548
    assert (california["margin"] > 0).all()
    assert set(people["level"]) <= set(groups.table("levels")["level"])
