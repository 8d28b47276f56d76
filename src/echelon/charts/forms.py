"""Forms that charts share: ranked dots with a band, dots of several parts, cells, lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import altair as alt
import pandas as pd

from echelon.charts.rows import inline, spread
from echelon.charts.theme import ACCENT, CATEGORIES, SHAPES, row_step, stack

__all__ = ["RANK_FIELDS", "Field", "cells", "lines", "parts", "ranked", "tips"]

_PLOT = 440
_NAME_LIMIT = 170
# Falling, so that dots on one place all show.
_SIZES = (95, 58, 36, 30, 26, 22, 18)


@dataclass(frozen=True)
class Field:
    """A column of figures: what it is called in the chart, how it prints and over which range.

    Parameters
    ----------
    column, title : str
        The column, and its name with the unit.
    format : str
        A d3 number format, for example ``".2f"``.
    domain : tuple of two floats, optional
        Ends of the axis.
    ticks : tuple of floats
        Where the axis has lines; chosen by the chart when empty.
    """

    column: str
    title: str
    format: str = ".2f"
    domain: tuple[float, float] | None = None
    ticks: tuple[float, ...] = ()

    def scale(self) -> alt.Scale:
        """Return the scale of an axis over the field's range."""
        if self.domain is None:
            return alt.Scale(zero=False, nice=True)
        return alt.Scale(domain=list(self.domain), nice=False)

    def axis(self) -> alt.Axis:
        """Return the axis with the field's name and ticks."""
        values = list(self.ticks) if self.ticks else alt.Undefined
        return alt.Axis(title=self.title, format=self.format, values=values)


RANK_FIELDS = (
    Field("rank", "Rank", "~g"),
    Field("rank_low", "Rank, 5 % end", ".0f"),
    Field("rank_high", "Rank, 95 % end", ".0f"),
)


def tips(*fields: Field, year: int | None = None, words: Mapping[str, str] | None = None) -> list[
    alt.Tooltip
]:  # fmt: skip
    """Return the lines of a tooltip: the region, the figures, then columns of words.

    Parameters
    ----------
    fields : Field
        Figures.
    year : int, optional
        Adds the column ``year`` when given.
    words : mapping of str to str, optional
        Columns of text and their titles.
    """
    found = [alt.Tooltip("name:N", title="Region")]
    if year is not None:
        found.append(alt.Tooltip("year:Q", title="Year", format="d"))
    found += [alt.Tooltip(f"{f.column}:Q", title=f.title, format=f.format) for f in fields]
    found += [alt.Tooltip(f"{name}:N", title=title) for name, title in (words or {}).items()]
    return found


def _names(order: Sequence[str]) -> alt.Y:
    axis = alt.Axis(title=None, labelLimit=_NAME_LIMIT, grid=False)
    return alt.Y("name:N", sort=list(order), axis=axis, scale=alt.Scale(padding=0))


def ranked(
    frame: pd.DataFrame, field: Field, *, low: str, high: str, beside: tuple[str, str],
    tooltip: list[alt.Tooltip],
) -> alt.LayerChart:  # fmt: skip
    """Draw a dot per region in the order given, the band of the figure as a bar behind it.

    Parameters
    ----------
    frame : DataFrame
        One row per region, first at the top, with ``name``.
    field : Field
        The figure of the dot.
    low, high : str
        Columns of the ends of the band.
    beside : tuple of two str
        A column of text for the right edge and its heading.
    tooltip : list of Tooltip

    Returns
    -------
    LayerChart
    """
    height = len(frame) * row_step(len(frame))
    base = alt.Chart(inline(frame)).encode(y=_names(frame["name"].tolist()))
    bands = base.mark_rule(style="band").encode(
        x=alt.X(f"{low}:Q", scale=field.scale(), axis=field.axis()), x2=f"{high}:Q", tooltip=tooltip
    )
    dots = base.mark_point(filled=True, size=62, opacity=1, color=ACCENT).encode(
        x=alt.X(f"{field.column}:Q"), tooltip=tooltip
    )
    text = base.mark_text(align="left", baseline="middle", aria=False).encode(
        x=alt.value(_PLOT + 14), text=f"{beside[0]}:N", tooltip=tooltip
    )
    heading = (
        alt.Chart(alt.InlineData(values=[{}]))
        .mark_text(align="left", baseline="bottom", style="header")
        .encode(x=alt.value(_PLOT + 14), y=alt.value(-4), text=alt.value(beside[1]))
    )
    return stack(bands, dots, text, heading).properties(width=_PLOT, height=height)


