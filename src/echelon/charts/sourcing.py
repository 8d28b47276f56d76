"""The charts of introduction against cultivation: shares, parts of growth, and the two costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt

from echelon.charts.forms import Field, parts, tips
from echelon.charts.rows import by_part, last_year, named, shortened, source_line
from echelon.charts.shares import PLAIN, figure_ranking, span
from echelon.charts.theme import dress

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["sourcing_costs", "sourcing_growth", "sourcing_ranking"]

_GROWTH = {
    "graduates": "Graduates",
    "net": "Net moves",
    "abroad": "From abroad",
    "residual": "Residual",
}
_COSTS = {"build_cost": "Training", "buy_cost": "Recruiting"}


def sourcing_ranking(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by the share of new degree holders who were brought in.

    Parameters
    ----------
    result : Result
        Of ``diagnose.sourcing``.
    system : System

    Returns
    -------
    LayerChart
    """
    first = result.table("accounts")["year"].min()
    return figure_ranking(
        result, system, column="introduced_share", axis="Per cent of all additions",
        title="Degree holders brought in, as a share of all who were added",
        notes=[
            f"Means from {first} on. Arrivals from other regions and from abroad, per cent of these "
            "and the region's graduates. Bars: 5–95 % band over the years.",
        ],
        more=(Field("graduates", "Graduates a year", ",.0f"), Field("arrived", "Arrived a year", ",.0f")),
    )  # fmt: skip


def sourcing_growth(result: Result, system: System) -> alt.LayerChart:
    """Compare what the stock of degree holders grew from, per 1,000 holders a year.

    Parameters
    ----------
    result : Result
        Of ``diagnose.sourcing``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(result.table(), result.labels), "change")
    accounts = result.table("accounts")
    stock = accounts.groupby("region")["stock"].mean()
    frame = frame.assign(net=frame["arrived"] - frame["left"])
    per = 1000 / frame["region"].map(stock)
    frame = frame.assign(
        **{code: frame[code] * per for code in _GROWTH}, growth=frame["change"] * per
    )
    kept, notes = shortened(frame, "growth")
    known = [code for code in _GROWTH if kept[code].notna().any()]
    kept = kept[["region", "name", "year", "growth", *known]]
    long = by_part(kept, result, known).assign(marked=False)
    long["part"] = long["code"].map(_GROWTH)
    chart = parts(
        long, Field("figure", "Per 1,000 degree holders, a year", PLAIN, span(kept, *known)),
        order=kept["name"].tolist(), names=[_GROWTH[code] for code in known],
        tooltip=tips(
            Field("figure", "Per 1,000 holders, a year", ".1f"),
            Field("growth", "Growth per 1,000", ".1f"), year=1, words={"part": "From"},
        ),
    )  # fmt: skip
    first = accounts["year"].min()
    notes = [
        f"Means of {first} to {year}, in the order of the growth; the four parts add up to it. Residual: "
        "deaths, emigration, degrees earned late, errors.",
        *notes,
    ]
    title = "What the stock of degree holders grew from"
    return dress(chart, title, [*notes, source_line(result, system)])


def sourcing_costs(result: Result, system: System) -> alt.LayerChart:
    """Compare what an effective worker-year costs by training and by recruiting.

    Parameters
    ----------
    result : Result
        Of ``diagnose.sourcing``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(result.table(), result.labels), "build_cost")
    kept, notes = shortened(frame, "build_cost")
    ends = [f"{code}_{end}" for code in _COSTS for end in ("low", "high")]
    columns = ["build_cost", "buy_cost", *ends]
    kept = kept[["region", "name", "year", *columns, "break_even_premium"]]
    kept = kept.assign(**{column: kept[column] / 1000 for column in columns})
    long = by_part(kept, result, list(_COSTS)).assign(marked=False)
    long["part"] = long["code"].map(_COSTS)
    for end in ("low", "high"):
        long[end] = [row[f"{row['code']}_{end}"] for _, row in long.iterrows()]
    ends_of = span(kept, *_COSTS, zero=True)
    chart = parts(
        long, Field("figure", "Thousand currency units a worker-year", PLAIN, ends_of),
        order=kept["name"].tolist(), names=list(_COSTS.values()),
        tooltip=tips(
            Field("figure", "Thousand per worker-year", ".1f"), Field("low", "5 % end", ".1f"),
            Field("high", "95 % end", ".1f"),
            Field("break_even_premium", "Premium at which both cost as much, % of the wage", ".0f"),
            year=1, words={"part": "By"},
        ),
    )  # fmt: skip
    notes = [
        f"{year}. Central assumptions; the bands in the tooltip are over their ranges. Do not rank by "
        "the ratio: recruiting within a country makes nobody.",
        *notes,
    ]
    title = "What an effective worker-year costs by each way"
    return dress(chart, title, [*notes, source_line(result, system)])
