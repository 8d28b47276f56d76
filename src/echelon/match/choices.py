"""What people and employers want of each other, pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

if TYPE_CHECKING:
    from echelon.match.asked import Asked
    from echelon.system.system import System

__all__ = ["choices_of", "exceptions", "strangers"]


def choices_of(system: System) -> pd.DataFrame:
    """Return the rows of the table preferences by the places of people and posts.

    Parameters
    ----------
    system : System

    Returns
    -------
    DataFrame
        person, post (places), rank, priority, bonus, veto.

    Raises
    ------
    InvalidArgument
        When a pair is ruled out and asked for at once.
    """
    columns = ["person", "post", "rank", "priority", "bonus", "veto"]
    if "preferences" not in system:
        return pd.DataFrame({c: pd.Series(dtype=float) for c in columns}).astype(
            {"person": int, "post": int, "veto": bool}
        )
    have = system.relation("preferences").columns
    asked = ", ".join(f't."{c}"' if c in have else f'NULL AS "{c}"' for c in columns[2:])
    _check_once(system)
    frame = system.sql(
        "WITH p AS (SELECT person, row_number() OVER (ORDER BY person) - 1 AS i FROM people), "
        "q AS (SELECT post, row_number() OVER (ORDER BY post) - 1 AS j FROM posts) "
        f"SELECT p.i AS person, q.j AS post, {asked} FROM preferences t JOIN p USING (person) "
        "JOIN q USING (post) ORDER BY 1, 2"
    )
    for column in ("rank", "priority", "bonus"):
        frame[column] = pd.to_numeric(frame[column]).astype(float)
    frame["veto"] = frame["veto"].fillna(value=False).astype(bool)
    both = frame[
        frame["veto"] & (frame[["rank", "priority"]].notna().any(axis=1) | (frame["bonus"] > 0))
    ]
    if len(both):
        names = system.sql("SELECT person FROM people ORDER BY person")["person"]
        posts = system.sql("SELECT post FROM posts ORDER BY post")["post"]
        first = both.iloc[0]
        raise InvalidArgument(
            f"The pair of {names[int(first['person'])]} and {posts[int(first['post'])]} is ruled out "
            "and asked for at once",
            where="table preferences, column veto",
            fix="Keep the veto, or the rank, priority or bonus",
        )
    return frame


def _check_once(system: System) -> None:
    twice = system.sql(
        "SELECT person, post FROM preferences GROUP BY 1, 2 HAVING count(*) > 1 ORDER BY 1, 2 LIMIT 1"
    )
    if len(twice):
        raise InvalidArgument(
            f"The pair of {twice['person'].iloc[0]} and {twice['post'].iloc[0]} is twice in the table "
            "preferences",
            where="table preferences, columns person and post",
            fix="Keep one row for each pair",
        )


def strangers(system: System) -> list[str]:
    """Say which rows of the table preferences name people or posts that are not there.

    Parameters
    ----------
    system : System

    Returns
    -------
    list of str
        A caveat with their number and the first one, or nothing.
    """
    if "preferences" not in system:
        return []
    rows = system.sql(
        "SELECT t.person, t.post, t.person NOT IN (SELECT person FROM people) AS nobody "
        "FROM preferences t WHERE t.person NOT IN (SELECT person FROM people) "
        "OR t.post NOT IN (SELECT post FROM posts) ORDER BY 1, 2"
    )
    if rows.empty:
        return []
    first = rows.iloc[0]
    named = f"person {first['person']!r}" if first["nobody"] else f"post {first['post']!r}"
    return [
        f"{len(rows)} rows of the table preferences name people or posts that are not there and have "
        f"no part, the first {named}."
    ]


def exceptions(
    choices: pd.DataFrame, asked: Asked
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return what is added to pairs that are asked for, minus infinity for those ruled out.

    A post at rank r of a list of n adds the weight of preference times (n - r + 1) / n.

    Parameters
    ----------
    choices : DataFrame
    asked : Asked

    Returns
    -------
    person, post, score : arrays (pairs,)
    """
    length = choices.groupby("person")["rank"].transform("max")
    wish = ((length - choices["rank"] + 1) / length).fillna(0.0)
    score = choices["bonus"].fillna(0.0) + asked.weight("preference") * wish
    return (
        choices["person"].to_numpy().astype(np.int64),
        choices["post"].to_numpy().astype(np.int64),
        np.where(choices["veto"], -np.inf, score.to_numpy().astype(np.float64)),
    )
