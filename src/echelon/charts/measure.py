"""The charts of the index and of talent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, cells, parts, ranked, tips
from echelon.charts.rows import (
    by_part,
    last_year,
    named,
    rank_text,
    short_name,
    shortened,
    source_line,
    two_lines,
    unknown_note,
)
from echelon.charts.theme import dress

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["index_heatmap", "index_ranking", "rank_ticks", "talent_profile", "talent_ranking"]

_RANK_BAND = "Bars: 5–95 % band of the rank over other choices of weights, scale, filling, outliers and mean."
_DIMENSIONS = ("level", "quality", "vitality")


def _rank_chart(frame: pd.DataFrame, score: str, title: str) -> tuple[alt.LayerChart, list[str]]:
    """Draw ranks with their bands and the score at the right edge."""
    kept, notes = shortened(frame, "rank", ascending=True)
    kept = kept.assign(
        beside=[
            f"{value:.1f} · {text}"
            for value, text in zip(kept[score], rank_text(kept), strict=True)
        ]
    )
    last = float(kept[["rank", "rank_high"]].max().max())
    field = Field("rank", "Rank, 1 is the highest", ".0f", (0.5, last + 0.5), rank_ticks(last))
    chart = ranked(
        kept, field, low="rank_low", high="rank_high", beside=("beside", "Score · rank (5–95 %)"),
        tooltip=tips(Field(score, title, ".1f"), *RANK_FIELDS, year=1),
    )  # fmt: skip
    return chart, [*notes, *unknown_note(frame, "rank")]


def rank_ticks(last: float) -> tuple[float, ...]:
    """Return rank 1 and about ten round ranks up to the last."""
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if last / step <= 12)
    return (1.0, *(float(rank) for rank in range(step, int(last) + 1, step) if rank > 1))


def index_ranking(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by the whole index, with the band in which the rank may lie.

    Parameters
    ----------
    result : Result
        Of ``measure.index``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("index"), result.labels)
    top = frame["item"].iloc[0]
    whole, year = last_year(frame[frame["item"] == top], "score")
    chart, notes = _rank_chart(whole, "score", "Score, 0 to 100")
    name = result.labels.get(str(top), str(top))
    heading = f"Regions by the index: {name[:1].lower()}{name[1:]}"
    first = f"{year}. Score 0 to 100. {_RANK_BAND}"
    return dress(chart, heading, [first, *notes, source_line(result, system)])


def index_heatmap(result: Result, system: System) -> alt.LayerChart:
    """Show each region's score on the whole index and on every group of indicators.

    Parameters
    ----------
    result : Result
        Of ``measure.index``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("index"), result.labels)
    items = list(dict.fromkeys(frame["item"]))
    latest, year = last_year(frame[frame["item"] == items[0]], "score")
    kept, notes = shortened(latest, "score")
    heads = {item: two_lines(result.labels.get(str(item), str(item))) for item in items}
    table = frame[(frame["year"] == year) & frame["region"].isin(kept["region"])]
    table = table.assign(column=table["item"].map(heads))
    field = Field("score", "Score, 0 to 100", ".0f", (0.0, 100.0))
    tooltip = tips(
        Field("score", "Score, 0 to 100", ".1f"), *RANK_FIELDS, year=1, words={"label": "Group"}
    )
    chart = cells(
        table, field, order=kept["name"].tolist(), columns=list(heads.values()), tooltip=tooltip
    )
    notes = [f"{year}. Score 0 to 100, brighter is higher.", *notes, source_line(result, system)]
    return dress(chart, "Scores by region and group of indicators", notes)


def talent_ranking(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by their talent index, with the band in which the rank may lie.

    Parameters
    ----------
    result : Result
        Of ``measure.talent``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(result.table("talent"), result.labels), "talent")
    chart, notes = _rank_chart(frame, "talent", "Talent index, 0 to 100")
    first = f"{year}. Talent index 0 to 100. {_RANK_BAND}"
    return dress(chart, "Regions by their talent", [first, *notes, source_line(result, system)])


def talent_profile(result: Result, system: System) -> alt.LayerChart:
    """Compare the level, quality and vitality of each region's talent.

    Parameters
    ----------
    result : Result
        Of ``measure.talent``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(result.table("talent"), result.labels), "talent")
    kept, notes = shortened(frame, "talent")
    long = by_part(kept, result, _DIMENSIONS).assign(marked=False)
    field = Field("figure", "Score, 0 to 100", ".0f", (0.0, 100.0))
    tooltip = tips(
        Field("figure", "Score, 0 to 100", ".1f"), Field("talent", "Talent index, 0 to 100", ".1f"),
        year=1, words={"part": "Dimension"},
    )  # fmt: skip
    chart = parts(
        long, field, order=kept["name"].tolist(),
        names=[short_name(result, code) for code in _DIMENSIONS], tooltip=tooltip,
    )  # fmt: skip
    notes = [
        f"{year}. In the order of the talent index. Level: top talent; quality: attainment and"
        " skill; vitality: movement and activity.",
        *notes,
        source_line(result, system),
    ]
    return dress(chart, "Level, quality and vitality of each region's talent", notes)
