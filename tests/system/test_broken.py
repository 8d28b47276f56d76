"""Broken systems on disk: one clear message each, and nothing is left behind or changed."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
from test_checks import SMALL, surroundings, write_system

import echelon
from echelon.errors import EchelonError, UnreadableInput

Maker = Callable[[Path], Path]


@dataclass(frozen=True)
class Broken:
    """A way to break a system and the parts that its message must have."""

    name: str
    make: Maker
    says: tuple[str, ...]


def content(folder: Path) -> dict[str, str]:
    """Return every file below a folder with the hash of its content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        digest = sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        found[str(path.relative_to(folder))] = digest
    return found


def message(where: Path | str) -> str:
    """Return what a user reads who opens a system and, when that works, checks it."""
    try:
        system = echelon.open(where)
    except EchelonError as error:
        return str(error)
    lines = [
        f"{fault.problem} (table {fault.table}, row {fault.row}, column {fault.column}, "
        f"value {fault.value!r}, rows {fault.count}). {fault.fix}."
        for fault in system.check().itertuples(index=False)
    ]
    return "\n".join(lines)


def edited(table: str, old: str, new: str, *, count: int = 1) -> Maker:
    """Return a maker of the small system in which one text of one table is another."""
    assert old in SMALL[table]

    def make(folder: Path) -> Path:
        tables = {**surroundings(table), table: SMALL[table].replace(old, new, count)}
        return write_system(folder / "system", tables)

    return make


def only(**tables: str) -> Maker:
    """Return a maker of a folder with the given tables alone."""
    return lambda folder: write_system(folder / "system", tables)


def with_file(name: str, data: bytes, **tables: str) -> Maker:
    """Return a maker of a folder with one file of given bytes beside the given tables."""

    def make(folder: Path) -> Path:
        where = write_system(folder / "system", tables)
        (where / name).write_bytes(data)
        return where

    return make


def truncated_parquet(folder: Path) -> Path:
    where = write_system(folder / "system", {"regions": SMALL["regions"]})
    path = where / "industries.parquet"
    pd.DataFrame({"industry": ["J", "K"], "name": ["Information", "Finance"]}).to_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])
    return where


def workbook(folder: Path, rows: list[list[object]], *, sheet: str = "regions") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    path = folder / "system.xlsx"
    book.save(path)
    return path


def sheet_of(rows: list[list[object]], *, sheet: str = "regions") -> Maker:
    return lambda folder: workbook(folder, rows, sheet=sheet)


GOOD_ROWS: list[list[object]] = [[f"R{n}", f"Name {n}"] for n in range(500)]
GOOD_ROWS.insert(0, ["region", "name"])


def truncated_workbook(folder: Path) -> Path:
    path = workbook(folder, GOOD_ROWS)
    path.write_bytes(path.read_bytes()[:2000])
    return path


def damaged_workbook(folder: Path) -> Path:
    """Overwrite bytes inside a sheet: the archive's directory stays whole."""
    path = workbook(folder, GOOD_ROWS)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    start = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    data[start : start + 40] = b"\x00" * 40
    path.write_bytes(data)
    return path


def database(folder: Path) -> Path:
    path = folder / "system.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute(
        "CREATE TABLE regions AS SELECT 'R' || i AS region, 'x' AS name FROM range(9) t(i)"
    )
    connection.close()
    return path


def damaged_database_header(folder: Path) -> Path:
    path = database(folder)
    data = bytearray(path.read_bytes())
    data[:9000] = b"\xff" * 9000
    path.write_bytes(data)
    return path


def damaged_database_middle(folder: Path) -> Path:
    path = database(folder)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20_000] = b"\x7f" * 20_000
    path.write_bytes(data)
    return path


def truncated_database(folder: Path) -> Path:
    path = database(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def empty_database(folder: Path) -> Path:
    path = folder / "system.duckdb"
    duckdb.connect(str(path)).close()
    return path


def other_database(folder: Path) -> Path:
    path = folder / "system.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE regions (region TEXT, name TEXT)")
    connection.commit()
    connection.close()
    return path


