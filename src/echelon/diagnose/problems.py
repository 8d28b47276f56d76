"""The problems that a region can have: where each one's figure stands, and the lever that acts on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["LEVERS", "PROBLEMS", "Problem", "latest"]

# What each policy lever does, in the words of the reports.
LEVERS = {
    "train": "open seats in programmes",
    "retrain": "retrain people for other occupations",
    "relocate": "help people move between regions",
    "recruit": "recruit from outside",
    "fund": "fund research and its platforms",
    "search": "help people and posts find each other",
    "screen": "ask for skills instead of degrees",
    "pay": "pay scarce occupations more",
    "retain": "keep those who would leave",
    "evaluate": "judge people by what they can do",
    "compete": "give posts by merit",
}

_LEVER_OF_SUBSYSTEM = {"education": "train", "technology": "fund", "talent": "retain"}


@dataclass(frozen=True)
class Problem:
    """One kind of problem that a verb measures in every region.

    Parameters
    ----------
    name : str
        What is wrong, as a planner would say it.
    verb : str
        The verb whose result holds the figure.
    worse : {"higher", "lower"}
        Which end of the figure is the bad one.
    unit : str
        Unit of the figure.
    figures : callable
        The verb's result to one row per region: region, year, value, low, high (NaN where the verb
        gives no band), and ``about``: which occupation, field or subsystem it is about.
    lever : str or mapping of str to str
        The policy lever that acts on it; where it depends, by ``about``.
    evidence : {"measured", "derived", "assumed"}
        What the figure rests on at best.
    """

    name: str
    verb: str
    worse: Literal["higher", "lower"]
    unit: str
    figures: Callable[[Result], pd.DataFrame] = field(repr=False)
    lever: str | dict[str, str]
    evidence: Literal["measured", "derived", "assumed"] = "derived"

    def lever_for(self, about: str) -> str:
        """Return the lever that acts on the problem."""
        if isinstance(self.lever, str):
            return self.lever
        return self.lever.get(about, next(iter(self.lever.values())))


def latest(
    frame: pd.DataFrame, value: str, *, low: str | None = None, high: str | None = None,
    about: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return the last known figure of each region with its band and what it is about.

    Parameters
    ----------
    frame : DataFrame
        With the column region; where it has years, the last one in which ``value`` is known counts.
    value, low, high, about : str
        Columns of the figure, of the ends of its band and of what it is about; a band that is not
        named has the names of the figure with ``_low`` and ``_high``.

    Returns
    -------
    DataFrame
        Columns region, year, value, low, high, about.
    """
    known = frame[frame[value].notna()]
    if "year" in known and len(known):
        known = known[known["year"] == known["year"].max()]
    ends = {"low": low or f"{value}_low", "high": high or f"{value}_high"}
    nothing = pd.Series(float("nan"), index=known.index)
    return pd.DataFrame(
        {
            "region": known["region"].astype(str),
            "year": known["year"].astype(int) if "year" in known else 0,
            "value": known[value].astype(float),
            **{end: known.get(name, nothing) for end, name in ends.items()},
            "about": known[about].astype(str) if about else "",
        }
    ).reset_index(drop=True)


def _coordination(result: Result) -> pd.DataFrame:
    return latest(result.table(), "coordination", about="lagging")


def _talent(result: Result) -> pd.DataFrame:
    """Return the rank, which has a band, of the regions whose talent index is known."""
    return latest(result.table(), "rank")


def _chains(result: Result) -> pd.DataFrame:
    return latest(result.table(), "strength", about="weakest_link")


def _leaving(result: Result) -> pd.DataFrame:
    return latest(result.table(), "effectiveness")


def _conversion(result: Result) -> pd.DataFrame:
    """Return the step of each region that is furthest from the best practice, per cent of it."""
    table = result.table()
    table = table[table["year"] == table.groupby("step")["year"].transform("max")]
    for end in ("_low", "_high"):
        table[f"share{end}"] = 100 * table[f"ratio{end}"] / table["frontier"]
    table = table.rename(columns={"share_of_frontier": "share"}).dropna(subset="share")
    first = table.sort_values("share", kind="stable").drop_duplicates("region")
    return latest(first.assign(year=first["year"].max()).sort_index(), "share", about="step")


def _common(result: Result) -> pd.DataFrame:
    table = result.table()
    return latest(table[table["kind"] == "occupations"], "complexity")


