"""Who leaves an occupation in a year, and published national projections."""

from __future__ import annotations

import pandas as pd

from echelon.build.tables import figures
from echelon.build.us.official import Official
from echelon.build.us.work import Work

__all__ = ["tables"]

_RELEASES = {"projections": ("2022-32", "ep_2022_2032"), "past": ("2021-31", "ep_2021_2031")}
_BASE = 2022


def tables(files: Official, work: Work) -> dict[str, pd.DataFrame]:
    """Return separations and projections."""
    parts = [
        _released(work, files.projections["projections"], *_RELEASES["projections"]),
        _released(work, files.past_projections, *_RELEASES["past"]),
    ]
    rows = pd.concat(parts, ignore_index=True)
    return {
        "separations": _separations(work),
        "projections": rows.sort_values(["release", "occupation", "year"]).reset_index(drop=True),
    }


def _separations(work: Work) -> pd.DataFrame:
    """Return yearly rates of exit and transfer; those of a group are weighted by jobs."""
    rates = work.projected[["exit_rate", "transfer_rate"]]
    jobs = work.jobs.where(rates.notna().all(axis=1), 0.0)
    shown = work.shown(pd.Series(rates.index, index=rates.index))
    leavers = rates.mul(jobs, axis=0).groupby(shown).sum()
    mean = leavers.div(jobs.groupby(shown).sum().replace(0, float("nan")), axis=0).dropna()
    rows = mean.round(6).rename_axis("occupation").reset_index().assign(year=_BASE)
    return figures(
        rows, ("occupation", "year", "exit_rate", "transfer_rate"),
        evidence="derived", source="ep_2022_2032",
    )  # fmt: skip


def _released(work: Work, listed: pd.DataFrame, release: str, source: str) -> pd.DataFrame:
    """Return the jobs of the base and of the target year of one release."""
    lines = listed[listed["type"] == "line item"]
    lines = lines.assign(occupation=work.shown(work.code(lines["occupation"])))
    parts = [
        lines.rename(columns={f"employment_{end}": "headcount", f"{end}_year": "year"})
        .groupby(["occupation", "year"])["headcount"]
        .sum()
        .reset_index()
        for end in ("base", "target")
    ]
    rows = pd.concat(parts).assign(release=release)
    return figures(
        rows, ("occupation", "release", "year", "headcount"), evidence="derived", source=source
    )
