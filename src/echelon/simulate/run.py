"""The labour market of the years to come, by region and occupation, with bands on everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.registry import unknown_name
from echelon.result import Result
from echelon.simulate.applicant_tables import applicant_table
from echelon.simulate.applicants import read_applicants
from echelon.simulate.ensemble import Engine, Ensemble, simulated
from echelon.simulate.market import TABLES, Demand, Market, read_market
from echelon.simulate.parameters import NAMES, draw_members, read_parameters
from echelon.simulate.policy import read_policy
from echelon.simulate.tables import (
    WHOLE,
    alignment_table,
    cell_table,
    course_table,
    driver_table,
    member_table,
    month_table,
    occupation_table,
    region_table,
    simulation_trace,
)
from echelon.system.assumptions import Range
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["PAPERS", "UNITS", "caveats_of", "check_arguments", "run", "steps_text"]

PAPERS = (
    "del Rio-Chanona, R. M., Mealy, P., Beguerisse-Diaz, M., Lafond, F., & Farmer, J. D. (2021). "
    "Occupational mobility and automation: a data-driven network model. Journal of the Royal Society "
    "Interface 18(174), 20200898.",
    "Tarantola, S., Gatelli, D., & Mara, T. (2006). Random balance designs. Reliability Engineering and "
    "System Safety 91(6), 717-727.",
    "McKay, M. D., Beckman, R. J., & Conover, W. J. (1979). Technometrics 21(2), 239-245.",
)
UNITS = {
    "employed": "people", "unemployed": "people", "vacancies": "posts",
    "entered": "people hired a year", "left": "people who left a post, a year",
    "long_term": "people", "joined": "people a year", "retired": "people a year",
    "change": "per cent since the first year", "unemployment": "per cent of the labour force",
    "vacancy_rate": "per cent of posts",
    "long_term_share": "per cent of the unemployed", "in_training": "people",
    "attraction": "1 = mean vacancy", "search": "share who apply in a step",
    "separation_rate": "share in a step", "exit_rate": "share in a step",
    "newcomers": "people in a step", "target_posts": "posts",
}  # fmt: skip


def run(
    system: System, *, years: int = 10, members: int = 200, seed: int = 0, engine: Engine = "mean",
    demand: Demand | None = None, assumptions: Mapping[str, Range] | None = None,
    weeks: float = 6.75, results: Mapping[str, Result] | None = None,
) -> Result:  # fmt: skip
    """Simulate who works, who looks for work and which posts stay open, by region and occupation.

    People without work apply to vacancies in their reach; vacancies that get an application are
    filled; posts close and open as demand asks; people leave the labour force and join it. Every
    member of the ensemble starts in balance at the market observed and differs in the assumptions
    that data do not settle, drawn by Latin hypercube (engine ``mean``, expected course), or in
    chance (engine ``counts``, whole people, exact in distribution with one object per person).

    Parameters
    ----------
    system : System
        With ``workers`` and ``unemployment``, ``transitions`` or ``occupation_skills``, and, with
        several regions, ``flows`` or ``ties``. Demand, vacancies, turnover, separations and
        graduates where it has them.
    years : int
        Years after that of the count of people.
    members : int
        Size of the ensemble; the first member holds the central assumptions.
    seed : int
    engine : {"mean", "counts", "agents"}
        ``mean`` for what the assumptions leave open, ``counts`` for what chance does, which matters
        in cells of less than about fifty people and is slower, ``agents`` for up to 20 million people
        whose own ability, degree and length of spell count (``fading_of_spells``, evaluate, compete).
    demand : {"published", "projected", "constant"}, optional
        Posts of later years: of the table ``demand``, of ``project.demand``, or those of the first
        year; by default the first that the tables allow.
    assumptions : mapping of str to float or three floats, optional
        Values in the place of those in the table ``assumptions``.
    weeks : float
        Length of a step; rates are converted and the alignment made again.
    results : mapping of str to Result, optional
        Results of other verbs that exist already.

    Returns
    -------
    Result
        ``simulation`` (region, occupation, year: employed, unemployed, vacancies, entered = hired
        in the year, left = left a post in the year, each with its 5-95 % band over the members),
        ``regions`` (with rates of unemployment and vacancies, long-term share, people who joined
        and left the labour force, and the rank in unemployment with its band; ``all`` for the
        whole), ``occupations`` (of the whole system, with the change of people at work since the
        first year in per cent), ``months`` (rates month by month),
        ``members`` (whole system by member and year, with the member's parameters), ``alignment``
        (what every cell is aligned with), ``assumptions``, ``drivers`` (assumption: share of
        the variance of the last year's rates that it explains by itself, with its band; from 61
        members on), ``costs`` of levers that are set; ``applicants`` (group of people with and
        without a degree, better half of their occupation and others: people at work and unemployment,
        where a lever acts on who is chosen); ``course`` (member, year, step, region,
        occupation and figures) where it has at most 200,000 rows.

    Raises
    ------
    MissingTable, InsufficientData, InvalidSystem, InvalidArgument, UnknownName

    References
    ----------
    del Rio-Chanona, R. M. et al. (2021). Journal of the Royal Society Interface 18(174), 20200898.
    """
    check_arguments(years=years, members=members, weeks=weeks, engine=engine)
    market = read_market(system, years=years, demand=demand, results=results or {})
    policy = read_policy(system, market, members=members, seed=seed)
    table = read_parameters(system, assumptions)
    drawn = draw_members(table, members=members, seed=seed)
    applicants = read_applicants(system, market) if policy.selects else None
    found = simulated(
        market, drawn, posts=market.posts, weeks=weeks, engine=engine, seed=seed,
        influence=policy.influences, applicants=applicants,
    )  # fmt: skip
    regions = region_table(market, found)
    people = member_table(market, found)
    frames = {
        "simulation": cell_table(market, found).assign(evidence=market.evidence),
        "regions": regions.assign(evidence=market.evidence),
        "occupations": occupation_table(market, found).assign(evidence=market.evidence),
        "months": month_table(market, found),
        "members": people,
        "drivers": driver_table(people, _acting(market, table), seed=seed)
        if engine == "mean"
        else people.head(0),
        "alignment": alignment_table(market, found),
        "assumptions": table,
        "costs": policy.costs,
        "applicants": applicant_table(market, found),
        "course": course_table(market, found),
        "trace": simulation_trace(market, regions),
    }
    return Result(
        name="simulate.run",
        system=system.name,
        frames={name: frame for name, frame in frames.items() if len(frame)},
        note=note_of(
            system, *TABLES, seed=seed, papers=PAPERS,
            method="People without work apply to vacancies in reach of their region and occupation; "
            "posts open and close as demand asks; an ensemble gives the bands.",
            parameters={
                "years": years, "members": members, "engine": engine, "demand": demand or "by tables",
                "weeks": weeks,
            },
            steps=[*steps_text(market, found, engine), *(applicants.steps if applicants else ())],
            caveats=[
                *policy.said, *(applicants.caveats if applicants else ()),
                *caveats_of(market, found, engine),
            ],
        ),
        units=UNITS,
        labels={**labels(system, "regions", "occupations"), WHOLE: "All regions"},
    )  # fmt: skip


def _acting(market: Market, table: pd.DataFrame) -> list[str]:
    """Return the assumptions that act: some only where data are missing, or where they are set."""
    idle = {
        "layoff_rate": not np.isnan(market.layoffs).any(),
        "exit_rate": not np.isnan(market.exits).any(),
        "vacancies_filled": not np.isnan(market.vacancies).any(),
    } | {
        name: not (table["high"].to_numpy(float)[table["name"] == name] > 0).any()
        for name in ("moves_between_posts", "fading_of_spells")
    }
    return [name for name in NAMES if not idle.get(name, False)]


def check_arguments(*, years: int, members: int, weeks: float, engine: Engine = "mean") -> None:
    """Refuse arguments that no simulation can have."""
    if engine not in get_args(Engine):
        raise unknown_name("engine", str(engine), get_args(Engine))
    if years < 1 or members < 1:
        raise InvalidArgument(
            f"years = {years}, members = {members}", fix="Simulate at least one year and one member"
        )
    if not 0.5 <= weeks <= 13:
        raise InvalidArgument(
            f"weeks = {weeks:g}", fix="A step takes from half a week to 13 weeks; 6.75 is usual"
        )


def steps_text(market: Market, found: Ensemble, engine: Engine) -> list[str]:
    """Say what was done, with the figures that a reader needs to judge it."""
    start = found.start
    members = found.cells.shape[2]
    alone = (
        "a Latin hypercube over the assumptions, the expected course for each"
        if engine == "mean"
        else "chance alone, whole people with the central assumptions"
    )
    return [
        *market.steps,
        f"{len(found.away) - 1} steps of {found.weeks:g} weeks; years and months are interpolated "
        "between steps.",
        f"{members} members: {alone}; the first member holds the central assumptions.",
        "Every member starts in balance: separations that keep the unemployed of a cell as many as "
        "they are, hires that let its people grow with demand, attraction of posts and search of "
        f"people fitted to both (hires of no cell off by more than {100 * start.alignment.error:.2f} "
        "per cent); the fit is kept in every later year and in every scenario.",
        f"Newcomers replace those who leave the labour force and grow with demand, "
        f"{start.entrants.sum() * 52 / found.weeks:,.0f} a year at first.",
        "Cells are kept as central figures and 5-95 per cent bands over the members; totals of the "
        "whole system are kept for every member.",
    ]


def caveats_of(market: Market, found: Ensemble, engine: Engine) -> list[str]:
    """Say what a reader must know."""
    caveats = [
        *market.caveats,
        "The bands hold the ranges of the assumptions and no recessions: unemployment of a single "
        "year moves more than this."
        if engine == "mean"
        else "The bands hold chance alone; the assumptions and recessions would widen them.",
        *(
            ()
            if engine != "agents" and np.asarray(found.parameters["moves_between_posts"]).any()
            else (
                "Nobody applies from a post to another one (moves_between_posts is 0): vacancies that "
                "people at work fill are counted as open.",
            )
        ),
        "Wages answer only to levers.",
        *(
            ()
            if engine == "agents" and np.asarray(found.parameters["fading_of_spells"])[0] > 0
            else (
                "The chance to find work does not fall with the length of a spell (fading_of_spells "
                "acts in engine='agents'), so long-term unemployment is likely too low.",
            )
        ),
    ]
    if engine == "mean" and (market.employed[market.employed > 0] < 50).any():
        few = int((market.employed[market.employed > 0] < 50).sum())
        caveats.append(
            f"{few} cells have less than 50 people: chance moves them beyond the bands; "
            "engine='counts' shows by how much."
        )
    if found.start.raised > 0:
        caveats.append(
            f"Vacancies were raised to what the hires of a step ask for, in cells with "
            f"{100 * found.start.raised:.1f} per cent of all hires."
        )
    if found.start.alignment.clipped > 0:
        caveats.append(
            "More people leave unemployment than could apply in cells with "
            f"{100 * found.start.alignment.clipped:.1f} per cent of all leavers; all apply there."
        )
    return caveats
