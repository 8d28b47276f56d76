"""The platforms that can be funded: their teams, costs and values, the people there are, the money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, InvalidSystem, MissingTable
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Candidates", "Money", "read_budget", "read_platforms"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """Platforms by cells of region and occupation.

    Parameters
    ----------
    platforms, regions : tuples of str
        And where each stands.
    cells : tuple of (str, str)
        Region and occupation.
    cost, value : arrays (platforms,)
    posts : array (cells, platforms)
    people : array (cells,)
        At work.
    evidence : tuple of str
        Of each platform: the weakest of its rows.
    year : int
    steps, caveats : tuple of str
    """

    platforms: tuple[str, ...]
    regions: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    cost: Array = field(repr=False)
    value: Array = field(repr=False)
    posts: Array = field(repr=False)
    people: Array = field(repr=False)
    evidence: tuple[str, ...]
    year: int
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Money:
    """Who pays: budgets by payer, and the payer of each platform."""

    payers: tuple[str, ...]
    amount: Array
    payer: NDArray[np.int64]
    of_table: bool
    step: str


def read_platforms(system: System, *, year: int | None) -> Candidates:
    """Read the platforms and the people at work in the occupations of their teams.

    Raises
    ------
    MissingTable, InsufficientData, InvalidSystem
    """
    if "platforms" not in system:
        raise MissingTable(
            f"The system {system.name!r} has no table platforms, and neither costs nor teams of "
            "platforms can be derived from others",
            fix="Add a table platforms with the columns platform, occupation, region, posts, cost and "
            "value, for example from a ministry of science",
        )
    system.need("workers")
    rows = system.table("platforms")
    _check(rows)
    whole = rows.groupby("platform", sort=True).agg(
        region=("region", "first"), cost=("cost", "first"), value=("value", "first")
    )
    lacking = whole[["cost", "value"]].isna().any(axis=1)
    if lacking.any():
        raise InsufficientData(
            f"The cost or the value of {whole.index[lacking][0]} is unknown",
            where="table platforms, columns cost and value",
            fix="Give both in currency a year, or leave the platform out",
        )
    workers = system.table("workers")
    if "education" in workers and workers["education"].isna().any():
        workers = workers[workers["education"].isna()]
    known = sorted(int(y) for y in workers["year"].unique())
    if year is not None and year not in known:
        raise InvalidArgument(
            f"The table workers has no figures of {year}",
            fix=f"Choose among {', '.join(map(str, known))}",
        )
    last = known[-1] if year is None else year
    stock = workers[workers["year"] == last].groupby(["region", "occupation"])["headcount"]
    heads = stock.sum(min_count=1)
    cells = sorted(set(zip(rows["region"], rows["occupation"], strict=True)))
    people = np.array([float(heads.get(cell, np.nan)) for cell in cells])
    if np.isnan(people).any():
        region, occupation = cells[int(np.isnan(people).argmax())]
        raise InsufficientData(
            f"A team in {region} needs {occupation}, and how many work there is unknown",
            where="table workers, column headcount", fix=f"Add the figure of {last}",
        )  # fmt: skip
    place = {cell: k for k, cell in enumerate(cells)}
    at = {code: k for k, code in enumerate(whole.index)}
    posts = np.zeros((len(cells), len(whole)))
    for row in rows.to_dict("records"):
        posts[place[(row["region"], row["occupation"])], at[row["platform"]]] += row["posts"]
    order = {"measured": 0, "derived": 1, "assumed": 2}
    worst = rows.assign(rank=rows["evidence"].map(order)).sort_values("rank")
    evidence = worst.groupby("platform")["evidence"].last().reindex(whole.index)
    return Candidates(
        tuple(map(str, whole.index)), tuple(map(str, whole["region"])), tuple(cells),
        whole["cost"].to_numpy(float), whole["value"].to_numpy(float), posts, people,
        tuple(map(str, evidence)), last,
        (f"{len(whole)} platforms of the table platforms; teams from people at work in {last}.",),
        ("Values, costs and team shares are those of the tables and of the assumptions; read the share "
         "of the draws with every choice.",),
    )  # fmt: skip


def _check(rows: pd.DataFrame) -> None:
    for column in ("cost", "value", "region"):
        if column not in rows:
            raise InvalidSystem(
                f"The platforms have no {column}", where=f"table platforms, column {column}",
                fix="Add the column",
            )  # fmt: skip
        pairs = rows[["platform", column]].drop_duplicates()
        several = pairs[pairs["platform"].duplicated()]
        if len(several):
            code = several["platform"].iloc[0]
            raise InvalidSystem(
                f"The rows of {code} do not agree on its {column}",
                where=f"table platforms, column {column}",
                fix="Give the same figure of the whole platform in each of its rows",
            )
    for column in ("posts", "cost", "value"):
        if (rows[column] < 0).any():
            row = rows[rows[column] < 0].iloc[0]
            raise InvalidSystem(
                f"The {column} of {row['platform']} is {row[column]:,.6g}",
                where=f"table platforms, column {column}", fix="Give figures of 0 or more",
            )  # fmt: skip


def read_budget(
    system: System, found: Candidates, budget: float | Mapping[str, float] | None, *,
    department: str, pooled: bool,
) -> Money:  # fmt: skip
    """Return the budget that is given, or that of a department in the table.

    Raises
    ------
    MissingTable, UnknownName, InvalidArgument
    """
    if isinstance(budget, Mapping):
        for region in budget:
            if region not in found.regions:
                raise unknown_name("region with a platform", region, sorted(set(found.regions)))
        by = {region: float(amount) for region, amount in budget.items()}
    elif budget is not None:
        by = {"": float(budget)}
    else:
        by = _of_table(system, found, department)
        by = {"": sum(by.values())} if pooled else by
    if any(not amount >= 0 for amount in by.values()):
        raise InvalidArgument(
            f"A budget is {min(by.values()):,.6g}", fix="Give budgets of 0 or more"
        )
    payers = ("",) if "" in by else tuple(sorted(set(found.regions)))
    # A region without a budget of its own has none to spend.
    amount = np.array([by.get(name, 0.0) for name in payers])
    payer = np.array([payers.index(r if r in payers else "") for r in found.regions])
    whose = "given with the call" if budget is not None else f"the department {department}'s"
    return Money(
        tuple(name or "all" for name in payers), amount, payer, budget is None,
        f"Budget: {whose}, {amount.sum():,.6g} a year in all.",
    )  # fmt: skip


def _of_table(system: System, found: Candidates, department: str) -> dict[str, float]:
    if "budgets" not in system:
        raise MissingTable(
            f"The system {system.name!r} has no table budgets, and no budget is given",
            fix="Give budget=, or add a table budgets with the columns department, region, year, amount",
        )
    rows = system.table("budgets")
    if department not in set(rows["department"]):
        raise unknown_name("department", department, sorted(set(rows["department"])))
    rows = rows[rows["department"] == department]
    last = rows.loc[rows["year"] <= found.year, "year"].max()
    rows = rows[rows["year"] == (rows["year"].min() if pd.isna(last) else last)]
    return {str(r): float(a) for r, a in rows.groupby("region")["amount"].sum().items()}
