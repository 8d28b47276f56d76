"""Plan, carry out the first year, see what demand has become, and plan again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, MissingTable
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.planning import Model, Repair, Solution, later, solve
from echelon.plan.assembled import assemble, central_values, plan_assumptions, with_limits_of
from echelon.plan.decided import left_free
from echelon.plan.optimize import CAVEATS, PAPERS, TABLES, certificate_of, names_of
from echelon.plan.setting import Detail, Setting, projected, read_setting
from echelon.plan.tables import lever_table
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.assumptions import Range
    from echelon.system.system import System

__all__ = ["rolling"]

Array = NDArray[np.float64]
# From the middle to the 95th percentile of a normal distribution.
_TO_END = 1.645
_PAPERS = (
    "Sethi, S., & Sorger, G. (1991). A theory of rolling horizon decision making. Annals of Operations "
    "Research 29, 387-415.",
)
_UNITS = {
    "cost": "currency", "never_changed": "currency", "hindsight": "currency",
    "hindsight_bound": "currency", "regret": "currency", "regret_most": "currency",
    "replanning": "currency", "idle": "currency", "posts": "posts", "planned": "units a year",
    "carried_out": "units a year", "low": "units a year", "high": "units a year",
    "value": "currency", "error": "currency",
    "share": "per cent of the cost in hindsight",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Course:
    """One course of demand, and what the ways of planning come to on it."""

    carried: Array
    figures: dict[str, float]


def rolling(
    system: System, *, years: int = 6, step: int = 1, draws: int = 5, spread: float | None = None,
    detail: Detail = "groups", assumptions: Mapping[str, Range] | None = None, gap: float = 1e-3,
    seed: int = 0, deadline: float | None = None, results: Mapping[str, Result] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Result:  # fmt: skip
    """Plan anew each year with what demand has become: what that saves, and what is regretted.

    Demand of every occupation wanders from the table's course: each year the logarithm moves by a
    normal draw, the expectation stays. A plan for all years is made, its first years are carried out
    before their demand is known, then the rest is planned anew from the people there are. Regret is
    what that costs more than the plan of somebody who knew the whole course.

    Parameters
    ----------
    system : System
    years : int
    step : int
        Years that are carried out before the next plan.
    draws : int
        Courses of demand.
    spread : float, optional
        Standard deviation of demand's yearly move, as a share; by default from the bands of
        ``project.demand``.
    detail, assumptions, gap, results, tell
        As in :func:`echelon.plan.optimize`; central values of the assumptions.
    seed : int
    deadline : float, optional
        Seconds after which no course is begun; one is always finished.

    Returns
    -------
    Result
        ``rolling`` (draw: posts in the last year, cost of planning anew, of the first plan never
        changed, of the plan in hindsight with its bound, regret and the most it can be, what
        planning anew saves, cost of nothing), ``summary`` (means of regret and of what planning anew
        saves, with standard errors), ``levers`` (lever, year: planned at first and carried
        out, with the least and most over the draws), ``regions`` (region: planned at first and
        carried out), ``assumptions``; ``certificate`` of the first plan.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument

    References
    ----------
    Sethi, S., & Sorger, G. (1991). A theory of rolling horizon decision making. Annals of OR 29.
    """
    _checked(years, step, draws, spread, deadline)
    until = np.inf if deadline is None else time.perf_counter() + deadline
    setting = read_setting(system, years=years, detail=detail, demand="table", results=results)
    assumed = plan_assumptions(system, assumptions)
    wide, said = (spread, "as given") if spread is not None else _spread(system, results)
    central = assemble(setting, central_values(assumed))
    first = solve(central, gap=gap)
    rng = np.random.default_rng(seed)
    moves = rng.normal(-0.5 * wide**2, wide, (draws, len(setting.occupations), years))
    courses: list[_Course] = []
    for draw in range(draws):
        if courses and time.perf_counter() >= until:
            break
        factor = np.exp(moves[draw].cumsum(axis=1))
        courses.append(
            _played(setting, central, central_values(assumed), first, factor, step=step, gap=gap)
        )
        if tell is not None:
            tell(f"{draw + 1} of {draws} courses of demand")
    main = pd.DataFrame([course.figures for course in courses]).rename_axis("draw").reset_index()
    plans = [course.carried for course in courses]
    regions = _regions(setting, central, first.plan, plans)
    return Result(
        name="plan.rolling", system=system.name,
        frames={"rolling": main, "summary": _summary(main),
                "levers": _levers(setting, central, first.plan, plans),
                "regions": regions, "assumptions": assumed,
                "trace": _trace(regions, int(setting.years[-1]))},
        note=note_of(
            system, *TABLES, seed=seed, papers=(*_PAPERS, *PAPERS),
            method="A plan that is made anew as demand becomes known, beside the first plan never changed "
            "and the plan in hindsight.",
            parameters={
                "years": f"{setting.years[0]}-{setting.years[-1]}", "step": step, "draws": draws,
                "spread": wide, "detail": detail, "gap": gap, "deadline": deadline,
            },
            steps=[
                *setting.steps,
                f"Demand of each occupation moves by {100 * wide:.3g} per cent a year (standard "
                f"deviation, {said}), the same in all regions, one occupation apart from another.",
                f"{len(courses)} of {draws} courses; each plan proven within {100 * gap:g} per cent.",
            ],
            caveats=[
                *CAVEATS, *setting.caveats, *left_free(system),
                "Limits of the levers are those of the table's demand on every course. Plans expect "
                "demand to stay on course from where it is, as the courses do on average.",
                "On a single course a plan made anew can end dearer than one never changed: what was "
                "learnt on the way may turn.",
            ],
        ),
        units=_UNITS, labels=names_of(system), certificate=certificate_of(central, first),
    )  # fmt: skip


def _checked(
    years: int, step: int, draws: int, spread: float | None, deadline: float | None
) -> None:  # fmt: skip
    if not 0 < step < years:
        raise InvalidArgument(
            f"step = {step} of {years} years", fix="Carry out one year at least, and leave one"
        )
    if draws < 1:
        raise InvalidArgument(f"draws = {draws}", fix="Draw one course at least")
    if spread is not None and not 0 <= spread < 1:
        raise InvalidArgument(
            f"spread = {spread}", fix="Give a share of 0 or more and below 1, for example 0.02"
        )
    if deadline is not None and not deadline > 0:
        raise InvalidArgument(f"deadline = {deadline}", fix="Give some seconds")


def _spread(system: System, results: Mapping[str, Result] | None) -> tuple[float, str]:
    """Return demand's yearly standard deviation from the band of the projection's last year."""
    try:
        table = projected(system, results)
    except (MissingTable, InsufficientData) as error:
        raise type(error)(
            "How far demand may turn out otherwise is not known, since it cannot be projected: "
            f"{error.what}",
            where=error.where, fix="Give spread=, for example 0.02",
        ) from error  # fmt: skip
    known = table.dropna(subset=["posts", "posts_low", "posts_high"])
    known = known[(known["posts_low"] > 0) & (known["year"] == known["year"].max())]
    ahead = int(known["year"].max()) - int(table["year"].min()) + 1
    if known.empty:
        raise InsufficientData(
            "The projection has no band to take the spread of demand from",
            fix="Give spread=, for example 0.02",
        )
    wide = np.log(known["posts_high"] / known["posts_low"]) / (2 * _TO_END * np.sqrt(ahead))
    mean = float(np.average(wide, weights=known["posts"]))
    return mean, f"from the band of project.demand in {int(known['year'].max())}"


def _played(
    setting: Setting, central: Model, values: Mapping[str, float], first: Solution, factor: Array,
    *, step: int, gap: float,
) -> _Course:  # fmt: skip
    """Return what planning anew comes to on one course of demand (occupations, years)."""
    years = central.shape[2]

    def model_of(shares: Array) -> Model:
        wanted = replace(setting, demand=setting.demand * shares[None])
        return with_limits_of(assemble(wanted, values), central)

    real = model_of(factor)
    program, repair = real.program(), Repair(real)
    decided = first.plan.copy()
    for done in range(step, years, step):
        # What is known by now goes on; nobody expects more or less of what is to come.
        believed = factor.copy()
        believed[:, done:] = factor[:, [done - 1]]
        model = model_of(believed)
        carried = repair(decided)
        rest = solve(later(model, carried, done), gap=gap)
        for block in central.blocks:
            at = central.columns[block.name]
            decided[at] = np.concatenate([carried[at, :done], rest.plan[at]], axis=1)
    carried = repair(decided)
    known = solve(real, gap=gap)
    cost, never = program.worth(carried), program.worth(repair(first.plan))
    # Who knows the course can also do what was done.
    hindsight = min(known.value, cost, never)
    return _Course(
        carried,
        {
            "posts": float(real.demand[..., -1].sum()), "cost": cost, "never_changed": never,
            "hindsight": hindsight, "hindsight_bound": known.bound, "regret": cost - hindsight,
            "regret_most": cost - known.bound, "replanning": never - cost,
            "idle": program.worth(repair(np.zeros_like(carried))),
        },
    )  # fmt: skip


def _summary(main: pd.DataFrame) -> pd.DataFrame:
    """Return means over the courses with their standard errors, unknown for a single one."""
    figures = {
        "regret": "Planning anew costs more than the plan in hindsight",
        "replanning": "Planning anew saves against the first plan never changed",
    }
    means = main[list(figures)].mean()
    errors = main[list(figures)].std(ddof=1) / np.sqrt(len(main))
    share = 100 * means / main["hindsight"].mean()
    return pd.DataFrame(
        {"figure": list(figures), "says": list(figures.values()), "value": means.to_numpy(float),
         "error": errors.to_numpy(float), "share": share.to_numpy(float)}
    )  # fmt: skip


def _levers(setting: Setting, model: Model, first: Array, plans: list[Array]) -> pd.DataFrame:
    """Return what each lever was planned to do at first, and did."""
    keys = ["lever", "year"]
    at_first = lever_table(setting, model, first).groupby(keys, sort=False)["amount"].sum()
    done = [lever_table(setting, model, plan).groupby(keys, sort=False)["amount"].sum()
            for plan in plans]  # fmt: skip
    both = pd.concat(done, axis=1)
    table = pd.DataFrame(
        {"planned": at_first, "carried_out": both.mean(axis=1), "low": both.min(axis=1),
         "high": both.max(axis=1)}
    )  # fmt: skip
    return table.reset_index()


def _regions(setting: Setting, model: Model, first: Array, plans: list[Array]) -> pd.DataFrame:
    """Return what each region was to do at first, and did, over all years."""
    keys = ["region", "lever"]
    at_first = lever_table(setting, model, first).groupby(keys, sort=False)["amount"].sum()
    done = [lever_table(setting, model, plan).groupby(keys, sort=False)["amount"].sum()
            for plan in plans]  # fmt: skip
    carried = pd.concat(done, axis=1).mean(axis=1)
    return pd.DataFrame({"planned": at_first, "carried_out": carried}).reset_index()


def _trace(regions: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what each region's levers were planned to do, and did."""
    parts = []
    for lever, rows in regions.assign(year=year).groupby("lever", sort=False):
        parts.append(
            trace_rows(rows, item=str(lever), label=f"Lever {lever}, carried out",
                       value=rows["carried_out"], unit="units in all years, mean of the draws",
                       detail=[f"planned at first: {each:,.0f}" for each in rows["planned"]])
        )  # fmt: skip
    return trace_table(*parts)
