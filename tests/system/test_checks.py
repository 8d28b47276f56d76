"""Every check finds exactly the fault it is for, and says where and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pandas as pd
import pytest

import echelon
from echelon.errors import InvalidSystem
from echelon.system import files, read
from echelon.system.checks import FORM_CHECKS, check_names, check_system
from echelon.system.schema import tables as schema_tables

# A valid system of three regions and two occupations, as the CSV files that a user would write.
SMALL: Mapping[str, str] = {
    "regions": (
        "region,name,name_local,parent,latitude,longitude,area\n"
        "N,North,,,,,\n"
        "N1,Alder,桤木,N,51.5,-0.25,120.5\n"
        "N2,Birch,Bouleau,N,52,1,80\n"
    ),
    "boundaries": (
        "region,geometry\n"
        'N1,"{""type"": ""Polygon"", ""coordinates"": [[[0,0],[1,0],[1,1],[0,0]]]}"\n'
    ),
    "occupations": (
        "occupation,name,parent,tier,job_zone\n"
        "15,Computing,,,\n"
        "15-1,Programmer,15,engineer or professional,4\n"
        "15-2,Technician,15,technician or skilled worker,3\n"
    ),
    "industries": "industry,name\nJ,Information\nK,Finance\n",
    "fields": "field,name\n11,Computing\n14,Engineering\n",
    "levels": "level,name,rank,isced\nbachelor,Bachelor,1,6\nmaster,Master,2,7\n",
    "staffing": (
        "industry,occupation,year,share,evidence,source\n"
        "J,15-1,2020,0.6,measured,census\n"
        "J,15-2,2020,0.3,measured,census\n"
    ),
    "programme_occupations": (
        "field,level,occupation,share\n11,bachelor,15-1,0.75\n11,bachelor,15-2,0.25\n"
    ),
    "ties": "region,destination,distance,adjacent\nN1,N2,100,true\nN2,N1,100,true\n",
    "workers": (
        "region,occupation,education,year,headcount,wage,evidence,source\n"
        "N1,15-1,,2019,90,50000,measured,census\n"
        "N1,15-1,,2020,100,51000,measured,census\n"
        "N1,15-1,,2021,,52000,derived,census\n"
        "N2,15-1,,2019,40,48000,measured,census\n"
        "N2,15-1,,2020,50,49000,measured,census\n"
        "N2,15-1,,2021,60,50000,assumed,census\n"
    ),
    "unemployment": "region,year,labour_force,unemployed\nN1,2020,200,10\nN2,2020,150,12\n",
    "graduates": (
        "region,field,level,year,headcount,capacity\n"
        "N1,11,bachelor,2020,30,40\nN2,11,bachelor,2020,20,20\n"
    ),
    "flows": "region,destination,year,people\nN1,N2,2020,7\nN2,N1,2020,5\n",
    "indicators": (
        "region,year,indicator,value,unit\n"
        "N1,2019,spend,10,million\nN1,2020,spend,11,million\nN1,2021,spend,12,million\n"
        "N2,2019,spend,20,million\nN2,2020,spend,21,million\nN2,2021,spend,22,million\n"
    ),
    "indicator_tree": (
        "item,parent,subsystem,direction,formula\n"
        "index,,,1,\n"
        "education,index,education,1,\n"
        "spend,education,,1,\n"
        "spend_a_head,education,,1,spend / sum(workers.headcount)\n"
    ),
    "assumptions": "name,low,central,high,unit\ncost of a seat,1000,2000,3000,euro\n",
    "sources": "source,title\ncensus,Census of 2020\n",
    "people": "person,region\np1,N1\np2,N2\n",
    "posts": "post,region,occupation\nq1,N1,15-1\n",
    "preferences": "person,post,rank,veto\np1,q1,1,false\np2,q1,,true\n",
}


def write_system(folder: Path, tables: Mapping[str, str] = SMALL) -> Path:
    """Write tables as CSV files into a new folder."""
    folder.mkdir(parents=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Broken:
    """One change of the small system and the fault that must follow."""

    check: str
    table: str
    old: str
    new: str
    row: int | None
    column: str
    value: str = ""
    count: int = 1
    severity: str = "error"


_WORKER = "N1,15-1,,2020,100,51000,measured,census\n"
_FIRST = "N1,15-1,,2019,90,50000,measured,census\n"
_FLOW = "N2,N1,2020,5\n"

BROKEN = (
    # Faults of form.
    Broken("missing_column", "flows", "destination,", "", None, "destination"),
    Broken("unknown_column", "regions", "name_local", "colour", None, "colour", severity="warning"),
    Broken("repeated_column", "flows", "year,people\n", "year,year\n", None, "year"),
    Broken("ragged_row", "flows", _FLOW, "N2,N1,2020,5,6\n", 3, ""),
    Broken("bad_type", "workers", _WORKER, _WORKER.replace(",100,", ",many,"), 3, "headcount", "many"),
    Broken("bad_type", "workers", _FIRST, _FIRST.replace("2019", "2019.5"), 2, "year", "2019.5"),
    Broken("bad_type", "ties", "N2,N1,100,true", "N2,N1,100,maybe", 3, "adjacent", "maybe"),
    # Faults of single rows.
    Broken("missing_key", "flows", _FLOW, ",N1,2020,5\n", 3, "region"),
    Broken("missing_value", "regions", "N2,Birch", "N2,", 4, "name"),
    Broken("infinite", "workers", ",51000,", ",inf,", 3, "wage", "inf"),
    Broken("negative", "workers", _WORKER, _WORKER.replace(",100,", ",-100,"), 3, "headcount", "-100.0"),
    Broken("below_minimum", "regions", "51.5", "-91", 3, "latitude", "-91.0"),
    Broken("below_minimum", "flows", _FLOW, "N2,N1,202,5\n", 3, "year", "202"),
    Broken("above_maximum", "regions", "-0.25", "181", 3, "longitude", "181.0"),
    Broken("unknown_choice", "workers", "derived", "guessed", 4, "evidence", "guessed"),
    Broken("unknown_code", "workers", "N2,15-1,,2019", "N9,15-1,,2019", 5, "region", "N9"),
    Broken("unknown_code", "graduates", "N2,11,bach", "N2,11,Bach", 3, "level", "Bachelor"),
    Broken("dangling_flow", "flows", _FLOW, "N2,N9,2020,5\n", 3, "destination", "N9"),
    Broken("dangling_flow", "ties", "N2,N1,100", "N2,X,100", 3, "destination", "X"),
    Broken("unlisted_source", "workers", "51000,measured,census", "51000,measured,survey", 3, "source",
           "survey", severity="warning"),
    Broken("stray_space", "industries", "K,Finance", "K ,Finance", 3, "industry", "K "),
    Broken("garbled_text", "regions", "Bouleau", "ForÃªt", 4, "name_local", "ForÃªt"),
    Broken("garbled_text", "regions", "Bouleau", "锟斤拷", 4, "name_local", "锟斤拷"),
    Broken("own_parent", "regions", "Bouleau,N", "Bouleau,N2", 4, "parent", "N2"),
    Broken("unknown_parent", "regions", "Bouleau,N", "Bouleau,S", 4, "parent", "S"),
    Broken("self_flow", "flows", _FLOW, "N2,N2,2020,5\n", 3, "destination", "N2", severity="warning"),
    Broken("zero_distance", "ties", "N2,N1,100", "N2,N1,0", 3, "distance", "0.0"),
    Broken("unemployed_above_labour_force", "unemployment", "150,12", "150,151", 3, "unemployed",
           "151.0"),
    Broken("graduates_above_capacity", "graduates", "2020,20,20", "2020,21,20", 3, "headcount", "21.0",
           severity="warning"),
    Broken("assumption_order", "assumptions", "1000,2000", "1000,900", 2, "central", "900.0"),
    Broken("assumption_order", "assumptions", "2000,3000", "3001,3000", 2, "central", "3001.0"),
    Broken("contradictory_veto", "preferences", "p1,q1,1,false", "p1,q1,1,true", 2, "veto", "true"),
    Broken("bad_geometry", "boundaries", "Polygon", "Point", 2, "geometry",
           '{"type": "Point", "coordinates": [[[0,0]'),
    # Faults of several rows together.
    Broken("empty_table", "assumptions", "cost of a seat,1000,2000,3000,euro\n", "", None, "",
           severity="warning"),
    Broken("no_figures", "flows",
           "region,destination,year,people\nN1,N2,2020,7\nN2,N1,2020,5\n",
           "region,destination,year\nN1,N2,2020\nN2,N1,2020\n", None, "people", severity="warning"),
    Broken("duplicate_key", "flows", _FLOW, _FLOW * 3, 5, "region", "N2 / N1 /  / 2020", count=2),
    Broken("shares_do_not_sum", "programme_occupations", "0.25", "0.2", 2, "share",
           "11 / bachelor: 0.95"),
    Broken("shares_do_not_sum", "staffing", "0.3", "0.41", 2, "share", "J / 2020: 1.01"),
    Broken("year_gap", "workers", _WORKER, "", 2, "year", "N1 / 15-1 / ", severity="warning"),
    Broken("indicator_year_gap", "indicators", "N2,2020,spend,21,million\n", "", 5, "year",
           "N2 / spend", severity="warning"),
    Broken("hierarchy_cycle", "occupations", "Computing,,", "Computing,15-1,", 2, "parent", "15",
           count=2),
    Broken("double_counting", "workers", "N2,15-1,,2021", "N1,15,,2020", 3, "occupation", "15-1"),
    Broken("mixed_units", "indicators", "20,million", "20,billion", 2, "unit",
           "spend: billion, million", count=6),
    Broken("tree_top", "indicator_tree", "spend_a_head,education", "spend_a_head,", 5, "parent",
           "index, spend_a_head"),
    Broken("tree_unknown_series", "indicator_tree", "spend,education", "outlay,education", 4, "item",
           "outlay"),
    Broken("tree_formula", "indicator_tree", "sum(workers.headcount)", "spent", 5, "formula",
           "spend_a_head"),
)  # fmt: skip


def surroundings(table: str) -> dict[str, str]:
    """Return the tables of the small system that a table refers to, and those they refer to."""
    found = {"regions": SMALL["regions"]}
    wanted = [table, *(("indicators", "workers") if table == "indicator_tree" else ())]
    while wanted:
        name = wanted.pop()
        if name in SMALL and name not in found:
            found[name] = SMALL[name]
            wanted += [c.references[0] for c in schema_tables()[name].columns if c.references]
    return found


def faults_of(folder: Path) -> pd.DataFrame:
    return read(folder).check()


@pytest.mark.parametrize(
    "case", BROKEN, ids=lambda case: f"{case.check}-{case.table}-{case.column}"
)
def test_a_check_sees_exactly_its_fault(tmp_path: Path, case: Broken) -> None:
    text = SMALL[case.table]
    assert text.replace(case.old, case.new, 1) != text
    tables = {**surroundings(case.table), case.table: text.replace(case.old, case.new, 1)}
    faults = faults_of(write_system(tmp_path / "system", tables))
    assert list(faults["check"]) == [case.check], faults.to_string()
    found = faults.iloc[0]
    assert found["table"] == case.table
    assert found["column"] == case.column
    assert faults["row"].astype("object").where(faults["row"].notna(), None)[0] == case.row
    assert found["value"] == case.value
    assert found["count"] == case.count
    assert found["severity"] == case.severity
    assert found["problem"].strip()
    assert found["fix"].strip()
    assert not str(found["fix"]).endswith(".")


def test_a_system_without_regions_names_the_missing_table(tmp_path: Path) -> None:
    tables = {name: text for name, text in SMALL.items() if name in ("industries", "levels")}
    faults = faults_of(write_system(tmp_path / "system", tables))
    assert faults["check"].tolist() == ["missing_table"]
    assert faults.loc[0, "table"] == "regions"
    assert "region and name" in str(faults.loc[0, "fix"])


@pytest.mark.parametrize(
    ("name", "fix"),
    [("worker", "Rename it to workers"), ("Flows", "Rename it to flows"), ("zzz", "schema.md")],
)
def test_a_table_that_the_schema_does_not_know(tmp_path: Path, name: str, fix: str) -> None:
    tables = {"regions": SMALL["regions"], name: "region,people\nN1,5\n"}
    faults = faults_of(write_system(tmp_path / "system", tables))
    assert faults["check"].tolist() == ["unknown_table"]
    found = faults.iloc[0]
    assert (found["table"], found["severity"]) == (name, "warning")
    assert fix in str(found["fix"])


def test_every_check_has_a_test() -> None:
    exercised = {case.check for case in BROKEN} | {"missing_table", "unknown_table"}
    assert exercised == set(check_names())
    assert set(FORM_CHECKS) < exercised
    assert len(check_names()) == len(set(check_names()))


def test_the_small_system_has_no_fault(tmp_path: Path) -> None:
    system = echelon.open(write_system(tmp_path / "system"))
    assert set(system.tables) == set(SMALL)
    faults = system.check()
    assert faults.empty, faults.to_string()
    assert list(faults.columns) == [
        "severity", "table", "row", "column", "value", "count", "check", "problem", "fix", "further_rows",
    ]  # fmt: skip


def test_the_example_us_has_no_error() -> None:
    faults = echelon.open("us").check()
    errors = faults[faults["severity"] == "error"]
    assert errors.empty, errors.to_string()


def test_all_faults_are_listed_at_once_and_errors_first(tmp_path: Path) -> None:
    tables = dict(SMALL)
    tables["flows"] = "region,destination,year,people,colour\nN1,N1,2020,-7,red\nN8,N9,2020,5,red\n"
    tables["workers"] = SMALL["workers"].replace(",90,", ",-90,").replace(",60,", ",-60,")
    faults = faults_of(write_system(tmp_path / "system", tables))
    assert set(faults["check"]) == {
        "unknown_column", "unknown_code", "dangling_flow", "negative",
    }  # fmt: skip
    assert faults["severity"].is_monotonic_increasing
    negative = faults[(faults["check"] == "negative") & (faults["table"] == "workers")].iloc[0]
    assert (negative["row"], negative["value"], negative["count"]) == (2, "-90.0", 2)


def test_opening_lists_every_fault_of_form_in_one_message(tmp_path: Path) -> None:
    tables = dict(SMALL)
    tables["flows"] = "region,destination,year\nN1,N2,next year\n"
    tables["workers"] = SMALL["workers"].replace("region,occupation", "region,job")
    tables["ties"] = SMALL["ties"].replace("N1,N2,100,true", "N1,N2,100,true,true")
    with pytest.raises(InvalidSystem) as caught:
        echelon.open(write_system(tmp_path / "system", tables))
    message = str(caught.value)
    assert "has 3 faults" in message
    assert "table flows, row 2, column year, value 'next year'" in message
    assert "table workers, column occupation" in message
    assert "table ties, row 2" in message


def test_no_check_fires_on_a_schema_table_of_valid_rows(tmp_path: Path) -> None:
    """Empty optional cells are unknown, never a fault."""
    tables = {"regions": "region,name\nN1,Alder\n"}
    for name, table in schema_tables().items():
        optional = [c.name for c in table.columns if not c.required and not c.key]
        if name in ("occupations", "skills", "fields", "technologies"):
            tables[name] = (
                ",".join([table.keys[0], "name", *optional])
                + "\nX,Name"
                + "," * len(optional)
                + "\n"
            )
    faults = faults_of(write_system(tmp_path / "system", tables))
    assert faults.empty, faults.to_string()


# Large files are read in another way, which must find the same.
LARGE = ("bad_type", "ragged_row", "missing_value", "negative", "garbled_text", "duplicate_key")


@pytest.mark.parametrize(
    "case",
    [case for case in BROKEN if case.check in LARGE],
    ids=lambda case: f"{case.check}-{case.table}-{case.column}",
)
def test_a_large_file_has_the_same_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Broken
) -> None:
    text = SMALL[case.table].replace(case.old, case.new, 1)
    where = write_system(tmp_path / "system", {**surroundings(case.table), case.table: text})
    expected = read(where).check()
    monkeypatch.setattr(files, "_LARGE", 0)
    found = read(where).check()
    pd.testing.assert_frame_equal(found, expected)


def test_a_large_file_of_blank_cells_reads_like_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = write_system(tmp_path / "system")
    small = echelon.open(where)
    monkeypatch.setattr(files, "_LARGE", 0)
    large = echelon.open(where)
    assert {n: large.digest(n) for n in large.tables} == {n: small.digest(n) for n in small.tables}


@pytest.mark.parametrize("name", ["", "rowid", "__row", "__raw", "file_row_number", 'say "so"'])
def test_a_further_column_of_any_name_does_no_harm(tmp_path: Path, name: str) -> None:
    cell = '"' + name.replace('"', '""') + '"' if name else ""
    where = write_system(
        tmp_path / "system", {"regions": f"region,name,{cell}\nN1,Alder,7\nN2,,8\n"}
    )
    faults = echelon.open(where).check()
    assert faults["check"].tolist() == ["missing_value", "unknown_column"]
    assert faults.loc[0, "row"] == 3


def test_many_rows_of_one_code_do_not_hang_the_hierarchy_check(tmp_path: Path) -> None:
    rows = "A,Alder,B\nA,Alder,B\nB,Birch,A\nB,Birch,A\nC,Cedar,A\n"
    where = write_system(tmp_path / "system", {"regions": f"region,name,parent\n{rows}"})
    start = monotonic()
    faults = echelon.open(where).check()
    assert monotonic() - start < 15
    assert set(faults["check"]) == {"duplicate_key", "hierarchy_cycle"}


def test_absent_evidence_counts_as_measured(tmp_path: Path) -> None:
    text = "region,occupation,year,headcount\nN1,15-1,2020,5\n"
    system = echelon.open(
        write_system(tmp_path / "system", {**surroundings("workers"), "workers": text})
    )
    assert list(system.table("workers")["evidence"]) == ["measured"]
    assert system.check().empty


def test_the_rows_with_the_same_fault_are_listed(tmp_path: Path) -> None:
    rows = "".join(f"R{n},Region {n},{'-1' if n % 2 else 'x'}\n" for n in range(60))
    where = write_system(tmp_path / "system", {"regions": f"region,name,area\n{rows}"})
    faults = {fault.check: fault for fault in check_system(read(where))}
    wrong, negative = faults["bad_type"], faults["negative"]
    assert (wrong.row, wrong.count, wrong.further_rows) == (2, 30, tuple(range(4, 21, 2)))
    assert (negative.row, negative.count, negative.further_rows) == (3, 30, tuple(range(5, 22, 2)))
    assert "and 29 more rows: 4, 6, 8, 10, 12, 14, 16, 18, 20 ..." in wrong.sentence()
