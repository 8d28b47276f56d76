"""The charts of the plan and of the ladder: where people go, what is filled, what coordination is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import Field, parts, ranked, tips
from echelon.charts.maps import can_map, on_map, outlines, points
from echelon.charts.rows import inline, named, shortened, source_line
from echelon.charts.shares import PLAIN, span
from echelon.charts.theme import ACCENT, CATEGORIES, dress, row_step, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "ladder_assumptions", "ladder_regions", "ladder_rungs", "plan_levers", "plan_map",
    "plan_occupations", "plan_sourcing",
]  # fmt: skip

_LEVERS = ("train", "retrain", "relocate", "recruit")
_LONGEST = 34
_RUNGS = {
    "alone": "Each alone",
    "departments_joined": "Departments joined",
    "regions_joined": "Regions joined",
    "joint": "All joined",
}
_ASSUMED = "Costs, limits and budgets are assumed where the system does not give them."


def plan_map(result: Result, system: System) -> alt.LayerChart:
    """Show on a map how much more of its posts each region fills under the plan.

    Parameters
    ----------
    result : Result
        Of ``plan.optimize``.
    system : System

    Returns
    -------
    LayerChart
    """
    kind = can_map(system)
    if not kind:
        raise InsufficientData(
            "There is nothing to draw a map from",
            fix="Add the table boundaries, or latitude and longitude of the regions",
        )
    frame = named(result.table("regions"), result.labels)
    year = int(frame["year"].max())
    frame = frame[(frame["year"] == year) & frame["region"].isin(on_map(system))]
    frame = frame.assign(more=frame["filled"] - frame["filled_without"], known=True)
    low, high = min(0.0, float(frame["more"].min())), max(float(frame["more"].max()), 0.1)
    color = alt.Color(
        "more:Q", scale=alt.Scale(domain=[low, high], scheme="viridis"),
        legend=alt.Legend(title="More posts filled, per cent of all", format=".1f"),
    )  # fmt: skip
    tooltip = tips(
        Field("more", "More posts filled, per cent", ".1f"),
        Field("filled", "Filled under the plan, per cent", ".1f"),
        Field("filled_without", "Filled without it, per cent", ".1f"),
        Field("spent", "Spent in the year", ",.3~s"), year=year,
    )  # fmt: skip
    chart = (outlines if kind == "outlines" else points)(
        system, frame, color=color, tooltip=tooltip
    )
    notes = [f"{year}, the last year of the plan. {_ASSUMED}", source_line(result, system)]
    return dress(chart, "Where the joint plan fills more posts", notes)


def plan_levers(result: Result, system: System) -> alt.LayerChart:
    """Show how many people start by each lever in each year.

    Parameters
    ----------
    result : Result
        Of ``plan.optimize``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("levers")
    frame = frame[frame["lever"].isin(_LEVERS)]
    frame = frame.groupby(["lever", "year"], as_index=False)[["amount", "cost"]].sum()
    frame = frame.assign(name=[result.labels.get(code, code) for code in frame["lever"]])
    names = [result.labels.get(code, code) for code in _LEVERS if code in set(frame["lever"])]
    palette = alt.Scale(domain=names, range=list(CATEGORIES[: len(names)]))
    tooltip = [
        alt.Tooltip("name:N", title="Lever"), alt.Tooltip("year:Q", title="Year", format="d"),
        alt.Tooltip("amount:Q", title="People who start", format=",.0f"),
        alt.Tooltip("cost:Q", title="Cost", format=",.3~s"),
    ]  # fmt: skip
    base = alt.Chart(inline(frame)).encode(
        x=alt.X("year:O", axis=alt.Axis(title=None, labelAngle=0)),
        y=alt.Y("amount:Q", axis=alt.Axis(title="People who start in the year", format=",.3~s")),
        color=alt.Color("name:N", scale=palette, legend=alt.Legend(title=None, orient="top")),
        tooltip=tooltip,
    )
    chart = stack(base.mark_line(strokeWidth=2.2), base.mark_point(filled=True, size=40, opacity=1))
    first, last = int(frame["year"].min()), int(frame["year"].max())
    notes = [
        f"{first}–{last}. No seats open whose graduates would arrive after {last}. {_ASSUMED}",
        source_line(result, system),
    ]
    return dress(
        chart.properties(width=560, height=320), "What the joint plan does, by year", notes
    )


