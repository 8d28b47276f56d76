"""The section on shortage: signals by occupation, tier and skill; demand and vacancies apart."""

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
    last_known,
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

_SIGNS = ("critical", "elevated", "surplus")
_CLASS = {"unclear": "no clear sign", "": "unknown"}


def _build(context: Context, result: Result) -> list[Block]:
    blocks: list[Block] = [
        _occupations(result, "nation", "Signals of shortage by occupation, all regions together")
    ]
    if "recent" in result.frames:
        blocks.append(_recent(result))
    blocks.append(_regions(context, result))
    if "tiers" in result.frames:
        blocks.append(_tiers(context, result))
    if "tightness" in result.frames:
        blocks.append(_tightness(context, result))
    if "beveridge" in result.frames:
        blocks.append(_beveridge(result))
    if "mismatch" in result.frames:
        blocks.append(from_frame(
            result.table("mismatch"), "Mismatch: share of hires lost because people look where "
            "posts are not (compare only rows with as many cells)", units=result.units,
        ))  # fmt: skip
    if "industries" in result.frames:
        blocks.append(from_frame(
            result.table("industries"), "Vacancies and hires by industry", folded=True,
            names=result.labels,
        ))  # fmt: skip
    return blocks


def _sign(value: object) -> Cell:
    return Cell(_CLASS.get(str(value), str(value)))


def _occupations(result: Result, name: str, title: str) -> Table:
    frame = last_known(result.table(name), "shortage").sort_values("rank")
    return _ranked_occupations(result, frame, f"{title}, {int(frame['year'].iloc[0])}")


def _recent(result: Result) -> Table:
    frame = last_known(result.table("recent"), "shortage").sort_values("rank")
    table = _ranked_occupations(
        result,
        frame,
        f"Latest signals, known for the whole system only, {int(frame['year'].iloc[0])}",
    )
    scale = "on the scale of the spread between occupations, because the series is too short"
    own = bool(frame["own_history"].all())
    return Table(table.caption, table.columns, table.rows,
                 note="" if own else f"These figures are {scale}.", folded=True, head=1)  # fmt: skip


