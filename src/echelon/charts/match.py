"""The charts of matching: scarcity by region, occupation and skill, and the comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import Field, parts, ranked, tips
from echelon.charts.maps import can_map, on_map, outlines, points
from echelon.charts.rows import inline, named, shortened, source_line
from echelon.charts.theme import ACCENT, CATEGORIES, dress, row_step, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "group_gaps",
    "mechanism_comparison",
    "occupation_scarcity",
    "region_gains",
    "scarcity_map",
    "screen_cost",
    "skill_keys",
]

_MOST = 20
_WAYS = {"without": "Group not in the score", "with": "Bonus for the group that gets least"}


def scarcity_map(result: Result, system: System) -> alt.LayerChart:
    """Show on a map how scarce seats are in each region: their mean price.

    Parameters
    ----------
    result : Result
        Of ``match.optimal``.
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
    frame = frame[frame["region"].isin(on_map(system))].assign(known=frame["price"].notna())
    top = float(frame["price"].max()) or 1.0
    color = alt.Color(
        "price:Q", scale=alt.Scale(domain=[0.0, top], scheme="viridis"),
        legend=alt.Legend(title="Mean price of a seat, in scores", format=".2f"),
    )  # fmt: skip
    tooltip = tips(
        Field("price", "Mean price of a seat", ".3f"), Field("seats", "Seats", ",d"),
        Field("people", "People", ",d"), Field("matched_share", "Matched, per cent", ".1f"),
        Field("gain", "Worth of one more person", ".3f"),
    )  # fmt: skip
    draw = outlines if kind == "outlines" else points
    chart = draw(system, frame, color=color, tooltip=tooltip)
    notes = ["Between what one more seat and what the last one is worth to the whole; grey: no seat.",
             _drawn(result), source_line(result, system)]  # fmt: skip
    return dress(chart, "Where seats are scarce", [note for note in notes if note])


def occupation_scarcity(result: Result, system: System) -> alt.LayerChart:
    """Show the occupations whose seats are scarcest, and how many people would crowd at each.

    Parameters
    ----------
    result : Result
        Of ``match.optimal``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("occupations")
    frame = frame[frame["price"].notna()].head(_MOST)
    if frame.empty:
        raise InsufficientData("There are no seats to draw", fix="Add posts with a capacity")
    frame = frame.assign(
        name=[_short(result, code) for code in frame["occupation"]],
        beside=[f"{seats:,} · {each:.1f}" for seats, each in
                zip(frame["seats"], frame["per_seat"], strict=True)],
    )  # fmt: skip
    top = float(frame[["price", "price_high"]].max().max()) or 1.0
    field = Field("price", "Price of a seat, in scores", ".2f", (0.0, 1.05 * top))
    chart = ranked(
        frame, field, low="price_low", high="price_high",
        beside=("beside", "Seats · first choices a seat"),
        tooltip=[alt.Tooltip("name:N", title="Occupation"), *tips(
            Field("price", "Price of a seat", ".3f"), Field("seats", "Seats", ",d"),
            Field("per_seat", "People whose best post it is, a seat", ".2f"))[1:]],
    )  # fmt: skip
    notes = [f"The {len(frame)} scarcest. Dot: mean price of a seat; bar: 5–95 % of its posts.",
             "First choices a seat: people whose best post it is by score alone, who would crowd there.",
             _drawn(result), source_line(result, system)]  # fmt: skip
    return dress(chart, "Occupations whose seats are scarcest", [note for note in notes if note])


def skill_keys(result: Result, system: System) -> alt.LayerChart:
    """Show the skills that would open a post to most people.

    Parameters
    ----------
    result : Result
        Of ``match.optimal``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("skills")
    frame = frame[frame["would_gain"] > 0].head(15)
    if frame.empty:
        raise InsufficientData(
            "No single skill would open a post to anybody", fix="Look at the table skills"
        )
    looked = len(result.table("unlocks"))
    frame = frame.assign(name=[_short(result, code) for code in frame["skill"]])
    order = frame["name"].tolist()
    y = alt.Y("name:N", sort=order, axis=alt.Axis(title=None, labelLimit=210, grid=False))
    tooltip = [alt.Tooltip("name:N", title="Skill"), *tips(
        Field("would_gain", "People to whom it would open a post", ",d"),
        Field("opens", "Seats that it opens to each", ".1f"), Field("seats", "Seats that require it", ",d"),
        Field("lost", "Score lost for want of it", ".2f"))[1:]]  # fmt: skip
    base = alt.Chart(inline(frame)).encode(y=y, tooltip=tooltip)
    axis = alt.Axis(title="People to whom it would open a better post", format="d", tickMinStep=1)
    bars = base.mark_bar(color=ACCENT, height=11).encode(x=alt.X("would_gain:Q", axis=axis))
    text = base.mark_text(align="left", dx=5).encode(x="would_gain:Q", text="would_gain:Q")
    chart = stack(bars, text).properties(width=420, height=len(frame) * row_step(len(frame)))
    notes = ["A skill opens a post when the person, holding it at the level required and all else the "
             f"same, would gain more there after its price. {looked:,} people have at least one.",
             _drawn(result), source_line(result, system)]  # fmt: skip
    return dress(chart, "The skills that would open most posts", [note for note in notes if note])