def plan_occupations(result: Result, system: System) -> alt.LayerChart:
    """Compare the share of unfilled posts of each occupation with and without the plan.

    Parameters
    ----------
    result : Result
        Of ``plan.optimize``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("occupations")
    year = int(frame["year"].max())
    frame = frame[(frame["year"] == year) & (frame["posts"] > 0)]
    frame = frame.assign(
        name=_short(result, frame["occupation"]), without=100 - frame["filled_without"],
        planned=100 - frame["filled"],
    ).sort_values("without", ascending=False)  # fmt: skip
    frame = frame.head(40)
    ways = {"without": "Without the plan", "planned": "Under the joint plan"}
    long = pd.concat(
        [
            frame[["name", "year", "posts", "unmet", "unmet_without"]].assign(
                part=words, figure=frame[code], marked=False
            )
            for code, words in ways.items()
        ]
    )
    chart = parts(
        long, Field("figure", "Posts not filled, per cent", PLAIN, span(long, "figure", zero=True)),
        order=frame["name"].tolist(), names=list(ways.values()),
        tooltip=[alt.Tooltip("name:N", title="Occupation"), *tips(
            Field("figure", "Not filled, per cent", ".1f"), Field("posts", "Posts", ",.0f"),
            Field("unmet_without", "Not filled without the plan", ",.0f"),
            Field("unmet", "Not filled under it", ",.0f"), words={"part": "Case"})[1:]],
    )  # fmt: skip
    notes = [f"{year}, all regions together. {_ASSUMED}", source_line(result, system)]
    return dress(chart, "Posts that stay unfilled, by occupation", notes)


def plan_sourcing(result: Result, system: System) -> alt.LayerChart:
    """Show how many people the plan cultivates and how many it brings in, by occupation.

    Parameters
    ----------
    result : Result
        Of ``plan.optimize``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("sourcing")
    frame = frame.assign(whole=frame["cultivated"] + frame["introduced"])
    frame = frame[frame["whole"] > 0].sort_values("whole", ascending=False).head(30)
    if frame.empty:
        raise InsufficientData("The plan wins nobody for any occupation", fix="Give it a budget")
    frame = frame.assign(name=_short(result, frame["occupation"]))
    ways = {"cultivated": "Trained or retrained", "introduced": "Recruited from outside"}
    years = sorted(result.table("regions")["year"].unique())
    long = pd.concat(
        [frame[["name"]].assign(part=words, figure=frame[code]) for code, words in ways.items()]
    )
    order = frame["name"].tolist()
    tooltip = [
        alt.Tooltip("name:N", title="Occupation"), alt.Tooltip("part:N", title="Way"),
        alt.Tooltip("figure:Q", title="People", format=",.0f"),
    ]  # fmt: skip
    bars = alt.Chart(inline(long)).mark_bar(height=11).encode(
        y=alt.Y("name:N", sort=order, axis=alt.Axis(title=None, labelLimit=230, grid=False)),
        x=alt.X("sum(figure):Q", axis=alt.Axis(title="People who arrive in the years of the plan",
                                               format=",.3~s")),
        color=alt.Color("part:N", scale=alt.Scale(domain=list(ways.values()),
                                                  range=list(CATEGORIES[:2])),
                        legend=alt.Legend(title=None, orient="top")),
        tooltip=tooltip,
    )  # fmt: skip
    notes = [
        f"{years[0]}–{years[-1]}, all regions together. {_ASSUMED}",
        source_line(result, system),
    ]
    chart = stack(bars).properties(width=420, height=len(order) * row_step(len(order)))
    return dress(chart, "Cultivated and introduced under the joint plan", notes)


def ladder_rungs(result: Result, system: System) -> alt.LayerChart:
    """Show what each way of planning saves against the status quo, with its band.

    Parameters
    ----------
    result : Result
        Of ``plan.ladder``.
    system : System

    Returns
    -------
    LayerChart
    """
    table = result.table().set_index("rung")
    frame = table.loc[list(_RUNGS)].reset_index()
    size, word = _size(float(frame["benefit_high"].abs().max()))
    for name in ("benefit", "benefit_low", "benefit_high", "promised"):
        frame[name] = frame[name] / size
    frame = frame.assign(
        name=list(_RUNGS.values()), beside=[f"{share:.1f} %" for share in frame["share"]]
    )
    ends = ["benefit", "benefit_low", "benefit_high"]
    title = f"Saved against the status quo, {word}currency units"
    chart = ranked(
        frame, Field("benefit", title, PLAIN, span(frame, *ends, zero=True)), low="benefit_low",
        high="benefit_high", beside=("beside", "Of all joined"),
        tooltip=[alt.Tooltip("joined:N", title="Way of planning"), *tips(
            Field("benefit", "Saved", ",.4~g"), Field("benefit_low", "5 % end", ",.4~g"),
            Field("benefit_high", "95 % end", ",.4~g"),
            Field("promised", "Promised by the separate plans", ",.4~g"))[1:]],
    )  # fmt: skip
    draws, years = len(result.table("draws")), result.note.parameters["years"]
    notes = [
        f"{years}. Dot: central assumptions; bar: 5–95 % of {draws} joint draws of all assumptions, "
        "the central plans carried out under each.",
        _certain(result), source_line(result, system),
    ]  # fmt: skip
    return dress(chart, "What planning together saves", notes)


