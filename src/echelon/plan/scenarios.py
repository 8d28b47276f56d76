"""A plan that is decided before it is known how demand turns out, and what knowing is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.certificate import PlanCertificate
from echelon.errors import InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.planning import Model, TwoStage, two_stage
from echelon.plan.assembled import (
    assemble,
    central_values,
    plan_assumptions,
    with_limits_of,
)
from echelon.plan.decided import left_free
from echelon.plan.optimize import CAVEATS, PAPERS, TABLES, carried_out, names_of
from echelon.plan.setting import Detail, Setting, projected, read_setting, with_posts
from echelon.plan.tables import lever_table
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.assumptions import Range
    from echelon.system.system import System

__all__ = ["scenarios"]

Array = NDArray[np.float64]
# Pearson and Tukey's weights of the 5th, 50th and 95th percentile.
_BANDS = {"low": (0.185, "posts_low"), "middle": (0.63, "posts"), "high": (0.185, "posts_high")}
_MOST_COLUMNS = 250_000
_PAPERS = (
    "Birge, J. R., & Louveaux, F. (2011). Introduction to Stochastic Programming. Springer.",
    "Keefer, D. L., & Bodily, S. E. (1983). Three-point approximations for continuous random "
    "variables. Management Science 29, 595-609.",
)
_UNITS = {
    "cost": "currency", "known": "currency", "regret": "currency", "after_mean": "currency",
    "idle": "currency", "value": "currency", "amount": "people a year", "spent": "currency",
    "of_mean": "people a year",
}  # fmt: skip


def scenarios(
    system: System, *, years: int = 6, decided: int = 2, detail: Detail = "groups",
    demand: Mapping[str, tuple[float, float]] | None = None,
    assumptions: Mapping[str, Range] | None = None,
    results: Mapping[str, Result] | None = None,
) -> Result:  # fmt: skip
    """Plan the first years before it is known how demand turns out, the others after.

    Two-stage stochastic program: the decisions of the first years are the same in every scenario.
    ``EVPI = RP - WS`` is what knowing beforehand would save, ``VSS = EEV - RP`` what preparing for
    every scenario saves over planning for the mean.

    Parameters
    ----------
    system : System
    years : int
    decided : int
        First years whose decisions are taken before it is known which scenario comes true.
    detail : {"groups", "all"}
    demand : mapping of str to (chance, factor), optional
        Scenarios as factors on the posts of the table ``demand``; by default the 5th, 50th and 95th
        percentile of ``project.demand`` with the weights 0.185, 0.63 and 0.185.
    assumptions : mapping of str to float or three floats, optional
        Central values are used.
    results : mapping of str to Result, optional

    Returns
    -------
    Result
        ``scenarios`` (scenario, chance, posts, cost of the plan, of knowing, regret, of the mean
        plan, of nothing), ``value`` (RP, WS, EV, EEV, EVPI, VSS), ``levers`` (lever, region, year of
        the decisions taken before, and what the mean plan would do), ``assumptions``; ``certificate``
        of the expected cost over all scenarios.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument

    References
    ----------
    Birge, J. R., & Louveaux, F. (2011). Introduction to Stochastic Programming. Springer.
    """
    if not 0 < decided < years:
        raise InvalidArgument(
            f"decided = {decided} of {years} years", fix="Decide at least one and leave one open"
        )
    setting = read_setting(system, years=years, detail=detail, demand="table", results=results)
    names, chance, posts, said = _cases(system, demand, results)
    assumed = plan_assumptions(system, assumptions)
    settings = [with_posts(setting, system, frame, detail=detail) for frame in posts]
    mean = replace(setting, demand=sum(p * s.demand for p, s in zip(chance, settings, strict=True)))
    central = assemble(mean, central_values(assumed))
    models = [with_limits_of(assemble(s, central_values(assumed)), central) for s in settings]
    programs = [model.program() for model in models]
    if len(programs) * programs[0].size[0] > _MOST_COLUMNS:
        raise InvalidArgument(
            f"{len(programs)} scenarios of {programs[0].size[0]:,} variables are too many to solve "
            "together",
            fix="Plan fewer years, or detail='groups'",
        )
    shared = np.zeros(programs[0].cost.shape, dtype=bool)
    for block in central.blocks:
        shared[central.columns[block.name], :decided] = True
    found = two_stage(
        programs, central.program(), chance=chance, shared=shared, money=central.rows["budget"]
    )
    idle = [program.worth(carried_out(m)) for program, m in zip(programs, models, strict=True)]
    main = _scenario_table(names, settings, found, idle=idle)
    frames = {
        "scenarios": main, "value": _value_table(found),
        "levers": _lever_table(mean, central, found, decided=decided), "assumptions": assumed,
    }  # fmt: skip
    return Result(
        name="plan.scenarios", system=system.name,
        frames={**frames, "trace": _trace(frames["levers"])},
        note=note_of(
            system, *TABLES, papers=(*_PAPERS, PAPERS[-1]),
            method="A two-stage program over scenarios of demand, solved as one by HiGHS.",
            parameters={
                "years": f"{setting.years[0]}-{setting.years[-1]}", "decided": decided,
                "detail": detail, "scenarios": ", ".join(names),
            },
            steps=[*setting.steps, said],
            caveats=[
                *CAVEATS, *setting.caveats, *left_free(system), *_unknown(names, found),
                "All regions and occupations turn out low or high together, which overstates the "
                "spread of the whole.",
            ],
        ),
        units=_UNITS, labels=names_of(system), certificate=_certificate(found),
    )  # fmt: skip


def _certificate(found: TwoStage) -> PlanCertificate:
    """Return the proof of the decisions of all scenarios together, with the whole problem in it."""
    value, bound = found.joined.worth(found.plan), found.joined.bound(found.dual)
    return PlanCertificate(
        found.joined, found.plan, found.dual, value, bound, "HiGHS", found.money
    )  # fmt: skip


def _cases(
    system: System, given: Mapping[str, tuple[float, float]] | None,
    results: Mapping[str, Result] | None,
) -> tuple[list[str], Array, list[pd.DataFrame], str]:  # fmt: skip
    """Return names, chances and posts of the scenarios, and where they are from."""
    keys = ["region", "occupation", "year"]
    if given is not None:
        system.need("demand")
        table = system.table("demand")[[*keys, "posts"]].dropna()
        chance = np.array([share for share, _ in given.values()], dtype=float)
        factors = np.array([factor for _, factor in given.values()], dtype=float)
        known = np.isfinite(factors).all() and np.isfinite(chance).all()
        if not len(given) or not known or (factors < 0).any() or abs(chance.sum() - 1) > 1e-6:
            raise InvalidArgument(
                "The chances of the scenarios do not sum to 1, or a factor is below 0 or unknown",
                fix='Give, for example, {"low": (0.5, 0.95), "high": (0.5, 1.05)}',
            )
        frames = [table.assign(posts=factor * table["posts"]) for factor in factors]
        return list(given), chance, frames, "Scenarios: factors on the posts of the table demand."
    table = projected(system, results)
    frames = [
        table[[*keys, column]].rename(columns={column: "posts"}).dropna()
        for _, column in _BANDS.values()
    ]
    chance = np.array([share for share, _ in _BANDS.values()])
    return list(_BANDS), chance, frames, (
        "Scenarios: the 5th, 50th and 95th percentile of project.demand with the weights of Pearson "
        "and Tukey."
    )  # fmt: skip


def _scenario_table(
    names: list[str], settings: list[Setting], found: TwoStage, *, idle: list[float]
) -> pd.DataFrame:
    posts = [setting.demand[..., -1].sum() for setting in settings]
    return pd.DataFrame(
        {
            "scenario": names, "chance": found.chance, "posts": posts, "cost": found.costs,
            "known": found.known, "regret": found.costs - found.known,
            "after_mean": found.after_mean, "idle": idle,
        }
    )  # fmt: skip


def _unknown(names: list[str], found: TwoStage) -> list[str]:
    """Say in which scenarios the first years of the plan for the mean cannot be carried out."""
    shut = [name for name, cost in zip(names, found.after_mean, strict=True) if np.isnan(cost)]
    if not shut:
        return []
    return [
        f"The first years of the plan for the mean cannot be carried out in {', '.join(shut)}: its "
        "platforms ask for more people than there are posts. What it would cost (EEV) and what "
        "preparing for all scenarios saves (VSS) are unknown."
    ]


def _value_table(found: TwoStage) -> pd.DataFrame:
    """Return the six figures of a two-stage plan."""
    rows = [
        ("RP", "Expected cost of the plan that prepares for all", found.recourse),
        ("WS", "Expected cost if the scenario were known", found.wait_and_see),
        ("EV", "Cost that the plan for the mean promises", found.promised),
        ("EEV", "Expected cost of the plan for the mean", found.expected_result),
        ("EVPI", "Worth of knowing the scenario beforehand", found.perfect_information),
        ("VSS", "Worth of preparing for all scenarios", found.stochastic_solution),
    ]
    return pd.DataFrame(rows, columns=["figure", "says", "value"])


def _lever_table(
    setting: Setting, model: Model, found: TwoStage, *, decided: int
) -> pd.DataFrame:  # fmt: skip
    """Return what is decided before it is known, beside what the mean suggests."""
    ours = lever_table(setting, model, found.plans[0])
    theirs = lever_table(setting, model, found.of_mean)
    table = ours.assign(of_mean=theirs["amount"]).rename(columns={"cost": "spent"})
    return table[table["year"] < setting.years[0] + decided].reset_index(drop=True)


def _trace(levers: pd.DataFrame) -> pd.DataFrame:
    """Return what each region decides before it is known."""
    parts = []
    for lever, rows in levers.groupby("lever", sort=False):
        parts.append(
            trace_rows(rows, item=str(lever), label=f"Lever {lever}", value=rows["amount"],
                       unit="units a year",
                       detail=[f"the mean suggests {each:,.0f}" for each in rows["of_mean"]])
        )  # fmt: skip
    return trace_table(*parts)
