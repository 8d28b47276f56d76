"""The section on coordination: ranking, change, obstacles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.report.blocks import (
    UNKNOWN,
    Block,
    Cell,
    Column,
    Context,
    Table,
    band_text,
    figure,
    last_known,
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

_COORDINATED = 0.5
_SUBSYSTEMS = ("education", "technology", "talent")


def _coordination(context: Context, result: Result) -> list[Block]:
    whole = result.table()
    blocks: list[Block] = [_coordination_ranking(context, whole)]
    change = _change(context, whole)
    if change is not None:
        blocks.append(change)
    obstacles = result.table("obstacles")
    if obstacles["obstacle"].notna().any():
        blocks.append(_obstacles(context, obstacles))
    return blocks


def _coordination_ranking(context: Context, whole: pd.DataFrame) -> Table:
    frame = last_known(whole, "coordination").sort_values("rank")
    year = int(frame["year"].iloc[0])
    columns = [
        Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
        Column("Degree", "number"), Column("Degree, 5–95 %", "number"), Column("Band"),
        *(Column(name.capitalize(), "number") for name in _SUBSYSTEMS),
        Column("Lagging"),
    ]  # fmt: skip
    rows = [
        [
            number_cell(row["rank"]),
            region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))),
            number_cell(row["coordination"]),
            band_cell(row, "coordination", (0, 1)),
            Cell(str(row["band_name"]), float(row["band"])),
            *(number_cell(row[name]) for name in _SUBSYSTEMS),
            Cell(str(row["lagging"]) or UNKNOWN),
        ]
        for _, row in frame.iterrows()
    ]
    return Table(
        f"Coordination of education, technology and talent in {year}", columns, rows,
        note="The degree and the three indices run from 0 to 1. The bar shows the band from 5 to "
        "95 per cent, the tick the rank or degree itself: for the degree over other weights, for "
        "the rank over weights, scale, filling of gaps, outliers, kind of mean and form of the "
        "coupling together. Choose a heading to sort, a region to open its page.", head=1,
    )  # fmt: skip


def _change(context: Context, whole: pd.DataFrame) -> Table | None:
    """Return what changed between the first and the last known year, largest rise first."""
    known = whole[whole["coordination"].notna()]
    if known["year"].nunique() < 2:
        return None
    first, last = int(known["year"].min()), int(known["year"].max())
    wide = known.pivot_table(index="region", columns="year", values=["coordination", "rank"])
    then, now = wide["coordination"][first], wide["coordination"][last]
    moved = wide["rank"][first] - wide["rank"][last]
    rise = (now - then).sort_values(ascending=False)
    rows = [
        [
            region_cell(context, str(code)), number_cell(then[code]), number_cell(now[code]),
            Cell(_signed(rise[code], ".3f"), None if pd.isna(rise[code]) else float(rise[code])),
            Cell(_signed(moved[code], ".0f"), None if pd.isna(moved[code]) else float(moved[code])),
        ]
        for code in rise.index
    ]  # fmt: skip
    return Table(
        f"Change from {first} to {last}",
        [Column("Region"), Column(f"Degree {first}", "number"), Column(f"Degree {last}", "number"),
         Column("Change", "number"), Column("Ranks gained", "number")],
        rows, folded=True,
        note="A change smaller than the band of the degree may come from the choice of weights.",
    )  # fmt: skip


def _signed(value: float, form: str) -> str:
    if pd.isna(value):
        return UNKNOWN
    text = f"{value:+{form}}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", "−")


def _obstacles(context: Context, obstacles: pd.DataFrame) -> Table:
    frame = last_known(obstacles, "obstacle")
    year = int(frame["year"].iloc[0])
    known = frame[frame["obstacle"].notna()].sort_values("obstacle", ascending=False)
    times = known.groupby("region").head(1)["item"].value_counts()
    parts = []
    for (item, label, subsystem), group in known.groupby(["item", "label", "subsystem"]):
        share, top = group["obstacle"], group.iloc[0]
        parts.append((float(share.mean()), [
            Cell(str(label)), Cell(str(subsystem)), number_cell(share.mean()),
            number_cell(float(times.get(item, 0))),
            Cell(f"{context.name(top['region'])} ({figure(top['obstacle'])} %)",
                 region=str(top["region"])),
        ]))  # fmt: skip
    parts.sort(key=lambda part: -part[0])
    return Table(
        f"What keeps the regions from the best, {year}",
        [Column("Indicator"), Column("Subsystem"), Column("Mean share of the gap, %", "number"),
         Column("Largest obstacle of … regions", "number"), Column("Weighs most in")],
        [row for _, row in parts],
        note="The obstacle degree of an indicator is its weighted distance from the best value, as "
        "a share of all such distances of the region; the shares of a region sum to 100.",
    )  # fmt: skip


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    frame = last_known(result.table(), "coordination")
    known = frame[frame["coordination"].notna()]
    if known.empty:
        return []
    best = known.sort_values("coordination", ascending=False).iloc[0]
    degree = figure(best["coordination"])
    ends = band_text(best["coordination_low"], best["coordination_high"])
    year = int(best["year"])
    return [
        KeyFigure(
            f"Highest coordination, {year}",
            context.name(best["region"]),
            f"degree {degree} of 1, band {ends}; {rank_and_band(best)}",
        ),
        _bands(result, known),
        _movement(context, known),
        _lagging(known),
    ]


def _bands(result: Result, known: pd.DataFrame) -> KeyFigure:
    together = int((known["coordination"] >= _COORDINATED).sum())
    counts = known.groupby("band_name").size().to_dict()
    names = result.table("bands").sort_values("band", ascending=False)["name"]
    parts = [f"{name} {counts[name]}" for name in names if name in counts]
    return KeyFigure(
        f"Regions with a degree of {_COORDINATED} or more",
        f"{together} of {len(known)}",
        "; ".join(parts),
    )


def _movement(context: Context, known: pd.DataFrame) -> KeyFigure:
    width = known["rank_high"] - known["rank_low"]
    if width.notna().sum() == 0:
        return KeyFigure("How far a rank moves", "unknown", "no bands of ranks were drawn")
    widest = known.assign(width=width).sort_values("width", ascending=False, kind="stable").iloc[0]
    places = round(float(width.median()))
    return KeyFigure(
        "A typical region’s rank moves by",
        f"{places} place{'' if places == 1 else 's'}",
        f"median width of the 5–95 % band under other choices of method; widest for "
        f"{context.name(widest['region'])}: {band_text(widest['rank_low'], widest['rank_high'])}",
    )


def _lagging(known: pd.DataFrame) -> KeyFigure:
    counts = known.loc[known["lagging"].isin(_SUBSYSTEMS), "lagging"].value_counts()
    if counts.empty:
        return KeyFigure("Lags most often", "unknown", "the subsystem indices are unknown")
    others = ", ".join(f"{name} in {n}" for name, n in counts.iloc[1:].items())
    return KeyFigure(
        "Lags most often",
        str(counts.index[0]).capitalize(),
        f"the lowest of the three indices in {counts.iloc[0]} of {len(known)} regions"
        + (f"; {others}" if others else ""),
    )


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say where each region stands, what lags and what weighs most."""
    frame = last_known(result.table(), "coordination")
    held = last_known(result.table("obstacles"), "obstacle")
    held = held[held["obstacle"].notna()].sort_values("obstacle", ascending=False)
    first = held.drop_duplicates("region").set_index("region")
    found = {}
    for _, row in frame[frame["coordination"].notna()].iterrows():
        code = str(row["region"])
        sentences = [
            f"Coordination was {figure(row['coordination'])} of 1 in {row['year']} "
            f"({row['band_name']}; {rank_and_band(row)} of {len(frame)})."
        ]
        if row["lagging"]:
            sentences.append(
                f"{str(row['lagging']).capitalize()} lags: {figure(row[row['lagging']])} of 1."
            )
        if code in first.index:
            most = first.loc[code]
            sentences.append(
                f"What holds it back most is {str(most['label'])[:1].lower()}{most['label'][1:]}: "
                f"{figure(most['obstacle'])} per cent of its distance from the best values."
            )
        found[code] = sentences
    return found


CHAPTERS = {
    "measure.coordination": Chapter(
        "Coordination",
        "Three indices between 0 and 1 say how far education, technology and talent are "
        "developed. The degree of coordination is high when all three are high and near each "
        "other; the subsystem with the lowest index is the one that lags.",
        _coordination,
        "D = √(C · T), where T is the weighted mean of the three indices and C the coupling "
        "of them, both between 0 and 1",
        headline=_headline,
        brief=_brief,
    ),
}
