"""What the table ``levers`` has decided already: the plan carries out at least that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from echelon.methods.planning import Model
from echelon.plan.assembled import units_of
from echelon.plan.own import units_named
from echelon.plan.setting import Detail, Setting, groups_of

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["decided", "left_free"]

_KEYS = ["lever", "region", "occupation", "year"]


def decided(
    system: System, setting: Setting, model: Model, *, detail: Detail
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the settings of the table ``levers`` as constraints of the plan, and what is left out.

    A setting is people a year of a lever in a region and occupation, all of them where it names none;
    the plan then has at least as many, in each year that the setting is about and in which the plan can
    decide on it. Seats for an occupation are seats in the programmes that lead there.

    Parameters
    ----------
    system : System
    setting : Setting
    model : Model
    detail : {"groups", "all"}
    """
    if "levers" not in system:
        return [], []
    rows = system.table("levers")
    rows = rows[rows["value"] > 0]
    if rows.empty:
        return [], []
    blocks = {block.name: block for block in model.blocks}
    acting = rows["lever"].isin(list(blocks))
    said = [
        f"The lever {name} of the table levers is not represented in the plan."
        for name in dict.fromkeys(rows.loc[~acting, "lever"].astype(str))
    ]
    rows = rows[acting]
    past = rows["year"].notna() & ~rows["year"].isin(setting.years)
    if past.any():
        said.append(
            f"{int(past.sum())} settings of the table levers lie outside the plan's years and are left "
            "out."
        )
    rows = rows[~past]
    group = groups_of(system, detail)
    rows = rows.assign(occupation=rows["occupation"].map(group).where(rows["occupation"].notna()))
    floors: list[dict[str, Any]] = []
    sums = rows.groupby(_KEYS, dropna=False, sort=False, as_index=False)[["value"]].sum()
    for row in sums.astype(object).where(sums.notna(), None).to_dict("records"):
        lever, region, occupation, year = (row[name] for name in _KEYS)
        item: dict[str, Any] = {"lever": str(lever), "at_least": float(row["value"])}
        if region is not None:
            item["region"] = str(region)
        if occupation is not None:
            item["occupation"] = str(occupation)
        words = ", ".join(str(part) for part in (lever, region, occupation) if part is not None)
        block = blocks[str(lever)]
        upper = block.upper[units_named(item, units_of(setting, block), setting)]
        if not upper.any():
            said.append(f"The plan has no way to {words} as the table levers asks.")
            continue
        years = setting.years if year is None else np.array([int(year)])
        possible = (upper.sum(axis=0) > 0)[np.searchsorted(setting.years, years)]
        if not possible.all():
            shut = ", ".join(str(each) for each in years[~possible])
            said.append(
                f"The setting {words} of the table levers is left out in years in which the plan can "
                f"decide nothing on it: {shut}."
            )
        floors += [
            {**item, "years": each, "name": f"table levers: {words}, {each}"}
            for each in years[possible].tolist()
        ]
    return floors, said


def left_free(system: System) -> list[str]:
    """Say that a verb that compares plans leaves every lever free, where the system has settings."""
    if "levers" not in system or not (system.table("levers")["value"] > 0).any():
        return []
    return ["Settings of the table levers are left out, so that the plans that are compared are free to "
            "choose; plan.optimize and plan.alternatives carry them out."]  # fmt: skip
