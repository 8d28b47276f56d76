"""Programmes, changes of occupation, moves and platforms that a plan can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "Arcs", "Pairs", "Platforms", "Programmes", "places", "read_arcs", "read_pairs", "read_platforms",
    "read_programmes",
]  # fmt: skip

Array = NDArray[np.float64]
Places = NDArray[np.int64]
_ARCS = 3
_PARTNERS = 4
_FEW_REGIONS = 6
_NAMED = 5
_DOCTORATE = 8
_SMALL_SHARE = 0.02


@dataclass(frozen=True)
class Programmes:
    """Programmes of study: where they lead, and what is known of each region's own.

    Parameters
    ----------
    names : tuple of (field, level)
    isced : array (programmes,)
        Level, 6 for a bachelor's degree.
    shares : array (programmes, occupations)
    graduates, capacity, cost, lag, completion : arrays (regions, programmes)
        People a year, seats a year, currency a seat, years, share; NaN where unknown.
    """

    names: tuple[tuple[str, str], ...]
    isced: Array
    shares: Array
    graduates: Array
    capacity: Array
    cost: Array
    lag: Array
    completion: Array

    @property
    def technology(self) -> NDArray[np.bool_]:
        """Which programmes are research training, which the department of technology pays for."""
        return self.isced >= _DOCTORATE


@dataclass(frozen=True)
class Arcs:
    """Changes from one occupation to a related one.

    Parameters
    ----------
    origin, destination : arrays of int (arcs,)
    months, cost : arrays (arcs,)
        NaN where unknown.
    """

    origin: Places
    destination: Places
    months: Array
    cost: Array


@dataclass(frozen=True)
class Pairs:
    """Ways between regions on which people can be helped to move.

    Parameters
    ----------
    origin, destination : arrays of int (pairs,)
    distance, cost : arrays (pairs,)
        Kilometres, currency a move; NaN where unknown.
    """

    origin: Places
    destination: Places
    distance: Array
    cost: Array


@dataclass(frozen=True)
class Platforms:
    """Laboratories and institutions.

    Parameters
    ----------
    names : tuple of str
    home : array of int (platforms,)
    posts : array (platforms, occupations)
    cost, value : arrays (platforms,)
        Currency a year; NaN where unknown.
    """

    names: tuple[str, ...]
    home: Places
    posts: Array
    cost: Array
    value: Array


def places(known: Iterable[object], sought: Iterable[object]) -> Places:
    """Return where each of some labels stands among the known ones, -1 where it does not."""
    return pd.Index(list(known)).get_indexer(pd.Index(list(sought))).astype(np.int64)


def all_levels(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without rows of one level of education where one of all levels stands beside."""
    if "education" not in table or not table["education"].isna().any():
        return table
    keys = [name for name in ("region", "occupation", "year") if name in table]
    whole = table["education"].isna()
    return table[whole | ~whole.groupby([table[key] for key in keys]).transform("any")]


