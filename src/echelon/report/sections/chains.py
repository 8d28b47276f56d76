"""The section on the chains of innovation, industry, capital and talent."""

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

_MOST = 40
_NAMED = 3


def _chains(context: Context, result: Result) -> list[Block]:
    frame = result.table().sort_values("rank")
    columns = [
        Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
        Column("Strength", "number"), Column("Strength, 5–95 %", "number"),
        Column("Links beyond chance", "number"), Column("Weakest link"),
        Column("Missing links", "number"),
    ]  # fmt: skip
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["strength"]),
            band_cell(row, "strength", (0, 1)),
            Cell(f"{row['links_beyond_chance']} of {row['links_known']}",
                 float(row["links_beyond_chance"])),
            Cell(result.labels.get(row["weakest_link"], row["weakest_link"])),
            number_cell(row["missing_links"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    blocks: list[Block] = [
        Table(
            f"Strength of the chain in {int(frame['year'].iloc[0])}", columns, rows, head=1,
            note="1 is a perfect fit of what each side implies and what is there. Missing links are "
            "those that chance explains in 5 per cent of the discoveries or less.",
        ),
        _missing(context, result),
        from_frame(_named(result.table("network"), result),
                   "The links: totals over the regions, what is not mapped, information in bits",
                   folded=True),
    ]  # fmt: skip
    refused = result.table("not_drawn")
    if len(refused):
        blocks.append(from_frame(refused, "Links that the tables do not allow"))
    return blocks


def _named(frame: pd.DataFrame, result: Result) -> pd.DataFrame:
    return frame.assign(link=frame["link"].map(lambda link: result.labels.get(link, link)))


def _missing(context: Context, result: Result) -> Table:
    """Return the surest missing links, largest first."""
    gaps = result.table("gaps")
    sure = gaps[gaps["missing"] != ""].sort_values(["q", "p", "region"]).head(_MOST)
    rows = [
        [
            region_cell(context, row["region"]), Cell(str(row["missing"])),
            Cell(result.labels.get(row["item"], row["item"])),
            number_cell(row["implied"]), number_cell(row["actual"]), Cell(str(row["unit"])),
            number_cell(row["q"], 2),
        ]
        for _, row in sure.iterrows()
    ]  # fmt: skip
    return Table(
        "The surest missing links",
        [Column("Region"), Column("Missing"), Column("Item"), Column("Implied", "number"),
         Column("Actual", "number"), Column("Unit"), Column("q", "number")],
        rows, folded=True, note=f"The first {_MOST} by q, the false discovery rate within the link.",
    )  # fmt: skip


def _brief(context: Context, result: Result) -> dict[str, list[str]]:
    main, gaps = result.table().set_index("region"), result.table("gaps")
    links = result.table("links")
    found = {}
    for region, row in main.iterrows():
        if pd.isna(row["strength"]):
            continue
        own = links[links["region"] == region].set_index("link")
        weak = own.loc[row["weakest_link"]]
        sentences = [
            f"The strength of its chain is {figure(row['strength'])} of 1 in {int(row['year'])} "
            f"(band {band_text(row['strength_low'], row['strength_high'])}; "
            f"{rank_and_band(row)} of {len(main)}).",
            f"{row['links_beyond_chance']} of {row['links_known']} links fit better than chance; the "
            f"weakest is {result.labels[row['weakest_link']].lower()}, with a fit of "
            f"{figure(weak['alignment'])} where chance gives "
            f"{band_text(weak['null_low'], weak['null_high'])}.",
        ]
        sentences += _largest(result, gaps[gaps["region"] == region])
        found[str(region)] = sentences
    del context
    return found


def _largest(result: Result, gaps: pd.DataFrame) -> list[str]:
    """Return a sentence on the posts that industry implies and that are not filled as such."""
    of_talent = gaps[(gaps["link"] == "industry to talent") & gaps["missing"].ne("")]
    lacking = of_talent[of_talent["gap"] > 0].nlargest(_NAMED, "gap")
    if lacking.empty:
        return []
    named = "; ".join(
        f"{result.labels.get(item, item)} ({figure(round(gap))} {unit})"
        for item, gap, unit in lacking[["item", "gap", "unit"]].itertuples(index=False)
    )
    return [
        f"Its mix of industries implies more than there is of: {named}. These gaps are derived from "
        "the nation's staffing of industries."
    ]


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    known = frame[frame["strength"].notna()]
    if known.empty:
        return []
    best = known.sort_values("strength", ascending=False).iloc[0]
    return [
        KeyFigure(
            f"Strongest chain from innovation to talent, {int(best['year'])}",
            context.name(best["region"]),
            f"{figure(best['strength'])} of 1; {rank_and_band(best)}",
        )
    ]


CHAPTERS = {
    "measure.chains": Chapter(
        "Four chains",
        "What a region has on one side of a link (technologies, industries, occupations) implies what "
        "it should have on the other. The closer the two mixes, the stronger the link; chance says "
        "what a fit is worth.",
        _chains,
        "1 − Jensen–Shannon divergence of the implied and the actual mix, mean over the links",
        headline=_headline,
        brief=_brief,
    ),
}
