"""The charts of coordination: map, ranking, trends, subsystems and obstacles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, cells, lines, parts, ranked, tips
from echelon.charts.maps import can_map, on_map, outlines, points
from echelon.charts.rows import (
    by_part,
    last_year,
    named,
    rank_text,
    short_name,
    shortened,
    source_line,
    two_lines,
    unknown_note,
)
from echelon.charts.theme import SEQUENCE, dress

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "coordination_map",
    "coordination_obstacles",
    "coordination_ranking",
    "coordination_subsystems",
    "coordination_trends",
]

_TENTHS = tuple(round(i / 10, 1) for i in range(11))
_DEGREE = Field("coordination", "Coupling coordination degree, 0 to 1", ".1f", (0.0, 1.0), _TENTHS)
_BAND = (
    "Bars: 5–95 % band when the weights vary. In parentheses: the rank over all choices of method."
)
_ENDS = ("coordination_low", "coordination_high")
_SUBSYSTEMS = ("education", "technology", "talent")
_MOST_OBSTACLES = 10


def _degrees(result: Result) -> tuple[pd.DataFrame, int]:
    """Return the main table of the last known year with names of regions and of bands."""
    return last_year(_all_degrees(result), "coordination")


def _all_degrees(result: Result) -> pd.DataFrame:
    """Return the main table, only what charts draw, with names of regions and of bands."""
    frame = named(result.table("coordination"), result.labels)
    frame = frame.assign(band_text=_band_texts(result, frame["band"]))
    unused = [c for c in frame if str(c).startswith("coordination_") and str(c) not in _ENDS]
    return frame.drop(columns=[*unused, "coupling", "development", "rank_median", "band_name"])


def _band_texts(result: Result, found: pd.Series[int]) -> pd.Series[str]:
    table = result.table("bands")
    texts = {
        int(band): f"{low:.1f}–{high:.1f} {name}"
        for band, low, high, name in zip(
            table["band"], table["low"], table["high"], table["name"], strict=True
        )
    }
    return found.map(lambda band: texts.get(int(band), "unknown")).astype("str")


def _degree_tips() -> list[alt.Tooltip]:
    return tips(
        Field("coordination", "Coordination, 0 to 1", ".3f"),
        Field("coordination_low", "Coordination, 5 % end", ".3f"),
        Field("coordination_high", "Coordination, 95 % end", ".3f"),
        *RANK_FIELDS,
        year=1,
        words={"band_text": "Band", "lagging": "Lagging subsystem"},
    )


def coordination_map(result: Result, system: System) -> alt.LayerChart:
    """Show on a map how well education, technology and talent develop together in each region.

    Without outlines the regions are points, without places a table of regions and years.

    Parameters
    ----------
    result : Result
        Of ``measure.coordination``.
    system : System
        With ``boundaries``, or ``latitude`` and ``longitude`` in ``regions``.

    Returns
    -------
    LayerChart
    """
    kind = can_map(system)
    if not kind:
        return _degree_by_year(result, system)
    frame, year = _degrees(result)
    frame = frame.assign(known=frame["coordination"].notna())
    table = result.table("bands").sort_values("band")
    present = frame.loc[frame["known"], "band"]
    shown = table[table["band"].between(present.min(), present.max())]
    color = alt.Color(
        "band_text:N",
        scale=alt.Scale(
            domain=_band_texts(result, shown["band"]).tolist(),
            range=[SEQUENCE[int(band) - 1] for band in shown["band"]],
        ),
        legend=alt.Legend(
            title=None,
            orient="bottom",
            columns=3,
            symbolType="square",
            symbolSize=140,
            offset=24,
        ),
    )
    draw = outlines if kind == "outlines" else points
    chart = draw(system, frame, color=color, tooltip=_degree_tips())
    unknown = int((~frame["known"]).sum())
    lost = sorted(frame.loc[~frame["region"].isin(on_map(system)), "name"])
    more = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
    notes = [
        f"{year}. Coupling coordination degree, 0 to 1, in bands of one tenth."
        + (f" Grey: unknown ({unknown})." if unknown else ""),
        *([f"Without a place on the map: {more}."] if lost else []),
        source_line(result, system),
    ]
    return dress(chart, "How well education, technology and talent develop together", notes)


def _degree_by_year(result: Result, system: System) -> alt.LayerChart:
    """Draw regions by years as cells: what stands for the map where places are unknown."""
    latest, _year = _degrees(result)
    kept, notes = shortened(latest, "coordination")
    frame = _all_degrees(result)
    frame = frame[frame["name"].isin(kept["name"])]
    years = sorted(frame["year"].unique())[-12:]
    frame = frame[frame["year"].isin(years)]
    frame = frame.assign(column=frame["year"].astype("str"))
    chart = cells(
        frame, replace(_DEGREE, format=".2f"), order=kept["name"].tolist(),
        columns=[str(year) for year in years],
        tooltip=_degree_tips(), angle=0, colours=SEQUENCE,
    )  # fmt: skip
    lines_of_notes = [
        "Coupling coordination degree, 0 to 1, by region and year. No map: the system has no"
        " outlines and no places of its regions.",
        *notes,
        source_line(result, system),
    ]
    return dress(
        chart, "How well education, technology and talent develop together", lines_of_notes
    )


def coordination_ranking(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by their coordination, with the band of the degree and of the rank.

    Parameters
    ----------
    result : Result
        Of ``measure.coordination``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = _degrees(result)
    kept, notes = shortened(frame, "coordination")
    kept = kept.assign(beside=rank_text(kept))
    chart = ranked(
        kept, _DEGREE, low="coordination_low", high="coordination_high",
        beside=("beside", "Rank (5–95 %)"), tooltip=_degree_tips(),
    )  # fmt: skip
    notes = [
        f"{year}. Dots: coupling coordination degree. {_BAND}",
        *notes,
        *unknown_note(frame, "coordination"),
        source_line(result, system),
    ]
    return dress(chart, "Regions by the coordination of education, technology and talent", notes)


def coordination_trends(result: Result, system: System) -> alt.LayerChart:
    """Follow every region's coordination over the years, the five highest and the last by name.

    Parameters
    ----------
    result : Result
        Of ``measure.coordination``.
    system : System

    Returns
    -------
    LayerChart
    """
    latest, year = _degrees(result)
    ordered = latest[latest["coordination"].notna()].sort_values(
        ["coordination", "name"], ascending=[False, True]
    )["name"]
    chosen = list(dict.fromkeys([*ordered.head(5), *ordered.tail(1)]))
    frame = _all_degrees(result)
    low = int(frame["coordination"].min() * 10) / 10
    high = min(1.0, int(frame["coordination"].max() * 10 + 1) / 10)
    ticks = tuple(tenth for tenth in _TENTHS if low <= tenth <= high)
    field = Field("coordination", _DEGREE.title, ".1f", (low, high), ticks)
    if len(ticks) < 4:
        field = Field("coordination", _DEGREE.title, ".2f", (low, high))
    chart = lines(frame, field, chosen=chosen, tooltip=_degree_tips())
    others = frame["name"].nunique() - len(chosen)
    named_ones = (
        f"Named: the five highest and the lowest of {year}; grey: the other {others}."
        if others > 0
        else "All regions are named."
    )
    first = int(frame["year"].min())
    span = f"{first}–{year}" if first < year else str(year)
    notes = [f"{span}. {named_ones}", source_line(result, system)]
    return dress(chart, "Coordination of education, technology and talent over the years", notes)


def coordination_subsystems(result: Result, system: System) -> alt.LayerChart:
    """Compare each region's education, technology and talent, and mark the one that lags.

    Parameters
    ----------
    result : Result
        Of ``measure.coordination``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = _degrees(result)
    kept, notes = shortened(frame, "coordination")
    long = by_part(kept, result, _SUBSYSTEMS)
    long = long.assign(marked=long["code"] == long["lagging"])
    field = Field("figure", "Index of the subsystem, 0 to 1", ".1f", (0.0, 1.0), _TENTHS)
    tooltip = tips(
        Field("figure", "Index, 0 to 1", ".3f"),
        Field("coordination", "Coordination, 0 to 1", ".3f"),
        year=1, words={"part": "Subsystem", "lagging": "Lagging subsystem", "band_text": "Band"},
    )  # fmt: skip
    chart = parts(
        long, field, order=kept["name"].tolist(),
        names=[short_name(result, code) for code in _SUBSYSTEMS], tooltip=tooltip,
    )  # fmt: skip
    notes = [
        f"{year}. In the order of the coordination. Ring: the subsystem that lags.",
        *notes,
        source_line(result, system),
    ]
    return dress(chart, "Where each region's education, technology and talent stand", notes)


