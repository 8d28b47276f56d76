"""The section on the largest problems of the regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.diagnose.problems import LEVERS
from echelon.report.blocks import Block, Cell, Column, Context, Table, band_text, figure
from echelon.report.chapter import (
    RANK_BAND,
    Chapter,
    KeyFigure,
    band_cell,
    number_cell,
    region_cell,
)

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]


def _about(result: Result, row: pd.Series) -> str:
    """Return the problem with what it is about, in names."""
    return str(row["problem"]) + (
        f": {result.labels.get(row['about'], row['about'])}" if row["about"] else ""
    )


def _lever(name: str) -> str:
    return f"{name}: {LEVERS[name]}"


def _build(context: Context, result: Result) -> list[Block]:
    frame = result.table()
    first = frame[frame["rank"] == 1].sort_values("severity", ascending=False)
    worst = Table(
        "The largest problem of each region",
        [Column("Region"), Column("Problem"), Column("Figure", "number"), Column("Unit"),
         Column("Year", "number"), Column("Severity", "number"), Column("Lever")],
        [
            [region_cell(context, row["region"]), Cell(_about(result, row)),
             number_cell(row["value"]), Cell(str(row["unit"])), Cell(str(row["year"]), row["year"]),
             number_cell(row["severity"]), Cell(_lever(row["lever"]))]
            for _, row in first.iterrows()
        ],
        note="Severity 1: as far from the median of the regions as the typical region that is worse "
        "than the median. Choose a region to see its five largest.",
    )  # fmt: skip
    return [worst, _counts(result), _all(context, result)]


def _counts(result: Result) -> Table:
    frame = result.table()
    rows = [
        [Cell(str(problem)), number_cell(float((group["rank"] == 1).sum())),
         number_cell(float(len(group))), Cell(_lever(group["lever"].mode().iloc[0]))]
        for problem, group in frame.groupby("problem")
    ]  # fmt: skip
    rows.sort(key=lambda row: -float(row[2].sort or 0))
    return Table(
        "How often each problem is among the largest",
        [Column("Problem"), Column("Largest in … regions", "number"),
         Column("Among the largest five in … regions", "number"), Column("Usual lever")],
        rows,
    )  # fmt: skip


def _all(context: Context, result: Result) -> Table:
    frame = result.table()
    last = max(1, int(frame["rank_high"].max()))
    rows = [
        [region_cell(context, row["region"]), number_cell(row["rank"]),
         band_cell(row, "rank", (1, last)), Cell(_about(result, row)), number_cell(row["value"]),
         Cell(band_text(row["low"], row["high"])), Cell(str(row["unit"])),
         number_cell(row["severity"]), Cell(str(row["evidence"])), Cell(_lever(row["lever"]))]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        "The largest problems of every region",
        [Column("Region"), Column("Rank", "number"), Column(RANK_BAND, "number"), Column("Problem"),
         Column("Figure", "number"), Column("Figure, 5–95 %", "number"), Column("Unit"),
         Column("Severity", "number"), Column("Evidence"), Column("Lever")],
        rows, folded=True,
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    counts = frame.loc[frame["rank"] == 1, "problem"].value_counts()
    return [
        KeyFigure(
            "Most often the largest problem",
            str(counts.index[0]),
            f"in {counts.iloc[0]} of {frame['region'].nunique()} regions, by the distance from the "
            "other regions",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Name the largest problems of each region with figure, band and lever."""
    found: dict[str, list[str]] = {}
    for region, group in result.table().groupby("region"):
        worse = group[group["severity"] > 0]
        if worse.empty:
            found[str(region)] = [
                "No figure of this region is worse than the median of the regions."
            ]
            continue
        found[str(region)] = [
            f"{_about(result, row)}: {figure(row['value'])} {row['unit']}"
            + ("" if pd.isna(row["low"]) else f" (band {band_text(row['low'], row['high'])})")
            + f", {row['year']}, {row['evidence']}, {figure(row['severity'], 2)} times the typical "
            f"region with this problem; lever {_lever(row['lever'])}."
            for _, row in worse.iterrows()
        ]
    return found


CHAPTERS = {
    "diagnose.contradictions": Chapter(
        "Largest problems",
        "What is wrong where, and which lever acts on it: each region’s five figures that lie "
        "furthest on the bad side of the other regions.",
        _build,
        "severity = distance from the median on the bad side ÷ median distance of the regions that "
        "are worse than the median",
        headline=_headline,
        brief=_brief,
        listed=True,
    ),
}
