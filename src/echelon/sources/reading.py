"""Open the files that statistical offices publish, and turn their cells into text and numbers.

Every table comes back as text, with the number of the row in the file as its index (the header of
a plain file is row 1), so that a fault found later can name its row.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pyarrow
import pyarrow.csv
import pyarrow.parquet
import xlrd

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources.cells import as_declared, cast, code, number, text, whole_number
from echelon.sources.files import FRESH_COPY, broken_file, file_in, files_in, read_bytes

__all__ = [
    "as_declared",
    "cast",
    "code",
    "file_in",
    "files_in",
    "number",
    "read_bytes",
    "read_parquet",
    "read_sheet",
    "read_text_table",
    "text",
    "whole_number",
]

BROKEN_WORKBOOK = (
    AssertionError,
    ElementTree.ParseError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
    xlrd.XLRDError,
    xlrd.compdoc.CompDocError,
    zipfile.BadZipFile,
    zlib.error,
)
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_text_table(
    path: Path | str,
    *,
    sep: str = ",",
    columns: Mapping[str, str] | None = None,
    required: Sequence[str] = (),
    encodings: Sequence[str] = ("utf-8-sig",),
    quoted: bool = True,
    header_row: int = 1,
) -> pd.DataFrame:
    """Read a delimited text file with a header, every cell as text.

    Byte-order marks, Windows line ends and gzip are understood. Empty cells stay empty texts.

    Parameters
    ----------
    path : Path or str
        The file.
    sep : str
        What stands between two cells.
    columns : mapping of str to str, optional
        Published header -> name here. Only these columns are kept, and each must be there; of a
        header that is printed twice the first is taken.
    required : sequence of str
        Published headers that must be there when all columns are kept.
    encodings : sequence of str
        Tried in this order, so ``("utf-8-sig", "gb18030")`` falls back to GBK.
    quoted : bool
        False where quote marks are ordinary characters of the text (O*NET); a carriage return
        inside a line is then a stray one and becomes a space.
    header_row : int
        Line of the header; the lines above it are left out.

    Returns
    -------
    DataFrame of str, indexed by row number in the file.

    Raises
    ------
    UnreadableInput
        The file is absent, empty, not text, wrongly encoded, without rows, or has a row with more
        or fewer cells than the header (a truncated file).
    MissingColumn
        A header that the format demands is not there.
    """
    file = Path(path)
    lines = _line_ends(_decoded(file, read_bytes(file), encodings), quoted=quoted)
    buffer = io.StringIO(lines, newline="\n")
    for _ in range(header_row - 1):
        buffer.readline()
    header = [" ".join(cell.split()) for cell in _first_row(buffer, sep, quoted)]
    _demand(file, header, columns or required)
    frame = _parsed(file, header, buffer.read(), sep=sep, quoted=quoted, header_row=header_row)
    return _select(frame, header, columns)


def read_sheet(
    path: Path | str,
    *,
    sheet: str | int = 0,
    header_row: int = 1,
    columns: Mapping[str, str] | None = None,
    required: Sequence[str] = (),
) -> pd.DataFrame:
    """Read one sheet of an Excel workbook (.xlsx or .xls), every cell as text.

    Whole numbers lose their decimal point (``15.0`` becomes ``"15"``), dates are written as
    ``2024-05-31``, empty cells are empty texts, and line breaks in headers become spaces. Rows
    without any cell are left out; rows below the table (footnotes) are kept for the caller to cut.

    Parameters
    ----------
    path : Path or str
        The workbook.
    sheet : str or int
        Name of the sheet, or its position from 0.
    header_row : int
        Row of the header, counted from 1 as Excel does.
    columns, required
        As in :func:`read_text_table`.

    Returns
    -------
    DataFrame of str, indexed by row number in the sheet.

    Raises
    ------
    UnreadableInput
        The file is absent, empty, not a workbook, or lacks the sheet or any row.
    MissingColumn
        A header that the format demands is not there.
    """
    file = Path(path)
    rows = _sheet_rows(file, read_bytes(file), sheet)
    cells = [[_cell_text(cell) for cell in row] for row in rows]
    if len(cells) < header_row:
        raise UnreadableInput(
            f"The sheet {sheet!r} of {file.name!r} ends before its header in row {header_row}",
            where=str(file),
            fix=FRESH_COPY,
        )
    header = [" ".join(cell.split()) for cell in cells[header_row - 1]]
    _demand(file, header, columns or required)
    numbered = {
        number: row[: len(header)] + [""] * (len(header) - len(row))
        for number, row in enumerate(cells[header_row:], start=header_row + 1)
        if any(row)
    }
    _demand_rows(file, len(numbered))
    frame = pd.DataFrame(
        list(numbered.values()), index=list(numbered), columns=range(len(header)), dtype="str"
    )
    return _select(frame, header, columns)


def read_parquet(
    path: Path | str,
    *,
    required: Sequence[str],
    filters: Sequence[tuple[str, str, object]] | None = None,
) -> pd.DataFrame:
    """Read the required columns of a Parquet file, with the types it declares.

    Parameters
    ----------
    required : sequence of str
        The columns to read; each must be there.
    filters : sequence of (column, operator, value), optional
        Rows to keep, all conditions together, for example ``[("table", "in", ["B15003"])]``.

    Raises
    ------
    UnreadableInput
        The file is absent, empty or not a complete Parquet file.
    MissingColumn
        A required column is not there.
    """
    file = Path(path)
    content = pyarrow.BufferReader(read_bytes(file))
    try:
        header = pyarrow.parquet.read_schema(content).names
        _demand(file, header, required)
        table = pyarrow.parquet.read_table(content, columns=list(required), filters=filters)
    except (pyarrow.ArrowInvalid, OSError) as fault:
        raise broken_file(file, "a complete Parquet file", fault) from None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _decoded(file: Path, content: bytes, encodings: Sequence[str]) -> str:
    """Decode with the first encoding that fits."""
    if content.startswith(UTF16_MARKS):
        encodings = ("utf-16",)
    elif b"\x00" in content:
        raise UnreadableInput(f"{file.name!r} is not a text file", where=str(file), fix=FRESH_COPY)
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as fault:
            line = content.count(b"\n", 0, fault.start) + 1
    raise UnreadableInput(
        f"{file.name!r} is not text in {' or '.join(encodings)}: line {line} does not decode"
        + _likely_encoding(content),
        where=str(file),
        fix="Save the file as UTF-8",
    )


def _likely_encoding(content: bytes) -> str:
    """Say which encoding the bytes do fit, as a hint."""
    try:
        content.decode("gb18030")
    except UnicodeDecodeError:
        return " (the bytes may be Windows-1252)"
    return " (the bytes may be GBK)"


def _line_ends(content: str, *, quoted: bool) -> str:
    """Bring Windows and old Macintosh line ends to one form."""
    lines = content.replace("\r\n", "\n")
    stray = " " if "\n" in lines and not quoted else "\n"
    return lines.replace("\r", stray)


def _first_row(buffer: io.StringIO, sep: str, quoted: bool) -> list[str]:
    if not quoted:
        return buffer.readline().rstrip("\n").split(sep)
    return next(csv.reader(buffer, delimiter=sep), [])


def _parsed(
    file: Path, header: list[str], body: str, *, sep: str, quoted: bool, header_row: int
) -> pd.DataFrame:
    """Split the lines below the header into cells; a row of another width is a fault."""
    faults: list[pyarrow.csv.InvalidRow] = []

    def note_fault(row: pyarrow.csv.InvalidRow) -> str:
        faults.append(row)
        return "skip"

    names = [str(position) for position in range(len(header))]
    _demand_rows(file, len(body.strip()))
    if quoted and body.count('"') % 2:
        raise UnreadableInput(
            f"{file.name!r} ends inside a quoted cell",
            where=str(file),
            fix=f"The file may be truncated. {FRESH_COPY}",
        )
    try:
        table = pyarrow.csv.read_csv(
            io.BytesIO(body.encode()),
            read_options=pyarrow.csv.ReadOptions(column_names=names, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(
                delimiter=sep,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                invalid_row_handler=note_fault,
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False
            ),
        )
    except pyarrow.ArrowInvalid as fault:
        raise broken_file(file, f"a table with {len(header)} columns", fault) from None
    if faults:
        first = faults[0]
        raise UnreadableInput(
            f"Row {first.number + header_row} of {file.name!r} has {first.actual_columns} cells "
            f"where the header has {first.expected_columns}",
            where=str(file),
            fix=f"The file may be truncated. {FRESH_COPY}",
        )
    frame: pd.DataFrame = table.to_pandas().astype("str")
    frame.index = pd.RangeIndex(header_row + 1, header_row + 1 + len(frame))
    return frame.set_axis(range(len(header)), axis=1)


def _sheet_rows(file: Path, content: bytes, sheet: str | int) -> list[Sequence[object]]:
    """Give the rows of one sheet of an .xlsx or .xls workbook."""
    try:
        if content.startswith(b"PK"):
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            name = _sheet_name(file, book.sheetnames, sheet)
            book[name].reset_dimensions()
            return list(book[name].iter_rows(values_only=True))
        old_book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO())
        page = old_book.sheet_by_name(_sheet_name(file, old_book.sheet_names(), sheet))
        return [page.row_values(number) for number in range(page.nrows)]
    except BROKEN_WORKBOOK as fault:
        raise broken_file(file, "a complete Excel workbook", fault) from None


def _sheet_name(file: Path, names: Sequence[str], sheet: str | int) -> str:
    if isinstance(sheet, int) and sheet < len(names):
        return names[sheet]
    if sheet in names:
        return str(sheet)
    raise UnreadableInput(
        f"The workbook {file.name!r} has no sheet {sheet!r}",
        where=str(file),
        fix=f"It has: {', '.join(names)}. Check that this is the release that was meant",
    )


def _cell_text(cell: object) -> str:
    """Write a cell as the sheet shows it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)


def _demand(file: Path, header: Sequence[str], wanted: Iterable[str]) -> None:
    """Require headers."""
    absent = [name for name in wanted if name not in header]
    if absent:
        shown = ", ".join(header[:12])[:200]
        raise MissingColumn(
            f"{file.name!r} has no column {absent[0]!r}",
            where=f"{file}; its header reads: {shown}",
            fix="Check that this is the file and the release that was meant",
        )


def _demand_rows(file: Path, count: int) -> None:
    if not count:
        raise UnreadableInput(
            f"{file.name!r} has a header but no rows", where=str(file), fix=FRESH_COPY
        )


def _select(
    frame: pd.DataFrame, header: list[str], columns: Mapping[str, str] | None
) -> pd.DataFrame:
    """Keep and rename the wanted columns, or name all as published."""
    if columns is None:
        return frame.set_axis(header, axis=1)
    kept = frame[[header.index(published) for published in columns]]
    return kept.set_axis(list(columns.values()), axis=1)
