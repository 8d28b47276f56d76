"""The charts of what may differ between good plans, and of plans that are made anew each year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import altair as alt
import pandas as pd

from echelon.charts.rows import inline, source_line
from echelon.charts.theme import ACCENT, CATEGORIES, SHAPES, dress, row_step, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["alternatives_ends", "rolling_regret"]

_LABELS = ("region", "occupation", "field", "level", "platform")
_MOST = 30
_LONGEST = 44
_WIDE = 400


def alternatives_ends(result: Result, system: System) -> alt.LayerChart:
    """Show how little and how much of each decision a good plan can have, beside the joint plan's.

    Parameters
    ----------
    result : Result
        Of ``plan.alternatives``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table()
    frame = frame[frame["most"] > 0].head(_MOST)
    if frame.empty:
        raise InsufficientData(
            "No decision can be taken within the slack", fix="Give the plan a budget, or more slack"
        )
    size = frame["most"]
    shares = {name: 100 * frame[name] / size for name in ("least", "central", "most")}
    frame = frame.assign(
        name=[_named(result, row) for row in frame.to_dict("records")],
        beside=[
            f"{_round(low)} – {_round(high)}"
            for low, high in zip(frame["least"], frame["most"], strict=True)
        ],
        **{f"{name}_share": values for name, values in shares.items()},
    )
    order = frame["name"].tolist()
    must = alt.Scale(domain=["yes", "open", "no"], range=[ACCENT, "#8fa9bd", "#c9ced3"])
    tooltip = [
        alt.Tooltip("name:N", title="Decision"), alt.Tooltip("unit:N", title="Unit"),
        *(alt.Tooltip(f"{column}:Q", title=title, format=",.4~g")
          for column, title in (("least", "Least found"), ("least_proven", "Proven never less than"),
                                ("central", "Joint plan"), ("most", "Most found"),
                                ("most_proven", "Proven never more than"))),
        alt.Tooltip("must:N", title="In every good plan"),
    ]  # fmt: skip
    base = alt.Chart(inline(frame)).encode(
        y=alt.Y("name:N", sort=order, axis=alt.Axis(title=None, labelLimit=260, grid=False)),
        tooltip=tooltip,
    )
    bars = base.mark_bar(height=9).encode(
        x=alt.X("least_share:Q", scale=alt.Scale(domain=[0, 100]),
                axis=alt.Axis(title="Per cent of the most that is found")),
        x2="most_share:Q",
        color=alt.Color("must:N", scale=must,
                        legend=alt.Legend(title="In every good plan", orient="top")),
    )  # fmt: skip
    dots = base.mark_point(filled=True, size=52, opacity=1, color="#1d1d1f").encode(
        x="central_share:Q"
    )
    text = base.mark_text(align="left", baseline="middle", aria=False).encode(
        x=alt.value(_WIDE + 10), text="beside:N"
    )
    chart = stack(bars, dots, text).properties(
        width=_WIDE, height=max(len(order) * row_step(len(order)), 60)
    )
    slack, years = float(str(result.note.parameters["slack"])), result.note.parameters["years"]
    notes = [
        f"{years}, sums over the years. Bar: over all plans that cost at most {100 * slack:g} per "
        "cent more; dot: the joint plan; beside: least to most.",
        source_line(result, system),
    ]  # fmt: skip
    return dress(chart, "What every good plan does, and what may differ", notes)


def rolling_regret(result: Result, system: System) -> alt.LayerChart:
    """Show by how much the plan made anew and the plan never changed cost more than hindsight.

    Parameters
    ----------
    result : Result
        Of ``plan.rolling``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table().sort_values("hindsight")
    ways = {"cost": "Made anew", "never_changed": "Never changed"}
    long = pd.concat(
        [
            frame[["draw", "posts"]].assign(
                part=words, name=[f"Course {draw + 1}" for draw in frame["draw"]],
                figure=100 * (frame[code] / frame["hindsight"] - 1),
            )
            for code, words in ways.items()
        ]
    )  # fmt: skip
    names = list(ways.values())
    order = long["name"].drop_duplicates().tolist()
    base = alt.Chart(inline(long)).encode(
        y=alt.Y("name:N", sort=order, axis=alt.Axis(title=None, grid=False)),
        x=alt.X("figure:Q", axis=alt.Axis(title="Cost above the plan in hindsight, per cent")),
        tooltip=[alt.Tooltip("name:N", title="Course"), alt.Tooltip("part:N", title="Plan"),
                 alt.Tooltip("figure:Q", title="Above hindsight, per cent", format=".2f"),
                 alt.Tooltip("posts:Q", title="Posts in the last year", format=",.0f")],
    )  # fmt: skip
    dots = base.mark_point(filled=True, opacity=1, size=80).encode(
        color=alt.Color("part:N", scale=alt.Scale(domain=names, range=list(CATEGORIES[:2])),
                        legend=alt.Legend(title=None, orient="top")),
        shape=alt.Shape("part:N", scale=alt.Scale(domain=names, range=list(SHAPES[:2])),
                        legend=alt.Legend(title=None, orient="top")),
    )  # fmt: skip
    chart = stack(dots).properties(width=_WIDE, height=max(len(order) * row_step(len(order)), 60))
    about = result.note.parameters
    notes = [
        f"{about['years']}. Demand of each occupation moves by {100 * float(str(about['spread'])):.2g} per "
        f"cent a year; {len(order)} courses, cheapest in hindsight first.",
        source_line(result, system),
    ]  # fmt: skip
    return dress(chart, "What is regretted in hindsight", notes)


def _named(result: Result, row: Mapping[Any, Any]) -> str:
    """Return what a group of decisions is called."""
    codes = [row["lever"], *(row[name] for name in _LABELS if not pd.isna(row[name]))]
    words = [str(result.labels.get(str(code), code)).replace("_", " ") for code in codes]
    words[0] = words[0].capitalize()
    name = ", ".join(word.removesuffix(" Occupations") for word in words)
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _round(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 10 else f"{figure:.2g}"
