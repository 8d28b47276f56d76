"""The charts of sensitivity: which choice of method moves the ranks, and how far they move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, ranked, tips
from echelon.charts.measure import rank_ticks
from echelon.charts.rows import inline, named, shortened, source_line, unknown_note
from echelon.charts.theme import CATEGORIES, dress, stack
from echelon.measure.sensitivity import RANKINGS

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["sensitivity_factors", "sensitivity_ranks"]

_PARTS = {"first_order": "alone", "total": "with its interactions"}


def sensitivity_factors(result: Result, system: System) -> alt.LayerChart:
    """Show the share of the movement of the ranks that goes back to each choice, with its band.

    Parameters
    ----------
    result : Result
        Of ``measure.sensitivity``.
    system : System

    Returns
    -------
    LayerChart
    """
    table = result.table("sensitivity")
    frame = pd.concat(
        [
            table[["label", "choices"]].assign(
                part=words, value=table[part], low=table[f"{part}_low"], high=table[f"{part}_high"]
            )
            for part, words in _PARTS.items()
        ],
        ignore_index=True,
    )
    top = max(1.0, float(frame["high"].max()))
    scale = alt.Scale(domain=[min(0.0, float(frame["low"].min())), top], nice=False)
    names = list(_PARTS.values())
    tooltip = [
        alt.Tooltip("label:N", title="Choice of method"),
        alt.Tooltip("choices:N", title="Drawn"),
        alt.Tooltip("part:N", title="Share"),
        *(
            alt.Tooltip(f"{column}:Q", title=title, format=".2f")
            for column, title in (("value", "Index"), ("low", "5 % end"), ("high", "95 % end"))
        ),
    ]
    base = alt.Chart(inline(frame)).encode(
        y=alt.Y("label:N", sort=table["label"].tolist(),
                axis=alt.Axis(title=None, labelLimit=170, grid=False)),
        yOffset=alt.YOffset("part:N", sort=names, scale=alt.Scale(paddingInner=0.1)),
        tooltip=tooltip,
    )  # fmt: skip
    axis = alt.Axis(title="Share of the variance of the mean rank shift, 0 to 1", format=".1f")
    bars = base.mark_bar(opacity=0.85).encode(
        x=alt.X("value:Q", scale=scale, axis=axis),
        color=alt.Color("part:N", legend=alt.Legend(title=None, orient="top"),
                        scale=alt.Scale(domain=names, range=[CATEGORIES[1], CATEGORIES[0]])),
    )  # fmt: skip
    ends = base.mark_rule(style="ring", strokeWidth=2).encode(x=alt.X("low:Q"), x2="high:Q")
    chart = stack(bars, ends).properties(width=470, height=46 * len(table))
    year, ranking = _what(result)
    moved = result.table("draws").iloc[-1]
    notes = [
        f"{year}, ranks of the {ranking}. Over all mixes of choices a region "
        f"moves by {moved['shift']:.1f} places on average. Lines: 5–95 % band of each share.",
        *([] if (table["total"] > 0).any() else ["No choice of method moves a rank."]),
        source_line(result, system),
    ]
    return dress(chart, "Which choice of method moves the ranks", notes)


def _what(result: Result) -> tuple[object, str]:
    """Return the year and the ranking."""
    note = result.note.parameters
    return note["year"], RANKINGS[str(note["of"])]


def sensitivity_ranks(result: Result, system: System) -> alt.LayerChart:
    """Show the rank of each region with the band in which it stays under other choices.

    Parameters
    ----------
    result : Result
        Of ``measure.sensitivity``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("ranks"), result.labels)
    kept, notes = shortened(frame, "rank", ascending=True)
    kept = kept.assign(
        beside=[
            f"{median:g} ({low:.0f}–{high:.0f})"
            for median, low, high in zip(
                kept["rank_median"], kept["rank_low"], kept["rank_high"], strict=True
            )
        ]
    )
    last = float(kept[["rank", "rank_high"]].max().max())
    field = Field("rank", "Rank, 1 is the highest", ".0f", (0.5, last + 0.5), rank_ticks(last))
    chart = ranked(
        kept, field, low="rank_low", high="rank_high", beside=("beside", "Median (5–95 %)"),
        tooltip=tips(*RANK_FIELDS, Field("rank_median", "Rank, median", "~g"), year=1),
    )  # fmt: skip
    year, ranking = _what(result)
    notes = [
        f"{year}. Dots: rank on the {ranking} with the chosen method. Bars: 5–95 % band"
        " over all mixes of choices.",
        *notes,
        *unknown_note(frame, "rank"),
        source_line(result, system),
    ]
    return dress(chart, "How far other choices of method would move each region", notes)
