"""The charts of conversion and of the multiplier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import altair as alt
import numpy as np
import pandas as pd

from echelon.charts.forms import Field, parts, ranked, tips
from echelon.charts.rows import last_year, named, shortened, source_line, unknown_note
from echelon.charts.theme import dress
from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["conversion_frontier", "conversion_lags", "multiplier_catch_up", "multiplier_effects"]

_MOST_YEARS = 100.0
_MODELS = (
    ("one_way", "regions' effects"), ("two_way", "and years' effects"), ("direct", "at home"),
    ("indirect", "in other regions"), ("total", "in all regions"),
)  # fmt: skip


def _short(name: str, most: int = 34) -> str:
    return name if len(name) <= most else name[: most - 2].rsplit(" ", 1)[0].rstrip(",;") + " …"


def conversion_frontier(result: Result, system: System) -> alt.LayerChart:
    """Compare each region's conversion at every step with the best practice of its size.

    Parameters
    ----------
    result : Result
        Of ``measure.conversion``.
    system : System

    Returns
    -------
    LayerChart
    """
    whole = named(result.table("conversion"), result.labels)
    latest = [last_year(g, "share_of_frontier")[0] for _, g in whole.groupby("step", sort=False)
              if g["share_of_frontier"].notna().any()]  # fmt: skip
    if not latest:
        raise InsufficientData(
            "There is nothing to draw: no region has a best practice to be compared with",
            fix="Give eight regions or more",
        )
    frame = pd.concat(latest, ignore_index=True)
    names = {
        step: f"{number}. to {_short(result.labels[step].split(' → ')[1].lower(), 26)}"
        for number, step in enumerate(frame["step"].unique(), 1)
    }
    frame = frame.assign(part=frame["step"].map(names), marked=False)
    frame["share_of_frontier"] = frame["share_of_frontier"].clip(upper=200)
    mean = frame.groupby("name")["share_of_frontier"].mean().reset_index()
    kept, notes = shortened(mean, "share_of_frontier")
    frame = frame[frame["name"].isin(kept["name"])]
    field = Field("share_of_frontier", "Per cent of the best practice", ".0f")
    chart = parts(
        frame, field, order=kept["name"].tolist(), names=list(names.values()),
        tooltip=tips(Field("share_of_frontier", "Per cent of the best practice", ".0f"),
                     Field("ratio", "Ratio", ".3g"), Field("rank", "Rank", ".0f"),
                     Field("rank_low", "Rank, 5 % end", ".0f"),
                     Field("rank_high", "Rank, 95 % end", ".0f"), year=1,
                     words={"part": "Step", "unit": "Unit of the ratio"}),
    )  # fmt: skip
    first = (
        "Last known year of each step. 100: the 90th percentile of what regions with an input of this "
        "size reach; figures above 200 stand at 200."
    )
    title = "How far each step from research to the market is from best practice"
    return dress(chart, title, [first, *notes, source_line(result, system)])


def conversion_lags(result: Result, system: System) -> alt.LayerChart:
    """Show how closely each stage follows the one before it, by lag.

    Parameters
    ----------
    result : Result
        Of ``measure.conversion``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = result.table("lags")
    if frame.empty:
        raise InsufficientData("There is nothing to draw: no lag could be tried", fix="Add years")
    after = [_short(result.labels[step].split(" → ")[1], 26) for step in frame["step"]]
    frame = frame.assign(
        name=[f"{a}, {n} y" for a, n in zip(after, frame["lag"], strict=True)],
        beside=[f"{v:.2f} · {b:.0f}" for v, b in
                zip(frame["correlation"], frame["best_in"], strict=True)],
    )  # fmt: skip
    tooltip = [alt.Tooltip("name:N", title="Stage and lag")]
    tooltip += [alt.Tooltip(f"{c}:Q", title=t, format=".2f") for c, t in (
        ("correlation", "Correlation"), ("correlation_low", "5 % end"),
        ("correlation_high", "95 % end"))]  # fmt: skip
    chart = ranked(
        frame, Field("correlation", "Correlation within regions and years", ".1f"),
        low="correlation_low", high="correlation_high",
        beside=("beside", "r · best in %"), tooltip=tooltip,
    )  # fmt: skip
    first = (
        "Correlation of a stage with the stage before it, so many years (y) earlier, without what a "
        "region or a year has in common (r). Bars: 5–95 % band over resampled regions; best in: share of the "
        "resamples in which the lag has the highest correlation."
    )
    title = "How many years a stage follows the one before it"
    return dress(chart, title, [first, source_line(result, system)])


