"""The section on the degree screen: the pool, the sweep, the errors of the screen."""

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
    return [
        _ranking(context, frame),
        from_frame(
            result.table("sweep"), "The pool by the distance that counts as near, all regions",
            units=result.units,
        ),
        _confusion(result),
        _pools(result, "occupations", "with_skills", "Where the pool works now, all regions"),
        _pools(result, "destinations", "posts", "Where the pool would be placed, all regions"),
    ]  # fmt: skip


def _ranking(context: Context, frame: pd.DataFrame) -> Table:
    last = float(frame["share_high"].max())
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["share"]),
            band_cell(row, "share", (0, last)), number_cell(row["people"]),
            number_cell(row["sum_over_occupations"]), number_cell(row["people_a_year"]),
            number_cell(row["wages_at_stake"] / 1e6),
            Cell(band_text(row["wages_at_stake_low"] / 1e6, row["wages_at_stake_high"] / 1e6)),
            number_cell(row["false_reject_rate"]), number_cell(row["false_accept_rate"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return Table(
        f"People who have the skills and lack the degree, {year}",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column("Of those without it, %", "number"), Column("Share, 5–95 %", "number"),
         Column("People, each once", "number"), Column("Sum over occupations", "number"),
         Column("A year’s openings take", "number"), Column("Wages at stake, million", "number"),
         Column("Wages, 5–95 %", "number"), Column("False rejects, %", "number"),
         Column("False accepts, %", "number")],
        rows, head=1,
        note="False rejects: of all whose work shows the skills, those kept out. False accepts: of "
        "all with the degree, those whose work does not show them. Wages: a year, in currency.",
    )  # fmt: skip


def _confusion(result: Result) -> Table:
    frame = result.table("confusion")
    keys = ["screen", "credential", "skill"]
    sums = frame.groupby(keys, sort=False)["people"].sum().reset_index()
    whole = float(sums["people"].sum())
    rows = [
        [*(Cell(str(row[key])) for key in keys), number_cell(row["people"]),
         number_cell(100 * row["people"] / whole)]
        for _, row in sums.iterrows()
    ]  # fmt: skip
    return Table(
        "What the degree screen does, all regions",
        [Column("Outcome"), Column("Credential"), Column("Skill in their work"),
         Column("People", "number"), Column("Per cent", "number")],
        rows, note="Cells of people, by their occupation and education: nobody is classified.",
    )  # fmt: skip


def _pools(result: Result, table: str, other: str, caption: str) -> Table:
    sums = result.table(table).groupby("occupation")[["people", other]].sum()
    rows = [
        [Cell(result.labels.get(str(code), str(code))), number_cell(row["people"]),
         number_cell(row[other])]
        for code, row in sums.nlargest(15, "people").iterrows()
    ]  # fmt: skip
    words = other.replace("_", " ").capitalize()
    return Table(
        caption, [Column("Occupation"), Column("People placed", "number"), Column(words, "number")],
        rows, folded=True,
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    people = frame["people"].sum()
    low, high = frame["people_low"].sum(), frame["people_high"].sum()
    return [
        KeyFigure(
            f"Have the skills and lack the degree, {int(frame['year'].max())}",
            f"{figure(people / 1e6)} million" if people >= 1e6 else figure(people),
            f"people, each counted once; regions’ bands add up to {figure(low)}–{figure(high)}; a sum "
            f"over occupations would count {figure(frame['sum_over_occupations'].sum())}",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say how many have the skills and lack the degree in each region, and what is at stake."""
    frame = result.table()
    pools = result.table("occupations").sort_values("people", ascending=False)
    first = pools.drop_duplicates("region").set_index("region")
    found = {}
    for _, row in frame.iterrows():
        sentences = [
            f"{figure(row['people'])} people ({figure(row['share'])} per cent of those without the "
            f"degree; band {band_text(row['share_low'], row['share_high'])}) showed the skills of "
            f"better-paid work that asks for it in {row['year']}, each counted once (derived); "
            f"{rank_and_band(row)} of {len(frame)}.",
            f"Wages at stake: {figure(row['wages_at_stake'] / 1e6)} million a year (band "
            f"{band_text(row['wages_at_stake_low'] / 1e6, row['wages_at_stake_high'] / 1e6)}).",
        ]
        most = first.loc[row["region"]] if row["region"] in first.index else None
        if most is not None and most["people"] > 0:
            names = [result.labels.get(str(most[c]), str(most[c])).lower()
                     for c in ("occupation", "destination")]  # fmt: skip
            sentences.append(
                f"The largest group works as {names[0]} ({figure(most['people'])} people) and would "
                f"mostly go to {names[1]}."
            )
        found[str(row["region"])] = sentences
    return found


CHAPTERS = {
    "diagnose.credentials": Chapter(
        "Qualifications and abilities",
        "Who shows the skills of better-paid work that asks for a degree they do not have. Each person "
        "is counted once, in the posts there are; the distance that counts as near is varied.",
        _build,
        "d = √(Σ w · max(0, level needed − level shown)² ÷ Σ w); largest number of people within d₀ of "
        "a screened post, each in one",
        headline=_headline,
        brief=_brief,
    ),
}