def mechanism_comparison(result: Result, system: System) -> alt.HConcatChart:
    """Show the mechanisms beside each other: value, matched, first choices, envy, moves.

    Parameters
    ----------
    result : Result
        Of ``match.mechanisms``.
    system : System

    Returns
    -------
    HConcatChart
    """
    frame = result.table()
    order = frame["label"].tolist()
    panels = []
    for place, (column, title) in enumerate(
        (("value", "Total score"), ("matched_share", "Matched, %"),
         ("first_choice_share", "First choice, %"), ("envious_people", "Justified envy, people"))
    ):  # fmt: skip
        y = alt.Y(
            "label:N", sort=order,
            axis=alt.Axis(title=None, labelLimit=190, grid=False) if place == 0 else None,
        )  # fmt: skip
        base = alt.Chart(inline(frame)).encode(
            y=y,
            tooltip=[alt.Tooltip("label:N", title="Mechanism"),
                     alt.Tooltip(f"{column}:Q", title=title, format=",.4~g"),
                     alt.Tooltip(f"{column}_low:Q", title="Least", format=",.4~g"),
                     alt.Tooltip(f"{column}_high:Q", title="Largest", format=",.4~g")],
        )  # fmt: skip
        axis = alt.Axis(title=title, tickCount=3)
        scale = alt.Scale(zero=column != "value", nice=True)
        bars = base.mark_rule(style="band").encode(
            x=alt.X(f"{column}_low:Q", axis=axis, scale=scale), x2=f"{column}_high:Q"
        )
        dots = base.mark_point(filled=True, size=70, opacity=1, color=ACCENT).encode(
            x=f"{column}:Q"
        )
        panels.append(stack(bars, dots).properties(width=106, height=5 * row_step(5)))
    notes = ["Dot: the first lottery between equals; bar: the least and largest of all lotteries.",
             "Justified envy: people who prefer a post that holds somebody of lower priority there.",
             _drawn(result), source_line(result, system)]  # fmt: skip
    return dress(
        alt.hconcat(*panels, spacing=14), "What each mechanism gives", [n for n in notes if n]
    )


