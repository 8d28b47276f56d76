"""The section on the formation: roles, balance, standing, pull, and who is first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.report.blocks import Block, Cell, Column, Context, Table, band_text, figure
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

_ROLES = {"highland": 0, "fulcrum": 1, "follower": 2, "apart": 3}


def _build(context: Context, result: Result) -> list[Block]:
    frame = result.table()
    blocks: list[Block] = [_roles(context, frame), _standing(context, frame)]
    moves = result.table("moves")
    if "attraction" in moves:
        blocks += [_attraction(context, moves), _gravity(result)]
    if "lead" in frame and frame["lead_low"].notna().any():
        blocks.append(_leads(context, frame))
    return blocks


def _percent(share: float) -> Cell:
    known = not pd.isna(share)
    return Cell(f"{figure(100 * share, 2)} %" if known else "unknown", share if known else None)


def _roles(context: Context, frame: pd.DataFrame) -> Table:
    ordered = frame.assign(order=frame["role"].map(_ROLES)).sort_values(
        ["order", "inflow"], ascending=[True, False]
    )
    rows = [
        [region_cell(context, row["region"]), Cell(str(row["role"]), row["order"]),
         _percent(row["role_stability"]),
         region_cell(context, row["leader"]) if row["leader"] else Cell("nobody"),
         _percent(row["leader_share"]), _percent(row["leader_stability"]),
         number_cell(row["followers"]), number_cell(row["flock"]), number_cell(row["inflow"]),
         number_cell(row["basin"]), _percent(row["basin_stability"])]
        for _, row in ordered.iterrows()
    ]  # fmt: skip
    return Table(
        "Highlands, fulcrums and followers",
        [Column("Region"), Column("Role"), Column("Same role in draws", "number"), Column("Follows"),
         Column("Share of its leavers", "number"), Column("Same leader in draws", "number"),
         Column("Direct followers", "number"), Column("All behind it", "number"),
         Column("Arrivals", "number"), Column("Basin", "number"),
         Column("Same basin in draws", "number")],
        rows,
        note="A region follows the larger region that most of its leavers go to. The draws vary the "
        "moves within their sampling errors: a role with a small share of draws should not be relied "
        "on.",
    )  # fmt: skip


def _standing(context: Context, frame: pd.DataFrame) -> Table:
    scale = (float(frame["effectiveness_low"].min()), float(frame["effectiveness_high"].max()))
    pulls = "pull" in frame
    ends = (frame["pull_low"].min(), frame["pull_high"].max()) if pulls else (0.0, 1.0)
    rows = []
    for _, row in frame.sort_values("rank").iterrows():
        cells = [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["standing"]),
            number_cell(row["net"]), number_cell(row["effectiveness"]),
            band_cell(row, "effectiveness", scale),
        ]  # fmt: skip
        rows.append(
            [*cells, *([number_cell(row["pull"]), band_cell(row, "pull", ends)] if pulls else [])]
        )
    columns = [
        Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
        Column("Standing (share of 1)", "number"), Column("Net arrivals", "number"),
        Column("Balance (−1 to 1)", "number"), Column("Balance, 5–95 %", "number"),
    ]  # fmt: skip
    extra = [Column("Pull (logarithm)", "number"), Column("Pull, 5–95 %", "number")]
    return Table(
        "Where talent gathers", [*columns, *(extra if pulls else [])], rows, head=1, folded=True,
        note="Balance: arrivals minus leavers over their sum. Pull: how much more a region attracts "
        "than it sends, size and distance apart; 0 is the mean of the regions.",
    )  # fmt: skip


def _attraction(context: Context, moves: pd.DataFrame) -> Table:
    known = moves[moves["people"] > moves["margin"]].dropna(subset="attraction")
    top = known.sort_values("pearson", ascending=False).head(15)
    rows = [
        [region_cell(context, row["region"]), region_cell(context, row["destination"]),
         number_cell(row["people"]), number_cell(row["margin"]), number_cell(row["expected"]),
         number_cell(row["attraction"])]
        for _, row in top.iterrows()
    ]  # fmt: skip
    return Table(
        "Pairs that attract each other beyond size and distance",
        [Column("From"), Column("To"), Column("People", "number"),
         Column("Margin (90 %)", "number"), Column("Expected", "number"),
         Column("Times the expected", "number")],
        rows, folded=True,
        note="The fifteen largest excesses among the moves that are larger than their margin of error.",
    )  # fmt: skip


def _gravity(result: Result) -> Table:
    fit = result.table("gravity")
    rows = [
        [Cell(str(row["label"])), number_cell(row["value"], 4), number_cell(row["robust_error"])]
        for _, row in fit.iterrows()
    ]
    return Table(
        "How moves fall with distance: the doubly constrained gravity model",
        [Column("Figure"), Column("Value", "number"), Column("Robust error", "number")],
        rows, folded=True,
    )  # fmt: skip


def _leads(context: Context, frame: pd.DataFrame) -> Table:
    known = frame[frame["lead_low"].notna()].sort_values("lead", ascending=False)
    scale = (float(known["lead_low"].min()), float(known["lead_high"].max()))
    rows = [
        [region_cell(context, row["region"]), number_cell(row["lead"]), band_cell(row, "lead", scale),
         number_cell(row["lead_industries"]), number_cell(row["lead_sign_test"])]
        for _, row in known.iterrows()
    ]  # fmt: skip
    return Table(
        "Who takes industries up first",
        [Column("Region"), Column("Years ahead of the others", "number"),
         Column("Years, 5–95 %", "number"), Column("Industries", "number"),
         Column("Sign test, probability", "number")],
        rows, folded=True,
        note="Only regions that took up three industries or more within the years of the table.",
    )  # fmt: skip


def _headline(context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    led = frame[frame["role"] == "highland"].sort_values("inflow", ascending=False)
    count = frame["role"].value_counts()
    parts = [f"{int(count[role])} {word}" for role, word in
             (("fulcrum", "fulcrums"), ("follower", "followers"), ("apart", "apart"))
             if role in count]  # fmt: skip
    names = ", ".join(context.name(code) for code in led["region"].head(4))
    steady = (
        f"; the first is one in {100 * led['role_stability'].iloc[0]:.0f} % of draws"
        if len(led)
        else ""
    )
    return [
        KeyFigure(
            f"Highlands, moves up to {int(frame['year'].iloc[0])}", names or "none",
            "regions that others follow and that follow nobody; " + ", ".join(parts) + steady,
        )
    ]  # fmt: skip


def _brief(context: Context, result: Result) -> dict[str, list[str]]:
    """Say which role each region has, whom it follows, what remains of its moves, what draws."""
    years = result.note.parameters["years"]
    assert isinstance(years, list)
    span = f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0])
    level = str(result.note.parameters["education"])
    who = (
        "everybody" if level == "all" else f"people with {result.labels.get(level, level).lower()}"
    )
    found = {}
    for _, row in result.table().iterrows():
        role = str(row["role"])
        article = {"highland": "a highland", "fulcrum": "a fulcrum", "follower": "a follower"}
        text = f"In the moves of {who} ({span}) it is {article.get(role, 'apart')} "
        text += f"({100 * row['role_stability']:.0f} % of draws agree)"
        if row["leader"]:
            text += (
                f": it follows {context.name(row['leader'])}, where {100 * row['leader_share']:.0f} % of "
                "those who leave go"
            )
        if row["followers"]:
            text += f", and {int(row['followers'])} follow it directly"
        sentences = [text + ("." if row["evidence"] == "measured" else "; derived figures.")]
        if not np.isnan(row["effectiveness"]):
            gain = "gains" if row["net"] >= 0 else "loses"
            sentences.append(
                f"It {gain} {abs(row['net']):,.0f} people on balance, "
                f"{100 * abs(row['effectiveness']):.1f} % of all its moves (band "
                f"{_signed(row['effectiveness_low'])} to {_signed(row['effectiveness_high'])} %); "
                f"its standing in them is {rank_and_band(row)}."
            )
        if "pull" in row and not np.isnan(row["pull"]):
            low, high = np.exp(row["pull_low"]), np.exp(row["pull_high"])
            sentences.append(
                f"Size and distance apart, it attracts {figure(np.exp(row['pull']), 2)} times as much "
                f"for what it sends as the mean region (band {band_text(low, high, 2)})."
            )
        found[str(row["region"])] = sentences
    return found


def _signed(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−")


CHAPTERS = {
    "measure.formation": Chapter(
        "Formation",
        "Where talent moves shows who leads: highlands that others follow, fulcrums that link, and "
        "followers behind them, as wild geese fly.",
        _build,
        "a region follows the destination of its largest flow when that region receives more people; "
        "ln E(F_ij) = k + o_i + d_j + b ln c_ij for what distance explains",
        headline=_headline,
        brief=_brief,
    ),
}
