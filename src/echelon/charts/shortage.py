"""The charts of shortage: occupations, regions, tiers, tightness, the Beveridge curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from echelon.charts.forms import RANK_FIELDS, Field, cells, parts, ranked, tips
from echelon.charts.rows import (
    inline,
    last_year,
    named,
    rank_text,
    shortened,
    source_line,
    unknown_note,
)
from echelon.charts.theme import ACCENT, dress, stack
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "shortage_beveridge",
    "shortage_heatmap",
    "shortage_occupations",
    "shortage_recent",
    "shortage_tiers",
    "shortage_tightness",
]

_UNIT = "Index of shortage, standard deviations of its own history"
_READ = "Above 0: signals of shortage; below 0: of surplus. Not demand, which is another table."
_BAND = "Bars: 5–95 % band when weights and figures vary."
# Orange for shortage, blue for surplus, white between (ColorBrewer PuOr read from both ends).
_TWO_SIDES = ("#2166ac", "#67a9cf", "#d1e5f0", "#f7f7f7", "#fee0b6", "#f1a340", "#b35806")
_MOST = 40
# Shorter words, so that the legend fits the page.
_TIERS = {
    "strategic scientist": "scientist", "leading innovator": "innovator",
    "engineer or professional": "engineer, professional",
    "technician or skilled worker": "skilled worker", "master craft": "craft",
}  # fmt: skip


def _table(result: Result, name: str) -> pd.DataFrame:
    if name not in result.frames:
        raise InsufficientData(
            f"There is nothing to draw: the result has no table {name}",
            fix="Compute it from a system that has the figures",
        )
    return result.table(name)


def _by_occupation(
    result: Result, system: System, name: str, title: str, unit: str
) -> alt.LayerChart:
    """Draw the index of occupations in the whole system, with its band and class."""
    frame, year = last_year(_table(result, name), "shortage")
    frame = frame.assign(name=frame["occupation"].map(lambda c: _short(result.labels.get(c, c))))
    frame = frame.sort_values(["shortage", "name"], ascending=[False, True])
    notes = [f"{year}. {_READ} {_BAND}"]
    if len(frame) > _MOST:
        half = _MOST // 2
        notes.append(f"Shown: the first {half} and the last {half} of {len(frame)} occupations.")
        frame = pd.concat([frame.head(half), frame.tail(half)])
    field = Field("shortage", unit, ".1f")
    tooltip = [
        alt.Tooltip("name:N", title="Occupation"),
        alt.Tooltip("shortage:Q", title="Index", format=".2f"),
        alt.Tooltip("shortage_low:Q", title="5 % end", format=".2f"),
        alt.Tooltip("shortage_high:Q", title="95 % end", format=".2f"),
        alt.Tooltip("jobs:Q", title="People", format=",.0f"),
        alt.Tooltip("class:N", title="Class"),
    ]
    kept = ["name", "shortage", "shortage_low", "shortage_high", "jobs", "class"]
    chart = ranked(
        frame[kept], field, low="shortage_low", high="shortage_high", beside=("class", "Class"),
        tooltip=tooltip,
    )  # fmt: skip
    return dress(chart, title, [*notes, source_line(result, system)])


def shortage_occupations(result: Result, system: System) -> alt.LayerChart:
    """Rank the occupations by their signals of shortage, all regions together.

    Parameters
    ----------
    result : Result
        Of ``diagnose.shortage``.
    system : System

    Returns
    -------
    LayerChart
    """
    title = "Signals of shortage by occupation, all regions together"
    return _by_occupation(result, system, "nation", title, _UNIT)


def shortage_recent(result: Result, system: System) -> alt.LayerChart:
    """Rank the occupations by the signals that are known for the whole system only.

    Parameters
    ----------
    result : Result
        Of ``diagnose.shortage``.
    system : System

    Returns
    -------
    LayerChart
    """
    title = "Latest signals of shortage by occupation, whole system"
    frame = _table(result, "recent")
    unit = _UNIT if frame["own_history"].all() else "Index, standard deviations between occupations"
    return _by_occupation(result, system, "recent", title, unit)


def shortage_heatmap(result: Result, system: System) -> alt.LayerChart:
    """Show the index of shortage of every occupation in every region.

    Parameters
    ----------
    result : Result
        Of ``diagnose.shortage``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(result.table(), result.labels), "shortage")
    whole = frame.groupby("occupation")["jobs"].sum().sort_values(ascending=False)
    kept = list(whole.index[:22])
    mean = frame.groupby(["region", "name"])["shortage"].mean().reset_index()
    order, notes = shortened(mean, "shortage")
    heads = _heads({code: _short(result.labels.get(code, code)) for code in sorted(kept)})
    table = frame[frame["occupation"].isin(kept) & frame["region"].isin(order["region"])]
    table = table.assign(column=table["occupation"].map(heads))
    if len(whole) > len(kept):
        notes.append(f"Shown: the {len(kept)} largest of {len(whole)} occupations.")
    tooltip = tips(
        Field("shortage", "Index", ".2f"), Field("shortage_low", "5 % end", ".2f"),
        Field("shortage_high", "95 % end", ".2f"), year=1,
        words={"column": "Occupation", "class": "Class", "reliability": "Reliability"},
    )  # fmt: skip
    columns = ["region", "name", "year", "column", "shortage", "shortage_low", "shortage_high",
               "class", "reliability"]  # fmt: skip
    chart = cells(
        table[columns], Field("shortage", _UNIT, ".1f", (-1.75, 1.75)),
        order=order["name"].tolist(), columns=list(heads.values()), tooltip=tooltip,
        colours=_TWO_SIDES, printed=False,
    )  # fmt: skip
    first = (
        f"{year}. {_UNIT}, in seven steps from −1.75 (blue, surplus) to 1.75 (orange, shortage). "
        "Regions by the mean of their cells."
    )
    return dress(chart, "Signals of shortage by region and occupation",
                 [first, *notes, source_line(result, system)])  # fmt: skip


