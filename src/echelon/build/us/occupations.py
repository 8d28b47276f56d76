"""Occupations with their tiers, the skills they need and the moves between them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from echelon.build.tables import figures, read_table
from echelon.build.tiers import assign_tiers
from echelon.build.us.official import Official
from echelon.build.us.work import Work

__all__ = ["tables"]

_ENTRY_EDUCATION = {
    "No formal educational credential": "no_credential",
    "High school diploma or equivalent": "high_school",
    "Some college, no degree": "some_college",
    "Postsecondary nondegree award": "postsecondary_award",
    "Associate's degree": "associate",
    "Bachelor's degree": "bachelor",
    "Master's degree": "master",
    "Doctoral or professional degree": "doctoral_or_professional",
}
_STEPS = {
    level: step
    for step, levels in enumerate(
        (
            ("no_credential", "high_school"),
            ("some_college", "postsecondary_award", "associate"),
            ("bachelor",),
            ("master",),
            ("doctoral_or_professional",),
        )
    )
    for level in levels
}


def tables(files: Official, work: Work) -> dict[str, pd.DataFrame]:
    """Return occupations, tier_rules, skills, occupation_skills and transitions."""
    rules = read_table("us_tier_rules")
    detail = _detail(files, work, rules)
    ratings = files.onet["ratings"]
    skills = ratings.drop_duplicates("element").rename(
        columns={"element": "skill", "element_name": "name"}
    )
    skills = skills.assign(classification="O*NET 29.2").sort_values(
        ["kind", "skill"], ascending=[False, True]
    )
    return {
        "occupations": _occupations(work, detail),
        "tier_rules": rules,
        "skills": skills[["skill", "name", "kind", "classification"]].reset_index(drop=True),
        "occupation_skills": _skills(ratings, work),
        "transitions": _transitions(files, work, detail.set_index("occupation")),
    }


def _detail(files: Official, work: Work, rules: pd.DataFrame) -> pd.DataFrame:
    """Return every detailed occupation with its jobs, preparation, place by wage, and tier."""
    detail = pd.DataFrame({"occupation": work.detailed}).assign(jobs=work.jobs.to_numpy())
    zones = files.onet["job_zones"].assign(code=lambda z: work.code(z["occupation"]))
    # Halves go up: rounding to even would send 2.5 down and 3.5 up.
    zone = np.floor(zones.groupby("code")["job_zone"].mean() + 0.5)
    required = files.projections["requirements"]
    required = required.assign(code=work.code(required["occupation"])).drop_duplicates("code")
    entry = required.set_index("code")["typical_education"]
    detail["job_zone"] = detail["occupation"].map(zone).astype(float)
    detail["education"] = detail["occupation"].map(entry.map(_ENTRY_EDUCATION))
    detail["wage_percentile"] = work.projected["wage_percentile"].round(2).to_numpy()
    return detail.assign(tier=assign_tiers(detail, rules))


def _occupations(work: Work, detail: pd.DataFrame) -> pd.DataFrame:
    """Return every occupation of the system and the groups above it."""
    shown = _grouped(detail, work) if work.grouped else detail
    every = work.titles[work.titles["group"] != "detailed"] if work.grouped else work.titles
    named = every.rename_axis("occupation").reset_index()
    named = named.rename(columns={"title": "name", "group": "level"})
    columns = ["tier", "education", "job_zone", "wage_percentile"]
    joined = named.merge(shown[["occupation", *columns]], how="left", on="occupation")
    order = joined["level"].map({"major": 0, "minor": 1, "detailed": 2})
    joined = joined.assign(classification="SOC 2018", order=order)
    joined = joined.sort_values(["order", "occupation"]).drop(columns="order")
    columns = ["occupation", "name", "parent", "level", *columns, "classification"]
    return joined[columns].reset_index(drop=True)


def _grouped(detail: pd.DataFrame, work: Work) -> pd.DataFrame:
    """Give each group the tier and education of most of its jobs, and means weighted by jobs."""
    detail = detail.assign(group=work.shown(detail["occupation"]))
    parts = {"occupation": sorted(detail["group"].dropna().unique())}
    found = pd.DataFrame(parts).set_index("occupation")
    for column in ("tier", "education"):
        jobs = detail.groupby(["group", column])["jobs"].sum().reset_index()
        most = jobs.sort_values(["jobs", column]).drop_duplicates("group", keep="last")
        found[column] = most.set_index("group")[column]
    for column, digits in (("job_zone", 0), ("wage_percentile", 2)):
        known = detail.dropna(subset=column)
        whole = (known[column] * known["jobs"]).groupby(known["group"]).sum()
        mean = whole / known.groupby("group")["jobs"].sum()
        found[column] = np.floor(mean * 10**digits + 0.5) / 10**digits
    return found.reset_index()


def _skills(ratings: pd.DataFrame, work: Work) -> pd.DataFrame:
    """Return importance and level of each skill; the level of one that is not relevant is 0.

    Several O*NET occupations in one occupation have the same weight; occupations in a group are
    weighted by jobs.
    """
    rated = ratings.assign(
        code=work.code(ratings["occupation"]),
        level=ratings["level"].mask(ratings["not_relevant"], 0.0),
    ).dropna(subset="code")
    keys = ["code", "element"]
    cells = rated.groupby(keys)[["importance", "level"]].mean().reset_index()
    sizes = rated.groupby(keys)["occupation"].nunique().to_numpy()
    if not work.grouped:
        cells = cells.rename(columns={"code": "occupation", "element": "skill"}).round(3)
        kind = pd.Series(np.where(sizes == 1, "measured", "derived"), index=cells.index)
        return figures(
            cells, ("occupation", "skill", "importance", "level"),
            evidence=kind, source="onet_29_2",
        )  # fmt: skip
    cells["occupation"] = work.shown(cells["code"])
    cells["jobs"] = cells["code"].map(work.jobs)
    keys = ["occupation", "element"]
    means = {}
    for column in ("importance", "level"):
        known = cells.dropna(subset=column)
        whole = (known[column] * known["jobs"]).groupby([known[k] for k in keys]).sum()
        means[column] = (whole / known.groupby(keys)["jobs"].sum()).round(3)
    grouped = pd.DataFrame(means).reset_index().rename(columns={"element": "skill"})
    return figures(
        grouped.dropna(subset="importance"), ("occupation", "skill", "importance", "level"),
        evidence="derived", source="onet_29_2",
    )  # fmt: skip


def _transitions(files: Official, work: Work, occupations: pd.DataFrame) -> pd.DataFrame:
    """Spread the yearly transfer rate over the related occupations, by their national jobs.

    A move that asks for more than one step more of preparation (Job Zone, or education needed for
    entry) is not made. An occupation without a related one is left out: where its people go is
    unknown.
    """
    related = files.onet["related_occupations"]
    pairs = pd.DataFrame(
        {
            "origin": work.code(related["occupation"]),
            "destination": work.code(related["related_occupation"]),
        }
    )
    pairs = pairs.dropna().drop_duplicates()
    pairs = pairs[pairs["origin"] != pairs["destination"]]
    for needed in (occupations["job_zone"], occupations["education"].map(_STEPS)):
        step = pairs["destination"].map(needed) - pairs["origin"].map(needed)
        pairs = pairs[~(step > 1)]
    jobs = pairs["destination"].map(work.jobs)
    whole = jobs.groupby(pairs["origin"]).transform("sum")
    pairs["share"] = pairs["origin"].map(work.projected["transfer_rate"]) * jobs / whole
    pairs = pairs[pairs["share"] > 0]
    moved = pairs.groupby("origin")["share"].sum()
    stay = pd.DataFrame(
        {"origin": moved.index, "destination": moved.index, "share": 1 - moved.to_numpy()}
    )
    shares = pd.concat([stay, pairs], ignore_index=True)
    # Occupations without a job have no people who could move.
    shares = shares[shares["origin"].map(work.jobs) > 0]
    if work.grouped:
        people = shares["share"] * shares["origin"].map(work.jobs)
        keys = [work.shown(shares["origin"]), work.shown(shares["destination"])]
        summed = people.groupby(keys).sum()
        summed = summed / summed.groupby(level=0).transform("sum")
        shares = summed.rename("share").reset_index()
    shares = shares.rename(columns={"origin": "occupation"})
    shares = shares.sort_values(["occupation", "destination"])
    return figures(
        shares, ("occupation", "destination", "share"),
        evidence="derived", source="ep_2022_2032, onet_29_2",
    )  # fmt: skip
