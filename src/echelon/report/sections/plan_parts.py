"""Parts of the sections on the plan that only some systems have: platforms, and open play."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echelon.report.blocks import Block, Cell, Column, Context, Table, Text, figure
from echelon.report.chapter import number_cell, region_cell

if TYPE_CHECKING:
    import pandas as pd

    from echelon.result import Result

__all__ = ["platform_tables", "poaching_blocks"]


def platform_tables(context: Context, result: Result) -> list[Block]:
    """Return where platforms are funded in each year; nothing where there are none.

    Parameters
    ----------
    context : Context
    result : Result
        Of ``plan.optimize``.
    """
    reasons = result.table("reasons")
    known = reasons[reasons["lever"] == "fund"]
    if known.empty:
        return []
    decided = result.table("decisions")
    funded = decided[decided["lever"] == "fund"]
    share = funded.pivot_table("amount", "platform", "year", aggfunc="sum")
    years = sorted(result.table()["year"].unique())
    share = share.reindex(index=known["platform"], columns=years).fillna(0.0)
    cost = funded.groupby("platform")["cost"].sum().reindex(known["platform"]).fillna(0.0)
    rows = [
        [
            Cell(str(row["platform"]).replace("_", " ")), region_cell(context, row["region"]),
            *(number_cell(100 * each) for each in share.loc[row["platform"]]),
            number_cell(cost[row["platform"]]), Cell(str(row["because"])),
        ]
        for _, row in known.iterrows()
    ]  # fmt: skip
    return [
        Table(
            "Where platforms run, per cent of each platform's whole team and cost by year",
            [Column("Platform"), Column("Region"), *(Column(str(y), "number") for y in years),
             Column("Spent, currency", "number"), Column("Why, in its best year")],
            rows, folded=len(rows) > 12,
            note="A share below 100 per cent is a smaller team at that share of cost and value.",
        )
    ]  # fmt: skip


def poaching_blocks(
    context: Context, result: Result, *, size: float, word: str
) -> list[Block]:  # fmt: skip
    """Return what regions gain and lose by drawing people from each other; nothing where not played.

    Parameters
    ----------
    context : Context
    result : Result
        Of ``plan.ladder``.
    size, word : float, str
        By what sums of money are divided, and its name.
    """
    frame = result.table("poaching")
    if frame.empty:
        return []
    return [
        Text("When regions draw people from each other", _played(frame, size, word)),
        Table(
            f"Borders open and nobody agreeing, {word}currency units",
            [Column("Region"), Column("Cost behind closed borders", "number"),
             Column("Cost with borders open", "number"), Column("Gain", "number"),
             Column("Gain, % of wages", "number"), Column("People drawn", "number"),
             Column("People lost", "number"), Column("Cost in the joint plan", "number")],
            [
                [region_cell(context, row["region"]), number_cell(row["closed"] / size),
                 number_cell(row["open"] / size), number_cell(row["gain"] / size),
                 number_cell(row["gain_of_wages"]), number_cell(row["drawn"]),
                 number_cell(row["lost"]), number_cell(row["joint"] / size)]
                for _, row in frame.iterrows()
            ],
            folded=True,
            note="Each region in turn makes its own best plan while the others' stand; the order of play "
            "is that of the system.",
        ),
    ]  # fmt: skip


def _played(frame: pd.DataFrame, size: float, word: str) -> str:
    """Say who gains, who loses, and what it comes to for all."""
    closed, opened, joint = (frame[name].sum() / size for name in ("closed", "open", "joint"))
    small = 1e-6 * frame["closed"].abs().sum()
    won, lost = (frame["gain"] > small).sum(), (frame["gain"] < -small).sum()
    change = f"{figure(abs(closed - opened))} {word}currency units"
    whole = f"saves all together {change}" if opened <= closed else f"costs all together {change}"
    return (
        f"With borders open and nobody agreeing, {figure(frame['drawn'].sum())} people are drawn away: "
        f"{won} regions gain and {lost} lose. Against closed borders it {whole}; the joint plan saves "
        f"{figure(closed - joint)}."
    )