def _ranked_occupations(result: Result, frame: pd.DataFrame, caption: str) -> Table:
    signals = [str(c) for c in frame if str(c).startswith("signal_") and frame[c].notna().any()]
    rows = [
        [
            number_cell(row["rank"]), Cell(result.labels.get(row["occupation"], row["occupation"])),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["shortage"], 2),
            band_cell(row, "shortage", (-3, 3)), _sign(row["class"]),
            *(number_cell(row[name], 2) for name in signals), number_cell(row["jobs"]),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    columns = [
        Column("Rank", "number"), Column("Occupation"), Column(RANK_BAND, "number"),
        Column("Index", "number"), Column("Index, 5–95 %", "number"), Column("Class"),
        *(Column(str(name).removeprefix("signal_").capitalize(), "number") for name in signals),
        Column("People", "number"),
    ]  # fmt: skip
    return Table(
        caption, columns, rows, head=1,
        note="Index and signals in standard deviations of their own history: above 0 the occupation "
        "signals shortage, below 0 surplus. A class is given only where the whole band agrees.",
    )  # fmt: skip


def _regions(context: Context, result: Result) -> Table:
    """Return how many occupations of each region have a clear sign, and the strongest one."""
    frame = last_known(result.table(), "shortage")
    year = int(frame["year"].iloc[0])
    rows = []
    for region, group in frame.groupby("region", sort=False):
        top = group.sort_values("shortage", ascending=False).iloc[0]
        counts = group["class"].value_counts()
        name = result.labels.get(top["occupation"], top["occupation"])
        rows.append([
            region_cell(context, str(region)), Cell(name), number_cell(top["shortage"], 2),
            band_cell(top, "shortage", (-3, 3)), _sign(top["class"]), Cell(str(top["reliability"])),
            Cell("yes" if top["shrunken"] else "no"),
            *(number_cell(float(counts.get(kind, 0))) for kind in _SIGNS),
        ])  # fmt: skip
    columns = [
        Column("Region"), Column("Strongest signals"), Column("Index", "number"),
        Column("Index, 5–95 %", "number"), Column("Class"), Column("Reliability"),
        Column("Shrunken"), *(Column(kind.capitalize(), "number") for kind in _SIGNS),
    ]  # fmt: skip
    return Table(
        f"Occupations with signals of shortage by region, {year}", columns, rows,
        note="Reliability by the standard errors of jobs and wages: A up to 5 per cent, B 10, C 20, "
        "D above or fewer than 500 jobs. Shrunken: more than a tenth of the growth is borrowed from "
        "the other regions. The last three columns count occupations.",
    )  # fmt: skip


def _tiers(context: Context, result: Result) -> Table:
    frame = result.table("tiers")
    rows = [
        [
            Cell(str(row["tier"]).capitalize()), region_cell(context, row["region"]),
            number_cell(row["people"]), number_cell(row["shortage"], 2),
            band_cell(row, "shortage", (-3, 3)), number_cell(row["rank"]),
            band_cell(row, "rank", (1, frame["region"].nunique())),
        ]
        for _, row in frame.sort_values(["tier", "rank"]).iterrows()
    ]  # fmt: skip
    columns = [
        Column("Tier"), Column("Region"), Column("People", "number"), Column("Index", "number"),
        Column("Index, 5–95 %", "number"), Column("Rank in tier", "number"),
        Column(RANK_BAND, "number"),
    ]  # fmt: skip
    year = int(frame["year"].iloc[0])
    return Table(f"Signals of shortage by tier of talent, {year}", columns, rows, folded=True)


def _tightness(context: Context, result: Result) -> Table:
    frame = last_known(result.table("tightness"), "tightness").sort_values("rank")
    rows = [
        [
            number_cell(row["rank"]), region_cell(context, row["region"]),
            band_cell(row, "rank", (1, len(frame))), number_cell(row["tightness"]),
            band_cell(row, "tightness", (0, float(frame["tightness_high"].max()))),
            number_cell(row["vacancies"]), number_cell(row["unemployed"]),
            Cell(str(row["evidence"])),
        ]
        for _, row in frame.iterrows()
    ]  # fmt: skip
    columns = [
        Column("Rank", "number"), Column("Region"), Column(RANK_BAND, "number"),
        Column("Vacancies per unemployed", "number"), Column("5–95 %", "number"),
        Column("Vacancies", "number"), Column("Unemployed", "number"), Column("Vacancies are"),
    ]  # fmt: skip
    return Table(f"Tightness by region, {int(frame['year'].iloc[0])}", columns, rows, head=1)


def _beveridge(result: Result) -> Table:
    frame = result.table("beveridge")
    whole = frame[frame["region"] == frame["region"].iloc[0]]
    rows = [
        [
            Cell(str(row["year"]), float(row["year"])), number_cell(row["unemployment"]),
            number_cell(row["vacancies"]), number_cell(row["efficient"]), number_cell(row["gap"], 2),
            number_cell(row["efficient_general"]),
            Cell(band_text(row["efficient_general_low"], row["efficient_general_high"])),
        ]
        for _, row in whole.iterrows()
    ]  # fmt: skip
    columns = [
        Column("Year", "number"), Column("Unemployment, %", "number"), Column("Vacancies, %", "number"),
        Column("Efficient √(uv), %", "number"), Column("Gap, points", "number"),
        Column("Efficient, general formula, %", "number"), Column("5–95 %", "number"),
    ]  # fmt: skip
    return Table(
        "Unemployment against its efficient rate, all regions together", columns, rows,
        note="A gap below 0: the labour market is tighter than efficient; above 0: slacker.",
    )  # fmt: skip


def _headline(_context: Context, result: Result) -> list[KeyFigure]:
    frame = last_known(result.table("nation"), "shortage")
    top = frame.sort_values("shortage", ascending=False).iloc[0]
    name = result.labels.get(top["occupation"], top["occupation"])
    return [
        KeyFigure(
            f"Strongest signals of shortage, {int(top['year'])}", name,
            f"index {figure(top['shortage'], 2)} standard deviations, {_band(top)}, all regions "
            "together; "
            f"{_CLASS.get(top['class'], top['class'])}",
        )
    ]  # fmt: skip


def _brief(_context: Context, result: Result) -> dict[str, list[str]]:
    """Say what is short, what is in surplus, how tight the market is, and what is demanded."""
    frame = last_known(result.table(), "shortage")
    tight = result.frames.get("tightness")
    rows = {} if tight is None else {
        str(row["region"]): row for _, row in last_known(tight, "tightness").iterrows()
    }  # fmt: skip
    demand = result.frames.get("demand")
    found = {}
    for region, group in frame.groupby("region"):
        sentences = [_strongest(result, group)]
        surplus = group[group["class"] == "surplus"].sort_values("shortage")
        if len(surplus):
            least = surplus.iloc[0]
            sentences.append(
                f"The clearest surplus is in {_name(result, least)}: {figure(least['shortage'], 2)} "
                f"({_band(least)})."
            )
        if str(region) in rows:
            row = rows[str(region)]
            sentences.append(
                f"There were {figure(row['tightness'])} vacancies per person looking for work in "
                f"{int(row['year'])} (band {band_text(row['tightness_low'], row['tightness_high'])}; "
                f"{rank_and_band(row)}; vacancies {row['evidence']})."
            )
        if demand is not None:
            sentences += _demanded(result, demand[demand["region"] == region])
        found[str(region)] = sentences
    return found


def _name(result: Result, row: pd.Series) -> str:
    return str(result.labels.get(row["occupation"], row["occupation"]))


def _band(row: pd.Series) -> str:
    """Return the band of the index in words: a dash would hide the sign of its ends."""
    return f"band {figure(row['shortage_low'], 2)} to {figure(row['shortage_high'], 2)}"


def _strongest(result: Result, group: pd.DataFrame) -> str:
    year = int(group["year"].iloc[0])
    clear = group[group["class"].isin(["critical", "elevated"])]
    first = clear.sort_values("shortage", ascending=False).head(3)
    if first.empty:
        top = group.sort_values("shortage", ascending=False).iloc[0]
        return (
            f"No occupation signalled shortage clearly in {year}; the strongest is "
            f"{_name(result, top)} at {figure(top['shortage'], 2)} standard deviations of its "
            f"history ({_band(top)}, derived)."
        )
    parts = [
        f"{_name(result, row)} ({row['class']}, {figure(row['shortage'], 2)}, {_band(row)}, "
        f"reliability {row['reliability']}{', shrunken' if row['shrunken'] else ''})"
        for _, row in first.iterrows()
    ]
    return (
        f"Signals of shortage in {year}, in standard deviations of their history, derived: "
        f"{'; '.join(parts)}; {len(clear)} of {len(group)} occupations in all."
    )


def _demanded(result: Result, rows: pd.DataFrame) -> list[str]:
    known = rows[rows["openings"].notna()]
    if known.empty:
        return []
    top = known.sort_values("openings", ascending=False).iloc[0]
    return [
        f"Demand is another matter: most posts come open in {_name(result, top)}, "
        f"{figure(top['openings'])} a year ({int(top['year'])}, {top['evidence']})."
    ]


CHAPTERS = {
    "diagnose.shortage": Chapter(
        "Shortage",
        "An occupation that is short leaves signals: its wages and employment grow faster than the "
        "economy’s, few of its people look for work. Each signal is put on the scale of its own "
        "history, so that years and occupations compare. Demand is another thing: posts that come "
        "open and vacancies are shown apart.",
        _build,
        "S = Σ wₖ sₖ with sₖ = (growth − economy’s growth) / standard deviation of its history, "
        "cut at ±3, over the signals that exist; tightness = vacancies / unemployed; efficient "
        "unemployment u* = √(uv); mismatch M = 1 − Σ √(share of vacancies · share of unemployed)",
        headline=_headline,
        brief=_brief,
    ),
}
