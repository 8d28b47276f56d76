"""The section on projected demand: jobs, industries, occupations, regions, back-test, shift-share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from echelon.report.blocks import UNKNOWN, Block, Cell, Column, Context, Table, band_text, figure
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

_OF_REGIONS = "employment by region and industry"
_MOST_OCCUPATIONS = 3


def _jobs(value: float) -> str:
    """Return a number of jobs as people say it, for example ``1.24 million``."""
    if pd.isna(value):
        return UNKNOWN
    if abs(value) >= 1e6:
        return f"{value / 1e6:.2f} million"
    return figure(float(f"{value:.3g}"))


def _signed(value: float, digits: int = 1) -> str:
    if pd.isna(value):
        return UNKNOWN
    return f"{value:+.{digits}f}".replace("-", "−")


def _build(context: Context, result: Result) -> list[Block]:
    blocks: list[Block] = [_nation(result, "industry", "industries")]
    if "demand" in result.frames:
        blocks.append(_nation(result, "occupation", "occupations"))
    blocks += [_regions(context, result), _backtest(result)]
    if len(result.table("published")):
        blocks.append(_published(result))
    blocks.append(_shifts(context, result))
    return blocks


def _nation(result: Result, kind: str, plural: str) -> Table:
    """Return the sums over regions of every industry or occupation at the horizon, with bands."""
    nation = result.table("nation")
    rows = nation[nation["kind"].isin([kind, "total"] if kind == "industry" else [kind])]
    first, last = int(rows["year"].min()), int(rows["year"].max())
    start = rows[rows["year"] == first].set_index("item")["figure"]
    shown = rows[rows["year"] == last].sort_values("figure", ascending=False)
    columns = [
        Column(plural.capitalize()), Column(str(first), "number"), Column(str(last), "number"),
        Column("5–95 %", "number"), Column("Change, %", "number"),
    ]  # fmt: skip
    with_openings = "openings" in shown and shown["openings"].notna().any()
    if with_openings:
        columns.append(Column("Openings a year", "number"))
    body = []
    for _, row in shown.iterrows():
        was = float(start.get(row["item"], float("nan")))
        change = 100 * (row["figure"] / was - 1) if was > 0 else float("nan")
        cells = [
            Cell(result.labels.get(row["item"], row["item"])), number_cell(round(was)),
            number_cell(round(row["figure"])),
            Cell(band_text(round(row["low"]), round(row["high"]))),
            Cell(_signed(change), None if pd.isna(change) else change),
        ]  # fmt: skip
        body.append([*cells, number_cell(row["openings"])] if with_openings else cells)
    return Table(
        f"Jobs by {kind}, all regions, {first} and {last}", columns, body, folded=kind == "occupation",
        note="The figures are the sums over the regions; the bands are those of the sums."
        + (" Openings: posts that people leave and new posts in the last year." if with_openings else ""),
    )  # fmt: skip


def _regions(context: Context, result: Result) -> Table:
    frame = result.table("regions")
    last = int(frame["year"].max())
    rows = [
        [number_cell(row["rank"]), region_cell(context, row["region"]),
         band_cell(row, "rank", (1, frame["region"].nunique())),
         Cell(_signed(row["growth"], 2), row["growth"]),
         Cell(band_text(row["growth_low"], row["growth_high"])),
         number_cell(round(row["employment"])), Cell(band_text(round(row["low"]), round(row["high"])))]
        for _, row in frame[frame["year"] == last].sort_values("rank").iterrows()
    ]  # fmt: skip
    return Table(
        f"Jobs of each region in {last}",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column("Growth, % a year", "number"), Column("Growth, 5–95 %", "number"),
         Column("Jobs", "number"), Column("Jobs, 5–95 %", "number")],
        rows, head=1, folded=True,
        note="Where the bands of ranks overlap widely, the ranks tell nothing.",
    )  # fmt: skip


def _backtest(result: Result) -> Table:
    frame = result.table("backtest")
    rows = [
        [Cell(str(row["test"])), Cell(result.labels.get(row["item"], row["item"])),
         Cell(str(row["years_ahead"])), Cell(f"{row['first_year']}–{row['last_year']}"),
         number_cell(row["error"]), number_cell(row["error_last"]), number_cell(row["error_growth"]),
         number_cell(row["scaled"]), number_cell(row["scaled_last"]),
         number_cell(100 * row["coverage"]), Cell(str(row["best"]))]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        "Errors on held-out years, beside the naive forecasts",
        [Column("Test"), Column("Of"), Column("Years ahead"), Column("Years"),
         Column("Error, %", "number"), Column("Last value, %", "number"),
         Column("Last growth, %", "number"), Column("Scaled error", "number"),
         Column("Scaled, last value", "number"), Column("Within the 90 % band, %", "number"),
         Column("Least error")],
        rows, folded=len(rows) > 12,
        note="Error: mean absolute error in per cent of the jobs. Scaled: in units of the usual change "
        "of a year (MASE). The bands of these forecasts know only the errors made before them.",
    )  # fmt: skip


def _published(result: Result) -> Table:
    frame = result.table("published").sort_values("error", key=abs, ascending=False)
    rows = [
        [Cell(result.labels.get(row["occupation"], row["occupation"])), Cell(str(row["release"])),
         Cell(str(row["year"])), number_cell(round(row["projected"])), number_cell(row["counted"]),
         Cell(_signed(row["error"]), row["error"]), Cell(_signed(row["error_last"]), row["error_last"])]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    return Table(
        "Published projections against later counts, all regions",
        [Column("Occupation"), Column("Release"), Column("Year"), Column("Projected", "number"),
         Column("Counted", "number"), Column("Error, %", "number"), Column("Last value, %", "number")],
        rows, folded=True,
        note="The projected growth, on a straight line to the year, put on the count of the base year.",
    )  # fmt: skip


def _shifts(context: Context, result: Result) -> Table:
    frame = result.table("shift_share")
    rows = [
        [region_cell(context, row["region"]), number_cell(round(row["change"])),
         number_cell(round(row["national"])), number_cell(round(row["mix"])),
         number_cell(round(row["regional"])), number_cell(round(row["competitive"])),
         number_cell(round(row["allocation"]))]
        for _, row in frame[frame["industry"] == "all"].sort_values("regional", ascending=False).iterrows()
    ]  # fmt: skip
    span = f"{frame['first_year'].iloc[0]}–{frame['last_year'].iloc[0]}"
    return Table(
        f"Whose growth it was, {span} (shift-share)",
        [Column("Region"), Column("Change of jobs", "number"), Column("Nation", "number"),
         Column("Mix of industries", "number"), Column("Region itself", "number"),
         Column("Competitive", "number"), Column("Allocation", "number")],
        rows, folded=True,
        note="Nation, mix and region are summed year by year (Barff and Knight) and add up to the "
        "change; competitive and allocation split the region's own part of the whole span "
        "(Esteban-Marquillas). An account of the past, not a forecast.",
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    nation = result.table("nation")
    total = nation[nation["kind"] == "total"].sort_values("year")
    last = total.iloc[-1]
    found = [
        KeyFigure(
            f"Jobs in {int(last['year'])}, projected",
            _jobs(last["figure"]),
            f"band {_jobs(last['low'])} to {_jobs(last['high'])}; {_jobs(total.iloc[0]['figure'])} in "
            f"{int(total.iloc[0]['year'])}",
        )
    ]
    tests = result.table("backtest")
    tests = tests[
        (tests["test"] == _OF_REGIONS) & (tests["item"] == "all industries") & (tests["years_ahead"] == "all")
    ]  # fmt: skip
    if len(tests):
        row = tests.iloc[0]
        found.append(
            KeyFigure(
                "Error of such projections in the past",
                f"{figure(row['error'])} %",
                f"up to ten years ahead; the last value alone errs by {figure(row['error_last'])} %, "
                f"the last growth by {figure(row['error_growth'])} %",
            )
        )
    return found


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say how jobs of each region are projected to change, where they were gained, who is needed."""
    frame = result.table("regions")
    last = int(frame["year"].max())
    shifts = result.table("shift_share")
    shifts = shifts[shifts["industry"] == "all"].set_index("region")
    needed = _needed(result, last)
    found = {}
    for _, row in frame[frame["year"] == last].iterrows():
        code = str(row["region"])
        sentences = [
            f"Jobs are projected at {_jobs(row['employment'])} in {last} (band {_jobs(row['low'])} to "
            f"{_jobs(row['high'])}), {_signed(row['growth'], 2)} per cent a year (band "
            f"{_signed(row['growth_low'], 2)} to {_signed(row['growth_high'], 2)}), rank "
            f"{figure(row['rank'])} of {frame['region'].nunique()} in growth (band "
            f"{band_text(row['rank_low'], row['rank_high'])}); derived from trends."
        ]
        if code in shifts.index:
            past = shifts.loc[[code]].iloc[0]
            own = "gained" if past["regional"] >= 0 else "lost"
            mix = "added" if past["mix"] >= 0 else "cost"
            sentences.append(
                f"From {past['first_year']} to {past['last_year']} its jobs changed by "
                f"{_jobs(past['change'])}: against the nation’s growth its mix of industries {mix} "
                f"{_jobs(abs(past['mix']))}, and the region itself {own} {_jobs(abs(past['regional']))}."
            )
        if code in needed:
            sentences.append(needed[code])
        found[code] = sentences
    return found


