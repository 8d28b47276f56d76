"""Why people are where they are: the parts of each score, skills that were missing, what would help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.match.sides import ranked, whole
from echelon.methods.matching import FORBIDDEN, UNIT, Market, best_posts, score_block, score_pairs

if TYPE_CHECKING:
    from echelon.match.problem import Problem

__all__ = [
    "Entries",
    "Worth",
    "assignment",
    "entries_of",
    "missing",
    "unlocking",
    "unmatched",
    "with_none",
]

Whole = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """Prices of seats and gains of people at the optimum, in scores.

    Parameters
    ----------
    price : array (posts,)
    gain : array (people,)
    """

    price: Array
    gain: Array


@dataclass(frozen=True)
class Entries:
    """Every required skill of some pairs of types.

    Parameters
    ----------
    pair : array (entries,)
        Which pair it belongs to.
    skill, held, required : arrays (entries,)
        Classes 0 to 5; 0 is not held.
    worth, gained : arrays (entries,)
        What the skill is worth and what the person gains, in score units.
    """

    pair: Whole
    skill: NDArray[np.int32]
    held: NDArray[np.uint8]
    required: NDArray[np.uint8]
    worth: Whole
    gained: Whole


def entries_of(market: Market, person: Whole, post: Whole) -> Entries:
    """Return the required skills of pairs of types, and what the people hold of them.

    Parameters
    ----------
    market : Market
    person, post : arrays (pairs,)

    Returns
    -------
    Entries
    """
    size = np.diff(market.post_start)[post]
    pair = np.repeat(np.arange(len(post)), size)
    before = np.cumsum(size) - size
    entry = np.repeat(market.post_start[post] - before, size) + np.arange(len(pair))
    skill, required = market.post_skill[entry], market.post_class[entry]
    owner = np.repeat(np.arange(len(market.count)), np.diff(market.person_start))
    key = owner * market.skills + market.person_skill
    sought = np.asarray(person, np.int64)[pair] * market.skills + skill
    held = np.zeros(len(pair), dtype=np.uint8)
    if len(key):
        at = np.minimum(np.searchsorted(key, sought), len(key) - 1)
        held = np.where(key[at] == sought, market.person_class[at], 0).astype(np.uint8)
    worth = market.post_weight[entry].astype(np.int64)
    gained = (worth * market.ratio[held, required].astype(np.int64) + UNIT // 2) >> 14
    return Entries(pair, skill, held, required, worth, gained)


def with_none(values: pd.Series) -> NDArray[np.object_]:
    """Return the values with None behind them, so that the place -1 means none.

    Parameters
    ----------
    values : Series

    Returns
    -------
    array (n + 1,)
    """
    found = np.empty(len(values) + 1, dtype=object)
    found[:-1] = values
    return found


def assignment(problem: Problem, post: Whole, worth: Worth | None) -> pd.DataFrame:
    """Return who goes where, with every part of the score.

    Parameters
    ----------
    problem : Problem
    post : array (people,)
        Place of each person's post, -1 for none.
    worth : Worth, optional

    Returns
    -------
    DataFrame
        One row per matched person: person, post, score, home and region, occupation held and of the
        post, and the parts skills, affinity, relocation, wage, bonus, preference, outside, which
        add up to the score.
    """
    market, unit = problem.market, problem.market.unit
    held = np.flatnonzero(post >= 0)
    places = post[held]
    one, other = (
        market.person_type[held].astype(np.int64),
        market.post_type[places].astype(np.int64),
    )
    score = score_pairs(market, one, other).astype(np.int64)
    entries = entries_of(market, one, other)
    skills = np.zeros(len(held), dtype=np.int64)
    np.add.at(skills, entries.pair, entries.gained)
    kin = market.affinity[market.person_occupation[one], market.post_occupation[other]]
    moved = market.relocation[market.person_region[one], market.post_region[other]]
    rest = score - skills - kin - moved - market.base[other]
    persons, posts = problem.persons.iloc[held], problem.posts.iloc[places]
    frame = pd.DataFrame(
        {
            "person": persons["person"].to_numpy(),
            "post": posts["post"].to_numpy(),
            "score": score * unit,
            "home": persons["region"].to_numpy(),
            "region": posts["region"].to_numpy(),
            "held": persons["occupation"].to_numpy(),
            "occupation": posts["occupation"].to_numpy(),
            "skills": skills * unit,
            "affinity": kin * unit,
            "relocation": moved * unit,
            "wage": problem.wage[places],
            "bonus": problem.bonus[places],
            "preference": rest * unit,
            "outside": np.full(len(held), -problem.asked.outside),
        }
    )
    return frame if worth is None else frame.assign(price=worth.price[places])


def missing(problem: Problem, post: Whole) -> pd.DataFrame:
    """Return the required skills that matched people lack, in whole or part.

    Parameters
    ----------
    problem : Problem
    post : array (people,)

    Returns
    -------
    DataFrame
        person, post, skill, held and required (classes 0 to 5) and lost, in scores.
    """
    market = problem.market
    held = np.flatnonzero(post >= 0)
    one, other = market.person_type[held], market.post_type[post[held]]
    found = entries_of(market, one.astype(np.int64), other.astype(np.int64))
    lack = np.flatnonzero(found.gained < found.worth)
    rows = held[found.pair[lack]]
    frame = pd.DataFrame(
        {
            "person": problem.persons["person"].to_numpy()[rows],
            "post": problem.posts["post"].to_numpy()[post[rows]],
            "skill": problem.skills[found.skill[lack]] if len(lack) else np.array([], dtype=str),
            "held": found.held[lack].astype(int),
            "required": found.required[lack].astype(int),
            "lost": (found.worth - found.gained)[lack] * market.unit,
        }
    )
    return frame.sort_values(["person", "lost"], ascending=[True, False], ignore_index=True)


def unmatched(problem: Problem, post: Whole, worth: Worth | None) -> pd.DataFrame:
    """Return who has no post, their best post, and why they do not hold it.

    Parameters
    ----------
    problem : Problem
    post : array (people,)
    worth : Worth, optional
        Of the optimum; without it people went by their lists, given or by score.

    Returns
    -------
    DataFrame
        person, region, occupation, why, best_post (the first of the list where people gave lists),
        score, price and short: what the score lacks.
    """
    free = np.flatnonzero(post < 0)
    persons = problem.persons.iloc[free]
    frame = pd.DataFrame({c: persons[c].to_numpy() for c in ("person", "region", "occupation")})
    if worth is None and ranked(problem):
        best, score = _first_listed(problem, free)
        none, taken = (
            "the person lists no post that they may take",
            "every post on the person's list is taken by others",
        )
    else:
        best, score = _best_scored(problem, free)
        none = "no post that the person may take is worth more than staying unmatched"
        taken = "the seats that the person may take are worth more with others"
        if worth is None and whole(problem):
            taken = "every post that the person would take is taken by others"
        elif worth is None:
            taken = "the posts that the rule came to are taken by others"
    frame["why"] = np.where(best < 0, none, taken)
    frame["best_post"] = pd.Series(with_none(problem.posts["post"])[best], dtype="str")
    frame["score"] = score
    if worth is not None:
        price = np.append(worth.price, np.nan)[best]
        frame = frame.assign(price=price, short=np.maximum(price - score, 0.0))
    return frame


def _best_scored(problem: Problem, people: Whole) -> tuple[Whole, Array]:
    """Return the post of the highest score of some people, -1 for none, and the score."""
    market = problem.market
    best, score = np.full(len(people), -1, dtype=np.int64), np.full(len(people), np.nan)
    if len(people) and len(market.capacity):
        types, where = np.unique(market.person_type[people], return_inverse=True)
        found = best_posts(market, types.astype(np.int64), k=1)
        some = found.post[where, 0] >= 0
        record = np.full(len(market.capacity), -1, dtype=np.int64)
        order = np.argsort(problem.places.capacity, kind="stable")
        record[market.post_type[order]] = order
        best[some] = record[found.post[where, 0][some]]
        score[some] = found.score[where, 0][some] * market.unit
    return best, score


def _first_listed(problem: Problem, people: Whole) -> tuple[Whole, Array]:
    """Return the first post on the lists of some people that they may take, and its score."""
    rows = problem.choices[problem.choices["rank"].notna() & ~problem.choices["veto"]]
    pairs = rows["person"].to_numpy(np.int64), rows["post"].to_numpy(np.int64)
    worth = score_pairs(problem.apart, *pairs)
    known = rows.assign(worth=worth)[worth != FORBIDDEN].sort_values(["person", "rank"])
    first = known.groupby("person").first().reindex(people)
    best = first["post"].fillna(-1).to_numpy().astype(np.int64)
    return best, first["worth"].to_numpy(float) * problem.apart.unit


def unlocking(problem: Problem, worth: Worth, *, post: Whole, people: Whole) -> pd.DataFrame:
    """Return, for some people, the skills that would each open posts to them.

    A skill opens a post other than the person's own when the person, holding it at the required
    class and all else the same, would gain more there after its price than now.

    Parameters
    ----------
    problem : Problem
    worth : Worth
    post : array (people,)
        Place of each person's post, -1 for none.
    people : array (n,)
        Places of people.

    Returns
    -------
    DataFrame
        person, region, skill, posts (seats that it opens), the most for each person first.
    """
    market, unit = problem.market, problem.market.unit
    open_ = np.flatnonzero(market.capacity > 0)
    price = np.zeros(len(market.capacity))
    np.maximum.at(price, market.post_type, worth.price)
    size = np.diff(market.post_start)[open_]
    before = np.cumsum(size) - size
    entry = np.repeat(market.post_start[open_] - before, size) + np.arange(size.sum())
    column = np.repeat(np.arange(len(open_)), size)
    skill, required = market.post_skill[entry], market.post_class[entry]
    weight = market.post_weight[entry].astype(np.int64)
    full = (weight * market.ratio[required, required].astype(np.int64) + UNIT // 2) >> 14
    level, found = np.zeros(market.skills, dtype=np.uint8), []
    for person in people:
        one = int(market.person_type[person])
        mine = slice(market.person_start[one], market.person_start[one + 1])
        level[:] = 0
        level[market.person_skill[mine]] = market.person_class[mine]
        block = score_block(market, np.array([one]), open_)[0]
        net = block * unit - price[open_] - worth.gain[person]
        had = (weight * market.ratio[level[skill], required].astype(np.int64) + UNIT // 2) >> 14
        more = net[column] + (full - had) * unit
        opens = (block[column] != FORBIDDEN) & (net[column] <= 1e-9) & (more > 1e-9)
        if post[person] >= 0:
            opens &= open_[column] != market.post_type[post[person]]
        seats = np.bincount(
            skill[opens], weights=market.capacity[open_][column[opens]], minlength=market.skills
        )
        hit = np.flatnonzero(seats)
        hit = hit[np.argsort(-seats[hit], kind="stable")]
        found.append((np.full(len(hit), person), hit, seats[hit]))
    rows = np.concatenate([part[0] for part in found]) if found else np.zeros(0, dtype=np.int64)
    which = np.concatenate([part[1] for part in found]) if found else np.zeros(0, dtype=np.int64)
    return pd.DataFrame(
        {
            "person": problem.persons["person"].to_numpy()[rows],
            "region": problem.persons["region"].to_numpy()[rows],
            "skill": problem.skills[which] if len(which) else np.array([], dtype=str),
            "posts": np.concatenate([part[2] for part in found]) if found else np.zeros(0),
        }
    )