def multiplier_effects(result: Result, system: System) -> alt.LayerChart:
    """Show what goes with more of each regressor, with effects one-way, two-way and of neighbours.

    Parameters
    ----------
    result : Result
        Of ``measure.multiplier``.
    system : System

    Returns
    -------
    LayerChart
    """
    main = result.table("multiplier")
    rows = []
    for number, (_, row) in enumerate(main.iterrows()):
        # Rows of one name each: marks without width keep the models of two regressors apart.
        rows.append((_short(row["label"], 26), np.nan, np.nan, np.nan))
        for column, words in _MODELS:
            if column in main:
                figures = [100 * row[c] * row["standard_deviation"]
                           for c in (column, f"{column}_low", f"{column}_high")]  # fmt: skip
                rows.append((words + "\u200b" * number, *figures))
    frame = pd.DataFrame(rows, columns=["name", "effect", "low", "high"])
    frame["beside"] = ["" if np.isnan(v) else f"{v:+.0f} ({a:.0f} to {b:.0f})" for v, a, b in
                       zip(frame["effect"], frame["low"], frame["high"], strict=True)]  # fmt: skip
    tooltip = [alt.Tooltip("name:N", title="Regressor and model")]
    tooltip += [alt.Tooltip(f"{c}:Q", title=t, format=".2f") for c, t in (
        ("effect", "Per cent"), ("low", "Low end"), ("high", "High end"))]  # fmt: skip
    edge = float(np.nanquantile(frame[["low", "high"]].abs(), 0.9))
    limit = max(edge, float(frame["effect"].abs().max()) * 1.05)
    shown = frame.assign(
        low=frame["low"].clip(-limit, limit), high=frame["high"].clip(-limit, limit)
    )
    chart = ranked(
        shown, Field("effect", "Per cent of the outcome for one standard deviation", ".0f",
                     (-limit, limit)),
        low="low", high="high", beside=("beside", "Per cent (band)"), tooltip=tooltip,
    )  # fmt: skip
    first = (
        f"Outcome: {result.note.parameters['outcome']}. An association, not a cause. Regions' effects:"
        " one-way; and years' effects: two-way; the last three with neighbours. Band: 95 % (first "
        "two), 5–95 % (last three); long ones are cut."
    )
    return dress(chart, "What goes with more talent", [first, source_line(result, system)])


def multiplier_catch_up(result: Result, system: System) -> alt.LayerChart:
    """Show how many years each region needs to reach the reference at its present pace.

    Parameters
    ----------
    result : Result
        Of ``measure.multiplier``.
    system : System

    Returns
    -------
    LayerChart
    """
    frame = named(result.table("catch_up"), result.labels)
    frame = frame[frame["verdict"] != "the reference"].sort_values(["years", "gap"],
                                                                  ascending=[True, False])  # fmt: skip
    kept, notes = shortened(frame.assign(order=range(len(frame))), "order", ascending=True)
    ends = {c: kept[c].clip(upper=_MOST_YEARS) for c in ("years_low", "years_high")}
    words = [
        "never" if np.isinf(y) else f"{y:.0f}" if y < 10_000 else "over 10,000"
        for y in kept["years"]
    ]
    highs = ["never" if np.isinf(h) else f"{h:,.0f}" for h in kept["years_high"]]
    kept = kept.assign(
        **ends, shown=kept["years"].clip(upper=_MOST_YEARS),
        beside=[f"{w} ({low:,.0f} to {h})" if np.isfinite(low) else w
                for w, low, h in zip(words, kept["years_low"], highs, strict=True)],
    )  # fmt: skip
    reference = result.note.parameters["reference"]
    name = result.labels.get(str(reference), str(reference))
    chart = ranked(
        kept, Field("shown", "Years; the right edge is 100 or more, or never", ".0f",
                    (0.0, _MOST_YEARS)),
        low="years_low", high="years_high", beside=("beside", "Years (5–95 %)"),
        tooltip=tips(Field("gap", "Distance, per cent", ".1f"),
                     Field("pace", "Growth beyond the reference's, per cent a year", ".2f"), year=1,
                     words={"beside": "Years", "verdict": "Verdict"}),
    )  # fmt: skip
    first = (
        f"At the pace of {result.note.parameters['years']}, outcome "
        f"{result.note.parameters['outcome']}. 0: level or ahead."
    )
    lines = [first, *notes, *unknown_note(kept, "years"), source_line(result, system)]
    return dress(chart, f"Years to catch up with {name} at the present pace", lines)
