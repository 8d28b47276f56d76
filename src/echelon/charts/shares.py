"""The form that diagnoses share: regions by a figure with its band, the rank and its band beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, ranked, tips
from echelon.charts.rows import (
    last_year,
    named,
    rank_text,
    shortened,
    source_line,
    unknown_note,
)
from echelon.charts.theme import dress

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["PLAIN", "figure_ranking", "span"]


# Plain figures up to four significant digits, never with exponents.
PLAIN = ",.4~r"


def span(frame: pd.DataFrame, *columns: str, zero: bool = False) -> tuple[float, float]:
    """Return the range of several columns with a little room at both ends.

    Parameters
    ----------
    frame : DataFrame
    *columns : str
    zero : bool
        Whether the range begins at 0 or below.

    Returns
    -------
    tuple of two floats
    """
    values = frame[list(columns)].to_numpy(float)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    low = min(low, 0.0) if zero else low
    room = 0.04 * (high - low or abs(high) or 1.0)
    return (max(0.0, low - room) if low >= 0 else low - room), high + room


def figure_ranking(
    result: Result, system: System, *, column: str, axis: str, title: str, notes: list[str],
    more: tuple[Field, ...] = (), scale: float = 1.0,
) -> alt.LayerChart:  # fmt: skip
    """Draw a dot per region with its band, the largest figure first, and the rank at the right.

    Parameters
    ----------
    result : Result
        Its main table has the column, its ends (``_low``, ``_high``) and ranks.
    system : System
    column, axis, title : str
        The figure, its name with the unit, and the heading.
    notes : list of str
        How to read it; the year comes first, the source last.
    more : tuple of Field
        Further figures of the tooltip.
    scale : float
        By which the figure is divided.

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(result.table(), result.labels), column)
    ends = [column, f"{column}_low", f"{column}_high"]
    frame = frame.assign(**{name: frame[name] / scale for name in ends})
    kept, said = shortened(frame, column)
    drawn = [*ends, "region", "name", "year", "rank", "rank_low", "rank_high"]
    kept = kept[[*drawn, *(f.column for f in more)]].assign(beside=rank_text(kept))
    field = Field(column, axis, PLAIN, span(kept, *ends))
    chart = ranked(
        kept, field, low=ends[1], high=ends[2], beside=("beside", "Rank (5–95 %)"),
        tooltip=tips(
            Field(column, axis, ",.4~g"), Field(ends[1], "5 % end", ",.4~g"),
            Field(ends[2], "95 % end", ",.4~g"), *RANK_FIELDS, *more, year=1,
        ),
    )  # fmt: skip
    lines = [f"{year}. {notes[0]}", *notes[1:], *said, *unknown_note(frame, column)]
    return dress(chart, title, [*lines, source_line(result, system)])
