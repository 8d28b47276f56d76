"""Over- and under-education of the people at work of every region, by three measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.educated import Educated
from echelon.methods.mismatch import mean_interval, modal_step, vertical

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["MEASURES", "Measure", "Vertical", "make_vertical", "occupations_table", "pooled_nation"]

Array = NDArray[np.float64]
Measure = Literal["normative", "mode", "mean"]
MEASURES: tuple[Measure, ...] = get_args(Measure)


@dataclass(frozen=True)
class Vertical:
    """People above and below what their work needs, by one measure.

    Parameters
    ----------
    over, under : arrays (r, o)
        People; NaN for an occupation whose needs are unknown.
    low, high : arrays (o,)
        The interval that fits.
    terms : array (l,)
        Each level in the terms of the interval: its step, or its years of schooling.
    """

    over: Array
    under: Array
    low: Array
    high: Array
    terms: Array

    def of(self, people: Array) -> Vertical:
        """Return the same measure of other people (r, o, l)."""
        return _vertical(people, self.terms, self.low, self.high)

    def shares(self, people: Array) -> tuple[Array, Array]:
        """Return the shares of people (r, o) above and below, over occupations of known needs."""
        known = ~np.isnan(self.low)
        whole = people[:, known].sum(axis=1)
        parts = [np.nansum(each[:, known], axis=1) for each in (self.over, self.under)]
        over, under = (
            np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
            for part in parts
        )
        return over, under


def pooled_nation(educated: Educated, parents: Mapping[str, str], least: float) -> Array:
    """Return national people by occupation and level (o, l), small occupations with their siblings.

    Parameters
    ----------
    educated : Educated
    parents : mapping of str to str
        The wider occupation of each; without one, an occupation is pooled with all others.
    least : float
        Occupations of fewer people have the distribution of their pool.
    """
    nation = educated.people.sum(axis=0)
    small = nation.sum(axis=1) < least
    group = [parents.get(code, "") for code in educated.occupations]
    pooled = nation.copy()
    for place in np.flatnonzero(small):
        same = np.array([other == group[place] for other in group])
        sums = nation[same].sum(axis=0)
        pooled[place] = sums if sums.sum() >= least else nation.sum(axis=0)
    return pooled


def make_vertical(
    system: System, educated: Educated, nation: Array
) -> tuple[dict[Measure, Vertical], list[str]]:
    """Return every measure that the tables allow, and why others are unknown.

    Parameters
    ----------
    system : System
    educated : Educated
    nation : array (o, l)
        From :func:`pooled_nation`.
    """
    steps = educated.ladder.steps(educated.levels)
    years = educated.ladder.years(educated.levels)
    found: dict[Measure, Vertical] = {}
    lacking = []
    table = system.table("occupations").set_index("occupation")
    asked = table["education"] if "education" in table else pd.Series(dtype="str")
    asked = asked.reindex(list(educated.occupations))
    if asked.notna().any():
        low, high = educated.ladder.needed(asked, educated.levels)
        found["normative"] = _vertical(educated.people, steps, low, high)
    else:
        lacking.append(
            "The normative measure is unknown: occupations has no education needed for entry."
        )
    mode = modal_step(nation, steps)
    found["mode"] = _vertical(educated.people, steps, mode, mode)
    if np.isnan(years).any():
        lacking.append("The measure by the mean is unknown: a level has no ISCED level.")
    else:
        found["mean"] = _vertical(educated.people, years, *mean_interval(nation, years))
    return found, lacking


def _vertical(people: Array, terms: Array, low: Array, high: Array) -> Vertical:
    over, under = vertical(people, terms, low=low, high=high)
    return Vertical(over, under, low, high, terms)


def occupations_table(
    educated: Educated, found: Vertical, *, parents: Mapping[str, str], least: float
) -> pd.DataFrame:
    """Return over- and under-education by region and occupation, small cells pooled.

    Columns: region, year, occupation, people, over, under, matched (per cent of people), pooled: how
    many occupations the row holds; cells of fewer than ``least`` people are added to the wider
    occupation's row, or to "other".
    """
    r, o = educated.jobs.shape
    cells = pd.DataFrame(
        {
            "region": np.repeat(educated.regions, o),
            "occupation": np.tile(educated.occupations, r),
            "people": educated.jobs.ravel(),
            "over": found.over.ravel(),
            "under": found.under.ravel(),
        }
    )
    cells = cells[(cells["people"] > 0) & cells["over"].notna()]
    for wider in (lambda code: parents.get(code, "other"), lambda _code: "other"):
        small = cells["people"] < least
        cells["occupation"] = cells["occupation"].where(~small, cells["occupation"].map(wider))
        counted = cells.assign(pooled=cells.get("pooled", 1))
        cells = counted.groupby(["region", "occupation"], sort=False).sum().reset_index()
    order = {code: place for place, code in enumerate(educated.regions)}
    cells = cells.sort_values(
        ["region", "occupation"], key=lambda c: c.map(order) if c.name == "region" else c
    )
    share = 100 / cells["people"]
    return pd.DataFrame(
        {
            "region": cells["region"],
            "year": educated.year,
            "occupation": cells["occupation"],
            "people": cells["people"],
            "over": cells["over"] * share,
            "under": cells["under"] * share,
            "matched": 100 - (cells["over"] + cells["under"]) * share,
            "pooled": cells["pooled"].astype(int),
        }
    ).reset_index(drop=True)
