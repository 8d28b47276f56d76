"""The figures that the tables of a generated system share, drawn once so that they agree."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AIM", "FIELDS", "INDUSTRIES", "LEVELS", "LEVEL_CODES", "SKILLS", "TAUGHT", "TECHNOLOGIES",
    "Country", "codes", "make_country", "shares",
]  # fmt: skip

Array = NDArray[np.float64]
INDUSTRIES = 12
FIELDS = ("F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8")
SKILLS = tuple(f"S{place:02d}" for place in range(1, 21))
TECHNOLOGIES = tuple(f"T{place:02d}" for place in range(1, 11))
LEVELS = (
    ("below_secondary", "Below secondary school", 1, 2),
    ("secondary", "Secondary school", 2, 3),
    ("bachelor", "Bachelor's degree", 3, 6),
    ("master", "Master's degree", 4, 7),
    ("doctorate", "Doctorate", 5, 8),
)
LEVEL_CODES = tuple(level[0] for level in LEVELS)
# Levels that have graduates, and the preparation (0 to 1) of the work that they lead to.
TAUGHT = LEVEL_CODES[1:]
AIM = np.array([0.35, 0.65, 0.85, 0.97])
# Preparation of the work that people of each level typically do.
_TYPICAL = np.array([0.05, 0.35, 0.65, 0.85, 0.97])
_LAST_YEAR = 2023
_EARTH = 6371.0
_MOST_LEAVERS = 0.1


@dataclass(frozen=True)
class Country:
    """The figures that the tables share.

    Parameters
    ----------
    seed : int
    regions, occupations, industries : tuple of str
    years : array of int (y,)
    place : array (r, 2)
        Latitude and longitude.
    lead : array (r,)
        How far ahead a region is, about -2 to 2.
    skill : array (o,)
        0 to 1: how much preparation the work needs.
    wage : array (o,)
        Median wage of the first year.
    distance : array (r, r)
        Kilometres.
    population, value_added : array (r, y)
    jobs : array (r, o, y)
        Whole people at work.
    industry_of_job : array (i, o)
        Share of an occupation's jobs in each industry; columns sum to 1.
    productivity : array (r, i, y)
        Value added of one person at work.
    moves : array (r, r, y)
        People who moved, whole; nobody on the diagonal.
    """

    seed: int
    regions: tuple[str, ...]
    occupations: tuple[str, ...]
    industries: tuple[str, ...]
    years: NDArray[np.int64]
    place: Array
    lead: Array
    skill: Array
    wage: Array
    distance: Array
    population: Array
    jobs: Array
    industry_of_job: Array
    productivity: Array
    moves: Array

    def draw(self, table: str) -> np.random.Generator:
        """Return the random numbers of one table, whatever the others took."""
        return _draw(self.seed, table)

    @property
    def employment(self) -> Array:
        """People at work by region, industry and year."""
        return np.einsum("io,roy->riy", self.industry_of_job, self.jobs)

    @property
    def educated(self) -> Array:
        """Share of each level of education in each occupation (o, l); rows sum to 1."""
        near = np.exp(-(((self.skill[:, None] - _TYPICAL) / 0.22) ** 2))
        return shares(near, axis=1)

    @property
    def value_added(self) -> Array:
        """Value added by region, industry and year, current prices."""
        return self.employment * self.productivity


def _draw(seed: int, table: str) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(table.encode())]))


def codes(letter: str, count: int) -> tuple[str, ...]:
    """Return numbered codes of equal length, for example R01 to R51.

    Parameters
    ----------
    letter : str
    count : int

    Returns
    -------
    tuple of str
    """
    width = len(str(count))
    return tuple(f"{letter}{place:0{width}d}" for place in range(1, count + 1))


def shares(weights: Array, axis: int) -> Array:
    """Scale weights so that they sum to 1 along an axis.

    Parameters
    ----------
    weights : array
        Above 0 somewhere along the axis.
    axis : int

    Returns
    -------
    array
    """
    scaled: Array = weights / weights.sum(axis=axis, keepdims=True)
    return scaled


def make_country(size: tuple[int, int, int], seed: int) -> Country:
    """Draw the figures that the tables of a generated system share.

    Parameters
    ----------
    size : tuple of int
        Regions, occupations, years.
    seed : int

    Returns
    -------
    Country
    """
    r, o, y = size
    generator = _draw(seed, "country")
    place = np.column_stack([generator.uniform(25.0, 49.0, r), generator.uniform(80.0, 122.0, r)])
    lead = generator.standard_normal(r).clip(-2.0, 2.0)
    skill = (np.arange(o) + 1.0) / o
    growth = np.exp(generator.normal(0.005 + 0.002 * lead, 0.003)[:, None] * np.arange(y))
    population = np.rint(generator.lognormal(14.7, 0.9, r)[:, None] * growth)
    size_of_occupation = generator.lognormal(-1.5 * skill, 0.7)
    tilt = 0.25 * lead[:, None] * (2.0 * skill - 1.0) + generator.normal(0.0, 0.3, (r, o))
    drift = 0.02 * (skill - 0.5)[:, None] * np.arange(y)
    split = shares((size_of_occupation * np.exp(tilt))[:, :, None] * np.exp(drift), axis=1)
    jobs = np.maximum(np.rint(0.47 * population[:, None, :] * split), 1.0)
    industry = shares(generator.lognormal(0.0, 1.2, (INDUSTRIES, o)), axis=0)
    productivity = generator.lognormal(11.4, 0.4, INDUSTRIES)[None, :, None] * np.exp(
        0.12 * lead[:, None, None] + 0.03 * np.arange(y)
    )
    distance = _distance(place)
    return Country(
        seed=seed,
        regions=codes("R", r),
        occupations=codes("O", o),
        industries=codes("I", INDUSTRIES),
        years=np.arange(_LAST_YEAR - y + 1, _LAST_YEAR + 1),
        place=place,
        lead=lead,
        skill=skill,
        wage=np.rint(22_000.0 * np.exp(1.6 * skill + generator.normal(0.0, 0.1, o))),
        distance=distance,
        population=population,
        jobs=jobs,
        industry_of_job=industry,
        productivity=productivity,
        moves=_gravity(population, distance, lead, generator),
    )


def _distance(place: Array) -> Array:
    """Return great-circle distances in kilometres; different regions are at least 1 km apart."""
    latitude, longitude = np.radians(place).T
    half = (
        np.sin((latitude[:, None] - latitude) / 2.0) ** 2
        + np.cos(latitude[:, None])
        * np.cos(latitude)
        * np.sin((longitude[:, None] - longitude) / 2.0) ** 2
    )
    distance: Array = np.maximum(2.0 * _EARTH * np.arcsin(np.sqrt(half.clip(0.0, 1.0))), 1.0)
    np.fill_diagonal(distance, 0.0)
    return np.round(distance, 1)


def _gravity(
    population: Array, distance: Array, lead: Array, generator: np.random.Generator
) -> Array:
    """Return moves that grow with both populations and fall with distance.

    2 % of the people move in a year; no region loses more than a tenth of its people.
    """
    r = len(lead)
    if r == 1:
        return np.zeros((1, 1, population.shape[1]))
    pull = np.exp(0.1 * (lead[None, :] - lead[:, None]) + generator.normal(0.0, 0.2, (r, r)))
    resistance = np.where(np.eye(r, dtype=bool), np.inf, np.maximum(distance, 50.0) ** 1.2)
    weight = (pull / resistance)[:, :, None] * population[:, None, :] * population[None, :, :]
    total = 0.02 * population.sum(axis=0)
    moves = weight / weight.sum(axis=(0, 1)) * total
    limit = _MOST_LEAVERS * population / moves.sum(axis=1)
    return np.rint(moves * np.minimum(limit, 1.0)[:, None, :])
