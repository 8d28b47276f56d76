"""From tables to the terms of the score: kinship of occupations, moves, requirements, bonuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.match.education import level_ranks
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.match.asked import Asked
    from echelon.system.system import System

__all__ = ["affinities", "bases", "distances", "licences_of", "requirements"]

Array = NDArray[np.float64]


def affinities(system: System, occupations: Sequence[str]) -> tuple[Array, str]:
    """Return how near occupations are to each other, 0 to 1, and how that was found.

    Parameters
    ----------
    system : System
    occupations : sequence of str

    Returns
    -------
    array (occupations, occupations)
        From the occupation last held (row) to that of the post (column); 1 on the diagonal.
    str
    """
    place = {occupation: i for i, occupation in enumerate(occupations)}
    near = np.eye(len(occupations))
    if "transitions" in system:
        moves = system.table("transitions")
        moves = moves[(moves["occupation"] != moves["destination"]) & (moves["share"] > 0)]
        leave = moves.groupby("occupation")["share"].transform("sum")
        moves = moves.assign(part=moves["share"] / leave)
        moves = moves[moves["occupation"].isin(place) & moves["destination"].isin(place)]
        rows, columns = moves["occupation"].map(place), moves["destination"].map(place)
        near[rows.to_numpy(int), columns.to_numpy(int)] = moves["part"]
        return near, (
            "Affinity of occupations: 1 for the occupation last held, else the share of those who "
            "leave it for another one who go to that of the post (table transitions); a move that "
            "the table does not list counts 0."
        )
    if "occupation_skills" in system:
        known = system.table("occupation_skills")
        known = known[known["occupation"].isin(place) & known["level"].notna()]
        if len(known):
            worth = known["level"] * (known["importance"].fillna(0) if "importance" in known else 1)
            table = known.assign(worth=worth).pivot_table(
                index="occupation", columns="skill", values="worth", aggfunc="sum", fill_value=0.0
            )
            length = np.linalg.norm(table.to_numpy(), axis=1, keepdims=True)
            unit = table.to_numpy() / np.where(length > 0, length, 1.0)
            at = [place[occupation] for occupation in table.index]
            near[np.ix_(at, at)] = np.clip(unit @ unit.T, 0.0, 1.0)
            np.fill_diagonal(near, 1.0)
            return near, (
                "Affinity of occupations: cosine of their skill profiles, level times importance "
                "(table occupation_skills), as the system has no transitions."
            )
    return near, "Affinity of occupations: 1 for the occupation last held, 0 for any other."


def distances(system: System, regions: Sequence[str]) -> tuple[Array, str]:
    """Return how far a move between regions is, 0 at home and 1 at the farthest.

    A move counts half for leaving home and half by its cost (else its distance) over the largest in
    the table ties.

    Parameters
    ----------
    system : System
    regions : sequence of str

    Returns
    -------
    array (regions, regions)
    str
        How that was found.
    """
    n = len(regions)
    far = np.ones((n, n))
    np.fill_diagonal(far, 0.0)
    if "ties" not in system:
        return far, "Relocation: 1 for any other region, as the system has no table ties."
    ties = system.table("ties")
    ties = ties[ties["region"] != ties["destination"]]
    known = {c: c in ties and float(ties[c].notna().mean() if len(ties) else 0) for c in
             ("cost", "distance")}  # fmt: skip
    figure = "cost" if known["cost"] and known["cost"] >= (known["distance"] or 0) else "distance"
    if not known[figure] or not float(ties[figure].max()) > 0:
        return far, "Relocation: 1 for any other region, as costs and distances are unknown."
    place = {region: i for i, region in enumerate(regions)}
    share = ties[figure] / float(ties[figure].max())
    ties = ties.assign(part=0.5 + 0.5 * share)
    ties = ties[ties["region"].isin(place) & ties["destination"].isin(place) & ties["part"].notna()]
    far[ties["region"].map(place).to_numpy(int), ties["destination"].map(place).to_numpy(int)] = (
        ties["part"]
    )
    unknown = n * (n - 1) - len(ties)
    step = f"Relocation: half for leaving the region, half by the {figure} over the largest in ties"
    return far, step + (f"; {unknown} unknown pairs count as the farthest." if unknown else ".")


def bases(system: System, posts: pd.DataFrame, asked: Asked) -> tuple[Array, Array, list[str]]:
    """Return what a post adds to everybody's score by its wage, and by policy.

    Parameters
    ----------
    system : System
    posts : DataFrame
    asked : Asked

    Returns
    -------
    wage, bonus : arrays (posts,)
        In scores; what staying unmatched is worth is not yet subtracted.
    list of str
        What was done.
    """
    wage, steps = np.zeros(len(posts)), []
    paid = posts["wage"].where(posts["wage"] > 0)
    if paid.notna().any():
        ratio = np.log(paid / paid.median()).clip(-1.0, 1.0)
        wage = asked.weight("wage") * ratio.fillna(0.0).to_numpy(float)
        step = "Wage: logarithm of the post's wage over the median, between -1 and 1"
        unknown = int(paid.isna().sum())
        steps.append(step + (f"; {unknown} unknown wages count as the median." if unknown else "."))
    bonus = asked.weight("value") * posts["value"].fillna(0.0).to_numpy(float)
    if asked.priority:
        tier = pd.Series(dtype=object)
        if "occupations" in system and "tier" in (occupations := system.table("occupations")):
            tier = occupations.set_index("occupation")["tier"]
        regions = set(system.table("regions")["region"])
        tiers = posts["occupation"].map(tier)
        for name, worth in asked.priority.items():
            if name not in regions and name not in set(tier.dropna()):
                raise unknown_name("region or tier", name, {*regions, *tier.dropna()})
            hit = (posts["region"] == name) | (tiers == name)
            bonus = bonus + worth * hit.to_numpy(float)
            steps.append(f"Priority: {worth:+g} for the {int(hit.sum())} posts of {name}.")
    return wage, bonus, steps


def requirements(
    system: System, tables: tuple[pd.DataFrame, pd.DataFrame], asked: Asked
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], list[str]]:
    """Return what each person holds, what each post insists on, and which meets which.

    Parameters
    ----------
    system : System
    tables : tuple of two DataFrames
        People and posts with the columns education and licence.
    asked : Asked

    Returns
    -------
    standing, requirement : arrays (people,) and (posts,)
    admits : array of bool (standings, requirements)
    list of str
        What was done.
    """
    persons, posts = tables
    if asked.screens and posts["education"].notna().any():
        system.need("levels")
    ranks = level_ranks(system)
    if asked.screens and "levels" in system:
        known = set(system.table("levels")["level"])
        for table, frame in (("people", persons), ("posts", posts)):
            strange = frame.loc[~frame["education"].isin(known), "education"].dropna()
            if len(strange):
                raise unknown_name(
                    f"level of education of a row of {table}", str(strange.iloc[0]), known
                )
    held = persons["education"].map(ranks).astype(float)
    needed = posts["education"].map(ranks).astype(float)
    steps = []
    if not asked.screens:
        needed = needed * np.nan
        steps.append("Levels of education that posts require are not insisted on.")
    elif needed.notna().any():
        steps.append("A person below the level of education that a post requires may not take it.")
        if held.isna().any():
            steps.append(
                f"{int(held.isna().sum())} people of unknown education are held to meet no "
                "required level."
            )
    standing, holders = _kinds(held, persons["licence"])
    requirement, wanted = _kinds(needed, posts["licence"])
    admits = np.ones((max(1, len(holders)), max(1, len(wanted))), dtype=bool)
    for row, (level, licences) in enumerate(holders):
        own = licences_of(licences)
        for column, (least, licence) in enumerate(wanted):
            enough = np.isnan(least) or level >= least
            admits[row, column] = enough and licences_of(licence) <= own
    if posts["licence"].notna().any():
        steps.append("A post that requires a licence is open to its holders alone.")
    return standing, requirement, admits, steps


def licences_of(text: object) -> set[str]:
    """Return the licences that a cell names, separated by |.

    Parameters
    ----------
    text : object
        Anything but a text names none.
    """
    parts = text.split("|") if isinstance(text, str) else []
    return {part.strip() for part in parts} - {""}


def _kinds(
    level: pd.Series, licence: pd.Series
) -> tuple[NDArray[np.int64], list[tuple[float, str]]]:
    """Return the place of each row among the distinct pairs of level and licence, and the pairs."""
    pairs = pd.DataFrame({"level": level, "licence": licence.fillna("").astype(str)})
    grouped = pairs.groupby(["level", "licence"], dropna=False, sort=True)
    kinds = [(float(level), str(licence)) for level, licence in grouped.size().index]
    return grouped.ngroup().to_numpy().astype(np.int64), kinds
