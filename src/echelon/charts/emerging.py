"""The charts of what emerges: growth of shares by item, and the regions that live by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, ranked, tips
from echelon.charts.rows import inline, named, rank_text, shortened, source_line
from echelon.charts.theme import CATEGORIES, SHAPES, dress, row_step, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["emerging_exposure", "emerging_growth"]

_MOST = 40
_LONGEST = 36
_CLASSES = ("emerging", "growing", "steady", "declining")
_COLOURS = (CATEGORIES[2], CATEGORIES[4], "#808080", CATEGORIES[3])
_PLOT = 430


def emerging_growth(result: Result, system: System) -> alt.LayerChart:
    """Show how fast each technology, or else each industry, gains or loses share, with its band.

    Parameters
    ----------
    result : Result
        Of ``project.emerging``.
    system : System

    Returns
    -------
    LayerChart
    """
    table = result.table("emerging")
    kind = str(table["kind"].iloc[0])
    rows = table[table["kind"] == kind].sort_values("growth", ascending=False)
    notes = []
    if len(rows) > _MOST:
        half = _MOST // 2
        notes.append(f"Shown: the {half} highest and the {half} lowest of {len(rows)}.")
        rows = pd.concat([rows.head(half), rows.tail(half)])
    names = rows["item"].map(lambda code: str(result.labels.get(code, code)))
    names = names.map(lambda n: n if len(n) <= _LONGEST else n[: _LONGEST - 2].rstrip(" ,") + "…")
    per_cent = {name: 100 * rows[name] for name in ("growth", "low", "high")}
    rows = rows.assign(
        name=names.where(~names.duplicated(keep=False), names + " (" + rows["item"] + ")"),
        **per_cent,
        shares=[
            f"{100 * a:.2g} → {100 * b:.2g} %"
            for a, b in zip(rows["share_first"], rows["share_last"], strict=True)
        ],
    )
    first, last = int(rows["first_year"].min()), int(rows["last_year"].max())
    chart = _classes(rows)
    lines = [
        f"{first}–{last}, shares of all {rows['unit'].iloc[0]}. Growth of the odds a year, per cent, small "
        "counts drawn towards the mean; bars: 5–95 % band.",
        *notes,
        source_line(result, system),
    ]
    plural = {"technology": "fields of technology", "industry": "industries"}.get(kind, f"{kind}s")
    return dress(chart, f"Which {plural} gain share", lines)


def _classes(rows: pd.DataFrame) -> alt.LayerChart:
    """Draw a dot per item coloured by its class, with its band behind it and its shares beside it."""
    order = rows["name"].tolist()
    y = alt.Y(
        "name:N", sort=order, axis=alt.Axis(title=None, labelLimit=220, grid=False),
        scale=alt.Scale(padding=0),
    )  # fmt: skip
    low, high = float(rows["low"].min()), float(rows["high"].max())
    pad = 0.04 * (high - low or 1.0)
    scale = alt.Scale(domain=[low - pad, high + pad], nice=False)
    axis = alt.Axis(title="Growth of the odds, per cent a year", format=".0f")
    tooltip = [
        alt.Tooltip("name:N", title="Item"), alt.Tooltip("class:N", title="Class"),
        alt.Tooltip("growth:Q", title="Growth, per cent a year", format=".2f"),
        alt.Tooltip("low:Q", title="5 % end", format=".2f"),
        alt.Tooltip("high:Q", title="95 % end", format=".2f"),
        alt.Tooltip("q:Q", title="False discovery rate", format=".3f"),
        alt.Tooltip("shares:N", title="Share, first → last year"),
    ]  # fmt: skip
    shown = rows[["name", "class", "growth", "low", "high", "q", "shares"]]
    base = alt.Chart(inline(shown)).encode(y=y, tooltip=tooltip)
    bands = base.mark_rule(style="band").encode(
        x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q"
    )
    legend = alt.Legend(title=None, orient="top", direction="horizontal", symbolSize=80)
    dots = base.mark_point(filled=True, size=62, opacity=1).encode(
        x="growth:Q",
        color=alt.Color(
            "class:N", scale=alt.Scale(domain=list(_CLASSES), range=list(_COLOURS)), legend=legend
        ),
        shape=alt.Shape(
            "class:N", scale=alt.Scale(domain=list(_CLASSES), range=list(SHAPES[:4])), legend=legend
        ),
    )
    zero = alt.Chart(alt.InlineData(values=[{"x": 0}])).mark_rule(strokeDash=[3, 3]).encode(x="x:Q")
    text = base.mark_text(align="left", baseline="middle", aria=False).encode(
        x=alt.value(_PLOT - 50), text="shares:N"
    )
    heading = (
        alt.Chart(alt.InlineData(values=[{}]))
        .mark_text(align="left", baseline="bottom", style="header")
        .encode(x=alt.value(_PLOT - 50), y=alt.value(-4), text=alt.value("Share"))
    )
    return stack(zero, bands, dots, text, heading).properties(
        width=_PLOT - 60, height=len(order) * row_step(len(order))
    )


def emerging_exposure(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by their share in what gains, with bands.

    Parameters
    ----------
    result : Result
        Of ``project.emerging``.
    system : System

    Returns
    -------
    LayerChart
    """
    table = result.table("exposure")
    if table.empty:
        raise InsufficientData(
            "There is nothing to draw: nothing that is counted by region gains share",
            fix="Add counts by region, for example patents by region and technology",
        )
    kind = str(table["kind"].iloc[0])
    frame = named(table[table["kind"] == kind], result.labels)
    kept, notes = shortened(frame, "exposure")
    kept = kept.assign(
        beside=rank_text(kept), **{name: 100 * kept[name] for name in ("exposure", "low", "high")}
    )
    low, high = float(kept["low"].min()), float(kept["high"].max())
    pad = 0.04 * (high - low or 1.0)
    field = Field("exposure", "Share, per cent", ".0f", (max(0.0, low - pad), high + pad))
    kept = kept.assign(gains=kept["most"].map(lambda code: result.labels.get(code, code)))
    tooltip = tips(
        Field("exposure", "Share, per cent", ".1f"), Field("low", "Share, 5 % end", ".1f"),
        Field("high", "Share, 95 % end", ".1f"), *RANK_FIELDS, year=1,
        words={"gains": "Furthest ahead in"},
    )  # fmt: skip
    chart = ranked(
        kept, field, low="low", high="high", beside=("beside", "Rank (5–95 %)"), tooltip=tooltip
    )
    unit = {"technology": "patents in growing and emerging fields", "industry": "jobs in growing and "
            "emerging industries"}.get(kind, f"{kind} that grows")  # fmt: skip
    lines = [
        f"{int(kept['year'].iloc[0])}. Share of each region's {unit}. Bars: 5–95 % band over which of "
        "them grow.",
        *notes,
        source_line(result, system),
    ]
    return dress(chart, "Which regions live by what grows", lines)
