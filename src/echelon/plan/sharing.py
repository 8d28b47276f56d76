"""How the gain of planning together is shared among regions: at prices (Owen) and by Shapley."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.methods.planning import Model, coalition, solve
from echelon.methods.shapley import shapley_drawn, shapley_exact
from echelon.plan.rungs import Rung, of_regions, shared_out
from echelon.plan.setting import Setting

__all__ = ["gain_table", "shapley_gains"]

Array = NDArray[np.float64]
_FEW_REGIONS = 6
_SMALL = 30_000


def gain_table(setting: Setting, model: Model, rungs: Mapping[str, Rung]) -> pd.DataFrame:
    """Return what each region gains by the joint plan, shared by its prices.

    The prices share out the bound; what the plan costs more (``unproven``) is charged in proportion to
    the gains, so that all charges are what the plan costs.
    """
    alone = of_regions(model, rungs["departments_joined"].plan)
    pays = shared_out(model, rungs["joint"].solutions[0])
    won = np.maximum(alone - pays, 0.0)
    unproven = (rungs["joint"].cost - pays.sum()) * won / max(won.sum(), 1e-12)
    pays = pays + unproven
    carried = of_regions(model, rungs["joint"].plan)
    wages = (setting.wage * setting.base).sum(axis=1)
    return pd.DataFrame(
        {
            "region": setting.regions, "alone": alone, "carried": carried, "pays": pays,
            "transfer": pays - carried, "unproven": unproven, "gain": alone - pays,
            "gain_of_wages": 100 * (alone - pays) / np.maximum(wages * len(setting.years), 1e-9),
        }
    ).sort_values("gain", ascending=False, ignore_index=True)  # fmt: skip


def shapley_gains(
    setting: Setting, model: Model, rungs: Mapping[str, Rung], *, orders: int | None, gap: float,
    seed: int, until: float = np.inf, tell: Callable[[str], None] | None = None,
) -> tuple[pd.DataFrame, str]:  # fmt: skip
    """Return each region's gain by Shapley with its standard error, and how it was found.

    A coalition's cost is that of its own joint plan behind a border of its own
    (:func:`echelon.methods.planning.coalition`); a region's gain is its cost alone less its part.

    Parameters
    ----------
    setting : Setting
    model : Model
    rungs : mapping of str to Rung
    orders : int, optional
        How many orders of joining are drawn where there are more than six regions; when not given,
        small systems of up to six are solved exactly and others left out.
    gap : float
        Of the plan of each coalition.
    seed : int
    until : float
        Time of ``time.perf_counter`` after which no order is begun.
    tell : callable, optional
    """
    regions = len(setting.regions)
    columns = model.program().size[0]
    if orders is None and (regions > _FEW_REGIONS or columns > _SMALL):
        unknown = np.full(regions, np.nan)
        return _frame(setting, unknown, unknown), (
            "Shapley's value among regions asks for a plan of very many groups of regions: give orders= "
            "to draw some."
        )  # fmt: skip
    begin, solved = time.perf_counter(), 0

    def cost(members: NDArray[np.bool_]) -> float:
        nonlocal solved
        solved += 1
        if members.all():
            return rungs["joint"].cost
        return solve(coalition(model, members), gap=gap).value

    def told(done: int, wanted: int) -> None:
        if tell is not None:
            pace = (time.perf_counter() - begin) / done
            tell(f"{done} of {wanted} orders of regions, about {pace * (wanted - done):.0f} s left")

    exact = regions <= _FEW_REGIONS
    found = (
        shapley_exact(cost, regions)
        if exact
        else shapley_drawn(
            cost, regions, orders=orders or 2, seed=seed, until=until, tell=told
        )
    )  # fmt: skip
    alone = of_regions(model, rungs["departments_joined"].plan)
    how = f"all {2**regions - 1} groups" if exact else f"{found.orders} orders drawn"
    return _frame(setting, alone - found.value, found.error), (
        f"Shapley's value among regions from {how} ({solved} plans, each proven within {100 * gap:g} per "
        "cent)."
    )  # fmt: skip


def _frame(setting: Setting, gain: Array, error: Array) -> pd.DataFrame:
    return pd.DataFrame({"region": setting.regions, "shapley": gain, "shapley_error": error})
