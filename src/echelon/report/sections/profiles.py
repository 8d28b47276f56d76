"""The section on distinct profiles: what each region takes, and how alike regions are after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.report.blocks import Block, Cell, Column, Context, Table, band_text, figure, from_frame
from echelon.report.chapter import Chapter, KeyFigure, number_cell, region_cell

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]

_PORTFOLIOS = {
    "now": "Strengths of today",
    "alone": "Profiles, each region for itself",
    "together": "Profiles, all regions together",
}


def _build(context: Context, result: Result) -> list[Block]:
    names = {**context.names, **result.labels}
    return [
        _overlap(result),
        _profiles(context, result),
        _regions(context, result),
        from_frame(result.table("frontier"), "What a price of crowding changes", folded=True),
        from_frame(result.table("activities"), "Activities and the regions that take them",
                   names=names, folded=True),
    ]  # fmt: skip


def _overlap(result: Result) -> Table:
    rows = [
        [
            Cell(_PORTFOLIOS[row["portfolio"]]), number_cell(row["overlap"]),
            Cell(band_text(row["overlap_low"], row["overlap_high"])),
            number_cell(100 * row["concentration"]), number_cell(row["activities"]),
            number_cell(row["beyond_room"]), number_cell(row["score"]),
        ]
        for _, row in result.table("overlap").iterrows()
    ]  # fmt: skip
    return Table(
        "How alike regions are, before and after",
        [Column("Portfolio"), Column("Mean overlap, cosine", "number"),
         Column("Overlap, 5–95 %", "number"), Column("Concentration of choices, %", "number"),
         Column("Activities taken", "number"), Column("Choices beyond the room", "number"),
         Column("Score", "number")],
        rows,
        note="Concentration: the sum of squared shares of the activities in all choices. Strengths of "
        "today are more activities a region than a profile, so compare the two profiles.",
    )  # fmt: skip


def _name(result: Result, code: object) -> str:
    return result.labels.get(str(code), str(code))


def _profiles(context: Context, result: Result) -> Table:
    frame = result.table("profiles")
    rows = [
        [
            region_cell(context, row["region"]), Cell(_name(result, row["activity"])),
            number_cell(row["score"]), number_cell(100 * row["share_of_draws"]),
            number_cell(row["density"]), number_cell(row["complexity"]),
            number_cell(row["quotient"]), number_cell(row["others"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return Table(
        f"The profile of every region, {year}",
        [Column("Region"), Column("Activity"), Column("Score, 0–1", "number"),
         Column("In % of draws", "number"), Column("Nearness, 0–1", "number"),
         Column("Complexity, 0–1", "number"), Column("Location quotient", "number"),
         Column("Other regions with it", "number")],
        rows, folded=True,
    )  # fmt: skip


def _regions(context: Context, result: Result) -> Table:
    rows = [
        [
            region_cell(context, row["region"]), number_cell(row["overlap_now"]),
            number_cell(row["overlap_alone"]),
            Cell(band_text(row["overlap_alone_low"], row["overlap_alone_high"])),
            number_cell(row["overlap_together"]),
            Cell(band_text(row["overlap_together_low"], row["overlap_together_high"])),
            number_cell(row["kept"]), number_cell(row["taken"]),
            number_cell(_given_up(row)),
        ]
        for _, row in result.table("regions").iterrows()
    ]  # fmt: skip
    return Table(
        "Overlap with the other regions, and the score given up for it",
        [Column("Region"), Column("Today", "number"), Column("Alone", "number"),
         Column("Alone, 5–95 %", "number"), Column("Together", "number"),
         Column("Together, 5–95 %", "number"), Column("Of its own choices kept", "number"),
         Column("Profile, activities", "number"), Column("Score given up, %", "number")],
        rows, folded=True,
    )  # fmt: skip


def _given_up(row: pd.Series) -> float:
    alone = float(row["score_alone"])
    return 100 * (1 - float(row["score_together"]) / alone) if alone > 0 else float("nan")


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table("overlap").set_index("portfolio")
    alone, together = frame.loc["alone"], frame.loc["together"]
    if not alone["overlap"] > 0:
        return []
    lost = 100 * (1 - together["score"] / alone["score"])
    return [
        KeyFigure(
            "Overlap of the regions’ profiles",
            f"{figure(alone['overlap'])} → {figure(together['overlap'])}",
            f"each for itself (band {band_text(alone['overlap_low'], alone['overlap_high'])}) and all "
            f"together (band {band_text(together['overlap_low'], together['overlap_high'])}), for "
            f"{figure(lost)} per cent of the score",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say which profile each region takes, and what it leaves to others."""
    profiles = result.table("profiles")
    found: dict[str, list[str]] = {}
    for _, row in result.table("regions").iterrows():
        own = profiles[profiles["region"] == row["region"]]
        if own.empty:
            found[str(row["region"])] = [
                f"No profile: nothing near is open to it in {row['year']}."
            ]
            continue
        listed = ", ".join(
            f"{_name(result, each['activity']).lower()} ({100 * each['share_of_draws']:.0f} per cent)"
            for each in own.to_dict("records")
        )
        derived = (own["evidence"] != "measured").any()
        found[str(row["region"])] = [
            f"Profile by {row['kind']} of {row['year']}, with the share of draws in which each is "
            f"chosen: {listed}{'; some of the figures are derived or assumed' if derived else ''}.",
            f"By itself it would keep {row['kept']} of these {row['taken']}; its overlap with the others "
            f"is {figure(row['overlap_together'])} (band "
            f"{band_text(row['overlap_together_low'], row['overlap_together_high'])}) instead of "
            f"{figure(row['overlap_alone'])} (band "
            f"{band_text(row['overlap_alone_low'], row['overlap_alone_high'])}), for "
            f"{figure(_given_up(row))} per cent of its score.",
        ]
    return found


CHAPTERS = {
    "plan.specialise": Chapter(
        "Distinct profiles",
        "A few activities for each region to develop, near to what it does and as complex as can be, "
        "chosen for all regions together so that not all do the same. Exact, with its proof.",
        _build,
        "max Σ (a · density + b · complexity + c · endowment) y_ri − d Σ_i max(0, Σ_r y_ri − room)",
        headline=_headline,
        brief=_brief,
    ),
}
