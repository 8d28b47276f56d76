"""Occupations through the years, who looks for work in them, and where jobs stand open."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from echelon.build.tables import figures, read_table
from echelon.build.us.official import Official
from echelon.build.us.work import Work
from echelon.sources.acs import category_path

__all__ = ["tables", "with_vacancies"]

# A published margin is 1.645 standard errors (90 per cent).
_MARGIN = 1.645
_MEASURES = {
    "job openings": "vacancies", "hires": "hires", "quits": "quits",
    "layoffs and discharges": "layoffs",
}  # fmt: skip
# Last year of the survey that each classification counted.
_CLASSIFICATIONS = ((2009, "SOC 2000"), (2017, "SOC 2010"), (9999, "SOC 2018"))
_FIRST_YEAR_OF_POSTINGS = 2020
_LEAST_MONTHS = 11
_HISTORY = (
    "region", "occupation", "year", "headcount", "wage", "headcount_rse", "wage_rse",
    "classification",
)  # fmt: skip


def tables(files: Official, work: Work) -> dict[str, pd.DataFrame]:
    """Return occupation_history, turnover, and rows of unemployment and of indicators.

    The rows of unemployment (``unemployment``) and of indicators (``indicators``) join those that
    other parts of the builder make.
    """
    turnover = _turnover(files)
    return {
        "occupation_history": pd.concat(
            [_survey(files), _national(files, work)], ignore_index=True
        ),
        "turnover": turnover,
        "unemployment": _job_seekers(files),
        "indicators": _vacancy_rates(files, turnover),
    }


def _survey(files: Official) -> pd.DataFrame:
    """Return residents at work and their median earnings by state and major group, 2005-2018.

    Two groups that later years print apart are joined: people are added, earnings averaged over
    people, so that every year has the same groups.
    """
    codes = read_table("us_survey_occupations").set_index("category")["occupation"]
    survey = files.survey[files.survey["table"].isin(["B24010", "B24011"])]
    leaf = survey["label"].map(lambda label: category_path(label)[-1].lower())
    rows = survey.assign(category=leaf, occupation=leaf.map(codes)).dropna(subset="occupation")
    keys = ["region", "occupation", "year"]
    by_category = [*keys, "category"]
    people = rows[rows["table"] == "B24010"]
    squared = people.assign(moe=people["moe"] ** 2).groupby(by_category)
    counted = squared[["estimate", "moe"]].sum(min_count=2)
    earned = rows[rows["table"] == "B24011"].set_index(by_category)[["estimate", "moe"]]
    both = counted.join(earned, rsuffix="_wage").reset_index()
    both["bill"] = both["estimate"] * both["estimate_wage"]
    both["bill_moe"] = (both["estimate"] * both["moe_wage"]) ** 2
    sums = both.groupby(keys)[["estimate", "moe", "bill", "bill_moe"]].sum(min_count=1)
    parts = both.groupby(keys)["category"].nunique()
    unknown = both["estimate_wage"].isna().groupby([both[k] for k in keys]).any()
    wage = (sums["bill"] / sums["estimate"]).where(~unknown)
    made = pd.DataFrame(
        {
            "headcount": sums["estimate"],
            "wage": wage.round(0),
            "headcount_rse": _rse(np.sqrt(sums["moe"]), sums["estimate"]),
            "wage_rse": _rse(np.sqrt(sums["bill_moe"]), sums["bill"]).where(wage.notna()),
            "joined": parts > 1,
        }
    ).reset_index()
    made["classification"] = made["year"].map(
        lambda year: next(name for last, name in _CLASSIFICATIONS if year <= last)
    )
    evidence = pd.Series(np.where(made["joined"], "derived", "measured"), index=made.index)
    return figures(made, _HISTORY, evidence=evidence, source="acs")


def _rse(margin: pd.Series, estimate: pd.Series) -> pd.Series:
    """Return the relative standard error in per cent from a 90 per cent margin."""
    return (100 * margin / _MARGIN / estimate.where(estimate > 0)).round(1)


def _national(files: Official, work: Work) -> pd.DataFrame:
    """Return national jobs and wages of the system's occupations in the years that have both."""
    listed = files.national_jobs
    group = "minor" if work.grouped else "detailed"
    rows = listed[listed["group"] == group].drop_duplicates(["occupation", "year"])
    known = set(work.titles.index[work.titles["group"] == group])
    rows = rows[rows["occupation"].isin(known)].dropna(subset="employment")
    made = rows.rename(
        columns={"employment": "headcount", "wage_median": "wage",
                 "employment_rse": "headcount_rse"}
    ).assign(region=None, wage_rse=np.nan, classification="SOC 2018")  # fmt: skip
    made = made.sort_values(["occupation", "year"])
    source = "oews_" + made["year"].astype(str)
    table = figures(made, _HISTORY, evidence="measured", source="oews_2024")
    return table.assign(source=source.to_numpy())


def _job_seekers(files: Official) -> pd.DataFrame:
    """Return the labour force and the unemployed of each major group in the whole country."""
    codes = read_table("us_survey_occupations").set_index("category")["occupation"]
    series = files.job_seekers
    occupation = series["title"].str.lower().map(codes)
    rows = series.assign(region=None, occupation=occupation).dropna(subset="occupation")
    rows = rows.assign(labour_force=rows["employed"] + rows["unemployed"])
    rows = rows.sort_values(["occupation", "year"])
    columns = ("region", "occupation", "year", "labour_force", "unemployed", "rate")
    return figures(rows, columns, evidence="measured", source="cps_occupations")


