"""What the compiled step of whole people reads and changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Course", "Moves", "People"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Words = NDArray[np.uint64]


class Moves(NamedTuple):
    """Mobility: regions (terms, R, R); occupations as lists of destinations by term and origin.

    The destinations of origin o in term k are the entries ``start[k, o]`` to ``start[k, o + 1]`` of
    ``column`` (occupation) and ``value``.
    """

    regions: Array
    start: Whole
    column: Whole
    value: Array


class People(NamedTuple):
    """State of all members, changed in place.

    Parameters
    ----------
    employed, separated, retired, left, moved, given_up, entered : (members, classes, R, O)
        ``left`` found work from none and ``moved`` from another post, both by the cell that they
        come from; ``retired`` and ``given_up`` left the labour force from work and without work,
        ``entered`` joined it.
    unemployed : (members, classes, spells, R, O)
    vacancies : (members, kinds of post, R, O)
    hired : (members, applicants, R, O)
        By the cell of the post. Applicants are the classes without work, then, where people at work
        apply, the classes at work.
    """

    employed: Whole
    unemployed: Whole
    vacancies: Whole
    hired: Whole
    left: Whole
    moved: Whole
    separated: Whole
    retired: Whole
    given_up: Whole
    entered: Whole


class Course(NamedTuple):
    """What drives a step.

    Parameters
    ----------
    demand : (members or 1, R, O)
    attraction, search, weight : (members or 1, applicants, R, O)
        ``weight`` of an applicant beside others.
    exits, entrants : (members or 1, classes, R, O)
    kinds : (members or 1, kinds of post, R, O)
        Share of openings that are of each kind.
    accepts : (classes, kinds of post)
        Whether a kind of post takes a class.
    rates : (members or 1, 4, R, O)
        Separation, opening, adjustment down and up.
    keys : (members,)
        Hashed from seed, member and step.
    """

    demand: Array
    attraction: Array
    search: Array
    weight: Array
    exits: Array
    entrants: Array
    kinds: Array
    accepts: NDArray[np.bool_]
    rates: Array
    keys: Words
