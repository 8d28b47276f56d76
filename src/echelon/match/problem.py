"""The matching problem of a system: its people and posts as arrays, and what was done to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.match.choices import choices_of, exceptions, strangers
from echelon.match.draw import draw
from echelon.match.terms import affinities, bases, distances, requirements
from echelon.methods.matching import Market, People, Posts, Terms, market
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.match.asked import Asked
    from echelon.system.system import System

__all__ = ["Problem", "problem_of"]

_PERSON = ("person", "region", "occupation", "education", "licence", "merit", "year")
_POST = ("post", "region", "occupation", "capacity", "wage", "education", "licence", "value")


@dataclass(frozen=True, eq=False)
class Problem:
    """People, posts and the terms of their scores, with their labels.

    Parameters
    ----------
    system : System
        With people and posts, drawn ones included.
    asked : Asked
    persons, posts : DataFrame
        One row for each, in the order of the arrays.
    skills : array of str
    people, places, terms : arrays of the engine
    wage, bonus : arrays (posts,)
        The parts of the base of posts.
    steps, caveats : list of str
    drawn : bool
        Whether people or posts were drawn from cells.
    choices : DataFrame
        Rows of the table preferences by place: person, post, rank, priority, veto.
    """

    system: System
    asked: Asked
    persons: pd.DataFrame = field(repr=False)
    posts: pd.DataFrame = field(repr=False)
    skills: NDArray[np.str_] = field(repr=False)
    people: People = field(repr=False)
    places: Posts = field(repr=False)
    terms: Terms = field(repr=False)
    wage: NDArray[np.float64] = field(repr=False)
    bonus: NDArray[np.float64] = field(repr=False)
    steps: list[str]
    caveats: list[str]
    drawn: bool
    choices: pd.DataFrame = field(repr=False)

    @cached_property
    def market(self) -> Market:
        """The problem in score units, identical records merged."""
        return market(self.people, self.places, self.terms)

    @cached_property
    def apart(self) -> Market:
        """The problem in score units, every record apart, as two-sided priorities need it."""
        return market(self.people, self.places, self.terms, merge=False)

    @cached_property
    def by_skills(self) -> Market:
        """What posts go by: the coverage of the skills they require, every record apart."""
        veto = self.terms.exception_score
        score = None if veto is None else np.where(np.isneginf(veto), veto, 0.0)
        terms = replace(self.terms, affinity=None, relocation=None, exception_score=score)
        return market(self.people, replace(self.places, base=None), terms, merge=False)

    @property
    def year(self) -> int:
        """Last year of the people's records; 0 where no year is known."""
        known = self.persons["year"].dropna()
        return int(known.max()) if len(known) else 0

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables that the scores rest on."""
        cells = (
            ("workers", "unemployment", "attainment", "occupation_education", "demand")
            if self.drawn
            else ()
        )
        return (
            "people", "person_skills", "posts", "post_skills", "preferences", "transitions",
            "occupation_skills", "ties", "levels", "occupations", *cells,
        )  # fmt: skip


def problem_of(system: System, asked: Asked) -> Problem:
    """Make the matching problem of a system.

    Parameters
    ----------
    system : System
    asked : Asked

    Returns
    -------
    Problem

    Raises
    ------
    MissingTable
        When there are no people and posts, and no cells to draw them from.
    """
    whole = draw(system, people=asked.people, posts=asked.posts, seed=asked.seed)
    persons = _records(whole, "people", _PERSON)
    posts = _records(whole, "posts", _POST)
    skills, held, required = _skills(whole)
    caveats = _caveats(whole, (persons, posts), (held, required, skills))
    occupations = sorted({*persons["occupation"].dropna(), *posts["occupation"].dropna()})
    regions = sorted({*persons["region"], *posts["region"]})
    affinity, kin = affinities(whole, occupations)
    far, moves = distances(whole, regions)
    wage, bonus, steps = bases(whole, posts, asked)
    standing, requirement, admits, screens = requirements(whole, (persons, posts), asked)
    choices = choices_of(whole)
    caveats += strangers(whole)
    affinity, own = _with_groups(asked.weight("affinity") * affinity, persons, occupations, asked)
    people = People(
        skill_start=_starts(held["row"], len(persons)),
        skill=held["skill"].to_numpy(np.int64),
        level=held["level"].to_numpy(float),
        occupation=own,
        region=_places(persons["region"], regions),
        standing=standing,
    )
    places = Posts(
        skill_start=_starts(required["row"], len(posts)),
        skill=required["skill"].to_numpy(np.int64),
        level=required["level"].to_numpy(float),
        weight=required["weight"].to_numpy(float),
        occupation=_places(posts["occupation"], occupations),
        region=_places(posts["region"], regions),
        requirement=requirement,
        capacity=posts["capacity"].to_numpy(),
        base=wage + bonus - asked.outside,
    )
    pairs = exceptions(choices, asked)
    terms = Terms(
        affinity=affinity, relocation=asked.weight("relocation") * far, admits=admits,
        coverage=asked.weight("skills"), exception_person=pairs[0], exception_post=pairs[1],
        exception_score=pairs[2],
    )  # fmt: skip
    drawn = _drawn_steps(system, asked, (persons, posts))
    return Problem(
        whole, asked, persons, posts, skills, people, places, terms, wage, bonus,
        [*drawn, _SCORE, kin, moves, *steps, *screens], caveats, bool(drawn), choices,
    )  # fmt: skip


_SCORE = (
    "Score of a pair: the skills that the post requires, each weighted, as far as the person's level "
    "reaches the required one, plus affinity, wage, bonus and preference, less relocation; levels "
    "are cut to five classes at 1, 2, 3, 4 and 5; staying unmatched is worth 0."
)


def _records(system: System, table: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return people or posts in the order of their keys, absent columns as unknown."""
    frame = system.table(table).sort_values(columns[0], ignore_index=True)
    for column in columns:
        if column not in frame:
            frame[column] = 1 if column == "capacity" else np.nan
    if table == "posts":
        frame["capacity"] = frame["capacity"].fillna(1)
    keys = frame[columns[0]]
    if keys.duplicated().any():
        raise InvalidArgument(
            f"{keys[keys.duplicated()].iloc[0]!r} is twice in the table {table}",
            where=f"table {table}, column {columns[0]}",
            fix="Give every row a key of its own",
        )
    known = set(system.table("regions")["region"])
    strange = frame.loc[~frame["region"].isin(known), "region"]
    if len(strange):
        raise unknown_name(f"region of a row of {table}", str(strange.iloc[0]), known)
    return frame


