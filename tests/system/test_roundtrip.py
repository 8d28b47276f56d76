"""A saved system opens again with the same content, and saving never leaves half a system."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Literal

import frictionless
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_checks import write_system

import echelon
from echelon.errors import InvalidArgument
from echelon.system import System, from_tables, save
from echelon.system.schema import tables as schema_tables

Format = Literal["parquet", "csv", "xlsx", "duckdb"]
FORMATS: tuple[Format, ...] = ("parquet", "csv", "xlsx", "duckdb")
every_format = pytest.mark.parametrize("format", FORMATS)


def place(folder: Path, format: Format) -> Path:
    return folder / (f"saved.{format}" if format in ("xlsx", "duckdb") else "saved")


def digests(system: System) -> dict[str, str]:
    return {name: system.digest(name) for name in system.tables}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> System:
    return echelon.open(write_system(tmp_path_factory.mktemp("made") / "small"))


def little(**columns: object) -> System:
    """Return a system of three small tables, with further columns of its regions."""
    return from_tables(
        "little",
        {
            "regions": pd.DataFrame({"region": ["A", "B"], "name": ["Alder", "Birch"], **columns}),
            "levels": pd.DataFrame({"level": ["l"], "name": ["Level"], "rank": [1]}),
            "flows": pd.DataFrame(
                {"region": ["A"], "destination": ["B"], "year": [2020], "people": [0.5]}
            ),
        },
    )


def other() -> System:
    """Return a system that lies where another shall be saved."""
    return from_tables("other", {"regions": pd.DataFrame({"region": ["C"], "name": ["Cedar"]})})


def everything(folder: Path) -> dict[str, str]:
    """Return every path below a folder with the hash of its content."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    } | {str(path.relative_to(folder)): "" for path in folder.rglob("*") if path.is_dir()}


@every_format
def test_every_digest_survives(system: System, tmp_path: Path, format: Format) -> None:
    where = place(tmp_path, format)
    assert system.save(where, format=format) == where
    again = echelon.open(where)
    assert again.tables == system.tables
    assert digests(again) == digests(system)
    assert again.check().empty
    assert [path.name for path in tmp_path.iterdir()] == [where.name]


@every_format
def test_a_scenario_can_be_saved_and_saved_again(
    system: System, tmp_path: Path, format: Format
) -> None:
    scenario = system.with_(name="more", levers={"train": 0.1})
    where = scenario.save(place(tmp_path, format), format=format)
    again = echelon.open(where)
    assert again.digest("levers") == scenario.digest("levers")
    again.save(where, format=format, overwrite=True)
    assert digests(echelon.open(where)) == digests(scenario)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a", "folder"), ("a.xlsx", "file"), ("a.duckdb", "file"), ("deep/er/a", "folder")],
)
def test_the_ending_of_the_name_decides(
    system: System, tmp_path: Path, name: str, kind: str
) -> None:
    where = system.save(tmp_path / name)
    assert where.is_dir() == (kind == "folder")
    assert echelon.open(where).digest("workers") == system.digest("workers")
    if kind == "folder":
        expected = {f"{table}.parquet" for table in system.tables} | {"datapackage.json"}
        assert {path.name for path in where.iterdir()} == expected


# Texts and figures that one format or another likes to change.
TEXTS = (
    "=1+1", "#N/A", "007", "1e5", "TRUE", "nan", "NULL", "NA", "None", "'quoted", '"', "a,b;c\td",
    "two\nlines", " spaces ", "_x0041_", "北京市", "Île-de-France", "😀", "\\N", "\u00a0x", "\ufeffx",
)  # fmt: skip
FIGURES = (0.1, 1 / 3, 123456789.123456789, 1e22, 1.7976931348623157e308, 5e-324, -0.0, 2.0**53)


@every_format
def test_every_text_survives(tmp_path: Path, format: Format) -> None:
    regions = pd.DataFrame(
        {"region": [f"R{n}" for n in range(len(TEXTS))], "name": TEXTS, "further": TEXTS}
    )
    before = from_tables("small", {"regions": regions})
    after = echelon.open(before.save(place(tmp_path, format), format=format)).table("regions")
    assert tuple(after["name"]) == TEXTS
    assert tuple(after["further"]) == TEXTS


@every_format
def test_every_digit_of_a_figure_survives(tmp_path: Path, format: Format) -> None:
    indicators = pd.DataFrame(
        {
            "region": "A",
            "year": range(2000, 2000 + len(FIGURES)),
            "indicator": "i",
            "value": FIGURES,
        }
    )
    unknown = pd.DataFrame({"region": ["B"], "year": [2000], "indicator": ["i"], "value": [None]})
    before = little().with_(name="s", tables={"indicators": pd.concat([indicators, unknown])})
    after = echelon.open(before.save(place(tmp_path, format), format=format)).table("indicators")
    assert tuple(after["value"])[:-1] == FIGURES
    assert np.isnan(after["value"].iloc[-1])


