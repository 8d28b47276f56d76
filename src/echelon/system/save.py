"""Write a system so that it opens again: beside its place first, then moved there whole."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from echelon.errors import InvalidArgument
from echelon.provenance import version
from echelon.system.engine import identifier
from echelon.system.schema import Table
from echelon.system.schema import tables as schema_tables

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from echelon.system.system import System

__all__ = ["leftovers", "replaced", "save_system"]

Format = Literal["parquet", "csv", "xlsx", "duckdb"]
_DESCRIPTOR = "datapackage.json"
_LONGEST_CELL = 32_767


@contextmanager
def replaced(where: Path) -> Iterator[Path]:
    """Give a fresh path beside ``where``; when the block succeeds, move it there in one step."""
    where.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{where.name}-", dir=where.parent) as folder:
        new = Path(folder) / where.name
        yield new
        if where.is_dir() or (where.exists() and new.is_dir()):
            where.rename(Path(folder) / "old")
            new.rename(where)
        else:
            new.replace(where)


def leftovers(folder: Path) -> list[Path]:
    """Return what :func:`replaced` left in a folder when it was killed."""
    return [path for path in folder.glob(".*-????????") if path.is_dir()]


def save_system(system: System, where: Path, *, format: Format | None, overwrite: bool) -> Path:
    """Write a system to ``where``; see :meth:`echelon.System.save`."""
    kind = format or _kind(where)
    _refuse_overwriting(where, overwrite)
    with replaced(where) as new:
        if kind in ("parquet", "csv"):
            new.mkdir()
            _write_folder(system, new, "parquet" if kind == "parquet" else "csv")
        elif kind == "xlsx":
            _write_workbook(system, new)
        elif kind == "duckdb":
            system.copy_to_database(new)
        else:
            raise InvalidArgument(
                f"A system cannot be saved as {kind!r}", fix="Choose parquet, csv, xlsx or duckdb"
            )
    return where


def _kind(where: Path) -> Format:
    endings: dict[str, Format] = {".xlsx": "xlsx", ".duckdb": "duckdb"}
    return endings.get(where.suffix.lower(), "parquet")


def _refuse_overwriting(where: Path, overwrite: bool) -> None:
    if not where.exists():
        return
    if not overwrite:
        raise InvalidArgument(
            f"There is something at {where} already",
            fix="Choose another place, or pass overwrite=True",
        )
    if where.is_dir() and any(where.iterdir()) and not (where / _DESCRIPTOR).exists():
        raise InvalidArgument(
            f"The folder {where} is not a saved system",
            fix="Choose another place; nothing was changed",
        )


def _write_folder(system: System, folder: Path, format: Literal["parquet", "csv"]) -> None:
    for name in system.tables:
        path = folder / f"{name}.{format}"
        ready = system.relation(name).file
        if ready is not None and format == "parquet":
            shutil.copyfile(ready, path)
        else:
            system.write(f"SELECT * FROM {identifier(name)}", path, format=format)
    descriptor = _descriptor(system, folder, format)
    text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
    (folder / _DESCRIPTOR).write_text(text, encoding="utf-8")


def _write_workbook(system: System, path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    for name in system.tables:
        frame = system.table(name)
        if len(frame) >= 2**20:
            raise InvalidArgument(
                f"The table {name} has {len(frame):,} rows; a sheet holds 1,048,575",
                fix="Save as Parquet or DuckDB",
            )
        _refuse_texts(frame, name)
        sheet = book.create_sheet(name)
        sheet.append(list(frame.columns))
        for row in frame.astype("object").where(frame.notna(), None).itertuples(index=False):
            sheet.append([_sheet_cell(sheet, value) for value in row])
    book.save(path)


def _refuse_texts(frame: pd.DataFrame, table: str) -> None:
    """Refuse texts that no cell of a workbook can hold, before anything is written."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for column in frame.select_dtypes(["str", "object"]):
        texts = frame[column].dropna().astype("str")
        wrong = texts[(texts.str.len() > _LONGEST_CELL) | texts.str.contains(ILLEGAL_CHARACTERS_RE)]
        if len(wrong):
            raise InvalidArgument(
                "A text is too long for a cell, or has a character that no cell can hold",
                where=f"table {table}, column {column}, value {wrong.iloc[0][:20]!r}",
                fix="Save as Parquet or DuckDB",
            )


def _sheet_cell(sheet: WriteOnlyWorksheet, value: object) -> object:
    """Return a cell that holds a value as it is: no formula, no digit lost."""
    from openpyxl.cell import WriteOnlyCell

    if isinstance(value, float) and float(f"{value:.16g}") != value:
        figure = WriteOnlyCell(sheet, repr(float(value)))
        figure.data_type = "n"
        return figure
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def _descriptor(system: System, folder: Path, format: str) -> dict[str, object]:
    """Return a Frictionless data package that describes every table."""
    return {
        "profile": "tabular-data-package",
        "name": "".join(c if c.isalnum() or c in "-_." else "-" for c in system.name.lower()),
        "title": system.name,
        "echelon_version": version(),
        "resources": [
            _resource(schema_tables()[name], system, folder / f"{name}.{format}")
            for name in system.tables
        ],
    }


def _resource(table: Table, system: System, path: Path) -> dict[str, object]:
    foreign = [
        {
            "fields": column.name,
            "reference": {"resource": column.references[0], "fields": column.references[1]},
        }
        for column in table.columns
        # A cell of source may list several publications, which no foreign key allows.
        if column.references and column.references[0] in system and column.name != "source"
    ]
    schema: dict[str, object] = {
        "fields": [_field(name, table) for name in system.relation(table.name).columns],
        "missingValues": [""],
    }
    if foreign:
        schema["foreignKeys"] = foreign
    if all(table.column(key).required for key in table.keys):
        schema["primaryKey"] = list(table.keys)
    return {
        "name": table.name,
        "profile": "tabular-data-resource",
        "path": path.name,
        "format": path.suffix[1:],
        "encoding": "utf-8",
        "description": table.description,
        "hash": f"sha256:{_sha256(path)}",
        "schema": schema,
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _field(name: str, table: Table) -> dict[str, object]:
    if name not in table.names:
        return {"name": name, "type": "string"}
    column = table.column(name)
    limits = {
        "required": column.required or None,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "enum": list(column.choices) or None,
    }
    constraints = {key: value for key, value in limits.items() if value is not None}
    field: dict[str, object] = {
        "name": name,
        "type": column.type,
        "description": column.description,
    }
    if column.unit:
        field["unit"] = column.unit
    if constraints:
        field["constraints"] = constraints
    return field
