"""Turn tables as they stand in files into typed tables, and note every fault of form on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from echelon.registry import did_you_mean
from echelon.system.engine import Engine, identifier, literal
from echelon.system.faults import MOST_ROWS, Fault
from echelon.system.files import RawTable, damaged
from echelon.system.schema import Column, Table, tables
from echelon.system.stream import write_strictly

__all__ = ["RAW", "Relation", "load_table"]

RAW = "__raw"
# Names that the engine or the checks need for themselves.
_RESERVED = ("rowid", "file_row_number", "__row", RAW)
_SQL_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}


@dataclass(frozen=True)
class Relation:
    """A typed table inside the engine.

    Parameters
    ----------
    base : str
        SQL of the base relation: typed columns, and ``__raw`` where a cell had the wrong type.
    row : str
        SQL of the row number that a spreadsheet would show, the header being row 1.
    columns : tuple of str
        Columns of the table, in the schema's order, further columns after them.
    absent : tuple of str
        Columns of the schema that the file did not have.
    rejected : tuple of int
        Lines of the file that are no rows: blank, or with a wrong number of cells.
    file : Path, optional
        Parquet file with exactly these columns, which saving may copy.
    further : tuple of str
        Columns that the schema does not have, kept as texts.
    """

    base: str
    row: str
    columns: tuple[str, ...]
    absent: tuple[str, ...] = ()
    rejected: tuple[int, ...] = ()
    file: Path | None = None
    further: tuple[str, ...] = ()

    @property
    def numbered(self) -> str:
        """SQL of the relation with the row numbers as ``__row``."""
        names = [identifier(name) for name in self.columns if name not in self.further]
        return f"(SELECT {', '.join(names)}, {RAW}, {self.row} AS __row FROM {self.base})"

    def file_row(self, row: int) -> int:
        """Return a row number as the file counts it, unreadable lines included."""
        for line in self.rejected:
            row += line <= row
        return row


def load_table(raw: RawTable, engine: Engine) -> tuple[Relation | None, list[Fault]]:
    """Type one table and return it with its faults of form.

    Returns
    -------
    relation : Relation or None
        None when the table cannot be used at all: unknown to the schema, or without a key column.
    faults : list of Fault
    """
    table = tables().get(raw.name)
    if table is None:
        return None, [_unknown_table(raw)]
    found, faults = _match_columns(raw, table)
    if any(fault.check in ("missing_column", "repeated_column") for fault in faults):
        return None, faults
    try:
        relation = _materialise(raw, table, found, engine)
    except duckdb.Error as error:
        raise damaged(raw, error) from error
    rejected = _rejected(raw, engine) if relation.file is None else []
    if rejected:
        faults.append(_ragged(raw.name, rejected))
    no_rows = sorted({*raw.blank, *(line for line, _ in rejected)})
    relation = replace(relation, rejected=tuple(no_rows))
    return relation, [*faults, *_wrong_types(table, relation, engine)]


def _rejected(raw: RawTable, engine: Engine) -> list[tuple[int, str]]:
    """Return the lines of a CSV file that could not be read as rows, and why."""
    if raw.rejects is None:
        return []
    found = engine.sql(f"SELECT DISTINCT line, error_message FROM {raw.rejects} ORDER BY line")
    engine.sql(f"DROP TABLE {raw.rejects}")
    engine.sql(f"DROP TABLE {raw.rejects}_scan")
    return [(int(str(line)), str(text).splitlines()[0]) for line, text in found]


def _unknown_table(raw: RawTable) -> Fault:
    near = did_you_mean(raw.name, tables())
    fix = f"Rename it to {near}" if near else "Remove it, or see docs/schema.md for the table names"
    return Fault("unknown_table", raw.name, "", "The schema has no such table; it is left aside", fix,
                 severity="warning")  # fmt: skip


def _ragged(name: str, rejected: Iterable[tuple[int, str]]) -> Fault:
    lines = list(rejected)
    return Fault(
        "ragged_row", name, "", f"A row has the wrong number of cells: {lines[0][1]}",
        "Put double quotes around texts that contain commas, and give every row all cells",
        row=lines[0][0], count=len(lines),
    )  # fmt: skip


def _match_columns(raw: RawTable, table: Table) -> tuple[dict[str, str], list[Fault]]:
    """Map schema columns to columns of the file (spaces and case forgiven)."""
    faults: list[Fault] = []
    found: dict[str, str] = {}
    for column in raw.columns:
        name = column.strip().lower().lstrip("\ufeff")
        if name in found:
            faults.append(
                Fault(
                    "repeated_column",
                    table.name,
                    name,
                    "The column is there twice",
                    "Keep one of the two",
                )
            )
        found[name] = column
    for spec in table.columns:
        if spec.name not in found and (spec.required and not spec.default):
            near = did_you_mean(spec.name, [n for n in found if n not in table.names])
            fix = f"Rename {near!r} to {spec.name!r}" if near else f"Add it: {spec.description}"
            faults.append(
                Fault("missing_column", table.name, spec.name, "A required column is missing", fix)
            )
    for name in found:
        if name not in table.names:
            near = did_you_mean(name, [n for n in table.names if n not in found])
            fix = f"Did you mean {near!r}?" if near else "It is kept, but no method reads it"
            faults.append(
                Fault(
                    "unknown_column",
                    table.name,
                    name,
                    "The schema has no such column",
                    fix.rstrip("?") if near else fix,
                    severity="warning",
                )
            )
    return found, faults


def _materialise(raw: RawTable, table: Table, found: dict[str, str], engine: Engine) -> Relation:
    kept = {n: f"{n}_" if n in _RESERVED else n for n in found if n not in table.names}
    typed = [_typed(column, found) for column in table.columns]
    typed += [
        f"nullif({identifier(found[name])}::VARCHAR, '') AS {identifier(new)}"
        for name, new in kept.items()
    ]
    shape = Relation(
        base="",
        row="rowid + 2",
        columns=(*table.names, *kept.values()),
        absent=tuple(name for name in table.names if name not in found),
        further=tuple(kept.values()),
    )
    select = f"SELECT {', '.join(typed)}, {_raw_cells(table, found)} AS {RAW}"
    if raw.large:
        labels = [kept.get(name, name) for name in found]
        return _large(raw, (table, labels), select, shape, engine)
    name = engine.new_name(raw.name)
    if raw.frame is not None:
        engine.register("raw", raw.frame)
    try:
        engine.sql(f"CREATE TABLE {identifier(name)} AS {select} FROM ({raw.query})")
    finally:
        if raw.frame is not None:
            engine.forget("raw")
    return replace(shape, base=f"main.{identifier(name)}")


def _large(
    raw: RawTable, named: tuple[Table, list[str]], select: str, shape: Relation, engine: Engine
) -> Relation:
    """Leave a large Parquet file where it is; write a large CSV file to Parquet once."""
    shape = replace(shape, row="file_row_number + 2")
    if raw.text is None:
        rows = raw.query.removesuffix(")") + ", file_row_number=true)"
        return replace(shape, base=f"({select}, file_row_number FROM ({rows}))")
    table, labels = named
    path = engine.scratch(f"{engine.new_name(raw.name)}.parquet")
    rows = f"read_parquet({literal(path)}, file_row_number=true)"
    if write_strictly(raw.text, path, names=labels, table=table):
        base = f"(SELECT *, {_no_raw_cells(table)} AS {RAW} FROM {rows})"
        return replace(shape, base=base, file=path)
    engine.write(f"{select} FROM ({raw.query})", path, format="parquet")
    return replace(shape, base=f"(SELECT * FROM {rows})")


def _typed(column: Column, found: dict[str, str]) -> str:
    """SQL that gives a column its type; an absent one gets its default."""
    kind = _SQL_TYPES[column.type]
    if column.name not in found:
        return f"{_default(column)}::{kind} AS {identifier(column.name)}"
    cell = identifier(found[column.name])
    if column.type == "string":
        value = f"nullif({cell}::VARCHAR, '')"
    elif column.type == "number":
        number = f"TRY_CAST({cell} AS DOUBLE)"
        value = f"CASE WHEN isnan({number}) THEN NULL ELSE {number} END"
    elif column.type == "integer":
        number = f"TRY_CAST({cell} AS DOUBLE)"
        value = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
    else:
        value = f"TRY_CAST({cell} AS BOOLEAN)"
    if column.default:
        value = f"coalesce({value}, {_default(column)}::{kind})"
    return f"{value} AS {identifier(column.name)}"


def _default(column: Column) -> str:
    return f"'{column.default}'" if column.default else "NULL"


def _no_raw_cells(table: Table) -> str:
    """SQL of a row without any cell of the wrong type."""
    typed = [column.name for column in table.columns if column.type != "string"]
    fields = ", ".join(f"{identifier(name)} VARCHAR" for name in typed or ["none"])
    return f"NULL::STRUCT({fields})"


def _raw_cells(table: Table, found: dict[str, str]) -> str:
    """SQL that keeps the cells of a row whose type is wrong, one field a column."""
    tests = []
    for column in table.columns:
        if column.type == "string" or column.name not in found:
            continue
        cell = identifier(found[column.name])
        number = f"TRY_CAST({cell} AS {'BOOLEAN' if column.type == 'boolean' else 'DOUBLE'})"
        wrong = f"{number} IS NULL"
        if column.type == "integer":
            wrong = f"({wrong} OR {number} <> trunc({number}))"
        text = f"trim({cell}::VARCHAR)"
        tests.append((column.name, f"{wrong} AND {text} <> '' AND lower({text}) <> 'nan'", cell))
    if not tests:
        return _no_raw_cells(table)
    any_wrong = " OR ".join(f"({test})" for _, test, _ in tests)
    cells = ", ".join(
        f"{name}: CASE WHEN {test} THEN {cell}::VARCHAR END" for name, test, cell in tests
    )
    return f"CASE WHEN {any_wrong} THEN {{{cells}}} END"


def _wrong_types(table: Table, relation: Relation, engine: Engine) -> list[Fault]:
    """Return one fault per column that has cells of the wrong type."""
    typed = [c for c in table.columns if c.type != "string" and c.name not in relation.absent]
    if (
        not typed
        or relation.file is not None
        or not engine.sql(f"SELECT 1 FROM {relation.base} WHERE {RAW} IS NOT NULL LIMIT 1")
    ):
        return []
    expected = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}
    faults = []
    for column in typed:
        cell = f"{RAW}[{literal(column.name)}]"
        [(count, found, value)] = engine.sql(
            f"SELECT count(*), min({relation.row}, {MOST_ROWS}), arg_min({cell}, {relation.row}) "
            f"FROM {relation.base} WHERE {cell} IS NOT NULL"
        )
        if not isinstance(count, int) or not isinstance(found, list):
            continue
        rows = [relation.file_row(int(row)) for row in found]
        faults.append(
            Fault(
                "bad_type",
                table.name,
                column.name,
                f"The cell is not {expected[column.type]}",
                "Write the figure with a point for decimals and no thousands separator, "
                "or leave the cell empty",
                row=rows[0],
                value=str(value),
                count=count,
                further_rows=tuple(rows[1:]),
            )
        )
    return faults
