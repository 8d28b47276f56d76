"""What a section of the report is made of: tables, charts and paragraphs, ready to be printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    from echelon.charts import Drawing
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "UNKNOWN",
    "Block",
    "Cell",
    "Column",
    "Context",
    "Picture",
    "Table",
    "Text",
    "band_text",
    "figure",
    "from_frame",
    "last_known",
    "title_of",
]

UNKNOWN = "unknown"
_LONGEST = 200
_TITLES = {
    "rank_median": "Rank, median", "rank_low": "Rank, 5 %", "rank_high": "Rank, 95 %",
    "evidence": "Evidence", "lost_share": "Lost, per cent",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a printed table."""

    title: str
    kind: Literal["text", "number"] = "text"


@dataclass(frozen=True)
class Cell:
    """A cell of a printed table.

    Parameters
    ----------
    text : str
        As printed.
    sort : str or float, optional
        By what the column sorts; the text by default. None where the figure is unknown.
    region : str
        Code of the region whose page the cell leads to.
    span : tuple of three floats, optional
        Low, middle and high end of a band as per cent of the scale, drawn below the text.
    """

    text: str
    sort: str | float | None = None
    region: str = ""
    span: tuple[float, float, float] | None = None

    @property
    def unknown(self) -> bool:
        """Whether the figure is unknown."""
        return self.text == UNKNOWN


@dataclass(frozen=True)
class Table:
    """A printed table: the first cell of each row is its head."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    folded: bool = False
    head: int = 0


@dataclass(frozen=True)
class Text:
    """A paragraph below a small heading."""

    title: str
    text: str = ""


@dataclass(frozen=True)
class Picture:
    """A chart: its Vega-Lite specification as JSON and, for paper, as a picture.

    Parameters
    ----------
    key : str
        Anchor in the page, unique.
    title, description : str
        What it shows, for readers who cannot see it.
    spec : str
        JSON that may stand inside a script element.
    image : str
        The picture as a data address; empty when it was left out.
    of_places : bool
        Whether it is a map.
    """

    key: str
    title: str
    description: str
    spec: str
    image: str = ""
    of_places: bool = False


Block = Table | Text | Picture


@dataclass(frozen=True)
class Context:
    """Everything that a report is drawn from."""

    system: System
    results: Mapping[str, Result]
    skipped: Mapping[str, str]
    faults: pd.DataFrame
    record: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    drawings: Mapping[str, Drawing] = field(default_factory=dict)

    def name(self, region: str) -> str:
        """Return the name of a region, or its code when it has none."""
        return self.names.get(region, region)


def figure(value: object, digits: int = 3) -> str:
    """Return a number with sensible digits: three significant ones, whole numbers as such.

    Parameters
    ----------
    value : number or None
    digits : int
        Significant digits of numbers below a thousand.

    Returns
    -------
    str
        For example ``"0.474"``, ``"12.3"``, ``"7"``, ``"1,234,567"``; ``"unknown"`` for NaN.
    """
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return UNKNOWN
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        return "unlimited" if number > 0 else "minus unlimited"
    size = abs(number)
    if size >= 1000 or number == int(number):
        return f"{number:,.0f}".replace("-", "−")
    if size < 0.0005:
        return f"{number:.1e}"
    places = max(0, digits - 1 - math.floor(math.log10(size)))
    return f"{number:.{places}f}".replace("-", "−")


def band_text(low: object, high: object, digits: int = 3) -> str:
    """Return the two ends of a band, for example ``"3–7"``."""
    ends = figure(low, digits), figure(high, digits)
    if UNKNOWN in ends:
        return UNKNOWN
    return "–".join(ends)


def last_known(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows of the last year in which a column is known; all rows without a year."""
    if "year" not in frame:
        return frame
    known = frame.loc[frame[column].notna(), "year"]
    year = known.max() if len(known) else frame["year"].max()
    return frame[frame["year"] == year]


def title_of(column: str, units: Mapping[str, str] | None = None) -> str:
    """Return the printed name of a column, with its unit where it has one."""
    words = _TITLES.get(column) or column.replace("_", " ").capitalize()
    unit = (units or {}).get(column)
    return f"{words} ({unit})" if unit else words


def from_frame(
    frame: pd.DataFrame, caption: str, *, names: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None, folded: bool = False, most: int = _LONGEST,
) -> Table:  # fmt: skip
    """Return any table as a printed one: the last year of a panel, at most 200 rows.

    Parameters
    ----------
    frame : DataFrame
    caption : str
    names : mapping of str to str, optional
        Names of codes; a code without a name is printed as it is.
    units : mapping of str to str, optional
        Units of columns.
    folded : bool
        Whether it is closed until a reader opens it.
    most : int
        The longest table that is printed whole.

    Returns
    -------
    Table
        Its note says what was left out.
    """
    shown, notes = frame, []
    if len(shown) > most and "year" in shown:
        shown = shown[shown["year"] == shown["year"].max()]
        notes.append(f"Only {shown['year'].max()} is shown of {frame['year'].nunique()} years.")
    if len(shown) > most:
        notes.append(f"The first {most} of {len(shown):,} rows are shown.")
        shown = shown.head(most)
    if {"item", "label"} <= set(shown.columns):
        shown = shown.drop(columns="item")
    columns = [_column(shown[name], title_of(str(name), units)) for name in shown.columns]
    labels = names or {}
    cells = [_cells(shown[name], str(name), labels) for name in shown.columns]
    rows = [list(row) for row in zip(*cells, strict=True)]
    return Table(caption, columns, rows, note=" ".join(notes), folded=folded)


def _column(values: pd.Series, title: str) -> Column:
    number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return Column(title, "number" if number else "text")


def _cells(values: pd.Series, name: str, labels: Mapping[str, str]) -> list[Cell]:
    if pd.api.types.is_bool_dtype(values):
        return [Cell(UNKNOWN if pd.isna(v) else "yes" if v else "no") for v in values]
    if pd.api.types.is_numeric_dtype(values):
        whole = name in ("year", "row") or name.endswith("year")
        return [
            Cell(UNKNOWN if pd.isna(v) else str(int(v)) if whole else figure(v),
                 None if pd.isna(v) else float(v))
            for v in values
        ]  # fmt: skip
    coded = ["" if _absent(v) else str(v) for v in values]
    return [
        Cell(labels.get(code, code), region=code if name == "region" and code in labels else "")
        for code in coded
    ]


def _absent(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value
