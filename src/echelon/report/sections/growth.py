"""The sections on conversion and on what talent goes with in growth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.report.blocks import (
    Block,
    Cell,
    Column,
    Context,
    Table,
    Text,
    band_text,
    figure,
    from_frame,
    last_known,
)
from echelon.report.chapter import (
    RANK_BAND,
    Chapter,
    band_cell,
    number_cell,
    rank_and_band,
    region_cell,
)

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]

_FOREVER = 10_000


def _conversion(context: Context, result: Result) -> list[Block]:
    whole = result.table()
    blocks: list[Block] = []
    for step in whole["step"].unique():
        frame = last_known(whole[whole["step"] == step], "ratio").sort_values("rank")
        rows = [
            [
                number_cell(row["rank"]), region_cell(context, row["region"]),
                band_cell(row, "rank", (1, len(frame))), number_cell(row["ratio"]),
                Cell(band_text(row["ratio_low"], row["ratio_high"])),
                number_cell(row["share_of_frontier"]),
            ]
            for _, row in frame.iterrows()
        ]  # fmt: skip
        first = frame.iloc[0]
        blocks.append(
            Table(
                f"{result.labels[step]}, {int(first['year'])}",
                [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
                 Column("Ratio", "number"), Column("Ratio, 5–95 %"),
                 Column("Per cent of best practice", "number")],
                rows, head=1, folded=bool(blocks),
                note=f"{first['unit']}; output {int(first['lag'])} years after the input.",
            )
        )  # fmt: skip
    lags = result.table("lags")
    if len(lags):
        shown = lags.assign(step=lags["step"].map(result.labels))
        blocks.append(from_frame(shown, "Lags: correlation within regions and years", folded=True))
    for name, title in (("reliance", "Self-reliance"), ("originality", "Originality (proxies)")):
        blocks += _ratios(context, result, name, title)
    return blocks


def _ratios(context: Context, result: Result, name: str, title: str) -> list[Block]:
    frame = result.table(name)
    if frame.empty:
        absent = [c for c in result.note.caveats if f"({name})" in c]
        return [Text(f"{title}: not measured", " ".join(absent))] if absent else []
    blocks: list[Block] = []
    for item in frame["item"].unique():
        shown = last_known(frame[frame["item"] == item], "value").sort_values("rank")
        rows = [
            [
                number_cell(row["rank"]), region_cell(context, row["region"]),
                band_cell(row, "rank", (1, len(shown))), number_cell(row["value"]),
                Cell(str(row["evidence"])),
            ]
            for _, row in shown.iterrows()
        ]  # fmt: skip
        first = shown.iloc[0]
        blocks.append(
            Table(
                f"{title}: {first['label']}, {int(first['year'])}",
                [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
                 Column(str(first["unit"]).capitalize(), "number"), Column("Evidence")],
                rows, head=1, folded=True,
            )
        )  # fmt: skip
    return blocks


def _conversion_brief(context: Context, result: Result) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {code: [] for code in context.names}
    whole = result.table()
    for step in whole["step"].unique():
        frame = last_known(whole[whole["step"] == step], "share_of_frontier")
        for _, row in frame[frame["share_of_frontier"].notna()].iterrows():
            cause, effect = result.labels[step].split(" → ")
            found.setdefault(row["region"], []).append(
                f"From {cause} to {effect} ({int(row['year'])}, lag {_counted(int(row['lag']))}) it reaches "
                f"{figure(row['share_of_frontier'])} per cent of the best practice of its size "
                f"({rank_and_band(row)} of {len(frame)})."
            )
    for name in ("reliance", "originality"):
        table = result.table(name)
        for item in table["item"].unique():
            for _, row in last_known(table[table["item"] == item], "value").iterrows():
                found.setdefault(row["region"], []).append(
                    f"{row['label']} ({int(row['year'])}, {row['evidence']}): {figure(row['value'])} "
                    f"{row['unit']}, {rank_and_band(row)}."
                )
    return {code: sentences for code, sentences in found.items() if sentences}


def _multiplier(context: Context, result: Result) -> list[Block]:
    main = result.table()
    columns = [Column("Regressor"), Column("Unit")]
    ways = [("one_way", "One-way"), ("two_way", "Two-way"), ("direct", "At home"),
            ("indirect", "In other regions"), ("total", "In all regions")]  # fmt: skip
    ways = [(code, title) for code, title in ways if code in main]
    for _, title in ways:
        columns += [Column(title, "number"), Column(f"{title}, band")]
    spatial = "multiplier" in main
    if spatial:
        columns.append(Column("Multiplier", "number"))
    rows = []
    for _, row in main.iterrows():
        cells = [Cell(row["label"]), Cell(row["unit"])]
        for code, _ in ways:
            cells += [number_cell(100 * row[code]),
                      Cell(band_text(100 * row[f"{code}_low"], 100 * row[f"{code}_high"]))]  # fmt: skip
        if spatial:
            cells.append(number_cell(row["multiplier"]))
        rows.append(cells)
    outcome = result.note.parameters["outcome"]
    return [
        Table(
            f"What goes with one unit more, per cent of the outcome ({outcome})",
            columns,
            rows,
            note="An association, not a cause. Bands: 95 per cent for one-way and two-way, 5–95 per "
            "cent for neighbours. The multiplier is the effect in all regions over that at home, "
            "unknown where the latter may be zero.",
        ),
        _years(context, result),
        from_frame(result.table("models"), "The models", folded=True),
    ]


def _years(context: Context, result: Result) -> Table:
    frame = result.table("catch_up").sort_values("gap", ascending=False)
    reference = str(result.note.parameters["reference"])
    rows = [
        [
            region_cell(context, row["region"]), number_cell(row["gap"]),
            number_cell(row["pace"]), Cell(band_text(row["pace_low"], row["pace_high"])),
            Cell(_span(row["years"]), None if pd.isna(row["years"]) else float(row["years"])),
            Cell(_band_of_years(row)), Cell(str(row["verdict"])),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        f"Years to catch up with {context.name(reference)} at the present pace",
        [Column("Region"), Column("Distance, per cent", "number"),
         Column("Growth beyond the reference's, per cent a year", "number"), Column("Band"),
         Column("Years", "number"), Column("Years, 5–95 %"), Column("Verdict")],
        rows, folded=True, note=f"Pace of {result.note.parameters['years']}.",
    )  # fmt: skip


def _span(years: float) -> str:
    if pd.isna(years):
        return "unknown"
    if np.isinf(years):
        return "never"
    return f"over {_FOREVER:,}" if years > _FOREVER else f"{years:.0f}"


def _counted(years: int | str) -> str:
    """Return a number of years in words."""
    return f"{years} year" if str(years) == "1" else f"{years} years"


def _band_of_years(row: pd.Series) -> str:
    return f"{_span(row['years_low'])} to {_span(row['years_high'])}"


def _multiplier_brief(context: Context, result: Result) -> dict[str, list[str]]:
    frame = result.table("catch_up")
    reference = str(result.note.parameters["reference"])
    found = {}
    for _, row in frame.iterrows():
        if pd.isna(row["gap"]) or pd.isna(row["years"]):
            continue
        name, level = context.name(reference), "above" if row["gap"] > 0 else "below"
        if row["region"] == reference:
            text = "It is the region that the others are compared with, at the 90th percentile."
        else:
            text = (
                f"Output or income per person ({result.note.parameters['outcome']}) was "
                f"{figure(abs(row['gap']))} per cent {level} that of {name} in {int(row['year'])} and "
                f"grew by {figure(row['growth'])} per cent a year "
                f"({result.note.parameters['years']})."
            )
        sentences = [text]
        if row["years"] > 0:
            ending = f"it takes {_counted(_span(row['years']))}" if np.isfinite(row["years"]) else (
                "it never gets there"
            )  # fmt: skip
            sentences.append(
                f"At this pace {ending} (band {_band_of_years(row)}; it gets there in "
                f"{figure(row['reached'])} per cent of the draws)."
            )
        found[str(row["region"])] = sentences
    return found


CHAPTERS = {
    "measure.conversion": Chapter(
        "From research to the market",
        "How much of each stage becomes the next, after how many years, and how far that is from what "
        "the best regions of the same size reach.",
        _conversion,
        "output in t over input in t − lag; share of the 90th percentile for the size of the input",
        brief=_conversion_brief,
    ),
    "measure.multiplier": Chapter(
        "What talent goes with in growth",
        "Regressions on regions and years, with the effects of regions alone and of years too, and "
        "with neighbours. They show what goes together, not what causes what.",
        _multiplier,
        "ln y = r W y + X b + W X q + effects of regions and years; total = direct + indirect",
        brief=_multiplier_brief,
    ),
}
