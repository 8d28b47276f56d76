"""Demand by industry and occupation to a horizon, with bands, openings and a back-test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.errors import InvalidArgument, MissingTable
from echelon.explanation import note_of
from echelon.methods.reconcile import Reconciling
from echelon.methods.smoothing import FORMS
from echelon.project.backtest import (
    backtest_table,
    published_growth,
    published_table,
    published_test,
)
from echelon.project.employment import (
    Held,
    History,
    Projection,
    hold_out,
    project_employment,
    read_history,
)
from echelon.project.posts import Staffing, staff
from echelon.project.shifts import shift_share_table
from echelon.project.tables import (
    PostTables,
    industry_table,
    nation_of_industries,
    post_tables,
    reconciliation_table,
    region_table,
)
from echelon.project.trace import demand_trace
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Outlook", "demand", "outlook"]

_YEARS_AHEAD = 10
_SPAN = 10
_FEWEST_DRAWS = 20
_TABLES = (
    "output",
    "staffing",
    "workers",
    "separations",
    "occupations",
    "industries",
    "projections",
    "occupation_history",
)
_PAPERS = (
    "Hyndman, R. J., Koehler, A. B., Ord, J. K., & Snyder, R. D. (2008). Forecasting with Exponential "
    "Smoothing. Springer.",
    "Bates, J. M., & Granger, C. W. J. (1969). The combination of forecasts. Operational Research "
    "Quarterly 20, 451-468.",
    "Williams, W. H., & Goodman, M. L. (1971). A simple method for the construction of empirical "
    "confidence limits for economic forecasts. JASA 66, 752-754.",
    "Wickramasuriya, S. L., Athanasopoulos, G., & Hyndman, R. J. (2019). Optimal forecast "
    "reconciliation through trace minimization. JASA 114, 804-819.",
    "Miller, R. E., & Blair, P. D. (2009). Input-Output Analysis, section 7.4 (RAS).",
    "U.S. Bureau of Labor Statistics. Occupational separations methodology.",
    "Barff, R. A., & Knight, P. L. (1988). Dynamic shift-share analysis. Growth and Change 19(2), 1-10.",
    "Esteban-Marquillas, J. M. (1972). A reinterpretation of shift-share analysis. Regional and Urban "
    "Economics 2(3), 249-255.",
)
_MISSING = ("staffing", "workers", "occupations")


@dataclass(frozen=True)
class Outlook:
    """What the verbs of this room share: history, held-out forecasts, projection, posts."""

    history: History
    held: Held | None
    projection: Projection
    staffing: Staffing | None
    posts: PostTables | None
    evidence: str
    refused: str


def demand(
    system: System, *, horizon: int | None = None, draws: int = 200, seed: int = 0,
    reconcile: Reconciling = "minimum_trace", shock: float | None = 5.0,
    occupations: bool | None = None,
) -> Result:  # fmt: skip
    """Project how many people each industry and each occupation will need, and how far that may err.

    Employment by region and industry goes on by the mean of two forecasts, a damped trend chosen by
    AICc and the usual growth, drawn towards the nation's; regions and nation are made to agree. A
    staffing matrix of every region, raked to its occupations and industries, carries it to posts.
    Openings are posts that people leave and posts that are new: ``(exit rate + transfer rate) x
    average posts + change``.

    Parameters
    ----------
    system : System
        With ``output`` (employment by region, industry and year); for occupations also
        ``staffing``, ``workers`` and ``occupations``; for openings ``separations``.
    horizon : int, optional
        Last year; by default ten years after the last count.
    draws : int
        Paths drawn for the bands, from the errors of past years, common to regions and industries.
    seed : int
    reconcile : {"minimum_trace", "proportional", "bottom_up"}
        How the regions and the nation's own projection are made to agree.
    shock : float or None
        A last year in which all employment moved this many robust standard deviations from its
        usual change is set aside as passing; None keeps every year.
    occupations : bool, optional
        True refuses when the tables for occupations are missing, False leaves occupations out; by
        default they are projected where the tables allow.

    Returns
    -------
    Result
        ``demand`` (region, occupation, year, posts with band, openings, evidence), ``industries``
        (region, industry, year, employment with band), ``regions`` (all employment, growth a year
        with band, rank with band), ``nation`` (sums with bands of the sums), ``shift_share``,
        ``backtest`` (errors beside the naive forecasts), ``published`` (published projections
        against later counts), ``reconciliation``.

    Raises
    ------
    MissingTable
        Without employment in ``output``; with ``occupations=True`` without staffing or workers.
    InsufficientData
        With one year only.
    InvalidArgument
        When the horizon is in the past or there are too few draws.

    References
    ----------
    Hyndman, R. J., et al. (2008). Forecasting with Exponential Smoothing. Springer.
    Miller, R. E., & Blair, P. D. (2009). Input-Output Analysis, section 7.4.
    """
    if occupations:
        system.need(*_MISSING)
    found = outlook(
        system, horizon=horizon, draws=draws, seed=seed, reconcile=reconcile, shock=shock,
        occupations=occupations is not False,
    )  # fmt: skip
    return Result(
        name="project.demand",
        system=system.name,
        frames=_frames(system, found),
        note=note_of(
            system, *_TABLES, seed=seed, papers=_PAPERS,
            method="Employment by industry and region goes on by trend; staffing matrices carry it to "
            "occupations; openings by the separations method; errors on held-out years beside it.",
            parameters={
                "horizon": int(found.projection.years[-1]), "draws": draws, "reconcile": reconcile,
                "shock": shock, "occupations": found.staffing is not None,
            },
            steps=_steps(found), caveats=_caveats(system, found),
        ),
        units=_UNITS,
        labels={**labels(system, "regions", "occupations", "industries"), "all": "All industries"},
    )  # fmt: skip


_UNITS = {
    "posts": "jobs", "posts_low": "jobs", "posts_high": "jobs", "openings": "jobs a year",
    "employment": "jobs", "growth": "per cent a year", "error": "per cent",
    "error_last": "per cent", "error_growth": "per cent", "coverage": "share of 1",
    "difference": "per cent", "figure": "jobs", "change": "jobs",
}  # fmt: skip


def outlook(
    system: System, *, horizon: int | None, draws: int, seed: int, reconcile: Reconciling,
    shock: float | None, occupations: bool,
) -> Outlook:  # fmt: skip
    """Return history, held-out forecasts, projection and posts of a system.

    Parameters
    ----------
    system : System
    horizon, draws, seed, reconcile, shock
        As in :func:`demand`.
    occupations : bool
        Whether posts are made where the tables allow.
    """
    if draws < _FEWEST_DRAWS:
        raise InvalidArgument(f"draws = {draws}", fix=f"Use at least {_FEWEST_DRAWS}")
    history = read_history(system, shock=shock)
    refused = ""
    if occupations:
        try:
            system.need(*_MISSING)
        except MissingTable as error:
            occupations, refused = False, str(error)
    counted = int(system.table("workers")["year"].max()) if occupations else 0
    last = horizon or max(counted, int(history.years[-1])) + _YEARS_AHEAD
    if last <= max(counted, int(history.years[-1])):
        raise InvalidArgument(
            f"The horizon {last} is in the past: people and jobs are counted up to "
            f"{max(counted, int(history.years[-1]))}",
            fix=f"Choose a year from {max(counted, int(history.years[-1])) + 1} on",
        )
    held = hold_out(history, steps=last - history.base)
    projection = project_employment(
        history, horizon=last, draws=draws, seed=seed, method=reconcile, held=held
    )
    used = ["output", *(("staffing", "workers") if occupations else ())]
    kinds = [use.evidence for use in system.use(*used).values()]
    evidence = "assumed" if any(kind.get("assumed") for kind in kinds) else "derived"
    staffing = staff(system, projection) if occupations else None
    posts = None
    if staffing is not None:
        posts = post_tables(staffing, _rates(system), evidence=evidence)
    return Outlook(history, held, projection, staffing, posts, evidence, refused)


def _rates(system: System) -> pd.DataFrame | None:
    """Return the last rates at which people leave each occupation."""
    if "separations" not in system:
        return None
    rows = system.table("separations").sort_values("year")
    return rows.drop_duplicates("occupation", keep="last").set_index("occupation")


def _frames(system: System, found: Outlook) -> dict[str, pd.DataFrame]:
    """Return the tables of the result, the main one first."""
    projection, evidence = found.projection, found.evidence
    industries = industry_table(projection, evidence=evidence)
    nation = nation_of_industries(projection)
    frames = {}
    if found.posts is not None:
        frames["demand"] = found.posts.demand
        nation = pd.concat([nation, found.posts.nation], ignore_index=True)
    published = published_table(system)
    tests = [backtest_table(found.history, found.held), published_test(published)]
    regions = region_table(projection, evidence=evidence)
    return {
        **frames,
        "industries": industries,
        "regions": regions,
        "nation": nation,
        "shift_share": shift_share_table(found.history, span=_SPAN),
        "backtest": pd.concat([test for test in tests if len(test)] or tests, ignore_index=True),
        "published": published,
        "reconciliation": reconciliation_table(projection),
        "trace": demand_trace(
            projection,
            industries,
            regions,
            posts=found.posts,
            staffing=found.staffing,
            names=labels(system, "occupations", "industries"),
        ),
    }


def _steps(found: Outlook) -> list[str]:
    """Say what was done, with the figures that a reader needs to judge it."""
    history, projection = found.history, found.projection
    forms = np.bincount(projection.forms, minlength=len(FORMS))
    apart = reconciliation_table(projection)
    last = apart[apart["year"] == apart["year"].max()]
    whole = 100 * (last["regions"].sum() / max(last["nation"].sum(), 1e-9) - 1)
    steps = [
        f"Employment of {history.industry.size} series (region x industry), {history.years[0]}-"
        f"{history.base}, in logarithms: mean of a fitted trend ("
        + ", ".join(f"{name} {count}" for name, count in zip(FORMS, forms, strict=True))
        + ") and of the usual growth, drawn towards the nation's in the industry.",
        f"In {projection.years[-1]} the regions add up to {abs(whole):.2f} per cent "
        f"{'more' if whole > 0 else 'less'} than the nation's own projection, at most "
        f"{last['difference'].abs().max():.1f} per cent in an industry; the difference was shared "
        "out, and the nation is the sum of its regions.",
    ]
    if found.held is not None:
        factors = found.held.factors
        steps.append(
            f"Bands: errors of past years drawn together for all series, widened by {factors[0]:.2f} "
            f"(one year ahead) to {factors[-1]:.2f} ({factors.size} years ahead and more), the "
            f"nation's by {found.held.nation_factors[0]:.2f} to {found.held.nation_factors[-1]:.2f}, "
            "so that 90 per cent of the errors on held-out years lie within them."
        )
    if found.staffing is not None:
        steps.append(
            f"Posts: people counted in {found.staffing.year} spread over industries as in the whole "
            "system, raked to the region's occupations and industries; every industry keeps its "
            "staffing, and posts grow with it."
        )
    return steps


def _caveats(system: System, found: Outlook) -> list[str]:
    """Say what a reader must know."""
    history, staffing = found.history, found.staffing
    caveats = [
        "A trend knows no new policy, no limit of the labour force and no new technology: read the "
        "band, and the back-test beside the naive forecast.",
    ]
    if history.shock is not None:
        caveats.append(
            f"{history.shock} is set aside as a passing shock: neither trend nor band knows it."
        )
    if found.held is None:
        caveats.append(
            "Too few years to hold any out: the bands are not tested and likely too narrow."
        )
    if history.left_out:
        caveats.append(
            f"Left out, known in one year only: {', '.join(history.left_out[:5])}"
            + (f" and {len(history.left_out) - 5} more." if len(history.left_out) > 5 else ".")
        )
    if found.refused:
        caveats.append(f"No occupations. {found.refused}")
    if staffing is None:
        return caveats
    return [*caveats, *_caveats_of_posts(system, found, staffing)]


def _caveats_of_posts(system: System, found: Outlook, staffing: Staffing) -> list[str]:
    """Say what a reader of posts by occupation must know."""
    caveats = [
        "The staffing of an industry stays as counted; occupations that grow or shrink within "
        "industries (computing, office work) are not seen."
    ]
    if staffing.unknown:
        caveats.append(
            "Without employment figures, so kept at their posts: industries "
            + ", ".join(staffing.unknown) + "."
        )  # fmt: skip
    if staffing.unstaffed:
        caveats.append(
            "In no industry's staffing, so they go with the region: occupations "
            + ", ".join(staffing.unstaffed[:5]) + "."
        )  # fmt: skip
    merged = [group for group in staffing.groups if group not in set(found.history.industries)]
    shared = [group for group in merged if group not in staffing.unknown]
    if shared:
        caveats.append(
            "The tables output and staffing draw borders differently (ownership, for example public "
            f"schools), so these industries are carried to occupations together: {', '.join(shared)}."
        )
    published = published_growth(system)
    if published is not None and found.posts is not None:
        whole = found.posts.draws[0].sum(axis=-1)
        ours = 100 * ((whole[-1] / whole[0]) ** (1 / (len(whole) - 1)) - 1)
        caveats.append(
            f"All posts grow by {ours:.2f} per cent a year here, and by {published[1]:.2f} in the "
            f"published projection {published[0]}, which knows the ageing of the labour force."
        )
    caveats += [
        f"The staffing of {region} cannot be raked: margins are off by up to {off:,.0f} people, so "
        "its industries are those that its occupations imply."
        for region, off in staffing.not_raked.items()
    ]
    if "separations" not in system:
        caveats.append(
            "Openings are unknown: the table separations (exit and transfer rates) is missing."
        )
    return caveats
