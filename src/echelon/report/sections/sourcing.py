"""The section on introduction against cultivation: shares, growth, the two costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.report.blocks import (
    Block,
    Cell,
    Column,
    Context,
    Table,
    band_text,
    figure,
    from_frame,
)
from echelon.report.chapter import (
    RANK_BAND,
    Chapter,
    KeyFigure,
    band_cell,
    number_cell,
    rank_and_band,
    region_cell,
)

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]


def _build(context: Context, result: Result) -> list[Block]:
    frame = result.table().sort_values("rank")
    blocks: list[Block] = [_ranking(context, frame), _growth(context, frame)]
    if frame["build_cost"].notna().any():
        blocks.append(_costs(context, frame))
    blocks.append(from_frame(result.table("assumptions"), "What the costs assume", folded=True))
    return blocks


def _ranking(context: Context, frame: pd.DataFrame) -> Table:
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["introduced_share"]),
            band_cell(row, "introduced_share", (0, 100)), number_cell(row["graduates"]),
            number_cell(row["arrived"]), number_cell(row["abroad"]), number_cell(row["left"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return Table(
        f"Degree holders brought in and trained, yearly means to {year}",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column("Brought in, % of additions", "number"), Column("Share, 5–95 %", "number"),
         Column("Graduates", "number"), Column("Arrived", "number"),
         Column("From abroad", "number"), Column("Left", "number")],
        rows, head=1, note="Rank 1 brings in the most. The band is over the years.",
    )  # fmt: skip


def _growth(context: Context, frame: pd.DataFrame) -> Table:
    parts = ("training", "moves", "abroad", "residual")
    rows = [
        [region_cell(context, row["region"]), number_cell(row["change"]),
         *(number_cell(row[f"growth_from_{part}"]) for part in parts)]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        "What the growth of the stock came from, per cent",
        [Column("Region"), Column("Growth, people a year", "number"),
         *(Column(words, "number") for words in ("Graduates", "Net moves", "Abroad", "Residual"))],
        rows, folded=True,
        note="The four add up to 100. The residual holds deaths, emigration, degrees earned late and "
        "errors; unknown where the stock did not grow.",
    )  # fmt: skip


def _costs(context: Context, frame: pd.DataFrame) -> Table:
    rows = [
        [
            region_cell(context, row["region"]),
            *(
                cell
                for name in ("build_cost", "buy_cost", "break_even_premium")
                for cell in (
                    number_cell(row[name]),
                    Cell(band_text(row[f"{name}_low"], row[f"{name}_high"])),
                )
            ),
            number_cell(row["build_cheaper"]),
        ]
        for _, row in frame.iterrows()
    ]
    return Table(
        "Cost of an effective worker-year by each way, currency",
        [Column("Region"), Column("Training", "number"), Column("Training, 5–95 %", "number"),
         Column("Recruiting", "number"), Column("Recruiting, 5–95 %", "number"),
         Column("Break-even premium, % of the wage", "number"), Column("Break-even, 5–95 %", "number"),
         Column("Training cheaper, % of draws", "number")],
        rows,
        note="Assumed costs, with the ranges below; retention and wages are the region’s own. Do not "
        "rank by the ratio: recruiting within a country makes nobody, and posts differ in what can wait.",
    )  # fmt: skip


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table().sort_values("rank")
    first = frame.iloc[0]
    return [
        KeyFigure(
            f"Brings in the most degree holders, to {int(first['year'])}",
            context.name(first["region"]),
            f"{figure(first['introduced_share'])} per cent of additions, band "
            f"{band_text(first['introduced_share_low'], first['introduced_share_high'])}; "
            f"median region {figure(frame['introduced_share'].median())}",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say how each region gets its degree holders, and what each way costs."""
    frame = result.table()
    found = {}
    for _, row in frame.iterrows():
        sentences = [
            f"Of the degree holders added a year (means to {row['year']}), "
            f"{figure(row['introduced_share'])} per cent came from outside (band "
            f"{band_text(row['introduced_share_low'], row['introduced_share_high'])}; "
            f"{rank_and_band(row)} of {len(frame)}): {figure(row['arrived'])} from other regions"
            + ("" if pd.isna(row["abroad"]) else f" and {figure(row['abroad'])} from abroad")
            + f", beside {figure(row['graduates'])} graduates; {figure(row['left'])} left."
        ]
        if not pd.isna(row["build_cost"]):
            sentences.append(
                f"An effective worker-year costs {figure(row['build_cost'])} by training (band "
                f"{band_text(row['build_cost_low'], row['build_cost_high'])}) and "
                f"{figure(row['buy_cost'])} by recruiting (band "
                f"{band_text(row['buy_cost_low'], row['buy_cost_high'])}), assumed; they are equal at a "
                f"premium of {figure(row['break_even_premium'])} per cent of the wage."
            )
        found[str(row["region"])] = sentences
    return found


CHAPTERS = {
    "diagnose.sourcing": Chapter(
        "Introduction and cultivation",
        "Whether a region’s degree holders are brought in or trained, what the growth of their number "
        "came from, and what a year of effective work costs by each way.",
        _build,
        "introduced share = (arrived + from abroad) ÷ (graduates + arrived + from abroad); training = "
        "yearly cost · years ÷ (completion · worker-years); recruiting = premium + once ÷ worker-years",
        headline=_headline,
        brief=_brief,
    ),
}