def text_file(name: str, text: str) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    return make


def empty_folder(folder: Path) -> Path:
    (folder / "system").mkdir()
    return folder / "system"


def folder_named_like_a_table(folder: Path) -> Path:
    where = write_system(folder / "system", {"regions": SMALL["regions"]})
    (where / "levels.csv").mkdir()
    return where


REGIONS = "region,name,area\nN1,Alder,120.5\nN2,Birch,80\n"
ZH = "region,name\nN1,北京市\nN2,上海市\n"

BROKEN = (
    # Tables that are missing, empty or named otherwise.
    Broken("no regions", only(levels=SMALL["levels"]),
           ("table regions", "columns region and name")),
    Broken("empty file", with_file("levels.csv", b"", regions=REGIONS),
           ("empty", "levels.csv", "header row")),
    Broken("header only", only(regions="region,name\n"), ("no row", "table regions", "Add rows")),
    Broken("blank header", only(regions="\nN1,Alder\n"), ("no header row", "regions.csv", "row 1")),
    Broken("misspelt table", only(regions=REGIONS, worker="region\nN1\n"),
           ("table worker", "Rename it to workers")),
    Broken("wrong case of a table", only(regions=REGIONS, Levels="level\nx\n"),
           ("table Levels", "Rename it to levels")),
    Broken("table twice", with_file("regions.parquet", b"PAR1", regions=REGIONS),
           ("regions is there twice", "Keep one")),
    Broken("empty folder", empty_folder, ("no CSV or Parquet file", "system", "regions.csv")),
    Broken("no such path", lambda folder: folder / "nowhere",
           ("no such", "nowhere", "spelling of the path")),
    Broken("misspelt example", lambda _: Path("uss"), ("no such example", "uss", "'us'")),
    Broken("folder in a table's place", folder_named_like_a_table,
           ("cannot be opened", "levels.csv")),
    Broken("other kind of file", text_file("system.json", "{}"),
           (".json", "Excel workbook (.xlsx)")),
    # Files that are damaged or wrongly encoded.
    Broken("GBK as UTF-8", with_file("regions.csv", ZH.encode("gbk")),
           ("not UTF-8", "line 2", "GBK", "regions.csv", "encoding='gbk'")),
    Broken("UTF-16", with_file("regions.csv", ZH.encode("utf-16")),
           ("not text", "regions.csv", "UTF-8")),
    Broken("truncated Parquet", truncated_parquet,
           ("not a whole Parquet file", "industries.parquet", "again")),
    Broken("text named Parquet", with_file("levels.parquet", b"level,name\n", regions=REGIONS),
           ("not a whole Parquet file", "levels.parquet")),
    Broken("truncated workbook", truncated_workbook,
           ("not a whole Excel workbook", "system.xlsx", "save it again")),
    Broken("damaged sheet", damaged_workbook,
           ("not a whole Excel workbook", "system.xlsx", "save it again")),
    Broken("text named workbook", text_file("system.xlsx", "region,name\n"),
           ("not a whole Excel workbook", "system.xlsx")),
    Broken("old workbook", text_file("system.xls", "x"), (".xls file", "(.xlsx)")),
    Broken("empty workbook", sheet_of([]), ("workbook is empty", "one sheet per table")),
    Broken("damaged database", damaged_database_header,
           ("DuckDB file cannot be opened", "system.duckdb", "again")),
    Broken("damaged database table", damaged_database_middle,
           ("system.duckdb", "damaged", "again")),
    Broken("truncated database", truncated_database, ("system.duckdb", "truncated", "again")),
    Broken("database without tables", empty_database, ("holds no table", "system.duckdb")),
    Broken("database of another kind", other_database,
           ("cannot be opened", "system.db", "not a valid DuckDB")),
    # Rows and columns that do not fit.
    Broken("semicolons", only(regions="region;name\nN1;Alder\n"),
           ("not separated by commas", "regions.csv")),
    Broken("misspelt column", edited("flows", "destination,", "destinatoin,"),
           ("table flows", "column destination", "Rename 'destinatoin' to 'destination'")),
    Broken("misspelt optional column", edited("regions", "latitude", "lattitude"),
           ("table regions", "lattitude", "Did you mean 'latitude'")),
    Broken("column twice", edited("flows", "year,people", "year,year"),
           ("table flows", "column year", "twice", "Keep one")),
    Broken("row too long", edited("flows", "N2,N1,2020,5", "N2,N1,2020,5,1"),
           ("table flows", "row 3", "Expected Number of Columns: 4", "double quotes")),
    Broken("row too short", edited("flows", "N2,N1,2020,5", "N2,N1,2020"),
           ("table flows", "row 3", "wrong number of cells")),
    Broken("unclosed quote", edited("regions", "Alder", '"Alder'),
           ("table regions", "row 3", "unterminated quote", "double quotes")),
    Broken("text in a column of figures", edited("workers", ",90,", ",ninety,"),
           ("table workers", "row 2", "column headcount", "'ninety'", "not a number")),
    Broken("decimal comma", edited("regions", "120.5", '"120,5"'),
           ("table regions", "row 3", "column area", "'120,5'", "point for decimals")),
    Broken("thousands separators", edited("workers", ",50000,measured", ',"50,000",measured'),
           ("table workers", "row 2", "column wage", "'50,000'", "no thousands separator")),
    Broken("part of a year", edited("flows", "N2,N1,2020", "N2,N1,2020.5"),
           ("row 3", "column year", "'2020.5'", "whole number")),
    Broken("error cell in a workbook",
           sheet_of([["region", "name", "area"], ["N1", "Alder", 1], ["N2", "Birch", "#DIV/0!"]]),
           ("table regions", "row 3", "column area", "'#DIV/0!'")),
    Broken("unknown sheet", sheet_of([["region"], ["N1"]], sheet="Sheet1"),
           ("table regions", "missing")),
    Broken("blank row before a fault",
           sheet_of([["region", "name", "area"], ["N1", "Alder", 1], [], ["N2", "Birch", "x"]]),
           ("row 4", "column area", "'x'")),
    Broken("blank line before a fault",
           only(regions="region,name,area\nN1,Alder,1\n\nN2,Birch,x\n"),
           ("row 4", "column area", "'x'")),
    # Figures and codes that cannot be.
    Broken("negative people", edited("flows", "2020,5", "2020,-5"),
           ("negative", "table flows", "row 3", "column people", "'-5.0'", "leave the cell empty")),
    Broken("share above 1", edited("staffing", "0.3", "1.2"),
           ("above 1", "table staffing", "row 3", "column share", "'1.2'", "not per cent")),
    Broken("shares that do not sum", edited("programme_occupations", "0.25", "0.2"),
           ("do not sum to 1", "column share", "11 / bachelor: 0.95")),
    Broken("unknown region", edited("workers", "N2,15-1,,2019", "N3,15-1,,2019"),
           ("not in the table regions", "row 5", "column region", "'N3'", "add it to regions")),
    Broken("unknown occupation", edited("workers", "N2,15-1,,2019", "N2,15-9,,2019"),
           ("not in the table occupations", "row 5", "column occupation", "'15-9'")),
    Broken("circular hierarchy", edited("occupations", "Computing,,", "Computing,15-1,"),
           ("circle", "table occupations", "row 2", "column parent", "Correct the parents")),
    Broken("key twice", edited("flows", "N2,N1,2020,5\n", "N2,N1,2020,5\nN2,N1,2020,6\n"),
           ("twice", "table flows", "row 4", "N2 / N1", "one row per region, destination, education, year")),
    Broken("year gap", edited("workers", "N1,15-1,,2020,100,51000,measured,census\n", ""),
           ("year is missing", "row 2", "N1 / 15-1", "stays unknown")),
    Broken("flow to itself", edited("flows", "N2,N1,2020", "N2,N2,2020"),
           ("to itself", "row 3", "column destination", "'N2'", "Remove the row")),
    Broken("flow to nowhere", edited("flows", "N2,N1,2020", "N2,N9,2020"),
           ("unknown place", "row 3", "column destination", "'N9'", "add it to regions")),
    Broken("unknown evidence", edited("workers", "derived", "guess"),
           ("not among the choices", "row 4", "column evidence", "'guess'", "measured, derived, assumed")),
    Broken("unknown source",
           edited("workers", "2019,90,50000,measured,census", "2019,90,50000,measured,survey"),
           ("not in the table sources", "row 2", "column source", "'survey'", "add it to sources")),
    Broken("region without a name", edited("regions", "N2,Birch", "N2,"),
           ("required cell is empty", "row 4", "column name")),
    Broken("damaged text", edited("regions", "Bouleau", "ChÃªne"),
           ("wrong encoding", "row 4", "'ChÃªne'", "UTF-8")),
)  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_broken_system_says_what_where_and_what_to_do(tmp_path: Path, case: Broken) -> None:
    where = case.make(tmp_path)
    before = content(tmp_path)
    text = message(where)
    for part in case.says:
        assert part in text, text
    assert content(tmp_path) == before


