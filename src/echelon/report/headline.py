"""The first screen: what the report is, and the few figures to remember."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echelon.report.blocks import Context
from echelon.report.chapter import KeyFigure
from echelon.report.sections import chapter_of, in_order

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["key_figures", "purpose", "title"]


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
        "method (5 to 95 per cent of them: weights, scales, filling of gaps, outliers, means), and "
        "every number can be followed to the figures it was made of."
    )
    return [first, second]


def _publishers(context: Context) -> int:
    if "sources" not in context.system:
        return 0
    table = context.system.table("sources")
    return int(table["publisher"].nunique()) if "publisher" in table else 0


def key_figures(context: Context) -> list[KeyFigure]:
    """Return the figures to remember, as far as the results hold them."""
    found: list[KeyFigure] = []
    for verb, result in in_order(context):
        headline = chapter_of(verb).headline
        if headline is not None:
            found += headline(context, result)
    return found
