"""The sections of the report, one per verb; a verb without its own gets a general one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from echelon.registry import Registry
from echelon.report.blocks import (
    UNKNOWN,
    Block,
    Cell,
    Column,
    Context,
    Table,
    band_text,
    figure,
    from_frame,
    last_known,
)

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["SECTIONS", "Chapter", "chapter_of"]

_SUBSYSTEMS = ("education", "technology", "talent")
_BAND = "Rank, 5–95 %"


@dataclass(frozen=True)
class Chapter:
    """How the report tells the result of one verb.

    Parameters
    ----------
    title, lead : str
        Heading, and how to read what follows.
    build : callable
        Context and result to blocks.
    formula : str
        The formula in one line, for the notes.
    """

    title: str
    lead: str
    build: Callable[[Context, Result], list[Block]] = field(repr=False)
    formula: str = ""


def chapter_of(verb: str) -> Chapter:
    """Return how a verb is told; a verb without a chapter of its own gets the general one."""
    if verb in SECTIONS:
        return SECTIONS[verb]
    words = verb.split(".")[-1].replace("_", " ").capitalize()
    return Chapter(words, f"The main table of {verb}, as computed.", _general)


def _general(context: Context, result: Result) -> list[Block]:
    main = result.tables[0]
    names = {**context.names, **result.labels}
    return [from_frame(result.table(main), f"{main} of {result.name}", names=names,
                       units=result.units)]  # fmt: skip


def _region(context: Context, code: str) -> Cell:
    return Cell(context.name(code), region=code)


def _number(value: float, digits: int = 3) -> Cell:
    return Cell(figure(value, digits), None if pd.isna(value) else float(value))


def _band(row: pd.Series, at: str, scale: tuple[float, float]) -> Cell:
    """Return the band of a figure as text, with its picture on a scale."""
    low, high = f"{at}_low", f"{at}_high"
    if row[[low, high, at]].isna().any():
        return Cell(UNKNOWN)
    start, end = scale
    width = (end - start) or 1.0
    place = [100 * (float(row[name]) - start) / width for name in (low, at, high)]
    left, middle, right = (min(100.0, max(0.0, p)) for p in place)
    return Cell(band_text(row[low], row[high]), float(row[low]), span=(left, middle, right))


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
        Column("Rank", "number"), Column("Region"), Column(_BAND, "number"),
        Column("Degree", "number"), Column("Degree, 5–95 %", "number"), Column("Band"),
        *(Column(name.capitalize(), "number") for name in _SUBSYSTEMS),
        Column("Lagging"),
    ]  # fmt: skip
    rows = [
        [
            _number(row["rank"]),
            _region(context, row["region"]),
            _band(row, "rank", (1, len(frame))),
            _number(row["coordination"]),
            _band(row, "coordination", (0, 1)),
            Cell(str(row["band_name"]), float(row["band"])),
            *(_number(row[name]) for name in _SUBSYSTEMS),
            Cell(str(row["lagging"]) or UNKNOWN),
        ]
        for _, row in frame.iterrows()
    ]
    return Table(
        f"Coordination of education, technology and talent in {year}", columns, rows,
        note="The degree and the three indices run from 0 to 1. The bar shows the band from 5 to "
        "95 per cent, the tick the rank or degree itself. Choose a heading to sort, a region to "
        "open its page.", head=1,
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
            _region(context, str(code)), _number(then[code]), _number(now[code]),
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
            Cell(str(label)), Cell(str(subsystem)), _number(share.mean()),
            _number(float(times.get(item, 0))),
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


def _talent(context: Context, result: Result) -> list[Block]:
    frame = last_known(result.table(), "talent").sort_values("rank")
    parts = ("level", "quality", "vitality")
    columns = [
        Column("Rank", "number"), Column("Region"), Column(_BAND, "number"),
        Column("Talent index (0–100)", "number"),
        *(Column(f"{part.capitalize()} (0–100)", "number") for part in parts),
    ]  # fmt: skip
    rows = [
        [
            _number(row["rank"]), _region(context, row["region"]),
            _band(row, "rank", (1, len(frame))),
            _number(row["talent"]), *(_number(row[part]) for part in parts),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return [Table(f"Talent index in {year}", columns, rows, head=1)]


def _index(context: Context, result: Result) -> list[Block]:
    whole = result.table()
    top = whole["item"].iloc[0]
    frame = last_known(whole[whole["item"] == top], "score").sort_values("rank")
    rows = [
        [
            _number(row["rank"]), _region(context, row["region"]),
            _band(row, "rank", (1, len(frame))), _number(row["score"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    columns = [Column("Rank", "number"), Column("Region"), Column(_BAND, "number"),
               Column("Score (0–100)", "number")]  # fmt: skip
    label = frame["label"].iloc[0]
    year = int(frame["year"].iloc[0])
    weights = result.table("weights")
    weights["parent"] = weights["parent"].map(result.labels)
    return [
        Table(f"{label}: composite index in {year}", columns, rows, head=1),
        from_frame(
            weights.rename(columns={"parent": "part_of", "weight": "weight_in_its_group"}),
            "Weights, and importance (correlation with the whole)", folded=True,
        ),
        from_frame(result.table("treatment"), "What was done about outliers", folded=True),
    ]  # fmt: skip


SECTIONS: Registry[Chapter] = Registry(
    "section",
    {
        "measure.coordination": Chapter(
            "Coordination",
            "Three indices between 0 and 1 say how far education, technology and talent are "
            "developed. The degree of coordination is high when all three are high and near each "
            "other; the subsystem with the lowest index is the one that lags.",
            _coordination,
            "D = √(C · T), where T is the weighted mean of the three indices and C the coupling "
            "of them, both between 0 and 1",
        ),
        "measure.talent": Chapter(
            "Talent index",
            "Level is the stock of top talent, quality the attainment and skill of the many, "
            "vitality the movement and activity.",
            _talent,
            "weighted mean of level, quality and vitality, each the weighted mean of its "
            "indicators on a scale of 0 to 100",
        ),
        "measure.index": Chapter(
            "Composite index",
            "The weighted mean of all indicators, each brought to a scale of 0 to 100 once over "
            "all regions and years, so that an index moves only because a region moved.",
            _index,
            "weighted means up the tree of indicators",
        ),
    },
)
