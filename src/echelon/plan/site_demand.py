"""Whom sites serve: people by region and tier of sites, and how far it is to every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, InvalidSystem, MissingTable
from echelon.methods.location import great_circle
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["SERVES", "By", "Served", "Weight", "places_of", "read_distance", "read_served"]

Array = NDArray[np.float64]
Weight = Literal["workers", "graduates", "research", "population"]
By = Literal["distance", "cost"]

# Which talent a tier of sites is for; a site without a tier is for everybody.
SERVES: dict[str, tuple[str, ...]] = {
    "highland": ("strategic scientist", "leading innovator"),
    "fulcrum": ("engineer or professional",),
    "platform": ("technician or skilled worker", "master craft"),
}
_FIGURE = {
    "workers": ("workers", "headcount"),
    "graduates": ("graduates", "headcount"),
    "research": ("research", "full_time_equivalent"),
    "population": ("indicators", "value"),
}


@dataclass(frozen=True)
class Served:
    """People whom sites serve.

    Parameters
    ----------
    regions : tuple of str
    people, error : arrays (tiers, regions)
        And the sampling error as a share of it, 0 where none is published.
    year : int
    words, unit, table : str
        What they are, in which unit, from which table.
    unknown : tuple of tuples of str
        Of each tier: regions whose demand is unknown; nobody is served there.
    steps, caveats : tuple of str
    """

    regions: tuple[str, ...]
    people: Array = field(repr=False)
    error: Array = field(repr=False)
    year: int
    words: tuple[str, ...]
    unit: str
    table: str
    unknown: tuple[tuple[str, ...], ...]
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


def places_of(system: System) -> list[str]:
    """Return the regions that no other region names as its parent."""
    table = system.table("regions")
    wider = set(table["parent"].dropna()) if "parent" in table else set()
    return [str(region) for region in table["region"] if region not in wider]


def read_served(
    system: System, tiers: Sequence[str], *, weight: Weight | None, year: int | None
) -> Served:
    """Read whom the sites of every tier serve.

    Parameters
    ----------
    system : System
    tiers : sequence of str
    weight : {"workers", "graduates", "research", "population"}, optional
        By default the first that the system has.
    year : int, optional
        By default the last.

    Raises
    ------
    MissingTable
        When the system has none of these figures.
    """
    if weight is not None and weight not in _FIGURE:
        raise unknown_name("weight", weight, _FIGURE)
    asked: tuple[str, ...] = (weight,) if weight else tuple(_FIGURE)
    rows = pd.DataFrame()
    chosen = asked[0]
    for name in asked:
        rows = _rows(system, name)
        if len(rows):
            chosen = name
            break
    if rows.empty:
        if weight is not None:
            system.need(_FIGURE[weight][0])
        raise MissingTable(
            f"The system {system.name!r} has no people whom sites could serve",
            fix="Add a table workers with the columns region, occupation, year and headcount",
        )
    known = sorted(int(y) for y in rows["year"].unique())
    if year is not None and year not in known:
        raise InvalidArgument(
            f"The table {_FIGURE[chosen][0]} has no figures of {year}",
            fix=f"Choose among {', '.join(map(str, known))}",
        )
    last = known[-1] if year is None else year
    return _by_tier(system, rows[rows["year"] == last], tiers, weight=chosen)


def _rows(system: System, weight: str) -> pd.DataFrame:
    """Return region, year, tier, people and their error from the table behind a weight."""
    table, column = _FIGURE[weight]
    if table not in system:
        return pd.DataFrame()
    rows = system.table(table)
    if column not in rows:
        return pd.DataFrame()
    if weight == "population":
        rows = rows[rows["indicator"] == "population"]
    if weight == "research":
        for name in ("performer", "funder", "activity"):
            if name in rows:
                rows = rows[rows[name].isna() | (rows[name] == "all")]
        rows = rows[rows["technology"].isna()] if "technology" in rows else rows
    rows = rows.assign(people=rows[column].astype(float)).dropna(subset="people")
    if (rows["people"] < 0).any():
        row = rows[rows["people"] < 0].iloc[0]
        raise InvalidSystem(
            f"{row['people']:,.6g} people in {row['region']} in {row['year']}",
            where=f"table {table}, column {column}", fix="Give figures of 0 or more",
        )  # fmt: skip
    rows["error"] = 0.0
    if weight == "workers":
        rows = _all_levels(rows)
        rows = _leaves(system, rows)
        if "headcount_rse" in rows:
            rows["error"] = rows["headcount_rse"].fillna(0.0) / 100.0 * rows["people"]
        rows["tier"] = rows["occupation"].map(_tiers(system))
    if "tier" not in rows:
        rows["tier"] = None
    return rows[["region", "year", "tier", "people", "error"]]


def _all_levels(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of all levels of education together where there are any."""
    whole = rows["education"].isna() if "education" in rows else pd.Series(True, rows.index)
    return rows[whole].copy() if whole.any() else rows.copy()


