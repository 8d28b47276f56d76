"""Levers on who is chosen and which teams are funded, as what they do to the simulated market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, MissingTable
from echelon.levers import compete, evaluate, fund, screen
from echelon.registry import unknown_name
from echelon.simulate.applicants import ABLE, DEGREE, read_applicants
from echelon.simulate.market import Market

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["ENDS", "Selection", "Setting", "fund_values", "funded", "selection"]

Array = NDArray[np.float64]
ENDS = ("low", "central", "high")
# Share who lose work a month and leave the labour force a year, where they are unknown.
_LAYOFFS, _EXITS = 0.011, 0.045


@dataclass(frozen=True, eq=False)
class Setting:
    """The values of one lever by year and cell, and the figures of its file."""

    market: Market
    values: Array
    figures: Mapping[str, Mapping[str, float]]
    wage: Array
    distance: Array

    def cost_of(self, name: str) -> list[float]:
        """Return the low, central and high value of a figure."""
        return [self.figures[name][end] for end in ENDS]


@dataclass(frozen=True, eq=False)
class Selection:
    """What levers do to the choice among applicants; None where they do nothing.

    Parameters
    ----------
    screens : array (years, R, O) or None
        Factor on the openings that demand a degree.
    weights : array (years, classes, R, O) or None
        Chance to be chosen beside others.
    money : mapping of str to array (ends, years, R)
        Currency a year by lever.
    """

    screens: Array | None = None
    weights: Array | None = None
    money: Mapping[str, Array] = field(default_factory=dict)


def selection(system: System, found: Mapping[str, Setting]) -> Selection:
    """Return what the levers screen, evaluate and compete do, together.

    Parameters
    ----------
    system : System
    found : mapping of str to Setting
        Those of the three that are set.

    Raises
    ------
    MissingTable, InsufficientData
        When nothing says who has a degree.
    """
    if not found:
        return Selection()
    any_one = next(iter(found.values()))
    market = any_one.market
    applicants = read_applicants(system, market)
    none = np.zeros_like(any_one.values)
    posts = _filled_posts(market)
    seen = np.minimum(found["evaluate"].values, 100.0) / 100 if "evaluate" in found else none
    screens, degree, able = None, none + 1.0, none + 1.0
    money: dict[str, list[Array]] = {name: [] for name in found}
    for name, one in found.items():
        for value in one.cost_of("cost"):
            cost = value * one.wage
            if name == "screen":
                demanded = posts * applicants.demanding
                screens, spent = screen(one.values, cost=cost, posts=demanded)
            elif name == "evaluate":
                choice = one.figures["choice"]["central"]
                picked, spent = evaluate(one.values, choice=choice, cost=cost, posts=posts)
            else:
                degree, merit, spent = compete(one.values, seen=seen, cost=cost, posts=posts)
            money[name].append(spent.sum(axis=2))
        able = able * (picked if name == "evaluate" else merit if name == "compete" else 1.0)
    weights = None
    if "evaluate" in found or "compete" in found:
        weights = np.stack([
            (degree if has else 1.0) * (able if better else 1.0) * (none + 1.0)
            for has, better in zip(DEGREE, ABLE, strict=True)
        ], axis=1)  # fmt: skip
    return Selection(screens, weights, {name: np.stack(each) for name, each in money.items()})


def _filled_posts(market: Market) -> Array:
    """Return posts that are filled in a year because people lose work or leave, (R, O)."""
    layoffs = np.where(np.isnan(market.layoffs), _LAYOFFS, market.layoffs)
    exits = np.where(np.isnan(market.exits), _EXITS, market.exits)
    found: Array = (12 * layoffs + exits) * market.employed
    return found


def fund_values(rows: pd.DataFrame, market: Market) -> Array:
    """Return the share of its platforms that each region runs, (years, R, 1).

    Raises
    ------
    InvalidArgument
        When a share is not within 0 to 1, or an occupation is named.
    UnknownName
    """
    years = len(market.posts) - 1
    found = np.zeros((years, len(market.regions), 1))
    for _, row in rows.iterrows():
        if "occupation" in row and not pd.isna(row["occupation"]) and row["occupation"] != "":
            raise InvalidArgument(
                "The lever fund is set for an occupation", where="table levers, column occupation",
                fix="Leave it empty: a platform is funded with its whole team",
            )  # fmt: skip
        if not 0 <= row["value"] <= 1:
            raise InvalidArgument(
                f"The lever fund is set to {row['value']:g}", where="table levers",
                fix="Give the share of the platforms that runs, 0 to 1",
            )  # fmt: skip
        code = row.get("region")
        here = np.ones(len(market.regions), dtype=bool)
        if code is not None and not pd.isna(code) and code != "":
            if code not in market.regions:
                raise unknown_name("region of the simulation", str(code), market.regions)
            here = np.asarray(market.regions) == code
        when = np.ones(years, dtype=bool)
        if "year" in row and not pd.isna(row["year"]):
            when = market.year + 1 + np.arange(years) == int(row["year"])
        found[np.ix_(when, here)] += row["value"]
    return np.minimum(found, 1.0)


def funded(system: System, setting: Setting) -> tuple[Array, Array]:
    """Return posts of the teams that are funded (years, R, O), and money (ends, years, R).

    Raises
    ------
    MissingTable
        When the system has no platforms.
    """
    market = setting.market
    if "platforms" not in system:
        raise MissingTable(
            f"The system {system.name!r} has no table platforms, so the lever fund has none to run",
            fix="Add the table platforms with platform, region, occupation, posts and cost",
        )
    rows = system.table("platforms")
    rows = rows[rows["region"].isin(market.regions)]
    names = list(dict.fromkeys(rows["platform"]))
    team = rows.pivot_table(index="platform", columns="occupation", values="posts", aggfunc="sum")
    team = team.reindex(index=names, columns=list(market.occupations)).fillna(0.0)
    first = rows.drop_duplicates("platform").set_index("platform").reindex(names)
    home = np.array([market.regions.index(code) for code in first["region"]], dtype=np.int64)
    flows = fund(home, posts=team.to_numpy(float), cost=first["cost"].to_numpy(float))
    part = setting.values[:, home, 0]
    posts = np.zeros((len(part), *market.employed.shape))
    for year in range(len(part)):
        amounts = flows.people * part[year, flows.unit]
        np.add.at(posts[year], (flows.region, flows.occupation), amounts)
    paid = np.zeros((len(part), len(market.regions)))
    np.add.at(paid.T, flows.home, (flows.cost * part).T)
    return posts, np.stack([paid, paid, paid])
