"""What a matching means for places: regions, occupations, skills, and where people would crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.match.reasons import Worth, entries_of, with_none
from echelon.methods.matching import best_posts

if TYPE_CHECKING:
    from echelon.match.problem import Problem

__all__ = [
    "congestion",
    "first_choices",
    "of_occupations",
    "of_regions",
    "of_skills",
    "wilson",
]

Whole = NDArray[np.int64]
_NORMAL = 1.6448536269514722
Array = NDArray[np.float64]


def first_choices(problem: Problem) -> Array:
    """Return for how many people each post is the best of all, by score alone.

    Equal posts share such people in proportion to their seats.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    array (posts,)
    """
    market = problem.market
    if not len(market.capacity) or not len(market.count):
        return np.zeros(len(problem.posts))
    found = best_posts(market, k=1).post[:, 0]
    some = found >= 0
    of_type = np.bincount(
        found[some], weights=market.count[some].astype(float), minlength=len(market.capacity)
    )
    seats = market.capacity[market.post_type]
    share = problem.posts["capacity"].to_numpy(float) / np.where(seats > 0, seats, 1)
    return of_type[market.post_type] * share


def of_regions(problem: Problem, post: Whole, worth: Worth | None) -> pd.DataFrame:
    """Return what becomes of each region's people and posts.

    Parameters
    ----------
    problem : Problem
    post : array (people,)
    worth : Worth, optional

    Returns
    -------
    DataFrame
        region, people, matched, matched_share (per cent, with its 5-95 % Wilson band where people
        were drawn), outside (placed in another region),
        outside_share (per cent of the matched), seats, filled, from_outside, value (total score of
        the region's people); with prices also price (mean of a seat), price_total and gain (mean
        worth of one more person).
    """
    persons, posts = problem.persons, problem.posts
    held = post >= 0
    home = persons["region"].to_numpy(dtype=object)
    place = with_none(posts["region"])[post]
    score = np.zeros(len(persons))
    score[held] = _scores(problem, post)
    rows = pd.DataFrame(
        {"region": home, "people": 1, "matched": held, "outside": held & (place != home),
         "value": score}
    )  # fmt: skip
    if worth is not None:
        rows["gain"] = worth.gain
    by_home = rows.groupby("region").agg(
        {"people": "sum", "matched": "sum", "outside": "sum", "value": "sum",
         **({"gain": "mean"} if worth is not None else {})}
    )  # fmt: skip
    seats = posts.groupby("region")["capacity"].sum().rename("seats")
    taken = rows.assign(place=place)[held].groupby("place")
    frame = pd.concat(
        [by_home, seats, taken["people"].sum().rename("filled"),
         taken["outside"].sum().rename("from_outside")], axis=1,
    )  # fmt: skip
    if worth is not None:
        total = pd.Series(worth.price * posts["capacity"].to_numpy(float)).groupby(
            posts["region"].to_numpy()
        )
        frame["price_total"] = total.sum()
    whole = ["people", "matched", "outside", "seats", "filled", "from_outside"]
    frame[whole] = frame[whole].fillna(0).astype(int)
    frame["value"] = frame["value"].fillna(0.0)
    known = frame["people"].where(frame["people"] > 0).astype(float)
    share, low, high = wilson(frame["matched"], known)
    # Records are counted; only people who were drawn are a sample of others.
    frame["matched_share"] = share
    frame["matched_share_low"] = low if problem.drawn else share
    frame["matched_share_high"] = high if problem.drawn else share
    frame["outside_share"] = _share(frame["outside"], frame["matched"])
    columns = ["people", "matched", "matched_share", "matched_share_low", "matched_share_high",
               "outside", "outside_share", "seats", "filled", "from_outside", "value"]  # fmt: skip
    if worth is not None:
        frame["price"] = frame["price_total"] / frame["seats"].where(frame["seats"] > 0)
        columns += ["price", "price_total", "gain"]
    frame.index.name = "region"
    return frame.sort_index()[columns].reset_index()


def of_occupations(
    problem: Problem, post: Whole, worth: Worth | None, *, wanted: Array
) -> pd.DataFrame:
    """Return what becomes of the posts of each occupation, and of those who held it.

    Parameters
    ----------
    problem : Problem
    post : array (people,)
    worth : Worth, optional
    wanted : array (posts,)
        First choices.

    Returns
    -------
    DataFrame
        occupation, people, matched, seats, filled, first_choices, per_seat, price (mean of a seat)
        with the 5 and 95 % ends over its posts.
    """
    posts, held = problem.posts, post >= 0
    seekers = pd.DataFrame({"occupation": problem.persons["occupation"], "matched": held})
    by_held = seekers.groupby("occupation")["matched"].agg(["size", "sum"])
    filled = np.bincount(post[held], minlength=len(posts))
    rows = pd.DataFrame(
        {"occupation": posts["occupation"], "seats": posts["capacity"].astype(int),
         "filled": filled, "first_choices": wanted,
         "price": worth.price * posts["capacity"] if worth is not None else np.nan}
    )  # fmt: skip
    frame = pd.concat(
        [by_held.set_axis(["people", "matched"], axis=1),
         rows.groupby("occupation")[["seats", "filled", "first_choices", "price"]].sum()], axis=1,
    )  # fmt: skip
    whole = ["people", "matched", "seats", "filled"]
    frame[whole] = frame[whole].fillna(0).astype(int)
    frame["first_choices"] = frame["first_choices"].fillna(0.0)
    seats = frame["seats"].where(frame["seats"] > 0)
    frame["per_seat"] = frame["first_choices"] / seats
    frame["price"] = frame["price"] / seats
    frame.index.name = "occupation"
    first, columns = "per_seat", [*whole, "first_choices", "per_seat"]
    if worth is not None:
        each = pd.Series(worth.price).groupby(posts["occupation"].to_numpy())
        frame["price_low"], frame["price_high"] = each.quantile(0.05), each.quantile(0.95)
        first, columns = "price", [*columns, "price", "price_low", "price_high"]
    return (
        frame.sort_index().sort_values(first, ascending=False, kind="stable")[columns].reset_index()
    )


def of_skills(
    problem: Problem, worth: Worth, *, lacking: pd.DataFrame, opened: pd.DataFrame
) -> pd.DataFrame:
    """Return how scarce each skill is: its part in the prices, where it was missing, what it opens.

    Parameters
    ----------
    problem : Problem
    worth : Worth
    lacking : DataFrame
        Skills that matched people lack.
    opened : DataFrame
        Posts that a skill would open, person by person.

    Returns
    -------
    DataFrame
        skill, seats that require it, price (the mean over them of the seat's price times the weight
        of the skill in the post), people who lack it in their post and the score that it costs,
        people to whom it would open a post, and how many seats on average.
    """
    market = problem.market
    types = np.arange(len(market.capacity))
    found = entries_of(market, np.zeros(len(types), dtype=np.int64), types)
    price = np.zeros(len(types))
    np.maximum.at(price, market.post_type, worth.price)
    total = np.bincount(found.pair, weights=found.worth, minlength=len(types))
    part = found.worth / np.where(total > 0, total, 1.0)[found.pair]
    seats = market.capacity[found.pair].astype(float)
    need = np.bincount(found.skill, weights=seats, minlength=market.skills)
    paid = np.bincount(
        found.skill, weights=seats * part * price[found.pair], minlength=market.skills
    )
    frame = pd.DataFrame({"skill": problem.skills, "seats": need[: len(problem.skills)]})
    frame["price"] = paid[: len(problem.skills)] / np.where(need > 0, need, np.nan)[: len(frame)]
    lost = (
        lacking.groupby("skill")["lost"].agg(["size", "sum"]).set_axis(["lacking", "lost"], axis=1)
    )
    opens = opened.groupby("skill")["posts"].agg(["size", "mean"])
    opens = opens.set_axis(["would_gain", "opens"], axis=1)
    frame = frame.join(lost, on="skill").join(opens, on="skill")
    counts = ["seats", "lacking", "would_gain"]
    frame[counts] = frame[counts].fillna(0).astype(int)
    frame["lost"] = frame["lost"].fillna(0.0)
    order = ["would_gain", "lost"]
    return frame.sort_values(order, ascending=False, kind="stable", ignore_index=True)


def congestion(problem: Problem, wanted: Array, worth: Worth | None) -> pd.DataFrame:
    """Return the posts that most people would be sent to if each were sent to the best one.

    Parameters
    ----------
    problem : Problem
    wanted : array (posts,)
        First choices.
    worth : Worth, optional

    Returns
    -------
    DataFrame
        post, region, occupation, seats, first_choices, per_seat, price.
    """
    posts = problem.posts
    frame = posts[["post", "region", "occupation"]].assign(
        seats=posts["capacity"].astype(int), first_choices=wanted
    )
    frame["per_seat"] = frame["first_choices"] / frame["seats"].where(frame["seats"] > 0)
    if worth is not None:
        frame["price"] = worth.price
    frame = frame[frame["first_choices"] > frame["seats"]]
    return frame.sort_values(["per_seat", "post"], ascending=[False, True], ignore_index=True)


def _scores(problem: Problem, post: Whole) -> Array:
    """Return the scores of the matched, in the order of people."""
    from echelon.methods.matching import score_pairs

    market = problem.market
    held = np.flatnonzero(post >= 0)
    one, other = market.person_type[held], market.post_type[post[held]]
    units = score_pairs(market, one.astype(np.int64), other.astype(np.int64))
    return units.astype(np.float64) * market.unit


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Return a share in per cent, unknown of nothing."""
    return 100.0 * part / whole.where(whole > 0)


def wilson(part: pd.Series, whole: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return a share in per cent with its Wilson band, 5 to 95 %.

    Parameters
    ----------
    part, whole : Series

    Returns
    -------
    share, low, high : Series
    """
    share = part / whole
    scale = 1.0 + _NORMAL**2 / whole
    middle = (share + _NORMAL**2 / (2.0 * whole)) / scale
    spread = share * (1.0 - share) / whole + _NORMAL**2 / (4.0 * whole**2)
    half = _NORMAL * np.sqrt(spread) / scale
    return (
        100.0 * share,
        100.0 * (middle - half).clip(lower=0),
        100.0 * (middle + half).clip(upper=1),
    )
