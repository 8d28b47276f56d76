"""The section on what emerges: fields, industries and skills that gain share, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

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

_MOST = 60
_OF = {
    "technology": "of its patents", "industry": "of its jobs",
    "past skill": "of what its jobs ask for (by today’s needs of occupations)",
    "skill": "of what its posts will ask for (by today’s needs of occupations)",
}  # fmt: skip
_ITEMS = {
    "technology": "fields",
    "industry": "industries",
    "past skill": "skills",
    "skill": "skills",
}


def _name(result: Result, code: str) -> str:
    return str(result.labels.get(code, code))


def _per_cent(value: float) -> str:
    return "unknown" if pd.isna(value) else f"{100 * value:+.2f}".replace("-", "−")


def _build(context: Context, result: Result) -> list[Block]:
    table = result.table("emerging")
    blocks: list[Block] = [_items(result, kind, table) for kind in dict.fromkeys(table["kind"])]
    exposure = result.table("exposure")
    blocks += [
        _exposure(context, result, kind, exposure) for kind in dict.fromkeys(exposure["kind"])
    ]
    if len(result.table("decomposition")):
        blocks.append(_split(result))
    return blocks


def _items(result: Result, kind: str, table: pd.DataFrame) -> Table:
    rows = table[table["kind"] == kind].sort_values("growth", ascending=False)
    first, last = int(rows["first_year"].min()), int(rows["last_year"].max())
    body = [
        [Cell(_name(result, row["item"])), Cell(str(row["class"])),
         number_cell(100 * row["share_first"]), number_cell(100 * row["share_last"]),
         Cell(_per_cent(row["growth"]), row["growth"]),
         Cell(f"{_per_cent(row['low'])} to {_per_cent(row['high'])}"), number_cell(row["q"]),
         number_cell(row["breadth"], 2), Cell(str(row["evidence"]))]
        for _, row in rows.head(_MOST).iterrows()
    ]  # fmt: skip
    left = f" The first {_MOST} of {len(rows)} are shown." if len(rows) > _MOST else ""
    return Table(
        f"Growth of shares, {kind}, {first}–{last}",
        [Column("Item"), Column("Class"), Column(f"Share {first}, %", "number"),
         Column(f"Share {last}, %", "number"), Column("Growth of odds, % a year", "number"),
         Column("Growth, 5–95 %", "number"), Column("False discovery rate", "number"),
         Column("Breadth, 0–1", "number"), Column("Evidence")],
        body, folded=kind != table["kind"].iloc[0],
        note=f"Shares of all {rows['unit'].iloc[0]} of the year. Growth is drawn towards the mean of all "
        "items the more uncertain it is." + left,
    )  # fmt: skip


def _exposure(context: Context, result: Result, kind: str, table: pd.DataFrame) -> Table:
    rows = table[table["kind"] == kind].sort_values("rank")
    year = int(rows["year"].iloc[0])
    body = [
        [number_cell(row["rank"]), region_cell(context, row["region"]),
         band_cell(row, "rank", (1, len(rows))), number_cell(100 * row["exposure"]),
         Cell(band_text(100 * row["low"], 100 * row["high"])), number_cell(100 * row["emerging"]),
         Cell(_name(result, row["most"])), Cell(str(row["evidence"]))]
        for _, row in rows.iterrows()
    ]  # fmt: skip
    return Table(
        f"Share of each region in what gains, {kind}, {year}",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column("Growing and emerging, %", "number"), Column("5–95 %", "number"),
         Column("Emerging alone, %", "number"), Column("Furthest ahead in"), Column("Evidence")],
        body, head=1, folded=True,
        note="The band is over which items grow, drawn from the bands of their growth.",
    )  # fmt: skip


def _split(result: Result) -> Table:
    table = (
        result.table("decomposition").sort_values("change", key=abs, ascending=False).head(_MOST)
    )
    body = [
        [Cell(_name(result, row["item"])), Cell(str(row["kind"])), Cell(f"{row['over']}s"),
         number_cell(100 * row["change"]), number_cell(100 * row["within"]),
         number_cell(100 * row["between"])]
        for _, row in table.iterrows()
    ]  # fmt: skip
    return Table(
        "Change of shares within and between",
        [Column("Item"), Column("Kind"), Column("Within and between"),
         Column("Change, points", "number"), Column("Within", "number"), Column("Between", "number")],
        body, folded=True,
        note="Within: the share changed inside the regions or occupations. Between: those where it is "
        "common became larger. The largest changes are shown. Skills do not change within occupations, "
        "because one release of their needs is known.",
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    table = result.table("emerging")
    observed = table[(table["class"] == "emerging") & (table["kind"] != "skill")]
    if observed.empty:
        return []
    top = observed.sort_values("growth", ascending=False).iloc[0]
    kinds = int((observed["kind"] == top["kind"]).sum())
    return [
        KeyFigure(
            f"Fastest emerging {top['kind']}",
            _name(result, top["item"]),
            f"{figure(100 * top['share_first'], 2)} to {figure(100 * top['share_last'], 2)} % of all "
            f"{top['unit']}, {top['first_year']}–{top['last_year']}; growth of the odds "
            f"{_per_cent(top['growth'])} % a year, band {_per_cent(top['low'])} to "
            f"{_per_cent(top['high'])}; {kinds} emerging in all",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say how much of each region lives by what gains share, kind by kind."""
    table = result.table("exposure")
    count = table.groupby("kind")["region"].nunique()
    found: dict[str, list[str]] = {}
    for _, row in table.iterrows():
        kind = str(row["kind"])
        found.setdefault(str(row["region"]), []).append(
            f"In {row['year']} {figure(100 * row['exposure'])} per cent (band "
            f"{band_text(100 * row['low'], 100 * row['high'])}) {_OF.get(kind, kind)} were in "
            f"{_ITEMS.get(kind, 'items')} that gain share, rank {figure(row['rank'])} of {count[kind]} "
            f"(band {band_text(row['rank_low'], row['rank_high'])}), furthest ahead of other regions in "
            f"{_name(result, row['most'])}; {row['evidence']}."
        )
    return found


CHAPTERS = {
    "project.emerging": Chapter(
        "Emerging fields and skills",
        "What gains share of patents, of jobs and of what jobs ask for: growth is measured against the "
        "total of the year, drawn towards the mean where counts are small, and called growth only where "
        "chance among many items does not explain it.",
        _build,
        "growth = slope of ln(share ÷ (1 − share)) on the years, shrunken by its own uncertainty",
        headline=_headline,
        brief=_brief,
    ),
}
