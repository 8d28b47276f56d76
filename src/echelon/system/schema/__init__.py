"""The tables that a system may have: read from the CSV files in this folder, by code and by docs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from echelon.errors import MissingColumn
from echelon.registry import Registry

__all__ = ["Column", "ShareRule", "Table", "reference", "tables"]

ColumnType = Literal["string", "integer", "number", "boolean"]
Kind = Literal["dimension", "figures", "rules", "about", "records"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, unit and what its values must be."""

    name: str
    type: ColumnType
    unit: str
    key: bool
    required: bool
    default: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    references: tuple[str, str] | None
    description: str


@dataclass(frozen=True)
class ShareRule:
    """Shares in ``column`` sum to 1 within each group of ``by``, or to at most 1."""

    column: str
    by: tuple[str, ...]
    at_most: bool


@dataclass(frozen=True)
class Table:
    """One table of the schema."""

    name: str
    group: str
    kind: Kind
    description: str
    provided_by: str
    shares: ShareRule | None
    gaps: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """Columns that together identify a row."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return one column by name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise MissingColumn(
            f"The table {self.name} has no column {name!r}",
            fix="Its columns are: " + ", ".join(self.names),
        )


@cache
def tables() -> Mapping[str, Table]:
    """Return every table of the schema by name, in the order of the data model."""
    with (_FOLDER / "_tables.csv").open(encoding="utf-8", newline="") as file:
        return Registry("table", {row["table"]: _table(row) for row in csv.DictReader(file)})


def _table(row: Mapping[str, str]) -> Table:
    with (_FOLDER / f"{row['table']}.csv").open(encoding="utf-8", newline="") as file:
        columns = tuple(_column(line) for line in csv.DictReader(file))
    return Table(
        name=row["table"],
        group=row["group"],
        kind=cast("Kind", row["kind"]),
        description=row["description"],
        provided_by=row["provided_by"],
        shares=_share_rule(row["shares"]),
        gaps=tuple(row["gaps"].split(",")) if row["gaps"] else (),
        columns=columns,
    )


def _column(line: Mapping[str, str]) -> Column:
    target = tuple(line["references"].split("."))
    return Column(
        name=line["column"],
        type=cast("ColumnType", line["type"]),
        unit=line["unit"],
        key=line["key"] == "yes",
        required=line["required"] == "yes",
        default=line["default"],
        minimum=float(line["minimum"]) if line["minimum"] else None,
        maximum=float(line["maximum"]) if line["maximum"] else None,
        choices=tuple(line["choices"].split("|")) if line["choices"] else (),
        references=(target[0], target[1]) if len(target) == 2 else None,
        description=line["description"],
    )


def _share_rule(text: str) -> ShareRule | None:
    if not text:
        return None
    column, _, rest = text.partition(" by ")
    by, _, bound = rest.partition(" at most ")
    return ShareRule(column=column, by=tuple(by.split(",")), at_most=bool(bound))


def reference() -> Iterator[str]:
    """Yield the schema reference as lines of Markdown: what ``docs/schema.md`` is made of."""
    group = ""
    for table in tables().values():
        if table.group != group:
            group = table.group
            yield from (f"## {group.capitalize()}", "")
        yield from (f"### {table.name}", "", f"{table.description} From: {table.provided_by}.", "")
        yield "| column | type | unit | key | required | values | description |"
        yield "| --- | --- | --- | --- | --- | --- | --- |"
        for column in table.columns:
            yield (
                f"| {column.name} | {column.type} | {column.unit} | {'yes' if column.key else ''} "
                f"| {'yes' if column.required else ''} | {_values(column)} | {column.description} |"
            )
        yield ""


def _values(column: Column) -> str:
    """Say which values a column takes."""
    if column.references:
        return f"a {column.references[1]} of {column.references[0]}"
    if column.choices:
        return ", ".join(column.choices)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else ""
