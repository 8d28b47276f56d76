"""The ladder of integration: what coordination between regions and departments is worth."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.planning import Model, Repair, Solution
from echelon.plan.assembled import assemble, central_values, plan_assumptions
from echelon.plan.decided import left_free
from echelon.plan.known import known_plan
from echelon.plan.optimize import CAVEATS, PAPERS, TABLES, certificate_of, names_of
from echelon.plan.poaching import play_where_asked, poaching_table, said_of
from echelon.plan.rungs import JOINED, RUNGS, Rung, make_rungs
from echelon.plan.setting import Demand, Detail, Setting, read_setting
from echelon.plan.sharing import gain_table, shapley_gains
from echelon.result import Result
from echelon.system.assumptions import draw_assumptions

if TYPE_CHECKING:
    from echelon.system.assumptions import Range
    from echelon.system.system import System

__all__ = ["ladder"]

Array = NDArray[np.float64]
_FEWEST_DRAWS = 30
_MATTER = 3
_UNITS = {
    "cost": "currency", "bound": "currency", "benefit": "currency", "benefit_low": "currency",
    "benefit_high": "currency", "promised": "currency", "value": "currency",
    "value_low": "currency", "value_high": "currency", "share": "per cent of the joint benefit",
    "alone": "currency", "pays": "currency", "unproven": "currency", "gain": "currency", "people": "people",
    "here": "currency", "there": "currency", "shapley": "currency", "shapley_error": "currency",
    "closed": "currency", "open": "currency", "joint": "currency", "drawn": "people",
    "lost": "people",
}  # fmt: skip
_OWEN = (
    "Owen, G. (1975). On the core of linear production games. Mathematical Programming 9, 358-370.",
    "Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II.",
    "Castro, J., Gómez, D., & Tejada, J. (2009). Polynomial calculation of the Shapley value based on "
    "sampling. Computers & Operations Research 36, 1726-1730.",
)


def ladder(
    system: System, *, years: int = 10, detail: Detail = "groups", demand: Demand = "table",
    assumptions: Mapping[str, Range] | None = None, gap: float = 1e-4, draws: int = 30,
    replan: bool = False, orders: int | None = None, rounds: int | None = None, seed: int = 0,
    deadline: float | None = None, results: Mapping[str, Result] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Result:  # fmt: skip
    """Compare planning apart with planning together: what coordination is worth, with its band.

    The rungs are the status quo; each department of each region alone; regions joined within each
    department; departments joined within each region; all joined. Separate plans are carried out
    together and cost what they then cost, not what they promised. The value of coordination is the
    cost of planning alone less that of planning together.

    Parameters
    ----------
    system : System
    years, detail, demand, assumptions
        As in :func:`echelon.plan.optimize`.
    gap : float
        Proven gap of every plan.
    draws : int
        Joint draws of all assumptions, at least 30, each from the triangle of its low, central and
        high value.
    replan : bool
        Whether every rung is planned anew under each draw (slow); by default the plans of the central
        assumptions are carried out under each.
    orders : int, optional
        Orders in which regions join, drawn for their shares by Shapley. When not given, small systems
        of up to six regions are solved exactly and larger ones go without.
    rounds : int, optional
        Rounds of open play: regions plan one after another, in the order of the system, with borders
        open and nobody agreeing. When not given, ten on small systems and three on larger ones.
    seed : int
    deadline : float, optional
        Seconds after which no order and no round is begun.
    results : mapping of str to Result, optional
        The joint plan is taken from ``plan.optimize`` where it is of the same problem.

    Returns
    -------
    Result
        ``ladder`` (rung, cost, bound, benefit over the status quo with band, promised, share),
        ``value`` (of coordination: across regions, across departments, in all, with bands),
        ``gains`` (by region: cost behind closed borders, what it pays at the joint plan's prices,
        gain; unproven: its part of what the proof leaves open; shapley: its gain by Shapley, with the
        standard error), ``poaching`` (cost behind closed borders, with borders open and nobody
        agreeing, and in the joint plan; people drawn and lost), ``moves`` (who draws people from whom,
        and what they are worth at both ends),
        ``drivers`` (assumptions by how much they move the value), ``draws``, ``assumptions``;
        ``certificate`` of the joint plan.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument, UnknownName

    References
    ----------
    Owen, G. (1975). On the core of linear production games. Mathematical Programming 9, 358-370.
    """
    _checked(draws, orders, rounds, deadline)
    until = np.inf if deadline is None else time.perf_counter() + deadline
    setting = read_setting(system, years=years, detail=detail, demand=demand, results=results)
    assumed = plan_assumptions(system, assumptions)
    model = assemble(setting, central_values(assumed))
    rungs = make_rungs(model, gap=gap, joint=known_plan(model, results, gap))
    drawn = draw_assumptions(assumed, draws=draws, seed=seed)
    costs = _under_draws(setting, drawn, rungs, gap=gap, replan=replan)
    joint = rungs["joint"].solutions[0]
    main, value = _ladder_table(rungs, costs), _value_table(rungs, costs)
    shapley, how = shapley_gains(
        setting, model, rungs, orders=orders, gap=gap, seed=seed, until=until, tell=tell
    )
    gains = gain_table(setting, model, rungs).merge(shapley, on="region")
    play = play_where_asked(
        model, rungs["departments_joined"].plan, rounds=rounds, until=until, tell=tell
    )
    closed = rungs["departments_joined"].plan
    poaching = poaching_table(setting, model, closed=closed, joint=rungs["joint"].plan, play=play)
    frames = {
        "ladder": main, "value": value, "gains": gains, "poaching": poaching,
        "moves": _move_table(setting, model, joint),
        "drivers": _driver_table(assumed, drawn, costs), "draws": _draw_table(drawn, costs),
        "assumptions": assumed,
    }  # fmt: skip
    return Result(
        name="plan.ladder", system=system.name,
        frames={**frames, "trace": _trace(gains, int(setting.years[-1]))},
        note=note_of(
            system, *TABLES, seed=seed, papers=(*PAPERS, *_OWEN),
            method="The joint plan against the separate plans of regions and departments, carried out "
            "together; every plan to a proven gap.",
            parameters={
                "years": f"{setting.years[0]}-{setting.years[-1]}", "detail": detail,
                "demand": demand, "gap": gap, "draws": draws, "replan": replan, "orders": orders,
                "rounds": rounds,
            },
            steps=[*setting.steps, *_steps(value, frames["drivers"], replan), *_left_out(costs), how,
                   said_of(model, closed, play)],
            caveats=[*CAVEATS, *_CLOSED, *setting.caveats, *left_free(system)],
        ),
        units=_UNITS, labels={**names_of(system), **JOINED},
        certificate=certificate_of(model, joint),
    )  # fmt: skip


_CLOSED = (
    "Alone is closed: no helped moves over the border, and the cap on recruits split by posts. Regions "
    "that answer each other with borders open are in the table poaching, where they were played.",
)


def _checked(
    draws: int, orders: int | None, rounds: int | None, deadline: float | None
) -> None:  # fmt: skip
    if draws < _FEWEST_DRAWS:
        raise InvalidArgument(f"draws = {draws}", fix=f"Use at least {_FEWEST_DRAWS}")
    if orders is not None and orders < 1:
        raise InvalidArgument(f"orders = {orders}", fix="Draw one order at least")
    if rounds is not None and rounds < 0:
        raise InvalidArgument(f"rounds = {rounds}", fix="Give 0 or more")
    if deadline is not None and not deadline > 0:
        raise InvalidArgument(f"deadline = {deadline}", fix="Give some seconds")


def _under_draws(
    setting: Setting, drawn: Mapping[str, Array], rungs: Mapping[str, Rung], *, gap: float,
    replan: bool,
) -> Array:  # fmt: skip
    """Return what every rung costs under every draw (draws, rungs)."""
    count = len(next(iter(drawn.values())))
    found = np.zeros((count, len(RUNGS)))
    start = {
        (name, place): part.state
        for name in ("joint", "departments_joined")
        for place, part in enumerate(rungs[name].solutions)
        if part.state is not None
    }
    for draw in range(count):
        model = assemble(setting, {name: float(values[draw]) for name, values in drawn.items()})
        if replan:
            again = make_rungs(model, gap=gap, start=start)
            found[draw] = [again[name].cost for name in RUNGS]
            continue
        program, repair = model.program(), Repair(model)
        found[draw] = [program.worth(repair(rungs[name].plan)) for name in RUNGS]
    return found


def _ends(figures: Array, central: float) -> tuple[float, float]:
    """Return the 5th and 95th percentile of known figures, widened to the central one."""
    figures = figures[~np.isnan(figures)]
    if not figures.size:
        return np.nan, np.nan
    low, high = np.quantile(figures, [0.05, 0.95])
    return float(np.fmin(low, central)), float(np.fmax(high, central))


def _ladder_table(rungs: Mapping[str, Rung], costs: Array) -> pd.DataFrame:
    """Return one row per rung."""
    idle, joint = rungs["status_quo"].cost, rungs["joint"].cost
    rows = []
    for place, name in enumerate(RUNGS):
        rung = rungs[name]
        benefit = idle - rung.cost
        low, high = _ends(costs[:, 0] - costs[:, place], benefit)
        whole = idle - joint
        rows.append(
            {
                "rung": name, "cost": rung.cost, "bound": rung.bound, "benefit": benefit,
                "benefit_low": low, "benefit_high": high, "promised": rung.promised,
                "share": 100 * benefit / whole if whole > 0 else np.nan, "joined": JOINED[name],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _split(alone: Array, regions: Array, departments: Array, joint: Array) -> dict[str, Array]:
    """Return the value of coordination and its Shapley split over regions and departments."""
    across_regions = 0.5 * ((alone - regions) + (departments - joint))
    across_departments = 0.5 * ((alone - departments) + (regions - joint))
    return {
        "across regions": across_regions, "across departments": across_departments,
        "in all": alone - joint,
    }  # fmt: skip


def _value_table(rungs: Mapping[str, Rung], costs: Array) -> pd.DataFrame:
    """Return what coordination is worth, its split, and the bands.

    ``proven_low`` and ``proven_high`` hold what the gaps of the solver leave open: plans apart might
    cost less than was found, by the sum of their gaps, and plans together by theirs.
    """
    central = _split(*(np.array(rungs[name].cost) for name in RUNGS[1:]))
    drawn = _split(*(costs[:, place] for place in range(1, len(RUNGS))))
    whole = rungs["status_quo"].cost - rungs["joint"].cost
    share = costs[:, 0] - costs[:, -1]
    rows = []
    for part, value in central.items():
        low, high = _ends(drawn[part], float(value))
        of_joint = 100 * float(value) / whole if whole > 0 else np.nan
        with np.errstate(invalid="ignore", divide="ignore"):
            ends = _ends(100 * drawn[part] / np.where(share > 0, share, np.nan), of_joint)
        rows.append(
            {
                "part": part, "value": float(value), "value_low": low, "value_high": high,
                "share": of_joint, "share_low": ends[0], "share_high": ends[1],
            }
        )  # fmt: skip
    table = pd.DataFrame(rows)
    alone, regions, departments, joint = (_open_by(rungs[name]) for name in RUNGS[1:])
    less = {"across regions": 0.5 * (alone + departments), "across departments": 0.5 * (alone + regions),
            "in all": alone}  # fmt: skip
    more = {"across regions": 0.5 * (regions + joint), "across departments": 0.5 * (departments + joint),
            "in all": joint}  # fmt: skip
    table["proven_low"] = table["value"] - table["part"].map(less).astype(float)
    table["proven_high"] = table["value"] + table["part"].map(more).astype(float)
    # A band that reaches 0, or a gap that does, does not tell the rungs apart.
    table["certain"] = (table["value_low"] > 0) & (table["proven_low"] > 0)
    return table


def _open_by(rung: Rung) -> float:
    """Return by how much the plans of a rung are at most dearer than their best."""
    if rung.name in ("alone", "regions_joined"):
        return sum(max(part.value - part.bound, 0.0) for part in rung.solutions)
    return max(rung.cost - rung.bound, 0.0)


def _move_table(setting: Setting, model: Model, joint: Solution) -> pd.DataFrame:
    """Return who draws people from whom, and what they are worth at both ends."""
    block = next((block for block in model.blocks if block.name == "relocate"), None)
    if block is None:
        return pd.DataFrame({name: [] for name in ("region", "destination", "people")})
    pairs, occupations = len(setting.pairs.origin), model.shape[1]
    people = joint.plan[model.columns["relocate"]].reshape(pairs, occupations, -1)
    price = joint.dual.rows[model.rows["balance"]].reshape(model.shape)
    frame = pd.DataFrame(
        {
            "region": setting.regions[setting.pairs.origin],
            "destination": setting.regions[setting.pairs.destination],
            "people": people.sum(axis=(1, 2)),
            "here": (people * price[setting.pairs.origin]).sum(axis=(1, 2)),
            "there": (people * price[setting.pairs.destination]).sum(axis=(1, 2)),
        }
    )
    kept = frame[frame["people"] > 0.5]
    return kept.sort_values("people", ascending=False, ignore_index=True)


def _driver_table(
    assumed: pd.DataFrame, drawn: Mapping[str, Array], costs: Array
) -> pd.DataFrame:  # fmt: skip
    """Return how far each assumption moves the value of coordination: rank correlation over draws."""
    value = costs[:, 1] - costs[:, -1]
    rows = []
    for row in assumed.to_dict("records"):
        figures = drawn[str(row["name"])]
        moved = float(np.ptp(figures)) > 0 and float(np.ptp(value)) > 0
        found = float(np.corrcoef(_places(figures), _places(value))[0, 1]) if moved else 0.0
        rows.append({**{k: row[k] for k in ("name", "low", "central", "high", "unit")},
                     "correlation": found})  # fmt: skip
    table = pd.DataFrame(rows)
    order = table["correlation"].abs().sort_values(ascending=False, kind="stable").index
    table = table.loc[order].reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table


def _places(figures: Array) -> Array:
    """Return ranks."""
    return figures.argsort(kind="stable").argsort(kind="stable").astype(float)


def _draw_table(drawn: Mapping[str, Array], costs: Array) -> pd.DataFrame:
    """Return every draw: the cost of each rung, and the assumptions."""
    table = pd.DataFrame({name: costs[:, place] for place, name in enumerate(RUNGS)})
    return pd.concat([table, pd.DataFrame(dict(drawn))], axis=1).rename_axis("draw").reset_index()


def _steps(value: pd.DataFrame, drivers: pd.DataFrame, replan: bool) -> list[str]:
    row = value.set_index("part").loc["in all"]
    most = ", ".join(drivers["name"].head(_MATTER))
    said = "The band covers 0: whether coordination pays depends on the assumptions."
    if row["certain"]:
        said = "The band tells the rungs apart."
    elif row["value_low"] > 0:
        said = "The solver's gaps reach 0: whether coordination pays asks for a smaller gap."
    how = "planned anew" if replan else "the plans of the central assumptions carried out"
    return [
        f"Band: 5th to 95th per cent of the draws, {how} under each, widened to the central figure "
        f"where that lies outside. {said}",
        f"The three assumptions that move the value most: {most}.",
        "Split over regions and departments by Shapley; among regions by the joint plan's prices, at "
        "which no region pays more than alone; what the proof leaves open is charged by the gains.",
    ]


def _left_out(costs: Array) -> list[str]:
    """Say how many draws have no joint saving that a share could be taken of."""
    none = int((costs[:, 0] - costs[:, -1] <= 0).sum())
    if not none:
        return []
    return [f"{none} of {len(costs)} draws, in which the joint plan saves nothing, are left out of "
            "the bands of shares."]  # fmt: skip


def _trace(gains: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the tree behind each region's gain."""
    cells = gains.assign(year=year)
    money = "currency"
    return trace_table(
        trace_rows(cells, item="gain", label="Gain from the joint plan", unit=money,
                   value=cells["gain"], detail="alone - pays"),
        trace_rows(cells, item="alone", parent="gain", label="Cost behind closed borders",
                   unit=money, value=cells["alone"], detail="rung departments_joined"),
        trace_rows(cells, item="pays", parent="gain", label="Charge at the joint plan's prices",
                   unit=money, value=cells["pays"], detail="what it has, at shadow prices"),
        trace_rows(cells, item="carried", parent="pays", label="Cost that falls on it",
                   unit=money, value=cells["carried"], detail="rung joint"),
        trace_rows(cells, item="transfer", parent="pays", label="Transfer to others",
                   unit=money, value=cells["transfer"], detail="pays - carried"),
    )  # fmt: skip
