"""Person records of any number, written in pieces, so that memory stays small."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

__all__ = ["records"]

_PIECE = 500_000
_REGIONS, _OCCUPATIONS = 50, 200
_YEARS = (2019, 2020, 2021, 2022, 2023)
_LEVELS = (
    ("secondary", "Secondary school", 1, 3),
    ("bachelor", "Bachelor's degree", 2, 6),
    ("master", "Master's degree", 3, 7),
    ("doctorate", "Doctorate", 4, 8),
)
_GROUPS = ("rural", "urban")
_TIERS = (
    ("general", 0.0),
    ("technician or skilled worker", 0.35),
    ("engineer or professional", 0.70),
    ("leading innovator", 0.92),
    ("strategic scientist", 0.97),
)


@dataclass(frozen=True)
class _Country:
    """What the people are drawn from: codes, chances and wages.

    Parameters
    ----------
    regions, occupations : tuple of str
    region_chance, occupation_chance : array
        Cumulated shares of the people, ending at 1.
    skill : array (occupations,)
        0 to 1: how much preparation the work needs.
    wage : array (regions, occupations)
        Median annual wage.
    """

    regions: tuple[str, ...]
    occupations: tuple[str, ...]
    region_chance: NDArray[np.float64]
    occupation_chance: NDArray[np.float64]
    skill: NDArray[np.float64]
    wage: NDArray[np.float64]


def records(people: int, *, path: str | Path, seed: int = 0) -> Path:
    """Write a system of generated person records, one row for each person, to a folder of CSV.

    The tables are ``people`` and the code lists that it refers to (``regions``, ``occupations``,
    ``levels``). Regions and occupations have log-normal sizes; wages rise with the preparation
    that an occupation needs and are log-normal around its median. The same seed gives the same
    bytes.

    Parameters
    ----------
    people : int
        Number of rows of ``people``.
    path : str or Path
        Folder that is made. It appears when it is complete.
    seed : int

    Returns
    -------
    Path
        The folder, which :func:`echelon.open` opens.

    Raises
    ------
    InvalidArgument
        When ``people`` is below 1, the seed is negative, or there is something at ``path``.
    """
    from echelon.system.save import replaced

    where = Path(path)
    if people < 1:
        raise InvalidArgument(f"{people} people cannot be written", fix="Use 1 or more")
    if seed < 0:
        raise InvalidArgument(f"The seed {seed} is negative", fix="Use 0 or more")
    if where.exists():
        raise InvalidArgument(f"There is something at {where} already", fix="Choose another place")
    generator = np.random.default_rng(np.random.SeedSequence(seed))
    country = _country(generator)
    with replaced(where) as new:
        new.mkdir()
        _write_code_lists(country, new)
        _write_people(new / "people.csv", _pieces(country, people, generator))
    return where


def _country(generator: np.random.Generator) -> _Country:
    """Draw the sizes of regions and occupations and the wages."""
    size_of_region = generator.lognormal(0.0, 1.0, _REGIONS)
    skill = np.linspace(0.0, 1.0, _OCCUPATIONS)
    size_of_occupation = generator.lognormal(-1.5 * skill, 0.8)
    level = 1.0 + 0.1 * generator.standard_normal(_REGIONS).clip(-2.0, 2.0)
    wage = 25_000.0 * np.exp(1.6 * skill)[None, :] * level[:, None]
    return _Country(
        regions=tuple(f"R{place:03d}" for place in range(1, _REGIONS + 1)),
        occupations=tuple(f"O{place:04d}" for place in range(1, _OCCUPATIONS + 1)),
        region_chance=_cumulated(size_of_region),
        occupation_chance=_cumulated(size_of_occupation),
        skill=skill,
        wage=wage,
    )


def _cumulated(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cumulated shares that end at exactly 1."""
    chance: NDArray[np.float64] = np.cumsum(sizes / sizes.sum())
    chance[-1] = 1.0
    return chance


def _write_code_lists(country: _Country, folder: Path) -> None:
    """Write the tables that the people refer to."""
    starts = np.array([start for _, start in _TIERS])
    tiers = np.searchsorted(starts, country.skill, side="right") - 1
    tables = {
        "regions": [
            "region,name",
            *(f"{code},Region {code[1:]}" for code in country.regions),
        ],
        "occupations": [
            "occupation,name,tier",
            *(
                f"{code},Occupation {code[1:]},{_TIERS[tier][0]}"
                for code, tier in zip(country.occupations, tiers, strict=True)
            ),
        ],
        "levels": ["level,name,rank,isced", *(",".join(map(str, level)) for level in _LEVELS)],
    }
    for name, lines in tables.items():
        text = "\n".join(lines) + "\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")


def _pieces(
    country: _Country, people: int, generator: np.random.Generator
) -> Iterator[dict[str, pa.Array]]:
    """Yield the columns of ``people``, so many rows at a time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    lists = {
        "region": pa.array(country.regions),
        "occupation": pa.array(country.occupations),
        "education": pa.array([level[0] for level in _LEVELS]),
        "group": pa.array(_GROUPS),
    }
    width = len(str(people))
    for start in range(0, people, _PIECE):
        size = min(_PIECE, people - start)
        drawn = _draw(country, size, generator)
        numbers = pc.cast(pa.array(np.arange(start + 1, start + size + 1)), pa.string())
        person = pc.binary_join_element_wise("P", pc.utf8_lpad(numbers, width, "0"), "")
        named = {name: pc.take(codes, pa.array(drawn[name])) for name, codes in lists.items()}
        yield {
            "person": person,
            "region": named["region"],
            "occupation": named["occupation"],
            "education": named["education"],
            "year": pa.array(drawn["year"]),
            "wage": pa.array(drawn["wage"]),
            "weight": pa.array(drawn["weight"]),
            "group": named["group"],
        }


def _draw(
    country: _Country, size: int, generator: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Draw the records of some people: places in the code lists, and whole figures."""
    region = np.searchsorted(country.region_chance, generator.random(size), side="right")
    occupation = np.searchsorted(country.occupation_chance, generator.random(size), side="right")
    reach = country.skill[occupation] + 0.2 * generator.standard_normal(size)
    education = np.searchsorted(np.array([0.5, 0.85, 1.1]), reach)
    year = np.array(_YEARS)[generator.integers(len(_YEARS), size=size)]
    median = country.wage[region, occupation] * 1.03 ** (year - _YEARS[0])
    wage = np.rint(median * generator.lognormal(0.0, 0.3, size) / 10.0) * 10.0
    return {
        "region": region,
        "occupation": occupation,
        "education": education,
        "year": year,
        "wage": wage.astype(np.int64),
        "weight": generator.integers(50, 151, size=size),
        "group": (generator.random(size) < 0.6).astype(np.int64),
    }


def _write_people(path: Path, pieces: Iterator[dict[str, pa.Array]]) -> None:
    """Write the pieces one after the other under one header."""
    import pyarrow as pa
    from pyarrow import csv

    bare = csv.WriteOptions(include_header=False, quoting_style="none")
    with path.open("wb") as file:
        for number, columns in enumerate(pieces):
            if number == 0:
                file.write((",".join(columns) + "\n").encode())
            csv.write_csv(pa.table(columns), file, write_options=bare)
