"""Scores of all pairs, to look at or to check a matching with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.errors import InvalidArgument
from echelon.match.asked import Asked
from echelon.match.problem import problem_of
from echelon.methods.matching import FORBIDDEN, score_block
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from echelon.system.system import System

__all__ = ["scores"]

_MOST_PAIRS = 50_000_000


def scores(
    system: System, persons: Sequence[str] | None = None, posts: Sequence[str] | None = None, *,
    weights: Mapping[str, float] | None = None, priority: Mapping[str, float] | None = None,
    screens: bool = True, outside: float = 0.0, draw_people: int | None = None,
    draw_posts: int | None = None, seed: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """Score every person at every post, minus infinity where the pair may not be formed.

    Parameters
    ----------
    system : System
    persons, posts : sequence of str, optional
        Keys of people and posts; all when not given.
    weights, priority, screens, outside, seed
        As in :func:`echelon.match.optimal`.
    draw_people, draw_posts : int, optional
        How many people and seats are drawn where the system has none.

    Returns
    -------
    DataFrame
        Persons by posts, in whole units of 1/16384 of a score of 1, as the mechanisms use them.

    Raises
    ------
    UnknownName
        When a person or post is not there.
    InvalidArgument
        When the block would have more than 50 million pairs.
    """
    asked = Asked.of(
        people=draw_people, posts=draw_posts, weights=weights, priority=priority, screens=screens,
        outside=outside, seed=seed,
    )  # fmt: skip
    problem = problem_of(system, asked)
    rows = _places("person", problem.persons["person"], persons)
    columns = _places("post", problem.posts["post"], posts)
    if len(rows) * len(columns) > _MOST_PAIRS:
        raise InvalidArgument(
            f"{len(rows):,} people by {len(columns):,} posts are too many to show",
            fix="Name the persons or the posts",
        )
    market = problem.market
    block = score_block(
        market,
        market.person_type[rows].astype(np.int64),
        market.post_type[columns].astype(np.int64),
    )
    return pd.DataFrame(
        np.where(block == FORBIDDEN, -np.inf, block * market.unit),
        index=pd.Index(problem.persons["person"].iloc[rows], name="person"),
        columns=pd.Index(problem.posts["post"].iloc[columns], name="post"),
    )


def _places(kind: str, known: pd.Series, wanted: Sequence[str] | None) -> NDArray[np.int64]:
    """Return the places of some keys, in the order given."""
    if wanted is None:
        return np.arange(len(known))
    place = {key: i for i, key in enumerate(known)}
    for key in wanted:
        if key not in place:
            raise unknown_name(kind, str(key), place)
    return np.array([place[key] for key in wanted], dtype=np.int64)
