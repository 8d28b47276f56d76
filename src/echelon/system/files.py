"""Find the tables in a folder, an Excel workbook or a DuckDB file, and read them as they stand."""

from __future__ import annotations

import codecs
import csv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from echelon.errors import UnreadableInput
from echelon.system.engine import Engine, identifier, literal
from echelon.system.schema import tables as schema_tables

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RawTable", "damaged", "find_tables"]

_DATABASE_MARK = b"DUCK"
_LARGE = 8 * 2**20
_LONGEST_LINE = 32 * 2**20
_MOST_REJECTS = 1000
_UTF8 = ("utf-8", "utf-8-sig", "utf8")


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file, before its types are known.

    Parameters
    ----------
    name : str
        Name of the table: the file's, sheet's or database table's.
    columns : tuple of str
        Column names as they stand.
    query : str
        SQL that reads it.
    path : Path
        The file.
    large : bool
        Whether it is too large to hold in memory.
    frame : DataFrame, optional
        The rows, registered under ``name_in_engine`` while ``query`` runs.
    rejects : str, optional
        Temporary table that holds, after ``query`` ran, the lines that are not rows.
    text : Path, optional
        The file, or its UTF-8 copy, when it is CSV.
    blank : tuple of int
        Lines without any cell, which are no rows.
    """

    name: str
    columns: tuple[str, ...]
    query: str
    path: Path
    large: bool = False
    frame: pd.DataFrame | None = None
    rejects: str | None = None
    text: Path | None = None
    blank: tuple[int, ...] = ()


def find_tables(where: Path, engine: Engine, *, encoding: str = "utf-8") -> list[RawTable]:
    """Return every table found in ``where``.

    Raises
    ------
    UnreadableInput
        When the file or folder is absent, empty, locked, truncated or wrongly encoded.
    """
    if not where.exists():
        raise UnreadableInput(
            "There is no such file or folder",
            where=str(where),
            fix="Check the spelling of the path",
        )
    if where.is_dir():
        return _folder(where, engine, encoding)
    suffix = where.suffix.lower()
    if suffix in (".xlsx", ".xlsm"):
        return _workbook(where)
    if suffix in (".duckdb", ".db"):
        return _database(where, engine)
    raise UnreadableInput(
        f"A system cannot be read from a {suffix or 'nameless'} file",
        where=str(where),
        fix="Give a folder of CSV or Parquet files, an Excel workbook (.xlsx) or a .duckdb file",
    )


def _folder(where: Path, engine: Engine, encoding: str) -> list[RawTable]:
    files = sorted(p for p in where.iterdir() if p.suffix.lower() in (".csv", ".parquet"))
    if not files:
        raise UnreadableInput(
            "The folder holds no CSV or Parquet file",
            where=str(where),
            fix="Put one file per table into it, for example regions.csv",
        )
    stems: dict[str, Path] = {}
    for path in files:
        if path.stem in stems:
            raise UnreadableInput(
                f"The table {path.stem} is there twice",
                where=f"{stems[path.stem].name} and {path.name} in {where}",
                fix="Keep one of the two",
            )
        stems[path.stem] = path
    return [
        _csv(path, engine, encoding) if path.suffix.lower() == ".csv" else _parquet(path, engine)
        for path in files
    ]


def _unreadable(path: Path, problem: str, fix: str) -> UnreadableInput:
    return UnreadableInput(problem, where=path.name, fix=fix)


def _open_bytes(path: Path) -> bytes:
    """Return the first bytes of a file, or say why it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise _unreadable(
            path,
            f"The file cannot be opened: {error.strerror or error}",
            "Close it in other programs and check its permissions",
        ) from error


def _csv(path: Path, engine: Engine, encoding: str) -> RawTable:
    head = _open_bytes(path)
    if not head.strip():
        raise _unreadable(path, "The file is empty", "Put a header row and at least one row in it")
    if b"\x00" in head:
        raise _unreadable(path, "The file is not text", "Save it as CSV with UTF-8 encoding")
    readable = _as_utf8(path, encoding, engine)
    columns = _header(path, readable)
    repeated = len(set(columns)) < len(columns)
    names = [f"column_{place}" if repeated else name for place, name in enumerate(columns)]
    store = engine.new_name("rejects")
    return RawTable(
        path.stem,
        tuple(columns),
        _csv_query(readable, names, rejects=store),
        path,
        large=path.stat().st_size > _LARGE,
        rejects=store,
        text=readable,
        blank=_blank_lines(readable),
    )


def _csv_query(readable: Path, names: Sequence[str], *, rejects: str) -> str:
    """Return SQL that reads every cell of a CSV file as text; lines that are no rows are rejected."""
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    return (
        f"SELECT * FROM read_csv({literal(readable)}, columns={{{columns}}}, auto_detect=false, "
        "header=true, delim=',', quote='\"', escape='\"', strict_mode=true, "
        f"max_line_size={_LONGEST_LINE}, store_rejects=true, rejects_limit={_MOST_REJECTS}, "
        f"rejects_table='{rejects}', rejects_scan='{rejects}_scan')"
    )


def _blank_lines(readable: Path) -> tuple[int, ...]:
    """Return the numbers of the lines without any cell, which count as rows in a spreadsheet."""
    with readable.open("rb") as file:
        last = b""
        while piece := file.read(2**24):
            if b"\n\n" in last + piece or b"\n\r\n" in last + piece:
                break
            last = piece[-2:]
        else:
            return ()
    with readable.open(encoding="utf-8-sig", newline="") as text:
        return tuple(line for line, row in enumerate(csv.reader(text), start=1) if not row)


