"""People at work, what industries employ, and the posts that employers will need filled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from echelon.build.tables import figures, read_table
from echelon.build.us.official import Official
from echelon.build.us.work import Work

__all__ = ["tables"]

_YEAR = 2023
_BASE, _TARGET = 2022, 2032
# A mean over fewer of a group's jobs would not be the group's wage.
_LEAST_WITH_WAGE = 0.8


def tables(files: Official, work: Work) -> dict[str, pd.DataFrame]:
    """Return industries, staffing, workers and demand."""
    industries = read_table("us_industries")
    return {
        "industries": industries[["industry", "name", "compared_as", "classification"]],
        "staffing": _staffing(files, work, industries),
        "workers": _workers(work),
        "demand": _demand(work),
    }


def _workers(work: Work) -> pd.DataFrame:
    """Return people at work: in detail as published, in groups with the withheld ones filled."""
    columns = ("region", "occupation", "year", "headcount", "wage", "headcount_rse")
    cells = work.cells.assign(year=_YEAR).rename(columns={"rse": "headcount_rse"})
    if not work.grouped:
        known = cells[~cells["filled"]]
        return figures(known, columns, evidence="measured", source="oews_2023")
    cells["occupation"] = work.shown(cells["occupation"])
    keys = ["region", "occupation", "year"]
    paid = cells.dropna(subset="wage")
    bill = (paid["wage"] * paid["headcount"]).groupby([paid[k] for k in keys]).sum()
    filled = cells["filled"] & (cells["headcount"] > 0)
    whole = cells.groupby(keys)["headcount"].sum()
    with_wage = paid.groupby(keys)["headcount"].sum()
    wage = (bill / with_wage).round(-1).where(with_wage / whole >= _LEAST_WITH_WAGE)
    # Independent errors of the published cells, carried over to the withheld ones of the group.
    known = cells.dropna(subset="headcount_rse")
    squared = (known["headcount"] * known["headcount_rse"]) ** 2
    error = np.sqrt(squared.groupby([known[k] for k in keys]).sum())
    rse = error / known.groupby(keys)["headcount"].sum()
    grouped = pd.DataFrame(
        {
            "headcount": whole.round(1),
            "wage": wage,
            "headcount_rse": rse.round(1),
            "filled": filled.groupby([cells[k] for k in keys]).any(),
        }
    ).reset_index()
    grouped = grouped[grouped["headcount"] > 0].reset_index(drop=True)
    evidence = pd.Series(np.where(grouped["filled"], "derived", "measured"), index=grouped.index)
    sources = np.where(grouped["filled"], "oews_2023, oews_states_2024", "oews_2023")
    return figures(grouped, columns, evidence=evidence, source="oews_2023").assign(source=sources)


def _staffing(files: Official, work: Work, industries: pd.DataFrame) -> pd.DataFrame:
    """Return each occupation's share of an industry's jobs, of all its published jobs."""
    sector = files.sector_jobs
    total = sector[sector["group"] == "total"].set_index("industry")["employment"]
    rows = sector[sector["group"] == ("minor" if work.grouped else "detailed")]
    rows = rows.dropna(subset="employment")
    share = (rows["employment"] / rows["industry"].map(total)).astype(float).round(6)
    names = industries.set_index("oews")["industry"]
    rows = rows.assign(
        share=share, headcount=rows["employment"], industry=rows["industry"].map(names)
    )
    rows = rows[rows["share"] > 0].sort_values(["industry", "occupation"])
    return figures(
        rows, ("industry", "occupation", "year", "share", "headcount"),
        evidence="derived", source="oews_sector_2023",
    )  # fmt: skip


def _demand(work: Work) -> pd.DataFrame:
    """Let each region's jobs grow as the nation's jobs in that occupation (constant shares).

    National jobs go in a straight line from 2022 to 2032; yearly openings keep their ratio to the
    jobs of 2022.
    """
    cells = work.cells if work.grouped else work.cells[~work.cells["filled"]]
    cells = cells[cells["headcount"] > 0]
    growth = cells["occupation"].map(work.projected["growth"])
    rate = cells["occupation"].map(work.projected["openings_rate"])
    span = _TARGET - _BASE
    # 1 in 2022: the step from the year of the survey is the ratio of two points on the line.
    start = 1 + (growth - 1) * (_YEAR - _BASE) / span
    cells = cells.assign(occupation=work.shown(cells["occupation"]))
    keys = ["region", "occupation"]
    years = []
    for year in range(_YEAR, _TARGET + 1):
        level = (1 + (growth - 1) * (year - _BASE) / span) / start
        posts = cells["headcount"] * level
        part = cells[keys].assign(
            year=year, posts=posts, openings=cells["headcount"] * rate / start
        )
        years.append(
            part.dropna(subset="posts").groupby([*keys, "year"])[["posts", "openings"]].sum()
        )
    demand = pd.concat(years).round(1).reset_index().sort_values([*keys, "year"])
    return figures(
        demand, ("region", "occupation", "year", "posts", "openings"),
        evidence="derived", source="ep_2022_2032, oews_2023",
    )  # fmt: skip
