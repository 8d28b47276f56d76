"""The embedded database behind a system: four words (register, sql, fetch, write) on DuckDB."""

from __future__ import annotations

import tempfile
import threading
import weakref
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Literal

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

__all__ = ["Engine", "identifier", "literal"]

FileFormat = Literal["parquet", "csv"]
_COPY_OPTIONS: dict[FileFormat, str] = {
    "parquet": "FORMAT parquet, COMPRESSION zstd",
    "csv": "FORMAT csv, HEADER true",
}


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Quote a text for SQL."""
    return "'" + str(value).replace("'", "''") + "'"


class Engine:
    """A private in-memory DuckDB; systems derived from one another share it.

    Every call runs on a cursor of its own, so several threads may read at once.
    """

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:")
        self._folder = Path(tempfile.mkdtemp(prefix="echelon-"))
        # Nothing is fetched from the network, whatever a file looks like.
        self._connection.execute("SET autoinstall_known_extensions = false")
        self._connection.execute(f"SET temp_directory = {literal(self._folder / 'spill')}")
        self._lock = threading.Lock()
        self._count = 0
        weakref.finalize(self, rmtree, self._folder, ignore_errors=True)

    def new_name(self, stem: str) -> str:
        """Return a name that no other object of this engine has."""
        with self._lock:
            self._count += 1
            return f"{stem}_{self._count}"

    def scratch(self, name: str) -> Path:
        """Return the path of a file that lives as long as the engine."""
        return self._folder / name

    def register(self, name: str, frame: pd.DataFrame) -> None:
        """Make a pandas table readable under ``name`` until :meth:`forget`."""
        self._connection.register(name, frame)

    def forget(self, name: str) -> None:
        """Undo :meth:`register`."""
        self._connection.unregister(name)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement on the main connection, which sees registered and temporary tables."""
        return self._connection.execute(statement).fetchall()

    def fetch(self, query: str, *, namespace: str | None = None) -> pd.DataFrame:
        """Run a query and return its rows; bare table names are looked up in ``namespace``."""
        return self._run(query, namespace).df()

    def rows(self, query: str, *, namespace: str | None = None) -> list[tuple[object, ...]]:
        """Run a query and return its rows as tuples."""
        return self._run(query, namespace).fetchall()

    def chunks(self, query: str, *, namespace: str | None = None) -> Iterator[pd.DataFrame]:
        """Run a query and yield its rows in pieces, for tables larger than memory."""
        cursor = self._run(query, namespace)
        piece = cursor.fetch_df_chunk(50)
        # The first piece tells the names of the columns even when there is no row.
        yield piece
        while not piece.empty:
            piece = cursor.fetch_df_chunk(50)
            yield piece

    def columns(self, query: str, *, namespace: str | None = None) -> Sequence[str]:
        """Return the names of a query's columns without running it."""
        return [str(row[0]) for row in self.rows(f"DESCRIBE {query}", namespace=namespace)]

    def write(
        self, query: str, path: Path, *, format: FileFormat, namespace: str | None = None
    ) -> None:
        """Write a query's rows to a file, without holding them in memory."""
        copy = f"COPY ({query}) TO {literal(path)} ({_COPY_OPTIONS[format]})"
        if namespace is None:
            self.sql(copy)
        else:
            self._run(copy, namespace)

    def _run(self, query: str, namespace: str | None) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        if namespace is not None:
            cursor.execute(f"SET schema = {literal(namespace)}")
        return cursor.execute(query)
