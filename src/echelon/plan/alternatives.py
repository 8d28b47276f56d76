"""What must be in every good plan, and what may differ: near-optimal alternatives to the joint plan."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.planning import Model, Repair, Solution, least_amount, solve
from echelon.plan.assembled import assemble, central_values, plan_assumptions, units_of
from echelon.plan.decided import decided
from echelon.plan.known import known_plan
from echelon.plan.optimize import CAVEATS, PAPERS, TABLES, certificate_of, names_of
from echelon.plan.own import Constraints, conflict, own_rows
from echelon.plan.setting import Demand, Detail, Setting, read_setting
from echelon.registry import unknown_name
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.assumptions import Range
    from echelon.system.system import System

__all__ = ["By", "alternatives"]

Array = NDArray[np.float64]
By = Literal["lever", "region", "occupation"]
_LEVELS: dict[str, tuple[str, ...]] = {
    "lever": (), "region": ("region",), "occupation": ("occupation", "field", "level", "platform"),
}  # fmt: skip
_LABELS = ("region", "occupation", "field", "level", "platform")
_PAPERS = (
    "Brill, E. D. (1979). The use of optimization models in public-sector planning. Management "
    "Science 25, 413-422.",
    "DeCarolis, J. F. (2011). Using modeling to generate alternatives (MGA) to expand our thinking on "
    "energy futures. Energy Economics 33, 145-152.",
    "Aneja, Y. P., & Nair, K. P. K. (1979). Bicriteria transportation problem. Management Science 25, "
    "73-78.",
)
_UNITS = {
    "least": "as the column unit says", "central": "as the column unit says",
    "most": "as the column unit says", "least_proven": "as the column unit says",
    "most_proven": "as the column unit says",
}  # fmt: skip
_WORDS = {"train": "seats", "build": "seats of new capacity", "fund": "years of a platform"}


def alternatives(
    system: System, *, slack: float = 0.01, by: By | Sequence[By] = ("lever", "region"),
    groups: int = 12, years: int = 10, detail: Detail = "groups", demand: Demand = "table",
    assumptions: Mapping[str, Range] | None = None, constraints: Constraints | None = None,
    gap: float = 2e-4, deadline: float | None = None,
    results: Mapping[str, Result] | None = None, tell: Callable[[str], None] | None = None,
) -> Result:  # fmt: skip
    """Find what every good plan must do, and what may differ at hardly more cost.

    Over all plans that cost at most ``(1 + slack)`` times what the joint plan costs: the least and
    the most that each group of decisions can sum to over the years. Each end comes with a plan that
    has it and with a bound that no such plan passes, proven by prices as the joint plan is.

    Parameters
    ----------
    system : System
    slack : float
        Share of the joint plan's cost that an alternative may cost more.
    by : {"lever", "region", "occupation"} or several
        What is asked: each lever as a whole, each lever in each region, each lever for each
        occupation (or field and level, or platform).
    groups : int
        How many groups are asked at most: the levers first, then those that the joint plan spends
        most on.
    years, detail, demand, assumptions, constraints, gap, results, tell
        As in :func:`echelon.plan.optimize`.
    deadline : float, optional
        Seconds; groups that are not reached are left out and counted in the note, also after Ctrl-C.

    Returns
    -------
    Result
        ``alternatives`` (lever, region, occupation, field, level, platform: the least found, what
        the joint plan has, the most found, and between which proven ends all lie; must: "yes" where
        every plan has some, "no" where one has none, "open" where that is not proven), ``assumptions``;
        ``certificate`` of the joint plan.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument, UnknownName

    References
    ----------
    Brill, E. D. (1979). The use of optimization models in public-sector planning. Management Science 25.
    DeCarolis, J. F. (2011). Using modeling to generate alternatives (MGA). Energy Economics 33.
    """
    asked = _checked(slack, by, groups, deadline)
    begin = time.perf_counter()
    setting = read_setting(system, years=years, detail=detail, demand=demand, results=results)
    assumed = plan_assumptions(system, assumptions)
    model = assemble(setting, central_values(assumed))
    floors, left_out = decided(system, setting, model, detail=detail)
    if constraints is not None or floors:
        own = own_rows(constraints, setting, model, decided=floors)
        model = assemble(setting, central_values(assumed), own=own)
    best = known_plan(model, results, gap) or solve(model, gap=gap)
    if best.infeasible:
        raise conflict(model)
    table = _groups(setting, model, best, asked)
    whole, table = len(table), table.head(groups)
    until = np.inf if deadline is None else begin + deadline
    rows = _ends(
        setting, model, best, table, limit=best.value + slack * abs(best.value), gap=gap,
        until=until, tell=tell,
    )  # fmt: skip
    said = (
        f"{len(rows)} of {whole} groups of decisions were asked for their least and their most at up "
        f"to {100 * slack:g} per cent more cost than the joint plan's {best.value:,.6g}."
    )
    return Result(
        name="plan.alternatives", system=system.name,
        frames={"alternatives": rows, "assumptions": assumed,
                "trace": _trace(rows, setting)},
        note=note_of(
            system, *TABLES, papers=(*_PAPERS, *PAPERS),
            method="The least and the most of each group of decisions over all plans within a cost, each "
            "with a plan that has it and a proven bound.",
            parameters={
                "slack": slack, "by": ", ".join(asked), "groups": groups, "detail": detail,
                "years": f"{setting.years[0]}-{setting.years[-1]}", "demand": demand, "gap": gap,
                "deadline": deadline, "constraints": len(model.own),
            },
            steps=[*setting.steps, said],
            caveats=[
                *CAVEATS, *setting.caveats, *left_out,
                "The ends belong to different plans: not every group can be at its least at once.",
            ],
        ),
        units=_UNITS, labels=names_of(system), certificate=certificate_of(model, best),
    )  # fmt: skip


def _checked(
    slack: float, by: By | Sequence[By], groups: int, deadline: float | None
) -> tuple[str, ...]:
    if not 0 < slack < 1:
        raise InvalidArgument(
            f"slack = {slack}", fix="Give a share between 0 and 1, for example 0.01"
        )
    if groups < 1:
        raise InvalidArgument(f"groups = {groups}", fix="Ask about one group at least")
    if deadline is not None and not deadline > 0:
        raise InvalidArgument(f"deadline = {deadline}", fix="Give some seconds")
    asked: tuple[str, ...] = (by,) if isinstance(by, str) else tuple(by)
    if not asked:
        raise InvalidArgument("by names no level of decisions", fix=f"Give one of {list(_LEVELS)}")
    for level in asked:
        if level not in _LEVELS:
            raise unknown_name("level of decisions", str(level), list(_LEVELS))
    return asked


def _groups(
    setting: Setting, model: Model, best: Solution, asked: Sequence[str]
) -> pd.DataFrame:  # fmt: skip
    """Return the groups, levers as a whole first, then by what the plan spends, with their units."""
    parts = []
    for block in model.blocks:
        possible = block.upper.any(axis=1)
        units = units_of(setting, block)
        spent = (block.cost[:, None] * best.plan[model.columns[block.name]]).sum(axis=1)
        units = units.assign(spent=spent, unit=np.arange(block.units)).iloc[
            np.flatnonzero(possible)
        ]
        for rank, level in enumerate(asked):
            keys = ["lever", *(k for k in _LEVELS[level] if units[k].notna().any())]
            if level != "lever" and len(keys) == 1:
                continue
            found = units.groupby(keys, dropna=False, as_index=False).agg(
                spent=("spent", "sum"), units=("unit", list)
            )
            parts.append(found.assign(rank=0 if level == "lever" else 1 + rank))
    table = pd.concat(parts, ignore_index=True)
    table["first"] = table["rank"] == 0
    table = table.sort_values(["first", "spent"], ascending=False, kind="stable")
    return table.reindex(columns=["lever", *_LABELS, "units"]).reset_index(drop=True)


def _ends(
    setting: Setting, model: Model, best: Solution, table: pd.DataFrame, *, limit: float,
    gap: float, until: float, tell: Callable[[str], None] | None,
) -> pd.DataFrame:  # fmt: skip
    """Return the least and the most of each group, until the time is over."""
    bare = None if len(model.own) else Repair(model)
    rows, begin = [], time.perf_counter()
    for place, group in enumerate(table.to_dict("records")):
        if time.perf_counter() >= until:
            break
        if tell is not None and place:
            pace = (time.perf_counter() - begin) / place
            tell(f"{place} of {len(table)} groups, about {pace * (len(table) - place):.0f} s left")
        weights = np.zeros_like(best.program.cost)
        at = model.columns[str(group["lever"])].start + np.array(group["units"])
        weights[at] = 1.0
        central = float((weights * best.plan).sum())
        ends = [
            least_amount(
                model, best, sign * weights, limit=limit, gap=gap, bare=bare,
                deadline=until - time.perf_counter(),
            )
            for sign in (1.0, -1.0)
        ]  # fmt: skip
        least, most = ends[0], ends[1]
        small = 1e-6 * max(central, 1.0)
        labels = {name: group[name] for name in ("lever", *_LABELS)}
        rows.append(
            {
                **labels, "least": max(least.amount, 0.0), "central": central, "most": -most.amount,
                "least_proven": max(least.bound, 0.0), "most_proven": -most.bound,
                "must": "yes" if least.bound > small else "no" if least.amount <= small else "open",
                "unit": f"{_WORDS.get(str(group['lever']), 'people')} in {len(setting.years)} years",
            }
        )  # fmt: skip
        if "interrupted" in (least.stopped, most.stopped):
            break
    columns = ["lever", *_LABELS, "least", "central", "most", "least_proven", "most_proven", "must",
               "unit"]  # fmt: skip
    found = pd.DataFrame(rows, columns=columns)
    texts = ["lever", *_LABELS, "must", "unit"]
    found[texts] = found[texts].astype("str").where(found[texts].notna(), None)
    return found


def _trace(rows: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """Return what each region's levers may be instead."""
    own = rows[rows["region"].notna() & rows[list(_LABELS[1:])].isna().all(axis=1)]
    cells = own.assign(year=int(setting.years[-1]))
    parts = []
    for lever, group in cells.groupby("lever", sort=False):
        parts.append(
            trace_rows(
                group, item=str(lever), label=f"Lever {lever} in the joint plan",
                value=group["central"], unit=group["unit"],
                detail=[
                    f"within the slack from {low:,.0f} to {high:,.0f}"
                    for low, high in zip(group["least"], group["most"], strict=True)
                ],
            )
        )  # fmt: skip
    return trace_table(*parts) if parts else _NO_TRACE.copy()


_NO_TRACE = pd.DataFrame(
    {name: [] for name in ("region", "year", "item", "parent", "label", "value", "unit", "weight",
                           "detail")}
)  # fmt: skip
