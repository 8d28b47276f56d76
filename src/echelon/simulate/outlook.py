"""The posts of the years to come over those of the first year, from the table or the projection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidSystem, MissingTable

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["posts_path"]

Array = NDArray[np.float64]
Said = tuple[list[str], list[str]]


def posts_path(
    system: System, employed: pd.DataFrame, year: int, *, years: int,
    demand: Literal["published", "projected", "constant"] | None,
    results: Mapping[str, Result], said: Said,
) -> tuple[Array, Array, Literal["published", "projected", "constant"]]:  # fmt: skip
    """Return posts of a year and those after it over its own, (years + 1, R, O), its own, the source.

    Published are the posts of the table ``demand``, projected those of ``project.demand``; by
    default the first of them that reaches beyond the year, else constant posts. Years beyond the
    last known one go on with its growth.

    Raises
    ------
    InsufficientData
        When the posts asked for do not reach beyond the year.
    InvalidSystem
        When a region has no posts at all in a year.
    """
    rows = pd.DataFrame()
    if demand in (None, "published"):
        rows = _published(system, year)
        if rows.empty and demand == "published":
            raise InsufficientData(
                f"The table demand has no posts after {year}",
                fix="Add posts of later years, or use demand='projected' or demand='constant'",
            )
        demand = "published" if len(rows) else None
    if demand in (None, "projected"):
        rows, reason = _projected(system, year + years, results)
        if rows.empty and demand == "projected":
            raise InsufficientData(reason, fix="Use demand='constant' or add the tables")
        demand = "projected" if len(rows) else None
        if demand is None:
            said[1].append(f"Posts stay as they are. {reason}")
    if rows.empty:
        return np.ones((years + 1, *employed.shape)), np.ones(employed.shape), "constant"
    path, first, last = _over_first(rows, employed, year, years)
    source = {
        "published": "the table demand", "projected": "project.demand (central path)"
    }[str(demand)]  # fmt: skip
    said[0].append(
        f"Demand for posts {year} to {min(last, year + years)} from {source}"
        + (f"; after {last} it goes on with its last growth." if last < year + years else ".")
    )
    return path, first, "published" if demand == "published" else "projected"


def _published(system: System, year: int) -> pd.DataFrame:
    if "demand" not in system:
        return pd.DataFrame()
    rows = system.table("demand").dropna(subset="posts")
    rows = rows[rows["year"] >= year][["region", "occupation", "year", "posts"]]
    return rows if len(rows) and rows["year"].max() > year else pd.DataFrame()


def _projected(
    system: System, horizon: int, results: Mapping[str, Result]
) -> tuple[pd.DataFrame, str]:
    """Return the rows of the projection of demand, or nothing and the reason."""
    found = results.get("project.demand")
    try:
        if found is None:
            from echelon.project.demand import demand as project

            found = project(system, horizon=horizon, occupations=True)
    except (MissingTable, InsufficientData) as error:
        return pd.DataFrame(), str(error)
    if "demand" not in found.tables:
        return pd.DataFrame(), "The projection of demand has no occupations."
    return found.table("demand")[["region", "occupation", "year", "posts"]], ""


def _over_first(
    rows: pd.DataFrame, employed: pd.DataFrame, year: int, years: int
) -> tuple[Array, Array, int]:
    """Return the path, the posts of its first year and its last known year."""
    wide = rows.pivot_table(
        index="year", columns=["region", "occupation"], values="posts", aggfunc="sum"
    )
    cells = pd.MultiIndex.from_product([employed.index, employed.columns])
    known = wide.reindex(columns=cells)
    every = range(int(known.index.min()), int(known.index.max()) + 1)
    figures = known.reindex(list(every)).interpolate(limit_area="inside")
    figures = figures[figures.index >= year]
    last = int(figures.index.max())
    shape = (len(figures), *employed.shape)
    posts = figures.to_numpy(dtype=float).reshape(shape)
    _check_demand(posts, employed, [int(y) for y in figures.index])
    first = posts[0]
    ratio = np.divide(posts, first, out=np.ones(shape), where=first > 0)
    ratio = np.where(np.isnan(ratio), 1.0, ratio)
    if len(ratio) <= years:
        growth = np.divide(ratio[-1], ratio[-2], out=np.ones(shape[1:]), where=ratio[-2] > 0)
        more = [ratio[-1] * growth ** (k + 1) for k in range(years + 1 - len(ratio))]
        ratio = np.concatenate([ratio, np.stack(more)])
    return ratio[: years + 1], np.nan_to_num(first), last


def _check_demand(posts: Array, employed: pd.DataFrame, years: list[int]) -> None:
    whole = np.nansum(posts, axis=2)
    unknown = np.isnan(posts).all(axis=2)
    for t, r in np.argwhere((whole <= 0) & ~unknown):
        raise InvalidSystem(
            f"The demand of {employed.index[int(r)]} is 0 in every occupation",
            where=f"table demand, column posts, year {years[int(t)]}",
            fix="Fill its posts, or leave the cells empty if they are unknown",
        )
    wrong = np.argwhere(posts < 0)
    if len(wrong):
        t, r, o = (int(place) for place in wrong[0])
        raise InvalidSystem(
            f"The posts of {employed.columns[o]} in {employed.index[r]} are {posts[t, r, o]:g}",
            where=f"table demand, year {years[t]}", fix="Give 0 or more",
        )  # fmt: skip
