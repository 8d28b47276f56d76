"""The sections on the joint plan and on what coordination is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.report.blocks import (
    Block,
    Cell,
    Column,
    Context,
    Table,
    Text,
    band_text,
    figure,
    from_frame,
)
from echelon.report.chapter import Chapter, KeyFigure, number_cell, region_cell
from echelon.report.sections.plan_parts import platform_tables, poaching_blocks

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["CHAPTERS"]

_FEW = 20
_MATTER = 3
_LEVERS = {
    "train": "Seats", "retrain": "Retrained", "relocate": "Moved in", "recruit": "Recruited",
}  # fmt: skip
_RUNGS = {
    "status_quo": "Status quo",
    "alone": "Each department of each region alone",
    "regions_joined": "Regions joined within each department",
    "departments_joined": "Departments joined within each region",
    "joint": "All joined",
}


def _coded(result: Result, code: object) -> Cell:
    missing = code is None or code != code
    return Cell("" if missing else str(result.labels.get(str(code), code)))


_SIZES = ((1e9, "billion "), (1e6, "million "), (1e3, "thousand "))


def _size(result: Result) -> tuple[float, str]:
    """Return by what sums of money are divided, and its name."""
    most = float(result.table()["cost"].max()) / 10
    return next(((size, word) for size, word in _SIZES if most >= size), (1.0, ""))


def _money_of(frame: pd.DataFrame, size: float) -> pd.DataFrame:
    """Return a table with its sums of money divided."""
    names = [name for name in frame if frame[name].dtype == float]
    kept = {"share", "share_low", "share_high", "gain_of_wages", "people"}
    return frame.assign(**{str(name): frame[name] / size for name in names if name not in kept})


def _ladder(context: Context, result: Result) -> list[Block]:
    size, word = _size(result)
    frame = _money_of(result.table(), size)
    rungs = Table(
        f"What each way of planning costs and saves, {word}currency units",
        [Column("Way of planning"), Column("Cost", "number"), Column("Saved", "number"),
         Column("Saved, 5–95 %", "number"), Column("Promised by separate plans", "number"),
         Column("Of all joined, %", "number")],
        [
            [Cell(_RUNGS[row["rung"]]), number_cell(row["cost"]), number_cell(row["benefit"]),
             Cell(band_text(row["benefit_low"], row["benefit_high"]), row["benefit_low"]),
             number_cell(row["promised"]), number_cell(row["share"])]
            for _, row in frame.iterrows()
        ],
        note="Separate plans are carried out together and save what they then save; where they cover a "
        "shortage twice, they promised more.",
    )  # fmt: skip
    value = _money_of(result.table("value"), size)
    worth = Table(
        f"What coordination is worth against planning alone, {word}currency units",
        [Column("Part"), Column("Value", "number"), Column("5–95 %", "number"),
         Column("Of the joint saving, %", "number"), Column("Sure to be above 0")],
        [
            [Cell(row["part"].capitalize()), number_cell(row["value"]),
             Cell(band_text(row["value_low"], row["value_high"]), row["value_low"]),
             number_cell(row["share"]), Cell("yes" if row["certain"] else "no")]
            for _, row in value.iterrows()
        ],
        note="Split over regions and departments by Shapley.",
    )  # fmt: skip
    return [Text("In one sentence", _verdict(result)), rungs, worth, _gains(context, result),
            *poaching_blocks(context, result, size=size, word=word), _draws_on(context, result),
            _drivers(result)]  # fmt: skip


def _verdict(result: Result) -> str:
    """Say whether the band tells the rungs apart, and what it hangs on."""
    value = result.table("value").set_index("part")
    row = value.loc["in all"]
    size, word = _size(result)
    ends = f"{band_text(row['value_low'] / size, row['value_high'] / size)} {word}currency units"
    if row["certain"]:
        text = f"Planning together saves more than planning alone under the assumptions drawn ({ends})."
    else:
        why = _why_open(result, "in all", f"the band ({ends})")
        text = f"Whether planning together saves more is open: {why}."
    parts = [part for part in value.index if part != "in all" and not value.loc[part, "certain"]]
    for part in parts if row["certain"] else []:
        text += f" Not so sure is the part {part}: {_why_open(result, part, 'its band')}."
    most = result.table("drivers")["name"].head(_MATTER).str.replace("_", " ")
    return f"{text} It hangs most on {', '.join(most)}, all assumed."


def _why_open(result: Result, part: str, band: str) -> str:
    """Say why a part is not sure to save: its band below or around 0, or the solver's gaps."""
    row = result.table("value").set_index("part").loc[part]
    if row["value_high"] < 0:
        return f"{band} lies below 0"
    if row["value_low"] > 0:
        return "the gaps to which the plans are proven reach 0"
    return f"{band} covers 0"


