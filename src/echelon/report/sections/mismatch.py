"""The section on mismatch: by level, by field, by occupation."""

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
    blocks: list[Block] = [_ranking(context, frame), _measures(context, frame)]
    fields = result.table("fields")
    if not fields.empty:
        blocks.append(_fields(result, fields))
    blocks += [_occupations(result), _nation(result)]
    if "returns" in result.frames:
        blocks.append(from_frame(result.table("returns"), "What a year of schooling pays"))
    return blocks


def _ranking(context: Context, frame: pd.DataFrame) -> Table:
    ends = float(frame["mismatch_low"].min()), float(frame["mismatch_high"].max())
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["mismatch"]),
            band_cell(row, "mismatch", ends), number_cell(row["over"]), number_cell(row["under"]),
            number_cell(row["over_graduates"]), number_cell(row["field_dissimilarity"]),
            Cell(band_text(row["field_dissimilarity_low"], row["field_dissimilarity_high"])),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return Table(
        f"People whose education does not fit their work, {year}",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column("Mismatch, %", "number"), Column("Mismatch, 5–95 %", "number"),
         Column("Over-educated, %", "number"), Column("Under-educated, %", "number"),
         Column("Graduates in work for lower levels, %", "number"),
         Column("Fields that differ, %", "number"), Column("Fields, ends", "number")],
        rows, head=1,
        note="Per cent of people at work; graduates and fields: per cent of graduates. Rank 1 has "
        "the largest mismatch. The ends of the fields are over four ways of counting the need.",
    )  # fmt: skip


def _measures(context: Context, frame: pd.DataFrame) -> Table:
    names = ("normative", "mode", "mean")
    rows = [
        [
            region_cell(context, row["region"]),
            *(number_cell(row[f"{kind}_{name}"]) for name in names for kind in ("over", "under")),
            Cell(band_text(row["both_low"], row["both_high"])),
        ]
        for _, row in frame.iterrows()
    ]
    columns = [Column(f"{kind}, {name}", "number") for name in names for kind in ("Over", "Under")]
    return Table(
        "Three measures side by side, per cent of people at work",
        [Column("Region"), *columns, Column("Both level and field, bounds", "number")],
        rows, folded=True,
        note="Normative: what entry asks for. Mode: what most people of the occupation have. Mean: "
        "years of schooling within one standard deviation. The bounds are per cent of graduates.",
    )  # fmt: skip


def _fields(result: Result, fields: pd.DataFrame) -> Table:
    """Return the sums over the regions by field."""
    sums = (
        fields.groupby(["level", "field"], sort=False)[
            ["graduates", "need", "gap", "gap_low", "gap_high"]
        ]
        .sum(min_count=1)
        .reset_index()
    )
    rows = [
        [
            *(Cell(result.labels.get(str(row[c]), str(row[c]))) for c in ("level", "field")),
            number_cell(row["graduates"]),
            number_cell(row["need"]), number_cell(row["gap"]),
            Cell(band_text(row["gap_low"], row["gap_high"])),
        ]
        for _, row in sums.iterrows()
    ]  # fmt: skip
    return Table(
        "Graduates a year by field against the need, all regions",
        [Column("Level"), Column("Field"), Column("Graduates", "number"), Column("Need", "number"),
         Column("Gap in the mix", "number"), Column("Gap, ends", "number")],
        rows,
        note="The gap is graduates less as many graduates in the mix of the need; over all fields it "
        "is 0. The need itself is also filled by immigrants and people who come back to work.",
    )  # fmt: skip


def _occupations(result: Result) -> Table:
    """Return the occupations in which most people are over-educated, all regions."""
    frame = result.table("occupations")
    people = frame.assign(
        over=frame["over"] * frame["people"] / 100, under=frame["under"] * frame["people"] / 100
    )
    sums = people.groupby("occupation")[["people", "over", "under"]].sum().nlargest(20, "over")
    rows = [
        [
            Cell(result.labels.get(str(code), str(code))), number_cell(row["people"]),
            number_cell(100 * row["over"] / row["people"]),
            number_cell(100 * row["under"] / row["people"]), number_cell(row["over"]),
        ]
        for code, row in sums.iterrows()
    ]  # fmt: skip
    return Table(
        "Where most over-educated people work, all regions",
        [Column("Occupation"), Column("People", "number"), Column("Over-educated, %", "number"),
         Column("Under-educated, %", "number"), Column("Over-educated people", "number")],
        rows, folded=True,
    )  # fmt: skip


def _nation(result: Result) -> Table:
    return from_frame(
        result.table("nation"), "Sums over the regions beside the nation", folded=True
    )


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    first = frame.sort_values("rank").iloc[0]
    nation = result.table("nation").set_index("item")["nation"]
    measure = str(result.note.parameters["measure"])
    people = nation[nation.index.str.startswith("people: ")].sum()
    over = 100 * nation[f"over: {measure}"] / people
    return [
        KeyFigure(
            f"Over-educated for their work, {int(first['year'])}",
            f"{figure(over)} %",
            f"of people at work; most mismatch in {context.name(first['region'])}: "
            f"{figure(first['mismatch'])} %, {rank_and_band(first)}",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say how much education and work differ in each region, and in which fields."""
    frame = result.table()
    evidence = "derived by raking" if _raked(result) else "as measured"
    fields = result.table("fields")
    found = {}
    for _, row in frame.iterrows():
        sentences = [
            f"In {row['year']}, {figure(row['over'])} per cent of people at work (5–95 %: "
            f"{band_text(row['over_low'], row['over_high'])}) had more education than their work "
            f"needs and {figure(row['under'])} per cent less ({evidence}); {rank_and_band(row)} of "
            f"{len(frame)}, rank 1 the largest mismatch."
        ]
        if not pd.isna(row["over_graduates"]):
            sentences.append(
                f"{figure(row['over_graduates'])} per cent of graduates did work that fits lower levels."
            )
        if not pd.isna(row["field_dissimilarity"]):
            sentences.append(_of_fields(result, fields, row))
        found[str(row["region"])] = sentences
    return found


def _raked(result: Result) -> bool:
    return "occupation_education" in result.note.tables


def _of_fields(result: Result, fields: pd.DataFrame, row: pd.Series) -> str:
    level = fields["level"].iloc[0]
    own = fields[(fields["region"] == row["region"]) & (fields["level"] == level)]
    own = own.dropna(subset="gap").sort_values("gap")
    short, more = own.iloc[0], own.iloc[-1]
    names = [result.labels.get(str(r["field"]), str(r["field"])).lower() for r in (short, more)]
    ends = band_text(row["field_dissimilarity_low"], row["field_dissimilarity_high"])
    return (
        f"{figure(row['field_dissimilarity'])} per cent of graduates (ends {ends}) would have to change "
        f"their field to match the posts for newcomers (derived): most short is {names[0]} "
        f"({figure(-short['gap'])} graduates a year below the mix of the need), most in excess "
        f"{names[1]} ({figure(more['gap'])} above it)."
    )


CHAPTERS = {
    "diagnose.mismatch": Chapter(
        "Cultivation and use",
        "Whether people do work that their education is for: by level, what they have against what "
        "the work needs; by field, what graduates studied against what posts for newcomers call for.",
        _build,
        "mismatch = share of people above + share below what their occupation needs; fields: "
        "D = ½ Σ |share of graduates − share of need|",
        headline=_headline,
        brief=_brief,
    ),
}
