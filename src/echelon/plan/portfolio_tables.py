"""The tables of a portfolio: what is funded and at which activity, teams, ways, other budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.methods.funding import fund

if TYPE_CHECKING:
    from echelon.methods.funding import Funding
    from echelon.plan.platforms import Candidates, Money

__all__ = [
    "budget_table",
    "frontier_table",
    "portfolio_table",
    "team_table",
    "trace_of",
    "way_table",
]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Choice = tuple[Flags, Array]
_STEPS = 8
_FULL = 1e-6


def portfolio_table(
    found: Candidates, funding: Funding, choice: Choice, *, drawn: tuple[Flags, Array]
) -> pd.DataFrame:
    """Return one row per platform, the funded ones first, with shares of the draws."""
    funded, activity = choice
    flags, levels = drawn
    ends = np.quantile(levels, [0.05, 0.95], axis=0)
    frame = pd.DataFrame(
        {
            "platform": found.platforms, "region": found.regions, "year": found.year,
            "funded": funded, "activity": activity, "activity_low": ends[0],
            "activity_high": ends[1], "share_funded": flags.mean(axis=0),
            "cost": funding.cost, "value": funding.value * activity,
            "net": funding.value * activity - funding.cost * funded,
            "full_value": funding.value, "scarce": _scarce(found, funding, choice),
            "evidence": found.evidence,
        }
    )  # fmt: skip
    frame = frame.sort_values(
        ["funded", "share_funded", "platform"], ascending=[False, False, True]
    )
    return frame.reset_index(drop=True)


def _scarce(found: Candidates, funding: Funding, choice: Choice) -> list[str]:
    """Return for each platform the occupation that runs out: first by the choice, else by itself."""
    funded, activity = choice
    left = funding.people - funding.posts @ activity
    names = []
    for i in range(len(found.platforms)):
        needs = np.flatnonzero(funding.posts[:, i] > 0)
        spare = left[needs] + funding.posts[needs, i] * activity[i]
        short = spare < funding.posts[needs, i] - _FULL
        if not len(needs) or (funded[i] and activity[i] > 1 - _FULL) or not short.any():
            names.append("")
            continue
        names.append(found.cells[needs[int((spare / funding.posts[needs, i]).argmin())]][1])
    return names


def team_table(found: Candidates, funding: Funding, activity: Array) -> pd.DataFrame:
    """Return one row per platform and occupation: posts, and the people who can join."""
    used = funding.posts @ activity
    rows = [
        {
            "platform": found.platforms[i], "region": cell[0], "occupation": cell[1],
            "year": found.year, "posts": funding.posts[k, i], "people": found.people[k],
            "can_join": funding.people[k], "filled": funding.posts[k, i] * activity[i],
            "joined_in_all": used[k],
        }
        for i in range(len(found.platforms))
        for k, cell in enumerate(found.cells)
        if funding.posts[k, i] > 0
    ]  # fmt: skip
    return pd.DataFrame(rows)


def way_table(
    funding: Funding, ways: Mapping[str, Choice], nets: Mapping[str, Array]
) -> pd.DataFrame:
    """Return what it is worth to fund and staff together, and what money first comes to."""
    rows = []
    for name, (funded, activity) in ways.items():
        ends = np.quantile(nets[name], [0.05, 0.95])
        rows.append(
            {
                "way": name, "platforms": int(funded.sum()), "activity": float(activity.sum()),
                "cost": float(funding.cost @ funded), "value": float(funding.value @ activity),
                "net": funding.net(funded, activity), "net_low": ends[0], "net_high": ends[1],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def frontier_table(funding: Funding) -> pd.DataFrame:
    """Return what other budgets, in one purse, would fund and be worth."""
    whole = float(funding.cost.sum())
    levels = sorted(
        {*(whole * k / _STEPS for k in range(1, _STEPS + 1)), float(funding.budget.sum())}
    )
    rows = []
    for level in levels:
        one = replace(
            funding, payer=np.zeros(len(funding.cost), np.int64), budget=np.array([level])
        )
        funded, activity, proof, _ = fund(one)
        rows.append(
            {
                "budget": level, "platforms": int(funded.sum()),
                "spent": float(funding.cost @ funded), "net": funding.net(funded, activity),
                "bound": 0.0 - proof.bound, "given": bool(np.isclose(level, funding.budget.sum())),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def budget_table(money: Money, funding: Funding, funded: Flags) -> pd.DataFrame:
    """Return what each purse holds and what is spent."""
    spent = np.bincount(money.payer, funding.cost * funded, minlength=len(money.payers))
    return pd.DataFrame(
        {
            "payer": money.payers,
            "budget": money.amount,
            "spent": spent,
            "left": money.amount - spent,
        }
    )


def trace_of(table: pd.DataFrame, teams: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the tree behind every platform of a region."""
    parts = []
    for at, row in enumerate(table.to_dict("records")):
        cell, code = table.loc[[at], ["region", "year"]], row["platform"]
        share = 100 * row["share_funded"]
        parts.append(
            trace_rows(
                cell, item=code, label=code, value=row["net"], unit="currency a year",
                detail=f"{'funded' if row['funded'] else 'not funded'}; funded in {share:.0f} per cent "
                f"of the draws; activity {row['activity']:.2f}",
            )
        )  # fmt: skip
        parts += [
            trace_rows(cell, item=f"{code}_{name}", parent=code, label=name.capitalize(),
                       value=row[column], unit="currency a year",
                       detail=f"table platforms, {row['evidence']}")
            for name, column in (("cost", "cost"), ("full value", "full_value"))
        ]  # fmt: skip
        parts += [
            trace_rows(
                cell, item=f"{code}_{team['occupation']}", parent=code, unit="people",
                label=f"Posts of {names.get(team['occupation'], team['occupation'])}",
                value=team["posts"],
                detail=f"{team['can_join']:,.0f} of {team['people']:,.0f} at work can join",
            )
            for team in teams[teams["platform"] == code].to_dict("records")
        ]  # fmt: skip
    return trace_table(*parts)
