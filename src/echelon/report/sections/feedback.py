"""The section on the circle: whether it strengthens itself, its links, and what would turn it."""

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
    Text,
    figure,
    from_frame,
)
from echelon.report.chapter import Chapter, KeyFigure, number_cell, region_cell

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]

_ALL = "all loops"


def _signed_band(low: float, high: float) -> str:
    return UNKNOWN if pd.isna(low) or pd.isna(high) else f"{figure(low)} to {figure(high)}"


def _arrowed(link: str) -> str:
    return link.replace("->", " → ")


def _build(context: Context, result: Result) -> list[Block]:
    blocks: list[Block] = [
        Text("The answer", " ".join(_answer(result))),
        _loops(result),
        _links(result),
        _break_even(result),
        _regions(context, result),
    ]
    for name, caption in (
        ("stations", "What stands for each station"),
        ("lags", "The answer when every link takes one, two or three years"),
        ("elasticities", "What the dominant eigenvalue moves by for one per cent of each link"),
        ("eigenvalues", "Eigenvalues of the circle"),
        ("assumptions", "Assumptions"),
    ):
        shown = result.table(name)
        if "link" in shown:
            shown = shown.assign(link=shown["link"].map(_arrowed))
        blocks.append(from_frame(shown, caption, units=result.units, folded=True))
    return blocks


def _whole(result: Result) -> pd.Series:
    loops = result.table("loops")
    return loops[loops["loop"] == _ALL].iloc[0]


def _answer(result: Result) -> list[str]:
    """Say in sentences whether the circle turns, what holds, and what would turn it."""
    row, links = _whole(result), result.table("links")
    held = links[links["counts"]]
    turns = bool((result.table("eigenvalues")["real"] > 1).any())
    virtuous = "is virtuous" if turns else "does not turn by itself"
    sentences = [
        f"By these figures the circle {virtuous}: of one per cent that is put in, "
        f"{figure(row['gain'])} comes back round all loops, with the links that count "
        f"(all links as estimated: {figure(row['estimate'])}, band "
        f"{_signed_band(row['low'], row['high'])}).",
        f"In {figure(row['probability'])} per cent of the draws it is above 1, and in "
        f"{figure(row['all_positive'])} per cent round a loop of which every link is above 0.",
    ]
    if held.empty:
        sentences.append(f"None of the {len(links)} links has a band that leaves out 0.")
    else:
        named = ", ".join(
            f"{_arrowed(r['link'])} ({figure(r['gain'])})" for _, r in held.iterrows()
        )
        sentences.append(f"Of {len(links)} links these have a band that leaves out 0: {named}.")
    levers = result.table("break_even")
    turning = levers[(levers["kind"] == "lever") & levers["verdict"].str.startswith("turns")]
    named = ", ".join(
        f"{r['lever']} at {figure(r['value'])} {r['unit']}" for _, r in turning.iterrows()
    )
    sentences.append(
        f"It would turn with {named}." if named else "No lever turns it within its range, alone or with "
        "the others."
    )  # fmt: skip
    return sentences


def _loops(result: Result) -> Table:
    rows = [
        [Cell(str(row["loop"]).capitalize()), number_cell(row["gain"]), number_cell(row["estimate"]),
         Cell(_signed_band(row["low"], row["high"])), number_cell(row["probability"]),
         number_cell(row["all_positive"]), Cell("yes" if row["dominant"] else "")]
        for _, row in result.table("loops").iterrows()
    ]  # fmt: skip
    return Table(
        "Gain round each loop",
        [Column("Loop"), Column("Gain, links that count", "number"), Column("All links", "number"),
         Column("5–95 %", "number"), Column("Draws above 1, %", "number"),
         Column("and every link above 0, %", "number"), Column("Dominant")],
        rows, note="Above 1 a push comes back larger than it went out. A product of two links below 0 is "
        "above 0 and no circle of strengths, hence the last share.",
    )  # fmt: skip


