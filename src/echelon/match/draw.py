"""People who look for work and posts that come open, drawn from the cells of a system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.errors import InsufficientData, InvalidArgument
from echelon.match.education import educations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from echelon.system.system import System

__all__ = ["IMPORTANT", "draw"]

IMPORTANT = 3.0
_FEWEST_SKILLS = 5
_RECORDS = ("people", "person_skills", "posts", "post_skills")


def draw(
    system: System, *, people: int | None = None, posts: int | None = None, spread: float = 0.5,
    seed: int = 0,
) -> System:  # fmt: skip
    """Draw people who look for work and posts that come open from a system's cells.

    People: as many in each region as its share of the unemployed. The occupation last held comes
    from the region's workers by occupation (times the unemployment rate of the occupation where the
    system knows it), the education from the region's attainment (see Notes), and each skill is the
    occupation's level plus a personal difference. Posts: openings of the year by region and
    occupation (else vacancies, else posts less workers), with the occupation's skills that are
    important (3 of 5 or more, at least the five most important ones), its typical entry education
    and the cell's wage.

    Parameters
    ----------
    system : System
        With the tables workers, occupations and occupation_skills; unemployment and demand. Records
        that it has already are kept.
    people, posts : int, optional
        How many people and how many seats; 1000 people, and as many seats as people.
    spread : float
        Standard deviation of a person's skill around the occupation's level, in levels of 0 to 7:
        an assumption, because occupation profiles say nothing of the differences between people.
    seed : int

    Returns
    -------
    System
        With the tables people, person_skills, posts and post_skills.

    Raises
    ------
    MissingTable
        When the cells to draw from are missing.
    InvalidArgument
        When sizes are below 1, the spread is negative or the seed is.

    Notes
    -----
    Education: the workers by occupation and the adults by level of each region are the margins of a
    table whose pattern is the share of each level in the occupation (table occupation_education);
    where it is unknown, 1 for a level that meets the occupation's typical entry education and 0.1 for
    one that does not. It is raked to both margins, and people are drawn from it. A person's level is
    known as finely as in that table.
    """
    for name, size in (("people", people), ("posts", posts)):
        if size is not None and size < 1:
            raise InvalidArgument(f"{size} {name} cannot be drawn", fix="Use 1 or more")
    if seed < 0 or not spread >= 0:
        raise InvalidArgument(
            f"Nothing can be drawn with the seed {seed} and the spread {spread}",
            fix="Use 0 or more for both",
        )
    lacking = [name for name in _RECORDS if name not in system]
    if not lacking:
        return system
    count = 1000 if people is None else people
    made: dict[str, pd.DataFrame] = {}
    if "people" not in system:
        system.need("workers", "occupations", "occupation_skills", "unemployment")
        made["people"] = _people(system, count, seed)
    if "posts" not in system:
        system.need("workers", "occupations", "occupation_skills", "demand")
        seats = posts or (count if people or "people" in made else len(system.table("people")))
        made["posts"] = _posts(system, seats, seed)
    bare = "occupation_skills" not in system and "preferences" in system
    if "person_skills" not in system and not bare:
        persons = made["people"] if "people" in made else system.table("people")
        if len(persons):
            made["person_skills"] = _person_skills(system, persons, (spread, seed))
    if "post_skills" not in system and not bare:
        places = made["posts"] if "posts" in made else system.table("posts")
        if len(places):
            made["post_skills"] = _post_skills(system, places)
    return system.with_(name=system.name, tables=made)


def _generator(seed: int, part: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, 41, part]))


def _last(frame: pd.DataFrame, figure: str, year: int | None = None) -> pd.DataFrame:
    """Return the known, positive rows of one year: the one given when it is there, else the last."""
    known = frame[frame[figure].notna() & (frame[figure] > 0)]
    if known.empty:
        raise InsufficientData(
            f"The figures {figure} are all unknown or 0, so nothing can be drawn from them",
            fix="Add figures, or the tables people and posts themselves",
        )
    years = set(known["year"])
    return known[known["year"] == (year if year in years else max(years))]


def _workers(system: System) -> pd.DataFrame:
    """Return the workers of the last year by region and occupation, with their mean wage."""
    frame = system.table("workers")
    for column in ("education", "wage"):
        if column not in frame:
            frame[column] = np.nan
    profiles = set(system.table("occupation_skills")["occupation"])
    frame = _last(frame[frame["occupation"].isin(profiles)], "headcount")
    whole = frame["education"].isna()
    cells = ["region", "occupation"]
    split = frame[~whole & ~frame.set_index(cells).index.isin(frame[whole].set_index(cells).index)]
    frame = pd.concat([frame[whole], split])
    paid = frame.assign(paid=frame["headcount"] * frame["wage"],
                        known=frame["headcount"].where(frame["wage"].notna()))  # fmt: skip
    cells_of = paid.groupby([*cells, "year"], as_index=False)[["headcount", "paid", "known"]].sum()
    cells_of["wage"] = cells_of["paid"] / cells_of["known"].where(cells_of["known"] > 0)
    return cells_of.drop(columns=["paid", "known"])


def _people(system: System, count: int, seed: int) -> pd.DataFrame:
    """Return people who look for work: region, occupation last held, education, wage."""
    workers = _workers(system)
    year = int(workers["year"].iloc[0])
    seekers = system.table("unemployment")
    for column in ("region", "occupation"):
        if column not in seekers:
            seekers[column] = np.nan
    whole = seekers[seekers["occupation"].isna() & seekers["region"].isin(workers["region"])]
    by_region = _last(whole, "unemployed", year).groupby("region")["unemployed"].sum()
    rates = _rates(seekers[seekers["region"].isna() & seekers["occupation"].notna()], year)
    generator = _generator(seed, 1)
    parts = []
    for region, size in zip(
        by_region.index, _apportioned(by_region.to_numpy(), count), strict=True
    ):
        cell = workers[workers["region"] == region].sort_values("occupation")
        chance = cell["headcount"] * cell["occupation"].map(rates).fillna(1.0)
        chosen = generator.choice(len(cell), size=int(size), p=(chance / chance.sum()).to_numpy())
        parts.append(cell.iloc[np.sort(chosen)])
    drawn = pd.concat(parts, ignore_index=True)
    width = len(str(count))
    return pd.DataFrame(
        {
            "person": [f"person-{i:0{width}d}" for i in range(1, len(drawn) + 1)],
            "region": drawn["region"],
            "occupation": drawn["occupation"],
            "education": educations(system, workers, drawn, generator=generator),
            "year": drawn["year"],
            "wage": drawn["wage"],
        }
    )


def _rates(rows: pd.DataFrame, year: int) -> pd.Series:
    """Return the unemployment rate of occupations relative to their mean; empty where unknown."""
    if rows.empty or "rate" not in rows or rows["rate"].isna().all():
        return pd.Series(dtype=float)
    known = _last(rows, "rate", year).groupby("occupation")["rate"].mean()
    return known / known.mean()


def _apportioned(sizes: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Return whole numbers in proportion to sizes that add up to a total (largest remainders)."""
    exact = sizes / sizes.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def _posts(system: System, seats: int, seed: int) -> pd.DataFrame:
    """Return the posts that come open, one row for each region and occupation with its seats."""
    workers = _workers(system)
    demand = system.table("demand").merge(
        workers[["region", "occupation", "headcount", "wage"]], on=["region", "occupation"]
    )
    if "posts" in demand:
        demand["unfilled"] = (demand["posts"] - demand["headcount"]).clip(lower=0.0)
    figure = next(
        (c for c in ("openings", "vacancies", "unfilled")
         if c in demand and (demand[c] > 0).any()), "unfilled",
    )  # fmt: skip
    cells = _last(demand.reindex(columns=[*demand.columns, *({figure} - set(demand))]), figure,
                  int(workers["year"].iloc[0])).sort_values(["region", "occupation"])  # fmt: skip
    chance = cells[figure].to_numpy(float)
    drawn = _generator(seed, 2).multinomial(seats, chance / chance.sum())
    cells = cells.assign(capacity=drawn)[drawn > 0]
    entry = system.table("occupations")
    typical = pd.Series(dtype=object)
    if "education" in entry:
        typical = entry.set_index("occupation")["education"]
    return pd.DataFrame(
        {
            "post": cells["region"] + "/" + cells["occupation"],
            "region": cells["region"],
            "occupation": cells["occupation"],
            "capacity": cells["capacity"],
            "wage": cells["wage"],
            "education": cells["occupation"].map(typical),
        }
    ).reset_index(drop=True)


