"""The section on sites: which region holds which tier, whom it serves, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echelon.report.blocks import Block, Cell, Column, Context, Table, band_text, figure, from_frame
from echelon.report.chapter import Chapter, KeyFigure, number_cell, region_cell

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]

_ONE = {"highland": "highland", "fulcrum": "fulcrum", "platform": "platform", "site": "site",
        "hub": "hub"}  # fmt: skip


def _build(context: Context, result: Result) -> list[Block]:
    blocks: list[Block] = [_tiers(result), _sites(context, result), _served(context, result)]
    if "curve" in result.frames:
        blocks.append(
            from_frame(result.table("curve"), "What one more site brings", units=result.units,
                       folded=True)
        )  # fmt: skip
    blocks.append(from_frame(result.table("proof"), "What is proven", folded=True))
    blocks.append(from_frame(result.table("assumptions"), "What the draws assume", folded=True))
    return blocks


def _tiers(result: Result) -> Table:
    frame = result.table("tiers")
    unit = result.units["distance"]
    cover = "covered_share" in frame
    rows = [
        [
            Cell(result.labels.get(row["tier"], row["tier"])), Cell(row["serves"]),
            number_cell(row["sites"]), number_cell(row["people"]),
            number_cell(row["mean_distance"]),
            Cell(band_text(row["mean_distance_low"], row["mean_distance_high"])),
            number_cell(row["furthest"]), number_cell(100 * row["same_sites"]),
            *([number_cell(100 * row["covered_share"]),
               Cell(band_text(100 * row["covered_share_low"], 100 * row["covered_share_high"]))]
              if cover else []),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    columns = [Column("Tier"), Column("For"), Column("Sites", "number"), Column("People", "number"),
               Column(f"Mean distance, {unit}", "number"), Column("Distance, 5–95 %", "number"),
               Column(f"Furthest, {unit}", "number"),
               Column("The very same sites, % of draws", "number")]  # fmt: skip
    if cover:
        columns += [Column("Within the radius, %", "number"), Column("Within, 5–95 %", "number")]
    year = int(frame["year"].iloc[0])
    return Table(f"The tiers of sites, demand of {year}", columns, rows)


def _sites(context: Context, result: Result) -> Table:
    frame = result.table("sites")
    unit = result.units["distance"]
    rows = [
        [
            region_cell(context, row["region"]),
            Cell(result.labels.get(row["tier"], row["tier"])),
            Cell("yes" if row["chosen"] else "no"), number_cell(100 * row["share_of_draws"]),
            number_cell(row["people"]), number_cell(row["regions_served"]),
            number_cell(row["mean_distance"]), number_cell(row["rise_if_closed"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        "Who holds a site, and who nearly does",
        [Column("Region"), Column("Tier"), Column("In the plan"), Column("In % of draws", "number"),
         Column("People served", "number"), Column("Regions served", "number"),
         Column(f"Their mean distance, {unit}", "number"),
         Column(f"Mean distance rises if it closes, {unit}", "number")],
        rows,
        note="A region that is in the plan and in few draws has neighbours that do nearly as well; so "
        "has one that is in many draws and not in the plan.",
    )  # fmt: skip


def _served(context: Context, result: Result) -> Table:
    frame = result.table("served")
    rows = [
        [
            region_cell(context, row["region"]),
            Cell(result.labels.get(row["tier"], row["tier"])),
            Cell(context.name(row["destination"])), number_cell(row["distance"]),
            Cell(band_text(row["distance_low"], row["distance_high"])),
            number_cell(100 * row["same_site"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        "Who goes to which site",
        [Column("Region"), Column("Tier"), Column("Goes to"),
         Column(f"Distance, {result.units['distance']}", "number"),
         Column("Distance, 5–95 %", "number"), Column("The same site, % of draws", "number")],
        rows, folded=True,
    )  # fmt: skip


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    tiers = result.table("tiers")
    top = tiers.iloc[0]
    sites = result.table("sites")
    held = sites[(sites["tier"] == top["tier"]) & sites["chosen"]]
    names = ", ".join(
        f"{context.name(row['region'])} ({100 * row['share_of_draws']:.0f} %)"
        for row in held.head(4).to_dict("records")
    )
    return [
        KeyFigure(
            f"Sites of {int(top['sites'])} {result.labels.get(top['tier'], top['tier']).lower()}",
            names if len(held) <= 4 else f"{names} …",
            f"in brackets the share of draws; mean distance {figure(top['mean_distance'])} "
            f"{result.units['distance']}, band "
            f"{band_text(top['mean_distance_low'], top['mean_distance_high'])}",
        )
    ]


def _brief(context: Context, result: Result) -> dict[str, list[str]]:
    """Say what each region holds, or where it goes, tier by tier."""
    served, unit = result.table("served"), result.units["distance"]
    found: dict[str, list[str]] = {}
    draws = result.note.parameters["draws"]
    for region, rows in served.groupby("region", sort=False):
        held = rows[rows["destination"] == region]
        sentences = []
        if len(held):
            top = held.iloc[0]
            below = [_ONE[tier] for tier in held["tier"].iloc[1:]]
            more = f", which is a {' and a '.join(below)} too" if below else ""
            sentences.append(
                f"In the plan it holds a {_ONE[top['tier']]} ({100 * top['same_site']:.0f} per cent of "
                f"{draws} draws){more}, by demand of {top['year']}."
            )
        sentences += [
            f"Its {_ONE[row['tier']]} is {context.name(row['destination'])}, {figure(row['distance'])} "
            f"{unit} away (band {band_text(row['distance_low'], row['distance_high'])}; the same in "
            f"{100 * row['same_site']:.0f} per cent of the draws)."
            for row in rows[rows["destination"] != region].to_dict("records")
        ]
        found[str(region)] = sentences
    nearly = result.table("sites")
    nearly = nearly[~nearly["chosen"] & (nearly["share_of_draws"] >= 0.25)]
    for row in nearly.to_dict("records"):
        if len(found[row["region"]]) < 5:
            found[row["region"]].append(
                f"It would hold a {_ONE[row['tier']]} in {100 * row['share_of_draws']:.0f} per cent of the "
                "draws, though not in the plan."
            )
    return found


CHAPTERS = {
    "plan.sites": Chapter(
        "Sites in tiers",
        "Where highlands, fulcrums and platforms should stand so that people are near to them, who goes "
        "where, and how sure each choice is when demand turns out otherwise. Exact, with its proof.",
        _build,
        "min Σ_k Σ_i w_ki d_i(nearest open site of tier k), Σ_j y_kj = p_k, y_kj ≤ y_(k+1)j",
        headline=_headline,
        brief=_brief,
    ),
}
