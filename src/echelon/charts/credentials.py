"""The charts of the degree screen: regions by the pool it keeps out, and the sweep of the distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from echelon.charts.forms import Field
from echelon.charts.rows import inline, source_line
from echelon.charts.shares import PLAIN, figure_ranking
from echelon.charts.theme import CATEGORIES, SHAPES, dress, stack

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["credentials_ranking", "credentials_sweep"]

_SERIES = {
    "sum_over_occupations": "Sum over occupations (people counted several times)",
    "with_skills": "Have the skills of some screened, better-paid work",
    "people": "Each placed once in the posts there are",
}


def credentials_ranking(result: Result, system: System) -> alt.LayerChart:
    """Rank the regions by the share of people without the degree whose work shows the skills.

    Parameters
    ----------
    result : Result
        Of ``diagnose.credentials``.
    system : System

    Returns
    -------
    LayerChart
    """
    return figure_ranking(
        result, system, column="share", axis="Per cent of people at work without the degree",
        title="People who have the skills and lack the degree",
        notes=[
            "Per cent of those without the degree who could fill a better-paid post that asks for it, "
            "each placed once. Bars: 5–95 % band over skill distances and weights of skills.",
        ],
        more=(Field("people", "People", ",.0f"), Field("wages_at_stake", "Wages at stake a year", "~s")),
    )  # fmt: skip


def credentials_sweep(result: Result, system: System) -> alt.LayerChart:
    """Show how the pool grows with the distance that counts as near, with the double count beside.

    Parameters
    ----------
    result : Result
        Of ``diagnose.credentials``.
    system : System

    Returns
    -------
    LayerChart
    """
    sweep = result.table("sweep")
    largest = float(sweep[list(_SERIES)].to_numpy(float).max())
    unit, scale = ("Million people", 1e6) if largest >= 1e6 else ("People", 1.0)
    long = pd.concat(
        [
            sweep[["distance", "times_typical_move"]].assign(
                series=name, figure=sweep[code] / scale
            )
            for code, name in _SERIES.items()
        ],
        ignore_index=True,
    )
    names = list(_SERIES.values())
    legend = alt.Legend(title=None, orient="top", columns=1, symbolSize=80, labelLimit=560)
    base = alt.Chart(inline(long)).encode(
        x=alt.X("distance:Q", axis=alt.Axis(title="Skill distance that counts as near, levels"),
                scale=alt.Scale(zero=False, nice=False, padding=14)),
        y=alt.Y("figure:Q", axis=alt.Axis(title=unit, format=PLAIN)),
        color=alt.Color("series:N", legend=legend,
                        scale=alt.Scale(domain=names, range=list(CATEGORIES[: len(names)]))),
        tooltip=[
            alt.Tooltip("series:N", title="Region"),
            alt.Tooltip("distance:Q", title="Distance, levels", format=".2f"),
            alt.Tooltip("times_typical_move:Q", title="Times the typical move", format=".2f"),
            alt.Tooltip("figure:Q", title=unit, format=PLAIN),
        ],
    )  # fmt: skip
    shape = alt.Shape("series:N", legend=legend,
                      scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])))  # fmt: skip
    points = base.mark_point(filled=True, size=70, opacity=1).encode(shape=shape)
    year = int(result.table()["year"].max())
    chart = stack(base.mark_line(strokeWidth=2), points).properties(width=600, height=320)
    return dress(
        chart, "The pool by the distance that counts as near",
        [
            f"{year}, all regions. The typical move to better-paid work is as far as 1 in the tooltip. "
            "The sum over occupations counts a person once for every occupation within reach.",
            source_line(result, system),
        ],
    )  # fmt: skip
