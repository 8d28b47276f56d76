"""The sections on the composite index and on talent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echelon.report.blocks import Block, Column, Context, Table, figure, from_frame, last_known
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

_RANK_NOTE = (
    "The bar shows the band of the rank from 5 to 95 per cent of the draws of weights, scale, "
    "filling of gaps, outliers and kind of mean together; the tick is the rank itself."
)


def _talent(context: Context, result: Result) -> list[Block]:
    frame = last_known(result.table(), "talent").sort_values("rank")
    parts = ("level", "quality", "vitality")
    columns = [
        Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
        Column("Talent index (0–100)", "number"),
        *(Column(f"{part.capitalize()} (0–100)", "number") for part in parts),
    ]  # fmt: skip
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))),
            number_cell(row["talent"]), *(number_cell(row[part]) for part in parts),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return [Table(f"Talent index in {year}", columns, rows, note=_RANK_NOTE, head=1)]


def _index(context: Context, result: Result) -> list[Block]:
    whole = result.table()
    top = whole["item"].iloc[0]
    frame = last_known(whole[whole["item"] == top], "score").sort_values("rank")
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["score"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    columns = [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
               Column("Score (0–100)", "number")]  # fmt: skip
    label = frame["label"].iloc[0]
    year = int(frame["year"].iloc[0])
    weights = result.table("weights")
    weights["parent"] = weights["parent"].map(result.labels)
    return [
        Table(f"{label}: composite index in {year}", columns, rows, note=_RANK_NOTE, head=1),
        from_frame(
            weights.rename(columns={"parent": "part_of", "weight": "weight_in_its_group"}),
            "Weights, and importance (correlation with the whole)", folded=True,
        ),
        from_frame(result.table("treatment"), "What was done about outliers", folded=True),
    ]  # fmt: skip


def _talent_headline(context: Context, result: Result) -> list[KeyFigure]:
    frame = last_known(result.table(), "talent")
    known = frame[frame["talent"].notna()]
    if known.empty:
        return []
    best = known.sort_values("talent", ascending=False).iloc[0]
    return [
        KeyFigure(
            f"Highest talent index, {int(best['year'])}",
            context.name(best["region"]),
            f"{figure(best['talent'])} of 100; {rank_and_band(best)}",
        )
    ]


CHAPTERS = {
    "measure.talent": Chapter(
        "Talent index",
        "Level is the stock of top talent, quality the attainment and skill of the many, "
        "vitality the movement and activity.",
        _talent,
        "weighted mean of level, quality and vitality, each the weighted mean of its "
        "indicators on a scale of 0 to 100",
        headline=_talent_headline,
    ),
    "measure.index": Chapter(
        "Composite index",
        "The weighted mean of all indicators, each brought to a scale of 0 to 100 once over "
        "all regions and years, so that an index moves only because a region moved.",
        _index,
        "weighted means up the tree of indicators",
    ),
}