def read_programmes(
    system: System,
    to_group: Mapping[str, str],
    *,
    regions: Sequence[str],
    occupations: Sequence[str],
) -> tuple[Programmes, list[str]]:
    """Return the programmes that lead somewhere, and what a reader must know of them."""
    shape = (len(regions), 0)
    nothing = np.zeros(shape)
    if "programme_occupations" not in system or not {"graduates", "programmes"} & set(
        system.tables
    ):
        empty = Programmes((), np.zeros(0), np.zeros((0, len(occupations))), *[nothing] * 5)
        return empty, [
            "No seats are planned: the tables programme_occupations and graduates or programmes are "
            "missing, so where seats lead is not known."
        ]
    ways = system.table("programme_occupations")
    ways = ways.assign(place=places(occupations, ways["occupation"].map(to_group)))
    ways = ways[(ways["share"] > 0) & (ways["place"] >= 0)]
    counted = [system.table(t) for t in ("graduates", "programmes") if t in system]
    taught = {
        pair for table in counted for pair in zip(table["field"], table["level"], strict=True)
    }
    led = set(zip(ways["field"], ways["level"], strict=True))
    names = sorted(led & taught)
    shares = np.zeros((len(names), len(occupations)))
    at = places(names, list(zip(ways["field"], ways["level"], strict=True)))
    kept = at >= 0
    np.add.at(shares, (at[kept], ways["place"].to_numpy()[kept]), ways["share"].to_numpy()[kept])
    shares /= shares.sum(axis=1, keepdims=True)
    whole, shares = shares, np.where(shares >= _SMALL_SHARE, shares, 0.0)
    shares = np.where(shares.any(axis=1, keepdims=True), shares, whole)
    shares /= shares.sum(axis=1, keepdims=True)
    levels = (
        system.table("levels").set_index("level")["isced"] if "levels" in system else pd.Series()
    )
    isced = np.array([float(levels.get(level, np.nan)) for _, level in names])
    figures = _of_regions(system, names, regions)
    caveats = []
    if lost := sorted(taught - led):
        caveats.append(
            f"{len(lost)} programmes lead to no occupation that the system names and are left out."
        )
    return Programmes(tuple(names), isced, shares, *figures), caveats


def _of_regions(
    system: System, names: Sequence[tuple[str, str]], regions: Sequence[str]
) -> list[Array]:
    """Return graduates, capacity, cost, lag and completion of each region's programmes."""
    found = {
        name: np.full((len(regions), len(names)), np.nan)
        for name in ("headcount", "capacity", "cost", "lag", "completion")
    }
    for table in ("graduates", "programmes"):
        if table not in system:
            continue
        frame = system.table(table)
        if "year" in frame:
            frame = frame.dropna(subset=["headcount"]).sort_values("year")
            frame = frame.drop_duplicates(["region", "field", "level"], keep="last")
        row = places(regions, frame["region"])
        column = places(names, list(zip(frame["field"], frame["level"], strict=True)))
        kept = (row >= 0) & (column >= 0)
        for name in found:
            if name in frame:
                values = frame[name].to_numpy(float)[kept]
                known = ~np.isnan(values)
                found[name][row[kept][known], column[kept][known]] = values[known]
    return list(found.values())


def read_arcs(
    system: System, to_group: Mapping[str, str], nation: pd.Series
) -> tuple[Arcs, list[str]]:
    """Return the most used changes out of each occupation."""
    none = np.zeros(0, np.int64)
    if "transitions" not in system:
        empty = Arcs(none, none, np.zeros(0), np.zeros(0))
        return empty, ["Nobody is retrained: there is no table transitions."]
    table = system.table("transitions")
    table = table.assign(
        origin=places(nation.index, table["occupation"].map(to_group)),
        end=places(nation.index, table["destination"].map(to_group)),
    )
    table = table[(table["origin"] >= 0) & (table["end"] >= 0) & (table["origin"] != table["end"])]
    workers = all_levels(system.table("workers")).groupby("occupation")["headcount"].sum()
    table = table.assign(people=table["share"] * table["occupation"].map(workers).fillna(0.0))
    means = {name: (name, "mean") for name in ("months", "cost")}
    arcs = table.groupby(["origin", "end"]).agg(people=("people", "sum"), **means).reset_index()
    arcs = arcs[arcs["people"] > 0].sort_values(["origin", "people"], ascending=[True, False])
    arcs = arcs.groupby("origin").head(_ARCS)
    found = Arcs(
        arcs["origin"].to_numpy(np.int64), arcs["end"].to_numpy(np.int64),
        arcs["months"].to_numpy(float), arcs["cost"].to_numpy(float),
    )  # fmt: skip
    return found, [
        f"People can retrain along the {_ARCS} most used changes out of each occupation; other "
        "changes between occupations go on and are taken to balance."
    ]


