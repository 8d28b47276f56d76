"""The rows behind a chart: the last known year, names of regions, the order, the lines of notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "LIMIT",
    "by_part",
    "inline",
    "last_year",
    "named",
    "rank_text",
    "short_name",
    "shortened",
    "source_line",
    "spread",
    "two_lines",
    "unknown_note",
]

LIMIT = 60


def last_year(frame: pd.DataFrame, figure: str) -> tuple[pd.DataFrame, int]:
    """Return the rows of the last year in which a figure is known, and that year.

    Parameters
    ----------
    frame : DataFrame
        With a column ``year``.
    figure : str
        The column that must be known for at least one region.

    Raises
    ------
    InsufficientData
        When it is unknown everywhere.
    """
    known = frame.loc[frame[figure].notna(), "year"]
    if known.empty:
        raise InsufficientData(
            f"There is nothing to draw: {figure} is unknown for every region and year",
            fix="Compute the result from a system with known figures",
        )
    year = int(known.max())
    return frame[frame["year"] == year].reset_index(drop=True), year


def named(frame: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """Return the table with a column ``name``: the region's, with its code where two share it."""
    codes = frame["region"].astype(str)
    names = codes.map(lambda code: labels.get(code, code))
    shared = pd.DataFrame({"code": codes, "name": names}).drop_duplicates()["name"].value_counts()
    doubled = names.map(shared) > 1
    return frame.assign(name=names.where(~doubled, names + " (" + codes + ")"))


def shortened(frame: pd.DataFrame, figure: str, *, ascending: bool = False) -> tuple[
    pd.DataFrame, list[str]
]:  # fmt: skip
    """Return the known rows in order, at most :data:`LIMIT`, and a note of what was left out.

    Parameters
    ----------
    frame : DataFrame
        One row per region.
    figure : str
        The column to sort by; regions where it is unknown are left out.
    ascending : bool
        Whether the smallest figure comes first, as with ranks.

    Returns
    -------
    frame, notes : DataFrame, list of str
        From many regions, the first and the last ones remain, half of each.
    """
    known = frame[frame[figure].notna()]
    known = known.sort_values([figure, "name"], ascending=[ascending, True])
    notes = []
    if len(known) > LIMIT:
        half = LIMIT // 2
        notes.append(f"Shown: the first {half} and the last {half} of {len(known)} regions.")
        known = pd.concat([known.head(half), known.tail(half)])
    return known.reset_index(drop=True), notes


def unknown_note(frame: pd.DataFrame, figure: str) -> list[str]:
    """Return a note of how many regions are unknown, or nothing."""
    count = int(frame[figure].isna().sum())
    if count == 0:
        return []
    return [f"Unknown in {count} region{'s' if count > 1 else ''}, left out."]


def inline(frame: pd.DataFrame) -> alt.InlineData:
    """Return a table as data inside the chart: figures to six decimals, unknown as null."""
    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        cells = frame[name]
        if pd.api.types.is_float_dtype(cells):
            columns[str(name)] = [
                round(float(v), 6) if np.isfinite(v) else None for v in cells.to_numpy()
            ]
        else:
            columns[str(name)] = [None if pd.isna(v) else v for v in cells.tolist()]
    keys = list(columns)
    return alt.InlineData(
        values=[dict(zip(keys, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    )


def rank_text(frame: pd.DataFrame) -> list[str]:
    """Return each rank with its band as text, for example ``"7 (5–9)"``."""
    found = []
    for rank, low, high in zip(frame["rank"], frame["rank_low"], frame["rank_high"], strict=True):
        text = "" if pd.isna(rank) else f"{rank:.0f}"
        if text and not (pd.isna(low) or pd.isna(high)):
            text += f" ({low:.0f}–{high:.0f})"
        found.append(text)
    return found


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Return positions moved apart so that labels at least ``gap`` apart do not overlap.

    Parameters
    ----------
    positions : sequence of float
        Where each label would stand.
    gap : float
        Least distance between neighbours, in the same unit.

    Returns
    -------
    list of float
        In the order given; each cluster stays centred on where its labels would stand.
    """
    order = np.argsort(positions, kind="stable")
    clusters: list[list[float]] = []  # each: middle of its labels, number of labels
    for place in order:
        clusters.append([float(positions[place]), 1])
        while len(clusters) > 1:
            (below, few), (above, many) = clusters[-2:]
            if above - below >= gap * (few + many) / 2:
                break
            clusters[-2:] = [[(below * few + above * many) / (few + many), few + many]]
    moved = [middle + gap * (i - (n - 1) / 2) for middle, n in clusters for i in range(int(n))]
    placed = dict(zip(order.tolist(), moved, strict=True))
    return [placed[i] for i in range(len(positions))]


def source_line(result: Result, system: System) -> str:
    """Return the publishers behind a result as one line, for the foot of a chart's title."""
    keys = dict.fromkeys(
        key.strip()
        for use in result.note.tables.values()
        for source in use.sources
        for key in source.split(",")
        if key.strip()
    )
    publishers = {}
    if "sources" in system:
        table = system.table("sources")
        if "publisher" in table:
            publishers = dict(zip(table["source"], table["publisher"], strict=True))
    known = [publishers.get(key) for key in keys]
    names = [
        key if name is None or pd.isna(name) else str(name)
        for key, name in zip(keys, known, strict=True)
    ]
    ordered = list(dict.fromkeys(names))
    text = "; ".join(ordered[:4]) + (f"; {len(ordered) - 4} more" if len(ordered) > 4 else "")
    return f"Source: {text}." if text else f"Source: tables of the system {result.system}."


def short_name(result: Result, code: str) -> str:
    """Return the name of an item up to its colon, so that a legend stays short.

    Parameters
    ----------
    result : Result
        With the name of the item in its labels.
    code : str

    Returns
    -------
    str
    """
    return result.labels.get(code, code.capitalize()).split(":")[0]


def by_part(frame: pd.DataFrame, result: Result, codes: Sequence[str]) -> pd.DataFrame:
    """Return one row per region and part, with the figure and the name of the part.

    Parameters
    ----------
    frame : DataFrame
        One row per region with one column of figures per part.
    result : Result
        With the names of the parts in its labels.
    codes : sequence of str
        The columns.

    Returns
    -------
    DataFrame
        The rows of ``frame`` once per part, with ``code``, ``part`` and ``figure``.
    """
    pieces = [
        frame.assign(code=code, part=short_name(result, code), figure=frame[code]) for code in codes
    ]
    return pd.concat(pieces, ignore_index=True)


def two_lines(label: str) -> str:
    """Break a long name into two lines of about the same length, marked by ``|``.

    Parameters
    ----------
    label : str

    Returns
    -------
    str
        The name itself when it is short or one word.
    """
    words = label.split()
    if len(label) <= 24 or len(words) < 2:
        return label
    ways = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    return "|".join(min(ways, key=lambda pair: max(map(len, pair))))