def _short_occupation(result: Result) -> pd.DataFrame:
    """Return the occupation of each region with the strongest signals of shortage."""
    table = result.table()
    table = table[table["year"] == table["year"].max()]
    first = table.sort_values("shortage", ascending=False).drop_duplicates("region")
    return latest(first.sort_index(), "shortage", about="occupation")


def _tight(result: Result) -> pd.DataFrame:
    empty = pd.DataFrame({"region": [], "year": [], "tightness": []})
    return latest(result.frames.get("tightness", empty), "tightness")


def _behind(result: Result) -> pd.DataFrame:
    """Return the tier of each region that is furthest behind the reference, in per cent of it."""
    table = result.table("gaps").merge(
        result.table()[["region", "tier", "per_1000_low", "per_1000_high"]], on=["region", "tier"]
    )
    whole = table["reference_per_1000"].where(table["reference_per_1000"] > 0)
    for end in ("", "_low", "_high"):
        table[f"share{end}"] = 100 * table[f"per_1000{end}"] / whole
    first = table.sort_values("share", kind="stable").drop_duplicates("region")
    return latest(first.sort_index(), "share", about="tier")


_LEVER_OF_LINK = {
    "innovation to industry": "fund", "innovation to talent": "train",
    "industry to talent": "train", "talent to field": "train", "industry to skill": "retrain",
    "capital to innovation": "fund",
}  # fmt: skip
_LEVER_OF_TIER = {
    "strategic scientist": "recruit", "leading innovator": "retain",
    "engineer or professional": "train", "technician or skilled worker": "train",
    "master craft": "retrain", "general": "retrain",
}  # fmt: skip


def _mismatch(result: Result) -> pd.DataFrame:
    return latest(result.table(), "mismatch")


def _fields(result: Result) -> pd.DataFrame:
    """Return the dissimilarity of each region, about the field with the largest shortfall."""
    found = latest(result.table(), "field_dissimilarity")
    fields = result.table("fields")
    if fields.empty:
        return found
    fields = fields[fields["level"] == fields["level"].iloc[0]].dropna(subset="gap")
    most = fields.sort_values("gap").drop_duplicates("region").set_index("region")["field"]
    return found.assign(about=found["region"].map(most).fillna("").astype(str))


def _credentials(result: Result) -> pd.DataFrame:
    return latest(result.table(), "share")


def _sourcing(result: Result) -> pd.DataFrame:
    return latest(result.table(), "introduced_share")


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "Education, technology and talent develop apart", "measure.coordination", "lower",
        "of 1", _coordination, _LEVER_OF_SUBSYSTEM,
    ),
    Problem(
        "People work above or below their education", "diagnose.mismatch", "higher",
        "per cent of people at work", _mismatch, "search",
    ),
    Problem(
        "Graduates' fields differ from the posts, most short of", "diagnose.mismatch", "higher",
        "per cent of graduates", _fields, "train",
    ),
    Problem(
        "A degree is asked of people who have the skills", "diagnose.credentials", "higher",
        "per cent of people without the degree", _credentials, "screen",
    ),
    Problem(
        "Degree holders are brought in more than trained", "diagnose.sourcing", "higher",
        "per cent of additions", _sourcing, "train",
    ),
    Problem("Little top talent", "measure.talent", "higher", "in rank", _talent, "recruit"),
    Problem(
        "The chains do not fit each other", "measure.chains", "lower", "of 1", _chains,
        _LEVER_OF_LINK,
    ),
    Problem(
        "More talent leaves than comes", "measure.formation", "lower",
        "net moves per move", _leaving, "retain",
    ),
    Problem(
        "Research reaches the market less than elsewhere", "measure.conversion", "lower",
        "per cent of the best practice", _conversion, "fund",
    ),
    Problem(
        "Work that most regions do too", "measure.specialisation", "lower",
        "standard deviations of complexity", _common, "retrain",
    ),
    Problem(
        "An occupation signals shortage", "diagnose.shortage", "higher",
        "standard deviations of its history", _short_occupation, "train",
    ),
    Problem(
        "More vacancies than people who look for work", "diagnose.shortage", "higher",
        "vacancies per unemployed", _tight, "search",
    ),
    Problem(
        "A tier of talent is far behind", "diagnose.accounts", "lower",
        "per cent of the reference region", _behind, _LEVER_OF_TIER,
    ),
)  # fmt: skip
