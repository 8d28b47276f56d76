"""The charts of projected demand: all jobs, industries, occupations, regions, and the back-test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, parts, ranked, tips
from echelon.charts.rows import inline, named, rank_text, shortened, source_line
from echelon.charts.theme import ACCENT, dress, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "demand_backtest",
    "demand_industries",
    "demand_jobs",
    "demand_occupations",
    "demand_regions",
]

_MOST = 30
_LONGEST = 25
_BAND = "Bars: 5–95 % band from the errors of past years."
_OF_REGIONS = "employment by region and industry"
_FORECASTS = {"error": "This projection", "error_last": "Last value", "error_growth": "Last growth"}


def _words(result: Result, codes: pd.Series) -> pd.Series:
    """Return the names of codes, cut so that they fit beside a plot; two that agree get their code."""
    names = codes.map(lambda code: str(result.labels.get(code, code)))
    short = names.map(lambda name: name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…")
    doubled = short.map(short.value_counts()) > 1
    return short.where(~doubled, short + " (" + codes + ")")


def _change(result: Result, kind: str) -> tuple[pd.DataFrame, int, int]:
    """Return the change of each item of the whole system, per cent, with its band and the years."""
    nation = result.table("nation")
    rows = nation[nation["kind"] == kind]
    if rows.empty:
        raise InsufficientData(
            f"There is nothing to draw: no {kind} is projected",
            fix="Add the tables that the note of the result names",
        )
    first, last = int(rows["year"].min()), int(rows["year"].max())
    base = rows[rows["year"] == first].set_index("item")["figure"]
    table = rows[rows["year"] == last].copy()
    start = table["item"].map(base)
    table = table[start > 0]
    start = start[start > 0]
    for name in ("figure", "low", "high"):
        table[f"change_{name}"] = 100 * (table[name] / start - 1)
    table = table.assign(start=start, name=_words(result, table["item"]), year=last)
    return table.sort_values("change_figure", ascending=False), first, last


def _dots(table: pd.DataFrame, what: str, beside: str) -> alt.LayerChart:
    """Draw the change of each item with its band."""
    low, high = float(table["change_low"].min()), float(table["change_high"].max())
    pad = 0.04 * (high - low or 1.0)
    field = Field("change_figure", "Change, per cent", ".0f", (low - pad, high + pad))
    tooltip = [
        alt.Tooltip("name:N", title=what),
        alt.Tooltip("change_figure:Q", title="Change, per cent", format=".1f"),
        alt.Tooltip("change_low:Q", title="Change, 5 % end", format=".1f"),
        alt.Tooltip("change_high:Q", title="Change, 95 % end", format=".1f"),
        alt.Tooltip("start:Q", title="Jobs at the start", format=",.0f"),
        alt.Tooltip("figure:Q", title="Jobs at the end", format=",.0f"),
    ]
    return ranked(
        table, field, low="change_low", high="change_high", beside=("beside", beside),
        tooltip=tooltip,
    )  # fmt: skip


def _round(value: float) -> str:
    for size, word in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g} {word}"
    return f"{value:.0f}"


def demand_jobs(result: Result, system: System) -> alt.LayerChart:
    """Show all jobs of the past and of the projection, with its band.

    Parameters
    ----------
    result : Result
        Of ``project.demand``.
    system : System
        Whose table ``output`` holds the past.

    Returns
    -------
    LayerChart
    """
    nation = result.table("nation")
    future = nation[nation["kind"] == "total"][["year", "figure", "low", "high"]]
    past = system.table("output").groupby("year", as_index=False)["employment"].sum(min_count=1)
    past = past.dropna().assign(figure=lambda t: t["employment"])[["year", "figure"]]
    last = int(past["year"].max())
    ahead = future[future["year"] > last]
    base = future[future["year"] == int(future["year"].min())]
    ahead = pd.concat([base, ahead], ignore_index=True)
    big = float(future["high"].max())
    size, word = (1e6, "million") if big >= 2e6 else (1e3, "thousand") if big >= 2e3 else (1, "")
    for table in (past, ahead):
        for name in set(table.columns) - {"year"}:
            table[name] = table[name] / size
    years = [int(past["year"].min()), int(ahead["year"].max())]
    x = alt.X(
        "year:Q", scale=alt.Scale(domain=years, nice=False),
        axis=alt.Axis(title=None, format="d", grid=False),
    )  # fmt: skip
    title = f"Jobs, {word}".rstrip(", ")
    scale = alt.Scale(zero=False, nice=True)
    band = alt.Chart(inline(ahead)).mark_area(opacity=0.25, color=ACCENT)
    bands = band.encode(x=x, y=alt.Y("low:Q", title=title, scale=scale), y2="high:Q")
    tooltip = [
        alt.Tooltip("year:Q", title="Year", format="d"),
        alt.Tooltip("figure:Q", title=title, format=",.2f"),
    ]
    ends = [
        alt.Tooltip("low:Q", title="5 % end", format=",.2f"),
        alt.Tooltip("high:Q", title="95 % end", format=",.2f"),
    ]
    y = alt.Y("figure:Q", title=title, scale=scale)
    known = alt.Chart(inline(past)).mark_line(strokeWidth=2.2, color="#808080")
    line = alt.Chart(inline(ahead)).mark_line(strokeWidth=2.4, color=ACCENT, strokeDash=[6, 3])
    chart = stack(
        bands, known.encode(x=x, y=y, tooltip=tooltip),
        line.encode(x=x, y=y, tooltip=[*tooltip, *ends]),
    ).properties(width=560, height=320)  # fmt: skip
    aside = [caveat for caveat in result.note.caveats if "set aside as a passing shock" in caveat]
    notes = [
        f"Grey: counted, up to {last}. Dashed: projected, with the 5–95 % band from the errors of past "
        "years.",
        *aside,
        source_line(result, system),
    ]
    return dress(chart, f"All jobs, counted and projected to {years[1]}", notes)


def demand_industries(result: Result, system: System) -> alt.LayerChart:
    """Compare how the industries of the whole system are projected to change, with bands.

    Parameters
    ----------
    result : Result
        Of ``project.demand``.
    system : System

    Returns
    -------
    LayerChart
    """
    table, first, last = _change(result, "industry")
    beside = [_round(figure) for figure in table["figure"]]
    chart = _dots(table.assign(beside=beside), "Industry", f"Jobs in {last}")
    notes = [f"{first} to {last}, all regions. {_BAND}", source_line(result, system)]
    return dress(chart, "Which industries will need more people", notes)


def demand_occupations(result: Result, system: System) -> alt.LayerChart:
    """Compare the occupations that grow most and least, with bands and yearly openings.

    Parameters
    ----------
    result : Result
        Of ``project.demand``.
    system : System

    Returns
    -------
    LayerChart
    """
    table, first, last = _change(result, "occupation")
    notes = []
    if len(table) > _MOST:
        half = _MOST // 2
        notes.append(
            f"Shown: the {half} highest and the {half} lowest of {len(table)} occupations."
        )
        table = pd.concat([table.head(half), table.tail(half)])
    beside = ["" if pd.isna(figure) else _round(figure) for figure in table["openings"]]
    chart = _dots(table.assign(beside=beside), "Occupation", "Openings")
    notes = [
        f"{first} to {last}, all regions. {_BAND} Openings: posts left and new in the year {last}. "
        "Every industry keeps its staffing, so change within industries is not seen.",
        *notes,
        source_line(result, system),
    ]
    return dress(chart, "Which occupations will be needed more", notes)


def demand_regions(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by the growth of all jobs, with its band and the band of the rank.

    Parameters
    ----------
    result : Result
        Of ``project.demand``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("regions"), result.labels)
    last = int(frame["year"].max())
    kept, notes = shortened(frame[frame["year"] == last], "growth")
    kept = kept.assign(beside=rank_text(kept))
    low, high = float(kept["growth_low"].min()), float(kept["growth_high"].max())
    pad = 0.04 * (high - low or 1.0)
    field = Field("growth", "Growth of jobs, per cent a year", ".1f", (low - pad, high + pad))
    tooltip = tips(
        Field("growth", "Growth, per cent a year", ".2f"),
        Field("growth_low", "Growth, 5 % end", ".2f"), Field("growth_high", "Growth, 95 % end", ".2f"),
        Field("employment", "Jobs", ",.0f"), *RANK_FIELDS, year=1,
    )  # fmt: skip
    chart = ranked(
        kept, field, low="growth_low", high="growth_high", beside=("beside", "Rank (5–95 %)"),
        tooltip=tooltip,
    )  # fmt: skip
    notes = [
        f"Yearly growth up to {last}. {_BAND} Where bands overlap widely, ranks tell nothing.",
        *notes, source_line(result, system),
    ]  # fmt: skip
    return dress(chart, "Where jobs are projected to grow", notes)


def demand_backtest(result: Result, system: System) -> alt.LayerChart:
    """Show the error of the projection on held-out years beside the naive forecasts, by industry.

    Parameters
    ----------
    result : Result
        Of ``project.demand``.
    system : System

    Returns
    -------
    LayerChart
    """
    table = result.table("backtest")
    table = table[(table["test"] == _OF_REGIONS) & (table["years_ahead"] == "all")]
    if table.empty:
        raise InsufficientData(
            "There is nothing to draw: no year could be held out", fix="Add earlier years"
        )
    table = table.sort_values("error").assign(name=lambda t: _words(result, t["item"]))
    table["name"] = table["name"].where(table["item"] != "all industries", "All industries")
    long = table.melt(
        ["name", "coverage", "best"], list(_FORECASTS), var_name="code", value_name="figure"
    ).dropna(subset="figure")
    long = long.assign(
        part=long["code"].map(_FORECASTS),
        marked=long["code"].map(_FORECASTS).str.lower().eq(
            long["best"].replace({"projection": "this projection"})
        ),
    )  # fmt: skip
    top = float(long["figure"].max())
    field = Field("figure", "Error, per cent of the jobs", ".0f", (0.0, float(np.ceil(top))))
    tooltip = [
        alt.Tooltip("name:N", title="Industry"), alt.Tooltip("part:N", title="Forecast"),
        alt.Tooltip("figure:Q", title="Error, per cent", format=".1f"),
        alt.Tooltip("coverage:Q", title="Years within the 90 % band", format=".0%"),
    ]  # fmt: skip
    chart = parts(
        long, field, order=table["name"].tolist(), names=list(_FORECASTS.values()), tooltip=tooltip
    )
    years = f"{int(table['first_year'].min())}–{int(table['last_year'].max())}"
    notes = [
        f"Mean absolute error in per cent of the jobs, region by region, years {years} forecast from what "
        "was known before, up to ten years ahead. Ring: the least error.",
        source_line(result, system),
    ]
    return dress(chart, "How far projections were off, beside two naive forecasts", notes)