def coordination_obstacles(result: Result, system: System) -> alt.LayerChart:
    """Show what keeps each region from the best: the indicators with the largest shares.

    Parameters
    ----------
    result : Result
        Of ``measure.coordination``.
    system : System

    Returns
    -------
    LayerChart
    """
    degrees, year = _degrees(result)
    kept, notes = shortened(degrees, "coordination")
    table = named(result.table("obstacles"), result.labels)
    table = table[(table["year"] == year) & table["region"].isin(kept["region"])]
    table, _year = last_year(table, "obstacle")
    largest = table.groupby("item")["obstacle"].mean().nlargest(_MOST_OBSTACLES).index.tolist()
    table = table[table["item"].isin(largest)]
    table = table.assign(
        column=table["label"].map(two_lines),
        subsystem_name=table["subsystem"].map(lambda code: short_name(result, str(code))),
    )
    heads = table.drop_duplicates("item").set_index("item")["column"]
    # One extreme cell would take the colours from all others; the figures are printed anyway.
    top = float(table["obstacle"].quantile(0.98))
    field = Field(
        "obstacle", "Share of the obstacles, per cent", ".0f", (0.0, top if top > 0 else 1.0)
    )
    tooltip = tips(
        Field("obstacle", "Share of the obstacles, per cent", ".1f"),
        year=1, words={"label": "Indicator", "subsystem_name": "Subsystem"},
    )  # fmt: skip
    chart = cells(
        table, field, order=kept["name"].tolist(), columns=heads[largest].tolist(), tooltip=tooltip
    )
    notes = [
        f"{year}. Share of each indicator in the region's distance from the best, per cent: the"
        f" {len(largest)} largest on average, brighter is larger."
        " In the order of the coordination.",
        *notes,
        source_line(result, system),
    ]
    return dress(chart, "What holds each region back", notes)
