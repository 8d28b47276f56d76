"""The charts of mismatch: regions by level, over and under, graduates by field against need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from echelon.charts.forms import Field, cells, parts, tips
from echelon.charts.rows import by_part, last_year, named, shortened, source_line
from echelon.charts.shares import PLAIN, figure_ranking, span
from echelon.charts.theme import dress
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["mismatch_fields", "mismatch_parts", "mismatch_ranking"]

_LONGEST = 30
_PARTS = {"over": "Above what the work needs", "under": "Below what the work needs",
          "over_graduates": "Graduates below their level"}  # fmt: skip


def mismatch_ranking(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by the share of people who work above or below their education.

    Parameters
    ----------
    result : Result
        Of ``diagnose.mismatch``.
    system : System

    Returns
    -------
    LayerChart
    """
    return figure_ranking(
        result, system, column="mismatch", axis="Per cent of people at work",
        title="People whose education does not fit their work",
        notes=[
            "Over- and under-educated people, per cent of people at work. Bars: 5–95 % band of "
            "sampling errors; the band of the rank is also over three measures.",
        ],
        more=(Field("over", "Over-educated, %", ".1f"), Field("under", "Under-educated, %", ".1f")),
    )  # fmt: skip


def mismatch_parts(result: Result, system: System) -> alt.LayerChart:
    """Compare over- and under-education and the graduates in work for lower levels.

    Parameters
    ----------
    result : Result
        Of ``diagnose.mismatch``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(result.table(), result.labels), "mismatch")
    kept, notes = shortened(frame, "over")
    known = [code for code in _PARTS if kept[code].notna().any()]
    kept = kept[["region", "name", "year", *known]]
    long = by_part(kept, result, known).assign(marked=False)
    long["part"] = long["code"].map(_PARTS)
    field = Field("figure", "Per cent", PLAIN, span(kept, *known, zero=True))
    chart = parts(
        long, field, order=kept["name"].tolist(), names=[_PARTS[code] for code in known],
        tooltip=tips(Field("figure", "Per cent", ".1f"), year=1, words={"part": "Share"}),
    )  # fmt: skip
    notes = [
        f"{year}. Per cent of people at work; graduates in work that fits lower levels: per cent of "
        "graduates at work.",
        *notes,
    ]
    return dress(
        chart, "Over- and under-education by region", [*notes, source_line(result, system)]
    )


def mismatch_fields(result: Result, system: System) -> alt.LayerChart:
    """Show in which fields each region trains more or fewer than the mix of its posts.

    Parameters
    ----------
    result : Result
        Of ``diagnose.mismatch``.
    system : System

    Returns
    -------
    LayerChart
    """
    fields = result.table("fields")
    if fields.empty or fields["gap"].notna().sum() == 0:
        raise InsufficientData(
            "There is nothing to draw: graduates or need by field are unknown",
            fix="Add the tables graduates, programme_occupations, demand and fields",
        )
    level = fields["level"].iloc[0]
    frame = named(fields[fields["level"] == level], result.labels)
    frame = frame.assign(difference=frame["graduate_share"] - frame["need_share"])
    spread = frame.groupby("region")["difference"].agg(lambda d: float(np.abs(d).sum()) / 2)
    order = named(spread.rename("size").reset_index(), result.labels)
    kept, notes = shortened(order, "size")
    frame = frame[frame["region"].isin(kept["region"])]
    heads = _headings(result, frame["field"].unique().tolist())
    # Adding 0 turns a rounded -0 into 0.
    frame = frame.assign(
        column=frame["field"].map(heads), points=frame["difference"].round() + 0.0,
        about=frame["field"].map(result.labels),
    )  # fmt: skip
    end = float(np.nanquantile(np.abs(frame["difference"]), 0.98)) or 1.0
    drawn = [
        "region",
        "name",
        "year",
        "column",
        "about",
        "points",
        "difference",
        "gap",
        "graduates",
        "need",
    ]
    chart = cells(
        frame[drawn], Field("points", "Percentage points", "+.0f", (-end, end)),
        order=kept["name"].tolist(), columns=list(heads.values()),
        tooltip=tips(
            Field("difference", "Share of graduates less share of need, points", "+.1f"),
            Field("gap", "Graduates a year more than the mix of the need", "+,.0f"),
            Field("graduates", "Graduates a year", ",.0f"), Field("need", "Need a year", ",.0f"),
            words={"about": "Field"},
        ),
    )  # fmt: skip
    name = result.labels.get(str(level), str(level))
    notes = [
        f"{int(frame['year'].max())}, {name}. Share of graduates less share of the need, percentage "
        "points: bright, more graduates than the mix of the posts for newcomers; dark, fewer.",
        *notes,
    ]
    title = "Fields with more or fewer graduates than the mix of the posts"
    return dress(chart, title, [*notes, source_line(result, system)])


def _headings(result: Result, fields: list[str]) -> dict[str, str]:
    """Return a heading of one short line for each field; the whole name is in the tooltip."""
    found: dict[str, str] = {}
    for field in fields:
        name = result.labels.get(str(field), str(field))
        short = (
            name
            if len(name) <= _LONGEST
            else name[: _LONGEST - 1].rsplit(" ", 1)[0].rstrip(",") + "…"
        )
        found[field] = f"{short} ({field})" if short in found.values() else short
    return found
