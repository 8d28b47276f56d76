"""The charts of specialisation: complexity of each kind, its map, activities, likeness over time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, lines, ranked, tips
from echelon.charts.maps import can_map, outlines, points
from echelon.charts.rows import named, rank_text, shortened, source_line, unknown_note
from echelon.charts.theme import dress
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "specialisation_activities",
    "specialisation_likeness",
    "specialisation_map",
    "specialisation_of",
]

_BARS = "Bars: 5–95 % of draws of figures and activities."
_SHOWN = 12


def _kinds(result: Result, figure: str) -> list[str]:
    """Return the kinds of activities for which a figure is known, in the order of the result."""
    frame = result.table("specialisation")
    return list(frame.loc[frame[figure].notna(), "kind"].unique())


def specialisation_of(kind: str) -> Callable[[Result, System], alt.LayerChart]:
    """Return the chart of one kind of activities: the regions by complexity, else by their distance.

    Parameters
    ----------
    kind : str
        Occupations, industries or technologies.

    Returns
    -------
    callable
        Result and system to a chart.
    """

    def draw(result: Result, system: System) -> alt.LayerChart:
        frame = named(result.table("specialisation"), result.labels)
        frame = frame[frame["kind"] == kind]
        if frame.empty:
            raise InsufficientData(f"There are no {kind} to draw", fix="Add their figures")
        ordered = frame["complexity"].notna().any()
        column = "complexity" if ordered else "krugman"
        if frame[f"{column}_low"].isna().all():
            raise InsufficientData(
                f"There is nothing to draw: the {kind} have no bands",
                fix="Add figures of more years, or their sampling errors",
            )
        if not ordered:
            renamed = {f"krugman_rank{end}": f"rank{end}" for end in ("", "_low", "_high")}
            frame = frame.drop(columns=["rank", "rank_low", "rank_high"]).rename(columns=renamed)
        title = (
            f"How complex what each region does is: {kind}" if ordered
            else f"How far each region’s {kind} are from those of all regions"
        )  # fmt: skip
        about = (
            "Order by who has which activity, mean 0, standard deviation 1." if ordered
            else "0: the same mix, 2: nothing in common."
        )  # fmt: skip
        words = "Complexity, standard deviations" if ordered else "Distance from the mix, 0 to 2"
        field = Field(column, words, "+.1f" if ordered else "~g")
        kept, notes = shortened(frame, column)
        kept = kept.assign(beside=rank_text(kept))
        chart = ranked(
            kept, field, low=f"{column}_low", high=f"{column}_high",
            beside=("beside", "Rank (5–95 %)"),
            tooltip=tips(replace(field, format=".2f"), *RANK_FIELDS,
                         Field("diversity", "Activities with a quotient of 1 or more", ".0f"), year=1),
        )  # fmt: skip
        year = int(frame["year"].iloc[0])
        lines_ = [f"{year}. {about} {_BARS}", *notes, *unknown_note(frame, column)]
        return dress(chart, title, [*lines_, source_line(result, system)])

    return draw


def specialisation_map(result: Result, system: System) -> alt.LayerChart:
    """Show on a map how complex the activities of each region are, of the first kind that has it.

    Parameters
    ----------
    result : Result
        Of ``measure.specialisation``.
    system : System

    Returns
    -------
    LayerChart

    Raises
    ------
    InsufficientData
        When complexity is unknown, or the regions have no places.
    """
    kinds, how = _kinds(result, "complexity"), can_map(system)
    if not kinds or not how:
        raise InsufficientData(
            "There is no map of complexity to draw", fix="Add places, or more activities"
        )
    frame = named(result.table("specialisation"), result.labels)
    frame = frame[frame["kind"] == kinds[0]]
    frame = frame.assign(known=frame["complexity"].notna(), ranked=rank_text(frame))
    frame = frame[["region", "name", "year", "complexity", "ranked", "diversity", "known"]]
    color = alt.Color(
        "complexity:Q", scale=alt.Scale(scheme="viridis"),
        legend=alt.Legend(title="Complexity, standard deviations", orient="bottom",
                          gradientLength=260, offset=20),
    )  # fmt: skip
    draw = outlines if how == "outlines" else points
    tooltip = tips(
        Field("complexity", "Complexity", ".2f"),
        Field("diversity", "Activities with a quotient of 1 or more", ".0f"),
        year=1, words={"ranked": "Rank (5–95 %)"},
    )  # fmt: skip
    chart = draw(system, frame, color=color, tooltip=tooltip)
    year = int(frame["year"].iloc[0])
    notes = [f"{year}. Order by who has which of the {kinds[0]}.", source_line(result, system)]
    return dress(chart, f"Where the complex {kinds[0]} are", notes)


def specialisation_activities(result: Result, system: System) -> alt.LayerChart:
    """Show the most and the least complex activities, with bands and where each is strongest.

    Parameters
    ----------
    result : Result
        Of ``measure.specialisation``.
    system : System

    Returns
    -------
    LayerChart
    """
    kinds = _kinds(result, "complexity")
    if not kinds:
        raise InsufficientData(
            "The complexity of the activities is unknown", fix="Add more activities"
        )
    table = result.table("activities")
    table = table[(table["kind"] == kinds[0]) & table["complexity"].notna()]
    table = table.sort_values("complexity", ascending=False)
    if len(table) > 2 * _SHOWN:
        table = pd.concat([table.head(_SHOWN), table.tail(_SHOWN)])
    names = result.labels
    frame = table.assign(
        name=[_short(names.get(code, code)) for code in table["activity"]],
        strongest=[names.get(code, code) for code in table["strongest"]],
    )
    field = Field("complexity", "Complexity, standard deviations", "+.1f")
    chart = ranked(
        frame, field, low="complexity_low", high="complexity_high",
        beside=("strongest", "Strongest in"),
        tooltip=[
            alt.Tooltip("name:N", title="Activity"),
            alt.Tooltip("complexity:Q", title="Complexity", format=".2f"),
            alt.Tooltip("regions_with_it:Q", title="Regions with a quotient of 1 or more"),
            alt.Tooltip("strongest:N", title="Strongest in"),
        ],
    )  # fmt: skip
    year = int(table["year"].iloc[0])
    few = len(table) == 2 * _SHOWN
    notes = [
        f"{year}. "
        + (f"The {_SHOWN} most and the {_SHOWN} least complex. " if few else "")
        + _BARS,
        source_line(result, system),
    ]
    return dress(chart, f"Which {kinds[0]} only complex regions have", notes)


def _short(name: str) -> str:
    return name if len(name) <= 27 else name[:25].rstrip(" ,") + "…"


def specialisation_likeness(result: Result, system: System) -> alt.LayerChart:
    """Show whether the regions grow more alike: the mean cosine of their portfolios by year.

    Parameters
    ----------
    result : Result
        Of ``measure.specialisation``.
    system : System

    Returns
    -------
    LayerChart

    Raises
    ------
    InsufficientData
        When no kind of activities has several years.
    """
    frame = result.table("years")
    counts = frame["kind"].value_counts()
    frame = frame[frame["kind"].isin(counts.index[counts > 2])]
    if frame.empty:
        raise InsufficientData(
            "Likeness over time needs three years or more", fix="Add figures of more years"
        )
    frame = frame.assign(name=frame["kind"].map(lambda kind: result.labels.get(kind, kind)))
    low, high = float(frame["similarity"].min()), float(frame["similarity"].max())
    pad = max(0.01, 0.15 * (high - low))
    field = Field(
        "similarity",
        "Mean cosine of two regions’ portfolios",
        "~g",
        (low - pad, min(1, high + pad)),
    )
    tooltip = [
        alt.Tooltip("name:N", title="Kind"), alt.Tooltip("year:Q", title="Year", format="d"),
        alt.Tooltip("similarity:Q", title="Mean cosine", format=".3f"),
    ]  # fmt: skip
    chart = lines(frame, field, chosen=list(frame["name"].unique()), tooltip=tooltip)
    notes = [
        "1: all regions do the same. Rising: regions grow alike, and compete for the same activities.",
        source_line(result, system),
    ]
    return dress(chart, "Do the regions grow more alike?", notes)