def test_the_makers_break_more_than_thirty_systems() -> None:
    assert len({case.name for case in BROKEN}) == len(BROKEN) >= 30


def test_one_bad_row_in_a_million_is_found(tmp_path: Path) -> None:
    where = write_system(tmp_path / "system", {"regions": "region,name\nA,Alder\n"})
    duckdb.sql(
        "COPY (SELECT 'p' || i AS person, 'A' AS region, CASE i WHEN 765432 THEN '12 years' ELSE "
        "'2020' END AS year FROM range(1000000) t(i)) "
        f"TO '{where / 'people.csv'}' (FORMAT csv, HEADER true)"
    )
    text = message(where)
    assert "has 1 fault" in text
    assert "table people, row 765434, column year, value '12 years'" in text
    assert "whole number" in text


def test_a_file_with_a_byte_order_mark_opens(tmp_path: Path) -> None:
    where = with_file("regions.csv", REGIONS.encode("utf-8-sig"))(tmp_path)
    system = echelon.open(where)
    assert list(system.table("regions")["region"]) == ["N1", "N2"]
    assert system.check().empty


def test_a_file_in_a_named_encoding_opens(tmp_path: Path) -> None:
    where = with_file("regions.csv", ZH.encode("gbk"))(tmp_path)
    before = content(tmp_path)
    assert list(echelon.open(where, encoding="gbk").table("regions")["name"]) == [
        "北京市",
        "上海市",
    ]
    assert content(tmp_path) == before


