"""What each region is strong in, how complex it is, what lies near, and who does the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from echelon.errors import EchelonError, InsufficientData, InvalidArgument, MissingTable
from echelon.explanation import note_of
from echelon.measure.portfolios import KINDS, Kind, Portfolio, read_portfolio
from echelon.measure.strength_tables import (
    activity_table,
    likeness_table,
    opportunity_table,
    quotient_table,
    region_table,
    trace_of,
    year_table,
)
from echelon.measure.strengths import (
    FEWEST_ACTIVITIES,
    Settings,
    Sign,
    Strengths,
    draw_strengths,
    strengths,
)
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["specialisation"]

_PAPERS = (
    "Hidalgo, C. A. et al. (2007). The product space conditions the development of nations. "
    "Science 317, 482-487.",
    "Hidalgo, C. A., & Hausmann, R. (2009). The building blocks of economic complexity. PNAS "
    "106(26), 10570-10575.",
    "Mealy, P., Farmer, J. D., & Teytelboym, A. (2019). Interpreting economic complexity. Science "
    "Advances 5(1), eaau1705.",
    "Tacchella, A. et al. (2012). A new metrics for countries' fitness and products' complexity. "
    "Scientific Reports 2, 723.",
    "Balland, P.-A. et al. (2019). Smart specialization policy in the European Union: relatedness, "
    "knowledge complexity and regional diversification. Regional Studies 53(9), 1252-1268.",
    "Krugman, P. (1991). Geography and Trade. MIT Press.",
)
_FEWEST_REGIONS = 2


def specialisation(
    system: System, *, of: Sequence[Kind] | Kind | None = None, year: int | None = None,
    output: Literal["employment", "value_added"] | None = None, prior: float = 0.01,
    minimum: float = 0.0005, sign: Sign = "fitness", most: int = 5, draws: int = 200, seed: int = 0,
) -> Result:  # fmt: skip
    """Measure what each region is strong in, how complex that is, and what lies within its reach.

    For occupations (people at work), industries (people at work, else value added) and technologies
    (patents, else research spending): location quotient LQ = (x_ri / x_r) / (x_i / x); a region has
    an activity when LQ >= 1; proximity, relatedness density, complexity and fitness come from who has
    which activity.

    Parameters
    ----------
    system : System
    of : sequence of {"occupations", "industries", "technologies"}, optional
        By default all that the tables allow.
    year : int, optional
        Last year to look at; by default the last one that is known.
    output : {"employment", "value_added"}, optional
        By which figure industries are compared.
    prior : float
        Every region is mixed with so much of the mix of all regions, as a share of the median
        region's total: quotients of small regions move towards 1, and never across it.
    minimum : float
        A region with less than this share of the total has quotients but no place in the order of
        complexity.
    sign : {"fitness", "diversity"}
        The order of complexity has no direction of its own; it is turned to agree with fitness, or
        with the number of activities, as is usual.
    most : int
        Opportunities listed for each region.
    draws, seed : int

    Returns
    -------
    Result
        ``specialisation`` (region, kind, year, complexity, diversity, krugman, ... each with its
        5-95 % band, ranks with theirs), ``quotients`` (every region and activity), ``opportunities``
        (absent activities with high density and high complexity), ``activities`` (complexity of
        each, who leads), ``similarity`` (every two regions), ``years`` (how alike the regions are
        over time).

    Raises
    ------
    MissingTable
        When no kind of activities is known by region.
    InsufficientData
        When there is one region only, or all regions do the same.

    Notes
    -----
    Complexity is an order along the strongest contrast between these regions, not a level: adding
    a region or an activity changes it. With fewer than eight activities it is left unknown.

    References
    ----------
    Hidalgo, C. A., & Hausmann, R. (2009). PNAS 106(26), 10570-10575.
    Balland, P.-A. et al. (2019). Regional Studies 53(9), 1252-1268.
    """
    settings = _settings(prior, minimum, sign, draws, seed)
    if most < 1:
        raise InvalidArgument(f"most = {most}", fix="Ask for at least one opportunity per region")
    kinds, demanded = _checked_kinds(of)
    found, lacking = _read(system, kinds, demanded, (year, output, settings))
    names = labels(system, "regions", "occupations", "industries", "technologies")
    parts: dict[str, list[pd.DataFrame]] = {}
    for portfolio, strong in found:
        drawn = draw_strengths(portfolio, strong, settings)
        regions = region_table(portfolio, strong, drawn)
        chances = opportunity_table(portfolio, strong, drawn, most=most)
        for name, frame in (
            ("specialisation", regions),
            ("quotients", quotient_table(portfolio, strong, drawn)),
            ("opportunities", chances),
            ("activities", activity_table(portfolio, strong, drawn)),
            ("similarity", likeness_table(portfolio, strong)),
            ("years", year_table(portfolio, settings)),
            ("trace", trace_of(portfolio, strong, regions, names=names)),
        ):
            parts.setdefault(name, []).append(frame)
    frames = {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}
    frames["trace"]["year"] = int(frames["specialisation"]["year"].max())
    steps, caveats = _said(system, found, lacking, settings)
    return Result(
        name="measure.specialisation", system=system.name, frames=frames,
        note=note_of(
            system, "regions", *(kind for kind in kinds if kind in system),
            *(portfolio.table for portfolio, _ in found), papers=_PAPERS, seed=seed,
            method="What regions are strong in by location quotients, and how related and complex "
            "their activities are by who has which.",
            parameters={"of": [portfolio.kind for portfolio, _ in found], "year": year,
                        "output": output, "prior": prior, "minimum": minimum, "sign": sign,
                        "most": most, "draws": draws},
            steps=steps, caveats=caveats,
        ),
        units={"complexity": "standard deviations", "krugman": "0-2", "concentration": "0-1",
               "quotient": "times the share in all regions", "density": "0-1", "score": "0-1",
               "similarity": "cosine", "likeness": "cosine"},
        labels={**names, "occupations": "Occupations", "industries": "Industries",
                "technologies": "Technologies"},
    )  # fmt: skip


def _settings(prior: float, minimum: float, sign: Sign, draws: int, seed: int) -> Settings:
    if not prior >= 0 or not 0 <= minimum < 1 or draws < 20:
        raise InvalidArgument(
            f"prior = {prior}, minimum = {minimum}, draws = {draws}",
            fix="Give a prior of 0 or more, a minimum share from 0 to below 1, and 20 draws or more",
        )
    if sign not in ("fitness", "diversity"):
        raise InvalidArgument(f"The sign rule {sign!r} is unknown", fix="Use fitness or diversity")
    return Settings(prior, minimum, sign, draws, seed)


def _checked_kinds(of: Sequence[Kind] | Kind | None) -> tuple[tuple[Kind, ...], bool]:
    """Return the kinds that a caller asked for, and whether each one must be there."""
    if of is None:
        return KINDS, False
    asked: tuple[Kind, ...] = (of,) if isinstance(of, str) else tuple(of)
    for kind in asked:
        if kind not in KINDS:
            raise InvalidArgument(
                f"The kind of activities {kind!r} is unknown",
                fix=f"Choose among {', '.join(KINDS)}",
            )
    if not asked:
        raise InvalidArgument(
            "No kind of activities was asked for", fix=f"Choose {', '.join(KINDS)}"
        )
    return tuple(kind for kind in KINDS if kind in asked), True


_Found = list[tuple[Portfolio, Strengths]]


def _read(
    system: System, kinds: tuple[Kind, ...], demanded: bool,
    given: tuple[int | None, Literal["employment", "value_added"] | None, Settings],
) -> tuple[_Found, dict[str, str]]:  # fmt: skip
    """Return every kind of activities that the tables allow, and why the others are not there."""
    year, output, settings = given
    found: _Found = []
    lacking: dict[str, EchelonError] = {}
    for kind in kinds:
        try:
            portfolio = read_portfolio(system, kind, year=year, output=output)
            if len(portfolio.regions) < _FEWEST_REGIONS:
                raise InsufficientData(
                    "Specialisation compares regions, and there is only one",
                    where="table regions", fix="Add regions",
                )  # fmt: skip
            found.append((portfolio, strengths(portfolio, settings)))
        except (MissingTable, InsufficientData) as error:
            if demanded:
                raise
            lacking[kind] = error
    if not found:
        first = next(iter(lacking.values()))
        told = [error for error in lacking.values() if isinstance(error, InsufficientData)]
        if told:
            raise told[0]
        raise MissingTable(
            f"The system {system.name!r} has no activities by region: no workers, output, patents "
            "or research spending by field",
            fix=str(first.fix),
        )
    return found, {kind: str(error) for kind, error in lacking.items()}


def _said(
    system: System, found: _Found, lacking: dict[str, str], settings: Settings
) -> tuple[list[str], list[str]]:
    """Return what was done, and what a reader must know."""
    steps: list[str] = []
    caveats: list[str] = []
    for portfolio, strong in found:
        name = portfolio.kind.capitalize()
        steps += [text if text.startswith(name) else f"{name}: {text}" for text in portfolio.steps]
        steps.append(
            f"{name}: every region was mixed with {strong.weight:,.4g} {portfolio.unit} of the mix "
            f"of all regions ({100 * settings.prior:g} per cent of the median region)."
        )
        steps.append(f"{name}: {_against_nation(system, portfolio)}")
        caveats += _about_order(portfolio, strong, settings)
    caveats.append(
        "Complexity is an order along the strongest contrast between these regions, not a level; it "
        "changes with the regions and activities in the table."
    )
    caveats += [f"{kind.capitalize()} are left out. {why}" for kind, why in lacking.items()]
    return steps, caveats


def _about_order(portfolio: Portfolio, strong: Strengths, settings: Settings) -> list[str]:
    """Say how far the order of complexity can be trusted."""
    name, n = portfolio.kind, len(portfolio.activities)
    found = []
    if strong.small.any():
        codes = [portfolio.regions[i] for i in np.flatnonzero(strong.small)]
        found.append(
            f"{name.capitalize()}: too small for the order of complexity: {', '.join(codes)}."
        )
    if n < FEWEST_ACTIVITIES:
        found.append(
            f"{name.capitalize()}: {n} activities are too few to tell complexity (at least "
            f"{FEWEST_ACTIVITIES}), so it is unknown, and so are fitness and opportunities; location "
            "quotients, distance from the mix and likeness hold."
        )
    elif not strong.ordered:
        found.append(
            f"{name.capitalize()}: who has which activity gives no order of complexity: too few "
            "regions share activities, or two contrasts are equally strong."
        )
    else:
        apart = np.isnan(strong.index.regions) & ~strong.small
        if apart.any():
            outside = ", ".join(portfolio.regions[i] for i in np.flatnonzero(apart))
            found.append(
                f"{name.capitalize()}: not in the order of complexity, since they share no activity "
                f"with the others: {outside}."
            )
        agreement = strong.index.agreement
        text = (
            f"{name.capitalize()}: the order of complexity correlates {agreement:.2f} with the number "
            "of activities"
        )
        if settings.sign == "fitness" and agreement < 0:
            text += "; by the usual rule it would be turned the other way"
        found.append(text + ".")
    empty = int((portfolio.last.sum(axis=0) == 0).sum())
    if empty:
        found.append(
            f"{name.capitalize()}: {empty} activities that no region has were left unknown."
        )
    return found


def _against_nation(system: System, portfolio: Portfolio) -> str:
    """Say how the sum over the regions compares with a figure for the whole."""
    total, year = float(portfolio.last.sum()), portfolio.years[-1]
    national, where = _national(system, portfolio, year)
    text = f"the regions sum to {total:,.0f} {portfolio.unit} in {year}"
    if not national > 0:
        return text + "; no figure for the whole is in the tables to compare it with."
    gap = 100 * (total / national - 1)
    return f"{text}, {gap:+.2f} per cent from the {national:,.0f} of {where}."


def _national(system: System, portfolio: Portfolio, year: int) -> tuple[float, str]:
    if portfolio.column == "headcount" and "staffing" in system:
        rows = system.table("staffing")
        rows = rows[rows["occupation"].isin(portfolio.activities)]
        if "headcount" in rows:
            if "year" in rows:
                rows = rows[rows["year"] == year]
            return float(rows["headcount"].sum()), "the national table staffing"
    if portfolio.column == "patents":
        rows = system.table("technology")
        rows = rows[rows["region"].isna() & (rows["year"] == year)]
        return float(rows["patents"].sum()), "the rows without a region in technology"
    if portfolio.column == "spend":
        rows = system.table("research")
        of_field = rows[rows["technology"].isin(portfolio.activities) & (rows["year"] == year)]
        same = rows["technology"].isna() & (rows["year"] == year)
        if "performer" in rows and len(of_field):
            same &= rows["performer"] == of_field["performer"].iloc[0]
        if "funder" in rows:
            same &= rows["funder"].isna() | (rows["funder"] == "all")
        return float(rows.loc[same, "spend"].sum()), "the rows without a field in research"
    return float("nan"), ""