def screen_cost(result: Result, system: System) -> alt.LayerChart:
    """Show by level of education what a person gets with degree screens and without.

    Parameters
    ----------
    result : Result
        Of ``match.screens``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("education")
    order = frame.assign(
        gain=(frame["value_without"] - frame["value_with"]) / frame["people"]
    ).sort_values("gain", ascending=False)["education"]
    names = {"with": "With degree screens", "without": "Without"}
    rows = pd.concat(
        [frame.assign(part=title, figure=frame[f"value_{way}"] / frame["people"], marked=False)
         for way, title in names.items()], ignore_index=True,
    )  # fmt: skip
    rows["name"] = [_short(result, code) for code in rows["education"]]
    cost = result.table().set_index("screens").loc["cost"]
    tooltip = [alt.Tooltip("name:N", title="Education"), alt.Tooltip("part:N", title="Way"),
               alt.Tooltip("figure:Q", title="Score a person", format=".3f"),
               alt.Tooltip("people:Q", title="People", format=",d")]  # fmt: skip
    chart = parts(
        rows, Field("figure", "Total score over all people of the level, a person", ".2f"),
        order=[_short(result, code) for code in order], names=list(names.values()), tooltip=tooltip,
    )  # fmt: skip
    notes = [f"The screens cost between {cost['low']:,.6g} and {cost['high']:,.6g} of the total score "
             f"({cost['share']:.2g} per cent): proven. Who gains is one of several best matchings.",
             _drawn(result), source_line(result, system)]  # fmt: skip
    return dress(chart, "Skills against credentials", [note for note in notes if note])


def region_gains(result: Result, system: System) -> alt.LayerChart:
    """Show what the people of each region get alone and together with the others.

    Parameters
    ----------
    result : Result
        Of ``match.together``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("regions"), result.labels)
    frame = frame[frame["people"] > 0]
    frame = frame.assign(gain=(frame["together"] - frame["alone"]) / frame["people"])
    kept, notes = shortened(frame, "gain")
    if kept.empty:
        raise InsufficientData("There are no people to draw", fix="Add people")
    names = {"alone": "Alone", "together": "Together"}
    rows = pd.concat(
        [kept.assign(part=title, figure=kept[way] / kept["people"], marked=False)
         for way, title in names.items()], ignore_index=True,
    )  # fmt: skip
    gain = result.table().set_index("way").loc["gain"]
    tooltip = tips(
        Field("figure", "Score a person", ".3f"), Field("people", "People", ",d"),
        Field("seats", "Seats", ",d"), Field("outside", "Placed in another region", ",d"),
        words={"part": "Way"},
    )  # fmt: skip
    chart = parts(
        rows, Field("figure", "Total score of the region's people, a person", ".2f"),
        order=kept["name"].tolist(), names=list(names.values()), tooltip=tooltip,
    )  # fmt: skip
    first = (
        f"Together is worth between {gain['low']:,.6g} and {gain['high']:,.6g} more than all regions "
        f"alone ({gain['share']:.2g} per cent): proven."
    )
    lines = [first, *notes, _drawn(result), source_line(result, system)]
    return dress(chart, "What it is worth to match together", [line for line in lines if line])


def group_gaps(result: Result, system: System) -> alt.LayerChart:
    """Show which share of each group is matched, with and without the group in the score.

    Parameters
    ----------
    result : Result
        Of ``match.groups``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table().assign(part=lambda rows: rows["way"].map(_WAYS))
    names = list(_WAYS.values())
    shift = alt.YOffset("part:N", scale=alt.Scale(domain=names))
    base = alt.Chart(inline(frame)).encode(
        y=alt.Y("group:N", axis=alt.Axis(title=None, grid=False)), yOffset=shift,
        color=alt.Color("part:N", scale=alt.Scale(domain=names, range=list(CATEGORIES[:2])),
                        legend=alt.Legend(title=None, symbolOpacity=1)),
        tooltip=[alt.Tooltip("group:N", title="Group"), alt.Tooltip("part:N", title="Way"),
                 alt.Tooltip("matched_share:Q", title="Matched, per cent", format=".1f"),
                 alt.Tooltip("people:Q", title="People", format=",d"),
                 alt.Tooltip("mean_score:Q", title="Score a person", format=".3f")],
    )  # fmt: skip
    axis = alt.Axis(title="Matched, per cent of the group")
    scale = alt.Scale(domain=[0, 100])
    bands = base.mark_rule(strokeWidth=3, opacity=0.4).encode(
        x=alt.X("matched_share_low:Q", axis=axis, scale=scale), x2="matched_share_high:Q"
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(x="matched_share:Q")
    height = frame["group"].nunique() * 44
    notes = ["Bars: 5–95 % Wilson band, as if the people were a sample of their group.",
             source_line(result, system)]  # fmt: skip
    chart = stack(bands, dots).properties(width=480, height=height)
    return dress(chart, "What groups get", notes)


def _short(result: Result, code: object) -> str:
    """Return the name of a code, shortened, its code where it has none."""
    name = result.labels.get(str(code), str(code))
    return name if len(name) <= 38 else f"{name[:36].rstrip(' ,;')} …"


def _drawn(result: Result) -> str:
    """Return a note when people were drawn from cells."""
    drawn = any("were drawn (seed" in step for step in result.note.steps)
    return "People and seats were drawn from cells (derived, see the note)." if drawn else ""
