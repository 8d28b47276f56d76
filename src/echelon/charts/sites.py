"""The charts of sites: who is served by whom on a map, how sure each site is, what one more brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import Field, cells, tips
from echelon.charts.maps import can_map, network, on_map
from echelon.charts.rows import inline, named, source_line
from echelon.charts.shares import PLAIN, span
from echelon.charts.theme import ACCENT, CATEGORIES, dress, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["site_curve", "site_map", "site_stability"]

_LOOK = {
    "highland": ("Highland", CATEGORIES[3], "triangle-up", 230),
    "fulcrum": ("Fulcrum", CATEGORIES[1], "square", 130),
    "platform": ("Platform", CATEGORIES[0], "diamond", 90),
    "site": ("Site", CATEGORIES[0], "diamond", 130),
    "hub": ("Hub", CATEGORIES[3], "triangle-up", 200),
    "none": ("Served from elsewhere", CATEGORIES[4], "circle", 34),
}
_MANY = 45


def _tiers(result: Result) -> list[str]:
    return [str(tier) for tier in result.table("tiers")["tier"]]


def site_map(result: Result, system: System) -> alt.LayerChart:
    """Show on a map which regions hold sites of which tier, and who goes to which.

    Parameters
    ----------
    result : Result
        Of ``plan.sites``.
    system : System
        With ``latitude`` and ``longitude`` in ``regions``.

    Raises
    ------
    InsufficientData
        When the regions have no places.
    """
    places = system.table("regions")
    known = can_map(system) and {"latitude", "longitude"} <= set(places)
    if not known or places[["latitude", "longitude"]].dropna().shape[0] < 2:
        raise InsufficientData(
            "The regions have no places to draw sites on",
            where="table regions, columns latitude and longitude", fix="Add them",
        )  # fmt: skip
    placed = set(places.dropna(subset=["latitude", "longitude"])["region"]) & on_map(system)
    nodes, links = _formation(result, placed)
    kinds = [kind for kind in _LOOK if (nodes["kind"] == kind).any()]
    looks = [_LOOK[kind] for kind in kinds]
    words = [look[0] for look in looks]
    legend = alt.Legend(title=None, orient="bottom", direction="horizontal", symbolSize=110)
    node = alt.Chart().mark_point(filled=True, opacity=1, stroke="white", strokeWidth=0.8).encode(
        color=alt.Color("holds:N", legend=legend,
                        scale=alt.Scale(domain=words, range=[look[1] for look in looks])),
        shape=alt.Shape("holds:N", legend=legend,
                        scale=alt.Scale(domain=words, range=[look[2] for look in looks])),
        size=alt.Size("holds:N", legend=None,
                      scale=alt.Scale(domain=words, range=[look[3] for look in looks])),
    )  # fmt: skip
    share = Field("share", "Held in draws", ".0%")
    unit = result.units["distance"]
    far = Field("distance", f"Distance, {unit}", ",.0f")
    steady = Field("same_site", "Same site in draws", ".0%")
    chart = network(
        system, nodes, links, node=node,
        tooltips=(tips(share, words={"holds": "Holds"}), tips(far, steady, words={"to": "Goes to"})),
    )  # fmt: skip
    year = int(result.table("tiers")["year"].iloc[0])
    tiers = _tiers(result)
    line = (
        "A line runs from each region to its platform, from platforms to their fulcrum and from "
        "fulcrums to their highland." if len(tiers) > 1
        else "A line runs from each region to the site that serves it."
    )  # fmt: skip
    notes = [
        f"Demand of {year}. {line} Thick where it starts. A highland is a fulcrum and a platform too."
        if len(tiers) > 1 else f"Demand of {year}. {line} Thick where it starts.",
        source_line(result, system),
    ]  # fmt: skip
    return dress(chart, "Where sites stand, and who is served by whom", notes)


def _formation(result: Result, placed: set[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every region with the highest tier that it holds, and its way to the next tier."""
    tiers = _tiers(result)
    sites, served = result.table("sites"), result.table("served")
    held = dict.fromkeys(served["region"], "none")
    share: dict[str, float] = dict.fromkeys(held, 0.0)
    for tier in reversed(tiers):
        for row in sites[(sites["tier"] == tier) & sites["chosen"]].to_dict("records"):
            held[row["region"]], share[row["region"]] = tier, float(row["share_of_draws"])
    next_tier = {"none": tiers[-1], tiers[0]: ""}
    next_tier |= {tier: tiers[place - 1] for place, tier in enumerate(tiers) if place}
    nodes = named(pd.DataFrame({"region": list(held)}), result.labels)
    nodes = nodes.assign(kind=list(held.values()), share=list(share.values()))
    nodes["holds"] = [_LOOK[kind][0] for kind in nodes["kind"]]
    top = tiers[: max(1, len(tiers) - 1)]
    nodes["label"] = nodes["kind"].isin(top) | (len(nodes) <= 12)
    nodes = nodes[nodes["region"].isin(placed)]
    wanted = {region: next_tier[kind] for region, kind in held.items()}
    links = served[served["tier"] == served["region"].map(wanted)]
    inside = links["region"].isin(placed) & links["destination"].isin(placed)
    links = named(links[inside & (links["region"] != links["destination"])], result.labels)
    links = links.assign(to=links["destination"].map(lambda c: result.labels.get(c, c)), width=3.2)
    shown = ["region", "name", "destination", "to", "width", "distance", "same_site"]
    return nodes[["region", "name", "kind", "share", "holds", "label"]], links[shown]


