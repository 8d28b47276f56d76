"""The section on the simulated labour market: the whole, regions, occupations, assumptions."""

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

_WHOLE, _MOST = "all", 2


def _people(value: float) -> str:
    """Return a number of people as one says it, for example ``1.24 million``."""
    if pd.isna(value):
        return UNKNOWN
    if abs(value) >= 1e6:
        return f"{value / 1e6:.2f} million"
    return figure(float(f"{value:.3g}"))


def _signed(value: float) -> str:
    return UNKNOWN if pd.isna(value) else f"{value:+.1f}".replace("-", "−")


def _band(row: pd.Series, name: str) -> Cell:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return Cell(UNKNOWN if pd.isna(low) else f"{_people(low)} to {_people(high)}")


def _build(context: Context, result: Result) -> list[Block]:
    blocks: list[Block] = [_whole(result), _regions(context, result), _occupations(result)]
    if "applicants" in result.frames:
        blocks.append(_applicants(result))
    if "drivers" in result.frames:
        blocks.append(_drivers(result))
    blocks.append(
        from_frame(result.table("assumptions"), "What the members differ in", folded=True)
    )
    return blocks


def _whole(result: Result) -> Table:
    frame = result.table("regions")
    rows = []
    for _, row in frame[frame["region"] == _WHOLE].iterrows():
        cells = [Cell(str(row["year"]))]
        for name in ("unemployment", "vacancy_rate", "long_term_share"):
            cells += [
                number_cell(row[name]),
                Cell(band_text(row[f"{name}_low"], row[f"{name}_high"])),
            ]
        for name in ("employed", "unemployed", "entered"):
            cells += [Cell(_people(row[name]), row[name]), _band(row, name)]
        rows.append(cells)
    heads = (
        "Unemployment, %", "Vacancies, % of posts", "Long-term, % of unemployed", "People at work",
        "Without work", "Hired in the year",
    )  # fmt: skip
    return Table(
        "All regions at the end of each year",
        [Column("Year"), *(Column(title, "number") for head in heads for title in (head, "5–95 %"))],
        rows, note="Long-term: without work for three steps or more, about five months.",
    )  # fmt: skip


def _regions(context: Context, result: Result) -> Table:
    frame = result.table("regions")
    first, last = int(frame["year"].min()), int(frame["year"].max())
    start = frame[frame["year"] == first].set_index("region")["unemployment"]
    ends = frame[(frame["year"] == last) & (frame["region"] != _WHOLE)].sort_values("rank")
    rows = [
        [number_cell(row["rank"]), region_cell(context, row["region"]),
         band_cell(row, "rank", (1, len(ends))), number_cell(float(start[row["region"]])),
         number_cell(row["unemployment"]),
         Cell(band_text(row["unemployment_low"], row["unemployment_high"])),
         number_cell(row["vacancy_rate"]),
         Cell(band_text(row["vacancy_rate_low"], row["vacancy_rate_high"])),
         Cell(_people(row["employed"]), row["employed"]), _band(row, "employed")]
        for _, row in ends.iterrows()
    ]  # fmt: skip
    return Table(
        f"Each region in {last}",
        [Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
         Column(f"Unemployment {first}, %", "number"), Column(f"Unemployment {last}, %", "number"),
         Column("5–95 %", "number"), Column("Vacancies, % of posts", "number"),
         Column("Vacancies, 5–95 %", "number"), Column("People at work", "number"),
         Column("At work, 5–95 %", "number")],
        rows, head=1, folded=True,
        note="Rank 1 has the highest unemployment. All members start from the same figures, so the band "
        "of a rank knows the years to come and not the error of the start.",
    )  # fmt: skip


def _occupations(result: Result) -> Table:
    frame = result.table("occupations")
    first, last = int(frame["year"].min()), int(frame["year"].max())
    ends = frame[frame["year"] == last].sort_values("change", ascending=False)
    rows = [
        [Cell(result.labels.get(row["occupation"], row["occupation"])),
         Cell(_people(row["employed"]), row["employed"]), _band(row, "employed"),
         Cell(_signed(row["change"]), row["change"]),
         Cell(f"{_signed(row['change_low'])} to {_signed(row['change_high'])}"),
         number_cell(row["unemployment"]),
         Cell(band_text(row["unemployment_low"], row["unemployment_high"]))]
        for _, row in ends.iterrows()
    ]  # fmt: skip
    return Table(
        f"Each occupation in {last}, all regions",
        [Column("Occupation"), Column("People at work", "number"), Column("At work, 5–95 %", "number"),
         Column(f"Change from {first}, %", "number"), Column("Change, 5–95 %", "number"),
         Column("Unemployment, %", "number"), Column("Unemployment, 5–95 %", "number")],
        rows, folded=True,
    )  # fmt: skip