def _gains(context: Context, result: Result) -> Table:
    size, word = _size(result)
    frame = _money_of(result.table("gains"), size)
    shapley = bool(frame["shapley"].notna().any())
    beside = [Column("Gain by Shapley", "number")] if shapley else []
    return Table(
        f"What each region gains, {word}currency units",
        [Column("Region"), Column("Cost behind closed borders", "number"),
         Column("Charge at the joint prices", "number"), Column("Gain", "number"),
         Column("Gain, % of wages", "number"), *beside],
        [
            [region_cell(context, row["region"]), number_cell(row["alone"]),
             number_cell(row["pays"]), number_cell(row["gain"]), number_cell(row["gain_of_wages"]),
             *([number_cell(row["shapley"])] if shapley else [])]
            for _, row in frame.iterrows()
        ],
        folded=True,
        note="At these prices no region, and but for the gap of the proof no group of regions, would "
        "do better on its own (Owen, 1975)."
        + (" Shapley: what it adds on average, in whichever order regions join." if shapley else "")
        + " Central assumptions.",
    )  # fmt: skip


def _draws_on(context: Context, result: Result) -> Table:
    size, word = _size(result)
    frame = _money_of(result.table("moves").head(_FEW), size)
    return Table(
        f"Who draws people from whom under the joint plan, worth in {word}currency units",
        [Column("From"), Column("To"), Column("People", "number"),
         Column("Worth where they leave", "number"), Column("Worth where they arrive", "number")],
        [
            [region_cell(context, row["region"]), region_cell(context, row["destination"]),
             number_cell(row["people"]), number_cell(row["here"]), number_cell(row["there"])]
            for _, row in frame.iterrows()
        ],
        folded=True, note="Over all years of the plan; the largest.",
    )  # fmt: skip


def _drivers(result: Result) -> Table:
    frame = result.table("drivers").head(10)
    return Table(
        "The assumptions that move the value of coordination most",
        [Column("Assumption"), Column("Low", "number"), Column("Central", "number"),
         Column("High", "number"), Column("Unit"), Column("Rank correlation", "number")],
        [
            [Cell(str(row["name"]).replace("_", " ")), number_cell(row["low"]),
             number_cell(row["central"]), number_cell(row["high"]), Cell(str(row["unit"])),
             number_cell(row["correlation"])]
            for _, row in frame.iterrows()
        ],
    )  # fmt: skip


def _ladder_headline(_context: Context, result: Result) -> list[KeyFigure]:
    row = result.table("value").set_index("part").loc["in all"]
    years = result.note.parameters["years"]
    return [
        KeyFigure(
            f"Planning together against each alone, {years}",
            f"{figure(row['share'])} per cent of the saving",
            f"band {band_text(row['share_low'], row['share_high'])}, assumed costs. {_verdict(result)}",
        )
    ]


