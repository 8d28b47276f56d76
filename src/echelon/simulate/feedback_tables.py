"""The tables of the circle: links, loops, elasticities, courses, regions, and the tree of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.methods.feedback import (
    Circle,
    dominant,
    elasticities,
    growth_rates,
    jacobian,
    loop_gains,
    return_gain,
    simple_loops,
)
from echelon.simulate.links import Links, link_name
from echelon.simulate.stations import STATIONS, Stations

__all__ = [
    "ALL_LOOPS",
    "Circles",
    "circles_of",
    "course_table",
    "eigenvalue_table",
    "elasticity_table",
    "feedback_trace",
    "link_table",
    "loop_table",
    "region_table",
    "simulated_share",
    "station_table",
]

Array = NDArray[np.float64]
ALL_LOOPS = "all loops"
_ENDS = (0.05, 0.95)
_SOME = 500


class Circles(NamedTuple):
    """The circle with the links that count, with all as estimated, and with the draws as first axis."""

    central: Circle
    estimated: Circle
    drawn: Circle


def circles_of(
    links: Links, ceiling: Array, shares: Array, *, drawn_ceiling: Array | None = None
) -> Circles:
    """Return the circles of estimated links under levers that bring some shares of what comes in.

    Parameters
    ----------
    links : Links
    ceiling, shares : arrays (5,), (5, 5)
    drawn_ceiling : array (draws, 5), optional
        That of the draws, where it differs.
    """
    drawn = ceiling if drawn_ceiling is None else drawn_ceiling
    return Circles(
        Circle(links.central, links.kept, ceiling, links.lags, shares),
        Circle(links.gains, links.kept, ceiling, links.lags, shares),
        Circle(links.drawn_gains, links.drawn_kept, drawn, links.lags, shares),
    )


def link_table(known: Stations, links: Links) -> pd.DataFrame:
    """Return every link: estimate, standard error, band, gain in the end, and the central gain."""
    rows = []
    for place, (start, end) in enumerate(links.pairs):
        drawn = np.quantile(links.drawn_gains[:, end, start], _ENDS)
        found = links.dynamics[end]
        first, last = links.spans[end]
        rows.append(
            {
                "link": link_name((start, end)), "start": STATIONS[start], "end": STATIONS[end],
                "lag": int(links.lags[end, start]), "effect": links.effects[place],
                "error": links.errors[place], "effect_low": links.low[place],
                "effect_high": links.high[place], "gain": links.gains[end, start],
                "gain_low": drawn[0], "gain_high": drawn[1],
                "central": links.central[end, start], "counts": bool(links.sure[place]),
                "cells": found.cells, "regions": found.regions, "years": f"{first}-{last}",
                "evidence": "assumed" if "assumed" in (known.evidence[start], known.evidence[end])
                else "derived",
            }
        )  # fmt: skip
    texts = ["link", "start", "end", "years", "evidence"]
    return pd.DataFrame(rows).astype(dict.fromkeys(texts, "str"))


def station_table(known: Stations, links: Links, ceiling: Array) -> pd.DataFrame:
    """Return what stands for each station, and how long it keeps a deviation."""
    low, high = np.quantile(links.drawn_kept, _ENDS, axis=0)
    return pd.DataFrame(
        {
            "station": STATIONS, "label": known.labels, "unit": known.units,
            "formula": known.formulas, "evidence": known.evidence, "year": known.last,
            "total": known.total, "kept": links.kept, "kept_low": low, "kept_high": high,
            "kept_uncorrected": [found.uncorrected for found in links.dynamics],
            "bounded": [found.bounded for found in links.dynamics], "ceiling": ceiling,
        }
    ).astype(dict.fromkeys(("station", "label", "unit", "formula", "evidence"), "str"))  # fmt: skip


def loop_table(links: Links, circles: Circles) -> pd.DataFrame:
    """Return the gain of each loop with its band and the probability that it is above 1."""
    led = circles.central.shares > 0
    for start, end in links.pairs:
        led[end, start] = True
    loops = simple_loops(led)
    found, estimated, drawn = (loop_gains(circle.effective, loops) for circle in circles)
    # Two links below 0 make a product above 0, which is no circle of strengths.
    upward = np.stack([_all_positive(circles.drawn.effective, loop) for loop in loops], axis=1)
    size = float(np.abs(found).sum())
    best = int(np.argmax(found)) if found.max() > 0 else -1
    whole, all_estimated, every = (return_gain(circle.effective) for circle in circles)
    rows: list[dict[str, object]] = [
        {
            "loop": ALL_LOOPS, "stations": len(STATIONS), "gain": float(whole),
            "estimate": float(all_estimated), **_band_of(every),
            "probability": 100 * float((growth_rates(circles.drawn) > 1).mean()),
            "all_positive": 100 * float(((drawn > 1) & upward).any(axis=1).mean()),
            "part": np.nan, "dominant": False,
        }
    ]  # fmt: skip
    for n, loop in enumerate(loops):
        rows.append(
            {
                "loop": " → ".join(STATIONS[place] for place in (*loop, loop[0])),
                "stations": len(loop), "gain": found[n], "estimate": estimated[n],
                **_band_of(drawn[:, n]), "probability": 100 * float((drawn[:, n] > 1).mean()),
                "all_positive": 100 * float(((drawn[:, n] > 1) & upward[:, n]).mean()),
                "part": 100 * abs(found[n]) / size if size > 0 else np.nan, "dominant": n == best,
            }
        )  # fmt: skip
    return pd.DataFrame(rows).astype({"loop": "str"})


def _band_of(drawn: Array) -> dict[str, float]:
    low, high = np.quantile(drawn, _ENDS)
    return {"low": float(low), "high": float(high)}


def _all_positive(gains: Array, loop: tuple[int, ...]) -> NDArray[np.bool_]:
    ends = zip(loop, (*loop[1:], loop[0]), strict=True)
    return np.all([gains[:, end, start] > 0 for start, end in ends], axis=0)


def elasticity_table(links: Links, circles: Circles) -> pd.DataFrame:
    """Return how many per cent the dominant eigenvalue moves for one per cent of each link."""
    found = elasticities(circles.central)
    low, middle, high = np.nanquantile(elasticities(circles.drawn), (0.05, 0.5, 0.95), axis=0)
    rows = [
        {"link": link_name((start, end)), "elasticity": found[end, start],
         "middle": middle[end, start], "low": low[end, start], "high": high[end, start]}
        for start, end in links.pairs
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"link": "str"})


def eigenvalue_table(central: Circle) -> pd.DataFrame:
    """Return the eigenvalues of the central Jacobian, the largest first, and what they do."""
    values = np.linalg.eigvals(jacobian(central))
    values = values[np.argsort(-np.abs(values), kind="stable")]
    size = np.abs(values)
    with np.errstate(divide="ignore"):
        half = np.where((size > 0) & (size < 1), np.log(0.5) / np.log(size), np.nan)
    return pd.DataFrame(
        {"number": np.arange(1, len(values) + 1), "real": values.real, "imaginary": values.imag,
         "growth": size, "half_life": half}
    )  # fmt: skip


def simulated_share(drawn: Circle, *, years: int = 400) -> float:
    """Return the per cent of draws in which the simulated course does what the eigenvalue says.

    Draws whose eigenvalue is within 2 % of 1 are too slow to tell and left out.
    """
    from echelon.methods.feedback.course import follow

    size = np.abs(dominant(drawn)[0])
    course = follow(drawn, np.full((len(size), len(STATIONS)), 1 + 1e-6), years=years)
    away = np.abs(course - 1).max(axis=2)
    grown = away[:, -1] > away[:, 0]
    clear = np.abs(size - 1) > 0.02
    return 100 * float((grown == (size > 1))[clear].mean()) if clear.any() else float("nan")


def course_table(
    circles: Mapping[str, Circles], start: Array, *, first: int, years: int
) -> pd.DataFrame:
    """Return the course of every station after a push, per cent of its trend, with its band."""
    from echelon.methods.feedback.course import follow

    parts = []
    for name, (central, _, drawn) in circles.items():
        many = np.repeat(start[None], len(drawn.gains), axis=0)
        middle = follow(central, start[None], years=years)[0]
        low, high = np.quantile(follow(drawn, many, years=years), _ENDS, axis=0)
        index = pd.MultiIndex.from_product(
            [range(first, first + years + 1), STATIONS], names=["year", "station"]
        )
        figures = {"deviation": middle, "deviation_low": low, "deviation_high": high}
        columns = {column: 100 * (values.ravel() - 1) for column, values in figures.items()}
        frame = pd.DataFrame(columns, index=index).reset_index()
        parts.append(frame.assign(scenario=name))
    return pd.concat(parts, ignore_index=True).astype({"station": "str", "scenario": "str"})


def region_table(known: Stations, circles: Circles) -> pd.DataFrame:
    """Return the gain of all loops at each region's own level.

    Saturation makes the links to a station weaker the nearer it is to its ceiling m: by
    (m - level) / (m - 1), 1 at the level of the country.
    """
    central, _, drawn = circles
    room = _room(known.level, central.ceiling)
    found = return_gain(np.nan_to_num(_at_room(central, room)))
    low, high, likely = (np.full(len(known.regions), np.nan) for _ in range(3))
    # Some of the draws are enough for a band, and each region asks for its own eigenvalues.
    some = Circle(
        drawn.gains[:_SOME], drawn.kept[:_SOME],
        np.broadcast_to(drawn.ceiling, drawn.kept.shape)[:_SOME], drawn.lags, drawn.shares,
    )  # fmt: skip
    for place in np.flatnonzero(~np.isnan(room).any(axis=1)).tolist():
        each = _at_room(some, _room(known.level[place], some.ceiling))
        low[place], high[place] = np.quantile(return_gain(each), _ENDS)
        at = Circle(each, some.kept, some.ceiling, some.lags, 0 * some.shares)
        likely[place] = 100 * float((growth_rates(at) > 1).mean())
    table = pd.DataFrame(
        {"region": known.regions, "year": max(known.last), "gain": found, "gain_low": low,
         "gain_high": high, "probability": likely}
    )  # fmt: skip
    table.loc[np.isnan(room).any(axis=1), "gain"] = np.nan
    for place, station in enumerate(STATIONS):
        table[f"level_{station}"] = known.level[:, place]
    nearest = np.nanargmin(np.where(np.isnan(room), np.inf, room), axis=1)
    table["nearest_ceiling"] = [STATIONS[place] for place in nearest]
    return table.astype({"region": "str", "nearest_ceiling": "str"})


def _room(level: Array, ceiling: Array) -> Array:
    return np.clip((ceiling - level) / (ceiling - 1), 0, None)


def _at_room(circle: Circle, room: Array) -> Array:
    """Return the gains where links to a station are weaker or stronger by its room."""
    rest = 1 - circle.shares.sum(axis=-1, keepdims=True)
    return np.asarray(room[..., None] * rest * circle.gains + circle.shares)


def feedback_trace(known: Stations, links: Links, regions: pd.DataFrame) -> pd.DataFrame:
    """Return the tree behind each region's gain: the links, and the level of their ends."""
    cells = regions[["region", "year"]]
    rows = [
        trace_rows(cells, item="gain", label="Gain of all loops", value=regions["gain"],
                   unit="per cent for one per cent",
                   detail="1 - det(I - G), links whose band covers 0 counted as 0")
    ]  # fmt: skip
    for place, (start, end) in enumerate(links.pairs):
        first, last = links.spans[end]
        name = link_name((start, end))
        rows.append(
            trace_rows(
                cells, item=name, parent="gain", label=name.replace("->", " → "),
                value=float(links.gains[end, start]), unit="per cent for one per cent",
                detail=f"{'counts' if links.sure[place] else 'band covers 0, counted as 0'}; estimated on "
                f"{links.dynamics[end].cells} cells, {first}-{last}",
            )
        )  # fmt: skip
    for place, station in enumerate(STATIONS):
        rows.append(
            trace_rows(
                cells, item=station, parent="gain", label=f"{known.labels[place]}, per head",
                value=known.level[:, place], unit="times all regions",
                detail=f"{known.evidence[place]}; {known.last[place]}; {known.formulas[place]}; "
                f"{known.sources[place]}",
            )
        )  # fmt: skip
    return trace_table(*rows)