def _leaves(system: System, rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out occupations whose parts are in the table too."""
    if "occupations" not in system:
        return rows
    table = system.table("occupations")
    if "parent" not in table:
        return rows
    parents = table.set_index("occupation")["parent"]
    wider = set(parents.reindex(rows["occupation"].unique()).dropna())
    return rows[~rows["occupation"].isin(wider)].copy()


def _tiers(system: System) -> dict[str, str]:
    if "occupations" not in system:
        return {}
    table = system.table("occupations")
    if "tier" not in table:
        return {}
    known = table.dropna(subset="tier")
    return dict(zip(known["occupation"], known["tier"], strict=True))


def _by_tier(system: System, rows: pd.DataFrame, tiers: Sequence[str], *, weight: str) -> Served:
    """Add the rows up by region, each tier of sites with the talent that it is for."""
    regions = places_of(system)
    table, _ = _FIGURE[weight]
    people, error, words, caveats = [], [], [], []
    for tier in tiers:
        own = rows[rows["tier"].isin(SERVES.get(tier, ()))]
        part = own if len(own) and own["people"].sum() > 0 else rows
        words.append(
            ", ".join(SERVES[tier])
            if part is own
            else {"population": "everybody"}.get(weight, weight)
        )
        if part is rows and tier in SERVES:
            caveats.append(
                f"No {' or '.join(SERVES[tier])} is known, so the tier {tier} serves all {weight}."
            )
        by = part.groupby("region")
        people.append(by["people"].sum().reindex(regions))
        squared = part.assign(error=part["error"] ** 2).groupby("region")["error"].sum()
        error.append(np.sqrt(squared.reindex(regions)) / people[-1])
    unknown = tuple(tuple(part.index[part.isna()]) for part in people)
    if any(len(lacking) == len(regions) for lacking in unknown):
        raise InsufficientData(
            "No region has people whom sites could serve", where=f"table {table}", fix="Add them"
        )
    caveats += _said_unknown(tiers, unknown)
    unit = "full-time equivalents" if weight == "research" else "people"
    year = int(rows["year"].iloc[0])
    return Served(
        tuple(regions), np.nan_to_num(np.array(people, float)), np.nan_to_num(np.array(error, float)),
        year, tuple(words), unit, table, unknown,
        (f"Whom sites serve: {weight} of {year} (table {table}) by region.",), tuple(caveats),
    )  # fmt: skip


def _said_unknown(tiers: Sequence[str], unknown: Sequence[tuple[str, ...]]) -> list[str]:
    """Say where demand is unknown, once where it is so for every tier alike."""
    if len(set(unknown)) == 1:
        listed = ", ".join(unknown[0])
        return [f"Demand is unknown in {listed}: nobody is counted there."] if listed else []
    return [
        f"Demand for the tier {tier} is unknown in {', '.join(lacking)}: nobody of it is counted there."
        for tier, lacking in zip(tiers, unknown, strict=True)
        if lacking
    ]


def read_distance(system: System, regions: Sequence[str], *, by: By) -> tuple[Array, str, str]:
    """Return how far or how dear it is from every region to every other one.

    Parameters
    ----------
    system : System
    regions : sequence of str
    by : {"distance", "cost"}

    Returns
    -------
    tuple of array (m, m), str, str
        The figures, their unit, and a sentence of where they come from.

    Raises
    ------
    MissingTable, InsufficientData, InvalidSystem
    """
    unit = {"distance": "km", "cost": "currency"}[by]
    wide = pd.DataFrame(np.nan, index=list(regions), columns=list(regions))
    if "ties" in system and by in (ties := system.table("ties")):
        if (ties[by] < 0).any():
            row = ties[ties[by] < 0].iloc[0]
            raise InvalidSystem(
                f"The {by} from {row['region']} to {row['destination']} is {row[by]:,.6g}",
                where=f"table ties, column {by}", fix="Give figures of 0 or more",
            )  # fmt: skip
        wide = ties.pivot_table(index="region", columns="destination", values=by)
        wide = wide.reindex(index=list(regions), columns=list(regions))
    figures = wide.to_numpy(float).copy()
    figures = np.where(np.isnan(figures), figures.T, figures)
    np.fill_diagonal(figures, 0.0)
    if len(regions) == 1:
        return figures, unit, "There is one region."
    lacking = np.isnan(figures)
    if not lacking.any():
        return figures, unit, f"The {by} between regions is that of the table ties."
    if lacking.sum() == figures.size - len(figures) and by == "distance":
        return _from_places(system, regions), unit, (
            "The distance between regions is that of their centres on a sphere."
        )  # fmt: skip
    i, j = np.argwhere(lacking)[0]
    raise InsufficientData(
        f"The {by} from {regions[i]} to {regions[j]} is unknown, and {lacking.sum():,} others",
        where=f"table ties, column {by}", fix="Add them, or choose by='distance'" if by == "cost"
        else "Add them, or leave all out so that the distance of the centres is taken",
    )  # fmt: skip


def _from_places(system: System, regions: Sequence[str]) -> Array:
    table = system.table("regions").set_index("region").reindex(list(regions))
    if not {"latitude", "longitude"} <= set(table) or table[["latitude", "longitude"]].isna().any(
        axis=None
    ):
        raise MissingTable(
            f"The system {system.name!r} has no table ties, and not every region has a place",
            fix="Add a table ties with the columns region, destination and distance, or latitude and "
            "longitude to the table regions",
        )
    return great_circle(table["latitude"].to_numpy(float), table["longitude"].to_numpy(float))
