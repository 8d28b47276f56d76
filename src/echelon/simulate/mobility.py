"""Where people go: between occupations and between regions, from the tables that a system has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidSystem

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["between_occupations", "between_regions"]

Array = NDArray[np.float64]
Said = tuple[list[str], list[str]]
# Share of people who move in a year where only distances are known, and the fall with distance.
_MOVES, _FALL = 0.02, 2.0
_NEAREST = 10


def between_occupations(
    system: System, occupations: tuple[str, ...], size: Array, *, said: Said
) -> Array:
    """Return where those go who change their occupation, (O, O): rows sum to 1, or to 0 for none.

    From ``transitions``; where it is absent, the ten occupations with the likest skills, in
    proportion to likeness and size.

    Raises
    ------
    InvalidSystem
        When the shares of an occupation do not sum to 1.
    MissingTable
        When there are neither transitions nor skills.
    """
    if "transitions" in system:
        moves = _transitions(system, occupations)
        said[0].append("Moves between occupations in the proportions of the table transitions.")
    elif len(occupations) == 1:
        return np.zeros((1, 1))
    elif "occupation_skills" in system:
        moves = _likeness(system, occupations) * size
        said[1].append(
            "No table transitions: people who change occupation are taken to go to the ten with the "
            "likest skills, in proportion to likeness and size (assumed)."
        )
    else:
        system.need("transitions")
        raise AssertionError
    np.fill_diagonal(moves, 0.0)
    whole = moves.sum(axis=1, keepdims=True)
    alone = [occupations[i] for i in np.flatnonzero(whole[:, 0] == 0)]
    if alone:
        said[1].append(
            "Without any move to another occupation: " + ", ".join(alone[:5])
            + (f" and {len(alone) - 5} more." if len(alone) > 5 else ".")
        )  # fmt: skip
    return np.divide(moves, whole, out=np.zeros_like(moves), where=whole > 0)


def _transitions(system: System, occupations: tuple[str, ...]) -> Array:
    rows = system.table("transitions").dropna(subset="share")
    if (rows["share"] < 0).any():
        first = rows[rows["share"] < 0].iloc[0]
        raise InvalidSystem(
            f"The share that goes from {first['occupation']} to {first['destination']} is "
            f"{first['share']:g}",
            where="table transitions", fix="Give 0 or more",
        )  # fmt: skip
    sums = rows.groupby("occupation")["share"].sum()
    wrong = sums[(sums - 1).abs() > 0.01]
    if len(wrong):
        raise InvalidSystem(
            f"The transitions from {wrong.index[0]} sum to {wrong.iloc[0]:.3f}",
            where="table transitions, column share",
            fix="Give the share of every destination, those who stay included, so that they sum to 1",
        )
    table = pd.crosstab(
        rows["occupation"], rows["destination"], values=rows["share"], aggfunc="sum"
    ).reindex(index=list(occupations), columns=list(occupations))
    return table.fillna(0.0).to_numpy(dtype=float, copy=True)


def _likeness(system: System, occupations: tuple[str, ...]) -> Array:
    rows = system.table("occupation_skills").dropna(subset="level")
    table = pd.crosstab(rows["occupation"], rows["skill"], values=rows["level"], aggfunc="mean")
    skills = table.reindex(list(occupations)).fillna(0.0).to_numpy(dtype=float)
    length = np.linalg.norm(skills, axis=1, keepdims=True)
    unit = np.divide(skills, length, out=np.zeros_like(skills), where=length > 0)
    alike = np.maximum(unit @ unit.T, 0.0)
    np.fill_diagonal(alike, 0.0)
    keep = min(_NEAREST, len(occupations) - 1)
    least = -np.partition(-alike, keep - 1, axis=1)[:, keep - 1 : keep]
    return np.where(alike >= least, alike, 0.0)


def between_regions(
    system: System, regions: tuple[str, ...], workers: Array, *, said: Said
) -> Array:
    """Return the share of a region's people who move to each other region in a year, (R, R).

    From ``flows`` of everybody over the population, or over people at work where that is unknown;
    else from the distances of ``ties``.

    Raises
    ------
    MissingTable
        When there are several regions and neither flows nor distances.
    """
    size = len(regions)
    if size == 1:
        return np.zeros((1, 1))
    if "flows" in system:
        moves = _flows(system, regions, workers, said)
    elif "ties" in system:
        moves = _gravity(system, regions, workers)
        said[1].append(
            "No table flows: two per cent of the people of a region are taken to move in a year, in "
            "proportion to size over squared distance (assumed)."
        )
    else:
        system.need("flows")
        raise AssertionError
    alone = [r for r, row, column in zip(regions, moves, moves.T, strict=True)
             if row.sum() == 0 and column.sum() == 0]  # fmt: skip
    if alone:
        said[1].append(
            f"Nobody moves between the other regions and {', '.join(alone)}: simulated as a labour "
            "market of its own."
        )
    return moves


def _flows(system: System, regions: tuple[str, ...], workers: Array, said: Said) -> Array:
    rows = system.table("flows").dropna(subset="people")
    if "education" in rows:
        every = rows["education"].isna() | (rows["education"] == "")
        rows = rows[every] if every.any() else rows
    if rows.empty:
        raise InsufficientData("The table flows has no people", fix="Fill its column people")
    year = int(rows["year"].max())
    rows = rows[rows["year"] == year]
    table = pd.crosstab(rows["region"], rows["destination"], values=rows["people"], aggfunc="sum")
    moves = table.reindex(index=list(regions), columns=list(regions)).fillna(0.0)
    figures = moves.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(figures, 0.0)
    people = _population(system, regions, year)
    over = "population"
    if people is None:
        people, over = workers, "people at work"
    said[0].append(f"Moves between regions: flows of {year} over the {over}.")
    shares: Array = figures / np.maximum(people, figures.sum(axis=1))[:, None]
    return shares


def _population(system: System, regions: tuple[str, ...], year: int) -> Array | None:
    if "indicators" not in system:
        return None
    rows = system.table("indicators")
    rows = rows[(rows["indicator"] == "population")].dropna(subset="value")
    if rows.empty:
        return None
    near = min(rows["year"].unique(), key=lambda y: (abs(y - year), -y))
    people = rows[rows["year"] == near].groupby("region")["value"].sum().reindex(list(regions))
    return None if people.isna().any() else people.to_numpy(dtype=float)


def _gravity(system: System, regions: tuple[str, ...], workers: Array) -> Array:
    rows = system.table("ties").dropna(subset="distance")
    table = pd.crosstab(
        rows["region"], rows["destination"], values=rows["distance"], aggfunc="mean"
    ).reindex(index=list(regions), columns=list(regions))
    distance = table.to_numpy(dtype=float)
    near = np.where(np.isfinite(distance) & (distance > 0), distance, np.inf)
    pull = workers / near**_FALL
    whole = pull.sum(axis=1, keepdims=True)
    return np.divide(_MOVES * pull, whole, out=np.zeros_like(pull), where=whole > 0)
