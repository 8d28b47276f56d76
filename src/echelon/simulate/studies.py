"""Seats in programmes and changes of occupation as a system knows them: duration, cost, where they lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.levers import Flows, train
from echelon.simulate.selection import Setting

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["between", "entrance", "study_years", "training"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]
_ENTRANCES = 4
_WORDS = {5: "short", 6: "bachelor", 7: "master", 8: "doctorate"}


@dataclass(frozen=True, eq=False)
class _Programmes:
    """Programmes that lead somewhere: shares (programmes, O) and figures (R, programmes), NaN unknown."""

    names: tuple[tuple[str, str], ...]
    shares: Array
    size: Array
    cost: Array
    lag: Array
    completion: Array


def training(system: System, setting: Setting, used: Places) -> tuple[Flows, Array]:
    """Return the seats that lead to the occupations used, and how many start a year, (units, years).

    Seats for an occupation are those of the programmes that lead to it, in proportion to their
    graduates who go there; who completes goes where the programme leads. Years, completion and cost are
    those of the table ``programmes``, else those of the lever. Without programmes a seat leads to its
    occupation alone.
    """
    known, values = _programmes(system, setting), setting.values
    years, regions, occupations = values.shape
    weight = known.size[:, :, None] * known.shares[None]
    # Where a region trains nobody for an occupation, all programmes that lead to it share the seats.
    weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, known.shares[None])
    whole = weight.sum(axis=1, keepdims=True)
    share = np.divide(weight, whole, out=np.zeros_like(weight), where=whole > 0)
    alone = used[known.shares[:, used].sum(axis=0) <= 0]
    rate = np.concatenate([np.einsum("yro,rpo->yrp", values, share), values[:, :, alone]], axis=2)
    lasts = np.concatenate([_lasts(system, setting, known), study_years(system, setting, alone)])
    unknown = np.full((regions, len(alone)), np.nan)
    completion, cost = (
        np.concatenate([figure, unknown], axis=1) for figure in (known.completion, known.cost)
    )
    usual = setting.figures["completion"]["central"]
    flows = train(
        np.concatenate([known.shares, np.eye(occupations)[alone]]), entrance(system, setting),
        years=lasts, completion=np.where(np.isnan(completion), usual, completion),
        cost=np.where(np.isnan(cost), _seat_cost(setting, np.maximum(lasts, 1)), cost),
    )  # fmt: skip
    return flows, rate.reshape(years, -1).T


def _lasts(system: System, setting: Setting, known: _Programmes) -> Places:
    """Return the years of each programme: the mean over regions, else those of its level."""
    usual = np.array([
        setting.figures[f"years_{_WORDS[_isced(system, name)]}"]["central"] for name in known.names
    ])  # fmt: skip
    given = ~np.isnan(known.lag)
    mean = np.nan_to_num(known.lag).sum(axis=0) / np.maximum(given.sum(axis=0), 1)
    return np.rint(np.where(given.any(axis=0), mean, usual)).astype(np.int64)


def _seat_cost(setting: Setting, lasts: Places) -> Array:
    market = setting.market
    bill = np.nansum(setting.wage * market.employed, axis=1)
    mean = bill / np.maximum(market.employed.sum(axis=1), 1e-9)
    found: Array = setting.figures["seat_cost"]["central"] * mean[:, None] * lasts[None, :]
    return found


def entrance(system: System, setting: Setting) -> Array:
    """Return the work that people without a programme enter in each region, rows that sum to 1.

    The four largest occupations of the general tier; of all where the system has no tiers.
    """
    market = setting.market
    base = market.employed
    if "occupations" in system:
        table = system.table("occupations")
        if "tier" in table:
            general = set(table.loc[table["tier"] == "general", "occupation"])
            inside = np.array([code in general for code in market.occupations])
            base = base * inside if (base * inside).any() else base
    if base.shape[1] > _ENTRANCES:
        base = np.where(base >= np.sort(base, axis=1)[:, [-_ENTRANCES]], base, 0.0)
    found: Array = base / np.maximum(base.sum(axis=1, keepdims=True), 1e-9)
    return found


def study_years(system: System, setting: Setting, used: Places) -> Places:
    """Return the years of study that lead to each occupation, by the education that it asks for."""
    asked: dict[str, str] = {}
    if "occupations" in system:
        table = system.table("occupations").dropna(subset="education")
        asked = dict(zip(table["occupation"], table["education"], strict=True))
    found = []
    for place in used:
        level = str(asked.get(setting.market.occupations[int(place)], ""))
        word = next((w for w in ("doctorate", "master", "bachelor") if w in level), "short")
        found.append(max(1, round(setting.figures[f"years_{word}"]["central"])))
    return np.array(found, dtype=np.int64)


def _isced(system: System, name: tuple[str, str]) -> int:
    if "levels" not in system:
        return 6
    found = system.table("levels").set_index("level")["isced"].get(name[1], np.nan)
    return int(np.clip(6 if pd.isna(found) else found, 5, 8))


def _programmes(system: System, setting: Setting) -> _Programmes:
    counted = [name for name in ("graduates", "programmes") if name in system]
    market = setting.market
    none = np.zeros((len(market.regions), 0))
    nothing = _Programmes((), np.zeros((0, len(market.occupations))), none, none, none, none)
    if "programme_occupations" not in system or not counted:
        return nothing
    ways = system.table("programme_occupations")
    ways = ways[(ways["share"] > 0) & ways["occupation"].isin(market.occupations)]
    taught = {
        pair for name in counted
        for pair in zip(system.table(name)["field"], system.table(name)["level"], strict=True)
    }  # fmt: skip
    names = sorted(taught & set(zip(ways["field"], ways["level"], strict=True)))
    if not names:
        return nothing
    index = pd.MultiIndex.from_tuples(names)
    table = ways.pivot_table(
        index=["field", "level"], columns="occupation", values="share", aggfunc="sum"
    )
    shares = (
        table.reindex(index=index, columns=list(market.occupations)).fillna(0.0).to_numpy(float)
    )
    shares = shares / shares.sum(axis=1, keepdims=True)
    figures = {}
    for column in ("headcount", "capacity", "cost", "lag", "completion"):
        figures[column] = np.full((len(market.regions), len(names)), np.nan)
        for name in counted:
            rows = system.table(name)
            if column not in rows:
                continue
            if "year" in rows:
                rows = rows.dropna(subset=["headcount"]).sort_values("year")
                rows = rows.drop_duplicates(["region", "field", "level"], keep="last")
            wide = rows.pivot_table(index="region", columns=["field", "level"], values=column)
            found = wide.reindex(index=list(market.regions), columns=index).to_numpy(float)
            figures[column] = np.where(np.isnan(found), figures[column], found)
    size = np.where(np.isnan(figures["headcount"]), figures["capacity"], figures["headcount"])
    return _Programmes(
        tuple(names), shares, np.nan_to_num(size), figures["cost"], figures["lag"],
        figures["completion"],
    )  # fmt: skip


def between(
    system: System, table: str, *, keys: tuple[str, str], figure: str, labels: tuple[str, ...]
) -> Array:
    """Return a figure between labels, (labels, labels), NaN where it is unknown.

    Parameters
    ----------
    system : System
    table : str
    keys : tuple of str
        Columns of origin and destination.
    figure : str
    labels : tuple of str
    """
    none = np.full((len(labels), len(labels)), np.nan)
    if table not in system:
        return none
    rows = system.table(table)
    if figure not in rows or rows[figure].isna().all():
        return none
    wide = rows.pivot_table(index=keys[0], columns=keys[1], values=figure, aggfunc="mean")
    return np.asarray(wide.reindex(index=list(labels), columns=list(labels)), dtype=float)