def _profiles(system: System) -> pd.DataFrame:
    system.need("occupation_skills")
    profiles = system.table("occupation_skills")
    if "importance" not in profiles:
        profiles["importance"] = 5.0
    return profiles[profiles["level"].notna() & profiles["importance"].notna()]


def _person_skills(system: System, persons: pd.DataFrame, about: tuple[float, int]) -> pd.DataFrame:
    """Return the level of each person in each skill of the occupation last held."""
    spread, seed = about
    profiles = _profiles(system).sort_values(["occupation", "skill"])
    held = persons[["person", "occupation"]].merge(profiles, on="occupation")
    held = held.sort_values(["person", "skill"], kind="stable")
    level = held["level"] + spread * _generator(seed, 3).standard_normal(len(held))
    level = level.clip(0.0, 7.0).round(2)
    frame = pd.DataFrame({"person": held["person"], "skill": held["skill"], "level": level})
    return frame[frame["level"] > 0].reset_index(drop=True)


def _post_skills(system: System, posts: pd.DataFrame) -> pd.DataFrame:
    """Return the important skills of each post's occupation, weighted by importance."""
    profiles = _profiles(system)
    order = profiles.groupby("occupation")["importance"].rank(ascending=False, method="first")
    kept = (profiles["importance"] >= IMPORTANT) | (order <= _FEWEST_SKILLS)
    profiles = profiles[kept & (profiles["level"] > 0) & (profiles["importance"] > 0)]
    required = posts[["post", "occupation"]].merge(profiles, on="occupation")
    return pd.DataFrame(
        {
            "post": required["post"],
            "skill": required["skill"],
            "level": required["level"].clip(0.0, 7.0),
            "weight": required["importance"],
        }
    )
