"""The section on specialisation: complexity, opportunities, activities, likeness."""

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


def _build(context: Context, result: Result) -> list[Block]:
    frame = result.table()
    blocks: list[Block] = []
    for kind, group in frame.groupby("kind", sort=False):
        if group["rank"].notna().any():
            blocks.append(_complexity(context, group, str(kind)))
        elif group["krugman_rank"].notna().any():
            blocks.append(_distance(context, group, str(kind)))
    if len(result.table("opportunities")):
        blocks.append(_opportunities(context, result))
    blocks.append(_alike(context, result))
    activities = result.table("activities").drop(columns=["rank_median"])
    blocks.append(from_frame(activities, "Every activity: how common, how complex, where strongest",
                             names=result.labels, folded=True))  # fmt: skip
    return blocks


def _complexity(context: Context, group: pd.DataFrame, kind: str) -> Table:
    ranked = group[group["rank"].notna()].sort_values("rank")
    scale = (float(ranked["complexity_low"].min()), float(ranked["complexity_high"].max()))
    rows = [
        [number_cell(row["rank"]), region_cell(context, row["region"]),
         band_cell(row, "rank", (1, len(ranked))), number_cell(row["complexity"]),
         band_cell(row, "complexity", scale), Cell(_rank(row, "fitness_rank")),
         number_cell(row["diversity"]), Cell(_rank(row, "diversity_rank")),
         number_cell(row["krugman"]), Cell(_rank(row, "krugman_rank"))]
        for _, row in ranked.iterrows()
    ]  # fmt: skip
    return Table(
        f"Complexity of the regions by their {kind}, {int(group['year'].iloc[0])}",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column("Complexity (standard deviations)", "number"), Column("Complexity, 5–95 %", "number"),
         Column("Rank by fitness"), Column("Activities with a quotient of 1 or more", "number"),
         Column("Rank by it"), Column("Distance from the mix (0–2)", "number"),
         Column("Rank by it")],
        rows, head=1, folded=kind != "occupations",
        note="An order by who has which activity, not a level. The bands come from the sampling "
        "errors of the figures and from drawing the activities with replacement.",
    )  # fmt: skip


def _rank(row: pd.Series, name: str) -> str:
    """Return a rank with its band in parentheses."""
    if pd.isna(row[f"{name}_low"]):
        return "unknown"
    return f"{figure(row[name])} ({band_text(row[f'{name}_low'], row[f'{name}_high'])})"


def _distance(context: Context, group: pd.DataFrame, kind: str) -> Table:
    ordered = group.sort_values("krugman_rank")
    rows = [
        [Cell(_rank(row, "krugman_rank"), row["krugman_rank"]), region_cell(context, row["region"]),
         number_cell(row["krugman"]), band_cell(row, "krugman", (0, 2)),
         number_cell(row["concentration"])]
        for _, row in ordered.iterrows()
    ]  # fmt: skip
    return Table(
        f"Distance of each region from the mix of all regions: {kind}, {int(group['year'].iloc[0])}",
        [Column("Rank (5–95 %)", "number"), Column("Region"), Column("Distance (0–2)", "number"),
         Column("Distance, 5–95 %", "number"), Column("Concentration (0–1)", "number")],
        rows, head=1, folded=True,
        note=f"Too few {kind} are told apart for an order of complexity.",
    )  # fmt: skip


def _opportunities(context: Context, result: Result) -> Table:
    frame = result.table("opportunities")
    best = frame[frame["rank"] == 1]
    rows = [
        [region_cell(context, row["region"]), Cell(str(row["kind"])),
         Cell(result.labels.get(row["activity"], row["activity"])),
         Cell(f"{figure(row['rank'])} ({band_text(row['rank_low'], row['rank_high'])})", row["rank"]),
         number_cell(row["density"]), number_cell(row["complexity"]), number_cell(row["quotient"])]
        for _, row in best.iterrows()
    ]  # fmt: skip
    return Table(
        "What lies nearest: the absent activity with most relatedness and complexity, per region",
        [Column("Region"), Column("Kind"), Column("Activity"), Column("Rank in the region (5–95 %)"),
         Column("Density (0–1)", "number"), Column("Complexity", "number"),
         Column("Location quotient", "number")],
        rows, folded=True,
        note="Density is the share of what is related to the activity that the region already has: "
        "high density, low risk; high complexity, high reward.",
    )  # fmt: skip