def _header(path: Path, readable: Path) -> list[str]:
    """Return the column names in the first row of a CSV file."""
    with readable.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    if not any(cell.strip() for cell in header):
        raise _unreadable(path, "The file has no header row", "Put the column names in row 1")
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise _unreadable(
            path, "The cells are not separated by commas", "Save it as CSV with commas"
        )
    return [name if name.strip() else f"column_{n}" for n, name in enumerate(header, start=1)]


def damaged(raw: RawTable, error: Exception) -> UnreadableInput:
    """Return the error of a table that its file has, but that cannot be read."""
    return _unreadable(
        raw.path,
        f"The table {raw.name} is damaged: {_first_line(error)}",
        "Make the file again",
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200]


def _as_utf8(path: Path, encoding: str, engine: Engine) -> Path:
    """Return a UTF-8 copy of a text file, or the file itself when it is UTF-8 already."""
    if encoding.lower() in _UTF8:
        wrong = _first_wrong_line(path, "utf-8")
        if wrong is None:
            return path
        raise _unreadable(
            path,
            f"The file is not UTF-8: line {wrong} cannot be decoded{_guess(path)}",
            "Save it as UTF-8, or name its encoding when you open it, for example encoding='gbk'",
        )
    try:
        codecs.lookup(encoding)
    except LookupError:
        raise UnreadableInput(
            f"There is no encoding named {encoding!r}", fix="Try 'utf-8', 'gbk' or 'latin-1'"
        ) from None
    wrong = _first_wrong_line(path, encoding)
    if wrong is not None:
        raise _unreadable(
            path, f"Line {wrong} is not {encoding}", "Name another encoding, or save it as UTF-8"
        )
    copy = engine.scratch(f"{engine.new_name(path.stem)}.csv")
    with (
        path.open(encoding=encoding, newline="") as old,
        copy.open("w", encoding="utf-8", newline="") as new,
    ):
        while piece := old.read(2**20):
            new.write(piece)
    return copy


def _first_wrong_line(path: Path, encoding: str) -> int | None:
    """Return the first line that the encoding cannot decode."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while piece := file.read(2**20):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                return line + piece[: error.start].count(b"\n")
            line += piece.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def _guess(path: Path) -> str:
    """Say which other encoding fits the whole file, if it is a common one."""
    return "; it reads as GBK" if _first_wrong_line(path, "gb18030") is None else ""


def _parquet(path: Path, engine: Engine) -> RawTable:
    _open_bytes(path)
    query = f"SELECT * FROM read_parquet({literal(path)})"
    try:
        columns = engine.columns(query)
    except Exception as error:
        raise _unreadable(
            path,
            "The file is not a whole Parquet file",
            "It may be truncated: copy or make it again",
        ) from error
    return RawTable(path.stem, tuple(columns), query, path, large=path.stat().st_size > _LARGE)


def _workbook(path: Path) -> list[RawTable]:
    import openpyxl
    import pandas as pd

    _open_bytes(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets = {
            _table_name(sheet.title): [
                [_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)
            ]
            for sheet in book.worksheets
        }
        book.close()
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, SyntaxError) as error:
        raise _unreadable(
            path,
            "The file is not a whole Excel workbook",
            "It may be truncated, protected or of an older format: save it again as .xlsx",
        ) from error
    found = []
    for title, lines in sheets.items():
        blank = [n for n, row in enumerate(lines, start=1) if not any(row)]
        rows = [row for row in lines if any(row)]
        if not rows:
            continue
        # A row ends at its last cell that is not empty.
        width = max(map(len, rows))
        header = [
            value or f"column_{n}" for n, value in enumerate(_padded(rows[0], width), start=1)
        ]
        cells = [_padded(row, width) for row in rows[1:]]
        frame = pd.DataFrame(cells, columns=header, dtype="str")
        query = f"SELECT * FROM {identifier('raw')}"
        found.append(RawTable(title, tuple(header), query, path, frame=frame, blank=tuple(blank)))
    if not found:
        raise _unreadable(path, "The workbook is empty", "Put one sheet per table into it")
    return found


def _table_name(title: str) -> str:
    """Return the table that a sheet is named after, spaces and case forgiven as in column names."""
    name = title.strip().lower()
    return name if name in schema_tables() else title


def _padded(row: list[str | None], width: int) -> list[str | None]:
    return row + [None] * (width - len(row))


def _cell(value: object) -> str | None:
    """Return a cell as text, whole numbers without a decimal point."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _database(path: Path, engine: Engine) -> list[RawTable]:
    head = _open_bytes(path)
    if head[8:12] != _DATABASE_MARK:
        raise _unreadable(
            path,
            "The DuckDB file cannot be opened: it is not a valid DuckDB database",
            "Give a .duckdb file; if it is one, it is damaged: make it again",
        )
    alias = engine.new_name("file")
    try:
        engine.sql(f"ATTACH {literal(path)} AS {alias} (READ_ONLY)")
    except Exception as error:
        raise _unreadable(
            path,
            f"The DuckDB file cannot be opened: {_first_line(error)}",
            "Close it in other programs; if it is truncated, make it again",
        ) from error
    names = engine.rows(
        f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{alias}' ORDER BY 1"
    )
    found = []
    for (name,) in names:
        query = f"SELECT * FROM {alias}.main.{identifier(str(name))}"
        found.append(RawTable(str(name), tuple(engine.columns(query)), query, path))
    if not found:
        raise _unreadable(path, "The DuckDB file holds no table", "Put one table per name into it")
    return found
