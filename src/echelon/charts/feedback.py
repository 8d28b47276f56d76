"""The charts of the circle: its links, its loops against 1, and what becomes of a push."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from echelon.charts.forms import Field, ranked
from echelon.charts.rows import inline, source_line
from echelon.charts.shares import PLAIN, span
from echelon.charts.theme import ACCENT, CATEGORIES, dress, stack

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["feedback_course", "feedback_links", "feedback_loops", "feedback_ring"]

_SIZE = (560, 400)
_RADIUS, _WIDE, _APART, _ROOM = 1.0, 1.45, 0.055, 0.2
_ALL = "all loops"
_KINDS = ("counts", "counts as 0")


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")


def _ticks(ends: tuple[float, float]) -> tuple[float, ...]:
    """Return about six round places for the lines of an axis."""
    width = (ends[1] - ends[0]) / 6
    step = next(s for s in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, np.inf) if s >= width)
    if np.isinf(step):
        return ()
    first, last = np.ceil(ends[0] / step), np.floor(ends[1] / step)
    return tuple(float(step * place) for place in np.arange(first, last + 1))


def _lowered(label: str) -> str:
    """Return a label as part of a sentence; one that begins with capitals keeps them."""
    return label if label[1:2].isupper() or label[1:2] == "&" else label[0].lower() + label[1:]


def feedback_ring(result: Result, system: System) -> alt.LayerChart:
    """Draw the stations in a circle and the links between them, with the gain of each and its band.

    Parameters
    ----------
    result : Result
        Of ``simulate.feedback``.
    system : System

    Returns
    -------
    LayerChart
    """
    names = result.table("stations")["station"].tolist()
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / len(names)
    at = {n: (_WIDE * np.cos(a), _RADIUS * np.sin(a)) for n, a in zip(names, angle, strict=True)}
    arrows = pd.DataFrame([_arrow(row, at) for _, row in result.table("links").iterrows()])
    parts = [
        pd.DataFrame(
            {"link": arrows["link"], "kind": arrows["kind"], "x": arrows[x], "y": arrows[y]}
        )
        for x, y in (("x0", "y0"), ("x1", "y1"))
    ]
    lines = pd.concat(parts, ignore_index=True)
    across = alt.Scale(domain=[-2.05, 2.05], nice=False)
    up = alt.Scale(domain=[-1.15, 1.25], nice=False)
    x, y = alt.X("x:Q", axis=None, scale=across), alt.Y("y:Q", axis=None, scale=up)
    palette = alt.Scale(domain=list(_KINDS), range=[ACCENT, "#8c8c8c"])
    colour = alt.Color("kind:N", scale=palette, legend=None)
    strokes = alt.Scale(domain=list(_KINDS), range=[[1, 0], [5, 4]])
    dash = alt.StrokeDash("kind:N", scale=strokes, legend=None)
    tooltip = [
        alt.Tooltip("words:N", title="Link"), alt.Tooltip("gain:Q", title="Gain", format=".2f"),
        alt.Tooltip("gain_low:Q", title="5 % end", format=".2f"),
        alt.Tooltip("gain_high:Q", title="95 % end", format=".2f"),
        alt.Tooltip("years:N", title="Years"),
    ]  # fmt: skip
    drawn = (
        alt.Chart(inline(lines))
        .mark_line(strokeWidth=2)
        .encode(x=x, y=y, detail="link:N", color=colour, strokeDash=dash)
    )
    heads = alt.Chart(inline(arrows)).mark_point(
        shape="triangle-up", filled=True, size=90, opacity=1
    ).encode(
        x=alt.X("x1:Q", axis=None, scale=across), y=alt.Y("y1:Q", axis=None, scale=up),
        angle=alt.Angle("turn:Q", scale=None), color=colour, tooltip=tooltip,
    )  # fmt: skip
    texts = alt.Chart(inline(arrows)).mark_text(baseline="middle").encode(
        x=alt.X("tx:Q", axis=None, scale=across), y=alt.Y("ty:Q", axis=None, scale=up), text="text:N",
        tooltip=tooltip,
    )  # fmt: skip
    stations = pd.DataFrame(
        {"name": [n.capitalize() for n in names], "x": [at[n][0] for n in names],
         "y": [at[n][1] for n in names]}
    )  # fmt: skip
    words = (
        alt.Chart(inline(stations))
        .mark_text(fontSize=14, fontWeight=600)
        .encode(x=x, y=y, text="name:N")
    )
    chart = stack(drawn, heads, texts, words).properties(width=_SIZE[0], height=_SIZE[1])
    table = result.table("stations")
    series = "; ".join(f"{r['station']}: {_lowered(r['label'])}" for _, r in table.iterrows())
    notes = [
        "Per cent that the end of a link gains in the end for one per cent more at its start, as "
        "estimated; per head, within regions and years. Round a loop the gains multiply. Blue: the "
        "5–95 % band leaves out 0; dashed: it covers 0, and the link counts as 0. "
        f"{series[0].upper()}{series[1:]}.",
        source_line(result, system),
    ]
    return dress(chart, "How strongly each station of the circle drives the next", notes)


def _arrow(row: pd.Series, at: dict[str, tuple[float, float]]) -> dict[str, object]:
    """Return where an arrow starts and ends, how its head turns, and its text."""
    start, end = np.array(at[row["start"]]), np.array(at[row["end"]])
    way = (end - start) / np.linalg.norm(end - start)
    aside = _APART * np.array([way[1], -way[0]])
    # Names are wider than high: arrows keep off them further from the side.
    off = _ROOM * (1 + abs(way[0]))
    first, last = start + off * way - aside, end - off * way - aside
    # Links of the ring have their figure outside, short cuts at their side near the end.
    ring = abs(list(at).index(row["end"]) - list(at).index(row["start"])) in (1, len(at) - 1)
    middle = first + (last - first) * (0.5 if ring else 0.85)
    middle = middle - (2.6 if ring else 2.2) * aside * np.array([1.6, 1.0])
    width, height = _SIZE[0] / 4.1, _SIZE[1] / 2.4
    turn = np.degrees(np.arctan2(way[0] * width, way[1] * height)) % 360
    return {
        "link": row["link"], "words": row["link"].replace("->", " → "), "x0": first[0],
        "y0": first[1], "x1": last[0], "y1": last[1], "tx": middle[0], "ty": middle[1],
        "turn": turn, "kind": _KINDS[0 if row["counts"] else 1],
        "gain": row["gain"], "gain_low": row["gain_low"], "gain_high": row["gain_high"],
        "years": row["years"],
        "text": _signed(row["gain"]),
    }  # fmt: skip


def feedback_links(result: Result, system: System) -> alt.LayerChart:
    """Show the gain of each link with its band.

    Parameters
    ----------
    result : Result
        Of ``simulate.feedback``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("links")
    frame = frame.assign(
        name=frame["link"].str.replace("->", " → "),
        beside=[
            f"{_signed(r['gain'])}{' counts' if r['counts'] else ''}" for _, r in frame.iterrows()
        ],
    )
    ends = span(frame, "gain_low", "gain_high", zero=True)
    tooltip = [
        alt.Tooltip("name:N", title="Link"), alt.Tooltip("gain:Q", title="Gain", format=".2f"),
        alt.Tooltip("gain_low:Q", title="5 % end", format=".2f"),
        alt.Tooltip("gain_high:Q", title="95 % end", format=".2f"),
        alt.Tooltip("effect:Q", title="Within a year", format=".3f"),
        alt.Tooltip("error:Q", title="Standard error", format=".3f"),
        alt.Tooltip("lag:Q", title="Lag, years"), alt.Tooltip("cells:Q", title="Cells"),
        alt.Tooltip("years:N", title="Years"),
    ]  # fmt: skip
    columns = ["name", "beside", "gain", "gain_low", "gain_high", "effect", "error", "lag", "cells",
               "years"]  # fmt: skip
    chart = ranked(
        frame[columns],
        Field("gain", "Per cent in the end for one per cent more at the start", ".1f", ends,
              _ticks(ends)),
        low="gain_low", high="gain_high", beside=("beside", "Gain"), tooltip=tooltip,
    )  # fmt: skip
    notes = [
        "Bars: 5–95 % of the draws. A link counts when the band of its effect within a year leaves out 0; "
        "the others are 0 in the central case. Within regions and years, per head.",
        source_line(result, system),
    ]
    return dress(chart, "The links of the circle and their bands", notes)


