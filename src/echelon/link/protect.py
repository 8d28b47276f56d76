"""A table of people that can be published: no cell, and no difference of cells, tells of anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, MissingColumn
from echelon.explanation import note_of
from echelon.link.margins import Axis, Published, axis_of, with_margins
from echelon.methods.disclosure import round_at_random, suppress, unsafe_cells
from echelon.result import Result
from echelon.system.labels import labels
from echelon.system.schema import tables as schema_tables

if TYPE_CHECKING:
    from echelon.provenance import Note
    from echelon.system.system import System

__all__ = ["Protection", "protect"]

Array = NDArray[np.float64]
Protection = Literal["suppress", "round"]
_COUNTS = ("headcount", "people")
_PAPERS = (
    "Fischetti, M., & Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with "
    "linear constraints. Management Science 47(7), 1008-1027.",
    "Hundepool, A., et al. (2012). Statistical Disclosure Control. Wiley.",
)


def protect(
    system: System, *, table: str = "workers", method: Protection = "suppress",
    threshold: int = 10, base: int = 5, deadline: float = 60.0, secret: int | None = None,
    tell: Callable[[str], None] | None = None,
) -> Result:  # fmt: skip
    """Make a table of people safe to publish, together with all its totals.

    A cell of 1 to ``threshold - 1`` people is unsafe. ``suppress`` leaves it out, and with it as few
    other cells as needed so that nobody can work it out from totals: for each unsafe cell, an attacker
    who solves for the least and the most it can be finds an interval at least as wide as the
    threshold. Totals over every dimension, and over the wider codes of its table, count as published.
    ``round`` rounds every cell and every total to a multiple of ``base`` at random, right on average.

    Parameters
    ----------
    system : System
        With the table; its figures known.
    table : str
        A table whose ``headcount`` or ``people`` counts people.
    method : {"suppress", "round"}
    threshold : int
        People.
    base : int
        Of rounding.
    deadline : float
        Seconds for each year, after which what is left out still protects but may not be least.
    secret : int, optional
        Seed of rounding, needed for it: who knows it can undo the rounding, so it is in no note.
    tell : callable, optional
        Told each year as it begins.

    Returns
    -------
    Result
        ``summary`` (year, cells, left_out, share: per cent of people in rows left out, read from what
        is published, gap: by which share the loss can at most be lowered, protected: whether every
        unsafe cell is as doubtful as asked for), ``protected`` (the rows of the table, figures empty
        where left out) and ``totals``. Which of the cells left out are unsafe, what an attacker finds,
        and the fingerprint of the table that went in would each narrow a cell down: they are nowhere.

    Raises
    ------
    MissingTable, MissingColumn, InvalidArgument, InsufficientData

    References
    ----------
    Fischetti, M., & Salazar, J. J. (2001). Management Science 47(7), 1008-1027.
    """
    if method not in ("suppress", "round") or threshold < 2 or base < 2:
        raise InvalidArgument(
            f"method = {method!r}, threshold = {threshold}, base = {base}",
            fix="Use suppress or round, a threshold and a base of 2 or more",
        )
    if method == "round" and secret is None:
        raise InvalidArgument(
            "Rounding needs a secret", fix="Give secret=, a large number that nobody can guess"
        )
    system.need(table)
    cells = system.table(table)
    count = next((name for name in _COUNTS if name in cells.columns), None)
    if count is None or "year" not in cells.columns:
        raise MissingColumn(
            f"The table {table} counts no people by year", fix=f"It needs year and {_COUNTS[0]}"
        )
    _assert_known(cells, table, count)
    columns = _dimensions(cells, table)
    axes = tuple(
        axis_of(system, name, _codes(cells[name]), references=references)
        for name, references in columns.items()
    )
    years = []
    for year in sorted(int(one) for one in cells["year"].unique()):
        rows = cells[cells["year"] == year]
        if tell is not None:
            tell(f"{table} {year}: {np.prod([len(axis.codes) for axis in axes]):,} cells")
        published = with_margins(axes, _inner(axes, rows, count))
        made = (
            _suppressed(published, threshold, deadline)
            if method == "suppress"
            else _rounded(published, base, (secret or 0) + year)
        )
        years.append(made.assign(year=year))
    found = pd.concat(years, ignore_index=True)
    return _result(system, (table, count, cells), found, {
        "table": table, "method": method, "threshold": threshold, "base": base, "deadline": deadline,
    })  # fmt: skip


def _assert_known(cells: pd.DataFrame, table: str, count: str) -> None:
    """Raise where a figure is unknown or stands for less than nobody."""
    wrong = cells[~(cells[count] >= 0)]
    if len(wrong):
        raise InsufficientData(
            f"{len(wrong)} rows of {table} have no {count}, the first is row {wrong.index[0] + 1}",
            fix="Protect a table whose figures are known: totals of unknown figures are unknown",
        )


def _dimensions(cells: pd.DataFrame, table: str) -> dict[str, str | None]:
    """Return the key columns in use, year apart, and the table that each refers to."""
    spec, found = schema_tables()[table], {}
    for key in spec.keys:
        if key == "year" or cells[key].isna().all():
            continue
        empty = cells[cells[key].isna()]
        if len(empty):
            raise InvalidArgument(
                f"The table {table} mixes totals and parts: {key} is empty in row "
                f"{empty.index[0] + 1} and not in others",
                fix="Keep either the rows with it or those without",
            )
        references = spec.column(key).references
        found[key] = None if references is None else references[0]
    return found


def _codes(column: pd.Series) -> list[str]:
    return list(dict.fromkeys(_codes_of(column)))


def _codes_of(column: pd.Series) -> list[str]:
    return [str(code) for code in column]


def _inner(axes: tuple[Axis, ...], rows: pd.DataFrame, count: str) -> Array:
    """Return the people of each cell; a cell without a row has none."""
    inner = np.zeros([axis.parts for axis in axes])
    places = tuple(
        pd.Index(axis.codes[: axis.parts]).get_indexer(pd.Index(_codes_of(rows[axis.name])))
        for axis in axes
    )
    np.add.at(inner, places, rows[count].to_numpy(float))
    return inner


def _suppressed(published: Published, threshold: int, deadline: float) -> pd.DataFrame:
    """Return every cell with its figure where it is published."""
    value = published.value
    unsafe = unsafe_cells(value, np.ceil(value), threshold=threshold)
    width = np.where(unsafe.any, float(threshold), 0.0)
    found = suppress(value, published.relations, unsafe.any, protection=width, deadline=deadline)
    wide = found.high - found.low >= width * (1 - 1e-6)
    return published.frame().assign(
        value=np.where(found.hidden, np.nan, value), gap=found.gap,
        protected=bool(wide[unsafe.any].all()),
    )  # fmt: skip


def _rounded(published: Published, base: int, secret: int) -> pd.DataFrame:
    """Return every cell, rounded."""
    value = round_at_random(published.value, base=base, seed=secret)
    return published.frame().assign(value=value, gap=0.0, protected=True)


def _result(
    system: System, source: tuple[str, str, pd.DataFrame], found: pd.DataFrame,
    parameters: dict[str, object],
) -> Result:  # fmt: skip
    """Return the tables that may leave, and the note."""
    table, count, cells = source
    method = parameters["method"]
    dims = list(found.columns[: list(found.columns).index("inner")])
    keys = [*dims, "year"]
    figures = [
        column.name for column in schema_tables()[table].columns
        if column.type in ("number", "integer") and column.name in cells and column.name != "year"
    ]  # fmt: skip
    safe = cells.drop(columns=count).merge(
        found.loc[found["inner"], [*keys, "value"]].rename(columns={"value": count}), on=keys
    )[cells.columns]
    safe.loc[safe[count].isna(), figures] = np.nan
    if method == "round":
        # What is not a count of people is not rounded, and would tell the true figure's cell apart.
        safe[[name for name in figures if name != count]] = np.nan
    others = sorted(
        name for name in system.tables
        if name != table and any(c in system.table(name).columns for c in _COUNTS)
    )  # fmt: skip
    records = [name for name in system.tables if schema_tables()[name].kind == "records"]
    frames = {
        "summary": _summary(found),
        "protected": safe,
        "totals": found.loc[~found["inner"], [*keys, "value"]].rename(columns={"value": count}),
    }
    return Result(
        name="link.protect", system=system.name, frames=frames,
        note=_unmarked(
            system, table, papers=_PAPERS, parameters=parameters,
            method="Cells of few people left out, and as few others as keep them from being worked "
            "out." if method == "suppress" else "Cells and totals rounded at random.",
            steps=[
                "Totals over every dimension and over the wider codes of its table are taken as "
                "published.",
                "Every figure of a row that is left out is empty, not only the count.",
            ],
            caveats=[
                *([f"Not protected here, and not to be published beside it: {', '.join(others)}."]
                  if others else []),
                *([f"Records of single people or posts stay in the secure zone: {', '.join(records)}."]
                  if records else []),
                "Years are protected one by one: who knows that a cell hardly changes can compare years.",
            ],
        ),
        units={count: "people", "share": "per cent of people"},
        labels=labels(system, *[n for n in ("regions", "occupations") if n in system]),
    )  # fmt: skip


def _unmarked(
    system: System, table: str, *, method: str, parameters: dict[str, object], steps: list[str],
    caveats: list[str], papers: tuple[str, ...],
) -> Note:  # fmt: skip
    """Return a note without fingerprints: whoever tries all values of a cell would find the true one."""
    note = note_of(
        system, table, method=method, parameters=parameters, steps=steps, caveats=caveats,
        papers=papers,
    )  # fmt: skip
    uses = {name: replace(use, digest="") for name, use in note.tables.items()}
    return replace(note, tables=uses)


def _summary(found: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of each year, computed from what is published alone."""
    rows = []
    for year in sorted(int(one) for one in found["year"].unique()):
        part = found[found["year"] == year]
        shown, whole = part.loc[part["inner"], "value"].sum(), part["value"].iloc[-1]
        rows.append(
            {
                "year": year,
                "cells": len(part),
                "left_out": int(part["value"].isna().sum()),
                "share": 100.0 * max(1.0 - shown / whole, 0.0) if whole > 0 else np.nan,
                "gap": part["gap"].iloc[0],
                "protected": bool(part["protected"].iloc[0]),
            }
        )
    return pd.DataFrame(rows)
