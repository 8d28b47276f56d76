"""What may emerge: counts of technologies, industries and skills by year, and who has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, MissingTable
from echelon.project.demand import Outlook

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "Counts",
    "Implied",
    "implied_skills",
    "industry_counts",
    "past_skills",
    "technology_counts",
]

Array = NDArray[np.float64]
_FEWEST_YEARS = 3
# O*NET's scale of importance goes from 1, not important, to 5.
_NOT_IMPORTANT, _MOST_IMPORTANT = 1.0, 5.0


@dataclass(frozen=True)
class Counts:
    """Counts of every item by year and region.

    Parameters
    ----------
    kind : str
    items : tuple of str
    regions : tuple of str
        Empty when the counts are of the whole system only.
    years : array of int (t,)
    counts : array (t, r, k)
        One region, without name, when there are none.
    evidence : str
    left_out : int
        Cells of region and item that are unknown in a year.
    unit : str
        What is counted.
    """

    kind: str
    items: tuple[str, ...]
    regions: tuple[str, ...]
    years: NDArray[np.int64]
    counts: Array
    evidence: str
    left_out: int
    unit: str

    @property
    def whole(self) -> Array:
        """Counts of the whole system, (t, k)."""
        added: Array = self.counts.sum(axis=1)
        return added


@dataclass(frozen=True)
class Implied:
    """Skills that projected posts imply.

    Parameters
    ----------
    skills, regions, occupations : tuple of str
    years : tuple of int
        Year of the count and horizon.
    need : array (o, k)
        Importance of each skill in each occupation, 0 to 1.
    posts : array (d + 1, 2, o)
        Posts of the whole system in the two years, the central path first.
    of_region : array (r, o)
        Posts of the regions in the year of the count.
    evidence : str
    """

    skills: tuple[str, ...]
    regions: tuple[str, ...]
    occupations: tuple[str, ...]
    years: tuple[int, int]
    need: Array
    posts: Array
    of_region: Array
    evidence: str


def technology_counts(system: System) -> Counts:
    """Return patents by technology, or papers where no patents are known."""
    system.need("technology")
    table = system.table("technology")
    column = next((c for c in ("patents", "papers") if c in table and table[c].notna().any()), None)
    if column is None:
        raise MissingTable(
            f"The table technology of {system.name!r} has neither patents nor papers",
            fix="Fill one of its columns patents and papers, for example from a patent office",
        )
    rows = table.dropna(subset=column)
    regional = (
        rows[rows["region"].notna() & (rows["region"] != "")] if "region" in rows else rows[:0]
    )
    # Figures of the whole system would count the regions' again.
    chosen = regional if len(regional) else rows.assign(region="")
    return _counts("technology", chosen, column, "technology", unit=column)


def industry_counts(found: Outlook) -> Counts:
    """Return employment by industry as it was counted, up to the base of the projection."""
    history = found.history
    late = history.years <= history.base
    wide = pd.DataFrame(
        history.figures[late], index=history.years[late],
        columns=pd.MultiIndex.from_arrays(
            [
                np.asarray(history.regions)[history.region],
                np.asarray(history.industries)[history.industry],
            ],
            names=["region", "industry"],
        ),
    )  # fmt: skip
    rows = (
        wide.rename_axis("year")
        .melt(ignore_index=False, value_name="employment")
        .dropna(subset="employment")
        .reset_index()
    )
    rows = rows.merge(history.evidence, how="left", on=["region", "industry", "year"])
    return _counts("industry", rows, "employment", "industry", unit="jobs")


def _counts(kind: str, rows: pd.DataFrame, column: str, item: str, *, unit: str) -> Counts:
    """Return the counts of the cells that are known in every year, so that shares compare."""
    wide = rows.pivot_table(index="year", columns=["region", item], values=column, aggfunc="sum")
    if len(wide) < _FEWEST_YEARS:
        raise InsufficientData(
            f"Shares of each {kind} are known in {len(wide)} years, and their growth needs "
            f"{_FEWEST_YEARS}",
            fix="Add years",
        )
    known = wide.notna().all()
    kept = wide.loc[:, known]
    items = tuple(sorted(set(kept.columns.get_level_values(1).astype(str))))
    if len(items) < 2:
        raise InsufficientData(
            f"Fewer than two items of the kind {kind} are known in every year",
            fix="Add the years that are missing",
        )
    regions = tuple(sorted(set(kept.columns.get_level_values(0).astype(str))))
    cube = np.zeros((len(kept), len(regions), len(items)))
    row = pd.Index(regions).get_indexer(kept.columns.get_level_values(0))
    place = pd.Index(items).get_indexer(kept.columns.get_level_values(1))
    cube[:, row, place] = kept.to_numpy(dtype=float)
    kinds = set(rows["evidence"].dropna()) if "evidence" in rows else set()
    evidence = next((name for name in ("assumed", "derived") if name in kinds), "measured")
    return Counts(
        kind, items, regions if regions != ("",) else (), kept.index.to_numpy(dtype=np.int64),
        cube, evidence, int((~known).sum()), unit,
    )  # fmt: skip


def _needs(system: System, found: Outlook) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Return importance by occupation and skill, 0 to 1, and the places of these occupations."""
    system.need("occupation_skills", "skills")
    if found.staffing is None:
        raise MissingTable(found.refused)
    rows = system.table("occupation_skills").dropna(subset="importance")
    table = rows.pivot_table(index="occupation", columns="skill", values="importance")
    need = (table - _NOT_IMPORTANT) / (_MOST_IMPORTANT - _NOT_IMPORTANT)
    need = need.dropna().clip(0.0, 1.0)
    occupations = found.staffing.occupations
    place = pd.Index(occupations).get_indexer(need.index)
    if (place < 0).all():
        raise InsufficientData(
            "No occupation of the table workers is in the table occupation_skills",
            where=f"workers: {occupations[0]!r}",
            fix="Give both tables in codes of one classification",
        )
    return need[place >= 0], place[place >= 0]


def _evidence(system: System, found: Outlook) -> str:
    kinds = system.use("occupation_skills")["occupation_skills"].evidence
    return "assumed" if kinds.get("assumed") else found.evidence


def past_skills(system: System, found: Outlook) -> Counts:
    """Return what the employment of past years implies for skills, with today's staffing and needs."""
    need, place = _needs(system, found)
    staffing = found.staffing
    assert staffing is not None
    late = found.history.years <= found.history.base
    asked = staffing.matrix[..., place] @ need.to_numpy(dtype=float)
    counts: Array = np.einsum("trg,rgk->trk", np.nan_to_num(staffing.past), asked)
    return Counts(
        "past skill", tuple(str(code) for code in need.columns), staffing.regions,
        found.history.years[late], counts, _evidence(system, found), 0, "need in posts",
    )  # fmt: skip


def implied_skills(system: System, found: Outlook) -> Implied:
    """Return what projected posts imply for skills: posts by occupation times what each needs."""
    need, place = _needs(system, found)
    staffing, posts = found.staffing, found.posts
    assert staffing is not None
    assert posts is not None
    return Implied(
        tuple(str(code) for code in need.columns), staffing.regions,
        tuple(str(code) for code in need.index),
        (staffing.year, int(staffing.years[-1])), need.to_numpy(dtype=float),
        posts.draws[:, [0, -1]][..., place], staffing.jobs[:, place], _evidence(system, found),
    )  # fmt: skip