def _turnover(files: Official) -> pd.DataFrame:
    """Return yearly means of the monthly rates; a year needs at least 11 months."""
    months = files.turnover
    months = months.assign(measure=months["measure"].map(_MEASURES))
    grouped = months.groupby(["sector", "year", "measure"])["rate"]
    means = grouped.mean().where(grouped.count() >= _LEAST_MONTHS).round(3)
    wide = means.reset_index().pivot_table(
        index=["sector", "year"], columns="measure", values="rate"
    ).reset_index()  # fmt: skip
    sectors = read_table("us_turnover_sectors")
    rows = sectors.merge(wide, on="sector").assign(region=None).sort_values(["industry", "year"])
    columns = ("region", "industry", "year", *_MEASURES.values())
    return figures(rows, columns, evidence="measured", source="jolts")


def _against_nation(files: Official, jobs: pd.Series) -> pd.Series:
    """Return each state's postings over the nation's by region and year; 2020 = one level."""
    daily = files.postings[files.postings["year"] >= _FIRST_YEAR_OF_POSTINGS]
    months = daily.assign(month=daily["date"].str[5:7])
    index = months.groupby(["region", "year", "month"])["postings_index"].mean()
    counted = index.groupby(level=["region", "year"]).count()
    year = index.groupby(level=["region", "year"]).mean()[counted >= _LEAST_MONTHS]
    weight = jobs.reindex(year.index.get_level_values("region")).to_numpy(dtype=float)
    weighted = year * weight
    whole = weighted.groupby(level="year").sum()
    people = pd.Series(weight, index=year.index).groupby(level="year").sum()
    return year / (whole / people).reindex(year.index, level="year")


def _open_per_job(turnover: pd.DataFrame) -> pd.DataFrame:
    """Return vacancies per job by industry (rows) and year (columns)."""
    rate = turnover["vacancies"].astype(float) / 100
    per_job = turnover.assign(per_job=rate / (1 - rate))
    return per_job.pivot_table(index="industry", columns="year", values="per_job")


def _vacancy_rates(files: Official, turnover: pd.DataFrame) -> pd.DataFrame:
    """Spread the nation's rates of six sectors to states, by their industries and postings.

    v(r, t) = sum_s share(r, s) v(s, t) x postings(r, t) / postings(nation, t), where the shares
    are of the state's last payroll jobs in those sectors.
    """
    sectors = read_table("us_industries").dropna(subset="ces").set_index("ces")["industry"]
    payrolls = files.payrolls.assign(industry=files.payrolls["industry"].map(sectors))
    last = payrolls[payrolls["year"] == payrolls["year"].max()].dropna(subset="industry")
    jobs = last.pivot_table(index="region", columns="industry", values="employment", aggfunc="sum")
    per_job = _open_per_job(turnover)
    known = jobs.reindex(columns=per_job.index).fillna(0.0)
    rate = known.div(known.sum(axis=1), axis=0) @ per_job
    against = _against_nation(files, jobs.sum(axis=1))
    states = rate.rename_axis(index="region", columns="year").reset_index()
    long = states.melt(id_vars="region", value_name="open").set_index(["region", "year"])["open"]
    long = (long * against).dropna()
    value = (100 * long / (1 + long)).round(3).rename("value").reset_index()
    columns = ("region", "year", "indicator", "value", "unit")
    made = value.assign(indicator="vacancy_rate", unit="per cent of jobs and vacancies")
    return figures(
        made, columns, evidence="derived", source="jolts, indeed_postings, ces"
    )  # fmt: skip


def with_vacancies(
    demand: pd.DataFrame, made: Mapping[str, pd.DataFrame], files: Official
) -> pd.DataFrame:
    """Add the vacancies of the workers' year to demand, as far as they can be derived.

    V(r, i) = jobs(r, i) x sum_s P(s | i) v(s) x postings(r) / postings(nation): an occupation has
    the vacancy rate of the sectors that employ it; sectors without a rate stand aside. The level
    rests on six sectors and on equal levels of postings in all states in February 2020.
    """
    workers, staffing = made["workers"], made["staffing"]
    year = int(workers["year"].max())
    per_job = _open_per_job(made["turnover"])
    if year not in per_job:
        return demand
    staffed = staffing[staffing["industry"].isin(per_job.index)]
    jobs = staffed["headcount"].astype(float)
    open_posts = jobs * staffed["industry"].map(per_job[year])
    by = staffed["occupation"]
    rate = open_posts.groupby(by).sum() / jobs.groupby(by).sum()
    against = _against_nation(files, workers.groupby("region")["headcount"].sum())
    of_year = against.xs(year, level="year")
    rows = demand["year"] == year
    vacancies = (
        demand["posts"] * demand["occupation"].map(rate) * demand["region"].map(of_year)
    ).where(rows)
    source = demand["source"].where(~rows, demand["source"] + ", jolts, indeed_postings")
    columns = list(demand.columns)
    columns.insert(columns.index("openings"), "vacancies")
    return demand.assign(vacancies=vacancies.round(1), source=source)[columns]
