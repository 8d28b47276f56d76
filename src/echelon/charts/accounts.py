"""The charts of the accounts of talent: stocks, gaps, flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, cells, parts, ranked, tips
from echelon.charts.rows import named, rank_text, shortened, source_line, two_lines
from echelon.charts.theme import dress
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["accounts_flows", "accounts_gaps", "accounts_stock"]

_FLOWS = {
    "graduates": "Graduates", "openings": "Openings", "departures": "Departures",
    "net_moves": "Net moves between regions",
}  # fmt: skip


def accounts_stock(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by their stock of the highest tier, with its band.

    Parameters
    ----------
    result : Result
        Of ``diagnose.accounts``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table(), result.labels)
    tier = str(frame["tier"].iloc[0])
    kept, notes = shortened(frame[frame["tier"] == tier], "per_1000")
    year = int(kept["year"].iloc[0])
    kept = kept.assign(
        beside=[f"{value:.1f} · {text}" for value, text in
                zip(kept["per_1000"], rank_text(kept), strict=True)]
    )  # fmt: skip
    unit = result.units["per_1000"]
    field = Field("per_1000", f"{tier.capitalize()}, {unit}", ".0f")
    chart = ranked(
        kept, field, low="per_1000_low", high="per_1000_high",
        beside=("beside", "Stock · rank (5–95 %)"),
        tooltip=tips(
            Field("per_1000", f"Stock {unit}", ".2f"), Field("stock", "Stock", ",.0f"),
            *RANK_FIELDS, year=1,
        ),
    )  # fmt: skip
    first = f"{year}. Bars: 5–95 % band of the error of the figures."
    title = f"Stock by region: {tier}"
    return dress(chart, title, [first, *notes, source_line(result, system)])


def accounts_gaps(result: Result, system: System) -> alt.LayerChart:
    """Show every region's stock of each tier in per cent of the reference.

    Parameters
    ----------
    result : Result
        Of ``diagnose.accounts``.
    system : System

    Returns
    -------
    LayerChart
    """
    if "gaps" not in result.frames:
        raise InsufficientData(
            "There is nothing to draw: the result has no gaps", fix="Give a reference with figures"
        )
    frame = named(result.table("gaps"), result.labels)
    whole = frame["reference_per_1000"].where(frame["reference_per_1000"] > 0)
    frame = frame.assign(share=100 * frame["per_1000"] / whole)
    tiers = [str(tier) for tier in dict.fromkeys(frame["tier"])]
    order, notes = shortened(frame[frame["tier"] == tiers[0]], "share")
    heads = {tier: two_lines(tier.capitalize()) for tier in tiers}
    table = frame[frame["region"].isin(order["region"])]
    table = table.assign(column=table["tier"].map(heads))
    field = Field("share", "Per cent of the reference", ".0f", (0.0, 150.0))
    tooltip = tips(
        Field("share", "Per cent of the reference", ".1f"),
        Field("gap_per_1000", "Gap per 1,000", ".2f"), Field("gap_people", "Gap", ",.0f"),
        year=1, words={"column": "Tier", "verdict": "Years to close"},
    )  # fmt: skip
    columns = ["name", "year", "column", "share", "gap_per_1000", "gap_people", "verdict"]
    chart = cells(
        table[columns], field, order=order["name"].tolist(), columns=list(heads.values()),
        tooltip=tooltip,
    )  # fmt: skip
    reference = str(frame["reference"].iloc[0])
    words = {"p90": "the 90th percentile of the regions", "leader": "the leading region"}
    what = words.get(reference, result.labels.get(reference, reference))
    first = (
        f"{int(frame['year'].iloc[0])}. Stock per 1,000 in per cent of {what}; brighter is higher."
    )
    return dress(chart, "Stock of talent against the reference",
                 [first, *notes, source_line(result, system)])  # fmt: skip


def accounts_flows(result: Result, system: System) -> alt.LayerChart:
    """Compare what adds to each tier and what leaves it in a year, all regions together.

    Parameters
    ----------
    result : Result
        Of ``diagnose.accounts``.
    system : System

    Returns
    -------
    LayerChart
    """
    table = result.table()
    known = [name for name in _FLOWS if table[name].notna().any()]
    if not known:
        raise InsufficientData(
            "There is nothing to draw: graduates, openings, departures and moves are unknown",
            fix="Add graduates with programme_occupations, demand or flows",
        )
    sums = table.groupby("tier", sort=False)[["stock", *known]].sum()
    rows = [
        {"name": str(tier).capitalize(), "part": _FLOWS[name], "marked": False,
         "share": 100 * row[name] / row["stock"], "people": row[name]}
        for tier, row in sums.iterrows() for name in known if row["stock"] > 0
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    tooltip = [
        alt.Tooltip("name:N", title="Tier"), alt.Tooltip("part:N", title="Flow"),
        alt.Tooltip("share:Q", title="Per 100 people", format=".2f"),
        alt.Tooltip("people:Q", title="People a year", format=",.0f"),
    ]  # fmt: skip
    field = Field("share", "People a year per 100 people of the tier", ".0f")
    chart = parts(
        frame, field, order=list(dict.fromkeys(frame["name"])), names=[_FLOWS[n] for n in known],
        tooltip=tooltip,
    )  # fmt: skip
    year = int(table["year"].iloc[0])
    notes = [
        f"Stock of {year}; flows of the last year that is known. Openings and departures count "
        "changes of occupation, also within a tier.",
        source_line(result, system),
    ]
    return dress(chart, "What adds to each tier and what leaves it", notes)
