"""The charts of the simulated labour market: fans, the Beveridge loop, flows, regions, occupations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from echelon.charts.forms import Field, ranked
from echelon.charts.rows import inline, source_line, spread
from echelon.charts.shares import PLAIN, figure_ranking, span
from echelon.charts.theme import ACCENT, CATEGORIES, dress, stack

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "comparison_fan",
    "simulation_beveridge",
    "simulation_fan",
    "simulation_flows",
    "simulation_occupations",
    "simulation_regions",
]

_WHOLE = "all"
_RATES = {"unemployment": "Unemployment", "vacancy_rate": "Vacancies"}
_FLOWS = {
    "entered": "Hired", "left": "Left a post", "joined": "Joined the labour force",
    "retired": "Left the labour force",
}  # fmt: skip
_MOST, _LONGEST, _PATHS = 30, 25, 40


def _band_note(result: Result) -> str:
    members = result.note.parameters["members"]
    engine = result.note.parameters["engine"]
    what = "the assumptions" if engine == "mean" else "chance"
    return f"Bands: 5–95 % of {members} members over {what}; recessions are not among them."


def _whole(result: Result, table: str) -> pd.DataFrame:
    frame = result.table(table)
    return frame[frame["region"] == _WHOLE].reset_index(drop=True)


def simulation_fan(result: Result, system: System) -> alt.LayerChart:
    """Show unemployment and vacancies of the whole system month by month, with their bands.

    Parameters
    ----------
    result : Result
        Of ``simulate.run``.
    system : System

    Returns
    -------
    LayerChart
    """
    months = _whole(result, "months")
    time = months["year"] + (months["month"] - 12) / 12
    parts = [
        pd.DataFrame(
            {"time": time, "part": words, "figure": months[name], "low": months[f"{name}_low"],
             "high": months[f"{name}_high"], "year": months["year"], "month": months["month"]}
        )
        for name, words in _RATES.items()
    ]  # fmt: skip
    long = pd.concat(parts, ignore_index=True)
    ends = span(long, "low", "high")
    chart = _fans(long, list(_RATES.values()), "Per cent", ends)
    notes = [
        f"Ends of months, {int(months['year'].min())} to {int(months['year'].max())}. Unemployment in "
        "per cent of the labour force, vacancies in per cent of posts. " + _band_note(result)
    ]
    title = "Unemployment and vacancies in the years to come"
    return dress(chart, title, [*notes, source_line(result, system)])


def _fans(
    long: pd.DataFrame, names: list[str], axis: str, ends: tuple[float, float]
) -> alt.LayerChart:
    """Draw a line with its band for each part, named at its end."""
    width, height = 500, 320
    first, last = float(long["time"].min()), float(long["time"].max())
    step = max(1, round((last - first) / 8))
    x = alt.X(
        "time:Q", scale=alt.Scale(domain=[first, last], nice=False),
        axis=alt.Axis(title=None, format="d", grid=False,
                      values=list(range(int(np.ceil(first)), int(last) + 1, step))),
    )  # fmt: skip
    scale = alt.Scale(domain=list(ends), nice=False, zero=False)
    palette = alt.Scale(domain=names, range=list(CATEGORIES[: len(names)]))
    colour = alt.Color("part:N", scale=palette, legend=None)
    y = alt.Y("figure:Q", title=axis, scale=scale)
    base = alt.Chart(inline(long))
    tooltip = [
        alt.Tooltip("part:N", title="Figure"), alt.Tooltip("year:Q", title="Year", format="d"),
        *([alt.Tooltip("month:Q", title="Month", format="d")] if "month" in long else []),
        alt.Tooltip("figure:Q", title=axis, format=PLAIN),
        alt.Tooltip("low:Q", title="5 % end", format=PLAIN),
        alt.Tooltip("high:Q", title="95 % end", format=PLAIN),
    ]  # fmt: skip
    bands = base.mark_area(opacity=0.22).encode(
        x=x, y=alt.Y("low:Q", title=axis, scale=scale), y2="high:Q", color=colour
    )
    lines = base.mark_line(strokeWidth=2.4).encode(x=x, y=y, color=colour, tooltip=tooltip)
    final = long[long["time"] == last].drop_duplicates("part")
    gap = 16 * (ends[1] - ends[0]) / height
    final = final.assign(figure=spread(final["figure"].tolist(), gap))
    words = (
        alt.Chart(inline(final[["time", "part", "figure"]]))
        .mark_text(align="left", baseline="middle", dx=8)
        .encode(x=x, y=y, text="part:N", color=colour)
    )
    return stack(bands, lines, words).properties(width=width, height=height)


def simulation_beveridge(result: Result, system: System) -> alt.LayerChart:
    """Draw vacancies against unemployment of the whole system, for every member.

    Parameters
    ----------
    result : Result
        Of ``simulate.run``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = _whole(result, "regions")
    columns = [f"{name}{end}" for name in _RATES for end in ("", "_low", "_high")]
    frame = frame[["year", *columns]]
    members = result.table("members")
    across, up = span(members, "unemployment"), span(members, "vacancy_rate")
    x = alt.X("unemployment:Q", scale=alt.Scale(domain=list(across), nice=False),
              axis=alt.Axis(title="Unemployment, per cent of the labour force"))  # fmt: skip
    y = alt.Y("vacancy_rate:Q", scale=alt.Scale(domain=list(up), nice=False),
              axis=alt.Axis(title="Vacancies, per cent of posts"))  # fmt: skip
    base = alt.Chart(inline(frame)).encode(
        x=x, y=y,
        tooltip=[
            alt.Tooltip("year:Q", title="Year", format="d"),
            *(alt.Tooltip(f"{name}{end}:Q", title=f"{words}, %{more}", format=".2f")
              for name, words in _RATES.items()
              for end, more in (("", ""), ("_low", ", 5 % end"), ("_high", ", 95 % end"))),
        ],
    )  # fmt: skip
    members = members[members["member"].isin(range(1, _PATHS + 1))]
    faint = (
        alt.Chart(inline(members[["member", "year", "unemployment", "vacancy_rate"]]))
        .mark_line(style="faint").encode(x=x, y=y, detail="member:N", order="year:Q")
    )  # fmt: skip
    path = base.mark_line(strokeWidth=2, color=ACCENT).encode(order="year:Q")
    points = base.mark_point(filled=True, size=60, opacity=1, color=ACCENT)
    words = [
        alt.Chart(inline(frame.iloc[[at]]))
        .mark_text(align="right" if shift < 0 else "left", baseline="middle", dx=shift, dy=shift)
        .encode(x=x, y=y, text="year:Q")
        for at, shift in ((0, -9), (len(frame) - 1, 9))
    ]
    chart = stack(faint, path, points, *words).properties(width=460, height=360)
    notes = [
        "Ends of years. Blue: central assumptions; grey: some of the other members. A path that runs "
        "up and to the right means that people and posts meet less well. " + _band_note(result)
    ]
    title = "Vacancies against unemployment, year by year"
    return dress(chart, title, [*notes, source_line(result, system)])