def feedback_loops(result: Result, system: System) -> alt.LayerChart:
    """Show the gain of each loop with its band against 1, where the circle turns virtuous.

    Parameters
    ----------
    result : Result
        Of ``simulate.feedback``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("loops")
    short = frame["loop"].map(_short)
    frame = frame.assign(
        name=short,
        beside=[f"{_signed(r['gain'])} · {r['probability']:.0f}" for _, r in frame.iterrows()],
    )
    low, high = span(frame, "low", "high", zero=True)
    low, high = min(low, -0.1), max(high, 1.25)
    tooltip = [
        alt.Tooltip("loop:N", title="Loop"),
        alt.Tooltip("gain:Q", title="Gain, links that count", format=".2f"),
        alt.Tooltip("estimate:Q", title="Gain, all links as estimated", format=".2f"),
        alt.Tooltip("low:Q", title="5 % end", format=".2f"),
        alt.Tooltip("high:Q", title="95 % end", format=".2f"),
        alt.Tooltip("probability:Q", title="Draws above 1, per cent", format=".1f"),
        alt.Tooltip("all_positive:Q", title="and every link above 0, per cent", format=".1f"),
    ]
    columns = ["name", "loop", "beside", "gain", "estimate", "low", "high", "probability",
               "all_positive"]  # fmt: skip
    chart = ranked(
        frame[columns], Field("estimate", "Gain round the loop", ".1f", (low, high), _ticks((low, high))),
        low="low",
        high="high", beside=("beside", "Central · above 1 in %"), tooltip=tooltip,
    )  # fmt: skip
    line = alt.Chart(inline(pd.DataFrame({"x": [1.0]}))).mark_rule(
        color=CATEGORIES[3], strokeWidth=1.5, strokeDash=[4, 3]
    ).encode(x="x:Q")  # fmt: skip
    chart.layer.insert(0, line)
    notes = [
        "Dots: all links as estimated; bars: 5–95 % of the draws; dashed: 1, above which a push comes back "
        "larger than it went out. At the right the gain with links whose band covers 0 counted as 0, and "
        "the per cent of draws above 1. E education, Ta talent, Te technology, I industry, C capital.",
        source_line(result, system),
    ]
    return dress(chart, "Does the circle strengthen itself?", notes)


_LETTERS = {"education": "E", "talent": "Ta", "technology": "Te", "industry": "I", "capital": "C"}


def _short(loop: str) -> str:
    if loop == _ALL:
        return "All loops together"
    return " → ".join(_LETTERS.get(name, name) for name in loop.split(" → "))


def feedback_course(result: Result, system: System) -> alt.HConcatChart:
    """Show what becomes of a push: each station year by year, per cent of its trend, with its band.

    Parameters
    ----------
    result : Result
        Of ``simulate.feedback``.
    system : System

    Returns
    -------
    HConcatChart
    """
    frame = result.table("course")
    scenario = str(frame["scenario"].iloc[-1])
    frame = frame[frame["scenario"] == scenario]
    ends = span(frame, "deviation_low", "deviation_high", zero=True)
    names = list(dict.fromkeys(frame["station"]))
    panels = [
        _panel(frame[frame["station"] == name], name, ends, colour=CATEGORIES[n], first=n == 0)
        for n, name in enumerate(names)
    ]
    begin = frame[(frame["year"] == frame["year"].min()) & (frame["deviation"] != 0)]
    push = ", ".join(f"{r['station']} {r['deviation']:+.3g} %" for _, r in begin.iterrows())
    notes = [
        f"Push in {int(frame['year'].min())}: {push}; {scenario}. Lines: links whose band covers 0 counted "
        f"as 0. Bands: 5–95 % of {result.note.parameters['draws']} draws of all links.",
        source_line(result, system),
    ]
    chart = alt.hconcat(*panels, spacing=14)
    return dress(chart, "What becomes of a push in the years to come", notes)


def _panel(
    frame: pd.DataFrame, name: str, ends: tuple[float, float], *, colour: str, first: bool
) -> alt.LayerChart:
    """Draw the course of one station."""
    years = sorted(int(year) for year in frame["year"].unique())
    x = alt.X("year:Q", scale=alt.Scale(domain=[years[0], years[-1]], nice=False),
              axis=alt.Axis(title=None, format="d", grid=False, values=[years[0], years[-1]],
                            labelAlign="center"))  # fmt: skip
    title = "Per cent above the trend"
    axis = alt.Axis(title=title) if first else alt.Axis(title=None, labels=False)
    scale = alt.Scale(domain=list(ends), nice=False)
    tooltip = [
        alt.Tooltip("year:Q", title="Year", format="d"),
        alt.Tooltip("deviation:Q", title=title, format=PLAIN),
        alt.Tooltip("deviation_low:Q", title="5 % end", format=PLAIN),
        alt.Tooltip("deviation_high:Q", title="95 % end", format=PLAIN),
    ]
    base = alt.Chart(inline(frame.drop(columns=["station", "scenario"])))
    band = base.mark_area(opacity=0.25, color=colour).encode(
        x=x, y=alt.Y("deviation_low:Q", axis=axis, scale=scale), y2="deviation_high:Q"
    )
    line = base.mark_line(strokeWidth=2.4, color=colour).encode(
        x=x, y=alt.Y("deviation:Q", axis=axis, scale=scale), tooltip=tooltip
    )
    heading = alt.TitleParams(name.capitalize(), fontSize=13, anchor="middle", offset=6)
    return stack(band, line).properties(width=104, height=280, title=heading)