def _ladder_brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say what each region gains by planning together."""
    years = result.note.parameters["years"]
    share = result.table("value").set_index("part").loc["in all"]
    size, word = _size(result)
    return {
        str(row["region"]): [
            f"Planned with all other regions instead of behind closed borders, {years}, it gains "
            f"{figure(row['gain'] / size)} {word}currency units ({figure(row['gain_of_wages'])} per "
            "cent of its wages) at the joint plan's prices; assumed costs. For the whole, planning "
            f"together is worth {figure(share['share'])} per cent of what the joint plan saves (band "
            f"{band_text(share['share_low'], share['share_high'])})."
        ]
        for _, row in result.table("gains").iterrows()
    }


def _plan(context: Context, result: Result) -> list[Block]:
    proof = result.table("proof").iloc[0]
    frame = result.table()
    last = int(frame["year"].max())
    levers = [name for name in _LEVERS if name in frame]
    sums = frame.groupby("region", sort=False, as_index=False)[[*levers, "spent"]].sum()
    filled = ["region", "filled", "filled_without"]
    sums = sums.merge(frame.loc[frame["year"] == last, filled], on="region")
    regions = Table(
        f"What the plan does in each region, sums over its years, and what is filled in {last}",
        [Column("Region"), *(Column(_LEVERS[name], "number") for name in levers),
         Column("Spent, currency", "number"), Column("Filled without it, %", "number"),
         Column("Filled, %", "number")],
        [
            [region_cell(context, row["region"]), *(number_cell(row[name]) for name in levers),
             number_cell(row["spent"]), number_cell(row["filled_without"]),
             number_cell(row["filled"])]
            for _, row in sums.iterrows()
        ],
    )  # fmt: skip
    said = (
        f"The plan costs at most {figure(100 * proof['gap'], 2)} per cent more than the best there "
        f"can be: it costs {figure(proof['value'] / 1e6, 6)} million and no plan costs "
        f"less than {figure(proof['bound'] / 1e6, 6)} million currency units, unfilled posts and "
        "idle people counted. The proof is saved with the tables and anybody can check it."
    )
    return [Text("How good it is", said), regions, _occupations(result, last), _years(result),
            *platform_tables(context, result), _money(context, result), _reasons(context, result),
            from_frame(result.table("assumptions"), "What the plan assumes", folded=True)]  # fmt: skip


def _occupations(result: Result, last: int) -> Table:
    frame = result.table("occupations")
    frame = frame[frame["year"] == last].merge(result.table("sourcing"), on="occupation")
    return Table(
        f"Posts by occupation in {last}, and where their people come from",
        [Column("Occupation"), Column("Posts", "number"), Column("Unfilled without it", "number"),
         Column("Unfilled", "number"), Column("Trained and retrained", "number"),
         Column("Recruited", "number")],
        [
            [_coded(result, row["occupation"]), number_cell(row["posts"]),
             number_cell(row["unmet_without"]), number_cell(row["unmet"]),
             number_cell(row["cultivated"]), number_cell(row["introduced"])]
            for _, row in frame.sort_values("unmet_without", ascending=False).iterrows()
        ],
        folded=True,
    )  # fmt: skip


def _years(result: Result) -> Table:
    frame = result.table("levers").pivot_table("amount", "year", "lever", aggfunc="sum")
    levers = [name for name in _LEVERS if name in frame]
    return Table(
        "What the plan does in each year",
        [Column("Year"), *(Column(_LEVERS[name], "number") for name in levers)],
        [
            [Cell(str(year)), *(number_cell(row[name]) for name in levers)]
            for year, row in frame.iterrows()
        ],
        folded=True,
    )  # fmt: skip


def _money(context: Context, result: Result) -> Table:
    prices = result.table("prices")
    prices = prices[prices["limit"] == "budget"]
    means = prices.groupby(["department", "region"])["price"].mean().reset_index()
    means = means.sort_values("price", ascending=False).head(_FEW)
    return Table(
        "Where one more unit of money would save most",
        [Column("Department"), Column("Region"), Column("Saved per unit, mean", "number")],
        [
            [Cell(str(row["department"]).capitalize()), region_cell(context, row["region"]),
             number_cell(row["price"])]
            for _, row in means.iterrows()
        ],
        folded=True,
        note="Net of the unit itself: 1 means that it comes back twice. Prices of one best plan of "
        "possibly several.",
    )  # fmt: skip


def _reasons(context: Context, result: Result) -> Table:
    frame = result.table("reasons")
    frame = frame[frame["lever"] == "train"]
    best = frame.sort_values("amount", ascending=False).head(_FEW // 2)
    worst = frame[frame["amount"] <= 0].sort_values("worth", ascending=False).head(_FEW // 2)
    return Table(
        "Why seats go where they go",
        [Column("Region"), Column("Field"), Column("Level"), Column("Year"), Column("Seats", "number"),
         Column("Worth of a seat", "number"), Column("Cost", "number"), Column("Why")],
        [
            [region_cell(context, row["region"]), _coded(result, row["field"]),
             _coded(result, row["level"]), Cell(str(row["year"])), number_cell(row["amount"]),
             number_cell(row["worth"]), number_cell(row["cost"]), Cell(str(row["because"]))]
            for _, row in pd.concat([best, worst]).iterrows()
        ],
        folded=True, note="The largest, and the worthiest without seats; the table reasons has all.",
    )  # fmt: skip


def _plan_headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table()
    last = int(frame["year"].max())
    end = frame[frame["year"] == last]
    proof = result.table("proof").iloc[0]
    with_plan = 100 * (1 - end["unmet"].sum() / end["posts"].sum())
    without = 100 * (1 - end["unmet_without"].sum() / end["posts"].sum())
    return [
        KeyFigure(
            f"Posts filled under the joint plan, {last}",
            f"{figure(with_plan)} per cent",
            f"{figure(without)} without it; proven within {figure(100 * proof['gap'], 2)} per cent of "
            "the best, at assumed costs and budgets",
        )
    ]


def _plan_brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say what the plan does in each region and what it fills."""
    frame = result.table()
    last = int(frame["year"].max())
    found = {}
    for region, rows in frame.groupby("region", sort=False):
        end = rows[rows["year"] == last].iloc[0]
        done = [
            f"{figure(rows[name].sum())} {words}"
            for name, words in (
                ("train", "more seats"), ("retrain", "people retrained"),
                ("relocate", "helped to move in"), ("recruit", "recruited from outside"),
            )
            if name in rows and rows[name].sum() >= 0.5
        ]  # fmt: skip
        does = ", ".join(done) if done else "no lever is worth its cost here"
        found[str(region)] = [
            f"The joint plan fills {figure(end['filled'])} per cent of its posts in {last}, against "
            f"{figure(end['filled_without'])} without it.",
            f"It does so, {int(rows['year'].min())} to {last}, by: {does}; assumed costs and budgets.",
        ]
    return found


CHAPTERS = {
    "plan.ladder": Chapter(
        "What coordination is worth",
        "The same levers and budgets, planned by each department of each region alone, by regions or "
        "departments together, and by all together: what each way saves against doing nothing.",
        _ladder,
        "value of coordination = cost of the separate plans carried out together − cost of the joint "
        "plan",
        headline=_ladder_headline,
        brief=_ladder_brief,
    ),
    "plan.optimize": Chapter(
        "The joint plan",
        "Where seats, retraining, moves and recruits go, year by year, so that the posts that matter "
        "most are filled at least cost within every department’s budget.",
        _plan,
        "least Σ value of unfilled posts + idle people + levers − platforms, discounted; people are "
        "conserved; bound from the prices of all limits",
        headline=_plan_headline,
        brief=_plan_brief,
    ),
}
