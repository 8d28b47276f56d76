"""Who is first: in which year a region takes up an activity, and how far others are behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["Entries", "Leads", "entries", "leads", "sign_test"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Entries:
    """When each region took up each activity.

    Parameters
    ----------
    year : array (m, n)
        Year of entry; unknown where the activity was never taken up.
    before : bool array (m, n)
        Whether it was there from the first year on, so that the year is the latest possible.
    """

    year: Array
    before: NDArray[np.bool_]


@dataclass(frozen=True)
class Leads:
    """How far regions are ahead of each other.

    Parameters
    ----------
    pair : array (m, m)
        Median years by which the row is ahead of the column over the activities both took up.
    common : array (m, m)
        Number of those activities.
    lead, low, high : arrays (m,)
        Mean years ahead of the other regions over the activities, and its 5-95 % band over
        activities drawn with replacement; unknown for fewer than three.
    activities : array (m,)
        Number of activities behind the mean.
    probability : array (m,)
        Two-sided sign test that a region is as often ahead as behind, over the activities.
    """

    pair: Array
    common: Array
    lead: Array
    low: Array
    high: Array
    activities: Array
    probability: Array


def entries(presence: Array, years: Array, *, run: int = 3) -> Entries:
    """Find the first year of the first run of years in which a region has an activity.

    Parameters
    ----------
    presence : array (t, m, n) of 0 and 1
    years : array (t,)
        Consecutive years.
    run : int
        Years that the activity must stay, so that a single good year is no entry.

    Returns
    -------
    Entries
    """
    if len(years) < run or (np.diff(years) != 1).any():
        raise InvalidArgument(
            f"The years {[int(y) for y in years]} are not {run} or more years in a row",
            fix="Give consecutive years",
        )
    whole = np.stack([presence[i : len(years) - run + 1 + i] for i in range(run)]).all(axis=0)
    first = whole.argmax(axis=0)
    entered = whole.any(axis=0)
    return Entries(
        year=np.where(entered, np.asarray(years, float)[first], np.nan),
        before=entered & (first == 0),
    )


def sign_test(differences: Array) -> float:
    """Return the two-sided probability of at least so uneven signs; ties do not count.

    Parameters
    ----------
    differences : array
        Unknown ones do not count.

    Returns
    -------
    float
        1 without any difference.
    """
    from scipy.stats import binomtest

    ahead, behind = int((differences > 0).sum()), int((differences < 0).sum())
    return float(binomtest(ahead, ahead + behind).pvalue) if ahead + behind else 1.0


def leads(found: Entries, *, draws: int, generator: np.random.Generator) -> Leads:
    """Compare the years of entry of every two regions over the activities that both took up.

    An activity that a region had from the first year on has no known year of entry: such regions
    are compared with nobody in it, since they would all seem to lead those who came later.

    Parameters
    ----------
    found : Entries
    draws : int
        Draws of activities for the bands.
    generator : Generator

    Returns
    -------
    Leads
        Unknown where there is nothing to compare.
    """
    dated = np.where(found.before, np.nan, found.year)
    ahead = dated[None, :, :] - dated[:, None, :]
    ahead[np.arange(len(dated)), np.arange(len(dated))] = np.nan
    known = ~np.isnan(ahead)
    common = known.sum(axis=2)
    pair = np.full(common.shape, np.nan)
    some = common > 0
    pair[some] = np.nanmedian(ahead[some], axis=1)
    others = known.sum(axis=1)
    mean = np.divide(
        np.nansum(ahead, axis=1), others, out=np.full(others.shape, np.nan), where=others > 0
    )
    low, high = _band(mean, draws, generator)
    count = (~np.isnan(mean)).sum(axis=1)
    whole = np.divide(
        np.nansum(mean, axis=1), count, out=np.full(len(count), np.nan), where=count > 0
    )
    probability = np.array([sign_test(row) for row in mean])
    return Leads(
        pair=pair, common=common.astype(float), lead=whole, low=low, high=high,
        activities=count.astype(float), probability=np.where(count > 0, probability, np.nan),
    )  # fmt: skip


def _band(mean: Array, draws: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Return the ends of the mean of each row over activities drawn with replacement."""
    low, high = np.full(len(mean), np.nan), np.full(len(mean), np.nan)
    for row, figures in enumerate(mean):
        known = figures[~np.isnan(figures)]
        # One or two activities have no spread that could be drawn from.
        if len(known) > 2:
            drawn = generator.choice(known, (draws, len(known))).mean(axis=1)
            low[row], high[row] = np.quantile(drawn, [0.05, 0.95])
    return low, high
