"""The charts of the formation: map of leaders and followers, standing, balance, pull, lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, ranked, tips
from echelon.charts.maps import can_map, network, on_map
from echelon.charts.rows import inline, named, rank_text, shortened, source_line, unknown_note
from echelon.charts.theme import CATEGORIES, dress
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "formation_balance",
    "formation_lead",
    "formation_map",
    "formation_pull",
    "formation_standing",
]

_ROLES = ("highland", "fulcrum", "follower", "apart")
_COLOURS = (CATEGORIES[3], CATEGORIES[1], CATEGORIES[0], CATEGORIES[5])
_SHAPES = ("triangle-up", "square", "circle", "cross")
_SIZES = (190, 120, 55, 70)


def _regions(result: Result) -> tuple[pd.DataFrame, str]:
    """Return the main table with names, and whose moves of which years it is about."""
    frame = named(result.table("formation"), result.labels)
    names = result.labels
    frame = frame.assign(
        leader_name=frame["leader"].map(lambda c: names.get(c, c) or "nobody"),
        stable=[f"{100 * share:.0f} % of draws" for share in frame["role_stability"]],
    )
    years = result.note.parameters["years"]
    assert isinstance(years, list)
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0])
    level = str(result.note.parameters["education"])
    who = "everybody" if level == "all" else names.get(level, level).lower()
    return frame, f"Moves of {'everybody' if level == 'all' else 'people with ' + who}, {span}."


def formation_map(result: Result, system: System) -> alt.LayerChart:
    """Show on a map who leads and who follows: highlands, fulcrums and followers.

    Parameters
    ----------
    result : Result
        Of ``measure.formation``.
    system : System
        With ``latitude`` and ``longitude`` in ``regions``.

    Returns
    -------
    LayerChart

    Raises
    ------
    InsufficientData
        When the regions have no places.
    """
    places = system.table("regions")
    known = can_map(system) and {"latitude", "longitude"} <= set(places)
    if not known or places[["latitude", "longitude"]].dropna().shape[0] < 2:
        raise InsufficientData(
            "The regions have no places to draw a formation on",
            where="table regions, columns latitude and longitude", fix="Add them",
        )  # fmt: skip
    frame, about = _regions(result)
    placed = set(places.dropna(subset=["latitude", "longitude"])["region"]) & on_map(system)
    frame = frame[frame["region"].isin(placed)]
    roles = [role for role in _ROLES if (frame["role"] == role).any()]
    at = [_ROLES.index(role) for role in roles]
    legend = alt.Legend(title=None, orient="bottom", direction="horizontal", symbolSize=110)
    node = alt.Chart().mark_point(filled=True, opacity=1, stroke="white", strokeWidth=0.8).encode(
        color=alt.Color("role:N", legend=legend,
                        scale=alt.Scale(domain=roles, range=[_COLOURS[k] for k in at])),
        shape=alt.Shape("role:N", legend=legend,
                        scale=alt.Scale(domain=roles, range=[_SHAPES[k] for k in at])),
        size=alt.Size("role:N", legend=None,
                      scale=alt.Scale(domain=roles, range=[_SIZES[k] for k in at])),
    )  # fmt: skip
    links = frame[frame["leader"].isin(placed)]
    links = links.assign(destination=links["leader"], width=2 + 14 * links["leader_share"])
    shown = [
        "region",
        "name",
        "destination",
        "leader_name",
        "width",
        "leader_share",
        "leader_stability",
    ]
    share = Field("leader_share", "Share of those who leave", ".0%")
    steady = Field("leader_stability", "Same leader in draws", ".0%")
    chart = network(
        system,
        frame[["region", "name", "role", "stable", "leader_name", "leader_share", "followers"]].assign(
            label=frame["role"].isin(["highland", "fulcrum"]) | (len(frame) <= 12)
        ),
        links[shown],
        node=node,
        tooltips=(
            tips(share, Field("followers", "Direct followers", ".0f"),
                 words={"role": "Role", "stable": "Same role in", "leader_name": "Follows"}),
            tips(share, steady, words={"leader_name": "Follows"}),
        ),
    )  # fmt: skip
    notes = [
        f"{about} A line runs from each region to the larger one that most of its leavers go to: thick "
        "at the follower, thin at the leader; thicker for a larger share.",
        source_line(result, system),
    ]
    return dress(chart, "Who leads and who follows: the formation of the regions", notes)


def _band_chart(
    result: Result,
    system: System,
    field: Field,
    title: str,
    *,
    note: str,
    beside: str = "role",
    of_moves: bool = True,
) -> alt.LayerChart:
    """Draw a figure of every region with its band, and its role at the right edge."""
    column = field.column
    frame, about = _regions(result)
    if column not in frame or frame[f"{column}_low"].isna().all():
        raise InsufficientData(
            f"There is nothing to draw: {column} has no band in this result",
            fix="Compute it from a system with more years, distances or regions",
        )
    drawable = frame[frame[f"{column}_low"].notna()]
    kept, notes = shortened(drawable, column)
    heading = "Role" if beside == "role" else "Rank (5–95 %)"
    kept = kept.assign(beside=kept["role"] if beside == "role" else rank_text(kept))
    chart = ranked(
        kept, field, low=f"{column}_low", high=f"{column}_high", beside=("beside", heading),
        tooltip=tips(field, *RANK_FIELDS, words={"role": "Role", "stable": "Same role in",
                                                 "leader_name": "Follows"}),
    )  # fmt: skip
    lost = len(frame) - len(drawable)
    missing = [f"Without a band, left out: {lost} regions."] if lost else []
    lines = [
        f"{about} {note}" if of_moves else note,
        *notes,
        *missing,
        *unknown_note(drawable, column),
    ]
    return dress(chart, title, [*lines, source_line(result, system)])


def formation_standing(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by their standing in the moves, with bands from sampling errors."""
    field = Field("standing", "Standing (PageRank), share of 1", ".3f")
    return _band_chart(
        result, system, field, "Where talent gathers: standing of the regions in its moves",
        note="High where many come from regions that stand high. Bars: 5–95 % of draws of the moves.",
        beside="rank",
    )  # fmt: skip


