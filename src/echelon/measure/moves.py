"""Moves between regions as a table of origins by destinations, with what is known of their error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, InvalidSystem, MissingTable
from echelon.measure.portfolios import regions_compared
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Moves", "read_distances", "read_moves"]

Array = NDArray[np.float64]
# 90 per cent margins, as surveys publish them, over the standard error.
_MARGIN = 1.6448536269514722
_MOST_YEARS = 5


@dataclass(frozen=True)
class Moves:
    """People who moved between every two regions, some years pooled.

    Parameters
    ----------
    regions : tuple of str
    years : tuple of int
    education : str
        Level of education; empty for everybody.
    people : array (m, m)
        From row to column, the years added up; 0 where the table has no row.
    variance : array (m, m)
        Of each figure.
    derived : float
        Share of the people that the table marks as derived or assumed.
    unconnected : tuple of str
        Regions that nobody leaves or reaches.
    steps, caveats : tuple of str
    """

    regions: tuple[str, ...]
    years: tuple[int, ...]
    education: str
    people: Array = field(repr=False)
    variance: Array = field(repr=False)
    derived: float
    unconnected: tuple[str, ...]
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


def read_moves(
    system: System, *, education: str = "highest", years: Sequence[int] | None = None
) -> Moves:
    """Read the moves of the people with one level of education, the chosen years added up.

    Parameters
    ----------
    system : System
    education : str
        ``"highest"``, the highest level that the table has, or everybody where it has none;
        ``"all"``, everybody; or the code of a level.
    years : sequence of int, optional
        By default the consecutive years up to the last one, at most five.

    Returns
    -------
    Moves

    Raises
    ------
    MissingTable
        When the system has no moves.
    InvalidSystem
        When a count is negative.
    InsufficientData
        When nobody moves between different regions, or there is one region only.
    """
    system.need("flows")
    whole = system.table("flows")
    regions = regions_compared(system)
    if len(regions) < 2:
        raise InsufficientData(
            "A formation is made of several regions, and there is only one",
            where="table regions", fix="Add regions and the moves between them",
        )  # fmt: skip
    rows, level, by_level = _of_level(system, whole, education)
    _check(rows)
    inside = rows["region"].isin(regions) & rows["destination"].isin(regions)
    rows = rows[inside & (rows["region"] != rows["destination"])].dropna(subset="people")
    chosen = _years(rows, years)
    rows = rows[rows["year"].isin(chosen)]
    people = _square(rows, regions, "people")
    if people.sum() <= 0:
        raise InsufficientData(
            "Nobody moves between two different regions",
            where="table flows, column people", fix="Add the people who moved",
        )  # fmt: skip
    variance, how = _variance(rows, regions, people, _everybody(whole, chosen))
    alone = [
        r for r, any_ in zip(regions, (people + people.T).sum(axis=1) > 0, strict=True) if not any_
    ]
    doubtful = rows["evidence"] != "measured" if "evidence" in rows else rows["people"] < 0
    derived = float(rows.loc[doubtful, "people"].sum() / rows["people"].sum())
    steps = [_pooled(chosen, level, rows), how, *_against_everybody(whole, rows, chosen, by_level)]
    return Moves(
        tuple(regions), tuple(chosen), level, people, variance, derived, tuple(alone), tuple(steps),
        tuple(_caveats(system, derived, alone)),
    )  # fmt: skip


def _of_level(
    system: System, whole: pd.DataFrame, education: str
) -> tuple[pd.DataFrame, str, bool]:
    """Return the rows of the level, its code (empty for everybody), and whether others exist."""
    known = sorted(whole["education"].dropna().unique()) if "education" in whole else []
    everybody = whole[whole["education"].isna()] if "education" in whole else whole
    if education == "all" or (education == "highest" and not known):
        if len(everybody):
            return everybody, "", bool(known)
        keys = ["region", "destination", "year"]
        sums = whole.groupby(keys, as_index=False).agg({"people": "sum", "evidence": "first"})
        return sums.assign(margin=np.nan), "", True
    if education == "highest":
        order = dict.fromkeys(known, 0.0)
        if "levels" in system:
            levels = system.table("levels")
            if "rank" in levels:
                ranks = dict(zip(levels["level"], levels["rank"], strict=True))
                order = {code: float(ranks.get(code, -1)) for code in known}
        education = max(known, key=lambda code: order[code])
    if education not in known:
        raise unknown_name("level of education in flows", education, ["all", "highest", *known])
    return whole[whole["education"] == education], education, True


def _check(rows: pd.DataFrame) -> None:
    negative = rows[rows["people"] < 0]
    if len(negative):
        row = negative.iloc[0]
        raise InvalidSystem(
            f"{row['people']:,.6g} people move from {row['region']} to {row['destination']} in "
            f"{row['year']}",
            where="table flows, column people", fix="Give counts of 0 or more",
        )  # fmt: skip
    doubled = rows.duplicated(["region", "destination", "year"])
    if doubled.any():
        row = rows[doubled].iloc[0]
        raise InvalidSystem(
            f"The moves from {row['region']} to {row['destination']} in {row['year']} stand twice",
            where="table flows", fix="Keep one row per origin, destination, education and year",
        )  # fmt: skip


def _years(rows: pd.DataFrame, years: Sequence[int] | None) -> list[int]:
    known = sorted(int(year) for year in rows["year"].unique())
    if not known:
        raise MissingTable(
            "The table flows has no known figures between the regions of the system",
            fix="Add rows with region, destination, year and people",
        )
    if years is None:
        chosen = [known[-1]]
        while chosen[0] - 1 in known and len(chosen) < _MOST_YEARS:
            chosen.insert(0, chosen[0] - 1)
        return chosen
    absent = [year for year in years if year not in known]
    if absent or not len(years):
        raise InvalidArgument(
            f"The table flows has no moves of {absent[0] if absent else 'no year at all'}",
            fix=f"Choose among {', '.join(map(str, known))}",
        )
    return sorted(set(map(int, years)))


def _square(rows: pd.DataFrame, regions: Sequence[str], column: str) -> Array:
    wide = rows.pivot_table(index="region", columns="destination", values=column, aggfunc="sum")
    return wide.reindex(index=list(regions), columns=list(regions)).fillna(0.0).to_numpy(float)


def _everybody(whole: pd.DataFrame, years: Sequence[int]) -> pd.DataFrame:
    rows = whole[whole["education"].isna()] if "education" in whole else whole
    return rows[rows["year"].isin(years) & (rows["region"] != rows["destination"])]


def _variance(
    rows: pd.DataFrame, regions: Sequence[str], people: Array, everybody: pd.DataFrame
) -> tuple[Array, str]:
    """Return the variance of every figure: from margins of error, else as that of counts."""
    weight, from_whom = 1.0, "as counts have: no margin of error is known, so the bands are narrow"
    for which, name in ((rows, "the other moves"), (everybody, "the moves of everybody")):
        if "margin" not in which:
            continue
        known = which[which["margin"].notna() & (which["people"] > 0)]
        if len(known):
            squared = (known["margin"] / _MARGIN) ** 2
            weight = max(1.0, float(squared.sum() / known["people"].sum()))
            from_whom = f"{weight:,.3g} times the figure, as {name} have by their margins of error"
            break
    margin = rows["margin"] if "margin" in rows else pd.Series(np.nan, rows.index)
    own = (margin / _MARGIN) ** 2
    spread = rows.assign(spread=own.fillna(weight * rows["people"]))
    share = float(margin.notna().mean())
    how = f"Sampling variance of the moves: {from_whom}."
    if share == 1:
        how = "Sampling variance of the moves: from their 90 per cent margins of error."
    elif share > 0:
        how = f"Sampling variance of the moves: from margins of error; where unknown, {from_whom}."
    return np.where(people > 0, _square(spread, regions, "spread"), 0.0), how


def _pooled(years: Sequence[int], level: str, rows: pd.DataFrame) -> str:
    span = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    who = f"people with the level {level}" if level else "everybody"
    added = "" if len(years) == 1 else f", {len(years)} years added up"
    return (
        f"Moves of {who} between different regions, {span}{added}: {rows['people'].sum():,.0f} people; "
        "those who stay do not count."
    )


def _against_everybody(
    whole: pd.DataFrame, rows: pd.DataFrame, years: Sequence[int], by_level: bool
) -> list[str]:
    """Say how the levels of education add up to the moves of everybody."""
    if not by_level or "education" not in whole:
        return []
    codes = set(rows["region"]) | set(rows["destination"])
    inside = whole["region"].isin(codes) & whole["destination"].isin(codes)
    same = whole[inside & whole["year"].isin(years) & (whole["region"] != whole["destination"])]
    levels = same.dropna(subset="education")
    shared = set(levels["year"]) & set(same.loc[same["education"].isna(), "year"])
    parts = float(levels.loc[levels["year"].isin(shared), "people"].sum())
    all_ = float(same.loc[same["education"].isna() & same["year"].isin(shared), "people"].sum())
    if not parts or not all_:
        return []
    return [
        f"The levels of education add up to {parts:,.0f} movers, {100 * parts / all_:.1f} per cent of "
        f"the {all_:,.0f} of everybody in the same years; the others have no level in the table, for "
        "example because they are too young."
    ]


def _caveats(system: System, derived: float, alone: Sequence[str]) -> list[str]:
    found = []
    if derived > 0:
        found.append(
            f"{100 * derived:.0f} per cent of the movers are derived or assumed figures, not counted."
        )
    if "limitations" in system:
        listed = system.table("limitations")
        about = listed[listed["subject"].str.contains("move|migration|flow", case=False, na=False)]
        found += [f"{row.subject}: {row.limitation}" for row in about.itertuples()
                  if "occupation" not in str(row.subject).lower()]  # fmt: skip
    if alone:
        found.append(
            f"Nobody moves from or to {', '.join(alone)}: they stand apart from the formation."
        )
    return found


def read_distances(system: System, regions: Sequence[str]) -> Array | None:
    """Return the distance between every two regions, NaN where it is unknown; None without any.

    Raises
    ------
    InvalidSystem
        When a distance is negative.
    """
    if "ties" not in system:
        return None
    rows = system.table("ties")
    if "distance" not in rows or rows["distance"].notna().sum() == 0:
        return None
    if (rows["distance"] < 0).any():
        row = rows[rows["distance"] < 0].iloc[0]
        raise InvalidSystem(
            f"The distance from {row['region']} to {row['destination']} is {row['distance']:,.6g}",
            where="table ties, column distance", fix="Give distances of 0 or more",
        )  # fmt: skip
    wide = rows.pivot_table(index="region", columns="destination", values="distance")
    return wide.reindex(index=list(regions), columns=list(regions)).to_numpy(float)
