"""Published files are opened whatever their encoding and line ends, and faults are named."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources.reading import (
    cast,
    code,
    file_in,
    files_in,
    number,
    read_parquet,
    read_sheet,
    read_text_table,
    text,
    whole_number,
)


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,x\n2,y\n",
        b"\xef\xbb\xbfa,b\r\n1,x\r\n2,y\r\n",
        b"a,b\r1,x\r2,y\r",
        "a,b\n1,x\n2,y\n".encode("utf-16"),
        gzip.compress(b"a,b\n1,x\n2,y\n"),
    ],
    ids=["plain", "byte-order mark and Windows", "Macintosh", "UTF-16", "gzip"],
)
def test_every_form_of_text_reads_alike(tmp_path: Path, content: bytes) -> None:
    frame = read_text_table(written(tmp_path, content))
    assert frame.to_dict("list") == {"a": ["1", "2"], "b": ["x", "y"]}
    assert list(frame.index) == [2, 3]


def test_columns_are_kept_and_renamed(tmp_path: Path) -> None:
    file = written(tmp_path, "note\nCode ,Name,Name\n01,first,second\n")
    frame = read_text_table(file, header_row=2, columns={"Code": "code", "Name": "name"})
    assert frame.to_dict("index") == {3: {"code": "01", "name": "first"}}


def test_unquoted_text_keeps_quote_marks_and_mends_stray_returns(tmp_path: Path) -> None:
    file = written(tmp_path, 'a\tb\r\n1\tsay "ah\r\n2\tcut\rhere\r\n')
    frame = read_text_table(file, sep="\t", quoted=False)
    assert list(frame["b"]) == ['say "ah', "cut here"]


def test_gbk_needs_to_be_asked_for(tmp_path: Path) -> None:
    file = written(tmp_path, "地区,年\n广东,2020\n".encode("gbk"))
    with pytest.raises(UnreadableInput, match=r"line 1 does not decode \(the bytes may be GBK\)"):
        read_text_table(file)
    frame = read_text_table(file, encodings=("utf-8-sig", "gb18030"))
    assert frame.loc[2, "地区"] == "广东"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file 'table.csv' is empty"),
        ("a,b\n", "'table.csv' has a header but no rows"),
        ("a,b\n1,2\n3\n", "Row 3 of 'table.csv' has 1 cells where the header has 2"),
        ('a,b\n1,"cut of', "'table.csv' ends inside a quoted cell"),
        (b"a,b\n\x00\x01,2\n", "'table.csv' is not a text file"),
        (
            gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-10],
            "'table.csv' is not a complete gzip file",
        ),
    ],
)
def test_broken_text_is_named(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(UnreadableInput, match=sentence):
        read_text_table(written(tmp_path, content), required=["a"])


def test_absent_column_is_named_with_the_header(tmp_path: Path) -> None:
    with pytest.raises(MissingColumn, match=r"no column 'Total'.*header reads: a, b"):
        read_text_table(written(tmp_path, "a,b\n1,2\n"), required=["Total"])


def test_absent_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match=r"There is no file 'gone\.csv'"):
        read_text_table(tmp_path / "gone.csv")
    with pytest.raises(UnreadableInput, match="cannot be opened"):
        read_text_table(tmp_path)
    with pytest.raises(UnreadableInput, match=r"Expected: one\.csv"):
        files_in(tmp_path, {"one": "one.csv"})
    assert file_in(tmp_path, "one.csv") == tmp_path / "one.csv"


def test_sheet_gives_cells_as_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Data"
    for row in (["A title"], ["Name\nof area", "Jobs"], ["Utah", 15.0], [], ["Ohio", 1.25]):
        sheet.append(row)
    file = tmp_path / "book.xlsx"
    book.save(file)
    frame = read_sheet(file, sheet="Data", header_row=2)
    assert list(frame.columns) == ["Name of area", "Jobs"]
    assert frame["Jobs"].to_dict() == {3: "15", 5: "1.25"}
    with pytest.raises(UnreadableInput, match=r"has no sheet 'Table 9'.*It has: Data"):
        read_sheet(file, sheet="Table 9")
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(UnreadableInput, match=r"'book\.xlsx' is not a complete Excel workbook"):
        read_sheet(file)


def test_parquet_demands_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "figures.parquet"
    pd.DataFrame({"year": [2018, 2019], "jobs": [1.5, 2.5]}).to_parquet(file)
    kept = read_parquet(file, required=["jobs"], filters=[("year", "=", 2019)])
    assert kept.to_dict("list") == {"jobs": [2.5]}
    with pytest.raises(MissingColumn, match="no column 'wage'"):
        read_parquet(file, required=["wage"])
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UnreadableInput, match="is not a complete Parquet file"):
        read_parquet(file, required=["jobs"])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_number_reads_what_was_printed(figures: list[float]) -> None:
    plain = pd.Series([repr(figure) for figure in figures], dtype="str")
    assert list(number(plain, file="f.csv", column="c")) == figures


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_number_understands_commas_dollars_and_minus(figure: int) -> None:
    printed = pd.Series([f"$ {abs(figure):,}", f"{figure:,}".replace("-", "−")], dtype="str")
    read = number(printed.str.replace("$ ", "$", regex=False), file="f.csv", column="c")
    assert list(read) == [abs(figure), figure]


def test_number_turns_marks_into_what_they_stand_for() -> None:
    cells = pd.Series(["1,234", "", "—", "**", "~"], dtype="str")
    figures = number(cells, file="f.csv", column="jobs", marks={"**": np.nan, "~": 0.0})
    np.testing.assert_array_equal(figures, [1234.0, np.nan, np.nan, np.nan, 0.0])


@pytest.mark.parametrize("cell", ["(D)", "12 a", "1.2.3", "nan", "inf", "#", "1,5"])
def test_number_refuses_what_it_does_not_know(cell: str) -> None:
    cells = pd.Series(["1", cell], index=[2, 3], dtype="str")
    with pytest.raises(UnreadableInput) as problem:
        number(cells, file="f.csv", column="jobs", marks={"*": np.nan})
    assert f"{cell!r} is not a number nor one of its marks ('*')" in str(problem.value)
    assert "f.csv, row 3, column jobs" in str(problem.value)


def test_whole_number_refuses_parts() -> None:
    cells = pd.Series(["1", "2.5"], index=[2, 3], dtype="str")
    with pytest.raises(UnreadableInput, match=r"2\.5 is not a whole number \(f\.csv, row 3"):
        whole_number(cells, file="f.csv", column="jobs")


def test_code_names_the_row_of_a_wrong_form() -> None:
    codes = pd.Series([" 01.0000", "1.01"], index=[2, 3], dtype="str", name="field")
    with pytest.raises(UnreadableInput, match=r"'1\.01' is not a code .*row 3, column field"):
        code(codes, pattern=r"\d{2}\.\d{4}", file="f.csv")


def test_text_and_cast_keep_the_unknown_unknown() -> None:
    cells = pd.Series([" a ", "n/a", ""], dtype="str")
    assert text(cells, missing=["n/a"]).isna().tolist() == [False, True, True]
    frame = pd.DataFrame({"kind": cells, "count": ["1", "n/a", ""]}, dtype="str")
    tables = cast(frame, {"kind": "str", "count": "Int64"}, file="f.csv", missing=["n/a"])
    assert tables.dtypes.astype(str).to_dict() == {"kind": "str", "count": "Int64"}
    assert tables["count"].isna().tolist() == [False, True, True]