def _links(result: Result) -> Table:
    rows = [
        [Cell(_arrowed(row["link"])), number_cell(row["effect"]), number_cell(row["error"]),
         Cell(_signed_band(row["effect_low"], row["effect_high"])), number_cell(row["gain"]),
         Cell(_signed_band(row["gain_low"], row["gain_high"])), Cell("yes" if row["counts"] else "no"),
         number_cell(row["cells"]), Cell(str(row["years"]))]
        for _, row in result.table("links").iterrows()
    ]  # fmt: skip
    return Table(
        "Each link",
        [Column("Link"), Column("Within a year", "number"), Column("Standard error", "number"),
         Column("5–95 %", "number"), Column("Gain in the end", "number"),
         Column("Gain, 5–95 %", "number"), Column("Counts"), Column("Cells", "number"),
         Column("Years")],
        rows, note="Per cent at the end of the link for one per cent more at its start, per head, less "
        "what a region and a year have in common. A link counts when the band within a year leaves out 0.",
    )  # fmt: skip


def _break_even(result: Result) -> Table:
    rows = [
        [Cell(_arrowed(row["lever"])), Cell(str(row["acts"])), Cell(str(row["unit"])),
         number_cell(row["value"]), Cell(_signed_band(row["low"], row["high"])),
         number_cell(row["top"]), number_cell(row["share"]), Cell(str(row["verdict"]))]
        for _, row in result.table("break_even").iterrows()
    ]  # fmt: skip
    return Table(
        "Where the circle would turn virtuous",
        [Column("Lever or link"), Column("What it does"), Column("Unit"),
         Column("Break-even", "number"), Column("5–95 % of the draws with one", "number"),
         Column("End of its range", "number"), Column("Draws within it, %", "number"),
         Column("Verdict")],
        rows, folded=True,
        note="The setting at which the gain of all loops is 1. What a lever brings keeps step with the "
        "source of its link.",
    )  # fmt: skip


def _regions(context: Context, result: Result) -> Table:
    frame = result.table("regions")
    stations = result.table("stations")["station"].tolist()
    rows = [
        [region_cell(context, row["region"]), number_cell(row["gain"]),
         Cell(_signed_band(row["gain_low"], row["gain_high"])), number_cell(row["probability"]),
         *(number_cell(row[f"level_{station}"]) for station in stations),
         Cell(str(row["nearest_ceiling"]))]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        "Each region at its own level",
        [Column("Region"), Column("Gain of all loops", "number"), Column("5–95 %", "number"),
         Column("Draws above 1, %", "number"),
         *(Column(f"{station.capitalize()}, times all regions", "number") for station in stations),
         Column("Nearest to its ceiling")],
        rows, folded=True,
        note="The links are those of all regions together; a link is weaker the nearer its end is to the "
        "ceiling, an assumption.",
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    row, links = _whole(result), result.table("links")
    return [
        KeyFigure(
            "Gain round the circle; virtuous above 1", figure(row["gain"]),
            f"{int(links['counts'].sum())} of {len(links)} links hold; all as estimated "
            f"{figure(row['estimate'])}, band {_signed_band(row['low'], row['high'])}",
        )
    ]  # fmt: skip


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say for each region what the circle does at its level."""
    found = {}
    for _, row in result.table("regions").iterrows():
        if pd.isna(row["gain_low"]):
            continue
        found[str(row["region"])] = [
            f"At its level the gain round all loops of the circle is {figure(row['gain'])} (band "
            f"{_signed_band(row['gain_low'], row['gain_high'])}; above 1, where it would be virtuous, in "
            f"{figure(row['probability'])} per cent of the draws), with links estimated over all regions; "
            f"nearest to its ceiling is {row['nearest_ceiling']}. Derived."
        ]
    return found


CHAPTERS = {
    "simulate.feedback": Chapter(
        "Does the circle strengthen itself?",
        "Education makes talent, talent technology, technology industry, industry capital, and capital pays "
        "for education. Each link is estimated from regions and years; round a loop the gains multiply, and "
        "above 1 the circle is virtuous until it saturates. These are associations within regions: growth "
        "that all regions share is not explained by them.",
        _build,
        "y = p y(t−1) + b x(t−lag) + effects of regions and years; gain = b / (1 − p); all loops "
        "1 − det(I − G)",
        headline=_headline,
        brief=_brief,
    ),
}
