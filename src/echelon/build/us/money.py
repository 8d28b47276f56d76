"""Technology, research, capital and output."""

from __future__ import annotations

import pandas as pd

from echelon.build.tables import figures, read_table
from echelon.build.us.official import Official
from echelon.build.us.payrolls import jobs_by_sector

__all__ = ["real_is_a_copy", "tables"]

_FIRST_YEAR = 2010
_UNIVERSITIES = "higher education (HERD)"


def tables(files: Official) -> dict[str, pd.DataFrame]:
    """Return technologies, technology, research, capital and output."""
    technologies = read_table("us_technologies")
    return {
        "technologies": technologies[["technology", "name", "parent", "classification"]],
        "technology": _technology(files, technologies),
        "research": _research(files, technologies),
        "capital": _capital(files, technologies),
        "output": _output(files),
    }


def _codes(technologies: pd.DataFrame, classification: str) -> pd.Series:
    rows = technologies[technologies["classification"] == classification]
    return rows.set_index("published")["technology"]


def _technology(files: Official, technologies: pd.DataFrame) -> pd.DataFrame:
    rows = files.science["patents_wipo"]
    codes = _codes(technologies, "WIPO technical field")
    rows = rows.assign(technology=rows["technology"].map(codes), patents=rows["families"])
    rows = rows.dropna(subset=["technology", "patents"]).sort_values(["year", "technology"])
    return figures(
        rows, ("technology", "year", "patents"), evidence="measured", source="ncses_wipo"
    )


def _research(files: Official, technologies: pd.DataFrame) -> pd.DataFrame:
    """Return money and people of research by who performs it; amounts withheld are left out."""
    columns = ("region", "performer", "funder", "technology", "year", "spend", "personnel")
    blank = {"technology": None, "spend": float("nan"), "personnel": float("nan")}
    performed = files.by_region(files.science["rd_performed"])
    performed = performed[performed["funder"] == "all"].dropna(subset="spend").assign(
        technology=None, personnel=float("nan")
    )  # fmt: skip
    counted = files.by_region(files.science["rd_employment"]).dropna(subset="rd_employment")
    people = counted.set_index(["region", "year"])["rd_employment"]
    business = performed["performer"] == "business"
    at = pd.MultiIndex.from_frame(performed[["region", "year"]])
    performed["personnel"] = people.reindex(at).to_numpy(dtype=float)
    performed.loc[~business, "personnel"] = float("nan")
    later = people.drop(at[business.to_numpy()], errors="ignore").rename("personnel").reset_index()
    later = later.assign(performer="business", funder="all", technology=None, spend=float("nan"))
    yearly = files.by_region(files.science["herd"]).dropna(subset="spend")
    yearly = yearly.assign(
        **{**blank, "spend": yearly["spend"]}, performer=_UNIVERSITIES, funder="all"
    )
    codes = _codes(technologies, "NSF field of R&D")
    fields = files.by_region(files.science["herd_fields"])
    fields = fields.assign(technology=fields["field"].map(codes)).dropna(subset="technology")
    fields = (
        fields.groupby(["region", "year", "technology"])["spend"].sum(min_count=1).reset_index()
    )
    fields = fields.assign(performer=_UNIVERSITIES, funder="all by field", personnel=float("nan"))
    parts = [
        figures(performed, columns, evidence="measured", source="ncses_rd"),
        figures(later, columns, evidence="measured", source="ncses_business_rd"),
        figures(yearly, columns, evidence="measured", source="ncses_herd"),
        figures(fields, columns, evidence="measured", source="ncses_herd"),
    ]
    return pd.concat([part.astype({"technology": "str"}) for part in parts], ignore_index=True)


def _capital(files: Official, technologies: pd.DataFrame) -> pd.DataFrame:
    columns = ("region", "kind", "technology", "year", "amount", "firms")
    firms = files.by_region(files.science["venture_capital_firms"])
    firms = firms[firms["year"] >= _FIRST_YEAR].dropna(subset="firms")
    firms = firms.assign(kind="venture capital", technology=None, amount=float("nan"))
    amounts = files.by_region(files.science["venture_capital_amounts"]).dropna(subset="amount")
    codes = _codes(technologies, "topic of venture capital")
    amounts = amounts.assign(
        technology=amounts["technology"].map(codes),
        kind="venture capital by topic",
        firms=float("nan"),
    )
    parts = [firms.sort_values(["year", "region"]), amounts.sort_values(["year", "region"])]
    return pd.concat(
        [figures(part, columns, evidence="measured", source="ncses_venture") for part in parts],
        ignore_index=True,
    )


def real_is_a_copy(product: pd.DataFrame) -> bool:
    """Return whether the file repeats current values as real ones, as one release of it does."""
    known = product.dropna(subset=["value_added", "real_value_added"])
    return len(known) > 1 and bool((known["value_added"] == known["real_value_added"]).all())


def _output(files: Official) -> pd.DataFrame:
    """Return value added, and payroll jobs by sector from the first year that has them."""
    sectors = read_table("us_industries")
    product = files.by_region(files.accounts["gdp"])
    product = product[product["year"] >= _FIRST_YEAR]
    rows = product.assign(
        industry=product["industry"].map(sectors.set_index("bea")["industry"])
    ).dropna(subset="industry")
    keys = ["region", "industry", "year"]
    columns = [*keys, "value_added", "real_value_added", "employment"]
    if real_is_a_copy(files.accounts["gdp"]):
        columns.remove("real_value_added")
    rows = rows.merge(jobs_by_sector(files), how="outer", on=keys).sort_values(keys)
    filled = rows["filled"].eq(True)
    early = rows["year"] < _FIRST_YEAR
    evidence = filled.map({True: "derived", False: "measured"}).reset_index(drop=True)
    made = figures(rows, columns, evidence=evidence, source="bea_gdp, ces")
    return made.assign(source=made["source"].mask(early.to_numpy(), "ces"))
