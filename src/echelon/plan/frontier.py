"""The frontier of equity against efficiency: what it costs that no region is left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.planning import Model, Solution, solve
from echelon.plan.assembled import assemble, central_values, plan_assumptions
from echelon.plan.decided import left_free
from echelon.plan.optimize import CAVEATS, PAPERS, TABLES, certificate_of, names_of
from echelon.plan.setting import Demand, Detail, Setting, read_setting
from echelon.plan.tables import region_table
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.assumptions import Range
    from echelon.system.system import System

__all__ = ["frontier"]

Array = NDArray[np.float64]
_LEAST = (0.0, 0.85, 0.9, 0.95, 0.97)
_STRICT = 10.0
_UNITS = {
    "least_filled": "share of posts", "cost": "currency", "bound": "currency",
    "price": "per cent of the least cost", "price_low": "per cent", "price_high": "per cent",
    "worst": "per cent of posts", "short": "posts", "gini": "0 to 1",
    "filled": "per cent of posts",
}  # fmt: skip


def frontier(
    system: System, *, least: Sequence[float] = _LEAST, years: int = 10,
    detail: Detail = "groups", demand: Demand = "table",
    assumptions: Mapping[str, Range] | None = None, gap: float = 1e-3,
    results: Mapping[str, Result] | None = None,
) -> Result:  # fmt: skip
    """Trade equity against efficiency: what it costs to fill a least share of posts in every region.

    Each point is a joint plan in which a post below that share in any region counts ten mean wages
    more. Its price is how much more it costs, that charge left out, than the plan of the smallest share
    in the list: by default 0, where nothing is charged.

    Parameters
    ----------
    system : System
    least : sequence of float
        Shares of its posts that every region should fill.
    years, detail, demand, assumptions, gap, results
        As in :func:`echelon.plan.optimize`.

    Returns
    -------
    Result
        ``frontier`` (least_filled, cost without the charge, price of fairness, share filled by the
        worst region, posts short of it, Gini of unfilled shares), ``regions`` (least_filled, region,
        filled), ``assumptions``; ``certificate`` of the last point. ``price_low`` and ``price_high``
        are what the price would be if all that the proven gaps leave open lay in the cost. The gaps
        bound cost and charge together, so these ends are a measure of precision and not proven.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument

    References
    ----------
    Bertsimas, D., Farias, V. F., & Trichakis, N. (2011). The price of fairness. Operations Research 59.
    """
    points = sorted({float(share) for share in least})
    if len(points) < 2 or points[0] < 0 or points[-1] > 1:
        raise InvalidArgument(
            f"least = {list(least)}", fix="Give two or more shares between 0 and 1"
        )
    setting = read_setting(system, years=years, detail=detail, demand=demand, results=results)
    assumed = plan_assumptions(system, assumptions)
    values = {**central_values(assumed), "short_value": _STRICT}
    rows, regions, state = [], [], None
    for share in points:
        model = assemble(setting, {**values, "least_filled": share})
        found = solve(model, gap=gap, start=state)
        state = found.state
        rows.append(_point(model, found, share=share))
        regions.append(_filled(setting, model, found).assign(least_filled=share))
    main = _priced(pd.DataFrame(rows))
    listed = pd.concat(regions, ignore_index=True)
    return Result(
        name="plan.frontier", system=system.name,
        frames={"frontier": main, "regions": listed, "assumptions": assumed,
                "trace": _trace(listed, int(setting.years[-1]))},
        note=note_of(
            system, *TABLES, papers=(
                *PAPERS, "Bertsimas, D., Farias, V. F., & Trichakis, N. (2011). The price of "
                "fairness. Operations Research 59, 17-31.",
            ),
            method="Joint plans with a rising least share of posts that every region should fill.",
            parameters={
                "least": ", ".join(f"{share:g}" for share in points), "detail": detail,
                "years": f"{setting.years[0]}-{setting.years[-1]}", "demand": demand, "gap": gap,
            },
            steps=[*setting.steps, "A post below the least share counts ten mean wages in the plan "
                   "and nothing in the cost that is shown."],
            caveats=[
                *CAVEATS, *setting.caveats, *left_free(system),
                "Near a share of 1 every unfilled post is charged alike, wherever it is: that counts "
                "heads and no longer favours the regions that are worst off.",
            ],
        ),
        units=_UNITS, labels=names_of(system), certificate=certificate_of(model, found),
    )  # fmt: skip


def _point(model: Model, found: Solution, *, share: float) -> dict[str, float]:
    """Return cost without the charge, and how even the regions are filled, over all years."""
    short = model.columns["short"]
    charge = float((found.program.cost[short] * found.plan[short]).sum())
    unmet = found.plan[model.columns["unmet"]].reshape(model.shape).sum(axis=(1, 2))
    open_share = unmet / np.maximum(model.demand.sum(axis=(1, 2)), 1e-9)
    last = found.plan[model.columns["unmet"]].reshape(model.shape)[..., -1].sum(axis=1)
    posts = np.maximum(model.demand[..., -1].sum(axis=1), 1e-9)
    return {
        "least_filled": share, "cost": found.value - charge,
        "open_by": found.value - found.bound, "worst": float(100 * (1 - last / posts).min()),
        "short": float(found.plan[short].sum()), "gini": _gini(open_share),
    }  # fmt: skip


def _gini(figures: Array) -> float:
    """Return the Gini coefficient; 0 where all are 0."""
    total = figures.sum()
    if total <= 0:
        return 0.0
    ranks = np.arange(1, figures.size + 1)
    return float(2 * (ranks * np.sort(figures)).sum() / (figures.size * total)
                 - (figures.size + 1) / figures.size)  # fmt: skip


def _priced(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the price of fairness, and where it would lie if the gaps were all cost."""
    base, least = table["cost"].iloc[0], table["open_by"].iloc[0]
    price = 100 * (table["cost"] / base - 1)
    table = table.assign(
        price=price, price_low=price - 100 * table["open_by"] / base,
        price_high=price + 100 * least / base,
    )  # fmt: skip
    return table[
        ["least_filled", "cost", "price", "price_low", "price_high", "worst", "short", "gini"]
    ]


def _filled(setting: Setting, model: Model, found: Solution) -> pd.DataFrame:
    """Return the share that each region fills in the last year."""
    table = region_table(setting, model, found.plan, idle=found.plan)
    table = table[table["year"] == table["year"].max()]
    return table[["region", "year", "filled", "spent"]].reset_index(drop=True)


def _trace(listed: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return what each region fills at each point."""
    parts = []
    for share, rows in listed.groupby("least_filled", sort=False):
        cells = rows.assign(year=year)
        parts.append(
            trace_rows(cells, item=f"least {share}", label=f"Filled where {share} is asked for",
                       value=cells["filled"], unit="per cent", detail="the joint plan")
        )  # fmt: skip
    return trace_table(*parts)
