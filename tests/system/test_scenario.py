"""Scenarios: other tables, levers, and plans from a file; the baseline never changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import (
    EchelonError,
    InvalidArgument,
    InvalidSystem,
    MissingTable,
    UnknownName,
    UnreadableInput,
)
from echelon.system import System, from_tables

UNKNOWN = float("nan")


@pytest.fixture(scope="module")
def base() -> System:
    demand = pd.DataFrame(
        {
            "region": ["A", "A", "B"],
            "occupation": ["o", "p", "o"],
            "year": [2020, 2020, 2021],
            "posts": [10.0, 20.0, UNKNOWN],
            "evidence": "measured",
        }
    )
    return from_tables(
        "base",
        {
            "regions": pd.DataFrame({"region": ["A", "B"], "name": ["Alder", "Birch"]}),
            "occupations": pd.DataFrame({"occupation": ["o", "p"], "name": ["Operator", "Physicist"]}),
            "demand": demand,
        },
    )  # fmt: skip


def posts(system: System) -> list[float]:
    return [float(value) for value in system.table("demand")["posts"]]


def test_a_scenario_replaces_tables_and_leaves_the_baseline(base: System) -> None:
    before = {name: base.digest(name) for name in base.tables}
    demand = base.table("demand").assign(posts=[1.0, 2.0, 3.0])
    scenario = base.with_(name="less", tables={"demand": demand})
    assert (scenario.name, scenario.baseline) == ("less", "base")
    assert posts(scenario) == [1.0, 2.0, 3.0]
    np.testing.assert_equal(posts(base), [10.0, 20.0, UNKNOWN])
    assert {name: base.digest(name) for name in base.tables} == before
    assert scenario.digest("regions") == before["regions"]
    assert scenario.digest("demand") != before["demand"]


def test_a_scenario_adds_tables(base: System) -> None:
    levels = pd.DataFrame({"level": ["l"], "name": ["Level"], "rank": [1]})
    scenario = base.with_(name="more", tables={"levels": levels})
    assert "levels" in scenario
    assert "levels" not in base
    assert scenario.tables == ("regions", "occupations", "levels", "demand")


def test_levers_hold_everywhere_unless_told(base: System) -> None:
    scenario = base.with_(name="s", levers={"train": 5, "retain": 0.1})
    levers = scenario.table("levers")
    assert list(levers["lever"]) == ["train", "retain"]
    assert list(levers["value"]) == [5.0, 0.1]
    assert levers[["region", "occupation", "year"]].isna().all(axis=None)


def test_levers_replace_only_settings_of_the_same_lever(base: System) -> None:
    first = base.with_(name="one", levers={"train": 5, "retain": 0.1})
    rows = pd.DataFrame({"lever": ["train", "train"], "region": ["A", "B"], "value": [1.0, 2.0]})
    second = first.with_(name="two", levers=rows)
    levers = second.table("levers")
    settings = {
        (lever, value) for lever, value in zip(levers["lever"], levers["value"], strict=True)
    }
    assert settings == {("retain", 0.1), ("train", 1.0), ("train", 2.0)}
    assert second.baseline == "one"
    assert len(first.table("levers")) == 2


def test_a_lever_that_is_no_figure_is_refused(base: System) -> None:
    with pytest.raises(InvalidSystem, match=r"table levers, row 2, column value, value 'many'"):
        base.with_(name="s", levers={"train": "many"})  # type: ignore[dict-item]


@pytest.mark.parametrize("first", [None, {"train": 1.0}])
def test_rows_of_levers_without_a_lever_are_refused(
    base: System, first: dict[str, float] | None
) -> None:
    start = base if first is None else base.with_(name="one", levers=first)
    with pytest.raises(InvalidSystem, match="table levers, column lever"):
        start.with_(name="s", levers=pd.DataFrame({"value": [1.0]}))


def test_a_scenario_of_an_unknown_table_is_refused(base: System) -> None:
    with pytest.raises(UnknownName, match=r"no table named 'worker'\. Did you mean 'workers'\?"):
        base.with_(name="s", tables={"worker": pd.DataFrame({"region": ["A"]})})


def test_a_scenario_that_breaks_the_schema_lists_every_fault(base: System) -> None:
    demand = pd.DataFrame(
        {"region": ["A"], "occupation": ["o"], "year": ["soon"], "posts": ["few"]}
    )
    levels = pd.DataFrame({"level": ["l"], "name": ["Level"]})
    with pytest.raises(InvalidSystem) as caught:
        base.with_(name="s", tables={"demand": demand, "levels": levels})
    message = str(caught.value)
    assert "The scenario 's' has 3 faults" in message
    assert "column year, value 'soon'" in message
    assert "column posts, value 'few'" in message
    assert "table levels, column rank" in message


def test_a_table_without_columns_is_refused(base: System) -> None:
    with pytest.raises(InvalidArgument, match="The table demand has no columns"):
        base.with_(name="s", tables={"demand": pd.DataFrame()})


def test_faults_of_a_replaced_table_are_gone(base: System) -> None:
    odd = base.with_(name="odd", tables={"demand": base.table("demand").assign(colour="red")})
    assert odd.check()["check"].tolist() == ["unknown_column"]
    assert odd.with_(name="mended", tables={"demand": base.table("demand")}).check().empty


def written(folder: Path, text: str) -> Path:
    path = folder / "more engineers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def change(text: str) -> str:
    return f'[[change]]\ntable = "demand"\ncolumn = "posts"\n{text}\n'


def test_a_plan_names_itself_sets_levers_and_changes_figures(base: System, tmp_path: Path) -> None:
    plan = written(
        tmp_path,
        'name = "growth"\n[[lever]]\nlever = "train"\nregion = "A"\nvalue = 500\n'
        + change('where = { region = "A" }\nmultiply = 1.5'),
    )
    scenario = echelon.read_scenario(plan, base)
    assert (scenario.name, scenario.baseline) == ("growth", "base")
    np.testing.assert_equal(posts(scenario), [15.0, 30.0, UNKNOWN])
    assert list(scenario.table("demand")["evidence"]) == ["assumed", "assumed", "measured"]
    lever = scenario.table("levers").iloc[0]
    assert (lever["lever"], lever["region"], lever["value"]) == ("train", "A", 500.0)


def test_a_plan_without_a_name_is_called_like_its_file(base: System, tmp_path: Path) -> None:
    assert echelon.read_scenario(written(tmp_path, ""), base).name == "more engineers"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("set = 7", [7, 7, 7]),
        ("add = 2.5", [12.5, 22.5, UNKNOWN]),
        ("multiply = 0", [0, 0, UNKNOWN]),
        ("where = { occupation = 'o' }\nset = 7", [7, 20, 7]),
        ("where = { occupation = 'o', region = 'A' }\nadd = -1", [9, 20, UNKNOWN]),
        ("where = { region = ['A', 'B'], year = 2020 }\nadd = 1", [11, 21, UNKNOWN]),
    ],
)
def test_changes_touch_the_chosen_rows_and_unknown_stays_unknown(
    base: System, tmp_path: Path, text: str, expected: list[float]
) -> None:
    scenario = echelon.read_scenario(written(tmp_path, change(text)), base)
    np.testing.assert_equal(posts(scenario), np.array(expected, dtype=float))
    moved = ~np.isclose(posts(scenario), posts(base), equal_nan=True)
    marked = scenario.table("demand")["evidence"].eq("assumed").to_numpy()
    assert (marked | ~moved).all()


def test_changes_follow_one_another(base: System, tmp_path: Path) -> None:
    scenario = echelon.read_scenario(
        written(tmp_path, change("add = 10") + change("multiply = 2")), base
    )
    np.testing.assert_equal(posts(scenario), [40.0, 60.0, UNKNOWN])


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("name = ", UnreadableInput, "cannot be read: Invalid value"),
        ("[[levers]]\nvalue = 1", UnknownName, "no part of a scenario named 'levers'. Did you mean 'lever'?"),
        ("[lever]\nlever = 'train'\nvalue = 1", InvalidArgument, "Write [[lever]]"),
        ("lever = 5", InvalidArgument, "Write [[lever]]"),
        ("[change]\ntable = 'demand'", InvalidArgument, "Write [[change]]"),
        ("[[lever]]\nvalue = 1", InvalidSystem, "table levers, column lever"),
        ("[[change]]\ntable = 'demnd'\ncolumn = 'posts'\nset = 1", UnknownName, "Did you mean 'demand'?"),
        ("[[change]]\ntable = 'workers'\ncolumn = 'wage'\nset = 1", MissingTable, "no table workers"),
        ("[[change]]\ntable = 'demand'\ncolumn = 'post'\nset = 1", UnknownName,
          "'post'. Did you mean 'posts'?"),
        (change(""), InvalidArgument, "exactly one of set, multiply and add (table demand)"),
        (change("set = 1\nadd = 1"), InvalidArgument, "exactly one of set, multiply and add"),
        (change("set = 1\nmultiplly = 2"), UnknownName, "Did you mean 'multiply'?"),
        (change("where = { regin = 'A' }\nset = 1"), UnknownName, "named 'regin'. Did you mean 'region'?"),
        (change("where = { region = 'C' }\nset = 1"), UnknownName, "named 'C'. Choose one of: A, B"),
        (change("where = { region = 'B', year = 2020 }\nset = 1"), InvalidArgument,
         "touches no row (table demand"),
        (change("where = 'region'\nset = 1"), InvalidArgument, "where = {"),
        (change("set = 'many'"), InvalidArgument, "set 'many' (table demand, column posts)"),
        (change("multiply = 'twice'"), InvalidArgument, "multiply 'twice' (table demand"),
        ("[[change]]\ntable = 'demand'\ncolumn = 'region'\nadd = 1", InvalidArgument, "add 1 (table demand"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_carried_out_says_why(
    base: System, tmp_path: Path, text: str, kind: type[EchelonError], says: str
) -> None:
    with pytest.raises(kind) as caught:
        echelon.read_scenario(written(tmp_path, text), base)
    assert says in str(caught.value)


def test_a_plan_that_is_absent_or_wrongly_encoded(base: System, tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"nowhere\.toml"):
        echelon.read_scenario(tmp_path / "nowhere.toml", base)
    path = tmp_path / "gbk.toml"
    path.write_bytes('name = "北京"'.encode("gbk"))
    with pytest.raises(UnreadableInput, match=r"gbk\.toml"):
        echelon.read_scenario(path, base)