def parts(
    frame: pd.DataFrame, field: Field, *, order: Sequence[str], names: Sequence[str],
    tooltip: list[alt.Tooltip],
) -> alt.LayerChart:  # fmt: skip
    """Draw several dots per region, one per part, with a ring around the marked ones.

    Parameters
    ----------
    frame : DataFrame
        One row per region and part: ``name``, ``part``, the figure, ``marked``.
    field : Field
    order : sequence of str
        Names of regions from the top.
    names : sequence of str
        The parts in the order of the legend.
    tooltip : list of Tooltip

    Returns
    -------
    LayerChart
    """
    x = alt.X(f"{field.column}:Q", scale=field.scale(), axis=field.axis())
    base = alt.Chart(inline(frame)).encode(y=_names(order), x=x)
    ends = frame.groupby("name")[field.column].agg(["min", "max"]).reset_index()
    span = (
        alt.Chart(inline(ends))
        .mark_rule(style="span")
        .encode(y=_names(order), x=alt.X("min:Q"), x2="max:Q")
    )
    legend = alt.Legend(title=None, orient="top", direction="horizontal", symbolSize=80)
    dots = base.mark_point(filled=True, opacity=1).encode(
        color=alt.Color(
            "part:N", scale=alt.Scale(domain=list(names), range=list(CATEGORIES[: len(names)])),
            legend=legend,
        ),
        shape=alt.Shape(
            "part:N", scale=alt.Scale(domain=list(names), range=list(SHAPES[: len(names)])),
            legend=legend,
        ),
        size=alt.Size(
            "part:N", scale=alt.Scale(domain=list(names), range=list(_SIZES[: len(names)])),
            legend=None,
        ),
        tooltip=tooltip,
    )  # fmt: skip
    rings = base.transform_filter("datum.marked").mark_point(style="ring", filled=False, size=150)
    height = len(order) * row_step(len(order))
    return stack(span, dots, rings).properties(width=_PLOT + 90, height=height)


def cells(
    frame: pd.DataFrame, field: Field, *, order: Sequence[str], columns: Sequence[str],
    tooltip: list[alt.Tooltip], angle: int = -45, colours: Sequence[str] | None = None,
    printed: bool = True,
) -> alt.LayerChart:  # fmt: skip
    """Draw a table of coloured cells with their figures, regions down and columns across.

    Parameters
    ----------
    frame : DataFrame
        One row per cell: ``name``, ``column``, the figure.
    field : Field
        Its domain is the range of the colours.
    order, columns : sequence of str
        Regions from the top and columns from the left; a ``|`` in a column breaks its line.
    tooltip : list of Tooltip
    angle : int
        Angle of the headings in degrees; 0 for short ones.
    colours : sequence of str, optional
        Colours of equal steps over the domain; by default the gradient of the theme.
    printed : bool
        Whether the figures stand on the cells.

    Returns
    -------
    LayerChart
    """
    low, high = field.domain or (0.0, 1.0)
    step = min(80.0, max(24.0, _PLOT / max(1, len(columns))))
    axis = alt.Axis(
        title=None, orient="top", labelAngle=angle, labelAlign="left" if angle else "center",
        labelBaseline="bottom", labelExpr="split(datum.label, '|')",
        labelLimit=230, labelOverlap=False, grid=False,
        labelPadding=18 if angle and any("|" in column for column in columns) else 6,
    )  # fmt: skip
    scale = alt.Scale(domain=[low, high], scheme="viridis", clamp=True)
    if colours:
        scale = alt.Scale(type="quantize", domain=[low, high], range=list(colours))
    base = alt.Chart(inline(frame[frame[field.column].notna()])).encode(
        y=_names(order), x=alt.X("column:N", sort=list(columns), axis=axis)
    )
    squares = base.mark_rect(stroke=None).encode(
        color=alt.Color(f"{field.column}:Q", scale=scale, legend=None), tooltip=tooltip
    )
    # Figures stand on the cells, not on the page: black or white by the colour below them.
    bright = low + 0.45 * (high - low)
    figures = base.mark_text(fontSize=11, aria=False).encode(
        text=alt.Text(f"{field.column}:Q", format=field.format),
        color=alt.condition(
            f"datum['{field.column}'] > {bright:.6g}", alt.value("#000000"), alt.value("#ffffff")
        ),
        tooltip=tooltip,
    )
    rows = len(order)
    return stack(squares, *([figures] if printed else [])).properties(
        width=step * len(columns), height=rows * row_step(rows)
    )