@every_format
def test_a_table_without_rows_survives(tmp_path: Path, format: Format) -> None:
    empty = pd.DataFrame({"region": [], "destination": [], "year": []})
    before = little().with_(name="s", tables={"flows": empty})
    after = echelon.open(before.save(place(tmp_path, format), format=format))
    assert digests(after) == digests(before)
    assert after.table("flows").empty


@pytest.mark.parametrize("text", ["x" * 32_768, "bell\x07"], ids=["too long", "control character"])
def test_a_text_that_a_workbook_cannot_hold_is_refused(tmp_path: Path, text: str) -> None:
    system = little(name_local=["plain", text])
    with pytest.raises(InvalidArgument, match=r"table regions.*Save as Parquet"):
        system.save(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []
    where = system.save(tmp_path / "a")
    assert digests(echelon.open(where)) == digests(system)


def test_a_table_too_long_for_a_sheet_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = little()
    monkeypatch.setattr(System, "table", lambda *_: pd.DataFrame({"region": np.zeros(2**20)}))
    with pytest.raises(InvalidArgument, match=r"has 1,048,576 rows; a sheet holds 1,048,575"):
        system.save(tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


# The description of the files.


def test_the_description_and_its_csv_files_are_valid(system: System, tmp_path: Path) -> None:
    where = system.save(tmp_path / "saved", format="csv")
    report = frictionless.validate(str(where / "datapackage.json"))
    problems = [error.message for task in report.tasks for error in task.errors]
    assert report.valid, [*problems, *(error.message for error in report.errors)]
    assert len(report.tasks) == len(system.tables)


def test_the_description_finds_a_figure_that_was_changed(system: System, tmp_path: Path) -> None:
    where = system.save(tmp_path / "saved", format="csv")
    flows = where / "flows.csv"
    flows.write_text(flows.read_text(encoding="utf-8").replace("N2", "N7"), encoding="utf-8")
    report = frictionless.validate(str(where / "datapackage.json"))
    assert not report.valid
    assert {error.type for task in report.tasks for error in task.errors} >= {
        "hash-count", "foreign-key",
    }  # fmt: skip


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_the_description_says_type_unit_and_hash_of_everything(
    system: System, tmp_path: Path, format: Format
) -> None:
    where = system.save(tmp_path / "saved", format=format)
    package = json.loads((where / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert tuple(resources) == system.tables
    for name, resource in resources.items():
        path = where / resource["path"]
        assert resource["hash"] == "sha256:" + sha256(path.read_bytes()).hexdigest()
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        for column in schema_tables()[name].columns:
            assert fields[column.name]["type"] == column.type
            assert fields[column.name]["description"] == column.description
            assert fields[column.name].get("unit", "") == column.unit


# Overwriting and stopping half way.


@every_format
def test_nothing_is_overwritten_unless_asked(tmp_path: Path, format: Format) -> None:
    system = little()
    where = other().save(place(tmp_path, format), format=format)
    before = everything(tmp_path)
    with pytest.raises(InvalidArgument, match=r"something at .*saved.* already.*overwrite=True"):
        system.save(where, format=format)
    assert everything(tmp_path) == before
    system.save(where, format=format, overwrite=True)
    assert digests(echelon.open(where)) == digests(system)
    assert [path.name for path in tmp_path.iterdir()] == [where.name]


def test_overwriting_leaves_no_table_of_the_old_system(tmp_path: Path) -> None:
    system = little()
    where = system.save(tmp_path / "saved", format="csv")
    other().save(where, overwrite=True)
    assert {path.name for path in where.iterdir()} == {"regions.parquet", "datapackage.json"}


def test_a_folder_of_other_things_is_never_overwritten(tmp_path: Path) -> None:
    system = little()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "plan.txt").write_text("keep me", encoding="utf-8")
    before = everything(tmp_path)
    with pytest.raises(InvalidArgument, match=r"is not a saved system.*nothing was changed"):
        system.save(tmp_path / "notes", overwrite=True)
    assert everything(tmp_path) == before


def test_an_empty_folder_may_become_a_system(tmp_path: Path) -> None:
    system = little()
    (tmp_path / "new").mkdir()
    system.save(tmp_path / "new", overwrite=True)
    assert digests(echelon.open(tmp_path / "new")) == digests(system)


def test_a_file_may_be_replaced_by_a_folder_and_the_other_way_round(tmp_path: Path) -> None:
    system = little()
    where = system.save(tmp_path / "a.xlsx")
    system.save(where, format="parquet", overwrite=True)
    assert where.is_dir()
    system.save(where, overwrite=True)
    assert where.is_file()
    assert digests(echelon.open(where)) == digests(system)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    system = little()
    with pytest.raises(InvalidArgument, match=r"'tsv'.*parquet, csv, xlsx or duckdb"):
        system.save(tmp_path / "a", format="tsv")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


class Stopped(BaseException):
    """The work was stopped from outside."""


def stop_at_the_description(patch: pytest.MonkeyPatch) -> None:
    def stop(*_args: object) -> None:
        raise Stopped

    patch.setattr(save, "_descriptor", stop)


def stop_at_the_third_table(patch: pytest.MonkeyPatch) -> None:
    write = System.write
    written: list[Path] = []

    def stop(self: System, query: str, path: Path, *, format: Literal["parquet", "csv"]) -> None:
        if len(written) == 2:
            path.write_text("half a tab", encoding="utf-8")
            raise Stopped
        written.append(path)
        write(self, query, path, format=format)

    patch.setattr(System, "write", stop)


def stop_inside_the_workbook(patch: pytest.MonkeyPatch) -> None:
    whole = openpyxl.Workbook.save

    def stop(self: openpyxl.Workbook, path: Path) -> None:
        whole(self, path)
        path.write_bytes(path.read_bytes()[:900])
        raise Stopped

    patch.setattr(openpyxl.Workbook, "save", stop)


def stop_after_the_database(patch: pytest.MonkeyPatch) -> None:
    copy = System.copy_to_database

    def stop(self: System, path: Path) -> None:
        copy(self, path)
        raise Stopped

    patch.setattr(System, "copy_to_database", stop)


@pytest.mark.parametrize("existing", [False, True], ids=["new place", "over another system"])
@pytest.mark.parametrize(
    ("format", "stop"),
    [
        ("parquet", stop_at_the_third_table),
        ("csv", stop_at_the_third_table),
        ("parquet", stop_at_the_description),
        ("xlsx", stop_inside_the_workbook),
        ("duckdb", stop_after_the_database),
    ],
)
def test_saving_that_is_stopped_leaves_everything_as_it_was(
    tmp_path: Path,
    format: Format,
    stop: Callable[[pytest.MonkeyPatch], None],
    existing: bool,
) -> None:
    system = little()
    where = place(tmp_path, format)
    if existing:
        other().save(where, format=format)
    before = everything(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        stop(patch)
        with pytest.raises(Stopped):
            system.save(where, format=format, overwrite=True)
    assert everything(tmp_path) == before
    system.save(where, format=format, overwrite=True)
    assert digests(echelon.open(where)) == digests(system)


# Any small system.

# A workbook cannot hold control characters, and the ends of a code are never spaces.
words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)
texts = st.none() | words
figures = st.none() | st.floats(0, allow_infinity=False)


@st.composite
def systems(draw: st.DrawFn) -> System:
    codes = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    regions = pd.DataFrame(
        {
            "region": codes,
            "name": draw(st.lists(words, min_size=len(codes), max_size=len(codes))),
            "group": draw(st.lists(texts, min_size=len(codes), max_size=len(codes))),
            "area": pd.Series(
                draw(st.lists(figures, min_size=len(codes), max_size=len(codes))), dtype="float64"
            ),
        }
    )
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(codes), st.sampled_from(codes), st.integers(1800, 2200), figures,
                st.sampled_from(["measured", "derived", "assumed"]), texts,
            ),
            max_size=6,
            unique_by=lambda row: row[:3],
        )
    )  # fmt: skip
    names = ["region", "destination", "year", "people", "evidence", "source"]
    flows = pd.DataFrame(rows, columns=names).astype({"people": "float64"})
    return from_tables("random", {"regions": regions, "flows": flows})


@settings(max_examples=10, deadline=None)
@given(systems(), st.sampled_from(FORMATS))
def test_any_small_system_survives(system: System, format: Format) -> None:
    with tempfile.TemporaryDirectory() as folder:
        again = echelon.open(system.save(place(Path(folder), format), format=format))
        assert digests(again) == digests(system)
        for name in system.tables:
            pd.testing.assert_frame_equal(again.table(name), system.table(name))


def test_names_of_sheets_forgive_case_and_spaces(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Regions "
    for row in (["Region", "NAME"], ["A", "Alder"], ["B", "Birch"]):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    assert list(echelon.open(tmp_path / "own.xlsx").table("regions")["name"]) == ["Alder", "Birch"]
