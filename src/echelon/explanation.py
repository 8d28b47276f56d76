"""What every verb writes beside its figures: the note of how, and the tree of inputs behind each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.provenance import Note

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["note_of", "trace_rows", "trace_table"]

Column = float | str | Sequence[float] | Sequence[str] | NDArray[Any] | pd.Series

_COLUMNS = ["region", "year", "item", "parent", "label", "value", "unit", "weight", "detail"]


def note_of(
    system: System, *tables: str, method: str, parameters: Mapping[str, object],
    steps: Sequence[str] = (), caveats: Sequence[str] = (), papers: Sequence[str] = (),
    seed: int | None = None,
) -> Note:  # fmt: skip
    """Return the note of a result: its inputs with their fingerprints, and how it was made.

    Parameters
    ----------
    system : System
    *tables : str
        The tables that the result was computed from; one that the system lacks is left out.
    method : str
        One sentence a policy reader understands.
    parameters : mapping
        Every argument of the call, defaults included.
    steps, caveats, papers : sequence of str
        What was done to the figures in order, what a reader must know, references.
    seed : int, optional

    Returns
    -------
    Note
        With the share of the inputs' rows that rest on assumptions.
    """
    uses = system.use(*dict.fromkeys(table for table in tables if table in system))
    counts = [use.evidence for use in uses.values() if use.evidence]
    rows = sum(sum(evidence.values()) for evidence in counts)
    assumed = sum(evidence.get("assumed", 0) for evidence in counts)
    return Note(
        method=method,
        parameters=parameters,
        tables=uses,
        steps=tuple(steps),
        caveats=tuple(caveats),
        papers=tuple(papers),
        seed=seed,
        assumed_share=assumed / rows if rows else None,
    )


def trace_rows(
    cells: pd.DataFrame, *, item: str, label: str | Sequence[str], value: Column, unit: Column = "",
    parent: str | None = None, weight: Column = np.nan, detail: Column = "",
) -> pd.DataFrame:  # fmt: skip
    """Return one item of the tree behind a number, for every region and year of a table.

    Parameters
    ----------
    cells : DataFrame
        With the columns region and year, one row per cell.
    item : str
        Code of the item, unique within the tree.
    label : str or one per row
        Its printed name.
    value, unit, weight, detail : scalar or one value per row of ``cells``
        The figure, its unit, its weight in the parent (NaN for none), and where it comes from:
        evidence, formula, source.
    parent : str, optional
        Item that it is a part of; the top of the tree has none.

    Returns
    -------
    DataFrame
    """
    return cells[["region", "year"]].assign(
        item=item, parent=parent, label=label, value=value, unit=unit, weight=weight, detail=detail
    )


def trace_table(*rows: pd.DataFrame) -> pd.DataFrame:
    """Return the table ``trace`` of a result from the items of :func:`trace_rows`, parents first.

    Returns
    -------
    DataFrame
        Columns region, year, item, parent, label, value, unit, weight, detail.
    """
    parts = [part.dropna(axis="columns", how="all") for part in rows if len(part)]
    trace = pd.concat(parts, ignore_index=True).reindex(columns=_COLUMNS)
    texts = ["region", "item", "label", "unit", "detail"]
    trace[["unit", "detail"]] = trace[["unit", "detail"]].fillna("")
    trace[["value", "weight"]] = trace[["value", "weight"]].astype(float)
    trace["year"] = trace["year"].astype(int)
    return trace.astype({**dict.fromkeys(texts, "str"), "parent": "str"})
