"""How people at work are educated, by occupation and by region."""

from __future__ import annotations

import pandas as pd

from echelon.build.tables import figures
from echelon.build.us.official import Official
from echelon.build.us.work import Work
from echelon.sources.acs import category_path

__all__ = ["YEAR_OF_SHARES", "level_shares", "tables"]

# Table 5.3 of the projections of 2022-32 is about the American Community Survey of 2021.
YEAR_OF_SHARES = 2021
_SHARED_LEVELS = {
    "Less than high school diploma": "less_than_high_school",
    "High school diploma or equivalent": "high_school",
    "Some college, no degree": "some_college",
    "Associate's degree": "associate",
    "Bachelor's degree": "bachelor",
    "Master's degree": "master",
    "Doctoral or professional degree": "doctoral_or_professional",
}
_EMPLOYED_LEVELS = {
    "Less than high school graduate": "less_than_high_school",
    "High school graduate (includes equivalency)": "high_school",
    "Some college or associate's degree": "some_college_or_associate",
    "Bachelor's degree or higher": "bachelor_or_higher",
}
_FIRST_YEAR = 2008


def tables(files: Official, work: Work) -> dict[str, pd.DataFrame]:
    """Return occupation_education and worker_education."""
    return {
        "occupation_education": _by_occupation(files, work),
        "worker_education": _by_region(files),
    }


def level_shares(files: Official, work: Work) -> pd.DataFrame:
    """Return the share of each level (columns) in each detailed occupation (rows), as published.

    Published shares are rounded to a tenth of a per cent: each row is scaled to sum to 1. Codes that
    the survey joins have the mean of their shares.
    """
    listed = files.projections["education"]
    listed = listed.assign(
        code=work.code(listed["occupation"]), level=listed["level"].map(_SHARED_LEVELS)
    ).dropna(subset=["code", "level"])
    wide = listed.pivot_table(index="code", columns="level", values="share")
    return wide.div(wide.sum(axis=1), axis=0)[list(_SHARED_LEVELS.values())]


def _by_occupation(files: Official, work: Work) -> pd.DataFrame:
    """Return national shares by occupation; groups are means weighted by jobs."""
    shares = level_shares(files, work)
    jobs = work.jobs.reindex(shares.index).fillna(0.0)
    shown = work.shown(pd.Series(shares.index, index=shares.index))
    if work.grouped:
        people = shares.mul(jobs, axis=0).groupby(shown).sum()
        shares = people.div(people.sum(axis=1), axis=0).dropna()
    rows = shares.rename_axis("occupation").round(6).melt(
        ignore_index=False, var_name="level", value_name="share"
    ).reset_index()  # fmt: skip
    rows = rows.assign(year=YEAR_OF_SHARES).sort_values(["occupation", "level"])
    return figures(
        rows, ("occupation", "level", "year", "share"),
        evidence="derived" if work.grouped else "measured", source="ep_2022_2032",
    )  # fmt: skip


def _by_region(files: Official) -> pd.DataFrame:
    """Return employed residents of 25 to 64 years by four levels, with margins of error."""
    survey = files.survey
    rows = survey[(survey["table"] == "B23006") & (survey["year"] >= _FIRST_YEAR)]
    path = rows["label"].map(category_path)
    employed = (path.str.len() == 5) & (path.str[-1] == "Employed")
    rows = rows.assign(level=path.str[1].map(_EMPLOYED_LEVELS))[employed].dropna(subset="level")
    rows = rows.rename(columns={"estimate": "headcount", "moe": "margin"})
    rows = rows.dropna(subset="headcount").sort_values(["region", "level", "year"])
    return figures(
        rows, ("region", "level", "year", "headcount", "margin"), evidence="measured", source="acs"
    )