def _skills(system: System) -> tuple[NDArray[np.str_], pd.DataFrame, pd.DataFrame]:
    """Return the skills, and who holds and which post requires which, by place, known levels only."""
    tables = {"person_skills": ("people", "person"), "post_skills": ("posts", "post")}
    there = [name for name in tables if name in system]
    listed = " UNION ".join(f"SELECT skill FROM {name}" for name in there)
    skills = system.sql(f"SELECT skill FROM ({listed}) ORDER BY skill") if there else None
    names = np.array([] if skills is None else skills["skill"].tolist(), dtype=str)
    found = []
    for name, (owner, key) in tables.items():
        if name not in there:
            empty = pd.DataFrame({"row": [], "skill": [], "level": [], "weight": []})
            found.append(empty.astype({"row": int, "skill": int}))
            continue
        _check_once(system, name, key)
        weight = "coalesce(t.weight, 1.0)" if "weight" in system.relation(name).columns else "1.0"
        found.append(
            system.sql(
                f"WITH o AS (SELECT {key}, row_number() OVER (ORDER BY {key}) - 1 AS i FROM {owner}), "
                f"s AS (SELECT skill, row_number() OVER (ORDER BY skill) - 1 AS k FROM "
                f'({listed})) SELECT o.i AS "row", s.k AS skill, t.level AS level, '
                f"{weight} AS weight FROM {name} t JOIN o USING ({key}) JOIN s USING (skill) "
                "WHERE t.level IS NOT NULL ORDER BY 1, 2"
            )
        )
    return names, found[0], found[1]


