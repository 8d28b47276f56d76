"""A system: the tables that describe a country's talent, frozen, typed and ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from echelon.errors import InvalidArgument, InvalidSystem, MissingColumn, MissingTable
from echelon.provenance import TableUse
from echelon.registry import did_you_mean, unknown_name
from echelon.system.digest import digest
from echelon.system.engine import Engine, identifier, literal
from echelon.system.faults import Fault, raise_errors
from echelon.system.files import RawTable, find_tables
from echelon.system.load import Relation, load_table
from echelon.system.schema import tables as schema_tables

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["System", "from_tables", "read_folder_or_file"]

_FIGURES = ("headcount", "people", "posts", "patents", "spend", "value_added", "amount")


@dataclass(frozen=True, eq=False)
class System:
    """The tables that describe a country's talent: regions, occupations, skills, people and money.

    A system never changes: :meth:`with_` returns another one. Make one with :func:`echelon.open`
    or :mod:`echelon.examples`.

    Attributes
    ----------
    name : str
        Name of the system or scenario, shown in results and reports.
    tables : tuple of str
        Names of the tables that it has.
    baseline : str or None
        Name of the system that it is a scenario of.
    """

    name: str
    _engine: Engine = field(repr=False)
    _relations: Mapping[str, Relation] = field(repr=False)
    _faults: tuple[Fault, ...] = field(default=(), repr=False)
    baseline: str | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the system has, in the order of the data model."""
        return tuple(name for name in schema_tables() if name in self._relations)

    def __contains__(self, table: object) -> bool:
        return table in self._relations

    @cached_property
    def _namespace(self) -> str:
        """A DuckDB schema with one view per table, so that queries name tables plainly."""
        namespace = self._engine.new_name("system")
        self._engine.sql(f"CREATE SCHEMA {namespace}")
        for name, relation in self._relations.items():
            columns = ", ".join(identifier(column) for column in relation.columns)
            self._engine.sql(
                f"CREATE VIEW {namespace}.{identifier(name)} AS SELECT {columns} FROM {relation.base}"
            )
        return namespace

    def relation(self, table: str) -> Relation:
        """Return the typed relation behind a table, with its row numbers: for the checks."""
        return self._relations[table]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of an SQL query as tuples."""
        return self._engine.rows(query, namespace=self._namespace)

    def write(self, query: str, path: Path, *, format: Literal["parquet", "csv"]) -> None:
        """Write the rows of an SQL query to a file, without holding them in memory."""
        self._engine.write(query, path, format=format, namespace=self._namespace)

    def copy_to_database(self, path: Path) -> None:
        """Copy every table into a new DuckDB file."""
        alias = self._engine.new_name("copy")
        self._engine.sql(f"ATTACH {literal(path)} AS {alias}")
        try:
            for name in self.tables:
                copy = f"{alias}.main.{identifier(name)}"
                view = f"{self._namespace}.{identifier(name)}"
                self._engine.sql(f"CREATE TABLE {copy} AS SELECT * FROM {view}")
        finally:
            self._engine.sql(f"DETACH {alias}")

    @property
    def faults_of_form(self) -> tuple[Fault, ...]:
        """Faults found while the tables were read."""
        return self._faults

    def need(self, *tables: str) -> None:
        """Raise :class:`~echelon.errors.MissingTable` unless the system has every named table."""
        absent = [name for name in tables if name not in self._relations]
        if not absent:
            return
        known = schema_tables()
        described = []
        for name in absent:
            table = known[name]
            wanted = [c.name for c in table.columns if c.required and not c.default]
            figures = [c.name for c in table.columns if c.name in _FIGURES]
            columns = ", ".join(dict.fromkeys(wanted + figures))
            described.append(
                f"Add a table {name} with the columns {columns}, for example from {table.provided_by}"
            )
        plural = "tables" if len(absent) > 1 else "table"
        raise MissingTable(
            f"The system {self.name!r} has no {plural} {', '.join(absent)}",
            fix="; ".join(described),
        )

    def table(self, name: str) -> pd.DataFrame:
        """Return one table in long form: dimensions and figures as columns.

        Parameters
        ----------
        name : str
            Name of the table.

        Raises
        ------
        MissingTable
            When the system does not have it; the message says what it would hold.
        UnknownName
            When the schema has no such table.
        """
        if name not in schema_tables():
            raise unknown_name("table", name, schema_tables())
        self.need(name)
        frame = self.sql(f"SELECT * FROM {identifier(name)}")
        texts = [c.name for c in schema_tables()[name].columns if c.type == "string"]
        return frame.astype(dict.fromkeys(texts, "str"))

    def sql(self, query: str) -> pd.DataFrame:
        """Return the rows of an SQL query (DuckDB's dialect) over the system's tables."""
        return self._engine.fetch(query, namespace=self._namespace)

    def cube(self, table: str, column: str) -> xr.DataArray:
        """Return one column of a table as a labelled array over the table's key columns.

        Cells that the table does not have are NaN: unknown, not zero. An empty key (for example
        an empty ``education``, which means all levels) is labelled ``"all"``; a key that is empty
        in every row is no dimension.

        Parameters
        ----------
        table, column : str
            A table of the system and a numeric column of it.

        Returns
        -------
        xarray.DataArray
            Dimensions in the order of the table's keys; regions, occupations and other labels in
            the order of their own tables; ``attrs`` hold the unit and the sources.

        Raises
        ------
        InvalidArgument
            When the column is not numeric, or the array would not fit in memory.
        InvalidSystem
            When two rows have the same key.
        """
        from echelon.system.cube import as_cube

        spec = schema_tables()[table]
        self.need(table)
        if column not in self._relations[table].columns:
            near = did_you_mean(column, self._relations[table].columns)
            raise MissingColumn(
                f"The table {table} has no column {column!r}",
                fix=f"Did you mean {near!r}?" if near else None,
            )
        unit = next((c.unit for c in spec.columns if c.name == column), "")
        order = {key: self._labels(spec.column(key).references) for key in spec.keys}
        return as_cube(self.table(table), keys=spec.keys, column=column, order=order, unit=unit)

    def _labels(self, target: tuple[str, str] | None) -> list[str] | None:
        """Return the labels of a dimension in the order of its table."""
        if target is None or target[0] not in self._relations:
            return None
        return [str(label) for label in self.sql(f"SELECT {target[1]} FROM {target[0]}")[target[1]]]

    def with_(
        self,
        *,
        name: str,
        tables: Mapping[str, pd.DataFrame] | None = None,
        levers: Mapping[str, float] | pd.DataFrame | None = None,
    ) -> System:
        """Return a scenario: this system with some tables replaced or some levers set.

        Parameters
        ----------
        name : str
            Name of the scenario.
        tables : mapping of str to DataFrame, optional
            Tables that replace those of the same name, or are added.
        levers : mapping of str to float, or DataFrame, optional
            Lever settings: one value for all regions and years each, or rows of the table
            ``levers``. They replace the settings of the same levers.

        Raises
        ------
        InvalidSystem
            When a replaced table breaks the schema; every fault is listed.
        """
        import pandas as pd

        changed = dict(tables or {})
        if levers is not None:
            rows = (
                levers
                if isinstance(levers, pd.DataFrame)
                else pd.DataFrame({"lever": list(levers), "value": list(levers.values())})
            )
            kept = self.table("levers") if "levers" in self else pd.DataFrame()
            if "lever" in rows and not kept.empty:
                kept = kept[~kept["lever"].isin(rows["lever"])]
                rows = pd.concat([kept, rows], ignore_index=True)
            changed["levers"] = rows
        for table in changed:
            if table not in schema_tables():
                raise unknown_name("table", table, schema_tables())
        loaded, faults = _load(_from_frames(changed), self._engine)
        raise_errors(faults, f"The scenario {name!r}")
        return System(
            name=name,
            _engine=self._engine,
            _relations={**self._relations, **loaded},
            _faults=(*(f for f in self._faults if f.table not in changed), *faults),
            baseline=self.name,
        )

    def check(self) -> pd.DataFrame:
        """List every fault of the system at once.

        Returns
        -------
        DataFrame
            One row per fault: severity, table, row, column, value, count, check, problem, fix.
            Empty when there is none.
        """
        from echelon.system.checks import check_system
        from echelon.system.faults import as_frame

        return as_frame(check_system(self))

    def save(
        self, where: str | Path, *, format: Literal["parquet", "csv", "xlsx", "duckdb"] | None = None,
        overwrite: bool = False,
    ) -> Path:  # fmt: skip
        """Write the system to a folder, an Excel workbook or a DuckDB file that opens again.

        A folder gets a ``datapackage.json`` (Frictionless Table Schema) with the type, unit and
        description of every column. Everything is written beside its place and moved there whole.

        Parameters
        ----------
        where : path
            Folder, or a file that ends in ``.xlsx`` or ``.duckdb``.
        format : {"parquet", "csv", "xlsx", "duckdb"}, optional
            By default what the name ends in, else Parquet.
        overwrite : bool
            Whether an existing system may be replaced.

        Returns
        -------
        Path
            Where it was written.
        """
        from echelon.system.save import save_system

        return save_system(self, Path(where), format=format, overwrite=overwrite)

    def digest(self, table: str) -> str:
        """Return the SHA-256 of a table's content, whatever file it came from."""
        self.need(table)
        if table not in self._digests:
            query = f"SELECT * FROM {identifier(table)}"
            self._digests[table] = digest(self._engine.chunks(query, namespace=self._namespace))
        return self._digests[table]

    @cached_property
    def _digests(self) -> dict[str, str]:
        return {}

    def use(self, *tables: str) -> dict[str, TableUse]:
        """Describe tables for the :class:`~echelon.provenance.Note` of a result computed from them."""
        uses = {}
        for name in tables:
            self.need(name)
            columns = self._relations[name].columns
            rows = int(self.sql(f"SELECT count(*) AS n FROM {identifier(name)}")["n"].iloc[0])
            uses[name] = TableUse(
                rows=rows,
                digest=self.digest(name),
                evidence=self._counts(name, "evidence") if "evidence" in columns else {},
                sources=tuple(self._counts(name, "source")) if "source" in columns else (),
            )
        return uses

    def _counts(self, table: str, column: str) -> dict[str, int]:
        query = (
            f"SELECT {column}, count(*) AS n FROM {identifier(table)} "
            f"WHERE {column} IS NOT NULL GROUP BY ALL ORDER BY ALL"
        )
        found = self.sql(query)
        return {str(k): int(n) for k, n in zip(found[column], found["n"], strict=True)}


def read_folder_or_file(where: Path, *, name: str, encoding: str = "utf-8") -> System:
    """Read a system and keep its faults of form, whatever they are; :func:`echelon.open` refuses them."""
    engine = Engine()
    relations, faults = _load(find_tables(where, engine, encoding=encoding), engine)
    system = System(name=name, _engine=engine, _relations=relations, _faults=tuple(faults))
    if "regions" not in relations and not any(fault.table == "regions" for fault in faults):
        lost = Fault(
            "missing_table", "regions", "", "The one table that every system needs is missing",
            "Add a table regions with the columns region and name",
        )  # fmt: skip
        system = System(name=name, _engine=engine, _relations=relations, _faults=(lost, *faults))
    return system


def from_tables(name: str, tables: Mapping[str, pd.DataFrame]) -> System:
    """Make a system from pandas tables in memory.

    Raises
    ------
    InvalidSystem
        When a table breaks the schema; every fault is listed.
    """
    if "regions" not in tables:
        raise InvalidSystem(
            f"The system {name!r} has no table regions",
            fix="Give one with the columns region and name",
        )
    for table in tables:
        if table not in schema_tables():
            raise unknown_name("table", table, schema_tables())
    engine = Engine()
    relations, faults = _load(_from_frames(tables), engine)
    raise_errors(faults, f"The system {name!r}")
    return System(name=name, _engine=engine, _relations=relations, _faults=tuple(faults))


def _names(table: str) -> tuple[str, ...]:
    known = schema_tables()
    return known[table].names if table in known else ()


def _from_frames(frames: Mapping[str, pd.DataFrame]) -> list[RawTable]:
    for name, frame in frames.items():
        if len(frame.columns) == 0:
            raise InvalidArgument(f"The table {name} has no columns", fix="Give it its key columns")
    return [
        RawTable(
            name, tuple(map(str, frame.columns)), 'SELECT * FROM "raw"', Path(name),
            frame=frame.astype({c: "object" for c in frame if str(c) not in _names(name)}).where(
                frame.notna(), None
            ),
        )
        for name, frame in frames.items()
    ]  # fmt: skip


def _load(raw_tables: list[RawTable], engine: Engine) -> tuple[dict[str, Relation], list[Fault]]:
    relations: dict[str, Relation] = {}
    faults: list[Fault] = []
    for raw in raw_tables:
        relation, found = load_table(raw, engine)
        faults += found
        if relation is None:
            continue
        relations[raw.name] = relation
    return relations, faults
