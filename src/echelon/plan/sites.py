"""Where highlands, fulcrums and platforms should stand, and who goes where: exact, with its proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.methods.hubs import Allocation
from echelon.methods.location import cover_program, median_program
from echelon.plan.site_demand import By, Served, Weight, places_of, read_distance, read_served
from echelon.plan.site_hubs import draw_hubs, find_hubs, read_moved
from echelon.plan.site_search import (
    Drawn,
    Found,
    Objective,
    Question,
    draw_factors,
    draw_sites,
    find_sites,
)
from echelon.plan.site_tables import proof_table, served_table, site_table, tier_table, trace_of
from echelon.registry import unknown_name
from echelon.result import Result
from echelon.system.assumptions import Range, assumed, draw_assumptions
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["sites"]

Array = NDArray[np.float64]
_OBJECTIVES = ("median", "cover", "set", "hubs")
# One highland for about 17 regions, one fulcrum for 6, one platform for 3: a choice, not a finding.
_TIERS = {"highland": 0.06, "fulcrum": 0.16, "platform": 1 / 3}
_HUBS = 3
_MOST_OF_CURVE = 12
_PAPERS = {
    "median": "ReVelle, C., & Swain, R. (1970). Central facilities location. Geographical Analysis 2, "
    "30-42.",
    "cover": "Church, R., & ReVelle, C. (1974). The maximal covering location problem. Papers of the "
    "Regional Science Association 32, 101-118.",
    "set": "Toregas, C. et al. (1971). The location of emergency service facilities. Operations "
    "Research 19, 1363-1373.",
    "hubs": "O'Kelly, M. E. (1987). A quadratic integer program for the location of interacting hub "
    "facilities. European Journal of Operational Research 32, 393-404.",
}
_METHOD = {
    "median": "Sites in tiers so that people are as near to one of each tier as can be, exact.",
    "cover": "Sites in tiers so that most people are within the radius of one of each tier, exact; "
    "among equals the nearest to people.",
    "set": "The fewest sites with everybody within the radius of one of each tier, exact; among "
    "these the nearest to people.",
    "hubs": "Hubs between which moves are bundled so that all moves cost least, exact.",
}


def sites(
    system: System, *, objective: Objective = "median",
    counts: int | Mapping[str, int] | None = None, radius: float | Mapping[str, float] | None = None,
    weight: Weight | None = None, by: By = "distance", candidates: Sequence[str] | None = None,
    allocation: Allocation = "multiple", collect: float = 1.0, distribute: float = 1.0,
    assumptions: Mapping[str, Range] | None = None, year: int | None = None, draws: int = 24,
    seed: int = 0,
) -> Result:  # fmt: skip
    """Choose where sites stand so that people are near to them, and show how sure each choice is.

    *median*: sum over tiers of the mean distance to the nearest site is least; *cover*: most people
    are within the radius; *set*: the fewest sites with everybody within the radius (among equally good
    covers the one nearest to people); *hubs*: the cost
    collect d_ik + transfer d_km + distribute d_mj of all moves is least. A highland is a fulcrum too,
    and a fulcrum a platform: the tiers are chosen together.

    Parameters
    ----------
    system : System
        With people by region (``workers``, else ``graduates``, ``research`` or the indicator
        population) and ``ties`` or places; ``flows`` for hubs.
    objective : {"median", "cover", "set", "hubs"}
    counts : int or mapping of tier to int, optional
        How many sites: one number for a single tier that serves everybody, or a number for some of
        highland, fulcrum and platform. By default about one for 17, 6 and 3 regions; 3 hubs.
    radius : float or mapping of tier to float, optional
        In the unit of the distance; needed for cover and set.
    weight : {"workers", "graduates", "research", "population"}, optional
        Whom sites serve; workers go to the tier that their talent is for.
    by : {"distance", "cost"}
    candidates : sequence of str, optional
        Regions that may hold a site; by default all.
    allocation : {"single", "multiple"}
        Whether a region uses one hub for everything, or the best one for each destination.
    collect, distribute : float
        Cost of a unit of distance to and from a hub; ``hub_transfer`` is the one between hubs.
    assumptions : mapping, optional
        ``demand_spread`` and ``hub_transfer``: a value, or low, central and high.
    year : int, optional
    draws, seed : int

    Returns
    -------
    Result
        ``sites`` (tier, region, chosen, share_of_draws, people, mean_distance, rise_if_closed),
        ``served`` (the site of every region), ``tiers`` (mean distance with its band, covered
        share), ``curve`` (what one more site brings), ``proof`` and ``assumptions``. The certificate
        verifies without a solver.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument

    References
    ----------
    ReVelle, C., & Swain, R. (1970). Geographical Analysis 2, 30-42.
    Church, R., & ReVelle, C. (1974). Papers of the Regional Science Association 32, 101-118.
    """
    question = _question(system, objective, counts, radius=radius, candidates=candidates)
    if objective == "hubs" and weight is not None:
        raise InvalidArgument("Hubs serve those who move", fix="Leave weight out")
    if draws < 20:
        raise InvalidArgument(f"draws = {draws}", fix="Give 20 draws or more")
    names = ("hub_transfer",) if objective == "hubs" else ("demand_spread",)
    taken = assumed(system, names, assumptions)
    drawn_rate = draw_assumptions(taken, draws=draws, seed=seed)[names[0]]
    if objective == "hubs":
        served, flow, variance = read_moved(system, year)
        distance, unit, how = read_distance(system, served.regions, by=by)
        rates = (collect, float(taken["central"].iloc[0]), distribute)
        found = find_hubs(question, distance, flow, allocation=allocation, rates=rates, unit=unit)
        drawn = draw_hubs(found, flow, variance, transfer=drawn_rate, seed=seed)
    else:
        served = read_served(system, question.tiers, weight=weight, year=year)
        distance, unit, how = read_distance(system, served.regions, by=by)
        found = find_sites(question, distance, served, unit=unit)
        factors = draw_factors(served.error, drawn_rate, seed=seed)
        drawn = draw_sites(question, distance, served, factors=factors)
    frames = _frames(question, served, found, drawn=drawn, distance=distance)
    frames["trace"] = trace_of(frames["served"], served, labels(system, "regions"), unit=unit)
    frames["assumptions"] = taken
    parameters = {
        "objective": objective, "counts": dict(zip(question.tiers, _counted(found), strict=True)),
        "radius": None if question.radius is None
        else dict(zip(question.tiers, question.radius.tolist(), strict=True)),
        "weight": weight, "by": by, "candidates": None if candidates is None else list(candidates),
        "allocation": allocation, "collect": collect, "distribute": distribute,
        "assumptions": dict(assumptions or {}), "year": year, "draws": draws,
    }  # fmt: skip
    return _result(
        system, frames, served, found=found, unit=unit, parameters=parameters, how=how, seed=seed
    )


def _counted(found: Found) -> list[int]:
    return [int(count) for count in found.opened.sum(axis=1)]


def _question(
    system: System, objective: Objective, counts: int | Mapping[str, int] | None, *,
    radius: float | Mapping[str, float] | None, candidates: Sequence[str] | None,
) -> Question:  # fmt: skip
    """Return what is asked for, checked."""
    if objective not in _OBJECTIVES:
        raise unknown_name("objective", objective, _OBJECTIVES)
    if objective == "set" and counts is not None:
        raise InvalidArgument(
            "How many sites there are is what the objective set finds", fix="Leave counts out"
        )
    if objective == "hubs" and radius is not None:
        raise InvalidArgument("Hubs have no radius", fix="Leave radius out")
    regions = places_of(system)
    if candidates is not None:
        for code in candidates:
            if code not in regions:
                raise unknown_name("region", code, regions)
        if not len(candidates):
            raise InvalidArgument("No region may hold a site", fix="Name at least one candidate")
    allowed = regions if candidates is None else candidates
    places = np.array(sorted({regions.index(code) for code in allowed}))
    tiers = _tiers(objective, counts, radius)
    numbers = None if objective == "set" else _numbers(tiers, counts, len(regions), len(places))
    limits = _limits(objective, tiers, radius)
    return Question(objective, tiers, numbers, limits, places)


def _tiers(
    objective: Objective, counts: int | Mapping[str, int] | None,
    radius: float | Mapping[str, float] | None,
) -> tuple[str, ...]:  # fmt: skip
    """Return the tiers that are asked for, the one with the fewest sites first."""
    if objective == "hubs":
        if isinstance(counts, Mapping):
            raise InvalidArgument("Hubs have no tiers", fix="Give one number, for example counts=3")
        return ("hub",)
    given = radius if objective == "set" else counts
    if given is None:
        return tuple(_TIERS)
    if not isinstance(given, Mapping):
        return ("site",)
    for tier in given:
        if tier not in _TIERS:
            raise unknown_name("tier of sites", tier, _TIERS)
    if not given:
        raise InvalidArgument("No tier of sites is named", fix=f"Name some of {', '.join(_TIERS)}")
    return tuple(tier for tier in _TIERS if tier in given)


def _numbers(
    tiers: tuple[str, ...], counts: int | Mapping[str, int] | None, regions: int, candidates: int
) -> NDArray[np.int64]:
    """Return how many sites each tier has."""
    if counts is None:
        default = [_TIERS.get(tier, 0.0) for tier in tiers]
        asked = [max(1, round(share * regions)) if share else _HUBS for share in default]
        return np.minimum(np.array(asked), candidates)
    asked = [counts[tier] for tier in tiers] if isinstance(counts, Mapping) else [counts]
    whole = all(isinstance(count, int | np.integer) for count in asked)
    if not whole or min(asked) < 1 or max(asked) > candidates or sorted(asked) != asked:
        said = ", ".join(f"{tier} {count}" for tier, count in zip(tiers, asked, strict=True))
        raise InvalidArgument(
            f"The numbers of sites ({said}) do not fit {candidates} candidates",
            fix="Give whole numbers of at least 1, no more than the candidates, and as many fulcrums "
            "as highlands and as many platforms as fulcrums or more",
        )
    return np.array(asked, dtype=np.int64)


def _limits(
    objective: Objective, tiers: tuple[str, ...], radius: float | Mapping[str, float] | None
) -> Array | None:
    """Return the radius of each tier."""
    if radius is None:
        if objective in ("cover", "set"):
            raise InvalidArgument(
                f"The objective {objective} needs a radius",
                fix="Give one in the unit of the distance, for example radius=500",
            )
        return None
    given = (
        [radius.get(tier) for tier in tiers]
        if isinstance(radius, Mapping)
        else [radius] * len(tiers)
    )
    if any(each is None or not each >= 0 for each in given):
        raise InvalidArgument(
            "Not every tier has a radius of 0 or more",
            fix=f"Give one number, or one for each of {', '.join(tiers)}",
        )
    limits = np.array(given, dtype=float)
    if (np.diff(limits) > 0).any() and objective == "set":
        raise InvalidArgument(
            "The radius rises from a tier to the next one, which has more sites",
            fix="Give highlands the largest radius and platforms the smallest",
        )
    return limits


def _frames(
    question: Question, served: Served, found: Found, *, drawn: Drawn, distance: Array
) -> dict[str, pd.DataFrame]:
    """Return the tables of the result."""
    frames = {
        "sites": site_table(question, served, found, drawn=drawn, distance=distance),
        "served": served_table(question, served, found, drawn=drawn, distance=distance),
        "tiers": tier_table(question, served, found, drawn=drawn, distance=distance),
        "proof": proof_table(found),
    }
    if question.objective in ("median", "cover"):
        frames["curve"] = _curve(question, served, distance)
    return frames


def _curve(question: Question, served: Served, distance: Array) -> pd.DataFrame:
    """Return what one more site brings, for one tier that serves everybody."""
    people = served.people.sum(axis=0)[None]
    to = distance[:, question.candidates]
    rows = []
    for count in range(1, min(_MOST_OF_CURVE, to.shape[1]) + 1):
        counts = np.array([count])
        if question.objective == "cover":
            assert question.radius is not None
            widest = question.radius[:1]
            layout = cover_program(to, people, counts=counts, radius=widest)
            near = np.where(layout.solved()[0], to, np.inf).min(axis=1)
            inside = float(people[0][near <= widest[0]].sum())
            rows.append(
                {"sites": count, "radius": widest[0], "covered_share": inside / people.sum()}
            )
            continue
        opened = median_program(to, people, counts=counts).solved()[0]
        near = np.where(opened, to, np.inf).min(axis=1)
        rows.append({"sites": count, "mean_distance": float(people[0] @ near / people.sum())})
    return pd.DataFrame(rows)


def _result(
    system: System, frames: dict[str, pd.DataFrame], served: Served, *, found: Found, unit: str,
    parameters: Mapping[str, object], how: str, seed: int,
) -> Result:  # fmt: skip
    """Return the result with its note."""
    objective = str(parameters["objective"])
    ties = ("ties",) if "table ties" in how else ()
    most = frames["sites"].query("chosen")["share_of_draws"]
    drawn = "moves" if objective == "hubs" else "demand"
    caveats = [
        *served.caveats,
        f"{int((most < 0.5).sum())} of {len(most)} sites are chosen in less than half of the draws of "
        f"{drawn}: near-equal sites take their place.",
        "Regions are taken as points at their centre; distance within a region counts as 0.",
        "How many sites there are is a choice, not a finding: the table curve says what one more brings.",
    ]
    if objective in ("set", "hubs"):
        caveats.pop()
    steps = [*served.steps, how, *_steps(parameters, found)]
    return Result(
        name="plan.sites", system=system.name, frames=frames, certificate=found.certificate,
        note=note_of(
            system, "regions", served.table, *ties, *(("occupations",) if served.table == "workers"
                                                      else ()),
            papers=[_PAPERS[objective]], seed=seed, method=_METHOD[objective], parameters=parameters,
            steps=steps, caveats=caveats,
        ),
        units={"mean_distance": unit, "distance": unit, "rise_if_closed": unit, "furthest": unit,
               "radius": unit, "people": served.unit, "share_of_draws": "share of the draws",
               "same_site": "share of the draws", "same_sites": "share of the draws"},
        labels={**labels(system, "regions"), "highland": "Highlands", "fulcrum": "Fulcrums",
                "platform": "Platforms", "site": "Sites", "hub": "Hubs"},
    )  # fmt: skip


def _steps(parameters: Mapping[str, object], found: Found) -> list[str]:
    """Say how the choice was made and drawn."""
    proof = found.certificate
    steps = [
        f"Value {proof.value:,.6g} ({proof.unit}), proven bound {proof.bound:,.6g}, gap "
        f"{100 * proof.gap:.2g} per cent."
    ]
    if parameters["objective"] == "hubs":
        steps.append(
            f"Drew the moves {parameters['draws']} times within their sampling errors and the rate "
            "between hubs within its range; each draw chooses among the sets of hubs that came nearest."
        )
        return steps
    steps.append(
        f"Drew demand {parameters['draws']} times: sampling errors where published, and an assumed "
        "spread; every draw is solved to the optimum."
    )
    if len(found.opened) > 1:
        steps.append("Every tier counts alike: its mean distance, or its share of people.")
    return steps
