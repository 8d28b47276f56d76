"""Generated matching markets of any size, as arrays or as a system: people, posts, their skills."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.matching import People, Posts, Terms

if TYPE_CHECKING:
    import pandas as pd

    from echelon.system.system import System

__all__ = ["MarketArrays", "market", "market_arrays"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
_SKILLS, _OCCUPATIONS, _FAMILIES, _REGIONS = 1000, 300, 20, 31
_EDUCATION = ("secondary", "bachelor", "master", "doctorate")
_HELD, _REQUIRED = (0.40, 0.35, 0.18, 0.07), (0.50, 0.32, 0.14, 0.04)
_PIECE = 50_000


class MarketArrays(NamedTuple):
    """People, posts and the terms of their scores, as :mod:`echelon.methods.matching` takes them.

    ``place`` holds the latitude and longitude of each region.
    """

    people: People
    posts: Posts
    terms: Terms
    place: Array


def market_arrays(people: int, posts: int, *, seats: float = 1.0, seed: int = 0) -> MarketArrays:
    """Draw people and posts as arrays.

    1,000 skills whose frequencies follow Zipf's law (1 / rank), whole levels 1 to 5; 5 to 40 skills
    a person (13.9 on average), 4 to 20 a post (8.4); 300 occupations in 20 families, 31 regions of
    log-normal size; one of four levels of education, which half of the posts require. Affinity is
    0.15 within an occupation and 0.05 within a family; moving costs 0.04 and up to 0.16 more with
    distance; posts differ by up to 0.10 in what they pay.

    Parameters
    ----------
    people, posts : int
    seats : float
        Seats a post on average, 1 or more.
    seed : int

    Returns
    -------
    MarketArrays

    Raises
    ------
    InvalidArgument
        When a size or the seed is below 0, or there is less than a seat a post.
    """
    if people < 0 or posts < 0 or seed < 0 or not seats >= 1:
        raise InvalidArgument(
            f"A market of {people} people and {posts} posts with {seats} seats and seed {seed} "
            "cannot be generated",
            fix="Use 0 or more, and 1 seat a post or more",
        )
    draw = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(3)]
    size_of_region = draw[0].lognormal(0.0, 0.8, _REGIONS)
    size_of_work = draw[0].lognormal(0.0, 0.7, _OCCUPATIONS)
    place = np.stack(
        [draw[0].uniform(30, 50, _REGIONS), draw[0].uniform(-20, 20, _REGIONS)], axis=1
    )
    apart = np.sqrt(((place[:, None] - place[None, :]) ** 2).sum(axis=2))
    cost = 0.04 + 0.16 * apart / apart.max()
    np.fill_diagonal(cost, 0.0)
    family = np.arange(_OCCUPATIONS) % _FAMILIES
    affinity = np.where(family[:, None] == family[None, :], 0.05, 0.0)
    np.fill_diagonal(affinity, 0.15)
    sizes = (size_of_work / size_of_work.sum(), size_of_region / size_of_region.sum())
    start, skill, level = _skills(draw[1], people, (5, 40, 9.0))
    work, home, held = _places(draw[1], people, (*sizes, _HELD))
    persons = People(start, skill, level, work, home, held)
    start, skill, level = _skills(draw[2], posts, (4, 20, 4.5))
    weight = draw[2].integers(1, 6, len(skill)).astype(float)
    work, home, needed = _places(draw[2], posts, (*sizes, _REQUIRED))
    capacity = 1 + draw[2].poisson(seats - 1.0, posts)
    base = 0.10 * draw[2].random(posts)
    offered = Posts(start, skill, level, weight, work, home, needed, capacity, base)
    admits = np.arange(4)[:, None] >= np.arange(4)[None, :]
    return MarketArrays(persons, offered, Terms(affinity, cost, admits), place)


def _places(
    generator: np.random.Generator, size: int, shares: tuple[Array | tuple[float, ...], ...]
) -> list[NDArray[np.int32]]:
    """Draw a place in each of some lists with the given shares."""
    chance = [np.cumsum(share)[:-1] for share in shares]
    return [
        np.searchsorted(c, generator.random(size), side="right").astype(np.int32) for c in chance
    ]


def _skills(
    generator: np.random.Generator, rows: int, sizes: tuple[int, int, float]
) -> tuple[Whole, NDArray[np.int32], NDArray[np.uint8]]:
    """Draw different skills for each row, the frequent ones first by Zipf's law, and levels."""
    least, most, more = sizes
    size = least + generator.negative_binomial(3, 3 / (3 + more), rows)
    size = np.minimum(size, most)
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    chance = np.cumsum(1.0 / np.arange(1, _SKILLS + 1))
    chance /= chance[-1]
    skill = np.empty(int(start[-1]), dtype=np.int32)
    for begin in range(0, rows, _PIECE):
        end = min(begin + _PIECE, rows)
        held = np.zeros((end - begin, _SKILLS), dtype=bool)
        short, lacking = np.arange(end - begin), size[begin:end].copy()
        while len(short):
            drawn = np.searchsorted(chance[:-1], generator.random(len(short)), side="right")
            lacking[short[~held[short, drawn]]] -= 1
            held[short, drawn] = True
            short = short[lacking[short] > 0]
        skill[start[begin] : start[end]] = np.nonzero(held)[1]
    level = generator.integers(1, 6, len(skill), dtype=np.uint8)
    return start, skill, level