def _alike(context: Context, result: Result) -> Table:
    pairs = result.table("similarity").sort_values("likeness", ascending=False)
    top = pairs.groupby("kind", sort=False).head(10)
    rows = [
        [Cell(str(row["kind"])), region_cell(context, row["region"]),
         region_cell(context, row["destination"]), number_cell(row["likeness"]),
         number_cell(row["similarity"])]
        for _, row in top.iterrows()
    ]  # fmt: skip
    return Table(
        "Who competes with whom: the pairs of regions that are strong in the same activities",
        [Column("Kind"), Column("Region"), Column("Region"), Column("Cosine of strengths", "number"),
         Column("Cosine of shares", "number")],
        rows, folded=True,
        note="1: the same portfolio. The cosine of strengths compares the logarithms of the location "
        "quotients, so what every region has does not count.",
    )  # fmt: skip


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    ranked = frame[frame["rank"].notna()]
    found = []
    if len(ranked):
        group = ranked[ranked["kind"] == ranked["kind"].iloc[0]]
        best = group.sort_values("rank").iloc[0]
        found.append(
            KeyFigure(
                f"Most complex {best['kind']}, {int(best['year'])}",
                context.name(best["region"]),
                f"{figure(best['complexity'])} standard deviations above the mean; "
                f"{rank_and_band(best)}",
            )
        )
    years = result.table("years")
    for kind, group in years.groupby("kind", sort=False):
        if len(group) > 2:
            first, last = group.iloc[0], group.iloc[-1]
            change = last["similarity"] - first["similarity"]
            word = (
                "hardly changed"
                if abs(change) < 0.01
                else "more alike"
                if change > 0
                else "less alike"
            )
            found.append(
                KeyFigure(
                    f"Likeness of the regions’ {kind}, {int(last['year'])}",
                    figure(last["similarity"]),
                    f"mean cosine of two regions; {figure(first['similarity'])} in "
                    f"{int(first['year'])}: {word}",
                )
            )
            break
    return found


def _brief(context: Context, result: Result) -> dict[str, list[str]]:
    """Say what each region is strong in, how complex that is, what lies near, who does the same."""
    cells = result.table("quotients")
    strongest = (
        cells[cells["present"]].sort_values("quotient", ascending=False).groupby(["region", "kind"])
    ).head(3)  # fmt: skip
    chances = result.table("opportunities")
    names = result.labels
    found: dict[str, list[str]] = {}
    for _, row in result.table().iterrows():
        code, kind, year = str(row["region"]), str(row["kind"]), int(row["year"])
        mine = strongest[(strongest["region"] == code) & (strongest["kind"] == kind)]
        listed = "; ".join(
            f"{_lower(names.get(a, a))} ({figure(q, 2)} times)"
            for a, q in zip(mine["activity"], mine["quotient"], strict=True)
        )
        if not listed:
            continue
        text = f"Strongest {kind} by share, against all regions, {year}: {listed}"
        if not pd.isna(row["rank"]):
            text += (
                f". Complexity {figure(row['complexity'], 2)} standard deviations from the mean "
                f"({rank_and_band(row)})"
            )
        derived = (mine["evidence"] != "measured").any()
        sentences = found.setdefault(code, [])
        sentences.append(text + ("; partly derived figures." if derived else "."))
        near = chances[(chances["region"] == code) & (chances["kind"] == kind)].head(2)
        if kind == "occupations" and len(near):
            activities = " and ".join(_lower(names.get(a, a)) for a in near["activity"])
            first = near.iloc[0]
            sentences.append(
                f"Nearest complex {kind} that it lacks: {activities} (density "
                f"{figure(first['density'], 2)} for the first, rank "
                f"{band_text(first['rank_low'], first['rank_high'])} in the draws); it is most like "
                f"{context.name(row['nearest'])}."
            )
    return found


def _lower(name: str) -> str:
    """Return a name that stands within a sentence."""
    return " ".join(word if word[1:].isupper() else word.lower() for word in name.split())


CHAPTERS = {
    "measure.specialisation": Chapter(
        "Specialisation",
        "What each region has more of than its share, how complex that is, and what lies within "
        "reach. A region that has what only few and diversified regions have stands high; regions "
        "that are strong in the same activities compete for the same people.",
        _build,
        "LQ = (x_ri ÷ x_r) ÷ (x_i ÷ x); a region has an activity when LQ ≥ 1; complexity is the second "
        "eigenvector of who shares which activities",
        headline=_headline,
        brief=_brief,
    ),
}