def _applicants(result: Result) -> Table:
    frame = result.table("applicants")
    first, last = int(frame["year"].min()), int(frame["year"].max())
    whole = frame[frame["region"] == _WHOLE].set_index(["year", "group"])
    rows = []
    for group in dict.fromkeys(frame["group"]):
        row = whole.loc[(last, group)]
        rows.append([
            Cell(str(group).capitalize()), Cell(_people(row["employed"]), row["employed"]),
            _band(row, "employed"), number_cell(float(whole.loc[(first, group), "unemployment"])),
            number_cell(row["unemployment"]),
            Cell(band_text(row["unemployment_low"], row["unemployment_high"])),
        ])  # fmt: skip
    return Table(
        f"Who competes: groups of people in {last}, all regions",
        [Column("Group"), Column("People at work", "number"), Column("At work, 5–95 %", "number"),
         Column(f"Unemployment {first}, %", "number"), Column(f"Unemployment {last}, %", "number"),
         Column("Unemployment, 5–95 %", "number")],
        rows, note="With and without a bachelor's degree, then the better half of each occupation at its "
        "work and the others: the same people counted twice.",
    )  # fmt: skip


def _drivers(result: Result) -> Table:
    frame = result.table("drivers")
    words = {"unemployment": "Unemployment", "vacancy_rate": "Vacancies"}
    known = frame[frame["share"] > 0]
    rows = [
        [Cell(words[row["figure"]]), Cell(str(row["name"]).replace("_", " ")),
         number_cell(100 * row["share"]),
         Cell(band_text(100 * row["share_low"], 100 * row["share_high"]))]
        for _, row in known.iterrows()
    ]  # fmt: skip
    return Table(
        "Which assumption the last year hangs on",
        [Column("Of"), Column("Assumption"), Column("Share of the variance, %", "number"),
         Column("5–95 %", "number")],
        rows, folded=True, note="What each assumption explains by itself.",
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = result.table("regions")
    whole = frame[frame["region"] == _WHOLE].sort_values("year")
    row, first = whole.iloc[-1], whole.iloc[0]
    return [
        KeyFigure(
            f"Unemployment in {row['year']}, simulated",
            f"{figure(row['unemployment'])} %",
            f"band {band_text(row['unemployment_low'], row['unemployment_high'])} over the "
            f"assumptions, without recessions; {figure(first['unemployment'])} in {first['year']}",
        )
    ]


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say how the labour market of each region moves, and for which occupations."""
    frame = result.table("regions")
    first, last = int(frame["year"].min()), int(frame["year"].max())
    start = frame[frame["year"] == first].set_index("region")
    cells = result.table()
    moved = _moved(result, cells[cells["year"].isin([first, last])], first, last)
    found = {}
    ends = frame[(frame["year"] == last) & (frame["region"] != _WHOLE)]
    for _, row in ends.iterrows():
        code = str(row["region"])
        was = start.loc[code]
        sentences = [
            f"Simulated unemployment is {figure(row['unemployment'])} per cent in {last} (band "
            f"{band_text(row['unemployment_low'], row['unemployment_high'])}; "
            f"{rank_and_band(row)} of {len(ends)} from the highest), after "
            f"{figure(was['unemployment'])} in {first}; {_people(row['employed'])} people are at work "
            f"(band {_people(row['employed_low'])} to {_people(row['employed_high'])}). Derived; the "
            "bands hold assumptions and no recessions.",
            f"Vacancies are {figure(row['vacancy_rate'])} per cent of posts in {last} (band "
            f"{band_text(row['vacancy_rate_low'], row['vacancy_rate_high'])}); in that year "
            f"{_people(row['entered'])} people without work are hired, {_people(row['joined'])} join "
            f"the labour force and {_people(row['retired'])} leave it.",
        ]
        found[code] = [*sentences, *moved.get(code, [])]
    return found


def _moved(result: Result, cells: pd.DataFrame, first: int, last: int) -> dict[str, list[str]]:
    """Return a sentence per region on the occupations that gain and lose the most people."""
    keys = ["region", "occupation"]
    start = cells[cells["year"] == first].set_index(keys)["employed"]
    ends = cells[cells["year"] == last].set_index(keys)
    ends = ends.assign(change=ends["employed"] - start).reset_index()
    found = {}
    for region, group in ends.groupby("region"):
        gains = group[group["change"] > 0].nlargest(_MOST, "change")
        losses = group[group["change"] < 0].nsmallest(_MOST, "change")
        parts = []
        for words, rows in (("gains", gains), ("losses", losses)):
            named = [
                f"{result.labels.get(row['occupation'], row['occupation'])} ({_people(row['change'])}; "
                f"in {last} {_people(row['employed_low'])} to {_people(row['employed_high'])} at work)"
                for _, row in rows.iterrows()
            ]
            parts += [f"{words} are largest for " + " and ".join(named)] if named else []
        if parts:
            text = "; ".join(parts)
            found[str(region)] = [f"{text[0].upper()}{text[1:]}."]
    return found


CHAPTERS = {
    "simulate.run": Chapter(
        "The labour market to come",
        "People without work apply to vacancies in reach of their region and occupation, posts open and "
        "close as demand asks, people leave the labour force and join it. Every member of the ensemble "
        "starts in balance at the market observed; the bands are those of the assumptions that data do "
        "not settle. This is what follows from them, not a forecast of the business cycle.",
        _build,
        "hires = v (1 − exp(−x)), x = applications per vacancy, in proportion to moves between regions × "
        "moves between occupations × attraction × vacancies",
        headline=_headline,
        brief=_brief,
    ),
}
