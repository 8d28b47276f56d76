"""A baseline against scenarios: what the policy does, and not the noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, MisalignedLabels
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.result import Result
from echelon.simulate.applicant_tables import applicant_comparison
from echelon.simulate.applicants import read_applicants
from echelon.simulate.ensemble import CELL_FIGURES, Engine, Ensemble, simulated
from echelon.simulate.market import TABLES, Demand, Market, read_market
from echelon.simulate.parameters import draw_members, read_parameters
from echelon.simulate.policy import Policy, read_policy
from echelon.simulate.promise import promise_table
from echelon.simulate.run import PAPERS, UNITS, caveats_of, check_arguments, steps_text
from echelon.simulate.tables import WHOLE, at_years, band_of, by_year, rates, with_whole
from echelon.system.assumptions import Range
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["compare"]

Array = NDArray[np.float64]
# Tables from which rates and their ranges come: those of all members are the baseline's.
_KEPT = ("turnover", "staffing", "assumptions")
_FIGURES = ("employed", "unemployed", "vacancies", "long_term", "entered")
_SAME = (
    "employed", "unemployed", "vacancies", "layoffs", "exits", "graduates", "occupation_moves",
    "region_moves",
)  # fmt: skip


def compare(
    baseline: System, scenarios: System | Sequence[System], *, years: int = 10, members: int = 50,
    seed: int = 0, engine: Engine = "mean", demand: Demand | None = None,
    assumptions: Mapping[str, Range] | None = None, weeks: float = 6.75,
) -> Result:  # fmt: skip
    """Say what scenarios do to work, unemployment and vacancies, against a baseline, and at what cost.

    Baseline and scenarios have the same members with the same random numbers, and the alignment of
    the baseline, so that a difference is the policy and not the noise; its band is that of the
    differences member by member. A scenario may set levers (train, retrain, relocate, recruit in
    people a year; search, pay, retain, screen, evaluate, compete in per cent; fund, a share of the
    platforms), change the posts of later years in the table ``demand``, or change other tables that
    the simulation reads, but for ``turnover``, ``staffing`` and ``assumptions``, which are the
    baseline's.

    Parameters
    ----------
    baseline : System
    scenarios : System or sequence of System
        Made with ``baseline.with_(...)`` or :func:`echelon.read_scenario`, each with its own name.
    years, members, seed, engine, demand, assumptions, weeks
        As in :func:`echelon.simulate.run`.

    Returns
    -------
    Result
        ``comparison`` (scenario, region with ``all`` for the whole, year, figure: baseline, value,
        difference with its 5-95 % band), ``occupations`` (the same by occupation of the whole
        system), ``applicants`` (the same for people with and without a degree, and the better half
        and others, where a lever acts on who is chosen), ``costs`` (scenario, lever, region, year: cost with
        its band), ``members``
        (scenario, member, year: people at work, without work, in training, who joined and left the
        labour force; the baseline is named too), ``promise`` (scenario, region, occupation, year:
        people whom the levers add on paper, as a planner counts them, beside people and people at
        work of the simulated market).

    Raises
    ------
    MissingTable, InsufficientData, InvalidSystem, InvalidArgument, UnknownName
    MisalignedLabels
        When a scenario has other regions or occupations.
    """
    check_arguments(years=years, members=members, weeks=weeks, engine=engine)
    others = [scenarios] if not isinstance(scenarios, Sequence) else list(scenarios)
    names = [baseline.name, *(each.name for each in others)]
    if not others or len(set(names)) < len(names):
        raise InvalidArgument(
            f"The systems are {', '.join(map(repr, names))}",
            fix="Give at least one scenario, and each a name of its own",
        )
    _check_kept(baseline, others)
    market = read_market(baseline, years=years, demand=demand, results={})
    table = read_parameters(baseline, assumptions)
    drawn = draw_members(table, members=members, seed=seed)
    found: dict[str, tuple[Ensemble, Policy]] = {}
    markets = {baseline.name: market} | {
        each.name: _scenario_market(each, market, years=years, demand=demand) for each in others
    }
    policies = {
        each.name: read_policy(each, markets[each.name], members=members, seed=seed)
        for each in (baseline, *others)
    }
    # All have the same classes of applicants, so that a lever at zero is the baseline.
    selects = any(policy.selects for policy in policies.values())
    applicants = read_applicants(baseline, market) if selects else None
    for system in (baseline, *others):
        changed, policy = markets[system.name], policies[system.name]
        ensemble = simulated(
            market, drawn, posts=changed.posts, weeks=weeks, engine=engine, seed=seed,
            influence=policy.influences, changed=_other_people(changed, market), applicants=applicants,
        )  # fmt: skip
        found[system.name] = ensemble, policy
    first = found[baseline.name][0]
    said = [line for _, policy in found.values() for line in policy.said]
    return Result(
        name="simulate.compare",
        system=baseline.name,
        frames={**_frames(market, found), "assumptions": table},
        note=note_of(
            baseline, *TABLES, seed=seed, papers=PAPERS,
            method="The same ensemble with the same random numbers under a baseline and under each "
            "scenario; differences member by member.",
            parameters={
                "scenarios": names[1:], "years": years, "members": members, "engine": engine,
                "demand": demand or "by tables", "weeks": weeks,
            },
            steps=[*steps_text(market, first, engine), "The scenarios keep the baseline's alignment."],
            caveats=[*dict.fromkeys(said), *caveats_of(market, first, engine)],
        ),
        units={**UNITS, "difference": "as the figure", "cost": "currency a year"},
        labels={**labels(baseline, "regions", "occupations"), WHOLE: "All regions"},
    )  # fmt: skip


def _check_kept(baseline: System, others: Sequence[System]) -> None:
    """Refuse a scenario that changes what a comparison keeps from the baseline."""
    for system, table in product(others, _KEPT):
        theirs, ours = (s.digest(table) if table in s else "" for s in (system, baseline))
        if theirs != ours:
            raise InvalidArgument(
                f"The scenario {system.name!r} changes the table {table}, which a comparison keeps from "
                "the baseline",
                fix="Compare runs of echelon.simulate.run on each system, or use a lever",
            )


def _other_people(changed: Market, market: Market) -> Market | None:
    """Return a scenario's market with the baseline's posts, None where only posts differ."""
    same = all(
        np.array_equal(getattr(changed, name), getattr(market, name), equal_nan=True)
        for name in _SAME
    )
    return None if same else replace(changed, posts=market.posts)


def _frames(
    market: Market, found: Mapping[str, tuple[Ensemble, Policy]]
) -> dict[str, pd.DataFrame]:
    """Return the tables, those without a row left out."""
    baseline, *names = found
    first = found[baseline][0]
    rows = [_regions(name, market, first, found[name][0]) for name in names]
    comparison = pd.concat(rows, ignore_index=True).assign(evidence=market.evidence)
    by_occupation = [_occupations(name, market, first, found[name][0]) for name in names]
    frames = {
        "comparison": comparison,
        "occupations": pd.concat(by_occupation, ignore_index=True),
        "applicants": pd.concat(
            [
                applicant_comparison(name, market, first=first, found=found[name][0])
                for name in names
            ],
            ignore_index=True,
        ),
        "costs": _costs(
            [policy.costs.assign(scenario=name) for name, (_, policy) in found.items()]
        ),
        "members": pd.concat(
            [_people(name, market, ensemble) for name, (ensemble, _) in found.items()],
            ignore_index=True,
        ),
        "promise": pd.concat(
            [
                promise_table(
                    name, market, found[name][1].influence, first=first, found=found[name][0]
                )
                for name in names
            ],
            ignore_index=True,
        ),
        "trace": _trace(comparison, names[-1]),
    }
    return {name: frame for name, frame in frames.items() if len(frame)}


def _scenario_market(
    system: System, market: Market, *, years: int, demand: Demand | None
) -> Market:
    """Return a scenario's market, its posts over those of the baseline's first year."""
    found = read_market(system, years=years, demand=demand, results={})
    for name in ("regions", "occupations"):
        ours, theirs = getattr(market, name), getattr(found, name)
        if ours != theirs:
            odd = sorted(set(ours) ^ set(theirs)) or [theirs[0]]
            raise MisalignedLabels(
                f"The scenario {system.name!r} has other {name} than the baseline",
                where=str(odd[0]), fix="Change figures and leave the labels as they are",
            )  # fmt: skip
    if found.demand != market.demand:
        # Levels of two sources do not compare; each path stands over its own first year.
        return found
    ratio = np.divide(
        found.first, market.first, out=np.ones_like(market.first), where=market.first > 0
    )
    return replace(found, posts=found.posts * ratio)


def _banded(before: Array, after: Array) -> dict[str, Array]:
    """Return baseline, value and difference with its band, (t, places) each, as columns."""
    difference = after - before
    low, high = band_of(difference)
    parts = {
        "baseline": before[:, 0], "value": after[:, 0], "difference": difference[:, 0],
        "difference_low": low, "difference_high": high,
    }  # fmt: skip
    return {name: part.ravel() for name, part in parts.items()}


def _figures(found: Ensemble, years: int) -> dict[str, Array]:
    stocks = {name: with_whole(by_year(found, name, years)) for name in _FIGURES}
    return {**rates(stocks), **stocks}


def _regions(name: str, market: Market, first: Ensemble, found: Ensemble) -> pd.DataFrame:
    years = found.cells.shape[1] - 1
    before, after = _figures(first, years), _figures(found, years)
    places = np.asarray([WHOLE, *market.regions])
    year, place = (g.ravel() for g in np.indices((years + 1, len(places))))
    parts = [
        pd.DataFrame(
            {"scenario": name, "region": places[place], "year": market.year + year, "figure": figure,
             **_banded(before[figure], after[figure])}
        )
        for figure in before
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _occupations(name: str, market: Market, first: Ensemble, found: Ensemble) -> pd.DataFrame:
    years = found.cells.shape[1] - 1
    year, place = (g.ravel() for g in np.indices((years + 1, len(market.occupations))))
    parts = []
    for at, figure in enumerate(CELL_FIGURES[:3]):
        before, after = (each.cells[at].sum(axis=2, dtype=np.float64) for each in (first, found))
        parts.append(
            pd.DataFrame(
                {"scenario": name, "occupation": np.asarray(market.occupations)[place],
                 "year": market.year + year, "figure": figure, **_banded(before, after)}
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _people(name: str, market: Market, found: Ensemble) -> pd.DataFrame:
    """Return the people of every member at the end of each year, those in training among them."""
    years = found.cells.shape[1] - 1
    kept = ("employed", "unemployed", "joined", "retired")
    figures = {part: by_year(found, part, years).sum(axis=2) for part in kept}
    figures["in_training"] = at_years(found.away, found.weeks, years)
    year, member = (g.ravel() for g in np.indices(figures["employed"].shape))
    columns = {part: values.ravel() for part, values in figures.items()}
    table = pd.DataFrame(
        {"scenario": name, "member": member, "year": market.year + year, **columns}
    )
    return table.sort_values(["member", "year"], ignore_index=True)


def _costs(parts: list[pd.DataFrame]) -> pd.DataFrame:
    known = [part for part in parts if len(part)]
    if not known:
        return pd.DataFrame()
    table = pd.concat(known, ignore_index=True)
    return table[["scenario", "lever", "region", "year", "cost", "cost_low", "cost_high"]]


def _trace(comparison: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the tree behind the change of unemployment in the last scenario."""
    rows = comparison[(comparison["scenario"] == name) & (comparison["region"] != WHOLE)]
    top = rows[rows["figure"] == "unemployment"].reset_index(drop=True)
    band = [
        f"band {low:+.3f} to {high:+.3f}"
        for low, high in zip(top["difference_low"], top["difference_high"], strict=True)
    ]
    parts = [
        trace_rows(top, item="difference", label=f"Unemployment, {name} less baseline",
                   value=top["difference"], unit="points", detail=band),
        trace_rows(top, item="value", parent="difference", label=f"Unemployment, {name}",
                   value=top["value"], unit="per cent of the labour force"),
        trace_rows(top, item="baseline", parent="difference", label="Unemployment, baseline",
                   value=top["baseline"], unit="per cent of the labour force"),
    ]  # fmt: skip
    for figure in ("employed", "unemployed", "vacancies"):
        here = rows[rows["figure"] == figure].reset_index(drop=True)
        parts.append(
            trace_rows(here, item=figure, parent="value", label=f"{figure.capitalize()}, {name}",
                       value=here["value"], unit="people", detail=[
                           f"{each:+,.0f} against the baseline" for each in here["difference"]])
        )  # fmt: skip
    return trace_table(*parts)