def _needed(result: Result, last: int) -> dict[str, str]:
    """Return a sentence per region on the occupations with the most openings."""
    if "demand" not in result.frames:
        return {}
    rows = result.table("demand")
    rows = rows[(rows["year"] == last) & rows["openings"].notna()]
    found = {}
    for region, group in rows.groupby("region"):
        top = group.nlargest(_MOST_OCCUPATIONS, "openings")
        parts = [
            f"{result.labels.get(o, o)} ({_jobs(n)}; posts {_jobs(posts)}, band {_jobs(low)} to "
            f"{_jobs(high)})"
            for o, n, posts, low, high in zip(
                top["occupation"], top["openings"], top["posts"], top["posts_low"], top["posts_high"],
                strict=True,
            )
        ]  # fmt: skip
        found[str(region)] = (
            f"Openings in {last}, posts left and new: {_jobs(float(group['openings'].sum()))}, most of "
            "them for " + ", ".join(parts) + "; derived from national exit and transfer rates."
        )
    return found


CHAPTERS = {
    "project.demand": Chapter(
        "Demand to come",
        "Employment by region and industry goes on by trend, a staffing matrix carries it to "
        "occupations, and every figure stands beside the band that would have held past errors and "
        "beside what a naive forecast would have missed by.",
        _build,
        "openings = (exit rate + transfer rate) × average posts + change of posts; posts = staffing × "
        "employment of the industry",
        headline=_headline,
        brief=_brief,
    ),
}
