"""The charts of the portfolio of platforms: how sure each is, and what other budgets would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from echelon.charts.rows import inline, source_line
from echelon.charts.shares import PLAIN, span
from echelon.charts.theme import ACCENT, CATEGORIES, dress, row_step, stack

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["portfolio_budget", "portfolio_platforms"]

_MOST = 40


def portfolio_platforms(result: Result, system: System) -> alt.LayerChart:
    """Show which platforms are funded, and in which share of the draws.

    Parameters
    ----------
    result : Result
        Of ``plan.portfolio``.
    system : System
    """
    frame = result.table("portfolio")
    kept = frame.head(_MOST).copy()
    kept["name"] = [
        f"{row['platform'].replace('_', ' ')} ({result.labels.get(row['region'], row['region'])})"
        for row in kept.to_dict("records")
    ]
    kept["plan"] = ["Funded" if funded else "Not funded" for funded in kept["funded"]]
    kept["per_cent"] = 100 * kept["share_funded"]
    kept["scarce"] = [result.labels.get(code, code) or "none" for code in kept["scarce"]]
    columns = ["name", "plan", "per_cent", "activity", "cost", "net", "scarce"]
    base = alt.Chart(inline(kept[columns])).encode(
        y=alt.Y("name:N", sort=kept["name"].tolist(),
                axis=alt.Axis(title=None, labelLimit=260, grid=False)),
        x=alt.X("per_cent:Q", title="Funded, % of draws", scale=alt.Scale(domain=[0, 100])),
        tooltip=[
            alt.Tooltip("name:N", title="Platform"), alt.Tooltip("plan:N", title="In the plan"),
            alt.Tooltip("per_cent:Q", title="Funded, % of draws", format=".0f"),
            alt.Tooltip("activity:Q", title="Activity", format=".0%"),
            alt.Tooltip("cost:Q", title="Cost a year", format=",.0f"),
            alt.Tooltip("net:Q", title="Value less cost a year", format=",.0f"),
            alt.Tooltip("scarce:N", title="Scarce"),
        ],
    )  # fmt: skip
    bars = base.mark_bar(height=12).encode(
        color=alt.Color("plan:N", scale=alt.Scale(domain=["Funded", "Not funded"],
                                                  range=[CATEGORIES[0], CATEGORIES[1]]),
                        legend=alt.Legend(title=None, orient="top", direction="horizontal")),
    )  # fmt: skip
    chart = stack(bars).properties(width=420, height=max(2, len(kept)) * row_step(len(kept)))
    lost = len(frame) - len(kept)
    notes = [
        f"{int(frame['year'].iloc[0])}. Draws of costs, values and of who can join. "
        "The plan is that of the central assumptions.",
        *([f"The first {_MOST} are shown; left out: {lost}."] if lost else []),
        source_line(result, system),
    ]
    return dress(chart, "Which platforms to fund and staff together", notes)


def portfolio_budget(result: Result, system: System) -> alt.LayerChart:
    """Show what other budgets would be worth, with the one that is given marked.

    Parameters
    ----------
    result : Result
        Of ``plan.portfolio``.
    system : System
    """
    frame = result.table("frontier")
    scale = 1e6 if frame["budget"].max() >= 1e6 else 1.0
    unit = "million currency units a year" if scale > 1 else "currency units a year"
    frame = frame.assign(budget=frame["budget"] / scale, net=frame["net"] / scale)
    low, high = span(frame, "net", zero=True)
    base = alt.Chart(inline(frame[["budget", "net", "platforms", "given"]])).encode(
        x=alt.X("budget:Q", title=f"Budget, {unit}", axis=alt.Axis(format=PLAIN, grid=False),
                scale=alt.Scale(domain=[0, float(frame["budget"].max())], nice=True)),
        y=alt.Y("net:Q", title=f"Value less cost, {unit}", axis=alt.Axis(format=PLAIN),
                scale=alt.Scale(domain=[low, high])),
        tooltip=[alt.Tooltip("budget:Q", title="Budget", format=",.4~g"),
                 alt.Tooltip("net:Q", title="Value less cost", format=",.4~g"),
                 alt.Tooltip("platforms:Q", title="Platforms", format="d")],
    )  # fmt: skip
    chart = stack(
        base.mark_line(color=ACCENT, strokeWidth=2, interpolate="step-after"),
        base.mark_point(filled=True, size=50, color=ACCENT, opacity=1),
        base.transform_filter("datum.given").mark_point(style="ring", filled=False, size=220),
    ).properties(width=560, height=260)
    notes = [
        "Each point is the best choice of platforms and teams for that budget, all in one purse, by the "
        "central assumptions. The ring is the budget that is given.",
        source_line(result, system),
    ]
    return dress(chart, "What other budgets would be worth", notes)
