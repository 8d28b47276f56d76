"""Scenarios from a TOML file that a planner can read: levers set, figures changed, tables replaced."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon.errors import InvalidArgument, UnreadableInput
from echelon.registry import unknown_name
from echelon.system.schema import tables as schema_tables

if TYPE_CHECKING:
    import pandas as pd

    from echelon.system.system import System

__all__ = ["read_scenario"]

_CHANGES = ("set", "multiply", "add")
_PARTS = ("table", "column", "where", *_CHANGES)


def read_scenario(path: str | Path, system: System) -> System:
    """Return the scenario of ``system`` that a TOML file describes.

    The file has a ``name``, any number of ``[[lever]]`` (rows of the table ``levers``) and of
    ``[[change]]``: a ``table``, a ``column``, an optional ``where`` (column = value) and one of
    ``set``, ``multiply`` or ``add``.

    Examples
    --------
    ::

        name = "more engineers"

        [[lever]]
        lever = "train"
        region = "US-OH"
        value = 500

        [[change]]
        table = "demand"
        column = "posts"
        where = { region = "US-OH" }
        multiply = 1.1

    Raises
    ------
    UnreadableInput
        When the file is absent or not TOML.
    InvalidArgument, UnknownName, MissingTable
        When it names something that is not there.
    """
    text = Path(path)
    try:
        plan = tomllib.loads(text.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableInput(
            f"The scenario cannot be read: {error}", where=text.name, fix="See docs/scenarios.md"
        ) from error
    for word in plan:
        if word not in ("name", "lever", "change"):
            raise unknown_name("part of a scenario", word, ("name", "lever", "change"))
    tables: dict[str, pd.DataFrame] = {}
    for change in _rows(plan, "change"):
        name = str(change.get("table", ""))
        if name not in schema_tables():
            raise unknown_name("table", name, schema_tables())
        frame = tables[name] if name in tables else system.table(name)
        tables[name] = _changed(frame, change)
    return system.with_(
        name=str(plan.get("name", text.stem)), tables=tables, levers=_levers(_rows(plan, "lever"))
    )


def _rows(plan: Mapping[str, Any], part: str) -> list[Mapping[str, Any]]:
    """Return the repeated part of a plan."""
    rows = plan.get(part, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidArgument(f"{part} is not a list of settings", fix=f"Write [[{part}]]")
    return rows


def _levers(rows: list[Mapping[str, Any]]) -> pd.DataFrame | None:
    import pandas as pd

    return pd.DataFrame(rows) if rows else None


def _changed(frame: pd.DataFrame, change: Mapping[str, Any]) -> pd.DataFrame:
    """Return a copy of a table with one change carried out."""
    table = str(change["table"])
    for key in change:
        if key not in _PARTS:
            raise unknown_name("part of a change", key, _PARTS)
    words = [word for word in _CHANGES if word in change]
    if len(words) != 1:
        raise InvalidArgument(
            "A change needs exactly one of set, multiply and add", where=f"table {table}"
        )
    word, column = words[0], str(change.get("column", ""))
    if column not in frame:
        raise unknown_name(f"column of {table}", column, frame.columns)
    amount = change[word]
    figures = schema_tables()[table].column(column).type in ("number", "integer")
    if isinstance(amount, int | float) != figures or (not figures and word != "set"):
        raise InvalidArgument(
            f"The change cannot {word} {amount!r}",
            where=f"table {table}, column {column}",
            fix="Give a number for a column of figures, or set a text",
        )
    chosen = _chosen(frame, table, change.get("where", {}))
    chosen &= frame[column].notna() | (word == "set")
    if not chosen.any():
        raise InvalidArgument(
            "A change touches no row",
            where=f"table {table}, column {column}",
            fix="Widen its where",
        )
    changed = frame.copy()
    if word == "set":
        changed.loc[chosen, column] = amount
    elif word == "multiply":
        changed.loc[chosen, column] *= amount
    else:
        changed.loc[chosen, column] += amount
    if "evidence" in changed:
        changed.loc[chosen, "evidence"] = "assumed"
    return changed


def _chosen(frame: pd.DataFrame, table: str, where: object) -> pd.Series[bool]:
    """Return which rows meet every condition."""
    import pandas as pd

    if not isinstance(where, dict):
        raise InvalidArgument(
            "where is not a list of conditions", where=f"table {table}",
            fix='Write where = { column = "value" }',
        )  # fmt: skip
    chosen: pd.Series[bool] = pd.Series(True, index=frame.index)
    for name, value in where.items():
        key = str(name)
        if key not in frame:
            raise unknown_name(f"column of {table}", key, frame.columns)
        values = value if isinstance(value, list) else [value]
        unknown = [item for item in values if item not in set(frame[key])]
        if unknown:
            known = frame[key].dropna().astype(str).unique()
            raise unknown_name(f"{key} in {table}", str(unknown[0]), known)
        chosen &= frame[key].isin(values)
    return chosen