def lines(
    frame: pd.DataFrame, field: Field, *, chosen: Sequence[str], tooltip: list[alt.Tooltip]
) -> alt.LayerChart:
    """Draw a line per region over the years: the chosen ones named and in colour, others faint.

    Parameters
    ----------
    frame : DataFrame
        One row per region and year: ``name``, ``year``, the figure.
    field : Field
        With its domain.
    chosen : sequence of str
        Names of the regions to bring out, at most seven.
    tooltip : list of Tooltip

    Returns
    -------
    LayerChart
    """
    height, width = 380, _PLOT + 70
    years = sorted(int(y) for y in frame["year"].unique())
    ends = _line_ends(frame, field, chosen=chosen, height=height, years=years)
    right = ends["year"].max() if len(ends) else years[-1]
    every = -(-len(years) // 10)
    x = alt.X(
        "year:Q", scale=alt.Scale(domain=[years[0] - (len(years) == 1), right], nice=False),
        axis=alt.Axis(title=None, format="d", values=years[::-every][::-1], grid=False),
    )  # fmt: skip
    y = alt.Y(f"{field.column}:Q", scale=field.scale(), axis=field.axis())
    palette = alt.Scale(domain=list(chosen), range=list(CATEGORIES[: len(chosen)]))
    color = alt.Color("name:N", scale=palette, legend=None)
    picked = frame["name"].isin(list(chosen))
    faint = (
        alt.Chart(inline(frame[~picked]))
        .mark_line(style="faint")
        .encode(x=x, y=y, detail="name:N", tooltip=tooltip)
    )
    strong = alt.Chart(inline(frame[picked])).encode(x=x, y=y, color=color, tooltip=tooltip)
    leaders = alt.Chart(inline(ends)).mark_line(strokeWidth=1, opacity=0.7)
    text = (
        alt.Chart(inline(ends[ends["end"]]))
        .mark_text(align="left", baseline="middle", dx=4)
        .encode(x=x, y=y, text="name:N")
    )
    return stack(
        faint, strong.mark_line(strokeWidth=2.4),
        strong.mark_point(filled=True, size=26, opacity=1),
        leaders.encode(x=x, y=y, color=color), text,
    ).properties(width=width, height=height)  # fmt: skip


def _line_ends(
    frame: pd.DataFrame, field: Field, *, chosen: Sequence[str], height: int, years: list[int]
) -> pd.DataFrame:
    """Return two points per chosen region: where its line ends, and where its name stands."""
    known = frame[frame[field.column].notna() & frame["name"].isin(list(chosen))]
    last = known.sort_values("year").groupby("name", sort=False).tail(1)
    low, high = field.domain or (float(frame[field.column].min()), float(frame[field.column].max()))
    gap = 15 * (high - low) / height
    pad = 0.05 * max(1, years[-1] - years[0])
    starts = last[["name", "year", field.column]].assign(end=False, year=last["year"].astype(float))
    ends = starts.assign(
        end=True,
        year=years[-1] + pad,
        **{field.column: spread(starts[field.column].tolist(), gap)},
    )
    return pd.concat([starts, ends], ignore_index=True)
