"""The section on sensitivity: which choice of method the ranks hang on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.measure.sensitivity import RANKINGS, finding
from echelon.report.blocks import Block, Cell, Column, Context, Table, Text, band_text, figure
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


def _sensitivity(context: Context, result: Result) -> list[Block]:
    note = result.note.parameters
    main, ranks, draws = (result.table(name) for name in ("sensitivity", "ranks", "draws"))
    return [
        Text("What matters most", f"{finding(main, draws)}."),
        Table(
            f"What moves the ranks of the {RANKINGS[str(note['of'])]} in {note['year']}",
            [Column("Choice"), Column("Drawn"), Column("Alone", "number"),
             Column("Alone, 5–95 %", "number"), Column("With interactions", "number"),
             Column("With interactions, 5–95 %", "number")],
            [
                [
                    Cell(str(row["label"])), Cell(str(row["choices"])),
                    number_cell(row["first_order"], 2), band_cell(row, "first_order", (0, 1)),
                    number_cell(row["total"], 2), band_cell(row, "total", (0, 1)),
                ]
                for _, row in main.iterrows()
            ],
            note="Shares of the variance of the mean rank shift. A choice whose share with its "
            "interactions is 0 moves no rank; a band that reaches below 0 is the error of the "
            "estimate.",
        ),
        _rank_rows(context, ranks),
        Table(
            "Mean rank shift where each choice is taken",
            [Column("Choice"), Column("Taken"), Column("Runs", "number"),
             Column("Places", "number"), Column("Places, 5–95 %", "number")],
            [
                [
                    Cell(str(row["label"])), Cell(str(row["choice"])), number_cell(row["runs"]),
                    number_cell(row["shift"]),
                    band_cell(row, "shift", (0, float(draws["shift_high"].max()))),
                ]
                for _, row in draws.iterrows()
            ],
            folded=True,
        ),
    ]  # fmt: skip


def _rank_rows(context: Context, ranks: pd.DataFrame) -> Table:
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(ranks))), number_cell(row["rank_median"]),
            number_cell(row["rank_variance"]),
        ]
        for _, row in ranks.sort_values("rank").iterrows()
    ]  # fmt: skip
    return Table(
        "Ranks under all mixes of choices",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column("Median", "number"), Column("Variance", "number")],
        rows, folded=True, head=1,
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    main = result.table()
    first = main.iloc[0]
    if not first["total"] > 0:
        return [KeyFigure("Choice of method that moves the ranks most", "None", "no rank moves")]
    ends = band_text(round(first["total_low"], 2), round(first["total_high"], 2))
    return [
        KeyFigure(
            "Choice of method that moves the ranks most",
            str(first["label"]),
            f"{figure(first['total'], 2)} of the variance of the mean rank shift of the "
            f"{RANKINGS[str(result.note.parameters['of'])]}, band {ends}",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say how far other choices would move each region, and which one the most."""
    ranks = result.table("ranks").set_index("region")
    parts = result.table("regions").sort_values("total", ascending=False)
    parts = parts[parts["total"] > 0].drop_duplicates("region")
    most = dict(zip(parts["region"], parts.to_dict("records"), strict=True))
    of = RANKINGS[str(result.note.parameters["of"])]
    found = {}
    for code, row in ranks[ranks["rank"].notna()].iterrows():
        ends = band_text(row["rank_low"], row["rank_high"])
        sentences = [
            f"Rank {figure(row['rank'])} on the {of} in {row['year']:.0f} would lie within {ends} "
            f"(median {figure(row['rank_median'])}) in 90 per cent of other choices of method."
        ]
        top = most.get(str(code))
        if top is not None:
            low, high = round(100 * float(top["total_low"])), round(100 * float(top["total_high"]))
            sentences.append(
                f"{top['label']} moves it most: {100 * float(top['total']):.0f} per cent of its "
                f"variance, interactions included (band {band_text(low, high)})."
            )
        found[str(code)] = sentences
    return found


CHAPTERS = {
    "measure.sensitivity": Chapter(
        "What the ranks hang on",
        "The ranking is made again under every mix of weights, scale, filling of gaps, treatment "
        "of outliers and kind of mean. How far the regions move on average is divided among these "
        "choices: the share of each alone, and with its interactions.",
        _sensitivity,
        "first-order index S = V(E(y | choice)) / V(y), total index T = 1 − V(E(y | all others)) / "
        "V(y), where y is the mean of |rank − nominal rank| over the regions",
        headline=_headline,
        brief=_brief,
    ),
}