def _heads(names: dict[str, str]) -> dict[str, str]:
    """Return the first words of each name, where they tell it from the others."""
    first = {code: name.split(",")[0].split(" and ")[0][:26] for code, name in names.items()}
    taken = pd.Series(first).value_counts()
    return {code: name if taken[name] == 1 else names[code][:30] for code, name in first.items()}


def _short(name: str) -> str:
    return name.removesuffix(" Occupations").removesuffix(" Workers")


def shortage_tiers(result: Result, system: System) -> alt.LayerChart:
    """Compare the shortage of the tiers of talent in each region.

    Parameters
    ----------
    result : Result
        Of ``diagnose.shortage``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(_table(result, "tiers"), result.labels), "shortage")
    frame = frame[frame["tier"] != "general"]
    if frame.empty:
        raise InsufficientData(
            "There is nothing to draw: no tier but general",
            fix="Fill the column tier of occupations",
        )
    mean = frame.groupby(["region", "name"])["shortage"].mean().reset_index()
    order, notes = shortened(mean, "shortage")
    frame = frame.assign(tier=frame["tier"].map(lambda tier: _TIERS.get(tier, tier)))
    names = [str(tier) for tier in dict.fromkeys(frame["tier"])]
    long = frame[frame["region"].isin(order["region"])].rename(columns={"tier": "part"})
    tooltip = tips(
        Field("shortage", "Index", ".2f"), Field("shortage_low", "5 % end", ".2f"),
        Field("shortage_high", "95 % end", ".2f"), Field("people", "People", ",.0f"),
        *RANK_FIELDS, year=1, words={"part": "Tier"},
    )  # fmt: skip
    columns = ["name", "part", "year", "shortage", "shortage_low", "shortage_high", "people",
               "rank", "rank_low", "rank_high"]  # fmt: skip
    chart = parts(
        long[columns].assign(marked=False), Field("shortage", _UNIT, ".1f"),
        order=order["name"].tolist(), names=names, tooltip=tooltip,
    )  # fmt: skip
    first = f"{year}. {_READ} Tiers have the signals of the occupations that they stand in."
    return dress(chart, "Signals of shortage by tier of talent",
                 [first, *notes, source_line(result, system)])  # fmt: skip


def shortage_tightness(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by vacancies per person who looks for work, with the band.

    Parameters
    ----------
    result : Result
        Of ``diagnose.shortage``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame, year = last_year(named(_table(result, "tightness"), result.labels), "tightness")
    kept, notes = shortened(frame, "tightness")
    kept = kept.assign(
        beside=[f"{value:.2f} · {text}" for value, text in
                zip(kept["tightness"], rank_text(kept), strict=True)]
    )  # fmt: skip
    field = Field("tightness", "Vacancies per person who looks for work", ".1f")
    chart = ranked(
        kept, field, low="tightness_low", high="tightness_high",
        beside=("beside", "Tightness · rank (5–95 %)"),
        tooltip=tips(Field("tightness", "Tightness", ".2f"), *RANK_FIELDS, year=1),
    )  # fmt: skip
    kind = str(frame["evidence"].iloc[0])
    first = f"{year}. Vacancies {kind}. Bars: 5–95 % band of the error assumed for vacancies."
    if kind == "measured":
        first = f"{year}. Vacancies measured."
    notes = [first, *notes, *unknown_note(frame, "tightness"), source_line(result, system)]
    return dress(chart, "How tight the regions’ labour markets are", notes)


def shortage_beveridge(result: Result, system: System) -> alt.LayerChart:
    """Draw vacancies against unemployment of the whole system, year by year.

    Parameters
    ----------
    result : Result
        Of ``diagnose.shortage``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = _table(result, "beveridge")
    whole = frame[frame["region"] == frame["region"].iloc[0]].sort_values("year")
    both = whole[["unemployment", "vacancies"]].to_numpy()
    low, top = float(np.floor(0.8 * both.min())), float(np.ceil(1.1 * both.max()))
    scale = alt.Scale(domain=[low, top], nice=False)
    unit = "per cent of the labour force"
    x = alt.X("unemployment:Q", scale=scale, axis=alt.Axis(title=f"Unemployment, {unit}"))
    y = alt.Y("vacancies:Q", scale=scale, axis=alt.Axis(title=f"Vacancies, {unit}"))
    columns = ["year", "unemployment", "vacancies", "efficient", "gap"]
    base = alt.Chart(inline(whole[columns])).encode(
        x=x, y=y,
        tooltip=[
            alt.Tooltip("year:Q", title="Year", format="d"),
            alt.Tooltip("unemployment:Q", title="Unemployment, %", format=".2f"),
            alt.Tooltip("vacancies:Q", title="Vacancies, %", format=".2f"),
            alt.Tooltip("efficient:Q", title="Efficient unemployment √(uv), %", format=".2f"),
            alt.Tooltip("gap:Q", title="Gap, points", format="+.2f"),
        ],
    )  # fmt: skip
    even = pd.DataFrame({"unemployment": [low, top], "vacancies": [low, top]})
    diagonal = alt.Chart(inline(even)).mark_line(style="faint", strokeDash=[5, 4]).encode(x=x, y=y)
    high = low + 0.96 * (top - low)
    corner = pd.DataFrame({"unemployment": [low + 0.9 * (top - low)], "vacancies": [high]})
    words = (
        alt.Chart(inline(corner))
        .mark_text(align="right", baseline="middle", style="header")
        .encode(x=x, y=y, text=alt.value("as many vacancies as unemployed"))
    )
    path = base.mark_line(strokeWidth=2, color=ACCENT).encode(order="year:Q")
    points = base.mark_point(filled=True, size=70, opacity=1, color=ACCENT)
    # Many years on one place would hide each other: the ends and the extremes have names.
    places = [
        0,
        len(whole) - 1,
        *(int(f(both[:, i])) for i in (0, 1) for f in (np.argmax, np.argmin)),
    ]
    told = whole if len(whole) <= 8 and np.ptp(both) > 2 else whole.iloc[sorted(set(places))]
    years = (
        alt.Chart(inline(told[columns]))
        .mark_text(align="left", baseline="middle", dx=9, dy=-7)
        .encode(x=x, y=y, text="year:Q")
    )
    chart = stack(diagonal, words, path, points, years).properties(width=460, height=400)
    kind = str(whole["evidence"].iloc[0])
    notes = [
        f"{int(whole['year'].min())}–{int(whole['year'].max())}. Vacancies {kind}. Above the dashed "
        "line the labour market is tighter than efficient (unemployment below √(uv)), below it "
        "slacker.",
        source_line(result, system),
    ]
    return dress(chart, "The Beveridge curve, all regions together", notes)