def ladder_regions(result: Result, system: System) -> alt.LayerChart:
    """Show what each region gains by planning together, in per cent of its wages.

    Parameters
    ----------
    result : Result
        Of ``plan.ladder``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("gains"), result.labels)
    kept, notes = shortened(frame, "gain_of_wages")
    order = kept["name"].tolist()
    tooltip = tips(
        Field("gain_of_wages", "Gain, per cent of wages", ".2f"),
        Field("gain", "Gain", ",.3~s"), Field("alone", "Cost behind closed borders", ",.3~s"),
        Field("pays", "Charge at the joint plan's prices", ",.3~s"),
    )  # fmt: skip
    bars = alt.Chart(inline(kept)).mark_bar(color=ACCENT, height=8).encode(
        y=alt.Y("name:N", sort=order, axis=alt.Axis(title=None, labelLimit=170, grid=False)),
        x=alt.X("gain_of_wages:Q", axis=alt.Axis(title="Gain, per cent of the region's wages")),
        tooltip=tooltip,
    )  # fmt: skip
    chart = stack(bars).properties(width=440, height=len(order) * row_step(len(order)))
    lines = [
        f"{result.note.parameters['years']}. Cost behind closed borders less the charge at the joint "
        "plan's prices, at which no region pays more than alone. Central assumptions.",
        *notes, source_line(result, system),
    ]  # fmt: skip
    return dress(chart, "What each region gains by planning together", lines)


def ladder_assumptions(result: Result, system: System) -> alt.LayerChart:
    """Show the assumptions that move the value of coordination most.

    Parameters
    ----------
    result : Result
        Of ``plan.ladder``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("drivers").head(10)
    frame = frame.assign(
        name=[str(name).replace("_", " ") for name in frame["name"]],
        beside=[f"{low:g}–{high:g}" for low, high in zip(frame["low"], frame["high"], strict=True)],
    )
    order = frame["name"].tolist()
    y = alt.Y("name:N", sort=order, axis=alt.Axis(title=None, labelLimit=200, grid=False))
    tooltip = [
        alt.Tooltip("name:N", title="Assumption"), alt.Tooltip("unit:N", title="Unit"),
        alt.Tooltip("beside:N", title="Range"),
        alt.Tooltip("correlation:Q", title="Rank correlation", format=".2f"),
    ]  # fmt: skip
    base = alt.Chart(inline(frame)).encode(y=y, tooltip=tooltip)
    bars = base.mark_bar(color=ACCENT, height=11).encode(
        x=alt.X("correlation:Q", scale=alt.Scale(domain=[-1, 1]),
                axis=alt.Axis(title="Rank correlation with the value of coordination"))
    )  # fmt: skip
    chart = stack(bars).properties(width=420, height=len(order) * row_step(len(order)))
    draws, years = len(result.table("draws")), result.note.parameters["years"]
    notes = [
        f"{years}. Over {draws} joint draws; above 0: more of it makes coordination worth more.",
        source_line(result, system),
    ]
    return dress(chart, "Which assumptions the value of coordination hangs on", notes)


def _certain(result: Result) -> str:
    """Say whether the band tells the rungs apart."""
    value = result.table("value").set_index("part")
    row = value.loc["in all"]
    size, word = _size(float(value["value_high"].abs().max()))
    ends = f"{row['value_low'] / size:.3g} to {row['value_high'] / size:.3g} {word}".strip()
    if row["certain"]:
        return f"Planning together against each alone saves {ends} more (5–95 %)."
    if row["value_low"] > 0:
        return f"Saves {ends} more (5–95 %), but the gaps to which the plans are proven reach 0."
    return f"The band of the difference covers 0 ({ends}): whether coordination pays is open."


def _size(value: float) -> tuple[float, str]:
    for size, word in (
        (1e12, "trillion "),
        (1e9, "billion "),
        (1e6, "million "),
        (1e3, "thousand "),
    ):
        if value >= size:
            return size, word
    return 1.0, ""


def _short(result: Result, codes: pd.Series) -> list[str]:
    """Return names of occupations that fit beside a plot."""
    names = [str(result.labels.get(code, code)).removesuffix(" Occupations") for code in codes]
    return [name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…" for name in names]
