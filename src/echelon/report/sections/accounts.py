"""The section on the accounts of talent: stock, increment, vitality, the gap and its years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.report.blocks import Block, Cell, Column, Context, Table, band_text, figure, from_frame
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

_FLOWS = ("graduates", "net_moves", "openings", "departures", "change", "measured_change")
_REFERENCES = {"p90": "the 90th percentile of the regions", "leader": "the leading region"}


def _build(context: Context, result: Result) -> list[Block]:
    blocks: list[Block] = [_whole(result), _stocks(context, result)]
    if "gaps" in result.frames:
        blocks.append(_gaps(context, result))
    if "identity" in result.frames:
        blocks.append(_identity(result))
    if "vitality" in result.frames:
        blocks.append(_vitality(result))
    if "sums" in result.frames:
        blocks.append(from_frame(
            result.table("sums"), "Sum over regions against the figure of the whole", folded=True
        ))  # fmt: skip
    return blocks


def _whole(result: Result) -> Table:
    frame = result.table()
    known = [name for name in _FLOWS if frame[name].notna().any()]
    weighed = frame.assign(pace=frame["pace"] * frame["stock"])
    sums = weighed.groupby("tier", sort=False)[["stock", "pace", *known]].sum(min_count=1)
    rows = [
        [Cell(str(tier).capitalize()), number_cell(row["stock"]),
         *(number_cell(row[name]) for name in known), number_cell(row["pace"] / row["stock"], 2)]
        for tier, row in sums.iterrows()
    ]  # fmt: skip
    columns = [
        Column("Tier"), Column(f"Stock, {result.units['stock']}", "number"),
        *(Column(name.replace("_", " ").capitalize() + " a year", "number") for name in known),
        Column("Pace per 1,000, % a year", "number"),
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return Table(
        f"Stock and increment by tier, all regions together, {year}", columns, rows,
        note="Openings and departures count changes of occupation, also within a tier; graduates "
        "are those whose programmes prepare for occupations of the tier.",
    )  # fmt: skip


def _stocks(context: Context, result: Result) -> Table:
    frame = result.table()
    count = frame["region"].nunique()
    rows = [
        [
            Cell(str(row["tier"]).capitalize()), region_cell(context, row["region"]),
            number_cell(row["stock"]), number_cell(row["per_1000"]),
            Cell(band_text(row["per_1000_low"], row["per_1000_high"])), number_cell(row["rank"]),
            band_cell(row, "rank", (1, count)), number_cell(row["pace"], 2),
            Cell(band_text(row["pace_low"], row["pace_high"], 2)), Cell(str(row["evidence"])),
        ]
        for _, row in frame.sort_values(["tier", "rank"]).iterrows()
    ]  # fmt: skip
    columns = [
        Column("Tier"), Column("Region"), Column("Stock", "number"),
        Column(result.units["per_1000"].capitalize(), "number"), Column("5–95 %", "number"),
        Column("Rank in tier", "number"), Column(RANK_BAND, "number"),
        Column("Pace, % a year", "number"), Column("Pace, 5–95 %", "number"), Column("Evidence"),
    ]  # fmt: skip
    return Table("Stock by tier and region", columns, rows, folded=True)


def _reference(result: Result) -> str:
    name = str(result.table("gaps")["reference"].iloc[0])
    return _REFERENCES.get(name, result.labels.get(name, name))


def _gaps(context: Context, result: Result) -> Table:
    frame = result.table("gaps")
    first = frame["tier"].iloc[0]
    shown = frame[frame["gap_per_1000"] > 0].sort_values(
        ["tier", "gap_per_1000"], ascending=[True, False], key=lambda c: c != first if c.name == "tier" else c
    )  # fmt: skip
    rows = [
        [
            Cell(str(row["tier"]).capitalize()), region_cell(context, row["region"]),
            number_cell(row["gap_per_1000"]), number_cell(row["gap_people"]),
            number_cell(row["pace"], 2), number_cell(row["reference_pace"], 2),
            Cell(str(row["verdict"]), None if pd.isna(row["years"]) else float(row["years"])),
        ]
        for _, row in shown.iterrows()
    ]  # fmt: skip
    columns = [
        Column("Tier"), Column("Region"), Column("Gap per 1,000", "number"), Column("Gap", "number"),
        Column("Pace, % a year", "number"), Column("Pace of the reference", "number"),
        Column("Years to close it (5–95 %)", "number"),
    ]  # fmt: skip
    return Table(
        f"Gap to {_reference(result)}, and the years to close it at the present pace", columns, rows,
        folded=True, note="Both sides go on at their present pace; where the region grows no faster, "
        "the gap is never closed at this pace.",
    )  # fmt: skip


def _identity(result: Result) -> Table:
    frame = result.table("identity")
    names = ["opening", "graduates", "net_moves", "departures", "expected", "closing", "residual"]
    sums = frame.groupby("tier", sort=False)[names].sum(min_count=1)
    rows = [
        [Cell(str(tier).capitalize()), *(number_cell(row[name]) for name in names),
         number_cell(100 * row["residual"] / row["opening"], 2)]
        for tier, row in sums.iterrows()
    ]  # fmt: skip
    columns = [Column("Tier"), *(Column(n.replace("_", " ").capitalize(), "number") for n in names),
               Column("Residual, % of opening", "number")]  # fmt: skip
    return Table(
        "Opening + graduates + net moves − departures against closing, all regions together",
        columns, rows,
        note=f"Closing is {frame['basis'].iloc[0]}. The residual holds people from other "
        "occupations, from unemployment, from abroad, and training that is not counted.",
    )  # fmt: skip


def _vitality(result: Result) -> Table:
    frame = result.table("vitality")
    rows = []
    for (measure, tier, unit), group in frame.groupby(["measure", "tier", "unit"], sort=False):
        low, high = group["value"].min(), group["value"].max()
        rows.append([Cell(str(measure)), Cell(str(tier).capitalize()),
                     number_cell(group["value"].median()), Cell(band_text(low, high)),
                     Cell(str(unit)), Cell(str(group["year"].iloc[0]), float(group["year"].iloc[0])),
                     Cell(str(group["evidence"].iloc[0]))])  # fmt: skip
    columns = [Column("Measure"), Column("Tier"), Column("Median region", "number"),
               Column("Lowest to highest", "number"), Column("Unit"), Column("Year", "number"),
               Column("Evidence")]  # fmt: skip
    return Table("Vitality: how much each tier moves", columns, rows, folded=True)


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    if "gaps" not in result.frames:
        return []
    frame = result.table("gaps")
    tier = frame["tier"].iloc[0]
    of_tier = frame[frame["tier"] == tier]
    behind = of_tier[of_tier["gap_per_1000"] > 0]
    never = int(behind["verdict"].str.startswith("never").sum())
    top = result.table()
    top = top[top["tier"] == tier].sort_values("rank").iloc[0]
    return [
        KeyFigure(
            f"Largest stock per 1,000, tier {tier}, {int(top['year'])}",
            context.name(top["region"]),
            f"{figure(top['per_1000'])} {result.units['per_1000']}, {rank_and_band(top)}; of "
            f"{len(behind)} regions below {_reference(result)}, {never} never reach it at the "
            "present pace",
        )
    ]  # fmt: skip


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say what the region has, what is added, and when the largest gap closes."""
    frame = result.table()
    gaps = result.table("gaps") if "gaps" in result.frames else pd.DataFrame()
    tier = str(frame["tier"].iloc[0])
    found = {}
    for region, group in frame.groupby("region"):
        top = group.iloc[0]
        sentences = [
            f"{figure(top['stock'])} {result.units['stock']} in the tier {tier} in "
            f"{int(top['year'])}: {figure(top['per_1000'])} {result.units['per_1000']} (band "
            f"{band_text(top['per_1000_low'], top['per_1000_high'])}; {rank_and_band(top)}; "
            f"{top['evidence']})."
        ]
        if len(gaps):
            sentences += _gap_sentence(result, gaps[gaps["region"] == region])
        sentences += _increment(group)
        found[str(region)] = sentences
    return found


