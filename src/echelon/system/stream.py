"""Write a large CSV file to Parquet in pieces, when every cell of it has the right type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from echelon.system.schema import Table

__all__ = ["write_strictly"]

_TYPES = {
    "string": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}
_PIECE = 8 * 2**20
_ROWS_IN_GROUP = 250_000


def write_strictly(text: Path, path: Path, *, names: list[str], table: Table) -> bool:
    """Write a CSV file as Parquet with the columns and types of a table, or say that it cannot be.

    Parameters
    ----------
    text : Path
        The file, in UTF-8.
    path : Path
        Where to write; nothing useful is there when the answer is False.
    names : list of str
        The file's columns, as the schema spells them; those that it does not have become texts.
    table : Table

    Returns
    -------
    bool
        False at the first cell of another type or row of another length: then the file must be read
        in the slower way that names every fault.
    """
    further = [name for name in names if name not in table.names]
    types = {column.name: _TYPES[column.type] for column in table.columns}
    schema = pa.schema([*types.items(), *((name, pa.string()) for name in further)])
    writer: pq.ParquetWriter | None = None
    try:
        for group in _groups(text, names, schema):
            rows = pa.table([_column(group, table, name) for name in schema.names], schema=schema)
            if writer is None:
                writer = pq.ParquetWriter(
                    path, schema, compression="zstd", use_dictionary=_repetitive(rows)
                )
            writer.write_table(rows)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return False
    finally:
        if writer is not None:
            writer.close()
    return writer is not None


def _groups(text: Path, names: list[str], schema: pa.Schema) -> Iterator[pa.Table]:
    """Return the rows of a CSV file in groups that fit in memory."""
    types = {name: schema.field(name).type for name in names}
    batches = pacsv.open_csv(
        text,
        read_options=pacsv.ReadOptions(column_names=names, skip_rows=1, block_size=_PIECE),
        # A blank line is a row without cells, not nothing: row numbers must stay right.
        parse_options=pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pacsv.ConvertOptions(
            column_types=types, strings_can_be_null=True, null_values=[""]
        ),
    )
    gathered: list[pa.RecordBatch] = []
    for batch in batches:
        gathered.append(batch)
        if sum(part.num_rows for part in gathered) >= _ROWS_IN_GROUP:
            yield pa.Table.from_batches(gathered)
            gathered = []
    if gathered:
        yield pa.Table.from_batches(gathered)


def _column(rows: pa.Table, table: Table, name: str) -> pa.ChunkedArray | pa.Array:
    """Return one column: defaults in place of unknown cells, NaN as unknown."""
    spec = table.column(name) if name in table.names else None
    kind = _TYPES[spec.type] if spec else pa.string()
    cells = rows[name] if name in rows.column_names else pa.nulls(rows.num_rows, kind)
    if pa.types.is_floating(kind) and pc.any(pc.is_nan(cells)).as_py():
        cells = pc.if_else(pc.is_nan(cells), pa.scalar(None, kind), cells)
    if spec and spec.default:
        cells = pc.fill_null(cells, pa.scalar(spec.default).cast(kind))
    return cells


def _repetitive(rows: pa.Table) -> list[str]:
    """Return the columns whose values repeat, which a dictionary makes small."""
    return [
        name
        for name in rows.column_names
        if pc.count_distinct(rows[name]).as_py() * 2 < rows.num_rows
    ]
