"""Payroll jobs by state and sector, the sectors that a state does not publish filled from its totals."""

from __future__ import annotations

import pandas as pd

from echelon.build.tables import read_table
from echelon.build.us.official import Official

__all__ = ["jobs_by_sector"]

_KEYS = ["region", "year"]


def jobs_by_sector(files: Official) -> pd.DataFrame:
    """Return payroll jobs by state, sector and year, and which of them were filled.

    A small state publishes some sectors only together. What the published sectors leave of such a
    total goes to the others of it; where they are several, in proportion to their jobs in the states
    that publish all of them. Mining alone is published by few states: the rest have mining with
    logging.

    Returns
    -------
    DataFrame
        Columns region, industry, year, employment, filled.
    """
    sectors = read_table("us_industries").dropna(subset="ces").set_index("industry")
    published = files.payrolls.pivot_table(
        index=_KEYS, columns="industry", values="employment", aggfunc="first"
    )
    jobs = published[sectors["ces"].tolist()].set_axis(sectors.index, axis=1)
    known = jobs.notna()
    for total, parts in sectors.groupby("ces_total").groups.items():
        jobs[parts] = _filled(jobs[parts], published[total])
    tables = {"employment": jobs, "known": known.astype(float)}
    long = pd.concat(
        {
            name: part.melt(ignore_index=False, var_name="industry").set_index(
                "industry", append=True
            )["value"]
            for name, part in tables.items()
        },
        axis=1,
    )
    rows = long.dropna(subset="employment").sort_index().reset_index()
    return rows.assign(filled=rows["known"] == 0).drop(columns="known")


def _filled(parts: pd.DataFrame, total: pd.Series) -> pd.DataFrame:
    """Share what a published total has left over the parts that are unknown."""
    whole = parts[parts.notna().all(axis=1)].groupby(level="year").sum()
    usual = whole.reindex(parts.index.get_level_values("year")).set_axis(parts.index)
    weight = usual.where(parts.isna())
    # A year in which no state publishes every part has no usual split: only a sole part is filled.
    alone = parts.isna().sum(axis=1) == 1
    share = weight.div(weight.sum(axis=1, min_count=1), axis=0).mask(
        parts.isna().mul(alone, axis=0), 1.0
    )
    left = (total - parts.sum(axis=1)).clip(lower=0)
    return parts.fillna(share.mul(left, axis=0).round(-2))