def test_an_encoding_that_does_not_exist(tmp_path: Path) -> None:
    where = only(regions=REGIONS)(tmp_path)
    with pytest.raises(UnreadableInput, match=r"no encoding named 'gkb'.*'gbk'"):
        echelon.open(where, encoding="gkb")


def test_an_encoding_that_is_not_the_file_s(tmp_path: Path) -> None:
    where = with_file("regions.csv", b"region,name\nN1,\xff\xff\n")(tmp_path)
    with pytest.raises(UnreadableInput, match=r"Line 2 is not gbk \(regions\.csv\)"):
        echelon.open(where, encoding="gbk")


def test_a_locked_file_says_so(tmp_path: Path) -> None:
    where = only(regions=REGIONS)(tmp_path)
    path = where / "regions.csv"
    path.chmod(0)
    try:
        if os.access(path, os.R_OK):
            pytest.skip("this user can read every file")
        with pytest.raises(UnreadableInput, match=r"cannot be opened.*regions\.csv.*permissions"):
            echelon.open(where)
    finally:
        path.chmod(0o600)


def test_a_file_that_the_system_refuses_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as a locked file, for users who can read every file."""
    where = only(regions=REGIONS)(tmp_path)
    plain = Path.open

    def refuse(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == "regions.csv":
            raise PermissionError(13, "Permission denied", str(self))
        return plain(self, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableInput) as caught:
        echelon.open(where)
    assert "cannot be opened: Permission denied (regions.csv)" in str(caught.value)
    assert "Close it in other programs" in str(caught.value)