def read_pairs(
    system: System, regions: Sequence[str], people: Array
) -> tuple[Pairs, Array, list[str]]:
    """Return the ways between regions, net arrivals as a share of people at work, and caveats."""
    count = len(regions)
    moving, caveats = np.zeros(count), []
    flows = np.zeros((count, count))
    if "flows" in system:
        table = system.table("flows")
        table = table[table["education"].isna()]
        table = table[table["year"] == table["year"].max()].dropna(subset=["people"])
        a = places(regions, table["region"])
        b = places(regions, table["destination"])
        kept = (a >= 0) & (b >= 0) & (a != b)
        np.add.at(flows, (a[kept], b[kept]), table["people"].to_numpy(float)[kept])
        moving = (flows.sum(axis=0) - flows.sum(axis=1)) / np.maximum(people, 1.0)
    else:
        caveats.append("Moves that go on anyway are unknown: there is no table flows.")
    distance, cost = np.full((count, count), np.nan), np.full((count, count), np.nan)
    if "ties" in system:
        table = system.table("ties")
        a = places(regions, table["region"])
        b = places(regions, table["destination"])
        kept = (a >= 0) & (b >= 0) & (a != b)
        distance[a[kept], b[kept]] = table["distance"].to_numpy(float)[kept]
        cost[a[kept], b[kept]] = table["cost"].to_numpy(float)[kept]
    chosen = _chosen(flows, distance, tied=~np.isnan(distance) | ~np.isnan(cost))
    a, b = np.nonzero(chosen)
    if count > 1 and not len(a):
        caveats.append(
            "Nobody is helped to move: neither flows nor ties between regions are known."
        )
    alone = np.array(regions)[~(chosen.any(axis=0) | chosen.any(axis=1))]
    if len(a) and len(alone):
        caveats.append(
            f"Nobody is helped to move to or from {', '.join(alone[:_NAMED])}"
            + (f" and {len(alone) - _NAMED} more regions" if len(alone) > _NAMED else "")
            + ": neither flows nor ties with another region are known."
        )
    if len(a) and count > _FEW_REGIONS:
        caveats.append(
            f"Moves are helped between each region and the {_PARTNERS} that most of its people move to"
            + (" (ties: nearest)" if not flows.any() else "")
            + "; other moves go on as they are."
        )
    return Pairs(a, b, distance[a, b], cost[a, b]), moving, caveats


def _chosen(flows: Array, distance: Array, *, tied: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which ways can be used: all of few regions, else the most used or the shortest."""
    known = (flows > 0) | tied
    np.fill_diagonal(known, False)
    if len(flows) <= _FEW_REGIONS:
        return known
    far = np.where(np.isnan(distance), np.inf, distance)
    order = np.argsort(-flows, axis=1) if flows.any() else np.argsort(far, axis=1)
    chosen = np.zeros_like(known)
    np.put_along_axis(chosen, order[:, :_PARTNERS], True, axis=1)
    return chosen & known


def read_platforms(
    system: System,
    to_group: Mapping[str, str],
    *,
    regions: Sequence[str],
    occupations: Sequence[str],
) -> Platforms:
    """Return the platforms with their teams; those elsewhere are left out."""
    if "platforms" not in system:
        return Platforms((), np.zeros(0, np.int64), np.zeros((0, len(occupations))),
                         np.zeros(0), np.zeros(0))  # fmt: skip
    table = system.table("platforms")
    table = table[table["region"].isin(regions)]
    names = list(dict.fromkeys(table["platform"]))
    posts = np.zeros((len(names), len(occupations)))
    at = places(names, table["platform"])
    place = places(occupations, table["occupation"].map(to_group))
    kept = place >= 0
    np.add.at(posts, (at[kept], place[kept]), table["posts"].to_numpy(float)[kept])
    first = table.drop_duplicates("platform")
    if first["cost"].isna().any():
        row = first[first["cost"].isna()].iloc[0]
        raise InsufficientData(
            f"The platform {row['platform']} has no cost", where="table platforms, column cost",
            fix="Fill it, or leave the platform out",
        )  # fmt: skip
    return Platforms(
        tuple(names), places(regions, first["region"]), posts,
        first["cost"].to_numpy(float), first["value"].to_numpy(float),
    )  # fmt: skip
