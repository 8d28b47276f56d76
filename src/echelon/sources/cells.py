"""Turn published cells, read as text, into numbers, whole numbers and clean texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from echelon.errors import UnreadableInput

__all__ = ["as_declared", "cast", "code", "number", "text", "whole_number"]

DASHES = ("—", "–")
GROUPED_THOUSANDS = r"[-−$]*\d{1,3}(?:,\d{3})+(?:\.\d*)?"


def number(
    cells: pd.Series[str],
    *,
    file: Path | str,
    column: str | None = None,
    marks: Mapping[str, float] | None = None,
) -> pd.Series[float]:
    """Turn published cells into numbers; what is neither a number nor a known mark is a fault.

    Thousands commas, dollar signs and a typographic minus are understood. Empty cells and long
    dashes mean that the publisher gives no figure: NaN.

    Parameters
    ----------
    cells : Series of str
        Indexed by row number, as the readers here return it.
    file : Path or str
        Named in a fault.
    column : str, optional
        Named in a fault; the name of the series when not given.
    marks : mapping of str to float, optional
        The publisher's marks and what each stands for, for example ``{"**": nan}``.

    Raises
    ------
    UnreadableInput
        A cell is neither a number nor a mark; the message names its row and value.
    """
    known = {"": np.nan, **dict.fromkeys(DASHES, np.nan), **(marks or {})}
    stripped = cells.fillna("").str.strip()
    is_mark = stripped.isin(list(known))
    plain = stripped.str.replace("[,$]", "", regex=True).str.replace("−", "-")
    figures = pd.to_numeric(plain.mask(is_mark), errors="coerce").astype("float64")
    misplaced_comma = stripped.str.contains(",") & ~stripped.str.fullmatch(GROUPED_THOUSANDS)
    faults = stripped[(misplaced_comma | ~np.isfinite(figures)) & ~is_mark]
    if len(faults):
        published = sorted(repr(mark) for mark in marks or ())
        listed = f" nor one of its marks ({', '.join(published)})" if published else ""
        raise UnreadableInput(
            f"{faults.iloc[0]!r} is not a number{listed}",
            where=f"{Path(file).name}, row {faults.index[0]}, column {column or cells.name}",
            fix="Correct the cell, or check that this is the release of the file that was meant",
        )
    figures[is_mark] = stripped[is_mark].map(known).astype("float64")
    return figures


def whole_number(
    cells: pd.Series[str],
    *,
    file: Path | str,
    column: str | None = None,
    marks: Mapping[str, float] | None = None,
) -> pd.Series[int]:
    """Turn published cells into whole numbers (Int64, NA where unknown); see :func:`number`."""
    figures = number(cells, file=file, column=column, marks=marks)
    parts = figures[figures.notna() & (figures % 1 != 0)]
    if len(parts):
        raise UnreadableInput(
            f"{parts.iloc[0]:g} is not a whole number",
            where=f"{Path(file).name}, row {parts.index[0]}, column {column or cells.name}",
            fix="Correct the cell, or check that this is the release of the file that was meant",
        )
    return figures.astype("Int64")


def text(cells: pd.Series[str], *, missing: Iterable[str] = ()) -> pd.Series[str]:
    """Trim published texts; empty cells and the publisher's marks for a missing text become NaN."""
    stripped = cells.str.strip()
    return stripped.mask(stripped.isin(["", *missing])).astype("str")


def code(cells: pd.Series[str], *, pattern: str, file: Path | str) -> pd.Series[str]:
    """Trim published codes and require that each has the form of its classification.

    Parameters
    ----------
    pattern : str
        Regular expression of the whole code, for example ``[0-9]{2}-[0-9]{4}`` for SOC codes.

    Raises
    ------
    UnreadableInput
        A code has another form; the message names its row and value.
    """
    codes = cells.str.strip()
    faults = codes[~codes.str.fullmatch(pattern).astype(bool)]
    if len(faults):
        raise UnreadableInput(
            f"{faults.iloc[0]!r} is not a code of the classification",
            where=f"{Path(file).name}, row {faults.index[0]}, column {cells.name}",
            fix="Correct the cell; spreadsheets drop the leading zeros of codes kept as numbers",
        )
    return codes


def cast(
    frame: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    file: Path | str,
    missing: Iterable[str] = (),
) -> pd.DataFrame:
    """Turn a table of published cells into the declared columns and types.

    Parameters
    ----------
    frame : DataFrame of str
        Published cells under the names used here; a ``bool`` column holds truth values already.
    columns : mapping of str to str
        Column -> ``str``, ``Int64``, ``float64`` or ``bool``.
    file : Path or str
        Named in a fault.
    missing : iterable of str
        The publisher's marks for a cell without a figure or text.

    Raises
    ------
    UnreadableInput
        A cell of a numeric column is neither a number nor a mark.
    """
    absent = tuple(missing)
    marks = dict.fromkeys(absent, np.nan)
    done: dict[str, pd.Series] = {}
    for name, dtype in columns.items():
        if dtype == "str":
            done[name] = text(frame[name], missing=absent)
        elif dtype == "Int64":
            done[name] = whole_number(frame[name], file=file, marks=marks)
        elif dtype == "float64":
            done[name] = number(frame[name], file=file, marks=marks)
        else:
            done[name] = frame[name]
    return as_declared(pd.DataFrame(done), columns)


def as_declared(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the declared columns in their order and types, with rows numbered from 0."""
    declared = frame[list(columns)].astype(dict(columns))
    return declared.reset_index(drop=True).rename_axis(columns=None)