def simulation_flows(result: Result, system: System) -> alt.LayerChart:
    """Show who is hired, who leaves a post, who joins and who leaves the labour force, by year.

    Parameters
    ----------
    result : Result
        Of ``simulate.run``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = _whole(result, "regions").dropna(subset="entered")
    big = float(frame["entered_high"].max())
    size, word = (1e6, "Million") if big >= 2e6 else (1e3, "Thousand") if big >= 2e3 else (1.0, "")
    parts = [
        pd.DataFrame(
            {"time": frame["year"].astype(float), "year": frame["year"], "part": words,
             "figure": frame[name] / size, "low": frame[f"{name}_low"] / size,
             "high": frame[f"{name}_high"] / size}
        )
        for name, words in _FLOWS.items()
    ]  # fmt: skip
    long = pd.concat(parts, ignore_index=True)
    axis = f"{word} people a year".strip().capitalize()
    if len(frame) == 1:
        long = pd.concat([long, long.assign(time=long["time"] - 1)], ignore_index=True)
    chart = _fans(long, list(_FLOWS.values()), axis, span(long, "low", "high", zero=True))
    notes = [
        "Sums of each year, all regions. Hired: people without work who took up a post; who left a "
        "post lost it or left the labour force. " + _band_note(result)
    ]
    title = "Who is hired, who leaves a post, who joins and who leaves the labour force"
    return dress(chart, title, [*notes, source_line(result, system)])


def simulation_regions(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by unemployment in the last year, with bands.

    Parameters
    ----------
    result : Result
        Of ``simulate.run``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("regions")
    first, last = int(frame["year"].min()), int(frame["year"].max())
    start = frame[frame["year"] == first].set_index("region")["unemployment"]
    kept = frame[(frame["region"] != _WHOLE)]
    kept = kept.assign(start=kept["region"].map(start))
    shown = type(result)(
        name=result.name, system=result.system, frames={"regions": kept}, note=result.note,
        units=result.units, labels=result.labels,
    )  # fmt: skip
    return figure_ranking(
        shown, system, column="unemployment", axis="Per cent of the labour force",
        title=f"Unemployment of each region in {last}",
        notes=[_band_note(result) + f" The market of {first} is the start of every member."],
        more=(Field("start", f"Unemployment in {first}, %", ".2f"),
              Field("vacancy_rate", "Vacancies, per cent of posts", ".2f")),
    )  # fmt: skip


def simulation_occupations(result: Result, system: System) -> alt.LayerChart:
    """Show how the people at work in each occupation change until the last year, with bands.

    Parameters
    ----------
    result : Result
        Of ``simulate.run``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("occupations")
    last = int(frame["year"].max())
    rows = frame[frame["year"] == last].sort_values("change", ascending=False)
    notes = []
    if len(rows) > _MOST:
        notes = [f"Shown: the first {_MOST // 2} and the last {_MOST // 2} of {len(rows)}."]
        rows = pd.concat([rows.head(_MOST // 2), rows.tail(_MOST // 2)])
    names = rows["occupation"].map(lambda code: str(result.labels.get(code, code)))
    short = names.map(lambda name: name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…")
    doubled = short.map(short.value_counts()) > 1
    rows = rows.assign(
        name=short.where(~doubled, short + " (" + rows["occupation"] + ")"), full=names,
        beside=[f"{u:.1f}" for u in rows["unemployment"]],
    )  # fmt: skip
    field = Field("change", "Change of people at work, per cent", ".0f",
                  span(rows, "change_low", "change_high"))  # fmt: skip
    tooltip = [
        alt.Tooltip("full:N", title="Occupation"),
        alt.Tooltip("change:Q", title="Change, per cent", format=".1f"),
        alt.Tooltip("change_low:Q", title="Change, 5 % end", format=".1f"),
        alt.Tooltip("change_high:Q", title="Change, 95 % end", format=".1f"),
        alt.Tooltip("employed:Q", title="People at work", format=",.0f"),
        alt.Tooltip("unemployment:Q", title="Unemployment, %", format=".2f"),
    ]
    columns = ["name", "full", "beside", "change", "change_low", "change_high", "employed",
               "unemployment"]  # fmt: skip
    chart = ranked(
        rows[columns].reset_index(drop=True), field, low="change_low", high="change_high",
        beside=("beside", f"Unemployment in {last}, %"), tooltip=tooltip,
    )  # fmt: skip
    first = int(frame["year"].min())
    notes = [f"{first} to {last}, all regions. " + _band_note(result), *notes]
    title = "People at work by occupation in the years to come"
    return dress(chart, title, [*notes, source_line(result, system)])


def comparison_fan(result: Result, system: System) -> alt.LayerChart:
    """Show what each scenario does to unemployment, where it does most, with its band.

    Parameters
    ----------
    result : Result
        Of ``simulate.compare``.
    system : System

    Returns
    -------
    LayerChart
    """
    table = result.table()
    rows = table[(table["figure"] == "unemployment") & (table["region"] != _WHOLE)]
    most = str(rows.sort_values("difference", key=abs)["region"].iloc[-1])
    rows = rows[rows["region"] == most]
    names = [str(name) for name in rows["scenario"].unique()][: len(CATEGORIES) - 1]
    rows = rows[rows["scenario"].isin(names)]
    long = pd.DataFrame(
        {"time": rows["year"].astype(float), "year": rows["year"], "part": rows["scenario"],
         "figure": rows["difference"], "low": rows["difference_low"],
         "high": rows["difference_high"]}
    )  # fmt: skip
    chart = _fans(long, names, "Points of unemployment", span(long, "low", "high", zero=True))
    members = result.note.parameters["members"]
    notes = [
        f"{result.labels.get(most, most)}, where the scenarios do most; ends of years, scenario less "
        f"baseline. Bands: 5–95 % of the differences of {members} members, which share their random "
        "numbers."
    ]
    title = "What each scenario does to unemployment"
    return dress(chart, title, [*notes, source_line(result, system)])