def site_stability(result: Result, system: System) -> alt.LayerChart:
    """Show in which share of the draws each region holds a site of each tier.

    Parameters
    ----------
    result : Result
        Of ``plan.sites``.
    system : System
    """
    frame = named(result.table("sites"), result.labels)
    tiers = _tiers(result)
    counts = result.table("tiers").set_index("tier")["sites"]
    heads = {tier: f"{result.labels.get(tier, tier)} ({counts[tier]})" for tier in tiers}
    order = list(dict.fromkeys(frame["name"]))[:_MANY]
    frame = frame[frame["name"].isin(order)]
    frame = frame.assign(
        column=frame["tier"].map(heads), per_cent=100 * frame["share_of_draws"],
        chosen_word=["yes" if chosen else "no" for chosen in frame["chosen"]],
    )  # fmt: skip
    field = Field("per_cent", "Held, % of draws", ".0f", (0.0, 100.0))
    chart = cells(
        frame[["name", "column", "per_cent", "chosen_word"]], field, order=order,
        columns=list(heads.values()), angle=0 if len(heads) == 1 else -25,
        tooltip=tips(field, words={"column": "Tier", "chosen_word": "In the plan"}),
    )  # fmt: skip
    plan = frame[frame["chosen"]][["name", "column"]].assign(mark="•")
    beside = alt.Chart(inline(plan)).mark_text(dx=22, fontSize=18, baseline="middle")
    chart.layer = [
        *chart.layer,
        beside.encode(
            y=alt.Y("name:N", sort=order), x=alt.X("column:N", sort=list(heads.values())),
            text="mark:N", color=alt.value("#808080"),
        ),
    ]  # fmt: skip
    draws = result.note.parameters["draws"]
    notes = [
        f"Per cent of {draws} draws in which the region holds a site of the tier; blank below 5. "
        "A dot marks the plan; in brackets the number of sites.",
        source_line(result, system),
    ]
    return dress(chart, "How sure each site is when demand turns out otherwise", notes)


def site_curve(result: Result, system: System) -> alt.LayerChart:
    """Show what one more site brings: nearer to people, or more people within reach.

    Parameters
    ----------
    result : Result
        Of ``plan.sites`` with the objective median or cover.
    system : System

    Raises
    ------
    InsufficientData
        When the numbers of sites are not a choice.
    """
    if "curve" not in result.frames or len(result.table("curve")) < 2:
        raise InsufficientData(
            "There is no choice of the number of sites to draw",
            fix="Use the objective median or cover, with two candidates or more",
        )
    frame = result.table("curve")
    cover = "covered_share" in frame
    unit = result.units["distance"]
    frame["figure"] = 100 * frame["covered_share"] if cover else frame["mean_distance"]
    title = "People within the radius, %" if cover else f"Mean distance to the nearest site, {unit}"
    low, high = (0.0, 100.0) if cover else span(frame, "figure", zero=True)
    base = alt.Chart(inline(frame)).encode(
        x=alt.X("sites:Q", title="Sites that serve everybody",
                axis=alt.Axis(format="d", tickMinStep=1, grid=False),
                scale=alt.Scale(domain=[int(frame["sites"].min()), int(frame["sites"].max())],
                                padding=12)),
        y=alt.Y("figure:Q", title=title, scale=alt.Scale(domain=[low, high]),
                axis=alt.Axis(format=PLAIN)),
        tooltip=[alt.Tooltip("sites:Q", title="Sites", format="d"),
                 alt.Tooltip("figure:Q", title=title, format=",.4~g")],
    )  # fmt: skip
    chart = stack(
        base.mark_line(color=ACCENT, strokeWidth=2),
        base.mark_point(filled=True, size=55, color=ACCENT, opacity=1),
    ).properties(width=560, height=260)
    notes = [
        "Each point is the best choice of that many sites of one tier; how many is a choice of its own.",
        source_line(result, system),
    ]
    return dress(chart, "What one more site brings", notes)
