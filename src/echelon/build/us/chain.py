"""Which sectors use the science of each field: through those who were trained in it."""

from __future__ import annotations

import pandas as pd

from echelon.build.tables import figures, read_table
from echelon.build.us.official import Official
from echelon.build.us.work import Work
from echelon.system.codes import carry, weights_by_size

__all__ = ["tables"]

_LEVELS = ("Bachelor's degree", "Master's degree", "Doctoral or professional degree")


def tables(files: Official, work: Work) -> tuple[dict[str, pd.DataFrame], list[dict[str, object]]]:
    """Return technology_industries and what was lost on the way.

    Holders of a degree by occupation (jobs x share of holders) are split equally over the
    programmes that prepare for the occupation, the programmes are summed to the fields of R&D, and
    each occupation's people of a field are spread over sectors as its jobs are.
    """
    shares = files.projections["education"]
    degrees = shares[shares["level"].isin(_LEVELS)]
    degrees = degrees.assign(code=work.code(degrees["occupation"])).dropna(subset="code")
    share = degrees.groupby(["code", "occupation"])["share"].sum().groupby("code").mean()
    holders = pd.DataFrame(
        {"occupation": work.detailed, "people": (share.reindex(work.detailed) * work.jobs).array}
    )
    pairs = files.fields.dropna(subset=["field", "occupation"])
    pairs = pairs.assign(occupation=work.code(pairs["occupation"])).dropna(subset="occupation")
    weights = weights_by_size(pairs, old="occupation", new="field")
    holders["trained"] = holders["occupation"]
    programmes = carry(
        holders, weights, old="occupation", new="field", value="people", by=("trained",)
    )
    people = programmes.frame.assign(technology=_fields(programmes.frame["field"]))
    sectors = _sectors(files)
    carried = carry(
        people, sectors, old="trained", new="industry", value="people", by=("technology",)
    )
    used = carried.frame.set_index(["technology", "industry"])["people"]
    whole = people.groupby("technology")["people"].sum()
    taken = (used / whole.reindex(used.index.get_level_values(0)).to_numpy()).round(6)
    rows = taken[taken > 0].rename("share").reset_index()
    method = "jobs x share of holders, split equally over the occupation's CIP codes"
    losses = [
        programmes.row("SOC 2018 to fields of R&D, degrees of all levels", unit="people",
                       method=method),
        carried.row("Fields of R&D to sectors, through occupations", unit="people",
                    method="each occupation's people as its jobs by sector"),
    ]  # fmt: skip
    made = figures(
        rows, ("technology", "industry", "share"),
        evidence="derived", source="cip_soc_2020, ep_2022_2032, oews_sector_2023",
    )  # fmt: skip
    return {"technology_industries": made}, losses


def _fields(programmes: pd.Series) -> pd.Series:
    """Return the field of R&D of each programme: that of its four digits, else of its two."""
    listed = read_table("us_research_fields").set_index("programme")["technology"]
    narrow = programmes.str[:5].map(listed)
    return narrow.fillna(programmes.str[:2].map(listed))


def _sectors(files: Official) -> pd.DataFrame:
    """Return the weights by which an occupation's people are spread over sectors."""
    sector = files.sector_jobs
    names = read_table("us_industries").set_index("oews")["industry"]
    jobs = sector[sector["group"] == "detailed"].dropna(subset="employment")
    jobs = jobs.assign(industry=jobs["industry"].map(names)).dropna(subset="industry")
    summed = jobs.groupby(["occupation", "industry"])["employment"].sum().astype(float)
    share = summed / summed.groupby(level=0).transform("sum")
    rows = share[share > 0].rename("weight").reset_index()
    return rows.rename(columns={"occupation": "trained"})
