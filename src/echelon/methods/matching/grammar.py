"""What people, posts and the terms of their scores look like as arrays."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORBIDDEN", "UNIT", "Figures", "Market", "People", "Places", "Posts", "Terms"]

Whole = NDArray[np.int64]
Places = NDArray[np.integer[Any]]
Figures = NDArray[np.floating[Any] | np.integer[Any]]
Array = NDArray[np.float64]

UNIT = 1 << 14
"""Score units in a score of 1: all scores and prices are whole numbers of 1/16384."""

FORBIDDEN = -(1 << 24)
"""The score, in units, of a pair that may not be formed; below every sum of terms."""


@dataclass(frozen=True)
class People:
    """People as arrays, one row for each record.

    Parameters
    ----------
    skill_start : array (n + 1,)
        The skills of person i are entries ``skill_start[i]`` to ``skill_start[i + 1]``.
    skill, level : arrays (entries,)
        Place of the skill in the list of skills, and the level held. Each skill once a person.
    occupation, region : arrays (n,)
        Places in the lists of occupations and regions.
    standing : array (n,)
        What the person holds for hard requirements (a degree, a licence), as a row of
        ``Terms.admits``. All zero when nothing is required.
    count : array (n,), optional
        How many identical people the row stands for; 1 when not given.
    """

    skill_start: Places
    skill: Places
    level: Figures
    occupation: Places
    region: Places
    standing: Places
    count: Places | None = None


@dataclass(frozen=True)
class Posts:
    """Posts as arrays, one row for each record.

    Parameters
    ----------
    skill_start : array (m + 1,)
        The requirements of post j are entries ``skill_start[j]`` to ``skill_start[j + 1]``.
    skill, level, weight : arrays (entries,)
        Skill required, level required, and its weight. Weights are scaled to sum to 1 in each post.
    occupation, region : arrays (m,)
        Places in the lists of occupations and regions.
    requirement : array (m,)
        The hard requirement, as a column of ``Terms.admits``.
    capacity : array (m,)
        Number of people that the post takes, whole; 0 for a closed post.
    base : array (m,), optional
        What is added to the score of everybody: wage, bonus of a priority region. 0 when not given.
    """

    skill_start: Places
    skill: Places
    level: Figures
    weight: Figures
    occupation: Places
    region: Places
    requirement: Places
    capacity: Figures
    base: Figures | None = None


@dataclass(frozen=True)
class Terms:
    """How a pair of a person and a post is scored, beside the coverage of skills.

    Parameters
    ----------
    affinity : array (occupations, occupations), optional
        Added for person's occupation (row) and post's occupation (column).
    relocation : array (regions, regions), optional
        Subtracted for person's region (row) and post's region (column); ``inf`` forbids the pair.
    admits : array of bool (standings, requirements), optional
        Whether a standing meets a hard requirement; everything is admitted when not given.
    thresholds : tuple of float
        Lowest level of each of the five classes that levels are cut to. A level below the first
        is not held, and a requirement below the first is dropped.
    class_levels : tuple of float
        Level that stands for each class in ``min(1, held / required)``.
    exception_person, exception_post : arrays, optional
        Rows of the pairs that are treated apart.
    exception_score : array, optional
        Added to the pair's score; ``-inf`` forbids the pair (a veto).
    coverage : float
        What full coverage of the required skills is worth.
    """

    affinity: Array | None = None
    relocation: Array | None = None
    admits: NDArray[np.bool_] | None = None
    thresholds: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0)
    class_levels: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0)
    exception_person: Places | None = None
    exception_post: Places | None = None
    exception_score: Array | None = None
    coverage: float = 1.0


@dataclass(frozen=True)
class Market:
    """A matching problem in whole score units, identical people and identical posts merged.

    Made by :func:`~echelon.methods.matching.build.market`. Rows below are *types*; the records that
    they came from are found through ``person_type`` and ``post_type``.

    Parameters
    ----------
    person_type, post_type : arrays (people,) and (posts,)
        Type of each record.
    record_count : array (people,)
        How many people each record stands for.
    record_capacity : array (posts,)
        Seats of each record.
    count, capacity : arrays (person types,) and (post types,)
        People and seats of each type.
    person_start, person_skill, person_class : arrays
        Skills of each person type and their classes 1 to 5, in rising order of skill.
    person_occupation, person_region, person_standing : arrays
    post_start, post_skill, post_class, post_weight : arrays
        Requirements of each post type; weights in score units.
    post_occupation, post_region, post_requirement, base : arrays
        ``base`` in score units.
    ratio : array (6, 6)
        ``min(1, held / required)`` in units for the classes held (row) and required (column).
    affinity, relocation : arrays
        In score units; a forbidden relocation is :data:`FORBIDDEN` (it is added, not subtracted).
    admits : array of bool
    exception_start, exception_post, exception_score : arrays
        Exceptions of each person type, in rising order of post type, in score units.
    skills : int
        Number of skills in the list.
    scale : float
        What all scores were multiplied by so that they fit: 1 unless said.
    rounding : float
        A score in units differs from the exact score by at most this much (in scores).
    steps : tuple of str
        What was done to the input, in words.
    """

    person_type: NDArray[np.int32]
    post_type: NDArray[np.int32]
    record_count: Whole
    record_capacity: Whole
    count: Whole
    capacity: Whole
    person_start: Whole
    person_skill: NDArray[np.int32]
    person_class: NDArray[np.uint8]
    person_occupation: NDArray[np.int32]
    person_region: NDArray[np.int32]
    person_standing: NDArray[np.int32]
    post_start: Whole
    post_skill: NDArray[np.int32]
    post_class: NDArray[np.uint8]
    post_weight: NDArray[np.int16]
    post_occupation: NDArray[np.int32]
    post_region: NDArray[np.int32]
    post_requirement: NDArray[np.int32]
    base: NDArray[np.int32]
    ratio: NDArray[np.int32]
    affinity: NDArray[np.int32]
    relocation: NDArray[np.int32]
    admits: NDArray[np.bool_]
    exception_start: Whole
    exception_post: NDArray[np.int32]
    exception_score: NDArray[np.int32]
    skills: int
    scale: float
    rounding: float
    steps: tuple[str, ...]
    _kept: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @property
    def people(self) -> int:
        """Return how many people there are, all types together."""
        return int(self.count.sum())

    @property
    def seats(self) -> int:
        """Return how many seats there are, all posts together."""
        return int(self.capacity.sum())

    @property
    def unit(self) -> float:
        """Return what one score unit is worth in the scores that were given."""
        return 1.0 / (UNIT * self.scale)

    def digest(self) -> str:
        """Return a fingerprint of everything that decides the scores, the people and the seats.

        Returns
        -------
        str
            64 hexadecimal digits.
        """
        if "digest" not in self._kept:
            total = hashlib.sha256()
            for item in fields(self):
                value = getattr(self, item.name)
                if isinstance(value, np.ndarray):
                    total.update(f"{item.name}{value.dtype}{value.shape}".encode())
                    total.update(np.ascontiguousarray(value).data)
            total.update(f"{self.skills} {self.scale!r}".encode())
            self._kept["digest"] = total.hexdigest()
        return str(self._kept["digest"])

    def kept(self, name: str) -> object | None:
        """Return something that was derived from the market and kept beside it, such as an index.

        Parameters
        ----------
        name : str
        """
        return self._kept.get(name)

    def keep(self, name: str, value: object) -> None:
        """Keep something derived from the market, so that it is made once.

        Parameters
        ----------
        name : str
        value : object
        """
        self._kept[name] = value
