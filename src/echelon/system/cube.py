"""Labelled arrays from long tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from echelon.errors import InvalidArgument, InvalidSystem

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["as_cube"]

_MOST_CELLS = 250_000_000


def as_cube(
    frame: pd.DataFrame,
    *,
    keys: Sequence[str],
    column: str,
    order: Mapping[str, Sequence[str] | None],
    unit: str = "",
) -> xr.DataArray:
    """Return one column of a long table as an array over its keys; absent cells are NaN.

    Parameters
    ----------
    frame : DataFrame
        The long table.
    keys : sequence of str
        Its key columns, the dimensions of the array.
    column : str
        A numeric column.
    order : mapping
        For each key the labels in their order, or None to sort them.
    unit : str
        Unit of the column, kept in ``attrs``.
    """
    import pandas as pd
    import xarray as xr

    if not pd.api.types.is_numeric_dtype(frame[column]):
        raise InvalidArgument(
            f"The column {column!r} holds texts, not figures", fix="Choose a numeric column"
        )
    dims = [key for key in keys if key in frame and not frame[key].isna().all()]
    positions, labels = [], []
    for key in dims:
        values = frame[key].astype("object").where(frame[key].notna(), "all")
        ordered = _ordered(values, order.get(key))
        positions.append(pd.Index(ordered).get_indexer(pd.Index(values)))
        labels.append(ordered)
    shape = tuple(len(label) for label in labels)
    cells = int(np.prod(shape, dtype="int64"))
    if cells > _MOST_CELLS:
        raise InvalidArgument(
            f"The array over {' x '.join(dims)} would have {cells:,} cells ({cells * 8 / 2**30:.1f} GB)",
            fix="Select rows first, with System.sql",
        )
    flat = (
        np.ravel_multi_index(tuple(positions), shape) if dims else np.zeros(len(frame), dtype=int)
    )
    if len(np.unique(flat)) < len(flat):
        twice = frame[pd.Series(flat).duplicated(keep=False).to_numpy()][dims].iloc[0].to_dict()
        raise InvalidSystem(
            f"Two rows have the same key {twice}",
            where=f"column {column}",
            fix="Keep one row per key",
        )
    array = np.full(shape, np.nan)
    array.reshape(-1)[flat] = frame[column].to_numpy(dtype="float64", na_value=np.nan)
    return xr.DataArray(
        array,
        dims=dims,
        coords=dict(zip(dims, labels, strict=True)),
        name=column,
        attrs={"unit": unit, "sources": _sources(frame)},
    )


def _sources(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the publications that the rows name."""
    if "source" not in frame:
        return ()
    return tuple(
        sorted({p for text in frame["source"].dropna().unique() for p in text.split(", ")})
    )


def _ordered(values: pd.Series, order: Sequence[str] | None) -> list[object]:
    """Return the labels that occur, in the given order, others sorted after them."""
    present = set(values)
    known = [label for label in order or () if label in present]
    others = present.difference(known)
    return [*known, *sorted(others, key=lambda label: (label == "all", label))]
