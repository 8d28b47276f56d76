"""Which platforms to fund and staff together under a budget, with the gap proven."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.methods.funding import Funding, fund, fund_first
from echelon.methods.integer import solve
from echelon.plan.platforms import Candidates, read_budget, read_platforms
from echelon.plan.portfolio_tables import (
    budget_table,
    frontier_table,
    portfolio_table,
    team_table,
    trace_of,
    way_table,
)
from echelon.proofs import ChoiceCertificate
from echelon.result import Result
from echelon.system.assumptions import Range, assumed, draw_assumptions
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["portfolio"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
_ASSUMED = ("team_share", "platform_cost", "platform_value")
_PAPERS = (
    "Lorie, J. H., & Savage, L. J. (1955). Three problems in rationing capital. Journal of Business "
    "28(4), 229-239.",
    "Weingartner, H. M. (1963). Mathematical Programming and the Analysis of Capital Budgeting "
    "Problems. Prentice-Hall.",
)


def portfolio(
    system: System, *, budget: float | Mapping[str, float] | None = None,
    department: str = "technology", pooled: bool = True, year: int | None = None,
    assumptions: Mapping[str, Range] | None = None, draws: int = 100, seed: int = 0,
) -> Result:  # fmt: skip
    """Choose the laboratories and institutions that a budget and the people at work can carry.

    max sum_i value_i a_i - cost_i y_i: y_i is 0 or 1 (funded), the activity a_i <= y_i, what is funded
    costs no more than the budget, and no scientist works in two teams: for every region and occupation
    sum_i a_i posts_i <= people who can join. A laboratory without scientists yields nothing.

    Parameters
    ----------
    system : System
        With ``platforms`` (posts, cost, value) and ``workers``; ``budgets`` unless one is given.
    budget : float or mapping of region to float, optional
        A year, for all platforms together or for those of each region; by default the table's.
    department : str
        Whose budget in the table is spent.
    pooled : bool
        Whether the regions' budgets of the table are one.
    year : int, optional
        Of people and budget; by default the last one with both.
    assumptions : mapping, optional
        ``team_share``, ``platform_cost``, ``platform_value``: a value, or low, central and high.
    draws, seed : int
        Draws of the assumptions, cost and value of each platform apart.

    Returns
    -------
    Result
        ``portfolio`` (platform, region, funded, activity, cost, value, net, share_funded: share of
        the draws, scarce: the occupation that limits it), ``teams`` (posts against people),
        ``ways`` (funded and staffed together against money first), ``frontier`` (what other budgets
        would fund), ``budgets`` and ``assumptions``. The certificate verifies without a solver.

    Raises
    ------
    MissingTable
        Without platforms or people: their teams, costs and values cannot be derived.

    References
    ----------
    Weingartner, H. M. (1963). Mathematical Programming and the Analysis of Capital Budgeting
    Problems. Prentice-Hall.
    """
    if draws < 20:
        raise InvalidArgument(f"draws = {draws}", fix="Give 20 draws or more")
    found = read_platforms(system, year=year)
    money = read_budget(system, found, budget, department=department, pooled=pooled)
    taken = assumed(system, _ASSUMED, assumptions)
    central = dict(zip(taken["name"], taken["central"].astype(float), strict=True))
    funding = _funding(found, money.payer, money.amount, rates=central)
    funded, activity, proof, program = fund(funding)
    first = fund_first(funding)
    drawn = _drawn(found, money.payer, money.amount, taken=taken, draws=draws, seed=seed)
    choices = [each.split(solve(each.program())) for each in drawn]
    firsts = [fund_first(each) for each in drawn]
    flags, levels = np.stack([c[0] for c in choices]), np.stack([c[1] for c in choices])
    nets = {
        "together": np.array([f.net(*c) for f, c in zip(drawn, choices, strict=True)]),
        "money_first": np.array([f.net(*c) for f, c in zip(drawn, firsts, strict=True)]),
    }
    table = portfolio_table(found, funding, (funded, activity), drawn=(flags, levels))
    teams = team_table(found, funding, activity)
    names = labels(system, "regions", "occupations")
    return Result(
        name="plan.portfolio", system=system.name,
        frames={
            "portfolio": table, "teams": teams,
            "ways": way_table(funding, {"together": (funded, activity), "money_first": first}, nets),
            "frontier": frontier_table(funding), "budgets": budget_table(money, funding, funded),
            "assumptions": taken, "trace": trace_of(table, teams, names),
        },
        note=note_of(
            system, "regions", "platforms", "workers", *(("budgets",) if money.of_table else ()),
            papers=_PAPERS, seed=seed,
            method="Platforms are chosen and staffed together so that value less cost is highest within "
            "budget and people, exact.",
            parameters={"budget": budget if not isinstance(budget, Mapping) else dict(budget),
                        "department": department, "pooled": pooled, "year": year,
                        "assumptions": dict(assumptions or {}), "draws": draws},
            steps=[*found.steps, money.step,
                   f"Value less cost {-proof.value:,.6g}, proven bound {-proof.bound:,.6g}, gap "
                   f"{100 * proof.gap:.2g} per cent.",
                   f"Drew the assumptions {draws} times, cost and value of each platform apart; every "
                   "draw is solved."],
            caveats=_caveats(found, funding, funded),
        ),
        units={"cost": "currency a year", "value": "currency a year", "net": "currency a year",
               "posts": "people", "people": "people", "budget": "currency a year",
               "share_funded": "share of the draws", "activity": "share of full activity"},
        labels=names, certificate=ChoiceCertificate(program, proof, -1, "currency a year"),
    )  # fmt: skip


def _funding(
    found: Candidates, payer: NDArray[np.int64], budget: Array, *, rates: Mapping[str, float]
) -> Funding:
    return Funding(
        value=found.value * rates["platform_value"], cost=found.cost * rates["platform_cost"],
        posts=found.posts, people=found.people * rates["team_share"], payer=payer, budget=budget,
    )  # fmt: skip


def _drawn(
    found: Candidates, payer: NDArray[np.int64], budget: Array, *, taken: pd.DataFrame, draws: int,
    seed: int,
) -> list[Funding]:  # fmt: skip
    """Return the problem of every draw of the assumptions."""
    n = len(found.platforms)
    each = draw_assumptions(taken, draws=draws * n, seed=seed)
    share = each["team_share"][:draws]
    cost, value = (each[name].reshape(draws, n) for name in ("platform_cost", "platform_value"))
    return [
        Funding(found.value * value[d], found.cost * cost[d], found.posts, found.people * share[d],
                payer, budget)
        for d in range(draws)
    ]  # fmt: skip


def _caveats(found: Candidates, funding: Funding, funded: Flags) -> list[str]:
    caveats = list(found.caveats)
    if not funded.any():
        worth = funding.value > funding.cost
        least = funding.cost[worth].min() if worth.any() else np.nan
        caveats.append(
            "Nothing is funded: no platform is worth more than it costs." if not worth.any()
            else f"Nothing is funded: the budget is {funding.budget.max():,.0f}, and the cheapest "
            f"platform that is worth its cost takes {least:,.0f} a year, or people are lacking."
        )  # fmt: skip
    return caveats
