"""The first screen: what the report is, and the few figures to remember."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from echelon.registry import Registry
from echelon.report.blocks import Context, band_text, figure, last_known

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["HEADLINES", "KeyFigure", "key_figures", "purpose", "title"]

_COORDINATED = 0.5
_SUBSYSTEMS = ("education", "technology", "talent")


@dataclass(frozen=True)
class KeyFigure:
    """One figure to remember, with what it rests on."""

    label: str
    value: str
    detail: str


def title(context: Context) -> str:
    """Return the title of the report."""
    years = sorted({year for result in context.results.values() for year in _years(result)})
    span = f", {years[0]}–{years[-1]}" if years else ""
    regions = len(context.names)
    where = f"in {regions} regions" if regions != 1 else "in one region"
    return f"Education, technology and talent {where}{span}"


def _years(result: Result) -> list[int]:
    main = result.table()
    return [int(y) for y in main["year"].dropna().unique()] if "year" in main else []


def purpose(context: Context) -> list[str]:
    """Return two sentences that say what the report is."""
    publishers = _publishers(context)
    source = f"the statistics of {publishers} publishers" if publishers > 1 else "its tables"
    first = (
        "This report measures how far education, technology and talent are developed in each "
        f"region of the system “{context.system.name}”, and how far they develop together, "
        f"from {source}."
    )
    second = (
        "Every rank stands beside the band in which it stays under other defensible choices of "
        "weights and scales (5 to 95 per cent of them), and every number can be followed to the "
        "figures it was made of."
    )
    return [first, second]


def _publishers(context: Context) -> int:
    if "sources" not in context.system:
        return 0
    table = context.system.table("sources")
    return int(table["publisher"].nunique()) if "publisher" in table else 0


def key_figures(context: Context) -> list[KeyFigure]:
    """Return three to five figures to remember, as far as the results hold them."""
    found: list[KeyFigure] = []
    for verb, make in HEADLINES.items():
        if verb in context.results:
            found += make(context, context.results[verb])
    return found


def _rank_and_band(row: pd.Series) -> str:
    band = band_text(row["rank_low"], row["rank_high"])
    return f"rank {figure(row['rank'])}, band {band}"


def _coordination(context: Context, result: Result) -> list[KeyFigure]:
    frame = last_known(result.table(), "coordination")
    known = frame[frame["coordination"].notna()]
    if known.empty:
        return []
    best = known.sort_values("coordination", ascending=False).iloc[0]
    degree = figure(best["coordination"])
    ends = band_text(best["coordination_low"], best["coordination_high"])
    year = int(best["year"])
    return [
        KeyFigure(
            f"Highest coordination, {year}",
            context.name(best["region"]),
            f"degree {degree} of 1, band {ends}; {_rank_and_band(best)}",
        ),
        _bands(result, known),
        _movement(context, known),
        _lagging(known),
    ]


def _bands(result: Result, known: pd.DataFrame) -> KeyFigure:
    together = int((known["coordination"] >= _COORDINATED).sum())
    counts = known.groupby("band_name").size().to_dict()
    names = result.table("bands").sort_values("band", ascending=False)["name"]
    parts = [f"{name} {counts[name]}" for name in names if name in counts]
    return KeyFigure(
        f"Regions with a degree of {_COORDINATED} or more",
        f"{together} of {len(known)}",
        "; ".join(parts),
    )


def _movement(context: Context, known: pd.DataFrame) -> KeyFigure:
    width = known["rank_high"] - known["rank_low"]
    if width.notna().sum() == 0:
        return KeyFigure("How far a rank moves", "unknown", "no bands of ranks were drawn")
    widest = known.assign(width=width).sort_values("width", ascending=False, kind="stable").iloc[0]
    places = round(float(width.median()))
    return KeyFigure(
        "A typical region’s rank moves by",
        f"{places} place{'' if places == 1 else 's'}",
        f"median width of the 5–95 % band under other weights and scales; widest for "
        f"{context.name(widest['region'])}: {band_text(widest['rank_low'], widest['rank_high'])}",
    )


def _lagging(known: pd.DataFrame) -> KeyFigure:
    counts = known.loc[known["lagging"].isin(_SUBSYSTEMS), "lagging"].value_counts()
    if counts.empty:
        return KeyFigure("Lags most often", "unknown", "the subsystem indices are unknown")
    others = ", ".join(f"{name} in {n}" for name, n in counts.iloc[1:].items())
    return KeyFigure(
        "Lags most often",
        str(counts.index[0]).capitalize(),
        f"the lowest of the three indices in {counts.iloc[0]} of {len(known)} regions"
        + (f"; {others}" if others else ""),
    )


def _talent(context: Context, result: Result) -> list[KeyFigure]:
    frame = last_known(result.table(), "talent")
    known = frame[frame["talent"].notna()]
    if known.empty:
        return []
    best = known.sort_values("talent", ascending=False).iloc[0]
    return [
        KeyFigure(
            f"Highest talent index, {int(best['year'])}",
            context.name(best["region"]),
            f"{figure(best['talent'])} of 100; {_rank_and_band(best)}",
        )
    ]


HEADLINES: Registry[Callable[[Context, Result], list[KeyFigure]]] = Registry(
    "headline", {"measure.coordination": _coordination, "measure.talent": _talent}
)
