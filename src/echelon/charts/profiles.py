"""The charts of profiles: who takes which activity, and how alike regions are before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import Field, parts, tips
from echelon.charts.rows import inline, named, shortened, source_line
from echelon.charts.shares import PLAIN, span
from echelon.charts.theme import dress, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["profile_matrix", "profile_overlap"]

_PARTS = {"alone": "Each region for itself", "together": "All regions together"}
_LONGEST_NAME = 44
_ROW, _COLUMN = 12, 10


def profile_matrix(result: Result, system: System) -> alt.LayerChart:
    """Show which region takes which activity, the most complex activities at the top.

    Parameters
    ----------
    result : Result
        Of ``plan.specialise``.
    system : System
    """
    frame = named(result.table("profiles"), result.labels)
    frame["activity_name"] = [_short(result.labels.get(a, a)) for a in frame["activity"]]
    frame["per_cent"] = 100 * frame["share_of_draws"]
    # Rows by complexity, else by name; columns by the complexity of what they take, so that it slopes.
    frame["order"] = frame["complexity"].fillna(0.0)
    activities = frame.groupby("activity_name")["order"].first().sort_values(ascending=False)
    regions = frame.groupby("name")["order"].mean().sort_values(ascending=False)
    frame["now"] = ["strong already" if strong else "new" for strong in frame["strong_now"]]
    words = [word for word in ("strong already", "new") if (frame["now"] == word).any()]
    shapes = {"strong already": "circle", "new": "diamond"}
    wide = max(_COLUMN, min(40, 420 // max(1, len(regions))))
    tall = _ROW if len(activities) > 12 else 22
    base = alt.Chart(
        inline(frame[["name", "activity_name", "per_cent", "score", "others", "now"]])
    ).encode(
        x=alt.X("name:N", sort=list(regions.index),
                axis=alt.Axis(title=None, orient="top", labelAngle=-90, labelOverlap=False, grid=True,
                              labelFontSize=9 if len(regions) > 20 else 12, labelPadding=4)),
        y=alt.Y("activity_name:N", sort=list(activities.index),
                axis=alt.Axis(title=None, labelLimit=260, labelOverlap=False, grid=True,
                              labelFontSize=10 if len(activities) > 12 else 12)),
        tooltip=[
            alt.Tooltip("name:N", title="Region"), alt.Tooltip("activity_name:N", title="Activity"),
            alt.Tooltip("per_cent:Q", title="In the profile, % of draws", format=".0f"),
            alt.Tooltip("score:Q", title="Score", format=".2f"),
            alt.Tooltip("others:Q", title="Other regions with it", format="d"),
            alt.Tooltip("now:N", title="Now"),
        ],
    )  # fmt: skip
    dots = base.mark_point(filled=True, opacity=1, size=46).encode(
        color=alt.Color("per_cent:Q", scale=alt.Scale(scheme="viridis", domain=[0, 100]),
                        legend=alt.Legend(title="In the profile, % of draws", orient="bottom",
                                          direction="horizontal", gradientLength=180)),
        shape=alt.Shape("now:N", scale=alt.Scale(domain=words, range=[shapes[word] for word in words]),
                        legend=None if len(words) == 1 else
                        alt.Legend(title=None, orient="bottom", direction="horizontal")),
    )  # fmt: skip
    chart = stack(dots).properties(width=wide * len(regions), height=tall * len(activities))
    year = int(frame["year"].iloc[0])
    notes = [
        f"{year}. One column a region, one row an activity that some region takes"
        + (", the most complex at the top. " if frame["complexity"].notna().any() else ". ")
        + _now(words)
        + f"An activity has room for {result.note.parameters['room']} regions; more have a price.",
        source_line(result, system),
    ]
    return dress(chart, "A distinct profile for every region", notes)


def _now(words: list[str]) -> str:
    """Say what all choices are when they are of one kind."""
    if len(words) > 1:
        return ""
    return "Every choice is new. " if words == ["new"] else "Every choice is a strength of today. "


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"


def profile_overlap(result: Result, system: System) -> alt.LayerChart:
    """Show how alike each region's profile is to the others', chosen alone and together.

    Parameters
    ----------
    result : Result
        Of ``plan.specialise``.
    system : System

    Raises
    ------
    InsufficientData
        When no two regions overlap.
    """
    frame = named(result.table("regions"), result.labels)
    if not (frame["overlap_alone"].fillna(0.0) > 0).any():
        raise InsufficientData(
            "No two regions choose the same when each looks at itself alone",
            fix="Give a larger size, or more regions",
        )
    kept, notes = shortened(frame, "overlap_alone")
    rows = []
    for part, word in _PARTS.items():
        column = f"overlap_{part}"
        rows.append(
            pd.DataFrame(
                {
                    "region": kept["region"], "name": kept["name"], "part": word, "marked": False,
                    "figure": kept[column], "low": kept[f"{column}_low"],
                    "high": kept[f"{column}_high"],
                }
            )
        )  # fmt: skip
    long = pd.concat(rows, ignore_index=True)
    long["band"] = [
        f"{low:.2f}–{high:.2f}" for low, high in zip(long["low"], long["high"], strict=True)
    ]
    field = Field("figure", "Mean cosine with the profiles of the other regions", PLAIN,
                  span(long, "figure", "low", "high", zero=True))  # fmt: skip
    chart = parts(
        long, field, order=kept["name"].tolist(), names=list(_PARTS.values()),
        tooltip=tips(Field("figure", "Overlap", ".2f"), words={"part": "Chosen", "band": "5–95 %"}),
    )  # fmt: skip
    whole = result.table("overlap").set_index("portfolio")["overlap"]
    notes = [
        f"0 is nothing in common. On average {whole['alone']:.2f} when each region chooses for itself, "
        f"{whole['together']:.2f} when all choose together. Bands of the draws are in the tooltip.",
        *notes,
        source_line(result, system),
    ]
    return dress(chart, "Less of the same everywhere: how alike profiles are", notes)
