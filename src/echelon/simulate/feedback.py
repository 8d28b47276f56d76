"""Whether education, talent, technology, industry and capital strengthen each other, round the circle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.explanation import note_of
from echelon.levers import lever_defaults
from echelon.registry import unknown_name
from echelon.result import Result
from echelon.simulate.feedback_tables import (
    Circles,
    circles_of,
    course_table,
    eigenvalue_table,
    elasticity_table,
    feedback_trace,
    link_table,
    loop_table,
    region_table,
    simulated_share,
    station_table,
)
from echelon.simulate.links import SHORT_CUTS, Links, estimate_links, link_name
from echelon.simulate.stations import STATIONS, Stations, read_stations
from echelon.simulate.steering import ACTS_ON, break_even_table, read_steering, shares_of
from echelon.system.assumptions import Range, assumed, draw_assumptions
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["feedback"]

Array = NDArray[np.float64]
_PAPERS = (
    "Breitung, J., Kripfganz, S., & Hayakawa, K. (2022). Bias-corrected method of moments estimators "
    "for dynamic panel data models. Econometrics and Statistics 24, 116-132.",
    "Forrester, J. W. (1961). Industrial Dynamics. MIT Press.",
    "Kampmann, C. E. (2012). Feedback loop gains and system behaviour. System Dynamics Review 28(4), "
    "370-395.",
    "Mason, S. J. (1956). Feedback theory: further properties of signal flow graphs. Proceedings of "
    "the IRE 44(7), 920-926.",
)
_METHOD = (
    "Links between five stations from a panel of regions and years; round the loop they make a gain, "
    "and above 1 the circle is virtuous."
)
_UNITS = {
    "effect": "per cent a year for one per cent", "gain": "per cent for one per cent",
    "central": "per cent for one per cent", "kept": "share of a deviation kept for a year",
    "probability": "per cent of the draws", "share": "per cent of the draws",
    "deviation": "per cent of the trend", "elasticity": "per cent for one per cent",
    "growth": "factor a year",
}  # fmt: skip
_VARIED = ("feedback_kept", "feedback_ceiling")
_LAGS, _FEW = (1, 2, 3), 500
_ANSWER = ("gain", "estimate", "low", "high", "probability", "all_positive")
_ASSUMED = (
    "feedback_kept", "feedback_ceiling", "feedback_fund", "train_completion", "train_growth",
    "recruit_share",
)  # fmt: skip


def feedback(
    system: System, *, stations: Mapping[str, str] | None = None,
    short_cuts: Sequence[str] = SHORT_CUTS, lag: int | Mapping[str, int] = 1,
    levers: Mapping[str, float] | None = None, acts_on: Mapping[str, str] | None = None,
    push: Mapping[str, float] | None = None, years: int = 20, draws: int = 2000, seed: int = 0,
    assumptions: Mapping[str, Range] | None = None,
) -> Result:  # fmt: skip
    """Say whether the circle from education to talent, technology, industry, capital and back turns.

    Each station is a figure per head; in logarithms, less the effects of regions and years, it
    follows its own past and the station before it (see :func:`methods.feedback.dynamic_effects`).
    The gain of a link is the per cent that its end gains in the end for one per cent more at its
    start, b / (1 - p); the gain of a loop is the product of those of its links. Above 1 a push
    comes back larger than it went out: the circle is virtuous, until saturation. A link whose
    5-95 % band covers 0 is 0 in the central case and keeps its band in the draws.

    Parameters
    ----------
    system : System
        With figures of every station in ``indicators``, ``research``, ``output``, ``capital``, and
        the series ``population``.
    stations : mapping of str to str, optional
        Formula of the whole figure (not per head) by station, in the place of the usual one.
    short_cuts : sequence of str
        Links besides the ring, as ``"talent->industry"``.
    lag : int or mapping of str to int
        Years from start to end, of all links or by link.
    levers : mapping of str to float, optional
        Levers in force, in the units of the table ``break_even``: seats, people or currency a year.
    acts_on : mapping of str to str, optional
        Link by lever; by default train on education->talent, recruit on technology->talent, fund on
        capital->technology.
    push : mapping of str to float, optional
        Per cent above the trend by station in year 0 of the course; by default education 10.
    years : int
        Of the course.
    draws : int
        Draws of all links from their estimated errors.
    seed : int
    assumptions : mapping of str to float or three floats, optional
        Values in the place of those in the table ``assumptions``.

    Returns
    -------
    Result
        ``loops`` (loop, gain, estimate with its band, probability that it is above 1, the same with
        every link of the loop above 0, part of the sum of gains, whether it is dominant; ``all
        loops`` together by 1 - det(I - G)), ``links``, ``stations``, ``break_even`` (per lever and
        per link), ``elasticities`` of the dominant eigenvalue, ``eigenvalues``, ``lags`` (the
        answer for links of one, two and three years), ``course`` (per cent of the trend by year and
        station, with its band), ``regions`` (gain of all loops at each region's own level),
        ``assumptions``.

    Raises
    ------
    InsufficientData, InvalidArgument, MissingTable, UnknownName

    Notes
    -----
    Central gains at the trend do not hang on the ceiling; regions and courses do.

    References
    ----------
    Mason, S. J. (1956). Proceedings of the IRE 44(7), 920-926.
    """
    _check(years=years, draws=draws, seed=seed)
    start, values = _start(push), dict(levers or {})
    table = assumed(system, _ASSUMED, assumptions, defaults=lever_defaults())
    central = table.set_index("name")["central"]
    varied = draw_assumptions(table[table["name"].isin(_VARIED)], draws=draws, seed=seed)
    known = read_stations(system, stations)
    estimate = partial(
        estimate_links,
        known,
        short_cuts=short_cuts,
        most=float(central["feedback_kept"]),
        seed=seed,
    )
    links = estimate(lag=lag, drawn_most=varied["feedback_kept"])
    steerings, said = read_steering(system, known, links, assumed=table, acts_on=acts_on)
    highest = np.maximum(np.nanmax(known.level, axis=0), 1.0)
    under = partial(
        circles_of, links, float(central["feedback_ceiling"]) * highest,
        drawn_ceiling=varied["feedback_ceiling"][:, None] * highest,
    )  # fmt: skip
    circles = under(shares_of(steerings, values))
    scenarios = {"as it is": under(0 * links.central)} | (
        {"with levers": circles} if values else {}
    )
    regions = region_table(known, circles)
    frames = {
        "loops": loop_table(links, circles),
        "links": link_table(known, links),
        "stations": station_table(known, links, circles.central.ceiling),
        "break_even": break_even_table(links, steerings, values=values),
        "elasticities": elasticity_table(links, circles),
        "eigenvalues": eigenvalue_table(circles.central),
        "lags": _lag_table(
            links, partial(estimate, drawn_most=varied["feedback_kept"][:_FEW]), lag
        ),
        "course": course_table(scenarios, start, first=max(known.last), years=years),
        "regions": regions,
        "assumptions": table,
        "trace": feedback_trace(known, links, regions),
    }
    note = note_of(
        system, *known.tables, "research", seed=seed, papers=_PAPERS, method=_METHOD,
        parameters={
            "stations": dict(zip(STATIONS, known.formulas, strict=True)),
            "short_cuts": list(short_cuts), "lag": lag, "levers": values, "years": years,
            "acts_on": {**ACTS_ON, **(acts_on or {})}, "draws": draws,
            "push": {"education": 10.0} if push is None else dict(push),
        },
        steps=_steps(known, links, circles), caveats=[*said, *_caveats(known, links)],
    )  # fmt: skip
    named = {**labels(system, "regions"), **dict(zip(STATIONS, known.labels, strict=True))}
    return Result("simulate.feedback", system.name, frames, note, _UNITS, named)


def _check(*, years: int, draws: int, seed: int) -> None:
    if years < 1 or draws < 100 or seed < 0:
        raise InvalidArgument(
            f"{years} years and {draws} draws with the seed {seed} are no basis for a band",
            fix="Use a year or more, 100 draws or more and a seed of 0 or more",
        )


def _start(push: Mapping[str, float] | None) -> Array:
    start = np.ones(len(STATIONS))
    for name, more in ({"education": 10.0} if push is None else push).items():
        if name not in STATIONS:
            raise unknown_name("station", name, STATIONS)
        if not (np.isfinite(more) and more > -100):
            raise InvalidArgument(
                f"The push of {name} is {more:g} per cent", fix="Give more than -100 per cent"
            )
        start[STATIONS.index(name)] = 1 + more / 100
    return start


def _lag_table(
    links: Links, estimate: Callable[..., Links], at: int | Mapping[str, int]
) -> pd.DataFrame:
    """Return the answer when every link takes one, two or three years; ``links`` is that of ``at``."""
    rows = []
    for lag in _LAGS:
        try:
            found = links if lag == at else estimate(lag=lag)
        except InsufficientData:
            continue
        circles = circles_of(found, np.full(len(STATIONS), 2.0), 0 * found.central)
        row = loop_table(found, circles).iloc[0]
        rows.append(
            {"lag": lag, "links": len(found.pairs), "counted": int(found.sure.sum())}
            | {name: row[name] for name in _ANSWER}
        )
    return pd.DataFrame(rows, columns=["lag", "links", "counted", *_ANSWER])


def _steps(known: Stations, links: Links, circles: Circles) -> list[str]:
    named = "; ".join(
        f"{s}: {label} ({formula})"
        for s, label, formula in zip(STATIONS, known.labels, known.formulas, strict=True)
    )
    agree = simulated_share(circles.drawn)
    return [
        f"Stations, each divided by the population: {named}",
        "Logarithms, less the effects of regions and of years (linearmodels, errors clustered by "
        "region): a region counts when it departs from its own usual level by more than the country "
        "does, so growth that all share is no feedback",
        "Share kept from year to year corrected for the bias of short panels; effects follow from it",
        f"{int(links.sure.sum())} of {len(links.pairs)} links have a band without 0; the others are 0 in "
        "the central case",
        "Draws of all links from their estimated errors, of the ceiling and the highest share kept from "
        f"their assumed ranges; in {agree:.1f} per cent of them a small push simulated over 400 years "
        "grows or fades as the eigenvalue says",
        "Levers: what a lever brings keeps step with the source of its link, so a station whose inflow "
        "comes to the share w from it has the gain (1 - w) g + w on that link",
    ]


def _caveats(known: Stations, links: Links) -> list[str]:
    caveats = [
        "Associations within regions, not proven causes. What works across borders of regions, or at "
        "the same time in all of them, is not in the links: a national circle can be stronger.",
        "Sampling error of survey figures makes stations look quicker to forget and links weaker.",
        "The level of each station is its trend: the trend itself, and what all regions share, is "
        "neither explained nor simulated.",
    ]
    bounded = [s for s, found in zip(STATIONS, links.dynamics, strict=True) if found.bounded]
    if bounded:
        caveats.append(
            f"The panel gives no bound to how long {', '.join(bounded)} keep a deviation; the assumption "
            "feedback_kept stands there, and gains of links to them hang on it."
        )
    if links.left_out:
        caveats.append(
            f"Not estimated, for they would cost a quarter of the cells or more: "
            f"{', '.join(links.left_out)}."
        )
    zeros = [f"{s} ({n})" for s, n in zip(STATIONS, known.zeros, strict=True) if n]
    if zeros:
        caveats.append(f"Cells of 0 have no logarithm and are left out: {', '.join(zeros)}.")
    least = min(len(range(a, b + 1)) for a, b in links.spans)
    caveats.append(
        f"The shortest link rests on {least} years; a gain would have to be large to be seen in them: "
        "that a band covers 0 does not show that a link is absent."
    )
    unused = [link_name(p) for p, e in zip(links.pairs, links.effects, strict=True) if e < 0]
    if unused:
        caveats.append(f"Estimated below 0: {', '.join(unused)}.")
    return caveats