def _check_once(system: System, table: str, key: str) -> None:
    twice = system.sql(
        f"SELECT {key} AS owner, skill FROM {table} GROUP BY 1, 2 HAVING count(*) > 1 "
        "ORDER BY 1, 2 LIMIT 1"
    )
    if len(twice):
        raise InvalidArgument(
            f"{twice['owner'].iloc[0]!r} has the skill {twice['skill'].iloc[0]!r} twice",
            where=f"table {table}, columns {key} and skill",
            fix="Keep the highest level of each skill",
        )


def _caveats(
    system: System,
    records: tuple[pd.DataFrame, pd.DataFrame],
    entries: tuple[pd.DataFrame, pd.DataFrame, NDArray[np.str_]],
) -> list[str]:
    """Say what the reader must know about people without skills and skills that nobody has."""
    (persons, posts), (held, required, skills) = records, entries
    found = []
    for owner, rows, table, what in (
        ("people", len(persons), held, "no skill is known; they cover nothing"),
        ("posts", len(posts), required, "no skill is required; skills add nothing to their scores"),
    ):
        without = rows - table["row"].nunique()
        if without:
            found.append(f"Of {without} of {rows} {owner} {what}.")
    nobody = np.setdiff1d(required["skill"].unique(), held["skill"].unique())
    if len(nobody):
        named = ", ".join(skills[nobody[:5]])
        found.append(f"{len(nobody)} skills that posts require are held by nobody: {named}.")
    closed = int((posts["capacity"] == 0).sum())
    if closed:
        found.append(f"{closed} posts have no seat (capacity 0) and take nobody.")
    if "weight" in (people := system.table("people")) and (people["weight"].dropna() != 1).any():
        found.append("Every row of people is one person: the column weight is not used.")
    return found


def _drawn_steps(
    system: System, asked: Asked, records: tuple[pd.DataFrame, pd.DataFrame]
) -> list[str]:
    """Say what was drawn, from what, with which seed."""
    persons, posts = records
    steps = []
    if "people" not in system:
        steps.append(
            f"{len(persons)} people were drawn (seed {asked.seed}, derived): regions in proportion to "
            "the unemployed, occupations last held by the region's workers, education raked to the "
            "region's attainment, skills from the occupation's profile with a personal difference "
            "of standard deviation 0.5 levels, which is assumed."
        )
    elif "person_skills" not in system and "occupation_skills" in system:
        steps.append(
            "Skills of people are those of the occupation last held, with a personal difference of "
            "standard deviation 0.5 levels, which is assumed."
        )
    if "posts" not in system:
        steps.append(
            f"{int(posts['capacity'].sum())} seats were drawn (seed {asked.seed}, derived) from the "
            "openings by region and occupation; they require the occupation's important skills and "
            "its typical entry education."
        )
    return steps


def _with_groups(
    affinity: NDArray[np.float64], persons: pd.DataFrame, occupations: list[str], asked: Asked
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the affinity with a row for each occupation and group, and the row of each person.

    A bonus of a group is added to whatever post, one of an unknown occupation too; people of an
    unknown group are in none. An unknown occupation is near to no other.
    """
    groups = ["", *asked.bonus]
    worth = np.array([0.0, *asked.bonus.values()])
    m = len(occupations)
    wide = np.zeros(((m + 1) * len(groups),) * 2)
    wide[:, :m] = np.repeat(np.vstack([affinity, np.zeros((1, m))]), len(groups), axis=0)
    wide[:, : m + 1] += np.tile(worth, m + 1)[:, None]
    own = _places(persons["occupation"], occupations) * len(groups)
    if asked.bonus:
        place = {group: i for i, group in enumerate(groups)}
        named = persons[asked.group].map(str, na_action="ignore")
        own = own + named.map(place).fillna(0).to_numpy(np.int64)
    return wide, own


def _places(values: pd.Series, labels: list[str]) -> NDArray[np.int64]:
    """Return the place of each value in a list of labels, one behind its end where it is unknown."""
    place = {label: i for i, label in enumerate(labels)}
    return values.map(place).fillna(len(labels)).to_numpy().astype(np.int64)


def _starts(rows: pd.Series, size: int) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))]).astype(np.int64)
