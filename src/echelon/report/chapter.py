"""How the report tells the result of one verb, and the cells that such sections share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from echelon.report.blocks import UNKNOWN, Block, Cell, Context, band_text, figure

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = [
    "RANK_BAND",
    "Chapter",
    "KeyFigure",
    "band_cell",
    "number_cell",
    "rank_and_band",
    "region_cell",
]

RANK_BAND = "Rank, 5–95 %"


@dataclass(frozen=True)
class KeyFigure:
    """One figure to remember, with what it rests on."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Chapter:
    """How the report tells the result of one verb.

    Parameters
    ----------
    title, lead : str
        Heading, and how to read what follows.
    build : callable
        Context and result to blocks.
    formula : str
        The formula in one line, for the notes.
    headline : callable, optional
        Context and result to the figures to remember on the first screen.
    brief : callable, optional
        Context and result to the sentences about each region on its own page, as an analyst would
        write them: figures with units and years, their band, and what is derived or assumed.
    listed : bool
        Whether the brief is a numbered list, which then comes first, instead of a paragraph.
    """

    title: str
    lead: str
    build: Callable[[Context, Result], list[Block]] = field(repr=False)
    formula: str = ""
    headline: Callable[[Context, Result], list[KeyFigure]] | None = field(default=None, repr=False)
    brief: Callable[[Context, Result], Mapping[str, list[str]]] | None = field(
        default=None, repr=False
    )
    listed: bool = False


def region_cell(context: Context, code: str) -> Cell:
    """Return the name of a region, which leads to its page."""
    return Cell(context.name(code), region=code)


def number_cell(value: float, digits: int = 3) -> Cell:
    """Return a figure that sorts as a number."""
    return Cell(figure(value, digits), None if pd.isna(value) else float(value))


def band_cell(row: pd.Series, at: str, scale: tuple[float, float]) -> Cell:
    """Return the band of a figure as text, with its picture on a scale."""
    low, high = f"{at}_low", f"{at}_high"
    if row[[low, high, at]].isna().any():
        return Cell(UNKNOWN)
    start, end = scale
    width = (end - start) or 1.0
    place = [100 * (float(row[name]) - start) / width for name in (low, at, high)]
    left, middle, right = (min(100.0, max(0.0, p)) for p in place)
    return Cell(band_text(row[low], row[high]), float(row[low]), span=(left, middle, right))


def rank_and_band(row: pd.Series) -> str:
    """Return a rank with its band as words, for example ``"rank 7, band 5–9"``."""
    return f"rank {figure(row['rank'])}, band {band_text(row['rank_low'], row['rank_high'])}"