def market(people: int = 1000, posts: int = 1000, *, seats: float = 1.0, seed: int = 0) -> System:
    """Generate a matching market: people with skills, posts that require skills.

    The proportions are those of :func:`market_arrays`; it is about no real place.

    Parameters
    ----------
    people, posts : int
    seats : float
        Seats a post on average, 1 or more.
    seed : int
        The same seed gives the same figures.

    Returns
    -------
    System
        With the tables people, person_skills, posts, post_skills and their code lists.

    Raises
    ------
    InvalidArgument
        When a size is below 1, the seed is negative, or there is less than a seat a post.
    """
    from echelon.system.system import from_tables

    if people < 1 or posts < 1:
        raise InvalidArgument(
            f"A system of {people} people and {posts} posts cannot be generated",
            fix="Use 1 or more",
        )
    drawn = market_arrays(people, posts, seats=seats, seed=seed)
    tables = {**_lists(drawn.place), **_people(drawn.people), **_posts(drawn.posts)}
    return from_tables(f"market-{people}x{posts}-{seed}", tables)


def _lists(place: Array) -> dict[str, pd.DataFrame]:
    """Return the code lists."""
    import pandas as pd

    families = [f"F{number:02d}" for number in range(1, _FAMILIES + 1)]
    family = [families[number % _FAMILIES] for number in range(_OCCUPATIONS)]
    occupations = _codes("O", _OCCUPATIONS)
    regions = _codes("R", _REGIONS)
    skills = _codes("K", _SKILLS)
    return {
        "regions": pd.DataFrame(
            {
                "region": regions,
                "name": [f"Region {code[1:]}" for code in regions],
                "latitude": place[:, 0],
                "longitude": place[:, 1],
            }
        ),
        "occupations": pd.DataFrame(
            {
                "occupation": [*families, *occupations],
                "name": [*(f"Family {code[1:]}" for code in families),
                         *(f"Occupation {code[1:]}" for code in occupations)],
                "parent": [*([None] * _FAMILIES), *family],
                "level": [*(["major"] * _FAMILIES), *(["detailed"] * _OCCUPATIONS)],
            }
        ),
        "skills": pd.DataFrame({"skill": skills, "name": [f"Skill {code[1:]}" for code in skills]}),
        "levels": pd.DataFrame(
            {
                "level": _EDUCATION,
                "name": ["Secondary school", "Bachelor's degree", "Master's degree", "Doctorate"],
                "rank": [1, 2, 3, 4],
                "isced": [3, 6, 7, 8],
            }
        ),
    }  # fmt: skip


def _people(people: People) -> dict[str, pd.DataFrame]:
    import pandas as pd

    person = _codes("P", len(people.region))
    frame = pd.DataFrame(
        {
            "person": person,
            "region": _codes("R", _REGIONS)[people.region],
            "occupation": _codes("O", _OCCUPATIONS)[people.occupation],
            "education": np.array(_EDUCATION)[people.standing],
        }
    )
    owner = np.repeat(person, np.diff(people.skill_start))
    skill = _codes("K", _SKILLS)[people.skill]
    return {
        "people": frame,
        "person_skills": pd.DataFrame({"person": owner, "skill": skill, "level": people.level}),
    }


def _posts(posts: Posts) -> dict[str, pd.DataFrame]:
    import pandas as pd

    post = _codes("J", len(posts.region))
    frame = pd.DataFrame(
        {
            "post": post,
            "region": _codes("R", _REGIONS)[posts.region],
            "occupation": _codes("O", _OCCUPATIONS)[posts.occupation],
            "capacity": posts.capacity,
            "education": np.array(_EDUCATION)[posts.requirement],
            "value": posts.base,
        }
    )
    owner = np.repeat(post, np.diff(posts.skill_start))
    skill = _codes("K", _SKILLS)[posts.skill]
    rows = {"post": owner, "skill": skill, "level": posts.level, "weight": posts.weight}
    return {"posts": frame, "post_skills": pd.DataFrame(rows)}


def _codes(letter: str, size: int) -> NDArray[np.str_]:
    """Return numbered codes of equal length."""
    width = max(2, len(str(size)))
    return np.array([f"{letter}{number:0{width}d}" for number in range(1, size + 1)], dtype=str)
