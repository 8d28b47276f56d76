"""The charts of the chains: strength, fit of each link against chance, missing links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from echelon.charts.forms import RANK_FIELDS, Field, cells, ranked, tips
from echelon.charts.rows import (
    named,
    rank_text,
    shortened,
    source_line,
    two_lines,
    unknown_note,
)
from echelon.charts.theme import dress
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["chains_links", "chains_missing", "chains_ranking"]

_MOST_COLUMNS = 20
_MOST_NAME = 34


def chains_ranking(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by the strength of their chain, with its band.

    Parameters
    ----------
    result : Result
        Of ``measure.chains``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("chains"), result.labels)
    kept, notes = shortened(frame, "strength")
    kept = kept.assign(
        beside=[f"{v:.3f} · {t}" for v, t in zip(kept["strength"], rank_text(kept), strict=True)]
    )
    field = Field("strength", "Strength of the chain, 1 is a perfect fit", ".2f")
    chart = ranked(
        kept, field, low="strength_low", high="strength_high",
        beside=("beside", "Strength · rank (5–95 %)"),
        tooltip=tips(Field("strength", "Strength, 0 to 1", ".3f"), *RANK_FIELDS, year=1,
                     words={"weakest_link": "Weakest link"}),
    )  # fmt: skip
    first = (
        f"{int(frame['year'].max())}. Mean fit of the links from innovation to fields of study. Bars:"
        " 5–95 % band when shares, items and weights vary."
    )
    lines = [first, *notes, *unknown_note(frame, "strength"), source_line(result, system)]
    return dress(chart, "Regions by the strength of their chain", lines)


def chains_links(result: Result, system: System) -> alt.LayerChart:
    """Show for each region and link where its fit lies in the band that chance gives.

    Parameters
    ----------
    result : Result
        Of ``measure.chains``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("links"), result.labels)
    above = frame["alignment"] - frame["null_median"]
    width = np.where(above >= 0, frame["null_high"] - frame["null_median"],
                     frame["null_median"] - frame["null_low"])  # fmt: skip
    heads = {link: two_lines(result.labels[link]) for link in frame["link"].unique()}
    frame = frame.assign(
        place=(above / np.where(width > 1e-12, width, np.nan)).clip(-9, 9),
        column=frame["link"].map(heads),
    )
    kept, notes = shortened(named(result.table("chains"), result.labels), "strength")
    shown = frame[frame["region"].isin(kept["region"])]
    chart = cells(
        shown, Field("place", "Place in the band of chance", ".1f", (-2.0, 2.0)),
        order=kept["name"].tolist(), columns=list(heads.values()),
        tooltip=tips(Field("alignment", "Alignment, 0 to 1", ".4f"),
                     Field("null_low", "Chance, 5 % end", ".4f"),
                     Field("null_high", "Chance, 95 % end", ".4f"), Field("q", "q", ".3f"), year=1,
                     words={"column": "Link"}),
    )  # fmt: skip
    first = (
        "0: as well as chance in the middle; 1 and more: better than 95 % of chance; −1 and less: "
        "worse than 95 %. In the order of strength."
    )
    title = "How well each link fits, compared with chance"
    return dress(chart, title, [first, *notes, source_line(result, system)])


def chains_missing(result: Result, system: System) -> alt.LayerChart:
    """Show which items each region lacks or has idle, for the link with the most readable items.

    Parameters
    ----------
    result : Result
        Of ``measure.chains``.
    system : System

    Returns
    -------
    LayerChart
    """
    gaps = named(result.table("gaps"), result.labels)
    counts = gaps.groupby("link", sort=False)["item"].nunique()
    fit = [link for link in counts.index if counts[link] >= 3]
    if not fit:
        raise InsufficientData(
            "There is nothing to draw: no link has three items", fix="Use a finer classification"
        )
    link = fit[0]
    rows = gaps[gaps["link"] == link]
    ratio = rows["implied_quotient"] / rows["actual_quotient"].where(rows["actual_quotient"] > 0)
    rows = rows.assign(lack=np.log2(ratio.where(ratio > 0)))
    spread = rows.groupby("item")["lack"].apply(lambda v: v.abs().mean()).nlargest(_MOST_COLUMNS)
    heads = {item: _short(result.labels.get(item, item)) for item in spread.index}
    rows = rows[rows["item"].isin(heads)].assign(column=lambda f: f["item"].map(heads))
    kept, notes = shortened(named(result.table("chains"), result.labels), "strength")
    rows = rows[rows["region"].isin(kept["region"])]
    chart = cells(
        rows, Field("lack", "Doublings", ".0f", (-2.0, 2.0)),
        order=kept["name"].tolist(), columns=list(heads.values()),
        tooltip=tips(Field("implied_quotient", "Implied, times the nation's share", ".2f"),
                     Field("actual_quotient", "Actual, times the nation's share", ".2f"),
                     Field("gap", "Gap", ",.0f"), year=1,
                     words={"column": "Item", "unit": "Unit of the gap", "missing": "Missing link"}),
    )  # fmt: skip
    first = (
        f"Link {result.labels[link].lower()}. Doublings of the implied over the actual share: 1 is "
        "twice as much implied as there is (lacking), −1 half as much (idle)."
    )
    title = "Missing links: what each region lacks, and what it has without a counterpart"
    return dress(chart, title, [first, *notes, source_line(result, system)])


def _short(name: str) -> str:
    """Return a name that fits above a narrow column."""
    if len(name) <= _MOST_NAME:
        return name
    return name[:_MOST_NAME].rsplit(" ", 1)[0].rstrip(",;") + " …"