def formation_balance(result: Result, system: System) -> alt.LayerChart:
    """Show how much of the exchange of each region remains as gain or loss."""
    field = Field("effectiveness", "(arrivals − leavers) / (arrivals + leavers)", "+.2f")
    return _with_zero(_band_chart(
        result, system, field, "Who gains and who loses by the moves",
        note="0: as many arrive as leave. Bars: 5–95 % of draws of the moves.",
    ))  # fmt: skip


def formation_pull(result: Result, system: System) -> alt.LayerChart:
    """Show what attracts beyond size and distance."""
    field = Field("pull", "Pull: logarithm of attracting over sending, 0 is the mean", "+.1f")
    return _with_zero(_band_chart(
        result, system, field, "What draws people beyond size and distance",
        note="Effects of a doubly constrained gravity model. Bars: 5–95 % by robust errors.",
    ))  # fmt: skip


def formation_lead(result: Result, system: System) -> alt.LayerChart:
    """Show which regions took industries up before the others."""
    field = Field("lead", "Mean years ahead of the others in taking an industry up", "+.1f")
    return _with_zero(_band_chart(
        result, system, field, "Who flies first: years ahead in taking up industries",
        note="An industry is taken up when its location quotient reaches 1 and stays there. Bars: "
        "5–95 % over the industries taken up, at least three.", of_moves=False,
    ))  # fmt: skip


def _with_zero(chart: alt.LayerChart) -> alt.LayerChart:
    """Add a line at 0 behind the marks."""
    zero = (
        alt.Chart(inline(pd.DataFrame({"zero": [0.0]}))).mark_rule(style="span").encode(x="zero:Q")
    )
    chart.layer = [zero, *chart.layer]
    return chart