def _gap_sentence(result: Result, rows: pd.DataFrame) -> list[str]:
    behind = rows[rows["gap_per_1000"] > 0]
    if behind.empty:
        return [f"No tier is below {_reference(result)}."]
    share = behind["per_1000"] / behind["reference_per_1000"]
    row = behind.assign(share=share).sort_values("share", kind="stable").iloc[0]
    return [
        f"Furthest behind {_reference(result)} is the tier {row['tier']}: "
        f"{figure(row['gap_people'])} {result.units['stock']} fewer; to close it: {row['verdict']} "
        f"(pace {figure(row['pace'], 2)} against {figure(row['reference_pace'], 2)} per cent a year)."
    ]


def _increment(group: pd.DataFrame) -> list[str]:
    rows = group[group["tier"] != "general"]
    sums = rows[["graduates", "net_moves", "openings"]].sum(min_count=1)
    if sums["graduates"] != sums["graduates"]:
        top = group.iloc[0]
        if top["measured_change"] != top["measured_change"]:
            return []
        return [f"In the last year the stock changed by {figure(top['measured_change'])}."]
    net = sums["net_moves"]
    moves = "" if net != net else (
        f" and {figure(abs(net))} {'gained' if net > 0 else 'lost'} by moves between regions"
    )  # fmt: skip
    against = "" if sums["openings"] != sums["openings"] else (
        f", against {figure(sums['openings'])} openings"
    )  # fmt: skip
    return [
        f"In the tiers above general work there are about {figure(sums['graduates'])} graduates a "
        f"year{moves}{against} (derived)."
    ]


CHAPTERS = {
    "diagnose.accounts": Chapter(
        "Accounts of talent",
        "Stock says how many there are, increment what is added and what leaves, vitality how much "
        "they move. The gap is to a reference, and the years are those until it closes if both "
        "sides go on as they do.",
        _build,
        "opening + graduates + net moves − departures = closing + residual; years to close "
        "n = ln(x*/x) / (ln(1 + g) − ln(1 + g*))",
        headline=_headline,
        brief=_brief,
    ),
}
