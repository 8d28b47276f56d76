"""The section on platforms: what is funded and staffed, what is scarce, what other budgets bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echelon.report.blocks import Block, Cell, Column, Context, Table, band_text, figure, from_frame
from echelon.report.chapter import Chapter, KeyFigure, number_cell, region_cell

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]

_WAYS = {"together": "Funded and staffed together", "money_first": "Money first, teams afterwards"}


def _build(context: Context, result: Result) -> list[Block]:
    names = {**context.names, **result.labels}
    return [
        _platforms(context, result),
        _ways(result),
        from_frame(result.table("frontier"), "What other budgets would fund", units=result.units),
        from_frame(result.table("budgets"), "What is spent", names=names, units=result.units),
        from_frame(
            result.table("teams"), "The teams", names=names, units=result.units, folded=True
        ),
        from_frame(result.table("assumptions"), "What the choice assumes", folded=True),
    ]


def _platforms(context: Context, result: Result) -> Table:
    frame = result.table()
    rows = [
        [
            Cell(row["platform"].replace("_", " ")), region_cell(context, row["region"]),
            Cell("yes" if row["funded"] else "no"), number_cell(100 * row["share_funded"]),
            number_cell(100 * row["activity"]),
            Cell(band_text(100 * row["activity_low"], 100 * row["activity_high"])),
            number_cell(row["cost"]), number_cell(row["net"]),
            Cell(result.labels.get(row["scarce"], row["scarce"])), Cell(row["evidence"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        f"The platforms, {int(frame['year'].iloc[0])}",
        [Column("Platform"), Column("Region"), Column("Funded"), Column("In % of draws", "number"),
         Column("Activity, %", "number"), Column("Activity, 5–95 %", "number"),
         Column("Cost a year", "number"), Column("Value less cost", "number"), Column("Scarce"),
         Column("Evidence")],
        rows, note="Scarce: the occupation that runs out before the team is complete.",
    )  # fmt: skip


def _ways(result: Result) -> Table:
    rows = [
        [
            Cell(_WAYS[row["way"]]), number_cell(row["platforms"]), number_cell(row["cost"]),
            number_cell(row["value"]), number_cell(row["net"]),
            Cell(band_text(row["net_low"], row["net_high"])),
        ]
        for _, row in result.table("ways").iterrows()
    ]  # fmt: skip
    return Table(
        "Money and people together, and money first",
        [Column("Way"), Column("Platforms", "number"), Column("Cost", "number"),
         Column("Value", "number"), Column("Value less cost", "number"), Column("5–95 %", "number")],
        rows,
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    ways = result.table("ways").set_index("way")
    row = ways.loc["together"]
    return [
        KeyFigure(
            f"Platforms funded, {int(frame['year'].iloc[0])}",
            f"{int(frame['funded'].sum())} of {len(frame)}",
            f"value less cost {figure(row['net'])} a year, band "
            f"{band_text(row['net_low'], row['net_high'])}; money first "
            f"{figure(ways.loc['money_first', 'net'])}",
        )
    ]


def _brief(context: Context, result: Result) -> dict[str, list[str]]:
    """Say which platforms of each region are funded, and what they lack."""
    frame = result.table()
    found = {}
    for region in context.names:
        own = frame[frame["region"] == region]
        year = int(frame["year"].iloc[0])
        if own.empty:
            found[region] = [f"No platform of the table stands here ({year})."]
            continue
        sentences = []
        for row in own.head(4).to_dict("records"):
            name = row["platform"].replace("_", " ")
            text = (
                f"The platform {name} is {'funded' if row['funded'] else 'not funded'} in the plan of "
                f"{year} and funded in {100 * row['share_funded']:.0f} per cent of the draws "
                f"({row['evidence']}), at "
                f"{100 * row['activity']:.0f} per cent of its activity (band "
                f"{band_text(100 * row['activity_low'], 100 * row['activity_high'])})"
            )
            lacks = (
                f"; it lacks {result.labels.get(row['scarce'], row['scarce']).lower()}"
                if row["scarce"]
                else ""
            )
            sentences.append(f"{text}{lacks}.")
        found[region] = sentences
    return found


CHAPTERS = {
    "plan.portfolio": Chapter(
        "Platforms, funded and staffed",
        "Which laboratories and institutions a budget and the people at work can carry. A team is "
        "complete or the platform works in part: a laboratory without scientists yields nothing.",
        _build,
        "max Σ value_i a_i − cost_i y_i; a_i ≤ y_i; Σ cost_i y_i ≤ budget; Σ a_i posts_io ≤ people_o",
        headline=_headline,
        brief=_brief,
    ),
}
